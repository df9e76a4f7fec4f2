/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/store/week_get.c lib/store/record_json.c */
/* covers: lib/store/records.c lib/store/records_sqlite.c lib/store/records_spill.c lib/store/record.c */
#include "records_kit.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/records_spill.h"
#include "store/week.h"

enum { KILLS = 200, KILL_US = 40000, LINE = 64, LARGE = 9, LARGE_DOC = 3 * 1024 * 1024 };

static const struct records_conf conf = { .backend = RECORDS_SQLITE, .deadline_ms = 5000 };

static struct records *
open_in(const char *dir, enum records_use use)
{
	struct records *r = NULL;
	struct buf why;

	buf_init(&why, 1000);
	if (records_open(&conf, str_of(dir), use, (struct log_ctx){ NULL, "-" }, &r, &why) != RC_OK)
		test_show("why", buf_str(&why));
	buf_clear(&why);
	return r;
}

static void
clean(const char *dir)
{
	char command[600];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	if (system(command) != 0)
		perror(dir);
}

static void
new_dir(char dir[32])
{
	snprintf(dir, 32, "/tmp/records.XXXXXX");
	if (!mkdtemp(dir))
		abort();
}

/* A gate and a tool see the same. */
static void
two_processes(const char *dir, struct records *gate)
{
	struct records *tool = open_in(dir, RECORDS_TOOL);
	struct pool *pool = pool_new(0);
	struct kit_message m;
	struct record got;
	size_t moved;

	kit_message(&m, clock_wall_ms(), "tool", ENTRY_HELD);
	test_int(records_put(gate, &m.record, kit_deadline()), RC_OK, "the gate puts");
	test_int(records_move(tool, &(struct records_step){ .id = m.record.id, .from = 1 << ENTRY_HELD, .to = ENTRY_DELETED,
	    .event = { .kind = STR("deleted") } }, &moved), RC_OK, "a tool moves");
	test_int(records_get(gate, pool, m.record.id, &got, NULL), RC_OK, "the gate gets");
	test_int(got.rcpts[0].state, ENTRY_DELETED, "what the tool did");
	pool_free(&pool);
	records_close(&tool);
}

/* All of it into another store, which a tool makes; half of it is there already, and was written in another order. */
static void
copied(struct records *gate)
{
	struct records *to;
	char dir[32];

	new_dir(dir);
	to = open_in(dir, RECORDS_TOOL);
	kit_copy(gate, to, "a copy");
	records_close(&to);
	clean(dir);
}

struct kit_pages {
	char last[RECORD_ID + 1], all[1000];
};

static bool
keep_last(void *arg, const struct record *r)
{
	struct kit_pages *p = arg;

	memcpy(p->last, r->id.p, RECORD_ID);
	strncat(p->all, r->verdict.p, r->verdict.n);
	return true;
}

/* What came into a week's file later than what is newer: pages have each once. */
static void
pages_in_any_order(void)
{
	static const int order[] = { 3, 1, 5, 0, 2, 4 };
	struct records_query q = { .outcome = -1, .max = 2 };
	struct kit_pages got = { .all = "" };
	int64_t now = 1500000000000;
	struct kit_message m;
	struct records *r;
	char dir[32];

	new_dir(dir);
	r = open_in(dir, RECORDS_TOOL);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		kit_message(&m, now + order[i] * 1000, "order", ENTRY_NONE);
		m.record.verdict = (struct str){ &"012345"[order[i]], 1 };
		test_int(records_put(r, &m.record, kit_deadline()), RC_OK, "put in any order");
	}
	for (int i = 0; i < 4; i++) {
		test_int(records_find(r, &q, keep_last, &got), RC_OK, "a page");
		q.before = str_of(got.last);
	}
	test_str(str_of(got.all), STR("420513"), "the last committed first, each once");
	records_close(&r);
	clean(dir);
}

/* A gate before was killed while it wrote to the spill. */
static void
cut_short(const char *dir)
{
	char file[256];
	FILE *f;

	snprintf(file, sizeof(file), "%s/ledger", dir);
	mkdir(file, 0700);
	snprintf(file, sizeof(file), "%s/ledger/spill.jsonl", dir);
	f = fopen(file, "w");
	test_int(f && fputs("{\"record\":{\"id\":\"cut", f) >= 0 && fclose(f) == 0, true, "half a line is in the spill");
}

/* A week's file that cannot be had: what is put goes to the spill, and from there into the file. */
static void
spilled(void)
{
	struct pool *pool = pool_new(0);
	char dir[32], file[256], name[WEEK_NAME];
	struct records_status status;
	struct kit_message m;
	struct records *r;
	struct record got;
	int tries = 0;

	new_dir(dir);
	cut_short(dir);
	r = open_in(dir, RECORDS_GATE);
	week_name(clock_wall_ms(), name);
	snprintf(file, sizeof(file), "%s/ledger/%s.db", dir, name);
	mkdir(file, 0700);
	kit_message(&m, clock_wall_ms(), "spilled", ENTRY_HELD);
	test_int(records_put(r, &m.record, kit_deadline()), RC_OK, "the store is down: it is taken all the same");
	test_int(records_event(r, &(struct record_event){ .id = m.record.id, .time_ms = clock_wall_ms(), .kind = STR("clicked") },
	    kit_deadline()), RC_OK, "an event, too");
	records_status(r, &status);
	test_int(status.down, true, "the status says so");
	test_int((int64_t)status.spilled, 2, "and what waits");
	records_close(&r);
	rmdir(file);
	r = open_in(dir, RECORDS_GATE);
	while (records_get(r, pool, m.record.id, &got, NULL) != RC_OK && tries++ < 100)
		usleep(100000);
	test_int(records_get(r, pool, m.record.id, &got, NULL), RC_OK, "the next gate takes it over");
	test_str(got.rcpts[0].address, m.rcpts[0].address, "with its recipients");
	records_status(r, &status);
	for (tries = 0; status.spilled > 0 && tries < 100; tries++, usleep(100000))
		records_status(r, &status);
	test_int((int64_t)status.spilled, 0, "nothing waits");
	kit_find(r, &(struct records_query){ .terms = &m.obs[0], .n_terms = 1, .outcome = -1 },
	    pool_printf(pool, "%s ", m.id).p, "and its observables");
	records_close(&r);
	pool_free(&pool);
	clean(dir);
}

/* Records of one commit that are too large for memory together. */
static void
take_write(void *store, struct records_item *items, size_t n)
{
	size_t *sum = store;

	sum[0] += n;
	if (n > sum[1])
		sum[1] = n;
	for (size_t i = 0; i < n; i++) {
		sum[2] += items[i].record->doc.n;
		items[i].rc = RC_OK;
	}
}

static void
spilled_in_pieces(void)
{
	static const struct records_ops take = { .name = "take", .write = take_write };
	static struct kit_message m[LARGE];
	static struct spill s;
	struct records_item items[LARGE];
	char dir[32], ledger[64], *doc = malloc(LARGE_DOC);
	size_t sum[3] = { 0 }, good = 0;

	if (!doc)
		abort();
	memset(doc, '"', LARGE_DOC);
	new_dir(dir);
	snprintf(ledger, sizeof(ledger), "%s/ledger", dir);
	mkdir(ledger, 0700);
	spill_init(&s, str_of(dir), (struct log_ctx){ NULL, "-" });
	for (int i = 0; i < LARGE; i++) {
		kit_message(&m[i], clock_wall_ms(), "large", ENTRY_NONE);
		m[i].record.doc = (struct str){ doc, LARGE_DOC };
		items[i] = (struct records_item){ .record = &m[i].record, .rc = RC_TEMP };
	}
	spill_add(&s, items, LARGE);
	for (int i = 0; i < LARGE; i++)
		good += items[i].rc == RC_OK;
	test_int((int64_t)good, LARGE, "large ones are taken, all of them");
	test_int((int64_t)s.waiting, LARGE, "and wait");
	test_int(spill_replay(&s, &take, sum), RC_OK, "and come back");
	test_int((int64_t)sum[0], LARGE, "all of them");
	test_int((int64_t)sum[2], (int64_t)LARGE * LARGE_DOC, "whole");
	test_ok(sum[1] < LARGE, "some at a time");
	free(doc);
	clean(dir);
}

static bool
is_in(const char *dir, const struct kit_message *m)
{
	struct records *r = open_in(dir, RECORDS_TOOL);
	struct pool *pool = pool_new(0);
	struct record got;
	bool found = r && records_get(r, pool, m->record.id, &got, NULL) == RC_OK;

	pool_free(&pool);
	records_close(&r);
	return found;
}

/* Somebody moves the folder away, or removes it, while the gate writes to it: what comes then is where it is looked for. */
static void
moved_away(void)
{
	char dir[32], from[64], to[64];
	struct kit_message m[3];
	struct records *r;

	new_dir(dir);
	r = open_in(dir, RECORDS_GATE);
	for (int i = 0; i < 3; i++)
		kit_message(&m[i], clock_wall_ms(), "moved", ENTRY_HELD);
	test_int(records_put(r, &m[0].record, kit_deadline()), RC_OK, "put one");
	snprintf(from, sizeof(from), "%s/ledger", dir);
	snprintf(to, sizeof(to), "%s/away", dir);
	test_int(rename(from, to), 0, "its folder is moved away");
	test_int(records_put(r, &m[1].record, kit_deadline()), RC_OK, "put another one");
	test_int(is_in(dir, &m[1]) && !is_in(dir, &m[0]), true, "is where it is looked for");
	clean(from);
	test_int(records_put(r, &m[2].record, kit_deadline()), RC_OK, "its folder is removed: put a third one");
	test_int(is_in(dir, &m[2]), true, "is there as well");
	records_close(&r);
	clean(from);
	test_int(rename(to, from), 0, "what was moved away is back");
	test_int(is_in(dir, &m[0]), true, "as it was");
	clean(dir);
}

/* Without the index's file, and with one that is damaged, all is found. */
static void
index_lost(void)
{
	char dir[32], file[256], name[WEEK_NAME], want[64];
	struct kit_message m;
	struct records *r;
	struct week w;
	FILE *f;

	new_dir(dir);
	r = open_in(dir, RECORDS_GATE);
	kit_message(&m, clock_wall_ms(), "index", ENTRY_NONE);
	test_int(records_put(r, &m.record, kit_deadline()), RC_OK, "put one");
	records_close(&r);
	snprintf(want, sizeof(want), "%s ", m.id);
	week_name(clock_wall_ms(), name);
	snprintf(file, sizeof(file), "%s/ledger", dir);
	test_int(week_open(&w, file, name, DB_WRITE, 1000), RC_OK, "its week");
	test_int(week_index(&w, true), RC_OK, "is indexed");
	week_close(&w);
	r = open_in(dir, RECORDS_TOOL);
	kit_find(r, &(struct records_query){ .terms = m.obs, .n_terms = 5, .outcome = -1 }, want, "by the index");
	snprintf(file, sizeof(file), "%s/ledger/%s.idx", dir, name);
	f = fopen(file, "r+");
	test_int(f && fwrite("damaged damaged damaged", 1, 23, f) == 23 && fclose(f) == 0, true, "the index is damaged");
	kit_find(r, &(struct records_query){ .terms = m.obs, .n_terms = 5, .outcome = -1 }, want, "without it");
	snprintf(file, sizeof(file), "%s/ledger", dir);
	test_int(week_open(&w, file, name, DB_WRITE, 1000), RC_OK, "its week");
	for (int i = 0; i < 2; i++)
		if (week_index(&w, true) != RC_OK)
			continue;	/* the first time removes it */
	week_close(&w);
	kit_find(r, &(struct records_query){ .terms = m.obs, .n_terms = 5, .outcome = -1 }, want, "made again");
	records_close(&r);
	clean(dir);
}

/* In a child: put records until it is killed; what was stored is told through the pipe. */
static void
put_until_killed(const char *dir, int out)
{
	struct records *r = open_in(dir, RECORDS_GATE);

	while (r) {
		struct kit_message m;

		kit_message(&m, clock_wall_ms(), "killed", ENTRY_HELD);
		if (records_put(r, &m.record, kit_deadline()) == RC_OK && write(out, m.id, RECORD_ID) != RECORD_ID)
			break;
	}
	_exit(1);
}

/* What the spill has is stored as well: the next gate takes it over. */
static int
count_missing(const char *dir, const struct vec *ids)
{
	struct records *r = open_in(dir, RECORDS_GATE);
	struct pool *pool = pool_new(0);
	struct records_status status;
	int missing = 0, tries = 0;

	do
		records_status(r, &status);
	while (status.spilled > 0 && tries++ < 100 && usleep(100000) == 0);
	for (size_t i = 0; i < ids->n; i++) {
		struct record got;

		pool_clear(pool);
		missing += records_get(r, pool, (struct str){ (char *)ids->items + i * RECORD_ID, RECORD_ID }, &got, NULL) != RC_OK;
	}
	records_close(&r);
	pool_free(&pool);
	return missing;
}

static void
killed(void)
{
	struct pool *pool = pool_new(0);
	struct vec ids = { .n = 0 };
	char dir[32], id[RECORD_ID];

	new_dir(dir);
	for (int i = 0; i < KILLS; i++) {
		int pair[2];
		pid_t pid;

		if (pipe(pair) != 0 || (pid = fork()) < 0)
			abort();
		if (pid == 0)
			put_until_killed(dir, pair[1]);
		close(pair[1]);
		/* Every other time once it is at work, however long its start takes. */
		if (i % 2 && read(pair[0], id, RECORD_ID) == RECORD_ID)
			memcpy(vec_push(pool, &ids, RECORD_ID), id, RECORD_ID);
		usleep((useconds_t)(random() % KILL_US));
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		while (read(pair[0], id, RECORD_ID) == RECORD_ID)
			memcpy(vec_push(pool, &ids, RECORD_ID), id, RECORD_ID);
		close(pair[0]);
	}
	test_int(ids.n >= KILLS / 2, true, "killed 200 times: much was stored");
	test_int(count_missing(dir, &ids), 0, "nothing of it is missing");
	pool_free(&pool);
	clean(dir);
}

int
main(void)
{
	struct records *r;
	char dir[32];

	new_dir(dir);
	r = open_in(dir, RECORDS_GATE);
	if (!r)
		return 1;
	kit_all(r);
	copied(r);
	two_processes(dir, r);
	records_close(&r);
	clean(dir);
	new_dir(dir);
	r = open_in(dir, RECORDS_GATE);
	records_close(&r);
	r = open_in(dir, RECORDS_TOOL);
	kit_one(r, clock_wall_ms());
	records_close(&r);
	clean(dir);
	spilled();
	spilled_in_pieces();
	moved_away();
	index_lost();
	pages_in_any_order();
	killed();
	return test_done();
}
