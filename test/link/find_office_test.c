/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/find_office.h"

#include "conf/limits_opts.h"
#include "test.h"

#define RELS "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
#define TYPE "Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define WORD "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>"
#define ODF "<office:document xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\">"
#define OLE "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

static const struct {
	const char *name;
	struct str in;
	const char *want;		/* links, each ended by a blank; '!' before those that load */
} rows[] = {
	{ "hyperlink", STR(RELS "<Relationship Id=\"a\" " TYPE "hyperlink\" Target=\"http://bad.example/?a=1&amp;b=2\" TargetMode=\"External\"/>"),
	    "http://bad.example/?a=1&b=2 " },
	{ "attached template", STR(RELS "<Relationship " TYPE "attachedTemplate\" TargetMode='External' Target='https://bad.example/t.dotm'/>"),
	    "!https://bad.example/t.dotm " },
	{ "frame, object, picture", STR(RELS "<Relationship " TYPE "frame\" Target=\"http://a.example/\" TargetMode=\"External\"/>"
	    "<Relationship " TYPE "oleObject\" Target=\"http://b.example/\" TargetMode=\"External\"/>"
	    "<Relationship " TYPE "image\" Target=\"http://c.example/\" TargetMode=\"External\"/>"),
	    "!http://a.example/ !http://b.example/ !http://c.example/ " },
	{ "External left out", STR(RELS "<Relationship " TYPE "oleObject\" Target=\"http://b.example/\"/>"), "!http://b.example/ " },
	{ "inside the file", STR(RELS "<Relationship " TYPE "image\" Target=\"media/image1.png\"/>"), "" },
	{ "field", STR(WORD "<w:p><w:r><w:instrText> HYPERLINK \"http://bad.exa</w:instrText></w:r><w:r><w:instrText>mple/x\" </w:instrText></w:r></w:p>"),
	    "http://bad.example/x " },
	{ "simple field", STR(WORD "<w:fldSimple w:instr=' INCLUDEPICTURE \"http://bad.example/p.png\" '/>"), "http://bad.example/p.png " },
	{ "words", STR(WORD "<w:p><w:r><w:t>go to https://bad.exam</w:t></w:r><w:r><w:t>ple/y now</w:t></w:r></w:p>"), "https://bad.example/y " },
	{ "two paragraphs", STR(WORD "<w:p><w:t>https://a.example/1</w:t></w:p><w:p><w:t>2</w:t></w:p>"), "https://a.example/1 " },
	{ "OpenDocument", STR(ODF "<text:a xlink:type=\"simple\" xlink:href=\"https://bad.example/\">x</text:a>"
	    "<draw:image xlink:href=\"http://bad.example/i.png\"/><draw:image xlink:href=\"Pictures/1.png\"/>"),
	    "https://bad.example/ !http://bad.example/i.png " },
	{ "OLE, bytes", STR(OLE "\0\0\0HYPERLINK \"http://bad.example/a\"\0\0"), "http://bad.example/a " },
	{ "OLE, UTF-16", STR(OLE "\0\0h\0t\0t\0p\0s\0:\0/\0/\0b\0.\0t\0e\0s\0t\0/\0x\0\0\0"), "https://b.test/x " },
	{ "OLE, UTF-16 at an odd place", STR(OLE "\0h\0t\0t\0p\0s\0:\0/\0/\0b\0.\0t\0e\0s\0t\0/\0x\0\0\0"), "https://b.test/x " },
	{ "OLE, names of XML", STR(OLE "http://schemas.openxmlformats.org/drawingml/2006/main\0"), "" },
	{ "OLE, chance", STR(OLE "\x01tp://%U\x02"), "" },
	{ "RTF field", STR("{\\rtf1 {\\field{\\*\\fldinst{HYPERLINK \"http://bad.example/r\"}}{\\fldrslt click}}}"), "http://bad.example/r " },
	{ "RTF, bytes escaped", STR("{\\rtf1 HYPERLINK \"\\'68ttp://bad.ex{\\b }ample/\\u114 \"}"), "http://bad.example/r " },
	{ "RTF template", STR("{\\rtf1{\\*\\template http://bad.example/t.dotm}}"), "http://bad.example/t.dotm " },
	{ "RTF object", STR("{\\rtf1{\\object{\\*\\objdata 0105000002000000\n0000000000000000000000000000000000000000000000000000\n"
	    "687474703a2f2f6261642e6578616d706c652f6f00}}}"), "http://bad.example/o " },
	{ "RTF, names of XML", STR("{\\rtf1{\\*\\xmlnstbl {\\xmlns1 http://schemas.microsoft.com/office/word/2003/wordml}}}"), "" },
	{ "something else", STR("<html>https://a.example/"), "" },
	{ "nothing", STR(""), "" },
};

static void
check(struct str in, const char *want, const char *name)
{
	struct limits lim;
	struct pool *pool = pool_new(0);
	struct links *l;
	struct buf got;

	limits_default(&lim);
	l = links_new(pool, &lim, NULL);
	buf_init(&got, 1 << 16);
	find_office(l, office_kind(in), in, 0);
	for (size_t i = 0; i < links_all(l)->n; i++) {
		const struct link *k = (const struct link *)links_all(l)->items + i;

		if (k->loads)
			buf_addc(&got, '!');
		buf_add(&got, k->url);
		buf_addc(&got, ' ');
		test_ok(k->where == LINK_IN_OFFICE, "where");
	}
	test_str(buf_str(&got), str_of(want), name);
	buf_clear(&got);
	pool_free(&pool);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(rows[i].in, rows[i].want, rows[i].name);
	return test_done();
}
