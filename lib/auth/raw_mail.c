/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/raw_mail.h"

#include "base/ascii.h"
#include "base/vec.h"

enum { NAME_BYTES = 256 };	/* longer names exist nowhere; their hash is of the start */

uint64_t
raw_mail_key(struct str name)
{
	char lower[NAME_BYTES];
	size_t n = name.n < NAME_BYTES ? name.n : NAME_BYTES;

	for (size_t i = 0; i < n; i++)
		lower[i] = (char)ascii_lower((unsigned char)name.p[i]);
	return hash_key((struct str){ lower, n }, 0);
}

bool
raw_mail_is(const struct raw_field *f, struct str name)
{
	return str_eq_nocase(f->name, name);
}

/* Behind the line that begins at `at`. */
static size_t
next_line(struct str s, size_t at, bool lf)
{
	while (at < s.n) {
		const char *nl = memchr(s.p + at, '\n', s.n - at);
		size_t i = nl ? (size_t)(nl - s.p) : s.n;

		if (!nl)
			break;
		if (lf || (i > 0 && s.p[i - 1] == '\r'))
			return i + 1;
		at = i + 1;
	}
	return s.n;
}

static bool
is_blank(struct str line)
{
	return str_eq(line, STR("\r\n")) || str_eq(line, STR("\n"));
}

static void
take(struct pool *pool, struct vec *fields, struct str raw)
{
	size_t colon = str_chr(raw, ':');
	struct raw_field *f = vec_push(pool, fields, sizeof(*f));

	f->raw = raw;
	if (colon == STR_NPOS)
		return;
	f->name = str_upto(raw, colon);
	while (f->name.n && ascii_is_wsp((unsigned char)f->name.p[f->name.n - 1]))
		f->name.n--;
	f->value = str_from(raw, colon + 1);
	f->key = raw_mail_key(f->name);
}

void
raw_mail_open(struct pool *pool, const struct limits *lim, struct str message, struct raw_mail *m)
{
	size_t nl = str_chr(message, '\n'), at = 0;
	struct vec fields = { .n = 0 };

	*m = (struct raw_mail){ .lf = nl != STR_NPOS && (nl == 0 || message.p[nl - 1] != '\r') };
	while (at < message.n) {
		size_t end = next_line(message, at, m->lf);

		if (is_blank(str_sub(message, at, end - at))) {
			m->body = str_from(message, end);
			break;
		}
		while (end < message.n && ascii_is_wsp((unsigned char)message.p[end]))
			end = next_line(message, end, m->lf);
		if (fields.n == (size_t)lim->header_fields || end > (size_t)lim->header_bytes) {
			m->cut = true;
			break;
		}
		take(pool, &fields, str_sub(message, at, end - at));
		at = end;
	}
	m->field = fields.items;
	m->n = fields.n;
}

const unsigned char *
raw_mail_digest(struct raw_mail *m, enum canon how, uint64_t *length)
{
	if (!m->known[how]) {
		m->whole[how].length = CANON_ALL;
		m->length[how] = canon_body(m->body, how, m->lf, &m->whole[how], 1);
		m->known[how] = true;
	}
	*length = m->length[how];
	return m->whole[how].digest;
}
