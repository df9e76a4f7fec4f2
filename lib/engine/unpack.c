/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "engine/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"

enum { STEP = 64 * 1024, RATIO_FROM = 1024 * 1024, NAME_BYTES = 64 * 1024 };

struct unpack {
	struct archive *a;
	struct unpack_budget *budget;
	struct buf content, name;
	size_t in_bytes, out_bytes;	/* of this container, for the ratio */
	bool any;			/* a header was read */
	enum rc end;			/* what the next call returns; RC_OK while there is more */
};

void
unpack_budget_init(struct unpack_budget *b, const struct limits *lim, int64_t deadline_ms)
{
	*b = (struct unpack_budget){
		.bytes = lim->unpack_bytes, .files = lim->unpack_files, .deadline_ms = deadline_ms, .lim = lim,
	};
}

bool
unpack_budget_take(struct unpack_budget *b, size_t n)
{
	b->bytes -= (int64_t)n;
	return b->bytes >= 0;
}

/* Formats by name, so that none comes in that nobody looked at. Left out on purpose: mtree
 * names files of this machine, and libarchive would open them; CAB writes beyond its buffer
 * in Debian 12's 3.6.2 (its LZX window), and ISO 9660 there follows a loop of Rock Ridge
 * continuations until memory ends. ClamAV opens both itself. Of the filters lrzip, lzop and
 * grzip are programs that libarchive would start: in the sandbox that is death. */
static void
allow_formats(struct archive *a)
{
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_compress(a);
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_filter_lzip(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_rpm(a);
	archive_read_support_filter_uu(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_format_7zip(a);
	archive_read_support_format_ar(a);
	archive_read_support_format_cpio(a);
	archive_read_support_format_lha(a);
	archive_read_support_format_rar(a);
	archive_read_support_format_rar5(a);
	archive_read_support_format_tar(a);
	archive_read_support_format_xar(a);
	archive_read_support_format_zip(a);
	archive_read_support_format_raw(a);	/* a compressed stream with no archive inside */
}

struct unpack *
unpack_open(struct str content, struct unpack_budget *budget, const char *password)
{
	struct unpack *u = calloc(1, sizeof(*u));

	if (!u || !(u->a = archive_read_new()))
		abort();
	u->budget = budget;
	u->in_bytes = content.n;
	buf_init(&u->content, (size_t)budget->lim->unpack_bytes);
	buf_init(&u->name, NAME_BYTES);
	allow_formats(u->a);
	if (password)
		(void)archive_read_add_passphrase(u->a, password);
	if (content.n == 0 || archive_read_open_memory(u->a, content.p, content.n) != ARCHIVE_OK)
		u->end = RC_BAD;
	return u;
}

static bool
over_ratio(const struct unpack *u)
{
	return u->out_bytes > RATIO_FROM &&
	    (int64_t)(u->out_bytes / (u->in_bytes ? u->in_bytes : 1)) > u->budget->lim->unpack_ratio;
}

/* Read the member that libarchive stands at. */
static void
read_content(struct unpack *u, struct unpack_member *m)
{
	for (;;) {
		char *room = buf_room(&u->content, STEP);
		la_ssize_t n;

		if (!room || u->budget->bytes <= 0 || over_ratio(u)) {
			m->cut = true;
			u->end = RC_LIMIT;
			return;
		}
		if (clock_left_ms(u->budget->deadline_ms) == 0) {
			m->cut = true;
			u->end = RC_TEMP;
			return;
		}
		n = archive_read_data(u->a, room, STEP);
		if (n <= 0) {
			m->damaged = n < 0;
			return;
		}
		u->content.n += (size_t)n;
		u->out_bytes += (size_t)n;
		u->budget->bytes -= n;
	}
}

/* A copy: libarchive may write a new name into the entry while the content is read. */
static struct str
name_of(struct unpack *u, struct archive_entry *e)
{
	const char *name = archive_entry_pathname(e);

	buf_reset(&u->name);
	buf_add_cut(&u->name, str_of(name ? name : archive_entry_pathname_utf8(e)));
	return buf_str(&u->name);
}

/* `raw` takes any bytes at all: only behind a decompressor it is an answer. */
static bool
is_nothing(struct archive *a)
{
	return archive_format(a) == ARCHIVE_FORMAT_RAW && archive_filter_code(a, 0) == ARCHIVE_FILTER_NONE;
}

static enum rc
next_header(struct unpack *u, struct archive_entry **e)
{
	int code;

	if (clock_left_ms(u->budget->deadline_ms) == 0)
		return RC_TEMP;
	if (u->budget->files <= 0)
		return RC_LIMIT;
	code = archive_read_next_header(u->a, e);
	/* Nothing at all inside is what damage looks like, too. */
	if (code == ARCHIVE_EOF)
		return u->any ? RC_NONE : RC_BAD;
	if (code < ARCHIVE_WARN || is_nothing(u->a))
		return RC_BAD;
	u->budget->files--;
	u->any = true;
	return RC_OK;
}

/* 7z and RAR can encrypt the list of names, too: not damage, but one member of which nothing is
 * known. libarchive 3.6 has no way to read it, whatever the password. */
static bool
list_is_encrypted(struct unpack *u)
{
	return u->end == RC_BAD && !u->any && archive_read_has_encrypted_entries(u->a) == 1;
}

enum rc
unpack_next(struct unpack *u, struct unpack_member *m)
{
	struct archive_entry *e = NULL;

	while (u->end == RC_OK) {
		u->end = next_header(u, &e);
		if (list_is_encrypted(u)) {
			*m = (struct unpack_member){ .encrypted = true };
			u->any = true;
			u->end = RC_NONE;
			return RC_OK;
		}
		if (u->end != RC_OK)
			break;
		*m = (struct unpack_member){ .name = name_of(u, e) };
		if (archive_entry_filetype(e) == AE_IFDIR)
			continue;
		if (archive_format(u->a) == ARCHIVE_FORMAT_RAW)
			m->name = STR_NONE;	/* libarchive calls it "data" */
		buf_reset(&u->content);
		m->encrypted = archive_entry_is_encrypted(e) == 1;
		read_content(u, m);
		m->content = buf_str(&u->content);
		/* Read in spite of the mark: a password was right, or the mark a lie. */
		if (m->encrypted && !m->damaged && m->content.n)
			m->encrypted = false;
		if (m->encrypted)
			m->content = STR_NONE;
		return RC_OK;
	}
	return u->end;
}

void
unpack_close(struct unpack **up)
{
	struct unpack *u = *up;

	*up = NULL;
	if (!u)
		return;
	archive_read_free(u->a);
	buf_clear(&u->content);
	buf_clear(&u->name);
	free(u);
}
