/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_quarantine.c - what is kept from people: see it, take it out, let it go */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "base/jtext.h"
#include "conf/suggest.h"
#include "explain.h"
#include "give_back.h"
#include "memory.h"
#include "notice.h"
#include "recall.h"
#include "rows.h"
#include "show_preview.h"
#include "verb.h"
#include "ways.h"
#include "when.h"

enum { KIND, STATE, RCPT, SINCE, UNTIL, BEFORE, MAX, TO, AS, PICTURE, CHECK, JSON, CONFIG };
static const struct args_opt opts[] = {
	[KIND] = { 'k', "kind", "NAME", "list, purge: of this quarantine only; may be given several times." },
	[STATE] = { 's', "state", "NAME", "list: in this state; held without it; all for any." },
	[RCPT] = { 'r', "rcpt", "ADDR", "list: for this recipient." },
	[SINCE] = { 't', "since", "TIME", "list: not before it." },
	[UNTIL] = { 'T', "until", "TIME", "list, purge: before it." },
	[BEFORE] = { 'b', "before", "ID", "list: go on behind this one." },
	[MAX] = { 'n', "max", "N", "list: at most so many; 50 without it." },
	[TO] = { 'o', "to", "ADDR", "release: to this address in place of its recipients." },
	[AS] = { 'a', "as", "NAME", "report: as false_positive or missed_spam." },
	[PICTURE] = { 'p', "picture", "N", "preview: picture N of the page, as PNG." },
	[CHECK] = { 'C', "check", NULL, "purge: only say what would be deleted." },
	[JSON] = { 'j', "json", NULL, "list, show: JSON, one object a line." },
	[CONFIG] = { 'c', "config", "FILE", "The configuration that names state_dir." },
	{ .name = NULL }
};

enum { MAX_ROWS = 50, MOST_ROWS = 1000000, WHY_BYTES = 1000 };

struct order {
	struct ways ways;
	struct entries_query query;
	bool states_given, check, json;
	struct str to;
	enum release_report as;		/* RELEASE_REPORTS: not said */
	size_t picture;			/* 0: the page */
};

static const struct order *
order_of(const struct ways *w)
{
	return (const struct order *)(const void *)w;
}

/* ---- list ---- */

static bool
put_entry(void *arg, const struct entry *e)
{
	const struct order *order = arg;
	struct buf out;

	buf_init(&out, ROWS_LINE);
	if (order->json) {
		jtext_write(rows_entry_object(e), &out);
		buf_addc(&out, '\n');
	} else {
		rows_entry_put(e, &out);
	}
	fwrite(buf_cstr(&out), 1, out.n, stdout);
	buf_clear(&out);
	return true;
}

static int
list(struct ways *w, const struct conf *conf)
{
	struct order *order = (struct order *)(void *)w;
	struct memory m;
	struct buf head;
	int status = memory_open(conf, &m);

	if (status != 0)
		return status;
	if (!order->states_given)
		order->query.states = 1 << ENTRY_HELD;
	buf_init(&head, ROWS_LINE);
	if (!order->json)
		rows_entry_head(&head);
	fwrite(buf_cstr(&head), 1, head.n, stdout);
	buf_clear(&head);
	if (records_entries(m.stores.records, &order->query, put_entry, order) != RC_OK) {
		notice("the ledger does not answer");
		status = EX_TEMPFAIL;
	}
	memory_close(&m);
	return fflush(stdout) == 0 ? status : EX_IOERR;
}

/* ---- each ID ---- */

struct task {
	const struct order *order;
	struct memory *m;
	struct pool *pool;
	struct str word, id;
	size_t number;
};

static int
each_id(struct ways *w, const struct conf *conf, int (*run)(struct task *))
{
	struct task t = { .order = order_of(w) };
	struct memory m;
	int status = memory_open(conf, &m);

	t.m = &m;
	t.pool = pool_new(0);
	for (size_t i = 0; status != EX_UNAVAILABLE && status != EX_CONFIG && i < w->n_words; i++) {
		int one;

		t.word = str_of(w->words[i]);
		if (memory_entry(t.word, &t.id, &t.number)) {
			one = run(&t);
		} else {
			notice("%s: no ID of the quarantine: 20 characters, and .N for one recipient", w->words[i]);
			one = EX_DATAERR;
		}
		status = status ? status : one;
		pool_clear(t.pool);
	}
	pool_free(&t.pool);
	memory_close(&m);
	return fflush(stdout) == 0 ? status : EX_IOERR;
}

static int
failed(const struct task *t, enum rc rc, const char *none)
{
	if (rc == RC_NONE)
		notice("%.*s: %s", STR_ARG(t->word), none);
	else if (rc == RC_BAD)
		notice("%.*s: is damaged", STR_ARG(t->word));
	else
		notice("%.*s: the store does not answer", STR_ARG(t->word));
	return rc == RC_NONE ? EX_DATAERR : rc == RC_BAD ? EX_IOERR : EX_TEMPFAIL;
}

static int
show_one(struct task *t)
{
	struct json_object *o;
	struct buf out;
	enum rc rc = recall_get(t->m, t->pool, t->id, &o);

	if (rc != RC_OK)
		return failed(t, rc, "there is no such message");
	buf_init(&out, RECALL_TEXT);
	if (t->order->json) {
		jtext_write(o, &out);
		buf_addc(&out, '\n');
	} else {
		explain_format(o, &out);
		recall_format(o, &out);
		json_object_put(o);
	}
	fwrite(buf_cstr(&out), 1, out.n, stdout);
	buf_clear(&out);
	return EX_OK;
}

static int
show(struct ways *w, const struct conf *conf)
{
	return each_id(w, conf, show_one);
}

/* The message as it came, to the standard output. */
static int
export_one(struct task *t)
{
	uint64_t size;
	struct str all;
	int fd = -1;
	enum rc rc = bodies_get(t->m->stores.bodies, t->id, &fd, &size);

	if (rc == RC_OK)
		rc = fdio_map(fd, &all);
	if (rc == RC_OK) {
		fwrite(all.p, 1, all.n, stdout);
		fdio_unmap(&all);
	}
	fdio_close(&fd);
	return rc == RC_OK ? EX_OK : failed(t, rc, "nothing is kept of it");
}

static int
export(struct ways *w, const struct conf *conf)
{
	if (isatty(STDOUT_FILENO)) {
		notice("a message may hold what a terminal obeys: redirect it into a file");
		return EX_USAGE;
	}
	return each_id(w, conf, export_one);
}

/* What people may look at: HTML that does nothing, or one picture. */
static int
preview_one(struct task *t)
{
	uint64_t size;
	int fd = -1, status;
	enum rc rc = bodies_get(t->m->stores.bodies, t->id, &fd, &size);

	if (rc != RC_OK)
		return failed(t, rc, "nothing is kept of it");
	status = show_preview(t->m->conf, t->word, fd, size, (unsigned)t->order->picture);
	fdio_close(&fd);
	return status;
}

static int
preview(struct ways *w, const struct conf *conf)
{
	if (order_of(w)->picture && isatty(STDOUT_FILENO)) {
		notice("a picture is no text: redirect it into a file");
		return EX_USAGE;
	}
	return each_id(w, conf, preview_one);
}

/* ---- release, report, delete ---- */

static struct give_back
give_back_of(const struct task *t)
{
	return (struct give_back){ .m = t->m, .pool = t->pool, .word = t->word, .id = t->id, .number = t->number,
	    .to = t->order->to, .as = t->order->as };
}

static int
release_one(struct task *t)
{
	struct give_back g = give_back_of(t);

	return give_back_release(&g);
}

static int
release(struct ways *w, const struct conf *conf)
{
	return each_id(w, conf, release_one);
}

static int
report_one(struct task *t)
{
	struct give_back g = give_back_of(t);

	return give_back_report(&g);
}

static int
report(struct ways *w, const struct conf *conf)
{
	if (order_of(w)->as == RELEASE_REPORTS) {
		notice("report as what? --as false_positive, or --as missed_spam");
		return EX_USAGE;
	}
	return each_id(w, conf, report_one);
}

static int
delete_one(struct task *t)
{
	struct give_back g = give_back_of(t);

	return give_back_delete(&g);
}

static int
delete(struct ways *w, const struct conf *conf)
{
	return each_id(w, conf, delete_one);
}

/* ---- purge: many at once, by kind and age ---- */

struct purge {
	struct pool *pool;
	struct vec ids;			/* char[RECORD_ID + 8] */
};

struct purge_id {
	char text[RECORD_ID + 24];
};

static bool
collect(void *arg, const struct entry *e)
{
	struct purge *p = arg;
	struct purge_id *id = vec_push(p->pool, &p->ids, sizeof(*id));

	snprintf(id->text, sizeof(id->text), "%.*s.%zu", STR_ARG(e->record.id), e->number);
	return p->ids.n < MOST_ROWS;
}

static int
purge_all(struct order *order, struct memory *m, const struct purge *p)
{
	struct task t = { .order = order, .m = m, .pool = pool_new(0) };
	const struct purge_id *id = p->ids.items;
	int status = EX_OK;

	for (size_t i = 0; i < p->ids.n; i++) {
		int one = EX_OK;

		t.word = str_of(id[i].text);
		if (order->check)
			puts(id[i].text);
		else if (memory_entry(t.word, &t.id, &t.number))
			one = delete_one(&t);
		status = status ? status : one;
		pool_clear(t.pool);
	}
	pool_free(&t.pool);
	return status;
}

static int
purge(struct ways *w, const struct conf *conf)
{
	struct order *order = (struct order *)(void *)w;
	struct purge p = { .pool = NULL };
	struct memory m;
	int status;

	if (!order->query.until_ms) {
		notice("purge what? --until TIME, and --kind NAME for one quarantine only");
		return EX_USAGE;
	}
	status = memory_open(conf, &m);
	if (status != 0)
		return status;
	p.pool = pool_new(0);
	order->query.states = 1 << ENTRY_HELD | 1 << ENTRY_ORIGINAL;
	order->query.max = MOST_ROWS;
	if (records_entries(m.stores.records, &order->query, collect, &p) == RC_OK)
		status = purge_all(order, &m, &p);
	else
		status = EX_TEMPFAIL;
	pool_free(&p.pool);
	memory_close(&m);
	return fflush(stdout) == 0 ? status : EX_IOERR;
}

static const struct way ways[] = {
	{ "list", list, 0, 0, "list takes options only" },
	{ "show", show, 1, WAYS_WORDS, "show which? An ID of the list" },
	{ "export", export, 1, 1, "export which? One ID of the list" },
	{ "preview", preview, 1, 1, "preview which? One ID of the list" },
	{ "release", release, 1, WAYS_WORDS, "release which? IDs of the list" },
	{ "report", report, 1, WAYS_WORDS, "report which? IDs of the list" },
	{ "delete", delete, 1, WAYS_WORDS, "delete which? IDs of the list" },
	{ "purge", purge, 0, 0, "purge takes options only" },
	{ .name = NULL }
};

/* ---- words ---- */

static const char *
take_kind(struct order *order, struct str value, struct buf *why)
{
	enum quarantine_kind kind;
	struct suggest near;

	if (quarantine_parse(value, &kind)) {
		order->query.kinds |= 1u << kind;
		return NULL;
	}
	suggest_init(&near, value);
	for (int i = 0; i < QUARANTINE_KINDS; i++)
		suggest_try(&near, str_of(quarantine_name((enum quarantine_kind)i)));
	buf_printf(why, "'%.*s' is no quarantine", STR_ARG(value));
	suggest_write(&near, why);
	return buf_cstr(why);
}

static const char *
take_state(struct order *order, struct str value, struct buf *why)
{
	enum entry_state state;
	struct suggest near;

	order->states_given = true;
	if (str_eq(value, STR("all")))
		return NULL;
	if (entry_state_parse(value, &state)) {
		order->query.states |= 1u << state;
		return NULL;
	}
	suggest_init(&near, value);
	for (int i = 0; i < ENTRY_STATES; i++)
		suggest_try(&near, str_of(entry_state_name((enum entry_state)i)));
	buf_printf(why, "'%.*s' is no state", STR_ARG(value));
	suggest_write(&near, why);
	return buf_cstr(why);
}

static const char *
take_max(struct str text, size_t *out)
{
	uint64_t n;

	if (!str_to_u64(text, &n) || n == 0 || n > MOST_ROWS)
		return "--max wants a number from 1 to 1000000";
	*out = (size_t)n;
	return NULL;
}

static const char *
take_option(struct order *order, int i, struct str value, struct buf *why)
{
	int64_t now = clock_wall_ms(), ms;

	switch (i) {
	case KIND: return take_kind(order, value, why);
	case STATE: return take_state(order, value, why);
	case RCPT: order->query.rcpt = value; return NULL;
	case SINCE: return when_parse(value, now, &order->query.since_ms) ? NULL : "--since wants " WHEN_FORMS;
	case UNTIL: return when_parse(value, now, &order->query.until_ms) ? NULL : "--until wants " WHEN_FORMS;
	case BEFORE:
		order->query.before = value;
		return record_id_time(value, &ms) ? NULL : "--before wants an ID of the list";
	case MAX: return take_max(value, &order->query.max);
	case TO: order->to = value; return NULL;
	case AS: return release_report_parse(value, &order->as) ? NULL : "--as wants false_positive or missed_spam";
	case PICTURE: return take_max(value, &order->picture) ? "--picture wants a number from 1 on" : NULL;
	case CHECK: order->check = true; return NULL;
	case JSON: order->json = true; return NULL;
	case CONFIG: order->ways.config = value.p; return NULL;
	case ARGS_WORD: return ways_take(&order->ways, value.p) ? NULL : "too many IDs";
	}
	return NULL;
}

static int
run(struct args *a)
{
	struct order order = { .query = { .max = MAX_ROWS }, .as = RELEASE_REPORTS };
	const char *value = NULL, *wrong = NULL;
	struct buf why;
	int i, status;

	buf_init(&why, WHY_BYTES);
	while (!wrong && (i = args_next(a, &value)) != ARGS_END) {
		if (i == ARGS_BAD)
			return EX_USAGE;
		wrong = take_option(&order, i, str_of(value), &why);
		value = NULL;
	}
	status = wrong ? args_usage(a, wrong) : ways_run(a, &order.ways, ways);
	buf_clear(&why);
	return status;
}

const struct verb verb_quarantine = {
	.name = "quarantine", .opts = opts, .run = run, .ways = ways,
	.words = "list | show ID... | export ID | preview ID | release ID... | report ID... | delete ID... | purge",
	.help = "Mail that is kept from its recipients: see it, take it out, let it go, delete it.",
};
