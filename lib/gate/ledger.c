/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/ledger.h"

#include <openssl/crypto.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/clock.h"
#include "click/keyring.h"
#include "gate/ledger_in.h"
#include "gate/parties.h"
#include "gate/settings.h"
#include "message/addr.h"
#include "policy/rcpt_groups.h"

enum { KEY_BYTES = 512 };

/* A week of the ledger goes as a whole, with its rows of the quarantine. */
enum rc
ledger_try(const struct conf *conf, struct buf *errors)
{
	const struct ledger_conf *lc = conf_values(conf, &ledger_table);
	const struct quarantine_conf *q = conf_values(conf, &quarantine_table);
	struct buf value, origin;
	enum rc rc = RC_OK;

	buf_init(&value, KEY_BYTES);
	buf_init(&origin, KEY_BYTES);
	for (int k = 0; lc->enable && k < QUARANTINE_KINDS; k++) {
		char key[KEY_BYTES];

		if (q->kind[k].keep_ms <= lc->keep_ms)
			continue;
		buf_reset(&value);
		buf_reset(&origin);
		snprintf(key, sizeof(key), "quarantine.%s.keep", quarantine_name((enum quarantine_kind)k));
		if (!conf_show(conf, str_of(key), &value, &origin) || origin.n == 0)
			buf_adds(&origin, "-");
		buf_printf(errors, "%s: %s: longer than ledger.keep, which forgets whose it is\n", buf_cstr(&origin), key);
		rc = RC_BAD;
	}
	buf_clear(&value);
	buf_clear(&origin);
	return rc;
}

/* ---- open and close ---- */

enum rc
ledger_open(const struct conf *conf, struct str state_dir, enum records_use use, struct log_ctx lc,
    struct ledger_stores *out, struct buf *why)
{
	const struct ledger_conf *c = conf_values(conf, &ledger_table);
	enum rc rc;

	*out = (struct ledger_stores){ .opened_ms = clock_wall_ms() };
	if (!c->enable || state_dir.n == 0)
		return RC_OK;
	rc = records_open(conf_values(conf, &records_table), state_dir, use, lc, &out->records, why);
	if (rc == RC_OK)
		rc = bodies_open(conf_values(conf, &bodies_table), state_dir, lc, &out->bodies, why);
	if (rc == RC_OK && (c->subject == LEDGER_HASHED || c->addresses == LEDGER_HASHED))
		rc = keyring_ensure(keyring_of(state_dir, KEYRING_LEDGER), clock_wall_ms() / 1000, &out->keys, why);
	if (rc == RC_OK && use == RECORDS_GATE)
		rc = keyring_ensure(keyring_of(state_dir, KEYRING_PASS), clock_wall_ms() / 1000, &out->passes, why);
	if (rc != RC_OK)
		ledger_close(out);
	return rc;
}

void
ledger_close(struct ledger_stores *l)
{
	records_close(&l->records);
	bodies_close(&l->bodies);
	keyring_close(&l->keys);
	keyring_close(&l->passes);
}

/* ---- names ---- */

/* SipHash under the site's key, so that nobody else can try names; case does not count. */
static struct str
alias(const struct ledger_stores *l, struct pool *pool, struct str text)
{
	struct keyring_key key;
	uint64_t sip[2], number;
	unsigned char bytes[sizeof(number)];
	struct buf out;
	struct str done;

	if (!l->keys || keyring_find(l->keys, 1, &key) != RC_OK)
		return STR("h");
	memcpy(sip, key.bytes, sizeof(sip));
	number = hash_sip(pool_lower(pool, text), sip);
	keyring_wipe(&key);
	OPENSSL_cleanse(sip, sizeof(sip));
	memcpy(bytes, &number, sizeof(bytes));
	buf_init(&out, 64);
	buf_adds(&out, "h");
	for (size_t i = 0; i < sizeof(bytes); i++)
		buf_printf(&out, "%02x", bytes[i]);
	done = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	return done;
}

struct str
ledger_address(const struct ledger_stores *l, const struct ledger_conf *c, struct pool *pool, struct str address)
{
	size_t at = str_rchr(address, '@');

	if (c->addresses == LEDGER_PLAIN || address.n == 0)
		return address;
	if (at == STR_NPOS)
		return alias(l, pool, address);
	return pool_printf(pool, "%.*s%.*s", STR_ARG(alias(l, pool, address)),
	    STR_ARG(str_upto(str_from(address, at), RECORD_TEXT)));
}

struct str
ledger_subject(const struct ledger_stores *l, const struct ledger_conf *c, struct pool *pool, struct str subject)
{
	struct vec words = { .n = 0 };
	struct observable *w;
	struct buf text;
	struct str done;

	if (c->subject == LEDGER_PLAIN || subject.n == 0)
		return subject;
	if (c->subject == LEDGER_OMITTED)
		return STR_NONE;
	/* Word by word: what is looked for is found, what stands there is not read. */
	observable_subject(pool, subject, &words);
	w = words.items;
	buf_init(&text, RECORD_TEXT);
	for (size_t i = 0; i < words.n; i++) {
		buf_adds(&text, text.n ? " " : "");
		buf_add(&text, alias(l, pool, w[i].value));
	}
	done = pool_str(pool, buf_str(&text));
	buf_clear(&text);
	return done;
}

/* The author's address: of those in From the one whose domain the worker saw. */
static struct str
author(const struct ledger_in *in)
{
	const struct report *r = &in->result->report;
	uint64_t defects = 0;
	struct addr_list list = addr_parse(in->pool, r->lim, r->from, &defects);

	for (size_t i = 0; i < list.n; i++)
		if (list.n == 1 || str_eq_nocase(list.item[i].domain, r->from_domain))
			return list.item[i].text;
	return STR_NONE;
}

/* A list of addresses with names: hashed, only an address is left of it. */
static struct ledger_names
name_all(const struct ledger_stores *l, const struct ledger_in *in)
{
	const struct ledger_conf *c = conf_values(in->conf, &ledger_table);
	const struct session *s = in->where.session;
	const struct report *r = &in->result->report;
	struct str *rcpts = pool_alloc(in->pool, (s->n_rcpts + 1) * sizeof(*rcpts));
	struct ledger_names n = { .rcpts = rcpts, .n_rcpts = s->n_rcpts };

	for (size_t i = 0; i < s->n_rcpts; i++)
		rcpts[i] = record_text(in->pool, ledger_address(l, c, in->pool, s->rcpts[i]));
	n.mail_from = record_text(in->pool, ledger_address(l, c, in->pool, s->mail_from));
	n.from = record_text(in->pool, ledger_address(l, c, in->pool, author(in)));
	n.reply_to = c->addresses == LEDGER_PLAIN ? r->reply_to : STR_NONE;
	n.subject = record_text(in->pool, ledger_subject(l, c, in->pool, r->subject));
	return n;
}

/* ---- the record ---- */

/* What an engine calls it: "Eicar-Signature", or the name of a rule, without what follows it. */
struct str
ledger_rule(const struct finding *f)
{
	struct str name = str_of(f->def->name), rule;

	if (!str_eq(name, STR("YARA")) && !str_starts(name, STR("CLAMAV")))
		return STR_NONE;
	rule = str_upto(f->evidence, str_find(f->evidence, STR(": ")));
	return str_chr(rule, ' ') == STR_NPOS ? rule : STR_NONE;
}

/* "CLAMAV:Eicar-Signature SPF_FAIL": names, and what an engine calls it, without blanks. */
static struct str
finding_words(const struct ledger_in *in)
{
	const struct report *r = &in->result->report;
	struct buf text;
	struct str done;

	buf_init(&text, RECORD_TEXT);
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = report_finding(r, i);

		if (f->class == CLASS_INFO)
			continue;
		buf_printf(&text, "%s%s", text.n ? " " : "", f->def->name);
		if (ledger_rule(f).n) {
			buf_addc(&text, ':');
			buf_add(&text, ledger_rule(f));
		}
	}
	done = record_text(in->pool, buf_str(&text));
	done = pool_str(in->pool, done);
	buf_clear(&text);
	return done;
}

static bool
is_kept(const struct ledger_in *in, size_t rcpt)
{
	return in->states && in->states[rcpt] != ENTRY_NONE;
}

/* Of anybody. */
static bool
has_body(const struct ledger_in *in)
{
	for (size_t i = 0; i < in->where.session->n_rcpts; i++)
		if (is_kept(in, i))
			return true;
	return false;
}

/* A row of the quarantine has the true address: the mail is for it. */
static void
put_rcpt(const struct ledger_in *in, const struct party *p, size_t i, struct record_rcpt *out)
{
	const struct quarantine_conf *q = conf_values(in->conf, &quarantine_table);
	const struct rcpt_groups_conf *groups = conf_values(in->conf, &rcpt_groups_table);

	out->outcome = (int)p->outcome.act.intercept;
	if (groups->groups.n)
		out->policy = rcpt_policy_name(p->policy);
	if (!is_kept(in, i))
		return;
	out->address = record_text(in->pool, in->where.session->rcpts[i]);
	out->state = in->states[i];
	out->kind = quarantine_of(&p->outcome);
	out->expires_ms = in->now_ms + q->kind[out->kind].keep_ms;
}

static const struct record_rcpt *
recipients(const struct ledger_in *in, const struct ledger_names *names)
{
	struct record_rcpt *list = pool_alloc(in->pool, (names->n_rcpts + 1) * sizeof(*list));
	const struct result *res = in->result;

	for (size_t i = 0; i < names->n_rcpts; i++) {
		list[i] = (struct record_rcpt){ .address = names->rcpts[i] };
		if (res->n_parties == 0)
			put_rcpt(in, &(struct party){ .outcome = res->outcome }, i, &list[i]);
	}
	for (size_t p = 0; p < res->n_parties; p++)
		for (size_t k = 0; k < res->parties[p].n; k++)
			put_rcpt(in, &res->parties[p], res->parties[p].rcpts[k], &list[res->parties[p].rcpts[k]]);
	return list;
}

static struct record
record_of(const struct ledger_in *in, const struct ledger_names *names)
{
	const struct result *res = in->result;
	const struct outcome *o = &res->outcome;
	struct pool *pool = in->pool;
	bool kept = has_body(in);

	return (struct record){
		.id = in->id, .time_ms = in->now_ms, .node = record_text(pool, in->node),
		.queue_id = record_text(pool, in->where.id),
		.message_id = record_text(pool, str_trim(res->report.message_id)),
		/* Who sends it again must know the true one. */
		.mail_from = kept ? record_text(pool, in->where.session->mail_from) : names->mail_from,
		.from = names->from, .subject = names->subject,
		.client = record_text(pool, res->session.client_addr),
		.verdict = o->failed ? STR("none") : str_of(outcome_verdict(o)), .findings = finding_words(in),
		.group = record_text(pool, res->group), .body = kept ? in->id : STR_NONE,
		.size = in->size, .score = o->score, .outcome = (int)o->act.intercept, .complete = o->complete,
		.rcpts = recipients(in, names), .n_rcpts = names->n_rcpts,
	};
}

enum rc
ledger_put(const struct ledger_stores *l, const struct ledger_in *in)
{
	const struct records_conf *rc = conf_values(in->conf, &records_table);
	struct ledger_names names = name_all(l, in);
	struct record r = record_of(in, &names);
	struct vec obs = { .n = 0 };

	r.doc = ledger_doc(l, in, &names, &r);
	ledger_observables(in, &names, &r, &obs);
	r.obs = obs.items;
	r.n_obs = obs.n;
	return records_put(l->records, &r, clock_mono_ms() + rc->deadline_ms);
}
