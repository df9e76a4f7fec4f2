/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* One loop over the supervisor, the clients and the deaths of workers. A message never comes
 * through here: clients talk to their workers on sockets of their own. */
#include "worker/zygote.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "conf/limits_opts.h"
#include "worker/namespaces.h"
#include "worker/tmpdir.h"
#include "worker/warm.h"
#include "worker/wire.h"
#include "worker/wire_io.h"
#include "worker/words.h"
#include "worker/worker.h"
#include "worker/zygote_fds.h"

enum { FRAME_MS = 1000, BODY_MAX = 4096, TEXT_MAX = 64 * 1024 };

struct child {
	uint32_t number;
	pid_t pid;
	uint32_t client;		/* id; 0 when the client has gone */
	bool killed;			/* by us: nothing to wonder about */
};

struct client {
	uint32_t id;
	int fd;
};

struct state {
	struct conf *conf;
	const struct limits *lim;
	struct worker_conf opts;
	struct engine *engine;
	zygote_log *open_log;		/* NULL: stderr will do */
	struct log log, own;		/* what the program says, and stderr, which a worker has, too */
	struct log_ctx lc;
	struct tmpdir tmp;
	struct words words;		/* stderr of the workers */
	struct child children[ZYGOTE_WORKERS];
	size_t n_children;
	struct client clients[ZYGOTE_CLIENTS];
	size_t n_clients;
	uint32_t last_number, last_client;
	int signals;
	bool draining;
	struct warm warm;
	struct buf in;			/* one frame */
	struct str missing;		/* sandbox layers, as the canary worker said */
};

static void
tell(int fd, enum wire_tag tag, struct str body)
{
	struct fdio_frame f = { .tag = tag, .body = body };

	/* A peer that does not read is a peer that is going away; its EOF comes next. */
	if (fdio_send(fd, &f, clock_mono_ms() + FRAME_MS) != RC_OK)
		errno = 0;
}

static void
tell_supervisor(enum wire_tag tag, struct str body)
{
	tell(ZYGOTE_SUPERVISOR_FD, tag, body);
}

static int
fail(struct str text)
{
	tell_supervisor(WIRE_FAILED, text);
	return 1;
}

/* The child of fork: becomes a worker and never returns. */
_Noreturn static void
be_worker(struct state *z, pid_t zygote, int sock, const char *tmp_dir)
{
	struct worker_start start = {
		.engine = z->engine, .conf = z->conf, .lim = z->lim, .opts = &z->opts, .lc = { &z->own, z->lc.id },
		.zygote = zygote, .sock = sock, .tmp_dir = tmp_dir,
	};

	if (dup2(z->words.out, STDERR_FILENO) < 0)
		_exit(1);
	worker_main(&start);
}

/* Fork a worker for a client. *sock is the client's end. */
static struct child *
spawn(struct state *z, uint32_t client, int *sock, struct buf *why)
{
	char path[PATH_MAX];
	pid_t self = getpid();
	struct child *c;
	int pair[2];

	if (z->n_children == ZYGOTE_WORKERS) {
		buf_adds(why, "too many workers");
		return NULL;
	}
	c = &z->children[z->n_children];
	*c = (struct child){ .number = ++z->last_number, .client = client };
	if (tmpdir_make(&z->tmp, z->opts.tmp_dir, c->number, path, why) != RC_OK)
		return NULL;
	if (fdio_pair(pair) != RC_OK) {
		buf_printf(why, "socketpair: %s", strerror(errno));
		return NULL;
	}
	c->pid = fork();
	if (c->pid == 0)
		be_worker(z, self, pair[1], path);
	close(pair[1]);
	*sock = pair[0];
	if (c->pid > 0) {
		z->n_children++;
		return c;
	}
	buf_printf(why, "fork: %s", strerror(errno));
	fdio_close(sock);
	return NULL;
}

static struct client *
client_by_id(struct state *z, uint32_t id)
{
	for (size_t i = 0; i < z->n_clients; i++)
		if (z->clients[i].id == id)
			return &z->clients[i];
	return NULL;
}

static void
tell_gone(struct state *z, const struct child *c, int status)
{
	const struct client *client = client_by_id(z, c->client);
	struct buf body;

	if (!client)
		return;
	buf_init(&body, BODY_MAX);
	wire_io_u32(&body, c->number);
	wire_io_u32(&body, (uint32_t)status);
	tell(client->fd, WIRE_GONE, buf_str(&body));
	buf_clear(&body);
}

/* A worker is dead: its folder goes first, so that GONE means that nothing is left of it. */
static void
bury(struct state *z, size_t i, int status)
{
	struct child c = z->children[i];

	z->children[i] = z->children[--z->n_children];
	if (tmpdir_remove(&z->tmp, c.number) == RC_TEMP)
		log_put(z->lc, LOG_LEVEL_WARNING, "worker-folder", LOG_NUM("worker", c.number),
		    LOG_CSTR("error", strerror(errno)));
	if (WIFSIGNALED(status) && !(c.killed && WTERMSIG(status) == SIGKILL))
		log_put(z->lc, LOG_LEVEL_WARNING, "worker-killed", LOG_NUM("worker", c.number),
		    LOG_NUM("pid", c.pid), LOG_NUM("signal", WTERMSIG(status)));
	tell_gone(z, &c, status);
}

static void
reap(struct state *z)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < z->n_children; i++) {
			if (z->children[i].pid == pid) {
				bury(z, i, status);
				break;
			}
		}
	}
}

static void
kill_children(struct state *z, uint32_t client, bool all)
{
	for (size_t i = 0; i < z->n_children; i++) {
		if (!all && z->children[i].client != client)
			continue;
		z->children[i].client = 0;
		z->children[i].killed = true;
		kill(z->children[i].pid, SIGKILL);
	}
}

static void
on_spawn(struct state *z, const struct client *client)
{
	struct fdio_frame f = { .tag = WIRE_WORKER, .n_fds = 1 };
	struct buf body;
	struct child *c;

	buf_init(&body, BODY_MAX);
	c = spawn(z, client->id, &f.fds[0], &body);
	if (!c) {
		log_put(z->lc, LOG_LEVEL_ERR, "worker-refused", LOG_STR("why", buf_str(&body)));
		tell(client->fd, WIRE_REFUSED, buf_str(&body));
		buf_clear(&body);
		return;
	}
	wire_io_u32(&body, c->number);
	wire_io_u32(&body, (uint32_t)c->pid);
	f.body = buf_str(&body);
	if (fdio_send(client->fd, &f, clock_mono_ms() + FRAME_MS) != RC_OK)
		kill(c->pid, SIGKILL);
	fdio_close_fds(&f);
	buf_clear(&body);
}

static void
on_kill(struct state *z, const struct client *client, struct str body)
{
	struct rd r = { .in = body };
	uint32_t number = rd_u32(&r);

	for (size_t i = 0; i < z->n_children && !r.err; i++) {
		if (z->children[i].number != number || z->children[i].client != client->id)
			continue;
		z->children[i].killed = true;
		kill(z->children[i].pid, SIGKILL);
	}
}

/* One frame of a client; false when it has gone. */
static bool
from_client(struct state *z, struct client *client)
{
	struct fdio_frame f;

	if (fdio_recv(client->fd, &z->in, &f, clock_mono_ms() + FRAME_MS) != RC_OK)
		return false;
	fdio_close_fds(&f);
	if (f.tag == WIRE_SPAWN)
		on_spawn(z, client);
	else if (f.tag == WIRE_KILL)
		on_kill(z, client, f.body);
	else
		return false;
	return true;
}

static void
drop_client(struct state *z, size_t i)
{
	kill_children(z, z->clients[i].id, false);
	close(z->clients[i].fd);
	z->clients[i] = z->clients[--z->n_clients];
}

/* One frame of the supervisor; false when it has gone. */
static bool
from_supervisor(struct state *z)
{
	struct fdio_frame f;

	if (fdio_recv(ZYGOTE_SUPERVISOR_FD, &z->in, &f, clock_mono_ms() + FRAME_MS) != RC_OK)
		return false;
	if (f.tag == WIRE_CLIENT && f.n_fds == 1 && z->n_clients < ZYGOTE_CLIENTS) {
		z->clients[z->n_clients++] = (struct client){ ++z->last_client, f.fds[0] };
		return true;
	}
	fdio_close_fds(&f);
	if (f.tag == WIRE_PING)
		tell_supervisor(WIRE_PONG, STR_NONE);
	z->draining |= f.tag == WIRE_DRAIN;
	return true;
}

static void
take_signal(struct state *z)
{
	struct signalfd_siginfo info;

	if (read(z->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		reap(z);
}

/* Serve until the supervisor has gone, or until the last client of a drained zygote has. */
static void
serve(struct state *z)
{
	enum { SUPERVISOR, SIGNALS, WORDS, FIRST };
	struct pollfd p[FIRST + ZYGOTE_CLIENTS];

	while (!z->draining || z->n_clients > 0) {
		size_t n = z->n_clients;

		p[SUPERVISOR] = (struct pollfd){ .fd = ZYGOTE_SUPERVISOR_FD, .events = POLLIN };
		p[SIGNALS] = (struct pollfd){ .fd = z->signals, .events = POLLIN };
		p[WORDS] = (struct pollfd){ .fd = z->words.in, .events = POLLIN };
		for (size_t i = 0; i < n; i++)
			p[FIRST + i] = (struct pollfd){ .fd = z->clients[i].fd, .events = POLLIN };
		if (poll(p, (nfds_t)(FIRST + n), -1) < 0)
			continue;
		if (p[WORDS].revents)
			words_read(&z->words, z->lc);	/* before the death that they may explain */
		if (p[SIGNALS].revents)
			take_signal(z);
		/* Backwards: dropping one moves the last one, already served, into its place. */
		for (size_t i = n; i-- > 0;)
			if (p[FIRST + i].revents && !from_client(z, &z->clients[i]))
				drop_client(z, i);
		if (p[SUPERVISOR].revents && !from_supervisor(z))
			return;
	}
}

static void
end_children(struct state *z)
{
	kill_children(z, 0, true);
	while (z->n_children > 0) {
		int status;
		pid_t pid = waitpid(z->children[0].pid, &status, 0);

		if (pid < 0 && errno == EINTR)
			continue;
		bury(z, 0, status);
	}
}

/* What the first worker says about its room and its engines. */
static enum rc
hear_canary(struct state *z, int sock, struct pool *pool, struct buf *why)
{
	struct fdio_frame f;
	enum rc rc;

	do {
		rc = fdio_recv(sock, &z->in, &f, clock_mono_ms() + z->opts.load_ms);
		fdio_close_fds(&f);
	} while (rc == RC_OK && f.tag == WIRE_STATS);
	if (rc == RC_OK && f.tag == WIRE_UP) {
		z->missing = pool_printf(pool, "%.*s%s%.*s", STR_ARG(z->missing),
		    z->missing.n && f.body.n ? ", " : "", STR_ARG(f.body));
		return RC_OK;
	}
	if (rc == RC_OK && f.tag == WIRE_FAILED)
		buf_add(why, f.body);
	else
		buf_adds(why, rc == RC_TEMP ? "the first worker was not ready within worker.load_ms" :
		    "the first worker died at its start");
	return RC_BAD;
}

/* Nothing is served before a worker has found the canary inside the closed room. */
static enum rc
try_worker(struct state *z, struct pool *pool, struct buf *why)
{
	int sock, status = 0;
	struct child *c = spawn(z, 0, &sock, why);
	enum rc rc;

	if (!c)
		return RC_BAD;
	rc = hear_canary(z, sock, pool, why);
	close(sock);
	if (rc != RC_OK)
		kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (rc != RC_OK && WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		buf_printf(why, " (signal %d)", WTERMSIG(status));
	bury(z, z->n_children - 1, 0);
	words_read(&z->words, z->lc);
	return rc;
}

/* Where they do not work, workers go without them, and status says so. */
static void
try_namespaces(struct state *z, struct pool *pool)
{
	struct buf missing;

	if (!z->opts.namespaces)
		return;
	buf_init(&missing, BODY_MAX);
	z->opts.namespaces = namespaces_work(z->tmp.path, &missing);
	z->missing = pool_str(pool, buf_str(&missing));
	buf_clear(&missing);
}

static enum rc
open_signals(struct state *z)
{
	static const int taken[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaddset(&set, taken[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return RC_TEMP;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	z->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return z->signals >= 0 ? RC_OK : RC_TEMP;
}

/* Everything up to WIRE_READY; `why` says what is wrong. */
static enum rc
load(struct state *z, const struct opt_table *const *tables, struct pool *pool, struct buf *why)
{
	enum rc rc = conf_take(ZYGOTE_CONF_FD, tables, &z->conf, why);

	close(ZYGOTE_CONF_FD);
	if (rc != RC_OK)
		return rc;
	if (z->open_log)
		z->open_log(&z->log, z->conf);
	z->lim = conf_values(z->conf, &limits_table);
	z->opts = *(const struct worker_conf *)conf_values(z->conf, &worker_table);
	warm_open(&z->warm);
	rc = engine_open(z->conf, z->lim, z->lc, &z->engine, why);
	if (rc != RC_OK)
		return rc;
	if (why->n)
		tell_supervisor(WIRE_WARNING, buf_str(why));
	buf_reset(why);
	rc = tmpdir_open(&z->tmp, z->opts.tmp_dir, why);
	if (rc != RC_OK)
		return rc;
	try_namespaces(z, pool);
	return try_worker(z, pool, why);
}

static void
say_ready(struct state *z)
{
	struct buf body;

	buf_init(&body, TEXT_MAX);
	wire_put_info(&body, engine_info(z->engine), z->missing);
	tell_supervisor(WIRE_READY, buf_str(&body));
	buf_clear(&body);
}

static void
to_stderr(void *arg, enum log_level level, const char *line, size_t n)
{
	char text[LOG_LINE_MAX + 1];

	(void)arg;
	(void)level;
	memcpy(text, line, n);
	text[n] = '\n';
	if (write(STDERR_FILENO, text, n + 1) < 0)
		errno = 0;	/* nobody listens */
}

static int
live(struct state *z, const struct opt_table *const *tables)
{
	struct pool *pool = pool_new(0);
	struct buf why;
	int status = 0;

	buf_init(&why, TEXT_MAX);
	if (open_signals(z) != RC_OK || words_open(&z->words) != RC_OK)
		status = fail(STR("no descriptors for the zygote"));
	else if (load(z, tables, pool, &why) != RC_OK)
		status = fail(buf_str(&why));
	if (status == 0) {
		say_ready(z);
		prctl(PR_SET_PDEATHSIG, 0);	/* from here on EOF says it, and leaves time to clean up */
		serve(z);
	}
	end_children(z);
	tmpdir_close(&z->tmp);
	words_close(&z->words);
	if (z->engine)
		engine_close(&z->engine);
	warm_close(&z->warm);
	buf_clear(&why);
	pool_free(&pool);
	return status;
}

int
zygote_main(const struct opt_table *const *tables, zygote_log *open_log)
{
	struct state *z = calloc(1, sizeof(*z));
	int status;

	if (!z)
		return 1;
	prctl(PR_SET_NAME, "sekimori-zygote");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	z->open_log = open_log;
	z->own = z->log = (struct log){ .write = to_stderr, .level = LOG_LEVEL_WARNING };
	z->lc = (struct log_ctx){ &z->log, "-" };
	z->tmp.fd = z->words.in = z->words.out = z->signals = -1;
	buf_init(&z->in, TEXT_MAX);
	status = live(z, tables);
	buf_clear(&z->in);
	if (z->conf)
		conf_put(&z->conf);
	free(z);
	return status;
}
