/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fdio.h"
#include "test.h"

enum { MAX = 8 * 1024 * 1024 };

static struct str
content(const struct spool *s, struct buf *b)
{
	buf_init(b, MAX);
	return fdio_read_all(s->fd, b) == RC_OK ? buf_str(b) : STR("(unreadable)");
}

static void
headers(void)
{
	static const struct {
		const char *name;
		struct str field, value, want;
	} cases[] = {
		{ "plain", STR("Subject"), STR(" hi"), STR("Subject: hi\r\n\r\n") },
		{ "no space kept out", STR("Subject"), STR("hi"), STR("Subject:hi\r\n\r\n") },
		{ "fold with LF", STR("To"), STR(" a,\n\tb"), STR("To: a,\r\n\tb\r\n\r\n") },
		{ "fold with CRLF stays one", STR("To"), STR(" a,\r\n b"), STR("To: a,\r\n b\r\n\r\n") },
		{ "bare CR is data", STR("X"), STR(" a\rb"), STR("X: a\rb\r\n\r\n") },
		{ "LF first", STR("X"), STR("\n a"), STR("X:\r\n a\r\n\r\n") },
		{ "LF last", STR("X"), STR(" a\n"), STR("X: a\r\n\r\n\r\n") },
		{ "NUL is data", STR("X"), STR(" a\0b"), STR("X: a\0b\r\n\r\n") },
		{ "empty", STR("X"), STR(""), STR("X:\r\n\r\n") },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct spool s;
		struct buf b;

		spool_init(&s, MAX, MAX, STR_NONE);
		spool_header(&s, cases[i].field, cases[i].value);
		test_ok(spool_finish(&s) == RC_OK, cases[i].name);
		test_str(content(&s, &b), cases[i].want, cases[i].name);
		test_int((int64_t)s.size, (int64_t)cases[i].want.n, cases[i].name);
		buf_clear(&b);
		spool_close(&s);
	}
}

static void
bodies(void)
{
	struct spool s;
	struct buf b;

	spool_init(&s, MAX, MAX, STR_NONE);
	test_ok(spool_finish(&s) == RC_OK, "nothing at all");
	test_str(content(&s, &b), STR("\r\n"), "an empty message is an empty line");
	buf_clear(&b);
	spool_close(&s);

	spool_init(&s, MAX, MAX, STR_NONE);
	spool_header(&s, STR("A"), STR(" b"));
	spool_body(&s, STR("one\n\r\0\x80"));
	spool_eoh(&s);
	spool_body(&s, STR("two"));
	test_ok(spool_finish(&s) == RC_OK, "body");
	test_str(content(&s, &b), STR("A: b\r\n\r\none\n\r\0\x80two"), "a body is kept byte for byte");
	test_int((int64_t)s.body_off, 8, "where the body starts");
	buf_clear(&b);
	spool_close(&s);

	spool_init(&s, MAX, MAX, STR_NONE);
	spool_raw(&s, STR("A: b\n\n"));
	spool_raw(&s, STR("c"));
	test_ok(spool_finish(&s) == RC_OK, "raw");
	test_str(content(&s, &b), STR("A: b\n\nc"), "a raw message is not touched");
	buf_clear(&b);
	spool_close(&s);
}

static void
fill(struct spool *s, size_t n)
{
	char chunk[65535];
	size_t at = 0;

	while (at < n) {
		size_t step = n - at < sizeof(chunk) ? n - at : sizeof(chunk);

		for (size_t i = 0; i < step; i++)
			chunk[i] = (char)((at + i) * 131 >> 3);
		spool_body(s, (struct str){ chunk, step });
		at += step;
	}
}

static bool
is_filled(struct str got, size_t n)
{
	if (got.n != n + 2)
		return false;
	for (size_t i = 0; i < n; i++)
		if (got.p[i + 2] != (char)(i * 131 >> 3))
			return false;
	return true;
}

static void
sizes(void)
{
	static const struct {
		const char *name;
		uint64_t memory_max;
		size_t n;
		bool disk;
	} cases[] = {
		{ "fits into memory", MAX, 1000000, false },
		{ "grows onto disk", 200000, 3000000, true },
		{ "on disk at once", 0, 10, true },
		{ "one flush", MAX, 131070, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct spool s;
		struct buf b;

		spool_init(&s, cases[i].memory_max, MAX, STR("/tmp"));
		fill(&s, cases[i].n);
		test_ok(spool_finish(&s) == RC_OK, cases[i].name);
		test_int(s.on_disk, cases[i].disk, cases[i].name);
		test_ok(is_filled(content(&s, &b), cases[i].n), cases[i].name);
		errno = 0;
		test_ok(write(s.fd, "x", 1) < 0 && (errno == EBADF || errno == EPERM), "nobody can change it any more");
		buf_clear(&b);
		spool_close(&s);
		test_int(s.fd, -1, "closed");
	}
}

static void
failures(void)
{
	struct spool s;

	spool_init(&s, MAX, 1000, STR("/tmp"));
	fill(&s, 1001);
	test_int(spool_finish(&s), RC_LIMIT, "over message_max");
	spool_body(&s, STR("more"));
	test_int(spool_finish(&s), RC_LIMIT, "and stays so");
	spool_close(&s);

	spool_init(&s, 10, MAX, STR("/nonexistent"));
	fill(&s, 300000);
	test_int(spool_finish(&s), RC_TEMP, "no folder");
	spool_close(&s);

	if (access("/dev/full", W_OK) != 0)
		return;
	spool_init(&s, MAX, MAX, STR("/tmp"));
	s.fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	fill(&s, 300000);
	test_int(spool_finish(&s), RC_TEMP, "no space");
	spool_close(&s);
}

int
main(void)
{
	headers();
	bodies();
	sizes();
	failures();
	return test_done();
}
