/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* How a process hands its configuration to its children, which read no file of their own. */
#include "base/fdio.h"
#include "conf/conf.h"

/* Defaults, presets and the operator's files together. */
enum { TEXT_BYTES = 4 * CONF_BYTES };

enum rc
conf_pass(const struct conf *conf, int *fd)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, TEXT_BYTES);
	conf_dump(conf, false, false, &text);
	rc = text.full ? RC_LIMIT : fdio_memfd("sekimori.conf", buf_str(&text), fd);
	buf_clear(&text);
	return rc;
}

enum rc
conf_take(int fd, const struct opt_table *const *tables, struct conf **out, struct buf *errors)
{
	const struct conf_base none = { .key = NULL };
	struct buf text;
	enum rc rc;

	buf_init(&text, TEXT_BYTES);
	rc = fdio_read_all(fd, &text);
	if (rc == RC_OK)
		rc = conf_parse(buf_str(&text), "configuration", tables, none, out, errors);
	else
		buf_adds(errors, "the configuration cannot be read");
	buf_clear(&text);
	return rc;
}
