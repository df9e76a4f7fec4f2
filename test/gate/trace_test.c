/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/gate/trace.c */
#include "test.h"

#include "gate/settings.h"
#include "gate/trace.h"

static const struct conf_base none = { .key = NULL };

static struct conf *
load(const char *text)
{
	struct conf *conf = NULL;
	struct buf why;

	buf_init(&why, 65536);
	if (conf_parse(str_of(text), "f", settings, none, &conf, &why) != RC_OK)
		test_show("errors", buf_str(&why));
	buf_clear(&why);
	return conf;
}

/* How often a word is in the answer. */
static int64_t
times(struct str text, const char *word)
{
	int64_t n = 0;
	size_t at;

	for (; (at = str_find(text, str_of(word))) != STR_NPOS; n++)
		text = str_from(text, at + 1);
	return n;
}

int
main(void)
{
	static const struct str rcpts[] = { { "a@example.com", 13 }, { "b@example.com", 13 } };
	static const struct { const char *name, *conf, *helo; int64_t phases, ends, replies; } cases[] = {
		{ "a good client", "", "mail.example.org", 5, 0, 0 },
		{ "refused at MAIL", "scores = HELO_BARE_IP=10\non.reputation = reject\n", "192.0.2.1", 3, 1, 1 },
		{ "discarded", "scores = HELO_BARE_IP=10\non.reputation = discard\n", "192.0.2.1", 3, 1, 0 },
		{ "not early", "scores = HELO_BARE_IP=10\non.reputation = reject\nearly = blocked\n", "192.0.2.1", 5, 0, 0 },
		{ "a trusted relay", "trusted_relays = 192.0.2.1\n", "192.0.2.1", 3, 0, 0 },
		{ "observing", "scores = HELO_BARE_IP=10\nmode = observe\n", "192.0.2.1", 5, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct gate g = { .conf = load(cases[i].conf) };
		struct session s = { .client_addr = STR("192.0.2.1"), .client_name = STR("mail.example.org"),
			.helo = str_of(cases[i].helo), .mail_from = STR("x@example.org"), .rcpts = rcpts, .n_rcpts = 2 };
		struct pool *pool = pool_new(0);
		struct buf out;

		buf_init(&out, 1 << 20);
		if (test_ok(g.conf != NULL, cases[i].name)) {
			trace_json(&g, g.conf, &s, pool, g.lc, &out);
			test_int(times(buf_str(&out), "\"phase\":"), cases[i].phases, "phases");
			test_int(times(buf_str(&out), "\"ends\":true"), cases[i].ends, "ends");
			test_int(times(buf_str(&out), "\"reply\":"), cases[i].replies, "words for the client");
			conf_put(&g.conf);
		}
		buf_clear(&out);
		pool_free(&pool);
	}
	return test_done();
}
