/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* order.h - the words of scan and explain: which messages, from whom, and how to say it
 *
 * Input    the command line
 * Units    none
 * Limits   SCANNER_THREADS messages at once, ORDER_REFS references
 * Memory   values point into argv; the list of files is order_run's
 * Errors   wrong words are said on stderr: EX_USAGE; what cannot be started: ORDER_ERROR
 * Threads  one
 * Source   sekimorictl(8)
 */
#ifndef CTL_ORDER_H
#define CTL_ORDER_H

#include "conf/conf.h"
#include "envelope.h"
#include "files.h"

/* Exit status of both verbs, beside 0 and EX_USAGE. */
enum { ORDER_FOUND = 1, ORDER_ERROR = 2 };

/* They stand behind those of the envelope in a verb's table, so that indices agree. */
enum { ORDER_JSON = ENVELOPE_OPTS, ORDER_LOCAL, ORDER_CONFIG, ORDER_PARALLEL };

#define ORDER_ROWS(json_help) \
	ENVELOPE_ROWS, \
	[ORDER_JSON] = { 'j', "json", NULL, json_help }, \
	[ORDER_LOCAL] = { 'l', "local", NULL, "Own sandboxed workers, also when sekimorid runs." }, \
	[ORDER_CONFIG] = ARGS_CONF

enum { ORDER_REFS = 100 };

struct order {
	struct envelope envelope;
	struct files files;
	const char *refs[ORDER_REFS];	/* words that are no files, but could be references of refusals */
	size_t n_refs;
	const char *config;
	bool json, local;
	size_t parallel;		/* 0: as many as workers */
};

/* Read the words and the configuration, carry out, tidy up. none: what to say when no message is
 * named; refs: references of refusals are taken, too. Returns the exit status. */
int order_run(struct args *, const char *none, bool refs, int (*carry_out)(struct order *, const struct conf *));

#endif
