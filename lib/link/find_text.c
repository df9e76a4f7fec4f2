/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A scheme, "www." or a dot inside a host makes a link. The text is walked once from one ':' or
 * dot to the next; what was looked at as one link or host is never looked at again. */
#include "link/find_text.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "link/text_span.h"
#include "link/tld.h"

enum { SCHEME_LONGEST = 6, HOST_BYTES = 1024, LABEL_LEAST = 1 };

static const struct text_how plain_how = { .schemes_only = false };

struct finder {
	struct pool *pool;
	const struct text_how *how;
	struct str in;
	size_t floor;			/* where the last link ended */
	size_t hosts;			/* where the last host that is none ended */
	text_place_fn *fn;
	void *arg;
};

/* How people write schemes, and what they mean. */
static const struct scheme {
	const char *written, *meant;
	bool defanged;
} schemes[] = {
	{ "https", "https", false }, { "http", "http", false }, { "ftp", "ftp", false }, { "ftps", "ftps", false },
	{ "file", "file", false }, { "smb", "smb", false }, { "hxxps", "https", true }, { "hxxp", "http", true },
	{ "htxps", "https", true }, { "htxp", "http", true }, { "hxtps", "https", true }, { "hxtp", "http", true },
	{ "h**ps", "https", true }, { "h**p", "http", true }, { "fxp", "ftp", true },
};

/* --- what was found --- */

/* Everything that is not as a browser would take it: marks, line ends, wide ASCII. */
static void
rebuild(struct str raw, bool marks, struct buf *out)
{
	struct str plain;
	size_t at = 0, n;

	while (at < raw.n) {
		unsigned char c = (unsigned char)raw.p[at];
		size_t next = at;
		uint32_t cp;

		if (marks && (c == '[' || c == '(' || c == '{') && (n = text_mark(raw, at, &plain)) > 0) {
			buf_add(out, plain);
			at += n;
		} else if (c <= ' ' || (c == '>' && out->n)) {
			at++;
		} else if (c < 0x80) {
			buf_addc(out, raw.p[at++]);
		} else {
			cp = utf8_next(raw, &next);
			if (cp >= 0xff01 && cp <= 0xff5e)
				buf_addc(out, (char)(cp - 0xff01 + '!'));
			else
				buf_add(out, str_sub(raw, at, next - at));
			at = next;
		}
	}
}

/* scheme: what stands in front of rest once it is rebuilt; empty when it is in raw as it should be. */
static void
emit(struct finder *f, size_t start, size_t rest, const struct text_span *span, struct text_place *p, struct str scheme)
{
	struct buf url;

	p->raw = str_sub(f->in, start, span->end - start);
	p->url = p->raw;
	f->floor = f->hosts = span->end;
	if (scheme.n || span->joined || span->full_width || span->mark != STR_NPOS) {
		buf_init(&url, p->raw.n + 16);
		buf_add(&url, scheme);
		rebuild(str_sub(f->in, rest, span->end - rest), span->mark != STR_NPOS, &url);
		p->url = pool_str(f->pool, buf_str(&url));
		buf_clear(&url);
	}
	f->fn(f->arg, p);
}

/* --- with a scheme --- */

/* The letter that ends at s.p[at], ASCII or wide; 0: none. *n: how many bytes it takes. */
static char
letter_before(struct str s, size_t at, size_t *n)
{
	unsigned char c = (unsigned char)s.p[at - 1];

	*n = 1;
	if (c < 0x80)
		return ascii_is_alpha(c) || c == '*' ? (char)ascii_lower(c) : '\0';
	/* U+FF21 to FF3A are EF BC A1 to BA, U+FF41 to FF5A are EF BD 81 to 9A. */
	*n = 3;
	if (at < 3 || s.p[at - 3] != '\xef')
		return '\0';
	if (s.p[at - 2] == '\xbc' && c >= 0xa1 && c <= 0xba)
		return (char)('a' + (c - 0xa1));
	if (s.p[at - 2] == '\xbd' && c >= 0x81 && c <= 0x9a)
		return (char)('a' + (c - 0x81));
	return '\0';
}

/* The longest scheme that ends at `end`; *start where it begins. */
static const struct scheme *
scheme_before(const struct finder *f, size_t end, size_t *start)
{
	const struct scheme *best = NULL;
	char word[SCHEME_LONGEST + 1];
	size_t at = end, n = sizeof(word), took;

	while (n > 0 && at > f->floor) {
		char c = letter_before(f->in, at, &took);

		if (c == '\0')
			break;
		word[--n] = c;
		at -= took;
		for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
			if (!str_eq((struct str){ word + n, sizeof(word) - n }, str_of(schemes[i].written)))
				continue;
			best = &schemes[i];
			*start = at;
		}
	}
	return best;
}

/* The slashes behind a colon, of either kind and width; returns the offset behind them. */
static size_t
behind_slashes(struct str s, size_t at)
{
	for (;;) {
		if (at < s.n && (s.p[at] == '/' || s.p[at] == '\\'))
			at++;
		else if (str_starts(str_from(s, at), STR("\xef\xbc\x8f")))
			at += 3;
		else if (str_starts(str_from(s, at), STR("[/]")))
			at += 3;
		else if (at < s.n && s.p[at] == ']' && at > 1 && (s.p[at - 1] == '/' || s.p[at - 1] == ':'))
			at++;
		else
			return at;
	}
}

static bool
is_angled(const struct finder *f, size_t start)
{
	struct str before = str_sub(f->in, start > 5 ? start - 5 : 0, start > 5 ? 5 : start);

	return start > f->floor && (f->in.p[start - 1] == '<' || str_eq_nocase(before, STR("<URL:")));
}

/* The link up to a mark is one by itself when its host is whole: clients know no marks. */
static bool
whole_before_mark(const struct finder *f, size_t host, size_t mark)
{
	struct str s = str_sub(f->in, host, mark - host);
	size_t dot = str_rchr(s, '.');

	return dot != STR_NPOS && dot > 0 && tld_is_real(str_from(s, dot + 1));
}

static bool
with_scheme(struct finder *f, size_t colon, size_t behind)
{
	bool marked = colon > f->floor && f->in.p[colon - 1] == '[';
	size_t start = 0, host = behind_slashes(f->in, behind);
	const struct scheme *s = scheme_before(f, colon - marked, &start);
	struct text_place p = { .defanged = false };
	struct text_span span;
	bool odd;

	if (!s || host == behind || host >= f->in.n)
		return false;
	if (!is_angled(f, start) || !text_span_angled(f->in, start, &span))
		text_span(f->how, f->in, start, host, &span);
	odd = s->defanged || marked;
	if (!odd && span.mark != STR_NPOS && whole_before_mark(f, host, span.mark)) {
		span.end = span.mark;
		span.mark = STR_NPOS;
	}
	if (span.end <= host)
		return false;
	p.defanged = odd || span.mark != STR_NPOS;
	/* A wide scheme is no scheme to clients, but a person types it in. */
	odd |= !str_eq_nocase(str_sub(f->in, start, colon - start), str_of(s->meant)) || behind != colon + 1;
	if (odd)
		emit(f, start, host, &span, &p, pool_printf(f->pool, "%s://", s->meant));
	else
		emit(f, start, start, &span, &p, STR_NONE);
	return true;
}

/* --- without --- */

static bool
is_host_byte(unsigned char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_' || c >= 0x80;
}

/* Where the label that ends at `end` begins. Letters of one width only: wide ones in front of an
 * ASCII label are text. */
static size_t
label_before(const struct finder *f, size_t end, size_t least)
{
	size_t at = end;
	bool wide = false;

	while (at > least && end - at < HOST_BYTES) {
		unsigned char c = (unsigned char)f->in.p[at - 1];
		size_t from = at - 1, next;
		enum text_char is;

		if (c < 0x80) {
			if (!is_host_byte(c) || wide)
				break;
			at--;
			continue;
		}
		while (from > least && at - from < UTF8_MAX && ((unsigned char)f->in.p[from] & 0xc0) == 0x80)
			from--;
		next = from;
		is = text_char_next(f->in, &next);
		if (next != at || is == TEXT_STOP || is == TEXT_DOT || (is == TEXT_WIDE && at != end && !wide))
			break;
		wide = is == TEXT_WIDE;
		at = from;
	}
	return at;
}

/* "Next": how a sentence begins. */
static bool
is_capital(struct str label)
{
	return label.n > 1 && ascii_is_upper((unsigned char)label.p[0]) && !ascii_is_upper((unsigned char)label.p[1]);
}

/* Words of English that are top-level domains: "done.So we" is no link. */
static bool
is_sentence(struct str label)
{
	static const char *const words[] = { "in", "it", "is", "so", "to", "my", "no", "at", "be", "me", "us", "am", "as",
		"do", "by", "id" };

	if (!is_capital(label))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq_nocase(label, str_of(words[i])))
			return true;
	return false;
}

struct host {
	size_t start, end;		/* the run that looks like one */
	size_t good;			/* behind the last label that is a top-level domain; 0: none */
	size_t tld;			/* where that begins */
	bool marks;			/* a dot of `good` is a mark */
	bool www;
};

/* The labels from h->start on, up to what is no host any more. */
static void
read_host(const struct finder *f, struct host *h)
{
	struct str s = f->in, plain;
	size_t at = h->start, label = at, dots = 0, n;
	bool marks = false;

	while (at < s.n && at - h->start < HOST_BYTES) {
		unsigned char c = (unsigned char)s.p[at];
		size_t next = at, from = at;
		bool dot = c == '.', marked = marks;

		if (c >= 0x80) {
			enum text_char is = text_char_next(s, &next);

			dot = is == TEXT_DOT;
			if (is == TEXT_STOP || (is == TEXT_WIDE && at > label && (unsigned char)s.p[at - 1] < 0x80 && dots &&
			    tld_is_real(str_sub(s, label, at - label))))
				break;
			n = next - at;
		} else if (dot || is_host_byte(c)) {
			n = 1;
		} else if ((n = text_mark(s, at, &plain)) > 0 && plain.n == 1 && plain.p[0] == '.') {
			dot = marks = true;
		} else {
			break;
		}
		if (dot && from == label)
			break;
		at += n;
		if (!dot)
			continue;
		if (dots++ && tld_is_real(str_sub(s, label, from - label)) && !marked) {
			h->good = from;
			h->tld = label;
		}
		label = at;
	}
	h->end = at;
	if (dots && at > label && tld_is_real(str_sub(s, label, at - label)) &&
	    !(h->good && is_capital(str_sub(s, label, at - label)))) {
		h->good = at;
		h->tld = label;
		h->marks = marks;
	}
}

/* Clients make "www." a link whatever follows; others only when something is behind the host or
 * its end is no word. */
static bool
is_link(const struct finder *f, const struct host *h)
{
	struct str s = f->in, tld = str_sub(s, h->tld, h->good - h->tld);
	char after = h->good < s.n ? s.p[h->good] : ' ';
	char before = h->start > 0 ? s.p[h->start - 1] : ' ';
	bool path = after == '/' || after == '?' || after == '#' || (after == ':' && h->good + 1 < s.n &&
	    ascii_is_digit((unsigned char)s.p[h->good + 1]));

	if (before == '@' || before == '/' || before == '\\' || before == '.' || before == '=' || before == '%' ||
	    after == '@' || h->good == 0)
		return false;
	if (h->www || path)
		return true;
	return !tld_is_extension(tld) && !is_sentence(tld) && after != '(';
}

static bool
without_scheme(struct finder *f, size_t dot, size_t least)
{
	struct text_place p = { .no_scheme = true };
	struct host h = { .start = label_before(f, dot, least) };
	struct text_span span;
	struct str rest;
	bool known, path;

	if (h.start == dot)
		return false;
	h.www = dot - h.start == 3 && str_starts_nocase(str_from(f->in, h.start), STR("www"));
	read_host(f, &h);
	/* Behind "www." any name is one. */
	if (h.www && h.good == 0 && h.end > dot + 1)
		h.good = h.end;
	known = is_link(f, &h);
	if (!known) {
		f->hosts = h.end > dot ? h.end : dot + 1;
		return false;
	}
	/* Nothing but a path goes on behind the host; what else stands there is not looked at again for each host. */
	rest = str_from(f->in, h.good);
	path = rest.n && str_chr(STR("/?#:"), rest.p[0]) != STR_NPOS;
	text_span(f->how, path ? f->in : str_upto(f->in, h.good), h.start, h.start, &span);
	if (span.mark != STR_NPOS && !h.marks) {
		span.end = span.end < span.mark ? span.end : span.mark;
		span.mark = STR_NPOS;
	}
	p.defanged = span.mark != STR_NPOS;
	emit(f, h.start, h.start, &span, &p, STR("http://"));
	return true;
}

/* --- the walk --- */

/* Bytes that can make a link; the last two begin the wide forms of ':' and '.'. */
static const bool triggers[256] = {
	[':'] = true, ['.'] = true, ['['] = true, ['('] = true, ['{'] = true, [0xef] = true, [0xe3] = true
};

/* Does anything come of it? Most dots end a sentence, most brackets hold words, and all kana begin with 0xe3. */
static bool
is_trigger(struct str s, size_t at)
{
	unsigned char next = at + 1 < s.n ? (unsigned char)s.p[at + 1] : ' ';

	switch ((unsigned char)s.p[at]) {
	case ':':
		return next == '/' || next == '\\' || next == '[' || next == ']' || next == 0xef;
	case '.':
		return next > ' ';
	case '[': case '(': case '{':
		return next == '.' || (next | 0x20) == 'd';	/* "[.]", "(dot)" */
	case 0xe3:
		return next == 0x80 && at + 3 < s.n && s.p[at + 2] == '\x82' && (unsigned char)s.p[at + 3] > ' ';
	}
	return next == 0xbc;
}

static size_t
next_trigger(struct str s, size_t at)
{
	for (;; at++) {
		while (at < s.n && !triggers[(unsigned char)s.p[at]])
			at++;
		if (at >= s.n || is_trigger(s, at))
			return at < s.n ? at : s.n;
	}
}

static bool
trigger(struct finder *f, size_t at)
{
	struct str rest = str_from(f->in, at), plain;
	size_t least = f->floor > f->hosts ? f->floor : f->hosts;

	if (rest.p[0] == ':')
		return with_scheme(f, at, at + 1);
	if (str_starts(rest, STR("\xef\xbc\x9a")))
		return with_scheme(f, at, at + 3);
	if (f->how->schemes_only)
		return false;
	if (rest.p[0] == '.' || str_starts(rest, STR("\xe3\x80\x82")) || str_starts(rest, STR("\xef\xbc\x8e")))
		return without_scheme(f, at, least);
	return text_mark(f->in, at, &plain) > 0 && str_eq(plain, STR(".")) && without_scheme(f, at, least);
}

void
find_text_each(struct pool *pool, const struct text_how *how, struct str text, text_place_fn *fn, void *arg)
{
	struct finder f = { .pool = pool, .how = how ? how : &plain_how, .in = text, .fn = fn, .arg = arg };
	size_t at = 0;

	while ((at = next_trigger(text, at)) < text.n) {
		bool found = trigger(&f, at);

		at = found && f.floor > at ? f.floor : at + 1;
		/* A host that is none: the dots in it are none either, but a colon behind it may be. */
		if (!found && f.hosts > at && text.p[at - 1] != ':')
			at = f.hosts;
	}
}
