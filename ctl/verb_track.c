/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_track.c - what became of a message: who, when, what was decided */
#include <stdio.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/ip.h"
#include "base/jtext.h"
#include "choose.h"
#include "conf_file.h"
#include "notice.h"
#include "rows.h"
#include "search.h"
#include "verb.h"
#include "when.h"

/* The options up to SINCE are observables: rows of kinds[]. */
enum { QUEUE_ID, MESSAGE_ID, SENDER, FROM, RCPT, DOMAIN, CLIENT, SHA256, NAME, URL, HOST, SUBJECT, FINDING, SINCE,
       UNTIL, VERDICT, OUTCOME, BEFORE, MAX, JSON, CONFIG };
static const struct args_opt opts[] = {
	[QUEUE_ID] = { 'q', "queue-id", "ID", "Queue ID of the mail server." },
	[MESSAGE_ID] = { 'm', "message-id", "ID", "Message-ID, with or without angle brackets." },
	[SENDER] = { 'f', "sender", "ADDR", "Envelope sender." },
	[FROM] = { 'F', "from", "ADDR", "Author, as From says." },
	[RCPT] = { 'r', "rcpt", "ADDR", "Recipient." },
	[DOMAIN] = { 'd', "domain", "NAME", "Domain of the sender." },
	[CLIENT] = { 'i', "ip", "ADDR", "Address of the client." },
	[SHA256] = { 's', "sha256", "HEX", "SHA-256 of a part or of a file in an archive." },
	[NAME] = { 'a', "name", "NAME", "Name of a file, also in archives." },
	[URL] = { 'u', "url", "URL", "A link." },
	[HOST] = { 'H', "host", "NAME", "Host of a link." },
	[SUBJECT] = { 'S', "subject", "TEXT", "Words of the subject." },
	[FINDING] = { 'e', "finding", "NAME", "What was found: a finding, or the name of a rule or signature." },
	[SINCE] = { 't', "since", "TIME", "Not before it." },
	[UNTIL] = { 'T', "until", "TIME", "Before it." },
	[VERDICT] = { 'v', "verdict", "CLASS", "Judged as that; or clean, or none." },
	[OUTCOME] = { 'o', "outcome", "ACTION", "What was done." },
	[BEFORE] = { 'b', "before", "ID", "Go on behind this one of the list." },
	[MAX] = { 'n', "max", "N", "At most so many; 50 without it." },
	[JSON] = { 'j', "json", NULL, "One JSON object a message, one a line." },
	[CONFIG] = { 'c', "config", "FILE", "The configuration that names state_dir." },
	{ .name = NULL }
};

static const enum observable_kind kinds[] = {
	[QUEUE_ID] = OBS_QUEUE_ID, [MESSAGE_ID] = OBS_MESSAGE_ID, [SENDER] = OBS_SENDER, [FROM] = OBS_FROM,
	[RCPT] = OBS_RCPT, [DOMAIN] = OBS_SENDER_DOMAIN, [CLIENT] = OBS_CLIENT, [SHA256] = OBS_SHA256, [NAME] = OBS_NAME,
	[URL] = OBS_URL, [HOST] = OBS_HOST, [SUBJECT] = OBS_SUBJECT, [FINDING] = OBS_FINDING,
};

enum { MAX_ROWS = 50, WHY_BYTES = 1000 };

struct order {
	struct search search;
	const char *config;
	bool json;
};

static int
show(const struct order *order, const struct vec *rows)
{
	const struct record *row = rows->items;
	struct buf out;

	buf_init(&out, (rows->n + 1) * (size_t)ROWS_LINE);
	if (!order->json && rows->n)
		rows_head(&out);
	for (size_t i = 0; i < rows->n; i++) {
		if (!order->json) {
			rows_put(&row[i], &out);
			continue;
		}
		jtext_write(rows_object(&row[i]), &out);
		buf_addc(&out, '\n');
	}
	fwrite(buf_cstr(&out), 1, out.n, stdout);
	buf_clear(&out);
	if (rows->n == 0 && !order->json)
		notice("no such message");
	else if (rows->n == order->search.query.max && !order->json)
		notice("there may be more: --before %.*s", STR_ARG(row[rows->n - 1].id));
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

static int
track(const struct order *order, const struct conf *conf)
{
	struct pool *pool = pool_new(0);
	struct vec rows = { .n = 0 };
	struct memory m;
	int status = memory_open(conf, &m);

	if (status == 0 && search_run(&m, &order->search, pool, &rows) != RC_OK) {
		notice("the ledger does not answer");
		status = EX_TEMPFAIL;
	}
	if (status == 0)
		status = show(order, &rows);
	memory_close(&m);
	pool_free(&pool);
	return status;
}

/* ---- words ---- */

static const char *
add_word(struct search *s, struct search_word word)
{
	if (s->n_words == SEARCH_WORDS)
		return "too many words";
	s->word[s->n_words++] = word;
	return NULL;
}

/* What can be seen to be none is not looked for. */
static const char *
take_term(struct order *order, int i, struct str value)
{
	struct search_word w = { .text = value, .kind = { kinds[i] }, .n_kinds = 1 };
	struct ip ip;

	if (i == SHA256 && !search_is_hash(value))
		return "--sha256 wants 64 hexadecimal digits";
	if (i == CLIENT && !ip_parse(value, &ip))
		return "--ip wants an IP address";
	if (i == FINDING)
		w.kind[w.n_kinds++] = OBS_EVIDENCE;
	return add_word(&order->search, w);
}

static const char *
take_choice(const char *what, struct str value, const char *(*name)(int), int *out, struct buf *why)
{
	return choose(what, value, name, out, why) ? NULL : buf_cstr(why);
}

static const char *
take_max(struct str text, size_t *out)
{
	uint64_t n;

	if (!str_to_u64(text, &n) || n == 0 || n > SEARCH_ROWS)
		return "--max wants a number from 1 to 100000";
	*out = (size_t)n;
	return NULL;
}

static const char *
take_option(struct order *order, int i, struct str value, struct buf *why)
{
	struct records_query *q = &order->search.query;
	int64_t now = clock_wall_ms(), ms;
	int verdict;

	if (i == ARGS_WORD)
		return add_word(&order->search, search_guess(value));
	if (i < SINCE)
		return take_term(order, i, value);
	buf_reset(why);
	switch (i) {
	case SINCE: return when_parse(value, now, &q->since_ms) ? NULL : "--since wants " WHEN_FORMS;
	case UNTIL: return when_parse(value, now, &q->until_ms) ? NULL : "--until wants " WHEN_FORMS;
	case VERDICT:
		q->verdict = value;
		return take_choice("--verdict", value, choose_verdict, &verdict, why);
	case OUTCOME: return take_choice("--outcome", value, choose_outcome, &q->outcome, why);
	case BEFORE: q->before = value; return record_id_time(value, &ms) ? NULL : "--before wants an ID of the list";
	case MAX: return take_max(value, &q->max);
	case JSON: order->json = true; return NULL;
	case CONFIG: order->config = value.p; return NULL;
	}
	return NULL;
}

static int
run(struct args *a)
{
	struct order order = { .search.query = { .outcome = -1, .max = MAX_ROWS } };
	const char *value, *wrong;
	struct conf *conf;
	struct buf why;
	int i, status;

	a->gather = true;
	buf_init(&why, WHY_BYTES);
	while ((i = args_next(a, &value)) != ARGS_END) {
		wrong = i == ARGS_BAD ? NULL : take_option(&order, i, str_of(value), &why);
		if (wrong)
			args_usage(a, wrong);
	}
	buf_clear(&why);
	if (order.search.query.until_ms && order.search.query.until_ms <= order.search.query.since_ms)
		args_usage(a, "--until is not later than --since");
	status = args_verdict(a);
	if (status == 0)
		status = conf_file_open(order.config, &conf);
	if (status != 0)
		return status;
	status = track(&order, conf);
	conf_put(&conf);
	return status;
}

static const char *
value(int option, int i)
{
	return option == OUTCOME ? choose_outcome(i) : option == VERDICT ? choose_verdict(i) : NULL;
}

const struct verb verb_track = {
	.name = "track", .words = "[WORD...]", .opts = opts, .run = run, .value = value,
	.help = "Find messages in the ledger, by anything: an address, a subject, a file, a link, a time ...",
};
