/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "response/mail_out.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <time.h>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/utf8.h"

/* WORD_BYTES: of text in an encoded word, so that "=?utf-8?B?" and 4/3 of it stay under 75 (RFC 2047 2). */
enum { WORD_BYTES = 42, PLAIN_MAX = 60, RANDOM_BYTES = 12, RANDOM_HEX = 2 * RANDOM_BYTES, BASE64_LINE = 57 };

bool
mail_out_can(struct str a)
{
	size_t at = str_rchr(a, '@');

	if (at == STR_NPOS || at == 0 || at + 1 >= a.n || a.n > 254 || str_chr(a, '@') != at)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		unsigned char c = (unsigned char)a.p[i];

		if (c <= ' ' || c >= 0x7f || strchr("<>()[]\\,;:\"", c))
			return false;
	}
	return true;
}

/* ---- header fields ---- */

static bool
is_plain(struct str text)
{
	if (text.n > PLAIN_MAX || str_find(text, STR("=?")) != STR_NPOS)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_is_print((unsigned char)text.p[i]))
			return false;
	return text.n == 0 || (text.p[0] != ' ' && text.p[text.n - 1] != ' ');
}

/* The next piece of at most `max` bytes that ends between characters; what is no character, or a control, becomes
 * U+FFFD. */
static struct str
next_piece(struct str text, size_t *at, size_t max, char *space)
{
	size_t n = 0;

	while (*at < text.n && n + UTF8_MAX <= max) {
		uint32_t cp = utf8_next(text, at);

		n += utf8_put(space + n, cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ? UTF8_REPLACEMENT : cp);
	}
	return (struct str){ space, n };
}

void
mail_out_words(struct buf *out, struct str text, size_t at)
{
	char space[WORD_BYTES + UTF8_MAX];

	if (is_plain(text)) {
		if (at > 1 && at + text.n > MAIL_OUT_LINE)
			buf_adds(out, "\r\n ");
		buf_add(out, text);
		return;
	}
	for (size_t off = 0, n = 0; off < text.n; n++) {
		size_t room = n == 0 && at + 12 + WORD_BYTES * 4 / 3 > MAIL_OUT_LINE ? WORD_BYTES / 2 : WORD_BYTES;

		if (n)
			buf_adds(out, "\r\n ");
		buf_adds(out, "=?utf-8?B?");
		base64_put(out, next_piece(text, &off, room, space));
		buf_adds(out, "?=");
	}
}

/* A display name: in quotes, as nothing in it may be read as syntax. */
static void
put_mailbox(struct buf *out, const char *field, struct str name, struct str address)
{
	buf_printf(out, "%s: ", field);
	if (name.n && is_plain(name)) {
		buf_addc(out, '"');
		for (size_t i = 0; i < name.n; i++) {
			if (name.p[i] == '"' || name.p[i] == '\\')
				buf_addc(out, '\\');
			buf_addc(out, name.p[i]);
		}
		buf_addc(out, '"');
	} else if (name.n) {
		mail_out_words(out, name, strlen(field) + 2);
	}
	if (name.n)
		buf_adds(out, "\r\n ");
	buf_addc(out, '<');
	buf_add(out, address);
	buf_adds(out, ">\r\n");
}

static void
put_date(struct buf *out, int64_t time_s)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
	    "Dec" };
	time_t t = (time_t)time_s;
	struct tm tm;

	gmtime_r(&t, &tm);
	buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* ---- bodies ---- */

static void
put_base64(struct buf *out, struct str text)
{
	struct buf whole;

	buf_init(&whole, 2 * text.n + 16);	/* each LF becomes CRLF: what is encoded is a text of MIME (RFC 2045 6.8) */
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			buf_addc(&whole, '\r');
		buf_addc(&whole, text.p[i]);
	}
	for (size_t off = 0; off < whole.n; off += BASE64_LINE) {
		base64_put(out, str_sub(buf_str(&whole), off, BASE64_LINE));
		buf_adds(out, "\r\n");
	}
	buf_clear(&whole);
}

/* Is the blank or tab at i the last of its line? It must not be seen as such (RFC 2045 6.7, rule 3). */
static bool
ends_line(struct str text, size_t i)
{
	return i + 1 == text.n || text.p[i + 1] == '\n';
}

static void
put_qp(struct buf *out, struct str text)
{
	size_t column = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool blank = c == ' ' || c == '\t', asis = blank ? !ends_line(text, i) : ascii_is_print(c) && c != '=';
		/* Some servers strip lines of a dot, others take "From " for the beginning of a message. */
		bool risky = column == 0 && (c == '.' || c == 'F');

		if (c == '\n') {
			buf_adds(out, "\r\n");
			column = 0;
			continue;
		}
		if (column + (asis && !risky ? 1 : 3) >= MAIL_OUT_LINE) {
			buf_adds(out, "=\r\n");
			column = 0;
			risky = c == '.' || c == 'F';
		}
		if (asis && !risky) {
			buf_addc(out, (char)c);
			column++;
		} else {
			buf_printf(out, "=%02X", c);
			column += 3;
		}
	}
	if (column)
		buf_adds(out, "\r\n");
}

static void
put_body(struct buf *out, const char *type, struct str text)
{
	size_t high = 0;
	bool dense;

	for (size_t i = 0; i < text.n; i++)
		high += (unsigned char)text.p[i] >= 0x80;
	dense = high * 6 > text.n;	/* where quoted-printable gets longer */
	buf_printf(out, "Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n", type,
	    dense ? "base64" : "quoted-printable");
	if (dense)
		put_base64(out, text);
	else
		put_qp(out, text);
}

static bool
make_random(char out[RANDOM_HEX + 1])
{
	unsigned char bytes[RANDOM_BYTES];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return true;
}

enum rc
mail_out_put(const struct mail_out *m, struct buf *out)
{
	struct str subject = str_upto(m->subject, MAIL_OUT_SUBJECT);
	char id[RANDOM_HEX + 1], boundary[RANDOM_HEX + 1];

	if (!mail_out_can(m->from) || !mail_out_can(m->to))
		return RC_BAD;
	if (!make_random(id) || !make_random(boundary))
		return RC_TEMP;
	while (subject.n && subject.n < m->subject.n && ((unsigned char)m->subject.p[subject.n] & 0xc0) == 0x80)
		subject.n--;
	put_date(out, m->time_s);
	put_mailbox(out, "From", m->from_name, m->from);
	put_mailbox(out, "To", STR_NONE, m->to);
	buf_adds(out, "Subject: ");
	mail_out_words(out, subject, strlen("Subject: "));
	buf_printf(out, "\r\nMessage-ID: <%s@%.*s>\r\n", id, STR_ARG(str_from(m->from, str_chr(m->from, '@') + 1)));
	if (m->language)
		buf_printf(out, "Content-Language: %s\r\n", m->language);
	/* Nothing of ours is to be answered by a machine. */
	buf_printf(out, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/alternative;\r\n boundary=\"=_%s\"\r\n\r\n--=_%s\r\n", boundary, boundary);
	put_body(out, "plain", m->text);
	buf_printf(out, "\r\n--=_%s\r\n", boundary);
	put_body(out, "html", m->html);
	buf_printf(out, "\r\n--=_%s--\r\n", boundary);
	return out->full ? RC_LIMIT : RC_OK;
}
