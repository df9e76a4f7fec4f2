/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A second reading of ZIP files: by local headers, one after the other, whatever the
 * directory says; and encrypted ones with the words of the letter as passwords. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "engine/dig.h"
#include "engine/zip_crypt.h"
#include "engine/zip_dir.h"

enum { STEP = 64 * 1024, RATIO_FROM = 1024 * 1024 };

struct walk {
	struct dig_site *site;
	struct str in;
	size_t off;			/* where the next local header is looked for */
	const struct zip_central *central;
	size_t n_central;
	struct buf plain, packed;	/* content of the member; its decrypted form before unpacking */
	struct str password;		/* that opened a member before */
	struct unpack *aes;		/* libarchive reads what is encrypted with AES */
	struct str alias;		/* the directory's name for the member just given */
	bool aes_tried, aes_read;	/* all that the directory lists has been given by libarchive */
	enum rc end;
};

/* What programs may open as ZIP. Documents and archives hold others in pieces, but do not end
 * with the record that ends a ZIP. */
static bool
is_one(const struct dig_content *c)
{
	if (zip_is(c->bytes))
		return true;
	switch (c->type->group) {
	case FILETYPE_UNKNOWN:
	case FILETYPE_TEXT:
	case FILETYPE_EXECUTABLE:
	case FILETYPE_IMAGE:
		return zip_is_any(c->bytes);
	case FILETYPE_HTML: case FILETYPE_SCRIPT: case FILETYPE_ARCHIVE: case FILETYPE_DISK_IMAGE:
	case FILETYPE_DOCUMENT: case FILETYPE_MACRO_DOCUMENT: case FILETYPE_PDF: case FILETYPE_AUDIO_VIDEO:
	case FILETYPE_SHORTCUT: case FILETYPE_MAIL: case FILETYPE_TNEF: case FILETYPE_ENCRYPTED:
	case FILETYPE_OTHER:
		return zip_is_any(c->bytes) && zip_is_end(c->bytes);
	}
	return false;
}

static bool
wants(const struct dig_site *site, const struct dig_content *c)
{
	return site->unpack && is_one(c) && (!c->opened || c->encrypted || !zip_is_straight(c->bytes));
}

static void *
open_it(struct dig_site *site, const struct dig_content *c)
{
	struct walk *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	w->site = site;
	w->in = c->bytes;
	w->n_central = zip_central_read(site->pool, c->bytes, &w->central);
	buf_init(&w->plain, (size_t)site->lim->unpack_bytes);
	buf_init(&w->packed, c->bytes.n + 1);
	return w;
}

static void
close_it(void *state)
{
	struct walk *w = state;

	buf_clear(&w->plain);
	buf_clear(&w->packed);
	unpack_close(&w->aes);
	free(w);
}

static bool
over_budget(const struct walk *w, size_t in, size_t out)
{
	return w->site->budget->bytes < (int64_t)out ||
	    (out > RATIO_FROM && (int64_t)(out / (in ? in : 1)) > w->site->lim->unpack_ratio);
}

/* Unpack one deflate stream to w->plain. *used: bytes of it. False: it is none. */
static bool
inflate_all(struct walk *w, struct str in, size_t *used, bool *cut)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in.p, .avail_in = in.n > UINT32_MAX ? UINT32_MAX : (uInt)in.n };
	int code = Z_OK;

	*cut = false;
	buf_reset(&w->plain);
	if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
		return false;
	while (code == Z_OK) {
		char *room = buf_room(&w->plain, STEP);

		if (!room || over_budget(w, z.total_in, w->plain.n) ||
		    clock_left_ms(w->site->budget->deadline_ms) == 0) {
			*cut = true;
			break;
		}
		z.next_out = (Bytef *)room;
		z.avail_out = STEP;
		code = inflate(&z, Z_NO_FLUSH);
		w->plain.n += STEP - z.avail_out;
	}
	*used = z.total_in;
	inflateEnd(&z);
	return code == Z_STREAM_END || *cut;
}

static bool
crc_fits(struct str s, uint32_t want)
{
	return crc32_z(0, (const Bytef *)s.p, s.n) == want;
}

/* The packed bytes of an entry: as long as its own header says, else as the directory does,
 * else up to where something else begins. */
static struct str
packed_of(const struct walk *w, const struct zip_local *l, const struct zip_central *c)
{
	uint64_t n = l->packed;
	struct str rest = str_from(w->in, l->data);
	size_t next;

	if ((l->flags & ZIP_DESCRIPTOR) && !n)
		n = c ? c->packed : 0;
	if (n && n <= rest.n)
		return str_upto(rest, (size_t)n);
	next = str_find(rest, STR("PK"));
	return str_upto(rest, next == STR_NPOS ? rest.n : next);
}

/* Content of an entry that is not encrypted to w->plain. */
static bool
unpack_entry(struct walk *w, unsigned method, struct str packed, size_t *used, bool *cut)
{
	*cut = false;
	if (method == ZIP_DEFLATED)
		return inflate_all(w, packed, used, cut);
	if (method != ZIP_STORED)
		return false;
	*used = 0;	/* what is inside stored content is found as well */
	buf_reset(&w->plain);
	*cut = over_budget(w, packed.n, packed.n);
	if (!*cut)
		buf_add(&w->plain, packed);
	return true;
}

static bool
try_password(struct walk *w, const struct zip_local *l, uint32_t crc, struct str packed, struct str word)
{
	struct zip_crypt z;
	unsigned char check = (unsigned char)(l->flags & ZIP_DESCRIPTOR ? l->mtime >> 8 : crc >> 24);
	struct str body = str_from(packed, ZIP_CRYPT_HEAD);
	char *room;
	size_t used;
	bool cut;

	if (!zip_crypt_starts(&z, word, packed, check))
		return false;
	buf_reset(&w->packed);
	room = buf_room(&w->packed, body.n + 1);
	if (!room)
		return false;
	zip_crypt_run(&z, body, room);
	w->packed.n = body.n;
	return unpack_entry(w, l->method, buf_str(&w->packed), &used, &cut) && !cut &&
	    crc_fits(buf_str(&w->plain), crc);
}

/* The mark may be a lie, or a word of the letter the password. */
static bool
open_encrypted(struct walk *w, const struct zip_local *l, uint32_t crc, struct str packed)
{
	size_t used;
	bool cut;

	if (unpack_entry(w, l->method, packed, &used, &cut) && !cut && crc_fits(buf_str(&w->plain), crc))
		return true;
	if (w->password.n && try_password(w, l, crc, packed, w->password))
		return true;
	for (size_t i = 0; i < w->site->n_words; i++) {
		if (clock_left_ms(w->site->budget->deadline_ms) == 0)
			return false;
		if (try_password(w, l, crc, packed, w->site->words[i])) {
			w->password = w->site->words[i];
			return true;
		}
	}
	return false;
}

/* An archive with AES: libarchive, one password after the other, until a member opens. */
static bool
open_aes(struct walk *w, struct unpack_member *m)
{
	w->aes_tried = true;
	for (size_t i = 0; i < w->site->n_words; i++) {
		struct unpack_budget spent = *w->site->budget;
		struct unpack_member got;	/* *m must not keep what unpack_close frees */

		if (clock_left_ms(spent.deadline_ms) == 0)
			return false;
		w->aes = unpack_open(w->in, w->site->budget, w->site->words[i].p);
		if (unpack_next(w->aes, &got) == RC_OK && !got.encrypted && !got.damaged && got.content.n) {
			*m = got;
			return true;
		}
		unpack_close(&w->aes);
		*w->site->budget = spent;
	}
	return false;
}

/* An entry whose content, of any kind, was not encrypted. */
static void
give_plain(struct walk *w, const struct zip_local *l, struct str packed, size_t *used, struct unpack_member *m)
{
	if (l->method != ZIP_STORED)
		packed = str_from(w->in, l->data);
	if (!unpack_entry(w, l->method, packed, used, &m->cut))
		m->damaged = true;
}

static enum rc
give(struct walk *w, const struct zip_local *l, const struct zip_central *c, struct unpack_member *m)
{
	struct str packed = packed_of(w, l, c);
	uint32_t crc = l->flags & ZIP_DESCRIPTOR && !l->crc && c ? c->crc : l->crc;
	size_t used = 0;

	*m = (struct unpack_member){ .name = l->name };
	w->off = l->data;
	w->site->budget->files--;
	buf_reset(&w->plain);
	if (l->method == ZIP_AES && !w->aes_tried && open_aes(w, m))
		return RC_OK;
	*m = (struct unpack_member){ .name = l->name };	/* what the vain tries left there is gone */
	if ((l->flags & ZIP_ENCRYPTED) || l->method == ZIP_AES) {
		m->encrypted = l->method == ZIP_AES || !open_encrypted(w, l, crc, packed);
		used = m->encrypted ? packed.n : 0;
	} else {
		give_plain(w, l, packed, &used, m);
	}
	w->off += used;
	if (!m->encrypted) {
		m->content = buf_str(&w->plain);
		if (c && !str_eq(c->name, l->name))
			w->alias = c->name;
	}
	(void)unpack_budget_take(w->site->budget, m->content.n);
	return RC_OK;
}

/* The same content under the directory's name, when that differs: both can be matched. */
static enum rc
give_alias(struct walk *w, struct unpack_member *m)
{
	*m = (struct unpack_member){ .name = w->alias, .content = buf_str(&w->plain) };
	w->alias = STR_NONE;
	w->site->budget->files--;
	return RC_OK;
}

static enum rc
next(void *state, struct unpack_member *m)
{
	struct walk *w = state;
	const struct zip_central *c;
	struct zip_local l;

	if (w->aes) {
		enum rc rc = unpack_next(w->aes, m);

		if (rc != RC_NONE)
			return rc;
		/* What the directory does not list may still be there. */
		unpack_close(&w->aes);
		w->aes_read = true;
	}
	if (w->site->budget->bytes <= 0 || w->site->budget->files <= 0)
		return RC_LIMIT;
	if (w->alias.n)
		return give_alias(w, m);
	while (w->off < w->in.n) {
		size_t at = str_find(str_from(w->in, w->off), STR("PK\003\004"));

		if (at == STR_NPOS)
			return RC_NONE;
		at += w->off;
		w->off = at + 4;
		/* Folders have a name and nothing else. */
		if (!zip_local_at(w->in, at, &l) || (l.name.n && l.name.p[l.name.n - 1] == '/'))
			continue;
		c = zip_central_at(w->central, w->n_central, at);
		if (!(w->aes_read && c && l.method == ZIP_AES))
			return give(w, &l, c, m);
	}
	return RC_NONE;
}

const struct dig_kind dig_zip = { "zip", wants, open_it, next, close_it };
