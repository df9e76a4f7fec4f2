/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/dnsbl_keys.h"

#include "conf/section.h"
#include "conf/value.h"

enum { OCTETS = 4 };

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

void
dnsbl_key_error(struct dnsbl_reading *r, const char *what, struct str word)
{
	section_error(&r->errors, r->line, what, word);
}

static int
word_of(struct dnsbl_reading *r, const char *const *words, struct str word)
{
	return section_word(&r->errors, r->line, section_names_of(words), word);
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
add_code(struct dnsbl_reading *r, const struct dnsbl_code *code)
{
	if (r->at->codes.n == DNSBL_CODES)
		dnsbl_key_error(r, "too many codes in", r->at->name);
	else
		*(struct dnsbl_code *)vec_push(r->pool, &r->at->codes, sizeof(*code)) = *code;
}

static bool
read_what(struct dnsbl_reading *r, bool bit, struct str word, struct dnsbl_code *code)
{
	if (bit ? read_bit(word, code) : read_pattern(word, code))
		return true;
	dnsbl_key_error(r, bit ? "no bit (1, 2, 4 ... 128):" : "no code such as 127.0.0.2 or 127.0.0.4-7:", word);
	return false;
}

/* code = 127.0.0.2 reputation 5.0 LABEL */
static void
take_meaning(struct dnsbl_reading *r, bool bit, struct str value)
{
	struct opt_list w = value_list(r->pool, value);
	struct dnsbl_code code = { .class = CLASS_INFO };
	int64_t score = 0;

	if (w.n != 4) {
		dnsbl_key_error(r, "wanted: code, class, points, label; got", value);
		return;
	}
	if (!read_what(r, bit, w.item[0], &code))
		return;
	if (!class_parse(w.item[1], &code.class)) {
		dnsbl_key_error(r, "unknown class", w.item[1]);
		return;
	}
	if (!value_score(w.item[2], &score) || score < 0 || score > 1000) {
		dnsbl_key_error(r, "no points from 0 to 100:", w.item[2]);
		return;
	}
	code.score = (int)score;
	code.label = w.item[3];
	add_code(r, &code);
}

static void
take_blocked(struct dnsbl_reading *r, bool bit, struct str value)
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
take_kind(struct dnsbl_reading *r, struct str v)
{
	int i = word_of(r, kind_words, v);

	if (i >= 0)
		r->at->kind = (enum dnsbl_kind)i;
}

static void
take_uses(struct dnsbl_reading *r, struct str v)
{
	struct opt_list w = value_list(r->pool, v);

	for (size_t i = 0; i < w.n; i++) {
		int use = word_of(r, use_words, w.item[i]);

		if (use >= 0)
			r->at->uses |= DNSBL_AS(use);
	}
}

static void
take_families(struct dnsbl_reading *r, struct str v)
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
take_yes(struct dnsbl_reading *r, struct str v, bool *field)
{
	int i = word_of(r, bool_words, v);

	if (i >= 0)
		*field = i == 1;
}

static void take_on(struct dnsbl_reading *r, struct str v) { take_yes(r, v, &r->at->on); }
static void take_allow(struct dnsbl_reading *r, struct str v) { take_yes(r, v, &r->at->allow); }
static void take_keyed(struct dnsbl_reading *r, struct str v) { r->at->keyed = v; }
static void take_code(struct dnsbl_reading *r, struct str v) { take_meaning(r, false, v); }
static void take_bit(struct dnsbl_reading *r, struct str v) { take_meaning(r, true, v); }
static void take_refused(struct dnsbl_reading *r, struct str v) { take_blocked(r, false, v); }
static void take_refused_bit(struct dnsbl_reading *r, struct str v) { take_blocked(r, true, v); }
static void take_test(struct dnsbl_reading *r, struct str v) { r->at->test = str_eq(v, STR("none")) ? STR_NONE : v; }
static void take_test_not(struct dnsbl_reading *r, struct str v) { r->at->test_not = str_eq(v, STR("none")) ? STR_NONE : v; }

static void
take_match(struct dnsbl_reading *r, struct str v)
{
	r->at->registered = word_of(r, match_words, v) == 1;
}

static void
take_key(struct dnsbl_reading *r, struct str v)
{
	int i = word_of(r, key_words, v);

	if (i >= 0)
		r->at->key = i;
}

static void
take_weight(struct dnsbl_reading *r, struct str v)
{
	if (!value_score(v, &r->at->weight) || r->at->weight < 0 || r->at->weight > 100) {
		dnsbl_key_error(r, "no factor from 0 to 10:", v);
		r->at->weight = DNSBL_WEIGHT;
	}
}

/* For people; said in the file, not needed here. */
static void
take_text(struct dnsbl_reading *r, struct str v)
{
	if (v.n == 0)
		dnsbl_key_error(r, "no text for", r->at->name);
}

static const struct {
	struct str key;
	void (*take)(struct dnsbl_reading *, struct str value);
} keys[] = {
	{ STR("kind"), take_kind }, { STR("uses"), take_uses }, { STR("families"), take_families },
	{ STR("match"), take_match }, { STR("allow"), take_allow }, { STR("enabled"), take_on },
	{ STR("key"), take_key }, { STR("keyed_zone"), take_keyed }, { STR("weight"), take_weight },
	{ STR("test"), take_test }, { STR("test_not"), take_test_not }, { STR("code"), take_code },
	{ STR("bit"), take_bit }, { STR("blocked"), take_refused }, { STR("blocked_bit"), take_refused_bit },
	{ STR("title"), take_text }, { STR("terms"), take_text },
};

/* `list` is read elsewhere, but may be what was meant. */
static struct str
name_of_key(const void *arg, size_t i)
{
	(void)arg;
	if (i == 0)
		return STR("list");
	return i <= sizeof(keys) / sizeof(keys[0]) ? keys[i - 1].key : STR_NONE;
}

void
dnsbl_key_take(struct dnsbl_reading *r)
{
	int i = section_key(&r->errors, r->line, (struct section_names){ name_of_key, NULL });

	if (i <= 0)
		return;
	if (r->at)
		keys[i - 1].take(r, r->line->value);
	else if (r->lists.n == 0)
		dnsbl_key_error(r, "before the first list:", r->line->value);
}
