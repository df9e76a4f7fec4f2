/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* records_bench: how long mail waits for its record, and an operator for an answer, when much is remembered already.
 *
 * records_bench [-p] [MESSAGES [SECONDS]]: fills a ledger with so many messages of 20 observables (500,000 are ten millions),
 * then puts 1,000 a second for some seconds and looks at each one's wait, then searches. -p: in a PostgreSQL server of its
 * own, that waits for the disk as servers do. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/records.h"
#include "store/pg_server.h"
#include "store/week.h"

enum { OBS = 20, FILLERS = 64, PACED = 32, RATE = 1000, SECONDS = 600, WAIT_MS = 60000, ROUNDS = 20, TEXT = 96, DOC = 3000,
       PERCENT = 100, US = 1000, NS = 1000 };

static struct records *records;
static atomic_uint number;
static unsigned messages = 500000, seconds = 70;

struct message {
	char id[RECORD_ID + 1], text[OBS][TEXT], doc[DOC + 1];
	struct record_rcpt rcpt;
	struct observable obs[OBS];
	struct record r;
};

static void
fill(struct message *m, unsigned n)
{
	static const enum observable_kind kinds[] = { OBS_SENDER, OBS_RCPT, OBS_MESSAGE_ID, OBS_QUEUE_ID, OBS_CLIENT, OBS_URL,
	    OBS_URL, OBS_HOST, OBS_SHA256, OBS_SHA256, OBS_NAME };

	record_id_make(clock_wall_ms(), m->id);
	for (int i = 0; i < OBS; i++) {
		enum observable_kind kind = i < 11 ? kinds[i] : OBS_SUBJECT;

		/* Some are one message's own, some of a thousand, words are of many. */
		snprintf(m->text[i], TEXT, "%s-%d-%u", observable_name(kind), i,
		    kind == OBS_SUBJECT ? n * 7919u % 20000 + (unsigned)i : kind == OBS_RCPT || kind == OBS_HOST ? n % 1000 : n);
		m->obs[i] = (struct observable){ kind, { m->text[i], strlen(m->text[i]) } };
	}
	for (size_t i = 0; i < DOC; i++)
		m->doc[i] = "{\"name\":\"value\",0123456789abcdef}"[(i * (n % 7 + 1) + n) % 33];
	m->rcpt = (struct record_rcpt){ .address = m->obs[1].value };
	m->r = (struct record){ .id = { m->id, RECORD_ID }, .time_ms = clock_wall_ms(), .node = STR("mx"), .queue_id = m->obs[3].value,
	    .message_id = m->obs[2].value, .mail_from = m->obs[0].value, .from = m->obs[0].value, .subject = m->obs[12].value,
	    .client = m->obs[4].value, .verdict = STR("clean"), .doc = { m->doc, DOC }, .rcpts = &m->rcpt, .n_rcpts = 1,
	    .obs = m->obs, .n_obs = OBS };
}

static void
put(struct message *m, unsigned n)
{
	fill(m, n);
	if (records_put(records, &m->r, clock_mono_ms() + WAIT_MS) != RC_OK)
		abort();
}

static void *
fill_some(void *arg)
{
	struct message *m = calloc(1, sizeof(*m));
	unsigned n;

	while (m && (n = atomic_fetch_add(&number, 1)) < messages)
		put(m, n);
	free(m);
	return arg;
}

struct paced {
	int64_t wait_us[RATE * SECONDS / PACED + 1];
	size_t n;
	int64_t start_us;
	int index;
};

static void *
put_paced(void *arg)
{
	struct paced *p = arg;
	struct message *m = calloc(1, sizeof(*m));

	for (int i = 0; m && i < RATE * (int)seconds / PACED; i++) {
		int64_t at = p->start_us + (int64_t)(i * PACED + p->index) * 1000000 / RATE, now = clock_mono_us();

		if (at > now)
			nanosleep(&(struct timespec){ (at - now) / 1000000, (at - now) % 1000000 * NS }, NULL);
		now = clock_mono_us();
		put(m, atomic_fetch_add(&number, 1));
		p->wait_us[p->n++] = clock_mono_us() - now;
	}
	free(m);
	return NULL;
}

static void
run_threads(int n, void *(*fn)(void *), void *args, size_t size)
{
	pthread_t t[FILLERS];

	for (int i = 0; i < n; i++)
		if (pthread_create(&t[i], NULL, fn, args ? (char *)args + (size_t)i * size : NULL) != 0)
			abort();
	for (int i = 0; i < n; i++)
		pthread_join(t[i], NULL);
}

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void
sustain(void)
{
	struct paced *p = calloc(PACED, sizeof(*p));
	int64_t *all = calloc(RATE * SECONDS + PACED, sizeof(*all)), start = clock_mono_us();
	size_t n = 0;

	if (!p || !all)
		abort();
	for (int i = 0; i < PACED; i++)
		p[i] = (struct paced){ .start_us = start + 10000, .index = i };
	run_threads(PACED, put_paced, p, sizeof(*p));
	for (int i = 0; i < PACED; i++)
		for (size_t k = 0; k < p[i].n; k++)
			all[n++] = p[i].wait_us[k];
	qsort(all, n, sizeof(*all), by_value);
	printf("records  %d a second for %u s: %.0f a second; wait p50 %.1f ms, p99 %.1f ms, max %.1f ms\n", RATE, seconds,
	    (double)n * 1e6 / (double)(clock_mono_us() - start), (double)all[n / 2] / US, (double)all[n * 99 / PERCENT] / US,
	    (double)all[n - 1] / US);
	free(p);
	free(all);
}

static bool
count(void *arg, const struct record *r)
{
	(void)r;
	++*(int *)arg;
	return true;
}

static void
search(const char *name, struct observable *terms, size_t n_terms)
{
	int64_t worst = 0, sum = 0;
	int found = 0;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t start = clock_mono_us(), us;

		found = 0;
		if (records_find(records, &(struct records_query){ .terms = terms, .n_terms = n_terms, .outcome = -1, .max = 50 },
		    count, &found) != RC_OK)
			abort();
		us = clock_mono_us() - start;
		worst = us > worst ? us : worst;
		sum += us;
	}
	printf("search   %-34s %3d found: mean %.1f ms, worst %.1f ms\n", name, found, (double)sum / ROUNDS / US, (double)worst / US);
}

static void
search_all(void)
{
	struct message *m = calloc(1, sizeof(*m));
	struct observable pair[2];

	if (!m)
		abort();
	fill(m, messages / 3);
	search("sha256", &m->obs[8], 1);
	search("URL", &m->obs[5], 1);
	search("sender", &m->obs[0], 1);
	search("queue ID", &m->obs[3], 1);
	search("recipient of a thousandth", &m->obs[1], 1);
	search("word of the subject", &m->obs[15], 1);
	pair[0] = m->obs[1];
	pair[1] = m->obs[0];
	search("recipient and sender", pair, 2);
	pair[0] = m->obs[12];
	pair[1] = m->obs[1];
	search("word and recipient", pair, 2);
	search("all twenty", m->obs, OBS);
	pair[0].value = STR("nothing like it");
	search("nothing", pair, 1);
	free(m);
}

/* Until the index has all. */
static void
settle(const char *dir)
{
	char folder[256], name[WEEK_NAME];
	struct week w;

	snprintf(folder, sizeof(folder), "%s/ledger", dir);
	week_name(clock_wall_ms(), name);
	if (week_open(&w, folder, name, DB_WRITE, WAIT_MS) != RC_OK || week_index(&w, true) != RC_OK)
		abort();
	week_close(&w);
}

static struct records_conf
conf_of(bool postgres, struct pg_server *s)
{
	struct records_conf conf = { .backend = RECORDS_SQLITE, .deadline_ms = WAIT_MS };

	if (!postgres)
		return conf;
	if (!pg_server_installed(s) || !pg_server_init(s) || !pg_server_start(s))
		exit(1);
	conf.backend = RECORDS_POSTGRESQL;
	conf.postgres = str_of(s->conninfo);
	return conf;
}

int
main(int argc, char **argv)
{
	bool postgres = argc > 1 && strcmp(argv[1], "-p") == 0;
	struct pg_server server = { .durable = true };
	char dir[] = "/tmp/records-bench.XXXXXX";
	struct records_conf conf;
	int64_t start;
	struct buf why;

	argv += postgres;
	argc -= postgres;
	if (argc > 1)
		messages = (unsigned)strtoul(argv[1], NULL, 10);
	if (argc > 2 && strtoul(argv[2], NULL, 10) < SECONDS)
		seconds = (unsigned)strtoul(argv[2], NULL, 10);
	conf = conf_of(postgres, &server);
	buf_init(&why, 1000);
	if (!mkdtemp(dir) || records_open(&conf, str_of(dir), RECORDS_GATE, (struct log_ctx){ NULL, "-" }, &records, &why) != RC_OK)
		return 1;
	start = clock_mono_us();
	run_threads(FILLERS, fill_some, NULL, 0);
	printf("records  %u messages of %d observables: %.0f a second\n", messages, OBS,
	    (double)messages * 1e6 / (double)(clock_mono_us() - start));
	start = clock_mono_us();
	if (!postgres)
		settle(dir);
	printf("records  index complete %.1f s later\n", (double)(clock_mono_us() - start) / 1e6);
	sustain();
	search_all();
	records_close(&records);
	if (postgres)
		pg_server_stop(&server);
	return !pg_server_run("du -sm '%s' && rm -rf '%s'", postgres ? server.dir : dir, dir) ||
	    (postgres && !pg_server_run("rm -rf '%s'%s", server.dir, ""));
}
