/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The conditions of recipient groups. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/hash.h"
#include "base/vec.h"
#include "policy/group_test.h"
#include "policy/rcpt_groups.h"
#include "recipient/table.h"

enum { HUNDRED = 100, SPACE = 2 * RECIPIENT_ADDRESS };

/* ---- names ---- */

static bool
is_domain(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!ascii_is_alnum(c) && c != '.' && c != '-' && c != '_' && c < 0x80)
			return false;
	}
	return s.n > 1;
}

static bool
is_address(struct str s)
{
	size_t at = str_rchr(s, '@');

	return at != STR_NPOS && at > 0 && is_domain(str_from(s, at + 1)) && s.p[at + 1] != '.';
}

static bool
parse_address(struct str word, struct group_value *v)
{
	v->text = word;
	return is_address(word);
}

static bool
parse_domain(struct str word, struct group_value *v)
{
	v->text = word;
	return is_domain(word);
}

/* An address holds with and without an extension (user+ext), a domain by its name, .domain also for all below. */
static bool
is_key(const struct rcpt_facts *f, struct str word)
{
	if (str_eq_nocase(word, f->address.domain))
		return true;
	for (size_t i = 0; i < f->keys.n; i++)
		if (str_eq_nocase(word, f->keys.key[i]))
			return true;
	return false;
}

static bool
holds_address(const struct group_facts *f, const struct group_value *v)
{
	return is_key(f->rcpt, v->text);
}

static bool
holds_domain(const struct group_facts *f, const struct group_value *v)
{
	return f->rcpt->address.domain.n && is_key(f->rcpt, v->text);
}

/* ---- lists ---- */

static int
by_text(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	int c = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return c ? c : (x->n > y->n) - (x->n < y->n);
}

enum rc
rcpt_list_parse(struct pool *pool, struct str text, struct opt_list *out, size_t *line)
{
	struct vec words = { .n = 0 };
	struct str word;

	*line = 0;
	while (str_next(&text, '\n', &word)) {
		++*line;
		word = str_trim(word);
		if (word.n == 0 || word.p[0] == '#')
			continue;
		if (word.p[0] == '@')
			word = str_from(word, 1);
		if (!is_address(word) && !is_domain(word))
			return RC_BAD;
		*(struct str *)vec_push(pool, &words, sizeof(word)) = pool_lower(pool, word);
	}
	if (words.n)
		qsort(words.items, words.n, sizeof(word), by_text);
	*out = (struct opt_list){ words.items, words.n };
	return RC_OK;
}

static bool
parse_list(struct str word, struct group_value *v)
{
	v->text = word;
	return word.n > 0;
}

static bool
list_has(const struct opt_list *list, struct str word)
{
	return list->n && word.n && bsearch(&word, list->item, list->n, sizeof(word), by_text);
}

static bool
holds_list(const struct group_facts *f, const struct group_value *v)
{
	const struct rcpt_facts *r = f->rcpt;

	if (list_has(v->set, r->address.domain))
		return true;
	for (size_t i = 0; i < r->keys.n; i++)
		if (list_has(v->set, r->keys.key[i]))
			return true;
	return false;
}

/* ---- tables and directories ---- */

static bool
parse_file(struct str word, struct group_value *v)
{
	v->text = word;
	return word.n > 0;
}

static bool
parse_table(struct str word, struct group_value *v)
{
	struct str name;

	v->text = word;
	return table_is_word(word, &name);
}

static bool
is_member(const struct group_facts *f, struct str table, const struct recipient_keys *keys)
{
	struct recipients *r = f->rcpt->recipients;
	enum rc rc = r ? recipients_member(r, table, keys) : RC_TEMP;

	if (rc == RC_TEMP)
		*f->open = true;
	return rc == RC_OK;
}

static bool
holds_table(const struct group_facts *f, const struct group_value *v)
{
	return is_member(f, v->text, &f->rcpt->keys);
}

/* Directories have people: they are not asked about domains. */
static bool
holds_ldap(const struct group_facts *f, const struct group_value *v)
{
	struct recipient_keys people = { .n = 0 };

	for (size_t i = 0; i < f->rcpt->keys.n; i++)
		if (is_address(f->rcpt->keys.key[i]))
			people.key[people.n++] = f->rcpt->keys.key[i];
	return people.n > 0 && is_member(f, v->text, &people);
}

/* ---- a part of all ---- */

/* A key of no secrecy: the same address has the same place on every machine and after every restart. */
unsigned
rcpt_percentile(const struct recipient_address *a)
{
	static const uint64_t key[2] = { 0x73656b696d6f7269, 0x726f6c6c2d6f7574 };
	char text[SPACE];
	size_t n = a->user.n < SPACE / 2 ? a->user.n : SPACE / 2;
	size_t m = a->domain.n < SPACE / 2 - 1 ? a->domain.n : SPACE / 2 - 1;

	memcpy(text, a->user.p ? a->user.p : "", n);
	text[n] = '@';
	memcpy(text + n + 1, a->domain.p ? a->domain.p : "", m);
	return (unsigned)(hash_sip((struct str){ text, n + 1 + m }, key) % HUNDRED);
}

static bool
parse_percent(struct str word, struct group_value *v)
{
	uint64_t n;

	if (word.n && word.p[word.n - 1] == '%')
		word.n--;
	if (!str_to_u64(word, &n) || n == 0 || n > HUNDRED)
		return false;
	v->high = (int64_t)n;
	return true;
}

static bool
holds_percent(const struct group_facts *f, const struct group_value *v)
{
	return rcpt_percentile(&f->rcpt->address) < (unsigned)v->high;
}

const struct group_cond rcpt_conds[] = {
	{ .name = "address", .value = "an address, such as user@example.org",
	  .parse = parse_address, .holds = holds_address,
	  .help = "The recipient. user@example.org holds for user+extension@example.org as well, see recipients.delimiter." },
	{ .name = "domain", .value = "a domain, or .domain for all below it",
	  .parse = parse_domain, .holds = holds_domain,
	  .help = "The recipient's domain. .example.org holds for sub.example.org, and not for example.org itself." },
	{ .name = "list", .value = "a file",
	  .parse = parse_list, .holds = holds_list,
	  .help = "The file has the recipient: an address, a domain or .domain in each line, comments begin with #. "
	    "A name without a slash at its beginning is looked for beside the file of groups." },
	{ .name = "ldap", .value = "a file",
	  .parse = parse_file, .holds = holds_ldap, .asks = true,
	  .help = "The directory has the recipient: the file says where and how to look, as in Postfix ldap_table(5). "
	    "A name without a slash at its beginning is looked for beside the file of groups." },
	{ .name = "table", .value = "TYPE:FILE, such as cdb:/etc/postfix/pilot",
	  .parse = parse_table, .holds = holds_table, .asks = true,
	  .help = "The table has the recipient, or the recipient's domain." },
	{ .name = "percent", .value = "a number from 1 to 100",
	  .parse = parse_percent, .holds = holds_percent,
	  .help = "The recipient is among so many of a hundred. Who is, depends on the address alone: "
	    "a larger number takes in others and puts nobody out." },
	{ .name = NULL }
};

bool
rcpt_groups_describe(size_t i, const char **name, const char **value, const char **help)
{
	const struct group_cond *c = &rcpt_conds[i];

	if (!c->name)
		return false;
	*name = c->name;
	*value = c->value;
	*help = c->help;
	return true;
}
