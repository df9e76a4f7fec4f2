/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/warm.h"

#include <time.h>

#include "auth/pubkey.h"
#include "base/hash.h"
#include "engine/pdf.h"
#include "message/charset.h"

void
warm_open(struct warm *w)
{
	unsigned char digest[HASH_SHA256_BYTES];
	struct tm tm;
	time_t now = time(NULL);

	w->charsets = charset_preload();
	hash_sha256(STR("warm"), digest);
	(void)pubkey_warm();
	pdf_warm();
	localtime_r(&now, &tm);		/* reads the time zone, which archive formats ask for */
}

void
warm_close(struct warm *w)
{
	charset_unload(&w->charsets);
}
