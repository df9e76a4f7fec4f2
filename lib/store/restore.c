/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Reading the archive: first all of it, and then once more to take it. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/backup.h"
#include "store/record_json.h"
#include "store/state_files.h"
#include "store/tarball.h"

struct reader {
	const struct backup *b;
	struct tarball *t;
	struct backup_manifest *manifest;
	struct backup_count *count;
	struct buf *why;
	char last[RECORD_ID + 1];	/* record */
	bool only_look;
};

/* ---- the manifest ---- */

static void
copy_text(const struct json_object *o, const char *key, char *out, size_t size)
{
	struct json_object *v = json_object_object_get(o, key);
	const char *text = json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";

	snprintf(out, size, "%s", text);
	for (char *p = out; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

static enum rc
take_manifest(struct reader *r, struct str content)
{
	struct json_tokener *tok = json_tokener_new();
	struct backup_manifest *m = r->manifest;
	struct json_object *o, *format;
	int64_t number = 0;

	if (!tok)
		abort();
	o = json_tokener_parse_ex(tok, content.p, (int)content.n);
	format = json_object_object_get(o, "format");
	if (json_object_is_type(o, json_type_object) && json_object_is_type(format, json_type_int))
		number = json_object_get_int64(format);
	if (number > 0 && m) {
		copy_text(o, "node", m->node, sizeof(m->node));
		copy_text(o, "version", m->version, sizeof(m->version));
		m->time_ms = json_object_get_int64(json_object_object_get(o, "time_ms"));
		m->keys = json_object_get_boolean(json_object_object_get(o, "keys"));
	}
	json_object_put(o);
	json_tokener_free(tok);
	if (number == BACKUP_FORMAT)
		return RC_OK;
	if (number > BACKUP_FORMAT)
		buf_printf(r->why, "was written by a newer sekimori: format %lld, and %d is known here",
		    (long long)number, BACKUP_FORMAT);
	else
		buf_adds(r->why, "manifest.json: not of sekimori");
	return RC_BAD;
}

/* ---- state ---- */

static enum rc
take_state(struct reader *r, const struct tarball_entry *e)
{
	struct state_file f = { e->name, e->content, e->time_ms };
	enum rc rc;

	r->count->files++;
	if (!state_file_name(e->name)) {
		buf_printf(r->why, "state/%.*s: no file of a backup", STR_ARG(e->name));
		return RC_BAD;
	}
	if (r->only_look)
		return RC_OK;
	rc = state_file_put(r->b->state_dir, &f, r->b->replace, r->why);
	r->count->new_files += rc == RC_OK;
	if (rc != RC_NONE)
		return rc;
	r->count->other_files++;
	if (r->b->other)
		r->b->other(r->b->arg, e->name);
	return RC_OK;
}

/* ---- messages ---- */

/* What is gone since then by somebody's will does not come back. Of what the ledger does not tell now it is put. */
static bool
is_wanted(struct reader *r, struct str id)
{
	struct pool *pool = pool_new(0);
	struct record rec;
	enum rc rc = records_get(r->b->records, pool, id, &rec, NULL);
	bool wanted = rc != RC_OK || record_keeps_body(&rec, clock_wall_ms());

	pool_free(&pool);
	return wanted;
}

static bool
is_there(struct reader *r, struct str key)
{
	uint64_t size;
	int fd = -1;
	enum rc rc = bodies_get(r->b->bodies, key, &fd, &size);

	if (fd >= 0)
		close(fd);
	return rc == RC_OK;
}

static enum rc
take_body(struct reader *r, const struct tarball_entry *e)
{
	int64_t ms;
	enum rc rc;

	r->count->bodies++;
	if (!record_id_time(e->name, &ms)) {
		buf_printf(r->why, "bodies/%.*s.eml: no message of a record", STR_ARG(e->name));
		return RC_BAD;
	}
	if (r->only_look || !is_wanted(r, e->name) || is_there(r, e->name))
		return RC_OK;
	rc = bodies_put(r->b->bodies, e->name, e->fd, e->content.n, INT64_MAX);
	if (rc != RC_OK)
		buf_adds(r->why, "the store of messages does not take more: see bodies.min_free and bodies.max_bytes");
	r->count->new_bodies += rc == RC_OK;
	return rc == RC_OK ? RC_OK : RC_TEMP;
}

/* ---- records ---- */

static enum rc
bad_line(struct reader *r, const struct tarball_entry *e, size_t line, const char *reason)
{
	buf_printf(r->why, "records/%.*s.jsonl:%zu: %s", STR_ARG(e->name), line, reason);
	return RC_BAD;
}

/* A record, and then what happened to it, and then the next one. */
static enum rc
read_lines(struct reader *r, struct pool *pool, const struct tarball_entry *e, struct vec *out)
{
	struct str rest = e->content, text;
	struct records_whole *now = NULL;

	for (size_t line = 1; str_next(&rest, '\n', &text); line++) {
		struct records_item item;
		int64_t ms;

		if (text.n == 0 && rest.n == 0)
			break;
		if (record_json_read(pool, text, &item) != RC_OK)
			return bad_line(r, e, line, "no record and no event");
		if (item.record) {
			if (!record_id_time(item.record->id, &ms) || str_cmp(item.record->id, str_of(r->last)) <= 0)
				return bad_line(r, e, line, "an ID that is none, or out of order");
			if (item.record->body.n && !str_eq(item.record->body, item.record->id))
				return bad_line(r, e, line, "a record that keeps another one's message");
			memcpy(r->last, item.record->id.p, RECORD_ID);
			now = vec_push(pool, out, sizeof(*now));
			*now = (struct records_whole){ .record = *item.record };
		} else if (!now || !str_eq(item.event->id, now->record.id)) {
			return bad_line(r, e, line, "an event of another record");
		} else {
			*(struct record_event *)vec_push(pool, &now->events, sizeof(*item.event)) = *item.event;
		}
	}
	return RC_OK;
}

static enum rc
take_records(struct reader *r, const struct tarball_entry *e)
{
	struct pool *pool = pool_new(0);
	struct vec all = { .n = 0 };
	const struct records_whole *w;
	enum rc rc = read_lines(r, pool, e, &all);

	w = all.items;
	if (rc == RC_OK && !r->only_look) {
		rc = merge_records(r->b->records, w, all.n, MERGE_RESTORE, &r->count->merge);
		if (rc != RC_OK)
			buf_adds(r->why, "the ledger does not take it");
	} else {
		r->count->merge.records += all.n;
		for (size_t i = 0; i < all.n; i++)
			r->count->merge.events += w[i].events.n;
	}
	pool_free(&pool);
	if (rc == RC_OK && r->b && r->b->each)
		r->b->each(r->b->arg, r->count);
	return rc;
}

/* ---- all ---- */

static enum rc
take(struct reader *r, const struct tarball_entry *e)
{
	switch (e->kind) {
	case TARBALL_MANIFEST: return take_manifest(r, e->content);
	case TARBALL_STATE: return take_state(r, e);
	case TARBALL_BODY: return take_body(r, e);
	case TARBALL_RECORDS: return take_records(r, e);
	case TARBALL_END:
	case TARBALL_KINDS: break;
	}
	return RC_BAD;
}

static enum rc
read_all(struct reader *r, int fd)
{
	struct tarball_entry e;
	enum rc rc = tarball_open(fd, &r->t, r->why);

	*r->count = (struct backup_count){ .bodies = 0 };
	while (rc == RC_OK) {
		rc = tarball_next(r->t, &e, r->why);
		if (rc == RC_OK)
			rc = take(r, &e);
	}
	tarball_close(&r->t);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
backup_check(int fd, struct backup_manifest *manifest, struct backup_count *count, struct buf *why)
{
	struct reader r = { .manifest = manifest, .count = count, .why = why, .only_look = true };

	*manifest = (struct backup_manifest){ .keys = false };
	return read_all(&r, fd);
}

enum rc
backup_restore(const struct backup *b, int fd, struct backup_count *count, struct buf *why)
{
	struct reader r = { .b = b, .count = count, .why = why };

	if (lseek(fd, 0, SEEK_SET) == 0)
		return read_all(&r, fd);
	buf_adds(why, "is no file: it is read twice");
	return RC_TEMP;
}
