/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/bodies.h"

#include "base/ascii.h"

#define GIB (1024LL * 1024 * 1024)
#define TIB (1024 * GIB)

static const char *const backends[] = { [BODIES_FILES] = "files", [BODIES_S3] = "s3", NULL };

/* It becomes part of a URL that is signed: nothing there may be written in two ways. */
static enum rc
name_text(struct pool *pool, struct str value, void *field, struct buf *why)
{
	for (size_t i = 0; i < value.n; i++)
		if (!ascii_is_alnum((unsigned char)value.p[i]) && str_chr(STR("-._/"), value.p[i]) == STR_NPOS) {
			buf_adds(why, "only letters, digits and - . _ /");
			return RC_BAD;
		}
	*(struct str *)field = pool_str(pool, value);
	return RC_OK;
}

static const struct opt opts[] = {
	{ .name = "backend", .type = OPT_ENUM, .offset = offsetof(struct bodies_conf, backend), .words = backends,
	  .def = "files", .restart = true,
	  .help = "Where the messages of the quarantine are: files has them below state_dir/bodies, s3 in a "
	  "bucket of a server "
	  "that speaks S3's protocol, which several nodes can share." },
	{ .name = "level", .type = OPT_INT, .offset = offsetof(struct bodies_conf, level), .def = "3", .min = 1, .max = 19,
	  .restart = true, .help = "How hard zstd tries to make them small." },
	{ .name = "min_free", .type = OPT_SIZE, .offset = offsetof(struct bodies_conf, min_free), .def = "256M", .min = 0,
	  .max = 1024 * TIB, .restart = true,
	  .help = "So much of the disk stays free: a message that would be quarantined beyond that is answered 4xx." },
	{ .name = "max_bytes", .type = OPT_SIZE, .offset = offsetof(struct bodies_conf, max_bytes), .def = "0", .min = 0,
	  .max = 1024 * TIB, .restart = true,
	  .help = "Bytes of all messages together, compressed; beyond that the same answer is given. 0: no limit." },
	{ .name = "s3_url", .type = OPT_TEXT, .offset = offsetof(struct bodies_conf, s3_url),
	  .def = "", .max = 500, .restart = true,
	  .help = "The server, as https://s3.example; the bucket stands in the path." },
	{ .name = "s3_bucket", .type = OPT_TEXT, .offset = offsetof(struct bodies_conf, s3_bucket),
	  .def = "", .max = 63,
	  .parse = name_text, .restart = true,
	  .help = "The bucket. It must be there; nothing else of it is touched than what begins with s3_prefix." },
	{ .name = "s3_prefix", .type = OPT_TEXT, .offset = offsetof(struct bodies_conf, s3_prefix),
	  .def = "sekimori/", .max = 200,
	  .parse = name_text, .restart = true, .help = "What stands before the key of each message." },
	{ .name = "s3_region", .type = OPT_TEXT, .offset = offsetof(struct bodies_conf, s3_region),
	  .def = "us-east-1", .max = 63,
	  .parse = name_text, .restart = true,
	  .help = "The region that requests are signed for; most servers of other makers take any." },
	{ .name = "s3_key_file", .type = OPT_PATH, .offset = offsetof(struct bodies_conf, s3_key_file),
	  .def = "", .restart = true,
	  .help = "A file with one line, ACCESS:SECRET, that only its owner may read (mode 0600)." },
	{ .name = "s3_ca_file", .type = OPT_PATH, .offset = offsetof(struct bodies_conf, s3_ca_file),
	  .def = "", .restart = true,
	  .help = "Certificates that vouch for the server; empty: those of the system." },
	{ .name = "s3_timeout", .type = OPT_MSEC, .offset = offsetof(struct bodies_conf, s3_ms),
	  .def = "20s", .min = 100, .max = 600000,
	  .restart = true,
	  .help = "How long one request may take, with its second try. After three that failed nothing is "
	  "asked for three seconds." },
	OPT_END
};

/* An address without what is in it would be asked for every message. */
static enum rc
check(const void *values, struct buf *why)
{
	const struct bodies_conf *c = values;

	if (c->backend != BODIES_S3)
		return RC_OK;
	if (!str_starts(c->s3_url, STR("https://")) && !str_starts(c->s3_url, STR("http://")))
		buf_adds(why, "bodies.backend = s3 needs bodies.s3_url, which begins with https:// or http://");
	else if (c->s3_bucket.n == 0)
		buf_adds(why, "bodies.backend = s3 needs bodies.s3_bucket");
	else if (c->s3_key_file.n == 0)
		buf_adds(why, "bodies.backend = s3 needs bodies.s3_key_file");
	return why->n ? RC_BAD : RC_OK;
}

const struct opt_table bodies_table = {
	.prefix = "bodies.",
	.title = "Bodies",
	.size = sizeof(struct bodies_conf),
	.opts = opts,
	.check = check,
};
