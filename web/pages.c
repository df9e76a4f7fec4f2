/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/idna.h"
#include "web/page.h"
#include "base/template.h"

const struct page *const pages[] = {
#define PAGE(name) &page_##name,
#include "web/pages.list"
#undef PAGE
	NULL
};

/* Words of the template that are the same on each page. */
static const struct {
	const char *name, *text;
} labels[] = {
	{ "label_leads", N_("This link leads to") },
	{ "label_shown", N_("Shown by browsers as") },
	{ "label_end", N_("From there it goes on to") },
	{ "label_address", N_("Complete address") },
	{ "label_verdict", N_("What is known") },
	{ "label_reference", N_("Reference") },
	{ "label_ask", N_("Questions? Ask") },
	{ "label_notice", N_("Please give the reference when you ask.") },
	{ "label_from", N_("From") },
	{ "label_to", N_("To") },
	{ "label_received", N_("Received") },
	{ "label_why", N_("Why it is held") },
	{ "label_until", N_("Kept until") },
	{ "label_release", N_("Release it") },
	{ "label_report", N_("It is no spam: release and report it") },
	{ "label_delete", N_("Delete it") },
};
enum { LABELS = sizeof(labels) / sizeof(labels[0]), VALUES = LABELS + 30 };

static void
add(struct template_value *values, size_t *n, const char *name, struct str value)
{
	values[(*n)++] = (struct template_value){ name, value };
}

static void
add_link(const struct page_facts *f, const struct lang *lang, struct pool *pool, struct template_value *v, size_t *n)
{
	struct str unicode = idna_unicode(pool, f->host);

	add(v, n, "host", f->host);
	add(v, n, "host_unicode", str_eq(unicode, f->host) ? STR_NONE : unicode);
	add(v, n, "url", f->url);
	add(v, n, "end", f->end);
	add(v, n, "verdict", lang_text(lang, f->verdict));
	add(v, n, "detail", f->detail);
}

static void
add_mail(const struct page_mail *m, const struct lang *lang, struct template_value *v, size_t *n)
{
	add(v, n, "mail", STR("yes"));
	add(v, n, "subject", m->subject.n ? m->subject : lang_text(lang, N_("(no subject)")));
	add(v, n, "from", m->from);
	add(v, n, "to", m->rcpt);
	add(v, n, "received", m->time);
	add(v, n, "kind", lang_text(lang, m->kind));
	add(v, n, "why", lang_text(lang, m->why));
	add(v, n, m->became ? "became" : "until", m->became ? lang_text(lang, m->became) : m->until);
	if (m->choose)
		add(v, n, "choose", STR("yes"));
}

void
page_put(const struct page *page, const struct page_facts *f, const struct lang *lang, struct pool *pool,
    struct str template, struct buf *out)
{
	struct template_value v[VALUES + 1];
	size_t n = 0;

	add(v, &n, "lang", str_of(lang->name));
	add(v, &n, "name", str_of(page->name));
	add(v, &n, page->name, STR("yes"));
	add(v, &n, "title", lang_text(lang, page->title));
	add(v, &n, "lead", lang_text(lang, page->lead));
	add(v, &n, "site", f->site);
	add(v, &n, "prefix", f->prefix);
	add(v, &n, "reference", f->reference);
	if (page->asks)
		add(v, &n, "contact", f->contact);
	if (page->shows_link && f->host.n)
		add_link(f, lang, pool, v, &n);
	if (page->button && f->action.n) {
		add(v, &n, "action", f->action);
		add(v, &n, "form", f->form);
		add(v, &n, "button", lang_text(lang, page->button));
	}
	if (f->mail)
		add_mail(f->mail, lang, v, &n);
	if (f->mail && f->mail->choose) {
		add(v, &n, "action", f->action);
		add(v, &n, "act", f->form);
	}
	if (page == &page_leave)
		add(v, &n, "open", f->url);
	for (size_t i = 0; i < LABELS; i++)
		add(v, &n, labels[i].name, lang_text(lang, labels[i].text));
	v[n].name = NULL;
	template_put(template, v, out);
}
