/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* FAT disk images, bare or in the partitions of a disk (.img, fixed .vhd). Windows
 * opens them on a double click, and neither ClamAV nor libarchive reads them. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/rd.h"
#include "base/utf8.h"
#include "engine/dig.h"

enum {
	SECTOR = 512, IMAGE_MIN = 4096, ENTRY = 32, FOLDERS_MAX = 256, LONG_NAME = 260,
	PARTITIONS = 4, TABLE_AT = 446, TABLE_ENTRY = 16,	/* master boot record */
	ATTR_VOLUME = 0x08, ATTR_FOLDER = 0x10, ATTR_LONG = 0x0f
};

/* [MS-EFIFAT] 3: the boot sector, in bytes of the image. */
struct fat {
	struct str in;
	size_t cluster_bytes, fat_at, fat_bytes, root_at, root_bytes, data_at;
	uint32_t root_cluster, clusters;
	unsigned bits;		/* 12, 16, 32 */
};

struct state {
	struct dig_site *site;
	struct str in;
	struct fat fat;
	unsigned partition;		/* the next one; PARTITIONS when there is none */
	uint32_t folder[FOLDERS_MAX];	/* first clusters still to be read; 0: the fixed root */
	size_t n_folders;
	struct buf table, content;	/* the folder at work; the file given */
	size_t entry;			/* offset in table */
	uint16_t name[LONG_NAME];	/* long name collected so far, UTF-16 */
	char text[LONG_NAME * UTF8_MAX];
	bool found, cut, unread;
};

static bool
wants(const struct dig_site *site, const struct dig_content *c)
{
	return site->unpack && c->bytes.n >= IMAGE_MIN &&
	    (strcmp(c->type->label, "disk-image") == 0 || strcmp(c->type->label, "vhd") == 0);
}

static uint64_t
number(struct str s, size_t off, size_t n)
{
	struct rd r = { .in = s, .off = off <= s.n ? off : s.n };

	return rd_le(&r, n);
}

static bool
read_boot(struct str in, struct fat *f)
{
	size_t sector = (size_t)number(in, 11, 2), reserved = (size_t)number(in, 14, 2);
	size_t fats = (size_t)number(in, 16, 1);
	size_t fat_sectors = (size_t)number(in, 22, 2), per_cluster = (size_t)number(in, 13, 1);
	uint64_t total = number(in, 19, 2);

	if (!fat_sectors)
		fat_sectors = (size_t)number(in, 36, 4);
	if (!total)
		total = number(in, 32, 4);
	if ((sector != 512 && sector != 1024 && sector != 2048 && sector != 4096) || !per_cluster || !reserved ||
	    !fats || fats > 4 || !fat_sectors || (per_cluster & (per_cluster - 1)))
		return false;
	*f = (struct fat){ .in = in, .cluster_bytes = sector * per_cluster, .fat_at = sector * reserved };
	f->fat_bytes = sector * fat_sectors;
	f->root_at = f->fat_at + fats * f->fat_bytes;
	f->root_bytes = (size_t)number(in, 17, 2) * ENTRY;
	f->data_at = f->root_at + (f->root_bytes + sector - 1) / sector * sector;
	if (f->data_at >= in.n || f->data_at / sector >= total)
		return false;
	f->clusters = (uint32_t)((total * sector - f->data_at) / f->cluster_bytes);
	f->bits = f->clusters < 4085 ? 12 : f->clusters < 65525 ? 16 : 32;
	f->root_cluster = f->bits == 32 ? (uint32_t)number(in, 44, 4) : 0;
	return true;
}

static bool
use(struct state *s, struct str volume)
{
	if (!read_boot(volume, &s->fat))
		return false;
	s->folder[0] = s->fat.root_cluster;
	s->n_folders = 1;
	s->found = true;
	return true;
}

/* The next file system of a disk. A partition that is something else has not been read. */
static bool
next_partition(struct state *s)
{
	while (s->partition < PARTITIONS) {
		size_t at = TABLE_AT + s->partition++ * TABLE_ENTRY;
		size_t start = (size_t)number(s->in, at + 8, 4) * SECTOR;

		if (start > 0 && use(s, str_from(s->in, start)))
			return true;
		s->unread |= start > 0 && number(s->in, at + 4, 1) != 0;
	}
	return false;
}

static void *
open_it(struct dig_site *site, const struct dig_content *c)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->site = site;
	buf_init(&s->table, c->bytes.n + 1);
	buf_init(&s->content, c->bytes.n + 1);
	s->in = c->bytes;
	if (use(s, c->bytes))
		s->partition = PARTITIONS;
	else
		(void)next_partition(s);
	return s;
}

static void
close_it(void *state)
{
	struct state *s = state;

	buf_clear(&s->table);
	buf_clear(&s->content);
	free(s);
}

/* The cluster behind this one; 0 at the end of the chain or beyond the image. */
static uint32_t
follow(const struct fat *f, uint32_t cluster)
{
	struct str table = str_sub(f->in, f->fat_at, f->fat_bytes);
	uint32_t v;

	switch (f->bits) {
	case 12:
		v = (uint32_t)number(table, cluster + cluster / 2, 2);
		v = cluster & 1 ? v >> 4 : v & 0xfff;
		break;
	case 16:
		v = (uint32_t)number(table, (size_t)cluster * 2, 2);
		break;
	default:
		v = (uint32_t)number(table, (size_t)cluster * 4, 4) & 0x0fffffff;
	}
	return v >= 2 && v < f->clusters + 2 ? v : 0;
}

/* All clusters of a chain, at most `max` bytes; a chain longer than the image is a loop, and
 * fills the buffer. */
static void
read_chain(const struct fat *f, uint32_t cluster, size_t max, struct buf *out)
{
	buf_reset(out);
	while (cluster >= 2 && out->n < max && !out->full) {
		size_t at = f->data_at + (size_t)(cluster - 2) * f->cluster_bytes;

		if (at >= f->in.n)
			break;
		buf_add_cut(out, str_upto(str_sub(f->in, at, f->cluster_bytes), max - out->n));
		cluster = follow(f, cluster);
	}
}

static bool
next_folder(struct state *s)
{
	uint32_t cluster;

	if (s->n_folders == 0)
		return false;
	cluster = s->folder[--s->n_folders];
	s->entry = 0;
	if (cluster) {
		read_chain(&s->fat, cluster, s->fat.in.n, &s->table);
	} else {
		buf_reset(&s->table);
		buf_add_cut(&s->table, str_sub(s->fat.in, s->fat.root_at, s->fat.root_bytes));
	}
	/* Two entries that point at one folder make a loop: each costs a file and its bytes. */
	s->site->budget->files--;
	(void)unpack_budget_take(s->site->budget, s->table.n);
	return true;
}

/* 13 characters of a long name: they stand in front of the short entry, last piece first. */
static void
long_piece(struct state *s, struct str e)
{
	static const unsigned char at[13] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
	size_t piece = (unsigned char)e.p[0] & 0x3f;

	if (piece == 0 || piece * 13 > LONG_NAME)
		return;
	for (size_t i = 0; i < 13; i++)
		s->name[(piece - 1) * 13 + i] = (uint16_t)number(e, at[i], 2);
}

static struct str
name_of(struct state *s, struct str e)
{
	size_t n = 0;

	for (size_t i = 0; i < LONG_NAME && s->name[i] && s->name[i] != 0xffff; i++)
		n += utf8_put(s->text + n, s->name[i]);
	memset(s->name, 0, sizeof(s->name));
	if (n == 0) {
		struct str base = str_trim(str_upto(e, 8)), ext = str_trim(str_sub(e, 8, 3));

		memcpy(s->text, base.p, base.n);
		n = base.n;
		if (ext.n) {
			s->text[n++] = '.';
			memcpy(s->text + n, ext.p, ext.n);
			n += ext.n;
		}
	}
	return (struct str){ s->text, n };
}

static bool
give(struct state *s, struct str e, struct unpack_member *m)
{
	unsigned attr = (unsigned)number(e, 11, 1);
	uint32_t cluster = (uint32_t)(number(e, 20, 2) << 16 | number(e, 26, 2));
	size_t size = (size_t)number(e, 28, 4);
	struct str name = name_of(s, e);

	if (s->fat.bits != 32)
		cluster &= 0xffff;
	if (attr & ATTR_VOLUME)
		return false;
	if (attr & ATTR_FOLDER) {
		if (e.p[0] == '.')
			return false;
		if (s->n_folders < FOLDERS_MAX && cluster)
			s->folder[s->n_folders++] = cluster;
		else
			s->cut = true;
		return false;
	}
	read_chain(&s->fat, cluster, size, &s->content);
	*m = (struct unpack_member){ .name = name, .content = buf_str(&s->content), .damaged = s->content.n < size };
	s->site->budget->files--;
	m->cut = !unpack_budget_take(s->site->budget, s->content.n);
	return true;
}

static enum rc
next(void *state, struct unpack_member *m)
{
	struct state *s = state;

	if (!s->found)
		return RC_BAD;
	while (s->site->budget->files > 0 && s->site->budget->bytes > 0) {
		struct str e = str_sub(buf_str(&s->table), s->entry, ENTRY);

		if (e.n < ENTRY || e.p[0] == 0) {
			if (clock_left_ms(s->site->budget->deadline_ms) == 0)
				return RC_TEMP;
			if (!next_folder(s) && !next_partition(s))
				return s->cut ? RC_LIMIT : s->unread ? RC_BAD : RC_NONE;
			continue;
		}
		s->entry += ENTRY;
		if ((unsigned char)e.p[0] == 0xe5)
			continue;	/* deleted */
		if (((unsigned char)e.p[11] & 0x3f) == ATTR_LONG) {
			long_piece(s, e);
			continue;
		}
		if (give(s, e, m))
			return RC_OK;
	}
	return RC_LIMIT;
}

const struct dig_kind dig_fat = { "fat", wants, open_it, next, close_it };
