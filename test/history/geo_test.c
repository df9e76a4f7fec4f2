/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "history/geo.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "history/mmdb.h"
#include "store/counters_kit.h"

enum { ROUNDS = 200 };

static char dir[] = "/tmp/geo_test.XXXXXX", asn_path[64], country_path[64];

static struct log_ctx
lc(void)
{
	return (struct log_ctx){ &test_log, "-" };
}

/* "AS64500 JP", "AS0 -" */
static void
finds(struct geo *g, const char *address, const char *want, const char *name)
{
	struct geo_facts f;
	struct ip ip;
	char got[32];

	test_ok(ip_parse(str_of(address), &ip), address);
	geo_find(g, &ip, &f);
	snprintf(got, sizeof(got), "AS%u %s", f.asn, f.country[0] ? f.country : "-");
	test_str(str_of(got), str_of(want), name);
}

static void
write_asn(uint32_t asn)
{
	struct mmdb m;

	mmdb_init(&m);
	mmdb_geolite(&m, "192.0.2.0/24", asn, NULL);
	mmdb_geolite(&m, "198.51.100.128/25", asn + 1, NULL);
	mmdb_geolite(&m, "2001:db8::/32", asn + 2, NULL);
	test_ok(mmdb_write(&m, asn_path), "a database");
	mmdb_clear(&m);
}

static void
write_country(void)
{
	struct mmdb m;

	mmdb_init(&m);
	mmdb_geolite(&m, "192.0.2.0/24", 0, "JP");
	mmdb_geolite(&m, "198.51.0.0/16", 0, "FR");
	mmdb_geolite(&m, "203.0.113.0/24", 0, "longer than two");
	test_ok(mmdb_write(&m, country_path), "another one");
	mmdb_clear(&m);
}

static void
write_bytes(const char *path, struct str bytes)
{
	FILE *f = fopen(path, "w");

	test_ok(f && fwrite(bytes.p, 1, bytes.n, f) == bytes.n && fclose(f) == 0, "bytes are written");
}

/* As configtest has it: the files as they are now. */
static void
tried(const char *asn, const char *country, const char *want, const char *name)
{
	struct geo_conf c = { .asn_database = str_of(asn), .country_database = str_of(country) };
	struct buf why;

	buf_init(&why, 4096);
	test_int(geo_try(&c, &why), *want ? RC_BAD : RC_OK, name);
	test_ok(*want ? str_find(buf_str(&why), str_of(want)) != STR_NPOS : why.n == 0, "why");
	buf_clear(&why);
}

static void
lookups(struct geo *g)
{
	finds(g, "192.0.2.7", "AS64500 JP", "IPv4 in both");
	finds(g, "198.51.100.200", "AS64501 FR", "networks of other sizes");
	finds(g, "198.51.100.1", "AS0 FR", "only in one");
	finds(g, "2001:db8:1::1", "AS64502 -", "IPv6");
	finds(g, "::ffff:192.0.2.7", "AS64500 JP", "a mapped address");
	finds(g, "10.0.0.1", "AS0 -", "in none");
	finds(g, "203.0.113.1", "AS0 -", "a country that is none");
	finds(NULL, "192.0.2.7", "AS0 -", "without the service");
}

/* The good one goes on serving, whatever comes in its place. */
static void
broken(struct geo *g)
{
	struct mmdb m;
	struct buf b;

	forget_lines();
	write_bytes(asn_path, STR("no database"));
	geo_check(g);
	finds(g, "192.0.2.7", "AS64500 JP", "a file that is none is not taken");
	test_int(lines_with("serving=\"the one before\""), 1, "and the log says so");
	geo_check(g);
	test_int(lines_with("error="), 1, "once");
	mmdb_init(&m);
	mmdb_geolite(&m, "192.0.2.0/24", 1, NULL);
	buf_init(&b, 65536);
	mmdb_format(&m, &b);
	write_bytes(asn_path, str_upto(buf_str(&b), b.n / 2));
	geo_check(g);
	finds(g, "192.0.2.7", "AS64500 JP", "half a file is not taken");
	memset(b.p, 0xff, 60);
	write_bytes(asn_path, buf_str(&b));
	geo_check(g);
	finds(g, "192.0.2.7", "AS64500 JP", "a damaged tree is not taken");
	test_int(lines_with("is damaged"), 1, "it is found before it serves");
	test_ok(unlink(asn_path) == 0, "the file goes");
	geo_check(g);
	geo_check(g);
	finds(g, "192.0.2.7", "AS64500 JP", "a missing file is no loss");
	test_int(lines_with("no such file"), 1, "the log says so, once");
	write_asn(64510);
	geo_check(g);
	finds(g, "192.0.2.7", "AS64510 JP", "a good one is taken");
	buf_clear(&b);
	mmdb_clear(&m);
}

static void
paths(struct geo *g, struct geo_conf *conf)
{
	struct mmdb m;

	mmdb_init(&m);
	mmdb_texts(&m, "192.0.2.0/24", "AS64520", "SE");
	test_ok(mmdb_write(&m, asn_path), "a database with texts");
	mmdb_clear(&m);
	conf->country_database = conf->asn_database;
	geo_use(g, conf);
	finds(g, "192.0.2.7", "AS64520 SE", "one file for both");
	conf->asn_database = conf->country_database = STR_NONE;
	geo_use(g, conf);
	finds(g, "192.0.2.7", "AS0 -", "none after a reload");
	conf->asn_database = str_of(asn_path);
	conf->check_ms = 20;
	geo_use(g, conf);
	finds(g, "192.0.2.7", "AS64520 SE", "and again");
	write_asn(64530);
	for (int i = 0; i < 250; i++) {
		struct geo_facts f;
		struct ip ip;

		ip_parse(STR("192.0.2.7"), &ip);
		geo_find(g, &ip, &f);
		if (f.asn == 64530)
			break;
		usleep(20000);
	}
	finds(g, "192.0.2.7", "AS64530 -", "a new file is noticed");
}

struct reader {
	pthread_t thread;
	struct geo *g;
	atomic_bool *stop;
	int wrong, n;
};

static void *
read_on(void *arg)
{
	struct reader *r = arg;
	struct geo_facts f;
	struct ip ip;

	ip_parse(STR("192.0.2.7"), &ip);
	while (!atomic_load(r->stop)) {
		geo_find(r->g, &ip, &f);
		r->wrong += f.asn != 64540 && f.asn != 64550;
		r->n++;
	}
	return NULL;
}

/* Threads look up while the file changes under them. */
static void
threads(struct geo *g)
{
	atomic_bool stop = false;
	struct reader r[4];

	write_asn(64540);
	geo_check(g);
	for (int i = 0; i < 4; i++) {
		r[i] = (struct reader){ .g = g, .stop = &stop };
		pthread_create(&r[i].thread, NULL, read_on, &r[i]);
	}
	for (int i = 0; i < ROUNDS / 10; i++) {
		write_asn(i % 2 ? 64540 : 64550);
		geo_check(g);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < 4; i++) {
		pthread_join(r[i].thread, NULL);
		test_int(r[i].wrong, 0, "no look-up falls between two databases");
		test_ok(r[i].n > 0, "there were some");
	}
}

int
main(void)
{
	struct geo_conf conf = { .check_ms = 0 };
	struct geo *g;

	test_ok(mkdtemp(dir) != NULL, "a folder");
	snprintf(asn_path, sizeof(asn_path), "%s/asn.mmdb", dir);
	snprintf(country_path, sizeof(country_path), "%s/country.mmdb", dir);
	g = geo_new(&conf, lc());
	finds(g, "192.0.2.7", "AS0 -", "without a database nothing is known");
	write_asn(64500);
	write_country();
	conf.asn_database = str_of(asn_path);
	conf.country_database = str_of(country_path);
	geo_use(g, &conf);
	lookups(g);
	tried(asn_path, country_path, "", "both can be used");
	tried("", "", "", "none wanted");
	tried("/nonexistent", country_path, "geo.asn_database: /nonexistent: cannot be opened", "one is missing");
	tried(asn_path, "/etc/passwd", "geo.country_database: /etc/passwd: ", "one is no database");
	broken(g);
	paths(g, &conf);
	threads(g);
	geo_free(&g);
	unlink(asn_path);
	unlink(country_path);
	rmdir(dir);
	return test_done();
}
