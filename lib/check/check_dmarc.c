/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Does the author's domain stand behind the message, and what does it ask for if not?
 *
 * The policy lines on.dmarc_reject and on.dmarc_quarantine say what follows; where the operator has
 * reasons to know better, the domain's wish is overridden, and the reason is kept for its reports. */
#include "auth/dmarc.h"
#include "base/ip.h"
#include "check/check.h"
#include "conf/networks.h"
#include "message/authres.h"

enum { PASS, ABSENT, NONE, QUARANTINE, REJECT, OVERRIDDEN, TEMPERROR, UNDECIDED, NO_AUTHOR, PERMERROR };
enum { AUTHOR_MAX = 100 };	/* bytes of a domain in evidence */

struct dmarc_conf {
	struct networks networks;
	struct opt_list domains, lists;
};

static const struct finding_def found[] = {
	[PASS] = { "DMARC_PASS", CLASS_INFO, 0, false, "The author's domain stands behind the message." },
	[ABSENT] = { "DMARC_ABSENT", CLASS_INFO, 0, false, "The author's domain has no DMARC record." },
	[NONE] = { "DMARC_NONE", CLASS_AUTH, 20, false,
	    "DMARC fails, and the author's domain asks for nothing to be done about it." },
	[QUARANTINE] = { "DMARC_QUARANTINE", CLASS_AUTH, 100, false,
	    "DMARC fails, and the author's domain asks for quarantine: on.dmarc_quarantine.",
	    { "50", "7.1", "DMARC: this mail fails the policy of its author's domain, which asks for quarantine" },
	    LINE_DMARC_QUARANTINE },
	[REJECT] = { "DMARC_REJECT", CLASS_AUTH, 100, false,
	    "DMARC fails, and the author's domain asks for the message to be refused: on.dmarc_reject.",
	    { "50", "7.1", "DMARC: this mail fails the policy of its author's domain, which asks to reject it" },
	    LINE_DMARC_REJECT },
	[OVERRIDDEN] = { "DMARC_OVERRIDDEN", CLASS_INFO, 0, false,
	    "DMARC fails, but the operator's settings keep the domain's policy from being applied." },
	[TEMPERROR] = { "DMARC_TEMPERROR", CLASS_AUTH, 10, false,
	    "DMARC could not be judged, because DNS did not answer." },
	[UNDECIDED] = { "DMARC_UNDECIDED", CLASS_AUTH, 10, false,
	    "DNS did not answer what SPF or DKIM need, and the author's domain asks to reject or quarantine what fails: "
	    "on.dmarc_temperror.",
	    { "50", "7.5", "DMARC: DNS does not answer now for the proof of this mail's author" },
	    LINE_DMARC_TEMPERROR },
	[NO_AUTHOR] = { "DMARC_NO_AUTHOR", CLASS_INFO, 0, false,
	    "DMARC cannot be judged: there is no author's domain. HEADER_FROM_NONE has the points for that." },
	[PERMERROR] = { "DMARC_PERMERROR", CLASS_AUTH, 60, false,
	    "DMARC cannot be judged: the message has authors of several domains, or of one that no domain can be." },
	{ .name = NULL }
};

#define AT(field) .offset = offsetof(struct dmarc_conf, field)

static const struct opt opts[] = {
	{ .name = "exempt_networks", .type = OPT_CUSTOM, AT(networks), .def = "", .parse = networks_parse,
	  .value_help = "networks",
	  .help = "Clients whose mail is not held to the policy of its author's domain: servers that forward mail to "
	      "this one. Reports say local_policy." },
	{ .name = "exempt_domains", .type = OPT_LIST, AT(domains), .def = "", .value_help = "domains",
	  .help = "Author's domains whose policy is not applied. Anybody can then write in their name. Reports say "
	      "local_policy." },
	{ .name = "mailing_lists", .type = OPT_LIST, AT(lists), .def = "", .value_help = "domains",
	  .help = "Mailing lists that are believed: a message that such a domain, or one below it, signed (DKIM) or "
	      "sent (SPF) is not held to the policy of its author's domain. Reports say mailing_list." },
	OPT_END
};

const struct opt_table check_dmarc_options = {
	.prefix = "check.dmarc.",
	.title = "Check dmarc",
	.size = sizeof(struct dmarc_conf),
	.opts = opts,
};

/* Our own users and programs are not judged; where no client is known, only what others found is. */
static bool
applies(const struct scan *scan)
{
	const struct session *s = scan->session;

	return scan->auth && scan->found && s->auth_user.n == 0 && (s->client_addr.n || scan->auth->upstream.n);
}

static void
want(const struct scan *scan, const void *conf)
{
	(void)conf;
	if (applies(scan) && scan->found->author_domains == 1)
		dmarc_want(scan->dns, scan->pool, scan->found->from_domain, scan->auth);
}

/* ---- reasons not to do what the domain asks for ---- */

static bool
is_below(struct str domain, struct str parent)
{
	if (!str_ends_nocase(domain, parent) || parent.n == 0)
		return false;
	return domain.n == parent.n || domain.p[domain.n - parent.n - 1] == '.';
}

static bool
is_of_list(const struct dmarc_conf *conf, struct str domain)
{
	for (size_t i = 0; i < conf->lists.n; i++)
		if (is_below(domain, conf->lists.item[i]))
			return true;
	return false;
}

/* Who is named in a header only proves nothing: a list has to have signed or sent. */
static struct str
mailing_list(const struct dmarc_conf *conf, const struct auth_facts *facts)
{
	if (facts->spf_mail.result == AUTH_PASS && is_of_list(conf, facts->spf_mail.domain))
		return facts->spf_mail.domain;
	for (size_t i = 0; i < facts->n_dkim; i++)
		if (facts->dkim[i].result == AUTH_PASS && is_of_list(conf, facts->dkim[i].domain))
			return facts->dkim[i].domain;
	return STR_NONE;
}

/* The last sealer is believed, and says that DMARC passed for this author when the message came. */
static bool
passed_before(const struct scan *scan, struct str author)
{
	const struct auth_arc *arc = &scan->auth->arc;
	struct authres a;

	if (arc->result != AUTH_PASS || !arc->trusted)
		return false;
	authres_parse(scan->pool, arc->authres, &a);
	for (size_t i = 0; !a.bad && i < a.n; i++) {
		struct str from = authres_prop(&a.results[i], STR("header"), STR("from"));

		if (str_eq_nocase(a.results[i].method, STR("dmarc")))
			return str_eq_nocase(a.results[i].result, STR("pass")) &&
			    (from.n == 0 || str_eq_nocase(from, author));
	}
	return false;
}

/* RFC 9990: the reasons in its words. */
static void
override(const struct scan *scan, const struct dmarc_conf *conf, struct auth_dmarc *d)
{
	struct str list = mailing_list(conf, scan->auth);
	struct ip client;

	if (passed_before(scan, d->domain)) {
		d->override = STR("trusted_forwarder");
		d->override_by = scan->auth->arc.domain;
	} else if (list.n) {
		d->override = STR("mailing_list");
		d->override_by = list;
	} else if (ip_parse(scan->session->client_addr, &client) && networks_have(&conf->networks, &client)) {
		d->override = STR("local_policy");
		d->override_by = scan->session->client_addr;
	}
	for (size_t i = 0; d->override.n == 0 && i < conf->domains.n; i++) {
		if (is_below(d->domain, conf->domains.item[i])) {
			d->override = STR("local_policy");
			d->override_by = conf->domains.item[i];
		}
	}
	if (d->override.n)
		d->wanted = AUTH_POLICY_NONE;
	else if (d->testing && d->wanted != d->policy)
		d->override = STR("policy_test_mode");
}

/* ---- result ---- */

static struct auth_dmarc
evaluate(const struct scan *scan)
{
	const struct report *r = scan->found;
	const struct auth_facts *facts = scan->auth;
	struct auth_dmarc d = { .result = AUTH_PERMERROR };

	if (r->author_domains != 1) {
		d.why = r->author_domains ? STR("several author domains") : STR("no author domain");
		return d;
	}
	/* What a trusted milter says of this author holds; it need not say what the policy is. */
	if (facts->upstream.n && facts->dmarc.result != AUTH_UNKNOWN &&
	    (facts->dmarc.domain.n == 0 || str_eq_nocase(facts->dmarc.domain, r->from_domain))) {
		d = facts->dmarc;
		d.domain = r->from_domain;
		if (d.result == AUTH_FAIL && d.record_domain.n == 0)
			dmarc_policy(scan->dns, scan->pool, &d);
		d.rua = STR_NONE;	/* who found the result is who reports it */
		return d;
	}
	return dmarc_check(scan->dns, scan->pool, r->from_domain, facts);
}

static const struct finding_def *
failed(const struct auth_dmarc *d)
{
	if (d->override.n && !str_eq(d->override, STR("policy_test_mode")))
		return &found[OVERRIDDEN];
	switch (d->wanted) {
	case AUTH_POLICY_REJECT: return &found[REJECT];
	case AUTH_POLICY_QUARANTINE: return &found[QUARANTINE];
	case AUTH_POLICY_NONE: break;
	}
	return &found[NONE];
}

/* Printers and the like write an address in brackets; other things that are no domain, spoofers do. */
static bool
has_author(const struct report *r)
{
	return r->author_domains > 1 || (r->author_domains == 1 && !str_starts(r->from_domain, STR("[")));
}

static const struct finding_def *
finding_of(const struct scan *scan, const struct auth_dmarc *d)
{
	switch (d->result) {
	case AUTH_PASS: return &found[PASS];
	case AUTH_NONE: return &found[ABSENT];
	case AUTH_FAIL: return failed(d);
	case AUTH_TEMPERROR: return &found[d->wanted == AUTH_POLICY_NONE ? TEMPERROR : UNDECIDED];
	case AUTH_PERMERROR: return &found[has_author(scan->found) ? PERMERROR : NO_AUTHOR];
	case AUTH_UNKNOWN: case AUTH_SOFTFAIL: case AUTH_NEUTRAL: case AUTH_POLICY: case AUTH_RESULT_N: break;
	}
	return NULL;
}

static void
tell(const struct finding_def *def, const struct auth_dmarc *d, struct report *out)
{
	struct buf b;

	buf_init(&b, REPORT_EVIDENCE);
	if (d->domain.n)
		buf_printf(&b, "from=%.*s ", STR_ARG(str_upto(d->domain, AUTHOR_MAX)));
	if (d->record_domain.n)
		buf_printf(&b, "policy=%s%s ", dmarc_policy_name(d->policy), d->testing ? " (testing)" : "");
	if (d->record_domain.n && !str_eq(d->record_domain, d->domain))
		buf_printf(&b, "of=%.*s ", STR_ARG(str_upto(d->record_domain, AUTHOR_MAX)));
	if (d->override.n)
		buf_printf(&b, "%.*s%s%.*s ", STR_ARG(d->override), d->override_by.n ? "=" : "",
		    STR_ARG(str_upto(d->override_by, AUTHOR_MAX)));
	buf_add(&b, d->why);
	report_add(out, def, REPORT_NO_PART, "%.*s", STR_ARG(str_trim(buf_str(&b))));
	buf_clear(&b);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct finding_def *def;
	struct auth_dmarc d;

	if (!applies(scan))
		return RC_OK;
	d = evaluate(scan);
	if (d.result == AUTH_FAIL || d.result == AUTH_TEMPERROR)
		override(scan, conf, &d);
	def = finding_of(scan, &d);
	if (def)
		tell(def, &d, out);
	scan->auth->dmarc = d;
	return RC_OK;
}

const struct check check_dmarc = {
	.name = "dmarc",
	.title = "The author's domain stands behind the message",
	.source = "RFC 9989",
	.phase = PHASE_LOOKUP,
	.place = PLACE_GATE,
	.opts = &check_dmarc_options,
	.found = found,
	.want = want,
	.run = run,
};
