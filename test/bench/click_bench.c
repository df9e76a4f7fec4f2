/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What a click costs: tokens made and read; decisions by local data, as a function call and through HTTP on
 * loopback. CPU seconds of the server alone, so that the client and a busy machine do not count. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "click/token.h"
#include "gate/settings.h"
#include "jobs/feed_kit.h"
#include "web/server.h"

enum { LINKS = 1000, CALLS = 100000, REQUESTS = 40000, ANSWER = 8192 };

static char dir[] = "/tmp/click-bench.XXXXXX";
static struct str token[LINKS];
static struct web w;

static void
write_nothing(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg, (void)level, (void)line, (void)n;
}

static const char *
file(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static double
cpu_of(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static bool
open_web(struct buf *why)
{
	static const struct log log = { .write = write_nothing, .level = LOG_LEVEL_INFO };
	struct pool *pool = pool_new(0);
	struct str text = pool_printf(pool, "state_dir = %s\ndns.enable = no\ndnsbl.files =\nclick.url = http://127.0.0.1\n"
	    "click.burst = 1000000\nclick.threads = 1\n", dir);
	bool good = conf_parse(text, "bench", settings, (struct conf_base){ .key = NULL }, &w.conf, why) == RC_OK &&
	    mkdir(file("feeds"), 0700) == 0 &&
	    kit_table(file("feeds/indicators.db"), STR("a domain phishing 10.0 deny bad.example\n")) &&
	    keyring_ensure(keyring_of(str_of(dir), KEYRING_CLICK), clock_wall_ms() / 1000, &w.keys, why) == RC_OK;

	pool_free(&pool);
	w.lc = (struct log_ctx){ &log, "-" };
	pthread_mutex_init(&w.conf_lock, NULL);
	w.burst = burst_new();
	w.blocked = blocked_open(str_of(dir));
	return good && web_files_open(STR_NONE, &w.files, why) == RC_OK;
}

/* Threads do not live through fork(2): each process has its own. */
static bool
start_services(struct buf *why)
{
	return judge_open(w.conf, w.lc, &w.judge, why) == RC_OK && clicklog_open(w.conf, w.lc, &w.record) == RC_OK;
}

static void
make_tokens(struct pool *pool)
{
	double from = cpu_of(RUSAGE_SELF), made, got;
	struct click_token t = { .expiry_s = clock_wall_ms() / 1000 + 3600, .message = STR("4bQx2r3Zz9"),
	    .rcpt = STR("anna@example.org") };

	for (size_t i = 0; i < 20 * LINKS; i++) {
		struct buf out;

		buf_init(&out, TOKEN_CHARS);
		t.url = pool_printf(pool, "https://www%zu.%s/path/to/something?id=%zu", i, i % 10 ? "example.net" : "bad.example", i);
		if (token_make(w.keys, &t, &out) == RC_OK)
			token[i % LINKS] = pool_str(pool, buf_str(&out));
		buf_clear(&out);
	}
	made = cpu_of(RUSAGE_SELF) - from;
	from = cpu_of(RUSAGE_SELF);
	for (size_t i = 0; i < 20 * LINKS; i++)
		if (token_read(w.keys, pool, token[i % LINKS], 0, &t) != RC_OK)
			printf("a token that is not good\n");
	got = cpu_of(RUSAGE_SELF) - from;
	printf("tokens: %.1f us to make, %.1f us to read, %zu characters\n", made * 1e6 / (20 * LINKS), got * 1e6 / (20 * LINKS),
	    token[LINKS - 1].n);
}

static void
call(void)
{
	double from = cpu_of(RUSAGE_SELF), took;
	struct pool *pool = pool_new(0);
	int led_on = 0;

	for (int i = 0; i < CALLS; i++) {
		struct web_request rq = { .pool = pool, .path = pool_printf(pool, "/%.*s", STR_ARG(token[i % LINKS])),
		    .client = STR("192.0.2.1") };
		struct web_response rs;

		web_answer(&w, &rq, &rs);
		led_on += rs.status == 302;
		buf_clear(&rs.body);
		pool_clear(pool);
	}
	took = cpu_of(RUSAGE_SELF) - from;
	printf("decisions: %.0f per CPU second, recorded and logged (%d of %d led on)\n", CALLS / took, led_on, CALLS);
	pool_free(&pool);
}

/* ---- through HTTP ---- */

static int
listen_on(uint16_t *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, n) != 0 || listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &n) != 0)
		abort();
	*port = ntohs(sa.sin_port);
	return fd;
}

static void
serve(int fd, struct buf *why)
{
	struct server *s = NULL;
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (!start_services(why) || server_start(&w, fd, &s, why) != RC_OK)
		_exit(1);
	sigwait(&set, &sig);
	server_stop(&s);
	_exit(0);
}

/* One answer to the end of its header and Content-Length. */
static bool
read_answer(int fd)
{
	char in[ANSWER + 1];
	size_t n = 0, want = 0;

	while (!want || n < want) {
		ssize_t got = read(fd, in + n, ANSWER - n);
		const char *end, *length;

		if (got <= 0)
			return false;
		n += (size_t)got;
		in[n] = '\0';
		end = strstr(in, "\r\n\r\n");
		length = strstr(in, "Content-Length: ");
		if (!want && end && length)
			want = (size_t)(end + 4 - in) + strtoul(length + 16, NULL, 10);
	}
	return true;
}

static int
click_all(uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), done = 0;
	char out[1024];

	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		return 0;
	for (int i = 0; i < REQUESTS; i++) {
		int n = snprintf(out, sizeof(out), "GET /%.*s HTTP/1.1\r\nHost: a\r\nAccept-Language: ja\r\n\r\n",
		    STR_ARG(token[i % LINKS]));

		if (write(fd, out, (size_t)n) != n || !read_answer(fd))
			break;
		done++;
	}
	close(fd);
	return done;
}

static void
through_http(struct buf *why)
{
	uint16_t port;
	int fd = listen_on(&port), done, status;
	pid_t pid = fork();
	double took;

	if (pid == 0)
		serve(fd, why);
	close(fd);
	nanosleep(&(struct timespec){ 1, 0 }, NULL);
	done = click_all(port);
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	took = cpu_of(RUSAGE_CHILDREN);
	printf("over HTTP: %.0f per CPU second of the server, one thread, %d answers (aim 5000 or more)\n", done / took, done);
}

int
main(void)
{
	struct pool *pool = pool_new(0);
	struct buf why;

	buf_init(&why, 8192);
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(dir) || !open_web(&why)) {
		fprintf(stderr, "%s\n", buf_cstr(&why));
		return 1;
	}
	make_tokens(pool);
	through_http(&why);
	if (!start_services(&why))
		return 1;
	call();
	clicklog_close(&w.record);
	judge_close(&w.judge);
	unlink(file("feeds/indicators.db"));
	unlink(file("clicks.jsonl"));
	unlink(file("clicks.jsonl.1"));
	unlink(file("keys/click"));
	rmdir(file("feeds"));
	rmdir(file("keys"));
	return rmdir(dir) == 0 ? 0 : 1;
}
