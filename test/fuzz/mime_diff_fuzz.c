/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Where GMime sees content that we neither show nor call ambiguous, stop. */
#include "message/mime_diff.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	g_mime_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = { (const char *)data, n };

	if (!diff_has_mixed_eol(in) && mime_diff(in, true))
		abort();
	return 0;
}
