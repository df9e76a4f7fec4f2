/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* bodies_kit.h - what every backend of store/bodies.h must do: the same cases for all of them
 *
 * Input    a store that is open and empty
 * Units    bytes
 * Limits   none
 * Memory   none kept
 * Errors   cases of test.h
 * Threads  some cases start threads of their own
 * Source   store/bodies.h
 */
#ifndef TEST_BODIES_KIT_H
#define TEST_BODIES_KIT_H

#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "store/bodies.h"

enum { KIT_WAIT_MS = 20000, KIT_THREADS = 8, KIT_EACH = 20, KIT_LARGE = 30 * 1024 * 1024 };

/* Bytes that neither compress away nor repeat, the same for the same seed. */
static char *
kit_bytes(size_t n, unsigned seed)
{
	char *p = malloc(n + 1);

	if (!p)
		abort();
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245u + 12345u;
		p[i] = (char)(i % 7 == 0 ? seed >> 16 : i);
	}
	return p;
}

static enum rc
kit_put(struct bodies *b, const char *key, struct str content)
{
	int fd = -1;
	enum rc rc = fdio_memfd("kit", content, &fd);

	if (rc == RC_OK)
		rc = bodies_put(b, str_of(key), fd, content.n, clock_mono_ms() + KIT_WAIT_MS);
	fdio_close(&fd);
	return rc;
}

static bool
kit_same(struct bodies *b, const char *key, struct str want)
{
	struct str got = STR_NONE;
	uint64_t size = 0;
	bool same;
	int fd = -1;

	if (bodies_get(b, str_of(key), &fd, &size) != RC_OK)
		return false;
	same = fdio_map(fd, &got) == RC_OK && size == want.n && str_eq(got, want);
	fdio_unmap(&got);
	fdio_close(&fd);
	return same;
}

static bool
kit_list(void *arg, struct str key, int64_t wall_ms, uint64_t bytes)
{
	(void)bytes;
	buf_printf(arg, "%.*s%s ", STR_ARG(key), wall_ms > 0 ? "" : "?");
	return true;
}

static void
kit_sizes(struct bodies *b)
{
	static const struct {
		const char *key;
		size_t n;
	} rows[] = {
		{ "empty0", 0 }, { "one001", 1 }, { "small1", 1000 }, { "chunk0", 256 * 1024 }, { "chunk1", 256 * 1024 + 1 },
		{ "large1", KIT_LARGE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *p = kit_bytes(rows[i].n, (unsigned)i);

		test_int(kit_put(b, rows[i].key, (struct str){ p, rows[i].n }), RC_OK, rows[i].key);
		test_ok(kit_same(b, rows[i].key, (struct str){ p, rows[i].n }), "byte for byte");
		free(p);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		test_int(bodies_delete(b, str_of(rows[i].key)), RC_OK, "deleted");
}

static void
kit_keys(struct bodies *b)
{
	struct buf got;
	uint64_t size;
	int fd;

	test_int(bodies_get(b, STR("nothere"), &fd, &size), RC_NONE, "one that is not there");
	test_int(bodies_delete(b, STR("nothere")), RC_NONE, "is not deleted");
	test_int(kit_put(b, "../../etc/x", STR("x")), RC_TEMP, "a key that leads elsewhere");
	test_int(kit_put(b, "", STR("x")), RC_TEMP, "an empty one");
	test_int(bodies_get(b, STR("../bodies"), &fd, &size), RC_NONE, "nor is it read");
	test_int(kit_put(b, "key-1", STR("first")), RC_OK, "a key");
	test_int(kit_put(b, "key-1", STR("second")), RC_OK, "is put again");
	test_ok(kit_same(b, "key-1", STR("second")), "the last one counts");
	buf_init(&got, 10000);
	test_int(bodies_each(b, kit_list, &got), RC_OK, "each");
	test_str(buf_str(&got), STR("key-1 "), "is listed once");
	buf_clear(&got);
	test_int(bodies_delete(b, STR("key-1")), RC_OK, "deleted");
	test_int(bodies_delete(b, STR("key-1")), RC_NONE, "only once");
}

struct kit_writer {
	struct bodies *bodies;
	unsigned number;
	int good;
};

static void *
kit_write(void *arg)
{
	struct kit_writer *w = arg;

	for (unsigned i = 0; i < KIT_EACH; i++) {
		size_t n = 5000 + 1000 * i;
		char *p = kit_bytes(n, w->number * KIT_EACH + i);
		char key[32];

		snprintf(key, sizeof(key), "thread%u-%u", w->number, i);
		w->good += kit_put(w->bodies, key, (struct str){ p, n }) == RC_OK &&
		    kit_same(w->bodies, key, (struct str){ p, n }) && bodies_delete(w->bodies, str_of(key)) == RC_OK;
		free(p);
	}
	return NULL;
}

static void
kit_threads(struct bodies *b)
{
	struct kit_writer w[KIT_THREADS];
	pthread_t t[KIT_THREADS];
	int good = 0;

	/* A server that keeps objects in folders removes those that are empty, and one that is written to at that moment. */
	test_int(kit_put(b, "anchor", STR("stays")), RC_OK, "one that stays");
	for (unsigned i = 0; i < KIT_THREADS; i++) {
		w[i] = (struct kit_writer){ .bodies = b, .number = i };
		pthread_create(&t[i], NULL, kit_write, &w[i]);
	}
	for (unsigned i = 0; i < KIT_THREADS; i++) {
		pthread_join(t[i], NULL);
		good += w[i].good;
	}
	test_int(good, KIT_THREADS * KIT_EACH, "eight threads at once");
	test_int(bodies_delete(b, STR("anchor")), RC_OK, "it is still there");
}

static void
kit_all(struct bodies *b)
{
	kit_sizes(b);
	kit_keys(b);
	kit_threads(b);
}

#endif
