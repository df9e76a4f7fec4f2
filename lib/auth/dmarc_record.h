/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dmarc_record.h - read a DMARC record
 *
 * Input    one TXT record; any bytes
 * Units    none
 * Limits   DMARC_TAGS tags, those behind are ignored
 * Memory   slices point into the record
 * Errors   false: no DMARC record at all; whatever else is wrong has its default
 * Threads  reentrant
 * Source   RFC 9989 4.7, 4.8 and 4.10.1. Records of RFC 7489 are read by the same rules: pct, rf
 *          and ri mean nothing any more
 */
#ifndef AUTH_DMARC_RECORD_H
#define AUTH_DMARC_RECORD_H

#include "scan/auth.h"

enum { DMARC_TAGS = 64 };

enum dmarc_psd { DMARC_PSD_UNSAID, DMARC_PSD_YES, DMARC_PSD_NO };

struct dmarc_record {
	enum auth_policy p, sp, np;	/* what applies, where it is not said too */
	enum dmarc_psd psd;
	enum auth_align adkim, aspf;
	bool testing;			/* t=y */
	bool unusable;			/* a policy that cannot be read, and nobody who wants reports of it */
	struct str rua, fo;		/* as written */
};

bool dmarc_record_parse(struct str text, struct dmarc_record *out);
/* The next address of a rua list: without "mailto:" and "!size". False at the end. */
bool dmarc_record_rua(struct str *rest, struct str *address);

#endif
