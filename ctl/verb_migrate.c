/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_migrate.c - ledger and quarantine into other stores, or into the form of this version */
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>

#include "conf_file.h"
#include "notice.h"
#include "progress.h"
#include "store/merge.h"
#include "stores.h"
#include "verb.h"

enum { TO, CHECK, CONFIG };
static const struct args_opt opts[] = {
	[TO] = { 't', "to", "FILE",
	    "The configuration of the other stores; without it these get the form of this version." },
	[CHECK] = { 'C', "check", NULL, "Carry nothing; compare record by record, message by message." },
	[CONFIG] = { 'c', "config", "FILE", "The configuration of the stores that are in use." },
	{ .name = NULL }
};

struct order {
	const char *to, *config;
	bool check;
};

/* ---- how far ---- */

static void
show_records(void *arg, const struct merge_count *n)
{
	struct progress *p = arg;

	p->done = (size_t)n->records;
	progress_show(p);
}

static void
show_check(void *arg, const struct merge_check *n)
{
	struct progress *p = arg;

	p->done = (size_t)n->from;
	progress_show(p);
}

static void
show_bodies(void *arg, const struct merge_bodies *n)
{
	struct progress *p = arg;

	p->done = (size_t)n->bodies;
	progress_show(p);
}

static int
no_answer(const char *what)
{
	notice("%s: a store does not answer, or takes no more; the same again goes on from here", what);
	return EX_TEMPFAIL;
}

/* ---- carry ---- */

static int
carry_records(const struct stores *from, const struct stores *to)
{
	struct merge_count n = { .records = 0 };
	struct progress p;
	size_t settled;
	enum rc rc;

	progress_start(&p, 0);
	rc = merge_all(from->records, to->records, &n, show_records, &p);
	if (rc == RC_OK)
		rc = records_settle(to->records, &settled);
	progress_erase(&p);
	printf("records: %" PRIu64 ", of those new %" PRIu64 "; states brought on %" PRIu64 ", known better there %" PRIu64
	    "\n", n.records, n.new_records, n.moved, n.kept);
	if (n.refused)
		notice("records: %" PRIu64 " are refused for good; --check names the first", n.refused);
	return rc != RC_OK ? no_answer("records") : n.refused ? EX_DATAERR : EX_OK;
}

static int
carry_bodies(const struct stores *from, const struct stores *to)
{
	struct merge_bodies n;
	struct progress p;
	enum rc rc;

	progress_start(&p, 0);
	rc = merge_bodies(from->bodies, to->bodies, &n, show_bodies, &p);
	progress_erase(&p);
	printf("messages: %" PRIu64 ", of those new %" PRIu64 ", damaged %" PRIu64 "\n", n.bodies, n.copied, n.damaged);
	return rc == RC_OK ? EX_OK : rc == RC_BAD ? EX_DATAERR : no_answer("messages");
}

/* Messages first: no record is to stand there without the message that it keeps. */
static int
carry(const struct stores *from, const struct stores *to, bool records, bool bodies)
{
	int first = bodies ? carry_bodies(from, to) : EX_OK, second;

	if (first == EX_TEMPFAIL || !records)
		return first;
	second = carry_records(from, to);
	return second == EX_OK ? first : second;
}

/* ---- compare ---- */

static int
compare_records(const struct stores *from, const struct stores *to)
{
	struct merge_check n;
	struct progress p;
	enum rc rc;

	progress_start(&p, 0);
	rc = merge_compare(from->records, to->records, &n, show_check, &p);
	progress_erase(&p);
	if (rc != RC_OK)
		return no_answer("records");
	printf("records: %" PRIu64 " here, %" PRIu64 " there, %" PRIu64 " differ%s%s\n", n.from, n.to, n.differ,
	    n.differ ? ", the first is " : "", n.first);
	return n.differ ? EX_DATAERR : EX_OK;
}

static int
compare_bodies(const struct stores *from, const struct stores *to)
{
	struct merge_bodies n;
	struct progress p;
	enum rc rc;

	progress_start(&p, 0);
	rc = merge_bodies_compare(from->bodies, to->bodies, &n, show_bodies, &p);
	progress_erase(&p);
	if (rc == RC_TEMP)
		return no_answer("messages");
	printf("messages: %" PRIu64 " here, of those missing there %" PRIu64 ", differ %" PRIu64 ", damaged %" PRIu64 "\n",
	    n.bodies, n.missing, n.differ, n.damaged);
	return n.missing || n.differ || n.damaged ? EX_DATAERR : EX_OK;
}

static int
compare(const struct stores *from, const struct stores *to, bool records, bool bodies)
{
	int first = records ? compare_records(from, to) : EX_OK;
	int second = bodies ? compare_bodies(from, to) : EX_OK;

	return first ? first : second;
}

/* ---- the verb ---- */

/* In place: indexes, and what later versions write beside records. */
static int
settle(const struct stores *s)
{
	size_t n;

	if (records_settle(s->records, &n) != RC_OK)
		return no_answer("records");
	printf("records: %zu got the form of this version\n", n);
	return EX_OK;
}

static int
migrate(const struct order *order, const struct conf *from, const struct conf *to)
{
	struct stores here, there = { .records = NULL };
	int status = stores_open(from, &here);

	if (status != EX_OK)
		return status;
	if (to)
		status = stores_open(to, &there);
	if (status == EX_OK && to) {
		bool records = !stores_same_records(&here, &there), bodies = !stores_same_bodies(&here, &there);

		if (!records && !bodies) {
			notice("both configurations name the same stores");
			status = EX_USAGE;
		} else {
			status = (order->check ? compare : carry)(&here, &there, records, bodies);
		}
	} else if (status == EX_OK) {
		status = settle(&here);
	}
	stores_close(&there);
	stores_close(&here);
	return status;
}

static int
run(struct args *a)
{
	struct order order = { .to = NULL };
	struct conf *from = NULL, *to = NULL;
	const char *value;
	int i, status;

	while ((i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case TO: order.to = value; break;
		case CHECK: order.check = true; break;
		case CONFIG: order.config = value; break;
		case ARGS_WORD: return args_usage(a, "takes options only");
		case ARGS_BAD: return EX_USAGE;
		}
	}
	if (order.check && !order.to)
		return args_usage(a, "compare with what? --to FILE");
	status = conf_file_open(order.config, &from);
	if (status == EX_OK && order.to)
		status = conf_file_open(order.to, &to);
	if (status == EX_OK)
		status = migrate(&order, from, to);
	conf_put(&from);
	conf_put(&to);
	return status;
}

const struct verb verb_migrate = {
	.name = "migrate", .words = "", .opts = opts, .run = run,
	.help = "Carry ledger and quarantine into other stores, or bring them into the form of this version.",
};
