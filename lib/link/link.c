/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/link.h"

#include <assert.h>

#include "base/ascii.h"
#include "base/hash.h"
#include "link/nested.h"
#include "link/unwrap.h"

enum { SLOTS_LEAST = 64, SCHEME_MAX = 16, MEMOS = 128, HOSTS = 16, MEMO_BYTES = 1024 };

/* A URL that was read: newsletters repeat theirs, and so do text and HTML of one letter. All of it is what
 * does not hang on where it was found. */
struct reading {
	struct str raw;
	const char *base;		/* where the base's own text lies, which is as good as the base */
	enum rc rc;			/* RC_NONE: it leads nowhere */
	bool shown;			/* data: that is a picture or the like; only fetched it leads nowhere */
	struct str url, outer, host, wrappers;
	uint64_t key;			/* of outer, for the table */
	uint32_t tricks;
	uint8_t wraps, n_nested;
	struct str *nested;		/* where it may lead on to */
};

struct links {
	struct pool *pool;
	const struct limits *lim;
	const struct known_hosts *known;
	struct vec all;			/* struct link */
	size_t bytes_left;		/* of all texts together */
	uint32_t *slots;		/* open addressing: index + 1, 0 is free; never over half full */
	size_t n_slots;			/* power of two */
	struct reading *memo[MEMOS];	/* by the hash of raw */
	struct str plain[HOSTS];	/* hosts that wrap nothing, by their hash */
	bool cut;
};

struct links *
links_new(struct pool *pool, const struct limits *lim, const struct known_hosts *known)
{
	struct links *l = pool_alloc(pool, sizeof(*l));

	*l = (struct links){ .pool = pool, .lim = lim, .known = known, .bytes_left = (size_t)lim->report_bytes / 2,
	    .n_slots = SLOTS_LEAST };
	l->slots = pool_alloc(pool, l->n_slots * sizeof(*l->slots));
	return l;
}

bool
links_cut(const struct links *l)
{
	return l->cut;
}

void
links_note_cut(struct links *l)
{
	l->cut = true;
}

const struct vec *
links_all(const struct links *l)
{
	return &l->all;
}

struct pool *
links_pool(const struct links *l)
{
	return l->pool;
}

const struct limits *
links_limits(const struct links *l)
{
	return l->lim;
}

/* --- what is a link --- */

/* The scheme in front of ':', as written; empty for a relative URL. */
static struct str
scheme_of(struct str url)
{
	size_t n = 0;

	while (n < url.n && n <= SCHEME_MAX && (ascii_is_alnum((unsigned char)url.p[n]) || url.p[n] == '+' ||
	    url.p[n] == '-' || url.p[n] == '.'))
		n++;
	return n < url.n && url.p[n] == ':' ? str_upto(url, n) : STR_NONE;
}

#define S(lit) { lit, sizeof(lit) - 1 }

/* Schemes that name a person, a part of this message, or nothing. */
static bool
leads_nowhere(struct str url)
{
	static const struct str schemes[] = { S("mailto"), S("tel"), S("sms"), S("callto"), S("sip"), S("cid"),
		S("mid"), S("about") };
	struct str scheme;

	if (url.n == 0 || url.p[0] == '#')
		return true;
	if ((url.p[0] | 0x20) == 'h')
		return false;		/* none begins as http does */
	scheme = scheme_of(url);
	for (size_t i = 0; scheme.n && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (scheme.n == schemes[i].n && str_eq_nocase(scheme, schemes[i]))
			return true;
	return false;
}

/* data: is recorded by its type; a picture that is shown leads nowhere. */
static bool
is_shown_data(const struct url *u)
{
	static const char *const types[] = { "data:image/", "data:font/", "data:audio/", "data:video/",
	    "data:application/font", "data:application/x-font" };

	if (!str_eq(u->scheme, STR("data")) || str_starts_nocase(u->href, STR("data:image/svg")))
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_starts_nocase(u->href, str_of(types[i])))
			return true;
	return false;
}

/* At most n bytes, never half a character. */
static struct str
cut_text(struct str s, size_t n)
{
	if (s.n <= n)
		return s;
	while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return str_upto(s, n);
}

/* --- the table --- */

static bool
same(const struct link *a, const struct link *b)
{
	return a->part == b->part && a->where == b->where && str_eq(a->url, b->url) &&
	    str_eq(a->outer, b->outer) && str_eq(a->text, b->text);
}

/* key: of x->outer. */
static size_t
slot_of(const struct links *l, const struct link *x, uint64_t key)
{
	const struct link *all = l->all.items;
	size_t at;

	key = hash_key(x->text, key + x->part * LINK_IN_N + x->where);
	at = (size_t)(key ^ key >> 32) & (l->n_slots - 1);
	while (l->slots[at] && !same(&all[l->slots[at] - 1], x))
		at = (at + 1) & (l->n_slots - 1);
	return at;
}

static void
grow(struct links *l)
{
	const struct link *all = l->all.items;

	if (l->all.n * 2 < l->n_slots)
		return;
	l->n_slots *= 4;
	l->slots = pool_alloc(l->pool, l->n_slots * sizeof(*l->slots));
	for (size_t i = 0; i < l->all.n; i++)
		l->slots[slot_of(l, &all[i], hash_key(all[i].outer, 0))] = (uint32_t)i + 1;
}

static bool
put(struct links *l, const struct link *x, uint64_t key)
{
	size_t at = slot_of(l, x, key), bytes = x->url.n + x->text.n + x->host.n + x->wrappers.n;
	struct link *known;

	if (l->slots[at]) {
		known = (struct link *)l->all.items + (l->slots[at] - 1);
		known->tricks |= x->tricks;
		known->loads |= x->loads;
		known->form |= x->form;
		known->asks_secret |= x->asks_secret;
		known->unsubscribe |= x->unsubscribe;
		return true;
	}
	bytes += x->wraps ? x->outer.n : 0;
	if (l->all.n >= (size_t)l->lim->links || bytes > l->bytes_left) {
		l->cut = true;
		return false;
	}
	l->bytes_left -= bytes;
	known = vec_push(l->pool, &l->all, sizeof(*known));
	*known = *x;
	known->text = pool_str(l->pool, x->text);
	l->slots[at] = (uint32_t)l->all.n;
	grow(l);
	return true;
}

/* --- reading --- */

/* The links of a message have few hosts, and what is known of wrappers hangs on the host. */
static bool
may_wrap(struct links *l, struct str host)
{
	uint64_t key = hash_key(host, 0);
	struct str *plain = &l->plain[(key ^ key >> 32) % HOSTS];

	if (host.n && str_eq(*plain, host))
		return false;
	if (unwrap_may(l->known, host))
		return true;
	*plain = host;
	return false;
}

static void
peel(struct links *l, const struct url *outer, struct reading *r)
{
	struct url inner = *outer;
	struct str nested[NESTED_PER_URL];

	if (may_wrap(l, outer->host))
		r->wraps = (uint8_t)unwrap(l->pool, l->known, outer, &inner, &r->wrappers);
	r->url = inner.href;
	r->host = inner.host;
	r->tricks = outer->tricks | inner.tricks;
	if (str_eq(inner.scheme, STR("data")))
		r->url = str_upto(r->url, str_chr(r->url, ','));
	r->outer = r->wraps ? outer->href : r->url;
	r->n_nested = r->shown ? 0 : (uint8_t)nested_urls(l->pool, &inner, nested);
	if (r->n_nested == 0)
		return;
	r->nested = pool_alloc(l->pool, r->n_nested * sizeof(nested[0]));
	memcpy(r->nested, nested, r->n_nested * sizeof(nested[0]));
}

static struct reading *
read_anew(struct links *l, struct str raw, const struct url *base)
{
	struct reading *r = pool_alloc(l->pool, sizeof(*r));
	struct url outer;

	r->rc = leads_nowhere(str_trim(raw)) ? RC_NONE : url_parse(l->pool, raw, base, &outer);
	r->base = base ? base->href.p : NULL;
	if (r->rc == RC_OK && leads_nowhere(outer.href))
		r->rc = RC_NONE;
	if (r->rc == RC_OK) {
		r->shown = is_shown_data(&outer);
		peel(l, &outer, r);
	}
	return r;
}

static const struct reading *
read_url(struct links *l, struct str raw, const struct url *base)
{
	struct reading **m, *r;
	uint64_t key;

	if (raw.n > MEMO_BYTES) {
		r = read_anew(l, raw, base);
		r->key = hash_key(r->outer, 0);
		return r;
	}
	key = hash_key(raw, 0);
	m = &l->memo[(key ^ key >> 32) % MEMOS];
	r = *m;
	if (r && r->base == (base ? base->href.p : NULL) && str_eq(r->raw, raw))
		return r;
	r = *m = read_anew(l, raw, base);
	if (str_eq(r->outer, raw)) {
		r->raw = r->outer;
		r->key = key;
	} else {
		r->raw = pool_str(l->pool, raw);
		r->key = hash_key(r->outer, 0);
	}
	return r;
}

/* Where a redirector may lead on to; of what is found there nothing more is taken apart. */
static void
add_nested(struct links *l, const struct link_found *f, const struct reading *r)
{
	struct link_found one = *f;

	one.where = LINK_IN_NESTED;
	one.base = NULL;
	for (size_t i = 0; i < r->n_nested; i++) {
		one.url = r->nested[i];
		links_add(l, &one);
	}
}

bool
links_add(struct links *l, const struct link_found *f)
{
	const struct reading *r = read_url(l, f->url, f->base);
	struct link x = { .part = f->part, .where = f->where, .tricks = f->tricks | r->tricks, .loads = f->loads,
	    .form = f->form, .asks_secret = f->asks_secret, .unsubscribe = f->unsubscribe };

	l->cut |= r->rc == RC_LIMIT;
	if (r->rc != RC_OK || (r->shown && f->loads))
		return false;
	x.text = cut_text(str_trim(f->text), LINK_TEXT_BYTES);
	x.url = r->url;
	x.outer = r->outer;
	x.host = r->host;
	x.wrappers = r->wrappers;
	x.wraps = r->wraps;
	if (!put(l, &x, r->key))
		return false;
	if (f->where != LINK_IN_NESTED && r->n_nested)
		add_nested(l, f, r);
	return true;
}

void
links_lines(const struct vec *links, struct buf *out)
{
	const struct link *all = links->items;

	for (size_t i = 0; i < links->n; i++) {
		if (all[i].tricks & URL_DEFANGED)
			continue;
		buf_add(out, all[i].url);
		buf_addc(out, '\n');
		if (all[i].wraps == 0)
			continue;
		buf_add(out, all[i].outer);
		buf_addc(out, '\n');
	}
}
