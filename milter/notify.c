/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

enum { TEXT_BYTES = 512, STATUS_BYTES = 256 };

static void
tell(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	size_t n = path ? strlen(path) : 0;
	int fd;

	if (n < 2 || n >= sizeof(sa.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(sa.sun_path, path, n);
	if (path[0] == '@')
		sa.sun_path[0] = '\0';	/* abstract namespace */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&sa,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		perror("NOTIFY_SOCKET");
	close(fd);
}

static void
tell_status(const char *state, const char *status)
{
	char text[TEXT_BYTES];
	int n = snprintf(text, sizeof(text), "%sSTATUS=%.*s", state, STATUS_BYTES, status);

	/* A line feed in the status would start a variable of its own. */
	for (int i = (int)strlen(state); i < n && text[i]; i++)
		if (text[i] == '\n')
			text[i] = ' ';
	tell(text);
}

void
notify_ready(const char *status)
{
	tell_status("READY=1\n", status);
}

void
notify_reloading(void)
{
	char text[TEXT_BYTES];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono_us());
	tell(text);
}

void
notify_stopping(void)
{
	tell("STOPPING=1");
}

void
notify_status(const char *status)
{
	tell_status("", status);
}

void
notify_alive(void)
{
	tell("WATCHDOG=1");
}

int64_t
notify_alive_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t time, whom;

	if (!usec || !str_to_u64(str_of(usec), &time))
		return 0;
	if (pid && (!str_to_u64(str_of(pid), &whom) || whom != (uint64_t)getpid()))
		return 0;
	return (int64_t)(time / 2000);
}
