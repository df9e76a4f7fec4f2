/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/shared.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

enum { COMMANDS_BYTES = 1024 * 1024, LIST_MS = 5000, SKEW_MS = 1000 };

struct shared {
	struct shared_link *link;
	int64_t deadline_ms;
};

enum rc
shared_new(const struct counters_conf *conf, struct log_ctx lc, struct shared **out, struct buf *why)
{
	struct shared *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->deadline_ms = conf->deadline_ms;
	if (shared_link_new(conf, lc, &s->link, why) != RC_OK) {
		free(s);
		return RC_BAD;
	}
	*out = s;
	return RC_OK;
}

void
shared_free(struct shared **sp)
{
	struct shared *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	shared_link_free(&s->link);
	free(s);
}

struct call {
	const struct shared_target *target;
	int64_t now_ms, deadline;
	const struct key *keys;
	struct counter_op *ops;
	size_t n;
	struct tally *stored;
	bool *done;
	bool unknown[COUNTER_OPS];	/* the server did not know the script */
	struct buf *why;
};

/* Where time is made up, the server's clock is moved as well. */
static int64_t
skew(int64_t now_ms)
{
	int64_t by = now_ms - clock_wall_ms();

	return by > -SKEW_MS && by < SKEW_MS ? 0 : by;
}

static void
put_commands(const struct call *c, bool whole, struct buf *out)
{
	int64_t by = skew(c->now_ms);

	for (size_t i = 0; i < c->n; i++) {
		struct buf key;

		if (whole && !c->unknown[i])
			continue;
		buf_init(&key, 512 + KEY_MAX);
		buf_add(&key, c->target->prefix);
		buf_add(&key, key_str(&c->keys[i]));
		shared_script_put(out, &c->target->script, whole, buf_str(&key), &c->ops[i], by);
		buf_clear(&key);
	}
}

/* One round trip; *again: some operations want it once more with the whole script. */
static enum rc
round_trip(struct call *c, struct shared_conn *conn, bool whole, bool *again)
{
	struct buf out;
	enum rc rc;

	buf_init(&out, COMMANDS_BYTES);
	put_commands(c, whole, &out);
	rc = shared_conn_send(conn, buf_str(&out), c->deadline, c->why);
	buf_clear(&out);
	*again = false;
	for (size_t i = 0; i < c->n && rc == RC_OK; i++) {
		redisReply *reply;
		enum rc taken;

		if (whole && !c->unknown[i])
			continue;
		rc = shared_conn_reply(conn, c->deadline, &reply, c->why);
		if (rc != RC_OK)
			break;
		taken = shared_script_take(reply, &c->ops[i], c->now_ms, &c->stored[i]);
		c->done[i] = taken == RC_OK;
		c->unknown[i] = taken == RC_NONE;
		*again |= c->unknown[i];
		if (taken == RC_TEMP) {
			buf_add(c->why, str_upto(shared_reply_text(reply), 160));
			rc = RC_TEMP;
		}
		shared_reply_free(&reply);
	}
	return rc;
}

enum rc
shared_run(struct shared *s, int64_t now_ms, const struct key *keys, struct counter_op *ops, size_t n,
    struct tally *stored, bool *done)
{
	struct buf why;
	struct call call = { .target = shared_link_target(s->link), .now_ms = now_ms,
	    .deadline = clock_mono_ms() + s->deadline_ms, .keys = keys, .ops = ops, .n = n, .stored = stored,
	    .done = done, .why = &why };
	struct shared_lease lease;
	bool again = false;
	enum rc rc;

	buf_init(&why, 1024);
	rc = shared_link_take(s->link, call.deadline, &lease, &why);
	if (rc == RC_NONE) {		/* down, or all connections are busy until the deadline */
		buf_clear(&why);
		return RC_TEMP;
	}
	if (rc == RC_OK)
		rc = round_trip(&call, lease.conn, false, &again);
	if (rc == RC_OK && again)
		rc = round_trip(&call, lease.conn, true, &again);
	shared_link_give(s->link, &lease, rc == RC_OK ? NULL : &why);
	buf_clear(&why);
	return rc;
}

bool
shared_is_up(struct shared *s)
{
	return shared_link_is_up(s->link);
}

void
shared_why(struct shared *s, char why[SHARED_WHY])
{
	shared_link_why(s->link, why);
}

bool
shared_del(struct shared *s, const struct key *key)
{
	int64_t deadline = clock_mono_ms() + s->deadline_ms;
	struct shared_lease lease;
	struct buf why, full;
	redisReply *r = NULL;
	bool was = false;
	enum rc rc;

	buf_init(&why, 1024);
	buf_init(&full, 512 + KEY_MAX);
	buf_add(&full, shared_link_target(s->link)->prefix);
	buf_add(&full, key_str(key));
	rc = shared_link_take(s->link, deadline, &lease, &why);
	if (rc != RC_NONE) {
		struct str words[] = { STR("DEL"), buf_str(&full) };

		if (rc == RC_OK)
			rc = shared_conn_ask(lease.conn, words, 2, deadline, &r, &why);
		if (rc == RC_OK) {
			was = r->type == REDIS_REPLY_INTEGER && r->integer > 0;
			shared_reply_free(&r);
		}
		shared_link_give(s->link, &lease, rc == RC_OK ? NULL : &why);
	}
	buf_clear(&full);
	buf_clear(&why);
	return was;
}

struct listing {
	const struct shared_target *target;
	struct shared_conn *conn;
	int64_t deadline;
	size_t left;
	void (*fn)(void *arg, struct str key, const struct tally *);
	void *arg;
	struct buf *why;
};

/* SCAN's pattern for "what begins with this". */
static void
put_pattern(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (str_chr(STR("*?[]\\"), s.p[i]) != STR_NPOS)
			buf_addc(out, '\\');
		buf_addc(out, s.p[i]);
	}
}

/* The values of the keys that one SCAN found, again in one round trip. */
static enum rc
list_values(struct listing *l, const redisReply *keys)
{
	struct buf out;
	size_t n = keys && keys->type == REDIS_REPLY_ARRAY ? keys->elements : 0;
	enum rc rc;

	n = n < l->left ? n : l->left;
	buf_init(&out, COMMANDS_BYTES);
	for (size_t i = 0; i < n; i++) {
		struct str words[8] = { STR("HMGET"), shared_reply_text(keys->element[i]) };

		memcpy(words + 2, shared_script_field, sizeof(shared_script_field));
		shared_put_command(&out, words, 8);
	}
	rc = out.full ? RC_LIMIT : shared_conn_send(l->conn, buf_str(&out), l->deadline, l->why);
	buf_clear(&out);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct str key = shared_reply_text(keys->element[i]);
		struct tally t;
		redisReply *r;

		rc = shared_conn_reply(l->conn, l->deadline, &r, l->why);
		if (rc != RC_OK)
			break;
		if (shared_script_fields(r, &t) == RC_OK && str_starts(key, l->target->prefix)) {
			l->fn(l->arg, str_from(key, l->target->prefix.n), &t);
			l->left--;
		}
		shared_reply_free(&r);
	}
	return rc;
}

static enum rc
scan_all(struct listing *l, struct str pattern)
{
	char cursor[24] = "0";
	enum rc rc = RC_OK;

	do {
		struct str words[] = { STR("SCAN"), str_of(cursor), STR("MATCH"), pattern, STR("COUNT"), STR("1000") };
		struct str next;
		redisReply *r;

		if (shared_conn_ask(l->conn, words, 6, l->deadline, &r, l->why) != RC_OK)
			return RC_TEMP;
		next = shared_reply_text(shared_reply_item(r, 0));
		if (next.n == 0 || next.n >= sizeof(cursor))
			rc = RC_TEMP;
		else
			(void)snprintf(cursor, sizeof(cursor), "%.*s", STR_ARG(next));
		if (rc == RC_OK)
			rc = list_values(l, shared_reply_item(r, 1));
		shared_reply_free(&r);
	} while (rc == RC_OK && l->left > 0 && strcmp(cursor, "0") != 0);
	return rc;
}

enum rc
shared_list(struct shared *s, const struct key *kind, size_t max,
    void (*fn)(void *arg, struct str key, const struct tally *), void *arg)
{
	struct buf why, pattern;
	struct shared_lease lease;
	struct listing l = { .target = shared_link_target(s->link), .deadline = clock_mono_ms() + LIST_MS,
	    .left = max, .fn = fn, .arg = arg, .why = &why };
	enum rc rc;

	buf_init(&why, 1024);
	buf_init(&pattern, 2048);
	put_pattern(&pattern, l.target->prefix);
	put_pattern(&pattern, key_str(kind));
	buf_adds(&pattern, "*");
	rc = shared_link_take(s->link, clock_mono_ms() + s->deadline_ms, &lease, &why);
	if (rc == RC_OK) {
		l.conn = lease.conn;
		rc = scan_all(&l, buf_str(&pattern));
	}
	/* An operator's list that takes long says nothing about the calls of mail. */
	if (rc != RC_NONE)
		shared_link_return(s->link, &lease, rc == RC_OK);
	buf_clear(&pattern);
	buf_clear(&why);
	return rc == RC_OK ? RC_OK : RC_TEMP;
}
