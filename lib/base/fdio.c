/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum { HEAD = 8 };

enum rc
fdio_pair(int pair[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0 ? RC_OK : RC_TEMP;
}

void
fdio_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
fdio_close_fds(struct fdio_frame *f)
{
	for (size_t i = 0; i < f->n_fds; i++)
		fdio_close(&f->fds[i]);
	f->n_fds = 0;
}

static enum rc
wait_for(int sock, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = sock, .events = events };
	int n;

	do
		n = poll(&p, 1, clock_left_ms(deadline_ms));
	while (n < 0 && errno == EINTR);
	return n > 0 ? RC_OK : RC_TEMP;
}

static void
put_u32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

static uint32_t
get_u32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

union fd_control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int) * FDIO_FDS)];
};

static void
attach_fds(struct msghdr *msg, union fd_control *control, const struct fdio_frame *f)
{
	struct cmsghdr *c;

	if (f->n_fds == 0)
		return;
	memset(control, 0, sizeof(*control));
	msg->msg_control = control->space;
	msg->msg_controllen = CMSG_SPACE(sizeof(int) * f->n_fds);
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * f->n_fds);
	memcpy(CMSG_DATA(c), f->fds, sizeof(int) * f->n_fds);
}

static void
advance(struct iovec iov[2], size_t n)
{
	for (int i = 0; i < 2; i++) {
		size_t step = n < iov[i].iov_len ? n : iov[i].iov_len;

		iov[i].iov_base = (char *)iov[i].iov_base + step;
		iov[i].iov_len -= step;
		n -= step;
	}
}

enum rc
fdio_send(int sock, const struct fdio_frame *f, int64_t deadline_ms)
{
	unsigned char head[HEAD];
	struct iovec iov[2] = { { head, HEAD }, { (void *)(uintptr_t)f->body.p, f->body.n } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	union fd_control control;

	if (f->body.n > UINT32_MAX || f->n_fds > FDIO_FDS)
		return RC_LIMIT;
	put_u32(head, (uint32_t)f->body.n);
	put_u32(head + 4, f->tag);
	attach_fds(&msg, &control, f);
	while (iov[0].iov_len + iov[1].iov_len > 0) {
		ssize_t n = sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			msg.msg_control = NULL;		/* descriptors went with the first byte */
			msg.msg_controllen = 0;
			advance(iov, (size_t)n);
		} else if (errno == EAGAIN) {
			if (wait_for(sock, POLLOUT, deadline_ms) != RC_OK)
				return RC_TEMP;
		} else if (errno != EINTR) {
			return RC_TEMP;
		}
	}
	return RC_OK;
}

static void
take_fds(struct msghdr *msg, struct fdio_frame *f)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (f->n_fds < FDIO_FDS)
				f->fds[f->n_fds++] = fd;
			else
				close(fd);
		}
	}
}

/* Read exactly n bytes to p. *got says how many came before a failure. */
static enum rc
recv_exact(int sock, char *p, size_t n, struct fdio_frame *f, int64_t deadline_ms, size_t *got)
{
	*got = 0;
	while (*got < n) {
		union fd_control control;
		struct iovec iov = { p + *got, n - *got };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		    .msg_control = control.space, .msg_controllen = sizeof(control.space) };
		ssize_t r = recvmsg(sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

		if (r > 0) {
			take_fds(&msg, f);
			*got += (size_t)r;
		} else if (r == 0) {
			return RC_NONE;
		} else if (errno == EAGAIN) {
			if (wait_for(sock, POLLIN, deadline_ms) != RC_OK)
				return RC_TEMP;
		} else if (errno == ECONNRESET) {
			return RC_NONE;
		} else if (errno != EINTR) {
			return RC_TEMP;
		}
	}
	return RC_OK;
}

enum rc
fdio_recv(int sock, struct buf *buf, struct fdio_frame *f, int64_t deadline_ms)
{
	unsigned char head[HEAD];
	size_t got, len;
	char *at;
	enum rc rc;

	*f = (struct fdio_frame){ .n_fds = 0 };
	buf_reset(buf);
	rc = recv_exact(sock, (char *)head, HEAD, f, deadline_ms, &got);
	if (rc != RC_OK) {
		fdio_close_fds(f);
		return rc == RC_NONE && got > 0 ? RC_TEMP : rc;
	}
	len = get_u32(head);
	f->tag = get_u32(head + 4);
	at = buf_room(buf, len);
	if (!at) {
		fdio_close_fds(f);
		return RC_LIMIT;
	}
	if (recv_exact(sock, at, len, f, deadline_ms, &got) != RC_OK) {
		fdio_close_fds(f);
		return RC_TEMP;
	}
	buf->n = len;
	at[len] = '\0';
	f->body = buf_str(buf);
	return RC_OK;
}

enum rc
fdio_memfd(const char *name, struct str content, int *fd)
{
	int made = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (made < 0)
		return RC_TEMP;
	if (fdio_write_all(made, content) != RC_OK || lseek(made, 0, SEEK_SET) != 0) {
		close(made);
		return RC_TEMP;
	}
	*fd = made;
	return RC_OK;
}

enum rc
fdio_seal(int fd)
{
	int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

	return fcntl(fd, F_ADD_SEALS, seals) == 0 ? RC_OK : RC_TEMP;
}

enum rc
fdio_write_all(int fd, struct str s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return RC_TEMP;
		s = str_from(s, (size_t)n);
	}
	return RC_OK;
}

/* The buffer is at its maximum: fine if the file ends here too. */
static enum rc
nothing_left(int fd, off_t off, struct buf *buf)
{
	char over;
	ssize_t n = pread(fd, &over, 1, off);

	buf->full = n > 0;
	return n == 0 ? RC_OK : n > 0 ? RC_LIMIT : RC_TEMP;
}

enum rc
fdio_read_all(int fd, struct buf *buf)
{
	enum { STEP = 65536 };
	off_t off = 0;

	for (;;) {
		size_t room = buf->max - buf->n;
		size_t step = room < STEP ? room : STEP;
		ssize_t n;

		if (step == 0)
			return nothing_left(fd, off, buf);
		n = pread(fd, buf_room(buf, step), step, off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return RC_TEMP;
		if (n == 0)
			return RC_OK;
		off += n;
		buf->n += (size_t)n;
		buf->p[buf->n] = '\0';
	}
}

enum rc
fdio_read_file(const char *path, struct buf *buf)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum rc rc;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? RC_NONE : RC_TEMP;
	rc = fdio_read_all(fd, buf);
	close(fd);
	return rc;
}

enum rc
fdio_map(int fd, struct str *out)
{
	struct stat st;
	void *p;

	*out = STR_NONE;
	if (fstat(fd, &st) != 0 || st.st_size < 0)
		return RC_TEMP;
	if (st.st_size == 0)
		return RC_OK;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return RC_TEMP;
	*out = (struct str){ p, (size_t)st.st_size };
	return RC_OK;
}

void
fdio_unmap(struct str *map)
{
	if (map->n)
		munmap((void *)(uintptr_t)map->p, map->n);
	*map = STR_NONE;
}
