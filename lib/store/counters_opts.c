/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf/value.h"
#include "store/shared_probe.h"

static const char *const backends[] = { [COUNTERS_MEMORY] = "memory", [COUNTERS_REDIS] = "redis", NULL };

static enum rc
parse_address(struct pool *pool, struct str value, void *field, struct buf *why)
{
	struct shared_place place;

	(void)pool;
	*(struct str *)field = value;
	return value.n == 0 ? RC_OK : shared_place_parse(value, &place, why);
}

static enum rc
parse_sentinels(struct pool *pool, struct str value, void *field, struct buf *why)
{
	struct opt_list words = value_list(pool, value);
	struct shared_place place;

	if (words.n > SHARED_SENTINELS) {
		buf_printf(why, "more than %d addresses", SHARED_SENTINELS);
		return RC_BAD;
	}
	for (size_t i = 0; i < words.n; i++)
		if (shared_place_parse(words.item[i], &place, why) != RC_OK)
			return RC_BAD;
	*(struct opt_list *)field = words;
	return RC_OK;
}

/* Is the server named in one way, and completely? */
static enum rc
check(const void *values, struct buf *why)
{
	const struct counters_conf *c = values;
	const char *wrong = NULL;

	if (c->redis_sentinels.n && c->redis_master.n == 0)
		wrong = "redis_sentinels needs redis_master, the name under which the Sentinels know the service";
	else if (c->redis_master.n && c->redis_sentinels.n == 0)
		wrong = "redis_master needs redis_sentinels, which know where it is";
	else if (c->redis_sentinels.n && c->redis_address.n)
		wrong = "redis_address and redis_sentinels exclude each other: the Sentinels give the address";
	else if (c->backend == COUNTERS_REDIS && c->redis_sentinels.n == 0 && c->redis_address.n == 0)
		wrong = "backend = redis needs redis_address, or redis_sentinels and redis_master";
	else if (c->redis_user.n && c->redis_password_file.n == 0)
		wrong = "redis_user needs redis_password_file";
	if (!wrong)
		return RC_OK;
	buf_adds(why, wrong);
	return RC_BAD;
}

#define FIELD(f) offsetof(struct counters_conf, f)

static const struct opt opts[] = {
	{ .name = "backend", .type = OPT_ENUM, .offset = FIELD(backend), .def = "memory",
	  .words = backends, .restart = true, .help = "Where rates, history and marks are kept: in the memory of this node, or in a Redis server (5 or later, or what speaks its protocol) that several nodes share. While Redis does not serve, each node counts for itself." },
	{ .name = "entries_max", .type = OPT_INT, .offset = FIELD(entries_max), .def = "500000", .min = 1000,
	  .max = 20000000, .restart = true, .help = "Counters in the memory of this node, also when it only stands in for Redis; about 130 bytes each. Beyond, the longest unused are forgotten." },
	{ .name = "snapshot_ms", .type = OPT_MSEC, .offset = FIELD(snapshot_ms), .def = "5m", .min = 0, .max = 86400000,
	  .restart = true, .help = "How often the counters in memory are written to the file counters in state_dir; 0: only at the end." },
	{ .name = "deadline_ms", .type = OPT_MSEC, .offset = FIELD(deadline_ms), .def = "100ms", .min = 5, .max = 10000,
	  .restart = true, .help = "Time that Redis has for one call with all its operations, connecting included. What is late is answered from the memory of this node, and Redis is left alone until a probe succeeds." },
	{ .name = "retry_ms", .type = OPT_MSEC, .offset = FIELD(retry_ms), .def = "10s", .min = 100, .max = 3600000,
	  .restart = true, .help = "Time from a failure of Redis to the probe that may bring it back, and from one probe to the next." },
	{ .name = "redis_address", .type = OPT_TEXT, .offset = FIELD(redis_address), .def = "", .parse = parse_address,
	  .value_help = "host:port, [address]:port or unix:/path",
	  .restart = true, .help = "Where the Redis server is. TLS is not spoken: over a network that others can listen to, put stunnel or the like on this machine in front, and name its port or socket here. A Redis Cluster needs a proxy in front that knows which node has a key." },
	{ .name = "redis_sentinels", .type = OPT_LIST, .offset = FIELD(redis_sentinels), .def = "", .parse = parse_sentinels,
	  .value_help = "list of host:port",
	  .restart = true, .help = "Sentinels that are asked, in this order, which server is the master; again after each failure." },
	{ .name = "redis_master", .type = OPT_TEXT, .offset = FIELD(redis_master), .def = "", .max = 128,
	  .restart = true, .help = "Name under which the Sentinels know the service." },
	{ .name = "redis_user", .type = OPT_TEXT, .offset = FIELD(redis_user), .def = "", .max = 128,
	  .restart = true, .help = "User of Redis (ACL); empty: its default user. The user needs the commands evalsha, eval, time, hmget, hset, pexpire, del, scan, select and role, and the keys that begin with redis_prefix." },
	{ .name = "redis_password_file", .type = OPT_PATH, .offset = FIELD(redis_password_file), .def = "", .max = 1000,
	  .restart = true, .help = "File with the password on its first line; empty: none is sent. It is read again by each probe, so that a changed password needs no restart. Sentinels that want a password get the same." },
	{ .name = "redis_db", .type = OPT_INT, .offset = FIELD(redis_db), .def = "0", .min = 0, .max = 65535,
	  .restart = true, .help = "Number of the database in Redis." },
	{ .name = "redis_prefix", .type = OPT_TEXT, .offset = FIELD(redis_prefix), .def = "sekimori/", .min = 1, .max = 100,
	  .restart = true, .help = "What all keys in Redis begin with. Nodes that share counters have the same." },
	OPT_END
};

const struct opt_table counters_table = {
	.prefix = "counters.",
	.title = "Counters",
	.size = sizeof(struct counters_conf),
	.opts = opts,
	.check = check,
};
