/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* DMARC records from any bytes: slices stay inside, and what is unusable asks for nothing. */
#include "auth/dmarc_record.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n }, rest, address;
	struct dmarc_record r;

	if (!dmarc_record_parse(in, &r))
		return 0;
	assert(n >= sizeof("v=DMARC1") - 1);
	assert(!r.unusable || (r.p == AUTH_POLICY_NONE && r.sp == AUTH_POLICY_NONE && r.np == AUTH_POLICY_NONE));
	rest = r.rua;
	while (dmarc_record_rua(&rest, &address)) {
		assert(!r.unusable && address.p >= in.p && address.p + address.n <= in.p + n);
		assert(str_rchr(address, '@') != STR_NPOS);
	}
	return 0;
}
