/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What an OLE2 file is, by the names in its directory ([MS-CFB] 2.2 to 2.6). The chain of
 * directory sectors is followed through the allocation table that the header names. */
#include <string.h>

#include "base/rd.h"
#include "message/filetype_id.h"

enum {
	HEADER = 512, ENTRY = 128, NAME_CHARS = 31,
	DIR_SECTORS_MAX = 512,		/* of the directory; a loop ends here too */
	HEADER_FATS = 109		/* sectors of the table that the header itself lists */
};
#define END_OF_CHAIN 0xfffffffau	/* this and above are no sector numbers */

struct cfb {
	struct str in;
	unsigned shift;			/* sector size is 1 << shift */
};

struct names {
	bool word, excel, slides, visio, publisher, project, msg, hwp, msi, vba, encrypted, drm;
	size_t word_at, excel_at;	/* offset of the stream's first sector */
};

static uint32_t
u32_at(struct str in, size_t off)
{
	struct rd r = { .in = str_from(in, off) };

	return rd_u32(&r);
}

static size_t
sector_off(const struct cfb *c, uint32_t sector)
{
	return ((size_t)sector + 1) << c->shift;
}

/* The sector behind this one, from the tables that the header lists (the first 6.8 MB of
 * sectors of 512 bytes; the directory of a larger file is at its start as a rule). */
static uint32_t
next_sector(const struct cfb *c, uint32_t sector)
{
	uint32_t per_sector = 1u << (c->shift - 2), table = sector / per_sector, at;

	if (table >= HEADER_FATS)
		return END_OF_CHAIN;
	at = u32_at(c->in, 76 + 4 * (size_t)table);
	if (at >= END_OF_CHAIN)
		return END_OF_CHAIN;
	return u32_at(c->in, sector_off(c, at) + 4 * (size_t)(sector % per_sector));
}

/* An entry's name as ASCII, other characters as '?'. MSI's packed names start with 4840. */
static struct str
entry_name(struct str entry, char out[NAME_CHARS], bool *packed)
{
	struct rd r = { .in = entry };
	size_t n;

	*packed = false;
	for (n = 0; n < NAME_CHARS; n++) {
		uint16_t c = rd_u16(&r);

		if (c == 0)
			break;
		*packed |= c >= 0x3800 && c <= 0x4840;
		out[n] = c < 0x80 ? (char)c : '?';
	}
	return (struct str){ out, n };
}

static bool
is(struct str name, const char *want)
{
	return str_eq_nocase(name, str_of(want));
}

static void
look(const struct cfb *c, struct names *seen, struct str entry)
{
	char space[NAME_CHARS];
	bool packed;
	struct str name = entry_name(entry, space, &packed);
	size_t at = sector_off(c, u32_at(entry, 116));

	if (is(name, "WordDocument")) {
		seen->word = true;
		seen->word_at = at;
	} else if (is(name, "Workbook") || is(name, "Book")) {
		seen->excel = true;
		seen->excel_at = at;
	}
	seen->slides |= is(name, "PowerPoint Document");
	seen->visio |= is(name, "VisioDocument");
	seen->publisher |= is(name, "Quill");
	seen->project |= str_starts_nocase(name, STR("Props")) && name.n > 5 && name.n < 9;
	seen->msg |= str_starts_nocase(name, STR("__properties_version1.0")) ||
	    str_starts_nocase(name, STR("__substg1.0_"));
	seen->hwp |= is(name, "\005HwpSummaryInformation");
	seen->msi |= packed && name.n > 2;
	seen->vba |= is(name, "VBA") || is(name, "_VBA_PROJECT") || is(name, "_VBA_PROJECT_CUR") ||
	    is(name, "Macros") || is(name, "VBAProject");
	seen->encrypted |= is(name, "EncryptedPackage") || is(name, "EncryptedSummary");
	seen->drm |= is(name, "\011DRMContent");
}

static void
read_directory(const struct cfb *c, struct names *seen)
{
	uint32_t sector = u32_at(c->in, 48);
	size_t per_sector = ((size_t)1 << c->shift) / ENTRY;

	for (int i = 0; i < DIR_SECTORS_MAX && sector < END_OF_CHAIN; i++) {
		struct str at = str_from(c->in, sector_off(c, sector));

		for (size_t k = 0; k < per_sector; k++)
			look(c, seen, str_sub(at, k * ENTRY, ENTRY));
		if (at.n == 0)
			return;
		sector = next_sector(c, sector);
	}
}

/* [MS-DOC] 2.5.2: fEncrypted in the flags of FibBase. */
static bool
word_encrypted(const struct cfb *c, const struct names *seen)
{
	struct rd r = { .in = str_from(c->in, seen->word_at) };

	rd_bytes(&r, 10);
	return (rd_u16(&r) & 0x0100) != 0;
}

/* [MS-XLS] 2.4.117: a FilePass record among the first of the workbook. */
static bool
excel_encrypted(const struct cfb *c, const struct names *seen)
{
	enum { LOOK_RECORDS = 10, FILEPASS = 0x2f };
	struct rd r = { .in = str_from(c->in, seen->excel_at) };

	for (int i = 0; i < LOOK_RECORDS; i++) {
		unsigned type = rd_u16(&r);
		size_t n = rd_u16(&r);

		if (r.err)
			return false;
		if (type == FILEPASS)
			return true;
		rd_bytes(&r, n);
	}
	return false;
}

static enum filetype_id
type_of(const struct names *seen)
{
	if (seen->msg)
		return FILETYPE_ID_MSG;
	if (seen->hwp)
		return FILETYPE_ID_HWP;
	if (seen->encrypted && !seen->slides)
		return FILETYPE_ID_OOXML_ENCRYPTED;
	if (seen->drm)
		return FILETYPE_ID_OOXML_ENCRYPTED;
	if (seen->word)
		return seen->vba ? FILETYPE_ID_DOC_MACRO : FILETYPE_ID_DOC;
	if (seen->excel)
		return seen->vba ? FILETYPE_ID_XLS_MACRO : FILETYPE_ID_XLS;
	if (seen->slides)
		return seen->vba ? FILETYPE_ID_PPT_MACRO : FILETYPE_ID_PPT;
	if (seen->visio)
		return FILETYPE_ID_VSD;
	if (seen->publisher)
		return FILETYPE_ID_PUB;
	if (seen->msi)
		return FILETYPE_ID_MSI;
	if (seen->vba)
		return FILETYPE_ID_OLE_MACRO;
	return seen->project ? FILETYPE_ID_MPP : FILETYPE_ID_OLE;
}

enum filetype_id
filetype_ole(struct str content, bool *encrypted)
{
	struct cfb c = { .in = content };
	struct names seen = { .word = false };
	struct rd r = { .in = content, .off = 0 };

	rd_bytes(&r, 30);
	c.shift = rd_u16(&r);
	if (r.err || c.shift < 7 || c.shift > 16 || content.n < HEADER)
		return FILETYPE_ID_OLE;
	read_directory(&c, &seen);
	*encrypted = seen.encrypted || seen.drm || (seen.word && word_encrypted(&c, &seen)) ||
	    (seen.excel && excel_encrypted(&c, &seen));
	return type_of(&seen);
}
