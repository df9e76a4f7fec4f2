/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What the DKIM signatures of a message prove. The gate has asked DNS for the keys while the body
 * arrived; here the signatures are verified over the bytes of the message.
 *
 * A signature that does not hold proves nothing, neither good nor bad (RFC 6376 6.1): lists and
 * gateways break them every day. What has points is what honest signers do not do: keys that
 * anybody can break, and signatures that hold while something else is shown. */
#include "auth/dkim.h"
#include "base/clock.h"
#include "check/check.h"

enum { PASS, INVALID, TEMP, WEAK, EXPIRED, FUTURE, PARTIAL, REPLACED, OPEN, MANY };

struct dkim_conf {
	int64_t bits_min;
};

static const struct finding_def found[] = {
	[PASS] = { "DKIM_PASS", CLASS_INFO, 0, false, "A signature of this domain holds for the whole message." },
	[INVALID] = { "DKIM_INVALID", CLASS_AUTH, 5, false,
	    "The message is signed, but no signature holds: as good as unsigned." },
	[TEMP] = { "DKIM_TEMPERROR", CLASS_INFO, 0, false, "The key of a signature could not be had from DNS now." },
	[WEAK] = { "DKIM_WEAK_KEY", CLASS_AUTH, 10, false,
	    "A signature was made with a key that is too short, or with SHA-1." },
	[EXPIRED] = { "DKIM_EXPIRED", CLASS_AUTH, 10, false,
	    "A signature holds, but its time is over: the message may be an old one that is sent again." },
	[FUTURE] = { "DKIM_FUTURE", CLASS_AUTH, 10, false,
	    "A signature holds, but says that it will be made in more than a day." },
	[PARTIAL] = { "DKIM_PARTIAL", CLASS_AUTH, 30, false,
	    "A signature covers the start of the body only (l=); anybody can have added the rest." },
	[REPLACED] = { "DKIM_REPLACED", CLASS_AUTH, 80, false,
	    "A signature holds, but a second From, Subject, Reply-To or content field was added beside the signed one." },
	[OPEN] = { "DKIM_OPEN", CLASS_INFO, 0, false, "A signature that holds does not cover the subject." },
	[MANY] = { "DKIM_MANY", CLASS_INFO, 0, false, "There are more signatures than are verified." },
	{ .name = NULL }
};

static const struct opt opts[] = {
	{ .name = "bits_min", .type = OPT_INT, .offset = offsetof(struct dkim_conf, bits_min), .def = "1024",
	  .min = DKIM_BITS_MIN, .max = 4096,
	  .help = "Bits that an RSA key must have. RFC 8301 asks signers for 2048 and verifiers for 1024." },
	OPT_END
};

const struct opt_table check_dkim_options = {
	.prefix = "check.dkim.",
	.title = "Check dkim",
	.size = sizeof(struct dkim_conf),
	.opts = opts,
};

/* Texts of the mail in evidence: what is not printable, report_add's reader makes so. */
static void
add(struct report *out, int which, const struct auth_dkim *d)
{
	report_add(out, &found[which], REPORT_NO_PART, "d=%.*s s=%.*s a=%.*s bits=%u%s%s%.*s",
	    STR_ARG(str_upto(d->domain, 80)), STR_ARG(str_upto(d->selector, 40)), STR_ARG(str_upto(d->algorithm, 20)),
	    d->bits, d->testing ? " testing" : "", d->why.n ? " " : "", STR_ARG(d->why));
}

/* What kind of "policy" it is. */
static int
kind_of(const struct auth_dkim *d)
{
	static const struct {
		struct str why;
		int kind;
	} rows[] = {
		{ STR("expired"), EXPIRED }, { STR("t= is in the future"), FUTURE }, { STR("key too short"), WEAK },
		{ STR("rsa-sha1"), WEAK },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (str_eq(d->why, rows[i].why))
			return rows[i].kind;
	return INVALID;
}

/* False: it is of a kind that is no worse than unsigned. */
static bool
add_policy(struct report *out, const struct auth_dkim *d)
{
	int kind = kind_of(d);

	if (d->replaced)
		add(out, REPLACED, d);
	if (d->partial)
		add(out, PARTIAL, d);
	if (d->replaced || d->partial)
		return true;
	if (kind != INVALID)
		add(out, kind, d);
	return kind != INVALID;
}

static void
judge(const struct auth_dkim *d, size_t n, struct report *out)
{
	const struct auth_dkim *broken = NULL;
	bool pass = false, temp = false;

	for (size_t i = 0; i < n; i++) {
		pass |= d[i].result == AUTH_PASS;
		temp |= d[i].result == AUTH_TEMPERROR;
		if (d[i].result == AUTH_PASS)
			add(out, PASS, &d[i]);
		else if (d[i].result == AUTH_TEMPERROR)
			add(out, TEMP, &d[i]);
		else if (d[i].result == AUTH_POLICY && add_policy(out, &d[i]))
			continue;
		else if (!broken && !d[i].testing)	/* RFC 6376 3.6.1 t=y: as if it were not signed */
			broken = &d[i];
		if (d[i].result == AUTH_PASS && d[i].subject_open)
			add(out, OPEN, &d[i]);
	}
	if (broken && !pass && !temp)
		add(out, INVALID, broken);
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct dkim_conf *dc = conf;
	struct dkim_in in = { .pool = scan->pool, .keys = scan->keys, .now = clock_wall_ms() / 1000,
	    .bits_min = (uint32_t)dc->bits_min };
	size_t fields;

	if (!scan->keys)
		return RC_OK;		/* DNS was not asked: nothing can be said */
	fields = dkim_examine(&in, scan->raw, &scan->auth->dkim, &scan->auth->n_dkim);
	judge(scan->auth->dkim, scan->auth->n_dkim, out);
	if (fields > scan->auth->n_dkim)
		report_add(out, &found[MANY], REPORT_NO_PART, "%zu signatures, %zu verified", fields, scan->auth->n_dkim);
	return RC_OK;
}

const struct check check_dkim = {
	.name = "dkim",
	.title = "Signatures of domains",
	.source = "RFC 6376, RFC 8301, RFC 8463",
	.phase = PHASE_MESSAGE,
	.place = PLACE_WORKER,
	.proof = true,
	.opts = &check_dkim_options,
	.found = found,
	.run = run,
};
