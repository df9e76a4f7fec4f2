/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/find.h"

#include "link/find_calendar.h"
#include "link/find_into.h"
#include "link/find_shortcut.h"
#include "message/charset.h"

enum { UTF8_GROWTH = 3 };		/* bytes of UTF-8 for one of any charset */

/* Types and labels of filetype.list whose files have a form of their own. */
static const struct {
	const char *media;
	enum find_kind kind;
} kinds[] = {
	{ "text/html", FIND_HTML }, { "application/xhtml+xml", FIND_HTML }, { "image/svg+xml", FIND_HTML },
	{ "text/x-amp-html", FIND_HTML }, { "application/hta", FIND_HTML }, { "application/xml", FIND_HTML },
	{ "text/xml", FIND_HTML }, { "text/calendar", FIND_CALENDAR }, { "text/x-vcalendar", FIND_CALENDAR },
	{ "application/ics", FIND_CALENDAR }, { "text/vcard", FIND_CONTACT }, { "text/x-vcard", FIND_CONTACT },
	{ "text/directory", FIND_CONTACT }, { "application/x-mswinurl", FIND_INI },
	{ "application/internet-shortcut", FIND_INI }, { "application/x-desktop", FIND_INI },
	{ "application/x-ms-scf", FIND_INI }, { "application/x-webloc", FIND_PLIST },
	{ "application/windows-library+xml", FIND_HTML }, { "application/x-ms-shortcut", FIND_LNK },
};

static enum find_kind
kind_of(struct str media)
{
	const struct filetype *t;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_eq_nocase(media, str_of(kinds[i].media)))
			return kinds[i].kind;
	t = filetype_by_media(media);
	if (t && (t->group == FILETYPE_SCRIPT || t->group == FILETYPE_SHORTCUT))
		return FIND_SCRIPT;
	return (t && t->group == FILETYPE_TEXT) || str_starts_nocase(media, STR("text/")) ? FIND_TEXT : FIND_NOTHING;
}

enum find_kind
find_kind(struct str type, struct str declared, struct str name)
{
	enum find_kind real = kind_of(type), said = kind_of(declared);
	const struct filetype *named = filetype_by_name(name);

	/* Text is whatever its label or its name make of it: that is how clients choose a reader. */
	if (real != FIND_TEXT && real != FIND_NOTHING)
		return real;
	if (real == FIND_NOTHING && type.n && !str_eq(type, STR("application/octet-stream")))
		return FIND_NOTHING;
	if (said != FIND_TEXT && said != FIND_NOTHING)
		return said;
	if (named && kind_of(str_of(named->media)) > FIND_TEXT)
		return kind_of(str_of(named->media));
	return real == FIND_TEXT || said == FIND_TEXT ? FIND_TEXT : FIND_NOTHING;
}

void
find_utf8(struct links *links, enum find_kind kind, struct str utf8, const struct find_how *how)
{
	const struct text_how text = { .joins_lines = how->flowed, .wraps = true }, script = { .schemes_only = true };

	switch (kind) {
	case FIND_NOTHING:
	case FIND_LNK:
		break;
	case FIND_TEXT:
		find_text(links, utf8, how->part, &text, LINK_IN_TEXT);
		break;
	case FIND_SCRIPT:
		find_text(links, utf8, how->part, &script, LINK_IN_SCRIPT);
		break;
	case FIND_HTML:
		find_html(links, utf8, how->part, how->base);
		break;
	case FIND_CALENDAR:
		find_calendar(links, utf8, how->part, LINK_IN_CALENDAR);
		break;
	case FIND_CONTACT:
		find_calendar(links, utf8, how->part, LINK_IN_CONTACT);
		break;
	case FIND_INI:
		find_ini(links, utf8, how->part);
		break;
	case FIND_PLIST:
		find_html(links, utf8, how->part, NULL);
		break;
	}
}

void
find_content(struct links *links, enum find_kind kind, struct str content, size_t part)
{
	struct find_how how = { .part = part };
	struct buf utf8;

	if (kind == FIND_NOTHING)
		return;
	if (content.n > FIND_BYTES)
		links_note_cut(links);
	content = str_upto(content, FIND_BYTES);
	if (kind == FIND_LNK || (kind == FIND_PLIST && str_starts(content, STR("bplist0")))) {
		find_binary(links, kind == FIND_LNK, content, part);
		return;
	}
	if (charset_is_utf8(content)) {
		find_utf8(links, kind, content, &how);
		return;
	}
	buf_init(&utf8, content.n * UTF8_GROWTH + 16);
	charset_to_utf8(content, charset_guess(content), &utf8, &(uint64_t){ 0 });
	find_utf8(links, kind, buf_str(&utf8), &how);
	buf_clear(&utf8);
}
