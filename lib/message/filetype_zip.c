/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What a ZIP is, by the names in its central directory; of a file that was cut off, by its
 * local headers (APPNOTE 4.3.7, 4.3.12, 4.3.16). */
#include "base/rd.h"
#include "message/filetype_id.h"

enum {
	ENTRIES_MAX = 4000,		/* names that are looked at */
	LOCAL_HEAD = 30, CENTRAL_HEAD = 46, EOCD_BYTES = 22,
	EOCD_SEARCH = EOCD_BYTES + 65535,	/* a comment can follow */
	FLAG_ENCRYPTED = 1
};

/* What the names speak for. */
struct seen {
	bool content_types, word, excel, slides, visio, binary_excel, vba, macrosheet;
	bool manifest, android, appx, basic, fixed_docs, iwork, xpi, epub, odf, encrypted;
	struct str mimetype;
	int entries;
};

static bool
starts(struct str name, const char *prefix)
{
	return str_starts_nocase(name, str_of(prefix));
}

static void
look_office(struct seen *s, struct str name)
{
	s->word |= starts(name, "word/");
	s->excel |= starts(name, "xl/");
	s->slides |= starts(name, "ppt/");
	s->visio |= starts(name, "visio/");
	s->binary_excel |= starts(name, "xl/workbook.bin");
	s->macrosheet |= starts(name, "xl/macrosheets/");
	s->vba |= str_ends_nocase(name, STR("vbaproject.bin")) || str_ends_nocase(name, STR("vbadata.xml"));
	s->basic |= starts(name, "basic/") || starts(name, "scripts/");
}

static void
look(struct seen *s, struct str name, unsigned flags)
{
	s->entries++;
	s->encrypted |= (flags & FLAG_ENCRYPTED) != 0;
	s->content_types |= str_eq_nocase(name, STR("[Content_Types].xml"));
	s->manifest |= starts(name, "META-INF/MANIFEST.MF");
	s->android |= starts(name, "AndroidManifest.xml") || starts(name, "classes.dex");
	s->appx |= starts(name, "AppxManifest.xml") || starts(name, "AppxMetadata/");
	s->fixed_docs |= str_ends_nocase(name, STR(".fdseq"));
	s->iwork |= starts(name, "Index/Document.iwa") || starts(name, "Index.zip") || starts(name, "index.apxl");
	s->epub |= starts(name, "META-INF/container.xml");
	s->odf |= starts(name, "META-INF/manifest.xml");
	s->xpi |= starts(name, "META-INF/mozilla.") || starts(name, "install.rdf");
	look_office(s, name);
}

/* Where the central directory starts, or STR_NPOS. Programs look for the last end record. */
static size_t
central_start(struct str in)
{
	struct str tail = str_from(in, in.n > EOCD_SEARCH ? in.n - EOCD_SEARCH : 0);
	size_t at = STR_NPOS, size, off, eocd;
	struct rd r = { .in = in };

	for (size_t i = tail.n; i >= EOCD_BYTES && at == STR_NPOS; i--)
		if (str_eq(str_sub(tail, i - EOCD_BYTES, 4), STR("PK\x05\x06")))
			at = i - EOCD_BYTES;
	if (at == STR_NPOS)
		return STR_NPOS;
	eocd = in.n - tail.n + at;
	r.off = eocd + 12;
	size = rd_u32(&r);
	off = rd_u32(&r);
	/* Bytes in front of the archive move everything: trust the size first. */
	return size <= eocd && str_starts(str_from(in, eocd - size), STR("PK\x01\x02")) ? eocd - size : off;
}

static void
read_central(struct seen *s, struct str in)
{
	struct rd r = { .in = in };
	size_t start = central_start(in);

	if (start == STR_NPOS)
		return;
	rd_bytes(&r, start);
	while (s->entries < ENTRIES_MAX) {
		struct rd e = { .in = rd_bytes(&r, CENTRAL_HEAD) };
		unsigned flags;
		size_t n_name, n_extra, n_comment;

		if (!str_starts(e.in, STR("PK\x01\x02")))
			return;
		rd_bytes(&e, 8);
		flags = rd_u16(&e);
		rd_bytes(&e, 18);
		n_name = rd_u16(&e);
		n_extra = rd_u16(&e);
		n_comment = rd_u16(&e);
		look(s, rd_bytes(&r, n_name), flags);
		rd_bytes(&r, n_extra + n_comment);
	}
}

/* Without a directory: the names behind whatever looks like a local header. */
static void
read_local(struct seen *s, struct str in)
{
	size_t at = str_find(in, STR("PK\x03\x04"));

	while (at != STR_NPOS && s->entries < ENTRIES_MAX) {
		struct rd r = { .in = str_from(in, at) };
		unsigned flags;
		size_t n_name;

		rd_bytes(&r, 6);
		flags = rd_u16(&r);
		rd_bytes(&r, 18);
		n_name = rd_u16(&r);
		rd_u16(&r);
		if (r.err)
			return;
		look(s, str_upto(str_from(in, at + LOCAL_HEAD), n_name), flags);
		in = str_from(in, at + LOCAL_HEAD);
		at = str_find(in, STR("PK\x03\x04"));
	}
}

/* OpenDocument and EPUB: the first entry is "mimetype", stored, and says what it is. */
static struct str
mimetype(struct str in)
{
	struct rd r = { .in = in, .off = 18 };
	size_t size = rd_u32(&r), extra;

	rd_u32(&r);
	rd_u16(&r);
	extra = rd_u16(&r);
	if (r.err || !str_starts(str_from(in, LOCAL_HEAD), STR("mimetype")))
		return STR_NONE;
	return str_sub(in, LOCAL_HEAD + 8 + extra, size);
}

static enum filetype_id
office(const struct seen *s)
{
	if (s->word)
		return s->vba ? FILETYPE_ID_DOCM : FILETYPE_ID_DOCX;
	if (s->excel && s->binary_excel)
		return FILETYPE_ID_XLSB;
	if (s->excel)
		return s->vba || s->macrosheet ? FILETYPE_ID_XLSM : FILETYPE_ID_XLSX;
	if (s->slides)
		return s->vba ? FILETYPE_ID_PPTM : FILETYPE_ID_PPTX;
	if (s->visio)
		return s->vba ? FILETYPE_ID_VSDM : FILETYPE_ID_VSDX;
	if (s->fixed_docs)
		return FILETYPE_ID_XPS;
	return s->vba ? FILETYPE_ID_OOXML_MACRO : FILETYPE_ID_OOXML;
}

static enum filetype_id
open_document(const struct seen *s)
{
	const struct filetype *t = filetype_by_media(str_trim(s->mimetype));

	if (str_starts(s->mimetype, STR("application/vnd.oasis.opendocument")) && s->basic)
		return FILETYPE_ID_ODF_MACRO;
	for (int id = 0; t && id < FILETYPE_ID_N; id++)
		if (t == filetype_get((enum filetype_id)id))
			return (enum filetype_id)id;
	return FILETYPE_ID_ZIP;
}

enum filetype_id
filetype_zip(struct str content, bool *encrypted)
{
	struct seen s = { .mimetype = mimetype(content) };

	read_central(&s, content);
	if (s.entries == 0)
		read_local(&s, content);
	*encrypted = s.encrypted;
	if (s.mimetype.n && open_document(&s) != FILETYPE_ID_ZIP)
		return open_document(&s);
	if (s.android)
		return FILETYPE_ID_APK;
	if (s.appx)
		return FILETYPE_ID_MSIX;
	if (s.content_types)
		return office(&s);
	if (s.fixed_docs)
		return FILETYPE_ID_XPS;
	if (s.xpi)
		return FILETYPE_ID_XPI;
	if (s.epub)
		return FILETYPE_ID_EPUB;
	if (s.odf)
		return s.basic ? FILETYPE_ID_ODF_MACRO : FILETYPE_ID_ODT;
	if (s.manifest)
		return FILETYPE_ID_JAR;
	return s.iwork ? FILETYPE_ID_IWORK : FILETYPE_ID_ZIP;
}
