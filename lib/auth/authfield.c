/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/authfield.h"

#include "auth/dmarc.h"
#include "base/ascii.h"

enum { FIELD_MAX = 64 * 1024, WORD_MAX = 1024, NAME_COLUMNS = sizeof("Authentication-Results: ") - 1 };

/* A field as it grows: words go to a new line where they would pass the column. */
struct writer {
	struct buf out;
	size_t column;
	size_t results;
};

static void
put_word(struct writer *w, struct str word)
{
	if (w->column > 8 && w->column + 1 + word.n > AUTHFIELD_COLUMN) {
		buf_adds(&w->out, "\n\t ");
		w->column = 9;
	} else {
		buf_addc(&w->out, ' ');
		w->column++;
	}
	buf_add(&w->out, word);
	w->column += word.n;
}

/* RFC 2045 5.1: a token; at: an address may have one '@'. */
static bool
is_plain(struct str s, bool at)
{
	size_t ats = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		ats += c == '@';
		if (c <= ' ' || c >= 0x7f || strchr("()<>,;:\\\"/[]?=", c))
			return false;
	}
	return s.n && ats <= (at ? 1u : 0u);
}

/* What strangers wrote must not become another result: all but plain words stands in quotes, and
 * what is not printable ASCII becomes '?'. */
static void
put_value(struct buf *b, struct str s, bool at)
{
	s = str_upto(s, AUTHFIELD_VALUE);
	if (is_plain(s, at)) {
		buf_add(b, s);
		return;
	}
	buf_addc(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_addc(b, '\\');
		buf_addc(b, ascii_is_print((unsigned char)s.p[i]) ? s.p[i] : '?');
	}
	buf_addc(b, '"');
}

static void
put_pair(struct writer *w, const char *name, struct str value)
{
	struct buf b;

	if (value.n == 0)
		return;
	buf_init(&b, WORD_MAX);
	buf_printf(&b, "%s=", name);
	put_value(&b, value, str_starts(str_of(name), STR("smtp.")) || str_eq(str_of(name), STR("header.i")));
	put_word(w, buf_str(&b));
	buf_clear(&b);
}

/* "method=result", and why for whatever is no pass. */
static void
put_result(struct writer *w, const char *method, enum auth_result result, struct str why)
{
	struct buf b;

	buf_adds(&w->out, ";\n\t");
	w->column = 8;
	w->results++;
	buf_init(&b, WORD_MAX);
	buf_printf(&b, "%s=%s", method, auth_result_name(result));
	buf_add(&w->out, buf_str(&b));
	w->column += b.n;
	buf_clear(&b);
	if (result != AUTH_PASS && result != AUTH_NONE)
		put_pair(w, "reason", why);
}

static void
put_spf(struct writer *w, const struct auth_facts *f, const struct session *s)
{
	/* RFC 8601 2.7.2: the null sender was judged by the HELO name. */
	bool null = s->mail_from.n == 0;

	if (f->spf_mail.result != AUTH_UNKNOWN) {
		put_result(w, "spf", f->spf_mail.result, f->spf_mail.why);
		put_pair(w, null ? "smtp.helo" : "smtp.mailfrom", f->spf_mail.domain);
	}
	if (f->spf_helo.result != AUTH_UNKNOWN && !null) {
		put_result(w, "spf", f->spf_helo.result, f->spf_helo.why);
		put_pair(w, "smtp.helo", f->spf_helo.domain);
	}
}

static void
put_dkim(struct writer *w, const struct auth_facts *f)
{
	for (size_t i = 0; i < f->n_dkim && i < AUTH_SIGNATURES; i++) {
		const struct auth_dkim *d = &f->dkim[i];

		if (d->result == AUTH_UNKNOWN)
			continue;
		put_result(w, "dkim", d->result, d->why);
		put_pair(w, "header.d", d->domain);
		put_pair(w, "header.i", d->identity);
		put_pair(w, "header.s", d->selector);
		put_pair(w, "header.a", d->algorithm);
		put_pair(w, "header.b", d->b8);
	}
	if (f->dkim_done && f->n_dkim == 0)
		put_result(w, "dkim", AUTH_NONE, STR_NONE);
}

static void
put_dmarc(struct writer *w, const struct auth_dmarc *d)
{
	if (d->result == AUTH_UNKNOWN)
		return;
	put_result(w, "dmarc", d->result, d->why);
	put_pair(w, "header.from", d->domain);
	if (d->record_domain.n)
		put_pair(w, "policy.dmarc", str_of(dmarc_policy_name(d->wanted)));
}

static void
put_arc(struct writer *w, const struct auth_arc *a, const struct session *s)
{
	if (a->result == AUTH_UNKNOWN)
		return;
	put_result(w, "arc", a->result, a->why);
	if (a->result == AUTH_PASS) {
		struct buf b;

		buf_init(&b, WORD_MAX);
		buf_printf(&b, "header.oldest-pass=%u", a->oldest_pass);
		put_word(w, buf_str(&b));
		buf_clear(&b);
	}
	if (a->result != AUTH_NONE)
		put_pair(w, "smtp.remote-ip", s->client_addr);
}

struct str
authfield_write(struct pool *pool, const struct auth_facts *f, const struct session *s, struct str id, bool login)
{
	struct writer w = { .column = NAME_COLUMNS };
	struct str out;

	buf_init(&w.out, FIELD_MAX);
	put_value(&w.out, id, false);
	if (s->auth_user.n) {
		put_result(&w, "auth", AUTH_PASS, STR_NONE);
		if (login)
			put_pair(&w, "smtp.auth", s->auth_user);
	}
	if (f->iprev.result != AUTH_UNKNOWN) {
		put_result(&w, "iprev", f->iprev.result, STR_NONE);
		put_pair(&w, "policy.iprev", s->client_addr);
	}
	put_spf(&w, f, s);
	put_dkim(&w, f);
	put_dmarc(&w, &f->dmarc);
	put_arc(&w, &f->arc, s);
	if (w.results == 0)
		buf_adds(&w.out, "; none");
	out = pool_str(pool, buf_str(&w.out));
	buf_clear(&w.out);
	return out;
}

/* ---- back ---- */

struct taken {
	struct auth_facts f;
	struct auth_dkim *dkim;
	bool spf, dkim_any, dmarc, twice;
};

static struct str
domain_of(struct str address)
{
	size_t at = str_rchr(address, '@');

	return at == STR_NPOS ? address : str_from(address, at + 1);
}

static void
take_spf(const struct authres_result *r, enum auth_result result, struct taken *t)
{
	struct str from = domain_of(authres_prop(r, STR("smtp"), STR("mailfrom")));
	struct str helo = authres_prop(r, STR("smtp"), STR("helo"));
	struct auth_spf spf = { .result = result, .domain = from.n ? from : helo, .why = r->reason };
	bool first = t->f.spf_mail.result == AUTH_UNKNOWN;

	if (from.n == 0 && helo.n) {
		t->twice |= t->f.spf_helo.result != AUTH_UNKNOWN;
		t->f.spf_helo = spf;
		t->spf = true;
		return;
	}
	t->twice |= !first;
	t->f.spf_mail = spf;
	t->spf = true;
}

static void
take_dkim(const struct authres_result *r, enum auth_result result, struct taken *t)
{
	struct auth_dkim d = { .result = result, .why = r->reason };

	t->dkim_any = true;
	if (result == AUTH_NONE || t->f.n_dkim == AUTH_SIGNATURES || !t->dkim)
		return;
	d.identity = authres_prop(r, STR("header"), STR("i"));
	d.domain = authres_prop(r, STR("header"), STR("d"));
	if (d.domain.n == 0)
		d.domain = domain_of(d.identity);
	d.selector = authres_prop(r, STR("header"), STR("s"));
	d.algorithm = authres_prop(r, STR("header"), STR("a"));
	d.b8 = authres_prop(r, STR("header"), STR("b"));
	t->dkim[t->f.n_dkim++] = d;
}

static enum auth_policy
policy_of(struct str s)
{
	return str_eq_nocase(s, STR("reject")) ? AUTH_POLICY_REJECT :
	    str_eq_nocase(s, STR("quarantine")) ? AUTH_POLICY_QUARANTINE : AUTH_POLICY_NONE;
}

static void
take_dmarc(struct pool *pool, const struct authres_result *r, enum auth_result result, struct taken *t)
{
	struct str policy = authres_prop(r, STR("policy"), STR("dmarc"));
	struct auth_dmarc *d = &t->f.dmarc;

	t->twice |= t->dmarc;
	t->dmarc = true;
	*d = (struct auth_dmarc){ .result = result, .why = r->reason };
	d->domain = pool_lower(pool, domain_of(authres_prop(r, STR("header"), STR("from"))));
	d->policy = d->wanted = policy_of(policy);
	if (policy.n)
		d->record_domain = d->domain;	/* the field does not say where it was */
}

/* Of the methods that it states, none may be left over from what we found ourselves. */
static void
begin(struct pool *pool, const struct authres *a, const struct auth_facts *facts, struct taken *t)
{
	*t = (struct taken){ .f = *facts };
	for (size_t i = 0; i < a->n; i++) {
		if (str_eq_nocase(a->results[i].method, STR("spf"))) {
			t->f.spf_mail = t->f.spf_helo = (struct auth_spf){ .result = AUTH_UNKNOWN };
		} else if (str_eq_nocase(a->results[i].method, STR("dkim")) && !t->dkim) {
			t->dkim = pool_alloc(pool, AUTH_SIGNATURES * sizeof(*t->dkim));
			t->f.dkim = t->dkim;
			t->f.n_dkim = 0;
			t->f.dkim_done = true;
		}
	}
}

bool
authfield_read(struct pool *pool, const struct authres *a, struct auth_facts *facts)
{
	struct taken t;

	if (a->bad || a->id.n == 0)
		return false;
	begin(pool, a, facts, &t);
	for (size_t i = 0; i < a->n; i++) {
		const struct authres_result *r = &a->results[i];
		enum auth_result result;

		if (!auth_result_parse(r->result, &result))
			result = AUTH_NONE;	/* RFC 8601 2.7.7: what nobody knows says nothing */
		if (str_eq_nocase(r->method, STR("spf")))
			take_spf(r, result, &t);
		else if (str_eq_nocase(r->method, STR("dkim")))
			take_dkim(r, result, &t);
		else if (str_eq_nocase(r->method, STR("dmarc")))
			take_dmarc(pool, r, result, &t);
	}
	if (t.twice || (!t.spf && !t.dkim_any && !t.dmarc))
		return false;
	t.f.upstream = pool_str(pool, a->id);
	*facts = t.f;
	return true;
}

struct str
authfield_given(struct pool *pool, struct str text, struct auth_facts *facts)
{
	struct authres a;

	authres_parse(pool, text, &a);
	if (a.bad_id) {
		text = pool_printf(pool, "operator; %.*s", STR_ARG(text));
		authres_parse(pool, text, &a);
	}
	return authfield_read(pool, &a, facts) ? text : STR_NONE;
}
