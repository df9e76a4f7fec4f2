/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/store/backup.c lib/store/restore.c lib/store/merge.c lib/store/merge_bodies.c */
/* covers: lib/store/tarball.c lib/store/state_files.c */
#include "store/backup.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "records_kit.h"
#include "store/state_files.h"
#include "store/tarball.h"

enum { WHY = 1000, PATH = 200, WEEKS = 3, KINDS = 5, STEPS = 60 };

/* A site: a folder with its stores. */
struct site {
	char dir[32];
	struct records *records;
	struct bodies *bodies;
	struct backup b;
};

static struct buf why;
static struct pool *pool;
static char work[] = "/tmp/backup_test.XXXXXX";

static const char *
path_of(const char *name)
{
	return pool_printf(pool, "%s/%s", work, name).p;
}

static bool
run(const char *format, const char *a, const char *b)
{
	char command[3 * PATH];

	snprintf(command, sizeof(command), format, a, b);
	return system(command) == 0;
}

static void
note_other(void *arg, struct str file)
{
	(void)arg;
	buf_add(&why, file);
}

static void
open_site(struct site *s)
{
	static const struct records_conf rc = { .backend = RECORDS_SQLITE, .deadline_ms = 5000 };
	static const struct bodies_conf bc = { .level = 1 };

	snprintf(s->dir, sizeof(s->dir), "/tmp/backup.XXXXXX");
	if (!mkdtemp(s->dir) ||
	    records_open(&rc, str_of(s->dir), RECORDS_TOOL, (struct log_ctx){ NULL, "-" }, &s->records, &why) != RC_OK ||
	    bodies_open(&bc, str_of(s->dir), (struct log_ctx){ NULL, "-" }, &s->bodies, &why) != RC_OK)
		abort();
	s->b = (struct backup){ .records = s->records, .bodies = s->bodies, .state_dir = str_of(s->dir), .node = STR("mx1"),
	    .version = STR("1.0"), .keys = true, .other = note_other };
}

static void
close_site(struct site *s)
{
	records_close(&s->records);
	bodies_close(&s->bodies);
	run("rm -rf '%s'%s", s->dir, "");
}

static void
put_file(const struct site *s, const char *name, const char *text)
{
	char path[PATH];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

static struct str
get_file(const struct site *s, const char *name)
{
	char path[PATH];
	struct buf text;
	struct str out;

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	buf_init(&text, 1 << 20);
	out = fdio_read_file(path, &text) == RC_OK ? pool_str(pool, buf_str(&text)) : STR("(none)");
	buf_clear(&text);
	return out;
}

static struct str
whole_of(const char *path)
{
	struct buf text;
	struct str out;

	buf_init(&text, 1 << 20);
	out = fdio_read_file(path, &text) == RC_OK ? pool_str(pool, buf_str(&text)) : STR_NONE;
	buf_clear(&text);
	return out;
}

static void
put_body(const struct site *s, struct str key, struct str text)
{
	int fd = -1;

	if (fdio_memfd("m", text, &fd) != RC_OK || bodies_put(s->bodies, key, fd, text.n, kit_deadline()) != RC_OK)
		test_ok(false, "a message is kept");
	fdio_close(&fd);
}

static struct str
get_body(const struct site *s, struct str key)
{
	struct str text = STR("(none)"), all;
	uint64_t size;
	int fd = -1;

	if (bodies_get(s->bodies, key, &fd, &size) == RC_OK && fdio_map(fd, &all) == RC_OK) {
		text = pool_str(pool, all);
		fdio_unmap(&all);
	}
	fdio_close(&fd);
	return text;
}

/* ---- a site with something in it ---- */

static const enum entry_state states[KINDS] = { ENTRY_HELD, ENTRY_NONE, ENTRY_RELEASED, ENTRY_DELETED, ENTRY_ORIGINAL };
static struct kit_message message[WEEKS * KINDS];

static void
fill(struct site *s)
{
	int64_t now = clock_wall_ms();

	for (int i = 0; i < WEEKS * KINDS; i++) {
		struct kit_message *m = &message[i];
		struct record_event e = { .time_ms = now, .kind = STR("reported"), .who = STR("operator root"),
		    .detail = STR("false_positive") };
		char tag[16];

		snprintf(tag, sizeof(tag), "m%d", i);
		kit_message(m, now - (int64_t)(WEEKS - i / KINDS) * KIT_WEEK_S * 1000 + i, tag, states[i % KINDS]);
		m->rcpts[0].expires_ms = now + (i < KINDS ? -1000 : 1000000);
		e.id = m->record.id;
		if (states[i % KINDS] != ENTRY_NONE && states[i % KINDS] != ENTRY_DELETED)
			put_body(s, m->record.id, pool_printf(pool, "Subject: %s\r\n\r\nkept %c\xff of %s\r\n", tag, 0, tag));
		if (records_put(s->records, &m->record, kit_deadline()) != RC_OK ||
		    records_event(s->records, &e, kit_deadline()) != RC_OK)
			abort();
	}
	run("mkdir '%s'/keys '%s'/digests", s->dir, s->dir);
	run("mkdir '%s'/feeds '%s'/ledger/x", s->dir, s->dir);
	put_file(s, "keys/pass", "secret\n");
	put_file(s, "digests/example.com", "");
	put_file(s, "reputation", "set by hand\n");
	put_file(s, "reputation.new", "half");
	put_file(s, "feeds/big", "fetched");
	put_file(s, "ledger/spill.jsonl", "waiting\n");
	put_file(s, "an odd name", "no\n");
	run("ln -s /etc/passwd '%s'/link%s", s->dir, "");
}

static int
archive_of(const struct site *s, const char *path, struct backup_count *count)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	buf_reset(&why);
	test_int(backup_write(&s->b, fd, count, &why), RC_OK, "written");
	test_str(buf_str(&why), STR_NONE, "without complaints");
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static enum rc
look(int fd, struct backup_count *count)
{
	struct backup_manifest m;

	buf_reset(&why);
	lseek(fd, 0, SEEK_SET);
	return backup_check(fd, &m, count, &why);
}

static enum entry_state
state_of(const struct site *s, int i)
{
	struct record r = { .n_rcpts = 0 };

	return records_get(s->records, pool, message[i].record.id, &r, NULL) == RC_OK && r.n_rcpts ? r.rcpts[0].state : ENTRY_STATES;
}

static void
move(const struct site *s, int i, enum entry_state to)
{
	struct records_step step = { .id = message[i].record.id, .number = 1, .from = 1 << ENTRY_HELD, .to = to,
	    .event = { .kind = STR("test"), .who = STR("test") } };
	size_t moved;

	test_int(records_move(s->records, &step, &moved), RC_OK, "moved");
}

/* ---- there and back ---- */

static void
check_files(const struct site *to)
{
	test_str(get_file(to, "keys/pass"), STR("secret\n"), "keys");
	test_str(get_file(to, "digests/example.com"), STR_NONE, "an empty file");
	test_str(get_file(to, "reputation"), STR("set by hand\n"), "what the operator has set");
	test_str(get_file(to, "ledger/spill.jsonl"), STR("waiting\n"), "what waits for the store");
	test_str(get_file(to, "feeds/big"), STR("(none)"), "not what is fetched again");
	test_str(get_file(to, "reputation.new"), STR("(none)"), "nor what is half written");
	test_str(get_file(to, "link"), STR("(none)"), "nor links");
}

static void
check_bodies(const struct site *from, const struct site *to)
{
	bool same = true;

	for (int i = 0; i < WEEKS * KINDS; i++) {
		bool over = states[i % KINDS] == ENTRY_RELEASED && i < KINDS;
		struct str is = get_body(to, message[i].record.id);

		same = same && str_eq(is, over ? STR("(none)") : get_body(from, message[i].record.id));
	}
	test_ok(same, "messages are the same, byte for byte");
}

static void
there_and_back(struct site *from, struct site *to)
{
	struct backup_count count;
	struct backup_manifest m;
	struct merge_check check;
	size_t n;
	int fd = archive_of(from, path_of("first"), &count);

	test_int((int64_t)count.merge.records, WEEKS * KINDS, "records");
	test_int((int64_t)count.bodies, 3 * WEEKS - 1, "messages: not that whose time is over");
	test_int((int64_t)count.files, 4, "files of state");
	test_int((int64_t)count.lost, 0, "nothing is missing");
	test_int(backup_check(fd, &m, &count, &why), RC_OK, "checked");
	test_str(str_of(m.node), STR("mx1"), "where it is from");
	test_ok(m.keys && strcmp(m.version, "1.0") == 0 && m.time_ms > 0, "and of when");
	test_int((int64_t)count.merge.events, WEEKS * KINDS, "with its events");
	test_int(backup_restore(&to->b, fd, &count, &why), RC_OK, "restored");
	test_str(buf_str(&why), STR_NONE, "without complaints");
	test_int((int64_t)count.merge.new_records, WEEKS * KINDS, "all of it");
	test_int(merge_compare(from->records, to->records, &check, NULL, NULL), RC_OK, "compared");
	test_int((int64_t)check.differ, 0, "the ledgers are the same");
	check_files(to);
	check_bodies(from, to);
	test_int(records_settle(to->records, &n), RC_OK, "indexed");
	kit_find(to->records, &(struct records_query){ .terms = &message[0].obs[0], .n_terms = 1, .outcome = -1 },
	    pool_printf(pool, "%s ", message[0].id).p, "what is restored is found");
	test_int(backup_restore(&to->b, fd, &count, &why), RC_OK, "restored again");
	test_int((int64_t)(count.merge.new_records + count.merge.moved + count.new_bodies + count.other_files), 0, "nothing is new");
	close(fd);
}

/* Released and deleted since the backup: it does not come back. */
static void
knows_more(const struct site *to)
{
	int fd = open(path_of("first"), O_RDONLY | O_CLOEXEC);
	struct site again = *to;
	struct backup_count count;

	move(to, KINDS, ENTRY_RELEASED);
	move(to, 2 * KINDS, ENTRY_DELETED);
	test_int(bodies_delete(to->bodies, message[2 * KINDS].record.id), RC_OK, "deleted");
	put_file(to, "keys/pass", "another\n");
	buf_reset(&why);
	test_int(backup_restore(&to->b, fd, &count, &why), RC_OK, "restored over it");
	test_int((int64_t)count.merge.kept, 2, "of two the store knows more");
	test_int(state_of(to, KINDS), ENTRY_RELEASED, "released stays released");
	test_int(state_of(to, 2 * KINDS), ENTRY_DELETED, "deleted stays deleted");
	test_str(get_body(to, message[2 * KINDS].record.id), STR("(none)"), "its message, too");
	test_str(buf_str(&why), STR("keys/pass"), "a file that is another stays, and is named");
	test_str(get_file(to, "keys/pass"), STR("another\n"), "as it is");
	again.b.replace = true;
	test_int(backup_restore(&again.b, fd, &count, &why), RC_OK, "with replace");
	test_str(get_file(to, "keys/pass"), STR("secret\n"), "it is that of the backup");
	close(fd);
}

/* The store is older than the backup: states go on. */
static void
knows_less(const struct site *from, struct site *to)
{
	struct backup_count count;
	int fd;

	fd = archive_of(from, path_of("next"), &count);
	test_int(backup_restore(&to->b, fd, &count, &why), RC_OK, "an early backup");
	close(fd);
	move(from, 0, ENTRY_DELETED);
	fd = archive_of(from, path_of("next"), &count);
	test_int(backup_restore(&to->b, fd, &count, &why), RC_OK, "and a later one");
	test_int((int64_t)count.merge.moved, 1, "one state goes on");
	test_int(state_of(to, 0), ENTRY_DELETED, "deleted there, too");
	close(fd);
	unlink(path_of("next"));
}

static void
without_keys(struct site *from)
{
	struct backup_count count;
	struct backup_manifest m;
	int fd;

	from->b.keys = false;
	fd = archive_of(from, path_of("next"), &count);
	test_int((int64_t)count.files, 3, "keys stay at home");
	test_int(backup_check(fd, &m, &count, &why), RC_OK, "checked");
	test_ok(!m.keys, "and it says so");
	from->b.keys = true;
	close(fd);
	unlink(path_of("next"));
}

/* A message that is gone although its record says that it is held. */
static void
lost(struct site *from)
{
	struct backup_count count;
	int fd;

	test_int(bodies_delete(from->bodies, message[4].record.id), RC_OK, "a message goes");
	fd = archive_of(from, path_of("next"), &count);
	test_int((int64_t)count.lost, 1, "that it is missing is counted");
	close(fd);
	unlink(path_of("next"));
}

/* ---- damage ---- */

static void
damaged(void)
{
	struct str whole = whole_of(path_of("first"));
	struct backup_count good, count;
	int fd, passed = 0, other = 0;

	if (fdio_memfd("a", whole, &fd) != RC_OK)
		abort();
	test_int(look(fd, &good), RC_OK, "whole");
	fdio_close(&fd);
	for (size_t i = 0; i < STEPS; i++) {
		if (fdio_memfd("a", str_upto(whole, whole.n * i / STEPS), &fd) != RC_OK)
			abort();
		passed += look(fd, &count) == RC_OK;
		fdio_close(&fd);
	}
	test_int(passed, 0, "cut anywhere: refused");
	for (size_t i = 0; i < STEPS; i++) {
		char flipped;

		if (fdio_memfd("a", whole, &fd) != RC_OK)
			abort();
		flipped = (char)(whole.p[whole.n * i / STEPS] ^ 0x10);
		if (pwrite(fd, &flipped, 1, (off_t)(whole.n * i / STEPS)) != 1)
			abort();
		if (look(fd, &count) == RC_OK)
			other += memcmp(&count, &good, sizeof(good)) != 0;
		fdio_close(&fd);
	}
	test_int(other, 0, "a bit that changed: refused, or it does not matter");
}

static const struct { const char *what; struct tarball_entry e; const char *want; } hostile[] = {
	{ "a path upwards", { .kind = TARBALL_STATE, .name = { "../evil", 7 } }, "state/../evil: no file of a backup" },
	{ "in the middle", { .kind = TARBALL_STATE, .name = { "keys/../../evil", 15 } }, "no file of a backup" },
	{ "from the root", { .kind = TARBALL_STATE, .name = { "/etc/evil", 9 } }, "no file of a backup" },
	{ "a hidden one", { .kind = TARBALL_STATE, .name = { ".evil", 5 } }, "no file of a backup" },
	{ "too deep", { .kind = TARBALL_STATE, .name = { "a/b/c/d", 7 } }, "no file of a backup" },
	{ "the ledger itself", { .kind = TARBALL_STATE, .name = { "ledger/2026-W01.db", 18 } }, "no file of a backup" },
	{ "a file in the place of a folder", { .kind = TARBALL_STATE, .name = { "ledger", 6 } }, "no file of a backup" },
	{ "what a terminal obeys", { .kind = TARBALL_STATE, .name = { "a\x1b[2J", 5 } }, "not of sekimori: " },
	{ "a message without a record", { .kind = TARBALL_BODY, .name = { "evil", 4 } }, "bodies/evil.eml: no message of a record" },
	{ "a message somewhere else", { .kind = TARBALL_BODY, .name = { "../evil", 7 } }, "not of sekimori: " },
	{ "no JSON", { .kind = TARBALL_RECORDS, .name = { "000001", 6 }, .content = { "evil\n", 5 } },
	    "records/000001.jsonl:1: no record and no event" },
	{ "an event of nothing", { .kind = TARBALL_RECORDS, .name = { "000001", 6 }, .content = {
	    "{\"event\":{\"id\":\"01m844a4ggb2cfxh17f7\",\"time_ms\":1,\"kind\":\"x\"}}\n", 64 } },
	    "records/000001.jsonl:1: an event of another record" },
	{ "an ID that is none", { .kind = TARBALL_RECORDS, .name = { "000001", 6 }, .content = {
	    "{\"record\":{\"id\":\"evil\",\"time_ms\":1}}\n", 37 } }, "records/000001.jsonl:1: " },
	{ "another one's message", { .kind = TARBALL_RECORDS, .name = { "000001", 6 }, .content = {
	    "{\"record\":{\"id\":\"01m844a4ggb2cfxh17f7\",\"time_ms\":1,\"body\":\"01m844a4ggb2cfxh17f8\"}}\n", 82 } },
	    "records/000001.jsonl:1: a record that keeps another one's message" },
	{ "two manifests", { .kind = TARBALL_MANIFEST, .content = { "{\"format\":1}", 12 } }, "manifest.json: is damaged" },
	{ "of tomorrow", { .kind = TARBALL_KINDS }, "was written by a newer sekimori: format 2, and 1 is known here" },
};

static void
refused(void)
{
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		bool tomorrow = hostile[i].e.kind == TARBALL_KINDS;
		struct tarball_entry first = { .kind = TARBALL_MANIFEST,
		    .content = tomorrow ? STR("{\"format\":2}") : STR("{\"format\":1}") };
		struct backup_count count;
		struct tarball *t;
		int fd = -1;

		buf_reset(&why);
		if (fdio_memfd("a", STR_NONE, &fd) != RC_OK || tarball_create(fd, &t, &why) != RC_OK ||
		    tarball_add(t, &first, &why) != RC_OK || (!tomorrow && tarball_add(t, &hostile[i].e, &why) != RC_OK) ||
		    tarball_finish(t, &why) != RC_OK)
			test_ok(false, buf_cstr(&why));
		tarball_close(&t);
		test_int(look(fd, &count), RC_BAD, hostile[i].what);
		if (!test_ok(str_find(buf_str(&why), str_of(hostile[i].want)) != STR_NPOS, hostile[i].want))
			test_show("got", buf_str(&why));
		fdio_close(&fd);
	}
}

static void
no_archive(void)
{
	struct backup_count count;
	int fd;

	if (fdio_memfd("a", STR("Received: from x\r\n\r\nhello\r\n"), &fd) != RC_OK)
		abort();
	test_int(look(fd, &count), RC_BAD, "a mail is no archive");
	test_ok(str_starts(buf_str(&why), STR("no archive of sekimori")), buf_cstr(&why));
	fdio_close(&fd);
}

/* ---- from one store to another while both are in use ---- */

static void
carried(const struct site *a, const struct site *b)
{
	struct merge_bodies n;
	char path[PATH];

	test_int(merge_bodies_compare(a->bodies, b->bodies, &n, NULL, NULL), RC_OK, "messages are compared");
	test_int((int64_t)n.missing, 3 * WEEKS, "all are missing");
	test_int(merge_bodies(a->bodies, b->bodies, &n, NULL, NULL), RC_OK, "carried");
	test_int((int64_t)n.copied, 3 * WEEKS, "all of them");
	test_int(merge_bodies(a->bodies, b->bodies, &n, NULL, NULL), RC_OK, "again");
	test_int((int64_t)n.copied, 0, "none is new");
	test_int(bodies_delete(b->bodies, message[0].record.id), RC_OK, "one goes");
	put_body(b, message[0].record.id, STR("another"));
	test_int(merge_bodies_compare(a->bodies, b->bodies, &n, NULL, NULL), RC_OK, "compared");
	test_ok(n.differ == 1 && n.missing == 0, "one is another");
	snprintf(path, sizeof(path), "%s/bodies", a->dir);
	test_ok(run("for f in $(find '%s' -name '%s*' | head -n 1); do truncate -s 10 $f; done", path, message[4].id), "one is cut");
	test_int(bodies_delete(b->bodies, message[4].record.id), RC_OK, "and is not there");
	test_int(merge_bodies(a->bodies, b->bodies, &n, NULL, NULL), RC_BAD, "a damaged one is not carried");
	test_ok(n.damaged == 1 && n.copied == 0, "and counted");
}

static void
go(const struct site *s, int i, enum entry_state from, enum entry_state to, int64_t ms)
{
	struct records_step step = { .id = message[i].record.id, .number = 1, .from = 1u << from, .to = to, .to_ms = ms };
	size_t moved;

	test_int(records_move(s->records, &step, &moved), RC_OK, "moved");
}

/* Copied while a release was under way. There nobody ends it, so it is held again; here it came to its end. */
static void
released_meanwhile(const struct site *a, const struct site *b)
{
	int64_t claim = clock_wall_ms(), later = claim + 1000;
	struct merge_count count = { .records = 0 };
	int i = 2 * KINDS;

	go(a, i, ENTRY_HELD, ENTRY_RELEASING, claim);
	test_int(merge_all(a->records, b->records, &count, NULL, NULL), RC_OK, "copied on its way");
	go(b, i, ENTRY_RELEASING, ENTRY_HELD, later);
	test_int(merge_all(a->records, b->records, &count, NULL, NULL), RC_OK, "again");
	test_int(state_of(b, i), ENTRY_HELD, "on its way is no news for who gave it up");
	go(a, i, ENTRY_RELEASING, ENTRY_RELEASED, claim);
	test_int(merge_all(a->records, b->records, &count, NULL, NULL), RC_OK, "and again");
	test_int(state_of(b, i), ENTRY_RELEASED, "it is not released twice");
}

static void
follow(void)
{
	struct site a, b;
	struct merge_count count = { .records = 0 };
	struct merge_check check;

	open_site(&a);
	open_site(&b);
	fill(&a);
	test_int(merge_all(a.records, b.records, &count, NULL, NULL), RC_OK, "copied");
	move(&a, 0, ENTRY_RELEASED);
	test_int(merge_compare(a.records, b.records, &check, NULL, NULL), RC_OK, "compared");
	test_int((int64_t)check.differ, 1, "one differs");
	test_str(str_of(check.first), message[0].record.id, "it is named");
	move(&b, KINDS, ENTRY_DELETED);
	count = (struct merge_count){ .records = 0 };
	test_int(merge_all(a.records, b.records, &count, NULL, NULL), RC_OK, "again");
	test_int(state_of(&b, 0), ENTRY_RELEASED, "what was done there is done here");
	test_int(state_of(&b, KINDS), ENTRY_DELETED, "what was done here stays");
	test_int((int64_t)count.moved, 1, "one was brought on");
	released_meanwhile(&a, &b);
	carried(&a, &b);
	close_site(&a);
	close_site(&b);
}

int
main(void)
{
	struct site from, to, late;

	buf_init(&why, WHY);
	pool = pool_new(0);
	if (!mkdtemp(work))
		abort();
	open_site(&from);
	open_site(&to);
	open_site(&late);
	fill(&from);
	there_and_back(&from, &to);
	knows_more(&to);
	damaged();
	knows_less(&from, &late);
	without_keys(&from);
	lost(&from);
	close_site(&from);
	close_site(&to);
	close_site(&late);
	refused();
	no_archive();
	follow();
	run("rm -rf '%s'%s", work, "");
	pool_free(&pool);
	buf_clear(&why);
	return test_done();
}
