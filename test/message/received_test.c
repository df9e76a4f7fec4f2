/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "message/received.h"

#include "test.h"

/* "helo|name|addr|by|with", then " local" and " nofrom". */
static struct str
show(struct pool *pool, struct str value)
{
	struct limits lim;
	struct received r;

	limits_default(&lim);
	received_parse(pool, &lim, value, &r);
	return pool_printf(pool, "%.*s|%.*s|%.*s|%.*s|%.*s%s%s", STR_ARG(r.helo), STR_ARG(r.name), STR_ARG(r.addr),
	    STR_ARG(r.by), STR_ARG(r.with), r.local ? " local" : "", r.from ? "" : " nofrom");
}

/* How the client came. */
static void
protocols(void)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "from x ([192.0.2.1]) by mx with ESMTP id 1", "told" }, { "from x by mx with SMTP", "told" },
		{ "from x by mx with ESMTPS id 1", "told tls" }, { "from x by mx with esmtpsa id 1", "told tls login" },
		{ "from x by mx with ESMTPA", "told login" }, { "from x by mx with LMTPSA", "told tls login" },
		{ "from x by mx with UTF8SMTPS", "told tls" }, { "from x by mx with UTF8LMTPA", "told login" },
		{ "from x (y [192.0.2.1])\r\n\t(using TLSv1.3 with cipher X)\r\n\tby mx (Postfix) with SMTP id 1", "told tls" },
		{ "from x by mx (8.17) with ESMTPS id 1 (version=TLSv1.3 cipher=X)", "told tls" },
		{ "from x (192.0.2.1) by mx with Microsoft SMTP Server (version=TLS1_2, cipher=X)", "tls" },
		{ "from x by mx with HTTP", "" }, { "from x by mx with ESMTPX", "" }, { "from x by mx with SMTPAS", "" },
		{ "from x by mx", "" }, { "from x by mx with E", "" },
		/* The client's own words tell nothing: they stand in FROM. */
		{ "from ESMTPSA (y [192.0.2.1]) by mx with ESMTP", "told" },
	};
	struct pool *pool = pool_new(0);
	struct limits lim;

	limits_default(&lim);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct received r;

		received_parse(pool, &lim, str_of(cases[i].in), &r);
		test_str(str_trim(pool_printf(pool, "%s%s%s", r.told ? "told" : "", r.tls ? " tls" : "",
		    r.login ? " login" : "")), str_of(cases[i].want), cases[i].in);
	}
	pool_free(&pool);
}

static void
forms(void)
{
	static const struct { const char *name, *in, *want; } cases[] = {
		{ "RFC 5321", " from bar.com (foo.example [192.0.2.1]) by mx.example with ESMTP id 1 for <a@b>; date",
		    "bar.com|foo.example|192.0.2.1|mx.example|ESMTP" },
		{ "Postfix",
		    " from helo.example (rdns.example.net [198.51.100.7])\r\n\t(using TLSv1.3 with cipher X (256/256 bits)\r\n"
		    "\t key-exchange Y)\r\n\tby mx.example.com (Postfix) with ESMTPS id 4Bx\r\n\tfor <u@e>; Mon, 2 Jan",
		    "helo.example|rdns.example.net|198.51.100.7|mx.example.com|ESMTPS" },
		{ "Postfix, no name", "from x (unknown [2001:db8::5]) by mx (Postfix) with SMTP id 1; d",
		    "x||2001:db8::5|mx|SMTP" },
		{ "Postfix, IPv6 tag", "from x (a.example [IPv6:2001:DB8::5]) by mx with SMTP; d",
		    "x|a.example|2001:db8::5|mx|SMTP" },
		{ "Postfix, submitted", "by mx.example (Postfix, from userid 1000) id 4Bx; d", "|||mx.example| local nofrom" },
		{ "Sendmail",
		    "from helo (IDENT:bob@rdns.example [192.0.2.9] (may be forged))\n\tby mx (8.15.2/8.15.2) with ESMTP id 1; d",
		    "helo||192.0.2.9|mx|ESMTP" },
		{ "Sendmail, ident", "from helo (bob@rdns.example [192.0.2.9]) by mx (8.17.1/8.17.1) with ESMTP id 1; d",
		    "helo|rdns.example|192.0.2.9|mx|ESMTP" },
		{ "Sendmail, submitted", "(from root@localhost) by mx.example (8.15.2/8.15.2/Submit) id 1; d",
		    "|||mx.example| local nofrom" },
		{ "Exim, name and HELO", "from rdns.example ([192.0.2.3] helo=other.example) by mx with esmtp (Exim 4.96) id 1; d",
		    "other.example|rdns.example|192.0.2.3|mx|esmtp" },
		{ "Exim, HELO like an address",
		    "from rdns.example ([192.0.2.3]:4711 helo=[203.0.113.1]) by mx with esmtp (Exim 4.96); d",
		    "[203.0.113.1]|rdns.example|192.0.2.3|mx|esmtp" },
		{ "Exim, no name", "from [192.0.2.3] (helo=[203.0.113.1]) by mx with esmtp (Exim 4.96); d",
		    "[203.0.113.1]||192.0.2.3|mx|esmtp" },
		{ "Exim, one name", "from rdns.example ([192.0.2.3]) by mx with esmtps (TLS1.3) (Exim 4.96); d",
		    "rdns.example|rdns.example|192.0.2.3|mx|esmtps" },
		{ "Exim, local", "from bob by mx with local (Exim 4.96) (envelope-from <b@x>) id 1; d", "bob|||mx|local" },
		{ "Exchange",
		    "from AM0PR01.prod.example (2603:10a6::1) by DB8.prod.example\r\n (2603:10a6::2) with Microsoft SMTP Server "
		    "(version=TLS1_2, cipher=X) id 15.20; d", "AM0PR01.prod.example||2603:10a6::1|DB8.prod.example|Microsoft" },
		{ "Exchange, front end",
		    "from mail.sender.example (198.51.100.20) by x.mail.protection.example (10.1.1.1) with Microsoft SMTP Server; d",
		    "mail.sender.example||198.51.100.20|x.mail.protection.example|Microsoft" },
		{ "Exchange, inside", "from EX1.corp ([fe80::1:2%12]) by EX1.corp ([fe80::1:2%12]) with mapi id 15; d",
		    "EX1.corp||fe80::1:2|EX1.corp|mapi" },
		{ "Google",
		    "from mail.example (mail.example. [192.0.2.30]) by mx.google.com with ESMTPS id 1 for <a@b> (version=TLS1_3); d",
		    "mail.example|mail.example|192.0.2.30|mx.google.com|ESMTPS" },
		{ "Google, inside", "by 2002:a05:6214:1::b with SMTP id 1csp; d", "|||2002:a05:6214:1::b|SMTP nofrom" },
		{ "qmail", "from unknown (HELO mail.evil.example) (192.0.2.40) by 0 with SMTP; d",
		    "mail.evil.example||192.0.2.40|0|SMTP" },
		{ "qmail, named", "from rdns.example (HELO [203.0.113.9]) (bob@192.0.2.40) by 0 with SMTP; d",
		    "[203.0.113.9]|||0|SMTP" },
		{ "qmail, invoked", "(qmail 7 invoked from network); d", "|||| nofrom" },
		{ "qmail, submitted", "(qmail 7 invoked by uid 500); d", "|||| local nofrom" },
		/* The client's own words are no address. */
		{ "HELO is an address", "from [203.0.113.1] (unknown [192.0.2.1]) by mx with SMTP; d",
		    "[203.0.113.1]||192.0.2.1|mx|SMTP" },
		{ "HELO is an address, nothing else", "from [203.0.113.1] by mx with SMTP; d", "[203.0.113.1]|||mx|SMTP" },
		{ "HELO is a keyword", "from by (unknown [192.0.2.1]) by mx with SMTP; d", "by||192.0.2.1|mx|SMTP" },
		{ "the first address counts", "from x (a.example [192.0.2.1]) (b.example [203.0.113.1]) by mx; d",
		    "x|a.example|192.0.2.1|mx|" },
		{ "FROM behind BY", "by mx (Postfix) from evil (a.example [203.0.113.1]); d", "|||mx| nofrom" },
		{ "a second FROM", "from x (a.example [192.0.2.1]) from y (b.example [203.0.113.1]) by mx; d",
		    "x|a.example|192.0.2.1|mx|" },
		{ "behind the semicolon", "from x by mx; from y (b.example [203.0.113.1])", "x|||mx|" },
		{ "no comment end", "from x (a.example [192.0.2.1", "x||||" },
		{ "an address that is none", "from x (a.example [192.0.2.999]) by mx", "x|||mx|" },
		{ "empty", "", "|||| nofrom" },
		{ "from alone", "from", "||||" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pool *pool = pool_new(0);

		test_str(show(pool, str_of(cases[i].in)), str_of(cases[i].want), cases[i].name);
		pool_free(&pool);
	}
}

/* Long and deep: read up to the limit, in one pass. */
static void
bounds(void)
{
	static char text[1 << 20];
	struct pool *pool = pool_new(0);

	memset(text, '(', sizeof(text));
	memcpy(text, "from x ", 7);
	test_str(show(pool, (struct str){ text, sizeof(text) }), STR("x||||"), "a million parentheses");
	memset(text, 'a', sizeof(text));
	memcpy(text, "from ", 5);
	memcpy(text + RECEIVED_BYTES, " ([192.0.2.1]) ", 15);
	test_ok(str_find(show(pool, (struct str){ text, sizeof(text) }), STR("192.0.2.1")) == STR_NPOS, "nothing behind the limit");
	pool_free(&pool);
}

int
main(void)
{
	forms();
	protocols();
	bounds();
	return test_done();
}
