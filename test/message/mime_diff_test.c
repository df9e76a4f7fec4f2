/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* GMime as the oracle over the parser fixtures of fifteen projects and the evasion sets. */
#include "message/mime_diff.h"
#include "test.h"

enum { MESSAGE_MAX = 8 << 20 };

/* GMime leaves "=CR" in quoted-printable as it is and loses the code behind it. */
static const char known[] = "T079-mime-decode.eml";

static size_t messages, differing;

static void
compare(const char *path)
{
	struct buf raw;

	if (strstr(path, ".tsv") || strstr(path, "_.origin") || strstr(path, ".xml") || strstr(path, ".json"))
		return;
	buf_init(&raw, MESSAGE_MAX);
	if (mail_read(path, &raw) && !raw.full) {
		messages++;
		if (!strstr(path, known) && mime_diff(buf_str(&raw), true)) {
			differing++;
			printf("# in %s\n", path);
		}
	}
	buf_clear(&raw);
}

static void
set(const char *pack, size_t at_least)
{
	struct corpus c;

	if (!corpus_open(&c, pack)) {
		test_skip(pack, "SEKIMORI_CORPUS does not have it");
		return;
	}
	messages = differing = 0;
	corpus_each(&c, compare);
	corpus_close(&c);
	test_ok(messages >= at_least, "the messages are there");
	test_int((int64_t)differing, 0, pack);
	printf("# %zu messages\n", messages);
}

int
main(void)
{
	g_mime_init();
	set("mime-fixtures.tar.zst", 1000);
	set("mime-evasion.tar.zst", 270);
	set("evasion.tar.xz", 100);
	return test_done();
}
