/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* SPF of the envelope sender and of the HELO name.
 *
 * A fail alone decides nothing: forwarded mail fails as well, and DMARC judges later whether the
 * author's domain was proved in another way. Two things do not suffer from forwarding: a domain
 * that says it never sends, whoever passes its mail on; and the HELO name, which is the client's own. */
#include "auth/spf.h"
#include "base/clock.h"
#include "check/check.h"
#include "conf/networks.h"

enum { PASS, NONE, NEUTRAL, SOFTFAIL, FAIL, NO_MAIL, PERMERROR, TEMPERROR, HELO_FAIL };

struct spf_conf {
	bool helo;
	bool explain;
	struct networks skip;
};

static const struct finding_def found[] = {
	[PASS] = { "SPF_PASS", CLASS_INFO, 0, false, "The envelope sender's domain lets this client send for it." },
	[NONE] = { "SPF_NONE", CLASS_INFO, 0, false, "The envelope sender's domain has no SPF record." },
	[NEUTRAL] = { "SPF_NEUTRAL", CLASS_INFO, 0, false,
	    "The envelope sender's domain does not say whether this client may send for it." },
	[SOFTFAIL] = { "SPF_SOFTFAIL", CLASS_AUTH, 10, false,
	    "The envelope sender's domain thinks that this client may not send for it." },
	[FAIL] = { "SPF_FAIL", CLASS_AUTH, 30, false,
	    "The envelope sender's domain says that this client may not send for it. Forwarded mail fails as well.",
	    { "50", "7.23", "SPF: the sender's domain does not allow this server to send for it" } },
	[NO_MAIL] = { "SPF_NO_MAIL", CLASS_AUTH, 100, false,
	    "The envelope sender's domain says that it never sends mail: its record is \"v=spf1 -all\".",
	    { "50", "7.23", "SPF: the sender's domain says that it never sends mail" } },
	[PERMERROR] = { "SPF_PERMERROR", CLASS_AUTH, 10, false,
	    "The SPF record of the envelope sender's domain is wrong or asks for too much.",
	    { "50", "7.24", "SPF: the record of the sender's domain cannot be used" } },
	[TEMPERROR] = { "SPF_TEMPERROR", CLASS_INFO, 0, false,
	    "SPF of the envelope sender could not be judged, because DNS did not answer." },
	[HELO_FAIL] = { "SPF_HELO_FAIL", CLASS_AUTH, 40, false,
	    "The domain of the HELO name says that this client may not use it.",
	    { "50", "7.23", "SPF: the domain of the HELO name does not allow this server to use it" } },
	{ .name = NULL }
};

static const struct opt opts[] = {
	{ .name = "helo", .type = OPT_BOOL, .offset = offsetof(struct spf_conf, helo), .def = "yes",
	  .help = "Judge the HELO name too, not only the envelope sender." },
	{ .name = "explain", .type = OPT_BOOL, .offset = offsetof(struct spf_conf, explain), .def = "no",
	  .help = "Where a fail refuses a message, say to the client how the sender's domain explains it (exp=). "
	      "These are words of a stranger." },
	{ .name = "skip_networks", .type = OPT_CUSTOM, .offset = offsetof(struct spf_conf, skip),
	  .def = "127.0.0.0/8, ::1", .parse = networks_parse, .value_help = "networks",
	  .help = "Clients whose mail is not judged by SPF: this machine, relays of one's own, and servers that "
	      "forward mail to this one, because their mail fails rightly and says nothing." },
	OPT_END
};

const struct opt_table check_spf_options = {
	.prefix = "check.spf.",
	.title = "Check spf",
	.size = sizeof(struct spf_conf),
	.opts = opts,
};

/* False: this client is not judged. */
static bool
query_of(const struct scan *scan, const struct spf_conf *conf, struct spf_query *q)
{
	const struct session *s = scan->session;

	*q = (struct spf_query){ .helo = s->helo, .sender = s->mail_from, .receiver = s->mta_name,
	    .now_sec = clock_wall_ms() / 1000 };
	return s->auth_user.n == 0 && ip_parse(s->client_addr, &q->ip) && !networks_have(&conf->skip, &q->ip);
}

static void
want(const struct scan *scan, const void *conf)
{
	const struct spf_conf *c = conf;
	struct spf_query q;

	if (!query_of(scan, c, &q))
		return;
	spf_want(scan->dns, scan->pool, &q, SPF_MAIL);
	if (c->helo)
		spf_want(scan->dns, scan->pool, &q, SPF_HELO);
}

static const struct finding_def *
finding_of(const struct auth_spf *spf)
{
	switch (spf->result) {
	case AUTH_PASS: return &found[PASS];
	case AUTH_NONE: return &found[NONE];
	case AUTH_NEUTRAL: return &found[NEUTRAL];
	case AUTH_SOFTFAIL: return &found[SOFTFAIL];
	case AUTH_FAIL: return &found[spf->no_mail ? NO_MAIL : FAIL];
	case AUTH_PERMERROR: return &found[PERMERROR];
	case AUTH_TEMPERROR: return &found[TEMPERROR];
	case AUTH_UNKNOWN: case AUTH_POLICY: case AUTH_RESULT_N: break;
	}
	return NULL;
}

static void
tell(const struct scan *scan, const struct spf_conf *conf, const struct finding_def *def, const struct auth_spf *spf,
    struct report *out)
{
	report_add(out, def, REPORT_NO_PART, "ip=%.*s domain=%.*s %.*s", STR_ARG(scan->session->client_addr),
	    STR_ARG(str_upto(spf->domain, 100)), STR_ARG(spf->why));
	if (conf->explain && spf->text.n)
		report_quote(out, def, pool_printf(scan->pool, "%.*s explains: %.*s",
		    STR_ARG(str_upto(spf->domain, 100)), STR_ARG(spf->text)));
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	struct auth_spf mail, helo = { .result = AUTH_UNKNOWN };
	const struct spf_conf *c = conf;
	const struct finding_def *def;
	struct spf_query q;

	if (!query_of(scan, c, &q))
		return RC_OK;
	mail = spf_check(scan->dns, scan->pool, &q, SPF_MAIL);
	if (c->helo)
		helo = q.sender.n ? spf_check(scan->dns, scan->pool, &q, SPF_HELO) : mail;
	if (scan->auth) {
		scan->auth->spf_mail = mail;
		scan->auth->spf_helo = helo;
	}
	def = finding_of(&mail);
	if (def)
		tell(scan, c, def, &mail, out);
	/* The null sender is the HELO name already: RFC 7208 2.4. */
	if (helo.result == AUTH_FAIL && q.sender.n)
		tell(scan, c, &found[HELO_FAIL], &helo, out);
	return RC_OK;
}

const struct check check_spf = {
	.name = "spf",
	.title = "The sender's domain lets this client send for it",
	.source = "RFC 7208; RFC 7372 for the codes",
	.phase = PHASE_MAIL,
	.place = PLACE_GATE,
	.opts = &check_spf_options,
	.found = found,
	.want = want,
	.run = run,
};
