/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Senders as they are met in the field, over weeks of made-up time: what reputation do they come to?
 * covers: lib/history/history.c lib/history/score.c */
#include "history/history.h"

#include "store/counters_kit.h"

#define DAY (24LL * 3600 * 1000)
#define START (1000 * DAY)

static const struct history_conf conf = { .enable = true, .half_life_ms = 7 * DAY, .contact_ms = 90 * DAY,
	.min_messages = 5, .bad = -30, .suspect = -10, .good = 40 };
static struct pool *pool;
static struct counters *counters;
static struct history *history;
static int64_t now;

static const char *const bands[BAND_N] = { "unknown", "bad", "suspect", "neutral", "good" };

static void
begin(const char *name)
{
	const struct counters_conf cc = conf_of(NULL);
	const struct geo_conf geo = { .check_ms = 0 };

	printf("# %s\n", name);
	counters = open_with(&cc, "");
	history = history_new(counters, &geo, STR_NONE, (struct log_ctx){ &test_log, "-" });
	now = START;
}

static void
end(void)
{
	history_free(&history);
	counters_free(&counters);
	pool_clear(pool);
}

static void
sends(const char *addr, uint32_t asn, double good, double bad)
{
	struct history_event e = { .good = good, .bad = bad };

	identity_client(pool, str_of(addr), asn, &e.of.who);
	history_learn(history, &conf, now, &e);
}

static struct history_view
score(const char *when, const char *addr, uint32_t asn)
{
	struct history_question q = { .n_contacts = 0 };
	struct history_view v;

	identity_client(pool, str_of(addr), asn, &q.who);
	history_judge(history, &conf, now, pool, &q, &v);
	printf("#   day %3lld  %-38s %5.1f %s\n", (long long)((now - START) / DAY), when, v.tenths / 10.0, bands[v.band]);
	return v;
}

/* 200 messages a day, 1 % of them spam. */
static void
good_sender(void)
{
	enum band worst = BAND_N;

	begin("a good sender with 1 % spam");
	for (int day = 0; day < 60; day++, now += DAY) {
		for (int i = 0; i < 200; i++)
			sends("192.0.2.1", 64500, i % 100 != 0, i % 100 == 0);
		if (day > 2) {
			enum band b = score("200 a day", "192.0.2.1", 64500).band;

			worst = b < worst ? b : worst;
		}
	}
	test_int(worst, BAND_GOOD, "from the third day on it is good");
	end();
}

static void
new_sender(void)
{
	begin("a new sender");
	test_int(score("nothing seen", "192.0.2.1", 0).band, BAND_UNKNOWN, "nothing is known");
	sends("192.0.2.1", 0, 0, 1);
	test_int(score("one spam", "192.0.2.1", 0).band, BAND_UNKNOWN, "one spam does not decide");
	for (int i = 0; i < 10; i++)
		sends("192.0.2.1", 0, 1, 0);
	test_int(score("and ten good ones", "192.0.2.1", 0).band, BAND_NEUTRAL, "a first opinion");
	for (int i = 0; i < 90; i++)
		sends("192.0.2.1", 0, 1, 0);
	test_ok(score("and ninety more", "192.0.2.1", 0).tenths > 35, "a good one");
	end();
}

/* Each address sends two spams and is never seen again. */
static void
snowshoe(void)
{
	char addr[32];
	int first_suspect = 0, first_bad = 0;

	begin("snowshoe: two spams from each address of a network");
	for (int i = 1; i <= 250; i++) {
		enum band b;

		snprintf(addr, sizeof(addr), "192.0.2.%d", i);
		b = score("a fresh address", addr, 64500).band;
		if (b == BAND_SUSPECT && !first_suspect)
			first_suspect = i;
		if (b == BAND_BAD && !first_bad)
			first_bad = i;
		if (b != BAND_BAD)
			sends(addr, 64500, 0, 2);
		now += DAY / 100;
	}
	printf("#   suspect from address %d on, bad from address %d on\n", first_suspect, first_bad);
	test_ok(first_suspect > 0 && first_suspect <= 10, "ten addresses are enough to suspect the next");
	test_ok(first_bad > 0 && first_bad <= 25, "twenty-five to refuse it");
	test_int(score("another network of the system", "198.51.100.1", 64500).band, BAND_UNKNOWN, "others are not refused");
	end();
}

/* Hosters that only send spam: a new network of theirs is suspect at most. */
static void
bad_system(void)
{
	char addr[32];

	begin("a system of bad networks");
	for (int i = 0; i < 200; i++) {
		snprintf(addr, sizeof(addr), "198.51.%d.1", i);
		sends(addr, 64500, 0, 10);
	}
	sends("203.0.113.9", 64500, 0, 5);
	test_int(score("its next network, five spams", "203.0.113.9", 64500).band, BAND_BAD, "little is needed to refuse it");
	test_int(score("a fresh address there", "203.0.113.10", 64500).band, BAND_SUSPECT, "the next address is suspect");
	test_int(score("without a system", "203.0.113.10", 0).tenths > score("with it", "203.0.113.10", 64500).tenths, 1,
	    "the system makes a difference");
	end();
}

/* Bad mail is refused once the band is bad, so that nothing more is learned of it. */
static void
hijacked(void)
{
	int day_bad = -1, day_back = -1, day_good = -1, refused = 0, spam = 0;

	begin("a good sender is taken over for two days");
	for (int day = 0; day < 30; day++, now += DAY)
		sends("192.0.2.1", 64500, 50, 0);
	test_int(score("before", "192.0.2.1", 64500).band, BAND_GOOD, "it was good");
	for (int hour = 0; hour < 48; hour++, now += DAY / 24) {
		struct history_view v = score("taken over", "192.0.2.1", 64500);

		if (v.band == BAND_BAD) {
			day_bad = day_bad < 0 ? hour : day_bad;
			refused += 100;
		} else {
			sends("192.0.2.1", 64500, 2, 100);
			spam += 100;
		}
	}
	printf("#   bad after %d hours; %d spams seen, %d messages refused\n", day_bad, spam, refused);
	test_ok(day_bad >= 0 && day_bad <= 8, "within a working day it is bad");
	for (int day = 0; day < 90 && day_good < 0; day++, now += DAY) {
		struct history_view v = score("good mail again", "192.0.2.1", 64500);

		if (v.band != BAND_BAD) {
			day_back = day_back < 0 ? day : day_back;
			sends("192.0.2.1", 64500, 50, 0);
		}
		if (v.band == BAND_GOOD)
			day_good = day;
	}
	printf("#   accepted again after %d days, good after %d\n", day_back, day_good);
	test_ok(day_back >= 0 && day_back <= 28, "within four half-lives it is accepted again");
	test_ok(day_good >= 0 && day_good <= 60, "and then it becomes good");
	end();
}

/* Ten good messages do not hide that the rest is bad. */
static void
mixed(void)
{
	begin("half of it spam");
	for (int i = 0; i < 500; i++)
		sends("192.0.2.1", 64500, i % 2, (i + 1) % 2);
	test_ok(score("500 messages", "192.0.2.1", 64500).tenths <= -25, "near bad, or bad");
	for (int i = 0; i < 200; i++)
		sends("192.0.2.1", 64500, 0, 1);
	test_int(score("and 200 spams", "192.0.2.1", 64500).band, BAND_BAD, "bad");
	end();
}

int
main(void)
{
	pool = pool_new(0);
	good_sender();
	new_sender();
	snowshoe();
	bad_system();
	hijacked();
	mixed();
	pool_free(&pool);
	return test_done();
}
