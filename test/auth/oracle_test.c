/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/auth/dkim.c, arc.c, sign.c, privkey.c against dkimpy, which others wrote: it
 * signs what we verify and verifies what we sign. opendkim_test.c does the same with OpenDKIM. */
#include "test.h"

#include "auth/arc.h"
#include "auth/sign.h"
#include "auth/mails.h"
#include "auth/suite.h"
#include "base/fdio.h"
#include "message/mail.h"

static struct corpus place;	/* a folder of its own */

static void
path_of(const char *name, char out[400])
{
	snprintf(out, 400, "%s/%s", place.folder, name);
}

static void
write_file(const char *name, struct str text)
{
	char path[400];
	FILE *f;

	path_of(name, path);
	f = fopen(path, "w");
	if (!f || fwrite(text.p ? text.p : "", 1, text.n, f) != text.n)
		test_ok(false, "a file of the test can be written");
	if (f)
		fclose(f);
}

/* Run a command in the folder. */
static bool
run(const char *command)
{
	char line[4096];

	snprintf(line, sizeof(line), "cd '%s' && { %s; } 2>>errors", place.folder, command);
	return system(line) == 0;
}

static struct str
read_file(struct pool *pool, const char *name)
{
	struct buf b;
	struct str s;
	char path[400];

	buf_init(&b, SUITE_MAIL);
	path_of(name, path);
	mail_read(path, &b);
	s = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return s;
}

static struct privkey *
our_key(const char *name)
{
	struct privkey *k = NULL;
	struct buf why;
	char path[400];

	buf_init(&why, 1000);
	path_of(name, path);
	if (!test_ok(privkey_load(path, &k, &why) == RC_OK, name))
		test_show("why", buf_str(&why));
	buf_clear(&why);
	return k;
}

static void
add_record(struct pool *pool, struct vec *keys, const char *name, const struct privkey *k)
{
	struct buf b;

	buf_init(&b, 4096);
	test_ok(privkey_record(k, &b), "the record to publish");
	suite_key(pool, keys, str_of(name), buf_str(&b));
	buf_clear(&b);
}

/* What they signed. */
static void
verify(const struct auth_keys *keys, struct str mail, const char *how, const char *name)
{
	struct pool *pool = pool_new(0);
	struct limits lim = mail_limits();
	struct dkim_in in = { .pool = pool, .keys = keys, .now = 2000000000, .bits_min = DKIM_BITS_MIN };
	const struct auth_dkim *d;
	struct raw_mail m;
	char title[200];
	size_t n;

	raw_mail_open(pool, &lim, mail, &m);
	dkim_examine(&in, &m, &d, &n);
	snprintf(title, sizeof(title), "%s: %s", how, name);
	if (!test_ok(n == 1 && d[0].result == AUTH_PASS, title)) {
		test_show("why ", n ? d[0].why : STR("no signature"));
		test_show("mail", mail);
	}
	pool_free(&pool);
}

static const struct {
	const char *name, *sign;	/* arguments of dkimpy: selector, forms of header and body, algorithm */
} how[] = {
	{ "dkimpy relaxed/relaxed", "'rsa', 'relaxed', 'relaxed', 'rsa-sha256'" },
	{ "dkimpy relaxed/simple", "'rsa', 'relaxed', 'simple', 'rsa-sha256'" },
	{ "dkimpy simple/relaxed", "'rsa', 'simple', 'relaxed', 'rsa-sha256'" },
	{ "dkimpy simple/simple", "'rsa', 'simple', 'simple', 'rsa-sha256'" },
	{ "dkimpy ed25519", "'ed', 'relaxed', 'relaxed', 'ed25519-sha256'" },
};
enum { HOW = sizeof(how) / sizeof(how[0]) };

/* dkimpy signs every mail in every way: one process, as starting it is what takes time. */
static void
they_sign(const struct auth_keys *keys)
{
	struct pool *pool = pool_new(0);
	struct str program = STR("import dkim\n"
	    "key = {'rsa': open('rsa.pem', 'rb').read(), 'ed': open('ed.raw', 'rb').read()}\n"
	    "def sign(out, name, s, h, b, a):\n"
	    "    mail = open(name, 'rb').read()\n"
	    "    sig = dkim.sign(mail, s.encode(), b'example.org', key[s], canonicalize=(h.encode(), b.encode()),\n"
	    "        signature_algorithm=a.encode())\n"
	    "    open(out, 'wb').write(sig + mail)\n");
	char name[100];

	for (size_t m = 0; m < MAILS; m++) {
		snprintf(name, sizeof(name), "mail%zu", m);
		write_file(name, suite_crlf(pool, str_of(mails[m].text)));
		for (size_t h = 0; h < HOW; h++)
			program = pool_printf(pool, "%.*ssign('out%zu.%zu', '%s', %s)\n", STR_ARG(program), m, h, name, how[h].sign);
	}
	write_file("signer.py", program);
	test_ok(run("/usr/bin/python3 signer.py"), "dkimpy signs");
	for (size_t m = 0; m < MAILS; m++)
		for (size_t h = 0; h < HOW; h++) {
			snprintf(name, sizeof(name), "out%zu.%zu", m, h);
			verify(keys, read_file(pool, name), how[h].name, mails[m].name);
		}
	pool_free(&pool);
}

/* dkimpy asks this function instead of DNS. Each line of `work` is a file and what to verify. */
static const char checker[] =
	"import dkim\n"
	"records = dict(line.rstrip('\\n').split(' ', 1) for line in open('records'))\n"
	"def txt(name, timeout=5):\n"
	"    name = name.decode() if isinstance(name, bytes) else name\n"
	"    found = records.get(name.rstrip('.'))\n"
	"    return found.encode() if found else None\n"
	"for line in open('work'):\n"
	"    name, kind = line.split()\n"
	"    mail = open(name, 'rb').read()\n"
	"    if kind == 'dkim':\n"
	"        ok = dkim.verify(mail, dnsfunc=txt)\n"
	"    else:\n"
	"        ok = dkim.arc_verify(mail, dnsfunc=txt)[0] == b'pass'\n"
	"    print(name, 'holds' if ok else 'fails')\n";

/* Mails that dkimpy shall look at in the end, and what to call them then. */
static struct {
	char title[200];
} pending[200];
static size_t n_pending;
static char work[20000];

static void
have_checked(struct pool *pool, struct str mail, const char *kind, const char *title)
{
	char name[40];
	size_t at = strlen(work);

	if (n_pending == sizeof(pending) / sizeof(pending[0]))
		abort();
	snprintf(name, sizeof(name), "work%zu", n_pending);
	snprintf(work + at, sizeof(work) - at, "%s %s\n", name, kind);
	snprintf(pending[n_pending++].title, sizeof(pending[0].title), "dkimpy: %s", title);
	write_file(name, suite_crlf(pool, mail));
}

static void
they_verify(struct pool *pool)
{
	struct str answer;

	write_file("work", str_of(work));
	test_ok(run("/usr/bin/python3 checker.py >answers"), "dkimpy verifies");
	answer = read_file(pool, "answers");
	for (size_t i = 0; i < n_pending; i++)
		test_ok(str_find(answer, pool_printf(pool, "work%zu holds\n", i)) != STR_NPOS, pending[i].title);
}

static void
write_records(struct pool *pool, const struct vec *keys)
{
	const struct auth_key *k = keys->items;
	struct str all = STR_NONE;

	for (size_t i = 0; i < keys->n; i++)
		all = pool_printf(pool, "%.*s%.*s %.*s\n", STR_ARG(all), STR_ARG(k[i].name), STR_ARG(k[i].text[0]));
	write_file("records", all);
	write_file("checker.py", str_of(checker));
}

static struct sign_in
signer(struct pool *pool, const struct privkey *k, const char *selector, struct raw_mail *m)
{
	static const struct str wanted = STR("from:to:subject:date:message-id:reply-to:content-type");
	uint64_t length;

	return (struct sign_in){ .key = k, .domain = STR("example.org"), .selector = str_of(selector), .now = 1600000000,
		.mail = m, .body = raw_mail_digest(m, CANON_RELAXED, &length), .names = sign_names(pool, m, wanted) };
}

static void
we_sign(const struct privkey *k, const char *selector, const char *name, struct str mail)
{
	struct pool *pool = pool_new(0);
	struct limits lim = mail_limits();
	struct raw_mail m;
	struct sign_in in;
	struct str value;
	char title[200];

	raw_mail_open(pool, &lim, mail, &m);
	in = signer(pool, k, selector, &m);
	snprintf(title, sizeof(title), "we sign with %s: %s", selector, name);
	if (test_ok(sign_dkim(pool, &in, &value) == RC_OK, title)) {
		have_checked(pool, pool_printf(pool, "DKIM-Signature: %.*s\n%.*s", STR_ARG(value), STR_ARG(mail)), "dkim", title);
	}
	pool_free(&pool);
}

/* Three sets, one on top of the other; what dkimpy and we think of the chain each time. */
static void
we_seal(const struct auth_keys *keys, const struct privkey *k, const char *selector, const char *name, struct str mail)
{
	struct pool *pool = pool_new(0);
	struct limits lim = mail_limits();
	struct dkim_in verifier = { .pool = pool, .keys = keys, .now = 1600000000, .bits_min = DKIM_BITS_MIN };
	struct auth_arc chain;
	char title[200];

	for (unsigned i = 1; i <= 3; i++) {
		struct raw_mail m;
		struct sign_in in;
		struct sign_set set;

		raw_mail_open(pool, &lim, mail, &m);
		arc_verify(&verifier, &m, &chain);
		in = signer(pool, k, selector, &m);
		snprintf(title, sizeof(title), "we seal with %s, set %u: %s", selector, i, name);
		if (!test_ok(sign_arc(pool, &in, &chain, STR("mx.example.org; spf=pass\n smtp.mailfrom=a"), &set) == RC_OK, title))
			break;
		mail = pool_printf(pool, "ARC-Seal: %.*s\nARC-Message-Signature: %.*s\nARC-Authentication-Results: %.*s\n%.*s",
		    STR_ARG(set.seal), STR_ARG(set.ams), STR_ARG(set.aar), STR_ARG(mail));
		/* dkimpy knows no other algorithm than RSA for ARC. */
		if (strcmp(selector, "rsa") == 0)
			have_checked(pool, mail, "arc", title);
		raw_mail_open(pool, &lim, suite_crlf(pool, mail), &m);
		arc_verify(&verifier, &m, &chain);
		test_ok(chain.result == AUTH_PASS && chain.sets == i && chain.oldest_pass == 0, title);
	}
	pool_free(&pool);
}

/* The bytes of an Ed25519 key are the last 32 of its PKCS#8 form; dkimpy wants them as base64. */
static bool
make_keys(void)
{
	return run("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem") &&
	    run("openssl genpkey -algorithm ED25519 -out ed.pem") &&
	    run("openssl pkey -in ed.pem -outform DER | tail -c 32 | openssl base64 -A >ed.raw") &&
	    run("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out short.pem") &&
	    run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem") &&
	    run("openssl rsa -aes128 -passout pass:x -in rsa.pem -out locked.pem") &&
	    run("openssl pkey -in rsa.pem -pubout -out public.pem");
}

static void
refused_keys(void)
{
	static const struct {
		const char *file, *why;
	} cases[] = {
		{ "short.pem", "an RSA key of 1024 bits; at least 2048 are wanted" },
		{ "ec.pem", "neither an RSA nor an Ed25519 key" },
		{ "locked.pem", "not a private key in PEM form without a passphrase" },
		{ "public.pem", "not a private key in PEM form without a passphrase" },
		{ "records", "not a private key in PEM form without a passphrase" },
		{ "nowhere.pem", "no such file" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct privkey *k = NULL;
		struct buf why;
		char path[400];

		buf_init(&why, 1000);
		path_of(cases[i].file, path);
		test_ok(privkey_load(path, &k, &why) == RC_BAD && !k, cases[i].file);
		test_str(buf_str(&why), str_of(cases[i].why), cases[i].file);
		buf_clear(&why);
	}
}

int
main(void)
{
	struct pool *pool = pool_new(0);
	struct vec keys = { .n = 0 };
	struct auth_keys list;
	struct privkey *rsa, *ed;

	snprintf(place.folder, sizeof(place.folder), "/tmp/sekimori-oracle-XXXXXX");
	if (!mkdtemp(place.folder) || !make_keys()) {
		test_ok(false, "a folder and keys for the test");
		return test_done();
	}
	rsa = our_key("rsa.pem");
	ed = our_key("ed.pem");
	add_record(pool, &keys, "rsa._domainkey.example.org", rsa);
	add_record(pool, &keys, "ed._domainkey.example.org", ed);
	list = (struct auth_keys){ keys.items, keys.n };
	write_records(pool, &keys);
	refused_keys();
	if (run("/usr/bin/python3 -c 'import dkim, nacl'")) {
		they_sign(&list);
		for (size_t i = 0; i < MAILS; i++) {
			we_sign(rsa, "rsa", mails[i].name, str_of(mails[i].text));
			we_sign(ed, "ed", mails[i].name, str_of(mails[i].text));
			we_seal(&list, rsa, "rsa", mails[i].name, str_of(mails[i].text));
		}
		we_seal(&list, ed, "ed", mails[0].name, str_of(mails[0].text));
		they_verify(pool);
	} else {
		test_skip("dkimpy", "python3-dkim or python3-nacl is missing");
	}
	privkey_free(&rsa);
	privkey_free(&ed);
	corpus_close(&place);
	pool_free(&pool);
	return test_done();
}
