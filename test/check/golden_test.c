/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Every check by the cases in test/check/NAME/:
 *
 * CASE.want      findings and unscanned entries, one a line, as this check alone reports them
 * CASE.eml       the message, for checks in the worker
 * CASE.session   key = value: client_addr, client_name, helo, mta_name, auth_user, mail_from, pass,
 *                rcpt (any number), and what engines would have told:
 *                hit = clamav NAME | yara CLASS POINTS NAME text;
 *                layer = NAME MEDIA-TYPE (inside part 1)
 *                band = unknown | bad | suspect | neutral | good: what lists and history said
 *                key = NAME TEXT (of a signature; without TEXT, DNS does not answer);
 *                flow = blocked | throttled | accepted | trusted: the policy of its sender group
 *                on_list = the one DNS list that the client is on then, for sender groups
 *                group = a line of the file of sender groups
 *                relay = yes | told | login: the connection is that of a trusted relay, which told how
 *                its client came, and that it logged in
 *                connections, messages, size, size_declared = number
 *                option = KEY=VALUE (a line of configuration)
 *                zone = a line of the DNS that the check asks, as in test/net/zone.h; without one
 *                there is no resolver
 *                for checks behind the worker, what it would have reported: from, reply_to (header
 *                text), dkim = RESULT DOMAIN, spf = RESULT DOMAIN, arc = RESULT SEALER FIELD (a trusted
 *                one), upstream = FIELD (of a trusted milter),
 *                authors = N (domains in From), link = HOST, file = NAME (hashed; its content is its name)
 *
 *                what the gate has seen before: history = KIND GOOD BAD NAME, contact = NAME (of
 *                identity_contacts), linked = HOURS DOMAIN (a good message that long ago), set = KIND POINTS NAME (by the operator)
 *
 *                service = phishtank: this one of test/net/reputation.h is asked about links
 *
 *                feed = FEED KIND CLASS POINTS deny|allow VALUE: what the table of feeds has
 *
 * A finding that is to be quoted to the client is followed by a line "> quote". Checks of the gate
 * have counters that remember nothing else. */
#include "test.h"

#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/authfield.h"
#include "auth/raw_mail.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "check/check.h"
#include "check/link_targets.h"
#include "check/services.h"
#include "conf/value.h"
#include "gate/settings.h"
#include "history/history.h"
#include "jobs/feed_kit.h"
#include "message/addr.h"
#include "message/filetype.h"
#include "message/mime.h"
#include "net/web.h"
#include "net/zone.h"
#include "policy/groups.h"

enum { FILE_MAX = 4 * 1024 * 1024, RCPTS = 1000, DNS_MS = 2000 };

struct golden {
	struct pool *pool;
	struct limits lim;
	struct session session;
	struct str rcpts[RCPTS];
	struct scan scan;
	struct services services;
	struct report report;
	struct auth_facts auth;
	struct standing standing;
	struct str on_list;
	struct buf options, layers, zone, groups, past, feeds;
	struct auth_dkim dkim[AUTH_SIGNATURES];
	struct vec keys;		/* struct auth_key */
	struct auth_keys key_list;
	struct raw_mail raw;
	struct links *links;
	struct web *web;
};

static struct str
file_text(struct pool *pool, const char *base, const char *ending, bool *there)
{
	struct buf text;
	struct str s;
	enum rc rc;

	buf_init(&text, FILE_MAX);
	rc = fdio_read_file(pool_printf(pool, "%s%s", base, ending).p, &text);
	s = pool_str(pool, buf_str(&text));
	buf_clear(&text);
	*there = rc == RC_OK;
	return s;
}

static struct str
cut(struct str *rest)
{
	struct str word = STR_NONE;

	while (rest->n && rest->p[0] == ' ')
		*rest = str_from(*rest, 1);
	(void)str_next(rest, ' ', &word);
	return word;
}

static void
take_hit(struct golden *g, struct str text)
{
	struct engine_hit *h = vec_push(g->pool, &g->scan.hits, sizeof(*h));
	struct str engine = cut(&text);
	int64_t score = 0;

	h->engine = str_eq(engine, STR("yara")) ? HIT_YARA : HIT_CLAMAV;
	h->part = 0;
	if (h->engine == HIT_YARA && (!class_parse(cut(&text), &h->class) || !value_score(cut(&text), &score)))
		test_ok(false, "hit = yara CLASS POINTS NAME text");
	h->score = (int)score;
	h->name = cut(&text);
	h->detail = text;
}

/* What was proved so far. */
static bool
take_proof(struct golden *g, struct str key, struct str value)
{
	struct auth_facts *a = &g->auth;
	struct authres field;
	bool good = true;

	if (str_eq(key, STR("spf"))) {
		good = auth_result_parse(cut(&value), &a->spf_mail.result);
		a->spf_mail.domain = value;
	} else if (str_eq(key, STR("arc"))) {
		good = auth_result_parse(cut(&value), &a->arc.result);
		a->arc.domain = cut(&value);
		a->arc.authres = value;
		a->arc.trusted = true;
	} else if (str_eq(key, STR("upstream"))) {
		authres_parse(g->pool, value, &field);
		good = authfield_read(g->pool, &field, a);
	} else if (str_eq(key, STR("authors"))) {
		g->report.author_domains = (uint32_t)(value.n ? value.p[0] - '0' : 0);
	} else {
		return false;
	}
	if (!good)
		test_ok(false, "a proof in a .session file");
	return true;
}

/* A link of HTML: URL, then the words it is shown with; "form URL" of a form that asks for a password. */
static void
take_link(struct golden *g, struct str value)
{
	struct link_found f = { .part = REPORT_NO_PART, .where = LINK_IN_HREF };

	if (!g->links)
		g->links = links_new(g->pool, &g->lim, NULL);
	if (str_starts(value, STR("form "))) {
		f.form = f.asks_secret = true;
		(void)cut(&value);
	}
	f.url = cut(&value);
	f.text = value;
	(void)links_add(g->links, &f);
	g->report.links = *links_all(g->links);
}

/* What a worker would report about the message. */
static bool
take_fact(struct golden *g, struct str key, struct str value)
{
	struct report *r = &g->report;
	uint64_t defects = 0;

	if (str_eq(key, STR("from"))) {
		struct addr_list list = addr_parse(g->pool, &g->lim, value, &defects);

		r->from = value;
		r->from_domain = list.n ? list.item[0].domain : STR_NONE;
		r->author_domains = list.n != 0;
	} else if (str_eq(key, STR("reply_to"))) {
		r->reply_to = value;
	} else if (str_eq(key, STR("dkim")) && g->auth.n_dkim < AUTH_SIGNATURES) {
		struct auth_dkim *d = &g->dkim[g->auth.n_dkim++];

		if (!auth_result_parse(cut(&value), &d->result))
			test_ok(false, "dkim = RESULT DOMAIN");
		d->domain = value;
		g->auth.dkim = g->dkim;
	} else if (str_eq(key, STR("link")) && str_chr(value, ':') != STR_NPOS && value.p[0] != '[') {
		take_link(g, value);
	} else if (str_eq(key, STR("link"))) {
		*(struct link *)vec_push(g->pool, &r->links, sizeof(struct link)) =
		    (struct link){ .host = value, .part = REPORT_NO_PART };
	} else if (str_eq(key, STR("file"))) {
		struct report_part p = { .id = value, .name = value, .type = STR("application/pdf"), .size = value.n,
		    .parent = REPORT_NO_PART, .hashed = true };

		hash_sha256(value, p.sha256);
		report_part(r, &p);
	} else {
		return take_proof(g, key, value);
	}
	return true;
}

static void
take_band(struct golden *g, struct str word)
{
	static const char *const words[] = { [BAND_UNKNOWN] = "unknown", [BAND_BAD] = "bad",
	    [BAND_SUSPECT] = "suspect", [BAND_NEUTRAL] = "neutral", [BAND_GOOD] = "good" };
	bool known = false;

	for (int i = 0; i < BAND_N; i++) {
		if (str_eq(word, str_of(words[i]))) {
			g->standing.band = (enum band)i;
			known = true;
		}
	}
	if (!known)
		test_ok(false, "band = unknown | bad | suspect | neutral | good");
}

static void
take_flow(struct golden *g, struct str word)
{
	for (int f = FLOW_BLOCKED; f < FLOW_N; f++)
		if (str_eq_nocase(word, str_of(flow_name((enum flow)f))))
			g->standing.flow = (enum flow)f;
	test_ok(g->standing.flow != FLOW_NONE, "flow = blocked | throttled | accepted | trusted");
}

/* Numbers of a session; false: no such key. */
static bool
take_number(struct session *s, struct str key, struct str value)
{
	uint64_t n = 0;

	if (!str_to_u64(value, &n))
		return false;
	if (str_eq(key, STR("connections")))
		s->connections = (uint32_t)n;
	else if (str_eq(key, STR("messages")))
		s->messages = (uint32_t)n;
	else if (str_eq(key, STR("size")))
		s->size = n;
	else if (str_eq(key, STR("size_declared")))
		s->size_declared = n;
	else
		return false;
	return true;
}

/* One of test/net/reputation.h that wants no key. */
static void
start_service(struct golden *g, struct str name)
{
	if (!g->web)
		g->web = web_new(NULL);
	if (test_ok(g->web != NULL, "a service"))
		buf_printf(&g->options, "http.allow_private = yes\nlink_service.%.*s = url\nlink_service.%.*s_url = http://127.0.0.1:%u/%.*s\n",
		    STR_ARG(name), STR_ARG(name), (unsigned)web_port(g->web), STR_ARG(name));
}

static void
take_line(struct golden *g, struct str key, struct str value)
{
	const struct { const char *key; struct str *field; } fields[] = {
		{ "client_addr", &g->session.client_addr }, { "client_name", &g->session.client_name },
		{ "helo", &g->session.helo }, { "mta_name", &g->session.mta_name },
		{ "tls_version", &g->session.tls_version }, { "pass", &g->session.pass }, { "auth_user", &g->session.auth_user },
		{ "mail_from", &g->session.mail_from },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (str_eq(key, str_of(fields[i].key))) {
			*fields[i].field = value;
			return;
		}
	}
	if (str_eq(key, STR("rcpt")) && g->session.n_rcpts < RCPTS) {
		g->rcpts[g->session.n_rcpts++] = value;
	} else if (str_eq(key, STR("hit"))) {
		take_hit(g, value);
	} else if (str_eq(key, STR("layer"))) {
		buf_add(&g->layers, value);
		buf_addc(&g->layers, '\n');
	} else if (str_eq(key, STR("band"))) {
		take_band(g, value);
	} else if (str_eq(key, STR("flow"))) {
		take_flow(g, value);
	} else if (str_eq(key, STR("relay"))) {
		g->standing.relay = true;
		g->session.relay_told = !str_eq(value, STR("yes"));
		g->session.relay_login = str_eq(value, STR("login"));
	} else if (str_eq(key, STR("on_list"))) {
		g->on_list = value;
	} else if (str_eq(key, STR("group"))) {
		buf_add(&g->groups, value);
		buf_addc(&g->groups, '\n');
	} else if (str_eq(key, STR("option"))) {
		buf_add(&g->options, value);
		buf_addc(&g->options, '\n');
	} else if (str_eq(key, STR("key"))) {
		struct auth_key *k = vec_push(g->pool, &g->keys, sizeof(*k));
		struct str *text = pool_alloc(g->pool, sizeof(*text));

		k->name = cut(&value);
		*text = value;
		k->state = value.n ? AUTH_KEY_FOUND : AUTH_KEY_TEMP;
		k->text = text;
		k->n = value.n != 0;
	} else if (str_eq(key, STR("zone"))) {
		buf_add(&g->zone, value);
		buf_addc(&g->zone, '\n');
	} else if (str_eq(key, STR("service"))) {
		start_service(g, value);
	} else if (str_eq(key, STR("feed"))) {
		buf_printf(&g->feeds, "%.*s\n", STR_ARG(value));
	} else if (str_eq(key, STR("history")) || str_eq(key, STR("contact")) || str_eq(key, STR("set")) ||
	    str_eq(key, STR("linked"))) {
		buf_printf(&g->past, "%.*s %.*s\n", STR_ARG(key), STR_ARG(value));
	} else if (!take_number(&g->session, key, value) && !take_fact(g, key, value)) {
		test_show("unknown key in a .session file", key);
		test_ok(false, "session");
	}
}

static void
take_session(struct golden *g, struct str text)
{
	struct str line;

	g->session.mail_from = STR("sender@sender.example");
	while (str_next(&text, '\n', &line)) {
		size_t eq = str_chr(line, '=');

		if (eq != STR_NPOS)
			take_line(g, str_trim(str_upto(line, eq)), str_trim(str_from(line, eq + 1)));
	}
	g->session.rcpts = g->rcpts;
}

/* What the engines would put into the report: the type by content of each leaf. */
static void
report_parts(struct golden *g)
{
	struct message *msg = g->scan.msg;
	struct str rest = buf_str(&g->layers), line;

	for (size_t i = 0; i < msg->n_parts; i++) {
		struct mime_part *p = &msg->parts[i];
		struct report_part r = { .id = p->id, .parent = p->parent, .declared = p->type };
		struct buf space;
		struct str content;

		buf_init(&space, FILE_MAX);
		if (p->kind == MIME_LEAF && mime_decode(msg, &g->lim, p, 0, &space, &content) == RC_OK)
			r.type = str_of(filetype_of(content)->media);
		buf_clear(&space);
		report_part(&g->report, &r);
	}
	while (str_next(&rest, '\n', &line)) {
		size_t blank = str_rchr(line, ' ');
		struct report_part r = { .id = STR("layer"), .parent = 0, .layer = true,
		    .name = str_upto(line, blank), .type = str_from(line, blank + 1) };

		report_part(&g->report, &r);
	}
}

static void
format(const struct report *r, struct buf *out)
{
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = report_finding(r, i);

		buf_printf(out, "%s %s ", f->def->name, class_name(f->class));
		value_format_number(OPT_SCORE, f->score, out);
		buf_addc(out, ' ');
		buf_add(out, f->part == REPORT_NO_PART ? STR("-") : report_part_at(r, f->part)->id);
		buf_addc(out, ' ');
		buf_add(out, f->evidence);
		buf_addc(out, '\n');
		if (f->quote.n)
			buf_printf(out, "> %.*s\n", STR_ARG(f->quote));
	}
	for (size_t i = 0; i < r->unscanned.n; i++) {
		const struct unscanned *u = report_unscanned_at(r, i);

		buf_printf(out, "unscanned %s %.*s\n", unscanned_name(u->why), STR_ARG(u->what));
	}
}

static void
run_phase(struct golden *g, const struct check *c, const struct conf *conf)
{
	const void *values = c->opts ? conf_values(conf, c->opts) : NULL;
	size_t times = c->phase == PHASE_RCPT ? g->session.n_rcpts : 1;

	g->scan.phase = c->phase;
	g->scan.found = c->phase == PHASE_LOOKUP ? &g->report : NULL;
	for (size_t i = 0; i < times; i++) {
		enum rc rc;

		g->scan.rcpt = i;
		if (c->want)
			c->want(&g->scan, values);
		rc = c->run(&g->scan, values, &g->report);
		if (rc == RC_LIMIT)
			report_unscanned(&g->report, UNSCANNED_LIMIT, REPORT_NO_PART, "%s: limit of the check", c->name);
		else
			test_ok(rc == RC_OK, "the check ran");
	}
}

static void
drop_line(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	(void)level;
	printf("# %.*s\n", (int)n, line);
}

/* The zone of the case is all the DNS there is. */
static struct zone *
start_zone(struct golden *g, const char *base, struct buf *why)
{
	struct zone *zone = NULL;
	char forward[32];

	if (str_find(buf_str(&g->options), STR("dnsbl.files")) == STR_NPOS)
		buf_adds(&g->options, "dnsbl.files =\n");
	if (g->zone.n == 0) {
		buf_adds(&g->options, "dns.enable = no\n");
		return NULL;
	}
	if (zone_new(buf_cstr(&g->zone), 0, &zone, why) != RC_OK) {
		test_show("zone", buf_str(why));
		test_ok(false, base);
		return NULL;
	}
	zone_forward(zone, forward);
	buf_printf(&g->options, "dns.forward = %s\n", forward);
	return zone;
}

/* What the gate has seen, or was told, before the case. */
static void
remember(struct golden *g, const struct conf *conf, struct str word, struct str rest)
{
	struct history_event e = { .of = { .n_contacts = 0 } };
	struct override o = { .set_ms = 1 };
	enum identity_kind kind = IDENTITY_IP;
	int64_t first = 0, second = 0;
	uint64_t hours = 0;
	struct buf why;

	buf_init(&why, 1000);
	if (str_eq(word, STR("linked"))) {
		struct places_entry p;
		bool good = str_to_u64(cut(&rest), &hours);

		p = (struct places_entry){ .domain = rest };
		test_ok(good, "linked = HOURS DOMAIN");
		places_learn(g->services.counters, conf_values(conf, &check_link_new_options),
		    clock_wall_ms() - (int64_t)hours * 3600000, &p, 1);
	} else if (str_eq(word, STR("contact"))) {
		e.of.contacts[e.of.n_contacts++] = rest;
	} else {
		test_ok(identity_kind_parse(cut(&rest), &kind) && value_score(cut(&rest), &first), "KIND NUMBER");
		if (str_eq(word, STR("history"))) {
			test_ok(value_score(cut(&rest), &second), "KIND GOOD BAD NAME");
			e.good = (double)first / 10;
			e.bad = (double)second / 10;
			identity_add(&e.of.who, kind, rest);
		} else {
			o.who = (struct identity){ kind, rest };
			o.tenths = (int)first;
			test_ok(overrides_set(g->services.history->overrides, clock_wall_ms(), &o, &why) == RC_OK, "set");
		}
	}
	history_learn(g->services.history, conf_values(conf, &history_table), clock_wall_ms(), &e);
	buf_clear(&why);
}

static void
open_feeds(struct golden *g, struct log_ctx lc)
{
	char path[] = "/tmp/golden-feeds.XXXXXX";
	int fd = mkstemp(path);

	fdio_close(&fd);
	test_ok(kit_table(path, buf_str(&g->feeds)) && indicators_open(path, lc, &g->services.indicators) == RC_OK, "feeds");
	unlink(path);
}

static void
run_in_gate(struct golden *g, const struct check *c, const struct conf *conf, struct buf *why)
{
	static const struct log log = { .write = drop_line, .level = LOG_LEVEL_WARNING };
	struct str past = buf_str(&g->past), line;

	if (!test_ok(services_open(conf, STR_NONE, (struct log_ctx){ &log, "-" }, &g->services, why) == RC_OK, "services")) {
		test_show("services", buf_str(why));
		return;
	}
	g->scan.services = &g->services;
	while (str_next(&past, '\n', &line)) {
		struct str word = cut(&line);

		if (word.n)
			remember(g, conf, word, line);
	}
	if (g->feeds.n)
		open_feeds(g, (struct log_ctx){ &log, "-" });
	if (g->zone.n)
		g->scan.dns = dns_batch_new(g->services.dns, g->pool, clock_mono_ms() + DNS_MS);
	run_phase(g, c, conf);
	dns_batch_free(&g->scan.dns);
	services_close(&g->services);
}

static void
judge(struct golden *g, const struct check *c, const char *base)
{
	struct conf *conf = NULL;
	struct zone *zone;
	struct buf got, why;
	bool there;
	struct str want = file_text(g->pool, base, ".want", &there), eml, session;
	struct conf_file groups = { STR("/lists/sender_groups"), STR_NONE };
	struct vec given = { &groups, 1, 1 };

	buf_init(&got, FILE_MAX);
	buf_init(&why, 65536);
	session = file_text(g->pool, base, ".session", &there);
	take_session(g, session);
	eml = file_text(g->pool, base, ".eml", &there);
	if (there) {
		g->scan.msg = mime_parse(g->pool, &g->lim, eml);
		report_parts(g);
		raw_mail_open(g->pool, &g->lim, eml, &g->raw);
		g->key_list = (struct auth_keys){ g->keys.items, g->keys.n };
		g->scan.raw = &g->raw;
		g->scan.keys = g->keys.n ? &g->key_list : NULL;
	}
	zone = start_zone(g, base, &why);
	groups.text = buf_str(&g->groups);
	if (conf_parse(buf_str(&g->options), "options", settings, (struct conf_base){ .given = &given }, &conf,
	    &why) != RC_OK)
		test_show("options", buf_str(&why));
	if (conf && c->phase == PHASE_LOOKUP)
		g->scan.links = link_targets_new(g->pool, conf, &g->report);
	if (conf && (there || c->place == PLACE_GATE))
		c->place == PLACE_GATE ? run_in_gate(g, c, conf, &why) : run_phase(g, c, conf);
	format(&g->report, &got);
	test_str(buf_str(&got), want, base);
	if (g->on_list.n)
		test_str(g->standing.n_lists == 1 ? g->standing.lists[0] : STR_NONE, g->on_list,
		    "a sender group can ask for the list");
	zone_free(&zone);
	web_free(&g->web);
	conf_put(&conf);
	buf_clear(&got);
	buf_clear(&why);
}

static void
golden(const struct check *c, const char *base)
{
	struct golden g = { .pool = pool_new(0) };

	g.auth.dkim_done = true;
	limits_default(&g.lim);
	report_init(&g.report, g.pool, &g.lim);
	buf_init(&g.options, 65536);
	buf_init(&g.layers, 65536);
	buf_init(&g.zone, 65536);
	buf_init(&g.groups, 65536);
	buf_init(&g.past, 65536);
	buf_init(&g.feeds, 65536);
	g.scan = (struct scan){ .pool = g.pool, .lim = &g.lim, .session = &g.session, .auth = &g.auth,
	    .standing = &g.standing };
	judge(&g, c, base);
	buf_clear(&g.options);
	buf_clear(&g.layers);
	buf_clear(&g.zone);
	buf_clear(&g.groups);
	buf_clear(&g.past);
	buf_clear(&g.feeds);
	pool_free(&g.pool);
}

/* Every check has a case that hits and one that does not. */
static void
folder(const struct check *c)
{
	char pattern[200];
	glob_t found = { 0 };
	size_t hits = 0, misses = 0;

	snprintf(pattern, sizeof(pattern), "test/check/%s/*.want", c->name);
	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			struct pool *pool = pool_new(0);
			struct str path = str_of(found.gl_pathv[i]);
			bool there;

			golden(c, pool_cstr(pool, str_upto(path, path.n - 5)));
			if (file_text(pool, found.gl_pathv[i], "", &there).n)
				hits++;
			else
				misses++;
			pool_free(&pool);
		}
	}
	globfree(&found);
	test_ok(hits > 0 && misses > 0, pattern);
}

/* Each finding of each check stands in some .want file. */
static void
every_finding(void)
{
	glob_t found = { 0 };
	struct buf all;
	struct pool *pool = pool_new(0);
	bool there;

	buf_init(&all, FILE_MAX);
	if (glob("test/check/*/*.want", 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			buf_add(&all, file_text(pool, found.gl_pathv[i], "", &there));
	globfree(&found);
	for (size_t i = 0; checks[i]; i++)
		for (const struct finding_def *f = checks[i]->found; f->name; f++)
			test_ok(str_find(buf_str(&all), pool_printf(pool, "%s ", f->name)) != STR_NPOS, f->name);
	buf_clear(&all);
	pool_free(&pool);
}

int
main(void)
{
	for (size_t i = 0; checks[i]; i++)
		folder(checks[i]);
	every_finding();
	return test_done();
}
