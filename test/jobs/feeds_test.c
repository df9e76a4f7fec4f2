/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/replace.h"
#include "jobs/feeds.h"

static char path[] = "/tmp/feeds-test.XXXXXX";

static enum rc
read_text(struct pool *pool, const char *text, struct feeds *out, struct buf *errors)
{
	struct str piece = str_of(text);

	test_ok(replace_file(path, &piece, 1) == RC_OK, "the file is written");
	return feeds_read(pool, path, out, errors);
}

static void
good(void)
{
	struct pool *pool = pool_new(0);
	const struct feed *f;
	struct feeds feeds;
	struct buf errors;

	buf_init(&errors, 65536);
	test_int(read_text(pool, "# mine\nfeed = own\nkind = ip\nsource = /etc/list\nclass = blocked\n\nfeed = web\nkind = domain\n"
	    "format = csv\ncolumn = 2\nseparator = tab\nsource = https://feeds.example/x\nclass = phishing\nscore = 7.5\nrefresh = 2h\n"
	    "expire = 2d\nmax_bytes = 5M\nuse = allow\nheader = Auth-Key\nsecret_file = /etc/key\nurls = host\n", &feeds, &errors), RC_OK, "good");
	test_str(buf_str(&errors), STR_NONE, "no errors");
	test_int((int64_t)feeds.list.n, 2, "two feeds");
	f = feed_at(&feeds, 0);
	test_ok(f->kind == INDICATOR_IP && f->class == CLASS_BLOCKED && f->score == 100 && !f->allow && f->shrinks &&
	    feed_is_local(f), "a file of the operator's own");
	f = feed_at(&feeds, 1);
	test_ok(f->kind == INDICATOR_DOMAIN && f->column == 2 && f->separator == '\t' && f->any_url && f->allow &&
	    f->score == 75 && f->refresh_ms == 7200000 && f->expire_ms == 172800000 && f->stale_ms == 3 * f->refresh_ms &&
	    f->max_bytes == 5 * 1024 * 1024 && !f->shrinks && !feed_is_local(f), "one of the web");
	buf_clear(&errors);
	pool_free(&pool);
}

/* Every error at once. */
static void
bad(void)
{
	static const char *const want[] = {
		":1: kind: stands before the first line 'feed = NAME'",
		":2: feed: a name has up to 39 letters, digits, - and _; not 'a b'",
		":3: kind: unknown word 'domian'; did you mean 'domain'?",
		":4: sorce: unknown key; did you mean 'source'?",
		":5: source: neither an absolute path nor a URL of https, http or file: 'ftp://x'",
		":6: format: unknown word 'xml'; possible: plain csv",
		":7: class: unknown word 'phising'; did you mean 'phishing'?",
		":10: feed: there is another feed called 'X'",
		":9: refresh: ", ":12: header: ",
		":2: feed: 'a b' has no line 'source'",
		":8: feed: 'x' has no line 'kind'",
	};
	struct pool *pool = pool_new(0);
	struct feeds feeds;
	struct buf errors;

	buf_init(&errors, 65536);
	test_int(read_text(pool, "kind = ip\nfeed = a b\nkind = domian\nsorce = /x\nsource = ftp://x\nformat = xml\nclass = phising\n"
	    "feed = x\nrefresh = 1ms\nfeed = X\nkind = ip\nheader = a: b\n", &feeds, &errors), RC_BAD, "bad");
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		if (!test_ok(str_find(buf_str(&errors), str_of(want[i])) != STR_NPOS, want[i]))
			test_show("got", buf_str(&errors));
	buf_reset(&errors);
	test_int(feeds_read(pool, "/nonexistent/feeds", &feeds, &errors), RC_BAD, "no file");
	test_ok(str_find(buf_str(&errors), STR("no such file")) != STR_NPOS, "and it says so");
	buf_clear(&errors);
	pool_free(&pool);
}

int
main(void)
{
	int fd = mkstemp(path);

	close(fd);
	good();
	bad();
	unlink(path);
	return test_done();
}
