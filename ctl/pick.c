/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "pick.h"

#include <stdio.h>

struct run {
	const struct pick *pick;
	struct pool *pool;		/* of one entry */
	struct str alias;		/* of the sender, where the ledger hashes them */
	struct str words;		/* what its subject must have within, in small letters */
	size_t max, n;			/* 0: no end */
	char last[RECORD_ID + 1];
	bool (*each)(void *arg, const struct entry *);
	void *arg;
};

/* "user@example.org", or "example.org" and "@example.org" for all of a domain. */
static bool
is_of(struct str address, struct str want)
{
	size_t at = str_rchr(address, '@');

	if (want.n == 0 || str_eq_nocase(address, want))
		return true;
	if (str_starts(want, STR("@")))
		want = str_from(want, 1);
	return at != STR_NPOS && str_eq_nocase(str_from(address, at + 1), want);
}

/* "CLAMAV:Eicar-Signature SPF_FAIL": the name of a finding, or what an engine calls it. */
static bool
has_finding(struct str findings, struct str want)
{
	struct str word;

	if (want.n == 0)
		return true;
	while (str_next(&findings, ' ', &word)) {
		size_t colon = str_chr(word, ':');

		if (str_eq_nocase(str_upto(word, colon), want) ||
		    (colon != STR_NPOS && str_eq_nocase(str_from(word, colon + 1), want)))
			return true;
	}
	return false;
}

static bool
has_words(struct run *r, struct str subject)
{
	struct str words = r->words, word;

	if (words.n == 0)
		return true;
	pool_clear(r->pool);
	subject = pool_lower(r->pool, subject);
	while (str_next(&words, ' ', &word))
		if (word.n && str_find(subject, word) == STR_NPOS)
			return false;
	return true;
}

static bool
take(void *arg, const struct entry *e)
{
	struct run *r = arg;
	const struct pick *p = r->pick;

	if (!is_of(e->rcpt.address, p->rcpt) || !has_finding(e->record.findings, p->finding) ||
	    !has_words(r, e->record.subject))
		return true;
	if (!is_of(e->record.mail_from, p->sender) && !str_eq(e->record.mail_from, r->alias))
		return true;
	/* A message goes as a whole: the next page begins behind its ID. */
	if (r->max && r->n >= r->max && !str_eq(e->record.id, str_of(r->last)))
		return false;
	snprintf(r->last, sizeof(r->last), "%.*s", STR_ARG(e->record.id));
	r->n++;
	return r->each(r->arg, e);
}

enum rc
pick_each(const struct memory *m, const struct pick *p, bool (*each)(void *arg, const struct entry *), void *arg)
{
	const struct ledger_conf *c = conf_values(m->conf, &ledger_table);
	struct run r = { .pick = p, .pool = pool_new(0), .max = p->query.max, .each = each, .arg = arg };
	struct entries_query q = p->query;
	struct pool *pool = pool_new(0);
	enum rc rc;

	r.words = pool_lower(pool, ledger_subject(&m->stores, c, pool, p->subject));
	r.alias = p->sender.n ? memory_value(m, pool, OBS_SENDER, p->sender) : STR("\n");
	q.max = 0;
	rc = records_entries(m->stores.records, &q, take, &r);
	pool_free(&r.pool);
	pool_free(&pool);
	return rc;
}
