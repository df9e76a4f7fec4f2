/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/recipient/sqlite.c (its file), lib/recipient/ldap.c (its file) */
#include <stdlib.h>
#include <unistd.h>

#include "base/fdio.h"
#include "recipient/cf.h"
#include "recipient/server.h"
#include "test.h"

struct row {
	const char *query, *key;
	enum cf_quoting how;
	const char *want;	/* NULL: nothing to ask */
};

static const struct row rows[] = {
	{ "SELECT 1 FROM t WHERE a='%s'", "bob@x.example", CF_SQL, "SELECT 1 FROM t WHERE a='bob@x.example'" },
	{ "'%u' '%d' '%%'", "bob@x.example", CF_SQL, "'bob' 'x.example' '%'" },
	{ "'%S' '%U' '%D'", "bob@x.example", CF_SQL, "'bob@x.example' 'bob' 'x.example'" },
	{ "'%2.%1'", "bob@mail.x.example", CF_SQL, "'x.example'" },
	{ "'%3'", "bob@x.example", CF_SQL, NULL },
	{ "'%s'", "o'neil@x.example", CF_SQL, "'o''neil@x.example'" },
	{ "'%s'", "'; drop table t; --@x.example", CF_SQL, "'''; drop table t; --@x.example'" },
	{ "'%u'", "bob", CF_SQL, "'bob'" },
	{ "'%d'", "bob", CF_SQL, NULL },
	{ "'%u'", "@x.example", CF_SQL, NULL },
	{ "'%s'", "@x.example", CF_SQL, "'@x.example'" },
	{ "(mail=%s)", "*@x.example", CF_FILTER, "(mail=\\2a@x.example)" },
	{ "(mail=%s)", "a)(uid=*", CF_FILTER, "(mail=a\\29\\28uid=\\2a)" },
	{ "(mail=%s)", "a\\b@x", CF_FILTER, "(mail=a\\5cb@x)" },
	{ "(mail=%s)", "j\xc3\xb6@x", CF_FILTER, "(mail=j\\c3\\b6@x)" },
	{ "ou=%d,dc=x", "a@b,dc=y", CF_DN, "ou=b\\,dc\\=y,dc=x" },
	{ "ou=%u", "#a b@c", CF_DN, "ou=\\#a b" },
};

static void
expansions(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct cf_key k = cf_key(str_of(rows[i].key));
		struct buf out;
		bool is;

		buf_init(&out, CF_QUERY);
		is = cf_expand(str_of(rows[i].query), &k, rows[i].how, &out);
		if (is && rows[i].want)
			test_str(buf_str(&out), str_of(rows[i].want), rows[i].query);
		else
			test_ok(is == (rows[i].want != NULL), rows[i].query);
		buf_clear(&out);
	}
}

static void
queries(void)
{
	struct cf_key full = cf_key(STR("bob@x.example")), all = cf_key(STR("@x.example")), bare = cf_key(STR("bob"));

	test_ok(cf_bad_query(STR("WHERE a='%s'"), CF_SQL) == NULL, "in quotes");
	test_ok(cf_bad_query(STR("WHERE a=%s"), CF_SQL) != NULL, "SQL without quotes is refused");
	test_ok(cf_bad_query(STR("WHERE a=\"%s\""), CF_SQL) != NULL, "and in those of names");
	test_ok(cf_bad_query(STR("(mail=%s)"), CF_FILTER) == NULL, "a filter needs none");
	test_ok(cf_bad_query(STR("(mail=%x)"), CF_FILTER) != NULL, "an unknown letter");
	test_ok(cf_bad_query(STR("(mail=%"), CF_FILTER) != NULL, "a percent sign at the end");
	test_ok(cf_bad_query(STR(""), CF_FILTER) != NULL, "nothing");
	test_ok(cf_wants(STR(""), &full) && cf_wants(STR(""), &all) && cf_wants(STR(""), &bare), "without domains all are asked");
	test_ok(cf_wants(STR("y.example, X.example"), &full), "a domain of the list");
	test_ok(!cf_wants(STR("y.example"), &full), "another one");
	test_ok(!cf_wants(STR("x.example"), &all) && !cf_wants(STR("x.example"), &bare), "no parts of addresses then");
}

struct file {
	const char *name, *text;
	enum rc (*open)(const char *, struct server *, struct buf *);
	const char *want;	/* errors, without the path; NULL: good */
};

static const struct file files[] = {
	{ "ldap: good", "server_host = ldap://a.example b.example\nsearch_base = dc=x\nquery_filter =\n  (mail=%s)\n",
	  server_ldap, NULL },
	{ "ldap: every error at once",
	  "server_host = x\nserch_base = a\nversion = 4\nbind = sasl\ntimeout = 0\ncache = yes\nrubbish\n", server_ldap,
	  ":2: serch_base: no such parameter\n:6: cache: is gone from OpenLDAP; recipients.positive_ms is ours\n"
	  ":7: not `name = value`\n: search_base: must be set\n" },
	{ "ldap: values", "search_base = dc=%x\nversion = 4\nbind = sasl\ntimeout = 0\nserver_port = 0\nserver_host =\n",
	  server_ldap,
	  ": bind: must be one of no yes none simple\n: version: must be one of 2 3\n"
	  ":1: search_base: knows %s, %u, %d, %1 to %9, and %% for a percent sign\n"
	  ":4: timeout: must be a number of seconds, from 1 to 3600\n:5: server_port: must be a port number\n"
	  ":6: server_host: must be hosts or LDAP URLs\n" },
	{ "sqlite: old form", "dbpath = /nowhere\ntable = t\n", server_sqlite,
	  ":2: table: is the old form; write a `query`\n: query: must be set\n" },
	{ "sqlite: no quotes", "dbpath = /nowhere\nquery = SELECT %s\n", server_sqlite,
	  ":2: query: an address outside of '...' could change what is asked\n:1: dbpath: cannot be read\n" },
};

static void
read_file(const struct file *f)
{
	char path[] = "/tmp/cf_test.XXXXXX";
	int fd = mkstemp(path);
	struct server s;
	struct buf why, short_why;
	struct str rest, line;
	enum rc rc;

	buf_init(&why, 65536);
	buf_init(&short_why, 65536);
	test_ok(fd >= 0 && fdio_write_all(fd, str_of(f->text)) == RC_OK, "a file");
	fdio_close(&fd);
	rc = f->open(path, &s, &why);
	test_int(rc, f->want ? RC_BAD : RC_OK, f->name);
	for (rest = buf_str(&why); str_next(&rest, '\n', &line);)
		buf_printf(&short_why, "%.*s\n", STR_ARG(str_from(line, sizeof(path) - 1)));
	test_str(buf_str(&short_why), str_of(f->want ? f->want : ""), f->name);
	if (rc == RC_OK)
		s.ops->done(s.arg);
	buf_clear(&why);
	buf_clear(&short_why);
	unlink(path);
}

int
main(void)
{
	expansions();
	queries();
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		read_file(&files[i]);
	return test_done();
}
