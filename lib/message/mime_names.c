/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Every name a client might show: filename of Content-Disposition, name of
 * Content-Type, all readings of header_params, and what is left of a name when the
 * characters that deceive the eye are gone. */
#include "message/mime_build.h"

#include <string.h>

#include "base/ascii.h"

enum {
	DISPOSITIONS_MAX = 4,	/* Content-Disposition fields of one part that differ */
	EXTENSION_MAX = 5	/* longest extension that counts when names are compared */
};

struct namer {
	struct mime_builder *b;
	struct mime_part *part;
	struct str *names;
	size_t n;
};

static void
add_name(struct namer *nm, struct str name)
{
	name = str_trim(name);
	if (name.n == 0)
		return;
	if (name.n > (size_t)nm->b->lim->name_bytes) {
		name.n = (size_t)nm->b->lim->name_bytes;
		nm->part->defects |= DEFECT_BIT(LIMIT_PARAMS);
	}
	for (size_t i = 0; i < nm->n; i++)
		if (str_eq(nm->names[i], name))
			return;
	if (nm->n == NAMES_MAX) {
		nm->part->defects |= DEFECT_BIT(LIMIT_PARAMS);
		return;
	}
	if (!nm->names)
		nm->names = pool_alloc(nm->b->pool, NAMES_MAX * sizeof(*nm->names));
	nm->names[nm->n++] = name;
}

/* Length of the control of reading direction at s[i], else 0: U+202A to U+202E,
 * U+2066 to U+2069 (Unicode UAX 9, embeddings, overrides, isolates). */
static size_t
bidi_length(struct str s, size_t i)
{
	unsigned char c;

	if (i + 2 >= s.n || (unsigned char)s.p[i] != 0xe2)
		return 0;
	c = (unsigned char)s.p[i + 2];
	if ((unsigned char)s.p[i + 1] == 0x80 && c >= 0xaa && c <= 0xae)
		return 3;
	if ((unsigned char)s.p[i + 1] == 0x81 && c >= 0xa6 && c <= 0xa9)
		return 3;
	return 0;
}

static struct str
without_tricks(struct pool *pool, struct str s, bool *bidi)
{
	char *p = pool_cstr(pool, s);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		size_t skip = bidi_length(s, i);

		if (skip) {
			*bidi = true;
			i += skip - 1;
		} else if (s.p[i]) {
			p[n++] = s.p[i];
		}
	}
	return (struct str){ p, n };
}

static bool
is_plain(struct str s)
{
	return !s.n || (!memchr(s.p, '\0', s.n) && !memchr(s.p, 0xe2, s.n));
}

static void
take_name(struct namer *nm, struct str name)
{
	struct str clean;
	bool bidi = false;
	size_t nul;

	if (is_plain(name)) {
		add_name(nm, name);
		return;
	}
	clean = without_tricks(nm->b->pool, name, &bidi);
	nul = str_chr(name, '\0');
	if (nul != STR_NPOS) {
		nm->part->defects |= DEFECT_BIT(NAME_NUL);
		add_name(nm, str_upto(name, nul));
	}
	if (bidi)
		nm->part->defects |= DEFECT_BIT(NAME_BIDI);
	add_name(nm, clean);
	add_name(nm, name);
}

static void
take_params(struct namer *nm, const struct mime_value *v, struct str name)
{
	for (size_t i = 0; i < v->n_params; i++)
		if (str_eq(v->params[i].name, name))
			take_name(nm, v->params[i].value);
}

static struct str
extension(struct str name)
{
	size_t dot = str_rchr(name, '.');
	struct str ext = dot == STR_NPOS ? STR_NONE : str_from(name, dot + 1);

	for (size_t i = 0; i < ext.n; i++)
		if (!ascii_is_alnum((unsigned char)ext.p[i]))
			return STR_NONE;
	return ext.n > EXTENSION_MAX ? STR_NONE : ext;
}

/* Names that differ in what the file would be opened with. */
static bool
names_differ(const struct namer *nm)
{
	struct str first = STR_NONE;

	for (size_t i = 0; i < nm->n; i++) {
		struct str ext = extension(nm->names[i]);

		if (!first.n)
			first = ext;
		else if (ext.n && !str_eq_nocase(first, ext))
			return true;
	}
	return false;
}

void
mime_names(struct mime_builder *b, struct mime_part *part, const struct mime_value *types, size_t n_types)
{
	struct namer nm = { .b = b, .part = part };
	struct str raw[DISPOSITIONS_MAX];
	size_t n = mime_values(b, part, STR("content-disposition"), raw, DISPOSITIONS_MAX);

	for (size_t i = 0; i < n; i++) {
		struct mime_value v = { .raw = raw[i] };

		if (str_chr(raw[i], '=') == STR_NPOS)
			continue;
		header_params(b->pool, b->lim, raw[i], &v.params, &v.n_params, &part->defects);
		take_params(&nm, &v, STR("filename"));
		take_params(&nm, &v, STR("name"));
	}
	for (size_t i = 0; i < n_types; i++) {
		take_params(&nm, &types[i], STR("name"));
		take_params(&nm, &types[i], STR("filename"));
	}
	if (names_differ(&nm))
		part->defects |= DEFECT_BIT(DUPLICATE_NAME);
	part->names = nm.names;
	part->n_names = nm.n;
}
