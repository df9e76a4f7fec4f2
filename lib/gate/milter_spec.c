/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/milter_spec.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/fdio.h"

/* A predecessor that was just told to stop may still hold the socket for a moment. */
enum { HOST_BYTES = 256, LIVE_TRIES = 6, LIVE_WAIT_MS = 500 };

static enum rc
bad(struct buf *why, const char *what, struct str text)
{
	buf_printf(why, "%s: \"%.*s\"", what, STR_ARG(text));
	return RC_BAD;
}

static enum rc
parse_path(struct str path, struct milter_spec *out, struct buf *why)
{
	if (path.n == 0 || path.p[0] != '/')
		return bad(why, "a unix socket needs an absolute path", path);
	if (path.n >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return bad(why, "the path is too long for a socket", path);
	out->family = SPEC_UNIX;
	out->path = path;
	return RC_OK;
}

static struct str
without_brackets(struct str host)
{
	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		return str_sub(host, 1, host.n - 2);
	return host;
}

/* port@host (libmilter), host:port (Postfix), or a port alone. */
static enum rc
parse_inet(struct str rest, struct milter_spec *out, struct buf *why)
{
	size_t at = str_chr(rest, '@'), colon = str_rchr(rest, ':');
	struct str port = rest;
	uint64_t number;

	out->host = STR_NONE;
	if (at != STR_NPOS) {
		port = str_upto(rest, at);
		out->host = str_from(rest, at + 1);
	} else if (colon != STR_NPOS) {
		port = str_from(rest, colon + 1);
		out->host = str_upto(rest, colon);
	}
	if (!str_to_u64(port, &number) || number == 0 || number > UINT16_MAX)
		return bad(why, "not a port number", port);
	out->port = (uint16_t)number;
	if (str_chr(out->host, ':') != STR_NPOS)
		out->family = SPEC_INET6;
	out->host = without_brackets(out->host);
	if (out->host.n >= HOST_BYTES || (out->host.n == 0 && port.n != rest.n))
		return bad(why, "not a host", out->host);
	return RC_OK;
}

enum rc
milter_spec_parse(struct str text, struct milter_spec *out, struct buf *why)
{
	*out = (struct milter_spec){ .family = SPEC_UNIX };
	if (str_starts(text, STR("/")))
		return parse_path(text, out, why);
	if (str_starts(text, STR("unix:")))
		return parse_path(str_from(text, 5), out, why);
	if (str_starts(text, STR("local:")))
		return parse_path(str_from(text, 6), out, why);
	if (str_starts(text, STR("inet6:"))) {
		out->family = SPEC_INET6;
		return parse_inet(str_from(text, 6), out, why);
	}
	out->family = SPEC_INET;
	if (str_starts(text, STR("inet:")))
		return parse_inet(str_from(text, 5), out, why);
	return bad(why, "not a socket (unix:/path, inet:port@host, inet6:port@host, inet:host:port)", text);
}

static struct sockaddr_un
unix_address(struct str path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	memcpy(sa.sun_path, path.p, path.n);	/* parse_path made sure that it fits */
	return sa;
}

enum state { ABSENT, DEAD, LIVE, NO_SOCKET };

static enum state
look_at(const struct sockaddr_un *sa)
{
	struct stat st;
	enum state state;
	int fd;

	if (lstat(sa->sun_path, &st) != 0)
		return ABSENT;
	if (!S_ISSOCK(st.st_mode))
		return NO_SOCKET;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return LIVE;
	/* Only this error says that nobody listens; the others, that we may not know. */
	state = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) != 0 && errno == ECONNREFUSED ? DEAD : LIVE;
	close(fd);
	return state;
}

static enum rc
make_room(const struct sockaddr_un *sa, struct buf *why)
{
	const struct timespec wait = { 0, LIVE_WAIT_MS * 1000000L };
	enum state state = look_at(sa);

	for (int i = 1; state == LIVE && i < LIVE_TRIES; i++) {
		nanosleep(&wait, NULL);
		state = look_at(sa);
	}
	switch (state) {
	case ABSENT:
		return RC_OK;
	case DEAD:
		unlink(sa->sun_path);
		return RC_OK;
	case LIVE:
		buf_printf(why, "%s: another program answers on this socket; stop it first", sa->sun_path);
		return RC_LIMIT;
	case NO_SOCKET:
		break;
	}
	buf_printf(why, "%s: exists and is not a socket", sa->sun_path);
	return RC_LIMIT;
}

static enum rc
refused(struct buf *why, const char *what)
{
	buf_printf(why, "%s: %s", what, strerror(errno));
	return errno == EADDRINUSE ? RC_LIMIT : RC_TEMP;
}

static enum rc
listen_unix(const struct milter_spec *spec, const struct milter_spec_owner *owner, int *out, struct buf *why)
{
	struct sockaddr_un sa = unix_address(spec->path);
	mode_t old = umask(0177);
	enum rc rc = make_room(&sa, why);
	int fd = -1;

	if (rc == RC_OK) {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		/* Nobody can connect before the mode is right: the umask leaves the owner only. */
		if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 || listen(fd, SPEC_BACKLOG) != 0 ||
		    lchown(sa.sun_path, owner->uid, owner->gid) != 0 || chmod(sa.sun_path, owner->mode) != 0)
			rc = refused(why, sa.sun_path);
	}
	umask(old);
	if (rc != RC_OK)
		fdio_close(&fd);
	*out = fd;
	return rc;
}

static enum rc
listen_address(const struct addrinfo *ai, int *out, struct buf *why, const char *name)
{
	int on = 1, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return refused(why, name);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(fd, SPEC_BACKLOG) != 0) {
		enum rc rc = refused(why, name);

		fdio_close(&fd);
		return rc;
	}
	*out = fd;
	return RC_OK;
}

static enum rc
listen_inet(const struct milter_spec *spec, int *out, struct buf *why)
{
	struct addrinfo hints = { .ai_family = spec->family == SPEC_INET6 ? AF_INET6 : AF_INET,
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *list = NULL;
	char host[HOST_BYTES], port[8], name[HOST_BYTES + 16];
	enum rc rc;

	snprintf(host, sizeof(host), "%.*s", STR_ARG(spec->host));
	snprintf(port, sizeof(port), "%u", spec->port);
	snprintf(name, sizeof(name), "port %s at %s", port, host[0] ? host : "this machine");
	if (getaddrinfo(host[0] ? host : NULL, port, &hints, &list) != 0) {
		buf_printf(why, "%s: no such host", name);
		return RC_TEMP;
	}
	rc = listen_address(list, out, why, name);
	freeaddrinfo(list);
	return rc;
}

enum rc
milter_spec_listen(const struct milter_spec *spec, const struct milter_spec_owner *owner, int *fd,
    struct buf *why)
{
	*fd = -1;
	if (spec->family == SPEC_UNIX)
		return listen_unix(spec, owner, fd, why);
	return listen_inet(spec, fd, why);
}
