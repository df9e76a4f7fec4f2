/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A content line is NAME;PARAM=value;PARAM="value":VALUE. It goes on in the next line when that
 * starts with a blank (RFC 5545 3.1), or, in vCard 2.1, when a quoted-printable value ends in '='. */
#include "link/find_calendar.h"

#include "base/ascii.h"
#include "link/find_into.h"
#include "message/decode.h"
#include "message/lines.h"

/* Properties whose value is a URI, so that it is one whatever it looks like. */
static const char *const uris[] = { "URL", "ATTACH", "CONFERENCE", "IMAGE", "SOURCE", "TZURL", "PHOTO", "LOGO", "SOUND",
	"KEY", "FBURL", "CALURI", "CALADRURI", "X-SOCIALPROFILE", "IMPP" };

struct card {
	struct links *links;
	size_t part;
	enum link_where where;
	struct buf line, value;		/* reused */
};

struct property {
	struct str name, params, value;
	bool qp, html;
};

static struct str
keep(struct card *c, struct str s)
{
	return pool_str(links_pool(c->links), s);
}

/* Name without the group in front of it ("item1.URL"), parameters, value. Quoted values of
 * parameters may hold ':' and ';'. */
static bool
split(struct str line, struct property *p)
{
	size_t at = 0, name;
	bool quoted = false;

	while (at < line.n && line.p[at] != ':' && line.p[at] != ';')
		at++;
	name = at;
	for (; at < line.n && (quoted || line.p[at] != ':'); at++)
		quoted ^= line.p[at] == '"';
	if (at == line.n)
		return false;
	*p = (struct property){ .name = str_upto(line, name), .params = str_sub(line, name, at - name),
	    .value = str_from(line, at + 1) };
	p->name = str_trim(str_from(p->name, str_chr(p->name, '.') + 1));
	p->qp = str_find_nocase(p->params, STR("QUOTED-PRINTABLE")) != STR_NPOS;
	p->html = str_find_nocase(p->params, STR("text/html")) != STR_NPOS;
	return true;
}

/* RFC 5545 3.3.11: "\n", "\,", "\;", "\\". */
static void
unescape(struct str in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '\\' && i + 1 < in.n) {
			i++;
			buf_addc(out, in.p[i] == 'n' || in.p[i] == 'N' ? '\n' : in.p[i]);
		} else {
			buf_addc(out, in.p[i]);
		}
	}
}

static bool
is_uri(struct str name)
{
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		if (str_eq_nocase(name, str_of(uris[i])))
			return true;
	return str_ends_nocase(name, STR("URL")) || str_ends_nocase(name, STR("URI"));
}

static bool
looks_html(struct str s)
{
	return str_find_nocase(s, STR("<a ")) != STR_NPOS || str_find_nocase(s, STR("<html")) != STR_NPOS;
}

static void
property(struct card *c, const struct property *p)
{
	static const struct text_how only = { .schemes_only = true };
	uint64_t defects = 0;
	struct str value;

	buf_reset(&c->value);
	if (p->qp)
		decode_qp(p->value, &c->value, &defects);
	else
		unescape(p->value, &c->value);
	value = keep(c, buf_str(&c->value));
	if (p->params.n)
		find_text(c->links, keep(c, p->params), c->part, &only, c->where);	/* ALTREP, DIR */
	if (is_uri(p->name) && str_chr(str_trim(value), ' ') == STR_NPOS)
		links_add(c->links, &(struct link_found){ .url = str_trim(value), .part = c->part, .where = c->where });
	if (p->html || looks_html(value))
		find_html(c->links, value, c->part, NULL);
	else
		find_text(c->links, value, c->part, NULL, c->where);
}

static void
flush(struct card *c)
{
	struct property p;

	if (c->line.full)
		links_note_cut(c->links);
	if (c->line.n && split(buf_str(&c->line), &p))
		property(c, &p);
	buf_reset(&c->line);
}

/* Does the next line belong to what is there? */
static bool
goes_on(const struct card *c, struct str line)
{
	struct property p;

	if (line.n && (line.p[0] == ' ' || line.p[0] == '\t'))
		return c->line.n > 0;
	return c->line.n && c->line.p[c->line.n - 1] == '=' && split(buf_str(&c->line), &p) && p.qp;
}

void
find_calendar(struct links *links, struct str text, size_t part, enum link_where where)
{
	struct card c = { .links = links, .part = part, .where = where };

	buf_init(&c.line, CALENDAR_LINE);
	buf_init(&c.value, CALENDAR_LINE);
	for (size_t at = 0; at < text.n;) {
		struct line l = line_at(text, at, true);
		struct str line = line_text(text, l);

		if (goes_on(&c, line)) {
			if (line.p[0] == ' ' || line.p[0] == '\t')
				line = str_from(line, 1);
			else
				c.line.n--;		/* the soft line break */
		} else {
			flush(&c);
		}
		buf_add(&c.line, line);
		at = l.next;
	}
	flush(&c);
	buf_clear(&c.line);
	buf_clear(&c.value);
}
