/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/compose.h"

#include "base/fdio.h"

struct field {
	struct str name;		/* as it is written, without the colon */
	struct str text;		/* value with its folds, or, if `raw`, the whole field */
	bool raw, gone;
};

struct head {
	struct pool *pool;
	struct vec fields;		/* struct field */
	struct vec top;			/* struct field, the last one is the first */
};

/* To the end of the header: field by field, with their folded lines. *body: behind the empty line. */
static enum rc
read_head(struct head *h, struct str message, struct str *body)
{
	struct str rest = message, line;

	*body = STR_NONE;
	while (rest.n) {
		struct str begin = rest;
		struct field *last = h->fields.n ? (struct field *)h->fields.items + (h->fields.n - 1) : NULL;

		(void)str_next(&rest, '\n', &line);
		line = str_upto(begin, begin.n - rest.n);
		if (str_trim(line).n == 0 && (line.n == 0 || (line.p[0] != ' ' && line.p[0] != '\t'))) {
			*body = rest;
			return RC_OK;
		}
		if (last && (line.p[0] == ' ' || line.p[0] == '\t')) {
			last->text.n += line.n;
			continue;
		}
		if (h->fields.n == COMPOSE_FIELDS)
			return RC_LIMIT;
		last = vec_push(h->pool, &h->fields, sizeof(*last));
		*last = (struct field){ str_trim(str_upto(line, str_chr(line, ':'))), line, true, false };
	}
	return RC_OK;
}

static struct field *
find(const struct head *h, struct str name, int index)
{
	struct field *f = h->fields.items;

	for (size_t i = 0; i < h->fields.n; i++)
		if (!f[i].gone && str_eq_nocase(f[i].name, str_trim(name)) && --index == 0)
			return &f[i];
	return NULL;
}

static void
apply(struct head *h, const struct field_edit *e)
{
	struct field *f = e->op == FIELD_DELETE || e->op == FIELD_CHANGE ? find(h, e->name, e->index) : NULL;
	struct field now = { .name = e->name, .text = e->value };

	switch (e->op) {
	case FIELD_DELETE:
		if (f)
			f->gone = true;
		return;
	case FIELD_CHANGE:
		if (f) {
			now.name = f->name;
			*f = now;
			return;
		}
		break;
	case FIELD_INSERT:
		*(struct field *)vec_push(h->pool, &h->top, sizeof(now)) = now;
		return;
	case FIELD_ADD:
		break;
	}
	*(struct field *)vec_push(h->pool, &h->fields, sizeof(now)) = now;
}

/* Folds of values are LF; on the way mail has CRLF. */
static void
put_value(struct str value, struct buf *out)
{
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\n' && (i == 0 || value.p[i - 1] != '\r'))
			buf_addc(out, '\r');
		buf_addc(out, value.p[i]);
	}
}

static void
put(const struct field *f, struct buf *out)
{
	if (f->gone)
		return;
	if (f->raw) {
		buf_add(out, f->text);
		if (f->text.n && f->text.p[f->text.n - 1] != '\n')
			buf_adds(out, "\r\n");
		return;
	}
	buf_add(out, f->name);
	buf_adds(out, ": ");
	put_value(f->text, out);
	buf_adds(out, "\r\n");
}

static void
put_head(const struct head *h, struct buf *out)
{
	for (size_t i = h->top.n; i-- > 0;)
		put((const struct field *)h->top.items + i, out);
	for (size_t i = 0; i < h->fields.n; i++)
		put((const struct field *)h->fields.items + i, out);
	buf_adds(out, "\r\n");
}

static enum rc
write_out(struct str head, struct str body, int *fd)
{
	enum rc rc = fdio_memfd("copy", STR_NONE, fd);

	if (rc == RC_OK)
		rc = fdio_write_all(*fd, head);
	if (rc == RC_OK)
		rc = fdio_write_all(*fd, body);
	if (rc == RC_OK)
		rc = fdio_seal(*fd);
	if (rc != RC_OK)
		fdio_close(fd);
	return rc == RC_OK ? RC_OK : RC_TEMP;
}

enum rc
compose(struct pool *pool, const struct compose *in, int *fd, uint64_t *size)
{
	struct head h = { .pool = pool };
	struct str body;
	struct buf head;
	enum rc rc = read_head(&h, in->message, &body);

	*fd = -1;
	if (rc != RC_OK)
		return rc;
	if (in->body.p)
		body = in->body;
	for (size_t i = 0; i < in->n_edits; i++)
		apply(&h, &in->edits[i]);
	buf_init(&head, COMPOSE_HEAD);
	put_head(&h, &head);
	rc = head.full ? RC_LIMIT : write_out(buf_str(&head), body, fd);
	if (rc == RC_OK)
		*size = head.n + body.n;
	buf_clear(&head);
	return rc;
}
