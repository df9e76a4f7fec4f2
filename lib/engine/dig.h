/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* dig.h - further ways into content: what ClamAV did not open, or reads differently
 *
 * Input    hostile content that ClamAV has had already
 * Units    bytes
 * Limits   the message's struct unpack_budget
 * Memory   a member's content lives until the next member of the same hole
 * Errors   next: RC_NONE no more, RC_LIMIT, RC_TEMP, RC_BAD as in unpack.h
 * Threads  none; worker only
 * Source   none
 *
 * A kind is one row: who wants it, and how to get the members one after the other. To add
 * one, write dig_x.c and name it in dig.c.
 */
#ifndef ENGINE_DIG_H
#define ENGINE_DIG_H

#include "base/pool.h"
#include "engine/unpack.h"
#include "message/filetype.h"

/* What all digging in one message shares. */
struct dig_site {
	struct pool *pool;
	const struct limits *lim;
	struct unpack_budget *budget;
	const struct str *words;	/* of the letter, which may be passwords; NULL-terminated text */
	size_t n_words;
	uint64_t *defects;
	bool unpack;			/* engine.unpack */
	int mails;			/* how many mails inside may still be read */
};

struct dig_content {
	struct str bytes;
	const struct filetype *type;
	bool encrypted;			/* needs a password, says its directory */
	bool opened;			/* ClamAV found files inside */
};

struct dig_kind {
	const char *name;		/* engine name in `unscanned`: "unpack" */
	bool (*wants)(const struct dig_site *, const struct dig_content *);
	void *(*open)(struct dig_site *, const struct dig_content *);	/* NULL: nothing there */
	enum rc (*next)(void *, struct unpack_member *);
	void (*close)(void *);
};

extern const struct dig_kind *const dig_kinds[];	/* ended by NULL */
extern const struct dig_kind dig_archive, dig_zip, dig_tnef, dig_html, dig_mail, dig_fat, dig_xml, dig_binhex;

#endif
