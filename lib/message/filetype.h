/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* filetype.h - what a file really is, and what its name and label claim
 *
 * Input    the first bytes of a file (all of it when at hand), its name, its media type
 * Units    none
 * Limits   looks at FILETYPE_HEAD bytes at the start and, for ZIP, at the directory
 * Memory   constants
 * Errors   none: FILETYPE_UNKNOWN is an answer
 * Threads  reentrant
 * Source   the formats' own magic numbers, in the table of filetype.c with their sources
 */
#ifndef MESSAGE_FILETYPE_H
#define MESSAGE_FILETYPE_H

#include <stdbool.h>

#include "base/str.h"

enum { FILETYPE_HEAD = 64 * 1024 };

enum filetype_group {
	FILETYPE_UNKNOWN, FILETYPE_TEXT, FILETYPE_HTML, FILETYPE_SCRIPT, FILETYPE_EXECUTABLE,
	FILETYPE_ARCHIVE, FILETYPE_DISK_IMAGE, FILETYPE_DOCUMENT, FILETYPE_MACRO_DOCUMENT, FILETYPE_PDF,
	FILETYPE_IMAGE, FILETYPE_AUDIO_VIDEO, FILETYPE_SHORTCUT, FILETYPE_MAIL, FILETYPE_TNEF,
	FILETYPE_ENCRYPTED, FILETYPE_OTHER
};

struct filetype {
	const char *media;		/* "application/zip" */
	const char *label;		/* "zip": short, for people and lists */
	enum filetype_group group;
};

/* By content. Never NULL; media is "application/octet-stream" when unknown. */
const struct filetype *filetype_of(struct str content);
/* The same, and does it need a password or a key, as far as its directory says: ZIP, RAR, 7-Zip, Office,
 * OpenPGP, S/MIME? PDF is left to ClamAV, as most encrypted ones have an empty password. */
const struct filetype *filetype_read(struct str content, bool *encrypted);
/* By extension of a file name (the last one; trailing dots and spaces do not count). NULL: unknown. */
const struct filetype *filetype_by_name(struct str name);
/* By media type. NULL: unknown. */
const struct filetype *filetype_by_media(struct str media);

/* May a file of type `real` honestly carry that declared media type or name? */
bool filetype_agrees(const struct filetype *real, const struct filetype *claimed);

/* The extension in lower case without dot, "" for none; borrowed in part from `name`. */
struct str filetype_extension(struct str name);

#endif
