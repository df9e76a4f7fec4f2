/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* OOXML and OpenDocument: relationships, xlink, and what stands in the text (fields, formulas, and
 * words that clients make links of). */
#include "link/find_office.h"

#include "base/ascii.h"
#include "link/find_office_in.h"
#include "link/find_into.h"
#include "message/defect.h"
#include "message/html.h"

enum { HEAD = 4096, VALUE_BYTES = 64 * 1024 };

enum office_kind
office_kind(struct str c)
{
	struct str head = str_upto(c, HEAD);

	if (str_starts(c, STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")))
		return OFFICE_OLE;
	if (str_starts(c, STR("{\\rt")))
		return OFFICE_RTF;
	/* Mail that Word wrote names the same schemes, and is HTML. */
	if (str_find_nocase(head, STR("<html")) != STR_NPOS)
		return OFFICE_NO;
	if (str_find(head, STR("schemas.openxmlformats.org")) != STR_NPOS ||
	    str_find(head, STR("purl.oclc.org/ooxml")) != STR_NPOS ||
	    str_find(head, STR("schemas.microsoft.com/office")) != STR_NPOS ||
	    str_find(head, STR("urn:oasis:names:tc:opendocument")) != STR_NPOS)
		return str_starts(str_trim(head), STR("PK")) ? OFFICE_NO : OFFICE_XML;
	return OFFICE_NO;
}

/* --- XML --- */

struct xml {
	struct links *l;
	size_t part;
	struct buf value, text;
};

static struct str
local(struct str name)
{
	size_t colon = str_rchr(name, ':');

	return colon == STR_NPOS ? name : str_from(name, colon + 1);
}

static struct str
attr(struct xml *x, const struct html_token *t, struct str name)
{
	struct str rest = t->attrs;
	struct html_attr a;

	buf_reset(&x->value);
	while (html_attr_next(&rest, &a))
		if (str_eq_nocase(local(a.name), name)) {
			html_unescape_attr(a.value, &x->value);
			return str_trim(buf_str(&x->value));
		}
	return STR_NONE;
}

static void
add(struct xml *x, struct str url, bool loads)
{
	struct link_found f = { .url = url, .part = x->part, .where = LINK_IN_OFFICE, .loads = loads };

	if (url.n && url.p[0] != '#')
		links_add(x->l, &f);
}

/* Templates, frames, pictures and objects are fetched when the document is opened. */
static void
relationship(struct xml *x, const struct html_token *t)
{
	bool external = str_eq_nocase(attr(x, t, STR("TargetMode")), STR("External"));
	bool link = str_ends_nocase(attr(x, t, STR("Type")), STR("/hyperlink"));
	struct str target = attr(x, t, STR("Target"));

	if (external || str_find(target, STR("://")) != STR_NPOS)
		add(x, target, !link);
}

static void
start(struct xml *x, const struct html_token *t)
{
	struct str name = local(t->name), href;

	if (str_eq_nocase(name, STR("Relationship"))) {
		relationship(x, t);
		return;
	}
	href = attr(x, t, STR("href"));
	if (href.n)
		add(x, href, !str_eq_nocase(name, STR("a")) && !str_eq_nocase(name, STR("hyperlink")));
	/* a field of one element: <w:fldSimple w:instr="HYPERLINK ..."> */
	href = attr(x, t, STR("instr"));
	if (href.n) {
		buf_add(&x->text, href);
		buf_addc(&x->text, '\n');
	}
}

/* Runs of one paragraph belong together, whatever they look like. */
static void
end(struct xml *x, const struct html_token *t)
{
	static const char *const breaks[] = { "p", "h", "si", "tr", "tc", "c", "f", "row", "br" };
	struct str name = local(t->name);

	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++)
		if (str_eq_nocase(name, str_of(breaks[i])))
			buf_addc(&x->text, '\n');
}

static void
xml(struct links *l, struct str content, size_t part)
{
	struct xml x = { .l = l, .part = part };
	struct html_token t;
	struct html h;

	buf_init(&x.value, VALUE_BYTES);
	buf_init(&x.text, OFFICE_TEXT_BYTES);
	html_init(&h, links_limits(l), content);
	while (html_next(&h, &t)) {
		if (t.kind == HTML_START)
			start(&x, &t);
		else if (t.kind == HTML_END)
			end(&x, &t);
		else if (t.kind == HTML_TEXT || t.kind == HTML_CDATA)
			html_unescape(t.raw, &x.text);
	}
	if (x.text.full || (h.defects & DEFECT_BIT(LIMIT_HTML)))
		links_note_cut(l);
	find_text(l, buf_str(&x.text), part, NULL, LINK_IN_OFFICE);
	buf_clear(&x.value);
	buf_clear(&x.text);
}

void
find_office(struct links *l, enum office_kind kind, struct str content, size_t part)
{
	if (content.n > OFFICE_BYTES) {
		content = str_upto(content, OFFICE_BYTES);
		links_note_cut(l);
	}
	switch (kind) {
	case OFFICE_XML:
		xml(l, content, part);
		break;
	case OFFICE_OLE:
		find_office_bytes(l, content, part);
		break;
	case OFFICE_RTF:
		find_office_rtf(l, content, part);
		break;
	case OFFICE_NO:
		break;
	}
}
