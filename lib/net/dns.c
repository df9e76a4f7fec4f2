/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Batches: what one connection or message has asked, and what it was told. */
#include "net/dns.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "net/dns_resolver.h"

/* What a living resolver mostly answers within. */
enum { PROBE_MS = 500 };

struct entry {
	uint64_t hash;
	enum dns_type type;
	struct dns_question *question;
	int64_t deadline_ms;
	const struct dns_answer *answer;	/* once given to the batch's owner */
};

struct dns_batch {
	struct dns *dns;			/* NULL: everything is DNS_OFF */
	struct pool *pool;
	int64_t deadline_ms, new_ms;		/* new_ms: of questions that come */
	pthread_cond_t answered;
	size_t n;
	struct entry entry[DNS_BATCH_QUESTIONS];
};

static const struct dns_answer without[] = {
	[DNS_FAIL] = { .rc = DNS_FAIL }, [DNS_TIMEOUT] = { .rc = DNS_TIMEOUT },
	[DNS_BAD_NAME] = { .rc = DNS_BAD_NAME }, [DNS_OFF] = { .rc = DNS_OFF },
};
static const struct dns_answer unasked[] = {
	[DNS_FAIL] = { .rc = DNS_FAIL, .unasked = true }, [DNS_TIMEOUT] = { .rc = DNS_TIMEOUT, .unasked = true },
};

/* A server that said nothing at all since a whole deadline has had its time: until an answer comes,
 * nobody waits for long. Questions still go out, and one that lives answers most of them in that time. */
static int64_t
patience(struct dns *dns, int64_t deadline_ms)
{
	int64_t soon = clock_mono_ms() + DNS_SILENT_MS;

	return dns && soon < deadline_ms && dns_is_silent(dns) ? soon : deadline_ms;
}

struct dns_batch *
dns_batch_new(struct dns *dns, struct pool *pool, int64_t deadline_ms)
{
	struct dns_batch *b = calloc(1, sizeof(*b));
	pthread_condattr_t attr;

	if (!b)
		abort();
	b->dns = dns_is_on(dns) ? dns : NULL;
	b->pool = pool;
	b->deadline_ms = b->new_ms = patience(b->dns, deadline_ms);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->answered, &attr);
	pthread_condattr_destroy(&attr);
	return b;
}

void
dns_batch_clear(struct dns_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		dns_question_drop(&b->entry[i].question);
	b->n = 0;
}

void
dns_batch_free(struct dns_batch **p)
{
	struct dns_batch *b = *p;

	if (!b)
		return;
	dns_batch_clear(b);
	pthread_cond_destroy(&b->answered);
	free(b);
	*p = NULL;
}

void
dns_batch_deadline(struct dns_batch *b, int64_t deadline_ms)
{
	b->deadline_ms = b->new_ms = patience(b->dns, deadline_ms);
}

void
dns_batch_later(struct dns_batch *b, int64_t deadline_ms)
{
	b->new_ms = patience(b->dns, deadline_ms);
}

static struct entry *
find(struct dns_batch *b, enum dns_type type, const char *key, uint64_t hash)
{
	for (size_t i = 0; i < b->n; i++) {
		struct entry *e = &b->entry[i];

		if (e->hash == hash && e->type == type && strcmp(e->question->key, key) == 0)
			return e;
	}
	return NULL;
}

/* The batch's question with this name, asked now if it was not before. NULL: no more of them. */
static struct entry *
want(struct dns_batch *b, enum dns_type type, const char *key)
{
	uint64_t hash = hash_key(str_of(key), type);
	struct entry *e = find(b, type, key, hash);
	enum dns_rc rc = DNS_TIMEOUT;

	if (e || b->n == DNS_BATCH_QUESTIONS)
		return e;
	e = &b->entry[b->n++];
	*e = (struct entry){ .hash = hash, .type = type, .deadline_ms = b->new_ms,
	    .question = dns_question_new(b->dns, type, key) };
	e->question->packed = dns_known(b->dns, type, key);
	if (e->question->packed)
		return e;
	if (clock_mono_ms() < b->new_ms)
		rc = dns_send(e->question, &b->answered);
	if (rc != DNS_OK)
		e->answer = &unasked[rc];
	else if (e->question->probe && e->deadline_ms > clock_mono_ms() + PROBE_MS)
		e->deadline_ms = clock_mono_ms() + PROBE_MS;
	return e;
}

void
dns_want(struct dns_batch *b, enum dns_type type, struct str name)
{
	char key[DNS_NAME + 1];

	if (b && b->dns && b->n < DNS_BATCH_WANTED && dns_name_key(name, key))
		want(b, type, key);
}

bool
dns_is_open(struct dns_batch *b, enum dns_type type, struct str name)
{
	char key[DNS_NAME + 1];
	struct entry *e;

	if (!b || !b->dns || !dns_name_key(name, key))
		return false;
	e = find(b, type, key, hash_key(str_of(key), type));
	return e && !e->answer && dns_question_is_open(e->question);
}

static int64_t
wait_until(const struct dns_batch *b, const struct entry *e)
{
	return e->question->probe || e->deadline_ms > b->deadline_ms ? e->deadline_ms : b->deadline_ms;
}

const struct dns_answer *
dns_get(struct dns_batch *b, enum dns_type type, struct str name)
{
	const struct dns_packed *packed;
	char key[DNS_NAME + 1];
	struct entry *e;

	if (!b || !b->dns)
		return &without[DNS_OFF];
	if (!dns_name_key(name, key))
		return &without[DNS_BAD_NAME];
	e = want(b, type, key);
	if (!e)
		return &unasked[DNS_FAIL];
	if (e->answer)
		return e->answer;
	packed = dns_wait(e->question, wait_until(b, e));
	e->answer = packed ? dns_packed_copy(packed, b->pool) : &without[DNS_TIMEOUT];
	return e->answer;
}
