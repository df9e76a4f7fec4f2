/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The control socket with a gate that only remembers what it was asked.
 * covers: lib/gate/control_client.c */
#include "gate/control.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "gate/control_client.h"
#include "test.h"

enum { MESSAGE_MAX = 1000, PATIENCE_MS = 5000, THREADS = 8, ROUNDS = 20 };

static struct limits lim;

struct fake {
	atomic_int scans, limited;
	atomic_bool hold;	/* a reload waits until it is cleared */
	atomic_int reloads;
	enum rc reload_rc;
};

static int64_t
fake_message_max(void *arg)
{
	(void)arg;
	return MESSAGE_MAX;
}

static void
fake_scan(void *arg, const struct session *s, const struct spool *spool, struct pool *pool, struct result *out)
{
	struct fake *f = arg;
	struct str text;

	*out = (struct result){ .outcome = { .complete = true } };
	report_init(&out->report, pool, &lim);
	if (spool->error == RC_LIMIT)
		atomic_fetch_add(&f->limited, 1);
	if (fdio_map(spool->fd, &text) == RC_OK) {
		out->report.subject = pool_str(pool, text);
		fdio_unmap(&text);
	}
	out->report.from = pool_str(pool, s->mail_from);
	atomic_fetch_add(&f->scans, 1);
}

static void
fake_trace(void *arg, const struct session *s, struct pool *pool, struct buf *out)
{
	(void)arg;
	(void)pool;
	buf_printf(out, "{\"phases\":[\"%.*s\"]}", STR_ARG(s->client_addr));
}

static void
fake_reputation(void *arg, const struct control_request *req, struct pool *pool, struct buf *out)
{
	(void)arg;
	(void)pool;
	buf_printf(out, "{\"op\":\"%.*s\",\"name\":\"%.*s\",\"tenths\":%lld}", STR_ARG(req->op), STR_ARG(req->name),
	    (long long)req->tenths);
}

static void
fake_status(void *arg, struct pool *pool, struct control_status *out)
{
	(void)arg;
	*out = (struct control_status){ .mode = "enforce", .preset = pool_str(pool, STR("strict")) };
}

static size_t
fake_rules(void *arg, struct pool *pool, const struct yara_rule_stat **out)
{
	static const struct yara_rule_stat rules[] = { { .rule = STR("one") }, { .rule = STR("two") } };

	(void)arg;
	(void)pool;
	*out = rules;
	return 2;
}

static enum rc
fake_reload(void *arg, struct buf *errors)
{
	struct fake *f = arg;

	atomic_fetch_add(&f->reloads, 1);
	while (atomic_load(&f->hold))
		usleep(1000);
	if (f->reload_rc != RC_OK)
		buf_adds(errors, "x.yar:3: no\n");
	return f->reload_rc;
}

static void
no_log(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	(void)level;
	(void)line;
	(void)n;
}

static const struct log quiet = { .write = no_log, .level = LOG_LEVEL_DEBUG };

struct rig {
	char dir[64], path[100];
	struct fake fake;
	struct control_ops ops;
	struct control *control;
	bool answered;
};

static int
listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	return bind(sock, (struct sockaddr *)&addr, sizeof(addr)) == 0 && listen(sock, 64) == 0 ? sock : -1;
}

static bool
rig_open(struct rig *r)
{
	int sock;

	*r = (struct rig){ .dir = "/tmp/control_test.XXXXXX" };
	if (!mkdtemp(r->dir))
		return false;
	snprintf(r->path, sizeof(r->path), "%s/s", r->dir);
	sock = listen_at(r->path);
	r->ops = (struct control_ops){ fake_message_max, fake_scan, fake_trace, fake_reputation, fake_status, fake_rules,
	    fake_reload, &r->fake };
	return sock >= 0 && control_open(sock, &r->ops, (struct log_ctx){ &quiet, "-" },
	    &r->control) == RC_OK;
}

static void
rig_close(struct rig *r)
{
	control_close(&r->control);
	unlink(r->path);
	rmdir(r->dir);
}

static int
dial(struct rig *r)
{
	int sock = -1;

	return control_connect(str_of(r->path), &sock) == RC_OK ? sock : -1;
}

static int
sealed(struct str text)
{
	int fd = -1;

	return fdio_memfd("m", text, &fd) == RC_OK && fdio_seal(fd) == RC_OK ? fd : -1;
}

/* Ask, and say whether the answer holds `want`. */
static void
expect(int sock, const struct control_request *req, int fd, struct str want, const char *name)
{
	struct buf out;

	buf_init(&out, CONTROL_ANSWER_BYTES);
	if (control_call(sock, req, fd, clock_mono_ms() + PATIENCE_MS, &out) != RC_OK)
		test_ok(false, name);
	else if (!test_ok(str_find(buf_str(&out), want) != STR_NPOS, name))
		test_show("got ", buf_str(&out));
	buf_clear(&out);
}

static void
verbs(struct rig *r)
{
	int sock = dial(r), message = sealed(STR("hello"));
	struct control_request scan = { .verb = CONTROL_SCAN, .file = STR("f"), .session.mail_from = STR("me") };

	expect(sock, &(struct control_request){ .verb = CONTROL_PING }, -1, STR("\"version\""), "ping");
	expect(sock, &scan, message, STR("\"subject\":\"hello\""), "scan sees the message");
	expect(sock, &scan, message, STR("\"from\":\"me\""), "and the session");
	expect(sock, &(struct control_request){ .verb = CONTROL_STATUS }, -1, STR("\"preset\":\"strict\""), "status");
	expect(sock, &(struct control_request){ .verb = CONTROL_RULES }, -1, STR("\"rule\":\"two\""), "rules");
	expect(sock, &(struct control_request){ .verb = CONTROL_REPUTATION, .op = STR("set"), .name = STR("192.0.2.1"),
	    .tenths = -95 }, -1, STR("{\"op\":\"set\",\"name\":\"192.0.2.1\",\"tenths\":-95}"), "reputation");
	expect(sock, &(struct control_request){ .verb = CONTROL_RELOAD }, -1, STR("\"done\""), "reload");
	expect(sock, &(struct control_request){ .verb = CONTROL_TRACE, .session.client_addr = STR("192.0.2.1") }, -1,
	    STR("[\"192.0.2.1\"]"), "trace sees the session");
	r->fake.reload_rc = RC_BAD;
	expect(sock, &(struct control_request){ .verb = CONTROL_RELOAD }, -1,
	    STR("\"refused\",\"errors\":[\"x.yar:3: no\"]"), "reload refused with its line");
	close(message);
	close(sock);
}

static void
messages(struct rig *r)
{
	struct control_request scan = { .verb = CONTROL_SCAN, .file = STR("f") };
	char big[MESSAGE_MAX + 1];
	int sock = dial(r), fd = -1;

	expect(sock, &scan, -1, STR("\"error\":\"scan wants"), "no message");
	if (fdio_memfd("m", STR("x"), &fd) != RC_OK)
		fd = -1;
	expect(sock, &scan, fd, STR("not in a sealed memory file"), "a file that could still change");
	fdio_close(&fd);
	fd = fileno(tmpfile());
	expect(sock, &scan, fd, STR("not in a sealed memory file"), "a file on disk");
	memset(big, 'x', sizeof(big));
	fd = sealed((struct str){ big, MESSAGE_MAX });
	expect(sock, &scan, fd, STR("\"complete\""), "a message of message_max");
	test_int(r->fake.limited, 0, "is within it");
	fdio_close(&fd);
	fd = sealed((struct str){ big, MESSAGE_MAX + 1 });
	expect(sock, &scan, fd, STR("\"complete\""), "one byte more");
	test_int(r->fake.limited, 1, "is marked as over the limit");
	fdio_close(&fd);
	close(sock);
}

/* A request that is no JSON is answered, a frame that is none ends the connection. */
static void
nonsense(struct rig *r)
{
	struct fdio_frame f = { .tag = CONTROL_REQUEST, .body = STR("junk") }, reply;
	int sock = dial(r);
	struct buf in;

	buf_init(&in, 10000);
	test_int(fdio_send(sock, &f, clock_mono_ms() + PATIENCE_MS), RC_OK, "junk is sent");
	test_int(fdio_recv(sock, &in, &reply, clock_mono_ms() + PATIENCE_MS), RC_OK, "and answered");
	test_ok(str_find(reply.body, STR("\"error\"")) != STR_NPOS, "with an error");
	expect(sock, &(struct control_request){ .verb = CONTROL_PING }, -1, STR("version"), "the connection goes on");
	f.tag = 77;
	test_int(fdio_send(sock, &f, clock_mono_ms() + PATIENCE_MS), RC_OK, "another tag");
	test_int(fdio_recv(sock, &in, &reply, clock_mono_ms() + PATIENCE_MS), RC_NONE, "ends it");
	close(sock);
	sock = dial(r);
	if (write(sock, "\xff\xff\xff\x7f\x51\0\0\0", 8) != 8)
		test_ok(false, "write");
	test_int(fdio_recv(sock, &in, &reply, clock_mono_ms() + PATIENCE_MS), RC_NONE, "a frame of 2 GB ends it");
	close(sock);
	buf_clear(&in);
}

static void *
many_scans(void *arg)
{
	struct rig *r = arg;
	int sock = dial(r), fd = sealed(STR("x"));
	struct buf out;

	buf_init(&out, CONTROL_ANSWER_BYTES);
	for (int i = 0; i < ROUNDS; i++)
		if (control_call(sock, &(struct control_request){ .verb = CONTROL_SCAN }, fd,
		    clock_mono_ms() + PATIENCE_MS, &out) != RC_OK)
			break;
	buf_clear(&out);
	close(fd);
	close(sock);
	return NULL;
}

static void
at_once(struct rig *r)
{
	pthread_t t[THREADS];
	int before = r->fake.scans;

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&t[i], NULL, many_scans, r) != 0)
			abort();
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	test_int(r->fake.scans - before, THREADS * ROUNDS, "every scan of eight threads is done");
}

/* Connections that only wait take places; the next one is told, and a freed place serves again. */
static void
crowd(struct rig *r)
{
	int socks[CONTROL_CLIENTS], one;

	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		socks[i] = dial(r);
		expect(socks[i], &(struct control_request){ .verb = CONTROL_PING }, -1, STR("version"), "has a place");
	}
	one = dial(r);
	expect(one, &(struct control_request){ .verb = CONTROL_PING }, -1, STR("too many"), "no place left");
	close(one);
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		close(socks[i]);
	usleep(200000);
	one = dial(r);
	expect(one, &(struct control_request){ .verb = CONTROL_PING }, -1, STR("version"), "places are free again");
	close(one);
}

static void *
slow_reload(void *arg)
{
	struct rig *r = arg;
	int sock = dial(r);
	struct buf out;

	buf_init(&out, CONTROL_ANSWER_BYTES);
	r->answered = control_call(sock, &(struct control_request){ .verb = CONTROL_RELOAD }, -1,
	    clock_mono_ms() + PATIENCE_MS, &out) == RC_OK && str_find(buf_str(&out), STR("refused")) != STR_NPOS;
	buf_clear(&out);
	close(sock);
	return NULL;
}

static void *
release(void *arg)
{
	struct rig *r = arg;

	usleep(100000);
	atomic_store(&r->fake.hold, false);
	return NULL;
}

static void
close_at_work(struct rig *r)
{
	pthread_t asking, releasing;
	int idle = dial(r), before = r->fake.reloads;

	atomic_store(&r->fake.hold, true);
	if (pthread_create(&asking, NULL, slow_reload, r) != 0 || pthread_create(&releasing, NULL, release, r) != 0)
		abort();
	while (atomic_load(&r->fake.reloads) == before)
		usleep(1000);
	control_close(&r->control);
	test_ok(r->control == NULL && !atomic_load(&r->fake.hold), "closing waits for the op");
	pthread_join(asking, NULL);
	pthread_join(releasing, NULL);
	test_ok(r->answered, "a request under way is answered while the gate closes");
	test_int(control_connect(str_of(r->path), &(int){ -1 }), RC_NONE, "nobody listens then");
	close(idle);
}

int
main(void)
{
	struct rig r;

	lim = (struct limits){ .findings = 100, .layers = 100, .mime_parts = 100 };
	if (!rig_open(&r)) {
		test_ok(false, "a control socket opens");
		return test_done();
	}
	test_int(control_connect(STR("/nonexistent/s"), &(int){ -1 }), RC_NONE, "no socket there");
	verbs(&r);
	messages(&r);
	nonsense(&r);
	at_once(&r);
	crowd(&r);
	close_at_work(&r);
	rig_close(&r);
	return test_done();
}
