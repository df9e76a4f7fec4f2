/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The report: the one thing that leaves the room where hostile bytes are read.
 *
 *   u64 defects, u32 us, u8 cut, strings: from from_domain (u8 author_domains) reply_to subject message_id date
 *   u32 n, n parts      strings id type declared name, u32 parent, u64 size, u8 flags, [32 sha256]
 *   u32 n, n findings   string name, u32 class, u32 score, u32 part, string evidence
 *   u32 n, n unscanned  u32 why, u32 part, string what
 *   u32 n, n links      strings url outer host text wrappers, u32 where, u32 part, u32 tricks, u8 wraps, u8 flags
 *                       (outer is empty when it is url)
 *   u32 n, n runs       string check, u32 us, u32 findings
 *   u32 n, n hops       u8 flags, strings addr name helo by
 *   auth                wire_auth.c
 *
 * Parts come first, so that every index that follows can be tested against their number.
 */
#include "worker/wire.h"

#include <string.h>

#include "base/ascii.h"
#include "base/ip.h"
#include "check/check.h"
#include "message/defect.h"
#include "worker/wire_auth.h"
#include "worker/wire_io.h"

enum {
	PART_LEAST = 4 * 4 + 4 + 8 + 1,
	FINDING_LEAST = 5 * 4,
	UNSCANNED_LEAST = 3 * 4,
	LINK_LEAST = 5 * 4 + 3 * 4 + 2,
	RUN_LEAST = 3 * 4,
	HOP_LEAST = 1 + 4 * 4,
	RUNS_MAX = 10000		/* checks that ran, over all phases */
};
enum { NO_PART = 0xffffffff };
enum { HOP_FROM = 1, HOP_LOCAL = 2, HOP_TLS = 4, HOP_TOLD = 8, HOP_LOGIN = 16, HOP_FLAGS = 31 };
enum { HASHED = 1, LAYER = 2, ALTERNATIVE = 4, ENCRYPTED = 8, FLAGS = 15 };
enum { URL_ALL_TRICKS = (1u << URL_TRICK_N) - 1 };
enum { LOADS = 1, FORM = 2, ASKS_SECRET = 4, UNSUBSCRIBE = 8, LINK_FLAGS = 15 };

static const uint64_t all_defects = DEFECT_N < 64 ? (UINT64_C(1) << (DEFECT_N % 64)) - 1 : UINT64_MAX;

static void
put_part_index(struct buf *b, size_t part)
{
	wire_io_u32(b, part == REPORT_NO_PART ? NO_PART : part);
}

static void
put_part(struct buf *b, const struct report_part *p)
{
	wire_io_str(b, p->id);
	wire_io_str(b, p->type);
	wire_io_str(b, p->declared);
	wire_io_str(b, p->name);
	put_part_index(b, p->parent);
	wire_io_u64(b, p->size);
	wire_io_u8(b, (p->hashed ? HASHED : 0u) | (p->layer ? LAYER : 0u) |
	    (p->alternative ? ALTERNATIVE : 0u) | (p->encrypted ? ENCRYPTED : 0u));
	if (p->hashed)
		buf_add(b, (struct str){ (const char *)p->sha256, HASH_SHA256_BYTES });
}

static void
put_finding(struct buf *b, const struct finding *f)
{
	wire_io_str(b, str_of(f->def->name));
	wire_io_u32(b, f->class);
	wire_io_u32(b, (uint32_t)f->score);
	put_part_index(b, f->part);
	wire_io_str(b, f->evidence);
}

static void
put_link(struct buf *b, const struct link *l)
{
	wire_io_str(b, l->url);
	wire_io_str(b, l->wraps ? l->outer : STR_NONE);
	wire_io_str(b, l->host);
	wire_io_str(b, l->text);
	wire_io_str(b, l->wrappers);
	wire_io_u32(b, l->where);
	put_part_index(b, l->part);
	wire_io_u32(b, l->tricks);
	wire_io_u8(b, l->wraps);
	wire_io_u8(b, (l->loads ? LOADS : 0u) | (l->form ? FORM : 0u) | (l->asks_secret ? ASKS_SECRET : 0u) |
	    (l->unsubscribe ? UNSUBSCRIBE : 0u));
}

static void
put_hops(struct buf *b, const struct report *r)
{
	const struct report_hop *hops = r->hops.items;

	wire_io_u32(b, r->hops.n);
	for (size_t i = 0; i < r->hops.n; i++) {
		wire_io_u8(b, (hops[i].from ? HOP_FROM : 0u) | (hops[i].local ? HOP_LOCAL : 0u) |
		    (hops[i].tls ? HOP_TLS : 0u) | (hops[i].told ? HOP_TOLD : 0u) | (hops[i].login ? HOP_LOGIN : 0u));
		wire_io_str(b, hops[i].addr);
		wire_io_str(b, hops[i].name);
		wire_io_str(b, hops[i].helo);
		wire_io_str(b, hops[i].by);
	}
}

static void
put_head(struct buf *b, const struct report *r)
{
	wire_io_u64(b, r->defects);
	wire_io_u32(b, r->us);
	wire_io_u8(b, r->cut);
	wire_io_str(b, r->from);
	wire_io_str(b, r->from_domain);
	wire_io_u8(b, (uint8_t)r->author_domains);
	wire_io_str(b, r->reply_to);
	wire_io_str(b, r->subject);
	wire_io_str(b, r->message_id);
	wire_io_str(b, r->date);
}

void
wire_put_report(struct buf *b, const struct report *r)
{
	put_head(b, r);
	wire_io_u32(b, r->parts.n);
	for (size_t i = 0; i < r->parts.n; i++)
		put_part(b, report_part_at(r, i));
	wire_io_u32(b, r->findings.n);
	for (size_t i = 0; i < r->findings.n; i++)
		put_finding(b, report_finding(r, i));
	wire_io_u32(b, r->unscanned.n);
	for (size_t i = 0; i < r->unscanned.n; i++) {
		const struct unscanned *u = report_unscanned_at(r, i);

		wire_io_u32(b, u->why);
		put_part_index(b, u->part);
		wire_io_str(b, u->what);
	}
	wire_io_u32(b, r->links.n);
	for (size_t i = 0; i < r->links.n; i++)
		put_link(b, report_link_at(r, i));
	wire_io_u32(b, r->runs.n);
	for (size_t i = 0; i < r->runs.n; i++) {
		const struct report_run *run = report_run_at(r, i);

		wire_io_str(b, str_of(run->check));
		wire_io_u32(b, run->us);
		wire_io_u32(b, run->findings);
	}
	put_hops(b, r);
	wire_auth_put(b, &r->auth);
}

/* Index of a part below `end`, or none. */
static size_t
get_part_index(struct rd *r, size_t end)
{
	uint32_t v = rd_u32(r);

	if (v == NO_PART)
		return REPORT_NO_PART;
	r->err |= v >= end;
	return v;
}

/* A parent comes before its children: no loop can be built out of parts. */
static void
get_part(struct rd *r, struct report_part *p, size_t index)
{
	struct str hash;
	unsigned flags;

	p->id = wire_io_get_str(r);
	p->type = wire_io_get_str(r);
	p->declared = wire_io_get_str(r);
	p->name = wire_io_get_str(r);
	p->parent = get_part_index(r, index);
	p->size = rd_u64(r);
	flags = rd_u8(r);
	r->err |= flags > FLAGS;
	p->hashed = flags & HASHED;
	p->layer = flags & LAYER;
	p->alternative = flags & ALTERNATIVE;
	p->encrypted = flags & ENCRYPTED;
	hash = rd_bytes(r, p->hashed ? HASH_SHA256_BYTES : 0);
	if (hash.n)
		memcpy(p->sha256, hash.p, hash.n);
}

/* Class and score are the row's own, unless the row says that they vary. The score of a row
 * may have been replaced by the operator, so its value is only bounded here. */
static void
get_finding(struct rd *r, struct finding *f, size_t n_parts)
{
	f->def = finding_find(wire_io_get_str(r));
	f->class = (enum class)wire_io_get_below(r, CLASS_N);
	f->score = (int32_t)rd_u32(r);
	f->part = get_part_index(r, n_parts);
	f->evidence = wire_io_get_str(r);
	r->err |= !f->def || f->evidence.n > REPORT_EVIDENCE ||
	    f->score > WIRE_SCORE || f->score < -WIRE_SCORE ||
	    (f->def && !f->def->varies && f->class != f->def->class);
}

static void
get_unscanned(struct rd *r, struct unscanned *u, size_t n_parts)
{
	u->why = (enum unscanned_why)wire_io_get_below(r, UNSCANNED_N);
	u->part = get_part_index(r, n_parts);
	u->what = wire_io_get_str(r);
	r->err |= u->what.n > REPORT_EVIDENCE;
}

/* A host is looked up, so it must be one that can be: printable, and no longer than a name is. */
static bool
is_host(struct str host)
{
	for (size_t i = 0; i < host.n; i++)
		if (!ascii_is_print((unsigned char)host.p[i]) || host.p[i] == ' ')
			return false;
	return host.n <= LINK_HOST_BYTES;
}

static void
get_link(struct rd *r, struct link *l, size_t n_parts)
{
	unsigned flags;

	l->url = wire_io_get_str(r);
	l->outer = wire_io_get_str(r);
	l->host = wire_io_get_str(r);
	l->text = wire_io_get_str(r);
	l->wrappers = wire_io_get_str(r);
	l->where = (enum link_where)wire_io_get_below(r, LINK_IN_N);
	l->part = get_part_index(r, n_parts);
	l->tricks = rd_u32(r);
	l->wraps = rd_u8(r);
	flags = rd_u8(r);
	l->loads = flags & LOADS;
	l->form = flags & FORM;
	l->asks_secret = flags & ASKS_SECRET;
	l->unsubscribe = flags & UNSUBSCRIBE;
	r->err |= flags > LINK_FLAGS || l->text.n > LINK_TEXT_BYTES || !is_host(l->host) || l->wraps > LINK_WRAPS ||
	    (l->tricks & ~(uint32_t)URL_ALL_TRICKS) || (l->wraps == 0 && (l->outer.n || l->wrappers.n));
	if (l->wraps == 0)
		l->outer = l->url;
}

static void
get_run(struct rd *r, struct report_run *run)
{
	const struct check *c = check_find(wire_io_get_str(r));

	r->err |= !c;
	run->check = c ? c->name : "";
	run->us = rd_u32(r);
	run->findings = rd_u32(r);
}

/* A list of at most `max` elements, made at its full length at once. */
static void *
get_list(struct rd *r, struct pool *pool, struct vec *v, size_t size, size_t max, size_t least)
{
	size_t n = wire_io_count(r, max, least);

	*v = (struct vec){ pool_alloc(pool, n * size), n, n };
	return v->items;
}

static void
get_head(struct rd *r, struct report *out)
{
	out->defects = rd_u64(r);
	r->err |= (out->defects & ~all_defects) != 0;
	out->us = rd_u32(r);
	out->cut = wire_io_get_bool(r);
	out->from = wire_io_get_str(r);
	out->from_domain = wire_io_get_str(r);
	out->author_domains = rd_u8(r);
	r->err |= out->author_domains > 2;
	out->reply_to = wire_io_get_str(r);
	out->subject = wire_io_get_str(r);
	out->message_id = wire_io_get_str(r);
	out->date = wire_io_get_str(r);
}

static struct str
get_hop_text(struct rd *r)
{
	struct str text = wire_io_get_str(r);

	r->err |= text.n > REPORT_HOP_TEXT;
	return text;
}

/* What is called an address must be one, or nothing. */
static void
get_hops(struct rd *r, struct pool *pool, struct report *out)
{
	struct report_hop *hops = get_list(r, pool, &out->hops, sizeof(*hops), REPORT_HOPS, HOP_LEAST);
	struct ip ip;

	for (size_t i = 0; i < out->hops.n && !r->err; i++) {
		unsigned flags = rd_u8(r);

		r->err |= flags > HOP_FLAGS;
		hops[i].from = flags & HOP_FROM;
		hops[i].local = flags & HOP_LOCAL;
		hops[i].tls = flags & HOP_TLS;
		hops[i].told = flags & HOP_TOLD;
		hops[i].login = flags & HOP_LOGIN;
		hops[i].addr = get_hop_text(r);
		r->err |= hops[i].addr.n && !ip_parse(hops[i].addr, &ip);
		hops[i].name = get_hop_text(r);
		hops[i].helo = get_hop_text(r);
		hops[i].by = get_hop_text(r);
	}
}

static void
get_parts(struct rd *r, struct pool *pool, const struct limits *lim, struct report *out)
{
	struct report_part *p = get_list(r, pool, &out->parts, sizeof(*p),
	    (size_t)(lim->layers + lim->mime_parts), PART_LEAST);

	for (size_t i = 0; i < out->parts.n && !r->err; i++)
		get_part(r, p + i, i);
}

static void
get_results(struct rd *r, struct pool *pool, const struct limits *lim, struct report *out)
{
	/* As in report_unscanned. */
	struct finding *f = get_list(r, pool, &out->findings, sizeof(*f), (size_t)lim->findings, FINDING_LEAST);
	struct unscanned *u;

	for (size_t i = 0; i < out->findings.n && !r->err; i++)
		get_finding(r, f + i, out->parts.n);
	u = get_list(r, pool, &out->unscanned, sizeof(*u), (size_t)lim->findings + 2 + REPORT_KINDS,
	    UNSCANNED_LEAST);
	for (size_t i = 0; i < out->unscanned.n && !r->err; i++)
		get_unscanned(r, u + i, out->parts.n);
}

enum rc
wire_get_report(struct pool *pool, const struct limits *lim, struct str in, struct report *out)
{
	struct rd r;
	struct link *l;
	struct report_run *run;

	report_init(out, pool, lim);
	if (in.n > (size_t)lim->report_bytes)
		return RC_BAD;
	r = wire_io_reader(pool, in);
	get_head(&r, out);
	get_parts(&r, pool, lim, out);
	get_results(&r, pool, lim, out);
	l = get_list(&r, pool, &out->links, sizeof(*l), (size_t)lim->links, LINK_LEAST);
	for (size_t i = 0; i < out->links.n && !r.err; i++)
		get_link(&r, l + i, out->parts.n);
	run = get_list(&r, pool, &out->runs, sizeof(*run), RUNS_MAX, RUN_LEAST);
	for (size_t i = 0; i < out->runs.n && !r.err; i++)
		get_run(&r, run + i);
	get_hops(&r, pool, out);
	wire_auth_get(&r, pool, &out->auth);
	if (wire_io_end(&r) == RC_OK)
		return RC_OK;
	report_init(out, pool, lim);	/* nothing of a bad answer is kept */
	return RC_BAD;
}
