/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/link/link.c lib/link/where.c lib/link/find.c lib/link/find_into.c lib/link/find_header.c */
/* covers: lib/link/nested.c lib/link/find_calendar.c lib/link/find_shortcut.c */
#include "link/link.h"

#include "conf/limits_opts.h"
#include "link/find.h"
#include "link/find_header.h"
#include "link/find_into.h"
#include "test.h"

static struct limits lim;
static struct pool *pool;

static void
flags(const struct link *l, struct buf *out)
{
	static const char letters[] = "!?*-";
	const bool set[] = { l->loads, l->form, l->asks_secret, l->unsubscribe };

	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++)
		if (set[i])
			buf_addc(out, letters[i]);
	if (l->tricks & URL_DEFANGED)
		buf_adds(out, "x");
}

/* "where=url[words]" of all links; "(cut)" when some were left out. */
static struct str
show(const struct links *links)
{
	const struct link *all = links_all(links)->items;
	struct buf out;
	struct str s;

	buf_init(&out, 1 << 20);
	for (size_t i = 0; i < links_all(links)->n; i++) {
		buf_printf(&out, "%s%s=", i ? " " : "", link_where_name(all[i].where));
		buf_add(&out, all[i].url);
		flags(&all[i], &out);
		if (all[i].text.n)
			buf_printf(&out, "[%.*s]", STR_ARG(all[i].text));
	}
	if (links_cut(links))
		buf_adds(&out, "(cut)");
	s = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	return s;
}

static void
collects(void)
{
	struct links *l = links_new(pool, &lim, NULL);
	struct link_found f = { .url = STR("HTTP://Example.COM/a b"), .text = STR("  here "), .part = 1 };
	const struct link *first;
	struct buf out;
	struct url base;

	test_ok(links_add(l, &f), "a link");
	first = links_all(l)->items;
	test_str(first->url, STR("http://example.com/a%20b"), "is canonical");
	test_str(first->host, STR("example.com"), "its host");
	test_str(first->text, STR("here"), "its words, trimmed");
	test_str(first->outer, first->url, "outer is the same when nothing is wrapped");
	f.loads = true;
	test_ok(links_add(l, &f) && links_all(l)->n == 1 && first->loads, "the same again adds its flags");
	f.part = 2;
	test_ok(links_add(l, &f) && links_all(l)->n == 2, "in another part it is another");
	f.text = STR("there");
	test_ok(links_add(l, &f) && links_all(l)->n == 3, "with other words it is another");
	f.url = STR("c?d");
	test_ok(!links_add(l, &f), "relative to nothing is none");
	test_int(url_parse(pool, STR("https://b.example/x/"), NULL, &base), RC_OK, "a base");
	f.base = &base;
	test_ok(links_add(l, &f), "relative to a base");
	test_str(((const struct link *)links_all(l)->items)[3].url, STR("https://b.example/x/c?d"), "is resolved");
	f = (struct link_found){ .url = STR("hxxp://x"), .tricks = URL_DEFANGED };
	f.url = STR("http://defanged.example/");
	links_add(l, &f);
	buf_init(&out, 1000);
	links_lines(links_all(l), &out);
	test_str(buf_str(&out), STR("http://example.com/a%20b\nhttp://example.com/a%20b\nhttp://example.com/a%20b\n"
	    "https://b.example/x/c?d\n"), "one a line, without what nobody follows");
	buf_clear(&out);
}

static void
leaves_out(void)
{
	static const char *const none[] = { "", " ", "#top", "mailto:a@b.c", "MAILTO:a@b.c", "tel:+1", "cid:x@y", "mid:x",
		"sms:1", "about:blank", "data:image/png;base64,AAAA", "http://", "http://a b/" };
	struct links *l = links_new(pool, &lim, NULL);

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		test_ok(!links_add(l, &(struct link_found){ .url = str_of(none[i]), .loads = true }), none[i]);
	test_ok(links_all(l)->n == 0 && !links_cut(l), "nothing is there");
	links_add(l, &(struct link_found){ .url = STR("data:text/html,<b>"), .where = LINK_IN_HREF });
	links_add(l, &(struct link_found){ .url = STR("javascript:x()"), .where = LINK_IN_HREF });
	test_str(show(l), STR("href=data:text/html href=javascript:x()"), "what a click runs is there");
}

static void
limits(void)
{
	struct limits few = lim;
	struct links *l;
	struct buf url;

	few.links = 100;
	l = links_new(pool, &few, NULL);
	for (int i = 0; i < 150; i++) {
		struct str s = pool_printf(pool, "http://h%d.example/", i);

		if (links_add(l, &(struct link_found){ .url = s }) != (i < 100))
			test_ok(false, "as many as limit.links");
	}
	test_ok(links_cut(l) && links_all(l)->n == 100, "no more than limit.links");
	test_ok(links_add(l, &(struct link_found){ .url = STR("http://h99.example/") }), "what is known is no news");
	few = lim;
	few.report_bytes = 64 * 1024;
	l = links_new(pool, &few, NULL);
	buf_init(&url, 32000);
	buf_adds(&url, "http://a.example/");
	while (!url.full)
		buf_addc(&url, 'x');
	test_ok(links_add(l, &(struct link_found){ .url = buf_str(&url) }) && !links_cut(l), "half of the report is for links");
	url.p[20] = 'y';
	test_ok(!links_add(l, &(struct link_found){ .url = buf_str(&url) }) && links_cut(l), "and no more");
	buf_clear(&url);
	l = links_new(pool, &lim, NULL);
	buf_init(&url, 40000);
	while (!url.full)
		buf_addc(&url, 'x');
	memcpy(url.p, "http://a/", 9);
	test_ok(!links_add(l, &(struct link_found){ .url = buf_str(&url) }) && links_cut(l), "a URL that is too long is cut");
	buf_clear(&url);
}

static void
nested(void)
{
	static const struct {
		const char *name, *url, *want;
	} rows[] = {
		{ "a parameter", "http://r.c/u?x=1&url=http%3A%2F%2Fb.c%2Fd", "nested=http://b.c/d" },
		{ "encoded twice", "http://r.c/u?q=http%253A%252F%252Fb.c%252Fd", "nested=http://b.c/d" },
		{ "not encoded", "http://r.c/u?https://b.c/d", "nested=https://b.c/d" },
		{ "in the path", "http://r.c/go/http://b.c/d", "nested=http://b.c/d" },
		{ "in the path, encoded", "http://r.c/go/https%3A%2F%2Fb.c%2Fd", "nested=https://b.c/d" },
		{ "in the fragment", "http://r.c/#http://b.c", "nested=http://b.c/" },
		{ "two", "http://r.c/?a=http://b.c&b=http://d.e", "nested=http://b.c/ nested=http://d.e/" },
		{ "only one level", "http://r.c/?a=http%3A//b.c/%3Fc=http%253A//d.e", "nested=http://b.c/?c=http%3A//d.e" },
		{ "none", "http://r.c/httpd?http=1&q=https", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct links *l = links_new(pool, &lim, NULL);
		struct str got;

		links_add(l, &(struct link_found){ .url = str_of(rows[i].url) });
		got = show(l);
		got = str_from(got, str_chr(got, ' ') == STR_NPOS ? got.n : str_chr(got, ' ') + 1);
		test_str(got, str_of(rows[i].want), rows[i].name);
	}
}

struct row {
	const char *name;
	enum find_kind kind;
	struct str in, want;
};

static void
contents(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct links *l = links_new(pool, &lim, NULL);

		find_content(l, rows[i].kind, rows[i].in, 0);
		test_str(show(l), rows[i].want, rows[i].name);
	}
}

#define CONTENTS(rows) contents(rows, sizeof(rows) / sizeof(rows[0]))

static void
documents(void)
{
	static const struct row rows[] = {
		{ "html", FIND_HTML, STR("<base href='http://b.c/d/'><a href=e>f</a> see www.g.org"),
		    STR("base=http://b.c/d/ href=http://b.c/d/e[f] text=http://www.g.org/") },
		{ "a base behind the link", FIND_HTML, STR("<a href=e></a><base href='http://b.c'>"),
		    STR("href=http://b.c/e base=http://b.c/") },
		{ "what is in an anchor is no text", FIND_HTML, STR("<a href=http://b.c>www.d.org</a>"),
		    STR("href=http://b.c/[www.d.org]") },
		{ "form", FIND_HTML, STR("<form action=http://b.c><input type=password>"), STR("action=http://b.c/?*") },
		{ "srcdoc", FIND_HTML, STR("<base href=http://b.c><iframe srcdoc='<a href=d>e</a>'>"),
		    STR("base=http://b.c/ href=http://b.c/d[e]") },
		{ "data", FIND_HTML, STR("<a href='data:text/html;base64,PGEgaHJlZj1odHRwOi8vYi5jPmQ8L2E+'>"),
		    STR("href=data:text/html;base64 href=http://b.c/[d]") },
		{ "data, percent and no type", FIND_HTML, STR("<a href='data:,see%20http://b.c'>"),
		    STR("href=data: data=http://b.c/") },
		{ "data in data is too deep", FIND_HTML,
		    STR("<a href=\"data:text/html,<a href='data:text/html,%3Ca%20href=http://b.c%3E'>\">"),
		    STR("href=data:text/html") },
		{ "script as link", FIND_HTML, STR("<a href=\"javascript:location='http://b.c%2fd'\">"),
		    STR("href=javascript:location='http://b.c%2fd' script=http://b.c/d") },
		{ "utf-16", FIND_HTML, STR("\xff\xfe<\0a\0 \0h\0r\0e\0f\0=\0h\0t\0t\0p\0:\0/\0/\0b\0.\0c\0>\0"), STR("href=http://b.c/") },
		{ "text", FIND_TEXT, STR("hxxp://b[.]c www.d.org"), STR("text=http://b.c/x text=http://www.d.org/") },
		{ "script", FIND_SCRIPT, STR("x = 'http://b.c'; d.org"), STR("script=http://b.c/") },
		{ "nothing", FIND_NOTHING, STR("http://b.c"), STR("") },
	};

	CONTENTS(rows);
}

static void
calendars(void)
{
	static const struct row rows[] = {
		{ "properties", FIND_CALENDAR, STR("BEGIN:VEVENT\r\nURL:http://a.b/c\r\nATTACH;FMTTYPE=a/b:http://a.b/d\r\n"
		    "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://a.b/e\r\nEND:VEVENT\r\n"),
		    STR("calendar=http://a.b/c calendar=http://a.b/d calendar=https://a.b/e") },
		{ "folded and escaped", FIND_CALENDAR, STR("DESCRIPTION:join\\, at\\nhttp://a.b/c\r\n d?e\\;f\\nnow\r\n"),
		    STR("calendar=http://a.b/cd?e;f") },
		{ "location", FIND_CALENDAR, STR("LOCATION:www.a.org\n"), STR("calendar=http://www.a.org/") },
		{ "html", FIND_CALENDAR, STR("X-ALT-DESC;FMTTYPE=text/html:<a href=\"http:\r\n //a.b/c\">j</a>\r\n"),
		    STR("href=http://a.b/c[j]") },
		{ "parameters", FIND_CALENDAR, STR("DESCRIPTION;ALTREP=\"http://a.b/x:y\":text\r\n"),
		    STR("calendar=http://a.b/x:y") },
		{ "a bare host as URL", FIND_CALENDAR, STR("URL:a.b/c\r\n"), STR("") },
		{ "card", FIND_CONTACT, STR("BEGIN:VCARD\r\nitem1.URL;type=pref:http://a.b/c\r\nNOTE:see d.org\r\n"
		    "X-SOCIALPROFILE;type=x:http://a.b/e\r\nEND:VCARD\r\n"),
		    STR("contact=http://a.b/c contact=http://d.org/ contact=http://a.b/e") },
		{ "card 2.1", FIND_CONTACT, STR("NOTE;ENCODING=QUOTED-PRINTABLE:see http://a.b/=\r\nc=3Dd\r\nTEL:1\r\n"),
		    STR("contact=http://a.b/c=d") },
		{ "no line at all", FIND_CALENDAR, STR("http"), STR("") },
	};

	CONTENTS(rows);
}

#define LNK_HEAD(flags) "L\0\0\0\1\x14\2\0\0\0\0\0\xc0\0\0\0\0\0\0F" flags \
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void
shortcuts(void)
{
	static const struct row rows[] = {
		{ "url", FIND_INI, STR("[InternetShortcut]\r\nURL=http://a.b/c\r\nIconFile=\\\\d.e\\f\r\n"),
		    STR("shortcut=http://a.b/c shortcut=file://d.e/f") },
		{ "url, odd", FIND_INI, STR(" url = file://a.b/c \nModified=1"), STR("shortcut=file://a.b/c") },
		{ "desktop", FIND_INI, STR("[Desktop Entry]\nExec=open http://a.b/c\n"), STR("shortcut=http://a.b/c") },
		{ "webloc", FIND_PLIST, STR("<plist><dict><key>URL</key><string>http://a.b/c?d&amp;e</string></dict></plist>"),
		    STR("text=http://a.b/c?d&e") },
		{ "webloc, binary", FIND_PLIST, STR("bplist00\xd1\1\2SURL_\x10\x0chttp://a.b/c\x08\x0b\x0f"
		    "\0\0\0\0\0\0\1\1\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x1e"), STR("shortcut=http://a.b/c") },
		{ "lnk", FIND_LNK, STR(LNK_HEAD("\x20\0\0\0") "\x0c\0http://a.b/c"), STR("shortcut=http://a.b/c") },
		{ "lnk, wide", FIND_LNK, STR(LNK_HEAD("\xa0\0\0\0") "\x0c\0h\0t\0t\0p\0:\0/\0/\0a\0.\0b\0/\0c\0"),
		    STR("shortcut=http://a.b/c") },
		{ "lnk, share", FIND_LNK, STR(LNK_HEAD("\x02\0\0\0") "\x31\0\0\0\x1c\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\x1c\0\0\0"
		    "\0\0\0\0\x17\0\0\0\2\0\0\0\x0c\0\0\0\\\\a.b\\c\0x"), STR("shortcut=file://a.b/c") },
		{ "lnk, cut", FIND_LNK, STR(LNK_HEAD("\x20\0\0\0") "\xff\xffhttp"), STR("") },
		{ "lnk, too short", FIND_LNK, STR("L\0\0\0"), STR("") },
		{ "plist, lies", FIND_PLIST, STR("bplist00xxxxxxxx\0\0\0\0\0\0\x08\x08\xff\xff\xff\xff\xff\xff\xff\xff"
		    "\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"), STR("(cut)") },
	};

	CONTENTS(rows);
}

static void
kinds(void)
{
	static const struct {
		const char *type, *declared, *name;
		enum find_kind want;
	} rows[] = {
		{ "text/html", "", "", FIND_HTML }, { "text/plain", "text/html", "", FIND_HTML },
		{ "text/plain", "", "a.HTM", FIND_HTML }, { "text/plain", "", "", FIND_TEXT },
		{ "text/plain", "text/calendar", "", FIND_CALENDAR }, { "text/plain", "application/octet-stream", "a.ics", FIND_CALENDAR },
		{ "text/calendar", "text/plain", "", FIND_CALENDAR }, { "text/vcard", "", "", FIND_CONTACT },
		{ "application/x-ms-shortcut", "", "", FIND_LNK }, { "text/plain", "", "a.url", FIND_INI },
		{ "application/x-mswinurl", "", "", FIND_INI }, { "image/svg+xml", "", "", FIND_HTML },
		{ "image/png", "text/html", "a.html", FIND_NOTHING }, { "application/zip", "", "a.html", FIND_NOTHING },
		{ "text/javascript", "", "", FIND_SCRIPT }, { "text/plain", "", "a.js", FIND_SCRIPT },
		{ "application/octet-stream", "text/html", "", FIND_HTML }, { "application/octet-stream", "", "", FIND_NOTHING },
		{ "", "text/x-amp-html", "", FIND_HTML }, { "text/csv", "", "", FIND_TEXT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str name = pool_printf(pool, "%s, %s, %s", rows[i].type, rows[i].declared, rows[i].name);

		test_int(find_kind(str_of(rows[i].type), str_of(rows[i].declared), str_of(rows[i].name)), rows[i].want,
		    pool_cstr(pool, name));
	}
}

static struct str
headers(const char *mail)
{
	struct links *l = links_new(pool, &lim, NULL);
	struct message *msg = mime_parse(pool, &lim, str_of(mail));

	for (size_t i = 0; i < msg->n_parts; i++)
		find_header(l, msg, i);
	return show(l);
}

static void
fields(void)
{
	static const struct {
		const char *name, *mail, *want;
	} rows[] = {
		{ "subject", "Subject: win at www.a.org =?utf-8?q?now_http=3A//b.c?=\n\n",
		    "header=http://www.a.org/ header=http://b.c/" },
		{ "unsubscribe", "List-Unsubscribe: <mailto:x@y>,\n <http://a.b/\n c>\nList-Archive: http://d.e/\n\n",
		    "header=http://a.b/c- header=http://d.e/" },
		{ "a subject inside", "Content-Type: message/rfc822\n\nSubject: http://a.b\n\nx", "header=http://a.b/" },
		{ "external", "Content-Type: message/external-body; access-type=URL;\n URL=\"http://a.b/\n c\"\n\n\n",
		    "external=http://a.b/c!" },
		{ "external, ftp", "Content-Type: message/external-body; access-type=ANON-FTP; site=a.b; directory=c;\n"
		    " name=d\n\n\n", "external=ftp://a.b/c/d!" },
		{ "others", "X: http://a.b\nFrom: http://c.d\n\nhttp://e.f", "" },
	};
	struct message *msg;
	struct url u;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_str(headers(rows[i].mail), str_of(rows[i].want), rows[i].name);
	msg = mime_parse(pool, &lim, STR("Content-Type: multipart/related; boundary=x\nContent-Location: \"http://a.b/c\"\n\n"
	    "--x\nContent-Type: text/html\n\ny\n--x--\n"));
	test_ok(find_header_base(pool, msg, 1, &u) && str_eq(u.href, STR("http://a.b/c")), "a base of the part around");
	msg = mime_parse(pool, &lim, STR("Content-Location: x.html\n\ny"));
	test_ok(!find_header_base(pool, msg, 0, &u), "a name is no base");
}

int
main(void)
{
	limits_default(&lim);
	pool = pool_new(0);
	collects();
	leaves_out();
	limits();
	nested();
	documents();
	calendars();
	shortcuts();
	kinds();
	fields();
	pool_free(&pool);
	return test_done();
}
