/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/check/dnsbl_lists.c lib/check/dnsbl_names.c lib/check/dnsbl_find.c */
#include "check/dnsbl.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/hash.h"
#include "check/dnsbl_lists.h"
#include "check/dnsbl_names.h"
#include "net/zone.h"
#include "test.h"

static const char table_text[] =
	"list = ip.test\nkind = ip\nenabled = yes\nfamilies = ipv4 ipv6\n"
	"code = 127.0.0.2 reputation 5.0 BAD\nblocked = 127.255.255.*\n"
	"list = off.test\nkind = ip\ncode = 127.0.0.2 reputation 5.0 OFF\n"
	"list = keyed.test\nkind = ip\nkey = required\nkeyed_zone = KEY.dq.test\ncode = 127.0.0.2 reputation 5.0 KEYED\n"
	"list = mailbox.test\nkind = address-sha1\nenabled = yes\ncode = 127.0.0.2 bec 5.0 FRAUD\n";

static const char zone_text[] =
	"2.0.0.127.ip.test A 127.0.0.2\n"
	"2.0.0.127.off.test A 127.0.0.2\n"
	"2.0.0.127.secret.dq.test A 127.0.0.2\n"
	"7.2.0.192.ip.test A 127.0.0.2\n"
	"7.2.0.192.off.test A 127.0.0.2\n"
	"7.2.0.192.secret.dq.test A 127.0.0.2\n"
	"8.2.0.192.ip.test A 127.255.255.254\n"
	"9.2.0.192.ip.test A 127.0.0.99\n"
	"2.0.0.127.refuse.test A 127.255.255.254\n"
	"*.3.0.192.ip.test !timeout\n";

struct fixture {
	struct zone *zone;
	struct dns *dns;
	struct dnsbl *lists;
	struct pool *pool;
	struct dns_conf dns_conf;
	struct dnsbl_conf conf;
	struct str server, file, enable[4], keys[4];
	char forward[32], path[64];
	struct buf log, why;
	pthread_mutex_t lock;
};

static void
keep_line(void *arg, enum log_level level, const char *line, size_t n)
{
	struct fixture *f = arg;

	(void)level;
	pthread_mutex_lock(&f->lock);
	buf_add(&f->log, (struct str){ line, n });
	buf_addc(&f->log, '\n');
	pthread_mutex_unlock(&f->lock);
}

static bool
logged(struct fixture *f, const char *text)
{
	bool found;

	pthread_mutex_lock(&f->lock);
	found = str_find(buf_str(&f->log), str_of(text)) != STR_NPOS;
	pthread_mutex_unlock(&f->lock);
	return found;
}

static void
write_table(struct fixture *f, const char *text)
{
	FILE *out = fopen(f->path, "w");

	if (!out || fputs(text, out) == EOF || fclose(out) != 0) {
		printf("Bail out! cannot write %s\n", f->path);
		exit(1);
	}
}

static void
must(enum rc rc, const struct buf *why)
{
	if (rc == RC_OK)
		return;
	printf("Bail out! %s\n", buf_cstr(why));
	exit(1);
}

static void
set_up(struct fixture *f, struct log *log)
{
	int fd;

	memset(f, 0, sizeof(*f));
	pthread_mutex_init(&f->lock, NULL);
	buf_init(&f->log, 65536);
	buf_init(&f->why, 65536);
	f->pool = pool_new(0);
	*log = (struct log){ .write = keep_line, .arg = f, .level = LOG_LEVEL_INFO };
	snprintf(f->path, sizeof(f->path), "/tmp/dnsbl_test.XXXXXX");
	fd = mkstemp(f->path);
	fdio_close(&fd);
	write_table(f, table_text);
	f->file = str_of(f->path);
	f->conf = (struct dnsbl_conf){ .files = { &f->file, 1 }, .enable = { f->enable, 0 }, .keys = { f->keys, 0 },
	    .block_ms = 300 };
	must(zone_new(zone_text, 0, &f->zone, &f->why), &f->why);
	zone_forward(f->zone, f->forward);
	f->server = str_of(f->forward);
	f->dns_conf = (struct dns_conf){ .enable = true, .forward = { &f->server, 1 }, .phase_ms = 300,
	    .message_ms = 300, .inflight_max = 1000, .cache_size = 1024 * 1024, .ttl_max = 3600000 };
	must(dns_new(&f->dns_conf, (struct log_ctx){ log, "-" }, &f->dns, &f->why), &f->why);
}

static void
tear_down(struct fixture *f)
{
	dnsbl_close(&f->lists);
	dns_free(&f->dns);
	zone_free(&f->zone);
	pool_free(&f->pool);
	unlink(f->path);
	buf_clear(&f->log);
	buf_clear(&f->why);
	pthread_mutex_destroy(&f->lock);
}

static void
open_lists(struct fixture *f, const struct log *log)
{
	must(dnsbl_open(&f->conf, f->dns, (struct log_ctx){ log, "-" }, &f->lists, &f->why), &f->why);
}

static void
pause_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* "ip.test:BAD" for each hit, as one connection would see it. */
static struct str
look(struct fixture *f, struct pool *pool, struct str what, enum dnsbl_use use)
{
	struct dns_batch *b = dns_batch_new(f->dns, pool, clock_mono_ms() + 500);
	struct dnsbl_item item = { what, DNSBL_AS(use), 0 };
	struct dnsbl_hit hit[DNSBL_HITS];
	struct buf out;
	struct str text;
	size_t n;

	buf_init(&out, 1024);
	dnsbl_want(f->lists, b, pool, &item);
	n = dnsbl_look(f->lists, b, pool, &item, hit);
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "%s%.*s:%.*s", i ? " " : "", STR_ARG(hit[i].list), STR_ARG(hit[i].labels));
	text = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	dns_batch_free(&b);
	return text;
}

static enum dnsbl_heard
heard(struct fixture *f, struct str what)
{
	struct dns_batch *b = dns_batch_new(f->dns, f->pool, clock_mono_ms() + f->dns_conf.phase_ms);
	struct dnsbl_item item = { what, DNSBL_AS(DNSBL_CLIENT), 0 };
	struct dnsbl_hit hit[DNSBL_HITS];
	enum dnsbl_heard h;

	dnsbl_want(f->lists, b, f->pool, &item);
	(void)dnsbl_look(f->lists, b, f->pool, &item, hit);
	h = dnsbl_heard(f->lists, b, f->pool, &item);
	dns_batch_free(&b);
	return h;
}

static const struct dnsbl_status *
status_of(struct fixture *f, const char *name)
{
	const struct dnsbl_status *all;
	size_t n = dnsbl_status(f->lists, f->pool, &all);

	for (size_t i = 0; i < n; i++)
		if (str_eq(all[i].list, str_of(name)))
			return &all[i];
	return NULL;
}

static bool
state_is(struct fixture *f, const char *name, const char *state)
{
	const struct dnsbl_status *s = status_of(f, name);

	if (s && strcmp(s->state, state) == 0)
		return true;
	printf("#   state of %s is %s\n", name, s ? s->state : "unknown");
	return false;
}

/* Tested at the start, in the background. */
static void
test_start(void)
{
	struct fixture f;
	struct log log;

	set_up(&f, &log);
	open_lists(&f, &log);
	for (int i = 0; i < 50 && !state_is(&f, "ip.test", "ok"); i++)
		pause_ms(20);
	test_ok(state_is(&f, "ip.test", "ok"), "a list is tested at the start");
	test_int(zone_asked(f.zone, "2.0.0.127.ip.test", "A"), 1, "its entry");
	test_int(zone_asked(f.zone, "1.0.0.127.ip.test", "A"), 1, "and what it must not have");
	test_int(zone_asked(f.zone, "2.0.0.127.off.test", "A"), 0, "not one that is off");
	test_str(look(&f, f.pool, STR("192.0.2.7"), DNSBL_CLIENT), STR("ip.test:BAD"), "then it is used");
	test_int(heard(&f, STR("192.0.2.20")), DNSBL_ANSWER, "no hit says something then");
	test_int(heard(&f, STR("2001:db8::1")), DNSBL_ANSWER, "of IPv6 as well");
	test_int(heard(&f, STR("192.0.3.1")), DNSBL_SILENCE, "no answer in time does not");
	test_int(heard(&f, STR("no-address")), DNSBL_NOBODY, "what no list is for");
	test_int((int64_t)status_of(&f, "ip.test")->hits, 1, "a hit is counted");
	test_str(look(&f, f.pool, STR("192.0.2.9"), DNSBL_CLIENT), STR(""), "a code that nobody knows");
	test_int((int64_t)status_of(&f, "ip.test")->strange, 1, "is counted");
	tear_down(&f);
}

static void
test_blocked(void)
{
	struct fixture f;
	struct log log;
	unsigned asked;

	set_up(&f, &log);
	open_lists(&f, &log);
	test_str(look(&f, f.pool, STR("192.0.2.8"), DNSBL_CLIENT), STR(""), "a code that means blocked is no hit");
	test_ok(state_is(&f, "ip.test", "blocked"), "the list is blocked");
	test_int(heard(&f, STR("192.0.2.7")), DNSBL_NOBODY, "which is the operator's business");
	test_ok(status_of(&f, "ip.test")->again_ms > 0, "for a while");
	asked = zone_asked(f.zone, "7.2.0.192.ip.test", "A");
	test_str(look(&f, f.pool, STR("192.0.2.7"), DNSBL_CLIENT), STR(""), "it does not count meanwhile");
	test_int(zone_asked(f.zone, "7.2.0.192.ip.test", "A"), asked, "and is not asked");
	test_ok(logged(&f, "list=ip.test state=blocked"), "the log says it");
	pause_ms(400);
	test_str(look(&f, f.pool, STR("192.0.2.7"), DNSBL_CLIENT), STR("ip.test:BAD"), "afterwards it is tried again");
	test_ok(state_is(&f, "ip.test", "ok"), "and good");
	tear_down(&f);
}

/* A list that goes on refusing is tested now and then; the log has it once. */
static void
test_refusing(void)
{
	struct fixture f;
	struct log log;
	size_t at;

	set_up(&f, &log);
	write_table(&f, "list = refuse.test\nkind = ip\nenabled = yes\ncode = 127.0.0.2 reputation 5.0 BAD\n"
	    "blocked = 127.255.255.*\n");
	open_lists(&f, &log);
	for (int i = 0; i < 3; i++) {
		test_str(look(&f, f.pool, pool_printf(f.pool, "192.0.2.%d", 10 + i), DNSBL_CLIENT), STR(""), "it refuses");
		test_ok(state_is(&f, "refuse.test", "blocked"), "and is blocked");
		pause_ms(350);
	}
	test_ok(zone_asked(f.zone, "12.2.0.192.refuse.test", "A") == 1, "it was tried again");
	dnsbl_close(&f.lists);
	at = str_find(buf_str(&f.log), STR("state=blocked"));
	test_ok(at != STR_NPOS && str_find(str_from(buf_str(&f.log), at + 1), STR("state=blocked")) == STR_NPOS, "said once");
	tear_down(&f);
}

/* A message that names so much that questions are left out, or comes too late for any, says nothing
 * about the lists. */
static void
test_unasked(void)
{
	struct fixture f;
	struct log log;

	set_up(&f, &log);
	f.dns_conf.phase_ms = 10000;
	open_lists(&f, &log);
	test_str(look(&f, f.pool, STR("192.0.2.7"), DNSBL_CLIENT), STR("ip.test:BAD"), "the list answers");
	for (int late = 0; late < 2; late++) {
		struct dns_batch *b = dns_batch_new(f.dns, f.pool, clock_mono_ms() + (late ? -1 : 5000));
		struct dnsbl_hit hit[DNSBL_HITS];

		for (int i = 0; i < DNS_BATCH_QUESTIONS && !late; i++)
			(void)dns_get(b, DNS_A, pool_printf(f.pool, "%d.full.example", i));
		for (int i = 0; i < 20; i++) {
			struct dnsbl_item item = { pool_printf(f.pool, "192.0.%d.%d", 4 + late, i), DNSBL_AS(DNSBL_CLIENT), 0 };

			test_int((int64_t)dnsbl_look(f.lists, b, f.pool, &item, hit), 0, "not asked is no hit");
		}
		dns_batch_free(&b);
		test_ok(state_is(&f, "ip.test", "ok"), late ? "too late says nothing about a list" : "nor does too much");
	}
	tear_down(&f);
}

/* dns.enable = no is the operator's will, not a fault of the lists. */
static void
test_off(void)
{
	struct fixture f;
	struct log log;

	set_up(&f, &log);
	dns_free(&f.dns);
	f.dns_conf.enable = false;
	must(dns_new(&f.dns_conf, (struct log_ctx){ &log, "-" }, &f.dns, &f.why), &f.why);
	open_lists(&f, &log);
	test_str(look(&f, f.pool, STR("192.0.2.7"), DNSBL_CLIENT), STR(""), "without DNS no list knows anything");
	dnsbl_close(&f.lists);			/* its thread has ended then */
	test_ok(str_find(buf_str(&f.log), STR("silent")) == STR_NPOS, "and none is blamed for it");
	tear_down(&f);
}

static void
test_silent(void)
{
	struct fixture f;
	struct log log;
	unsigned asked;

	set_up(&f, &log);
	f.dns_conf.phase_ms = 10000;		/* the resolver does not count as dead: the list alone is */
	open_lists(&f, &log);
	test_str(look(&f, f.pool, STR("192.0.2.7"), DNSBL_CLIENT), STR("ip.test:BAD"), "the list answers");
	for (int i = 0; i < 11; i++) {
		struct str addr = pool_printf(f.pool, "192.0.3.%d", i);
		struct dns_batch *b = dns_batch_new(f.dns, f.pool, clock_mono_ms() + 30);
		struct dnsbl_item item = { addr, DNSBL_AS(DNSBL_CLIENT), 0 };
		struct dnsbl_hit hit[DNSBL_HITS];

		dnsbl_want(f.lists, b, f.pool, &item);
		test_int((int64_t)dnsbl_look(f.lists, b, f.pool, &item, hit), 0, "no answer is no hit");
		dns_batch_free(&b);
	}
	test_ok(state_is(&f, "ip.test", "silent"), "a list without answers is left alone");
	asked = zone_asked(f.zone, "50.2.0.192.ip.test", "A");
	test_str(look(&f, f.pool, STR("192.0.2.50"), DNSBL_CLIENT), STR(""), "for a minute");
	test_int(zone_asked(f.zone, "50.2.0.192.ip.test", "A"), asked, "it is not asked");
	tear_down(&f);
}

/* A list that went wrong: its test says so, whatever it answers. */
static void
test_gone_wrong(void)
{
	struct fixture f;
	struct log log;

	set_up(&f, &log);
	must(zone_load(f.zone, "*.ip.test A 127.0.0.2\n", &f.why), &f.why);
	open_lists(&f, &log);
	test_str(look(&f, f.pool, STR("192.0.2.7"), DNSBL_CLIENT), STR(""), "a list that has everybody");
	test_ok(state_is(&f, "ip.test", "failed"), "fails its test");
	tear_down(&f);
	set_up(&f, &log);
	must(zone_load(f.zone, "7.2.0.192.ip.test A 127.0.0.2\n", &f.why), &f.why);
	open_lists(&f, &log);
	test_str(look(&f, f.pool, STR("192.0.2.7"), DNSBL_CLIENT), STR(""), "a list without its test entry");
	test_ok(state_is(&f, "ip.test", "failed"), "fails too");
	tear_down(&f);
	set_up(&f, &log);
	must(zone_load(f.zone, "7.2.0.192.ip.test A 127.0.0.2\n*.ip.test A 203.0.113.9\n", &f.why), &f.why);
	open_lists(&f, &log);
	test_str(look(&f, f.pool, STR("192.0.2.7"), DNSBL_CLIENT), STR(""), "a zone that was sold");
	test_ok(state_is(&f, "ip.test", "failed"), "fails too");
	tear_down(&f);
	set_up(&f, &log);
	zone_mute(f.zone, true);
	open_lists(&f, &log);
	test_str(look(&f, f.pool, STR("192.0.2.7"), DNSBL_CLIENT), STR(""), "no answer to the test");
	test_ok(state_is(&f, "ip.test", "silent"), "is no failure");
	zone_mute(f.zone, false);
	tear_down(&f);
}

static void
test_options(void)
{
	struct fixture f;
	struct log log;

	set_up(&f, &log);
	f.enable[0] = STR("off.test");
	f.enable[1] = STR("keyed.test");
	f.conf.enable.n = 2;
	f.keys[0] = STR("keyed.test=secret");
	f.conf.keys.n = 1;
	open_lists(&f, &log);
	test_str(look(&f, f.pool, STR("192.0.2.7"), DNSBL_CLIENT), STR("ip.test:BAD off.test:OFF keyed.test:KEYED"),
	    "lists that the operator enables, one with a key");
	test_ok(zone_asked(f.zone, "7.2.0.192.secret.dq.test", "A") == 1, "the key is in the question");
	test_ok(!logged(&f, "secret"), "and not in the log");
	f.conf.disable = (struct opt_list){ &f.enable[0], 1 };
	test_int(dnsbl_reload(f.lists, &f.conf, &f.why), RC_OK, "reload");
	test_str(look(&f, f.pool, STR("192.0.2.7"), DNSBL_CLIENT), STR("ip.test:BAD keyed.test:KEYED"), "one is disabled");
	f.conf.keys.n = 0;
	test_int(dnsbl_reload(f.lists, &f.conf, &f.why), RC_BAD, "a list without the key that it needs");
	test_ok(str_find(buf_str(&f.why), STR("keyed.test")) != STR_NPOS, "is named");
	test_str(look(&f, f.pool, STR("192.0.2.7"), DNSBL_CLIENT), STR("ip.test:BAD keyed.test:KEYED"),
	    "the lists stay as they were");
	tear_down(&f);
}

/* What a stranger's mailbox is called does not leave this machine. */
static void
test_hashes(void)
{
	struct fixture f;
	struct log log;
	unsigned char digest[HASH_SHA1_BYTES];
	char hex[2 * HASH_SHA1_BYTES + 1];

	hash_sha1(STR("joe@fraud.example"), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	set_up(&f, &log);
	must(zone_load(f.zone, pool_printf(f.pool, "%s.mailbox.test A 127.0.0.2\n", hex).p, &f.why), &f.why);
	open_lists(&f, &log);
	test_str(look(&f, f.pool, STR("Joe@Fraud.example"), DNSBL_ADDRESS), STR("mailbox.test:FRAUD"), "a mailbox");
	test_str(look(&f, f.pool, STR("jim@fraud.example"), DNSBL_ADDRESS), STR(""), "another");
	test_str(look(&f, f.pool, STR("@fraud.example"), DNSBL_ADDRESS), STR(""), "none");
	test_int(zone_asked(f.zone, pool_printf(f.pool, "%s.mailbox.test", hex).p, "A"), 1, "asked by its hash");
	tear_down(&f);
}

static void
test_names(void)
{
	static const struct {
		enum dnsbl_kind kind;
		enum dnsbl_use use;
		bool registered;
		struct str what, want;
	} cases[] = {
		{ DNSBL_KIND_IP, DNSBL_CLIENT, false, STR("192.0.2.1"), STR("1.2.0.192.z.test ") },
		{ DNSBL_KIND_IP, DNSBL_CLIENT, false, STR("::ffff:192.0.2.1"), STR("1.2.0.192.z.test ") },
		{ DNSBL_KIND_IP, DNSBL_CLIENT, false, STR("2001:db8::1"),
		  STR("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.z.test ") },
		{ DNSBL_KIND_IP, DNSBL_CLIENT, false, STR("10.0.0.1"), STR("") },
		{ DNSBL_KIND_IP, DNSBL_CLIENT, false, STR("172.31.255.1"), STR("") },
		{ DNSBL_KIND_IP, DNSBL_CLIENT, false, STR("172.32.0.1"), STR("1.0.32.172.z.test ") },
		{ DNSBL_KIND_IP, DNSBL_CLIENT, false, STR("127.0.0.1"), STR("") },
		{ DNSBL_KIND_IP, DNSBL_CLIENT, false, STR("::ffff:127.0.0.1"), STR("") },
		{ DNSBL_KIND_IP, DNSBL_CLIENT, false, STR("fe80::1"), STR("") },
		{ DNSBL_KIND_IP, DNSBL_CLIENT, false, STR("::1"), STR("") },
		{ DNSBL_KIND_IP, DNSBL_CLIENT, false, STR("unknown"), STR("") },
		{ DNSBL_KIND_IP, DNSBL_HELO, false, STR("192.0.2.1"), STR("") },
		{ DNSBL_KIND_DOMAIN, DNSBL_HELO, false, STR("Mail.Example.COM."), STR("mail.example.com.z.test ") },
		{ DNSBL_KIND_DOMAIN, DNSBL_HELO, true, STR("a.b.example.co.uk"), STR("example.co.uk.z.test ") },
		{ DNSBL_KIND_DOMAIN, DNSBL_HELO, true, STR("co.uk"), STR("") },
		{ DNSBL_KIND_DOMAIN, DNSBL_HELO, true, STR("mail.user.github.io"), STR("user.github.io.z.test ") },
		{ DNSBL_KIND_DOMAIN, DNSBL_HELO, true, STR("example.com"), STR("example.com.z.test ") },
		{ DNSBL_KIND_DOMAIN, DNSBL_HELO, false, STR("localhost"), STR("") },
		{ DNSBL_KIND_DOMAIN, DNSBL_HELO, false, STR("192.0.2.1"), STR("") },
		{ DNSBL_KIND_DOMAIN, DNSBL_HELO, false, STR("[192.0.2.1]"), STR("") },
		{ DNSBL_KIND_DOMAIN, DNSBL_HELO, false, STR("a b.example"), STR("") },
		{ DNSBL_KIND_DOMAIN, DNSBL_HELO, false, STR("a@b.example"), STR("") },
		{ DNSBL_KIND_DOMAIN, DNSBL_HELO, false, STR(""), STR("") },
		{ DNSBL_KIND_DOMAIN, DNSBL_HELO, false, STR("."), STR("") },
		{ DNSBL_KIND_FILE, DNSBL_FILE, false, STR("short"), STR("") },
		{ DNSBL_KIND_FILE, DNSBL_FILE, false, STR("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\377"),
		  STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaad7q.z.test ") },
		{ DNSBL_KIND_ADDRESS, DNSBL_ADDRESS, false, STR("A@B"),
		  STR("d0338b23241f124f2c83fa6f5821920039bf85db.z.test ") },
	};
	struct suffixes *suffixes = suffixes_new();
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dnsbl_list l = { .zone = STR("z.test"), .kind = cases[i].kind, .uses = DNSBL_AS(cases[i].use),
		    .ipv4 = true, .ipv6 = true, .suffixes = cases[i].registered ? suffixes : NULL };
		struct dnsbl_item item = { cases[i].what, DNSBL_AS(cases[i].use), 0 };
		struct str name[DNSBL_NAMES];
		struct buf got;
		size_t n;

		if (cases[i].use == DNSBL_HELO && cases[i].kind == DNSBL_KIND_IP)
			l.uses = DNSBL_AS(DNSBL_CLIENT);
		buf_init(&got, 1024);
		n = dnsbl_names(pool, &l, &item, name);
		for (size_t k = 0; k < n; k++)
			buf_printf(&got, "%.*s ", STR_ARG(name[k]));
		test_str(buf_str(&got), cases[i].want, dnsbl_use_name(cases[i].use));
		item.before = item.uses;
		test_int((int64_t)dnsbl_names(pool, &l, &item, name), 0, "not again in a later phase");
		buf_clear(&got);
	}
	suffixes_free(&suffixes);
	pool_free(&pool);
}

/* Every error at once, each with its line. */
static void
test_errors(void)
{
	static const char bad[] =
		"kind = ip\n"
		"list = one.test\n"
		"kind = ipp\n"
		"code = 127.0.0.2 reputation 5.0\n"
		"code = 126.0.0.2 reputation 5.0 A\n"
		"code = 127.0.0.9-3 reputation 5.0 A\n"
		"code = 127.0.0.2 reputatoin 5.0 A\n"
		"code = 127.0.0.2 reputation many A\n"
		"bit = 3 reputation 5.0 A\n"
		"weigth = 2\n"
		"list = noname\n"
		"list = two.test\n"
		"kind = domain\n"
		"uses = helo client\n"
		"key = required\n"
		"list = two.test\n"
		"list = three.test\n"
		"kind = domain\n"
		"allow = yes\n"
		"uses = helo\n"
		"code = 127.0.0.2 reputation 5.0 A\n";
	static const char *const wants[] = {
		":1: kind: before the first list", ":3: kind: unknown word 'ipp'; did you mean 'ip'?",
		":4: code: wanted: code, class, points, label", ":5: code: no code such as", ":6: code: no code such as",
		":7: code: unknown class 'reputatoin'", ":8: code: no points from 0 to 100: 'many'", ":9: bit: no bit",
		":10: weigth: unknown key; did you mean 'weight'?", ":11: list: no name of a zone: 'noname'",
		":2: list: one.test: no kind", ":12: list: two.test: no code that counts",
		":12: list: two.test: uses that do not fit", ":12: list: two.test: keyed_zone must say",
		":16: list: twice in this file: 'two.test'", ":17: list: three.test: a list of the good can only",
		"configuration: dnsbl.enable: unknown list 'three.tset'; did you mean 'three.test'?",
		"configuration: dnsbl.keys: unknown list 'nine.test'",
	};
	struct fixture f;
	struct log log;

	set_up(&f, &log);
	write_table(&f, bad);
	f.enable[0] = STR("three.tset");
	f.conf.enable.n = 1;
	f.keys[0] = STR("nine.test=secret");
	f.conf.keys.n = 1;
	test_int(dnsbl_try(&f.conf, &f.why), RC_BAD, "a table with errors");
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
		if (!test_ok(str_find(buf_str(&f.why), str_of(wants[i])) != STR_NPOS, wants[i]))
			test_show("got", buf_str(&f.why));
	test_ok(str_find(buf_str(&f.why), STR("secret")) == STR_NPOS, "no key in an error");
	f.file = STR("/nonexistent/lists.conf");
	buf_reset(&f.why);
	test_int(dnsbl_try(&f.conf, &f.why), RC_BAD, "a table that is not there");
	tear_down(&f);
}

/* The table that is shipped, with all of it enabled. */
static void
test_shipped(void)
{
	struct str file = STR("rules/lists/dns_lists.conf"), enable[DNSBL_LISTS], keys[DNSBL_LISTS];
	struct dnsbl_conf conf = { .files = { &file, 1 }, .block_ms = 1000 };
	struct pool *pool = pool_new(0);
	struct dnsbl_lists *lists = NULL;
	struct buf why;
	size_t n_keys = 0, n = 0;

	buf_init(&why, 65536);
	must(dnsbl_lists_read(&conf, &lists, &why), &why);
	test_ok(lists->known > 10 && lists->list.n > 0, "the table that is shipped");
	for (size_t i = 0; i < lists->list.n; i++)
		test_int(dnsbl_list_at(lists, i)->key, 0, "nothing that wants a key is enabled");
	dnsbl_lists_free(&lists);
	enable[n++] = STR("zen.spamhaus.org");
	enable[n++] = STR("zrd.spamhaus.org");
	enable[n++] = STR("_file.hbl.spamhaus.org");
	for (; n_keys < n; n_keys++)
		keys[n_keys] = pool_printf(pool, "%.*s=abc", STR_ARG(enable[n_keys]));
	conf.enable = (struct opt_list){ enable, n };
	conf.keys = (struct opt_list){ keys, n_keys };
	must(dnsbl_lists_read(&conf, &lists, &why), &why);
	for (size_t i = 0; i < lists->list.n; i++)
		if (str_eq(dnsbl_list_at(lists, i)->name, STR("_file.hbl.spamhaus.org")))
			test_str(dnsbl_list_at(lists, i)->zone, STR("_file.abc.hbl.dq.spamhaus.net"), "with its key");
	dnsbl_lists_free(&lists);
	buf_clear(&why);
	pool_free(&pool);
}

struct reader {
	struct fixture *f;
	pthread_t thread;
	unsigned right;
};

static void *
read_on(void *arg)
{
	struct reader *r = arg;

	for (int i = 0; i < 100; i++) {
		struct pool *pool = pool_new(0);

		r->right += str_eq(look(r->f, pool, STR("192.0.2.7"), DNSBL_CLIENT), STR("ip.test:BAD"));
		pool_free(&pool);
	}
	return NULL;
}

/* Connections go on while the table is read again. */
static void
test_reload(void)
{
	struct reader readers[4];
	struct fixture f;
	struct log log;

	set_up(&f, &log);
	open_lists(&f, &log);
	for (int i = 0; i < 4; i++) {
		readers[i] = (struct reader){ .f = &f };
		if (pthread_create(&readers[i].thread, NULL, read_on, &readers[i]) != 0)
			exit(1);
	}
	for (int i = 0; i < 10; i++) {
		test_int(dnsbl_reload(f.lists, &f.conf, &f.why), RC_OK, "a reload under way");
		pause_ms(5);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(readers[i].thread, NULL);
		test_int(readers[i].right, 100, "every connection got its answer");
	}
	tear_down(&f);
}

int
main(void)
{
	test_names();
	test_errors();
	test_shipped();
	test_start();
	test_blocked();
	test_refusing();
	test_unasked();
	test_off();
	test_silent();
	test_gone_wrong();
	test_options();
	test_hashes();
	test_reload();
	return test_done();
}
