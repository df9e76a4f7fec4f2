/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Engines as a whole: what is refused at load, that nothing is clean without proof, that
 * what was found clean once is still found when it is not, and that memory stays. */
#include <openssl/evp.h>
#include <zlib.h>

#include "engine/engine.h"
#include "kit.h"

enum { ROUNDS = 2000, WARM = 300, GROWTH_KB = 8 * 1024 };

static const char rules[] = "engine.clamav_databases = rules/clamav\nengine.yara_rules = rules/yara\n";

/* The EICAR test file, the two halves kept apart. */
static const char eicar_a[] = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-";
static const char eicar_b[] = "ANTIVIRUS-TEST-FILE!$H+H*";

static struct str
mail_with(struct buf *out, const char *type, const char *name, struct str content)
{
	unsigned char line[128];

	buf_reset(out);
	buf_printf(out, "From: a@sender.example\r\nTo: b@corp.example\r\nSubject: t\r\nDate: Mon, 3 Mar 2025 10:00:00 +0000\r\n"
	    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"q\"\r\n\r\n--q\r\nContent-Type: text/html\r\n\r\n"
	    "<html><body><p>Hello <b>world</b></p></body></html>\r\n--q\r\nContent-Type: %s; name=\"%s\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n", type, name);
	for (size_t i = 0; i < content.n; i += 57) {
		struct str piece = str_sub(content, i, 57);

		EVP_EncodeBlock(line, (const unsigned char *)piece.p, (int)piece.n);
		buf_printf(out, "%s\r\n", (char *)line);
	}
	buf_adds(out, "--q--\r\n");
	return buf_str(out);
}

static struct str
eicar_mail(struct buf *out)
{
	char text[100];

	snprintf(text, sizeof(text), "%s%s", eicar_a, eicar_b);
	return mail_with(out, "application/octet-stream", "a.com", str_of(text));
}

static void
test_broken(void)
{
	char dir[64], conf[200];
	struct kit k = { .pool = pool_new(0) };
	struct buf errors;

	buf_init(&errors, 10000);
	if (!kit_folder(dir, sizeof(dir)))
		return;
	kit_put(dir, "good.ndb", STR("Good:0:*:6161616161616161\n"));
	kit_put(dir, "bad.ndb", STR("Good2:0:*:6161616161616162\nBad:0:*:zz\n"));
	kit_put(dir, "worse.hdb", STR("xx:1:y\n"));
	kit_put(dir, "ignored.txt", STR("not a database"));
	snprintf(conf, sizeof(conf), "engine.clamav_databases = %s\n", dir);
	test_ok(kit_conf(&k, conf, &errors), "configuration");
	test_ok(engine_open(k.conf, &k.lim, (struct log_ctx){ &kit_log, "-" }, &k.engine, &errors) == RC_BAD,
	    "broken databases are refused");
	if (!test_ok(strstr(buf_cstr(&errors), "bad.ndb:2:") && strstr(buf_cstr(&errors), "worse.hdb:1:") &&
	    !strstr(buf_cstr(&errors), "good.ndb"), "each of them with its line"))
		printf("# %s\n", buf_cstr(&errors));
	kit_remove(dir);
	conf_put(&k.conf);
	pool_free(&k.pool);
	buf_clear(&errors);
}

static void
test_stale(void)
{
	char dir[64], conf[200];
	struct kit k = { .pool = pool_new(0) };
	struct buf errors;
	struct str before;

	buf_init(&errors, 10000);
	if (!kit_folder(dir, sizeof(dir)))
		return;
	kit_put(dir, "a.yar", STR("rule a { condition: false }"));
	snprintf(conf, sizeof(conf), "engine.yara_rules = %s\n", dir);
	test_ok(kit_conf(&k, conf, &errors), "configuration");
	before = engine_fingerprint(k.conf, k.pool);
	test_ok(!engine_stale(k.conf, before), "nothing changed");
	kit_put(dir, "b.txt", STR("no rule file"));
	test_ok(!engine_stale(k.conf, before), "a file that is no rule file does not count");
	kit_put(dir, "b.yar", STR("rule b { condition: false }"));
	test_ok(engine_stale(k.conf, before), "a new rule file does");
	kit_remove(dir);
	conf_put(&k.conf);
	pool_free(&k.pool);
	buf_clear(&errors);
}

/* libclamav calls everything clean when it cannot write its temp files. */
static void
test_no_temp(void)
{
	struct kit k;
	struct buf mail, why;

	buf_init(&mail, 10000);
	buf_init(&why, 1000);
	if (test_ok(kit_open(&k, rules), "engines open")) {
		kit_inspect(&k, eicar_mail(&mail));
		test_ok(kit_hit(&k, "eicar") != NULL, "EICAR is found");
		kit_inspect(&k, mail_with(&mail, "application/octet-stream", "b.bin", STR("harmless, and long enough")));
		test_ok(k.scan.hits.n == 0 && report_complete(&k.report), "harmless mail is clean and complete");
		kit_remove(k.tmp);
		kit_inspect(&k, eicar_mail(&mail));
		test_ok(kit_unscanned(&k, UNSCANNED_ENGINE), "without a temp folder nothing is clean");
		test_ok(engine_canary(k.engine, &why) == RC_BAD && why.n > 0, "and the canary does not sing");
	}
	kit_close(&k);
	buf_clear(&mail);
	buf_clear(&why);
}

static void
test_limits(void)
{
	struct kit k;
	struct buf mail, zeros;

	buf_init(&mail, 20 << 20);
	buf_init(&zeros, 4 << 20);
	if (test_ok(kit_open(&k, "engine.clamav_databases = rules/clamav\nlimit.unpack_depth = 1\n"), "engines open")) {
		kit_inspect(&k, mail_with(&mail, "application/vnd.rar", "a.rar", STR("Rar!\032\007\001\000broken archive")));
		test_ok(k.report.unscanned.n > 0, "an archive that cannot be read is not clean");
		kit_inspect(&k, STR("Content-Type: message/partial; id=x; number=1; total=2\r\n\r\nhalf"));
		test_ok(kit_unscanned(&k, UNSCANNED_PARTIAL), "a fragment is not clean");
		kit_inspect(&k, STR(""));
		test_ok(k.scan.hits.n == 0, "an empty message");
	}
	kit_close(&k);
	buf_clear(&mail);
	buf_clear(&zeros);
}

/* A picture of n bytes that holds a web archive, packed. */
static void
packed_picture(struct buf *out, size_t n)
{
	z_stream z = { .next_in = NULL };
	struct buf plain;
	char *room;

	buf_init(&plain, n);
	buf_add(&plain, STR("GIF89a\nMIME-Version: 1.0\nContent-Type: text/plain\n\n"));
	while (plain.n < n)
		buf_addc(&plain, (char)('a' + plain.n % 7919 % 26));
	buf_reset(out);
	room = buf_room(out, n);
	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	z.next_in = (Bytef *)plain.p;
	z.avail_in = (uInt)plain.n;
	z.next_out = (Bytef *)room;
	z.avail_out = (uInt)n;
	test_ok(deflate(&z, Z_FINISH) == Z_STREAM_END, "packed");
	out->n = z.total_out;
	deflateEnd(&z);
	buf_clear(&plain);
}

/* What ClamAV shows is copied to be looked into: where there is no room, that is said. */
static void
test_no_room(void)
{
	struct kit k;
	struct buf mail, gz;

	buf_init(&mail, 4 << 20);
	buf_init(&gz, 1 << 20);
	if (test_ok(kit_open(&k, "engine.clamav_databases = rules/clamav\nlimit.unpack_bytes = 1M\n"), "engines open")) {
		packed_picture(&gz, 300000);
		kit_inspect(&k, mail_with(&mail, "application/gzip", "a.webp.gz", buf_str(&gz)));
		if (!test_ok(kit_part(&k, "1.2/") && report_complete(&k.report),
		    "a picture in an archive"))
			kit_show(&k);
		packed_picture(&gz, 600000);
		kit_inspect(&k, mail_with(&mail, "application/gzip", "a.webp.gz", buf_str(&gz)));
if (!test_ok(kit_part(&k, "1.2/") && kit_unscanned(&k, UNSCANNED_LIMIT),
		    "a picture for whose copy there is no room"))
			kit_show(&k);
		kit_close(&k);
	}
	buf_clear(&mail);
	buf_clear(&gz);
}

/* A directory with room for more entries than ClamAV could walk through in time: it is given
 * the file closed, each time it comes. */
static void
test_flat(void)
{
	struct kit k;
	struct buf mail, zip;

	buf_init(&mail, 1 << 20);
	buf_init(&zip, 1 << 20);
	buf_add(&zip, STR("PK\003\004\024\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
	while (zip.n < 30 + 2000)
		buf_addc(&zip, 'x');
	buf_add(&zip, STR("PK\005\006\0\0\0\0\001\0\001\0\320\007\0\0\036\0\0\0\0\0"));
	if (test_ok(kit_open(&k, "engine.clamav_databases = rules/clamav\nengine.unpack = no\nlimit.unpack_files = 10\n"),
	    "engines open")) {
		for (int i = 0; i < 2; i++) {
			kit_inspect(&k, mail_with(&mail, "application/zip", "a.zip", buf_str(&zip)));
			test_ok(kit_unscanned(&k, UNSCANNED_LIMIT), i ? "many entries, once more" : "many entries");
		}
		kit_close(&k);
	}
	buf_clear(&mail);
	buf_clear(&zip);
}

/* What can be read of a damaged member was met under the same name before: still damaged. */
static void
test_damaged(void)
{
	struct kit k;
	struct buf mail;
	struct str zip = STR("PK\003\004\024\0\0\0\0\0\0\0\0\0\0\0\0\0\005\0\0\0\005\0\0\0\001\0\0\0ahello"
	    "PK\003\004\024\0\0\0\010\0\0\0\0\0\0\0\0\0\013\0\0\0\005\0\0\0\001\0\0\0a\0\005\0\372\377hello\007");

	buf_init(&mail, 1 << 20);
	if (test_ok(kit_open(&k, "engine.clamav = no\nengine.yara = no\n"), "no engines")) {
		kit_inspect(&k, mail_with(&mail, "application/zip", "a.zip", str_upto(zip, 36)));
		test_ok(kit_part(&k, "1.2/a") && report_complete(&k.report), "a member");
		kit_inspect(&k, mail_with(&mail, "application/zip", "a.zip", zip));
		if (!test_ok(kit_unscanned(&k, UNSCANNED_AMBIGUOUS), "the same again, damaged"))
			kit_show(&k);
		kit_close(&k);
	}
	buf_clear(&mail);
}

static long
private_kb(void)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "re");
	char line[200];
	long kb = 0;

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "Private_Dirty:", 14) == 0)
			kb = strtol(line + 14, NULL, 10);
	if (f)
		fclose(f);
	return kb;
}

static void
test_memory(void)
{
	struct kit k;
	struct buf mail, content;
	long warm = 0;
	bool good = true;

	buf_init(&mail, 1 << 20);
	buf_init(&content, 1 << 20);
	if (test_ok(kit_open(&k, rules), "engines open")) {
		for (int i = 0; i < ROUNDS; i++) {
			buf_reset(&content);
			for (int n = 0; n < 200; n++)
				buf_printf(&content, "line %d of message %d\n", n, i);
			if (i % 10 == 0)
				kit_inspect(&k, eicar_mail(&mail));
			else
				kit_inspect(&k, mail_with(&mail, "text/csv", "a.csv", buf_str(&content)));
			good &= (kit_hit(&k, "eicar") != NULL) == (i % 10 == 0);
			if (i == WARM)
				warm = private_kb();
		}
		test_ok(good, "every EICAR found, nothing else");
		printf("# private memory: %ld kB after %d messages, %ld kB after %d\n", warm, WARM, private_kb(), ROUNDS);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
		test_skip("memory does not grow", "sanitizers keep what is freed");
#else
		test_ok(private_kb() - warm < GROWTH_KB, "memory does not grow");
#endif
	}
	kit_close(&k);
	buf_clear(&mail);
	buf_clear(&content);
}

static void
test_rar(void)
{
	struct kit k;
	char dir[64], path[400];
	struct buf mail, rar;

	if (!kit_corpus("att-libarchive.tar.zst", dir, sizeof(dir))) {
		test_skip("RAR", "not in SEKIMORI_CORPUS");
		return;
	}
	buf_init(&mail, 1 << 20);
	buf_init(&rar, 1 << 20);
	snprintf(path, sizeof(path), "find '%s' -name test_read_format_rar5_compressed.rar -exec cp {} '%s/a.rar' ';'", dir, dir);
	if (test_ok(system(path) == 0 && kit_open(&k, rules), "engines open")) {
		snprintf(path, sizeof(path), "%s/a.rar", dir);
		test_ok(fdio_read_file(path, &rar) == RC_OK, "the archive is there");
		kit_inspect(&k, mail_with(&mail, "application/octet-stream", "a.rar", buf_str(&rar)));
		if (!test_ok(kit_part(&k, "1.2/test.bin") != NULL, "its members are parts"))
			kit_show(&k);
		kit_close(&k);
	}
	kit_remove(dir);
	buf_clear(&mail);
	buf_clear(&rar);
}

int
main(void)
{
	test_broken();
	test_stale();
	test_no_temp();
	test_limits();
	test_no_room();
	test_flat();
	test_damaged();
	test_rar();
	test_memory();
	return test_done();
}
