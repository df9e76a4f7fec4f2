/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/milter_spec.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "test.h"

static void
parse(void)
{
	static const struct {
		const char *text;
		enum rc rc;
		int family;
		const char *path, *host;
		int port;
	} cases[] = {
		{ "unix:/run/s", RC_OK, SPEC_UNIX, "/run/s", "", 0 },
		{ "local:/run/s", RC_OK, SPEC_UNIX, "/run/s", "", 0 },
		{ "/run/s", RC_OK, SPEC_UNIX, "/run/s", "", 0 },
		{ "inet:8899@127.0.0.1", RC_OK, SPEC_INET, "", "127.0.0.1", 8899 },
		{ "inet:8899@mx.example.com", RC_OK, SPEC_INET, "", "mx.example.com", 8899 },
		{ "inet6:8899@::1", RC_OK, SPEC_INET6, "", "::1", 8899 },
		{ "inet6:8899@[::1]", RC_OK, SPEC_INET6, "", "::1", 8899 },
		{ "inet:127.0.0.1:8899", RC_OK, SPEC_INET, "", "127.0.0.1", 8899 },
		{ "inet:localhost:8899", RC_OK, SPEC_INET, "", "localhost", 8899 },
		{ "inet:[::1]:8899", RC_OK, SPEC_INET6, "", "::1", 8899 },
		{ "inet:8899", RC_OK, SPEC_INET, "", "", 8899 },
		{ "inet6:8899", RC_OK, SPEC_INET6, "", "", 8899 },
		{ "", RC_BAD, 0, "", "", 0 },
		{ "unix:", RC_BAD, 0, "", "", 0 },
		{ "unix:relative", RC_BAD, 0, "", "", 0 },
		{ "unix:/" "0123456789012345678901234567890123456789012345678901234567890123456789"
		    "0123456789012345678901234567890123456789", RC_BAD, 0, "", "", 0 },
		{ "inet:", RC_BAD, 0, "", "", 0 },
		{ "inet:0@127.0.0.1", RC_BAD, 0, "", "", 0 },
		{ "inet:65536@127.0.0.1", RC_BAD, 0, "", "", 0 },
		{ "inet:99999999999999999999@h", RC_BAD, 0, "", "", 0 },
		{ "inet:smtp@h", RC_BAD, 0, "", "", 0 },
		{ "inet:25@", RC_BAD, 0, "", "", 0 },
		{ "inet::25", RC_BAD, 0, "", "", 0 },
		{ "inet:host:", RC_BAD, 0, "", "", 0 },
		{ "tcp:25", RC_BAD, 0, "", "", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct milter_spec spec;
		struct buf why;

		buf_init(&why, 512);
		test_int(milter_spec_parse(str_of(cases[i].text), &spec, &why), cases[i].rc, cases[i].text);
		if (cases[i].rc == RC_OK) {
			test_int((int)spec.family, cases[i].family, cases[i].text);
			test_str(spec.path, str_of(cases[i].path), cases[i].text);
			test_str(spec.host, str_of(cases[i].host), cases[i].text);
			test_int(spec.port, cases[i].port, cases[i].text);
		} else {
			test_ok(why.n > 0, "and says why");
		}
		buf_clear(&why);
	}
}

static enum rc
open_spec(const char *text, mode_t mode, int *fd, struct buf *why)
{
	struct milter_spec_owner owner = { mode, (uid_t)-1, (gid_t)-1 };
	struct milter_spec spec;

	buf_reset(why);
	if (milter_spec_parse(str_of(text), &spec, why) != RC_OK)
		return RC_BAD;
	return milter_spec_listen(&spec, &owner, fd, why);
}

static void
unix_sockets(void)
{
	char dir[] = "/tmp/spec_test.XXXXXX", path[64], text[80];
	struct stat st;
	struct buf why;
	int fd, second;

	if (!mkdtemp(dir)) {
		test_ok(false, "a folder");
		return;
	}
	buf_init(&why, 512);
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(text, sizeof(text), "unix:%s", path);
	test_int(open_spec(text, 0660, &fd, &why), RC_OK, "a new socket");
	test_ok(stat(path, &st) == 0 && S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0660, "with its mode");
	test_int(open_spec(text, 0660, &second, &why), RC_LIMIT, "a live socket is not taken");
	test_int(second, -1, "nor opened");
	test_ok(str_find(buf_str(&why), STR("answers")) != STR_NPOS, "and the reason is said");
	fdio_close(&fd);
	test_int(open_spec(text, 0600, &fd, &why), RC_OK, "a dead socket is replaced");
	test_ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "with its mode");
	fdio_close(&fd);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	fdio_close(&fd);
	test_int(open_spec(text, 0600, &fd, &why), RC_LIMIT, "a plain file is left alone");
	test_ok(stat(path, &st) == 0 && S_ISREG(st.st_mode), "it is still there");
	unlink(path);
	rmdir(dir);
	test_int(open_spec(text, 0600, &fd, &why), RC_TEMP, "no folder");
	buf_clear(&why);
}

static void
inet_sockets(void)
{
	char text[64];
	struct buf why;
	int fd = -1, second;
	unsigned port = 20000 + (unsigned)getpid() % 10000;

	buf_init(&why, 512);
	for (int i = 0; i < 50 && fd < 0; i++) {
		snprintf(text, sizeof(text), "inet:%u@127.0.0.1", ++port);
		if (open_spec(text, 0, &fd, &why) != RC_OK)
			fd = -1;
	}
	test_ok(fd >= 0, "a port");
	test_int(open_spec(text, 0, &second, &why), RC_LIMIT, "a port in use");
	fdio_close(&fd);
	test_int(open_spec("inet:25000@no-such-host.invalid", 0, &fd, &why), RC_TEMP, "no such host");
	buf_clear(&why);
}

int
main(void)
{
	parse();
	unix_sockets();
	inet_sockets();
	return test_done();
}
