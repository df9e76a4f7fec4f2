/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A message: every part in every view, its texts, its header, and as a whole where that is
 * needed. What happens to one content is in look.c. */
#include <string.h>

#include "base/ascii.h"
#include "engine/look.h"
#include "message/addr.h"
#include "message/authres.h"
#include "message/charset.h"
#include "message/defect.h"
#include "message/html.h"

enum { VIEWS_COMPARED = 16, BUFFER_KEEP = 4 * 1024 * 1024, WORDS_MAX = 200, WORD_MIN = 3, WORD_MAX = 64,
	WORDS_TEXT = 32 * 1024 };

/* The report's parts begin with those of the message, under the same indices. */
static void
list_parts(const struct message *msg, struct report *r)
{
	for (size_t i = 0; i < msg->n_parts; i++) {
		const struct mime_part *p = &msg->parts[i];
		struct report_part out = {
			.id = p->id, .parent = p->parent == MIME_NO_PART ? REPORT_NO_PART : p->parent,
			.declared = p->type, .name = p->n_names ? p->names[0] : STR_NONE,
			.size = p->end - p->body, .alternative = p->alternative,
		};

		report_part(r, &out);
	}
}

/* A limit that the reader reached is something that was not looked at. */
static void
note_limits(const struct message *msg, struct report *r)
{
	static const struct {
		uint64_t bit;
		const char *limit;
	} limits[] = {
		{ DEFECT_BIT(LIMIT_DEPTH), "limit.mime_depth" },
		{ DEFECT_BIT(LIMIT_PARTS), "limit.mime_parts" },
		{ DEFECT_BIT(LIMIT_HEADER), "limit.header_bytes" },
		{ DEFECT_BIT(LIMIT_PARAMS), "limit.params" },
		{ DEFECT_BIT(LIMIT_ADDRESSES), "limit.addresses" },
		{ DEFECT_BIT(LIMIT_DECODED), "limit.decoded_bytes" },
		{ DEFECT_BIT(LIMIT_HTML), "limit.html_tags" },
	};
	uint64_t all = msg->defects | r->defects;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (all & limits[i].bit)
			report_unscanned(r, UNSCANNED_LIMIT, REPORT_NO_PART, "%s", limits[i].limit);
	if (all & DEFECT_BIT(BINHEX))
		report_unscanned(r, UNSCANNED_AMBIGUOUS, REPORT_NO_PART, "mime: BinHex");
	if (all & DEFECT_BIT(TNEF_BAD))
		report_unscanned(r, UNSCANNED_AMBIGUOUS, REPORT_NO_PART, "mime: winmail.dat is damaged");
}

/* --- texts --- */

static bool
is_html(const struct mime_part *p, const struct report_part *rp)
{
	return str_eq(p->type, STR("text/html")) || str_eq(p->type, STR("text/x-amp-html")) ||
	    str_eq(rp->type, STR("text/html")) || str_eq(rp->type, STR("application/xhtml+xml"));
}

static bool
is_text(const struct mime_part *p)
{
	return str_starts(p->type, STR("text/"));
}

static void
add_text(struct look *l, size_t i, struct str text, struct str html)
{
	struct scan_text *t = vec_push(l->scan->pool, &l->scan->texts, sizeof(*t));
	size_t max = (size_t)l->scan->lim->text_bytes;

	t->part = i;
	t->text = pool_str(l->scan->pool, str_upto(text, max));
	t->html = pool_str(l->scan->pool, str_upto(html, max * 4));
}

/* Content under one charset to YARA and to the checks. */
static void
read_text_as(struct look *l, size_t i, struct str content, struct str charset)
{
	struct message *msg = l->scan->msg;
	struct engine *e = l->e;
	struct str utf8 = content;
	bool html = is_html(&msg->parts[i], look_part(l, i));

	buf_reset(&e->utf8);
	buf_reset(&e->visible);
	if (!charset_is_utf8(content) || charset.n) {
		uint64_t defects = 0;

		charset_to_utf8(content, charset, &e->utf8, &defects);
		utf8 = buf_str(&e->utf8);
		msg->defects |= defects;
		/* Sloppy programs follow a link whose bytes are none of the charset. */
		if (defects & DEFECT_BIT(CHARSET_BAD))
			look_text_links(l, content, i, html);
	}
	look_text_links(l, utf8, i, html);
	if (html) {
		html_text(l->scan->lim, utf8, &e->visible, &msg->defects);
		add_text(l, i, buf_str(&e->visible), utf8);
		if (e->yara && yara_wants(e->yara, YARA_HTML))
			look_yara(l, YARA_HTML, utf8, i);
		utf8 = buf_str(&e->visible);
	} else {
		add_text(l, i, utf8, STR_NONE);
	}
	if (e->yara && yara_wants(e->yara, YARA_TEXT))
		look_yara(l, YARA_TEXT, utf8, i);
}

/* A text part in UTF-8. Japanese clients follow the escapes of ISO-2022-JP whatever the label
 * says, so text that has them under another label is read a second time. */
static void
read_text(struct look *l, size_t i, struct str content)
{
	struct str label = l->scan->msg->parts[i].charset;
	struct str jp = STR("iso-2022-jp");

	read_text_as(l, i, content, label);
	if (!str_starts_nocase(label, jp) && str_eq_nocase(charset_guess(content), jp))
		read_text_as(l, i, content, jp);
}

/* --- passwords --- */

static bool
has_word(const struct look *l, struct str w)
{
	for (size_t i = 0; i < l->site.n_words; i++)
		if (str_eq(l->site.words[i], w))
			return true;
	return false;
}

static void
add_word(struct look *l, struct str *words, struct str w)
{
	if (l->site.n_words >= WORDS_MAX || w.n < WORD_MIN || w.n > WORD_MAX || has_word(l, w))
		return;
	words[l->site.n_words++] = pool_str(l->scan->pool, w);
}

/* Without quotes and full stops around it. */
static struct str
bare(struct str w)
{
	while (w.n && !ascii_is_alnum((unsigned char)w.p[0]))
		w = str_from(w, 1);
	while (w.n && !ascii_is_alnum((unsigned char)w.p[w.n - 1]))
		w.n--;
	return w;
}

/* A password is a run of ASCII; those with digits come first, as real ones mostly have. */
static void
collect_words(struct look *l, struct str *words, struct str text, bool digits)
{
	for (size_t i = 0; i < text.n && l->site.n_words < WORDS_MAX;) {
		size_t from = i;
		bool digit = false;
		struct str w;

		while (i < text.n && ascii_is_print((unsigned char)text.p[i]) && text.p[i] != ' ')
			digit |= ascii_is_digit((unsigned char)text.p[i++]);
		w = str_sub(text, from, i - from);
		i += i == from;
		if (digit != digits)
			continue;
		add_word(l, words, w);
		add_word(l, words, bare(w));
	}
}

static bool
has_files(const struct message *msg)
{
	for (size_t i = 0; i < msg->n_parts; i++)
		if (msg->parts[i].kind == MIME_LEAF && !is_text(&msg->parts[i]))
			return true;
	return false;
}

/* Only when there is something that a password may open. */
static void
prepare_words(struct look *l)
{
	const struct scan_text *t = l->scan->texts.items;
	struct str *words = pool_alloc(l->scan->pool, WORDS_MAX * sizeof(*words));

	l->site.words = words;
	l->site.n_words = 0;
	for (int digits = 1; digits >= 0; digits--) {
		collect_words(l, words, l->r->subject, digits);
		for (size_t i = 0; i < l->scan->texts.n; i++)
			collect_words(l, words, str_upto(t[i].text, WORDS_TEXT), digits);
	}
}

/* --- parts --- */

static void
note_elsewhere(struct look *l, size_t i)
{
	struct str type = l->scan->msg->parts[i].type;

	if (str_eq(type, STR("message/partial")))
		report_unscanned(l->r, UNSCANNED_PARTIAL, i, "a fragment of a message");
	else if (str_eq(type, STR("message/external-body")))
		report_unscanned(l->r, UNSCANNED_PARTIAL, i, "the content is fetched from elsewhere");
	else if (str_eq(type, STR("multipart/encrypted")))
		report_unscanned(l->r, UNSCANNED_ENCRYPTED, i, "multipart/encrypted");
}

static void
note_mismatch(struct look *l, size_t i)
{
	const struct mime_part *p = &l->scan->msg->parts[i];
	const struct filetype *real = filetype_by_media(look_part(l, i)->type), *claimed = NULL;

	if (p->n_names)
		claimed = filetype_by_name(p->names[0]);
	if (!claimed)
		claimed = filetype_by_media(p->type);
	if (real && claimed && real->group != FILETYPE_UNKNOWN && !filetype_agrees(real, claimed))
		l->scan->msg->defects |= DEFECT_BIT(TYPE_MISMATCH);
}

/* Another way to decode the same leaf, unless it gives what a view before gave. */
static size_t
part_for_view(struct look *l, size_t i, size_t v, struct str content,
    unsigned char digests[][HASH_SHA256_BYTES], size_t n)
{
	const struct mime_view *view = &l->scan->msg->parts[i].views[v];
	size_t part;

	for (size_t k = 0; k < n; k++)
		if (memcmp(digests[k], digests[n], HASH_SHA256_BYTES) == 0)
			return LOOK_NONE;
	part = look_layer(l, i, view->name.n ? view->name :
	    pool_printf(l->scan->pool, "#view%zu", v + 1), content.n);
	if (part != LOOK_NONE)
		look_part(l, part)->alternative |= !view->name.n;
	return part;
}

static void
inspect_leaf(struct look *l, size_t i)
{
	struct message *msg = l->scan->msg;
	struct mime_part *p = &msg->parts[i];
	unsigned char digests[VIEWS_COMPARED + 1][HASH_SHA256_BYTES];
	size_t n = 0;

	l->leaf = i;
	for (size_t v = 0; v < p->n_views; v++) {
		struct str content = STR_NONE;
		size_t part = i;

		buf_reset(&l->e->decoded);
		if (mime_decode(msg, l->scan->lim, p, v, &l->e->decoded, &content) != RC_OK)
			report_unscanned(l->r, UNSCANNED_LIMIT, i, "limit.decoded_bytes");
		hash_sha256(content, digests[n]);
		if (v > 0)
			part = part_for_view(l, i, v, content, digests, n);
		n += n < VIEWS_COMPARED;
		if (part == LOOK_NONE)
			continue;
		l->as_text = is_text(p) && !p->views[v].length;
		look_at(l, content, part);
		if (part == i)
			note_mismatch(l, i);
		if ((is_text(p) || is_html(p, look_part(l, part))) && !p->views[v].length)
			read_text(l, i, content);
	}
}

/* Texts first: the password of an archive may stand in them. */
static void
inspect_parts(struct look *l)
{
	const struct message *msg = l->scan->msg;

	for (int text = 1; text >= 0; text--) {
		for (size_t i = 0; i < msg->n_parts; i++) {
			const struct mime_part *p = &msg->parts[i];

			if (p->kind == MIME_LEAF && is_text(p) == text)
				inspect_leaf(l, i);
		}
		if (text && has_files(msg))
			prepare_words(l);
	}
	for (size_t i = 0; i < msg->n_parts; i++)
		note_elsewhere(l, i);
}

/* --- the message as a whole --- */

static struct str
domain_of(struct look *l, const char *field)
{
	const struct mime_field *f = mime_find(&l->scan->msg->parts[0], str_of(field));
	struct addr_list list;

	if (!f)
		return STR_NONE;
	list = addr_parse(l->scan->pool, l->scan->lim, f->value, &l->scan->msg->defects);
	for (size_t i = 0; i < list.n; i++)
		if (list.item[i].domain.n)
			return pool_lower(l->scan->pool, list.item[i].domain);
	return STR_NONE;
}

/* "pass" of "id; dmarc=pass (p=none) header.from=..." */
static struct str
dmarc_result(struct pool *pool, struct str field)
{
	struct authres a;

	authres_parse(pool, field, &a);
	for (size_t i = 0; i < a.n; i++)
		if (str_eq_nocase(a.results[i].method, STR("dmarc")))
			return pool_lower(pool, a.results[i].result);
	return STR_NONE;
}

static void
tell_yara(struct look *l)
{
	const struct session *s = l->scan->session;
	struct yara_mail m = {
		.from = l->r->from, .from_domain = l->r->from_domain, .subject = l->r->subject,
		.reply_to_domain = domain_of(l, "Reply-To"),
	};

	if (!l->e->yara)
		return;
	if (s) {
		m.envelope_from = s->mail_from;
		m.client_addr = s->client_addr;
		m.auth_dmarc = dmarc_result(l->scan->pool, s->authres);
	}
	yara_mail(l->e->yara, &m);
}

/* Links go into the report, and to the rules that read them. */
static void
inspect_links(struct look *l)
{
	struct engine *e = l->e;
	struct buf lines;

	l->r->links = *links_all(l->links);
	if (links_cut(l->links))
		report_unscanned(l->r, UNSCANNED_LIMIT, REPORT_NO_PART, "limit.links");
	if (!e->yara || !yara_wants(e->yara, YARA_LINKS) || l->r->links.n == 0)
		return;
	buf_init(&lines, (size_t)l->scan->lim->report_bytes);
	links_lines(&l->r->links, &lines);
	look_yara(l, YARA_LINKS, buf_str(&lines), 0);
	buf_clear(&lines);
}

static void
inspect_whole(struct look *l)
{
	struct message *msg = l->scan->msg;
	struct engine *e = l->e;

	l->leaf = 0;
	if (e->yara && yara_wants(e->yara, YARA_HEADERS))
		look_yara(l, YARA_HEADERS, str_upto(msg->raw, msg->parts[0].body), 0);
	if (e->yara && yara_wants(e->yara, YARA_MESSAGE))
		look_yara(l, YARA_MESSAGE, msg->raw, 0);
	if (!e->clamav || !msg->raw.n)
		return;
	/* libclamav reads broken MIME in its own way: one more reading of what is ambiguous. */
	if (msg->defects & defect_ambiguous)
		look_at_message(l, CLAMAV_MESSAGE_FULL);
	else if (clamav_wants_message(e->clamav))
		look_at_message(l, CLAMAV_MESSAGE);
}

/* Memory of a large message goes back, that of the usual ones is reused. */
static void
trim(struct buf *b)
{
	if (b->cap > BUFFER_KEEP)
		buf_clear(b);
}

void
engine_inspect(struct engine *e, struct scan *scan, struct report *r)
{
	struct look l;

	list_parts(scan->msg, r);
	look_begin(&l, e, scan, r);
	if (!e->proven && (e->clamav || e->yara))
		report_unscanned(r, UNSCANNED_ENGINE, REPORT_NO_PART, "the canary has not passed");
	tell_yara(&l);
	inspect_parts(&l);
	look_header_links(&l);
	inspect_links(&l);
	inspect_whole(&l);
	look_end(&l);
	note_limits(scan->msg, r);
	r->defects |= scan->msg->defects;
	trim(&e->decoded);
	trim(&e->utf8);
	trim(&e->visible);
}
