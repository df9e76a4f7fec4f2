/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* records_kit.h - what every backend of store/records.h must do: the same cases for all of them
 *
 * Input    a store that is open and empty
 * Units    milliseconds
 * Limits   none
 * Memory   none kept
 * Errors   cases of test.h
 * Threads  some cases start threads of their own
 * Source   store/records.h
 */
#ifndef TEST_RECORDS_KIT_H
#define TEST_RECORDS_KIT_H

#include "test.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "store/merge.h"
#include "store/record_json.h"

enum { KIT_WAIT_MS = 10000, KIT_THREADS = 8, KIT_EACH = 50, KIT_WEEK_S = 7 * 86400 };

/* A message with two recipients; `tag` makes its values differ from others. */
struct kit_message {
	char id[RECORD_ID + 1], text[4][128];
	struct record_rcpt rcpts[2];
	struct observable obs[5];
	struct record record;
};

__attribute__((unused)) static void
kit_message(struct kit_message *m, int64_t time_ms, const char *tag, enum entry_state state)
{
	*m = (struct kit_message){ .id = "" };
	record_id_make(time_ms, m->id);
	snprintf(m->text[0], sizeof(m->text[0]), "sender-%s@example.net", tag);
	snprintf(m->text[1], sizeof(m->text[1]), "rcpt-%s@example.com", tag);
	snprintf(m->text[2], sizeof(m->text[2]), "<%s@example.net>", tag);
	snprintf(m->text[3], sizeof(m->text[3]), "請求書 about %s 100%%", tag);
	m->rcpts[0] = (struct record_rcpt){ .address = str_of(m->text[1]), .policy = STR("enforce"), .outcome = 2, .state = state,
	    .kind = QUARANTINE_SPAM, .expires_ms = time_ms + 1000 };
	m->rcpts[1] = (struct record_rcpt){ .address = STR("second@example.com"), .outcome = 0 };
	m->obs[0] = (struct observable){ OBS_SENDER, str_of(m->text[0]) };
	m->obs[1] = (struct observable){ OBS_RCPT, str_of(m->text[1]) };
	m->obs[2] = (struct observable){ OBS_MESSAGE_ID, str_of(m->text[2]) };
	m->obs[3] = (struct observable){ OBS_HOST, STR("common.example") };
	m->obs[4] = (struct observable){ OBS_URL, STR("https://common.example/Path") };
	m->record = (struct record){ .id = str_of(m->id), .time_ms = time_ms, .node = STR("mx1"), .queue_id = STR("4fAbC"),
	    .message_id = str_of(m->text[2]), .mail_from = str_of(m->text[0]), .from = STR("author@example.net"),
	    .subject = str_of(m->text[3]), .client = STR("192.0.2.1"), .verdict = STR("spam"), .findings = STR("SPF_FAIL YARA:X"),
	    .group = STR("unknown"), .body = str_of(m->id), .size = 12345, .score = 105, .outcome = 2, .complete = true,
	    .doc = STR("{\"verdict\":\"spam\"}"), .rcpts = m->rcpts, .n_rcpts = 2, .obs = m->obs, .n_obs = 5 };
}

__attribute__((unused)) static int64_t
kit_deadline(void)
{
	return clock_mono_ms() + KIT_WAIT_MS;
}

/* Ids in the order they come, separated by blanks. */
__attribute__((unused)) static bool
kit_take(void *arg, const struct record *r)
{
	buf_add(arg, r->id);
	buf_addc(arg, ' ');
	return true;
}

__attribute__((unused)) static bool
kit_take_entry(void *arg, const struct entry *e)
{
	buf_printf(arg, "%.*s.%zu:%s ", STR_ARG(e->record.id), e->number, entry_state_name(e->rcpt.state));
	return true;
}

__attribute__((unused)) static void
kit_find(struct records *r, const struct records_query *q, const char *want, const char *name)
{
	struct buf got;

	buf_init(&got, 1 << 20);
	test_int(records_find(r, q, kit_take, &got), RC_OK, name);
	test_str(buf_str(&got), str_of(want), name);
	buf_clear(&got);
}

__attribute__((unused)) static void
kit_entries(struct records *r, const struct entries_query *q, const char *want, const char *name)
{
	struct buf got;

	buf_init(&got, 1 << 20);
	test_int(records_entries(r, q, kit_take_entry, &got), RC_OK, name);
	test_str(buf_str(&got), str_of(want), name);
	buf_clear(&got);
}

__attribute__((unused)) static void
kit_one(struct records *r, int64_t now)
{
	struct pool *pool = pool_new(0);
	struct vec events = { .n = 0 };
	struct kit_message m;
	struct record got;

	kit_message(&m, now, "one", ENTRY_HELD);
	test_int(records_get(r, pool, m.record.id, &got, NULL), RC_NONE, "a record that is not there");
	test_int(records_put(r, &m.record, kit_deadline()), RC_OK, "put");
	test_int(records_put(r, &m.record, kit_deadline()), RC_OK, "put the same again");
	test_int(records_event(r, &(struct record_event){ .id = m.record.id, .time_ms = now + 5, .kind = STR("clicked"),
	    .who = STR("person a@example.com"), .detail = STR("{}") }, kit_deadline()), RC_OK, "an event");
	test_int(records_event(r, &(struct record_event){ .id = STR("00000000000000000000"), .time_ms = now,
	    .kind = STR("clicked") }, kit_deadline()), RC_OK, "an event of a message that was forgotten");
	test_int(records_get(r, pool, m.record.id, &got, &events), RC_OK, "get");
	test_str(got.subject, m.record.subject, "its subject");
	test_str(got.doc, m.record.doc, "its doc");
	test_str(got.findings, m.record.findings, "its findings");
	test_int((int64_t)got.size, 12345, "its size");
	test_int(got.score, 105, "its score");
	test_int(got.complete, true, "complete");
	test_int((int64_t)got.n_rcpts, 2, "its recipients, once");
	test_str(got.rcpts[0].policy, STR("enforce"), "policy of the first");
	test_int(got.rcpts[0].state, ENTRY_HELD, "its state");
	test_int(got.rcpts[1].state, ENTRY_NONE, "that of the second");
	test_int((int64_t)events.n, 1, "its event");
	test_str(((struct record_event *)events.items)[0].who, STR("person a@example.com"), "who did it");
	pool_free(&pool);
}

/* Three messages of two weeks; what is found, and in which order. */
__attribute__((unused)) static void
kit_search(struct records *r, int64_t now)
{
	struct kit_message old, a, b;
	char text[128];
	struct observable both[2] = { { OBS_HOST, STR("COMMON.example") }, { OBS_SENDER, STR_NONE } };
	struct records_query q = { .outcome = -1 };

	kit_message(&old, now - 2 * KIT_WEEK_S * 1000LL, "old", ENTRY_NONE);
	kit_message(&a, now + 1000, "aaa", ENTRY_NONE);
	kit_message(&b, now + 2000, "bbb", ENTRY_HELD);
	a.record.verdict = STR("clean");
	test_int(records_put(r, &old.record, kit_deadline()), RC_OK, "put one of another week");
	test_int(records_put(r, &a.record, kit_deadline()), RC_OK, "put a");
	test_int(records_put(r, &b.record, kit_deadline()), RC_OK, "put b");

	both[1].value = a.record.mail_from;
	q.terms = both, q.n_terms = 2;
	snprintf(text, sizeof(text), "%s ", a.id);
	kit_find(r, &q, text, "two observables");
	q.n_terms = 1;
	q.since_ms = now + 500;
	snprintf(text, sizeof(text), "%s %s ", b.id, a.id);
	kit_find(r, &q, text, "one of both, newest first");
	q.max = 1;
	snprintf(text, sizeof(text), "%s ", b.id);
	kit_find(r, &q, text, "at most one");
	q.before = b.record.id;
	snprintf(text, sizeof(text), "%s ", a.id);
	kit_find(r, &q, text, "going on");
	q = (struct records_query){ .outcome = -1, .verdict = STR("clean") };
	kit_find(r, &q, text, "by verdict");
	q = (struct records_query){ .outcome = -1, .until_ms = now - 1 };
	snprintf(text, sizeof(text), "%s ", old.id);
	kit_find(r, &q, text, "before a time");
	q = (struct records_query){ .outcome = -1, .subject = STR("BBB 100%") };
	snprintf(text, sizeof(text), "%s ", b.id);
	kit_find(r, &q, text, "within the subject");
	q.subject = STR("bbb%100");
	kit_find(r, &q, "", "a percent sign is one");
	q = (struct records_query){ .outcome = 5 };
	kit_find(r, &q, "", "by outcome");
	both[0] = (struct observable){ OBS_URL, STR("https://common.example/path") };
	q = (struct records_query){ .terms = both, .n_terms = 1, .outcome = -1 };
	kit_find(r, &q, "", "the path of a URL has its case");
}

__attribute__((unused)) static void
kit_quarantine(struct records *r, int64_t now)
{
	struct kit_message m;
	struct entries_query q = { .states = 1 << ENTRY_HELD };
	struct records_step step = { .number = 1, .from = 1 << ENTRY_HELD, .to = ENTRY_RELEASING,
	    .event = { .kind = STR("releasing"), .who = STR("operator root") } };
	struct pool *pool = pool_new(0);
	struct vec events = { .n = 0 };
	struct record got;
	char text[128];
	size_t moved;

	kit_message(&m, now + 9000, "held", ENTRY_HELD);
	step.id = m.record.id;
	test_int(records_put(r, &m.record, kit_deadline()), RC_OK, "put one that is held");
	q.rcpt = m.rcpts[0].address;
	snprintf(text, sizeof(text), "%s.1:held ", m.id);
	kit_entries(r, &q, text, "what is held for a person");
	q.kinds = 1 << QUARANTINE_VIRUS;
	kit_entries(r, &q, "", "of another kind");
	q.kinds = 1 << QUARANTINE_SPAM | 1 << QUARANTINE_VIRUS;
	q.expired_by_ms = now + 9999;
	kit_entries(r, &q, "", "whose time is over");
	q.expired_by_ms = now + 10000;
	kit_entries(r, &q, text, "a moment later");
	test_int(records_move(r, &step, &moved), RC_OK, "it goes on");
	test_int((int64_t)moved, 1, "one recipient");
	test_int(records_move(r, &step, &moved), RC_NONE, "only once");
	step.from = 1 << ENTRY_RELEASING, step.to = ENTRY_RELEASED, step.number = 0;
	test_int(records_get(r, pool, m.record.id, &got, NULL), RC_OK, "its state has a time");
	step.changed_ms = got.rcpts[0].changed_ms + 1;
	test_int(records_move(r, &step, &moved), RC_NONE, "of another time: somebody else's");
	step.changed_ms--;
	test_int(records_move(r, &step, &moved), RC_OK, "all of its recipients");
	test_int(records_get(r, pool, m.record.id, &got, &events), RC_OK, "get");
	test_int(got.rcpts[0].state, ENTRY_RELEASED, "is released");
	test_int((int64_t)events.n, 2, "two events");
	kit_entries(r, &q, "", "nothing is held");
	step.id = STR("00000000000000000000"), step.changed_ms = 0;
	test_int(records_move(r, &step, &moved), RC_NONE, "one that is not there");
	pool_free(&pool);
}

struct kit_race {
	struct records *records;
	struct records_step step;
	int64_t now;
	int won;
	bool good;
};

__attribute__((unused)) static void *
kit_racer(void *arg)
{
	struct kit_race *race = arg;
	size_t moved;

	race->won = records_move(race->records, &race->step, &moved) == RC_OK;
	for (int i = 0; i < KIT_EACH; i++) {
		struct kit_message m;

		kit_message(&m, race->now, "many", ENTRY_NONE);
		race->good &= records_put(race->records, &m.record, kit_deadline()) == RC_OK;
	}
	return NULL;
}

__attribute__((unused)) static bool
kit_count(void *arg, const struct record *r)
{
	(void)r;
	++*(int *)arg;
	return true;
}

/* Many write at once, and all want the same mail: one gets it. */
__attribute__((unused)) static void
kit_race(struct records *r, int64_t now)
{
	struct kit_race race[KIT_THREADS];
	struct observable term = { OBS_SENDER, STR("sender-many@example.net") };
	pthread_t t[KIT_THREADS];
	struct kit_message m;
	int won = 0, found = 0;
	bool good = true;

	kit_message(&m, now, "race", ENTRY_HELD);
	test_int(records_put(r, &m.record, kit_deadline()), RC_OK, "put one for all");
	for (int i = 0; i < KIT_THREADS; i++) {
		race[i] = (struct kit_race){ .records = r, .now = now, .good = true, .step = { .id = m.record.id,
		    .from = 1 << ENTRY_HELD, .to = ENTRY_DELETED, .event = { .kind = STR("deleted"), .who = STR("x") } } };
		pthread_create(&t[i], NULL, kit_racer, &race[i]);
	}
	for (int i = 0; i < KIT_THREADS; i++) {
		pthread_join(t[i], NULL);
		won += race[i].won;
		good &= race[i].good;
	}
	test_int(won, 1, "one of them got it");
	test_int(good, true, "all records are stored");
	test_int(records_find(r, &(struct records_query){ .terms = &term, .n_terms = 1, .outcome = -1 }, kit_count, &found), RC_OK,
	    "they are found");
	test_int(found, KIT_THREADS * KIT_EACH, "all of them");
}

/* What nobody made fit, and what is as long as it can be: no store may refuse it. */
__attribute__((unused)) static void
kit_unfit(struct records *r, int64_t now)
{
	enum { LONG = 1 << 20, MANY = 1000, PRINTS = 4000 };
	static const char bytes[] = "a\0\xed\xa0\x80\xf5\xff\"\\{},\n'\xc3";
	struct pool *pool = pool_new(0);
	struct record_rcpt *rcpts = pool_alloc(pool, MANY * sizeof(*rcpts));
	int64_t *prints = pool_alloc(pool, PRINTS * sizeof(*prints));
	struct str unfit = { bytes, sizeof(bytes) - 1 };
	char *text = malloc(LONG);
	struct kit_message m;
	struct record got;

	if (!text)
		abort();
	memset(text, '"', LONG);
	for (int i = 0; i < MANY; i++)
		rcpts[i] = (struct record_rcpt){ .address = i ? (struct str){ text, RECORD_TEXT } : unfit, .policy = unfit };
	for (int i = 0; i < PRINTS; i++)
		prints[i] = INT64_MIN + i;
	kit_message(&m, now, "unfit", ENTRY_NONE);
	m.record.mail_from = m.record.from = m.record.client = m.record.verdict = m.record.findings = m.record.group = unfit;
	m.record.subject = m.record.message_id = (struct str){ text, LONG };
	m.record.doc = (struct str){ text, LONG };
	m.obs[0].value = unfit;
	m.obs[1].value = (struct str){ text, LONG };
	m.record.rcpts = rcpts;
	m.record.n_rcpts = MANY;
	m.record.prints = prints;
	m.record.n_prints = PRINTS;
	m.record.size = UINT64_MAX;
	m.record.score = INT64_MIN;
	test_int(records_put(r, &m.record, kit_deadline()), RC_OK, "what is not fit is put");
	test_int(records_event(r, &(struct record_event){ .id = m.record.id, .time_ms = now, .kind = unfit, .who = unfit,
	    .rcpt = unfit, .detail = (struct str){ text, LONG } }, kit_deadline()), RC_OK, "an event, too");
	test_int(records_get(r, pool, m.record.id, &got, NULL), RC_OK, "it is there");
	test_int((int64_t)got.n_rcpts, MANY, "with all recipients");
	test_int((int64_t)got.n_prints, PRINTS + 5, "and all it can be found by");
	test_ok(utf8_is_valid(got.mail_from) && utf8_is_valid(got.rcpts[0].address), "texts are UTF-8 now");
	test_ok(got.subject.n <= RECORD_TEXT, "and not longer than they may be");
	test_int((int64_t)got.doc.n, LONG, "what is no column is whole");
	free(text);
	pool_free(&pool);
}

/* What senders write is data: nothing of it is read as a part of a statement. */
__attribute__((unused)) static void
kit_hostile(struct records *r, int64_t now)
{
	static const char long_text[] = "'; DROP TABLE message; -- \\ % _ \" \x01 \xe2\x80\xae 𠮷";
	struct pool *pool = pool_new(0);
	struct kit_message m;
	struct record got;

	kit_message(&m, now, "hostile", ENTRY_NONE);
	m.record.subject = record_text(pool, (struct str){ "a\0b\xff", 4 });
	m.record.mail_from = m.record.verdict = str_of(long_text);
	m.rcpts[0].address = str_of(long_text);
	test_int(records_put(r, &m.record, kit_deadline()), RC_OK, "hostile texts");
	test_int(records_get(r, pool, m.record.id, &got, NULL), RC_OK, "they come back");
	test_str(got.mail_from, str_of(long_text), "as they were");
	test_str(got.rcpts[0].address, str_of(long_text), "the recipient");
	test_str(got.subject, STR("a\xef\xbf\xbd" "b\xef\xbf\xbd"), "what is no UTF-8 and NUL are replaced");
	kit_find(r, &(struct records_query){ .outcome = -1, .verdict = STR("' OR 1=1 --") }, "", "a query is data as well");
	pool_free(&pool);
}

__attribute__((unused)) static void
kit_purge(struct records *r, int64_t now)
{
	struct pool *pool = pool_new(0);
	struct kit_message old, held;
	struct record got;
	size_t weeks;

	kit_message(&old, now - 5 * KIT_WEEK_S * 1000LL, "purged", ENTRY_NONE);
	kit_message(&held, now - 7 * KIT_WEEK_S * 1000LL, "stays", ENTRY_HELD);
	test_int(records_put(r, &old.record, kit_deadline()), RC_OK, "put an old one");
	test_int(records_put(r, &held.record, kit_deadline()), RC_OK, "put an older one, held");
	test_int(records_purge(r, now - 3 * KIT_WEEK_S * 1000LL, &weeks), RC_OK, "purge");
	test_int((int64_t)weeks, 1, "one week");
	test_int(records_get(r, pool, old.record.id, &got, NULL), RC_NONE, "is forgotten");
	test_int(records_get(r, pool, held.record.id, &got, NULL), RC_OK, "what is held is not");
	pool_free(&pool);
}

struct kit_sums {
	struct str key;
	uint64_t messages, bytes;
};

__attribute__((unused)) static void
kit_add(void *arg, const struct records_sum *sum)
{
	struct kit_sums *s = arg;

	if (!str_eq(sum->key, s->key))
		return;
	s->messages += sum->messages;
	s->bytes += sum->bytes;
}

__attribute__((unused)) static void
kit_sums(struct records *r, int64_t now)
{
	static const struct {
		enum records_column column;
		const char *key;
	} rows[] = {
		{ RECORDS_SENDER, "sender-sum@example.net" }, { RECORDS_RCPT, "rcpt-sum@example.com" }, { RECORDS_VERDICT, "summed" },
		{ RECORDS_FROM, "sum@example.org" }, { RECORDS_CLIENT, "203.0.113.9" }, { RECORDS_GROUP, "sums" },
		{ RECORDS_FINDINGS, "SUM_A SUM_B" }, { RECORDS_OUTCOME, "6" }, { RECORDS_HOUR, NULL },
	};
	int64_t then = now - 90 * 60 * 1000;
	char hour[32];

	snprintf(hour, sizeof(hour), "%lld", (long long)(then / 3600000));
	for (int i = 0; i < 2; i++) {
		struct kit_message m;

		kit_message(&m, then, "sum", ENTRY_NONE);
		m.record.verdict = STR("summed");
		m.record.from = STR("sum@example.org");
		m.record.client = STR("203.0.113.9");
		m.record.group = STR("sums");
		m.record.findings = STR("SUM_A SUM_B");
		m.record.outcome = 6;
		test_int(records_put(r, &m.record, kit_deadline()), RC_OK, "put one to be summed");
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kit_sums s = { .key = str_of(rows[i].key ? rows[i].key : hour) };

		test_int(records_sums(r, rows[i].column, then - 1000, then + 1000, kit_add, &s), RC_OK, s.key.p);
		test_int((int64_t)s.messages, 2, "messages");
		test_int((int64_t)s.bytes, 2 * 12345, "bytes");
	}
}

/* ---- all of it into another store ---- */

enum { KIT_PAGE = 7 };

/* What is stored of each message, as lines of JSON, in a text. */
__attribute__((unused)) static void
kit_dump(struct records *r, struct buf *out, struct records *to)
{
	struct records_range range = { .max = KIT_PAGE };
	char last[RECORD_ID + 1] = "";
	struct pool *pool = pool_new(0);
	struct vec page;

	do {
		const struct records_whole *w;

		pool_clear(pool);
		page = (struct vec){ .n = 0 };
		if (records_page(r, pool, &range, &page) != RC_OK)
			buf_adds(out, "no page");
		w = page.items;
		for (size_t i = 0; i < page.n; i++) {
			const struct record_event *e = w[i].events.items;
			struct records_item item = { .record = &w[i].record };

			record_json_write(&item, out);
			if (to)
				records_write(to, &item, 1);
			for (size_t k = 0; k < w[i].events.n; k++) {
				item = (struct records_item){ .event = &e[k] };
				record_json_write(&item, out);
				if (to)
					records_write(to, &item, 1);
			}
			memcpy(last, w[i].record.id.p, RECORD_ID);
		}
		range.after = str_of(last);
	} while (page.n > 0);
	pool_free(&pool);
}

__attribute__((unused)) static void
kit_dump_lines(struct records *r, struct buf *out)
{
	struct pool *pool = pool_new(0);
	struct records_range range = { .max = KIT_PAGE };
	struct vec lines;

	do {
		const struct records_line *l;

		lines = (struct vec){ .n = 0 };
		if (records_lines(r, pool, &range, &lines) != RC_OK)
			buf_adds(out, "no lines");
		l = lines.items;
		for (size_t i = 0; i < lines.n; i++)
			buf_printf(out, "%.*s %lld %lld %lld %lld\n", STR_ARG(l[i].id), (long long)l[i].rcpts, (long long)l[i].states,
			    (long long)l[i].changed, (long long)l[i].events);
		if (lines.n)
			range.after = l[lines.n - 1].id;
	} while (lines.n > 0);
	pool_free(&pool);
}

__attribute__((unused)) static void
kit_add_sum(void *arg, const struct records_sum *sum)
{
	*(uint64_t *)arg += sum->messages * (sum->key.n + 1) + sum->bytes;
}

__attribute__((unused)) static bool
kit_xor(void *arg, const struct record *r)
{
	for (size_t i = 0; i < r->id.n; i++)
		((char *)arg)[i] ^= r->id.p[i];
	((char *)arg)[r->id.n]++;
	return true;
}

/* Whatever their order is: a store of weeks has that of commits. */
__attribute__((unused)) static bool
kit_add_entry(void *arg, const struct entry *e)
{
	uint64_t *sum = arg, one = e->number;

	for (size_t i = 0; i < e->record.id.n; i++)
		one = one * 31 + (unsigned char)e->record.id.p[i];
	*sum += one * ((uint64_t)e->rcpt.changed_ms + e->rcpt.state * 7 + e->rcpt.kind * 77 + (uint64_t)e->rcpt.expires_ms);
	return true;
}

/* Answers of every kind, as a text. */
__attribute__((unused)) static void
kit_answers(struct records *r, struct buf *out)
{
	uint64_t entries = 0;
	const struct observable terms[] = {
		{ OBS_HOST, STR("common.example") }, { OBS_SENDER, STR("sender-many@example.net") },
		{ OBS_MESSAGE_ID, STR("aaa@example.net") }, { OBS_URL, STR("https://common.example/Path") },
		{ OBS_SENDER, STR("nobody@example.net") },
	};

	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
		char all[RECORD_ID + 2] = "";

		if (records_find(r, &(struct records_query){ .terms = &terms[i], .n_terms = 1, .outcome = -1 }, kit_xor, all) != RC_OK)
			buf_adds(out, "no answer");
		for (size_t k = 0; k < sizeof(all); k++)
			buf_printf(out, "%02x", (unsigned char)all[k]);
		buf_addc(out, '\n');
	}
	for (int c = 0; c < RECORDS_COLUMNS; c++) {
		uint64_t sum = 0;

		if (records_sums(r, (enum records_column)c, 0, 0, kit_add_sum, &sum) != RC_OK)
			buf_adds(out, "no sums");
		buf_printf(out, "%llu\n", (unsigned long long)sum);
	}
	if (records_entries(r, &(struct entries_query){ .states = 0 }, kit_add_entry, &entries) != RC_OK || entries == 0)
		buf_adds(out, "no entries");
	buf_printf(out, "%llu\n", (unsigned long long)entries);
}

/* Whatever is asked of the copy, it answers as the store that it was made of. */
__attribute__((unused)) static void
kit_copy(struct records *from, struct records *to, const char *name)
{
	struct merge_count count = { .records = 0 };
	struct merge_check check;
	struct buf a, b;
	size_t n;

	buf_init(&a, 1 << 24);
	buf_init(&b, 1 << 24);
	kit_dump(from, &a, NULL);
	test_int(a.n > 10000 && !a.full, true, name);
	test_int(merge_all(from, to, &count, NULL, NULL), RC_OK, "all is copied");
	test_int(count.records > 0 && count.new_records == count.records, true, "all of it is new");
	test_int(records_settle(to, &n), RC_OK, "the copy is settled");
	kit_dump(to, &b, to);
	test_str(buf_str(&b), buf_str(&a), "records and events are the same, also when they are put twice");
	count = (struct merge_count){ .records = 0 };
	test_int(merge_all(from, to, &count, NULL, NULL), RC_OK, "once more");
	test_int((int64_t)(count.new_records + count.moved + count.kept), 0, "there is nothing to do");
	test_int(merge_compare(from, to, &check, NULL, NULL), RC_OK, "compared");
	test_int(check.from == count.records && check.to == count.records && check.differ == 0, true, "they are the same");
	buf_reset(&a), buf_reset(&b);
	kit_dump_lines(from, &a);
	kit_dump_lines(to, &b);
	test_str(buf_str(&b), buf_str(&a), "their lines");
	buf_reset(&a), buf_reset(&b);
	kit_answers(from, &a);
	kit_answers(to, &b);
	test_str(buf_str(&b), buf_str(&a), "their answers");
	buf_clear(&a);
	buf_clear(&b);
}

__attribute__((unused)) static void
kit_all(struct records *r)
{
	int64_t now = clock_wall_ms();

	kit_one(r, now);
	kit_search(r, now);
	kit_quarantine(r, now);
	kit_race(r, now);
	kit_hostile(r, now);
	kit_unfit(r, now);
	kit_sums(r, now);
	kit_purge(r, now);
}

#endif
