/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Writing the archive. */
#include "store/backup.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/jtext.h"
#include "store/record_json.h"
#include "store/state_files.h"
#include "store/tarball.h"

enum { PAGE = 500, NUMBER = 16 };

struct writer {
	const struct backup *b;
	struct tarball *t;
	struct backup_count *count;
	struct buf *why;
	unsigned pages;
};

/* ---- manifest, state ---- */

static enum rc
write_manifest(struct writer *w)
{
	struct json_object *o = jtext_object();
	struct tarball_entry e = { .kind = TARBALL_MANIFEST, .time_ms = clock_wall_ms() };
	struct buf text;
	enum rc rc;

	jtext_add_str(o, "what", STR("backup of sekimori"));
	jtext_add_num(o, "format", BACKUP_FORMAT);
	jtext_add_str(o, "version", w->b->version);
	jtext_add_str(o, "node", w->b->node);
	jtext_add_num(o, "time_ms", e.time_ms);
	jtext_add_bool(o, "keys", w->b->keys);
	buf_init(&text, TARBALL_NOTE);
	jtext_write(o, &text);
	buf_addc(&text, '\n');
	e.content = buf_str(&text);
	rc = tarball_add(w->t, &e, w->why);
	buf_clear(&text);
	return rc;
}

static enum rc
write_state(void *arg, const struct state_file *f)
{
	struct writer *w = arg;

	if (!w->b->keys && state_file_is_key(f->name))
		return RC_OK;
	w->count->files++;
	return tarball_add(w->t, &(struct tarball_entry){ .kind = TARBALL_STATE, .name = f->name, .content = f->content,
	    .time_ms = f->time_ms }, w->why);
}

/* ---- records ---- */

/* RC_NONE: it is not there. */
static enum rc
write_body(struct writer *w, const struct record *r)
{
	struct tarball_entry e = { .kind = TARBALL_BODY, .name = r->body, .time_ms = r->time_ms };
	uint64_t size;
	int fd = -1;
	enum rc rc = bodies_get(w->b->bodies, r->body, &fd, &size);

	if (rc == RC_TEMP)
		buf_adds(w->why, "the store of messages does not answer");
	if (rc == RC_OK)
		rc = fdio_map(fd, &e.content);
	if (rc == RC_OK) {
		rc = tarball_add(w->t, &e, w->why);
		w->count->bodies++;
		fdio_unmap(&e.content);
	}
	fdio_close(&fd);
	return rc;
}

/* The record as it is now, if its message went while the page was read: released, deleted, or its time was over. */
static enum rc
write_kept(struct writer *w, struct pool *pool, struct records_whole *one)
{
	bool kept = one->record.body.n && record_keeps_body(&one->record, clock_wall_ms());
	enum rc rc = kept ? write_body(w, &one->record) : RC_OK;
	struct records_whole now = { .events = { .n = 0 } };

	if (rc == RC_NONE && records_get(w->b->records, pool, one->record.id, &now.record, &now.events) == RC_OK)
		*one = now;
	if (rc != RC_NONE && rc != RC_BAD)
		return rc;
	w->count->lost += rc == RC_BAD || record_keeps_body(&one->record, clock_wall_ms());
	return RC_OK;
}

static enum rc
write_page(struct writer *w, struct pool *pool, const struct vec *page)
{
	struct records_whole *all = page->items;
	char name[NUMBER];
	struct buf text;
	enum rc rc = RC_OK;

	buf_init(&text, TARBALL_LINES);
	for (size_t i = 0; rc == RC_OK && i < page->n; i++) {
		const struct record_event *e;

		rc = write_kept(w, pool, &all[i]);
		e = all[i].events.items;
		record_json_write(&(struct records_item){ .record = &all[i].record }, &text);
		for (size_t k = 0; k < all[i].events.n; k++)
			record_json_write(&(struct records_item){ .event = &e[k] }, &text);
		w->count->merge.records++;
		w->count->merge.events += all[i].events.n;
	}
	snprintf(name, sizeof(name), "%06u", ++w->pages);
	if (rc == RC_OK)
		rc = tarball_add(w->t, &(struct tarball_entry){ .kind = TARBALL_RECORDS, .name = str_of(name),
		    .content = buf_str(&text), .time_ms = clock_wall_ms() }, w->why);
	buf_clear(&text);
	return rc;
}

static enum rc
write_records(struct writer *w)
{
	struct pool *pool = pool_new(0);
	char after[RECORD_ID + 1] = "";
	struct vec page;
	enum rc rc;

	for (;;) {
		struct records_range range = { .after = str_of(after), .max = PAGE };

		pool_clear(pool);
		page = (struct vec){ .n = 0 };
		rc = records_page(w->b->records, pool, &range, &page);
		if (rc != RC_OK)
			buf_adds(w->why, "the ledger does not answer");
		if (rc != RC_OK || page.n == 0)
			break;
		snprintf(after, sizeof(after), "%.*s", STR_ARG(((struct records_whole *)page.items)[page.n - 1].record.id));
		rc = write_page(w, pool, &page);
		if (rc != RC_OK)
			break;
		if (w->b->each)
			w->b->each(w->b->arg, w->count);
	}
	pool_free(&pool);
	return rc;
}

enum rc
backup_write(const struct backup *b, int fd, struct backup_count *count, struct buf *why)
{
	struct writer w = { .b = b, .count = count, .why = why };
	enum rc rc = tarball_create(fd, &w.t, why);

	*count = (struct backup_count){ .bodies = 0 };
	if (rc == RC_OK)
		rc = write_manifest(&w);
	if (rc == RC_OK)
		rc = state_files_each(b->state_dir, write_state, &w, why);
	if (rc == RC_OK)
		rc = write_records(&w);
	if (rc == RC_OK)
		rc = tarball_finish(w.t, why);
	tarball_close(&w.t);
	return rc == RC_OK ? RC_OK : RC_TEMP;
}
