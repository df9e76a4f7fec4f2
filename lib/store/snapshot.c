/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Numbers are little-endian.
 *
 *	offset	size
 *	0	8	"SKCOUNT" and the version, '1'
 *	8	...	entries:
 *			1  type			RATE 0, HISTORY 1, MARK 2
 *			1  length of the key
 *			8  window_ms
 *			8  first_ms
 *			8  last_ms
 *			8  count.now	or the bits of the double history.good
 *			8  count.before	or the bits of the double history.bad
 *			n  key
 *	-12	8	number of entries
 *	-4	4	CRC-32 of all before
 */
#include "store/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/fdio.h"
#include "base/rd.h"

#define MAGIC STR("SKCOUNT1")

enum { HEAD = 8, TAIL = 12, ENTRY = 2 + 5 * 8 };
enum { TABLE_BYTES = 256 * 1024 * 1024 };	/* of one table in memory, far above what one holds */
_Static_assert(KEY_MAX < 256, "one byte for the length of a key");

struct out {
	struct buf buf;
	uint64_t n;
	uLong crc;
};

static void
put_le(struct buf *b, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(b, (char)(v >> (8 * i)));
}

static uint64_t
bits_of(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

static double
real_of(uint64_t bits)
{
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

static bool
put_entry(void *arg, struct str key, const struct tally *t)
{
	struct out *o = arg;
	bool real = t->type == COUNT_HISTORY;

	put_le(&o->buf, t->type, 1);
	put_le(&o->buf, key.n, 1);
	put_le(&o->buf, (uint64_t)t->window_ms, 8);
	put_le(&o->buf, (uint64_t)t->first_ms, 8);
	put_le(&o->buf, (uint64_t)t->last_ms, 8);
	put_le(&o->buf, real ? bits_of(t->history.good) : (uint64_t)t->count.now, 8);
	put_le(&o->buf, real ? bits_of(t->history.bad) : (uint64_t)t->count.before, 8);
	buf_add(&o->buf, key);
	o->n++;
	return !o->buf.full;
}

static enum rc
flush(struct out *o, int fd)
{
	struct str s = buf_str(&o->buf);

	if (o->buf.full)
		return RC_LIMIT;
	o->crc = crc32_z(o->crc, (const Bytef *)s.p, s.n);
	return fdio_write_all(fd, s);
}

static enum rc
write_all(struct memory *m, int fd, int64_t now_ms)
{
	struct out o = { .crc = crc32_z(0, NULL, 0) };
	enum rc rc;

	buf_init(&o.buf, TABLE_BYTES);
	buf_add(&o.buf, MAGIC);
	rc = flush(&o, fd);
	for (size_t i = 0; i < MEMORY_SHARDS && rc == RC_OK; i++) {
		buf_reset(&o.buf);
		memory_each(m, i, now_ms, put_entry, &o);
		rc = flush(&o, fd);
	}
	if (rc == RC_OK) {
		buf_reset(&o.buf);
		put_le(&o.buf, o.n, 8);
		put_le(&o.buf, crc32_z(o.crc, (const Bytef *)o.buf.p, o.buf.n), 4);
		rc = fdio_write_all(fd, buf_str(&o.buf));
	}
	buf_clear(&o.buf);
	return rc;
}

/* rename(2) is only durable once the folder is synced. */
static void
sync_folder(const char *path)
{
	struct str dir = str_upto(str_of(path), str_rchr(str_of(path), '/'));
	char name[PATH_MAX];
	int fd;

	if (dir.n == 0 || dir.n >= sizeof(name))
		return;
	memcpy(name, dir.p, dir.n);
	name[dir.n] = '\0';
	fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		(void)fsync(fd);
	fdio_close(&fd);
}

static enum rc
failed(struct buf *why, const char *path, const char *what)
{
	int e = errno;
	char text[128];

	buf_printf(why, "%s: %s: %s", path, what, strerror_r(e, text, sizeof(text)));
	return RC_TEMP;
}

enum rc
snapshot_write(struct memory *m, const char *path, int64_t now_ms, struct buf *why)
{
	char beside[PATH_MAX];
	int fd, n = snprintf(beside, sizeof(beside), "%s.new", path);
	enum rc rc;

	if (n < 0 || (size_t)n >= sizeof(beside)) {
		errno = ENAMETOOLONG;
		return failed(why, path, "open");
	}
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(why, beside, "open");
	rc = write_all(m, fd, now_ms);
	if (rc != RC_OK)
		rc = failed(why, beside, "write");
	else if (fsync(fd) != 0)
		rc = failed(why, beside, "fsync");
	fdio_close(&fd);
	if (rc == RC_OK && rename(beside, path) != 0)
		rc = failed(why, path, "rename");
	if (rc == RC_OK)
		sync_folder(path);
	else
		(void)unlink(beside);
	return rc;
}

/* One entry; false when it is none. */
static bool
get_entry(struct rd *r, struct str *key, struct tally *t)
{
	uint8_t type = rd_u8(r), n = rd_u8(r);
	uint64_t a, b;

	*t = (struct tally){ .window_ms = (int64_t)rd_u64(r) };
	t->first_ms = (int64_t)rd_u64(r);
	t->last_ms = (int64_t)rd_u64(r);
	a = rd_u64(r);
	b = rd_u64(r);
	*key = rd_bytes(r, n);
	if (r->err || type > COUNT_MARK || key->n == 0 || key->n > KEY_MAX || str_chr(*key, ':') == STR_NPOS)
		return false;
	t->type = (enum counter_type)type;
	if (t->type == COUNT_HISTORY) {
		t->history.good = real_of(a);
		t->history.bad = real_of(b);
	} else {
		t->count.now = (int64_t)a;
		t->count.before = (int64_t)b;
	}
	return tally_is_sound(t);
}

/* Look at all entries; with `m`, keep them. */
static bool
get_entries(struct memory *m, struct str in, uint64_t want, int64_t now_ms)
{
	struct rd r = { .in = in };
	struct tally t;
	struct str key;
	uint64_t n = 0;

	while (rd_left(&r) > 0) {
		if (n++ == want || !get_entry(&r, &key, &t))
			return false;
		if (m && tally_expires_ms(&t) > now_ms)
			memory_put(m, key, &t);
	}
	return n == want;
}

enum rc
snapshot_parse(struct memory *m, struct str in, int64_t now_ms, struct buf *why)
{
	struct rd tail = { .in = str_from(in, in.n < TAIL ? 0 : in.n - TAIL) };
	uint64_t n = rd_u64(&tail);
	uint32_t crc = rd_u32(&tail);
	struct str body = { in.p, in.n < TAIL ? 0 : in.n - TAIL };

	if (!str_starts(in, MAGIC)) {
		buf_adds(why, "not a snapshot of counters of this version");
		return RC_BAD;
	}
	if (tail.err || body.n < HEAD || crc32_z(0, (const Bytef *)in.p, in.n - 4) != crc) {
		buf_adds(why, "the checksum is wrong");
		return RC_BAD;
	}
	body = str_from(body, HEAD);
	if (n > body.n / ENTRY || !get_entries(NULL, body, n, now_ms)) {
		buf_adds(why, "an entry is wrong");
		return RC_BAD;
	}
	(void)get_entries(m, body, n, now_ms);
	return RC_OK;
}

enum rc
snapshot_read(struct memory *m, const char *path, int64_t now_ms, struct buf *why)
{
	/* Not a FIFO's writer nor somebody's link is waited for or followed. */
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct str map = STR_NONE;
	struct stat st;
	enum rc rc;

	if (fd < 0 && errno == ENOENT)
		return RC_NONE;
	if (fd < 0 || fstat(fd, &st) != 0) {
		rc = failed(why, path, "open");
	} else if (!S_ISREG(st.st_mode) || st.st_size > SNAPSHOT_BYTES) {
		buf_printf(why, "not a file of at most %lld bytes", SNAPSHOT_BYTES);
		rc = RC_BAD;
	} else if (fdio_map(fd, &map) != RC_OK) {
		rc = failed(why, path, "mmap");
	} else {
		rc = snapshot_parse(m, map, now_ms, why);
	}
	fdio_unmap(&map);
	fdio_close(&fd);
	return rc;
}
