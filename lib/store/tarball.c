/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fdio.h"
#include "base/hash.h"
#include "base/jtext.h"

enum { BLOCK = 256 * 1024, MODE = 0600, MS_PER_S = 1000, CHAIN = HASH_SHA256_BYTES };
#define SUM_NAME "user.sha256"

static const struct kind {
	struct str folder, ending;
	int64_t most;
} kinds[TARBALL_KINDS] = {
	[TARBALL_MANIFEST] = { { "manifest.json", 13 }, { "", 0 }, TARBALL_NOTE },
	[TARBALL_STATE] = { { "state/", 6 }, { "", 0 }, TARBALL_FILE },
	[TARBALL_RECORDS] = { { "records/", 8 }, { ".jsonl", 6 }, TARBALL_LINES },
	[TARBALL_BODY] = { { "bodies/", 7 }, { ".eml", 4 }, TARBALL_FILE },
	[TARBALL_END] = { { "end.json", 8 }, { "", 0 }, TARBALL_NOTE },
};

struct tarball {
	struct archive *a;
	bool writes;
	int fd;				/* reading: memory file of the content; or -1 */
	struct str content;		/* mapped */
	char name[TARBALL_NAME + 1];
	unsigned char chain[CHAIN];	/* over all entries so far */
	int64_t entries;
};

static struct tarball *
new_tarball(bool writes)
{
	struct tarball *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->writes = writes;
	t->fd = -1;
	t->a = writes ? archive_write_new() : archive_read_new();
	if (!t->a)
		abort();
	return t;
}

static enum rc
say(struct tarball *t, const char *what, struct buf *why)
{
	const char *text = archive_error_string(t->a);

	buf_printf(why, "%s%s%s", what, text ? ": " : "", text ? text : "");
	return RC_TEMP;
}

static void
forget_content(struct tarball *t)
{
	fdio_unmap(&t->content);
	fdio_close(&t->fd);
}

void
tarball_close(struct tarball **at)
{
	struct tarball *t = *at;

	if (!t)
		return;
	forget_content(t);
	if (t->writes)
		archive_write_free(t->a);
	else
		archive_read_free(t->a);
	free(t);
	*at = NULL;
}

/* What the sums say of an entry becomes part of what the end says of all. */
static void
add_to_chain(struct tarball *t, const char *name, const char sum[HASH_SHA256_HEX + 1])
{
	struct buf text;

	buf_init(&text, CHAIN + 2 * TARBALL_NAME + HASH_SHA256_HEX);
	buf_add(&text, (struct str){ (const char *)t->chain, CHAIN });
	buf_printf(&text, "%s %s", name, sum);
	hash_sha256(buf_str(&text), t->chain);
	buf_clear(&text);
	t->entries++;
}

/* ---- writing ---- */

enum rc
tarball_create(int fd, struct tarball **out, struct buf *why)
{
	struct tarball *t = new_tarball(true);

	if (archive_write_set_format_pax_restricted(t->a) != ARCHIVE_OK ||
	    archive_write_add_filter_zstd(t->a) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(t->a, BLOCK) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(t->a, 1) != ARCHIVE_OK || archive_write_open_fd(t->a, fd) != ARCHIVE_OK) {
		say(t, "cannot write", why);
		tarball_close(&t);
		return RC_TEMP;
	}
	*out = t;
	return RC_OK;
}

static enum rc
write_entry(struct tarball *t, const char *name, const struct tarball_entry *e, const char *sum, struct buf *why)
{
	struct archive_entry *head = archive_entry_new();
	struct str left = e->content;
	bool good;

	if (!head)
		abort();
	archive_entry_set_pathname(head, name);
	archive_entry_set_size(head, (int64_t)e->content.n);
	archive_entry_set_filetype(head, AE_IFREG);
	archive_entry_set_perm(head, MODE);
	archive_entry_set_mtime(head, e->time_ms / MS_PER_S, 0);
	archive_entry_xattr_add_entry(head, SUM_NAME, sum, HASH_SHA256_HEX);
	good = archive_write_header(t->a, head) == ARCHIVE_OK;
	archive_entry_free(head);
	while (good && left.n > 0) {
		ssize_t n = archive_write_data(t->a, left.p, left.n);

		good = n > 0;
		left = str_from(left, good ? (size_t)n : left.n);
	}
	return good ? RC_OK : say(t, "cannot write", why);
}

enum rc
tarball_add(struct tarball *t, const struct tarball_entry *e, struct buf *why)
{
	const struct kind *k = &kinds[e->kind];
	unsigned char digest[HASH_SHA256_BYTES];
	char sum[HASH_SHA256_HEX + 1], name[TARBALL_NAME + 1];
	int n = snprintf(name, sizeof(name), "%s%.*s%s", k->folder.p, STR_ARG(str_upto(e->name, TARBALL_NAME)), k->ending.p);

	if (n <= 0 || (size_t)n >= sizeof(name) || e->content.n > (size_t)k->most) {
		buf_printf(why, "%s%.*s: too large for an archive", k->folder.p, STR_ARG(str_upto(e->name, TARBALL_NAME)));
		return RC_LIMIT;
	}
	hash_sha256(e->content, digest);
	hash_hex(digest, sum);
	add_to_chain(t, name, sum);
	return write_entry(t, name, e, sum, why);
}

enum rc
tarball_finish(struct tarball *t, struct buf *why)
{
	struct json_object *o = jtext_object();
	char chain[HASH_SHA256_HEX + 1];
	struct buf text;
	enum rc rc;

	hash_hex(t->chain, chain);
	jtext_add_num(o, "entries", t->entries);
	jtext_add_str(o, "sha256", str_of(chain));
	buf_init(&text, TARBALL_NOTE);
	jtext_write(o, &text);
	buf_addc(&text, '\n');
	rc = tarball_add(t, &(struct tarball_entry){ .kind = TARBALL_END, .content = buf_str(&text) }, why);
	buf_clear(&text);
	if (rc == RC_OK && archive_write_close(t->a) != ARCHIVE_OK)
		rc = say(t, "cannot write", why);
	return rc;
}

/* ---- reading ---- */

enum rc
tarball_open(int fd, struct tarball **out, struct buf *why)
{
	struct tarball *t = new_tarball(false);

	if (archive_read_support_format_tar(t->a) != ARCHIVE_OK || archive_read_support_filter_zstd(t->a) != ARCHIVE_OK ||
	    archive_read_open_fd(t->a, fd, BLOCK) != ARCHIVE_OK) {
		say(t, "no archive of sekimori", why);
		tarball_close(&t);
		return RC_BAD;
	}
	*out = t;
	return RC_OK;
}

/* Whether a path leads elsewhere is for those to see who write there. */
static bool
is_printable(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~')
			return false;
	return name.n > 0;
}

static bool
take_name(struct str full, struct tarball_entry *out)
{
	for (int k = 0; k < TARBALL_KINDS; k++) {
		const struct kind *kind = &kinds[k];

		if (!str_starts(full, kind->folder) || full.n < kind->folder.n + kind->ending.n)
			continue;
		out->kind = (enum tarball_kind)k;
		out->name = str_sub(full, kind->folder.n, full.n - kind->folder.n - kind->ending.n);
		if (!str_eq(str_from(full, full.n - kind->ending.n), kind->ending))
			return false;
		if (kind->folder.p[kind->folder.n - 1] != '/')
			return out->name.n == 0;
		return is_printable(out->name) && (k == TARBALL_STATE || str_chr(out->name, '/') == STR_NPOS);
	}
	return false;
}

static bool
take_sum(struct archive_entry *e, char out[HASH_SHA256_HEX + 1])
{
	const char *name;
	const void *value;
	size_t n;

	archive_entry_xattr_reset(e);
	while (archive_entry_xattr_next(e, &name, &value, &n) == ARCHIVE_OK) {
		if (!str_eq(str_of(name), STR(SUM_NAME)) || n != HASH_SHA256_HEX)
			continue;
		memcpy(out, value, n);
		out[n] = '\0';
		return true;
	}
	return false;
}

/* Into a memory file: never more than the kind may have, whatever the head says. */
static enum rc
read_content(struct tarball *t, int64_t most, struct buf *why)
{
	int64_t sum = 0;
	char *block = malloc(BLOCK);
	enum rc rc = fdio_memfd("entry", STR_NONE, &t->fd);
	ssize_t n = 0;

	if (!block)
		abort();
	while (rc == RC_OK && (n = archive_read_data(t->a, block, BLOCK)) > 0) {
		sum += n;
		rc = sum > most ? RC_BAD : fdio_write_all(t->fd, (struct str){ block, (size_t)n });
	}
	free(block);
	if (rc == RC_BAD)
		buf_printf(why, "%s: larger than anything of ours", t->name);
	else if (rc != RC_OK)
		buf_adds(why, "no memory for an entry");
	if (rc == RC_OK && n < 0) {
		buf_printf(why, "%s: ", t->name);
		say(t, "is damaged or cut", why);
		rc = RC_BAD;
	}
	return rc == RC_OK ? fdio_map(t->fd, &t->content) : rc;
}

/* What the end says of all, against what came. */
static enum rc
check_end(struct tarball *t, struct buf *why)
{
	struct json_tokener *tok = json_tokener_new();
	char chain[HASH_SHA256_HEX + 1];
	struct json_object *o, *sum;
	bool same;

	if (!tok)
		abort();
	o = json_tokener_parse_ex(tok, t->content.p, (int)t->content.n);
	sum = json_object_is_type(o, json_type_object) ? json_object_object_get(o, "sha256") : NULL;
	hash_hex(t->chain, chain);
	same = json_object_is_type(sum, json_type_string) && strcmp(json_object_get_string(sum), chain) == 0;
	json_object_put(o);
	json_tokener_free(tok);
	if (same)
		return RC_NONE;
	buf_adds(why, "damaged: entries are missing, or were added");
	return RC_BAD;
}

static enum rc
take_head(struct tarball *t, struct archive_entry *e, struct tarball_entry *out, char sum[HASH_SHA256_HEX + 1],
    struct buf *why)
{
	const char *name = archive_entry_pathname(e);

	if (!name || strlen(name) > TARBALL_NAME) {
		buf_adds(why, "an entry with a name that is not ours");
		return RC_BAD;
	}
	snprintf(t->name, sizeof(t->name), "%s", name);
	if (archive_entry_filetype(e) != AE_IFREG || archive_entry_hardlink(e) || archive_entry_symlink(e) ||
	    !take_name(str_of(t->name), out)) {
		buf_adds(why, "not of sekimori: ");
		jtext_clean(str_of(t->name), why);
		return RC_BAD;
	}
	out->time_ms = archive_entry_mtime(e) * MS_PER_S;
	if (take_sum(e, sum))
		return RC_OK;
	buf_printf(why, "%s: has no checksum", t->name);
	return RC_BAD;
}

enum rc
tarball_next(struct tarball *t, struct tarball_entry *out, struct buf *why)
{
	char sum[HASH_SHA256_HEX + 1], is[HASH_SHA256_HEX + 1];
	unsigned char digest[HASH_SHA256_BYTES];
	struct archive_entry *e;
	int n = archive_read_next_header(t->a, &e);
	enum rc rc;

	forget_content(t);
	if (n != ARCHIVE_OK && n != ARCHIVE_WARN) {
		say(t, t->entries == 0 ? "no archive of sekimori" :
		    n == ARCHIVE_EOF ? "is cut: it has no end" : "is damaged", why);
		return RC_BAD;
	}
	rc = take_head(t, e, out, sum, why);
	if (rc == RC_OK)
		rc = read_content(t, kinds[out->kind].most, why);
	if (rc != RC_OK)
		return rc;
	hash_sha256(t->content, digest);
	hash_hex(digest, is);
	if (strcmp(is, sum) != 0 || (t->entries == 0) != (out->kind == TARBALL_MANIFEST)) {
		buf_printf(why, "%s: is damaged", t->name);
		return RC_BAD;
	}
	out->content = t->content;
	out->fd = t->fd;
	if (out->kind == TARBALL_END)
		return check_end(t, why);
	add_to_chain(t, t->name, sum);
	return RC_OK;
}
