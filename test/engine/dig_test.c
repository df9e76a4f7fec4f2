/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Ways into content, one by one: nothing is left out without a word, and nothing takes longer
 * than its size. covers: lib/engine/dig.c lib/engine/unpack.c lib/engine/zip_dir.c */
#include <stdlib.h>

#include "base/fdio.h"
#include "engine/dig_kit.h"
#include "engine/zip_dir.h"
#include "message/defect.h"
#include "test.h"

enum { MEMBERS = 16, ROUNDS = 50, SOON_MS = 1000 };

/* What came out, by name, and how it ended. */
struct result {
	struct buf names;		/* "a.txt=5 b.exe=encrypted " */
	enum rc rc;
};

static void
note(struct buf *out, const struct unpack_member *m)
{
	buf_printf(out, "%.*s=%s", STR_ARG(m->name), m->encrypted ? "encrypted" : m->cut ? "cut" :
	    m->damaged ? "damaged" : "");
	if (!m->encrypted && !m->cut && !m->damaged)
		buf_printf(out, "%zu", m->content.n);
	buf_addc(out, ' ');
}

static struct result
dig(struct dig_kit *k, const struct dig_kind *kind, struct dig_content c)
{
	struct result r = { .rc = RC_NONE };
	void *state;

	buf_init(&r.names, 4096);
	if (!c.type)
		c.type = filetype_of(c.bytes);
	if (!kind->wants(&k->site, &c)) {
		buf_adds(&r.names, "not wanted");
		return r;
	}
	state = kind->open(&k->site, &c);
	for (int n = 0; n < MEMBERS; n++) {
		struct unpack_member m = { .encrypted = false };

		r.rc = kind->next(state, &m);
		if (r.rc != RC_OK)
			break;
		note(&r.names, &m);
	}
	kind->close(state);
	return r;
}

static void
expect(struct dig_kit *k, const struct dig_kind *kind, struct dig_content c, const char *want, enum rc rc,
    const char *name)
{
	struct result r = dig(k, kind, c);

	test_str(buf_str(&r.names), str_of(want), name);
	if (r.rc != rc)
		test_int(r.rc, rc, name);
	buf_clear(&r.names);
}

static void
expect_in(const struct dig_kind *kind, struct dig_content c, const char *want, enum rc rc, const char *name)
{
	const struct str words[] = { STR("wrong"), STR("secret1") };
	struct dig_kit k;

	dig_kit_init(&k, words, sizeof(words) / sizeof(words[0]));
	expect(&k, kind, c, want, rc, name);
	dig_kit_clear(&k);
}

/* A seed of the fuzz targets, in `out`. */
static struct str
seed(struct buf *out, const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "test/fuzz/seeds/%s", name);
	buf_clear(out);
	if (fdio_read_file(path, out) != RC_OK)
		printf("# cannot read %s\n", path);
	return buf_str(out);
}

/* --- archives --- */

/* libarchive would start the program lzop: here the stream is a file like any other. */
static void
test_no_programs(void)
{
	static const char packed[] =
	    "\x28\xb5\x2f\xfd\x20\x09\x49\0\0\x89LZO\0\r\n\x1a\n";	/* zstd, one raw block */
	struct dig_content zst = { .bytes = { packed, sizeof(packed) - 1 } };

	expect_in(&dig_archive, zst, "=9 ", RC_NONE, "a stream for a program, inside zstd");
	expect_in(&dig_archive, (struct dig_content){ .bytes = str_from(zst.bytes, 9) }, "", RC_BAD,
	    "a stream for a program: not looked at, and said so");
}

static void
test_zip(void)
{
	struct buf b;
	struct dig_content c = { .opened = true };

	buf_init(&b, 1 << 16);
	c.bytes = seed(&b, "zip/plain");
	expect_in(&dig_zip, c, "not wanted", RC_NONE, "ZIP: straight");
	c.bytes = seed(&b, "zip/renamed");
	expect_in(&dig_zip, c, "a.txt=120 x.exe=120 b.bin=14 ", RC_NONE, "ZIP: both names of an entry");
	c.bytes = seed(&b, "zip/unlisted");
	expect_in(&dig_zip, c, "a.txt=120 b.bin=14 hid=5 ", RC_NONE, "ZIP: an entry that is not listed");
	c.bytes = seed(&b, "zip/twice");
	expect_in(&dig_zip, c, "a=7 h=7 ", RC_NONE, "ZIP: room for one more behind an entry that is listed twice");
	c.encrypted = true;
	c.bytes = seed(&b, "zip/crypt");
	expect_in(&dig_zip, c, "fe_a.txt=132 ", RC_NONE, "ZIP: a password of the letter");
	c.bytes = seed(&b, "zip/aes_unlisted");
	expect_in(&dig_zip, c, "fe_a.txt=132 hid=5 ", RC_NONE, "ZIP: an entry that is not listed, behind one with AES");
	buf_clear(&b);
}

/* An archive may have anything in front of it, another archive as well. */
static void
test_zip_behind(void)
{
	struct buf b, seeds;
	struct dig_content c = { .opened = true };

	buf_init(&b, 1 << 16);
	buf_init(&seeds, 1 << 16);
	buf_adds(&b, "words in front\n");
	buf_add(&b, seed(&seeds, "zip/plain"));
	c.bytes = buf_str(&b);
	expect_in(&dig_zip, c, "not wanted", RC_NONE, "ZIP behind words: straight");
	buf_add(&b, seed(&seeds, "zip/twice"));
	c.bytes = buf_str(&b);
	expect_in(&dig_zip, c, "a.txt=120 b.bin=14 a=7 h=7 ", RC_NONE, "ZIP behind words: two of them");
	buf_reset(&b);
	buf_adds(&b, "words in front\n");
	buf_add(&b, seed(&seeds, "zip/renamed"));
	c.bytes = buf_str(&b);
	expect_in(&dig_zip, c, "a.txt=120 x.exe=120 b.bin=14 ", RC_NONE, "ZIP behind words: both names of an entry");
	c.bytes = str_upto(c.bytes, c.bytes.n - 30);
	expect_in(&dig_zip, c, "not wanted", RC_NONE, "words and a ZIP that was cut off");
	test_ok(zip_central_room(buf_str(&b)) > 0, "ZIP behind words: its directory has room");
	buf_clear(&seeds);
	buf_clear(&b);
}

/* What an entry left behind that no password opened has no name, and is no content. */
static void
test_zip_alias(void)
{
	struct buf b;
	struct dig_content c = { .encrypted = true };
	struct dig_kit k;
	size_t at;

	buf_init(&b, 1 << 16);
	c.bytes = seed(&b, "zip/crypt");
	at = str_find(c.bytes, STR("PK\001\002"));
	b.p[at + 46] = 'X';
	dig_kit_init(&k, NULL, 0);
	expect(&k, &dig_zip, c, "fe_a.txt=encrypted ", RC_NONE, "ZIP: encrypted, under two names");
	dig_kit_clear(&k);
	buf_clear(&b);
}

/* --- FAT --- */

static void
test_fat(void)
{
	static const struct filetype disk = { "application/x-disk", "disk-image", FILETYPE_DISK_IMAGE };
	struct dig_content c = { .type = &disk };
	int64_t start = clock_mono_ms();
	struct buf b;

	buf_init(&b, 1 << 16);
	c.bytes = seed(&b, "fat/disk");
	expect_in(&dig_fat, c, "longname.exe=600 IN.TXT=11 longname.exe=600 IN.TXT=11 ", RC_NONE,
	    "FAT: every partition");
	b.p[446 + 16 + 8] = 2;
	expect_in(&dig_fat, c, "longname.exe=600 IN.TXT=11 ", RC_BAD, "FAT: a partition that is something else");
	c.bytes = seed(&b, "fat/fat12");
	buf_add(&b, (struct str){ b.p, 2048 });
	b.p[15] = 1;
	c.bytes = buf_str(&b);
	expect_in(&dig_fat, c, "", RC_BAD, "FAT: data behind the end of the image");
	c.bytes = seed(&b, "fat/fat32");
	while (b.n < 4096)
		buf_addc(&b, '\0');
	memcpy(b.p + 32, "\xff\xff\xff\xff", 4);
	b.p[1024 + 32] = 0;		/* no second entry */
	c.bytes = buf_str(&b);
	expect_in(&dig_fat, c, "LOOP.BIN=damaged ", RC_NONE, "FAT: a loop of clusters in a file without end");
	test_ok(clock_mono_ms() - start < SOON_MS, "FAT: loops end soon");
	buf_clear(&b);
}

/* A folder that is its own child costs what was read of it. */
static void
test_fat_folders(void)
{
	static const struct filetype disk = { "application/x-disk", "disk-image", FILETYPE_DISK_IMAGE };
	struct dig_content c = { .type = &disk };
	struct dig_kit k;
	struct buf b;

	buf_init(&b, 1 << 16);
	seed(&b, "fat/fat32");
	while (b.n < 40000)
		buf_addc(&b, '\0');
	b.p[512 + 8] = 2;		/* the chain of the root folder is a loop */
	memcpy(b.p + 512 + 9, "\0\0\0", 3);
	b.p[1024 + 11] = 0x10;		/* its first entry is the root folder again */
	b.p[1024 + 26] = 2;
	c.bytes = buf_str(&b);
	dig_kit_init(&k, NULL, 0);
	expect(&k, &dig_fat, c, "", RC_LIMIT, "FAT: folders in a loop");
	test_ok(k.budget.bytes < DIG_KIT_BYTES, "FAT: what was read of folders counts");
	dig_kit_clear(&k);
	buf_clear(&b);
}

/* --- mail, pages, XML --- */

static const char letter[] = "MIME-Version: 1.0\r\nContent-Type: text/plain; name=a\r\n\r\nhello";

static void
test_mail(void)
{
	struct dig_content c = { .bytes = { letter, sizeof(letter) - 1 }, .type = filetype_by_name(STR("a.eml")) };
	struct dig_kit k;
	struct buf b;

	buf_init(&b, 1 << 20);
	dig_kit_init(&k, NULL, 0);
	expect(&k, &dig_mail, c, "a=5 ", RC_NONE, "mail in a file");
	test_int(k.budget.bytes, DIG_KIT_BYTES - 5, "mail: its parts count");
	k.site.mails = 0;
	expect(&k, &dig_mail, c, "", RC_LIMIT, "mail: one too many is not passed over");
	k.site.mails = 1;
	k.budget.bytes = 0;
	expect(&k, &dig_mail, c, "", RC_LIMIT, "mail: no bytes left");
	dig_kit_clear(&k);

	dig_kit_init(&k, NULL, 0);
	while (b.n < (size_t)k.lim.header_bytes)
		buf_adds(&b, "X-Filler: fills the header up to its limit, line after line\r\n");
	buf_add(&b, c.bytes);
	c.bytes = buf_str(&b);
	expect(&k, &dig_mail, c, "a=5 ", RC_LIMIT, "mail: a header over its limit");
	dig_kit_clear(&k);
	buf_clear(&b);
}

static void
test_hidden_mail(void)
{
	struct dig_content c = { .bytes = STR("%PDF-1.4\n%xMIME-Version: no\n\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; name=a\n\nhello") };

	expect_in(&dig_mail, c, "a=5 ", RC_NONE, "a web archive in a PDF, behind words that look like one");
	c.bytes = STR("%PDF-1.4\n\nContent-Type: text/plain;\n name=a\nMIME-Version: 1.0\n\nhello");
	expect_in(&dig_mail, c, "a=5 ", RC_NONE, "a web archive whose first field is another one");
	c.bytes = STR("%PDF-1.4\nMIME-Version: 1.0\n\nno type");
	expect_in(&dig_mail, c, "not wanted", RC_NONE, "a PDF that speaks of MIME");
}

static void
test_html(void)
{
	struct dig_content c = { .bytes = STR("<html><script>a='TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAA'+"
	    "'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';</script></html>") };
	struct dig_kit k;

	expect_in(&dig_html, c, "=57 ", RC_NONE, "a file in a page, in two pieces");
	dig_kit_init(&k, NULL, 0);
	k.budget.files = 0;
	expect(&k, &dig_html, c, "", RC_LIMIT, "a page when no files are left");
	dig_kit_clear(&k);
}

static void
test_xml(void)
{
	static const struct {
		const char *name, *entities;
		bool wanted;
	} cases[] = {
		{ "entities: characters", "<!ENTITY nbsp \"&#160;\"><!ENTITY a 'b & c 5 %'>", false },
		{ "entities: from elsewhere", "<!ENTITY a SYSTEM \"http://x/\">", true },
		{ "entities: of entities", "<!ENTITY a \"b\"><!ENTITY b \"&a;&a;\">", true },
		{ "entities: behind a >", "<!ENTITY b \"x>&a;\">", true },
		{ "entities: of parameters", "<!ENTITY % b \"%a;%a;\">", true },
		{ "entities: with a letter beyond ASCII", "<!ENTITY b \"&\xc3\xa4;\">", true },
		{ "entities: an & in other words", "<!ENTITY b \"&#038;a;\">", true },
		{ "entities: an & in hexadecimal", "<!ENTITY b \"&#x0026;a;\">", true },
	};
	char text[300];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "<?xml version=\"1.0\"?><!DOCTYPE a [%s]><a/>", cases[i].entities);
		expect_in(&dig_xml, (struct dig_content){ .bytes = str_of(text) }, cases[i].wanted ? "" : "not wanted",
		    cases[i].wanted ? RC_LIMIT : RC_NONE, cases[i].name);
	}
}

/* Values that never end overlap: 60 kB of them were 100 times as much to read. */
static void
test_xml_many(void)
{
	struct dig_content c = { .type = filetype_by_name(STR("a.xml")) };
	int64_t start = clock_mono_ms();
	struct dig_kit k;
	struct buf b;
	int wanted = 0;

	buf_init(&b, 1 << 17);
	dig_kit_init(&k, NULL, 0);
	buf_adds(&b, "<?xml version=\"1.0\"?><!DOCTYPE a [");
	for (int i = 0; i < 5000; i++)
		buf_adds(&b, i % 2 ? "<!ENTITY a '" : "<!ENTITY a \"");
	c.bytes = buf_str(&b);
	for (int i = 0; i < ROUNDS; i++)
		wanted += dig_xml.wants(&k.site, &c);
	test_int(wanted, ROUNDS, "entities: without an end");
	test_ok(clock_mono_ms() - start < SOON_MS, "entities: many end soon");
	dig_kit_clear(&k);
	buf_clear(&b);
}

int
main(void)
{
	test_no_programs();
	test_zip();
	test_zip_behind();
	test_zip_alias();
	test_fat();
	test_fat_folders();
	test_mail();
	test_hidden_mail();
	test_html();
	test_xml();
	test_xml_many();
	return test_done();
}
