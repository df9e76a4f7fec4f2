/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* limits.h - every budget that mail can use up, with its unit
 *
 * Input    the operator's limit.* options (conf/limits_opts.c holds the table with
 *          defaults, bounds and help; limits_default gives the defaults)
 * Units    in the name; counts have none
 * Limits   this is the list. Over a limit a parser gives its best reading so far and
 *          sets the defect LIMIT_*, the engines report `unscanned: limit`
 * Memory   plain numbers
 * Errors   none
 * Threads  read-only after start
 * Source   anchors: RFC 5322, ClamAV's mail limits, Postfix's header_size_limit
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stdint.h>

struct limits {
	/* MIME reader */
	int64_t mime_depth;		/* levels of multipart and message/rfc822 */
	int64_t mime_parts;		/* parts in all readings together */
	int64_t header_bytes;		/* of one header block, cut beyond */
	int64_t header_fields;		/* of one header block */
	int64_t params;			/* parameters or RFC 2231 pieces of one field */
	int64_t name_bytes;		/* of one decoded file name */
	int64_t addresses;		/* mailboxes of one field */
	int64_t comment_nest;		/* nested ( ) of one field */
	int64_t decoded_bytes;		/* of all decoded parts of one message together */
	/* HTML and text */
	int64_t html_tags;		/* tags of one document */
	int64_t html_attrs;		/* attributes of one tag */
	int64_t text_bytes;		/* visible text kept for the checks, of one part */
	/* containers */
	int64_t unpack_bytes;		/* that come out of all containers of one message */
	int64_t unpack_files;		/* members of all containers of one message */
	int64_t unpack_depth;		/* containers within containers */
	int64_t unpack_ratio;		/* bytes out per byte in, above 1 MiB out */
	/* links that are not written as such */
	int64_t pictures;		/* of one message, searched for QR codes */
	int64_t picture_pixels;		/* of one picture */
	int64_t pdf_pages;		/* of one document */
	int64_t deep_ms;		/* for all pictures, pages and drawings of one message; 0: off */
	/* engines */
	int64_t scan_ms;		/* whole message; the worker is killed then */
	int64_t clamav_ms;		/* one call of libclamav */
	int64_t yara_ms;		/* one scan by YARA */
	int64_t layers;			/* layers reported to YARA and the ledger */
	/* report */
	int64_t report_bytes;		/* the worker's answer */
	int64_t findings;		/* in one report */
	int64_t links;			/* in one report */
};

void limits_default(struct limits *);

#endif
