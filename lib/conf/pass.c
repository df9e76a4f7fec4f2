/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* How a process hands its configuration to its children, which read no file of their own: the text
 * of conf_dump, then for each file that a value names NUL, its path, NUL, its content. */
#include "base/fdio.h"
#include "conf/snapshot.h"

/* Defaults, presets and the operator's files together, and what their values name. */
enum { TEXT_BYTES = 4 * CONF_BYTES + 2 * CONF_FILES_BYTES };

static void
put_files(const struct conf *conf, struct buf *out)
{
	const struct conf_file *f = conf->files.items;

	for (size_t i = 0; i < conf->files.n; i++) {
		buf_addc(out, '\0');
		buf_add(out, f[i].path);
		buf_addc(out, '\0');
		buf_add(out, f[i].text);
	}
}

/* Cut the first piece before a NUL off *rest. */
static struct str
cut(struct str *rest)
{
	size_t at = str_chr(*rest, '\0');
	struct str piece = str_upto(*rest, at);

	*rest = at == STR_NPOS ? STR_NONE : str_from(*rest, at + 1);
	return piece;
}

static enum rc
parse(struct str all, const struct opt_table *const *tables, struct conf **out, struct buf *errors)
{
	struct pool *pool = pool_new(0);
	struct vec files = { .n = 0 };
	struct str text = cut(&all);
	struct conf_file *f;
	enum rc rc;

	while (all.n) {
		f = vec_push(pool, &files, sizeof(*f));
		f->path = cut(&all);
		f->text = cut(&all);
	}
	rc = conf_parse(text, "configuration", tables, (struct conf_base){ .given = &files }, out, errors);
	pool_free(&pool);
	return rc;
}

enum rc
conf_pass(const struct conf *conf, int *fd)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, TEXT_BYTES);
	conf_dump(conf, false, false, &text);
	put_files(conf, &text);
	rc = text.full ? RC_LIMIT : fdio_memfd("sekimori.conf", buf_str(&text), fd);
	buf_clear(&text);
	return rc;
}

enum rc
conf_take(int fd, const struct opt_table *const *tables, struct conf **out, struct buf *errors)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, TEXT_BYTES);
	rc = fdio_read_all(fd, &text);
	if (rc == RC_OK)
		rc = parse(buf_str(&text), tables, out, errors);
	else
		buf_adds(errors, "the configuration cannot be read");
	buf_clear(&text);
	return rc;
}
