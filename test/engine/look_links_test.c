/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/engine/look_links.c */
/* Links of whole messages: of each part, of files in archives, with charset and base of the part; and
 * what rules are told. */
#include <zlib.h>

#include "engine/engine.h"
#include "kit.h"

static const char rule[] = "rule follows { meta: description = \"x\" class = \"phishing\" score = \"1\" scope = \"links\" "
	"strings: $a = \"http://bad.example/\" $b = \"defanged.example\" condition: $a and not $b }";

#define HEAD "From: a@b.example\r\nDate: Mon, 3 Mar 2025 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"

static struct str
show(struct kit *k, struct str mail)
{
	struct buf out;
	struct str s;

	kit_inspect(k, mail);
	buf_init(&out, 64 * 1024);
	for (size_t i = 0; i < k->report.links.n; i++) {
		const struct link *l = report_link_at(&k->report, i);

		buf_printf(&out, "%s%.*s %s=%.*s", i ? ", " : "", STR_ARG(report_part_at(&k->report, l->part)->id),
		    link_where_name(l->where), STR_ARG(l->url));
	}
	s = pool_str(k->pool, buf_str(&out));
	buf_clear(&out);
	return s;
}

static void
parts(struct kit *k)
{
	static const struct {
		const char *name, *mail, *want;
	} rows[] = {
		{ "text", HEAD "Subject: s\r\n\r\nsee http://a.example/x.\r\n", "1 text=http://a.example/x" },
		{ "subject", HEAD "Subject: www.a.example\r\n\r\nx\r\n", "1 header=http://www.a.example/" },
		{ "html", HEAD "Content-Type: text/html\r\n\r\n<a href=http://a.example>x</a>\r\n", "1 href=http://a.example/" },
		{ "html, charset", HEAD "Content-Type: text/html; charset=utf-7\r\n\r\n+ADw-a href=http://a.example+AD4-x\r\n",
		    "1 href=http://a.example/" },
		{ "html, base of the part", HEAD "Content-Base: http://a.example/b/\r\nContent-Type: text/html\r\n\r\n"
		    "<a href=c>x</a>\r\n", "1 href=http://a.example/b/c" },
		{ "markup in plain text", HEAD "Content-Type: text/plain\r\n\r\n<html><!-- http://a.example/ --></html>\r\n",
		    "1 text=http://a.example/" },
		{ "flowed", HEAD "Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\nhttp://a.example/b \r\nc\r\n",
		    "1 text=http://a.example/bc" },
		{ "cut at a line end", HEAD "Subject: s\r\n\r\nhttp://a.example/0123456789012345678901234567890123456789012345678901234\r\n"
		    "56/x.html now\r\n", "1 text=http://a.example/0123456789012345678901234567890123456789012345678901234, "
		    "1 text=http://a.example/012345678901234567890123456789012345678901234567890123456/x.html" },
		{ "amp", HEAD "Content-Type: text/x-amp-html\r\n\r\n<html amp4email><a href=http://a.example>x</a>\r\n",
		    "1 href=http://a.example/" },
		{ "calendar", HEAD "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nURL:http://a.exa\r\n mple/\r\nEND:VCALENDAR\r\n",
		    "1 calendar=http://a.example/" },
		{ "card", HEAD "Content-Type: text/vcard\r\n\r\nBEGIN:VCARD\r\nURL:http://a.example/\r\nEND:VCARD\r\n",
		    "1 contact=http://a.example/" },
		{ "picture", HEAD "Content-Type: image/svg+xml\r\nContent-Disposition: attachment; filename=a.svg\r\n\r\n"
		    "<svg xmlns=\"http://www.w3.org/2000/svg\"><a href=\"http://a.example/\"/></svg>\r\n", "1 href=http://a.example/" },
		{ "bad UTF-8 in a host", HEAD "Content-Type: text/html; charset=utf-8\r\n\r\n<a href=\"http://a\xc0\xae" "example/\">x\r\n",
		    "1 href=http://a.example/" },
		{ "a part that is no text", HEAD "Content-Type: application/octet-stream\r\n\r\n\1\2\3http://a.example/\r\n", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_str(show(k, str_of(rows[i].mail)), str_of(rows[i].want), rows[i].name);
}

/* A tar of one member, which libarchive opens: the header with its sum, the content, two empty blocks. */
static struct str
tar_mail(struct buf *b, const char *name, const char *content)
{
	char block[512] = { 0 };
	unsigned sum = 0;

	snprintf(block, 100, "%s", name);
	memcpy(block + 100, "0000644\0" "0000000\0" "0000000\0", 24);
	snprintf(block + 124, 12, "%08o", (unsigned)strlen(content) & 0xffff);
	memcpy(block + 136, "00000000000\0        0", 21);
	memcpy(block + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum & 0xffff);
	buf_reset(b);
	buf_adds(b, HEAD "Content-Type: application/x-tar; name=a.tar\r\nContent-Transfer-Encoding: binary\r\n\r\n");
	buf_add(b, (struct str){ block, sizeof(block) });
	buf_adds(b, content);
	for (size_t i = strlen(content); i < 3 * 512; i++)
		buf_addc(b, '\0');
	return buf_str(b);
}

static void
archives(struct kit *k)
{
	struct buf b;

	buf_init(&b, 8192);
	test_str(show(k, tar_mail(&b, "x.html", "<html><body><a href=http://a.example/>x</a></body></html>")),
	    STR("1/x.html href=http://a.example/"), "a page in an archive");
	test_str(show(k, tar_mail(&b, "shortcut.url", "[InternetShortcut]\nURL=http://a.example/\n")),
	    STR("1/shortcut.url shortcut=http://a.example/"), "a shortcut in an archive");
	buf_clear(&b);
}

/* Scraps that are called PDF show nothing; a document that cannot be opened may show something elsewhere. */
static void
damaged(struct kit *k)
{
	kit_inspect(k, STR(HEAD "Content-Type: application/pdf\r\n\r\n%PDF-1.>\r\nstartxref\r\n53610\r\n%%EOF\r\n"));
	test_ok(!kit_unscanned(k, UNSCANNED_AMBIGUOUS), "a PDF without anything to draw");
	kit_inspect(k, STR(HEAD "Content-Type: application/pdf\r\n\r\n%PDF-1.4\r\n1 0 obj<<>>stream\r\nx\r\nendstream\r\n"));
	test_ok(kit_unscanned(k, UNSCANNED_AMBIGUOUS), "a PDF with a stream that cannot be opened");
	test_str(show(k, STR(HEAD "Content-Type: application/pdf\r\n\r\n%PDF-1.4\r\n<</URI(http://a.example/)>>\r\n")),
	    STR("1 pdf=http://a.example/"), "links of scraps are found");
}

static void
put_le(struct buf *b, uint32_t v, int n)
{
	for (int i = 0; i < n; i++, v >>= 8)
		buf_addc(b, (char)(v & 0xff));
}

static void
zip_fields(struct buf *b, struct str content)
{
	put_le(b, 20, 2);
	put_le(b, 0, 8);		/* flags, stored, time and date */
	put_le(b, (uint32_t)crc32(0, (const unsigned char *)content.p, (unsigned)content.n), 4);
	put_le(b, (uint32_t)content.n, 4);
	put_le(b, (uint32_t)content.n, 4);
}

struct member {
	const char *name;
	struct str content;
};

/* Members as they are, not packed, in a mail of this type. */
static struct str
zip_mail(struct buf *b, const char *type, const struct member *m, size_t n)
{
	uint32_t at[4];
	size_t begin, dir;

	buf_reset(b);
	buf_printf(b, HEAD "Content-Type: %s\r\nContent-Transfer-Encoding: binary\r\n\r\n", type);
	begin = b->n;
	for (size_t i = 0; i < n; i++) {
		at[i] = (uint32_t)(b->n - begin);
		buf_adds(b, "PK\3\4");
		zip_fields(b, m[i].content);
		put_le(b, (uint32_t)strlen(m[i].name), 4);
		buf_adds(b, m[i].name);
		buf_add(b, m[i].content);
	}
	dir = b->n;
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, "PK\1\2");
		put_le(b, 20, 2);
		zip_fields(b, m[i].content);
		put_le(b, (uint32_t)strlen(m[i].name), 4);
		put_le(b, 0, 10);
		put_le(b, at[i], 4);
		buf_adds(b, m[i].name);
	}
	buf_adds(b, "PK\5\6");
	put_le(b, 0, 4);
	put_le(b, (uint32_t)(n | n << 16), 4);
	put_le(b, (uint32_t)(b->n - dir - 8), 4);
	put_le(b, (uint32_t)(dir - begin), 4);
	put_le(b, 0, 2);
	return buf_str(b);
}

#define RELS(type, target) "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/" \
	"relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/" type \
	"\" Target=\"" target "\" TargetMode=\"External\"/></Relationships>"

/* Where a link hides in files within files: it is found, with the way to it. */
static void
inside(struct kit *k)
{
	static const struct {
		const char *name, *type;
		struct member m;
		const char *want;
	} rows[] = {
		{ "a page in a zip", "application/zip; name=a.zip", { "d/x.html", STR("<html><body><form action=http://a.example/f>"
		    "<a href='http://a.example/'>x</a></form></body></html>") },
		    "1/d/x.html action=http://a.example/f, 1/d/x.html href=http://a.example/" },
		{ "a card in a zip", "application/zip; name=a.zip", { "x.vcf", STR("BEGIN:VCARD\r\nVERSION:3.0\r\nURL:http://a.example/\r\n"
		    "END:VCARD\r\n") }, "1/x.vcf contact=http://a.example/" },
		{ "an invitation in a zip", "application/zip; name=a.zip", { "x.ics", STR("BEGIN:VCALENDAR\r\nURL:http://a.exa\r\n mple/\r\n"
		    "END:VCALENDAR\r\n") }, "1/x.ics calendar=http://a.example/" },
		{ "a message in a zip", "application/zip; name=a.zip", { "x.eml", STR(HEAD "Subject: s\r\nContent-Type: text/html\r\n\r\n"
		    "<a href=http://a.example/>x</a>\r\n") }, NULL },
		{ "a webloc in a zip", "application/zip; name=a.zip", { "x.webloc", STR("<?xml version=\"1.0\"?><plist version=\"1.0\"><dict>"
		    "<key>URL</key><string>http://a.example/</string></dict></plist>") }, NULL },
		{ "a workbook's link", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet; name=a.xlsx",
		    { "xl/worksheets/_rels/sheet1.xml.rels", STR(RELS("hyperlink", "http://a.example/")) }, NULL },
		{ "a document's template", "application/vnd.openxmlformats-officedocument.wordprocessingml.document; name=a.docx",
		    { "word/_rels/settings.xml.rels", STR(RELS("attachedTemplate", "http://a.example/")) }, NULL },
	};
	struct buf b;

	buf_init(&b, 65536);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str got = show(k, zip_mail(&b, rows[i].type, &rows[i].m, 1));

		if (rows[i].want)
			test_str(got, str_of(rows[i].want), rows[i].name);
		else if (!test_ok(str_find(got, STR("=http://a.example/")) != STR_NPOS &&
		    str_find(got, str_of(rows[i].m.name)) != STR_NPOS, rows[i].name))
			test_show("found", got);
	}
	test_str(show(k, STR(HEAD "Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=x.eml\r\n\r\n"
	    HEAD "Content-Type: text/html\r\n\r\n<a href=http://a.example/>x</a>\r\n")), STR("1.1 href=http://a.example/"),
	    "an attached message");
	buf_clear(&b);
}

static void
rules(struct kit *k)
{
	show(k, STR(HEAD "Content-Type: text/html\r\n\r\n<a href=\"&#104;ttp://bad.exam\tple\">x</a> hxxp://defanged[.]example\r\n"));
	test_ok(kit_hit(k, "follows"), "rules read links as browsers do, without those that nobody follows");
	show(k, STR(HEAD "Content-Type: text/html\r\n\r\n<a href=\"http://good.example\">x</a>\r\n"));
	test_ok(!kit_hit(k, "follows"), "and do not hit others");
}

static void
many(struct kit *k)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_adds(&b, HEAD "Content-Type: text/html\r\n\r\n");
	for (int i = 0; i < 5100; i++)
		buf_printf(&b, "<a href=http://h%d.example/>x</a>", i);
	kit_inspect(k, buf_str(&b));
	test_int((int64_t)k->report.links.n, 5000, "no more than limit.links");
	test_ok(k->report.unscanned.n == 1 && str_eq(report_unscanned_at(&k->report, 0)->what, STR("limit.links")),
	    "and that is said");
	buf_clear(&b);
}

int
main(void)
{
	struct kit k;
	char dir[64], conf[200];

	if (!kit_folder(dir, sizeof(dir)))
		return 1;
	kit_put(dir, "links.yar", str_of(rule));
	snprintf(conf, sizeof(conf), "engine.clamav = no\nengine.yara_rules = %s\n", dir);
	if (test_ok(kit_open(&k, conf), "engines open")) {
		parts(&k);
		archives(&k);
		inside(&k);
		damaged(&k);
		rules(&k);
		many(&k);
	}
	kit_close(&k);
	kit_remove(dir);
	return test_done();
}
