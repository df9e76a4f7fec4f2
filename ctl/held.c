/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "held.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/jtext.h"
#include "consent.h"
#include "explain.h"
#include "give_back.h"
#include "notice.h"
#include "recall.h"
#include "rows.h"
#include "show_preview.h"

static struct held_order *
order_of(struct ways *w)
{
	return (struct held_order *)(void *)w;
}

/* ---- list ---- */

struct listing {
	const struct held_order *order;
	size_t n;
	char last[RECORD_ID + 1];
};

static bool
put_entry(void *arg, const struct entry *e)
{
	struct listing *l = arg;
	struct buf out;

	buf_init(&out, 2 * ROWS_LINE);
	if (!l->order->json && l->n == 0)
		rows_entry_head(&out);
	if (l->order->json) {
		jtext_write(rows_entry_object(e), &out);
		buf_addc(&out, '\n');
	} else {
		rows_entry_put(e, &out);
	}
	fwrite(buf_cstr(&out), 1, out.n, stdout);
	buf_clear(&out);
	snprintf(l->last, sizeof(l->last), "%.*s", STR_ARG(e->record.id));
	l->n++;
	return true;
}

int
held_list(struct ways *w, const struct conf *conf)
{
	struct held_order *order = order_of(w);
	struct listing l = { .order = order };
	struct memory m;
	int status = memory_open(conf, &m);

	if (status != 0)
		return status;
	if (!order->states_given)
		order->pick.query.states = 1 << ENTRY_HELD;
	if (pick_each(&m, &order->pick, put_entry, &l) != RC_OK) {
		notice("the ledger does not answer");
		status = EX_TEMPFAIL;
	} else if (l.n == 0 && !order->json) {
		notice(order->picked ? "no such mail in the quarantine" : "no mail is held");
	} else if (l.n >= order->pick.query.max && !order->json) {
		notice("there may be more: --before %s", l.last);
	}
	memory_close(&m);
	return fflush(stdout) == 0 ? status : EX_IOERR;
}

/* ---- each ID ---- */

struct task {
	const struct held_order *order;
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
			notice("%s: is no ID: 20 characters, and .N for one recipient", w->words[i]);
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

int
held_show(struct ways *w, const struct conf *conf)
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

int
held_export(struct ways *w, const struct conf *conf)
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

int
held_preview(struct ways *w, const struct conf *conf)
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
report_one(struct task *t)
{
	struct give_back g = give_back_of(t);
	struct str message = STR_NONE;
	int fd = -1, status;

	if (t->order->message) {
		fd = open(t->order->message, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fdio_map(fd, &message) != RC_OK) {
			notice("%s: %s", t->order->message, fd < 0 ? strerror(errno) : "cannot be read");
			fdio_close(&fd);
			return EX_NOINPUT;
		}
		g.message = &message;
	}
	status = give_back_report(&g);
	fdio_unmap(&message);
	fdio_close(&fd);
	return status;
}

static int
delete_one(struct task *t)
{
	struct give_back g = give_back_of(t);

	return give_back_delete(&g);
}

/* ---- many at once ---- */

struct many {
	struct pool *pool;
	struct vec ids;			/* struct many_id */
};

struct many_id {
	char text[RECORD_ID + 24];
};

static bool
collect(void *arg, const struct entry *e)
{
	struct many *p = arg;
	struct many_id *id;

	if (p->ids.n >= HELD_MANY)
		return false;
	id = vec_push(p->pool, &p->ids, sizeof(*id));
	snprintf(id->text, sizeof(id->text), "%.*s.%zu", STR_ARG(e->record.id), e->number);
	return true;
}

static int
run_all(const struct held_order *order, struct memory *m, const struct many *p, int (*run)(struct task *))
{
	struct task t = { .order = order, .m = m, .pool = pool_new(0) };
	const struct many_id *id = p->ids.items;
	int status = EX_OK;

	for (size_t i = 0; i < p->ids.n; i++) {
		int one = EX_OK;

		t.word = str_of(id[i].text);
		if (order->check)
			puts(id[i].text);
		else if (memory_entry(t.word, &t.id, &t.number))
			one = run(&t);
		status = status ? status : one;
		pool_clear(t.pool);
	}
	pool_free(&t.pool);
	return status;
}

/* All that the options pick, in these states unless others were asked for. deed: "Release". */
static int
each_picked(struct held_order *order, const struct conf *conf, unsigned states, const char *deed, int (*run)(struct task *))
{
	struct many p = { .pool = NULL };
	struct memory m;
	char question[80];
	int status = memory_open(conf, &m);

	if (status != 0)
		return status;
	p.pool = pool_new(0);
	if (!order->states_given)
		order->pick.query.states = states;
	if (pick_each(&m, &order->pick, collect, &p) != RC_OK) {
		notice("the ledger does not answer");
		status = EX_TEMPFAIL;
	} else if (p.ids.n == 0) {
		notice("no such mail in the quarantine");
	} else {
		snprintf(question, sizeof(question), "%s %zu mail%s", deed, p.ids.n, p.ids.n == 1 ? "" : "s");
		status = order->check ? 0 : consent(question, order->yes);
		status = status ? status : run_all(order, &m, &p, run);
	}
	pool_free(&p.pool);
	memory_close(&m);
	return fflush(stdout) == 0 ? status : EX_IOERR;
}

static int
each_or_picked(struct ways *w, const struct conf *conf, unsigned states, const char *deed, int (*run)(struct task *))
{
	struct held_order *order = order_of(w);

	return w->n_words ? each_id(w, conf, run) : each_picked(order, conf, states, deed, run);
}

int
held_release(struct ways *w, const struct conf *conf)
{
	return each_or_picked(w, conf, 1 << ENTRY_HELD, "Release", release_one);
}

int
held_report(struct ways *w, const struct conf *conf)
{
	return each_or_picked(w, conf, 1 << ENTRY_HELD, "Report", report_one);
}

int
held_delete(struct ways *w, const struct conf *conf)
{
	return each_or_picked(w, conf, 1 << ENTRY_HELD | 1 << ENTRY_ORIGINAL, "Delete", delete_one);
}

int
held_purge(struct ways *w, const struct conf *conf)
{
	return each_picked(order_of(w), conf, 1 << ENTRY_HELD | 1 << ENTRY_ORIGINAL, "Delete", delete_one);
}
