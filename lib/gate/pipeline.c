/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "auth/auth_opts.h"
#include "base/clock.h"
#include "check/check.h"
#include "check/link_targets.h"
#include "check/services.h"
#include "conf/limits_opts.h"
#include "gate/killers.h"
#include "gate/own_links.h"
#include "gate/parties.h"
#include "gate/relay.h"
#include "gate/settings.h"
#include "policy/groups.h"
#include "policy/links_opts.h"

struct conf *
pipeline_conf(struct gate *g)
{
	struct conf *conf;

	pthread_mutex_lock(&g->lock);
	conf = conf_get(g->conf);
	pthread_mutex_unlock(&g->lock);
	return conf;
}

void
pipeline_swap(struct gate *g, struct conf *next)
{
	struct conf *old;

	pthread_mutex_lock(&g->lock);
	old = g->conf;
	g->conf = next;
	pthread_mutex_unlock(&g->lock);
	conf_put(&old);
}

void
pipeline_engines_set(struct gate *g, struct str json)
{
	char *next = strndup(json.p, json.n), *old;

	if (!next)
		abort();
	pthread_mutex_lock(&g->lock);
	old = g->engines;
	g->engines = next;
	pthread_mutex_unlock(&g->lock);
	free(old);
}

struct str
pipeline_engines(struct gate *g, struct pool *pool)
{
	struct str copy;

	pthread_mutex_lock(&g->lock);
	copy = pool_str(pool, str_of(g->engines));
	pthread_mutex_unlock(&g->lock);
	return copy;
}

struct scan
pipeline_scan(const struct gate *g, const struct conf *conf, const struct session *session, struct pool *pool,
    struct log_ctx lc)
{
	const struct links_conf *links = conf_values(conf, &links_table);

	return (struct scan){ .pool = pool, .lim = conf_values(conf, &limits_table), .lc = lc,
	    .session = session, .services = g->services, .known = links->known };
}

struct dns_batch *
pipeline_dns(const struct gate *g, const struct conf *conf, struct pool *pool)
{
	const struct dns_conf *dc = conf_values(conf, &dns_table);

	if (!g->services)
		return NULL;
	return dns_batch_new(g->services->dns, pool, clock_mono_ms() + dc->phase_ms);
}

void
pipeline_again(const struct conf *conf, struct dns_batch *dns)
{
	const struct dns_conf *dc = conf_values(conf, &dns_table);

	if (dns)
		dns_batch_deadline(dns, clock_mono_ms() + dc->phase_ms);
}

void
pipeline_later(const struct conf *conf, struct dns_batch *dns)
{
	const struct dns_conf *dc = conf_values(conf, &dns_table);

	if (dns)
		dns_batch_later(dns, clock_mono_ms() + dc->phase_ms);
}

void
pipeline_keys(const struct conf *conf, struct pool *pool, struct dns_batch *dns, struct keys *out)
{
	const struct dns_conf *dc = conf_values(conf, &dns_table);
	bool wanted = check_is_enabled(conf, &check_dkim) || check_is_enabled(conf, &check_arc);

	keys_init(out, pool, wanted ? dns : NULL, dc->message_ms);
}

/* The deadline is the phase's own: it begins when the phase asks. */
void
pipeline_ask(const struct conf *conf, enum phase phase, struct scan *scan)
{
	const struct dns_conf *dc = conf_values(conf, &dns_table);

	if (!scan->dns)
		return;
	dns_batch_deadline(scan->dns, clock_mono_ms() + (phase == PHASE_LOOKUP ? dc->message_ms : dc->phase_ms));
	check_want(phase, PLACE_GATE, scan, conf);
}

void
pipeline_phase(const struct conf *conf, enum phase phase, struct scan *scan, struct report *report)
{
	check_run(phase, PLACE_GATE, scan, conf, report);
}

void
pipeline_join(struct report *into, const struct report *from)
{
	into->muted |= from->muted;
	for (size_t i = 0; i < from->findings.n; i++) {
		const struct finding *f = report_finding(from, i);

		report_add_as(into, f->def, f->class, f->score, REPORT_NO_PART, f->evidence);
		if (f->quote.n)
			report_quote(into, f->def, f->quote);
	}
	for (size_t i = 0; i < from->unscanned.n; i++) {
		const struct unscanned *u = report_unscanned_at(from, i);

		report_unscanned(into, u->why, REPORT_NO_PART, "%.*s", STR_ARG(u->what));
	}
	for (size_t i = 0; i < from->runs.n; i++) {
		const struct report_run *r = report_run_at(from, i);

		report_ran(into, r->check, r->us, r->findings);
	}
}

/* Look-ups of what the report names: the network side of a message's checks. */
static void
look_up(const struct gate *g, const struct pipeline_in *in, struct result *out)
{
	struct report *r = &out->report;
	struct scan scan = pipeline_scan(g, in->conf, in->session, r->pool, in->lc);
	struct own_links own;

	scan.dns = in->dns;
	scan.auth = in->auth;
	scan.standing = in->standing;
	scan.dry = in->dry;
	scan.found = r;
	own_links_init(&own, r->pool, in->conf, atomic_load(&g->click_keys), clock_wall_ms() / 1000);
	scan.ours = own.prefix;
	(void)own_links_open(&own, &scan, in->conf, r);
	scan.links = out->links = link_targets_new(r->pool, in->conf, r);
	/* What a sender let us ask before, with keys and SPF terms, leaves no question out here. */
	if (in->dns)
		dns_batch_clear(in->dns);
	pipeline_ask(in->conf, PHASE_LOOKUP, &scan);
	check_run(PHASE_LOOKUP, PLACE_GATE, &scan, in->conf, r);
}

/* Behind a relay of ours: the phases of who gave the message to it, which could not run before. They
 * have a deadline of their own, and are answered with the message. */
static void
judge_origin(const struct gate *g, const struct pipeline_in *in, const struct session *origin, struct report *r)
{
	struct scan scan = pipeline_scan(g, in->conf, origin, r->pool, in->lc);
	int first = origin->client_addr.n ? PHASE_CONNECT : PHASE_MAIL;

	*in->standing = (struct standing){ .relay = true };
	scan.dns = pipeline_dns(g, in->conf, in->pool);
	scan.auth = in->auth;
	scan.standing = in->standing;
	scan.dry = in->dry;
	for (int p = first; p <= PHASE_MAIL; p++)
		pipeline_ask(in->conf, (enum phase)p, &scan);
	for (int p = first; p <= PHASE_MAIL; p++) {
		pipeline_phase(in->conf, (enum phase)p, &scan, r);
		pipeline_later(in->conf, scan.dns);
	}
	check_run_one(&check_flow_rcpt, &scan, in->conf, r);	/* the rates: RCPT did not know who it is */
	dns_batch_free(&scan.dns);
}

/* The network side of a message: who sent it, and what it names. */
static void
ask_around(const struct gate *g, const struct pipeline_in *in, struct result *out)
{
	const struct senders_conf *senders = conf_values(in->conf, &senders_table);
	struct pipeline_in own = *in;

	if (in->standing && in->standing->relay) {
		struct auth_facts stated = in->auth ? *in->auth : (struct auth_facts){ .n_dkim = 0 };

		out->session = relay_session(in->session, relay_origin(&senders->relays, &out->report));
		judge_origin(g, in, &out->session, &out->report);
		/* What a trusted server said of SPF stands in place of our own. */
		if (stated.spf_mail.result != AUTH_UNKNOWN || stated.spf_helo.result != AUTH_UNKNOWN) {
			in->auth->spf_mail = stated.spf_mail;
			in->auth->spf_helo = stated.spf_helo;
		}
	}
	own.session = &out->session;
	look_up(g, &own, out);
}

/* What the worker says of signatures becomes what is known of the sender. */
static void
take_signatures(const struct pipeline_in *in, struct report *r)
{
	const struct auth_conf *conf = conf_values(in->conf, &auth_table);

	if (!in->auth || !r->auth.known)
		return;
	in->auth->arc = r->auth.arc;
	in->auth->arc.trusted = !r->auth.arc.open && auth_trusts_sealer(conf, r->auth.arc.domain);
	if (in->auth->dkim_done)
		return;		/* a trusted milter said what it found */
	in->auth->dkim = r->auth.dkim;
	in->auth->n_dkim = r->auth.n_dkim;
	in->auth->dkim_done = check_is_enabled(in->conf, &check_dkim);
}

static void
keep_killer(const struct conf *conf, const struct spool *spool, struct log_ctx lc)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);

	killers_keep(gc->state_dir, spool->fd, spool->size, lc);
}

/* Keys that were late: the signatures have a turn of their own, and what is found joins the rest. */
static enum rc
verify_late(struct gate *g, const struct pipeline_in *in, struct wire_job *job, struct report *r, struct str *why)
{
	const struct spool *spool = in->spool;
	struct report proof;
	enum rc rc;

	job->turn = SCAN_PROOF;
	job->body = false;
	rc = workers_scan(g->workers, in->lc, job, spool->fd, spool->size, r->pool, &proof, why);
	if (rc != RC_OK)
		return rc;
	proof.auth.has_body = r->auth.has_body;
	memcpy(proof.auth.body, r->auth.body, sizeof(proof.auth.body));
	r->auth = proof.auth;
	r->us += proof.us;
	pipeline_join(r, &proof);
	return RC_OK;
}

/* The content is looked at while DNS gives the keys: a gate that waits costs nothing, a worker that
 * waits is one less. */
static enum rc
scan_in_turns(struct gate *g, const struct pipeline_in *in, struct wire_job *job, struct report *r, struct str *why)
{
	const struct spool *spool = in->spool;
	bool late = in->keys && keys_wait(in->keys);
	enum rc rc;

	if (late)
		job->turn = SCAN_CONTENT;
	else
		job->keys = in->keys ? keys_answers(in->keys) : NULL;
	rc = workers_scan(g->workers, in->lc, job, spool->fd, spool->size, r->pool, r, why);
	if (rc == RC_OK && late) {
		job->keys = keys_answers(in->keys);
		rc = verify_late(g, in, job, r, why);
	}
	if (rc == RC_OK)
		keys_confirm(in->pool, job->keys, &r->auth);
	return rc;
}

/* RC_OK: a report of the content. Otherwise nothing is known, and `why` says why. */
static enum rc
scan_content(struct gate *g, const struct pipeline_in *in, struct report *r, struct str *why)
{
	struct wire_job job = { .session = *in->session, .queue_id = in->session->queue_id, .body = in->body };
	const struct spool *spool = in->spool;
	enum rc rc = spool->error;

	*why = STR("the message could not be kept: no space");
	if (rc == RC_LIMIT) {
		report_unscanned(r, UNSCANNED_LIMIT, REPORT_NO_PART, "message_max");
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = scan_in_turns(g, in, &job, r, why);
	if (rc == RC_BAD)
		keep_killer(in->conf, spool, in->lc);
	return rc;
}

void
pipeline_message(struct gate *g, const struct pipeline_in *in, struct result *out)
{
	const struct limits *lim = conf_values(in->conf, &limits_table);
	int64_t start = clock_mono_ms();
	struct str why = STR_NONE;
	enum rc rc;

	*out = (struct result){ .session = *in->session };
	report_init(&out->report, in->pool, lim);
	rc = scan_content(g, in, &out->report, &why);
	if (rc != RC_OK)
		report_init(&out->report, in->pool, lim);
	if (in->before)
		pipeline_join(&out->report, in->before);
	if (rc == RC_OK) {
		take_signatures(in, &out->report);
		ask_around(g, in, out);
	}
	parties_decide(&(struct parties_in){ .conf = in->conf, .session = in->session, .failed = rc != RC_OK, .why = why,
	    .again = in->again, .whole = in->spool->error == RC_OK,
	    .recipients = g->services ? g->services->recipients : NULL, .pool = in->pool }, out);
	if (in->auth)
		out->auth = *in->auth;
	if (in->standing)
		out->group = in->standing->group;
	out->ms = (uint32_t)(clock_mono_ms() - start);
}

static const struct finding *
top_finding(const struct report *r)
{
	const struct finding *top = NULL;

	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = report_finding(r, i);

		if (f->class != CLASS_INFO && (!top || f->score > top->score))
			top = f;
	}
	return top;
}

static void
count(struct gate_counts *c, const struct outcome *o)
{
	atomic_fetch_add(&c->messages, 1);
	atomic_fetch_add(&c->intercept[o->act.intercept], 1);
	if (o->failed)
		atomic_fetch_add(&c->failed, 1);
	else if (!o->complete)
		atomic_fetch_add(&c->incomplete, 1);
	else if (!o->decided)
		atomic_fetch_add(&c->clean, 1);
}

static struct str
unscanned_text(const struct report *r)
{
	return r->unscanned.n ? str_of(unscanned_name(report_unscanned_at(r, 0)->why)) : STR("no");
}

void
pipeline_done(struct gate *g, const struct session *session, const struct spool *spool, struct log_ctx lc,
    const struct result *res)
{
	const struct outcome *o = &res->outcome;
	const struct finding *top = top_finding(&res->report);
	bool relayed = !str_eq(res->session.client_addr, session->client_addr);

	count(&g->counts, o);
	log_put(lc, LOG_LEVEL_INFO, "verdict",
	    LOG_CSTR("action", intercept_name(o->act.intercept)),
	    LOG_CSTR("would", intercept_name(o->would.intercept)),
	    LOG_CSTR("verdict", o->failed ? "none" : outcome_verdict(o)),
	    LOG_SCORE("score", o->score),
	    LOG_CSTR("top", top ? top->def->name : "-"),
	    LOG_STR("evidence", top ? top->evidence : STR("-")),
	    LOG_STR("unscanned", o->failed ? STR("all") : unscanned_text(&res->report)),
	    LOG_STR("because", o->n_reasons ? o->reasons[0].because : STR("-")),
	    LOG_STR("from", session->mail_from),
	    LOG_NUM("rcpts", session->n_rcpts),
	    LOG_STR("client", res->session.client_addr),
	    LOG_STR("relay", relayed ? session->client_addr : STR_NONE), LOG_STR("group", res->group),
	    LOG_STR("message_id", res->report.message_id),
	    LOG_NUM("size", spool->size), LOG_NUM("ms", res->ms), LOG_STR("record", res->record));
}
