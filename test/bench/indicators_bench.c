/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A million entries: how long to read the feed, to write the table, to open it, and to look up. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "jobs/feed_read.h"

enum { ENTRIES = 1000000, LOOKUPS = 1000000, TEXT = 64 * 1024 * 1024, EACH = ENTRIES / INDICATOR_KINDS };

static bool
put(void *arg, const struct indicator *i)
{
	return indicators_build_add(arg, 0, i) == RC_OK;
}

/* As many of each kind. */
static void
text_of(enum indicator_kind kind, struct buf *b)
{
	for (unsigned i = 0; i < EACH; i++) {
		switch (kind) {
		case INDICATOR_IP:
			buf_printf(b, "%u.%u.%u.%u/%u\n", 11 + i % 200, i >> 16 & 255, i >> 8 & 255, i & 255, i % 8 ? 32u : 24u);
			break;
		case INDICATOR_DOMAIN:
			buf_printf(b, "host%u.bad%u.example\n", i, i % 1000);
			break;
		case INDICATOR_HASH:
			buf_printf(b, "%064x\n", i * 2654435761u);
			break;
		case INDICATOR_ADDRESS:
			buf_printf(b, "user%u@bad%u.example\n", i, i % 1000);
			break;
		case INDICATOR_URL:
			buf_printf(b, "http://www.site%u.example/wp-content/%u/\n", i % 1000, i);
			break;
		case INDICATOR_KINDS:
			break;
		}
	}
}

static void
drop(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	(void)level;
	(void)line;
	(void)n;
}

static void
look_up(struct indicators *ind, bool hit)
{
	struct indicator_hit out[INDICATOR_HITS];
	struct pool *pool = pool_new(0);
	int64_t start = clock_mono_us();
	size_t hits = 0;
	char text[80];
	struct ip ip;

	for (unsigned i = 0; i < LOOKUPS; i++) {
		unsigned at = i * 7919u % EACH;
		int n = snprintf(text, sizeof(text), "www.host%u.%s%u.example", at, hit ? "bad" : "good", at % 1000);

		if (i % 2) {
			hits += indicators_find(ind, pool, INDICATOR_DOMAIN, (struct str){ text, (size_t)n }, out);
		} else {
			n = snprintf(text, sizeof(text), "%u.%u.%u.%u", hit ? 11 + at % 200 : 240,
			    at >> 16 & 255, at >> 8 & 255, at & 255);
			hits += ip_parse((struct str){ text, (size_t)n }, &ip) ? indicators_find_ip(ind, pool, &ip, out) : 0;
		}
		pool_clear(pool);
	}
	printf("look-up %s: %.2f us each, %zu hits\n", hit ? "that hits" : "that misses",
	    (double)(clock_mono_us() - start) / LOOKUPS, hits);
	pool_free(&pool);
}

/* What is asked for each link of a message: the URL and its host, in all their forms. */
static void
look_up_urls(struct indicators *ind, bool hit)
{
	struct indicator_hit out[INDICATOR_HITS];
	struct pool *pool = pool_new(0);
	int64_t us = 0;
	size_t hits = 0;
	char text[120];

	for (unsigned i = 0; i < LOOKUPS; i++) {
		unsigned at = i * 7919u % EACH;
		int n = snprintf(text, sizeof(text), "https://shop.www.site%u.%s/wp-content/%u/login/index.php?session=%u&id=1",
		    at % 1000, hit ? "example" : "invalid", at, i);
		struct url u;
		int64_t start;

		if (url_parse(pool, (struct str){ text, (size_t)n }, NULL, &u) != RC_OK)
			break;
		start = clock_mono_us();
		hits += indicators_find_url(ind, pool, &u, out);
		us += clock_mono_us() - start;
		pool_clear(pool);
	}
	printf("look-up of a URL %s: %.2f us each, %zu hits\n", hit ? "that hits" : "that misses", (double)us / LOOKUPS, hits);
	pool_free(&pool);
}

int
main(void)
{
	static const struct log quiet = { .write = drop, .level = LOG_LEVEL_ERR };
	struct indicators_build *b = indicators_build_new(ENTRIES);
	struct indicators_source row = { .name = "bench", .score = 100 };
	char path[] = "/tmp/indicators-bench.XXXXXX";
	int fd = mkstemp(path);
	struct indicators *ind = NULL;
	int64_t start;
	uint16_t source;
	size_t entries;
	struct buf text;

	if (fd < 0 || indicators_build_source(b, &row, &source) != RC_OK)
		return 1;
	close(fd);
	start = clock_mono_us();
	for (int k = 0; k < INDICATOR_KINDS; k++) {
		struct feed f = { .kind = k, .format = &feed_readers[0], .class = CLASS_SPAM };
		struct feed_reading r = { .feed = &f, .pool = pool_new(0), .max = ENTRIES, .put = put, .arg = b };

		buf_init(&text, TEXT);
		text_of((enum indicator_kind)k, &text);
		f.format->read(&r, buf_str(&text));
		buf_clear(&text);
		pool_free(&r.pool);
	}
	printf("read: %.2f s\n", (double)(clock_mono_us() - start) / 1e6);
	start = clock_mono_us();
	if (indicators_build_write(b, path, NULL, &entries) != RC_OK)
		return 1;
	printf("write: %.2f s, %zu entries\n", (double)(clock_mono_us() - start) / 1e6, entries);
	indicators_build_free(&b);
	start = clock_mono_us();
	if (indicators_open(path, (struct log_ctx){ &quiet, "-" }, &ind) != RC_OK)
		return 1;
	printf("open: %.3f s\n", (double)(clock_mono_us() - start) / 1e6);
	look_up(ind, true);
	look_up(ind, false);
	look_up_urls(ind, true);
	look_up_urls(ind, false);
	indicators_close(&ind);
	unlink(path);
	return 0;
}
