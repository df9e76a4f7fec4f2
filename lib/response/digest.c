/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "response/digest.h"

#include <time.h>

#include "base/jtext.h"
#include "base/template.h"
#include "base/utf8.h"
#include "scan/class.h"

#define PAPER "#ffffff"
#define LINE "#dfe2e8"
#define SOFT "#5b6474"
#define LINK "#2f5d8a"

struct writer {
	const struct digest *d;
	struct pool *pool;
	struct buf *text, *html;
};

/* ---- words ---- */

const char *
digest_kind(enum quarantine_kind kind)
{
	switch (kind) {
	case QUARANTINE_POLICY: return N_("Suspicious mail");
	case QUARANTINE_VIRUS: return N_("Malware");
	case QUARANTINE_SPAM: return N_("Spam and bulk mail");
	case QUARANTINE_CONTENT: return N_("Content that is not allowed");
	case QUARANTINE_HOLD: return N_("Held back for a while");
	case QUARANTINE_KINDS: break;
	}
	return "";
}

const char *
digest_why(struct str verdict)
{
	enum class class;

	if (!class_parse(verdict, &class))
		return N_("It could not be looked at as a whole.");
	switch (class) {
	case CLASS_MALWARE: return N_("It carries something that does harm.");
	case CLASS_PHISHING: return N_("It tries to get at passwords or money.");
	case CLASS_BEC: return N_("It seems to be written by somebody who pretends to be somebody else.");
	case CLASS_CAMPAIGN: return N_("Many mails like it are being sent just now.");
	case CLASS_CONTENT: return N_("It carries something that your organization does not allow.");
	case CLASS_BLOCKED: return N_("Your organization does not want mail of this sender.");
	case CLASS_AUTH: return N_("Its sender could not prove to be who it says.");
	case CLASS_REPUTATION: return N_("It comes from where unwanted mail was sent before.");
	case CLASS_SPAM: return N_("It looks like spam.");
	case CLASS_BULK: return N_("It looks like a newsletter or an advertisement.");
	case CLASS_RECIPIENT:
	case CLASS_FLOW:
	case CLASS_INFO:
	case CLASS_N: break;
	}
	return N_("A rule of your organization holds it.");
}

struct str
digest_clean(struct pool *pool, struct str in)
{
	char space[UTF8_MAX];
	struct buf out;
	struct str clean;

	buf_init(&out, DIGEST_FIELD + 8);
	for (size_t at = 0; at < in.n && out.n + UTF8_MAX <= DIGEST_FIELD;) {
		uint32_t cp = utf8_next(in, &at);

		buf_add(&out, (struct str){ space, utf8_put(space, jtext_is_control(cp) ? UTF8_REPLACEMENT : cp) });
		if (at < in.n && out.n + UTF8_MAX > DIGEST_FIELD)
			buf_adds(&out, "\xe2\x80\xa6");
	}
	clean = pool_str(pool, buf_str(&out));
	buf_clear(&out);
	return clean;
}

struct str
digest_time(struct pool *pool, int64_t time_ms)
{
	time_t t = (time_t)(time_ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	return pool_printf(pool, "%04d-%02d-%02d %02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min);
}

static struct str
say(const struct writer *w, const char *text)
{
	return lang_text(w->d->lang, text);
}

/* ---- both forms ---- */

static void
put_para(const struct writer *w, struct str s)
{
	buf_add(w->text, s);
	buf_adds(w->text, "\n\n");
	buf_adds(w->html, "<p style=\"margin:0 0 16px\">");
	template_escape(s, w->html);
	buf_adds(w->html, "</p>\n");
}

static void
put_field(const struct writer *w, const char *label, struct str value)
{
	struct str name = say(w, label);

	buf_printf(w->text, "  %.*s: %.*s\n", STR_ARG(name), STR_ARG(value));
	buf_adds(w->html, "<div style=\"color:" SOFT "\">");
	template_escape(name, w->html);
	buf_adds(w->html, ": <bdi>");
	template_escape(value, w->html);
	buf_adds(w->html, "</bdi></div>\n");
}

static enum rc
put_link(const struct writer *w, const struct digest_item *i)
{
	struct act act = { .id = i->id, .number = (uint16_t)i->number, .expiry_s = i->expires_ms / 1000,
	    .person = w->d->person };
	struct str label = say(w, i->can_release ? N_("Show, release or delete") : N_("Show"));
	struct buf token;
	enum rc rc;

	buf_init(&token, ACT_CHARS + 8);
	rc = act_make(w->d->keys, &act, &token);
	if (rc == RC_OK) {
		buf_printf(w->text, "  %.*s:\n  %.*s/q/%s\n\n", STR_ARG(label), STR_ARG(w->d->url), buf_cstr(&token));
		buf_adds(w->html, "<div style=\"margin-top:10px\"><a href=\"");
		template_escape(w->d->url, w->html);
		buf_printf(w->html, "/q/%s\" style=\"display:inline-block;padding:8px 16px;border:1px solid " LINK
		    ";border-radius:6px;color:" LINK ";font-weight:600;text-decoration:none\">", buf_cstr(&token));
		template_escape(label, w->html);
		buf_adds(w->html, "</a></div>\n");
	}
	buf_clear(&token);
	return rc;
}

static enum rc
put_item(const struct writer *w, const struct digest_item *i)
{
	struct str subject = digest_clean(w->pool, i->subject), from = digest_clean(w->pool, i->from);
	enum rc rc;

	if (subject.n == 0)
		subject = say(w, N_("(no subject)"));
	buf_printf(w->text, "* %.*s\n", STR_ARG(subject));
	buf_adds(w->html, "<div style=\"border-top:1px solid " LINE ";padding:14px 0\">\n"
	    "<div style=\"font-weight:600;font-size:17px\"><bdi>");
	template_escape(subject, w->html);
	buf_adds(w->html, "</bdi></div>\n");
	put_field(w, N_("From"), from);
	if (!str_eq_nocase(i->rcpt, w->d->person))
		put_field(w, N_("To"), digest_clean(w->pool, i->rcpt));
	put_field(w, N_("Received"), digest_time(w->pool, i->time_ms));
	put_field(w, N_("Why it is held"), say(w, digest_why(i->verdict)));
	put_field(w, N_("Kept until"), digest_time(w->pool, i->expires_ms));
	rc = put_link(w, i);
	buf_adds(w->html, "</div>\n");
	return rc;
}

static enum rc
put_kind(const struct writer *w, enum quarantine_kind kind)
{
	const struct digest *d = w->d;
	struct str name = say(w, digest_kind(kind));
	enum rc rc = RC_OK;
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += d->item[i].kind == kind;
	if (n == 0)
		return RC_OK;
	buf_printf(w->text, "== %.*s (%zu)\n\n", STR_ARG(name), n);
	buf_adds(w->html, "<h2 style=\"margin:24px 0 10px;font-size:18px\">");
	template_escape(name, w->html);
	buf_printf(w->html, " (%zu)</h2>\n", n);
	for (size_t i = 0; i < d->n && rc == RC_OK; i++)
		if (d->item[i].kind == kind)
			rc = put_item(w, &d->item[i]);
	return rc;
}

static void
put_begin(const struct writer *w, struct str title)
{
	buf_printf(w->html, "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>", w->d->lang->name);
	template_escape(title, w->html);
	buf_adds(w->html, "</title></head>\n<body style=\"margin:0;padding:20px 14px;background:#f4f5f7;color:#1f2430;"
	    "font:16px/1.6 system-ui,sans-serif;overflow-wrap:anywhere\">\n"
	    "<div style=\"max-width:620px;margin:0 auto;background:" PAPER ";border:1px solid " LINE
	    ";border-radius:10px;padding:22px 24px\">\n<h1 style=\"margin:0 0 12px;font-size:22px;line-height:1.3\">");
	template_escape(title, w->html);
	buf_adds(w->html, "</h1>\n");
}

enum rc
digest_put(const struct digest *d, struct buf *subject, struct buf *text, struct buf *html)
{
	struct writer w = { .d = d, .pool = pool_new(0), .text = text, .html = html };
	struct str title;
	enum rc rc = RC_OK;

	title = pool_printf(w.pool, "%.*s (%zu)", STR_ARG(say(&w, N_("Mail that was held for you"))), d->n + d->more);
	buf_add(subject, title);
	if (d->site.n)
		buf_printf(subject, " - %.*s", STR_ARG(d->site));
	put_begin(&w, title);
	put_para(&w, say(&w, N_("This mail was held since the last notice, and did not reach you. If nothing of it is of "
	    "use to you there is nothing to do: it is deleted when its time is over.")));
	put_para(&w, say(&w, N_("Each link leads to a page that shows the mail and asks what to do. Do not forward this "
	    "notice: who has the links can act for you.")));
	for (int kind = 0; kind < QUARANTINE_KINDS && rc == RC_OK; kind++)
		rc = put_kind(&w, (enum quarantine_kind)kind);
	if (d->more)
		put_para(&w, pool_printf(w.pool, "%.*s: %zu", STR_ARG(say(&w, N_("Older mail that is not listed"))),
		    d->more));
	buf_adds(html, "</div></body></html>\n");
	pool_free(&w.pool);
	return rc != RC_OK ? rc : text->full || html->full || subject->full ? RC_LIMIT : RC_OK;
}
