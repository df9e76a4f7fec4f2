/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "search.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/hash.h"
#include "base/ip.h"
#include "link/url.h"

bool
search_is_hash(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ascii_hex((unsigned char)s.p[i]) < 0)
			return false;
	return s.n == HASH_SHA256_HEX;
}

/* A queue ID, of whatever mail server; or the name of a finding or rule. */
static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum((unsigned char)s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n > 0;
}

static void
may_be(struct search_word *w, enum observable_kind kind)
{
	if (w->n_kinds < SEARCH_KINDS)
		w->kind[w->n_kinds++] = kind;
}

struct search_word
search_guess(struct str text)
{
	struct search_word w = { .text = text, .guessed = true };
	struct ip ip;

	if (search_is_hash(text)) {
		may_be(&w, OBS_SHA256);
	} else if (str_find(text, STR("://")) != STR_NPOS) {
		may_be(&w, OBS_URL);
	} else if (ip_parse(text, &ip)) {
		may_be(&w, OBS_CLIENT);
		may_be(&w, OBS_HOST);
	} else if (str_chr(text, '@') != STR_NPOS) {
		may_be(&w, OBS_MESSAGE_ID);
		may_be(&w, OBS_SENDER);
		may_be(&w, OBS_FROM);
		may_be(&w, OBS_RCPT);
	} else if (str_chr(text, '.') != STR_NPOS && str_chr(text, ' ') == STR_NPOS) {
		may_be(&w, OBS_SENDER_DOMAIN);
		may_be(&w, OBS_FROM_DOMAIN);
		may_be(&w, OBS_RCPT_DOMAIN);
		may_be(&w, OBS_HOST);
		may_be(&w, OBS_NAME);
		may_be(&w, OBS_EVIDENCE);
		may_be(&w, OBS_SUBJECT);
	} else {
		if (str_chr(text, '.') != STR_NPOS)
			may_be(&w, OBS_NAME);
		if (is_name(text)) {
			may_be(&w, OBS_QUEUE_ID);
			may_be(&w, OBS_FINDING);
			may_be(&w, OBS_EVIDENCE);
		}
		may_be(&w, OBS_SUBJECT);
	}
	return w;
}

/* As the gate stored it: links in the form of browsers, names hashed where the site wants it. */
static struct str
stored_form(const struct memory *m, struct pool *pool, enum observable_kind kind, struct str text)
{
	struct url url;

	if (kind == OBS_URL && url_parse(pool, text, NULL, &url) == RC_OK)
		return url.href;
	if (kind == OBS_MESSAGE_ID || kind == OBS_SENDER || kind == OBS_FROM || kind == OBS_RCPT)
		if (text.n >= 2 && text.p[0] == '<' && text.p[text.n - 1] == '>')
			text = str_sub(text, 1, text.n - 2);
	return memory_value(m, pool, kind, text);
}

struct run {
	const struct memory *m;
	const struct search *search;
	struct pool *pool;
	struct vec *rows;		/* struct record */
};

static struct str
copy(struct run *r, struct str s)
{
	return pool_str(r->pool, s);
}

static bool
take(void *arg, const struct record *record)
{
	struct run *r = arg;
	struct record *row;

	if (r->rows->n >= SEARCH_ROWS)
		return false;
	row = vec_push(r->pool, r->rows, sizeof(*row));
	*row = *record;
	row->id = copy(r, record->id);
	row->node = copy(r, record->node);
	row->queue_id = copy(r, record->queue_id);
	row->message_id = copy(r, record->message_id);
	row->mail_from = copy(r, record->mail_from);
	row->from = copy(r, record->from);
	row->subject = copy(r, record->subject);
	row->client = copy(r, record->client);
	row->verdict = copy(r, record->verdict);
	row->findings = copy(r, record->findings);
	row->group = copy(r, record->group);
	row->body = copy(r, record->body);
	return true;
}

static void
add_term(struct run *r, struct vec *terms, enum observable_kind kind, struct str text)
{
	struct observable *o;

	if (kind == OBS_SUBJECT) {
		const struct ledger_conf *c = conf_values(r->m->conf, &ledger_table);

		observable_asked(r->pool, ledger_subject(&r->m->stores, c, r->pool, text), terms);
		return;
	}
	o = vec_push(r->pool, terms, sizeof(*o));
	*o = (struct observable){ kind, stored_form(r->m, r->pool, kind, text) };
}

/* choice[i]: which of the kinds of word i. */
static enum rc
ask(struct run *r, const size_t *choice)
{
	struct records_query q = r->search->query;
	struct vec terms = { .n = 0 };

	for (size_t i = 0; i < r->search->n_words; i++)
		add_term(r, &terms, r->search->word[i].kind[choice[i]], r->search->word[i].text);
	q.terms = terms.items;
	q.n_terms = terms.n < RECORDS_TERMS ? terms.n : RECORDS_TERMS;
	if (r->search->n_words && terms.n == 0)
		return RC_OK;		/* nothing but punctuation */
	return records_find(r->m->stores.records, &q, take, r);
}

/* The next choice; false: it was the last one. */
static bool
next(const struct search *s, size_t *choice)
{
	for (size_t i = 0; i < s->n_words; i++) {
		if (++choice[i] < s->word[i].n_kinds)
			return true;
		choice[i] = 0;
	}
	return false;
}

static int
newest_first(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return str_cmp(y->id, x->id);
}

static void
each_once(struct vec *rows, size_t max)
{
	struct record *row = rows->items;
	size_t n = 0;

	if (rows->n > 1)
		qsort(row, rows->n, sizeof(*row), newest_first);
	for (size_t i = 0; i < rows->n; i++)
		if (n == 0 || !str_eq(row[n - 1].id, row[i].id))
			row[n++] = row[i];
	rows->n = max && n > max ? max : n;
}

/* The ID of a record, as the log and X-Sekimori-Id have it, says it all. */
static enum rc
by_id(struct run *r, struct str id)
{
	struct record record;
	enum rc rc = records_get(r->m->stores.records, r->pool, id, &record, NULL);

	if (rc == RC_OK)
		take(r, &record);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
search_run(const struct memory *m, const struct search *s, struct pool *pool, struct vec *rows)
{
	struct run r = { .m = m, .search = s, .pool = pool, .rows = rows };
	size_t choice[SEARCH_WORDS] = { 0 };
	int64_t ms;
	enum rc rc;

	if (s->n_words == 1 && s->word[0].guessed && record_id_time(s->word[0].text, &ms))
		return by_id(&r, s->word[0].text);
	do
		rc = ask(&r, choice);
	while (rc == RC_OK && next(s, choice));
	each_once(rows, s->query.max);
	return rc;
}
