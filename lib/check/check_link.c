/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What is to be seen of links without asking anybody. Each kind counts once for a message, however many
 * links show it: a newsletter has many links of one kind. */
#include "check/check.h"
#include "check/link_judge.h"
#include "click/ours.h"
#include "conf/files.h"
#include "link/brand.h"
#include "link/known_hosts.h"
#include "link/lookalike.h"
#include "link/shown.h"
#include "net/http.h"

enum { OBSCURED, ODD, USERINFO, MIXED, ADDRESS, DATA, LOOKALIKE, SLIP, TEXT, TEXT_BRAND, SHORTENED, HOSTED, REDIRECTS, FORM,
	BRAND_HOST, BRAND_NAME, BRAND_WORD, BRAND_MASKED, KINDS };
enum { SHOWN = 160 };		/* bytes of a URL in evidence */
enum { LAST = 16 };		/* hosts that are remembered */

/* Measured on 7,047 honest mails (232 of them newsletters and the like, next to none Japanese): LINK_BRAND_NAME 43 and
 * LINK_TEXT 23 (what newsletters write about, and hosts that count clicks: so they have no points), LINK_FREE_HOSTING 31,
 * LINK_SHORTENER 7, LINK_ADDRESS 7, LINK_OBSCURED 2, LINK_BRAND_HOST 2. LINK_SLIP met 2 that were another company's name:
 * names one letter apart exist, so it is for company only. No honest mail has over 6.0 points of these, two have over 3.0.
 * On 3,848 of honeypots: LINK_SHORTENER 585, LINK_FREE_HOSTING 440, LINK_ADDRESS 275, LINK_TEXT 92, LINK_OBSCURED 52,
 * LINK_USERINFO 38, LINK_OPEN_REDIRECT 8. Of 5,884 URLs that JPCERT/CC published, 1,776 have one or more of these. */
static const struct finding_def found[] = {
	[OBSCURED] = { "LINK_OBSCURED", CLASS_PHISHING, 60, false,
	    "The host of a link is written so that people or filters read another one, or none." },
	[ODD] = { "LINK_ODD", CLASS_INFO, 0, false, "A link is written in a way that browsers repair." },
	[USERINFO] = { "LINK_USERINFO", CLASS_PHISHING, 60, false,
	    "A link has a user name that looks like a host in front of its host." },
	[MIXED] = { "LINK_MIXED_SCRIPT", CLASS_PHISHING, 60, false,
	    "The host of a link mixes scripts that no language mixes." },
	[ADDRESS] = { "LINK_ADDRESS", CLASS_PHISHING, 20, false, "The host of a link is a public address." },
	[DATA] = { "LINK_DATA", CLASS_PHISHING, 40, false, "A link holds the document that it opens." },
	[LOOKALIKE] = { "LINK_LOOKALIKE", CLASS_PHISHING, 60, false,
	    "The host of a link looks like that of a protected or well-known domain." },
	[SLIP] = { "LINK_SLIP", CLASS_PHISHING, 20, false,
	    "The host of a link is one letter away from that of a protected or well-known domain." },
	[TEXT] = { "LINK_TEXT", CLASS_INFO, 0, false, "A link shows another host than the one it leads to." },
	[TEXT_BRAND] = { "LINK_TEXT_BRAND", CLASS_PHISHING, 50, false,
	    "A link shows the host of a protected or well-known domain and leads to another one." },
	[SHORTENED] = { "LINK_SHORTENER", CLASS_PHISHING, 5, false,
	    "A link is one of a service that shortens links: it leads to a place that cannot be seen." },
	[HOSTED] = { "LINK_FREE_HOSTING", CLASS_PHISHING, 10, false,
	    "The host of a link is one where anybody puts pages or files without being asked who they are." },
	[REDIRECTS] = { "LINK_OPEN_REDIRECT", CLASS_PHISHING, 20, false,
	    "A link goes through a website that leads on to wherever the link says." },
	[FORM] = { "LINK_FORM", CLASS_PHISHING, 50, false, "A form in the message asks for a secret and sends it away." },
	[BRAND_HOST] = { "LINK_BRAND_HOST", CLASS_PHISHING, 20, false,
	    "The host of a link has the name of a well-known brand in it and is not the brand's." },
	[BRAND_NAME] = { "LINK_BRAND_NAME", CLASS_INFO, 0, false,
	    "The words of a link name a well-known brand, and it does not lead to the brand." },
	[BRAND_WORD] = { "LINK_BRAND_WORD", CLASS_PHISHING, 10, false,
	    "The words of a link name a well-known brand in kana or kanji, and it does not lead to the brand." },
	[BRAND_MASKED] = { "LINK_BRAND_DISGUISED", CLASS_PHISHING, 50, false,
	    "The words or the host of a link write the name of a well-known brand with characters that look like it." },
	{ .name = NULL }
};

static const struct opt opts[] = {
	{ .name = "protected", .type = OPT_LIST, .offset = offsetof(struct check_link_conf, protected), .def = "",
	  .value_help = "domains",
	  .help = "Domains that others may imitate, besides those that the program knows: links whose host looks like one are reported." },
	OPT_END
};

static void
load(struct conf_files *files, void *values)
{
	((struct check_link_conf *)values)->brands = brands_new(conf_files_pool(files));
}

const struct opt_table check_link_options = {
	.prefix = "check.link.",
	.title = "Check link",
	.size = sizeof(struct check_link_conf),
	.opts = opts,
	.load = load,
};

/* A host, and what counts of the link besides. */
struct looked_at {
	struct str host;
	bool loads, bare;
};

struct looking {
	const struct scan *scan;
	const struct check_link_conf *conf;
	struct report *out;
	bool seen[KINDS];
	struct looked_at last[LAST];	/* a ring: most links of a mail lead to few hosts */
	size_t n;
};

static void
say(struct looking *k, int kind, const struct link *l, struct str what)
{
	if (k->seen[kind])
		return;
	k->seen[kind] = true;
	report_add(k->out, &found[kind], l->part, "%.*s%s%.*s", STR_ARG(what), what.n ? " " : "",
	    STR_ARG(str_upto(l->outer.n ? l->outer : l->url, SHOWN)));
}

static void
tricks(struct looking *k, const struct link *l)
{
	const uint32_t obscured = URL_BACKSLASH | URL_NUMERIC_HOST | URL_MAPPED_ADDRESS | URL_FULLWIDTH | URL_PERCENT_HOST |
	    URL_ZERO_WIDTH | URL_BIDI;
	const uint32_t odd = URL_CONTROL | URL_SLASHES | URL_BAD_UTF8 | URL_DOUBLE_SCHEME;

	if (l->tricks & obscured)
		say(k, OBSCURED, l, url_tricks_text(k->scan->pool, l->tricks & obscured));
	if (l->tricks & odd)
		say(k, ODD, l, url_tricks_text(k->scan->pool, l->tricks & odd));
	if (l->tricks & URL_MIXED_SCRIPT)
		say(k, MIXED, l, l->host);
	/* A picture inside the mail is no document that is opened. */
	if (l->tricks & URL_DATA_URL && !l->loads)
		say(k, DATA, l, STR_NONE);
}

/* Only what comes before the host of the outermost or the innermost URL. */
static void
userinfo(struct looking *k, const struct link *l)
{
	const struct str urls[] = { l->outer, l->url };

	for (size_t i = 0; l->tricks & URL_USERINFO && i < 2; i++) {
		struct url u;

		if (url_parse(k->scan->pool, urls[i], NULL, &u) == RC_OK && url_user_looks_host(&u))
			say(k, USERINFO, l, u.userinfo);
	}
}

static bool
is_address(struct str host, struct ip *ip)
{
	if (host.n && host.p[0] == '[')
		host = str_sub(host, 1, host.n - 2);
	return ip_parse(host, ip);
}

/* The name of another in a host. */
static void
brand_host(struct looking *k, const struct link *l)
{
	struct str name;
	enum brand_how how = l->loads || l->unsubscribe ? BRAND_NONE :
	    brand_in_host(k->conf->brands, k->scan->pool, l->host, &name);

	if (how != BRAND_NONE)
		say(k, how == BRAND_DISGUISED ? BRAND_MASKED : BRAND_HOST, l, name);
}

/* The name of another in the words of a link. */
static void
brand_words(struct looking *k, const struct link *l)
{
	struct str name;
	enum brand_how how = l->loads ? BRAND_NONE : brand_in_text(k->conf->brands, k->scan->pool, l->text, &name);

	if (how != BRAND_NONE && !brand_owns(name, l->host))
		say(k, how == BRAND_DISGUISED ? BRAND_MASKED : how == BRAND_NAMED ? BRAND_WORD : BRAND_NAME, l, name);
}

/* Addresses of private networks are what people write about devices; so are those without a scheme. */
static void
host(struct looking *k, const struct link *l)
{
	const struct opt_list *own = &k->conf->protected;
	struct str of;
	struct ip ip;

	if (is_address(l->host, &ip)) {
		if (http_is_public(&ip) && !(l->tricks & URL_NO_SCHEME))
			say(k, ADDRESS, l, l->host);
		return;
	}
	switch (lookalike_find(k->scan->pool, l->host, own->item, own->n, &of)) {
	case LOOKALIKE_NONE:
		brand_host(k, l);
		break;
	case LOOKALIKE_SLIP:
		say(k, SLIP, l, of);
		break;
	case LOOKALIKE_LETTERS:
	case LOOKALIKE_INSIDE:
		say(k, LOOKALIKE, l, of);
		break;
	}
}

/* Hosts that say nothing of who stands behind them. Pictures lie anywhere, and are not followed. */
static void
known(struct looking *k, const struct link *l)
{
	unsigned bits = l->loads || l->unsubscribe ? 0 : known_hosts_find(k->scan->known, l->host);

	if (bits & KNOWN_SHORTENER)
		say(k, SHORTENED, l, l->host);
	if (bits & KNOWN_FREE)
		say(k, HOSTED, l, l->host);
}

static bool
is_new(struct looking *k, const struct link *l)
{
	const struct looked_at now = { l->host, l->loads || l->unsubscribe, l->tricks & URL_NO_SCHEME };

	for (size_t i = 0; i < k->n && i < LAST; i++)
		if (k->last[i].loads == now.loads && k->last[i].bare == now.bare && str_eq(k->last[i].host, now.host))
			return false;
	k->last[k->n++ % LAST] = now;
	return true;
}

static void
text(struct looking *k, const struct link *l)
{
	const struct opt_list *own = &k->conf->protected;
	struct str shown = shown_elsewhere(k->scan->pool, l);

	if (shown.n)
		say(k, lookalike_is_known(url_registered(shown), own->item, own->n) ? TEXT_BRAND : TEXT, l, shown);
	else if (l->where != LINK_IN_TEXT && l->host.n)
		brand_words(k, l);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	struct looking k = { .scan = scan, .conf = conf, .out = out };

	for (size_t i = 0; i < out->links.n; i++) {
		const struct link *l = report_link_at(out, i);

		/* What is behind our own click gate only the gate can read: it has these looked at once more. */
		if (l->tricks & URL_DEFANGED || ours_token(scan->ours, l->url).n)
			continue;
		tricks(&k, l);
		userinfo(&k, l);
		if (is_new(&k, l)) {
			host(&k, l);
			known(&k, l);
		}
		if (l->tricks & URL_OPEN_REDIRECT && !l->loads)
			say(&k, REDIRECTS, l, l->host);
		text(&k, l);
		if (l->form && l->asks_secret)
			say(&k, FORM, l, STR_NONE);
	}
	return RC_OK;
}

const struct check check_link = {
	.name = "link",
	.title = "links that hide where they lead",
	.source = "URL Standard; UTS 46; rows of lib/link/url_trick.list and brands.list",
	.phase = PHASE_MESSAGE,
	.place = PLACE_WORKER,
	.opts = &check_link_options,
	.found = found,
	.run = run,
};
