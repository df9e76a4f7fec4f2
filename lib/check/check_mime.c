/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* How well-formed the message is. The reader has set a bit for every defect, and every
 * reading it could follow was scanned; here the bits become findings.
 *
 * Which defects count was measured on 7,300 honest messages (mailing lists, corporate mail,
 * newsletters, bounces of 1995 to 2025): those of `tricks` below occur in one of them, those
 * of `sloppy` in 60. */
#include "check/check.h"
#include "message/defect.h"
#include "message/mime.h"

enum { AMBIGUOUS, AMBIGUOUS_MANY, SLOPPY, MALFORMED };

static const struct finding_def found[] = {
	[AMBIGUOUS] = { "MIME_AMBIGUOUS", CLASS_CONTENT, 60, false,
	    "The structure is one that clients read in different ways, and that honest programs do not write." },
	[AMBIGUOUS_MANY] = { "MIME_AMBIGUOUS_MANY", CLASS_CONTENT, 50, false,
	    "The structure is ambiguous in more than one way. Counts in addition to MIME_AMBIGUOUS." },
	[SLOPPY] = { "MIME_SLOPPY", CLASS_CONTENT, 20, false,
	    "Clients may read the structure in different ways, but honest programs are known to write it." },
	[MALFORMED] = { "MIME_MALFORMED", CLASS_INFO, 0, false,
	    "The message breaks a rule in a way that every client reads alike." },
	{ .name = NULL }
};

#define B(name) DEFECT_BIT(name)

static const uint64_t tricks =
    B(DUPLICATE_CONTENT_TYPE) | B(DUPLICATE_ENCODING) | B(DUPLICATE_BOUNDARY) | B(DUPLICATE_DISPOSITION) |
    B(DUPLICATE_NAME) | B(BAD_ENCODING) | B(BAD_CONTENT_TYPE) | B(ENCODED_MULTIPART) |
    B(EARLY_FINAL_BOUNDARY) | B(SAME_BOUNDARY) | B(BAD_BOUNDARY) | B(BAD_DELIMITER) | B(BASE64_PADDING) |
    B(NUL_HEADER) | B(BARE_CR) | B(POLYGLOT) | B(UTF7);

static const uint64_t sloppy =
    B(BAD_PARAMETER) | B(BAD_HEADER_LINE) | B(NO_BLANK_LINE) | B(NO_BOUNDARY) | B(MISSING_DELIMITER) |
    B(PREAMBLE_PART) | B(LEAF_BOUNDARY) | B(BASE64_JUNK) | B(QP_JUNK) | B(UU_BAD) | B(MIXED_EOL) |
    B(OBSOLETE_FOLD) | B(CHARSET_UNKNOWN);

static const uint64_t malformed =
    B(DUPLICATE_FIELD) | B(NO_FINAL_BOUNDARY) | B(BASE64_SHORT) | B(INLINE_UU) | B(NUL_BODY) |
    B(RAW_8BIT_HEADER) | B(LONG_LINE) | B(ENCODED_WORD_BAD) | B(NO_DATE) | B(NO_HEADER) |
    B(NO_MIME_VERSION) | B(CHARSET_BAD) | B(TYPE_MISMATCH);

/* Judged elsewhere: addresses by the header check, names by the attachment check. */
static const uint64_t elsewhere =
    B(DUPLICATE_FROM) | B(NO_FROM) | B(ENCODED_ADDRESS) | B(ADDRESS_SYNTAX) | B(NAME_BIDI) | B(NAME_NUL) |
    B(BARE_LF);

/* What could not be read to its end: the engines note it as unscanned, whatever checks run. */
static const uint64_t unread =
    B(PARTIAL) | B(EXTERNAL_BODY) | B(BINHEX) | B(TNEF_BAD) | B(LIMIT_DEPTH) | B(LIMIT_PARTS) |
    B(LIMIT_HEADER) | B(LIMIT_PARAMS) | B(LIMIT_ADDRESSES) | B(LIMIT_DECODED) | B(LIMIT_HTML);

/* Every defect that this check or a named other one judges; a test compares. */
uint64_t check_mime_known(void);

uint64_t
check_mime_known(void)
{
	return tricks | sloppy | malformed | elsewhere | unread;
}

static unsigned
count(uint64_t bits)
{
	return (unsigned)__builtin_popcountll(bits);
}

static struct str
names(struct pool *pool, uint64_t bits)
{
	struct buf text;
	struct str s;

	buf_init(&text, REPORT_EVIDENCE);
	for (int i = 0; i < DEFECT_N; i++)
		if (bits >> i & 1)
			buf_printf(&text, "%s%s", text.n ? " " : "", defect_name((enum defect)i));
	s = pool_str(pool, buf_str(&text));
	buf_clear(&text);
	return s;
}

static size_t
first_part_with(const struct message *msg, uint64_t bits)
{
	for (size_t i = 0; i < msg->n_parts; i++)
		if (msg->parts[i].defects & bits)
			return i;
	return REPORT_NO_PART;
}

static void
add(const struct scan *scan, struct report *out, int row, uint64_t bits)
{
	struct str list = names(scan->pool, bits);

	report_add(out, &found[row], first_part_with(scan->msg, bits), "%.*s", STR_ARG(list));
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	uint64_t all = out->defects | scan->msg->defects;

	(void)conf;
	for (size_t i = 0; i < scan->msg->n_parts; i++)
		all |= scan->msg->parts[i].defects;
	if (all & tricks)
		add(scan, out, AMBIGUOUS, all & tricks);
	if (count(all & tricks) > 1)
		report_add(out, &found[AMBIGUOUS_MANY], REPORT_NO_PART, "%u ways", count(all & tricks));
	if (all & sloppy)
		add(scan, out, SLOPPY, all & sloppy);
	if (all & malformed)
		add(scan, out, MALFORMED, all & malformed);
	return RC_OK;
}

const struct check check_mime = {
	.name = "mime",
	.title = "How well-formed the message is",
	.source = "RFC 2045, RFC 2046; Zhang et al., Inbox Invasion, CCS 2024",
	.phase = PHASE_MESSAGE,
	.place = PLACE_WORKER,
	.found = found,
	.run = run,
};
