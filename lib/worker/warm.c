/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/warm.h"

#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "message/charset.h"

/* The table of labels names most conversions several times. */
static bool
named_before(size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(charset_library_name(k), charset_library_name(i)) == 0)
			return true;
	return false;
}

void
warm_open(struct warm *w)
{
	unsigned char digest[HASH_SHA256_BYTES];
	struct tm tm;
	time_t now = time(NULL);
	const char *name;

	w->n = 0;
	for (size_t i = 0; (name = charset_library_name(i)) && w->n < WARM_CHARSETS; i++) {
		iconv_t cd;

		if (named_before(i))
			continue;
		cd = iconv_open("UTF-8", name);
		if (cd != (iconv_t)-1)
			w->open[w->n++] = cd;
	}
	hash_sha256(STR("warm"), digest);
	localtime_r(&now, &tm);		/* reads the time zone, which archive formats ask for */
}

void
warm_close(struct warm *w)
{
	while (w->n > 0)
		iconv_close(w->open[--w->n]);
}
