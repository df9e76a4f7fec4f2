/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/records.h"

static const char *const backends[] = { [RECORDS_SQLITE] = "sqlite", [RECORDS_POSTGRESQL] = "postgresql", NULL };

static const struct opt opts[] = {
	{ .name = "backend", .type = OPT_ENUM, .offset = offsetof(struct records_conf, backend), .words = backends,
	  .def = "sqlite", .restart = true,
	  .help = "Where the records of messages are: sqlite has them in files below state_dir/ledger, one for each week; postgresql has them in a database that several nodes can share." },
	{ .name = "deadline_ms", .type = OPT_MSEC, .offset = offsetof(struct records_conf, deadline_ms), .def = "5s",
	  .min = 100, .max = 60000, .restart = true,
	  .help = "How long a message waits until its record is stored. After that it is written to state_dir/ledger/spill.jsonl, from where it is taken over when the store is well again." },
	{ .name = "postgres", .type = OPT_TEXT, .offset = offsetof(struct records_conf, postgres), .def = "",
	  .restart = true,
	  .help = "Connection string of the PostgreSQL database, as libpq reads it: host=db.example dbname=sekimori user=sekimori sslmode=verify-full. The role must own the database: sekimori makes a schema named sekimori in it. While the server does not answer records go to the spill." },
	{ .name = "postgres_password_file", .type = OPT_PATH,
	  .offset = offsetof(struct records_conf, postgres_password_file), .def = "", .restart = true,
	  .help = "File with the password of that role in its first line; nobody but its owner may read it (mode 0600)." },
	OPT_END
};

static enum rc
check(const void *values, struct buf *why)
{
	const struct records_conf *c = values;

	if (c->backend != RECORDS_POSTGRESQL || c->postgres.n > 0)
		return RC_OK;
	buf_adds(why, "records.backend = postgresql needs records.postgres");
	return RC_BAD;
}

const struct opt_table records_table = {
	.prefix = "records.",
	.title = "Records",
	.size = sizeof(struct records_conf),
	.opts = opts,
	.check = check,
};
