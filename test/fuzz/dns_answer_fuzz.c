/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any bytes as the rdata of an answer: one byte of type, then pieces with two bytes of length. What
 * was read can be copied and read again, and keeps to the limits of the contract. */
#include "net/dns_in.h"

#include <assert.h>

#include "base/rd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
look_at(enum dns_type type, const struct dns_answer *a)
{
	unsigned sum = 0;

	for (size_t i = 0; i < a->n; i++) {
		const struct dns_record *r = &a->records[i];

		for (size_t k = 0; k < r->text.n; k++)
			sum += (unsigned char)r->text.p[k];
		assert(r->text.n <= DNS_TEXT);
		for (size_t k = 0; k < r->text.n && type != DNS_TXT; k++)	/* names and addresses are plain text */
			assert(r->text.p[k] > 0x20 && r->text.p[k] < 0x7f);
	}
	assert(sum < UINT32_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const enum dns_type types[] = { DNS_A, DNS_NS, DNS_SOA, DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA };
	struct rd r = { { (const char *)data, n }, 0, false };
	enum dns_type type = types[rd_u8(&r) % (sizeof(types) / sizeof(types[0]))];
	struct str rdata[DNS_RECORDS + 2];
	size_t pieces = 0;
	struct dns_packed *packed;
	struct pool *pool = pool_new(0);
	const struct dns_answer *copy;

	while (pieces < DNS_RECORDS + 2 && rd_left(&r) > 2)
		rdata[pieces++] = rd_bytes(&r, rd_u16(&r));
	packed = dns_packed_read(type, rdata, pieces, 60);
	assert(packed->answer.rc == DNS_OK || packed->answer.n == 0);
	assert(packed->answer.n <= DNS_RECORDS);
	copy = dns_packed_copy(packed, pool);
	dns_packed_put(&packed);
	look_at(type, copy);
	pool_free(&pool);
	return 0;
}
