/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/link/rewrite_mail.c over the class rewrite of the evasion set: all that could be rewritten is. */
#include "link/rewrite_kit.h"
#include "test.h"

static struct limits lim;
static const char *only;
static bool seen, changed, same_words;

static void
look(const char *path)
{
	struct pool *pool;
	struct rewrite_row *row;
	struct kit_urls u;
	struct str mail, out;
	struct message *a, *b;
	struct buf raw, was, is;
	enum rc rc;

	if (!strstr(path, only))
		return;
	pool = pool_new(0);
	buf_init(&raw, 1 << 20);
	buf_init(&was, 1 << 20);
	buf_init(&is, 1 << 20);
	mail_read(path, &raw);
	mail = buf_str(&raw);
	a = mime_parse(pool, &lim, mail);
	kit_urls(pool, &lim, a, &u);
	row = pool_alloc(pool, (u.all.n + 1) * sizeof(*row));
	for (size_t i = 0; i < u.all.n; i++)
		row[i] = (struct rewrite_row){ ((struct str *)u.all.items)[i], REWRITE_TO, STR(KIT_GATE) };
	out = kit_rewrite(pool, &lim, mail, row, u.all.n, &rc);
	b = mime_parse(pool, &lim, out);
	if (a->parts[0].kind == MIME_LEAF) {
		html_text(&lim, kit_utf8(pool, &lim, a, 0), &was, &(uint64_t){ 0 });
		html_text(&lim, kit_utf8(pool, &lim, b, 0), &is, &(uint64_t){ 0 });
	}
	seen = rc == RC_OK && (u.all.n > 0 || !strcmp(only, "T205"));
	changed = !str_eq(mail, out);
	same_words = str_eq(buf_str(&was), buf_str(&is)) && str_eq(a->parts[0].charset, b->parts[0].charset);
	buf_clear(&raw);
	buf_clear(&was);
	buf_clear(&is);
	pool_free(&pool);
}

int
main(void)
{
	static const struct { const char *id, *what; bool changes; } cases[] = {
		{ "T195", "signed by S/MIME", false }, { "T197", "signed by PGP, within the text", false },
		{ "T199", "signed by DKIM", true }, { "T203", "List-Unsubscribe", true },
		{ "T205", "only what is no web link", false }, { "T207", "ISO-2022-JP", true },
	};
	struct corpus c;

	limits_default(&lim);
	if (!corpus_open(&c, "evasion.tar.xz")) {
		test_skip("evasion set", "SEKIMORI_CORPUS does not have it");
		return test_done();
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		only = cases[i].id;
		seen = false;
		corpus_each(&c, look);
		test_ok(seen && changed == cases[i].changes, cases[i].what);
		test_ok(same_words, "words and charset stay");
	}
	corpus_close(&c);
	return test_done();
}
