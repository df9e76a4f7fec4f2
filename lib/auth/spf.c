/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/*
 * Records that include others are evaluated with a stack of records, no deeper than there are
 * terms that may ask:
 *
 *	walk    terms of the record on top, until one matches (a result), an include (a new record
 *	        on top) or the end (redirect: another record in its place; else neutral)
 *	finish  the result of the record on top is whether the include below it matches
 *
 * What the record at hand may ask for is wanted at once, before the first of its terms waits.
 */
#include "auth/spf.h"

#include <assert.h>

#include "auth/spf_eval.h"
#include "base/ascii.h"
#include "base/idna.h"
#include "base/utf8.h"

enum { WHY_TEXT = 100 };	/* bytes of a term in a reason */

struct frame {
	struct spf_record record;
	struct str domain;
	struct str rest;		/* terms still to come */
	struct str term;		/* the include below that led here */
	enum auth_result result;	/* of that include when this record passes */
};

struct run {
	struct spf_eval e;
	struct frame stack[SPF_LOOKUPS + 2];
	size_t depth;
	struct auth_spf out;
};

static struct frame *
top(struct run *r)
{
	return &r->stack[r->depth - 1];
}

static void
say(struct run *r, struct str term, struct str why)
{
	term = str_upto(term, WHY_TEXT);
	r->out.why = why.n == 0 ? pool_str(r->e.pool, term) :
	    pool_printf(r->e.pool, "%.*s: %.*s", STR_ARG(term), STR_ARG(why));
}

static enum auth_result
error_of(enum spf_match m)
{
	return m == SPF_TEMP ? AUTH_TEMPERROR : AUTH_PERMERROR;
}

/* RFC 8616 4: what names the sender's local part never matches one that DNS cannot have. */
static bool
is_foreign(const struct spf_eval *e, const struct spf_term *t)
{
	return utf8_ascii_run(e->vars.local, 0) < e->vars.local.n && spf_macro_has(t->spec, STR("sl"));
}

/* What a term of this record would ask; a macro of the client's name is left until it is needed. */
static bool
prefetch_term(struct spf_eval *e, const struct spf_term *t, enum dns_type type)
{
	struct str name;

	if (spf_macro_has(t->spec, STR("p")) || is_foreign(e, t) || spf_target(e, t->spec, &name) != SPF_HIT)
		return false;
	dns_want(e->dns, type, name);
	return true;
}

/*
 * Ask now what the terms of a record will ask later, as many as the limit leaves. Terms behind one
 * that surely matches are not reached. "exists" waits for its turn: its owner counts who asks.
 */
static void
prefetch(struct spf_eval *e, const struct spf_record *record)
{
	struct str rest = record->terms;
	unsigned left = SPF_LOOKUPS - e->lookups;
	struct spf_term t;

	while (left && spf_record_next(&rest, &t)) {
		switch (t.kind) {
		case SPF_ALL: case SPF_IP4: case SPF_IP6:
			if (spf_match(e, &t) == SPF_HIT)
				return;
			break;
		case SPF_INCLUDE:
			left -= prefetch_term(e, &t, DNS_TXT);
			break;
		case SPF_A:
			left -= prefetch_term(e, &t, spf_address_type(e));
			break;
		case SPF_MX:
			left -= prefetch_term(e, &t, DNS_MX);
			break;
		case SPF_PTR:
			iprev_want(e->dns, e->pool, &e->ip);
			left--;
			break;
		case SPF_EXISTS: case SPF_REDIRECT: case SPF_EXP: case SPF_OTHER:
			break;
		}
	}
	if (left && record->redirect.n)
		prefetch_term(e, &(struct spf_term){ .spec = record->redirect }, DNS_TXT);
}

/* The one record among the texts of a name. AUTH_PASS: found. */
static enum auth_result
choose(struct spf_eval *e, const struct dns_answer *a, struct spf_record *out)
{
	const struct dns_record *found = NULL;
	struct str bad = STR_NONE;

	for (size_t i = 0; i < a->n; i++) {
		if (!spf_record_is(a->records[i].text))
			continue;
		if (found) {		/* RFC 7208 4.5 */
			e->why = STR("several records");
			return AUTH_PERMERROR;
		}
		found = &a->records[i];
	}
	if (!found) {
		e->why = STR("no record");
		return AUTH_NONE;
	}
	if (spf_record_parse(found->text, out, &bad))
		return AUTH_PASS;
	e->why = pool_printf(e->pool, "bad term \"%.*s\"", STR_ARG(str_upto(bad, WHY_TEXT)));
	return AUTH_PERMERROR;
}

/* RFC 7208 4.4. AUTH_PASS: there is a record. */
static enum auth_result
fetch(struct spf_eval *e, struct str domain, struct spf_record *out)
{
	const struct dns_answer *a = dns_get(e->dns, DNS_TXT, domain);

	switch (a->rc) {
	case DNS_OK:
		return choose(e, a, out);
	case DNS_NODATA: case DNS_NXDOMAIN: case DNS_BAD_NAME:
		e->why = STR("no record");
		return AUTH_NONE;
	case DNS_FAIL: case DNS_TIMEOUT:
		e->why = pool_printf(e->pool, "%.*s: %s", STR_ARG(str_upto(domain, DNS_NAME)), dns_rc_name(a->rc));
		return AUTH_TEMPERROR;
	case DNS_OFF:
		return AUTH_UNKNOWN;
	}
	return AUTH_UNKNOWN;
}

/* Put the record of a domain into a frame. AUTH_PASS: it is there. */
static enum auth_result
open_record(struct run *r, struct frame *f, struct str domain)
{
	enum auth_result got = fetch(&r->e, domain, &f->record);

	if (got != AUTH_PASS)
		return got;
	f->domain = r->e.vars.domain = domain;
	f->rest = f->record.terms;
	prefetch(&r->e, &f->record);
	return AUTH_PASS;
}

/* The record that "include" or "redirect" leads to. RFC 7208 5.2, 6.1: none there is an error. */
static enum auth_result
follow(struct run *r, struct frame *f, struct str spec, struct str term)
{
	enum auth_result got = AUTH_PERMERROR;
	enum spf_match m = spf_count(&r->e);
	struct str target;

	if (m == SPF_MISS)
		m = spf_target(&r->e, spec, &target);
	if (m == SPF_HIT)
		got = open_record(r, f, target);
	if (got == AUTH_PASS)
		return AUTH_UNKNOWN;
	say(r, term, r->e.why);
	return got == AUTH_TEMPERROR ? got : AUTH_PERMERROR;
}

/* No deeper than terms may ask: follow() counts before it writes a frame. */
static enum auth_result
include(struct run *r, const struct spf_term *t)
{
	struct frame *f = &r->stack[r->depth];
	enum auth_result got;

	assert(r->depth < sizeof(r->stack) / sizeof(*r->stack));
	*f = (struct frame){ .term = t->text, .result = t->result };
	got = follow(r, f, t->spec, t->text);
	if (got == AUTH_UNKNOWN)
		r->depth++;
	return got;
}

/* Terms of the record on top. AUTH_UNKNOWN: another record is on top now. */
static enum auth_result
walk(struct run *r)
{
	struct frame *f = top(r);
	struct spf_term t;

	while (spf_record_next(&f->rest, &t)) {
		enum spf_match m;

		if (is_foreign(&r->e, &t))
			continue;
		if (t.kind == SPF_INCLUDE)
			return include(r, &t);
		m = spf_match(&r->e, &t);
		if (m == SPF_MISS)
			continue;
		say(r, t.text, m == SPF_HIT ? STR_NONE : r->e.why);
		return m == SPF_HIT ? t.result : error_of(m);
	}
	if (f->record.redirect.n)
		return follow(r, f, f->record.redirect, pool_printf(r->e.pool, "redirect=%.*s",
		    STR_ARG(str_upto(f->record.redirect, WHY_TEXT))));
	say(r, STR("end of record"), STR_NONE);
	return AUTH_NEUTRAL;
}

static enum auth_result
evaluate(struct run *r)
{
	for (;;) {
		enum auth_result result = walk(r);

		while (result != AUTH_UNKNOWN) {
			struct frame *child;

			if (r->depth == 1 || result == AUTH_TEMPERROR || result == AUTH_PERMERROR)
				return result;
			child = top(r);
			r->depth--;
			r->e.vars.domain = top(r)->domain;
			if (result == AUTH_PASS)
				say(r, child->term, STR_NONE);
			result = result == AUTH_PASS ? child->result : AUTH_UNKNOWN;
		}
	}
}

/* One line of ASCII, as the owner of the domain wants senders to see it. */
static struct str
expand_text(struct spf_eval *e, struct str spec)
{
	struct buf text;
	struct str out = STR_NONE;

	spf_need_name(e, spec);
	buf_init(&text, SPF_EXPANDED);
	spf_macro_expand(&e->vars, spec, &text);
	if (!text.full)
		out = pool_str(e->pool, str_upto(buf_str(&text), SPF_TEXT));
	buf_clear(&text);
	for (size_t i = 0; i < out.n; i++)	/* what the client said may hold anything */
		if (!ascii_is_print((unsigned char)out.p[i]))
			return STR_NONE;
	return out;
}

/* RFC 7208 6.2: whatever is wrong with an explanation, there is none then. */
static struct str
explain(struct run *r)
{
	struct frame *f = top(r);
	const struct dns_answer *a;
	struct str name;

	r->e.vars.domain = f->domain;
	if (f->record.exp.n == 0 || spf_target(&r->e, f->record.exp, &name) != SPF_HIT || name.n == 0)
		return STR_NONE;
	a = dns_get(r->e.dns, DNS_TXT, name);
	if (a->rc != DNS_OK || a->n != 1 || !spf_macro_valid(a->records[0].text, SPF_USE_EXPLAIN))
		return STR_NONE;
	return expand_text(&r->e, a->records[0].text);
}

/* "1.0.0.f.…" for %{i}: RFC 7208 7.3 */
static struct str
nibbles(struct pool *pool, const struct ip *ip)
{
	static const char hex[] = "0123456789ABCDEF";
	char text[2 * 2 * sizeof(ip->b)];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(ip->b); i++) {
		text[n++] = hex[ip->b[i] >> 4];
		text[n++] = '.';
		text[n++] = hex[ip->b[i] & 15];
		text[n++] = '.';
	}
	return pool_str(pool, (struct str){ text, n - 1 });
}

/* RFC 7208 2.3 and 2.4: the HELO identity, and the null sender, are postmaster at the HELO name.
 * RFC 8616 4: in the form that DNS has. */
static struct str
domain_of(struct pool *pool, const struct spf_query *q, enum spf_identity identity)
{
	size_t at = str_rchr(q->sender, '@');
	struct str domain = at == STR_NPOS ? STR_NONE : str_from(q->sender, at + 1);

	if (identity == SPF_HELO || q->sender.n == 0)
		domain = q->helo;
	domain = idna_ascii(pool, domain);
	return domain.n && domain.p[domain.n - 1] == '.' ? str_upto(domain, domain.n - 1) : domain;
}

static struct spf_vars
vars_of(struct pool *pool, const struct spf_query *q, enum spf_identity identity)
{
	size_t at = str_rchr(q->sender, '@');
	struct spf_vars v = { .local = STR("postmaster"), .helo = q->helo, .name = STR("unknown") };

	if (identity == SPF_MAIL && at != STR_NPOS && at > 0)
		v.local = str_upto(q->sender, at);
	v.sender_domain = v.domain = domain_of(pool, q, identity);
	v.sender = pool_printf(pool, "%.*s@%.*s", STR_ARG(v.local), STR_ARG(v.sender_domain));
	v.ip_text = ip_text(pool, &q->ip);
	v.ip = q->ip.bits == 32 ? v.ip_text : nibbles(pool, &q->ip);
	v.family = q->ip.bits == 32 ? STR("in-addr") : STR("ip6");
	v.receiver = q->receiver.n ? q->receiver : STR("unknown");
	v.time = pool_printf(pool, "%lld", (long long)q->now_sec);
	return v;
}

/* RFC 7208 4.3: several labels of 1 to 63 bytes; no literal, nothing outside ASCII. */
static bool
is_domain(struct str domain)
{
	struct str label;
	struct ip ip;
	size_t labels = 0;

	if (domain.n == 0 || domain.n > DNS_NAME || domain.p[domain.n - 1] == '.' ||
	    str_chr(domain, '[') != STR_NPOS || ip_parse(domain, &ip))
		return false;
	for (size_t i = 0; i < domain.n; i++)
		if (!ascii_is_print((unsigned char)domain.p[i]) || domain.p[i] == ' ')
			return false;
	while (str_next(&domain, '.', &label)) {
		if (label.n == 0 || label.n > 63)
			return false;
		labels++;
	}
	return labels > 1;
}

void
spf_want(struct dns_batch *dns, struct pool *pool, const struct spf_query *q, enum spf_identity identity)
{
	struct str domain = domain_of(pool, q, identity);

	if (is_domain(domain))
		dns_want(dns, DNS_TXT, domain);
}

struct auth_spf
spf_check(struct dns_batch *dns, struct pool *pool, const struct spf_query *q, enum spf_identity identity)
{
	struct run r = { .e = { .pool = pool, .dns = dns, .ip = q->ip } };

	r.e.vars = vars_of(pool, q, identity);
	r.out = (struct auth_spf){ .result = AUTH_NONE, .domain = r.e.vars.domain, .why = STR("no domain") };
	if (!is_domain(r.out.domain))
		return r.out;
	r.depth = 1;
	r.out.result = open_record(&r, &r.stack[0], r.out.domain);
	if (r.out.result == AUTH_PASS) {
		r.out.result = evaluate(&r);
		r.out.no_mail = r.out.result == AUTH_FAIL && top(&r)->record.no_mail;
		r.out.text = r.out.result == AUTH_FAIL ? explain(&r) : STR_NONE;
	} else {
		r.out.why = r.e.why;
	}
	return r.out;
}
