/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/gate_ops.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jtext.h"
#include "base/fdio.h"
#include "base/rd.h"
#include "gate/offline.h"
#include "gate/reputation.h"
#include "gate/trace.h"
#include "gate/settings.h"
#include "worker/wire.h"

enum { COUNTS = 16 + INTERCEPT_N, TICKET_BYTES = 4 };

void
gate_ops_say(struct gate_process *p, enum link_tag tag, struct str body)
{
	struct fdio_frame f = { .tag = tag, .body = body };

	pthread_mutex_lock(&p->lock);
	/* A master that does not read is a master that is going away. */
	if (fdio_send(LINK_FD, &f, clock_mono_ms() + LINK_SEND_MS) != RC_OK)
		errno = 0;
	pthread_mutex_unlock(&p->lock);
}

static void
op_scan(void *arg, const struct session *session, const struct spool *spool, struct pool *pool,
    struct result *out)
{
	struct gate_process *p = arg;
	struct conf *conf = pipeline_conf(&p->gate);
	struct log_ctx lc = { p->gate.lc.log, "ctl" };

	offline_scan(&p->gate, conf, session, spool, pool, lc, out);
	conf_put(&conf);
}

static void
op_reputation(void *arg, const struct control_request *req, struct pool *pool, struct buf *out)
{
	struct gate_process *p = arg;
	struct conf *conf = pipeline_conf(&p->gate);

	reputation_answer(&p->gate, conf, req, pool, out);
	conf_put(&conf);
}

static int64_t
op_message_max(void *arg)
{
	struct gate_process *p = arg;
	struct conf *conf = pipeline_conf(&p->gate);
	int64_t max = ((const struct gate_conf *)conf_values(conf, &gate_table))->message_max;

	conf_put(&conf);
	return max;
}

static void
op_trace(void *arg, const struct session *session, struct pool *pool, struct buf *out)
{
	struct gate_process *p = arg;
	struct conf *conf = pipeline_conf(&p->gate);
	struct log_ctx lc = { p->gate.lc.log, "ctl" };

	trace_json(&p->gate, conf, session, pool, lc, out);
	conf_put(&conf);
}

static void
add(struct control_count *list, size_t *n, const char *name, uint64_t value)
{
	list[(*n)++] = (struct control_count){ name, value };
}

static void
fill_counts(struct gate_process *p, struct pool *pool, struct control_status *out)
{
	struct control_count *list = pool_alloc(pool, COUNTS * sizeof(*list));
	struct gate_counts *c = &p->gate.counts;
	size_t n = 0;

	add(list, &n, "sessions", atomic_load(&c->sessions));
	add(list, &n, "at_end", atomic_load(&c->at_end));
	add(list, &n, "connections", atomic_load(&c->connections));
	add(list, &n, "refused", atomic_load(&c->refused));
	add(list, &n, "turned_away", atomic_load(&c->turned_away));
	add(list, &n, "messages", atomic_load(&c->messages));
	add(list, &n, "clean", atomic_load(&c->clean));
	add(list, &n, "incomplete", atomic_load(&c->incomplete));
	add(list, &n, "failed", atomic_load(&c->failed));
	for (int i = 0; i < INTERCEPT_N; i++)
		add(list, &n, pool_printf(pool, "outcome.%s", intercept_name((enum intercept)i)).p,
		    atomic_load(&c->intercept[i]));
	out->counts = list;
	out->n_counts = n;
}

/* Under the lock: texts are copied out of buffers that change. */
static void
fill_engines(struct gate_process *p, struct pool *pool, struct control_status *out)
{
	struct wire_info info;

	pthread_mutex_lock(&p->lock);
	if (p->info.n && wire_get_info(pool, buf_str(&p->info), &info) == RC_OK) {
		out->engine = info.engine;
		out->sandbox_missing = info.missing;
	}
	out->reload_ms = p->reload_ms;
	if (p->reload_rc != RC_OK)
		out->reload_error = pool_str(pool, buf_str(&p->reload_text));
	pthread_mutex_unlock(&p->lock);
}

static void
op_status(void *arg, struct pool *pool, struct control_status *out)
{
	struct gate_process *p = arg;
	struct conf *conf = pipeline_conf(&p->gate);
	const struct policy_conf *pc = conf_values(conf, &policy_table);

	*out = (struct control_status){ .started_ms = p->started_ms, .master_pid = getppid(),
	    .mode = pc->mode == POLICY_OBSERVE ? "observe" : "enforce",
	    .preset = pool_str(pool, pc->preset), .config = str_of(p->conf_path) };
	workers_status(p->gate.workers, &out->workers);
	counters_status(p->services.counters, &out->counters);
	dns_stats(p->services.dns, &out->dns);
	indicators_status(p->services.indicators, &out->indicators);
	recipients_status(p->services.recipients, pool, &out->recipients);
	out->ledger = p->gate.ledger.records != NULL;
	if (out->ledger)
		records_status(p->gate.ledger.records, &out->records);
	out->n_link_services = link_services_status(p->services.link_services, out->link_services);
	out->n_lists = dnsbl_status(p->services.dnsbl, pool, &out->lists);
	fill_counts(p, pool, out);
	fill_engines(p, pool, out);
	conf_put(&conf);
}

static size_t
op_rules(void *arg, struct pool *pool, const struct yara_rule_stat **out)
{
	struct gate_process *p = arg;

	return workers_rule_stats(p->gate.workers, pool, out);
}

static void
put_ticket(struct buf *b, uint32_t ticket)
{
	for (int i = 0; i < TICKET_BYTES; i++)
		buf_addc(b, (char)(ticket >> (8 * i)));
}

static enum rc
op_reload(void *arg, struct buf *errors)
{
	struct gate_process *p = arg;
	struct timespec until;
	struct buf body;
	uint32_t ticket;
	enum rc rc = RC_TEMP;

	buf_init(&body, TICKET_BYTES);
	pthread_mutex_lock(&p->lock);
	ticket = ++p->asked;
	pthread_mutex_unlock(&p->lock);
	put_ticket(&body, ticket);
	gate_ops_say(p, LINK_RELOAD, buf_str(&body));
	buf_clear(&body);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += RELOAD_WAIT_MS / 1000;
	pthread_mutex_lock(&p->lock);
	while (p->done < ticket && pthread_cond_timedwait(&p->answered, &p->lock, &until) == 0)
		continue;
	if (p->done >= ticket) {
		rc = p->reload_rc;
		buf_add(errors, buf_str(&p->reload_text));
	} else {
		buf_adds(errors, "no answer in time; the log says how it ended\n");
	}
	pthread_mutex_unlock(&p->lock);
	return rc;
}

void
gate_ops_reloaded(struct gate_process *p, struct str body)
{
	struct rd r = { .in = body };
	uint32_t ticket = rd_u32(&r);
	uint8_t rc = rd_u8(&r);

	if (r.err)
		return;
	pthread_mutex_lock(&p->lock);
	p->done = ticket > p->done ? ticket : p->done;
	p->reload_rc = (enum rc)rc;
	p->reload_ms = clock_wall_ms();
	buf_reset(&p->reload_text);
	buf_add(&p->reload_text, str_from(body, r.off));
	pthread_cond_broadcast(&p->answered);
	pthread_mutex_unlock(&p->lock);
}

/* What every record says of the engines that looked at its message. */
static void
tell_versions(struct gate *g, struct str info)
{
	struct pool *pool = pool_new(0);
	struct json_object *o;
	struct wire_info wi;
	struct buf text;

	if (wire_get_info(pool, info, &wi) == RC_OK) {
		o = jtext_object();
		jtext_add_str(o, "clamav", wi.engine.clamav_version);
		jtext_add_str(o, "databases", wi.engine.clamav_databases);
		jtext_add_num(o, "signatures", (int64_t)wi.engine.clamav_signatures);
		jtext_add_str(o, "yara", wi.engine.yara_version);
		jtext_add_num(o, "rules", (int64_t)wi.engine.yara_rules);
		jtext_add_str(o, "fingerprint", wi.engine.fingerprint);
		buf_init(&text, LINK_BODY);
		jtext_write(o, &text);
		pipeline_engines_set(g, buf_str(&text));
		buf_clear(&text);
	}
	pool_free(&pool);
}

void
gate_ops_engines(struct gate_process *p, struct str info)
{
	tell_versions(&p->gate, info);
	pthread_mutex_lock(&p->lock);
	buf_reset(&p->info);
	buf_add(&p->info, info);
	pthread_mutex_unlock(&p->lock);
}

void
gate_ops_init(struct gate_process *p)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->answered, &attr);
	pthread_condattr_destroy(&attr);
	buf_init(&p->info, LINK_BODY);
	buf_init(&p->reload_text, RELOAD_TEXT);
	p->started_ms = clock_wall_ms();
	p->ops = (struct control_ops){ .message_max = op_message_max, .scan = op_scan,
	    .trace = op_trace, .reputation = op_reputation, .status = op_status, .rules = op_rules,
	    .reload = op_reload, .arg = p };
}
