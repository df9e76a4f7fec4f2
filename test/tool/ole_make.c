/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* ole_make KIND FILE...: a compound file ([MS-CFB]) on standard output, for tests
 *
 *	ole_make xls WORKBOOK		an Excel file with that stream of records
 *	ole_make doc SOURCE...		a Word file with a macro project ([MS-OVBA]), a module per file */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fdio.h"

enum { SECTOR = 512, ENTRY = 128, ENTRIES = 16, IN_HEADER = 109, CHUNK = 4096, NAME_UNITS = 32 };
enum { FREE = -1, END = -2, FAT = -3 };
enum { STORAGE = 1, STREAM = 2, ROOT = 5 };
enum { MEGABYTE = 1024 * 1024 };

/* Siblings are a list by their right side: shallow trees need no balance. */
struct entry {
	const char *name;
	int type, right, child;
	struct buf data;
	int start;
};

static void
le(struct buf *b, long v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_addc(b, (char)((unsigned long)v >> (8 * i) & 0xff));
}

static void
zeros(struct buf *b, size_t n)
{
	while (n-- > 0)
		buf_addc(b, '\0');
}

static void
fill_sector(struct buf *b)
{
	while (b->n % SECTOR)
		buf_addc(b, '\0');
}

/* [MS-OVBA] 2.4.1, literals only: a flag byte of 0 in front of eight bytes. */
static void
pack(struct str in, struct buf *out)
{
	buf_addc(out, 1);
	while (in.n) {
		struct str part = str_upto(in, CHUNK / 2);
		size_t packed = part.n + (part.n + 7) / 8;

		in = str_from(in, part.n);
		le(out, (long)(0xb000 | (packed + 2 - 3)), 2);
		for (size_t i = 0; i < part.n; i++) {
			if (i % 8 == 0)
				buf_addc(out, '\0');
			buf_addc(out, part.p[i]);
		}
	}
}

static void
record(struct buf *b, int id, struct str value)
{
	le(b, id, 2);
	le(b, (long)value.n, 4);
	buf_add(b, value);
}

static void
number(struct buf *b, int id, long value, int bytes)
{
	le(b, id, 2);
	le(b, bytes, 4);
	le(b, value, bytes);
}

static void
wide(struct buf *b, int id, const char *name)
{
	le(b, id, 2);
	le(b, (long)strlen(name) * 2, 4);
	for (; *name; name++)
		le(b, *name, 2);
}

/* [MS-OVBA] 2.3.4.2: what is in the project. */
static void
list_modules(struct buf *b, char names[][NAME_UNITS], int n)
{
	number(b, 0x01, 1, 4);			/* SYSKIND: Win32 */
	number(b, 0x02, 0x409, 4);		/* LCID */
	number(b, 0x14, 0x409, 4);		/* LCIDINVOKE */
	number(b, 0x03, 1252, 2);		/* CODEPAGE */
	record(b, 0x04, STR("Project"));
	record(b, 0x05, STR_NONE);		/* DOCSTRING */
	record(b, 0x40, STR_NONE);
	record(b, 0x06, STR_NONE);		/* HELPFILEPATH */
	record(b, 0x3d, STR_NONE);
	number(b, 0x07, 0, 4);			/* HELPCONTEXT */
	number(b, 0x08, 0, 4);			/* LIBFLAGS */
	number(b, 0x09, 1, 4);			/* VERSION: four bytes and two more */
	le(b, 1, 2);
	record(b, 0x0c, STR_NONE);		/* CONSTANTS */
	record(b, 0x3c, STR_NONE);
	number(b, 0x0f, n, 2);			/* MODULES */
	number(b, 0x13, 0xffff, 2);		/* COOKIE */
	for (int i = 0; i < n; i++) {
		record(b, 0x19, str_of(names[i]));
		wide(b, 0x47, names[i]);
		record(b, 0x1a, str_of(names[i]));
		wide(b, 0x32, names[i]);
		record(b, 0x1c, STR_NONE);
		record(b, 0x48, STR_NONE);
		number(b, 0x31, 0, 4);		/* the source begins the stream: no compiled form */
		number(b, 0x1e, 0, 4);
		number(b, 0x2c, 0xffff, 2);
		record(b, 0x21, STR_NONE);	/* procedural */
		record(b, 0x2b, STR_NONE);
	}
	record(b, 0x10, STR_NONE);
}

static void
put_entry(const struct entry *e, struct buf *out)
{
	size_t n = strlen(e->name);

	for (size_t i = 0; i < NAME_UNITS; i++)
		le(out, i < n ? e->name[i] : 0, 2);
	le(out, (long)(n + 1) * 2, 2);
	le(out, e->type, 1);
	le(out, 1, 1);			/* black */
	le(out, FREE, 4);
	le(out, e->right, 4);
	le(out, e->child, 4);
	zeros(out, 36);			/* class id, state, times */
	le(out, e->type == STREAM ? e->start : e->type == ROOT ? END : 0, 4);
	le(out, e->type == STREAM ? (long)e->data.n : 0, 8);
}

/* A chain of sectors after those that `fat` has already; its start. */
static int
chain(struct buf *fat, size_t bytes)
{
	int start = (int)(fat->n / 4), n = (int)((bytes + SECTOR - 1) / SECTOR);

	for (int i = 0; i < n; i++)
		le(fat, i + 1 < n ? start + i + 1 : END, 4);
	return n ? start : END;
}

/* Header, FAT (one sector), directory, streams. */
static void
put_file(struct entry *e, int n, struct buf *out)
{
	struct buf fat;

	buf_init(&fat, MEGABYTE);
	le(&fat, FAT, 4);
	chain(&fat, (size_t)n * ENTRY);
	for (int i = 0; i < n; i++)
		if (e[i].type == STREAM)
			e[i].start = chain(&fat, e[i].data.n);
	while (fat.n < SECTOR)
		le(&fat, FREE, 4);
	buf_add(out, STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"));
	zeros(out, 16);
	le(out, 0x3e, 2);
	le(out, 3, 2);
	le(out, 0xfffe, 2);
	le(out, 9, 2);			/* sectors of 512 */
	le(out, 6, 2);
	zeros(out, 10);
	le(out, 1, 4);			/* one sector of FAT */
	le(out, 1, 4);			/* the directory is in sector 1 */
	zeros(out, 4);
	le(out, 0, 4);			/* no stream is too small for sectors of its own */
	le(out, END, 4);
	zeros(out, 4);
	le(out, END, 4);
	zeros(out, 4);
	for (int i = 0; i < IN_HEADER; i++)
		le(out, i == 0 ? 0 : FREE, 4);
	buf_add(out, buf_str(&fat));
	for (int i = 0; i < n; i++)
		put_entry(&e[i], out);
	fill_sector(out);
	for (int i = 0; i < n; i++) {
		buf_add(out, buf_str(&e[i].data));
		fill_sector(out);
	}
	buf_clear(&fat);
}

static int
add(struct entry *e, int *n, const char *name, int type)
{
	e[*n] = (struct entry){ .name = name, .type = type, .right = FREE, .child = FREE, .start = END };
	buf_init(&e[*n].data, MEGABYTE);
	return (*n)++;
}

static bool
read_all(const char *path, struct buf *out)
{
	if (fdio_read_file(path, out) == RC_OK)
		return true;
	fprintf(stderr, "ole_make: %s: cannot be read\n", path);
	return false;
}

static bool
build_xls(struct entry *e, int *n, const char *path)
{
	int root = add(e, n, "Root Entry", ROOT), book = add(e, n, "Workbook", STREAM);

	e[root].child = book;
	return read_all(path, &e[book].data);
}

static bool
build_doc(struct entry *e, int *n, char **paths, char names[][NAME_UNITS], int modules)
{
	int root = add(e, n, "Root Entry", ROOT), text = add(e, n, "WordDocument", STREAM);
	int macros = add(e, n, "Macros", STORAGE), vba = add(e, n, "VBA", STORAGE), last;
	struct buf plain;

	e[root].child = macros;
	e[macros].right = text;
	e[macros].child = vba;
	zeros(&e[text].data, SECTOR);
	e[vba].child = last = add(e, n, "dir", STREAM);
	buf_init(&plain, MEGABYTE);
	list_modules(&plain, names, modules);
	pack(buf_str(&plain), &e[last].data);
	for (int i = 0; i < modules; i++) {
		int next = add(e, n, names[i], STREAM);

		buf_reset(&plain);
		if (!read_all(paths[i], &plain))
			return false;
		pack(buf_str(&plain), &e[next].data);
		e[last].right = next;
		last = next;
	}
	e[last].right = add(e, n, "_VBA_PROJECT", STREAM);
	buf_add(&e[e[last].right].data, STR("\xcc\x61\xff\xff\x00\x00\x00"));
	buf_clear(&plain);
	return true;
}

int
main(int argc, char **argv)
{
	struct entry e[ENTRIES];
	char names[ENTRIES][NAME_UNITS];
	struct buf out;
	int n = 0;
	bool good = false;

	if (argc == 3 && strcmp(argv[1], "xls") == 0)
		good = build_xls(e, &n, argv[2]);
	for (int i = 0; i < ENTRIES; i++)
		snprintf(names[i], sizeof(names[i]), "Module%d", i + 1);
	if (argc > 2 && argc - 2 < ENTRIES - 6 && strcmp(argv[1], "doc") == 0)
		good = build_doc(e, &n, argv + 2, names, argc - 2);
	buf_init(&out, MEGABYTE);
	if (good)
		put_file(e, n, &out);
	good = good && !out.full && fwrite(out.p, 1, out.n, stdout) == out.n;
	buf_clear(&out);
	while (n > 0)
		buf_clear(&e[--n].data);
	return good ? 0 : 1;
}
