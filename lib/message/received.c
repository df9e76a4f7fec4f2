/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The value is a row of clauses, FROM BY VIA WITH ID FOR, each a word and comments. What the writer
 * knows of its client stands in the comments of FROM; the first address there is the one. */
#include "message/received.h"

#include "base/ascii.h"
#include "base/ip.h"
#include "message/header.h"

enum clause { START, FROM, BY, WITH, OTHER };

struct reader {
	struct pool *pool;
	const struct limits *lim;
	struct received *out;
	struct str word;		/* of FROM */
	struct str helo;		/* that a comment gives apart from the word */
	enum clause clause;
	bool exim;			/* the word is the host name, a HELO that differs stands in helo= */
	bool forged;			/* "may be forged": the name does not lead back */
};

static bool
is_blank(char c)
{
	return ascii_is_space((unsigned char)c);
}

/* A name with a dot, without what DNS does not have. */
static bool
is_host(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!ascii_is_alnum(c) && c != '-' && c != '.' && c != '_')
			return false;
	}
	return s.n > 2 && str_chr(s, '.') != STR_NPOS && s.p[0] != '.';
}

static struct str
host(struct str s)
{
	size_t at = str_rchr(s, '@');

	if (at != STR_NPOS)
		s = str_from(s, at + 1);	/* IDENT:user@host */
	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	return is_host(s) ? s : STR_NONE;
}

/* "192.0.2.1", "[192.0.2.1]:25", "[IPv6:2001:db8::1]", "[fe80::1%5]". */
static bool
address(struct str s, struct ip *ip)
{
	size_t open = str_chr(s, '[');

	if (open != STR_NPOS) {
		s = str_from(s, open + 1);
		if (str_chr(s, ']') == STR_NPOS)
			return false;
		s = str_upto(s, str_chr(s, ']'));
		if (str_starts_nocase(s, STR("IPv6:")))
			s = str_from(s, 5);
	}
	return ip_parse(str_upto(s, str_chr(s, '%')), ip);
}

static struct str
cut_word(struct str *rest)
{
	size_t from = 0, to;
	struct str word;

	while (from < rest->n && (is_blank(rest->p[from]) || rest->p[from] == '(' || rest->p[from] == ')' ||
	    rest->p[from] == ','))
		from++;
	for (to = from; to < rest->n && !is_blank(rest->p[to]) && rest->p[to] != '(' && rest->p[to] != ')' &&
	    rest->p[to] != ','; to++)
		continue;
	word = str_sub(*rest, from, to - from);
	*rest = str_from(*rest, to);
	return word;
}

/* "helo=x", "port=1", "ident=y": Exim's. */
static bool
is_exim_pair(struct reader *r, struct str word)
{
	if (str_starts_nocase(word, STR("helo=")))
		r->helo = str_from(word, 5);
	else if (!str_starts_nocase(word, STR("port=")) && !str_starts_nocase(word, STR("ident=")))
		return false;
	r->exim = true;
	return true;
}

/* A comment behind FROM; its parentheses are blanks to cut_word. */
static void
from_comment(struct reader *r, struct str text)
{
	struct str name = STR_NONE, word;
	struct ip ip;

	while ((word = cut_word(&text)).n) {
		if (str_eq_nocase(word, STR("HELO")) || str_eq_nocase(word, STR("EHLO"))) {
			r->helo = cut_word(&text);
			r->exim = true;		/* qmail says it in the same way */
		} else if (is_exim_pair(r, word)) {
			continue;
		} else if (str_eq(word, STR("may"))) {
			r->forged = true;
		} else if (r->out->addr.n == 0 && address(word, &ip)) {
			r->out->addr = ip_text(r->pool, &ip);
			r->out->name = name;
		} else if (name.n == 0) {
			name = host(word);
		}
	}
}

/* Submitted on the machine: Postfix "from userid 0", qmail "invoked by uid 0", Sendmail "(from x)". */
static bool
is_submission(struct str comment)
{
	return str_find_nocase(comment, STR("from userid")) != STR_NPOS ||
	    str_find_nocase(comment, STR("invoked by uid")) != STR_NPOS ||
	    str_starts_nocase(comment, STR("(from "));
}

/* Postfix "(using TLSv1.3 with cipher ...)", Sendmail and Exchange "(version=TLSv1.3 ...)". */
static bool
is_encryption(struct str comment)
{
	return str_starts(comment, STR("(using TLS")) || str_starts(comment, STR("(version=TLS"));
}

static void
take_comment(struct reader *r, struct str text)
{
	r->out->tls |= is_encryption(text);
	if (r->clause == FROM)
		from_comment(r, text);
	else if (str_starts(text, STR("(Exim")))
		r->exim = true;
	r->out->local |= is_submission(text);
}

static enum clause
keyword(struct str word)
{
	static const struct { const char *word; enum clause clause; } keywords[] = {
		{ "from", FROM }, { "by", BY }, { "with", WITH }, { "via", OTHER }, { "id", OTHER }, { "for", OTHER },
	};

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (str_eq_nocase(word, str_of(keywords[i].word)))
			return keywords[i].clause;
	return START;
}

/* The word behind a keyword is its value, whatever it is. FROM counts once, and first. */
static void
take_word(struct reader *r, struct str word, bool *value)
{
	enum clause c = keyword(word);
	struct received *out = r->out;

	if (!*value) {
		if (c != START) {
			*value = true;
			r->clause = c == FROM && (out->from || out->by.n) ? OTHER : c;
			out->from |= r->clause == FROM;
		}
		return;
	}
	*value = false;
	if (r->clause == FROM)
		r->word = word;
	else if (r->clause == BY && out->by.n == 0)
		out->by = word;
	else if (r->clause == WITH && out->with.n == 0)
		out->with = word;
}

static size_t
word_end(struct str in, size_t at)
{
	while (at < in.n && !is_blank(in.p[at]) && in.p[at] != '(' && in.p[at] != ';')
		at++;
	return at;
}

static void
clauses(struct reader *r, struct str in)
{
	bool value = false;
	uint64_t defects = 0;
	size_t at = 0, end;

	while (at < in.n && in.p[at] != ';') {
		if (is_blank(in.p[at])) {
			at++;
		} else if (in.p[at] == '(') {
			end = header_comment_end(r->lim, in, at, &defects);
			take_comment(r, str_sub(in, at, end - at));
			at = end;
		} else {
			end = word_end(in, at);
			take_word(r, str_sub(in, at, end - at), &value);
			at = end;
		}
	}
}

/* RFC 3848 and 6531: SMTP, ESMTP, LMTP, UTF8SMTP and UTF8LMTP, then S for TLS and A for a login. */
static void
take_protocol(struct received *out)
{
	struct str w = out->with;

	if (str_starts_nocase(w, STR("UTF8")))
		w = str_from(w, 4);
	else if (str_starts_nocase(w, STR("ESMTP")))
		w = str_from(w, 1);
	if (!str_starts_nocase(w, STR("SMTP")) && !str_starts_nocase(w, STR("LMTP")))
		return;
	w = str_from(w, 4);
	out->told = w.n == 0 || str_eq_nocase(w, STR("S")) || str_eq_nocase(w, STR("A")) || str_eq_nocase(w, STR("SA"));
	if (!out->told)
		return;
	out->tls |= w.n && ascii_lower((unsigned char)w.p[0]) == 's';
	out->login = w.n && ascii_lower((unsigned char)w.p[w.n - 1]) == 'a';
}

/* What the word of FROM is depends on who wrote it: the HELO name, or with Exim and qmail the
 * host name or the address. */
static void
finish(struct reader *r)
{
	struct received *out = r->out;
	struct ip ip;

	out->helo = r->helo.n ? r->helo : r->word;
	if (r->exim && out->addr.n == 0 && str_starts(r->word, STR("[")) && address(r->word, &ip))
		out->addr = ip_text(r->pool, &ip);
	else if (r->exim && out->name.n == 0)
		out->name = host(r->word);
	take_protocol(out);
	if (r->forged || out->addr.n == 0 || str_eq_nocase(out->name, STR("unknown")))
		out->name = STR_NONE;
}

void
received_parse(struct pool *pool, const struct limits *lim, struct str value, struct received *out)
{
	struct reader r = { .pool = pool, .lim = lim, .out = out, .clause = START };

	*out = (struct received){ .from = false };
	clauses(&r, str_upto(value, RECEIVED_BYTES));
	finish(&r);
}
