/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Fields are small and copied. Bodies are not: what the canonical form takes over unchanged goes
 * to the digest from where it lies, as one span as long as it stays one. */
#include "auth/canon.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/ascii.h"

/* The line end at s[at]: 2 for CRLF, 1 for LF where that ends lines, else 0. */
static size_t
eol_at(struct str s, size_t at, bool lf)
{
	if (s.p[at] == '\r' && at + 1 < s.n && s.p[at + 1] == '\n')
		return 2;
	return lf && s.p[at] == '\n' ? 1 : 0;
}

static void
field_simple(struct buf *out, struct str field, bool lf)
{
	for (size_t i = 0; i < field.n; i++) {
		if (lf && field.p[i] == '\n' && (i == 0 || field.p[i - 1] != '\r'))
			buf_addc(out, '\r');
		buf_addc(out, field.p[i]);
	}
	/* A message can end within its header. */
	if (field.n == 0 || field.p[field.n - 1] != '\n')
		buf_adds(out, "\r\n");
}

/* RFC 6376 3.4.2: unfold, one space for each run of white space, none at the end. */
static void
value_relaxed(struct buf *out, struct str value, bool lf)
{
	bool space = false, first = true;

	for (size_t i = 0; i < value.n; i++) {
		size_t eol = eol_at(value, i, lf);

		if (eol) {
			i += eol - 1;
		} else if (ascii_is_wsp((unsigned char)value.p[i])) {
			space = true;
		} else {
			if (space && !first)
				buf_addc(out, ' ');
			buf_addc(out, value.p[i]);
			space = first = false;
		}
	}
}

static void
field_relaxed(struct buf *out, struct str field, bool lf)
{
	size_t colon = str_chr(field, ':');
	struct str name = str_trim(str_upto(field, colon == STR_NPOS ? field.n : colon));

	for (size_t i = 0; i < name.n; i++)
		buf_addc(out, (char)ascii_lower((unsigned char)name.p[i]));
	buf_addc(out, ':');
	value_relaxed(out, colon == STR_NPOS ? STR_NONE : str_from(field, colon + 1), lf);
	buf_adds(out, "\r\n");
}

void
canon_field(struct buf *out, enum canon how, struct str field, bool lf)
{
	if (how == CANON_RELAXED)
		field_relaxed(out, field, lf);
	else
		field_simple(out, field, lf);
}

void
canon_signature(struct buf *out, enum canon how, struct str field, struct str value, bool lf)
{
	size_t at = value.p ? (size_t)(value.p - field.p) : field.n;
	struct buf cut;

	assert(at <= field.n && value.n <= field.n - at);
	buf_init(&cut, field.n);
	buf_add(&cut, str_upto(field, at));
	buf_add(&cut, str_from(field, at + value.n));
	canon_field(out, how, buf_str(&cut), lf);
	buf_clear(&cut);
	if (out->n >= 2 && out->p[out->n - 1] == '\n' && out->p[out->n - 2] == '\r')
		out->n -= 2;
}

/* What goes to the digests. `span` is what has not gone there yet. */
struct sink {
	EVP_MD_CTX *ctx;
	struct str span;
	uint64_t fed;			/* bytes in ctx */
	struct canon_digest **want;	/* by rising length */
	size_t n, next;			/* next: the first that is not reached */
};

static void
finish(const EVP_MD_CTX *ctx, struct canon_digest *d)
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();

	if (!copy || EVP_MD_CTX_copy_ex(copy, ctx) != 1 || EVP_DigestFinal_ex(copy, d->digest, NULL) != 1)
		abort();
	EVP_MD_CTX_free(copy);
	d->reached = true;
}

static void
reach(struct sink *s)
{
	for (; s->next < s->n && s->want[s->next]->length == s->fed; s->next++)
		finish(s->ctx, s->want[s->next]);
}

static void
flush(struct sink *s)
{
	while (s->span.n && s->next < s->n) {
		uint64_t left = s->want[s->next]->length - s->fed;
		size_t n = s->span.n < left ? s->span.n : (size_t)left;

		if (EVP_DigestUpdate(s->ctx, s->span.p, n) != 1)
			abort();
		s->fed += n;
		s->span = str_from(s->span, n);
		reach(s);
	}
	s->fed += s->span.n;
	s->span = STR_NONE;
}

static void
emit(struct sink *s, struct str bytes)
{
	if (bytes.n == 0)
		return;
	if (s->span.n && s->span.p + s->span.n == bytes.p) {
		s->span.n += bytes.n;
		return;
	}
	flush(s);
	s->span = bytes;
}

/* `n` line ends that lie at `raw` in the message. */
static void
emit_eols(struct sink *s, struct str raw, uint64_t n)
{
	static const char block[] =
	    "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
	const size_t most = (sizeof(block) - 1) / 2;

	if (raw.n == 2 * n) {
		emit(s, raw);
		return;
	}
	while (n) {
		size_t step = n < most ? (size_t)n : most;

		emit(s, (struct str){ block, 2 * step });
		flush(s);	/* the same bytes come again */
		n -= step;
	}
}

/* A line without white space at its end; runs of it become one space. */
static void
emit_line(struct sink *s, struct str line, enum canon how)
{
	size_t from = 0, i = 0;

	while (how == CANON_RELAXED && i < line.n) {
		size_t run;

		while (i < line.n && !ascii_is_wsp((unsigned char)line.p[i]))
			i++;
		for (run = i; i < line.n && ascii_is_wsp((unsigned char)line.p[i]); i++)
			;
		if (i - run > 1 || (i > run && line.p[run] != ' ')) {
			emit(s, str_sub(line, from, run - from));
			emit(s, STR(" "));
			from = i;
		}
	}
	emit(s, str_from(line, from));
}

/* The end of the line at `at`; *eol is the length of what ends it, 0 at the end of the body. */
static size_t
line_end(struct str body, size_t at, bool lf, size_t *eol)
{
	while (at < body.n) {
		const char *nl = memchr(body.p + at, '\n', body.n - at);
		size_t i = nl ? (size_t)(nl - body.p) : body.n;

		if (!nl)
			break;
		if (i > 0 && i - 1 >= at && body.p[i - 1] == '\r') {
			*eol = 2;
			return i - 1;
		}
		if (lf) {
			*eol = 1;
			return i;
		}
		at = i + 1;	/* a bare LF is data */
	}
	*eol = 0;
	return body.n;
}

/* Line ends are held back until a line with content follows: those at the end count as one. */
static void
feed(struct sink *s, struct str body, enum canon how, bool lf)
{
	uint64_t pending = 0;
	size_t at = 0, held = 0;
	bool any = false;

	while (at < body.n) {
		size_t eol, end = line_end(body, at, lf, &eol), stop = end;

		while (how == CANON_RELAXED && stop > at && ascii_is_wsp((unsigned char)body.p[stop - 1]))
			stop--;
		if (stop > at) {
			/* Blank lines may have white space: only those of CRLF alone are two bytes each. */
			emit_eols(s, lf ? STR_NONE : str_sub(body, held, at - held), pending);
			emit_line(s, str_sub(body, at, stop - at), how);
			any = true;
			pending = 0;
			held = end;
		}
		pending++;
		at = end + eol;
	}
	/* RFC 6376 3.4.3: an empty body is one line end when simple; 3.4.4: nothing when relaxed. */
	if (any || how == CANON_SIMPLE)
		emit(s, STR("\r\n"));
	flush(s);
}

static int
by_length(const void *a, const void *b)
{
	const struct canon_digest *x = *(struct canon_digest *const *)a, *y = *(struct canon_digest *const *)b;

	return (x->length > y->length) - (x->length < y->length);
}

uint64_t
canon_body(struct str body, enum canon how, bool lf, struct canon_digest *want, size_t n)
{
	struct canon_digest *sorted[CANON_LENGTHS];
	struct sink s = { .ctx = EVP_MD_CTX_new(), .want = sorted, .n = n };

	assert(n <= CANON_LENGTHS);
	if (!s.ctx || EVP_DigestInit_ex(s.ctx, EVP_sha256(), NULL) != 1)
		abort();
	for (size_t i = 0; i < n; i++) {
		want[i].reached = false;
		sorted[i] = &want[i];
	}
	qsort(sorted, n, sizeof(sorted[0]), by_length);
	reach(&s);
	feed(&s, body, how, lf);
	/* Those that want all, and those that want more than there is. */
	for (; s.next < n; s.next++) {
		finish(s.ctx, sorted[s.next]);
		sorted[s.next]->reached = sorted[s.next]->length == CANON_ALL;
	}
	EVP_MD_CTX_free(s.ctx);
	return s.fed;
}
