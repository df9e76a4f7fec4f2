/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "gate/result_json.h"

struct control {
	int listener, wake[2];		/* a byte in wake ends the accepting thread */
	const struct control_ops *ops;
	struct log_ctx lc;
	uid_t uid;			/* besides root, who may ask */
	pthread_t thread;
	pthread_mutex_t lock;		/* guards what follows */
	pthread_cond_t gone;
	int clients[CONTROL_CLIENTS];	/* -1: free */
	size_t n_clients;
};

/* What a connection's thread starts with; it frees it. */
struct client {
	struct control *control;
	int sock;
	size_t slot;
};

enum { ERROR_BYTES = 64 * 1024 };

/* A sealed memory file can neither change nor block nor fault while it is read. */
static enum rc
check_message(const struct control *c, int fd, struct spool *spool, struct buf *why)
{
	const int need = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int seals = fcntl(fd, F_GET_SEALS);
	int64_t max = c->ops->message_max(c->ops->arg);
	struct stat st;

	if (seals < 0 || (seals & need) != need || fstat(fd, &st) != 0) {
		buf_adds(why, "the message is not in a sealed memory file");
		return RC_BAD;
	}
	spool_init(spool, (uint64_t)max, (uint64_t)max, STR_NONE);
	spool->fd = fd;
	spool->size = (uint64_t)st.st_size;
	if (st.st_size > max)
		spool->error = RC_LIMIT;
	return RC_OK;
}

static void
answer_scan(struct control *c, const struct control_request *req, const struct fdio_frame *f,
    struct pool *pool, struct buf *out)
{
	struct spool spool;
	struct buf why;
	struct result result = { .ms = 0 };
	int64_t start = clock_mono_us();

	buf_init(&why, ERROR_BYTES);
	if (f->n_fds != 1) {
		control_put_error(out, EX_DATAERR, "scan wants the message as its one descriptor");
	} else if (check_message(c, f->fds[0], &spool, &why) != RC_OK) {
		control_put_error(out, EX_DATAERR, buf_cstr(&why));
	} else {
		c->ops->scan(c->ops->arg, &req->session, &spool, pool, &result);
		result_json(&(struct result_json){ .file = req->file, .result = &result,
		    .us = clock_mono_us() - start, .explain = req->explain }, out);
	}
	buf_clear(&why);
}

static void
answer_status(struct control *c, struct pool *pool, struct buf *out)
{
	struct control_status st = { .mode = "" };

	c->ops->status(c->ops->arg, pool, &st);
	control_put_status(out, &st);
}

static void
answer_rules(struct control *c, struct pool *pool, struct buf *out)
{
	const struct yara_rule_stat *rules = NULL;
	size_t n = c->ops->rules(c->ops->arg, pool, &rules);

	control_put_rules(out, rules, n);
}

static void
answer_reload(struct control *c, struct buf *out)
{
	struct buf errors;
	enum rc rc;

	buf_init(&errors, CONTROL_REQUEST_BYTES);
	rc = c->ops->reload(c->ops->arg, &errors);
	control_put_reload(out, rc, buf_str(&errors));
	buf_clear(&errors);
}

static void
answer(struct control *c, const struct fdio_frame *f, struct pool *pool, struct buf *out)
{
	struct control_request req;
	struct buf why;

	buf_init(&why, ERROR_BYTES);
	if (control_get_request(pool, f->body, &req, &why) != RC_OK) {
		control_put_error(out, EX_DATAERR, buf_cstr(&why));
		buf_clear(&why);
		return;
	}
	buf_clear(&why);
	log_put(c->lc, LOG_LEVEL_DEBUG, "control", LOG_CSTR("verb", control_verb_name(req.verb)));
	switch (req.verb) {
	case CONTROL_PING: buf_adds(out, "{\"version\":\"" SEKIMORI_VERSION "\"}"); break;
	case CONTROL_SCAN: answer_scan(c, &req, f, pool, out); break;
	case CONTROL_STATUS: answer_status(c, pool, out); break;
	case CONTROL_RULES: answer_rules(c, pool, out); break;
	case CONTROL_RELOAD: answer_reload(c, out); break;
	case CONTROL_TRACE: c->ops->trace(c->ops->arg, &req.session, pool, out); break;
	case CONTROL_REPUTATION: c->ops->reputation(c->ops->arg, &req, pool, out); break;
	case CONTROL_VERBS: break;
	}
}

/* One request and its answer; false when the connection is over. */
static bool
serve_one(struct control *c, int sock, struct buf *in, struct buf *out, struct pool *pool)
{
	struct fdio_frame f, reply = { .tag = CONTROL_ANSWER };

	if (fdio_recv(sock, in, &f, clock_mono_ms() + CONTROL_IDLE_MS) != RC_OK)
		return false;
	if (f.tag != CONTROL_REQUEST) {
		fdio_close_fds(&f);
		return false;
	}
	answer(c, &f, pool, out);
	fdio_close_fds(&f);
	if (out->full) {
		buf_reset(out);
		control_put_error(out, EX_SOFTWARE, "the answer is too large");
	}
	reply.body = buf_str(out);
	return fdio_send(sock, &reply, clock_mono_ms() + CONTROL_SEND_MS) == RC_OK;
}

static void *
client_main(void *arg)
{
	struct client *client = arg;
	struct control *c = client->control;
	struct pool *pool = pool_new(0);
	struct buf in, out;

	buf_init(&in, CONTROL_REQUEST_BYTES);
	buf_init(&out, CONTROL_ANSWER_BYTES);
	while (serve_one(c, client->sock, &in, &out, pool)) {
		buf_reset(&out);
		pool_clear(pool);
	}
	buf_clear(&in);
	buf_clear(&out);
	pool_free(&pool);
	pthread_mutex_lock(&c->lock);
	c->clients[client->slot] = -1;
	c->n_clients--;
	fdio_close(&client->sock);
	pthread_cond_signal(&c->gone);
	pthread_mutex_unlock(&c->lock);
	free(client);
	return NULL;
}

/* libmilter and main own the signals: no thread of ours may take one. */
static int
start_thread(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(t, attr, fn, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static bool
start_client(struct client *client)
{
	pthread_attr_t attr;
	pthread_t t;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = start_thread(&t, &attr, client_main, client);
	pthread_attr_destroy(&attr);
	return rc == 0;
}

/* Take a free place for the socket; CONTROL_CLIENTS when there is none. */
static size_t
take_slot(struct control *c, int sock)
{
	size_t i = 0;

	pthread_mutex_lock(&c->lock);
	while (i < CONTROL_CLIENTS && c->clients[i] >= 0)
		i++;
	if (i < CONTROL_CLIENTS) {
		c->clients[i] = sock;
		c->n_clients++;
	}
	pthread_mutex_unlock(&c->lock);
	return i;
}

static void
give_slot(struct control *c, size_t slot)
{
	pthread_mutex_lock(&c->lock);
	c->clients[slot] = -1;
	c->n_clients--;
	pthread_mutex_unlock(&c->lock);
}

static bool
is_allowed(const struct control *c, int sock)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
		return false;
	if (peer.uid == 0 || peer.uid == c->uid)
		return true;
	log_put(c->lc, LOG_LEVEL_WARNING, "control-refused", LOG_NUM("uid", peer.uid), LOG_NUM("pid", peer.pid));
	return false;
}

static void
refuse(int sock, int code, const char *why)
{
	struct fdio_frame reply = { .tag = CONTROL_ANSWER };
	struct buf out;

	buf_init(&out, ERROR_BYTES);
	control_put_error(&out, code, why);
	reply.body = buf_str(&out);
	if (fdio_send(sock, &reply, clock_mono_ms()) != RC_OK) {
		/* A peer that cannot even take this has nothing to be told. */
	}
	buf_clear(&out);
	close(sock);
}

static void
take_client(struct control *c, int sock)
{
	struct client *client;
	size_t slot;

	if (!is_allowed(c, sock)) {
		refuse(sock, EX_NOPERM, "only root and the user sekimorid runs as may ask");
		return;
	}
	slot = take_slot(c, sock);
	if (slot == CONTROL_CLIENTS) {
		refuse(sock, EX_TEMPFAIL, "too many control connections");
		return;
	}
	client = malloc(sizeof(*client));
	if (!client)
		abort();	/* out of memory */
	*client = (struct client){ .control = c, .sock = sock, .slot = slot };
	if (!start_client(client)) {
		free(client);
		give_slot(c, slot);
		refuse(sock, EX_TEMPFAIL, "no thread for this connection");
	}
}

static void *
accept_main(void *arg)
{
	struct control *c = arg;
	struct pollfd p[2] = { { .fd = c->listener, .events = POLLIN }, { .fd = c->wake[0], .events = POLLIN } };

	for (;;) {
		int sock;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (p[1].revents)
			return NULL;
		sock = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
		if (sock >= 0)
			take_client(c, sock);
		else if (errno == EMFILE || errno == ENFILE)
			poll(&p[1], 1, 100);	/* the peer stays in the backlog: do not spin */
	}
}

static void
dispose(struct control *c)
{
	fdio_close(&c->listener);
	fdio_close(&c->wake[0]);
	fdio_close(&c->wake[1]);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->gone);
	free(c);
}

enum rc
control_open(int listener, const struct control_ops *ops, struct log_ctx lc, struct control **out)
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c)
		abort();	/* out of memory */
	*c = (struct control){ .listener = listener, .wake = { -1, -1 }, .ops = ops,
	    .lc = lc, .uid = geteuid() };
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		c->clients[i] = -1;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->gone, NULL);
	/* A peer that hung up before accept must not block the thread. */
	if (fcntl(listener, F_SETFL, O_NONBLOCK) != 0 || fdio_pair(c->wake) != RC_OK ||
	    start_thread(&c->thread, NULL, accept_main, c) != 0) {
		dispose(c);
		return RC_TEMP;
	}
	*out = c;
	return RC_OK;
}

void
control_close(struct control **pc)
{
	struct control *c = *pc;

	if (!c)
		return;
	shutdown(c->wake[1], SHUT_WR);
	pthread_join(c->thread, NULL);
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (c->clients[i] >= 0)
			shutdown(c->clients[i], SHUT_RD);
	while (c->n_clients > 0)
		pthread_cond_wait(&c->gone, &c->lock);
	pthread_mutex_unlock(&c->lock);
	dispose(c);
	*pc = NULL;
}
