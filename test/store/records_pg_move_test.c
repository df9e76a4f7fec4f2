/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/store/records_pg_move.c */
/* A change of state whose answer is lost: between store and server stands somebody who cuts the line at a chosen moment.
 * What the caller is told must be what became of it, whatever that is. */
#include "records_kit.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pg_server.h"

enum { PROXY_PAIRS = 8, PROXY_BYTES = 16384, PROXY_POLL_MS = 10, PROXY_LATE_MS = 300, PROXY_ANSWER_MS = 10000,
       DEADLINE_MS = 4000, CUTS = 60, CUT_EACH = 40, TRIES = 100, TRY_US = 50000 };

enum cut {
	CUT_NONE,
	CUT_REQUEST,			/* COMMIT does not reach the server */
	CUT_ANSWER,			/* its answer does not reach the client */
	CUT_LATE,			/* nor that, and COMMIT comes later */
	CUT_DEAF,			/* nor that, and nobody gets through any more */
	CUT_BYTES,			/* after so many, of both directions */
	CUT_STOP
};

struct proxy {
	char dir[64], path[96], server[96];
	int listener;
	pthread_t thread;
	_Atomic int cut;
	_Atomic long bytes;
	struct proxy_pair {
		int client, server;	/* -1: none */
		int64_t late_ms;	/* COMMIT waits until then */
	} pair[PROXY_PAIRS];
};

static void
proxy_end(struct proxy_pair *p)
{
	if (p->client >= 0)
		close(p->client);
	if (p->server >= 0)
		close(p->server);
	*p = (struct proxy_pair){ -1, -1, 0 };
}

static int
proxy_socket(const char *path, struct sockaddr_un *at)
{
	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(at->sun_path, sizeof(at->sun_path), "%s", path);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void
proxy_accept(struct proxy *x)
{
	struct sockaddr_un at;
	struct proxy_pair new = { accept(x->listener, NULL, NULL), proxy_socket(x->server, &at), 0 };

	for (int i = 0; i < PROXY_PAIRS && x->cut != CUT_DEAF; i++) {
		if (x->pair[i].client >= 0 || x->pair[i].server >= 0)
			continue;
		if (connect(new.server, (struct sockaddr *)&at, sizeof(at)) != 0)
			break;
		x->pair[i] = new;
		return;
	}
	proxy_end(&new);
}

static bool
proxy_send(int fd, const char *p, ssize_t n)
{
	return n <= 0 || send(fd, p, (size_t)n, MSG_NOSIGNAL) == n;
}

/* The client sent COMMIT. */
static void
proxy_commit(struct proxy *x, struct proxy_pair *p, char *data, ssize_t n)
{
	int cut = x->cut;
	struct pollfd answer = { .fd = p->server, .events = POLLIN };

	if (cut != CUT_DEAF)
		x->cut = CUT_NONE;
	if (cut == CUT_LATE) {
		close(p->client);
		p->client = -1;
		p->late_ms = clock_mono_ms() + PROXY_LATE_MS;
		return;
	}
	if (cut != CUT_REQUEST && proxy_send(p->server, data, n) && poll(&answer, 1, PROXY_ANSWER_MS) == 1)
		(void)!read(p->server, data, PROXY_BYTES);
	proxy_end(p);
}

static void
proxy_pass(struct proxy *x, struct proxy_pair *p, bool to_server)
{
	char data[PROXY_BYTES];
	ssize_t n = read(to_server ? p->client : p->server, data, sizeof(data));
	bool commits = to_server && n > 0 && memmem(data, (size_t)n, "COMMIT", 6);
	int cut = x->cut;

	if (n > 0 && commits && cut != CUT_NONE && cut != CUT_BYTES) {
		proxy_commit(x, p, data, n);
		return;
	}
	if (n > 0 && cut == CUT_BYTES) {
		long left = atomic_fetch_sub(&x->bytes, n);

		if (left <= n) {
			x->cut = CUT_NONE;
			(void)!proxy_send(to_server ? p->server : p->client, data, left);
			n = 0;
		}
	}
	if (n <= 0 || !proxy_send(to_server ? p->server : p->client, data, n))
		proxy_end(p);
}

static void
proxy_late(struct proxy_pair *p)
{
	static const char commit[] = "Q\0\0\0\x0b" "COMMIT";

	if (p->late_ms == 0 || clock_mono_ms() < p->late_ms)
		return;
	proxy_send(p->server, commit, sizeof(commit));
	proxy_end(p);
}

static void *
proxy_run(void *arg)
{
	struct proxy *x = arg;

	while (x->cut != CUT_STOP) {
		struct pollfd p[2 * PROXY_PAIRS + 1] = { { .fd = x->listener, .events = POLLIN } };

		for (int i = 0; i < PROXY_PAIRS; i++) {
			proxy_late(&x->pair[i]);
			p[2 * i + 1] = (struct pollfd){ .fd = x->pair[i].client, .events = POLLIN };
			p[2 * i + 2] = (struct pollfd){ .fd = x->pair[i].client < 0 ? -1 : x->pair[i].server, .events = POLLIN };
		}
		if (poll(p, 2 * PROXY_PAIRS + 1, PROXY_POLL_MS) <= 0)
			continue;
		for (int i = 0; i < PROXY_PAIRS; i++)
			if (p[2 * i + 1].revents)
				proxy_pass(x, &x->pair[i], true);
			else if (p[2 * i + 2].revents)
				proxy_pass(x, &x->pair[i], false);
		if (p[0].revents)
			proxy_accept(x);
	}
	return NULL;
}

static void
proxy_start(struct proxy *x, const char *server_dir)
{
	struct sockaddr_un at;

	*x = (struct proxy){ .dir = "/tmp/pg_proxy.XXXXXX" };
	for (int i = 0; i < PROXY_PAIRS; i++)
		x->pair[i] = (struct proxy_pair){ -1, -1, 0 };
	if (!mkdtemp(x->dir))
		abort();
	snprintf(x->path, sizeof(x->path), "%s/.s.PGSQL.5432", x->dir);
	snprintf(x->server, sizeof(x->server), "%s/.s.PGSQL.5432", server_dir);
	x->listener = proxy_socket(x->path, &at);
	if (bind(x->listener, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(x->listener, PROXY_PAIRS) != 0 ||
	    pthread_create(&x->thread, NULL, proxy_run, x) != 0)
		abort();
}

/* What is to happen to the line that is open. */
static void
proxy_arm(struct proxy *x, enum cut cut, long bytes)
{
	x->bytes = bytes;
	x->cut = (int)cut;
}

static void
proxy_stop(struct proxy *x)
{
	x->cut = CUT_STOP;
	pthread_join(x->thread, NULL);
	for (int i = 0; i < PROXY_PAIRS; i++)
		proxy_end(&x->pair[i]);
	close(x->listener);
	unlink(x->path);
	rmdir(x->dir);
}


/* ---- cases ---- */

static struct records *
open_store(const char *dir)
{
	char conninfo[PG_SERVER_PATH];
	struct records_conf conf = { .backend = RECORDS_POSTGRESQL, .deadline_ms = DEADLINE_MS };
	struct records *r = NULL;
	struct buf why;

	buf_init(&why, 1000);
	snprintf(conninfo, sizeof(conninfo), "host=%s user=gate dbname=postgres", dir);
	conf.postgres = str_of(conninfo);
	if (records_open(&conf, str_of(dir), RECORDS_TOOL, (struct log_ctx){ NULL, "-" }, &r, &why) != RC_OK)
		test_show("why", buf_str(&why));
	buf_clear(&why);
	return r;
}

static void
put(struct records *r, struct kit_message *m)
{
	struct records_item item = { .rc = RC_TEMP };

	kit_message(m, clock_wall_ms(), "lost", ENTRY_HELD);
	item.record = &m->record;
	records_write(r, &item, 1);
	if (item.rc != RC_OK)
		test_int(item.rc, RC_OK, "put");
}

static enum rc
claim(struct records *r, const struct kit_message *m)
{
	struct records_step step = { .id = m->record.id, .from = 1 << ENTRY_HELD, .to = ENTRY_RELEASING,
	    .event = { .kind = STR("releasing"), .who = STR("operator root") } };
	size_t moved;
	enum rc rc = records_move(r, &step, &moved);

	return rc == RC_OK && moved != 1 ? RC_BAD : rc;
}

/* What became of it: its state, and how often that is told. */
static enum entry_state
became(struct records *r, const struct kit_message *m, size_t *told)
{
	struct pool *pool = pool_new(0);
	struct vec events = { .n = 0 };
	struct record got;
	enum entry_state state = records_get(r, pool, m->record.id, &got, &events) == RC_OK ? got.rcpts[0].state : ENTRY_NONE;

	*told = events.n;
	pool_free(&pool);
	return state;
}

/* A line is open: what comes now goes through it. */
static void
connect_line(struct records *r, const struct kit_message *m)
{
	struct pool *pool = pool_new(0);
	struct record got;

	for (int i = 0; i < TRIES && records_get(r, pool, m->record.id, &got, NULL) != RC_OK; i++)
		usleep(TRY_US);
	pool_free(&pool);
}

static void
cut_at(struct proxy *x, struct records *r, struct records *direct, enum cut cut, bool done)
{
	static const char *const names[] = { [CUT_REQUEST] = "COMMIT is lost", [CUT_ANSWER] = "its answer is lost",
	    [CUT_LATE] = "it comes when the line is cut" };
	struct kit_message m;
	size_t told;

	put(direct, &m);
	connect_line(r, &m);
	proxy_arm(x, cut, 0);
	test_int(claim(r, &m), done ? RC_OK : RC_TEMP, names[cut]);
	test_int(became(direct, &m, &told), done ? ENTRY_RELEASING : ENTRY_HELD, "it is as was said");
	test_int((int64_t)told, done, "and told once, if so");
	test_int(claim(r, &m), done ? RC_NONE : RC_OK, "there is one who gets it");
	test_int(claim(direct, &m), RC_NONE, "and no second");
}

/* Nobody can be asked: who asks has nothing, the mail is on its way, and release_stale takes it back by that moment. */
static void
deaf(struct proxy *x, struct records *r, struct records *direct)
{
	struct records_step back = { .from = 1 << ENTRY_RELEASING, .to = ENTRY_HELD };
	struct kit_message m;
	size_t told, moved;

	put(direct, &m);
	connect_line(r, &m);
	proxy_arm(x, CUT_DEAF, 0);
	test_int(claim(r, &m), RC_TEMP, "the server cannot be asked either");
	proxy_arm(x, CUT_NONE, 0);
	test_int(became(direct, &m, &told), ENTRY_RELEASING, "it was done");
	test_int(claim(direct, &m), RC_NONE, "nobody else gets it now");
	back.id = m.record.id;
	test_int(records_move(direct, &back, &moved), RC_OK, "it can be taken back");
	test_int(claim(direct, &m), RC_OK, "and is there for the next");
}

/* Wherever the line is cut: OK is done, TEMP is not done and never will be. */
static void
anywhere(struct proxy *x, struct records *r, struct records *direct)
{
	int wrong = 0, done = 0, undone = 0;
	struct kit_message m;
	size_t told;

	for (long i = 1; i <= CUTS; i++) {
		enum entry_state state;
		enum rc rc;

		put(direct, &m);
		connect_line(r, &m);
		proxy_arm(x, CUT_BYTES, i * CUT_EACH);
		rc = claim(r, &m);
		proxy_arm(x, CUT_NONE, 0);
		state = became(direct, &m, &told);
		done += rc == RC_OK;
		undone += rc == RC_TEMP;
		wrong += rc == RC_OK ? state != ENTRY_RELEASING || told != 1 : rc != RC_TEMP || state != ENTRY_HELD || told != 0;
		wrong += claim(direct, &m) != (rc == RC_OK ? RC_NONE : RC_OK);
	}
	test_int(wrong, 0, "cut anywhere: what is told is so");
	test_ok(done > 5, "some were done");
	test_ok(undone > 5, "some were not");
}

int
main(void)
{
	struct pg_server s = { .pid = -1 };
	struct records *direct, *r;
	struct proxy x;

	if (!pg_server_installed(&s)) {
		test_skip("lost answers of PostgreSQL", "it is not installed");
		return test_done();
	}
	if (!test_ok(pg_server_init(&s) && pg_server_start(&s), "a server of our own"))
		return test_done();
	proxy_start(&x, s.dir);
	direct = open_store(s.dir);
	r = open_store(x.dir);
	if (test_ok(direct && r, "open")) {
		cut_at(&x, r, direct, CUT_REQUEST, false);
		cut_at(&x, r, direct, CUT_ANSWER, true);
		cut_at(&x, r, direct, CUT_LATE, true);
		anywhere(&x, r, direct);
		deaf(&x, r, direct);
		records_close(&r);
		records_close(&direct);
	}
	proxy_stop(&x);
	pg_server_stop(&s);
	pg_server_run("rm -rf '%s'%s", s.dir, "");
	return test_done();
}
