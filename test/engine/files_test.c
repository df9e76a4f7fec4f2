/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Damaged archives and documents of the corpus as attachments, each in a process of its own:
 * none may bring our code down. Those that bring a library down are named here. */
#include <signal.h>
#include <sys/wait.h>

#include "kit.h"

enum { FILE_MAX = 4 * 1024 * 1024, SECONDS = 20 };

/* Bugs of libarchive 3.6.2 as Debian 12 has it: a write behind a buffer, an endless loop,
 * and in RAR 5 a read of freed memory that only a sanitizer sees. A worker
 * that meets them is lost, and on_fail says what becomes of the message. */
static const char *const library_bugs[] = {
	"test_read_format_cab_lzx_oob.cab", "test_read_format_iso_rockridge_ce_loop.iso.Z",
#ifdef __SANITIZE_ADDRESS__
	"test_read_format_rar5_data_ready_pointer_leak.rar",
#endif
};

static struct kit kit;
static size_t looked, lost;

static bool
is_library_bug(const char *path)
{
	for (size_t i = 0; i < sizeof(library_bugs) / sizeof(*library_bugs); i++)
		if (str_ends_nocase(str_of(path), str_of(library_bugs[i])))
			return true;
	return false;
}

static void
mail_with(struct str content, struct buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	buf_adds(out, "From: a@sender.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	for (size_t i = 0; i < content.n; i += 3) {
		unsigned v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (i + k < content.n ? (unsigned char)content.p[i + k] : 0);
		for (int k = 0; k < 4; k++)
			buf_addc(out, i + (size_t)k <= content.n ? digits[v >> (18 - 6 * k) & 63] : '=');
		if (i % 57 == 54)
			buf_adds(out, "\r\n");
	}
	buf_adds(out, "\r\n");
}

static void
child(const char *path)
{
	struct buf content, mail;

	buf_init(&content, FILE_MAX);
	buf_init(&mail, 2 * FILE_MAX);
	alarm(SECONDS);
	if (fdio_read_file(path, &content) == RC_OK) {
		mail_with(buf_str(&content), &mail);
		kit_inspect(&kit, buf_str(&mail));
	}
	_exit(0);
}

static int
visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	int status = 0;
	pid_t pid;

	(void)ftw;
	if (type != FTW_F || st->st_size == 0 || st->st_size > FILE_MAX || is_library_bug(path))
		return 0;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		child(path);
	looked++;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		printf("# %s: status %d\n", path, status);
		lost++;
	}
	return 0;
}

static void
pack(const char *name)
{
	char dir[64];

	if (!kit_corpus(name, dir, sizeof(dir))) {
		test_skip(name, "not in SEKIMORI_CORPUS");
		return;
	}
	looked = lost = 0;
	nftw(dir, visit, 16, FTW_PHYS);
	test_ok(looked > 20, name);
	test_int((int64_t)lost, 0, "processes lost");
	kit_remove(dir);
}

int
main(void)
{
	if (!test_ok(kit_open(&kit, "engine.clamav_databases = rules/clamav\nengine.yara_rules = rules/yara\n"),
	    "engines open"))
		return test_done();
	pack("att-libarchive.tar.zst");
	pack("att-office.tar.zst");
	kit_close(&kit);
	return test_done();
}
