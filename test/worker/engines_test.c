/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The real engines in the closed room: they find what they shall, need no call that is refused,
 * stay small, and never call anything clean that they could not look at. */
#include "worker/workers.h"

#include <fts.h>
#include <limits.h>

#include "worker/house.h"
#include "base/sanitizer.h"

enum { LINE = 57, FILES_MAX = 400 };		/* bytes per line of base64 (RFC 2045 6.8) */
static char top[PATH_MAX];

/* The test string, put together so that this file does not hold it. */
static struct str
eicar(void)
{
	static char text[69];

	snprintf(text, sizeof(text), "X5O!P%%@AP[4\\PZX54(P^)7CC)7}$%s-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*", "EICAR");
	return (struct str){ text, 68 };
}

static void
put_base64(struct buf *b, struct str in)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < in.n; i += 3) {
		unsigned v = (unsigned)(unsigned char)in.p[i] << 16;

		v |= i + 1 < in.n ? (unsigned)(unsigned char)in.p[i + 1] << 8 : 0;
		v |= i + 2 < in.n ? (unsigned char)in.p[i + 2] : 0;
		buf_addc(b, digits[v >> 18]);
		buf_addc(b, digits[v >> 12 & 63]);
		buf_addc(b, i + 1 < in.n ? digits[v >> 6 & 63] : '=');
		buf_addc(b, i + 2 < in.n ? digits[v & 63] : '=');
		if ((i + 3) % LINE == 0)
			buf_adds(b, "\r\n");
	}
	buf_adds(b, "\r\n");
}

static struct answer
scan_attached(struct house *h, struct str content, const char *name)
{
	struct buf b;
	struct answer a;
	int fd;

	buf_init(&b, 64 << 20);
	buf_printf(&b, "From: a@example.com\r\nTo: b@example.net\r\nSubject: test\r\n"
	    "Date: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
	    "--b\r\nContent-Type: application/octet-stream; name=\"%s\"\r\nContent-Transfer-Encoding: base64\r\n\r\n", name);
	put_base64(&b, content);
	buf_adds(&b, "--b--\r\n");
	if (fdio_memfd("message", buf_str(&b), &fd) != RC_OK || fdio_seal(fd) != RC_OK)
		exit(1);
	a = scan_fd(h, h->pool, fd, b.n);
	close(fd);
	buf_clear(&b);
	return a;
}

static bool
found(const struct answer *a, const char *name)
{
	for (size_t i = 0; i < a->report.findings.n; i++)
		if (strcmp(report_finding(&a->report, i)->def->name, name) == 0)
			return true;
	return false;
}

static const char *
conf_text(const char *more)
{
	static char text[4 * PATH_MAX];

	snprintf(text, sizeof(text), "engine.clamav_databases = %s/rules/clamav\nengine.yara_rules = %s/rules/yara\n%s",
	    top, top, more);
	return text;
}

static void
test_finds(void)
{
	struct house h;
	struct answer a;

	house_open(&h, conf_text(""));
	a = scan_attached(&h, eicar(), "x.com");
	test_int(a.rc, RC_OK, "an infected message is scanned");
	test_ok(found(&a, "CLAMAV"), "and found so");
	a = scan_attached(&h, STR("nothing to see"), "x.txt");
	test_ok(a.rc == RC_OK && a.report.findings.n == 0 && report_complete(&a.report), "a clean one is clean");
	house_close(&h);
}

/* Files that break libarchive 3.6.2 itself: it writes outside its memory in LZX, takes all memory
 * in an endless loop, reads what it freed, asks for 2^63 bytes. Their workers die, or may, which
 * is what workers are for. */
static bool
may_kill(const char *name)
{
	static const char *const names[] = {
		"test_read_format_cab_lzx_oob.cab", "test_read_format_iso_rockridge_ce_loop.iso.Z",
		"test_read_format_rar5_data_ready_pointer_leak.rar", "test_read_format_rar_newsub_huge.rar",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool
scan_file(struct house *h, const char *path, const char *name)
{
	struct buf content;
	struct answer a = { .rc = RC_OK };

	buf_init(&content, 8 << 20);
	if (fdio_read_file(path, &content) == RC_OK && content.n > 0)
		a = scan_attached(h, buf_str(&content), name);
	buf_clear(&content);
	if (a.rc != RC_OK)
		printf("# %s: rc %d, %.*s\n", path, a.rc, STR_ARG(a.why));
	if (may_kill(name) && !str_ends_nocase(a.why, STR("signal 31")))
		a.rc = RC_OK;
	pool_clear(h->pool);
	return a.rc == RC_OK;
}

/* Containers of every kind: no library needs a call that the room refuses. */
static void
scan_tree(struct house *h, char *path, const char *name)
{
	char *roots[] = { path, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;
	int bad = 0, n = 0;

	while (walk && (e = fts_read(walk)) && n < FILES_MAX) {
		if (e->fts_info != FTS_F || (SANITIZED && may_kill(e->fts_name)))
			continue;
		n++;
		bad += !scan_file(h, e->fts_path, e->fts_name);
	}
	if (walk)
		fts_close(walk);
	if (n == 0)
		test_skip(name, "not here");
	else
		test_int(bad, 0, name);
}

static void
scan_pack(struct house *h, const char *corpus, const char *pack)
{
	char dir[] = "/tmp/engines-test-XXXXXX";
	struct buf command;

	if (!mkdtemp(dir))
		exit(1);
	buf_init(&command, 10000);
	buf_printf(&command, "zstd -qdc '%s/%s.tar.zst' 2>/dev/null | tar -xf - -C %s 2>/dev/null", corpus, pack, dir);
	if (system(buf_cstr(&command)) == 0)
		scan_tree(h, dir, pack);
	else
		test_skip(pack, "the corpus is not here");
	buf_reset(&command);
	buf_printf(&command, "rm -rf %s", dir);
	if (system(buf_cstr(&command)) != 0)
		printf("# %s stays\n", dir);
	buf_clear(&command);
}

static void
test_containers(void)
{
	static char files[] = "/usr/share/clamav-testfiles";
	const char *corpus = getenv("SEKIMORI_CORPUS");
	struct house h;

	if (!corpus)
		corpus = "../shared/corpus";
	house_open(&h, conf_text("limit.scan_ms = 20s\n"));
	scan_tree(&h, files, "the test files of ClamAV");
	scan_pack(&h, corpus, "att-libarchive");
	scan_pack(&h, corpus, "att-office");
	scan_pack(&h, corpus, "att-tika");
	/* Each of those may cost two workers; one that asks for a gigabyte may cost one. */
	test_ok(status_of(&h).lost <= 10, "hardly any other worker was lost");
	house_close(&h);
}

/* libclamav calls everything clean when it cannot write its temporary files. */
static void
test_no_folder(void)
{
	struct house h;
	struct answer a;
	char command[200];

	house_open(&h, conf_text("worker.namespaces = no\nworker.count = 1\nengine.yara = no\n"));
	a = scan_attached(&h, eicar(), "x.com");
	test_ok(found(&a, "CLAMAV"), "found while the folder is there");
	snprintf(command, sizeof(command), "rm -rf %s/sekimori-*", folder);
	if (system(command) != 0)
		exit(1);
	a = scan_attached(&h, eicar(), "y.com");
	test_ok(a.rc != RC_OK || a.report.findings.n > 0 || !report_complete(&a.report),
	    "without the folder it is found, or said not to be scanned, but not clean");
	a = scan_attached(&h, STR("other content that is harmless"), "y.txt");
	test_ok(a.rc != RC_OK || !report_complete(&a.report) || a.report.parts.n > 0, "nor is anything else lost");
	house_close(&h);
}

static uint64_t
private_kb(pid_t pid)
{
	char path[64];
	struct buf text;
	struct str rest, line, word;
	uint64_t sum = 0, kb;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	buf_init(&text, 100000);
	if (fdio_read_file(path, &text) != RC_OK)
		return 0;
	rest = buf_str(&text);
	while (str_next(&rest, '\n', &line)) {
		if (!str_starts(line, STR("Private_Dirty:")))
			continue;
		line = str_trim(str_from(line, sizeof("Private_Dirty:") - 1));
		if (str_next(&line, ' ', &word) && str_to_u64(word, &kb))
			sum += kb;
	}
	buf_clear(&text);
	return sum;
}

/* A worker is replaced before it has grown large, whatever it read. */
static void
test_memory(void)
{
	enum { MESSAGES = 1500, MOST_KB = 64 * 1024 };
	struct house h;
	char *big = calloc(1, 4 << 20);
	uint64_t most = 0;
	int ok = 0;

	if (SANITIZED) {
		test_skip("memory of a worker", "sanitizer build");
		free(big);
		return;
	}
	house_open(&h, conf_text("worker.count = 1\nworker.recycle = 100000\n"));
	for (int i = 0; i < MESSAGES; i++) {
		struct str content = eicar();
		pid_t pid;

		if (i % 500 == 499) {
			memset(big, i, 4 << 20);
			content = (struct str){ big, 4 << 20 };
		}
		ok += scan_attached(&h, content, "x.bin").rc == RC_OK;
		pool_clear(h.pool);
		if (i % 100 == 0 && children(h.zygote.pid, &pid, 1) == 1 && private_kb(pid) > most)
			most = private_kb(pid);
	}
	printf("# private memory of a worker: at most %" PRIu64 " kB\n", most);
	test_int(ok, MESSAGES, "all are scanned");
	test_ok(most > 0 && most < MOST_KB, "a worker stays under 64 MB");
	free(big);
	house_close(&h);
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], ZYGOTE_ARG) == 0)
		return zygote_main(settings, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!mkdtemp(folder) || !getcwd(top, sizeof(top)))
		return 1;
	test_finds();
	test_containers();
	test_no_folder();
	test_memory();
	rmdir(folder);
	return test_done();
}
