/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "recipient/cf.h"

#include "base/ascii.h"
#include "base/fdio.h"

/* ---- the file ---- */

static size_t
find(const struct cf_name *names, struct str name)
{
	for (size_t i = 0; names[i].name; i++)
		if (str_eq(name, str_of(names[i].name)))
			return i;
	return STR_NPOS;
}

static void
take(struct cf *cf, struct pool *pool, struct str text, size_t line, struct buf *why)
{
	size_t eq = str_chr(text, '='), i;
	struct str name = str_trim(str_upto(text, eq));

	if (eq == STR_NPOS) {
		buf_printf(why, "%s:%zu: not `name = value`\n", cf->path, line);
		return;
	}
	i = find(cf->names, name);
	if (i == STR_NPOS) {
		buf_printf(why, "%s:%zu: %.*s: no such parameter\n", cf->path, line, STR_ARG(str_upto(name, 80)));
	} else if (cf->names[i].refuse) {
		buf_printf(why, "%s:%zu: %s: %s\n", cf->path, line, cf->names[i].name, cf->names[i].refuse);
	} else {
		cf->value[i] = pool_str(pool, str_trim(str_from(text, eq + 1)));
		cf->line[i] = line;
	}
}

static void
read_lines(struct cf *cf, struct pool *pool, struct str text, struct buf *why)
{
	struct buf logical;
	size_t line = 0, first = 0;
	struct str piece;

	buf_init(&logical, CF_BYTES);
	while (str_next(&text, '\n', &piece)) {
		struct str word = str_trim(piece);

		line++;
		if (word.n == 0 || word.p[0] == '#')
			continue;
		if (!ascii_is_wsp((unsigned char)piece.p[0])) {
			if (logical.n)
				take(cf, pool, buf_str(&logical), first, why);
			buf_reset(&logical);
			first = line;
		}
		buf_addc(&logical, ' ');
		buf_add(&logical, word);
	}
	if (logical.n)
		take(cf, pool, buf_str(&logical), first, why);
	buf_clear(&logical);
}

enum rc
cf_read(struct pool *pool, const char *path, const struct cf_name *names, struct cf *out, struct buf *why)
{
	struct buf text;
	size_t n = 0, before = why->n;
	enum rc rc;

	while (names[n].name)
		n++;
	*out = (struct cf){ .path = pool_cstr(pool, str_of(path)), .names = names,
	    .value = pool_alloc(pool, (n + 1) * sizeof(struct str)), .line = pool_alloc(pool, (n + 1) * sizeof(size_t)) };
	buf_init(&text, CF_BYTES);
	rc = fdio_read_file(path, &text);
	if (rc != RC_OK || text.full)
		buf_printf(why, "%s: %s\n", path, rc == RC_NONE ? "no such file" : "cannot be read, or is too large");
	else
		read_lines(out, pool, buf_str(&text), why);
	for (size_t i = 0; i < n; i++) {
		if (out->line[i] || names[i].refuse)
			continue;
		out->value[i] = str_of(names[i].def);
		if (!names[i].def && rc == RC_OK)
			buf_printf(why, "%s: %s: must be set\n", path, names[i].name);
	}
	buf_clear(&text);
	return why->n == before ? RC_OK : RC_BAD;
}

struct str
cf_get(const struct cf *cf, const char *name)
{
	size_t i = find(cf->names, str_of(name));

	return i == STR_NPOS ? STR_NONE : cf->value[i];
}

enum rc
cf_error(const struct cf *cf, const char *name, const char *reason, struct buf *why)
{
	size_t i = find(cf->names, str_of(name));

	buf_printf(why, "%s:%zu: %s: %s\n", cf->path, i == STR_NPOS ? 0 : cf->line[i], name, reason);
	return RC_BAD;
}

/* ---- keys in queries ---- */

struct cf_key
cf_key(struct str key)
{
	size_t at = str_rchr(key, '@');

	if (at == STR_NPOS)
		return (struct cf_key){ key, key, STR_NONE };
	return (struct cf_key){ key, str_upto(key, at), str_from(key, at + 1) };
}

bool
cf_wants(struct str domains, const struct cf_key *k)
{
	bool any = true;

	while (domains.n) {
		size_t n = 0;
		struct str word;

		while (n < domains.n && domains.p[n] != ',' && !ascii_is_space((unsigned char)domains.p[n]))
			n++;
		word = str_upto(domains, n);
		domains = str_from(domains, n + 1);
		if (!word.n)
			continue;
		/* As in Postfix: with a list of domains, neither @domain nor bare names are asked. */
		if (k->user.n && str_eq_nocase(word, k->domain))
			return true;
		any = false;
	}
	return any;
}

static void
quote_byte(unsigned char c, bool first, bool last, enum cf_quoting how, struct buf *out)
{
	switch (how) {
	case CF_SQL:
		if (c == '\'')
			buf_addc(out, '\'');
		break;
	case CF_FILTER:
		if (c < 0x20 || c >= 0x7f || strchr("*()\\", c)) {
			buf_printf(out, "\\%02x", c);
			return;
		}
		break;
	case CF_DN:
		if (c < 0x20 || c == 0x7f) {
			buf_printf(out, "\\%02x", c);
			return;
		}
		if (strchr("\"#+,;<=>\\", c) || (c == ' ' && (first || last)))
			buf_addc(out, '\\');
		break;
	}
	buf_addc(out, (char)c);
}

static bool
quote(struct str s, enum cf_quoting how, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++)
		quote_byte((unsigned char)s.p[i], i == 0, i + 1 == s.n, how, out);
	return s.n > 0;
}

/* Label `want` of the domain, counted from its end: of mail.example.org 1 is org. */
static struct str
label(struct str domain, int want)
{
	struct str piece = STR_NONE;

	for (int i = 0; i < want; i++) {
		size_t dot = str_rchr(domain, '.');

		if (!domain.n)
			return STR_NONE;
		piece = dot == STR_NPOS ? domain : str_from(domain, dot + 1);
		domain = dot == STR_NPOS ? STR_NONE : str_upto(domain, dot);
	}
	return piece;
}

bool
cf_expand(struct str q, const struct cf_key *k, enum cf_quoting how, struct buf *out)
{
	for (size_t i = 0; i < q.n; i++) {
		unsigned char c = (unsigned char)(i + 1 < q.n ? q.p[i + 1] : 0);
		struct str piece;

		if (q.p[i] != '%') {
			buf_addc(out, q.p[i]);
			continue;
		}
		i++;
		if (c == '%') {
			buf_addc(out, '%');
			continue;
		}
		if (c == 's' || c == 'S')
			piece = k->whole;
		else if (c == 'u' || c == 'U')
			piece = k->user;
		else if (c == 'd' || c == 'D')
			piece = k->domain;
		else
			piece = label(k->domain, c - '0');
		if (!quote(piece, how, out))
			return false;
	}
	return !out->full;
}

const char *
cf_bad_query(struct str q, enum cf_quoting how)
{
	bool inside = false;

	if (q.n == 0)
		return "is empty";
	for (size_t i = 0; i < q.n; i++) {
		if (q.p[i] == '\'')
			inside = !inside;
		if (q.p[i] != '%')
			continue;
		i++;
		if (i >= q.n || !strchr("%sSuUdD123456789", q.p[i]))
			return "knows %s, %u, %d, %1 to %9, and %% for a percent sign";
		if (how == CF_SQL && q.p[i] != '%' && !inside)
			return "an address outside of '...' could change what is asked";
	}
	return NULL;
}
