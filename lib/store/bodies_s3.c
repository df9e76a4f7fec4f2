/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Objects PREFIX + KEY of a bucket, packed as the files are: zstd's checksum tells a damaged one. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "message/html.h"
#include "store/bodies_ops.h"
#include "store/bodies_pack.h"
#include "store/s3.h"

/* PAGES: with 1000 keys each. */
enum { WHY = 500, QUERY = 4096, PAGES = 1000 * 1000 };

struct objects {
	struct s3 *s3;
	struct bodies_conf conf;
	struct log_ctx lc;
};

static enum rc
open_objects(const struct bodies_conf *conf, struct str state_dir, struct log_ctx lc, void **out, struct buf *why)
{
	struct objects *o = calloc(1, sizeof(*o));
	enum rc rc;

	(void)state_dir;
	if (!o)
		abort();	/* out of memory */
	o->conf = *conf;
	o->lc = lc;
	rc = s3_new(conf, &o->s3, why);
	if (rc == RC_OK)
		*out = o;
	else
		free(o);
	return rc;
}

static void
close_objects(void *store)
{
	struct objects *o = store;

	s3_free(&o->s3);
	free(o);
}

static void
complain(const struct objects *o, const char *key, const struct buf *why)
{
	log_put(o->lc, LOG_LEVEL_ERR, "bodies", LOG_CSTR("key", key), LOG_STR("error", buf_str(why)));
}

static int64_t
deadline(const struct objects *o, int64_t by_ms)
{
	int64_t own = clock_mono_ms() + o->conf.s3_ms;

	return own < by_ms ? own : by_ms;
}

static enum rc
put(void *store, const char *key, int from, uint64_t size, int64_t deadline_ms)
{
	struct objects *o = store;
	int64_t by_ms = deadline(o, deadline_ms);
	int fd = memfd_create("packed", MFD_CLOEXEC);
	struct buf answer, why;
	struct str packed;
	enum rc rc = RC_TEMP;

	buf_init(&answer, 0);
	buf_init(&why, WHY);
	if (fd >= 0)
		rc = bodies_pack(from, size, (int)o->conf.level, fd, by_ms);
	if (rc == RC_OK)
		rc = fdio_map(fd, &packed);
	if (rc == RC_OK) {
		rc = s3_ask(o->s3, "PUT", str_of(key), STR_NONE, packed, by_ms, &answer, &why) == RC_OK ? RC_OK : RC_TEMP;
		fdio_unmap(&packed);
	}
	if (rc != RC_OK)
		complain(o, key, &why);
	fdio_close(&fd);
	buf_clear(&answer);
	buf_clear(&why);
	return rc;
}

static enum rc
get(void *store, const char *key, int *fd, uint64_t *size)
{
	struct objects *o = store;
	struct buf answer, why;
	enum rc rc;

	buf_init(&why, WHY);
	rc = s3_ask(o->s3, "GET", str_of(key), STR_NONE, STR_NONE, deadline(o, INT64_MAX), &answer, &why);
	if (rc == RC_LIMIT)
		rc = RC_BAD;
	if (rc == RC_OK)
		rc = bodies_unpack(buf_str(&answer), fd, size);
	else if (rc != RC_NONE)
		complain(o, key, &why);
	buf_clear(&answer);
	buf_clear(&why);
	return rc;
}

/* ---- lists ---- */

static void
add_encoded(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ascii_is_alnum((unsigned char)s.p[i]) || str_chr(STR("-._~"), s.p[i]) != STR_NPOS)
			buf_addc(b, s.p[i]);
		else
			buf_printf(b, "%%%02X", (unsigned char)s.p[i]);
}

/* token: as the server wrote it in XML; empty: the first page. */
static enum rc
list_page(struct objects *o, struct str token, struct str key, unsigned most, struct buf *answer, struct buf *why)
{
	struct buf query, plain;
	enum rc rc;

	buf_init(&query, QUERY);
	buf_init(&plain, QUERY);
	html_unescape(token, &plain);
	if (plain.n) {
		buf_adds(&query, "continuation-token=");
		add_encoded(&query, buf_str(&plain));
		buf_addc(&query, '&');
	}
	buf_printf(&query, "list-type=2&max-keys=%u&prefix=", most);
	add_encoded(&query, s3_prefix(o->s3));
	add_encoded(&query, key);
	rc = s3_ask(o->s3, "GET", STR_NONE, buf_str(&query), STR_NONE, deadline(o, INT64_MAX), answer, why);
	/* What says 200 and is no list would look like an empty store. */
	if (rc == RC_OK && str_find(buf_str(answer), STR("</ListBucketResult>")) == STR_NPOS)
		rc = RC_TEMP;
	buf_clear(&query);
	buf_clear(&plain);
	return rc == RC_OK ? RC_OK : RC_TEMP;
}

static bool
own_key(const struct objects *o, struct str name, struct str *key)
{
	struct str prefix = s3_prefix(o->s3);

	if (!str_starts(name, prefix))
		return false;
	*key = str_from(name, prefix.n);
	for (size_t i = 0; i < key->n; i++)
		if (!ascii_is_alnum((unsigned char)key->p[i]) && key->p[i] != '-' && key->p[i] != '_')
			return false;
	return key->n >= 2 && key->n <= BODIES_KEY;
}

/* DELETE says the same whether there was one: the list knows. The key itself is the first that begins with it. */
static enum rc
is_there(struct objects *o, const char *key, struct buf *why)
{
	struct s3_page page;
	struct s3_item item;
	struct buf answer;
	struct str found;
	enum rc rc = list_page(o, STR_NONE, str_of(key), 1, &answer, why);

	page.rest = buf_str(&answer);
	if (rc == RC_OK && (!s3_page_next(&page, &item) || !own_key(o, item.key, &found) || !str_eq(found, str_of(key))))
		rc = RC_NONE;
	buf_clear(&answer);
	return rc;
}

static enum rc
delete(void *store, const char *key)
{
	struct objects *o = store;
	struct buf answer, why;
	enum rc rc;

	buf_init(&why, WHY);
	buf_init(&answer, 0);
	rc = is_there(o, key, &why);
	if (rc == RC_OK)
		rc = s3_ask(o->s3, "DELETE", str_of(key), STR_NONE, STR_NONE, deadline(o, INT64_MAX), &answer, &why);
	if (rc == RC_TEMP || rc == RC_LIMIT) {
		complain(o, key, &why);
		rc = RC_TEMP;
	}
	buf_clear(&answer);
	buf_clear(&why);
	return rc;
}

/* True: go on with the next page. */
static bool
tell_page(const struct objects *o, struct str answer, bool (*each)(void *, struct str, int64_t, uint64_t), void *arg)
{
	struct s3_page page = { answer };
	struct s3_item item;
	struct str key;

	while (s3_page_next(&page, &item))
		if (own_key(o, item.key, &key) && !each(arg, key, item.wall_ms, item.bytes))
			return false;
	return true;
}

static enum rc
list(void *store, bool (*each)(void *, struct str, int64_t, uint64_t), void *arg)
{
	struct objects *o = store;
	unsigned most = o->conf.s3_page ? o->conf.s3_page : BODIES_S3_PAGE;
	struct buf token, answer, why;
	bool more = true;
	enum rc rc = RC_OK;

	buf_init(&token, QUERY);
	buf_init(&why, WHY);
	for (int i = 0; rc == RC_OK && more && i < PAGES; i++) {
		struct str next;

		rc = list_page(o, buf_str(&token), STR_NONE, most, &answer, &why);
		if (rc == RC_OK)
			more = tell_page(o, buf_str(&answer), each, arg);
		next = s3_page_token(buf_str(&answer));
		buf_reset(&token);
		buf_add(&token, next);
		more = more && next.n;
		buf_clear(&answer);
	}
	if (rc != RC_OK)
		complain(o, "list", &why);
	buf_clear(&token);
	buf_clear(&why);
	return rc;
}

const struct bodies_ops bodies_s3 = {
	.name = "s3", .open = open_objects, .close = close_objects, .put = put, .get = get,
	.delete = delete, .each = list,
};
