/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/link_targets.h"

#include <stdlib.h>

#include "link/lookalike.h"
#include "link/shown.h"
#include "net/http.h"
#include "policy/links_opts.h"

/* A link of the report that somebody could follow. */
struct found {
	const struct link *link;
	size_t at;			/* in the report */
};

struct making {
	struct pool *pool;
	const struct links_conf *conf;
	struct link_by by;
	struct found *found;
	size_t n;
	struct link_targets *out;
};

/* ---- suspicion ---- */

/* Points, of which the largest counts: a host is as suspicious as its worst link. Their order is what matters. */
enum { LOADED = 0, UNSUBSCRIBE = 1, FOLLOWED = 2, KNOWN = 4, ADDRESS = 6, REDIRECT = 6, SHOWN = 7, PICTURE = 8, FORM = 9,
	SHOWN_BRAND = 12, SECRET = 14, IMITATES = 15, HIDES = 16 };

static const uint32_t hiding = URL_USERINFO | URL_BACKSLASH | URL_NUMERIC_HOST | URL_MAPPED_ADDRESS | URL_FULLWIDTH |
    URL_PERCENT_HOST | URL_ZERO_WIDTH | URL_BIDI | URL_MIXED_SCRIPT;

static unsigned
larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static bool
is_followed(const struct link *l)
{
	return !l->loads && !l->unsubscribe;
}

static unsigned
by_words(const struct making *m, const struct link *l)
{
	struct str shown = shown_elsewhere(m->pool, l);

	if (shown.n == 0)
		return 0;
	return lookalike_is_known(url_registered(shown), m->by.protected->item, m->by.protected->n) ? SHOWN_BRAND : SHOWN;
}

static unsigned
by_link(const struct making *m, const struct link *l)
{
	unsigned points = l->loads ? LOADED : l->unsubscribe ? UNSUBSCRIBE : FOLLOWED;

	if (l->tricks & hiding)
		return HIDES;
	if (l->form)
		points = larger(points, l->asks_secret ? SECRET : FORM);
	if (l->where == LINK_IN_QR || l->where == LINK_IN_DRAWN)
		points = larger(points, PICTURE);
	if (l->tricks & URL_OPEN_REDIRECT && !l->loads)
		points = larger(points, REDIRECT);
	return larger(points, by_words(m, l));
}

static unsigned
by_host(const struct making *m, struct link_host *h, const struct link *l)
{
	struct url u;
	struct ip ip;

	if (url_parse(m->pool, l->url, NULL, &u) != RC_OK)
		return HIDES;		/* no worker of ours says that */
	if (url_address(&u, &ip))
		return http_is_public(&ip) ? ADDRESS : 0;
	link_judge_like(&m->by, m->pool, &u, &h->opinion);
	if (h->opinion.verdict > LINK_UNJUDGED)
		return IMITATES;
	return h->followed && known_hosts_find(m->by.known, u.host) ? KNOWN : 0;
}

/* ---- each place once ---- */

static int
by_place(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int by = str_cmp(x->link->host, y->link->host);

	if (by == 0)
		by = str_cmp(x->link->url, y->link->url);
	return by ? by : (x->at > y->at) - (x->at < y->at);
}

static void
collect(struct making *m, const struct report *r)
{
	m->found = pool_alloc(m->pool, (r->links.n + 1) * sizeof(*m->found));
	for (size_t i = 0; i < r->links.n; i++) {
		const struct link *l = report_link_at(r, i);

		if (l->host.n && !(l->tricks & URL_DEFANGED))
			m->found[m->n++] = (struct found){ l, i };
	}
	qsort(m->found, m->n, sizeof(*m->found), by_place);
}

static struct str
name_of(struct pool *pool, struct str host)
{
	struct ip ip;

	if (ip_parse(host.p[0] == '[' && host.n > 2 ? str_sub(host, 1, host.n - 2) : host, &ip))
		return ip_text(pool, &ip);
	return host;
}

static struct link_host *
add_host(struct making *m, const struct link *l)
{
	struct link_host *h = &m->out->host[m->out->n_hosts++];

	*h = (struct link_host){ .name = name_of(m->pool, l->host), .domain = url_registered(l->host), .part = l->part,
	    .at = SIZE_MAX, .first = m->out->n, .opinion = { .verdict = LINK_UNJUDGED },
	    .trusted = links_has_domain(&m->conf->internal, l->host) || links_has_domain(&m->conf->allow, l->host) };
	return h;
}

static void
add_link(struct making *m, struct link_host *h, const struct found *f)
{
	const struct link *l = f->link;
	unsigned points = h->trusted ? 0 : by_link(m, l);
	struct link_target *all = m->out->target;

	h->at = f->at < h->at ? f->at : h->at;
	h->followed = h->followed || is_followed(l);
	if (points > h->suspicion) {
		h->suspicion = points;
		h->part = l->part;
	}
	if (h->n && str_eq(all[h->first + h->n - 1].url, l->url)) {
		all[h->first + h->n - 1].tricks |= l->tricks;
		return;
	}
	all[h->first + h->n++] = (struct link_target){ .host = l->host, .url = l->url, .tricks = l->tricks, .part = l->part,
	    .opinion = { .verdict = h->trusted ? LINK_TRUSTED : LINK_UNJUDGED } };
	m->out->n++;
}

/* How a host looks is looked at once, when all of its links are known. */
static void
group(struct making *m)
{
	struct link_host *h = NULL;

	for (size_t i = 0; i < m->n; i++) {
		const struct link *l = m->found[i].link;

		if (!h || !str_eq(l->host, m->found[i - 1].link->host))
			h = add_host(m, l);
		add_link(m, h, &m->found[i]);
		if (!h->trusted && (i + 1 == m->n || !str_eq(l->host, m->found[i + 1].link->host)))
			h->suspicion = larger(h->suspicion, by_host(m, h, l));
	}
}

/* ---- who is asked about ---- */

static int
most_suspicious(const void *a, const void *b)
{
	const struct link_host *x = a, *y = b;

	if (x->trusted != y->trusted)
		return x->trusted ? 1 : -1;
	if (x->suspicion != y->suspicion)
		return x->suspicion < y->suspicion ? 1 : -1;
	return (x->at > y->at) - (x->at < y->at);
}

struct link_targets *
link_targets_new(struct pool *pool, const struct conf *conf, const struct report *r)
{
	struct link_targets *out = pool_alloc(pool, sizeof(*out));
	struct making m = { .pool = pool, .conf = conf_values(conf, &links_table),
	    .by = link_by(conf, NULL, NULL), .out = out };
	size_t asked = 0;

	collect(&m, r);
	out->host = pool_alloc(pool, (m.n + 1) * sizeof(*out->host));
	out->target = pool_alloc(pool, (m.n + 1) * sizeof(*out->target));
	group(&m);
	qsort(out->host, out->n_hosts, sizeof(*out->host), most_suspicious);
	for (size_t i = 0; i < out->n_hosts; i++) {
		struct link_host *h = &out->host[i];

		for (size_t t = h->first; t < h->first + h->n; t++)
			out->target[t].of = h;
		if (h->trusted)
			continue;
		h->asked = asked < (size_t)m.conf->judged;
		asked += h->asked;
		out->left += !h->asked;
	}
	return out;
}

static bool
has_place(const struct places_entry *p, size_t n, struct str domain)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(p[i].domain, domain))
			return true;
	return false;
}

size_t
link_targets_places(const struct link_targets *all, struct places_entry out[PLACES])
{
	size_t n = 0;

	for (size_t i = 0; i < all->n_hosts && !all->host[i].trusted && n < PLACES; i++) {
		struct str domain = all->host[i].domain;

		if (all->host[i].followed && !has_place(out, n, domain))
			out[n++] = (struct places_entry){ .domain = domain };
	}
	return n;
}

size_t
link_targets_mark_new(struct link_targets *all, struct str domain)
{
	size_t part = REPORT_NO_PART;

	for (size_t i = all->n_hosts; i-- > 0;) {
		struct link_host *h = &all->host[i];

		if (!h->trusted && h->followed && str_eq(h->domain, domain)) {
			h->is_new = true;
			part = h->part;
		}
	}
	return part;
}

void
link_target_worse(struct link_target *t, enum link_verdict v, struct str why)
{
	if (v > t->opinion.verdict)
		t->opinion = (struct link_opinion){ .verdict = v, .why = why };
}

const struct link_target *
link_targets_find(const struct link_targets *all, struct str host, struct str url)
{
	size_t low = 0, high = all ? all->n : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct link_target *t = &all->target[mid];
		int by = str_cmp(t->host, host);

		if (by == 0)
			by = str_cmp(t->url, url);
		if (by == 0)
			return t;
		if (by < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
