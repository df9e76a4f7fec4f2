/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/recipient/answers.c */
#include "recipient/asker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "recipient/answers.h"
#include "test.h"

/* A server whose answer is the question's first letter, after `delay_ms`. */
struct server_state {
	atomic_int delay_ms, asked, connections, at_once, most_at_once, gone;
	atomic_bool down;
};

static enum rc
ask(void *arg, void **state, struct str question, int64_t deadline_ms, struct buf *why)
{
	struct server_state *s = arg;
	int now = atomic_fetch_add(&s->at_once, 1) + 1, most = atomic_load(&s->most_at_once);

	(void)deadline_ms;
	while (now > most && !atomic_compare_exchange_weak(&s->most_at_once, &most, now))
		continue;
	if (!*state) {
		atomic_fetch_add(&s->connections, 1);
		*state = s;
	}
	atomic_fetch_add(&s->asked, 1);
	usleep((useconds_t)atomic_load(&s->delay_ms) * 1000);
	atomic_fetch_sub(&s->at_once, 1);
	if (atomic_load(&s->down)) {
		buf_adds(why, "down");
		return RC_TEMP;
	}
	return question.p[0] == 'y' ? RC_OK : question.p[0] == 'n' ? RC_NONE : RC_LIMIT;
}

static void
hang_up(void *state)
{
	atomic_fetch_sub(&((struct server_state *)state)->connections, 1);
}

static void
done(void *arg)
{
	atomic_store(&((struct server_state *)arg)->gone, 1);
}

static const struct asker_ops ops = { ask, hang_up, done };
static const struct asker_conf usual = { .threads = 3, .ask_ms = 2000, .positive_ms = 60000, .negative_ms = 60000,
    .cache = 1000, .retry_ms = 200 };

static struct asker *
make(struct server_state *s, const struct asker_conf *conf)
{
	return asker_new("test", &ops, s, conf, (struct log_ctx){ .id = "-" });
}

static enum rc
say(struct asker *a, const char *question, int64_t ms)
{
	return asker_ask(a, str_of(question), clock_mono_ms() + ms);
}

/* Threads end after the last user; the server's state must outlive them. */
static void
finish(struct asker **a, struct server_state *s, const char *name)
{
	int64_t until = clock_mono_ms() + 5000;
	int64_t start = clock_mono_ms();

	asker_put(a);
	test_ok(clock_mono_ms() - start < 100, "who drops it does not wait");
	while ((!atomic_load(&s->gone) || atomic_load(&s->connections)) && clock_left_ms(until) > 0)
		usleep(1000);
	test_ok(atomic_load(&s->gone) && !atomic_load(&s->connections), name);
}

static void
answers(void)
{
	struct server_state s = { .gone = 0 };
	struct asker *a = make(&s, &usual);
	struct asker_status status;

	test_int(say(a, "yes", 1000), RC_OK, "yes");
	test_int(say(a, "no", 1000), RC_NONE, "no");
	test_int(say(a, "maybe", 1000), RC_LIMIT, "cannot tell");
	test_int(say(a, "yes", 0), RC_OK, "remembered: without any time");
	test_int(say(a, "no", 0), RC_NONE, "no is remembered");
	test_int(atomic_load(&s.asked), 3, "three questions");
	test_int(say(a, "yes, another", 0), RC_TEMP, "without time no new answer");
	asker_status(a, &status);
	test_int((int64_t)status.cached, 2, "two from memory");
	finish(&a, &s, "gone");
}

static void
expiry(void)
{
	struct server_state s = { .gone = 0 };
	struct asker_conf conf = usual;
	struct asker *a;

	conf.positive_ms = conf.negative_ms = 0;
	a = make(&s, &conf);
	test_int(say(a, "yes", 1000), RC_OK, "asked");
	test_int(say(a, "yes", 1000), RC_OK, "asked again");
	test_int(say(a, "no", 1000), RC_NONE, "asked for another");
	test_int(atomic_load(&s.asked), 3, "nothing was remembered");
	atomic_store(&s.down, true);
	test_int(say(a, "yes", 1000), RC_OK, "while it is down, an old yes serves");
	test_int(say(a, "no", 1000), RC_TEMP, "but not an old no");
	finish(&a, &s, "gone");
}

static void
slow(void)
{
	struct server_state s = { .delay_ms = 300 };
	struct asker *a = make(&s, &usual);
	int64_t start = clock_mono_ms(), until = start + 3000;

	test_int(say(a, "yes", 50), RC_TEMP, "no answer in time");
	test_ok(clock_mono_ms() - start < 200, "and no waiting beyond it");
	while (say(a, "yes", 0) != RC_OK && clock_left_ms(until) > 0)
		usleep(10000);
	test_int(say(a, "yes", 0), RC_OK, "it is there for the next one");
	test_int(atomic_load(&s.asked), 1, "and was asked once");
	finish(&a, &s, "gone");
}

static void
left_alone(void)
{
	struct server_state s = { .down = true };
	struct asker *a = make(&s, &usual);
	struct asker_status status;

	for (int i = 0; i < ASKER_FAILURES; i++)
		test_int(say(a, "yes", 1000), RC_TEMP, "down");
	atomic_store(&s.down, false);
	test_int(say(a, "yes", 1000), RC_TEMP, "left alone");
	asker_status(a, &status);
	test_ok(status.left_alone, "says so");
	test_int(atomic_load(&s.asked), ASKER_FAILURES, "not asked");
	usleep(250000);
	test_int(say(a, "yes", 1000), RC_OK, "after a while it is asked again");
	asker_status(a, &status);
	test_ok(!status.left_alone, "all is well");
	finish(&a, &s, "gone");
}

struct caller {
	struct asker *asker;
	char question[20];
	enum rc rc;
};

static void *
call(void *arg)
{
	struct caller *c = arg;

	c->rc = say(c->asker, c->question, 5000);
	return NULL;
}

enum { CALLERS = 40 };

static void
many(bool same)
{
	struct server_state s = { .delay_ms = 30 };
	struct asker *a = make(&s, &usual);
	struct caller c[CALLERS];
	pthread_t thread[CALLERS];
	int good = 0;

	for (int i = 0; i < CALLERS; i++) {
		c[i].asker = a;
		snprintf(c[i].question, sizeof(c[i].question), "yes %d", same ? 0 : i);
		pthread_create(&thread[i], NULL, call, &c[i]);
	}
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(thread[i], NULL);
		good += c[i].rc == RC_OK;
	}
	test_int(good, CALLERS, "all have their answer");
	test_int(atomic_load(&s.asked), same ? 1 : CALLERS, same ? "the same question is asked once" : "each is asked");
	test_ok(atomic_load(&s.most_at_once) <= usual.threads, "no more connections than allowed");
	if (!same)
		test_int(atomic_load(&s.most_at_once), usual.threads, "and all of them at work");
	finish(&a, &s, "gone");
}

static void
dropped_at_work(void)
{
	struct server_state s = { .delay_ms = 200 };
	struct asker *a = make(&s, &usual), *second = asker_get(a);

	test_int(say(a, "yes", 10), RC_TEMP, "at work");
	asker_put(&a);
	test_int(say(second, "yes", 1000), RC_OK, "another user has it");
	finish(&second, &s, "gone with its thread");
}

static void
memory(void)
{
	struct answers *a = answers_new(64);
	enum rc rc;
	bool known;
	char name[20];
	int kept = 0;

	answers_put(a, STR("a"), RC_NONE, 1000);
	test_ok(answers_get(a, STR("a"), 999, 0, &rc, &known) && rc == RC_NONE, "kept");
	test_ok(!answers_get(a, STR("a"), 1000, 0, &rc, &known) && !known, "and over");
	test_ok(!answers_get(a, STR("a"), 1500, 501, &rc, &known) && known, "but known for a while");
	test_ok(!answers_get(a, STR("a"), 1501, 501, &rc, &known) && !known, "and no longer");
	answers_put(a, STR("a"), RC_OK, 2000);
	test_ok(answers_get(a, STR("a"), 1500, 0, &rc, &known) && rc == RC_OK, "replaced");
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "x%d", i);
		answers_put(a, str_of(name), RC_OK, 5000 + i);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "x%d", i);
		kept += answers_get(a, str_of(name), 1, 0, &rc, &known);
	}
	test_ok(kept > 32 && kept <= 64, "no more than there is room for");
	test_ok(answers_get(a, STR("x999"), 1, 0, &rc, &known), "the last is there");
	answers_free(&a);
}

int
main(void)
{
	memory();
	answers();
	expiry();
	slow();
	left_alone();
	many(false);
	many(true);
	dropped_at_work();
	return test_done();
}
