/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/worker/wire_auth.c, lib/worker/warm.c: signatures through real workers, whose room is
 * closed before OpenSSL sees the first of them. */
#include "worker/workers.h"

#include "worker/fake_engine.h"
#include "worker/house.h"

#define RSA_P "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi" \
	"0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryO" \
	"TIKT+l/K4w3QIDAQAB"

/* RFC 8463 A.3 */
static const char rfc8463[] =
	"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
	" d=football.example.com; i=@football.example.com;\r\n"
	" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
	" subject : date : message-id : from : subject : date;\r\n"
	" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
	" b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
	" Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
	" d=football.example.com; i=@football.example.com;\r\n"
	" q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
	" date : message-id : from : subject : date;\r\n"
	" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
	" b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
	" DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
	" dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
	"From: Joe SixPack <joe@football.example.com>\r\n"
	"To: Suzie Q <suzie@shopping.example.net>\r\n"
	"Subject: Is dinner ready?\r\n"
	"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
	"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
	"\r\n"
	"Hi.\r\n"
	"\r\n"
	"We lost the game.  Are you hungry yet?\r\n"
	"\r\n"
	"Joe.\r\n";

static const struct str rsa_text = STR("v=DKIM1; k=rsa; p=" RSA_P);
static const struct str ed_text = STR("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
static const struct auth_key key[] = {
	{ .name = STR("test._domainkey.football.example.com"), .text = &rsa_text, .n = 1 },
	{ .name = STR("brisbane._domainkey.football.example.com"), .text = &ed_text, .n = 1 },
};
static const struct auth_keys keys = { key, 2 };

static void
scan_with(struct house *h, enum scan_turn turn, const struct auth_keys *given, bool body, struct report *out)
{
	struct wire_job job = { .queue_id = STR("Q1"), .turn = turn, .keys = given, .body = body };
	struct str why = STR_NONE;
	int fd;

	if (fdio_memfd("message", str_of(rfc8463), &fd) != RC_OK || fdio_seal(fd) != RC_OK)
		exit(1);
	if (!test_ok(workers_scan(h->workers, lc, &job, fd, sizeof(rfc8463) - 1, h->pool, out, &why) == RC_OK, "a scan"))
		test_show("why", why);
	close(fd);
}

static bool
ran(const struct report *r, const char *check)
{
	for (size_t i = 0; i < r->runs.n; i++)
		if (strcmp(report_run_at(r, i)->check, check) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	struct house h;
	struct report r;

	if (argc > 1 && strcmp(argv[1], ZYGOTE_ARG) == 0)
		return zygote_main(settings, NULL);
	if (!mkdtemp(folder))
		return 1;
	house_open(&h, "");
	scan_with(&h, SCAN_WHOLE, &keys, false, &r);
	test_ok(r.auth.known && r.auth.n_dkim == 2, "two signatures");
	if (r.auth.n_dkim == 2) {
		test_str(r.auth.dkim[0].why, STR_NONE, "Ed25519");
		test_str(r.auth.dkim[1].why, STR_NONE, "RSA");
		test_ok(r.auth.dkim[0].result == AUTH_PASS && r.auth.dkim[1].result == AUTH_PASS, "both pass");
		test_int(r.auth.dkim[1].bits, 1024, "bits");
	}
	test_ok(r.auth.arc.result == AUTH_NONE && !r.auth.has_body, "no chain, no digest");
	scan_with(&h, SCAN_CONTENT, NULL, true, &r);
	/* bh= of the signatures, which are relaxed. */
	test_ok(!r.auth.known && r.auth.n_dkim == 0 && r.auth.has_body && r.auth.body[0] == 0xda &&
	    r.auth.body[31] == 0xff, "only the digest of the body");
	test_ok(r.parts.n > 0 && !ran(&r, "dkim") && ran(&r, "mime"), "the content without the signatures");
	scan_with(&h, SCAN_PROOF, &keys, false, &r);
	test_ok(r.auth.known && r.auth.n_dkim == 2 && r.auth.dkim[1].result == AUTH_PASS, "the signatures alone");
	test_ok(r.parts.n == 0 && ran(&r, "dkim") && ran(&r, "arc") && !ran(&r, "mime"), "and nothing else");
	test_int(house_close(&h), 0, "the zygote ends well");
	rmdir(folder);
	return test_done();
}
