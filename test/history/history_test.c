/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/history.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "history/mmdb.h"
#include "store/counters_kit.h"

#define DAY (24LL * 3600 * 1000)
#define START start

static const struct history_conf conf = { .enable = true, .half_life_ms = 7 * DAY, .contact_ms = 90 * DAY,
	.min_messages = 5, .bad = -30, .suspect = -10, .good = 40 };
static struct pool *pool;
static int64_t start;		/* counters_list leaves out what is over by the wall clock */

static void
ask(struct history_question *q, const char *addr, uint32_t asn, const char *domain)
{
	*q = (struct history_question){ .n_contacts = 0 };
	identity_client(pool, str_of(addr), asn, &q->who);
	identity_add(&q->who, IDENTITY_DOMAIN, str_of(domain));
}

static struct history_view
view(struct history *h, const char *addr, uint32_t asn, const char *domain, int64_t now)
{
	struct history_question q;
	struct history_view v;

	ask(&q, addr, asn, domain);
	history_judge(h, &conf, now, pool, &q, &v);
	return v;
}

static void
learn(struct history *h, const char *addr, const char *domain, double good, double bad, int64_t now)
{
	struct history_event e = { .good = good, .bad = bad };

	ask(&e.of, addr, 64500, domain);
	history_learn(h, &conf, now, &e);
}

/* What was seen at different times, and what it comes to. */
static void
learns(struct history *h, const char *name)
{
	struct history_view v = view(h, "192.0.2.1", 64500, "s.example", START);

	printf("# %s\n", name);
	test_ok(v.new_sender && !v.known && v.band == BAND_UNKNOWN && v.tenths == 0, "nobody knows it");
	learn(h, "192.0.2.1", "s.example", 0, 3, START);
	v = view(h, "192.0.2.1", 64500, "s.example", START);
	test_ok(!v.new_sender, "it was seen");
	test_int(v.band, BAND_UNKNOWN, "one virus does not decide");
	for (int i = 0; i < 4; i++)
		learn(h, "192.0.2.1", "s.example", 0, 3, START);
	v = view(h, "192.0.2.1", 64500, "s.example", START);
	test_int(v.band, BAND_BAD, "five do");
	test_int((int64_t)v.n, 4, "four identities were asked");
	test_int((int64_t)(v.line[0].bad + 0.5), 15, "with three for each");
	v = view(h, "192.0.2.2", 64500, NULL, START);
	test_int(v.band, BAND_SUSPECT, "a neighbour of it is suspect");
	v = view(h, "192.0.3.1", 64500, NULL, START);
	test_int(v.band, BAND_UNKNOWN, "another network of the same system is not known");
	v = view(h, "198.51.100.1", 64501, "s.example", START);
	test_ok(v.known && v.tenths < -30, "its domain is as bad anywhere else");
	v = view(h, "192.0.2.1", 64500, "s.example", START + 8 * 7 * DAY);
	test_ok(v.band == BAND_UNKNOWN, "eight half-lives later it is forgotten");
}

/* A good domain at a bad client, a bad one at a good client. */
static void
senders(struct history *h)
{
	struct history_view v;
	struct history_event e = { .bad = 250 };

	learn(h, "198.51.100.7", "good.example", 250, 0, START);
	learn(h, "203.0.113.7", "bad.example", 0, 250, START);
	v = view(h, "198.51.100.7", 0, "bad.example", START);
	test_ok(v.tenths > -10 && v.tenths < 30, "a bad sender at a good client");
	v = view(h, "203.0.113.7", 0, "good.example", START);
	test_int(v.band, BAND_BAD, "a good sender does not save a bad client");
	v = view(h, "203.0.113.7", 0, NULL, START);
	test_ok(v.tenths < view(h, "203.0.113.7", 0, "good.example", START).tenths, "but it helps");
	/* Anybody may say this name: it harms those who do, and helps nobody. */
	identity_add(&e.of.who, IDENTITY_CLAIMED, STR("forged.example"));
	history_learn(h, &conf, START, &e);
	e.of.who.item[0] = (struct identity){ IDENTITY_CLAIMED, STR("nice.example") };
	e.good = e.bad;
	e.bad = 0;
	history_learn(h, &conf, START, &e);
	ask(&e.of, "198.51.100.7", 0, NULL);
	identity_add(&e.of.who, IDENTITY_CLAIMED, STR("forged.example"));
	history_judge(h, &conf, START, pool, &e.of, &v);
	test_ok(v.tenths < view(h, "198.51.100.7", 0, NULL, START).tenths, "a name with bad history, not proved");
	ask(&e.of, "203.0.113.7", 0, NULL);
	identity_add(&e.of.who, IDENTITY_CLAIMED, STR("nice.example"));
	history_judge(h, &conf, START, pool, &e.of, &v);
	test_int(v.tenths, view(h, "203.0.113.7", 0, NULL, START).tenths, "one with good history, not proved");
	ask(&e.of, "100.64.0.1", 0, NULL);
	identity_add(&e.of.who, IDENTITY_CLAIMED, STR("forged.example"));
	history_judge(h, &conf, START, pool, &e.of, &v);
	test_int(v.band, BAND_UNKNOWN, "alone such a name is no reputation");
}

static void
contacts(struct history *h)
{
	struct history_event e = { .of = { .contacts = { STR("a@s.example corp.example") }, .n_contacts = 1 } };
	struct history_view v;

	history_judge(h, &conf, START, pool, &e.of, &v);
	test_ok(v.first_contact, "the first contact");
	history_learn(h, &conf, START, &e);
	history_judge(h, &conf, START, pool, &e.of, &v);
	test_ok(!v.first_contact, "no longer");
	e.of.contacts[e.of.n_contacts++] = STR("a@s.example other.example");
	history_judge(h, &conf, START, pool, &e.of, &v);
	test_ok(v.first_contact, "the first with one of two domains");
	e.of.n_contacts = 1;
	history_judge(h, &conf, START + 91 * DAY, pool, &e.of, &v);
	test_ok(v.first_contact, "forgotten after contact_ms");
	e.of.n_contacts = 0;
	history_judge(h, &conf, START, pool, &e.of, &v);
	test_ok(!v.first_contact, "nobody was written to");
}

static double
bad_of(struct history *h, enum identity_kind kind, const char *name, int64_t now)
{
	struct history_question q = { .n_contacts = 0 };
	struct history_view v;

	identity_add(&q.who, kind, str_of(name));
	history_judge(h, &conf, now, pool, &q, &v);
	return v.line[0].bad;
}

static bool
forgets(struct history *h, enum identity_kind kind, const char *name)
{
	return history_forget(h, &conf, START, &(struct identity){ kind, str_of(name) });
}

/* An address is taken out of what is wider, a network with all that is in it. */
static void
forget(struct history *h)
{
	learn(h, "192.0.2.1", NULL, 0, 10, START);
	learn(h, "192.0.2.2", NULL, 0, 5, START);
	learn(h, "192.0.2.130", NULL, 0, 2, START);
	learn(h, "192.0.7.1", NULL, 0, 4, START);
	test_ok(forgets(h, IDENTITY_IP, "192.0.2.1"), "an address is forgotten");
	test_ok(!forgets(h, IDENTITY_IP, "192.0.2.1"), "there is nothing more");
	test_ok(near(bad_of(h, IDENTITY_NET, "192.0.2.0/24", START), 7), "its network loses its share");
	test_ok(near(bad_of(h, IDENTITY_ASN, "AS64500", START), 11), "so does its system");
	test_ok(forgets(h, IDENTITY_NET, "192.0.2.0/25"), "half of a network");
	test_ok(near(bad_of(h, IDENTITY_NET, "192.0.2.0/24", START), 2), "the other half is left");
	test_ok(near(bad_of(h, IDENTITY_IP, "192.0.2.2", START), 0), "its address is forgotten");
	test_ok(forgets(h, IDENTITY_NET, "192.0.0.0/16"), "a wide network");
	test_ok(near(bad_of(h, IDENTITY_IP, "192.0.7.1", START), 0), "with the addresses in it");
	test_ok(near(bad_of(h, IDENTITY_NET, "192.0.2.0/24", START), 0), "and the networks");
	test_ok(near(bad_of(h, IDENTITY_ASN, "AS64500", START), 0), "nothing is left of the system");
	learn(h, "192.0.2.1", "s.example", 0, 10, START);
	test_ok(forgets(h, IDENTITY_DOMAIN, "s.example"), "a domain");
	test_ok(near(bad_of(h, IDENTITY_DOMAIN, "s.example", START), 0), "is forgotten");
	test_ok(near(bad_of(h, IDENTITY_IP, "192.0.2.1", START), 10), "its client is not");
	test_ok(forgets(h, IDENTITY_ASN, "AS64500"), "a system");
}

static void
list(struct history *h)
{
	struct history_line l[10];

	learn(h, "192.0.2.1", NULL, 10, 0, clock_wall_ms());
	learn(h, "192.0.2.2", NULL, 0, 10, clock_wall_ms());
	learn(h, "192.0.2.3", NULL, 0, 1, clock_wall_ms());
	test_int((int64_t)history_list(h, &conf, clock_wall_ms(), IDENTITY_IP, pool, l, 10), 3, "all are listed");
	test_str(l[0].who.name, STR("192.0.2.2"), "the worst first");
	test_str(l[2].who.name, STR("192.0.2.1"), "the best last");
	test_int((int64_t)history_list(h, &conf, clock_wall_ms(), IDENTITY_IP, pool, l, 2), 2, "as many as wanted");
}

static void
overridden(struct history *h)
{
	struct override o = { .who = { IDENTITY_NET, STR("192.0.2.0/24") }, .tenths = -95, .set_ms = START };
	struct history_conf off = conf;
	struct history_question q;
	struct history_view v;
	struct buf why;

	buf_init(&why, 1000);
	test_int(overrides_set(h->overrides, START, &o, &why), RC_OK, "the operator sets a reputation");
	v = view(h, "192.0.2.99", 0, NULL, START);
	test_ok(v.overridden && v.known && v.tenths == -95 && v.band == BAND_BAD, "it holds");
	off.enable = false;
	ask(&q, "192.0.2.99", 0, NULL);
	history_judge(h, &off, START, pool, &q, &v);
	test_ok(v.overridden && v.n == 0, "also when history is off");
	test_int(overrides_forget(h->overrides, START, &o.who, &why), RC_OK, "and takes it back");
	test_ok(!view(h, "192.0.2.99", 0, NULL, START).overridden, "then history judges");
	buf_clear(&why);
}

/* Off, or without counters: nothing is learned, nothing known. */
static void
off(struct counters *c)
{
	struct history_conf no = conf;
	struct geo_conf geo = { .check_ms = 0 };
	struct history *h = history_new(c, &geo, STR_NONE, (struct log_ctx){ &test_log, "-" });
	struct history_event e = { .bad = 100 };
	struct history_view v;

	no.enable = false;
	ask(&e.of, "100.64.7.7", 0, NULL);
	history_learn(h, &no, START, &e);
	history_judge(h, &no, START, pool, &e.of, &v);
	test_ok(v.n == 0 && !v.known && !v.new_sender, "off: nothing is known");
	v = view(h, "100.64.7.7", 0, NULL, START);
	test_ok(v.new_sender, "and nothing was learned");
	history_free(&h);
	h = history_new(NULL, &geo, STR_NONE, (struct log_ctx){ &test_log, "-" });
	history_learn(h, &conf, START, &e);
	test_ok(!view(h, "100.64.7.7", 0, NULL, START).known, "without counters nothing is known");
	test_ok(!forgets(h, IDENTITY_IP, "100.64.7.7"), "nor forgotten");
	history_free(&h);
}

static char geo_path[64];

static struct history *
with_geo(struct counters *c)
{
	struct geo_conf geo = { .asn_database = str_of(geo_path) };
	struct mmdb m;

	mmdb_init(&m);
	mmdb_geolite(&m, "192.0.0.0/16", 64500, "JP");
	test_ok(mmdb_write(&m, geo_path), "a database of systems");
	mmdb_clear(&m);
	return history_new(c, &geo, STR_NONE, (struct log_ctx){ &test_log, "-" });
}

static uint64_t
calls(struct history *h)
{
	struct counters_status st;

	counters_status(h->counters, &st);
	return st.calls;
}

/* What was read at CONNECT is not read again at MAIL, unless it has become old. */
static void
foreseen(struct history *h)
{
	struct session s = { .client_addr = STR("192.0.2.9"), .helo = STR("mail.s.example"), .mail_from = STR("a@s.example") };
	struct identities ahead = { .n = 0 };
	struct history_question q;
	struct history_view plain, v;
	uint64_t before;

	learn(h, "192.0.2.9", "s.example", 20, 1, START);
	plain = view(h, "192.0.2.9", 64500, "s.example", START);
	ask(&q, "192.0.2.9", 64500, "s.example");
	identity_client(pool, s.client_addr, 64500, &ahead);
	identity_foresee(pool, &s, &ahead);
	before = calls(h);
	q.known = history_foresee(h, &conf, START, pool, &ahead);
	test_int((int64_t)(calls(h) - before), 1, "one call for client and sender");
	history_judge(h, &conf, START + 500, pool, &q, &v);
	test_int((int64_t)(calls(h) - before), 1, "and none to judge them");
	test_ok(v.n == plain.n && v.tenths == plain.tenths && v.known == plain.known && v.new_sender == plain.new_sender,
	    "with the same result");
	identity_add(&q.who, IDENTITY_DOMAIN, STR("other.example"));
	history_judge(h, &conf, START + 500, pool, &q, &v);
	test_int((int64_t)(calls(h) - before), 2, "what was not foreseen is read");
	test_ok(v.line[v.n - 1].good == 0 && v.line[0].good > 19, "each under its own name");
	learn(h, "192.0.2.9", "s.example", 5, 0, START + 2000);
	before = calls(h);
	history_judge(h, &conf, START + 2000, pool, &q, &v);
	test_ok(calls(h) - before == 1 && v.line[0].good > 24, "what is old is read again");
}

/* Each on counters of its own. */
static void
with(const struct counters_conf *cc, const char *name)
{
	static void (*const cases[])(struct history *) = { senders, contacts, forget, overridden, foreseen };
	struct counters *c = open_with(cc, "");
	struct history *h = with_geo(c);

	learns(h, name);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		forgets(h, IDENTITY_NET, "0.0.0.0/0");
		forgets(h, IDENTITY_DOMAIN, "s.example");
		forgets(h, IDENTITY_ASN, "AS64500");
		cases[i](h);
	}
	forgets(h, IDENTITY_NET, "0.0.0.0/0");
	list(h);
	history_free(&h);
	off(c);
	counters_free(&c);
}

struct mailer {
	pthread_t thread;
	struct history *h;
	struct pool *pool;
	char addr[32];
};

static void *
mail(void *arg)
{
	struct mailer *m = arg;

	for (int i = 0; i < 200; i++) {
		struct history_event e = { .good = 1 };
		struct history_view v;

		identity_client(m->pool, str_of(m->addr), 64500, &e.of.who);
		history_judge(m->h, &conf, START, m->pool, &e.of, &v);
		history_learn(m->h, &conf, START, &e);
		pool_clear(m->pool);
	}
	return NULL;
}

static void
threads(void)
{
	struct counters_conf cc = conf_of(NULL);
	struct counters *c = open_with(&cc, "");
	struct history *h = with_geo(c);
	struct mailer m[THREADS];

	for (int i = 0; i < THREADS; i++) {
		m[i] = (struct mailer){ .h = h, .pool = pool_new(0) };
		snprintf(m[i].addr, sizeof(m[i].addr), "192.0.2.%d", i + 1);
		pthread_create(&m[i].thread, NULL, mail, &m[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(m[i].thread, NULL);
		pool_free(&m[i].pool);
	}
	test_ok(near(view(h, "192.0.2.1", 64500, NULL, START).line[1].good, 200 * THREADS), "nothing is lost between threads");
	history_free(&h);
	counters_free(&c);
}

int
main(void)
{
	struct counters_conf cc = conf_of(NULL);
	static char dir[] = "/tmp/history_test.XXXXXX";
	struct redis r;

	start = clock_wall_ms();
	test_ok(mkdtemp(dir) != NULL, "a folder");
	snprintf(geo_path, sizeof(geo_path), "%s/asn.mmdb", dir);
	pool = pool_new(0);
	with(&cc, "memory");
	if (!kit_open()) {
		test_skip("with Redis", "redis-server is not installed");
	} else {
		if (starts(&r, "history", "")) {
			cc = conf_of(r.address);
			with(&cc, "Redis");
			redis_stop(&r);
		}
		kit_close();
	}
	threads();
	unlink(geo_path);
	rmdir(dir);
	pool_free(&pool);
	return test_done();
}
