/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/merge.h"

#include <stdlib.h>

#include "base/hash.h"
#include "store/record_json.h"

enum { LINES = 5000, PAGE = 500, LINE_MAX = 256 * 1024 * 1024 };

/* ---- states ---- */

enum { KEPT = 1, DONE = 3 };

/* How far a recipient's mail has come; what is released may still be deleted. */
static int
rank(enum entry_state s)
{
	switch (s) {
	case ENTRY_NONE: return 0;
	case ENTRY_HELD:
	case ENTRY_ORIGINAL: return KEPT;
	case ENTRY_RELEASING: return 2;
	case ENTRY_RELEASED: return DONE;
	case ENTRY_DELETED:
	case ENTRY_EXPIRED: return 4;
	case ENTRY_STATES: break;
	}
	return 0;
}

/* A release that is under way and done has the time of its claim in both states. A store that has it as under way, and
 * nobody there who ends it, holds the mail again some time later: what was done to it elsewhere is done all the same. */
static bool
goes_on(const struct record_rcpt *is, const struct record_rcpt *comes, enum merge_how how)
{
	if (rank(is->state) == KEPT && rank(comes->state) >= DONE)
		return true;
	if (comes->changed_ms == is->changed_ms || how == MERGE_RESTORE)
		return comes->changed_ms >= is->changed_ms && rank(comes->state) > rank(is->state);
	return comes->changed_ms > is->changed_ms && comes->state != is->state;
}

static enum rc
merge_rcpts(struct records *to, const struct record *is, const struct record *comes, enum merge_how how,
    struct merge_count *count)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < is->n_rcpts && i < comes->n_rcpts; i++) {
		const struct record_rcpt *a = &is->rcpts[i], *b = &comes->rcpts[i];
		struct records_step step = { .id = is->id, .number = i + 1, .from = 1u << a->state,
		    .changed_ms = a->changed_ms, .to = b->state, .to_ms = b->changed_ms };
		size_t moved;

		if (a->state == b->state)
			continue;
		if (!goes_on(a, b, how)) {
			count->kept++;
			continue;
		}
		rc = records_move(to, &step, &moved);
		count->moved += rc == RC_OK;
		count->kept += rc == RC_NONE;	/* somebody was faster */
		rc = rc == RC_NONE ? RC_OK : rc;
	}
	return rc;
}

/* ---- records ---- */

struct batch {
	struct records *to;
	struct records_item item[MERGE_BATCH];
	size_t n;
	uint64_t refused;
	enum rc rc;
};

static void
flush(struct batch *b)
{
	bool written = b->n > 0 && b->rc == RC_OK;

	if (written)
		records_write(b->to, b->item, b->n);
	for (size_t i = 0; written && i < b->n; i++) {
		if (b->item[i].rc == RC_BAD)
			b->refused++;
		else if (b->item[i].rc != RC_OK)
			b->rc = RC_TEMP;
	}
	b->n = 0;
}

static void
add(struct batch *b, const struct record *r, const struct record_event *e)
{
	if (b->n == MERGE_BATCH)
		flush(b);
	b->item[b->n++] = (struct records_item){ .record = r, .event = e, .rc = RC_TEMP };
}

/* Everything that the store has between the first and the last of these. */
static enum rc
lines_of(struct records *to, struct pool *pool, const struct records_whole *w, size_t n, struct vec *out)
{
	struct str first = pool_str(pool, w[0].record.id);
	struct records_range range = { .after = first, .last = w[n - 1].record.id, .max = LINES };
	size_t had;
	enum rc rc;
	char *end = pool_cstr(pool, first);

	/* Behind the one before the first: the highest character of ids is 'z'. */
	end[first.n - 1]--;
	range.after = (struct str){ end, first.n };
	do {
		had = out->n;
		rc = records_lines(to, pool, &range, out);
		if (out->n > had)
			range.after = ((const struct records_line *)out->items)[out->n - 1].id;
	} while (rc == RC_OK && out->n > had);
	return rc;
}

static const struct records_line *
find_line(const struct vec *lines, size_t *at, struct str id)
{
	const struct records_line *l = lines->items;

	while (*at < lines->n && str_cmp(l[*at].id, id) < 0)
		++*at;
	return *at < lines->n && str_eq(l[*at].id, id) ? &l[*at] : NULL;
}

static void
add_whole(struct batch *b, const struct records_whole *w, bool is_new)
{
	const struct record_event *e = w->events.items;

	if (is_new)
		add(b, &w->record, NULL);
	for (size_t i = 0; i < w->events.n; i++)
		add(b, NULL, &e[i]);
}

static struct records_line
line_of(const struct records_whole *w)
{
	struct records_line l = { .id = w->record.id, .rcpts = (int64_t)w->record.n_rcpts, .events = (int64_t)w->events.n };

	for (size_t i = 0; i < w->record.n_rcpts; i++) {
		l.states += (int64_t)(i + 1) * w->record.rcpts[i].state;
		l.changed += w->record.rcpts[i].changed_ms;
	}
	return l;
}

static bool
same_line(const struct records_line *a, const struct records_line *b)
{
	return str_eq(a->id, b->id) && a->rcpts == b->rcpts && a->states == b->states && a->changed == b->changed &&
	    a->events == b->events;
}

/* Of one that is there already. */
static enum rc
merge_one(struct records *to, const struct records_whole *w, enum merge_how how, struct merge_count *count)
{
	struct pool *pool = pool_new(0);
	struct record is;
	enum rc rc = records_get(to, pool, w->record.id, &is, NULL);

	if (rc == RC_OK)
		rc = merge_rcpts(to, &is, &w->record, how, count);
	pool_free(&pool);
	return rc == RC_NONE ? RC_OK : rc;	/* purged meanwhile */
}

enum rc
merge_records(struct records *to, const struct records_whole *w, size_t n, enum merge_how how, struct merge_count *count)
{
	struct batch *b = calloc(1, sizeof(*b));
	struct pool *pool = pool_new(0);
	struct vec lines = { .n = 0 };
	size_t at = 0;

	if (!b)
		abort();
	b->to = to;
	b->rc = n > 0 ? lines_of(to, pool, w, n, &lines) : RC_OK;
	for (size_t i = 0; b->rc == RC_OK && i < n; i++) {
		const struct records_line *is = find_line(&lines, &at, w[i].record.id);
		struct records_line comes = line_of(&w[i]);

		count->records++;
		count->events += w[i].events.n;
		count->new_records += !is;
		if (is && same_line(is, &comes))
			continue;
		add_whole(b, &w[i], !is);
		if (is && b->rc == RC_OK)
			b->rc = merge_one(to, &w[i], how, count);
	}
	flush(b);
	count->refused += b->refused;
	at = b->rc == RC_OK;
	free(b);
	pool_free(&pool);
	return at ? RC_OK : RC_TEMP;
}

/* ---- from one store to another ---- */

/* Is there anything in these lines of the source that the other does not have like that? */
static bool
any_differs(const struct vec *from, const struct vec *to)
{
	const struct records_line *l = from->items;
	size_t at = 0;

	for (size_t i = 0; i < from->n; i++) {
		const struct records_line *other = find_line(to, &at, l[i].id);

		if (!other || !same_line(&l[i], other))
			return true;
	}
	return false;
}

static enum rc
next_lines(struct records *r, struct pool *pool, struct str after, struct str last, struct vec *out)
{
	struct records_range range = { .after = after, .last = last, .max = LINES };
	enum rc rc;
	size_t had;

	*out = (struct vec){ .n = 0 };
	do {
		had = out->n;
		rc = records_lines(r, pool, &range, out);
		if (out->n > had)
			range.after = ((const struct records_line *)out->items)[out->n - 1].id;
	} while (rc == RC_OK && out->n > had && last.n);
	return rc;
}

/* All records between two ids. */
static enum rc
merge_between(struct records *from, struct records *to, struct str after, struct str last, struct merge_count *count)
{
	struct records_range range = { .last = last, .max = PAGE };
	struct pool *pool = pool_new(0);
	char at[RECORD_ID + 1] = "";
	struct vec page;
	enum rc rc;

	memcpy(at, after.p, after.n);
	do {
		pool_clear(pool);
		page = (struct vec){ .n = 0 };
		range.after = str_of(at);
		rc = records_page(from, pool, &range, &page);
		if (rc != RC_OK || page.n == 0)
			break;
		memcpy(at, ((const struct records_whole *)page.items)[page.n - 1].record.id.p, RECORD_ID);
		rc = merge_records(to, page.items, page.n, MERGE_FOLLOW, count);
	} while (rc == RC_OK);
	pool_free(&pool);
	return rc;
}

enum rc
merge_all(struct records *from, struct records *to, struct merge_count *count,
    void (*each)(void *arg, const struct merge_count *), void *arg)
{
	struct pool *pool = pool_new(0);
	char after[RECORD_ID + 1] = "";
	struct vec have, there;
	enum rc rc;

	for (;;) {
		struct str last;

		pool_clear(pool);
		rc = next_lines(from, pool, str_of(after), STR_NONE, &have);
		if (rc != RC_OK || have.n == 0)
			break;
		last = ((const struct records_line *)have.items)[have.n - 1].id;
		rc = next_lines(to, pool, str_of(after), last, &there);
		if (rc == RC_OK && any_differs(&have, &there))
			rc = merge_between(from, to, str_of(after), last, count);
		else
			count->records += have.n;
		if (rc != RC_OK)
			break;
		memcpy(after, last.p, RECORD_ID);
		if (each)
			each(arg, count);
	}
	pool_free(&pool);
	return rc;
}

/* ---- the same? ---- */

static int
by_event(const void *x, const void *y)
{
	const struct record_event *a = x, *b = y;
	int by_time = (a->time_ms > b->time_ms) - (a->time_ms < b->time_ms), by_kind = str_cmp(a->kind, b->kind);
	int by_rcpt = str_cmp(a->rcpt, b->rcpt);

	return by_time ? by_time : by_kind ? by_kind : by_rcpt ? by_rcpt : str_cmp(a->who, b->who);
}

static int
by_number(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

/* In one order, each once, as stores of every kind have them. */
static struct record
in_order(struct pool *pool, const struct record *r)
{
	int64_t *print = pool_alloc(pool, r->n_prints * sizeof(*print) + 1);
	struct record out = *r;
	size_t n = 0;

	if (r->n_prints > 0) {
		memcpy(print, r->prints, r->n_prints * sizeof(*print));
		qsort(print, r->n_prints, sizeof(*print), by_number);
	}
	for (size_t i = 0; i < r->n_prints; i++)
		if (i == 0 || print[i] != print[n - 1])
			print[n++] = print[i];
	out.prints = print;
	out.n_prints = n;
	return out;
}

static void
sum_of(struct pool *pool, struct records_whole *w, unsigned char out[HASH_SHA256_BYTES])
{
	struct record_event *e = w->events.items;
	struct record r = in_order(pool, &w->record);
	struct buf text;

	if (w->events.n > 1)
		qsort(e, w->events.n, sizeof(*e), by_event);
	buf_init(&text, LINE_MAX);
	record_json_write(&(struct records_item){ .record = &r }, &text);
	for (size_t i = 0; i < w->events.n; i++)
		record_json_write(&(struct records_item){ .event = &e[i] }, &text);
	hash_sha256(buf_str(&text), out);
	buf_clear(&text);
}

static bool
same_whole(struct pool *pool, struct records_whole *a, struct records_whole *b)
{
	unsigned char x[HASH_SHA256_BYTES], y[HASH_SHA256_BYTES];

	sum_of(pool, a, x);
	sum_of(pool, b, y);
	return memcmp(x, y, sizeof(x)) == 0;
}

/* One side of a comparison: its page, and where in it we are. */
struct side {
	struct records *records;
	struct pool *pool;
	struct vec page;
	size_t at;
	char after[RECORD_ID + 1];
	uint64_t n;
};

static enum rc
peek(struct side *s, struct records_whole **out)
{
	struct records_range range = { .after = str_of(s->after), .max = PAGE };
	enum rc rc = RC_OK;

	if (s->at == s->page.n) {
		pool_clear(s->pool);
		s->page = (struct vec){ .n = 0 };
		s->at = 0;
		rc = records_page(s->records, s->pool, &range, &s->page);
	}
	*out = rc == RC_OK && s->at < s->page.n ? (struct records_whole *)s->page.items + s->at : NULL;
	return rc;
}

static void
take(struct side *s, const struct records_whole *w)
{
	memcpy(s->after, w->record.id.p, RECORD_ID);
	s->at++;
	s->n++;
}

static enum rc
compare_sides(struct side *a, struct side *b, struct merge_check *out, void (*each)(void *, const struct merge_check *),
    void *arg)
{
	struct records_whole *x, *y;
	enum rc rc;

	for (;;) {
		const struct records_whole *first;
		int order;
		bool same;

		rc = peek(a, &x);
		if (rc == RC_OK)
			rc = peek(b, &y);
		if (rc != RC_OK || (!x && !y))
			return rc;
		order = !x ? 1 : !y ? -1 : str_cmp(x->record.id, y->record.id);
		same = order == 0 && same_whole(a->pool, x, y);
		first = order <= 0 ? x : y;
		if (!same && out->differ++ == 0)
			memcpy(out->first, first->record.id.p, RECORD_ID);
		if (order <= 0)
			take(a, x);
		if (order >= 0)
			take(b, y);
		out->from = a->n;
		out->to = b->n;
		if (each && (a->n + b->n) % PAGE == 0)
			each(arg, out);
	}
}

enum rc
merge_compare(struct records *from, struct records *to, struct merge_check *out,
    void (*each)(void *, const struct merge_check *), void *arg)
{
	struct side a = { .records = from, .pool = pool_new(0) }, b = { .records = to, .pool = pool_new(0) };
	enum rc rc;

	*out = (struct merge_check){ .from = 0 };
	rc = compare_sides(&a, &b, out, each, arg);
	pool_free(&a.pool);
	pool_free(&b.pool);
	return rc;
}
