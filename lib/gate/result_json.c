/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/result_json.h"

#include "check/link_targets.h"
#include "gate/auth_json.h"
#include "gate/parties.h"
#include "base/jtext.h"
#include "message/defect.h"
#include "policy/rcpt_groups.h"

/* "part": its id; the whole message is "" so that the key is always there. */
static void
add_part(struct json_object *o, const struct report *r, size_t part)
{
	jtext_add_str(o, "part", part < r->parts.n ? report_part_at(r, part)->id : STR_NONE);
}

static struct json_object *
findings(const struct result_json *in)
{
	const struct report *r = &in->result->report;
	struct json_object *list = jtext_array(r->findings.n);

	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = report_finding(r, i);
		struct json_object *o = jtext_object();

		jtext_add_str(o, "name", str_of(f->def->name));
		jtext_add_str(o, "class", str_of(class_name(f->class)));
		jtext_add(o, "score", jtext_tenths(f->score));
		add_part(o, r, f->part);
		jtext_add_str(o, "evidence", f->evidence);
		if (in->explain)
			jtext_add_str(o, "help", str_of(f->def->help));
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *
unscanned(const struct result_json *in)
{
	const struct report *r = &in->result->report;
	struct json_object *list = jtext_array(r->unscanned.n);

	for (size_t i = 0; i < r->unscanned.n; i++) {
		const struct unscanned *u = report_unscanned_at(r, i);
		struct json_object *o = jtext_object();

		add_part(o, r, u->part);
		jtext_add_str(o, "why", str_of(unscanned_name(u->why)));
		if (in->explain)
			jtext_add_str(o, "what", u->what);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *
defects(const struct report *r)
{
	struct json_object *list = jtext_array(0);

	for (int i = 0; i < DEFECT_N; i++)
		if (r->defects >> i & 1)
			json_object_array_add(list, jtext_str(str_of(defect_name((enum defect)i))));
	return list;
}

static struct json_object *
defect_texts(const struct report *r)
{
	struct json_object *o = jtext_object();

	for (int i = 0; i < DEFECT_N; i++)
		if (r->defects >> i & 1)
			jtext_add_str(o, defect_name((enum defect)i), str_of(defect_help((enum defect)i)));
	return o;
}

static struct json_object *
tricks(uint32_t bits)
{
	struct json_object *list = jtext_array(0);

	for (int i = 0; i < URL_TRICK_N; i++)
		if (bits >> i & 1)
			json_object_array_add(list, jtext_str(str_of(url_trick_name((enum url_trick_id)i))));
	return list;
}

/* What most links do not have is left out. */
static void
add_link_details(struct json_object *o, const struct link *l)
{
	if (l->text.n)
		jtext_add_str(o, "text", l->text);
	if (l->wraps) {
		jtext_add_str(o, "outer", l->outer);
		jtext_add_str(o, "wrappers", l->wrappers);
	}
	if (l->tricks)
		jtext_add(o, "tricks", tricks(l->tricks));
	if (l->loads)
		jtext_add_bool(o, "loads", true);
	if (l->form)
		jtext_add_bool(o, "form", true);
	if (l->asks_secret)
		jtext_add_bool(o, "asks_secret", true);
	if (l->unsubscribe)
		jtext_add_bool(o, "unsubscribe", true);
}

static void
add_opinion(struct json_object *o, const struct link_target *t)
{
	if (!t)
		return;
	jtext_add_str(o, "verdict", str_of(link_verdict_name(t->opinion.verdict)));
	if (t->opinion.why.n)
		jtext_add_str(o, "because", t->opinion.why);
	if (t->of->is_new)
		jtext_add_bool(o, "new", true);
}

static struct json_object *
links(const struct result *res)
{
	const struct report *r = &res->report;
	struct json_object *list = jtext_array(r->links.n);

	for (size_t i = 0; i < r->links.n; i++) {
		const struct link *l = report_link_at(r, i);
		struct json_object *o = jtext_object();

		jtext_add_str(o, "url", l->url);
		jtext_add_str(o, "host", l->host);
		add_part(o, r, l->part);
		jtext_add_str(o, "where", str_of(link_where_name(l->where)));
		add_link_details(o, l);
		add_opinion(o, link_targets_find(res->links, l->host, l->url));
		json_object_array_add(list, o);
	}
	return list;
}

static void
add_part_details(struct json_object *o, const struct report *r, const struct report_part *p)
{
	jtext_add_str(o, "parent", p->parent < r->parts.n ? report_part_at(r, p->parent)->id : STR_NONE);
	jtext_add_bool(o, "layer", p->layer);
	jtext_add_bool(o, "alternative", p->alternative);
	jtext_add_bool(o, "encrypted", p->encrypted);
}

static struct json_object *
parts(const struct result_json *in)
{
	const struct report *r = &in->result->report;
	struct json_object *list = jtext_array(r->parts.n);

	for (size_t i = 0; i < r->parts.n; i++) {
		const struct report_part *p = report_part_at(r, i);
		char hex[HASH_SHA256_HEX + 1] = "";
		struct json_object *o = jtext_object();

		if (p->hashed)
			hash_hex(p->sha256, hex);
		jtext_add_str(o, "id", p->id);
		jtext_add_str(o, "type", p->type);
		jtext_add_str(o, "declared", p->declared);
		jtext_add_str(o, "name", p->name);
		jtext_add_num(o, "size", (int64_t)p->size);
		jtext_add_str(o, "sha256", str_of(hex));
		if (in->explain)
			add_part_details(o, r, p);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *
headers(const struct report *r)
{
	struct json_object *o = jtext_object();

	jtext_add_str(o, "from", r->from);
	jtext_add_str(o, "reply_to", r->reply_to);
	jtext_add_str(o, "subject", r->subject);
	return o;
}

/* brief: those that found nothing in no time are only counted. */
static struct json_object *
checks_run(const struct report *r, bool brief)
{
	struct json_object *list = jtext_array(r->runs.n);

	for (size_t i = 0; i < r->runs.n; i++) {
		const struct report_run *run = report_run_at(r, i);
		struct json_object *o;

		if (brief && run->findings == 0 && run->us < RESULT_BRIEF_US)
			continue;
		o = jtext_object();
		jtext_add_str(o, "name", str_of(run->check));
		jtext_add_num(o, "us", run->us);
		jtext_add_num(o, "findings", run->findings);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *
reasons(const struct outcome *out)
{
	struct json_object *list = jtext_array(out->n_reasons);

	for (size_t i = 0; i < out->n_reasons; i++) {
		struct json_object *o = jtext_object();

		jtext_add_str(o, "line", out->reasons[i].line);
		jtext_add_str(o, "because", out->reasons[i].because);
		json_object_array_add(list, o);
	}
	return list;
}

static void
add_actions(struct json_object *o, const char *key, const struct action_set *act)
{
	struct buf text;

	buf_init(&text, 64 * 1024);
	action_format(act, &text);
	jtext_add_str(o, key, buf_str(&text));
	buf_clear(&text);
}

/* What each of them gets, where there is more than one policy. */
static struct json_object *
recipients(const struct result *res)
{
	struct json_object *list = jtext_array(res->session.n_rcpts);

	for (size_t i = 0; i < res->n_parties; i++) {
		const struct party *p = &res->parties[i];

		for (size_t k = 0; k < p->n && p->rcpts[k] < res->session.n_rcpts; k++) {
			struct json_object *o = jtext_object();

			jtext_add_str(o, "address", res->session.rcpts[p->rcpts[k]]);
			jtext_add_str(o, "policy", rcpt_policy_name(p->policy));
			jtext_add_str(o, "outcome", str_of(intercept_name(p->outcome.act.intercept)));
			jtext_add_str(o, "fate", str_of(party_fate_name(p->fate)));
			add_actions(o, "actions", &p->outcome.act);
			if (p->outcome.observe)
				add_actions(o, "would", &p->outcome.would);
			json_object_array_add(list, o);
		}
	}
	return list;
}

static void
add_explanation(struct json_object *o, const struct result *res, bool brief)
{
	add_actions(o, "actions", &res->outcome.act);
	if (res->outcome.observe)
		add_actions(o, "would_actions", &res->outcome.would);
	jtext_add(o, "reasons", reasons(&res->outcome));
	jtext_add_bool(o, "failed", res->outcome.failed);
	jtext_add(o, "defect_help", defect_texts(&res->report));
	jtext_add(o, "checks", checks_run(&res->report, brief));
	if (brief)
		jtext_add_num(o, "checks_run", (int64_t)res->report.runs.n);
	jtext_add_num(o, "worker_us", res->report.us);
}

static void
add_standing(struct json_object *o, const struct standing *s)
{
	struct json_object *lists = jtext_array(s->n_lists);

	if (s->relay)
		jtext_add_bool(o, "relay", true);
	jtext_add_str(o, "group", s->group);
	jtext_add_str(o, "flow", str_of(flow_name(s->flow)));
	jtext_add_str(o, "band", str_of(band_name(s->band)));
	if (s->has_reputation)
		jtext_add(o, "reputation", jtext_tenths(s->reputation));
	for (size_t i = 0; i < s->n_lists; i++)
		json_object_array_add(lists, jtext_str(s->lists[i]));
	jtext_add(o, "lists", lists);
	if (s->asn)
		jtext_add_num(o, "asn", s->asn);
	if (s->country[0])
		jtext_add_str(o, "country", str_of(s->country));
}

static struct json_object *
where(const struct result_where *w)
{
	struct json_object *o = jtext_object();

	jtext_add_str(o, "phase", str_of(w->phase));
	jtext_add_num(o, "time_ms", w->wall_ms);
	jtext_add_str(o, "client", w->session->client_addr);
	jtext_add_str(o, "name", w->session->client_name);
	jtext_add_str(o, "helo", w->session->helo);
	jtext_add_str(o, "tls", w->session->tls_version);
	jtext_add_str(o, "user", w->session->auth_user);
	jtext_add_str(o, "from", w->session->mail_from);
	jtext_add_str(o, "rcpt", w->rcpt);
	if (w->standing)
		add_standing(o, w->standing);
	return o;
}

static void
add_known(struct json_object *o, const char *key, struct json_object *value)
{
	if (value)
		jtext_add(o, key, value);
}

struct json_object *
result_object(const struct result_json *in)
{
	const struct report *r = &in->result->report;
	const struct outcome *oc = &in->result->outcome;
	struct json_object *o = jtext_object();

	if (in->where) {
		jtext_add_str(o, "id", in->where->id);
		jtext_add(o, "where", where(in->where));
	}
	jtext_add_str(o, "file", in->file);
	jtext_add_str(o, "verdict", str_of(outcome_verdict(oc)));
	jtext_add_bool(o, "complete", oc->complete);
	jtext_add_str(o, "outcome", str_of(intercept_name(oc->act.intercept)));
	jtext_add(o, "score", jtext_tenths(oc->score));
	jtext_add(o, "findings", findings(in));
	jtext_add(o, "unscanned", unscanned(in));
	jtext_add(o, "defects", defects(r));
	jtext_add(o, "links", links(in->result));
	jtext_add(o, "parts", parts(in));
	jtext_add(o, "headers", headers(r));
	add_known(o, "auth", auth_json(&in->result->auth));
	add_known(o, "received", auth_json_hops(r));
	jtext_add(o, "ms", jtext_ms(in->us));
	if (oc->observe) {
		jtext_add_str(o, "mode", STR("observe"));
		jtext_add_str(o, "would", str_of(intercept_name(oc->would.intercept)));
	}
	if (in->result->session.n_rcpts && (in->explain || in->result->n_parties > 1))
		jtext_add(o, "recipients", recipients(in->result));
	if (in->explain)
		add_explanation(o, in->result, in->brief);
	return o;
}

void
result_json(const struct result_json *in, struct buf *out)
{
	jtext_write(result_object(in), out);
}
