/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/authfield.h"

#include "auth/auth_opts.h"
#include "auth/dmarc.h"
#include "test.h"

static const struct auth_dkim signatures[] = {
	{ .result = AUTH_PASS, .domain = STR("a.example"), .selector = STR("s1"), .identity = STR("@mail.a.example"),
	  .algorithm = STR("rsa-sha256"), .b8 = STR("Ab/+cd=1") },
	{ .result = AUTH_FAIL, .domain = STR("b.example"), .why = STR("body hash") },
};

static void
writes(struct pool *pool)
{
	struct session s = { .client_addr = STR("192.0.2.1"), .mail_from = STR("x@a.example") };
	struct auth_facts f = { .n_dkim = 0 };
	struct str id = STR("mx.corp.example");

	test_str(authfield_write(pool, &f, &s, id, false), STR("mx.corp.example; none"), "nothing is known");
	f.dkim_done = true;
	test_str(authfield_write(pool, &f, &s, id, false), STR("mx.corp.example;\n\tdkim=none"), "no signature");
	f = (struct auth_facts){
		.iprev = { AUTH_PASS, STR("mail.a.example") },
		.spf_mail = { .result = AUTH_SOFTFAIL, .domain = STR("a.example"), .why = STR("~all") },
		.spf_helo = { .result = AUTH_NONE, .domain = STR("mail.a.example") },
		.dkim = signatures, .n_dkim = 2, .dkim_done = true,
		.dmarc = { .result = AUTH_PASS, .domain = STR("a.example"), .record_domain = STR("a.example"),
		    .wanted = AUTH_POLICY_REJECT },
		.arc = { .result = AUTH_PASS, .oldest_pass = 0 },
	};
	test_str(authfield_write(pool, &f, &s, id, false), STR("mx.corp.example;\n"
	    "\tiprev=pass policy.iprev=192.0.2.1;\n"
	    "\tspf=softfail reason=~all smtp.mailfrom=a.example;\n"
	    "\tspf=none smtp.helo=mail.a.example;\n"
	    "\tdkim=pass header.d=a.example header.i=@mail.a.example header.s=s1\n"
	    "\t header.a=rsa-sha256 header.b=\"Ab/+cd=1\";\n"
	    "\tdkim=fail reason=\"body hash\" header.d=b.example;\n"
	    "\tdmarc=pass header.from=a.example policy.dmarc=reject;\n"
	    "\tarc=pass header.oldest-pass=0 smtp.remote-ip=192.0.2.1"), "all that is known, folded");
	s.mail_from = STR_NONE;
	f = (struct auth_facts){ .spf_mail = { .result = AUTH_PASS, .domain = STR("h.example") },
	    .spf_helo = { .result = AUTH_PASS, .domain = STR("h.example") } };
	test_str(authfield_write(pool, &f, &s, id, false), STR("mx.corp.example;\n\tspf=pass smtp.helo=h.example"),
	    "the null sender");
	s = (struct session){ .auth_user = STR("joe@corp.example") };
	f = (struct auth_facts){ .n_dkim = 0 };
	test_str(authfield_write(pool, &f, &s, id, false), STR("mx.corp.example;\n\tauth=pass"), "a user");
	test_str(authfield_write(pool, &f, &s, id, true), STR("mx.corp.example;\n\tauth=pass smtp.auth=joe@corp.example"),
	    "a user, by name");
}

/* CVE-2020-12272: what a stranger chose must not be read as a result. */
static void
hostile(struct pool *pool)
{
	static const struct str evil[] = {
		STR("a.example; dmarc=pass"), STR("a.example(b"), STR("\"; dmarc=pass header.from=x"), STR("a\r\n\tdmarc=pass"),
		STR("a\\"), STR("a\\\"; dmarc=pass"), STR("x\xff\xfe\x01"), STR("(a)"), STR(" "), STR("a=b"), STR("a@b@c"),
	};
	struct session s = { .client_addr = STR("2001:db8::1"), .mail_from = STR("x@y") };

	for (size_t i = 0; i < sizeof(evil) / sizeof(*evil); i++) {
		struct auth_dkim d = { .result = AUTH_FAIL, .domain = evil[i], .selector = evil[i], .identity = evil[i],
		    .algorithm = evil[i], .b8 = evil[i], .why = evil[i] };
		struct auth_facts f = { .iprev = { .result = AUTH_FAIL },
		    .spf_mail = { .result = AUTH_FAIL, .domain = evil[i], .why = evil[i] }, .dkim = &d, .n_dkim = 1,
		    .dmarc = { .result = AUTH_FAIL, .domain = evil[i], .why = evil[i] } };
		struct authres a;

		authres_parse(pool, authfield_write(pool, &f, &s, STR("mx.corp.example"), false), &a);
		test_ok(!a.bad && a.n == 4 && a.results[3].n_props == 1, "four results, whatever strangers wrote");
		test_str(authres_prop(&a.results[0], STR("policy"), STR("iprev")), STR("2001:db8::1"), "and their values");
	}
}

/* spf_mail spf_helo n_dkim: domain=result ... dmarc wanted */
static struct str
shown(struct pool *pool, const struct auth_facts *f)
{
	struct buf b;
	struct str out;

	buf_init(&b, 10000);
	buf_printf(&b, "%s(%.*s) %s(%.*s)", auth_result_name(f->spf_mail.result), STR_ARG(f->spf_mail.domain),
	    auth_result_name(f->spf_helo.result), STR_ARG(f->spf_helo.domain));
	for (size_t i = 0; i < f->n_dkim; i++)
		buf_printf(&b, " %s(%.*s)", auth_result_name(f->dkim[i].result), STR_ARG(f->dkim[i].domain));
	buf_printf(&b, " %s(%.*s) %s by %.*s", auth_result_name(f->dmarc.result), STR_ARG(f->dmarc.domain),
	    dmarc_policy_name(f->dmarc.wanted), STR_ARG(f->upstream));
	out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

static const struct {
	const char *name;
	struct str in, want;
} fields[] = {
	{ "all", STR("up.example; spf=pass smtp.mailfrom=joe@a.example smtp.helo=h.example; dkim=pass header.d=a.example; "
	  "dkim=fail header.i=@b.example; dmarc=fail header.from=C.example policy.dmarc=reject"),
	  STR("pass(a.example) () pass(a.example) fail(b.example) fail(c.example) reject by up.example") },
	{ "what it does not state stays ours", STR("up.example; dmarc=pass header.from=a.example"),
	  STR("neutral(own) none(own) pass(own) pass(a.example) none by up.example") },
	{ "no signature", STR("up.example; dkim=none"), STR("neutral(own) none(own) (own) none by up.example") },
	{ "helo only", STR("up.example; spf=fail smtp.helo=h.example"),
	  STR("() fail(h.example) pass(own) (own) none by up.example") },
	{ "a result that nobody knows", STR("up.example; spf=bestguesspass smtp.mailfrom=a.example"),
	  STR("none(a.example) () pass(own) (own) none by up.example") },
	{ "malformed", STR("up.example; spf=pass smtp.mailfrom=a.example; dkim"), STR("-") },
	{ "no id", STR("spf=pass"), STR("-") },
	{ "two answers", STR("up.example; dmarc=fail header.from=a.example; dmarc=pass header.from=a.example"), STR("-") },
	{ "two of SPF", STR("up.example; spf=fail smtp.mailfrom=a.example; spf=pass smtp.mailfrom=a.example"), STR("-") },
	{ "nothing that is of use", STR("up.example; x-spam=no; none"), STR("-") },
	{ "none", STR("up.example; none"), STR("-") },
};

static void
reads(struct pool *pool)
{
	static const struct auth_dkim own = { .result = AUTH_PASS, .domain = STR("own") };

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		struct auth_facts f = { .spf_mail = { .result = AUTH_NEUTRAL, .domain = STR("own") },
		    .spf_helo = { .result = AUTH_NONE, .domain = STR("own") }, .dkim = &own, .n_dkim = 1,
		    .dmarc = { .domain = STR("own") } };
		struct authres a;
		struct str got = STR("-");

		authres_parse(pool, fields[i].in, &a);
		if (authfield_read(pool, &a, &f))
			got = shown(pool, &f);
		else
			test_str(f.upstream, STR(""), "what is not taken leaves nothing");
		test_str(got, fields[i].want, fields[i].name);
	}
}

int
main(void)
{
	struct pool *pool = pool_new(0);
	struct auth_conf conf = { .serv_id = STR("") };

	writes(pool);
	hostile(pool);
	reads(pool);
	test_str(auth_serv_id(&conf, STR("mx.corp.example")), STR("mx.corp.example"), "the MTA's name");
	conf.serv_id = STR("corp.example");
	test_str(auth_serv_id(&conf, STR("mx.corp.example")), STR("corp.example"), "a name of our own");
	pool_free(&pool);
	return test_done();
}
