/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/control_client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fdio.h"

enum rc
control_connect(struct str path, int *out)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock, err;

	if (path.n == 0 || path.n >= sizeof(addr.sun_path))
		return RC_NONE;
	memcpy(addr.sun_path, path.p, path.n);
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return RC_TEMP;
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr)) == 0) {
		*out = sock;
		return RC_OK;
	}
	err = errno;
	close(sock);
	errno = err;
	switch (err) {
	case ENOENT: case ENOTDIR: case ECONNREFUSED: return RC_NONE;
	case EACCES: case EPERM: return RC_BAD;
	default: return RC_TEMP;
	}
}

enum rc
control_call(int sock, const struct control_request *req, int message_fd, int64_t deadline_ms,
    struct buf *answer)
{
	struct fdio_frame f = { .tag = CONTROL_REQUEST }, reply;
	struct buf text;
	enum rc rc;

	buf_init(&text, CONTROL_REQUEST_BYTES);
	control_put_request(&text, req);
	f.body = buf_str(&text);
	if (message_fd >= 0)
		f.fds[f.n_fds++] = message_fd;
	rc = text.full ? RC_LIMIT : fdio_send(sock, &f, deadline_ms);
	buf_clear(&text);
	/* A gate that refused us may have answered before it hung up: read even then. */
	if (rc == RC_LIMIT)
		return rc;
	if (fdio_recv(sock, answer, &reply, deadline_ms) != RC_OK)
		return RC_TEMP;
	fdio_close_fds(&reply);
	return reply.tag == CONTROL_ANSWER ? RC_OK : RC_TEMP;
}
