/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What libunbound has to be told; its defaults serve a command that asks a few names. */
#include "net/dns_unbound.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

enum {
	OUTGOING = 4096,	/* sockets, one for each question on its way */
	OUTGOING_MIN = 64,
	NUMBER = 24,
	SERVER_TEXT = 64
};

struct setting {
	const char *option, *value;
};

static const struct setting always[] = {
	{ "module-config:", "iterator" },	/* validating is the work of the resolver that is asked */
	{ "do-not-query-localhost:", "no" },	/* the resolver of this machine is the usual forwarder */
	{ "do-ip6:", "yes" },
	{ "unblock-lan-zones:", "yes" },	/* a resolver of the house knows the names of 10/8 */
	{ "insecure-lan-zones:", "yes" },
	/* A list is told the whole name in any case, and some answer NXDOMAIN for half of it. */
	{ "qname-minimisation:", "no" },
	/* How slow or dead a server was is forgotten soon, so that one that comes back serves at once. */
	{ "infra-host-ttl:", "15" },
	{ "infra-keep-probing:", "yes" },
	{ NULL, NULL }
};

static enum rc
set(struct ub_ctx *ctx, const char *option, const char *value, struct buf *why)
{
	int err = ub_ctx_set_option(ctx, option, value);

	if (err == 0)
		return RC_OK;
	buf_printf(why, "libunbound does not take %s %s: %s", option, value, ub_strerror(err));
	return RC_BAD;
}

static enum rc
set_number(struct ub_ctx *ctx, const char *option, int64_t value, struct buf *why)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, NUMBER);
	buf_printf(&text, "%lld", (long long)value);
	rc = set(ctx, option, buf_cstr(&text), why);
	buf_clear(&text);
	return rc;
}

/* A quarter of the files this process may open; connections to the MTA need the rest. */
static int64_t
outgoing(void)
{
	struct rlimit lim;
	int64_t n = OUTGOING;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur != RLIM_INFINITY && (int64_t)lim.rlim_cur / 4 < n)
		n = (int64_t)lim.rlim_cur / 4;
	return n < OUTGOING_MIN ? OUTGOING_MIN : n;
}

static enum rc
set_sizes(struct ub_ctx *ctx, const struct dns_conf *conf, struct buf *why)
{
	const struct {
		const char *option;
		int64_t value;
	} sizes[] = {
		/* The other half is ours, dns_cache.c. */
		{ "msg-cache-size:", conf->cache_size / 8 },
		{ "rrset-cache-size:", conf->cache_size / 8 * 3 },
		{ "cache-min-ttl:", conf->ttl_min / 1000 },
		{ "cache-max-ttl:", conf->ttl_max / 1000 },
		{ "cache-max-negative-ttl:", conf->ttl_max / 1000 },
		{ "outgoing-range:", outgoing() },
		{ "num-queries-per-thread:", conf->inflight_max },
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (set_number(ctx, sizes[i].option, sizes[i].value, why) != RC_OK)
			return RC_BAD;
	return RC_OK;
}

static enum rc
set_servers(struct ub_ctx *ctx, const struct dns_conf *conf, struct buf *why)
{
	struct buf server;
	int err = 0;

	buf_init(&server, SERVER_TEXT);
	for (size_t i = 0; i < conf->forward.n && !err; i++) {
		buf_reset(&server);
		buf_add(&server, conf->forward.item[i]);
		err = ub_ctx_set_fwd(ctx, buf_cstr(&server));
		if (err)
			buf_printf(why, "%s: %s", buf_cstr(&server), ub_strerror(err));
	}
	if (conf->forward.n == 0 && conf->resolv_conf) {
		err = ub_ctx_resolvconf(ctx, "/etc/resolv.conf");
		/* resolv.conf(5): without the file, the server on this machine */
		if (err == UB_READFILE && errno == ENOENT)
			err = ub_ctx_set_fwd(ctx, "127.0.0.1");
		if (err)
			buf_printf(why, "/etc/resolv.conf: %s", ub_strerror(err));
	}
	buf_clear(&server);
	return err ? RC_BAD : RC_OK;
}

static void
first_answer(void *arg, int err, struct ub_result *result)
{
	(void)arg;
	(void)err;
	ub_resolve_free(result);
}

/* RFC 6761 6.2 and RFC 8375: what the root must not be asked. The resolver of the house may be. */
static void
free_local_zones(struct ub_ctx *ctx, const struct dns_conf *conf)
{
	if (conf->forward.n == 0 && !conf->resolv_conf)
		return;
	ub_ctx_zone_remove(ctx, "test.");
	ub_ctx_zone_remove(ctx, "home.arpa.");
}

/* The first question starts libunbound's thread, which inherits this one's signal mask.
 * "localhost" is answered without asking anybody. */
static enum rc
start(struct ub_ctx *ctx, struct buf *why)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = ub_resolve_async(ctx, "localhost.", DNS_A, 1, NULL, first_answer, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		buf_printf(why, "libunbound does not start: %s", ub_strerror(err));
	return err ? RC_BAD : RC_OK;
}

static enum rc
set_up(struct ub_ctx *ctx, const struct dns_conf *conf, struct buf *why)
{
	ub_ctx_debugout(ctx, NULL);		/* it writes to stderr otherwise */
	for (size_t i = 0; always[i].option; i++)
		if (set(ctx, always[i].option, always[i].value, why) != RC_OK)
			return RC_BAD;
	if (set_sizes(ctx, conf, why) != RC_OK || set_servers(ctx, conf, why) != RC_OK)
		return RC_BAD;
	if (ub_ctx_async(ctx, 1) != 0) {	/* a thread; the other choice forks the whole gate */
		buf_adds(why, "libunbound was built without threads");
		return RC_BAD;
	}
	free_local_zones(ctx, conf);		/* ends the setting of options */
	return start(ctx, why);
}

enum rc
dns_unbound_new(const struct dns_conf *conf, struct ub_ctx **out, struct buf *why)
{
	struct ub_ctx *ctx = ub_ctx_create();

	if (!ctx) {
		buf_adds(why, "libunbound cannot be set up: no memory or no random numbers");
		return RC_BAD;
	}
	if (set_up(ctx, conf, why) != RC_OK) {
		ub_ctx_delete(ctx);
		return RC_BAD;
	}
	*out = ctx;
	return RC_OK;
}
