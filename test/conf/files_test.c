/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/conf/files.c, lib/conf/pass.c */
#include "conf/files.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/fdio.h"
#include "conf/conf.h"
#include "test.h"

struct sample {
	struct str path, text;
};

static const struct opt opts[] = {
	{ .name = "list", .type = OPT_PATH, .offset = offsetof(struct sample, path), .def = "", .help = "x" },
	OPT_END
};

/* A file of one line that must not be "bad". */
static void
load(struct conf_files *files, void *values)
{
	struct sample *s = values;

	if (s->path.n == 0 || !conf_files_text(files, STR("list"), s->path, &s->text))
		return;
	if (str_starts(s->text, STR("bad")))
		conf_errorf(files->errors, "list", 1, STR("bad"), "is bad");
}

static const struct opt_table table = { .prefix = "", .title = "T", .size = sizeof(struct sample), .opts = opts,
    .load = load };
static const struct opt_table *const tables[] = { &table, NULL };

static char dir[] = "/tmp/files_test.XXXXXX";

static void
write_file(const char *name, struct str text)
{
	char path[100];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f || fwrite(text.p, 1, text.n, f) != text.n || fclose(f) != 0)
		test_ok(false, "cannot write test file");
}

/* The errors with the folder taken out. */
static struct conf *
parse(const char *name, bool files, const char *want)
{
	struct pool *pool = pool_new(0);
	struct conf *conf = NULL;
	struct buf why, bare;
	size_t at;

	buf_init(&why, 65536);
	buf_init(&bare, 65536);
	(void)!conf_parse(pool_printf(pool, "list = %s/%s\n", dir, name), "f", tables, (struct conf_base){ .files = files },
	    &conf, &why);
	for (struct str rest = buf_str(&why); rest.n; rest = str_from(rest, at + (at < rest.n ? strlen(dir) : 0))) {
		at = str_find(rest, str_of(dir));
		at = at == STR_NPOS ? rest.n : at;
		buf_add(&bare, str_upto(rest, at));
	}
	test_str(buf_str(&bare), str_of(want), name);
	buf_clear(&why);
	buf_clear(&bare);
	pool_free(&pool);
	return conf;
}

static struct str
text_of(const struct conf *conf)
{
	return conf ? ((const struct sample *)conf_values(conf, &table))->text : STR("no configuration");
}

/* A child gets the file as it was when the configuration was read. */
static void
passing(struct conf *conf)
{
	struct conf *got = NULL;
	struct buf why;
	int fd = -1;

	buf_init(&why, 4096);
	write_file("good", STR("changed\n"));
	test_int(conf_pass(conf, &fd), RC_OK, "passed on");
	test_int(conf_take(fd, tables, &got, &why), RC_OK, "and taken");
	test_str(text_of(got), STR("one\ntwo\n"), "with the file as it was");
	conf_put(&got);
	fdio_close(&fd);
	buf_clear(&why);
}

int
main(void)
{
	struct conf *conf;
	char command[64];

	if (!test_ok(mkdtemp(dir) != NULL, "temp folder"))
		return test_done();
	write_file("good", STR("one\ntwo\n"));
	write_file("bad", STR("bad\n"));
	write_file("nul", STR("a\0b"));
	conf = parse("good", true, "");
	test_str(text_of(conf), STR("one\ntwo\n"), "a file that a value names");
	passing(conf);
	conf_put(&conf);
	conf = parse("good", false, "");
	test_str(text_of(conf), STR_NONE, "not read where it was not asked for");
	conf_put(&conf);
	conf = parse("gone", true, "f:1: list: /gone: no such file\n");
	test_ok(!conf, "no snapshot then");
	conf = parse("nul", true, "f:1: list: /nul: is no text\n");
	test_ok(!conf, "nor then");
	conf = parse("bad", true, "list:1: bad: is bad\n");
	test_ok(!conf, "nor with an error inside the file");
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	test_ok(system(command) == 0, "temp folder removed");
	return test_done();
}
