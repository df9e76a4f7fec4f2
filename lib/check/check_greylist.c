/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A client nobody knows is asked to come again in some minutes, once: mail servers do, most
 * programs that send spam do not, and the others are on lists by then. */
#include "base/clock.h"
#include "check/check.h"
#include "check/greylist.h"
#include "check/services.h"
#include "conf/value.h"

enum { WAIT };

struct greylist_conf {
	bool enable, by_spf;
	struct greylist_rules rules;
	int64_t prefix4, prefix6;
	struct greylist_allowed {
		const struct ip_net *nets;
		size_t n_nets;
		struct opt_list domains;
	} allow;
	struct opt_list recipients;
};

static const struct finding_def found[] = {
	[WAIT] = { "GREYLISTED", CLASS_FLOW, 100, false,
	    "A client without reputation writes for the first time, or comes again too soon: it is asked to come later.",
	    .reply = { "50", "7.1", "Greylisted: please try again in some minutes" }, .alone = true },
	{ .name = NULL }
};

static bool
is_domain(struct str s)
{
	size_t dot = str_chr(s, '.');

	return dot != STR_NPOS && dot + 1 < s.n && str_chr(s, '@') == STR_NPOS && str_chr(s, '/') == STR_NPOS;
}

/* Networks and domains in one list. */
static enum rc
parse_allow(struct pool *pool, struct str value, void *field, struct buf *why)
{
	struct opt_list words = value_list(pool, value);
	struct ip_net *nets = pool_alloc(pool, (words.n + 1) * sizeof(*nets));
	struct str *domains = pool_alloc(pool, (words.n + 1) * sizeof(*domains));
	struct greylist_allowed *out = field;

	*out = (struct greylist_allowed){ .nets = nets, .domains = { domains, 0 } };
	for (size_t i = 0; i < words.n; i++) {
		if (ip_net_parse(words.item[i], &nets[out->n_nets])) {
			out->n_nets++;
		} else if (is_domain(words.item[i])) {
			domains[out->domains.n++] = words.item[i];
		} else {
			buf_printf(why, "'%.*s' is no address, network or domain", STR_ARG(str_upto(words.item[i], 80)));
			return RC_BAD;
		}
	}
	return RC_OK;
}

#define FIELD(f) offsetof(struct greylist_conf, f)
#define DAY (24 * 3600 * 1000LL)

static const struct opt opts[] = {
	{ .name = "enable", .type = OPT_BOOL, .offset = FIELD(enable), .def = "no",
	  .help = "Ask clients without reputation to come again when they write for the first time. It delays honest mail, too." },
	{ .name = "delay_ms", .type = OPT_MSEC, .offset = FIELD(rules.delay_ms), .def = "5m", .min = 1000, .max = DAY / 2,
	  .help = "How long the client has to wait." },
	{ .name = "window_ms", .type = OPT_MSEC, .offset = FIELD(rules.window_ms), .def = "2d",
	  .min = 60000, .max = 30 * DAY, .help = "How long after the first try it may come; later is a first try again." },
	{ .name = "keep_ms", .type = OPT_MSEC, .offset = FIELD(rules.keep_ms), .def = "35d",
	  .min = 3600000, .max = 366 * DAY, .help = "How long who came again is remembered after the last mail." },
	{ .name = "allow_after", .type = OPT_INT, .offset = FIELD(rules.allow_after), .def = "3", .min = 0, .max = 1000000,
	  .help = "After so many senders passed, all mail of that network with that sender domain does; 0: never." },
	{ .name = "ipv4_prefix", .type = OPT_INT, .offset = FIELD(prefix4), .def = "24", .min = 8, .max = 32,
	  .help = "Clients with this many bits of their IPv4 address in common are the same." },
	{ .name = "ipv6_prefix", .type = OPT_INT, .offset = FIELD(prefix6), .def = "64", .min = 16, .max = 128,
	  .help = "Clients with this many bits of their IPv6 address in common are the same." },
	{ .name = "by_spf", .type = OPT_BOOL, .offset = FIELD(by_spf), .def = "yes",
	  .help = "Clients that the SPF record of the sender's domain allows are the same, whatever their network: a large provider comes again from another machine." },
	{ .name = "allow", .type = OPT_CUSTOM, .offset = FIELD(allow), .def = "", .parse = parse_allow,
	  .value_help = "list of addresses, networks and domains",
	  .help = "Who never waits: clients by address, by verified host name, and senders by their domain when SPF passes. A domain stands for all below it, too." },
	{ .name = "exempt_recipients", .type = OPT_LIST, .offset = FIELD(recipients), .def = "postmaster@, abuse@",
	  .value_help = "list of user@domain, user@ and domain", .help = "Recipients whose mail never waits." },
	OPT_END
};

static enum rc
check_values(const void *values, struct buf *why)
{
	const struct greylist_conf *c = values;

	if (c->rules.window_ms > c->rules.delay_ms)
		return RC_OK;
	buf_adds(why, "window_ms must be longer than delay_ms, or nobody can come in time");
	return RC_BAD;
}

const struct opt_table check_greylist_options = {
	.prefix = "check.greylist.",
	.title = "Check greylist",
	.size = sizeof(struct greylist_conf),
	.opts = opts,
	.check = check_values,
};

static bool
is_below(struct str name, struct str domain)
{
	size_t more = name.n - domain.n;

	return name.n >= domain.n && str_eq_nocase(str_from(name, more), domain) &&
	    (more == 0 || name.p[more - 1] == '.');
}

static bool
spf_passes(const struct scan *scan)
{
	return scan->auth && scan->auth->spf_mail.result == AUTH_PASS && scan->session->mail_from.n > 0;
}

static struct str
domain_of(struct str address)
{
	size_t at = str_rchr(address, '@');

	return at == STR_NPOS ? STR_NONE : str_from(address, at + 1);
}

static bool
is_allowed(const struct scan *scan, const struct greylist_allowed *a, const struct ip *ip)
{
	struct str sender = spf_passes(scan) ? domain_of(scan->session->mail_from) : STR_NONE;

	for (size_t i = 0; i < a->n_nets; i++)
		if (ip_in(ip, &a->nets[i]))
			return true;
	for (size_t i = 0; i < a->domains.n; i++)
		if (is_below(scan->session->client_name, a->domains.item[i]) || is_below(sender, a->domains.item[i]))
			return true;
	return false;
}

static bool
is_exempt(struct str rcpt, const struct opt_list *words)
{
	for (size_t i = 0; i < words->n; i++) {
		struct str w = words->item[i];

		if (str_chr(w, '@') == STR_NPOS ? str_eq_nocase(domain_of(rcpt), w) :
		    w.p[w.n - 1] == '@' ? str_starts_nocase(rcpt, w) || str_eq_nocase(rcpt, str_upto(w, w.n - 1)) :
		    str_eq_nocase(rcpt, w))
			return true;
	}
	return false;
}

/* Own users and submission, this machine, and whom other checks think something of. */
static bool
has_standing(const struct scan *scan)
{
	const struct session *s = scan->session;

	if (s->client_addr.n == 0 || s->auth_user.n || str_starts(s->client_addr, STR("127.")) ||
	    str_eq(s->client_addr, STR("::1")))
		return true;
	return scan->standing && (scan->standing->band != BAND_UNKNOWN || scan->standing->flow == FLOW_TRUSTED ||
	    scan->standing->relay);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct greylist_conf *c = conf;
	const struct session *s = scan->session;
	struct greylist_try t = { .from = s->mail_from, .dry = scan->dry };
	int64_t wait_ms;
	struct ip ip;

	if (!c->enable || !scan->services || !scan->services->counters || has_standing(scan) ||
	    !ip_parse(s->client_addr, &ip) || is_allowed(scan, &c->allow, &ip))
		return RC_OK;
	t.to = s->rcpts[scan->rcpt];
	if (is_exempt(t.to, &c->recipients))
		return RC_OK;
	t.client = c->by_spf && spf_passes(scan) ? STR("spf") : greylist_network(scan->pool, &ip, c->prefix4, c->prefix6);
	switch (greylist_ask(scan->services->counters, &c->rules, &t, scan->pool, clock_wall_ms(), &wait_ms)) {
	case GREYLIST_NEW:
		report_add(out, &found[WAIT], REPORT_NO_PART, "client=%.*s first contact", STR_ARG(t.client));
		break;
	case GREYLIST_EARLY:
		report_add(out, &found[WAIT], REPORT_NO_PART, "client=%.*s too early by %lld s", STR_ARG(t.client),
		    (long long)(wait_ms + 999) / 1000);
		break;
	case GREYLIST_PASSED: case GREYLIST_KNOWN:
		break;
	}
	return RC_OK;
}

const struct check check_greylist = {
	.name = "greylist",
	.title = "Clients without reputation have to come again",
	.source = "RFC 6647",
	.phase = PHASE_RCPT,
	.place = PLACE_GATE,
	.opts = &check_greylist_options,
	.found = found,
	.run = run,
};
