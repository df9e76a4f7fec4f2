/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* mmdb.h - write small MaxMind DB files for tests
 *
 * Input    networks with what a database says of them; later ones must not contain earlier ones
 * Units    none
 * Limits   MMDB_NODES nodes, MMDB_DATA bytes of data
 * Memory   the caller's struct; mmdb_clear frees its buffer
 * Errors   mmdb_write: false
 * Threads  one
 * Source   MaxMind DB file format 2.0: a binary tree with records of 24 bits, 16 zero bytes, data, metadata
 */
#ifndef TEST_HISTORY_MMDB_H
#define TEST_HISTORY_MMDB_H

#include <assert.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/ip.h"

enum { MMDB_NODES = 4096, MMDB_DATA = 65536, MMDB_IS_DATA = 1 << 30 };
enum mmdb_type { MMDB_STRING = 2, MMDB_UINT16 = 5, MMDB_UINT32 = 6, MMDB_MAP = 7, MMDB_UINT64 = 9, MMDB_ARRAY = 11 };

struct mmdb {
	uint32_t node[MMDB_NODES][2];	/* 0: empty; a node, or MMDB_IS_DATA and an offset */
	uint32_t n;
	struct buf data;
};

static void
mmdb_init(struct mmdb *m)
{
	*m = (struct mmdb){ .n = 1 };
	buf_init(&m->data, MMDB_DATA);
}

static void
mmdb_clear(struct mmdb *m)
{
	buf_clear(&m->data);
}

/* Control byte, sizes below 29. */
static void
mmdb_head(struct buf *b, enum mmdb_type type, size_t size)
{
	assert(size < 29);
	if (type < 8) {
		buf_addc(b, (char)((unsigned)type << 5 | (unsigned)size));
	} else {
		buf_addc(b, (char)size);
		buf_addc(b, (char)(type - 7));
	}
}

static void
mmdb_string(struct buf *b, const char *s)
{
	mmdb_head(b, MMDB_STRING, strlen(s));
	buf_adds(b, s);
}

static void
mmdb_number(struct buf *b, enum mmdb_type type, uint64_t v)
{
	size_t n = type == MMDB_UINT16 ? 2 : type == MMDB_UINT32 ? 4 : 8;

	mmdb_head(b, type, n);
	while (n-- > 0)
		buf_addc(b, (char)(v >> (8 * n)));
}

/* Let a network lead to data at `offset`. IPv4 is ::/96 of the tree. */
static void
mmdb_put(struct mmdb *m, const struct ip_net *net, uint32_t offset)
{
	unsigned skip = net->ip.bits == 32 ? 96 : 0, depth = skip + net->prefix;
	uint32_t at = 0;

	for (unsigned i = 0; i < depth; i++) {
		unsigned bit = i < skip ? 0 : (unsigned)net->ip.b[(i - skip) / 8] >> (7 - (i - skip) % 8) & 1;

		if (i + 1 == depth) {
			m->node[at][bit] = MMDB_IS_DATA | offset;
		} else {
			if (m->node[at][bit] == 0) {
				assert(m->n < MMDB_NODES);
				m->node[at][bit] = m->n++;
			}
			at = m->node[at][bit];
		}
	}
}

/* As GeoLite2 has it: both in one record; 0 and NULL leave out. */
__attribute__((unused)) static void
mmdb_geolite(struct mmdb *m, const char *network, uint32_t asn, const char *country)
{
	struct ip_net net;
	uint32_t offset = (uint32_t)m->data.n;

	assert(ip_net_parse(str_of(network), &net));
	mmdb_head(&m->data, MMDB_MAP, (size_t)(asn != 0) + (country != NULL));
	if (asn) {
		mmdb_string(&m->data, "autonomous_system_number");
		mmdb_number(&m->data, MMDB_UINT32, asn);
	}
	if (country) {
		mmdb_string(&m->data, "country");
		mmdb_head(&m->data, MMDB_MAP, 1);
		mmdb_string(&m->data, "iso_code");
		mmdb_string(&m->data, country);
	}
	mmdb_put(m, &net, offset);
}

/* As IPinfo has it: texts. */
__attribute__((unused)) static void
mmdb_texts(struct mmdb *m, const char *network, const char *asn, const char *country)
{
	struct ip_net net;
	uint32_t offset = (uint32_t)m->data.n;

	assert(ip_net_parse(str_of(network), &net));
	mmdb_head(&m->data, MMDB_MAP, 2);
	mmdb_string(&m->data, "asn");
	mmdb_string(&m->data, asn);
	mmdb_string(&m->data, "country");
	mmdb_string(&m->data, country);
	mmdb_put(m, &net, offset);
}

static void
mmdb_tree(const struct mmdb *m, struct buf *b)
{
	for (uint32_t i = 0; i < m->n; i++) {
		for (int side = 0; side < 2; side++) {
			uint32_t v = m->node[i][side];

			if (v & MMDB_IS_DATA)
				v = m->n + 16 + (v & ~(uint32_t)MMDB_IS_DATA);
			else if (v == 0)
				v = m->n;
			buf_addc(b, (char)(v >> 16));
			buf_addc(b, (char)(v >> 8));
			buf_addc(b, (char)v);
		}
	}
}

static void
mmdb_metadata(const struct mmdb *m, struct buf *b)
{
	static const struct {
		const char *key;
		uint16_t value;
	} numbers[] = {
		{ "record_size", 24 }, { "ip_version", 6 }, { "binary_format_major_version", 2 },
		{ "binary_format_minor_version", 0 },
	};

	buf_adds(b, "\xab\xcd\xefMaxMind.com");
	mmdb_head(b, MMDB_MAP, 9);
	mmdb_string(b, "node_count");
	mmdb_number(b, MMDB_UINT32, m->n);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		mmdb_string(b, numbers[i].key);
		mmdb_number(b, MMDB_UINT16, numbers[i].value);
	}
	mmdb_string(b, "database_type");
	mmdb_string(b, "Test");
	mmdb_string(b, "languages");
	mmdb_head(b, MMDB_ARRAY, 1);
	mmdb_string(b, "en");
	mmdb_string(b, "build_epoch");
	mmdb_number(b, MMDB_UINT64, 1600000000);
	mmdb_string(b, "description");
	mmdb_head(b, MMDB_MAP, 1);
	mmdb_string(b, "en");
	mmdb_string(b, "test data");
}

/* The bytes of the file. */
static void
mmdb_format(const struct mmdb *m, struct buf *out)
{
	static const char zero[16];

	mmdb_tree(m, out);
	buf_add(out, (struct str){ zero, sizeof(zero) });
	buf_add(out, buf_str(&m->data));
	mmdb_metadata(m, out);
}

__attribute__((unused)) static bool
mmdb_write(const struct mmdb *m, const char *path)
{
	struct buf b;
	char beside[300];
	bool ok = false;
	FILE *f;

	snprintf(beside, sizeof(beside), "%s.new", path);
	buf_init(&b, 4 * 1024 * 1024);
	mmdb_format(m, &b);
	f = fopen(beside, "w");
	if (f) {
		ok = fwrite(b.p, 1, b.n, f) == b.n;
		ok = fclose(f) == 0 && ok && rename(beside, path) == 0;
	}
	buf_clear(&b);
	return ok;
}

#endif
