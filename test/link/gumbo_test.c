/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/link/find_html.c */
/* Gumbo, which builds the tree that HTML 5 asks for, as the oracle over the newsletters and the phishing
 * of the corpus: every href, src and action in its tree must be a place of ours, with the same value. */
#include <gumbo.h>

#include "conf/limits_opts.h"
#include "link/find_html.h"
#include "message/charset.h"
#include "message/mail.h"
#include "test.h"

enum { MESSAGE_MAX = 8 << 20, DEPTH = 100000, SHOWN = 10 };

static struct limits lim;
static size_t documents, values, missing;

/* Gumbo turns CR LF into LF, as the preprocessing of HTML 5 does; URLs lose both. */
static struct str
squeeze(struct pool *pool, struct str in)
{
	char *out = pool_alloc(pool, in.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] != '\r' && in.p[i] != '\n')
			out[n++] = in.p[i];
	return (struct str){ out, n };
}

static bool
has(struct pool *pool, const struct html_places *p, const char *value)
{
	const struct html_place *all = p->all.items;
	struct str want = str_of(value);

	for (size_t i = 0; i < p->all.n; i++)
		if (str_eq(all[i].url, want))
			return true;
	want = squeeze(pool, want);
	for (size_t i = 0; i < p->all.n; i++)
		if (str_eq(squeeze(pool, all[i].url), want))
			return true;
	return false;
}

static void
element(const GumboElement *e, const struct html_places *p, const char *path, struct pool *pool)
{
	static const char *const names[] = { "href", "src", "action", "background", "xlink:href", "poster", "formaction" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const GumboAttribute *a = gumbo_get_attribute(&e->attributes, names[i]);

		if (!a || str_trim(str_of(a->value)).n == 0)
			continue;
		values++;
		if (!has(pool, p, a->value) && missing++ < SHOWN)
			printf("# %s: %s=%.200s\n", path, names[i], a->value);
	}
}

/* The tree with a list of nodes: documents can be deep. */
static void
walk(GumboNode *root, const struct html_places *p, const char *path, struct pool *pool)
{
	struct vec open = { .n = 0 };

	*(GumboNode **)vec_push(pool, &open, sizeof(root)) = root;
	while (open.n > 0 && open.n < DEPTH) {
		GumboNode *n = ((GumboNode **)open.items)[--open.n];
		const GumboVector *children = NULL;

		if (n->type == GUMBO_NODE_ELEMENT || n->type == GUMBO_NODE_TEMPLATE) {
			element(&n->v.element, p, path, pool);
			children = &n->v.element.children;
		} else if (n->type == GUMBO_NODE_DOCUMENT) {
			children = &n->v.document.children;
		}
		for (unsigned i = 0; children && i < children->length; i++)
			*(GumboNode **)vec_push(pool, &open, sizeof(root)) = children->data[i];
	}
}

static void
document(struct str html, const char *path, struct pool *pool)
{
	GumboOutput *out = gumbo_parse_with_options(&kGumboDefaultOptions, html.p, html.n);
	struct html_places places;

	documents++;
	find_html_places(pool, &lim, html, NULL, &places);
	if (!places.cut)
		walk(out->document, &places, path, pool);
	gumbo_destroy_output(&kGumboDefaultOptions, out);
}

static void
part(struct message *msg, struct mime_part *p, const char *path, struct pool *pool)
{
	struct buf raw, utf8;
	struct str in;

	buf_init(&raw, MESSAGE_MAX);
	buf_init(&utf8, MESSAGE_MAX);
	/* Gumbo takes NUL for U+FFFD, and so does a browser; we pass it on. */
	if (mime_decode(msg, &lim, p, 0, &raw, &in) == RC_OK && str_chr(in, '\0') == STR_NPOS) {
		charset_to_utf8(in, p->charset, &utf8, &(uint64_t){ 0 });
		document(buf_str(&utf8), path, pool);
	}
	buf_clear(&raw);
	buf_clear(&utf8);
}

static void
message(const char *path)
{
	struct pool *pool = pool_new(0);
	struct buf raw;

	buf_init(&raw, MESSAGE_MAX);
	if (str_ends_nocase(str_of(path), STR(".eml")) && mail_read(path, &raw) && !raw.full) {
		struct message *msg = mime_parse(pool, &lim, buf_str(&raw));

		for (size_t i = 0; i < msg->n_parts; i++)
			if (msg->parts[i].kind == MIME_LEAF && str_eq(msg->parts[i].type, STR("text/html")))
				part(msg, &msg->parts[i], path, pool);
	}
	buf_clear(&raw);
	pool_free(&pool);
}

static void
set(const char *pack, size_t least)
{
	struct corpus c;

	if (!corpus_open(&c, pack)) {
		test_skip(pack, "SEKIMORI_CORPUS does not have it");
		return;
	}
	documents = values = missing = 0;
	corpus_each(&c, message);
	corpus_close(&c);
	test_ok(documents >= least, "the documents are there");
	test_int((int64_t)missing, 0, pack);
	printf("# %zu documents, %zu values\n", documents, values);
}

int
main(void)
{
	limits_default(&lim);
	set("mail-spamassassin.tar.zst", 500);
	set("mail-phishing_pot.tar.zst", 2000);
	return test_done();
}
