/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "response/release.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/replace.h"
#include "net/smtp_probe.h"
#include "policy/action.h"

enum { FIELD_BYTES = 1024, STALE_AT_ONCE = 10000 };

/* Recipients on their way together. */
struct claim {
	const struct response *r;
	const struct release_order *order;
	enum entry_state was;
	int64_t at_ms;			/* names the claim */
	struct record record;
	const struct str *rcpts;
	size_t n;
	struct pool *pool;
};

static enum rc
move(const struct claim *c, unsigned from, int64_t since_ms, enum entry_state to, struct record_event event)
{
	struct records_step step = { .id = c->order->id, .number = c->order->number, .from = from, .changed_ms = since_ms,
	    .to = to, .to_ms = to == ENTRY_RELEASED ? c->at_ms : 0, .event = event };
	int64_t now = clock_wall_ms();
	size_t moved;

	step.event.time_ms = now > c->at_ms ? now : c->at_ms + 1;	/* behind the claim, also in a list */
	return records_move(c->r->records, &step, &moved);
}

/* ---- claim ---- */

/* Who went to RELEASING at that moment. */
static enum rc
read_claimed(struct claim *c, size_t moved, struct buf *why)
{
	struct str *list;
	enum rc rc = records_get(c->r->records, c->pool, c->order->id, &c->record, NULL);

	if (rc != RC_OK)
		return rc;
	list = pool_alloc(c->pool, (c->record.n_rcpts + 1) * sizeof(*list));
	for (size_t i = 0; i < c->record.n_rcpts; i++) {
		const struct record_rcpt *to = &c->record.rcpts[i];
		bool named = c->order->number == 0 || c->order->number == i + 1;

		if (named && to->state == ENTRY_RELEASING && to->changed_ms == c->at_ms)
			list[c->n++] = to->address;
	}
	c->rcpts = c->order->to.n ? &c->order->to : list;
	if (c->n == moved) {
		c->n = c->order->to.n ? 1 : c->n;
		return RC_OK;
	}
	/* The same millisecond: neither of both may touch what may be the other's. release_stale tidies up. */
	buf_adds(why, "somebody else releases it at this moment");
	return RC_TEMP;
}

static enum rc
take(struct claim *c, struct buf *why)
{
	struct records_step step = { .id = c->order->id, .number = c->order->number, .from = 1u << c->was,
	    .to = ENTRY_RELEASING, .event = { .kind = STR("releasing"), .who = c->order->who, .rcpt = c->order->to } };
	size_t moved;
	enum rc rc;

	c->at_ms = step.event.time_ms = clock_wall_ms();
	rc = records_move(c->r->records, &step, &moved);
	if (rc == RC_TEMP)
		buf_adds(why, "the ledger does not answer");
	return rc == RC_OK ? read_claimed(c, moved, why) : rc;
}

/* ---- send ---- */

static enum rc
fill_in(struct claim *c, struct smtp_mail *mail, struct buf *field, struct buf *why)
{
	const struct release_conf *rc = c->r->conf;
	struct pass pass = { .kind = c->order->look_again ? PASS_HOLD_END : PASS_RELEASE, .id = c->order->id,
	    .number = (uint16_t)c->order->number, .claim_ms = c->at_ms,
	    .expiry_s = (c->at_ms + rc->deadline_ms) / 1000 + 1 };
	enum rc got = c->record.body.n ? bodies_get(c->r->bodies, c->record.body, &mail->fd, &mail->size) : RC_NONE;

	if (got == RC_OK) {
		got = pass_make(c->r->passes, c->pool, mail, &pass, field);
		if (got != RC_OK)
			buf_adds(why, "no pass can be made for it");
		return got;
	}
	mail->fd = -1;
	buf_adds(why, got == RC_NONE ? "its body is gone" :
	    got == RC_BAD ? "its body is damaged" : "its body cannot be read now");
	return got == RC_TEMP ? RC_TEMP : RC_BAD;
}

static enum rc
give(struct claim *c, bool *unknown, struct buf *why)
{
	const struct release_conf *rc = c->r->conf;
	struct smtp_mail mail = { .server = rc->server, .helo = rc->helo, .tls = rc->tls, .ca_file = rc->ca_file,
	    .from = c->record.mail_from, .rcpts = c->rcpts, .n_rcpts = c->n, .fd = -1, .unknown = unknown };
	int64_t by_ms = clock_mono_ms() + rc->deadline_ms;
	struct buf field, reply;
	struct str head;
	enum rc got;

	buf_init(&field, FIELD_BYTES);
	buf_init(&reply, SMTP_SEND_REPLY);
	got = fill_in(c, &mail, &field, why);
	if (got == RC_OK) {
		head = buf_str(&field);
		mail.head = &head;
		mail.n_head = 1;
		got = smtp_send(&mail, by_ms, &reply);
		if (got != RC_OK)
			buf_printf(why, "%.*s: %.*s", STR_ARG(rc->server), STR_ARG(buf_str(&reply)));
	}
	fdio_close(&mail.fd);
	buf_clear(&field);
	buf_clear(&reply);
	return got;
}

/* ---- how it ended ---- */

static void
note(const struct claim *c, enum log_level level, const char *what, struct str why)
{
	log_put(c->r->lc, level, "release", LOG_STR("record", c->order->id), LOG_NUM("number", c->order->number),
	    LOG_CSTR("done", what), LOG_STR("to", c->order->to), LOG_STR("who", c->order->who), LOG_STR("why", why));
}

/* The gate let them by, and may know by now that its answer came through. */
static enum rc
done(const struct claim *c, struct buf *why)
{
	const struct record_event e = { .kind = STR("released"), .who = c->order->who, .rcpt = c->order->to };
	enum rc rc = move(c, 1 << ENTRY_RELEASING, c->at_ms + PASS_LET_BY_MS, ENTRY_RELEASED, e);
	bool seen = rc == RC_OK;

	if (rc == RC_NONE)
		rc = move(c, 1 << ENTRY_RELEASING, c->at_ms, ENTRY_RELEASED, e);
	if (rc == RC_OK && !seen)
		note(c, LOG_LEVEL_WARNING, "yes", STR("no gate saw it: is release.server one that asks this sekimorid?"));
	else
		note(c, LOG_LEVEL_INFO, "yes", STR_NONE);
	if (rc != RC_TEMP)
		return RC_OK;
	buf_adds(why, "the server has it, but the ledger does not take that");
	return RC_TEMP;
}

/* It is clear that the server does not have it, whatever the gate thought. What the gate kept in another record is there
 * (RC_NONE). In this order, as the gate moves from the first to the second. */
static void
undo(const struct claim *c, struct str why)
{
	struct record_event e = { .kind = STR("release_failed"), .who = c->order->who, .rcpt = c->order->to, .detail = why };
	enum rc rc = move(c, 1 << ENTRY_RELEASING, c->at_ms + PASS_LET_BY_MS, c->was, e);

	if (rc == RC_NONE)
		rc = move(c, 1 << ENTRY_RELEASING | 1 << ENTRY_RELEASED, c->at_ms, c->was, e);
	note(c, rc == RC_TEMP ? LOG_LEVEL_ERR : LOG_LEVEL_WARNING, rc == RC_TEMP ? "no, and it stays on its way" :
	    rc == RC_NONE ? "no, and the gate went on with it" : "no", why);
}

/* Nobody answered: what the gate wrote is the truth, unless it may still be at it. */
static enum rc
ask_gate(const struct claim *c, struct buf *why)
{
	struct record now;
	size_t number = c->order->number;
	bool gone = records_get(c->r->records, c->pool, c->order->id, &now, NULL) == RC_OK;

	for (size_t i = 0; gone && i < now.n_rcpts; i++)
		if ((number == 0 || number == i + 1) && now.rcpts[i].changed_ms == c->at_ms)
			gone = now.rcpts[i].state == ENTRY_RELEASED;
	note(c, LOG_LEVEL_WARNING, gone ? "yes" : "unknown", buf_str(why));
	if (gone) {
		buf_reset(why);
		return RC_OK;
	}
	buf_adds(why, "; nobody knows whether it was taken: it is looked at again later");
	return RC_TEMP;
}

static enum rc
release_those(struct claim *c, struct buf *why)
{
	bool unknown = false;
	enum rc rc = take(c, why);

	if (rc != RC_OK)
		return rc;
	rc = give(c, &unknown, why);
	if (rc == RC_OK)
		return done(c, why);
	if (unknown)
		return ask_gate(c, why);
	undo(c, buf_str(why));
	return rc;
}

/* ---- orders ---- */

static void
say_state(const struct record *rec, const struct release_order *o, const char *what, struct buf *why)
{
	if (o->number > rec->n_rcpts)
		buf_printf(why, "it has %zu recipients", rec->n_rcpts);
	else if (rec->n_rcpts == 0)
		buf_adds(why, "it has no recipients");
	else
		buf_printf(why, "nothing to %s: the state is %s", what,
		    entry_state_name(rec->rcpts[o->number ? o->number - 1 : 0].state));
}

static enum rc
find(const struct response *r, const struct release_order *o, struct pool *pool, struct record *rec, struct buf *why)
{
	int64_t made_ms;
	enum rc rc = record_id_time(o->id, &made_ms) ? records_get(r->records, pool, o->id, rec, NULL) : RC_NONE;

	if (rc == RC_NONE)
		buf_printf(why, "no record %.*s", STR_ARG(str_upto(o->id, 64)));
	else if (rc != RC_OK)
		buf_adds(why, "the ledger does not answer");
	return rc;
}

enum rc
release_entry(const struct response *r, const struct release_order *o, struct buf *why)
{
	static const enum entry_state from[] = { ENTRY_HELD, ENTRY_ORIGINAL };
	struct pool *pool = pool_new(0);
	struct record rec = { .n_rcpts = 0 };
	enum rc rc = find(r, o, pool, &rec, why), all = RC_NONE;

	if (o->to.n && !smtp_probe_can(o->to)) {
		buf_adds(why, "no mail can go to that address");
		rc = RC_BAD;
	}
	for (size_t i = 0; rc == RC_OK && i < 2; i++) {
		struct claim c = { .r = r, .order = o, .was = from[i], .pool = pool };
		enum rc one = release_those(&c, why);

		if (one != RC_NONE && (all == RC_NONE || all == RC_OK))
			all = one;	/* the first thing that went wrong is told */
	}
	if (rc == RC_OK && all == RC_NONE && find(r, o, pool, &rec, why) == RC_OK)
		say_state(&rec, o, "release", why);
	pool_free(&pool);
	return rc == RC_OK ? all : rc;
}

static bool
is_kept(const struct record *rec)
{
	for (size_t i = 0; i < rec->n_rcpts; i++)
		if (rec->rcpts[i].state == ENTRY_HELD || rec->rcpts[i].state == ENTRY_ORIGINAL ||
		    rec->rcpts[i].state == ENTRY_RELEASING)
			return true;
	return false;
}

enum rc
release_delete(const struct response *r, const struct release_order *o, struct buf *why)
{
	struct records_step step = { .id = o->id, .number = o->number, .from = 1 << ENTRY_HELD | 1 << ENTRY_ORIGINAL,
	    .to = ENTRY_DELETED, .event = { .kind = STR("deleted"), .who = o->who } };
	struct pool *pool = pool_new(0);
	struct record rec = { .n_rcpts = 0 };
	size_t moved;
	enum rc rc = find(r, o, pool, &rec, why);

	if (rc == RC_OK) {
		rc = records_move(r->records, &step, &moved);
		if (rc == RC_NONE)
			say_state(&rec, o, "delete", why);
		else if (rc != RC_OK)
			buf_adds(why, "the ledger does not answer");
	}
	/* A body that stays here goes with the job `purge'. */
	if (rc == RC_OK && records_get(r->records, pool, o->id, &rec, NULL) == RC_OK && !is_kept(&rec) && rec.body.n &&
	    bodies_delete(r->bodies, rec.body) == RC_TEMP)
		log_put(r->lc, LOG_LEVEL_WARNING, "bodies", LOG_STR("left", rec.body));
	pool_free(&pool);
	return rc;
}

/* ---- reports ---- */

static const char *const reports[] = {
	[REPORT_FALSE_POSITIVE] = "false_positive", [REPORT_MISSED_SPAM] = "missed_spam",
};

const char *release_report_name(enum release_report which) { return reports[which]; }

bool
release_report_parse(struct str name, enum release_report *out)
{
	for (size_t i = 0; i < RELEASE_REPORTS; i++)
		if (str_eq(name, str_of(reports[i]))) {
			*out = (enum release_report)i;
			return true;
		}
	return false;
}

/* What root writes belongs to who owns state_dir. */
static void
give_to_owner(const struct response *r, const char *path)
{
	char dir[4096];
	struct stat st;

	snprintf(dir, sizeof(dir), "%.*s", STR_ARG(str_upto(r->state_dir, sizeof(dir) - 1)));
	if (geteuid() == 0 && stat(dir, &st) == 0 && lchown(path, st.st_uid, st.st_gid) != 0)
		log_put(r->lc, LOG_LEVEL_WARNING, "learn", LOG_CSTR("file", path), LOG_CSTR("error", strerror(errno)));
}

static enum rc
put_learn(const struct response *r, struct str id, enum release_report which, const struct str *text, struct buf *why)
{
	char path[4096];
	enum rc rc;

	snprintf(path, sizeof(path), "%.*s/learn", STR_ARG(str_upto(r->state_dir, 3800)));
	rc = mkdir(path, 0700) == 0 || errno == EEXIST ? RC_OK : RC_TEMP;
	if (rc == RC_OK) {
		give_to_owner(r, path);
		snprintf(path, sizeof(path), "%.*s/learn/%s-%.*s.eml", STR_ARG(str_upto(r->state_dir, 3800)), reports[which],
		    STR_ARG(id));
		rc = replace_file(path, text, 1);
		give_to_owner(r, path);
	}
	if (rc != RC_OK)
		buf_printf(why, "%s: %s", path, strerror(errno));
	return rc;
}

/* What was delivered is seldom kept: who reports it has it. What is kept is better, it is as it came. */
static enum rc
keep_for_learning(const struct response *r, const struct release_order *o, const struct record *rec,
    enum release_report which, struct buf *why)
{
	struct str text;
	uint64_t size;
	int fd = -1;
	enum rc rc = rec->body.n ? bodies_get(r->bodies, rec->body, &fd, &size) : RC_NONE;

	if (rc == RC_NONE && o->message)
		return put_learn(r, rec->id, which, o->message, why);
	if (rc == RC_OK)
		rc = fdio_map(fd, &text);
	if (rc == RC_OK) {
		rc = put_learn(r, rec->id, which, &text, why);
		fdio_unmap(&text);
	} else {
		buf_adds(why, rc == RC_TEMP ? "its body cannot be read now" : rc == RC_NONE ? "nothing is kept of it" :
		    "its body is damaged");
	}
	fdio_close(&fd);
	return rc == RC_LIMIT ? RC_BAD : rc;
}

enum rc
release_report(const struct response *r, const struct release_order *o, enum release_report which, struct buf *why)
{
	struct pool *pool = pool_new(0);
	struct record rec = { .n_rcpts = 0 };
	enum rc rc = find(r, o, pool, &rec, why);

	if (rc == RC_OK)
		rc = keep_for_learning(r, o, &rec, which, why);
	if (rc == RC_OK) {
		struct record_event e = { .id = o->id, .time_ms = clock_wall_ms(), .kind = STR("reported"), .who = o->who,
		    .rcpt = o->number && o->number <= rec.n_rcpts ? rec.rcpts[o->number - 1].address : STR_NONE,
		    .detail = str_of(reports[which]) };

		rc = records_event(r->records, &e, clock_mono_ms() + r->conf->deadline_ms);
		if (rc != RC_OK)
			buf_adds(why, "the ledger does not take it");
	}
	pool_free(&pool);
	return rc;
}

/* ---- what was left behind ---- */

struct stale {
	struct pool *pool;
	struct vec list;		/* struct entry, copied */
	int64_t before_ms;
};

static bool
collect(void *arg, const struct entry *e)
{
	struct stale *s = arg;
	struct entry *copy;

	if (e->rcpt.changed_ms >= s->before_ms)
		return true;
	copy = vec_push(s->pool, &s->list, sizeof(*copy));
	*copy = (struct entry){ .number = e->number, .rcpt = e->rcpt };
	copy->record.id = pool_str(s->pool, e->record.id);
	return s->list.n < STALE_AT_ONCE;
}

/* The gate let it by and nobody heard more: it was killed before the answer, or right behind it. */
static bool
was_let_by(const struct response *r, struct pool *pool, const struct entry *e)
{
	struct vec events = { .n = 0 };
	const struct record_event *ev;
	struct record rec;

	if (records_get(r->records, pool, e->record.id, &rec, &events) != RC_OK)
		return false;
	ev = events.items;
	for (size_t i = 0; i < events.n; i++)
		if (str_eq(ev[i].kind, STR("let_by")) && ev[i].time_ms >= e->rcpt.changed_ms)
			return true;
	return false;
}

enum rc
release_stale(const struct response *r, int64_t now_ms, size_t *n)
{
	struct stale s = { .pool = pool_new(0), .before_ms = now_ms - r->conf->deadline_ms - RELEASE_SLACK_MS };
	struct entries_query q = { .states = 1 << ENTRY_RELEASING, .changed_by_ms = s.before_ms };
	enum rc rc = records_entries(r->records, &q, collect, &s);
	const struct entry *e = s.list.items;

	*n = 0;
	for (size_t i = 0; rc == RC_OK && i < s.list.n; i++) {
		bool let_by = was_let_by(r, s.pool, &e[i]);
		struct records_step step = { .id = e[i].record.id, .number = e[i].number, .from = 1 << ENTRY_RELEASING,
		    .changed_ms = e[i].rcpt.changed_ms,
		    .to = e[i].rcpt.outcome >= INTERCEPT_QUARANTINE ? ENTRY_HELD : ENTRY_ORIGINAL,
		    .event = { .kind = let_by ? STR("release_unsure") : STR("release_failed"), .who = STR("job holds"),
		    .detail = let_by ? STR("it may have been delivered") : STR("nobody was at it any more") } };
		size_t moved;

		rc = records_move(r->records, &step, &moved);
		*n += rc == RC_OK;
		if (rc == RC_NONE)
			rc = RC_OK;	/* it went on meanwhile */
	}
	pool_free(&s.pool);
	return rc;
}
