/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf/limits_opts.h"

#include <assert.h>

#include "base/limits.h"
#include "conf/snapshot.h"
#include "conf/value.h"

#define COUNT(field, dflt, lo, hi, text) \
	{ .name = #field, .type = OPT_INT, .offset = offsetof(struct limits, field), \
	  .def = dflt, .min = lo, .max = hi, .help = text }
#define BYTES(field, dflt, lo, hi, text) \
	{ .name = #field, .type = OPT_SIZE, .offset = offsetof(struct limits, field), \
	  .def = dflt, .min = lo, .max = hi, .help = text }
#define MSEC(field, dflt, lo, hi, text) \
	{ .name = #field, .type = OPT_MSEC, .offset = offsetof(struct limits, field), \
	  .def = dflt, .min = lo, .max = hi, .help = text }

enum { KB = 1024, MB = 1024 * 1024 };
#define GB (1024LL * 1024 * 1024)

static const struct opt opts[] = {
	COUNT(mime_depth, "50", 2, 200, "Levels of multipart and message/rfc822 that are followed."),
	COUNT(mime_parts, "2000", 10, 100000, "Parts of one message, all readings together."),
	BYTES(header_bytes, "256k", 4 * KB, 16 * MB, "Bytes of one header block."),
	COUNT(header_fields, "2000", 50, 100000, "Fields of one header block."),
	COUNT(params, "100", 10, 10000, "Parameters, or pieces of a split parameter, of one field."),
	BYTES(name_bytes, "1k", 64, 64 * KB, "Bytes of one decoded file name."),
	COUNT(addresses, "5000", 10, 1000000, "Mailboxes in one address field."),
	COUNT(comment_nest, "50", 1, 1000, "Nested comments in one field."),
	BYTES(decoded_bytes, "200M", 1 * MB, 4 * GB, "Bytes of all decoded parts of one message."),
	COUNT(html_tags, "200000", 1000, 10000000, "Tags of one HTML document."),
	COUNT(html_attrs, "1000", 10, 100000, "Attributes of one HTML tag."),
	BYTES(text_bytes, "1M", 4 * KB, 64 * MB, "Visible text of one part that the checks read."),
	BYTES(unpack_bytes, "200M", 1 * MB, 16 * GB, "Bytes that may come out of all containers of one message."),
	COUNT(unpack_files, "2000", 10, 1000000, "Members of all containers of one message."),
	COUNT(unpack_depth, "12", 1, 50, "Containers within containers."),
	COUNT(unpack_ratio, "1000", 10, 1000000, "Bytes out for each byte in, counted above one megabyte."),
	COUNT(pictures, "100", 1, 10000, "Pictures of one message that are searched for QR codes."),
	COUNT(picture_pixels, "25000000", 10000, 200000000, "Pixels of one picture that is searched. Each takes one to four bytes while it is."),
	COUNT(pdf_pages, "20", 1, 10000, "Pages of one PDF document that are read and drawn to find links and QR codes."),
	MSEC(deep_ms, "3s", 0, 280000, "Time for all pictures, PDF pages and drawings of one message. What was not looked at is unscanned. 0 turns the search for QR codes and for links in PDF and Office documents off."),
	MSEC(scan_ms, "60s", 1000, 280000, "Time for the whole scan of a message. The worker is killed after it. Stay well below milter_content_timeout of Postfix (300 s)."),
	MSEC(clamav_ms, "20s", 100, 280000, "Time for one call of libclamav; at most limit.scan_ms."),
	MSEC(yara_ms, "10s", 1000, 280000, "Time for one scan by YARA, in whole seconds; at most limit.scan_ms."),
	COUNT(layers, "2000", 10, 100000, "Layers inside containers that are hashed, named and given to YARA."),
	BYTES(report_bytes, "4M", 64 * KB, 64 * MB, "Size of a worker's answer."),
	COUNT(findings, "1000", 10, 100000, "Findings in one report."),
	COUNT(links, "5000", 10, 100000, "Links in one report."),
	OPT_END
};

/* One call cannot have more time than the whole scan, which a kill ends. The operator's own line is a
 * mistake; a default follows what the whole was set to. */
static void
fit(struct conf_files *f, const char *key, int64_t *ms, const struct limits *lim)
{
	struct conf_item *item = conf_find(f->conf, str_of(key));
	const struct conf_item *whole = conf_find(f->conf, STR("limit.scan_ms"));

	if (!item || !whole || *ms <= lim->scan_ms || lim->scan_ms == 0)
		return;
	if (item->file) {
		conf_errorf(f->errors, item->file, item->line, item->key,
		    "%.*s is more than limit.scan_ms (%.*s), after which the worker is killed", STR_ARG(item->text),
		    STR_ARG(whole->text));
		return;
	}
	*ms = lim->scan_ms;
	item->text = whole->text;
}

static void
load(struct conf_files *f, void *values)
{
	struct limits *lim = values;

	fit(f, "limit.clamav_ms", &lim->clamav_ms, lim);
	fit(f, "limit.yara_ms", &lim->yara_ms, lim);
}

const struct opt_table limits_table = {
	.prefix = "limit.",
	.title = "Limits",
	.size = sizeof(struct limits),
	.opts = opts,
	.load = load,
};

/* From the rows above, so that there is one place for each number. */
void
limits_default(struct limits *lim)
{
	struct buf why;

	buf_init(&why, 256);
	for (const struct opt *o = opts; o->name; o++) {
		enum rc rc = value_parse(NULL, o, str_of(o->def), (char *)lim + o->offset, &why);

		assert(rc == RC_OK);
		(void)rc;
	}
	buf_clear(&why);
}
