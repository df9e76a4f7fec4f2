/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/control_msg.h"

#include <stdlib.h>

#include "base/jtext.h"
#include "scan/class.h"

static const char *const verb_names[CONTROL_VERBS] = {
	[CONTROL_PING] = "ping",
	[CONTROL_SCAN] = "scan",
	[CONTROL_STATUS] = "status",
	[CONTROL_RULES] = "rules",
	[CONTROL_RELOAD] = "reload",
	[CONTROL_TRACE] = "trace",
	[CONTROL_REPUTATION] = "reputation",
};

const char *
control_verb_name(enum control_verb v)
{
	return verb_names[v];
}

/* The text members of a request; `rcpt` is a list and stands apart. */
static const struct member {
	const char *key;
	size_t offset;
} members[] = {
	{ "file", offsetof(struct control_request, file) },
	{ "ip", offsetof(struct control_request, session.client_addr) },
	{ "hostname", offsetof(struct control_request, session.client_name) },
	{ "helo", offsetof(struct control_request, session.helo) },
	{ "from", offsetof(struct control_request, session.mail_from) },
	{ "authres", offsetof(struct control_request, session.authres) },
	{ "op", offsetof(struct control_request, op) },
	{ "name", offsetof(struct control_request, name) },
};
enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

static struct str *
member_at(struct control_request *req, size_t i)
{
	return (struct str *)(void *)((char *)req + members[i].offset);
}

static const struct member numbers[] = {
	{ "tenths", offsetof(struct control_request, tenths) },
	{ "until_ms", offsetof(struct control_request, until_ms) },
	{ "max", offsetof(struct control_request, max) },
};
enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

static int64_t *
number_at(struct control_request *req, size_t i)
{
	return (int64_t *)(void *)((char *)req + numbers[i].offset);
}

void
control_put_request(struct buf *out, const struct control_request *req)
{
	struct control_request copy = *req;
	struct json_object *o = jtext_object(), *rcpts;

	jtext_add_str(o, "verb", str_of(verb_names[req->verb]));
	for (size_t i = 0; i < MEMBERS; i++)
		if (member_at(&copy, i)->n)
			jtext_add_str(o, members[i].key, *member_at(&copy, i));
	for (size_t i = 0; i < NUMBERS && req->verb == CONTROL_REPUTATION; i++)
		jtext_add_num(o, numbers[i].key, *number_at(&copy, i));
	if (req->verb == CONTROL_SCAN || req->verb == CONTROL_TRACE) {
		rcpts = jtext_array(0);
		for (size_t i = 0; i < req->session.n_rcpts; i++)
			json_object_array_add(rcpts, jtext_str(req->session.rcpts[i]));
		json_object_object_add(o, "rcpt", rcpts);
		jtext_add_bool(o, "explain", req->explain);
	}
	jtext_write(o, out);
}

/* json-c's check of UTF-8 lets overlong forms pass. */
static struct str
text_of(struct pool *pool, struct json_object *o)
{
	struct str raw = { json_object_get_string(o), (size_t)json_object_get_string_len(o) }, text;
	struct buf clean;

	buf_init(&clean, 3 * CONTROL_REQUEST_BYTES);
	jtext_clean(raw, &clean);
	text = pool_str(pool, buf_str(&clean));
	buf_clear(&clean);
	return text;
}

static enum rc
get_verb(struct json_object *o, enum control_verb *out, struct buf *why)
{
	struct json_object *v = json_object_object_get(o, "verb");

	if (!json_object_is_type(v, json_type_string)) {
		buf_adds(why, "verb: missing or no text");
		return RC_BAD;
	}
	for (int i = 0; i < CONTROL_VERBS; i++) {
		if (str_eq(str_of(verb_names[i]), str_of(json_object_get_string(v)))) {
			*out = (enum control_verb)i;
			return RC_OK;
		}
	}
	buf_adds(why, "verb: not known");
	return RC_BAD;
}

static enum rc
get_members(struct pool *pool, struct json_object *o, struct control_request *req, struct buf *why)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		struct json_object *v = json_object_object_get(o, members[i].key);

		if (!v)
			continue;
		if (!json_object_is_type(v, json_type_string)) {
			buf_printf(why, "%s: no text", members[i].key);
			return RC_BAD;
		}
		*member_at(req, i) = text_of(pool, v);
	}
	for (size_t i = 0; i < NUMBERS; i++)
		*number_at(req, i) = json_object_get_int64(json_object_object_get(o, numbers[i].key));
	req->explain = json_object_get_boolean(json_object_object_get(o, "explain"));
	return RC_OK;
}

static enum rc
get_rcpts(struct pool *pool, struct json_object *o, struct session *s, struct buf *why)
{
	struct json_object *list = json_object_object_get(o, "rcpt");
	struct str *rcpts;
	size_t n;

	if (!list)
		return RC_OK;
	if (!json_object_is_type(list, json_type_array)) {
		buf_adds(why, "rcpt: no list");
		return RC_BAD;
	}
	n = json_object_array_length(list);
	if (n > CONTROL_RCPTS) {
		buf_printf(why, "rcpt: more than %d", CONTROL_RCPTS);
		return RC_BAD;
	}
	rcpts = pool_alloc(pool, (n + 1) * sizeof(*rcpts));
	for (size_t i = 0; i < n; i++) {
		struct json_object *v = json_object_array_get_idx(list, i);

		if (!json_object_is_type(v, json_type_string)) {
			buf_adds(why, "rcpt: holds something that is no text");
			return RC_BAD;
		}
		rcpts[i] = text_of(pool, v);
	}
	s->rcpts = rcpts;
	s->n_rcpts = n;
	return RC_OK;
}

/* One JSON object that fills all of `in`, or NULL. */
static struct json_object *
parse(struct str in, struct buf *why)
{
	struct json_tokener *tok = json_tokener_new_ex(CONTROL_DEPTH);
	struct json_object *o;

	if (!tok)
		abort();	/* out of memory */
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, in.n ? in.p : "", (int)in.n);
	if (json_tokener_get_error(tok) != json_tokener_success ||
	    json_tokener_get_parse_end(tok) != in.n || !json_object_is_type(o, json_type_object)) {
		buf_printf(why, "not one JSON object: %s",
		    json_tokener_error_desc(json_tokener_get_error(tok)));
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(tok);
	return o;
}

enum rc
control_get_request(struct pool *pool, struct str in, struct control_request *req, struct buf *why)
{
	struct json_object *o;
	enum rc rc = RC_BAD;

	*req = (struct control_request){ .verb = CONTROL_PING };
	if (in.n > CONTROL_REQUEST_BYTES) {
		buf_printf(why, "more than %d bytes", CONTROL_REQUEST_BYTES);
		return RC_BAD;
	}
	o = parse(in, why);
	if (!o)
		return RC_BAD;
	if (get_verb(o, &req->verb, why) == RC_OK && get_members(pool, o, req, why) == RC_OK)
		rc = get_rcpts(pool, o, &req->session, why);
	json_object_put(o);
	return rc;
}

static struct json_object *
workers_object(const struct workers_status *w)
{
	struct json_object *o = jtext_object();

	jtext_add_bool(o, "serving", w->serving);
	jtext_add_num(o, "at_work", (int64_t)w->at_work);
	jtext_add_num(o, "idle", (int64_t)w->idle);
	jtext_add_num(o, "waiting", (int64_t)w->waiting);
	jtext_add_num(o, "scanned", (int64_t)w->scanned);
	jtext_add_num(o, "lost", (int64_t)w->lost);
	jtext_add_num(o, "killed_late", (int64_t)w->killed_late);
	jtext_add_num(o, "recycled", (int64_t)w->recycled);
	jtext_add_num(o, "refused", (int64_t)w->refused);
	return o;
}

static struct json_object *
engine_object(const struct engine_info *e)
{
	struct json_object *o = jtext_object();

	jtext_add_str(o, "clamav_version", e->clamav_version);
	jtext_add_str(o, "clamav_databases", e->clamav_databases);
	jtext_add_num(o, "clamav_signatures", (int64_t)e->clamav_signatures);
	jtext_add_bool(o, "clamav_official", e->clamav_official);
	jtext_add_str(o, "yara_version", e->yara_version);
	jtext_add_num(o, "yara_rules", (int64_t)e->yara_rules);
	jtext_add_num(o, "yara_files", (int64_t)e->yara_files);
	jtext_add_num(o, "yara_refused", (int64_t)e->yara_refused);
	jtext_add_str(o, "fingerprint", e->fingerprint);
	return o;
}

static struct json_object *
counters_object(const struct counters_status *st)
{
	struct json_object *o = jtext_object();

	jtext_add_str(o, "backend", str_of(st->backend));
	jtext_add_str(o, "error", str_of(st->why));
	jtext_add_num(o, "entries", (int64_t)st->entries);
	jtext_add_num(o, "calls", (int64_t)st->calls);
	jtext_add_num(o, "fallbacks", (int64_t)st->fallbacks);
	jtext_add_num(o, "evicted", (int64_t)st->evicted);
	jtext_add_num(o, "snapshot_age_ms", st->snapshot_age_ms);
	return o;
}

static struct json_object *
dns_object(const struct dns_stats *st)
{
	struct json_object *o = jtext_object();

	jtext_add_bool(o, "dead", st->dead);
	jtext_add_num(o, "questions", (int64_t)st->questions);
	jtext_add_num(o, "answers", (int64_t)st->answers);
	jtext_add_num(o, "cached", (int64_t)st->cached);
	jtext_add_num(o, "failures", (int64_t)st->failures);
	jtext_add_num(o, "timeouts", (int64_t)st->timeouts);
	jtext_add_num(o, "refused", (int64_t)st->refused);
	jtext_add_num(o, "dropped", (int64_t)st->dropped);
	jtext_add_num(o, "inflight", (int64_t)st->inflight);
	return o;
}

static struct json_object *
lists_array(const struct dnsbl_status *list, size_t n)
{
	struct json_object *all = jtext_array(0);

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = jtext_object();

		jtext_add_str(o, "list", list[i].list);
		jtext_add_str(o, "state", str_of(list[i].state));
		jtext_add_num(o, "again_ms", list[i].again_ms);
		jtext_add_num(o, "asked", (int64_t)list[i].asked);
		jtext_add_num(o, "hits", (int64_t)list[i].hits);
		jtext_add_num(o, "strange", (int64_t)list[i].strange);
		json_object_array_add(all, o);
	}
	return all;
}

static struct json_object *
link_services_array(const struct link_service_status *st, size_t n)
{
	struct json_object *all = jtext_array(0);

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = jtext_object();

		jtext_add_str(o, "service", str_of(st[i].service));
		jtext_add_str(o, "state", str_of(st[i].state));
		jtext_add_num(o, "again_ms", st[i].again_ms);
		jtext_add_num(o, "asked", (int64_t)st[i].asked);
		jtext_add_num(o, "hits", (int64_t)st[i].hits);
		jtext_add_num(o, "kept", (int64_t)st[i].kept);
		jtext_add_num(o, "failed", (int64_t)st[i].failed);
		jtext_add_num(o, "over", (int64_t)st[i].over);
		json_object_array_add(all, o);
	}
	return all;
}

static struct json_object *
indicators_object(const struct indicators_status *st)
{
	struct json_object *o = jtext_object();

	jtext_add_num(o, "built_ms", st->built_ms);
	jtext_add_num(o, "entries", (int64_t)st->entries);
	jtext_add_num(o, "feeds", (int64_t)st->sources);
	jtext_add_num(o, "asked", (int64_t)st->asked);
	jtext_add_num(o, "hits", (int64_t)st->hits);
	return o;
}

static struct json_object *
recipients_object(const struct recipients_status *st)
{
	struct json_object *o = jtext_object(), *answers = jtext_object(), *servers = jtext_array(0);

	jtext_add_num(o, "tables", (int64_t)st->tables);
	jtext_add_bool(o, "files_are_bad", st->files_are_bad);
	for (int i = 0; i < RECIPIENT_ANSWERS; i++)
		jtext_add_num(answers, recipient_name((enum recipient)i), (int64_t)st->answers[i]);
	json_object_object_add(o, "answers", answers);
	jtext_add_num(o, "group_members", (int64_t)st->members);
	jtext_add_num(o, "group_others", (int64_t)st->not_members);
	jtext_add_num(o, "group_unanswered", (int64_t)st->members_unanswered);
	for (size_t i = 0; i < st->n_servers; i++) {
		struct json_object *s = jtext_object();

		jtext_add_str(s, "server", st->server[i].where);
		jtext_add_num(s, "asked", (int64_t)st->server[i].asked);
		jtext_add_num(s, "cached", (int64_t)st->server[i].cached);
		jtext_add_num(s, "failed", (int64_t)st->server[i].failed);
		jtext_add_bool(s, "left_alone", st->server[i].left_alone);
		json_object_array_add(servers, s);
	}
	json_object_object_add(o, "servers", servers);
	return o;
}

static struct json_object *
ledger_object(const struct records_status *st)
{
	struct json_object *o = jtext_object();

	jtext_add_num(o, "recorded", (int64_t)st->put);
	jtext_add_num(o, "waiting", (int64_t)st->waiting);
	jtext_add_num(o, "in_spill", (int64_t)st->spilled);
	jtext_add_num(o, "refused", (int64_t)st->refused);
	jtext_add_num(o, "commit_us", st->commit_us);
	jtext_add_bool(o, "down", st->down);
	return o;
}

void
control_put_status(struct buf *out, const struct control_status *st)
{
	struct json_object *o = jtext_object(), *counts = jtext_object();

	jtext_add_str(o, "version", str_of(SEKIMORI_VERSION));
	jtext_add_num(o, "started_ms", st->started_ms);
	jtext_add_num(o, "master_pid", st->master_pid);
	jtext_add_str(o, "mode", str_of(st->mode));
	jtext_add_str(o, "preset", st->preset);
	jtext_add_str(o, "config", st->config);
	json_object_object_add(o, "workers", workers_object(&st->workers));
	json_object_object_add(o, "engine", engine_object(&st->engine));
	json_object_object_add(o, "counters", counters_object(&st->counters));
	json_object_object_add(o, "dns", dns_object(&st->dns));
	json_object_object_add(o, "indicators", indicators_object(&st->indicators));
	json_object_object_add(o, "recipients", recipients_object(&st->recipients));
	if (st->ledger)
		json_object_object_add(o, "ledger", ledger_object(&st->records));
	json_object_object_add(o, "dns_lists", lists_array(st->lists, st->n_lists));
	json_object_object_add(o, "link_services", link_services_array(st->link_services, st->n_link_services));
	jtext_add_str(o, "sandbox", st->sandbox);
	jtext_add_str(o, "sandbox_missing", st->sandbox_missing);
	jtext_add_num(o, "reload_ms", st->reload_ms);
	jtext_add_str(o, "reload_error", st->reload_error);
	for (size_t i = 0; i < st->n_counts; i++)
		jtext_add_num(counts, st->counts[i].name, (int64_t)st->counts[i].value);
	json_object_object_add(o, "counts", counts);
	jtext_write(o, out);
}

void
control_put_rules(struct buf *out, const struct yara_rule_stat *rules, size_t n)
{
	struct json_object *o = jtext_object(), *list = jtext_array(0);

	for (size_t i = 0; i < n; i++) {
		struct json_object *r = jtext_object();

		jtext_add_str(r, "rule", rules[i].rule);
		jtext_add_str(r, "file", rules[i].file);
		jtext_add_str(r, "class", str_of(class_name(rules[i].class)));
		json_object_object_add(r, "score", jtext_tenths(rules[i].score));
		jtext_add_str(r, "description", rules[i].description);
		jtext_add_num(r, "hits", (int64_t)rules[i].hits);
		jtext_add_num(r, "us", (int64_t)rules[i].us);
		json_object_array_add(list, r);
	}
	json_object_object_add(o, "rules", list);
	jtext_write(o, out);
}

void
control_put_reload(struct buf *out, enum rc rc, struct str errors)
{
	static const char *const words[] = {
		[RC_OK] = "done", [RC_NONE] = "busy", [RC_TEMP] = "busy", [RC_LIMIT] = "busy", [RC_BAD] = "refused",
	};
	struct json_object *o = jtext_object(), *list = jtext_array(0);
	struct str line;

	jtext_add_str(o, "reload", str_of(words[rc]));
	while (str_next(&errors, '\n', &line))
		if (line.n)
			json_object_array_add(list, jtext_str(line));
	json_object_object_add(o, "errors", list);
	jtext_write(o, out);
}

void
control_put_error(struct buf *out, int code, const char *why)
{
	struct json_object *o = jtext_object();

	jtext_add_str(o, "error", str_of(why));
	jtext_add_num(o, "code", code);
	jtext_write(o, out);
}
