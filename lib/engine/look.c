/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* One content: its type and digest, ClamAV with everything it opens, YARA, and the digging
 * into what ClamAV left closed. Depth is kept in lists, never on the stack. */
#include "engine/look.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "engine/seen.h"
#include "engine/zip_dir.h"
#include "message/charset.h"
#include "message/defect.h"

enum { MACRO_BYTES = 8 * 1024 * 1024 };
enum { NAME_CUT = 255, MAILS_INSIDE = 16, RATIO_FROM = 1024 * 1024, ROOM_PER_FILE = 3 };

void
look_begin(struct look *l, struct engine *e, struct scan *scan, struct report *r)
{
	/* Less than the whole time: an answer with gaps is better than a killed worker. */
	int64_t ms = scan->lim->scan_ms - scan->lim->scan_ms / 5;

	*l = (struct look){ .e = e, .scan = scan, .r = r };
	buf_init(&l->macros, MACRO_BYTES);
	unpack_budget_init(&l->budget, scan->lim, clock_mono_ms() + ms);
	l->site = (struct dig_site){
		.pool = scan->pool, .lim = scan->lim, .budget = &l->budget, .defects = &r->defects,
		.unpack = e->conf->unpack, .mails = MAILS_INSIDE,
	};
	l->links = links_new(scan->pool, scan->lim, scan->known);
	l->seen = seen_new(scan->pool, (size_t)(scan->lim->layers + scan->lim->mime_parts));
}

struct report_part *
look_part(const struct look *l, size_t part)
{
	return (struct report_part *)l->r->parts.items + part;
}

static bool
late(struct look *l, size_t part)
{
	if (clock_left_ms(l->budget.deadline_ms) > 0)
		return false;
	report_unscanned(l->r, UNSCANNED_TIMEOUT, part, "limit.scan_ms");
	return true;
}

/* Names in archives are bytes of any charset. */
static struct str
readable(struct look *l, struct str name)
{
	struct buf text;
	struct str s;

	name = str_upto(name, (size_t)l->scan->lim->name_bytes);
	if (utf8_is_valid(name))
		return pool_str(l->scan->pool, name);
	buf_init(&text, (size_t)l->scan->lim->name_bytes * UTF8_MAX);
	charset_to_utf8(name, charset_guess(name), &text, &(uint64_t){ 0 });
	s = pool_str(l->scan->pool, buf_str(&text));
	buf_clear(&text);
	return s;
}

/* At most n bytes, never half a character. */
static struct str
cut_name(struct str s, size_t n)
{
	if (s.n <= n)
		return s;
	while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return str_upto(s, n);
}

size_t
look_layer(struct look *l, size_t parent, struct str name, size_t size)
{
	struct report_part p = { .parent = parent, .size = size, .layer = true };
	struct str above = look_part(l, parent)->id;

	if (l->layers >= (size_t)l->scan->lim->layers) {
		report_unscanned(l->r, UNSCANNED_LIMIT, l->leaf, "limit.layers");
		return LOOK_NONE;
	}
	l->layers++;
	p.name = readable(l, name);
	p.alternative = look_part(l, parent)->alternative;
	if (p.name.n)
		p.id = pool_printf(l->scan->pool, "%.*s/%.*s", STR_ARG(above), STR_ARG(cut_name(p.name, NAME_CUT)));
	else
		p.id = pool_printf(l->scan->pool, "%.*s/#%zu", STR_ARG(above), l->layers);
	return report_part(l->r, &p);
}

/* --- hits --- */

static bool
known_hit(const struct look *l, int engine, struct str name, size_t part)
{
	const struct engine_hit *h = l->scan->hits.items;

	for (size_t i = 0; i < l->scan->hits.n; i++)
		if ((int)h[i].engine == engine && str_eq(h[i].name, name) &&
		    (h[i].part == part || (engine == HIT_CLAMAV && l->what != CLAMAV_CONTENT)))
			return true;
	return false;
}

static struct engine_hit *
new_hit(struct look *l, int engine, struct str name, size_t part)
{
	struct engine_hit *h;

	if (l->scan->hits.n > (size_t)l->scan->lim->findings || known_hit(l, engine, name, part))
		return NULL;
	h = vec_push(l->scan->pool, &l->scan->hits, sizeof(*h));
	h->name = pool_str(l->scan->pool, name);
	h->part = part;
	return h;
}

struct yara_arg {
	struct look *l;
	size_t part;
};

static void
on_yara(void *arg, const struct yara_match *m)
{
	struct yara_arg *a = arg;
	struct engine_hit *h = new_hit(a->l, HIT_YARA, m->rule, a->part);

	if (!h)
		return;
	h->engine = HIT_YARA;
	h->class = m->class;
	h->score = m->score;
	h->detail = pool_printf(a->l->scan->pool, "%.*s%s%.*s%s", STR_ARG(str_upto(m->description, REPORT_EVIDENCE)),
	    m->strings.n ? " (" : "", STR_ARG(m->strings), m->strings.n ? ")" : "");
}

void
look_yara(struct look *l, enum yara_scope scope, struct str content, size_t part)
{
	struct yara_arg arg = { l, part };
	const struct report_part *p = look_part(l, part);
	struct yara_subject s = {
		.scope = scope, .content = content, .part_name = p->name, .part_type = p->type, .part_id = p->id,
	};

	if (!l->e->yara || !content.n || late(l, part))
		return;
	switch (yara_scan(l->e->yara, &s, on_yara, &arg)) {
	case RC_OK:
	case RC_NONE:
		break;
	case RC_TEMP:
		report_unscanned(l->r, UNSCANNED_TIMEOUT, part, "yara: limit.yara_ms");
		break;
	case RC_LIMIT:
		report_unscanned(l->r, UNSCANNED_LIMIT, part, "yara: too many matches");
		break;
	case RC_BAD:
		report_unscanned(l->r, UNSCANNED_ENGINE, part, "yara: failed");
		break;
	}
}

/* --- ClamAV --- */

static bool
worth_digging(const struct look *l, const struct dig_content *c)
{
	for (size_t i = 0; dig_kinds[i]; i++)
		if (dig_kinds[i]->wants(&l->site, c))
			return true;
	return false;
}

/* The content is gone when ClamAV is done with the level, so what is to be dug into is
 * copied. Whether ClamAV opens it itself shows later. */
static void
keep(struct look *l, struct look_node *node, const struct dig_content *c, unsigned depth)
{
	struct look_pending *p;

	if (!worth_digging(l, c))
		return;
	if (!unpack_budget_take(&l->budget, c->bytes.n)) {
		report_unscanned(l->r, UNSCANNED_LIMIT, node->part, "limit.unpack_bytes");
		return;
	}
	node->pending = l->pending.n;
	p = vec_push(l->scan->pool, &l->pending, sizeof(*p));
	p->copy = malloc(c->bytes.n);
	if (!p->copy)
		abort();
	memcpy(p->copy, c->bytes.p, c->bytes.n);
	p->content = *c;
	p->content.bytes.p = p->copy;
	p->part = node->part;
	p->depth = depth;
}

/* The node of a level that ClamAV opens. Some levels it never shows (an archive behind a
 * program): they stand for the one above them. */
static struct look_node *
enter(struct look *l, unsigned level)
{
	for (unsigned k = l->levels; k <= level; k++)
		l->node[k] = (struct look_node){ .part = l->node[k - 1].part, .pending = LOOK_NONE };
	l->node[level] = (struct look_node){ .part = l->node[level - 1].part, .pending = LOOK_NONE };
	l->levels = level + 1;
	return &l->node[level];
}

static bool
over_ratio(struct look *l, size_t part)
{
	if (l->out_bytes <= RATIO_FROM ||
	    (int64_t)(l->out_bytes / (l->in_bytes ? l->in_bytes : 1)) <= l->scan->lim->unpack_ratio)
		return false;
	report_unscanned(l->r, UNSCANNED_LIMIT, part, "limit.unpack_ratio");
	return true;
}

/* What is inside a layer: its type, its digest, YARA. False: known already. */
static bool
layer_content(struct look *l, struct look_node *node, const struct clamav_layer *c, const struct filetype *type)
{
	unsigned char digest[HASH_SHA256_BYTES];
	bool whole = l->what != CLAMAV_CONTENT;
	struct report_part *p;
	size_t part;

	hash_sha256(c->content, digest);
	if (seen_has(l->seen, l->r, digest, whole ? SIZE_MAX : l->leaf, c->name))
		return false;
	part = look_layer(l, node->part, c->name, c->content.n);
	if (part == LOOK_NONE)
		return false;
	node->part = part;
	p = look_part(l, part);
	p->type = str_of(type->media);
	memcpy(p->sha256, digest, sizeof(digest));
	p->hashed = true;
	seen_add(l->seen, l->r, part, l->leaf);
	look_yara(l, YARA_FILE, c->content, part);
	look_links(l, c->content, part);
	look_deep(l, c->content, part);
	return true;
}

static bool
on_layer(void *arg, const struct clamav_layer *c)
{
	struct look *l = arg;
	unsigned level = c->level < LOOK_LEVELS ? c->level : LOOK_LEVELS - 1;
	struct look_node *node;
	struct dig_content dig = { .bytes = c->content };

	if (level == 0 || l->what == CLAMAV_MESSAGE)
		return true;
	node = enter(l, level);
	if (c->normalized)
		return true;
	for (unsigned k = 0; k < level; k++)
		l->node[k].opened = true;
	l->found = true;
	l->out_bytes += c->content.n;
	l->budget.files--;
	if (!unpack_budget_take(&l->budget, c->content.n))
		report_unscanned(l->r, UNSCANNED_LIMIT, node->part, "limit.unpack_bytes");
	if (over_ratio(l, node->part) || late(l, node->part))
		return false;
	dig.type = filetype_read(c->content, &dig.encrypted);
	if (layer_content(l, node, c, dig.type))
		keep(l, node, &dig, l->depth + level);
	return true;
}

static void
on_left(void *arg, unsigned level)
{
	struct look *l = arg;
	struct look_node *node = &l->node[level < LOOK_LEVELS ? level : LOOK_LEVELS - 1];

	/* LOOK_NONE, or a level that was left without having been met: nothing waits there. */
	if (level == 0 || level >= l->levels || node->pending >= l->pending.n)
		return;
	((struct look_pending *)l->pending.items)[node->pending].content.opened = node->opened;
	node->pending = LOOK_NONE;	/* libclamav leaves layers that it never showed, too */
}

static size_t
part_of(const struct look *l, unsigned level)
{
	return l->node[level < l->levels ? level : l->levels - 1].part;
}

static void
on_hit(void *arg, unsigned level, struct str signature)
{
	struct look *l = arg;
	struct engine_hit *h = new_hit(l, HIT_CLAMAV, signature, part_of(l, level));

	l->found = true;
	if (!h)
		return;
	h->engine = HIT_CLAMAV;
	h->class = CLASS_MALWARE;
}

/* All modules of a project together: one starts by itself and calls what stands in another. */
static void
look_macros(struct look *l)
{
	if (l->macros.full)
		report_unscanned(l->r, UNSCANNED_LIMIT, l->macros_part, "yara: macros larger than %d bytes", MACRO_BYTES);
	look_yara(l, YARA_FILE, buf_str(&l->macros), l->macros_part);
	buf_reset(&l->macros);
}

static void
on_macros(void *arg, unsigned level, struct str source)
{
	struct look *l = arg;
	size_t part = part_of(l, level);

	if (l->what == CLAMAV_MESSAGE)
		return;
	l->found = true;
	if (l->macros.n && l->macros_part != part)
		look_macros(l);
	l->macros_part = part;
	buf_add(&l->macros, source);
	buf_addc(&l->macros, '\n');
}

/* An encrypted ZIP is left to dig_zip.c, which tries passwords and speaks of each member. */
static bool
left_to_digging(const struct look *l, struct str what)
{
	const struct look_pending *p = l->pending.items;

	if (!l->site.unpack || !str_eq(what, STR("Encrypted.Zip")))
		return false;
	if (l->node[0].pending != LOOK_NONE)
		return true;
	for (size_t i = 0; i < l->pending.n; i++)
		if (p[i].content.encrypted)
			return true;
	return false;
}

static void
on_unscanned(void *arg, unsigned level, enum unscanned_why why, struct str what)
{
	struct look *l = arg;
	size_t part = part_of(l, level);

	l->found = true;
	if (why == UNSCANNED_ENCRYPTED) {
		/* The parts have been asked by themselves. */
		if (l->what != CLAMAV_CONTENT || left_to_digging(l, what))
			return;
		look_part(l, part)->encrypted = true;
	}
	report_unscanned(l->r, why, part, "clamav: %.*s", STR_ARG(what));
}

static void
run_clamav(struct look *l, struct str content, size_t part, enum clamav_what what)
{
	const struct clamav_sink sink = { on_layer, on_left, on_macros, on_hit, on_unscanned, l };
	struct clamav_job job = {
		.what = what, .content = content, .ms = clock_left_ms(l->budget.deadline_ms),
		.bytes = l->budget.bytes, .files = l->budget.files,
	};

	/* libclamav takes quadratic time over the entries of a ZIP. Names of 50 bytes and fewer
	 * make room for more entries than there are; then the limit itself decides. */
	if (zip_central_room(content) > (size_t)l->scan->lim->unpack_files * ROOM_PER_FILE) {
		job.flat = true;
		report_unscanned(l->r, UNSCANNED_LIMIT, part, "clamav: limit.unpack_files");
	}
	l->node[0].part = part;
	l->node[0].opened = false;
	l->levels = 1;
	l->what = what;
	l->found = false;
	l->in_bytes = content.n;
	l->out_bytes = 0;
	/* The sink was told why, or the report: nothing here may count as clean the next time. */
	if (clamav_scan(l->e->clamav, &job, &sink) != RC_OK || job.flat)
		l->found = true;
	if (l->macros.n)
		look_macros(l);
	l->what = CLAMAV_CONTENT;
}

/* ClamAV on a part or on what was dug out of one, unless the answer is known. */
static void
clamav_content(struct look *l, struct str content, size_t part)
{
	const unsigned char *digest = look_part(l, part)->sha256;

	l->found = false;
	l->node[0].opened = false;
	if (!l->e->clamav || clean_has(l->e->clean, digest))
		return;
	run_clamav(l, content, part, CLAMAV_CONTENT);
	if (!l->found)
		clean_add(l->e->clean, look_part(l, part)->sha256);
}

/* --- digging --- */

static void
push(struct look *l, const struct look_hole *hole)
{
	*(struct look_hole *)vec_push(l->scan->pool, &l->holes, sizeof(*hole)) = *hole;
}

static void
start_digging(struct look *l, const struct dig_content *c, size_t part, unsigned depth)
{
	for (size_t i = 0; dig_kinds[i]; i++) {
		struct look_hole hole = { .kind = dig_kinds[i], .part = part, .depth = depth };

		if (!hole.kind->wants(&l->site, c))
			continue;
		hole.fragment = depth > 0 && c->opened && !look_part(l, part)->name.n;
		if (depth >= (unsigned)l->scan->lim->unpack_depth) {
			report_unscanned(l->r, UNSCANNED_LIMIT, part, "limit.unpack_depth");
			return;
		}
		hole.state = hole.kind->open(&l->site, c);
		if (hole.state)
			push(l, &hole);
	}
}

/* What ClamAV showed while it had this content: the copies belong to the stack from now on. */
static void
take_pending(struct look *l)
{
	struct look_pending *p = l->pending.items;

	for (size_t i = 0; i < l->pending.n; i++) {
		push(l, &(struct look_hole){ .copy = p[i].copy });
		start_digging(l, &p[i].content, p[i].part, p[i].depth);
	}
	l->pending.n = 0;
}

static void
describe(struct look *l, struct str content, size_t part, struct dig_content *c)
{
	struct report_part *p = look_part(l, part);

	*c = (struct dig_content){ .bytes = content };
	c->type = filetype_read(content, &c->encrypted);
	p->type = str_of(c->type->media);
	p->size = content.n;
	p->encrypted = c->encrypted;
	hash_sha256(content, p->sha256);
	p->hashed = true;
}

static bool
says_encrypted(const struct look *l, size_t part)
{
	for (size_t i = 0; i < l->r->unscanned.n; i++)
		if (report_unscanned_at(l->r, i)->why == UNSCANNED_ENCRYPTED &&
		    report_unscanned_at(l->r, i)->part == part)
			return true;
	return false;
}

static void
examine(struct look *l, struct str content, size_t part, unsigned depth)
{
	struct dig_content c;

	describe(l, content, part, &c);
	if (!content.n || late(l, part))
		return;
	seen_add(l->seen, l->r, part, l->leaf);
	l->depth = depth;
	l->node[0].pending = c.encrypted && dig_zip.wants(&l->site, &c) ? 0 : LOOK_NONE;
	clamav_content(l, content, part);
	c.opened = l->node[0].opened;
	look_yara(l, YARA_FILE, content, part);
	if (depth > 0 || !l->as_text)
		look_links(l, content, part);
	look_deep(l, content, part);
	if (c.encrypted && l->node[0].pending == LOOK_NONE && !says_encrypted(l, part))
		report_unscanned(l->r, UNSCANNED_ENCRYPTED, part, "%s", c.type->label);
	start_digging(l, &c, part, depth);
	take_pending(l);
}

/* Another way in has shown the same file already. */
static bool
met_before(struct look *l, const struct unpack_member *m)
{
	unsigned char digest[HASH_SHA256_BYTES];

	if (!m->content.n)
		return false;
	hash_sha256(m->content, digest);
	return seen_has(l->seen, l->r, digest, l->leaf, m->name);
}

static void
member(struct look *l, const struct look_hole *hole, const struct unpack_member *m)
{
	size_t part;

	/* What is cut or damaged is more than what was met. */
	if (!m->cut && !m->damaged && met_before(l, m))
		return;
	part = look_layer(l, hole->part, m->name, m->content.n);
	if (part == LOOK_NONE)
		return;
	if (m->encrypted) {
		look_part(l, part)->encrypted = true;
		report_unscanned(l->r, UNSCANNED_ENCRYPTED, part, "%s: needs a password", hole->kind->name);
	}
	if (m->cut)
		report_unscanned(l->r, UNSCANNED_LIMIT, part, "%s: cut", hole->kind->name);
	/* Clients repair damage, each in its own way; a retry would find the same damage. */
	if (m->damaged && !hole->fragment && !m->encrypted)
		report_unscanned(l->r, UNSCANNED_AMBIGUOUS, part, "%s: damaged", hole->kind->name);
	if (m->content.n)
		examine(l, m->content, part, hole->depth + 1);
}

static void
finish(struct look *l, const struct look_hole *hole, enum rc rc)
{
	const char *name = hole->kind->name;

	switch (rc) {
	case RC_OK:
	case RC_NONE:
		break;
	case RC_LIMIT:
		report_unscanned(l->r, UNSCANNED_LIMIT, hole->part, "%s: limit.unpack", name);
		break;
	case RC_TEMP:
		report_unscanned(l->r, UNSCANNED_TIMEOUT, hole->part, "%s: limit.scan_ms", name);
		break;
	case RC_BAD:
		report_unscanned(l->r, UNSCANNED_AMBIGUOUS, hole->part, "%s: damaged or of an unknown kind", name);
		break;
	}
	hole->kind->close(hole->state);
	l->holes.n--;
}

/* The last hole is dug first, and to its end: content of a member lives until the next. */
static void
dig(struct look *l)
{
	while (l->holes.n > 0) {
		struct look_hole hole = ((struct look_hole *)l->holes.items)[l->holes.n - 1];
		struct unpack_member m = { .encrypted = false };
		enum rc rc;

		if (!hole.kind) {
			free(hole.copy);
			l->holes.n--;
			continue;
		}
		rc = hole.kind->next(hole.state, &m);
		if (rc == RC_OK)
			member(l, &hole, &m);
		else
			finish(l, &hole, rc);
	}
}

void
look_at(struct look *l, struct str content, size_t part)
{
	examine(l, content, part, 0);
	dig(l);
}

void
look_at_message(struct look *l, enum clamav_what what)
{
	if (late(l, 0))
		return;
	l->leaf = 0;
	l->depth = 0;
	l->node[0].pending = LOOK_NONE;
	run_clamav(l, l->scan->msg->raw, 0, what);
	take_pending(l);
	dig(l);
}

void
look_end(struct look *l)
{
	while (l->holes.n > 0) {
		struct look_hole *hole = (struct look_hole *)l->holes.items + --l->holes.n;

		if (hole->kind)
			hole->kind->close(hole->state);
		free(hole->copy);
	}
	buf_clear(&l->macros);
}
