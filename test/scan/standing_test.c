/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/scan/standing.c */
#include "test.h"

#include "scan/standing.h"

int
main(void)
{
	test_str(str_of(band_name(BAND_UNKNOWN)), STR("unknown"), "no band");
	test_str(str_of(flow_name(FLOW_NONE)), STR("none"), "no flow policy");
	for (int i = 0; i < BAND_N; i++)
		test_ok(band_name((enum band)i)[0] != '\0', "bands have names");
	for (int i = 0; i < FLOW_N; i++)
		test_ok(flow_name((enum flow)i)[0] != '\0', "flows have names");
	return test_done();
}
