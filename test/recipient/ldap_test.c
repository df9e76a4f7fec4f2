/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A directory: slapd of this machine in a folder of the test; and what stands in for one that hangs. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "recipient/table.h"
#include "test.h"

#define SLAPD "/usr/sbin/slapd"

static char dir[] = "/tmp/ldap_test.XXXXXX";
static struct pool *pool;
static unsigned port;
static pid_t slapd;

static const struct table_conf conf = { .entries_max = 1000, .lc = { .id = "-" },
    .asker = { .threads = 2, .ask_ms = 2000, .positive_ms = 0, .negative_ms = 0, .cache = 64, .retry_ms = 100 } };

static const char *
path(const char *name)
{
	return pool_printf(pool, "%s/%s", dir, name).p;
}

static void
put(const char *name, const char *text)
{
	int fd = open(path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || fdio_write_all(fd, str_of(text)) != RC_OK)
		test_ok(false, path(name));
	fdio_close(&fd);
}

static unsigned
free_port(int *fd)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);

	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(*fd, (struct sockaddr *)&a, sizeof(a)) != 0 || getsockname(*fd, (struct sockaddr *)&a, &n) != 0)
		return 0;
	return ntohs(a.sin_port);
}

static bool
answers(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	close(fd);
	return ok;
}

#define PEOPLE \
	"dn: dc=x,dc=example\nobjectClass: dcObject\nobjectClass: organization\no: x\ndc: x\n\n" \
	"dn: ou=x.example,dc=x,dc=example\nobjectClass: organizationalUnit\nou: x.example\n\n" \
	"dn: cn=bob,ou=x.example,dc=x,dc=example\nobjectClass: inetOrgPerson\ncn: bob\nsn: b\nuid: bob\nmail: bob@x.example\n\n" \
	"dn: cn=star,ou=x.example,dc=x,dc=example\nobjectClass: inetOrgPerson\ncn: star\nsn: s\nmail: s*r@x.example\n\n" \
	"dn: cn=nomail,ou=x.example,dc=x,dc=example\nobjectClass: inetOrgPerson\ncn: nomail\nsn: n\nuid: nomail\n\n" \
	"dn: cn=reader,dc=x,dc=example\nobjectClass: person\ncn: reader\nsn: r\nuserPassword: secret\n"

static bool
run_slapd(void)
{
	int64_t until = clock_mono_ms() + 10000;
	int status;

	slapd = fork();
	if (slapd == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		execl(SLAPD, SLAPD, "-d", "0", "-f", path("slapd.conf"), "-h",
		    pool_printf(pool, "ldap://127.0.0.1:%u/", port).p, (char *)NULL);
		_exit(127);
	}
	while (slapd > 0 && !answers() && clock_left_ms(until) > 0) {
		if (waitpid(slapd, &status, WNOHANG) == slapd)
			slapd = 0;
		usleep(20000);
	}
	return slapd > 0 && answers();
}

static void
stop_slapd(void)
{
	if (slapd > 0) {
		kill(slapd, SIGTERM);
		waitpid(slapd, NULL, 0);
	}
	slapd = 0;
}

static bool
make_slapd(void)
{
	int fd;

	port = free_port(&fd);
	close(fd);
	put("slapd.conf", pool_printf(pool, "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\n"
	    "include /etc/ldap/schema/inetorgperson.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n"
	    "pidfile %s/pid\ndatabase mdb\nsuffix \"dc=x,dc=example\"\ndirectory %s\nmaxsize 10485760\n"
	    "access to attrs=userPassword by anonymous auth by * none\n"
	    "access to * by dn=\"cn=reader,dc=x,dc=example\" read by anonymous auth by * none\n", dir, dir).p);
	put("people.ldif", PEOPLE);
	return system(pool_printf(pool, "/usr/sbin/slapadd -f %s -l %s >/dev/null 2>&1", path("slapd.conf"),
	    path("people.ldif")).p) == 0 && run_slapd();
}

static struct table *
opened(const char *cf)
{
	struct table *t = NULL;
	struct buf why;

	put("t.cf", cf);
	buf_init(&why, 65536);
	if (table_open(pool_printf(pool, "ldap:%s", path("t.cf")), &conf, &t, &why) != RC_OK) {
		test_show("why", buf_str(&why));
		test_ok(false, "open");
	}
	buf_clear(&why);
	return t;
}

static enum rc
find(struct table *t, const char *address, bool local)
{
	struct recipient_address a;
	struct recipient_keys k;

	if (!recipient_parse(pool, str_of(address), STR("+"), &a))
		return RC_BAD;
	recipient_keys(pool, &a, local, &k);
	return table_find(t, &k, clock_mono_ms() + 2500, NULL);
}

#define SERVER "server_host = 127.0.0.1\nserver_port = %u\nbind_dn = cn=reader,dc=x,dc=example\nbind_pw = secret\ntimeout = 2\n"
#define BY_MAIL "query_filter = (mail=%%s)\nresult_attribute = mail\n"
#define READER "bind_dn = cn=reader,dc=x,dc=example\nbind_pw = secret\n"
#define BASE "search_base = dc=x,dc=example\n"

static const struct { const char *name, *cf, *address; bool local; enum rc want; } asked[] = {
	{ "known", SERVER BASE BY_MAIL, "bob@x.example", false, RC_OK },
	{ "with an extension", SERVER BASE BY_MAIL, "Bob+a@x.example", false,
	  RC_OK },
	{ "unknown", SERVER BASE BY_MAIL, "eve@x.example", false, RC_NONE },
	{ "a star is no pattern", SERVER BASE BY_MAIL, "*@x.example", false,
	  RC_NONE },
	{ "a star is a character", SERVER BASE BY_MAIL, "s*r@x.example", false,
	  RC_OK },
	{ "brackets are none", SERVER BASE BY_MAIL, "\"x)(cn=*\"@x.example", false,
	  RC_NONE },
	{ "an entry without the attribute", SERVER BASE "query_filter = (uid=%%u)\nresult_attribute = mail\n", "nomail@x.example",
	  false, RC_NONE },
	{ "one of several attributes", SERVER BASE "query_filter = (uid=%%u)\nresult_attribute = mail, uid\n", "nomail@x.example",
	  false, RC_OK },
	{ "base by domain",
	  SERVER "search_base = ou=%%d,dc=x,dc=example\nquery_filter = (uid=%%u)\nresult_attribute = mail\nscope = one\n",
	    "bob@x.example", false, RC_OK },
	{ "a base that is not there",
	  SERVER "search_base = ou=%%d,dc=x,dc=example\nquery_filter = (uid=%%u)\nresult_attribute = mail\n",
	    "bob@y.example", false, RC_NONE },
	{ "scope", SERVER BASE BY_MAIL "scope = base\n", "bob@x.example", false,
	  RC_NONE },
	{ "a domain that is not asked", SERVER BASE BY_MAIL "domain = y.example\n",
	  "bob@x.example", false, RC_NONE },
	{ "URL",
	  "server_host = ldap://127.0.0.1:%u\n" READER BASE BY_MAIL, "bob@x.example", false, RC_OK },
	{ "wrong password",
	  "server_host = 127.0.0.1:%u\nbind_dn = cn=reader,dc=x,dc=example\nbind_pw = wrong\n" BASE BY_MAIL,
	  "bob@x.example", false, RC_TEMP },
	{ "a filter that is none", SERVER BASE "query_filter = (mail=%%s\nresult_attribute = mail\n", "bob@x.example", false,
	  RC_TEMP },
	{ "no TLS there", SERVER BASE BY_MAIL "start_tls = yes\n", "bob@x.example",
	  false, RC_TEMP },
};

static void
questions(void)
{
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		struct table *t = opened(pool_printf(pool, asked[i].cf, port).p);
#pragma GCC diagnostic pop

		if (t)
			test_int(find(t, asked[i].address, asked[i].local), asked[i].want, asked[i].name);
		table_put(&t);
	}
}

/* The connection is used again, and a new one made when the server was started again. */
static void
restart(void)
{
	struct table *t = opened(pool_printf(pool, SERVER BASE BY_MAIL, port).p);

	test_int(find(t, "bob@x.example", false), RC_OK, "before");
	stop_slapd();
	test_int(find(t, "eve@x.example", false), RC_TEMP, "without the server");
	test_int(find(t, "bob@x.example", false), RC_OK, "who was known stays so");
	if (test_ok(run_slapd(), "the server is back")) {
		usleep(150000);
		test_int(find(t, "eve@x.example", false), RC_NONE, "and asked again");
		test_int(find(t, "bob@x.example", false), RC_OK, "on one connection");
	}
	table_put(&t);
}

/* A server that takes connections and says nothing. */
static void
silent(void)
{
	struct table_conf short_conf = conf;
	struct recipient_keys k = { { STR("bob@x.example") }, 1 };
	struct table *t = NULL;
	struct buf why;
	int64_t start;
	int fd;

	port = free_port(&fd);
	short_conf.asker.ask_ms = 300;
	put("t.cf", pool_printf(pool, SERVER BASE, port).p);
	buf_init(&why, 65536);
	if (listen(fd, 5) != 0 || table_open(pool_printf(pool, "ldap:%s", path("t.cf")), &short_conf, &t, &why) != RC_OK) {
		test_ok(false, "a server that is silent");
		return;
	}
	start = clock_mono_ms();
	test_int(table_find(t, &k, start + 400, NULL), RC_TEMP, "silent");
	test_ok(clock_mono_ms() - start < 600, "costs its deadline");
	table_put(&t);
	buf_clear(&why);
	close(fd);
}

int
main(void)
{
	pool = pool_new(0);
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(dir))
		return 1;
	if (access(SLAPD, X_OK) != 0) {
		test_skip("LDAP", "slapd is not installed");
	} else if (test_ok(make_slapd(), "a directory of our own")) {
		questions();
		restart();
	}
	stop_slapd();
	silent();
	if (system(pool_printf(pool, "rm -r %s", dir).p) != 0)
		test_ok(false, "tidied up");
	pool_free(&pool);
	return test_done();
}
