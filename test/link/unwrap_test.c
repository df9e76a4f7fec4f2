/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/unwrap.h"

#include "base/buf.h"

#include "test.h"

static struct pool *pool;

/* "URL by WRAPPERS"; the URL alone when nothing came off. */
static struct str
unwrapped(struct str in)
{
	struct url u, inner;
	struct str by;

	if (url_parse(pool, in, NULL, &u) != RC_OK)
		return STR("!");
	if (unwrap(pool, NULL, &u, &inner, &by) == 0)
		return inner.href;
	return pool_printf(pool, "%.*s by %.*s", STR_ARG(inner.href), STR_ARG(by));
}

static const struct { const char *in, *want; } cases[] = {
	{ "https://bad.test/x", "https://bad.test/x" },
	{ "https://jpn01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fbad.test%2Fx%3Fa%3D1&data=05%7C&reserved=0",
	  "https://bad.test/x?a=1 by safelinks" },
	{ "https://nam02.safelinks.protection.outlook.com/?data=1&amp;URL=http%3A%2F%2Fbad.test",
	  "http://bad.test/ by safelinks" },
	{ "https://safelinks.protection.outlook.com.bad.test/?url=https%3A%2F%2Fgood.test",
	  "https://safelinks.protection.outlook.com.bad.test/?url=https%3A%2F%2Fgood.test" },
	{ "https://urldefense.proofpoint.com/v1/url?u=http://bad.test/a%26amp%3Bb&k=abc", "http://bad.test/a&b by proofpoint1" },
	{ "https://urldefense.proofpoint.com/v2/url?u=https-3A__bad.test_a-3Fb-3Dc-2Dd&d=DwMF&c=x",
	  "https://bad.test/a?b=c-d by proofpoint2" },
	{ "https://urldefense.com/v3/__https://bad.test/a?b=c__;!!abc!xyz$", "https://bad.test/a?b=c by proofpoint3" },
	{ "https://urldefense.com/v3/__https:/bad.test/a__;!!abc!xyz$", "https://bad.test/a by proofpoint3" },
	{ "https://urldefense.com/v3/__https://bad.test/*x*y__;I-OBgg!!abc!xyz$", "https://bad.test/#x%E3%81%82y by proofpoint3" },
	{ "https://urldefense.com/v3/__https://bad.test/**Bz__;ISEh!!a!x$", "https://bad.test/!!!z by proofpoint3" },
	{ "https://urldefense.com/v3/__https://bad.test/**Cz__;ISEh!!a!x$",
	  "https://urldefense.com/v3/__https://bad.test/**Cz__;ISEh!!a!x$" },
	{ "https://urldefense.com/v3/__https://bad.test/*__;!!a!x$", "https://urldefense.com/v3/__https://bad.test/*__;!!a!x$" },
	{ "https://urldefense.com/v3/__https://bad.test/", "https://urldefense.com/v3/__https://bad.test/" },
	{ "https://protect-eu.mimecast.com/s/AbCd?domain=bad.test", "https://bad.test/ by mimecast" },
	{ "https://url.us.m.mimecastprotect.com/s/AbCd", "https://url.us.m.mimecastprotect.com/s/AbCd" },
	{ "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fbad.test&c=E,1", "https://bad.test/ by barracuda" },
	{ "https://secure-web.cisco.com/1tok/https%3A%2F%2Fbad.test%2Fx", "https://bad.test/x by cisco" },
	{ "https://eu-west-1.protection.sophos.com/?d=bad.test&u=aHR0cHM6Ly9iYWQudGVzdC94&i=1", "https://bad.test/x by sophos" },
	{ "https://protect2.fireeye.com/v1/url?k=1&q=1&u=https%3A%2F%2Fbad.test%2F", "https://bad.test/ by fireeye" },
	{ "https://imsva91-ctp.trendmicro.com/wis/clicktime/v1/query?url=http%3a%2f%2fbad.test&umid=1", "http://bad.test/ by trend" },
	{ "https://url.avanan.click/v2/___https://bad.test/x?y=1___.YXA0", "https://bad.test/x?y=1 by avanan" },
	{ "https://www.google.com/url?sa=t&q=http%3A%2F%2Fbad.test&usg=x", "http://bad.test/ by google" },
	{ "https://www.google.co.jp/url?url=http://bad.test/", "http://bad.test/ by google" },
	{ "https://www.google.com.bad.test/url?q=http://good.test/", "https://www.google.com.bad.test/url?q=http://good.test/" },
	{ "https://www.google.com/amp/s/bad.test/x", "https://bad.test/x by google_amp" },
	{ "https://www.google.com/imgres?imgurl=http%3A%2F%2Fbad.test%2Fi.png", "http://bad.test/i.png by google" },
	{ "https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cDovL2JhZC50ZXN0Lw&ntb=1", "http://bad.test/ by bing" },
	{ "https://r.search.yahoo.com/_ylt=x/RV=2/RU=https%3a%2f%2fbad.test%2fx/RK=2/RS=y-", "https://bad.test/x by yahoo" },
	{ "https://ad.doubleclick.net/aclk?adurl=https%3A%2F%2Fbad.test%2Fx", "https://bad.test/x by redirect" },
	{ "https://www.google.com/url?q=https%3A%2F%2Fhref.li%2F%3Fhttps%3A%2F%2Fbad.test%2F", "https://bad.test/ by google, redirect" },
	{ "https://slack-redir.net/link?url=http%3A%2F%2Fbad.test", "http://bad.test/ by slack" },
	{ "https://l.facebook.com/l.php?u=http%3A%2F%2Fbad.test&h=AT", "http://bad.test/ by facebook" },
	{ "https://www.youtube.com/redirect?event=x&q=http%253A%252F%252Fbad.test", "http://bad.test/ by youtube" },
	{ "https://www.linkedin.com/redir/redirect?url=http%3A%2F%2Fbad%2Etest", "http://bad.test/ by linkedin" },
	{ "https://l.facebook.com/l.php?u=javascript:x", "https://l.facebook.com/l.php?u=javascript:x" },
	{ "https://l.facebook.com/l.php", "https://l.facebook.com/l.php" },
	{ "https://l.facebook.com/l.php?u=https%3A%2F%2Fnam.safelinks.protection.outlook.com%2F%3Furl%3Dhttp%253A%252F%252Fbad.test",
	  "http://bad.test/ by facebook, safelinks" },
	{ "https://l.facebook.com/l.php?u=http%3A%2F%2F3221226050%2F", "http://192.0.2.66/ by facebook" },
};

static void
deep(void)
{
	struct buf b;
	struct str got;

	/* Each layer encodes the one inside, as Slack would, "http" in plain. */
	buf_init(&b, URL_BYTES);
	for (int i = 0; i < UNWRAP_DEPTH + 2; i++)
		buf_adds(&b, "https://slack-redir.net/link?url=");
	buf_adds(&b, "http://bad.test/");
	got = unwrapped(buf_str(&b));
	test_ok(str_starts(got, STR("https://slack-redir.net/link?url=https://slack-redir.net/link?url=http://bad.test/ by slack")),
	    "no deeper than the limit");
	buf_clear(&b);
}

int
main(void)
{
	pool = pool_new(0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_str(unwrapped(str_of(cases[i].in)), str_of(cases[i].want), cases[i].in);
	deep();
	pool_free(&pool);
	return test_done();
}
