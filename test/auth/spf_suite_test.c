/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/auth/spf.c by the published suites of RFC 7208 and RFC 4408, each case through real
 * DNS packets.
 *
 * As the suites ask for: records of the withdrawn type SPF are served as TXT where a name has no
 * TXT of its own ("TXT: NONE" stands for one that has none); TIMEOUT is the answer to every type
 * that a name does not have. */
#include "test.h"

#include "net/dns_fixture.h"
#include "auth/spf.h"
#include "auth/yaml.h"
#include "message/mail.h"

#define SUITE "/suites/sdgathman+pyspf/test/"

enum { ZONE_TEXT = 1024 * 1024, PATIENCE_MS = 10000, TIMEOUT_MS = 700, STRING_MAX = 255 };

static const char *const types[] = { "A", "AAAA", "MX", "PTR", "TXT" };

/* Names may hold what zone text gives a meaning. */
static void
put_name(struct buf *zone, struct str name)
{
	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (ascii_is_alnum(c) || str_chr(STR("-._"), (char)c) != STR_NPOS)
			buf_addc(zone, (char)c);
		else
			buf_printf(zone, "\\%03u", c);
	}
	if (name.n == 0)
		buf_addc(zone, '.');
}

static void
put_string(struct buf *zone, struct str s)
{
	do {
		struct str piece = str_upto(s, STRING_MAX);

		buf_adds(zone, " \"");
		for (size_t i = 0; i < piece.n; i++) {
			unsigned char c = (unsigned char)piece.p[i];

			if (ascii_is_print(c) && c != '"' && c != '\\')
				buf_addc(zone, (char)c);
			else
				buf_printf(zone, "\\%03u", c);
		}
		buf_addc(zone, '"');
		s = str_from(s, piece.n);
	} while (s.n);
}

static void
put_record(struct buf *zone, struct str name, const char *type, const struct yaml *value)
{
	put_name(zone, name);
	buf_printf(zone, " %s", type);
	if (strcmp(type, "TXT") == 0 && value->kind == YAML_LIST) {
		for (const struct yaml *s = value->child; s; s = s->next)
			put_string(zone, s->text);
		if (!value->child)
			put_string(zone, STR_NONE);
	} else if (strcmp(type, "TXT") == 0) {
		put_string(zone, value->text);
	} else if (strcmp(type, "MX") == 0) {
		buf_printf(zone, " %.*s ", STR_ARG(value->child->text));
		put_name(zone, value->child->next->text);
	} else {
		buf_addc(zone, ' ');
		put_name(zone, value->text);
	}
	buf_addc(zone, '\n');
}

static const struct yaml *
record_of(const struct yaml *item, const char *type)
{
	return item->kind == YAML_MAP ? yaml_get(item, type) : NULL;
}

static bool
has(const struct yaml *name, const char *type)
{
	for (const struct yaml *item = name->child; item; item = item->next)
		if (record_of(item, type))
			return true;
	return false;
}

static void
put_addresses(struct buf *zone, const struct yaml *name, const char *type)
{
	for (const struct yaml *item = name->child; item; item = item->next)
		if (record_of(item, type)) {
			put_name(zone, name->key);
			buf_printf(zone, " %s %.*s\n", type, STR_ARG(record_of(item, type)->text));
		}
}

/* What a name has of one type; false when it has nothing. */
static bool
put_type(struct buf *zone, const struct yaml *name, const char *type)
{
	const char *from = strcmp(type, "TXT") == 0 && !has(name, "TXT") ? "SPF" : type;
	size_t before = zone->n;

	if (strcmp(type, "A") == 0 || strcmp(type, "AAAA") == 0)
		put_addresses(zone, name, type);
	else
		for (const struct yaml *item = name->child; item; item = item->next) {
			const struct yaml *value = record_of(item, from);

			if (value && !str_eq(value->text, STR("NONE")))
				put_record(zone, name->key, type, value);
		}
	return zone->n > before;
}

static void
put_zone(struct buf *zone, const struct yaml *zonedata)
{
	for (const struct yaml *name = zonedata->child; name; name = name->next) {
		bool timeout = false;
		const struct yaml *item;

		for (item = name->child; item; item = item->next) {
			timeout |= item->kind == YAML_SCALAR && str_eq(item->text, STR("TIMEOUT"));
			if (record_of(item, "CNAME"))
				put_record(zone, name->key, "CNAME", record_of(item, "CNAME"));
		}
		for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
			if (put_type(zone, name, types[i]) || !timeout)
				continue;
			put_name(zone, name->key);
			buf_printf(zone, " !timeout %s\n", types[i]);
		}
	}
}

static bool
is_among(const struct yaml *want, struct str got)
{
	for (const struct yaml *w = want->child; w; w = w->next)
		if (str_eq(w->text, got))
			return true;
	return want->kind == YAML_SCALAR && str_eq(want->text, got);
}

static bool
one(struct dns_fixture *f, const struct yaml *t, bool slow)
{
	struct pool *pool = pool_new(0);
	struct spf_query q = { .helo = yaml_text(yaml_get(t, "helo")), .sender = yaml_text(yaml_get(t, "mailfrom")),
	    .now_sec = 1700000000 };
	struct dns_batch *dns = dns_batch_new(f->dns, pool, clock_mono_ms() + (slow ? TIMEOUT_MS : PATIENCE_MS));
	const struct yaml *text = yaml_get(t, "explanation");
	struct str want_text = str_eq(yaml_text(text), STR("DEFAULT")) ? STR_NONE : yaml_text(text), result;
	struct auth_spf got;
	bool ok;

	ok = ip_parse(yaml_text(yaml_get(t, "host")), &q.ip);
	spf_want(dns, pool, &q, SPF_MAIL);
	got = spf_check(dns, pool, &q, SPF_MAIL);
	result = str_of(auth_result_name(got.result));
	ok &= is_among(yaml_get(t, "result"), result) && (!text || str_eq(got.text, want_text));
	if (!test_ok(ok, pool_cstr(pool, t->key))) {
		test_show("got ", pool_printf(pool, "%.*s, %.*s", STR_ARG(result), STR_ARG(got.why)));
		test_show("text", got.text);
		test_show("want", yaml_text(yaml_get(t, "result")));
	}
	dns_batch_free(&dns);
	pool_free(&pool);
	return ok;
}

/* Servers that are silent are only waited for where that is what a case is about. */
static bool
is_slow(const struct yaml *t)
{
	return is_among(yaml_get(t, "result"), STR("temperror")) || str_eq(t->key, STR("exp-dns-error"));
}

static void
scenario(const struct yaml *doc, unsigned *passed, unsigned *all)
{
	struct dns_fixture f;
	struct buf zone;

	buf_init(&zone, ZONE_TEXT);
	put_zone(&zone, yaml_get(doc, "zonedata"));
	dns_fixture_open(&f, buf_cstr(&zone));
	for (const struct yaml *t = yaml_get(doc, "tests")->child; t; t = t->next) {
		*passed += one(&f, t, is_slow(t));
		++*all;
	}
	dns_fixture_close(&f);
	buf_clear(&zone);
}

static void
suite(const struct corpus *c, const char *file, unsigned want)
{
	struct pool *pool = pool_new(0);
	struct buf text;
	char path[400], name[100];
	unsigned passed = 0, all = 0;

	buf_init(&text, ZONE_TEXT);
	snprintf(path, sizeof(path), "%s" SUITE "%s", c->folder, file);
	test_ok(mail_read(path, &text), file);
	for (const struct yaml *doc = yaml_read(pool, buf_str(&text)); doc; doc = doc->next)
		scenario(doc, &passed, &all);
	snprintf(name, sizeof(name), "%s: %u of %u", file, passed, all);
	test_ok(passed == all && all == want, name);
	buf_clear(&text);
	pool_free(&pool);
}

int
main(void)
{
	struct corpus c;

	if (!corpus_open(&c, "suites-auth-url.tar.zst")) {
		test_skip("SPF suites", "SEKIMORI_CORPUS does not have them");
		return test_done();
	}
	suite(&c, "rfc7208-tests.yml", 203);
	suite(&c, "rfc4408-tests.yml", 191);
	corpus_close(&c);
	return test_done();
}
