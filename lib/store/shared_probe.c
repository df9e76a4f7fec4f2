/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/shared_probe.h"

#include "base/ascii.h"
#include "base/clock.h"
#include "base/fdio.h"

enum { PROBE_KEEP_MS = 60000, COMMAND_BYTES = 65536 };

enum rc
shared_target_init(struct shared_target *t, const struct counters_conf *conf, struct buf *why)
{
	*t = (struct shared_target){ .master = conf->redis_master,
	    .password_file = conf->redis_password_file, .prefix = conf->redis_prefix };
	shared_script_init(&t->script);
	if (conf->redis_sentinels.n == 0)
		return shared_place_parse(conf->redis_address, &t->server, why);
	for (size_t i = 0; i < conf->redis_sentinels.n && i < SHARED_SENTINELS; i++) {
		if (shared_place_parse(conf->redis_sentinels.item[i], &t->sentinel[i], why) != RC_OK)
			return RC_BAD;
		t->n_sentinels++;
	}
	return RC_OK;
}

enum rc
shared_password(const struct shared_target *t, struct shared_login *login, struct buf *why)
{
	struct buf text;
	struct str line;
	enum rc rc = RC_OK;

	login->password[0] = '\0';
	if (t->password_file.n == 0)
		return RC_OK;
	buf_init(&text, SHARED_PASSWORD + 2);
	if (fdio_read_file(t->password_file.p, &text) != RC_OK) {
		buf_printf(why, "%.*s cannot be read", STR_ARG(t->password_file));
		rc = RC_BAD;
	}
	line = buf_str(&text);
	while (line.n && ascii_is_space((unsigned char)line.p[line.n - 1]))
		line.n--;
	if (rc == RC_OK && (line.n == 0 || line.n > SHARED_PASSWORD || memchr(line.p, '\0', line.n))) {
		buf_printf(why, "%.*s holds no password of 1 to %d bytes", STR_ARG(t->password_file), SHARED_PASSWORD);
		rc = RC_BAD;
	}
	if (rc == RC_OK) {
		memcpy(login->password, line.p, line.n);
		login->password[line.n] = '\0';
	}
	buf_clear(&text);
	return rc;
}

/* Where a Sentinel says the master is. Sentinels with a password have that of the servers. */
static enum rc
ask_master(const struct shared_target *t, struct shared_conn *c, const struct shared_login *login,
    int64_t deadline, struct shared_place *out, struct buf *why)
{
	struct str words[] = { STR("SENTINEL"), STR("get-master-addr-by-name"), t->master };
	struct shared_login only = *login;
	redisReply *r;
	enum rc rc = shared_conn_ask(c, words, 3, deadline, &r, why);

	only.db = 0;
	if (rc == RC_OK && str_starts(shared_reply_text(r), STR("NOAUTH")) && login->password[0]) {
		shared_reply_free(&r);
		rc = shared_conn_login(c, &only, deadline, why);
		rc = rc == RC_OK ? shared_conn_ask(c, words, 3, deadline, &r, why) : rc;
	}
	if (rc != RC_OK)
		return rc;
	if (shared_reply_is_error(r) || r->type == REDIS_REPLY_NIL) {
		buf_printf(why, "the Sentinel knows no '%.*s': %.*s", STR_ARG(t->master),
		    STR_ARG(str_upto(shared_reply_text(r), 100)));
		rc = RC_TEMP;
	} else if (shared_place_set(out, shared_reply_text(shared_reply_item(r, 0)),
	    shared_reply_text(shared_reply_item(r, 1)), why) != RC_OK) {
		rc = RC_TEMP;
	}
	shared_reply_free(&r);
	return rc;
}

/* The word of ROLE; users who may not ask are found out by the writes. */
static enum rc
is_master(struct shared_conn *c, int64_t deadline, struct buf *why)
{
	struct str word = STR("ROLE"), role;
	redisReply *r;

	if (shared_conn_ask(c, &word, 1, deadline, &r, why) != RC_OK)
		return RC_TEMP;
	role = shared_reply_text(shared_reply_item(r, 0));
	if (role.n && !str_eq(role, STR("master"))) {
		buf_printf(why, "the server is a %.*s, not yet the master", STR_ARG(str_upto(role, 20)));
		shared_reply_free(&r);
		return RC_TEMP;
	}
	shared_reply_free(&r);
	return RC_OK;
}

/* One counter of each type is written, so that a server that is full, read-only or does not let
 * us write is not taken for one that serves. It knows the script then. */
static enum rc
prove(const struct shared_target *t, struct shared_conn *c, int64_t deadline, struct buf *why)
{
	struct counter_op ops[] = {
		{ .type = COUNT_RATE, .kind = "probe", .window_ms = PROBE_KEEP_MS, .add = 1 },
		{ .type = COUNT_HISTORY, .kind = "probe", .window_ms = PROBE_KEEP_MS, .good = 1 },
		{ .type = COUNT_MARK, .kind = "probe", .window_ms = PROBE_KEEP_MS, .add = 1 },
	};
	int64_t now = clock_wall_ms();
	struct buf out;
	enum rc rc = RC_OK;

	buf_init(&out, COMMAND_BYTES);
	for (size_t i = 0; i < 3 && rc == RC_OK; i++) {
		struct tally stored;
		struct buf key;
		redisReply *r;

		buf_init(&key, 256);
		buf_add(&key, t->prefix);
		buf_printf(&key, "probe:%zu", i);
		buf_reset(&out);
		shared_script_put(&out, &t->script, true, buf_str(&key), &ops[i], 0);
		buf_clear(&key);
		rc = shared_conn_send(c, buf_str(&out), deadline, why);
		rc = rc == RC_OK ? shared_conn_reply(c, deadline, &r, why) : rc;
		if (rc != RC_OK)
			break;
		if (shared_script_take(r, &ops[i], now, &stored) != RC_OK) {
			buf_printf(why, "a counter cannot be written: %.*s", STR_ARG(str_upto(shared_reply_text(r), 140)));
			rc = RC_TEMP;
		}
		shared_reply_free(&r);
	}
	buf_clear(&out);
	return rc;
}

static enum rc
try_addr(const struct shared_target *t, const struct shared_addr *addr, const struct shared_login *login,
    int64_t wait_ms, struct shared_conn **out, struct buf *why)
{
	int64_t deadline = clock_mono_ms() + wait_ms;
	enum rc rc;

	buf_reset(why);
	buf_printf(why, "%s: ", addr->text);
	rc = shared_conn_open(addr, login, deadline, out, why);
	if (rc != RC_OK)
		return rc;
	if (t->n_sentinels)
		rc = is_master(*out, deadline, why);
	if (rc == RC_OK)
		rc = prove(t, *out, deadline, why);
	if (rc != RC_OK)
		shared_conn_close(out);
	return rc;
}

/* All addresses of the name: "localhost" has one that many a server does not listen on. */
static enum rc
try_server(const struct shared_target *t, const struct shared_place *place, const struct shared_login *login,
    int64_t wait_ms, struct shared_addr *addr, struct shared_conn **out, struct buf *why)
{
	struct shared_addrs all;
	enum rc rc = shared_resolve(place, &all, why);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < all.n; i++) {
		*addr = all.item[i];
		rc = try_addr(t, addr, login, wait_ms, out, why);
		if (rc == RC_OK)
			break;
	}
	return rc;
}

static enum rc
try_sentinel(const struct shared_target *t, const struct shared_place *sentinel, const struct shared_login *login,
    int64_t wait_ms, struct shared_place *master, struct buf *why)
{
	struct shared_addrs all;
	struct shared_conn *c;
	enum rc rc = shared_resolve(sentinel, &all, why);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < all.n; i++) {
		int64_t deadline = clock_mono_ms() + wait_ms;

		buf_reset(why);
		buf_printf(why, "%s: ", all.item[i].text);
		rc = shared_conn_open(&all.item[i], NULL, deadline, &c, why);
		if (rc != RC_OK)
			continue;
		rc = ask_master(t, c, login, deadline, master, why);
		shared_conn_close(&c);
		if (rc == RC_OK)
			break;
	}
	return rc;
}

enum rc
shared_probe(const struct shared_target *t, struct shared_login *login, int64_t wait_ms,
    struct shared_addr *addr, struct shared_conn **out, struct buf *why)
{
	struct shared_place master;
	enum rc rc = RC_TEMP;

	if (shared_password(t, login, why) != RC_OK)
		return RC_TEMP;
	if (t->n_sentinels == 0)
		return try_server(t, &t->server, login, wait_ms, addr, out, why);
	/* A Sentinel that was cut off may name yesterday's master, so the next one is asked, too. */
	for (size_t i = 0; i < t->n_sentinels && rc != RC_OK; i++) {
		buf_reset(why);
		rc = try_sentinel(t, &t->sentinel[i], login, wait_ms, &master, why);
		if (rc != RC_OK)
			continue;
		buf_reset(why);
		rc = try_server(t, &master, login, wait_ms, addr, out, why);
	}
	return rc;
}
