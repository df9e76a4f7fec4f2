/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* asker.h - questions to a server that may be slow: nobody waits longer than he wants
 *
 * Input    a question: keys of a recipient, one a line; it may hold what strangers say
 * Units    milliseconds
 * Limits   conf.threads questions at once, each on its own connection; ASKER_QUEUE that wait; conf.cache answers
 * Memory   an asker is counted; who drops it last does not wait for its threads
 * Errors   RC_TEMP: no answer in time, or the server is left alone after ASKER_FAILURES failures in a row.
 *          Then a "yes" that is over serves for another ASKER_STALE_MS
 * Threads  any
 * Source   none. The same question of several callers is asked once. An answer that comes too late
 *          for who asked is there for the one who comes next
 */
#ifndef RECIPIENT_ASKER_H
#define RECIPIENT_ASKER_H

#include "base/buf.h"
#include "base/log.h"
#include "base/rc.h"

enum { ASKER_QUEUE = 256, ASKER_FAILURES = 3, ASKER_STALE_MS = 24 * 3600 * 1000, ASKER_WHY = 400 };

struct asker_conf {
	int64_t threads;		/* connections */
	int64_t ask_ms;			/* how long one question may take a thread */
	int64_t positive_ms, negative_ms; /* how long answers are kept */
	int64_t cache;			/* answers */
	int64_t retry_ms;		/* how long a server is left alone */
};

/* What is behind it. `arg` is the asker's own from asker_new on. */
struct asker_ops {
	/* RC_OK: yes, RC_NONE: no, RC_LIMIT: it cannot tell, RC_TEMP: no answer, RC_BAD: one that is of no
	 * use, though the server is well; `why` says why.
	 * *state: the thread's connection, NULL at first. */
	enum rc (*ask)(void *arg, void **state, struct str question, int64_t deadline_ms, struct buf *why);
	void (*hang_up)(void *state);	/* never with NULL; may come after done() */
	void (*done)(void *arg);
};

struct asker;

struct asker *asker_new(const char *name, const struct asker_ops *, void *arg, const struct asker_conf *,
    struct log_ctx);
struct asker *asker_get(struct asker *);
void asker_put(struct asker **);
enum rc asker_ask(struct asker *, struct str question, int64_t deadline_ms) MUST_CHECK;

struct asker_status {
	uint64_t asked, cached, failed;
	bool left_alone;
};
void asker_status(struct asker *, struct asker_status *);

#endif
