/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Links of digests, who gets them, when, and what a digest says of hostile mail.
 * covers: lib/response/act.c lib/response/digest_opts.c lib/jobs/digest_state.c */
#include "response/digest.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "click/folder.h"
#include "conf/conf.h"
#include "jobs/digest_state.h"
#include "response/digest_opts.h"
#include "test.h"

#define NOW_S 1800000000LL
#define ID "01hzzzzzzz0123456789"

static struct keyring *ring;
static struct pool *pool;
static struct str dir;

static struct keyring *
other_ring(enum keyring_use use, const char *where)
{
	struct keyring *out = NULL;
	struct buf why;

	buf_init(&why, 1024);
	test_int(keyring_ensure(keyring_of(str_of(where), use), NOW_S, &out, &why), RC_OK, "keys");
	buf_clear(&why);
	return out;
}

static struct str
token(const struct keyring *keys, const struct act *a)
{
	struct str out = STR_NONE;
	struct buf text;

	buf_init(&text, ACT_CHARS + 8);
	if (act_make(keys, a, &text) == RC_OK)
		out = pool_str(pool, buf_str(&text));
	buf_clear(&text);
	return out;
}

static void
tokens(void)
{
	const struct act a = { .id = STR(ID), .number = 300, .expiry_s = NOW_S + 60, .person = STR("anna@example.com") };
	struct act got, wrong = a;
	struct str good = token(ring, &a);
	struct keyring *passes = other_ring(KEYRING_PASS, pool_cstr(pool, dir));
	char text[1024];
	size_t opened = 0;
	struct buf out;

	test_int(act_read(ring, pool, good, NOW_S, &got), RC_OK, "a token is read");
	test_ok(got.number == 300 && got.expiry_s == NOW_S + 60, "recipient and time");
	test_str(got.id, STR(ID), "record");
	test_str(got.person, STR("anna@example.com"), "person");
	test_int(act_read(ring, pool, good, NOW_S + 61, &got), RC_LIMIT, "expired");
	test_int(act_read(passes, pool, good, NOW_S, &got) == RC_OK, 0, "with keys of something else");
	test_int(act_read(ring, pool, token(passes, &a), NOW_S, &got) == RC_OK, 0, "sealed with keys of something else");
	snprintf(text, sizeof(text), "%.*s", STR_ARG(good));
	for (size_t i = 0; i < good.n; i++) {
		char was = text[i];

		text[i] = was == 'A' ? 'B' : 'A';
		opened += act_read(ring, pool, str_of(text), NOW_S, &got) == RC_OK;
		text[i] = was;
		opened += act_read(ring, pool, str_upto(good, i), NOW_S, &got) == RC_OK;
	}
	test_int((int64_t)opened, 0, "no character can be another, or be missing");
	wrong.person = STR("bert@example.com");
	test_ok(!str_eq(token(ring, &wrong), good), "another person has another token");
	wrong = a;
	wrong.number = 0;
	buf_init(&out, 1024);
	test_int(act_make(ring, &wrong, &out), RC_BAD, "not for all recipients");
	wrong.number = 1;
	wrong.id = STR("x");
	test_int(act_make(ring, &wrong, &out), RC_BAD, "no id");
	buf_clear(&out);
	keyring_close(&passes);
}

static const struct digest_item items[] = {
	{ .id = STR(ID), .number = 1, .time_ms = NOW_S * 1000, .expires_ms = NOW_S * 1000 + 86400000, .kind = QUARANTINE_SPAM,
	  .from = STR("\"<b>x</b>\" <a@x.test>"), .subject = STR("<script>alert(1)</script>\r\n\xe2\x80\xae" "evil & more"),
	  .rcpt = STR("anna@example.com"), .verdict = STR("spam"), .can_release = true },
	{ .id = STR(ID), .number = 2, .time_ms = NOW_S * 1000, .expires_ms = NOW_S * 1000 + 86400000, .kind = QUARANTINE_POLICY,
	  .from = STR("\xff"), .rcpt = STR("info@example.com"), .verdict = STR("phishing") },
};

static void
texts(const char *language)
{
	struct lang lang = lang_choose(str_of(language));
	const struct digest d = { .person = STR("Anna@example.com"), .site = STR("Corp & Co"), .url = STR("https://x.test/l"),
	    .lang = &lang, .keys = ring, .item = items, .n = 2, .more = 3 };
	struct buf subject, text, html;
	size_t spam, policy;

	buf_init(&subject, 1024);
	buf_init(&text, DIGEST_BYTES);
	buf_init(&html, DIGEST_BYTES);
	test_int(digest_put(&d, &subject, &text, &html), RC_OK, language);
	test_ok(str_find(buf_str(&subject), STR("(5) - Corp & Co")) != STR_NPOS, "how many, and whose gate");
	test_ok(str_find(buf_str(&subject), lang_text(&lang, "Mail that was held for you")) == 0, "in their language");
	test_ok(str_find(buf_str(&html), STR("<script")) == STR_NPOS && str_find(buf_str(&html), STR("<b>")) == STR_NPOS,
	    "HTML of strangers is text");
	test_ok(str_find(buf_str(&html), STR("&lt;script&gt;alert(1)&lt;/script&gt;")) != STR_NPOS, "that can be read");
	test_ok(str_find(buf_str(&text), STR("\xe2\x80\xae")) == STR_NPOS && str_find(buf_str(&html), STR("\xe2\x80\xae")) ==
	    STR_NPOS && str_find(buf_str(&text), STR("\r")) == STR_NPOS, "nothing turns the writing, nor breaks a line");
	test_ok(str_find(buf_str(&html), STR("src=")) == STR_NPOS, "nothing is loaded");
	spam = str_find(buf_str(&text), lang_text(&lang, "Spam and bulk mail"));
	policy = str_find(buf_str(&text), lang_text(&lang, "Suspicious mail"));
	test_ok(spam != STR_NPOS && policy < spam, "by quarantine");
	test_ok(str_find(buf_str(&text), lang_text(&lang, "It looks like spam.")) != STR_NPOS, "why");
	test_ok(str_find(buf_str(&text), STR("info@example.com")) != STR_NPOS, "to whom, when it is somebody else");
	test_ok(str_find(buf_str(&text), STR("anna@example.com")) == STR_NPOS, "and not when it is oneself");
	test_ok(str_find(buf_str(&text), lang_text(&lang, "(no subject)")) != STR_NPOS, "without subject");
	test_ok(str_find(buf_str(&text), STR("https://x.test/l/q/")) != STR_NPOS, "links");
	buf_clear(&html);
	buf_init(&html, 2000);
	buf_reset(&subject);
	buf_reset(&text);
	test_int(digest_put(&d, &subject, &text, &html), RC_LIMIT, "more than there is room for");
	buf_clear(&subject);
	buf_clear(&text);
	buf_clear(&html);
}

static enum rc
conf_of(const char *lines, struct conf **out, struct buf *errors)
{
	static const struct opt_table *const tables[] = { &digest_table, NULL };

	buf_reset(errors);
	return conf_parse(str_of(lines), "test", tables, (struct conf_base){ .files = true }, out, errors);
}

static const struct {
	const char *address, *owner, *language;
	bool wanted;
} people[] = {
	{ "anna@example.com", "anna@example.com", "en", true },
	{ "ANNA@Example.com", "ANNA@Example.com", "en", true },
	{ "info@example.com", "desk@example.com", "en", true },
	{ "x@shop.example.com", "desk@example.com", "en", true },
	{ "x@example.jp", "x@example.jp", "ja", true },
	{ "hans@example.jp", "hans@example.jp", "en", true },
	{ "x@example.org", "x@example.org", "en", false },
	{ "only@example.org", "only@example.org", "en", true },
	{ "x@badexample.com", "x@badexample.com", "en", false },
	{ "nobody", "nobody", "en", false },
};

static void
options(void)
{
	char path[256], lines[1024];
	const struct digest_conf *c;
	struct conf *conf = NULL;
	struct buf errors;
	FILE *f;

	buf_init(&errors, 8192);
	snprintf(path, sizeof(path), "%.*s/map", STR_ARG(dir));
	f = fopen(path, "w");
	if (!f)
		abort();
	fputs("# boxes\ninfo@example.com\tdesk@example.com\n@shop.example.com  desk@example.com\n", f);
	fclose(f);
	snprintf(lines, sizeof(lines), "digest.every = day\ndigest.from = gate@example.com\ndigest.map = %s\n"
	    "digest.url = https://x.test/l/\ndigest.recipients = example.com, .example.com, example.jp, only@example.org\n"
	    "digest.languages = en, example.jp=ja, hans@example.jp=en\n", path);
	if (!test_int(conf_of(lines, &conf, &errors), RC_OK, "options"))
		printf("# %s\n", buf_cstr(&errors));
	if (conf) {
		c = conf_values(conf, &digest_table);
		test_str(c->url, STR("https://x.test/l"), "a URL without a slash at its end");
		for (size_t i = 0; i < sizeof(people) / sizeof(*people); i++) {
			struct str address = str_of(people[i].address);

			test_int(digest_wanted(c, address), people[i].wanted, people[i].address);
			test_str(digest_owner(c, address), str_of(people[i].owner), "whose it is");
			test_str(str_of(digest_language(c, address).name), str_of(people[i].language), "language");
		}
	}
	conf_put(&conf);
	test_int(conf_of("digest.every = day\n", &conf, &errors), RC_BAD, "without sender");
	test_int(conf_of("digest.from = a b\n", &conf, &errors), RC_BAD, "a sender that is none");
	test_int(conf_of("digest.url = javascript:x\n", &conf, &errors), RC_BAD, "a URL that is none");
	test_int(conf_of("digest.languages = tlh\n", &conf, &errors), RC_BAD, "a language that there is not");
	f = fopen(path, "w");
	if (!f)
		abort();
	fputs("info@example.com desk\nx y@z\n", f);
	fclose(f);
	snprintf(lines, sizeof(lines), "digest.map = %s\n", path);
	test_int(conf_of(lines, &conf, &errors), RC_BAD, "a map that is wrong");
	test_ok(strstr(buf_cstr(&errors), "map:1: ") && strstr(buf_cstr(&errors), "map:2: "), "every line is named");
	buf_clear(&errors);
}

static void
moments(void)
{
	static const struct {
		int every;
		int64_t now, want;
	} rows[] = {
		{ DIGEST_RUN, 1672653661, 1672653661 }, { DIGEST_HOURLY, 1672653661, 1672653600 },
		{ DIGEST_DAILY, 1672653600, 1672642800 },	/* Mon 2 Jan 2023 10:00 -> 07:00 */
		{ DIGEST_DAILY, 1672642800, 1672642800 }, { DIGEST_DAILY, 1672642799, 1672556400 },
		{ DIGEST_WEEKLY, 1672653600, 1672642800 }, { DIGEST_WEEKLY, 1672642799, 1672038000 },
		{ DIGEST_WEEKLY, 1672556400, 1672038000 },
	};

	setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct digest_conf c = { .every = rows[i].every, .hour = 7, .weekday = 1 };

		test_int(digest_moment(&c, rows[i].now * 1000) / 1000, rows[i].want, "when it was time");
	}
}

static void
state(void)
{
	struct digest_state s = { .person = STR("anna@example.com"), .last_ms = 5, .told = STR("\na.1\nb.2\n") }, got;
	struct digest_mail m = { .person = s.person, .made_ms = 7, .told = STR("\n"), .mail = STR("X: y\r\n\r\n\n\nbody") }, back;
	char path[DIGEST_NAME];

	test_int(digest_state_folder(dir, path), RC_OK, "folder");
	test_int(digest_state_get(dir, pool, s.person, &got), RC_NONE, "nobody was told of anything");
	test_int(digest_state_put(dir, pool, &s), RC_OK, "told");
	test_int(digest_state_get(dir, pool, STR("ANNA@example.com"), &got), RC_OK, "whatever the case");
	test_str(got.told, s.told, "of these");
	test_int(got.last_ms, 5, "then");
	test_int(digest_mail_put(dir, pool, &m), RC_OK, "a mail that is to be sent");
	digest_mail_path(dir, s.person, path);
	test_int(digest_mail_get(path, pool, &back), RC_OK, "is there");
	test_str(back.mail, m.mail, "byte for byte");
	test_str(back.told, m.told, "tells of nothing else");
	test_str(back.person, m.person, "to whom");
	test_ok(truncate(path, 19) == 0 && digest_mail_get(path, pool, &back) == RC_BAD, "a part of it is none");
}

int
main(void)
{
	pool = pool_new(0);
	dir = folder_make();
	ring = other_ring(KEYRING_DIGEST, folder_path);
	tokens();
	texts("en");
	texts("ja");
	options();
	moments();
	state();
	keyring_close(&ring);
	pool_free(&pool);
	return test_done();
}
