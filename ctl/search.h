/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* search.h - what an operator looks for, as queries of the ledger
 *
 * Input    words and values of options
 * Units    milliseconds
 * Limits   SEARCH_WORDS words; SEARCH_ROWS found messages are sorted at a time
 * Memory   in the given pool
 * Errors   RC_TEMP: the ledger does not answer
 * Threads  one
 * Source   a word is what its form says it can be, mostly several things: an address may be sender, author,
 *          recipient or Message-ID. All words and options must hold; of what a word can be, one
 */
#ifndef CTL_SEARCH_H
#define CTL_SEARCH_H

#include "memory.h"

enum { SEARCH_WORDS = 16, SEARCH_KINDS = 8, SEARCH_ROWS = 100000 };

/* One word, and what it may be. */
struct search_word {
	struct str text;
	enum observable_kind kind[SEARCH_KINDS];
	size_t n_kinds;
	bool guessed;			/* it came without an option */
};

struct search {
	struct search_word word[SEARCH_WORDS];
	size_t n_words;
	struct records_query query;	/* times, outcome, verdict, subject, before, max */
};

/* A SHA-256? */
bool search_is_hash(struct str);
/* What can it be? */
struct search_word search_guess(struct str text);
/* Newest first, each once. row: a copy of the summary, in the pool. */
enum rc search_run(const struct memory *, const struct search *, struct pool *, struct vec *rows) MUST_CHECK;

#endif
