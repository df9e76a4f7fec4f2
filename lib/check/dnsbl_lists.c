/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/dnsbl_lists.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "conf/source.h"
#include "conf/suggest.h"
#include "conf/value.h"
#include "net/dns.h"

enum { WEIGHT = 10, OCTETS = 4 };

struct reading {
	struct pool *pool;
	struct conf_errors errors;
	struct vec lists;		/* struct dnsbl_list of all files */
	struct dnsbl_list *at;		/* the list whose keys are read */
	const struct conf_line *line;
};

static const char *const kind_words[] = { "ip", "domain", "address-sha1", "file-sha256", NULL };
static const char *const key_words[] = { "none", "optional", "required", NULL };
static const char *const match_words[] = { "exact", "registered", NULL };
static const char *const bool_words[] = { "no", "yes", NULL };
static const char *const use_words[] = {
	[DNSBL_CLIENT] = "client", [DNSBL_HELO] = "helo", [DNSBL_PTR] = "ptr", [DNSBL_MAIL_FROM] = "mail_from",
	[DNSBL_FROM] = "from", [DNSBL_DKIM] = "dkim", [DNSBL_LINK] = "link", [DNSBL_ADDRESS] = "address",
	[DNSBL_FILE] = "file", NULL
};

const char *
dnsbl_use_name(enum dnsbl_use use)
{
	return use_words[use];
}

enum dnsbl_kind
dnsbl_kind_of(enum dnsbl_use use)
{
	switch (use) {
	case DNSBL_CLIENT:
		return DNSBL_KIND_IP;
	case DNSBL_HELO: case DNSBL_PTR: case DNSBL_MAIL_FROM: case DNSBL_FROM: case DNSBL_DKIM: case DNSBL_LINK:
		return DNSBL_KIND_DOMAIN;
	case DNSBL_ADDRESS:
		return DNSBL_KIND_ADDRESS;
	case DNSBL_FILE:
	case DNSBL_USES:
		return DNSBL_KIND_FILE;
	}
	return DNSBL_KIND_FILE;
}

static void
fail(struct reading *r, const char *what, struct str word)
{
	conf_errorf(&r->errors, r->line->file, r->line->line, r->line->key, "%s '%.*s'", what,
	    STR_ARG(str_upto(word, 80)));
}

/* Index of the word, or -1 with an error that names the nearest one. */
static int
word_of(struct reading *r, const char *const *words, struct str word)
{
	struct suggest near;
	struct buf b;

	suggest_init(&near, word);
	for (int i = 0; words[i]; i++) {
		if (str_eq(word, str_of(words[i])))
			return i;
		suggest_try(&near, str_of(words[i]));
	}
	buf_init(&b, 1024);
	buf_printf(&b, "unknown word '%.*s'", STR_ARG(str_upto(word, 80)));
	if (near.best.n) {
		suggest_write(&near, &b);
	} else {
		buf_adds(&b, "; possible:");
		for (int i = 0; words[i]; i++)
			buf_printf(&b, " %s", words[i]);
	}
	conf_error(&r->errors, r->line->file, r->line->line, r->line->key, buf_str(&b));
	buf_clear(&b);
	return -1;
}

/* ---- codes ---- */

/* "2", "2-11" or "*". */
static bool
read_octet(struct str s, unsigned char *low, unsigned char *high)
{
	size_t dash = str_chr(s, '-');
	uint64_t a, b;

	*low = 0;
	*high = 255;
	if (str_eq(s, STR("*")))
		return true;
	if (!str_to_u64(str_upto(s, dash), &a))
		return false;
	b = a;
	if (dash != STR_NPOS && !str_to_u64(str_from(s, dash + 1), &b))
		return false;
	if (a > b || b > 255)
		return false;
	*low = (unsigned char)a;
	*high = (unsigned char)b;
	return true;
}

/* RFC 5782 2.1: answers are in 127/8. Anything else is a wildcard of a domain seller. */
static bool
read_pattern(struct str s, struct dnsbl_code *out)
{
	struct str octet;
	size_t n = 0;

	while (str_next(&s, '.', &octet)) {
		if (n == OCTETS || !read_octet(octet, &out->low[n], &out->high[n]))
			return false;
		n++;
	}
	return n == OCTETS && out->low[0] == 127 && out->high[0] == 127;
}

static bool
read_bit(struct str s, struct dnsbl_code *out)
{
	static const struct dnsbl_code any = { .low = { 127, 0, 0, 0 }, .high = { 127, 0, 0, 255 } };
	uint64_t bit;

	if (!str_to_u64(s, &bit) || bit == 0 || bit > 128 || (bit & (bit - 1)) != 0)
		return false;
	*out = any;
	out->bit = (unsigned char)bit;
	return true;
}

static void
add_code(struct reading *r, const struct dnsbl_code *code)
{
	if (r->at->codes.n == DNSBL_CODES)
		fail(r, "too many codes in", r->at->name);
	else
		*(struct dnsbl_code *)vec_push(r->pool, &r->at->codes, sizeof(*code)) = *code;
}

static bool
read_what(struct reading *r, bool bit, struct str word, struct dnsbl_code *code)
{
	if (bit ? read_bit(word, code) : read_pattern(word, code))
		return true;
	fail(r, bit ? "no bit (1, 2, 4 ... 128):" : "no code such as 127.0.0.2 or 127.0.0.4-7:", word);
	return false;
}

/* code = 127.0.0.2 reputation 5.0 LABEL */
static void
take_meaning(struct reading *r, bool bit, struct str value)
{
	struct opt_list w = value_list(r->pool, value);
	struct dnsbl_code code = { .class = CLASS_INFO };
	int64_t score = 0;

	if (w.n != 4) {
		fail(r, "wanted: code, class, points, label; got", value);
		return;
	}
	if (!read_what(r, bit, w.item[0], &code))
		return;
	if (!class_parse(w.item[1], &code.class)) {
		fail(r, "unknown class", w.item[1]);
		return;
	}
	if (!value_score(w.item[2], &score) || score < 0 || score > 1000) {
		fail(r, "no points from 0 to 100:", w.item[2]);
		return;
	}
	code.score = (int)score;
	code.label = w.item[3];
	add_code(r, &code);
}

static void
take_blocked(struct reading *r, bool bit, struct str value)
{
	struct opt_list w = value_list(r->pool, value);

	for (size_t i = 0; i < w.n; i++) {
		struct dnsbl_code code = { .class = CLASS_INFO };

		if (!read_what(r, bit, w.item[i], &code))
			continue;
		code.blocked = true;
		add_code(r, &code);
	}
}

/* ---- keys ---- */

static void
take_kind(struct reading *r, struct str v)
{
	int i = word_of(r, kind_words, v);

	if (i >= 0)
		r->at->kind = (enum dnsbl_kind)i;
}

static void
take_uses(struct reading *r, struct str v)
{
	struct opt_list w = value_list(r->pool, v);

	for (size_t i = 0; i < w.n; i++) {
		int use = word_of(r, use_words, w.item[i]);

		if (use >= 0)
			r->at->uses |= DNSBL_AS(use);
	}
}

static void
take_families(struct reading *r, struct str v)
{
	static const char *const words[] = { "ipv4", "ipv6", NULL };
	struct opt_list w = value_list(r->pool, v);

	r->at->ipv4 = r->at->ipv6 = false;
	for (size_t i = 0; i < w.n; i++) {
		int family = word_of(r, words, w.item[i]);

		r->at->ipv4 |= family == 0;
		r->at->ipv6 |= family == 1;
	}
}

static void
take_yes(struct reading *r, struct str v, bool *field)
{
	int i = word_of(r, bool_words, v);

	if (i >= 0)
		*field = i == 1;
}

static void take_on(struct reading *r, struct str v) { take_yes(r, v, &r->at->on); }
static void take_allow(struct reading *r, struct str v) { take_yes(r, v, &r->at->allow); }
static void take_keyed(struct reading *r, struct str v) { r->at->keyed = v; }
static void take_code(struct reading *r, struct str v) { take_meaning(r, false, v); }
static void take_bit(struct reading *r, struct str v) { take_meaning(r, true, v); }
static void take_refused(struct reading *r, struct str v) { take_blocked(r, false, v); }
static void take_refused_bit(struct reading *r, struct str v) { take_blocked(r, true, v); }
static void take_test(struct reading *r, struct str v) { r->at->test = str_eq(v, STR("none")) ? STR_NONE : v; }
static void take_test_not(struct reading *r, struct str v) { r->at->test_not = str_eq(v, STR("none")) ? STR_NONE : v; }

static void
take_match(struct reading *r, struct str v)
{
	r->at->registered = word_of(r, match_words, v) == 1;
}

static void
take_key(struct reading *r, struct str v)
{
	int i = word_of(r, key_words, v);

	if (i >= 0)
		r->at->key = i;
}

static void
take_weight(struct reading *r, struct str v)
{
	if (!value_score(v, &r->at->weight) || r->at->weight < 0 || r->at->weight > 100) {
		fail(r, "no factor from 0 to 10:", v);
		r->at->weight = WEIGHT;
	}
}

/* For people; said in the file, not needed here. */
static void
take_text(struct reading *r, struct str v)
{
	if (v.n == 0)
		fail(r, "no text for", r->at->name);
}

static const struct {
	struct str key;
	void (*take)(struct reading *, struct str value);
} keys[] = {
	{ STR("kind"), take_kind }, { STR("uses"), take_uses }, { STR("families"), take_families },
	{ STR("match"), take_match }, { STR("allow"), take_allow }, { STR("enabled"), take_on },
	{ STR("key"), take_key }, { STR("keyed_zone"), take_keyed }, { STR("weight"), take_weight },
	{ STR("test"), take_test }, { STR("test_not"), take_test_not }, { STR("code"), take_code },
	{ STR("bit"), take_bit }, { STR("blocked"), take_refused }, { STR("blocked_bit"), take_refused_bit },
	{ STR("title"), take_text }, { STR("terms"), take_text },
};

static void
unknown_key(struct reading *r)
{
	struct suggest near;
	struct buf b;

	suggest_init(&near, r->line->key);
	suggest_try(&near, STR("list"));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		suggest_try(&near, keys[i].key);
	buf_init(&b, 1024);
	buf_adds(&b, "unknown key");
	suggest_write(&near, &b);
	conf_error(&r->errors, r->line->file, r->line->line, r->line->key, buf_str(&b));
	buf_clear(&b);
}

/* ---- lists ---- */

static bool
is_zone(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!ascii_is_alnum(c) && c != '-' && c != '_' && c != '.')
			return false;
	}
	return s.n > 0 && s.n <= 180 && str_chr(s, '.') != STR_NPOS;	/* room for what is asked */
}

static struct dnsbl_list *
find_list(const struct vec *lists, struct str name)
{
	struct dnsbl_list *l = lists->items;

	for (size_t i = 0; i < lists->n; i++)
		if (str_eq_nocase(l[i].name, name))
			return &l[i];
	return NULL;
}

/* A list begins: a new one, or in place of one of an earlier file. */
static void
begin_list(struct reading *r)
{
	struct str name = pool_lower(r->pool, r->line->value);
	struct dnsbl_list *l = find_list(&r->lists, name);

	r->at = NULL;
	if (!is_zone(name)) {
		fail(r, "no name of a zone:", name);
		return;
	}
	if (l && strcmp(l->file, r->line->file) == 0) {
		fail(r, "twice in this file:", name);
		return;
	}
	if (!l && r->lists.n == DNSBL_LISTS) {
		fail(r, "more lists than possible at", name);
		return;
	}
	if (!l)
		l = vec_push(r->pool, &r->lists, sizeof(*l));
	*l = (struct dnsbl_list){ .name = name, .zone = name, .kind = DNSBL_KIND_N, .ipv4 = true, .weight = WEIGHT,
	    .file = r->line->file, .line = r->line->line, .test = STR("?"), .test_not = STR("?") };
	r->at = l;
}

static void
take_line(struct reading *r)
{
	if (str_eq(r->line->key, STR("list"))) {
		begin_list(r);
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!str_eq(r->line->key, keys[i].key))
			continue;
		if (r->at)
			keys[i].take(r, r->line->value);
		else if (r->lists.n == 0)
			fail(r, "before the first list:", r->line->value);
		return;
	}
	unknown_key(r);
}

static void
list_error(struct reading *r, const struct dnsbl_list *l, const char *what)
{
	conf_errorf(&r->errors, l->file, l->line, STR("list"), "%.*s: %s", STR_ARG(l->name), what);
}

static bool
has_meaning(const struct dnsbl_list *l)
{
	const struct dnsbl_code *c = l->codes.items;

	for (size_t i = 0; i < l->codes.n; i++)
		if (!c[i].blocked)
			return true;
	return false;
}

/* RFC 5782 2.3, 5: every list has an entry to test it, and one that it never has. */
static void
default_tests(struct dnsbl_list *l)
{
	bool ip = l->kind == DNSBL_KIND_IP, domain = l->kind == DNSBL_KIND_DOMAIN;

	if (str_eq(l->test, STR("?")))
		l->test = ip ? STR("127.0.0.2") : domain ? STR("test") : STR_NONE;
	if (str_eq(l->test_not, STR("?")))
		l->test_not = ip ? STR("127.0.0.1") : domain ? STR("invalid") : STR_NONE;
}

static unsigned
uses_of_kind(enum dnsbl_kind kind)
{
	unsigned uses = 0;

	for (int use = 0; use < DNSBL_USES; use++)
		if (dnsbl_kind_of((enum dnsbl_use)use) == kind)
			uses |= DNSBL_AS(use);
	return uses;
}

/* What anybody can write says nothing good about who wrote it. */
static const unsigned proved = DNSBL_AS(DNSBL_CLIENT) | DNSBL_AS(DNSBL_PTR) | DNSBL_AS(DNSBL_DKIM);

static void
finish_uses(struct reading *r, struct dnsbl_list *l)
{
	unsigned fitting = uses_of_kind(l->kind);

	if (l->uses & ~fitting)
		list_error(r, l, "uses that do not fit its kind");
	if (l->allow && (l->uses & ~proved || !(fitting & proved)))
		list_error(r, l, "a list of the good can only be asked about what is proved: client, ptr, dkim");
	if (l->uses == 0)
		l->uses = l->allow ? fitting & proved : fitting;
}

static void
finish_list(struct reading *r, struct dnsbl_list *l)
{
	struct dnsbl_code *c = l->codes.items;

	if (l->kind == DNSBL_KIND_N) {
		list_error(r, l, "no kind");
		return;
	}
	if (!has_meaning(l))
		list_error(r, l, "no code that counts");
	if (l->key && str_find(l->keyed, STR("KEY")) == STR_NPOS)
		list_error(r, l, "keyed_zone must say where the KEY stands");
	finish_uses(r, l);
	default_tests(l);
	for (size_t i = 0; i < l->codes.n; i++) {
		c[i].score = (int)((c[i].score * l->weight + WEIGHT / 2) / WEIGHT);
		if (l->allow)
			c[i].score = -c[i].score;
	}
}

/* ---- options ---- */

static void
option_error(struct reading *r, const char *option, struct str word, const char *what)
{
	struct suggest near;
	struct buf b;
	const struct dnsbl_list *l = r->lists.items;

	suggest_init(&near, word);
	for (size_t i = 0; i < r->lists.n; i++)
		suggest_try(&near, l[i].name);
	buf_init(&b, 1024);
	buf_printf(&b, "%s '%.*s'", what, STR_ARG(str_upto(word, 80)));
	if (!find_list(&r->lists, word))
		suggest_write(&near, &b);
	conf_error(&r->errors, "configuration", 0, str_of(option), buf_str(&b));
	buf_clear(&b);
}

static void
switch_lists(struct reading *r, const char *option, const struct opt_list *names, bool on)
{
	for (size_t i = 0; i < names->n; i++) {
		struct dnsbl_list *l = find_list(&r->lists, names->item[i]);

		if (l)
			l->on = on;
		else
			option_error(r, option, names->item[i], "unknown list");
	}
}

/* The zone with the operator's key in the place of KEY. */
static void
apply_key(struct reading *r, struct str pair)
{
	size_t eq = str_chr(pair, '=');
	struct dnsbl_list *l = find_list(&r->lists, str_upto(pair, eq));
	struct str key = str_from(pair, eq + 1);
	size_t at;

	if (eq == STR_NPOS || !l || l->key == 0) {	/* errors are logged, so the key is not in them */
		option_error(r, "dnsbl.keys", eq == STR_NPOS ? STR("...") : str_upto(pair, eq),
		    eq == STR_NPOS ? "wanted: LIST=KEY; got" : !l ? "unknown list" : "takes no key:");
		return;
	}
	at = str_find(l->keyed, STR("KEY"));
	if (at == STR_NPOS)
		return;			/* an error of the table, noted there */
	l->zone = pool_printf(r->pool, "%.*s%.*s%.*s", STR_ARG(str_upto(l->keyed, at)), STR_ARG(key),
	    STR_ARG(str_from(l->keyed, at + 3)));
	if (!is_zone(l->zone))
		option_error(r, "dnsbl.keys", l->name, "characters that no name has in the key of");
	l->key = 0;
}

static void
apply_options(struct reading *r, const struct dnsbl_conf *conf)
{
	const struct dnsbl_list *l;

	switch_lists(r, "dnsbl.enable", &conf->enable, true);
	switch_lists(r, "dnsbl.disable", &conf->disable, false);
	for (size_t i = 0; i < conf->keys.n; i++)
		apply_key(r, conf->keys.item[i]);
	l = r->lists.items;
	for (size_t i = 0; i < r->lists.n; i++)
		if (l[i].on && l[i].key == 2)
			option_error(r, "dnsbl.keys", l[i].name, "needed to use");
}

static void
read_file(struct reading *r, struct str path)
{
	struct source s = { .pool = r->pool, .errors = &r->errors, .includes = true };
	const struct conf_line *line;

	if (source_file(&s, pool_cstr(r->pool, path)) == RC_NONE)
		conf_error(&r->errors, pool_cstr(r->pool, path), 0, STR("dnsbl.files"), STR("no such file"));
	r->at = NULL;
	line = s.lines.items;
	for (size_t i = 0; i < s.lines.n; i++) {
		r->line = &line[i];
		take_line(r);
	}
}

enum rc
dnsbl_lists_read(const struct dnsbl_conf *conf, struct dnsbl_lists **out, struct buf *errors)
{
	struct reading r = { .pool = pool_new(0), .errors = { errors, 0 } };
	struct dnsbl_lists *done = pool_alloc(r.pool, sizeof(*done));
	struct dnsbl_list *l;

	for (size_t i = 0; i < conf->files.n; i++)
		read_file(&r, conf->files.item[i]);
	l = r.lists.items;
	for (size_t i = 0; i < r.lists.n; i++)
		finish_list(&r, &l[i]);
	apply_options(&r, conf);
	if (r.errors.n) {
		pool_free(&r.pool);
		return RC_BAD;
	}
	done->pool = r.pool;
	done->known = r.lists.n;
	for (size_t i = 0; l && i < r.lists.n; i++)
		if (l[i].on)
			*(struct dnsbl_list *)vec_push(r.pool, &done->list, sizeof(*l)) = l[i];
	*out = done;
	return RC_OK;
}

void
dnsbl_lists_free(struct dnsbl_lists **lists)
{
	struct pool *pool = *lists ? (*lists)->pool : NULL;

	if (pool)
		pool_free(&pool);
	*lists = NULL;
}

const struct dnsbl_list *
dnsbl_list_at(const struct dnsbl_lists *lists, size_t i)
{
	return (const struct dnsbl_list *)lists->list.items + i;
}
