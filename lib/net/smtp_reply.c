/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "net/smtp_reply.h"

#include "base/ascii.h"

void
smtp_reply_init(struct smtp_reply *r)
{
	r->state = SMTP_MORE;
	r->code = r->class = r->subject = r->detail = 0;
	r->smtputf8 = r->ended = false;
	r->n = 0;
	r->lines = 0;
}

/* One to three digits; false: none. */
static bool
number(struct str *s, int *out)
{
	size_t n = 0;

	*out = 0;
	while (n < s->n && n < 3 && ascii_is_digit((unsigned char)s->p[n]))
		*out = *out * 10 + (s->p[n++] - '0');
	*s = str_from(*s, n);
	return n > 0;
}

static bool
dot(struct str *s)
{
	bool is = s->n && s->p[0] == '.';

	*s = str_from(*s, is);
	return is;
}

/* "5.1.1 text": RFC 2034 3; one that contradicts the code is none. */
static void
enhanced(struct smtp_reply *r, struct str text)
{
	int class, subject, detail;

	r->class = r->subject = r->detail = 0;
	if (!number(&text, &class) || !dot(&text) || !number(&text, &subject) || !dot(&text) || !number(&text, &detail))
		return;
	if (class != r->code / 100 || (text.n && !ascii_is_wsp((unsigned char)text.p[0])))
		return;
	r->class = class;
	r->subject = subject;
	r->detail = detail;
}

static enum smtp_state
line(struct smtp_reply *r)
{
	struct str s = { r->line, r->n }, text, word;
	int code;

	if (s.n && s.p[s.n - 1] == '\r')
		s = str_upto(s, s.n - 1);
	r->n = s.n;
	text = s;
	if (++r->lines > SMTP_LINES || s.n < 3 || !number(&text, &code) || s.n - text.n != 3 || code < 200 || code > 599 ||
	    (r->lines > 1 && code != r->code))
		return SMTP_GARBAGE;
	r->code = code;
	if (text.n && text.p[0] != ' ' && text.p[0] != '-')
		return SMTP_GARBAGE;
	word = str_trim(str_from(text, 1));
	if (str_eq_nocase(word, STR("SMTPUTF8")))
		r->smtputf8 = true;
	enhanced(r, word);
	return text.n && text.p[0] == '-' ? SMTP_MORE : SMTP_WHOLE;
}

size_t
smtp_reply_feed(struct smtp_reply *r, struct str in)
{
	size_t i = 0;

	while (i < in.n && r->state == SMTP_MORE) {
		char c = in.p[i++];

		if (r->ended) {
			r->n = 0;
			r->ended = false;
		}
		if (c == '\n') {
			r->ended = true;
			r->state = line(r);
		} else if (c == '\0' || r->n >= SMTP_LINE) {
			r->state = SMTP_GARBAGE;
		} else {
			r->line[r->n++] = c;
		}
	}
	return i;
}
