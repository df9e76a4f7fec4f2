/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/dmarc.h"

#include "base/idna.h"

enum aligned { NOT_ALIGNED, ALIGNED, NOT_SURE };

/* One message: what was asked for it, and what came of it. */
struct eval {
	struct dns_batch *dns;
	struct pool *pool;
	struct dmarc_walk walk;		/* of the author's domain */
	struct auth_dmarc *out;
	bool temp;			/* an identifier that might have been aligned and good */
};

const char *
dmarc_policy_name(enum auth_policy p)
{
	static const char *const names[] = {
		[AUTH_POLICY_NONE] = "none", [AUTH_POLICY_QUARANTINE] = "quarantine", [AUTH_POLICY_REJECT] = "reject",
	};

	return names[p];
}

/* ---- tree walk ---- */

static size_t
count_labels(struct str domain)
{
	size_t n = domain.n != 0;

	for (size_t i = 0; i < domain.n; i++)
		n += domain.p[i] == '.';
	return n;
}

/* The last `want` labels. */
static struct str
last_labels(struct str domain, size_t want)
{
	size_t have = count_labels(domain);

	for (; have > want; have--)
		domain = str_from(domain, str_chr(domain, '.') + 1);
	return domain;
}

/* RFC 9989 4.10 step 4: the domain itself, then at most seven labels of it. */
size_t
dmarc_walk_names(struct str domain, struct str names[DMARC_WALK])
{
	size_t labels = count_labels(domain), n = 0;

	if (labels == 0)
		return 0;
	names[n++] = domain;
	for (size_t left = labels < DMARC_WALK ? labels - 1 : DMARC_WALK - 1; left > 0; left--)
		names[n++] = last_labels(domain, left);
	return n;
}

static struct str
record_name(struct pool *pool, struct str domain)
{
	return pool_printf(pool, "_dmarc.%.*s", STR_ARG(domain));
}

/* RFC 9989 4.10 step 2: what is no DMARC record is left out, and several are none. */
static bool
only_record(const struct dns_answer *a, struct dmarc_record *out)
{
	struct dmarc_record record;
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (dmarc_record_parse(a->records[i].text, &record)) {
			*out = record;
			n++;
		}
	}
	return n == 1;
}

/* RFC 9989 4.10.2 */
static struct str
organisation(const struct dmarc_walk *w, struct str domain)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct dmarc_found *f = &w->found[i];

		if (f->record.psd == DMARC_PSD_NO)
			return f->domain;
		if (f->record.psd == DMARC_PSD_YES && f->domain.n < domain.n)
			return last_labels(domain, count_labels(f->domain) + 1);
	}
	return w->n ? w->found[w->n - 1].domain : domain;
}

void
dmarc_walk(struct dns_batch *dns, struct pool *pool, struct str domain, struct dmarc_walk *w)
{
	struct str names[DMARC_WALK];
	size_t n = dmarc_walk_names(domain, names);

	*w = (struct dmarc_walk){ .off = !dns, .incomplete = !dns, .reach = domain };
	if (!dns)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct dns_answer *a = dns_get(dns, DNS_TXT, record_name(pool, names[i]));
		struct dmarc_found *f = &w->found[w->n];
		bool unanswered = a->rc == DNS_FAIL || a->rc == DNS_TIMEOUT || a->rc == DNS_OFF;

		w->off |= a->rc == DNS_OFF;
		w->incomplete |= unanswered;
		if (unanswered)
			w->reach = names[i];
		if (a->rc != DNS_OK || !only_record(a, &f->record))
			continue;
		f->domain = w->reach = names[i];
		w->n++;
		if (f->record.psd != DMARC_PSD_UNSAID)
			break;
	}
	if (!w->incomplete)
		w->org = organisation(w, domain);
}

static void
want_walk(struct dns_batch *dns, struct pool *pool, struct str domain)
{
	struct str names[DMARC_WALK];
	size_t n = dmarc_walk_names(domain, names);

	for (size_t i = 0; i < n; i++)
		dns_want(dns, DNS_TXT, record_name(pool, names[i]));
}

/* ---- alignment ---- */

static struct str
clean_domain(struct pool *pool, struct str domain)
{
	while (domain.n && domain.p[domain.n - 1] == '.')
		domain.n--;
	return pool_lower(pool, idna_ascii(pool, domain));
}

static bool
is_within(struct str domain, struct str parent)
{
	return parent.n && str_ends_nocase(domain, parent) &&
	    (domain.n == parent.n || domain.p[domain.n - parent.n - 1] == '.');
}

/* Worth to be asked for before the organisational domain is known. */
static bool
may_be_aligned(struct str author, struct str domain)
{
	return is_within(domain, last_labels(author, 2));
}

static enum aligned
align(struct eval *e, struct str domain, enum auth_align mode)
{
	struct dmarc_walk w;

	domain = clean_domain(e->pool, domain);
	if (domain.n && str_eq(domain, e->out->domain))
		return ALIGNED;
	/* An organisational domain is the domain itself or above it: what does not lie within that of
	 * the author is of others, and no silence of their DNS servers makes that unsure. */
	if (mode == ALIGN_STRICT || !is_within(domain, e->walk.org.n ? e->walk.org : e->walk.reach))
		return NOT_ALIGNED;
	dmarc_walk(e->dns, e->pool, domain, &w);
	if (w.incomplete || e->walk.incomplete)
		return NOT_SURE;
	return str_eq(w.org, e->walk.org) ? ALIGNED : NOT_ALIGNED;
}

/* Is this a pass in the name of the author's domain? */
static bool
counts(struct eval *e, enum auth_result result, struct str domain, enum auth_align mode)
{
	enum aligned a;

	if (result != AUTH_PASS && result != AUTH_TEMPERROR)
		return false;
	a = align(e, domain, mode);
	e->temp |= a == NOT_SURE || (a == ALIGNED && result == AUTH_TEMPERROR);
	return a == ALIGNED && result == AUTH_PASS;
}

static void
judge(struct eval *e, const struct auth_facts *facts)
{
	struct auth_dmarc *d = e->out;

	d->spf_aligned = counts(e, facts->spf_mail.result, facts->spf_mail.domain, d->aspf);
	for (size_t i = 0; i < facts->n_dkim; i++)
		d->dkim_aligned |= counts(e, facts->dkim[i].result, facts->dkim[i].domain, d->adkim);
	if (d->spf_aligned || d->dkim_aligned) {
		d->result = AUTH_PASS;
	} else if (e->temp) {
		d->result = AUTH_TEMPERROR;
		d->why = STR("DNS did not answer for SPF, DKIM or the organisational domain");
	} else if (facts->spf_mail.result == AUTH_UNKNOWN || !facts->dkim_done) {
		d->result = AUTH_UNKNOWN;
		d->why = STR("SPF or DKIM was not looked at");
	} else {
		d->result = AUTH_FAIL;
	}
}

/* ---- policy ---- */

/* RFC 9989 3.2: no A, no AAAA and no MX record. What is not answered exists; what no server can be
 * asked for does not. */
static bool
does_not_exist(struct dns_batch *dns, struct str domain)
{
	static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_MX };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		dns_want(dns, types[i], domain);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		enum dns_rc rc = dns_get(dns, types[i], domain)->rc;

		if (rc != DNS_NXDOMAIN && rc != DNS_NODATA && rc != DNS_BAD_NAME)
			return false;
	}
	return true;
}

/* RFC 9989 4.10.1: the record of the domain, of the organisation, or of the public suffix. While a
 * name is not answered for, nobody knows which of the upper ones it is. */
static const struct dmarc_found *
applicable(const struct dmarc_walk *w, struct str domain)
{
	if (w->n && str_eq(w->found[0].domain, domain))
		return &w->found[0];
	if (w->incomplete)
		return NULL;
	for (size_t i = 0; i < w->n; i++)
		if (str_eq(w->found[i].domain, w->org))
			return &w->found[i];
	return w->n && w->found[w->n - 1].record.psd == DMARC_PSD_YES ? &w->found[w->n - 1] : NULL;
}

static enum auth_policy
below(enum auth_policy p)
{
	return p == AUTH_POLICY_REJECT ? AUTH_POLICY_QUARANTINE : AUTH_POLICY_NONE;
}

static void
take_record(struct eval *e, const struct dmarc_found *f)
{
	const struct dmarc_record *r = &f->record;
	struct auth_dmarc *d = e->out;

	d->record_domain = f->domain;
	d->p = r->p;
	d->sp = r->sp;
	d->np = r->np;
	d->adkim = r->adkim;
	d->aspf = r->aspf;
	d->testing = r->testing;
	d->rua = r->rua;
	d->fo = r->fo;
	if (str_eq(f->domain, d->domain))
		d->policy = r->p;
	else if (r->np != r->sp && does_not_exist(e->dns, d->domain))
		d->policy = r->np;
	else
		d->policy = r->sp;
	/* RFC 9989 4.7, t: one level below what is published. */
	d->wanted = r->testing ? below(d->policy) : d->policy;
}

/* False: there is none that applies, and the result says why. */
static bool
discover(struct eval *e)
{
	struct auth_dmarc *d = e->out;
	const struct dmarc_found *f;

	if (d->domain.n == 0 || d->domain.n > DNS_NAME || d->domain.p[0] == '[') {
		d->result = AUTH_PERMERROR;
		d->why = STR("the author has no domain that DNS can have");
		return false;
	}
	dmarc_walk(e->dns, e->pool, d->domain, &e->walk);
	d->org = e->walk.org;
	if (e->walk.off)
		return false;
	f = applicable(&e->walk, d->domain);
	if (!f) {
		d->result = e->walk.incomplete ? AUTH_TEMPERROR : AUTH_NONE;
		d->why = e->walk.incomplete ? STR("DNS did not answer for the record") : STR("no record");
		return false;
	}
	take_record(e, f);
	if (f->record.unusable) {
		d->result = AUTH_NONE;
		d->why = STR("the policy of the record cannot be read");
	}
	return !f->record.unusable;
}

void
dmarc_want(struct dns_batch *dns, struct pool *pool, struct str author, const struct auth_facts *facts)
{
	author = clean_domain(pool, author);
	if (!dns || author.n == 0)
		return;
	want_walk(dns, pool, author);
	if (facts->spf_mail.result == AUTH_PASS && may_be_aligned(author, clean_domain(pool, facts->spf_mail.domain)))
		want_walk(dns, pool, clean_domain(pool, facts->spf_mail.domain));
	for (size_t i = 0; i < facts->n_dkim; i++) {
		struct str domain = clean_domain(pool, facts->dkim[i].domain);

		if (facts->dkim[i].result == AUTH_PASS && may_be_aligned(author, domain))
			want_walk(dns, pool, domain);
	}
}

struct auth_dmarc
dmarc_check(struct dns_batch *dns, struct pool *pool, struct str author, const struct auth_facts *facts)
{
	struct auth_dmarc out = { .domain = clean_domain(pool, author) };
	struct eval e = { .dns = dns, .pool = pool, .out = &out };

	if (discover(&e))
		judge(&e, facts);
	return out;
}

void
dmarc_policy(struct dns_batch *dns, struct pool *pool, struct auth_dmarc *d)
{
	struct auth_dmarc mine = { .domain = clean_domain(pool, d->domain) };
	struct eval e = { .dns = dns, .pool = pool, .out = &mine };

	if (!discover(&e))
		return;
	mine.result = d->result;
	mine.spf_aligned = d->spf_aligned;
	mine.dkim_aligned = d->dkim_aligned;
	*d = mine;
}
