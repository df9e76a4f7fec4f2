/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Each type of table, those of Postfix made by its own postmap.
 * covers: lib/recipient/read_db.c, lib/recipient/read_text.c, lib/recipient/sqlite.c, lib/recipient/keys.c */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "recipient/table.h"
#include "test.h"

#define SOURCE "# a comment\nBob@x.example\tok\n@all.example  ok\nlocal ok\n\"two words@x.example\"  ok\n" \
	"cont@x.example\n\n# between\n  value of two\n  lines\n"

static char dir[] = "/tmp/table_test.XXXXXX";
static struct pool *pool;

static const struct table_conf conf = { .entries_max = 1000, .lc = { .id = "-" },
    .asker = { .threads = 2, .ask_ms = 2000, .positive_ms = 60000, .negative_ms = 60000, .cache = 64, .retry_ms = 1000 } };

static const char *
path(const char *name)
{
	return pool_printf(pool, "%s/%s", dir, name).p;
}

static void
put(const char *name, const char *text)
{
	int fd = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || fdio_write_all(fd, str_of(text)) != RC_OK)
		test_ok(false, path(name));
	fdio_close(&fd);
}

/* True: it ran and was content. */
static bool
command(const char *fmt, const char *a, const char *b)
{
	return WEXITSTATUS(system(pool_printf(pool, fmt, a, b).p)) == 0;
}

static enum rc
find(struct table *t, const char *address, bool local)
{
	struct recipient_address a;
	struct recipient_keys k;

	if (!recipient_parse(pool, str_of(address), STR("+"), &a))
		return RC_BAD;
	recipient_keys(pool, &a, local, &k);
	return table_find(t, &k, clock_mono_ms() + 5000, NULL);
}

static struct table *
opened(const char *word, const char *name)
{
	struct table *t = NULL;
	struct buf why;

	buf_init(&why, 65536);
	if (!test_int(table_open(str_of(word), &conf, &t, &why), RC_OK, name))
		test_show("why", buf_str(&why));
	buf_clear(&why);
	return t;
}

static const struct { const char *address; bool local; enum rc want; } asked[] = {
	{ "bob@x.example", false, RC_OK }, { "BOB+news@X.example", false, RC_OK }, { "bo@x.example", false, RC_NONE },
	{ "bob@y.example", false, RC_NONE }, { "anybody@all.example", false, RC_OK }, { "local@z.example", true, RC_OK },
	{ "local+ext@z.example", true, RC_OK }, { "local@z.example", false, RC_NONE },
	{ "cont@x.example", false, RC_OK }, { "o'neil@x.example", false, RC_NONE },
};

static void
all_answers(const char *word)
{
	struct table *t = opened(word, word);

	for (size_t i = 0; t && i < sizeof(asked) / sizeof(*asked); i++)
		test_int(find(t, asked[i].address, asked[i].local), asked[i].want,
		    pool_printf(pool, "%s: %s%s", word, asked[i].address, asked[i].local ? ", local" : "").p);
	if (t)
		test_ok(!table_changed(t), "unchanged");
	table_put(&t);
}

static void
postfix_types(void)
{
	static const char *const types[] = { "hash", "btree", "cdb", "lmdb" };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		const char *word = pool_printf(pool, "%s:%s", types[i], path(types[i])).p;

		put(types[i], SOURCE);
		put("main.cf", "compatibility_level = 3.6\n");
		if (command("postmap -c %s %s 2>/dev/null", dir, word))
			all_answers(word);
		else
			test_skip(word, "postmap cannot make it");
	}
}

static void
sqlite(void)
{
	const char *cf = path("people.cf");

	if (!command("sqlite3 %s \"create table people (mail text); insert into people values ('bob@x.example'), "
	    "('@all.example'), ('local'), ('cont@x.example'), ('')\"%s 2>/dev/null", path("people.db"), "")) {
		test_skip("sqlite", "no sqlite3");
		return;
	}
	put("people.cf", pool_printf(pool, "dbpath = %s\nquery = SELECT mail FROM people\n   WHERE mail = '%%s'\n",
	    path("people.db")).p);
	all_answers(pool_printf(pool, "sqlite:%s", cf).p);
	/* What Postfix says to the same file. */
	if (command("postmap -c %s -q bob@x.example sqlite:%s >/dev/null 2>&1", dir, cf))
		test_ok(!command("postmap -c %s -q bo@x.example sqlite:%s >/dev/null 2>&1", dir, cf), "postmap -q agrees");
	put("people.db", "no database at all, but long enough to have a header that is none");
	{
		struct table *t = opened(pool_printf(pool, "sqlite:%s", cf).p, "a file that is no database opens");
		int64_t start = clock_mono_ms();

		if (t)
			test_int(find(t, "bob@x.example", false), RC_TEMP, "and gives no answer");
		test_ok(clock_mono_ms() - start < 3000, "at once");
		table_put(&t);
	}
}

static void
text_types(void)
{
	put("list", "# people\nbob@x.example\n@all.example\nlocal\ncont@x.example\n");
	all_answers(pool_printf(pool, "file:%s", path("list")).p);
	put("map", SOURCE);
	all_answers(pool_printf(pool, "texthash:%s", path("map")).p);
	put("aliases", "# aliases\nlocal: root,\n  bob\nBob@x.example: x\n@all.example: x\ncont@x.example : y\n");
	all_answers(pool_printf(pool, "aliases:%s", path("aliases")).p);
}

static void
errors(void)
{
	static const struct { const char *type, *text, *want; } bad[] = {
		{ "file", "a@x two\nb@x\nc@x words here\n", ":1: one address a line" },
		{ "file", "a@x two\nb@x\nc@x words here\n", ":3: one address a line" },
		{ "file", " a@x\n", ":1: begins with white space" },
		{ "texthash", "a@x 1\nb@x\n", ":2: a key without value" },
		{ "texthash", "a: 1\n", ":1: a key that ends in a colon" },
		{ "aliases", "a: b\nc d\n", ":2: an alias is written" },
		{ "file", "a\001@x\n", ":1: this is no key" },
		{ "cdb", NULL, "no such file: has postmap made it?" },
		{ "lmdb", NULL, "no such file" }, { "hash", NULL, "no such file" }, { "file", NULL, "no such file" },
		{ "sqlite", NULL, "no such file" }, { "ldap", NULL, "no such file" },
		{ "mysql", "", "is not TYPE:FILE with one of the types file, texthash" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct table *t = NULL;
		struct buf why;

		buf_init(&why, 65536);
		if (bad[i].text)
			put("bad", bad[i].text);
		test_int(table_open(pool_printf(pool, "%s:%s", bad[i].type, path(bad[i].text ? "bad" : "none")), &conf, &t,
		    &why), RC_BAD, bad[i].want);
		if (!test_ok(str_find(buf_str(&why), str_of(bad[i].want)) != STR_NPOS, bad[i].want))
			test_show("got", buf_str(&why));
		buf_clear(&why);
	}
}

/* Files that are no tables, with the endings of tables. */
static void
rubbish(void)
{
	static const char *const types[][2] = { { "cdb", "r.cdb" }, { "lmdb", "r.lmdb" }, { "hash", "r.db" } };
	char text[8192];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < 3; i++) {
		struct table *t = NULL;
		struct buf why;

		buf_init(&why, 65536);
		put(types[i][1], text);
		test_int(table_open(pool_printf(pool, "%s:%s", types[i][0], path("r")), &conf, &t, &why), RC_BAD,
		    pool_printf(pool, "rubbish as %s", types[i][0]).p);
		test_ok(why.n > 0, "has a reason");
		buf_clear(&why);
	}
}

static void
limit(void)
{
	struct table_conf few = conf;
	struct table *t = NULL;
	struct buf why;

	few.entries_max = 2;
	buf_init(&why, 65536);
	put("many", "a@x\nb@x\nc@x\n");
	test_int(table_open(pool_printf(pool, "file:%s", path("many")), &few, &t, &why), RC_BAD, "too many entries");
	test_ok(str_find(buf_str(&why), STR("recipients.entries_max")) != STR_NPOS, "names the option");
	buf_clear(&why);
}

/* A writer of Postfix holds the lock for longer than we wait. */
static void
locked(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ready[2], end[2];
	pid_t pid;
	char c;

	if (pipe(ready) != 0 || pipe(end) != 0 || (pid = fork()) < 0) {
		test_ok(false, "a process");
		return;
	}
	if (pid == 0) {
		int fd = open(path("cdb.cdb"), O_RDWR | O_CLOEXEC);

		if (fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0 && write(ready[1], "x", 1) == 1 && read(end[0], &c, 1) == 1)
			_exit(0);
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) == 1) {
		struct table *t = NULL;
		struct buf why;

		buf_init(&why, 65536);
		test_int(table_open(pool_printf(pool, "cdb:%s", path("cdb")), &conf, &t, &why), RC_BAD,
		    "a table that is being written");
		test_ok(str_find(buf_str(&why), STR("is being written")) != STR_NPOS, "is named so");
		buf_clear(&why);
	} else {
		test_skip("locked", "no cdb table");
	}
	if (write(end[1], "x", 1) != 1)
		test_ok(false, "pipe");
	waitpid(pid, NULL, 0);
}

static void
values(void)
{
	struct recipient_keys k = { { STR("bob@x.example") }, 1 };
	struct table *t = opened(pool_printf(pool, "texthash:%s", path("map")).p, "texthash"), *again;
	struct str value;

	k.key[0] = STR("cont@x.example");
	test_int(table_find(t, &k, 0, &value), RC_OK, "a key");
	test_str(value, STR("value of two lines"), "with its value");
	again = table_get(t);
	table_put(&t);
	test_int(table_find(again, &k, 0, NULL), RC_OK, "a second holder");
	put("map", "bob@x.example changed\n");
	test_ok(table_changed(again), "a change is seen");
	unlink(path("map"));
	test_ok(!table_changed(again), "a file that is gone is kept");
	table_put(&again);
}

int
main(void)
{
	pool = pool_new(0);
	if (!mkdtemp(dir))
		return 1;
	text_types();
	postfix_types();
	sqlite();
	errors();
	rubbish();
	limit();
	locked();
	values();
	if (!command("rm -r %s%s", dir, ""))
		test_ok(false, "tidied up");
	pool_free(&pool);
	return test_done();
}
