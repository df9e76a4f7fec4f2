/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/link/rewrite_mail.c over real mail. All its links are led to a gate and back: people see the
 * same words all the time, nothing else changes, and the links that come back are those that went. */
#include "link/rewrite_kit.h"
#include "test.h"

static struct limits lim;

static struct {
	size_t mails, links, changed, cannot, shown, structure, identity, back, lines;
} seen;

static struct rewrite_row *
rows(struct pool *pool, const struct kit_urls *u, bool there)
{
	struct rewrite_row *r = pool_alloc(pool, (u->all.n + 1) * sizeof(*r));
	const struct str *url = u->all.items;

	for (size_t i = 0; i < u->all.n; i++) {
		struct str gate = pool_printf(pool, KIT_GATE "%zu", i);

		r[i] = (struct rewrite_row){ there ? url[i] : gate, REWRITE_TO, there ? gate : url[i] };
	}
	return r;
}

static struct rewrite_row *
same_rows(struct pool *pool, const struct kit_urls *u)
{
	struct rewrite_row *r = rows(pool, u, true);

	for (size_t i = 0; i < u->all.n; i++)
		r[i].action = REWRITE_LEAVE;
	return r;
}

/* Parts, their headers, and what is shown of HTML: as before. */
static void
compare(struct pool *pool, struct str before, struct str after)
{
	struct message *a = mime_parse(pool, &lim, before), *b = mime_parse(pool, &lim, after);

	if (a->n_parts != b->n_parts) {
		seen.structure++;
		return;
	}
	for (size_t i = 0; i < a->n_parts; i++) {
		struct buf x, y;
		struct str ta, tb;

		seen.structure += !str_eq(a->parts[i].type, b->parts[i].type);
		if (!kit_is_read(&a->parts[i])) {
			seen.structure += a->parts[i].kind == MIME_LEAF && !a->parts[i].alternative &&
			    !str_eq(mime_raw(a, &a->parts[i]), mime_raw(b, &b->parts[i]));
			continue;
		}
		if (!str_eq(a->parts[i].type, STR("text/html")))
			continue;
		buf_init(&x, (size_t)lim.text_bytes);
		buf_init(&y, (size_t)lim.text_bytes);
		ta = kit_utf8(pool, &lim, a, i);
		tb = kit_utf8(pool, &lim, b, i);
		html_text(&lim, ta, &x, &(uint64_t){ 0 });
		html_text(&lim, tb, &y, &(uint64_t){ 0 });
		if (!str_eq(buf_str(&x), buf_str(&y)) && seen.shown++ < 3) {
			size_t k = 0;

			while (k < x.n && k < y.n && x.p[k] == y.p[k])
				k++;
			test_show("was", str_sub(buf_str(&x), k > 30 ? k - 30 : 0, 120));
			test_show("is ", str_sub(buf_str(&y), k > 30 ? k - 30 : 0, 120));
		}
		buf_clear(&x);
		buf_clear(&y);
	}
}

/* Each link that was led to the gate leads to where it did before. */
static void
compare_back(struct pool *pool, struct str before, struct str after)
{
	struct kit_urls a, b;
	size_t bad = 0;

	kit_urls(pool, &lim, mime_parse(pool, &lim, before), &a);
	kit_urls(pool, &lim, mime_parse(pool, &lim, after), &b);
	/* A bare URL in HTML has an anchor around it by now, which is found first. */
	for (size_t i = 0; i < b.all.n; i++) {
		bool found = false;

		for (size_t k = 0; k < a.all.n && !found; k++)
			found = str_eq(((struct str *)a.all.items)[k], ((struct str *)b.all.items)[i]);
		bad += !found;
	}
	if ((bad || a.all.n > b.all.n) && seen.back++ < 5)
		printf("# %zu links, %zu came back, %zu of them others\n", a.all.n, b.all.n, bad);
}

static void
look_at(const char *path)
{
	struct pool *pool = pool_new(0);
	struct str mail, there, back;
	struct kit_urls u;
	struct buf raw;
	enum rc rc;

	buf_init(&raw, 64 << 20);
	mail_read(path, &raw);
	mail = buf_str(&raw);
	kit_urls(pool, &lim, mime_parse(pool, &lim, mail), &u);
	seen.mails++;
	seen.links += u.all.n;
	there = kit_rewrite(pool, &lim, mail, same_rows(pool, &u), u.all.n, &rc);
	seen.identity += rc != RC_OK || !str_eq(there, mail);
	there = kit_rewrite(pool, &lim, mail, rows(pool, &u, true), u.all.n, &rc);
	seen.cannot += rc != RC_OK;
	if (rc == RC_OK && !str_eq(there, mail)) {
		seen.changed++;
		compare(pool, mail, there);
		back = kit_rewrite(pool, &lim, there, rows(pool, &u, false), u.all.n, &rc);
		compare(pool, mail, back);
		compare_back(pool, mail, back);
	}
	buf_clear(&raw);
	pool_free(&pool);
}

static void
look(const char *path)
{
	if (strstr(path, ".eml"))
		look_at(path);
}

static void
set(const char *pack, size_t changed_min, size_t cannot_percent)
{
	struct corpus c;

	if (!corpus_open(&c, pack)) {
		test_skip(pack, "SEKIMORI_CORPUS does not have it");
		return;
	}
	memset(&seen, 0, sizeof(seen));
	corpus_each(&c, look);
	corpus_close(&c);
	printf("# %s: %zu mails, %zu links, %zu changed, %zu cannot be\n", pack, seen.mails, seen.links, seen.changed,
	    seen.cannot);
	test_ok(seen.changed >= changed_min, pack);
	test_ok(seen.cannot * 100 <= seen.mails * cannot_percent, "few cannot be changed");
	test_int((int64_t)seen.identity, 0, "nothing to do changes no byte");
	test_int((int64_t)seen.structure, 0, "the parts are as before");
	test_int((int64_t)seen.shown, 0, "people see the same words");
	test_int((int64_t)seen.back, 0, "there and back again leads where it led");
}

int
main(void)
{
	limits_default(&lim);
	set("mail-phishing_pot.tar.zst", 2500, 10);
	set("mail-list_usrp.tar.zst", 1100, 5);
	set("mail-spamassassin.tar.zst", 1500, 10);
	set("mail-csdmc2010.tar.zst", 400, 10);
	set("mail-list_openbmc.tar.zst", 500, 5);
	set("mail-list_ia64_scam.tar.zst", 10, 10);
	set("mail-enron_raw.tar.zst", 10, 5);
	set("mail-bounces.tar.zst", 10, 30);
	return test_done();
}
