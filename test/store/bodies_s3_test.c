/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/store/bodies_s3.c lib/store/s3.c lib/store/s3_page.c lib/store/bodies_opts.c */
#include "bodies_kit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "net/tls.h"
#include "store/s3.h"
#include "store/s3_liar.h"

static const char library[] = "build/s3/node_modules/s3rver/package.json", program[] = "test/tool/s3/server.js";
static char dir[] = "/tmp/bodies-s3.XXXXXX";

enum { START_MS = 20000, PAGED = 23, PATHS = 200, SHORT_MS = 600 };

static void
in_dir(char out[PATHS], const char *name)
{
	snprintf(out, PATHS, "%s/%s", dir, name);
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || fdio_write_all(fd, str_of(text)) != RC_OK || fchmod(fd, mode) != 0)
		abort();
	close(fd);
}

struct bed {
	struct bodies_conf conf;
	char url[PATHS], key[PATHS], ca[PATHS];
};

static void
bed_init(struct bed *b, const char *scheme, const char *host, uint16_t port)
{
	snprintf(b->url, sizeof(b->url), "%s://%s:%u", scheme, host, port);
	in_dir(b->key, "key");
	in_dir(b->ca, "ca.pem");
	b->conf = (struct bodies_conf){ .backend = BODIES_S3, .level = 1, .s3_url = str_of(b->url), .s3_bucket = STR("mails"),
	    .s3_prefix = STR("gate/"), .s3_region = STR("us-east-1"), .s3_key_file = str_of(b->key), .s3_ms = KIT_WAIT_MS,
	    .s3_page = 7 };
}

static struct bodies *
bed_open(const struct bed *bed)
{
	struct bodies *b = NULL;
	struct buf why;

	buf_init(&why, 1000);
	if (bodies_open(&bed->conf, str_of(dir), (struct log_ctx){ NULL, "-" }, &b, &why) != RC_OK)
		test_show("why", buf_str(&why));
	buf_clear(&why);
	return b;
}

/* ---- a real server ---- */

static pid_t
start_server(uint16_t port)
{
	char data[PATHS], number[10];
	pid_t pid = fork();

	in_dir(data, "data");
	snprintf(number, sizeof(number), "%u", port);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* It makes the tokens of its pages by DES. */
		execlp("node", "node", "--openssl-legacy-provider", program, data, number, "mails", (char *)NULL);
		_exit(127);
	}
	return pid;
}

static uint16_t
free_port(void)
{
	struct liar l = { .answers = { NULL } };
	bool ok = liar_start(&l);

	if (ok)
		liar_stop(&l);
	return ok ? l.port : 0;
}

/* By a store of its own each time: one that failed would wait. */
static bool
is_up(const struct bed *bed)
{
	int64_t by = clock_mono_ms() + START_MS;
	enum rc rc = RC_TEMP;
	uint64_t size;
	int fd;

	while (rc != RC_NONE && clock_left_ms(by) > 0) {
		struct bodies *b = bed_open(bed);

		rc = bodies_get(b, STR("nothere"), &fd, &size);
		bodies_close(&b);
		usleep(50000);
	}
	return rc == RC_NONE;
}

static bool
count_key(void *arg, struct str key, int64_t wall_ms, uint64_t bytes)
{
	int *n = arg;

	*n += str_starts(key, STR("page-")) && bytes > 0 && wall_ms > clock_wall_ms() - 3600 * 1000 &&
	    wall_ms < clock_wall_ms() + 3600 * 1000;
	return true;
}

static bool
count_two(void *arg, struct str key, int64_t wall_ms, uint64_t bytes)
{
	int *n = arg;

	(void)key;
	(void)wall_ms;
	(void)bytes;
	return ++*n < 2;
}

static void
pages(struct bodies *b)
{
	char key[32];
	int n = 0;

	for (int i = 0; i < PAGED; i++) {
		snprintf(key, sizeof(key), "page-%d", i);
		if (kit_put(b, key, str_of(key)) != RC_OK)
			test_show("key", str_of(key));
	}
	test_int(bodies_each(b, count_key, &n), RC_OK, "a list of several pages");
	test_int(n, PAGED, "has each of them, with its time");
	n = 0;
	test_int(bodies_each(b, count_two, &n), RC_OK, "one that is left early");
	test_int(n, 2, "ends there");
	for (int i = 0; i < PAGED; i++) {
		snprintf(key, sizeof(key), "page-%d", i);
		test_int(bodies_delete(b, str_of(key)), RC_OK, "deleted");
	}
}

/* Whoever has no right is told so, and nothing is called gone. */
static void
strangers(struct bed bed)
{
	struct bodies *b;
	uint64_t size;
	int fd, n = 0;

	write_file(bed.key, "S3RVER:wrong\n", 0600);
	b = bed_open(&bed);
	test_int(kit_put(b, "key-1", STR("x")), RC_TEMP, "put with a wrong secret");
	test_int(bodies_get(b, STR("key-1"), &fd, &size), RC_TEMP, "get with it");
	test_int(bodies_delete(b, STR("key-1")), RC_TEMP, "delete with it");
	test_int(bodies_each(b, count_two, &n), RC_TEMP, "list with it");
	bodies_close(&b);
	write_file(bed.key, "S3RVER:S3RVER\n", 0600);
	bed.conf.s3_bucket = STR("nobucket");
	b = bed_open(&bed);
	test_int(bodies_get(b, STR("key-1"), &fd, &size), RC_TEMP, "no bucket: nothing is known of the key");
	test_int(bodies_delete(b, STR("key-1")), RC_TEMP, "nor when it is deleted");
	test_int(kit_put(b, "key-1", STR("x")), RC_TEMP, "nor put");
	bodies_close(&b);
}

static void
secure(const struct bed *plain, uint16_t port)
{
	struct bed bed;
	struct tls *tls;
	struct bodies *b;
	uint64_t size;
	int fd;

	bed_init(&bed, "https", "localhost", port);
	tls = tls_new(port, bed.ca, "localhost", 3600);
	if (!tls) {
		test_skip("TLS", "no certificate could be made");
		return;
	}
	bed_init(&bed, "https", "localhost", tls_port(tls));
	b = bed_open(&bed);
	test_int(kit_put(b, "secure", STR("x")), RC_TEMP, "a certificate that nobody vouches for");
	bodies_close(&b);
	bed.conf.s3_ca_file = str_of(bed.ca);
	b = bed_open(&bed);
	test_int(kit_put(b, "secure", STR("x")), RC_OK, "s3_ca_file vouches for it");
	bodies_close(&b);
	b = bed_open(plain);
	test_ok(kit_same(b, "secure", STR("x")), "it is the same store");
	test_int(bodies_delete(b, STR("secure")), RC_OK, "deleted");
	test_int(bodies_get(b, STR("secure"), &fd, &size), RC_NONE, "and gone");
	bodies_close(&b);
	tls_free(&tls);
}

static void
server_goes(const struct bed *bed, pid_t *pid, uint16_t port)
{
	struct bodies *b = bed_open(bed);
	int64_t began;

	test_int(kit_put(b, "key-1", STR("first")), RC_OK, "while the server is there");
	kill(*pid, SIGKILL);
	waitpid(*pid, NULL, 0);
	for (int i = 0; i < S3_FAILURES; i++)
		test_int(kit_put(b, "key-2", STR("x")), RC_TEMP, "when it is not");
	began = clock_mono_ms();
	*pid = start_server(port);
	test_int(kit_put(b, "key-2", STR("x")), RC_TEMP, "after three failures nobody is asked");
	test_ok(clock_mono_ms() - began < 1000, "and nobody waits");
	test_ok(is_up(bed), "it comes back");
	usleep(S3_PAUSE_MS * 1000);
	test_ok(kit_same(b, "key-1", STR("first")), "with what it had");
	test_int(bodies_delete(b, STR("key-1")), RC_OK, "deleted");
	bodies_close(&b);
}

static void
real(void)
{
	uint16_t port = free_port();
	struct bodies *b;
	struct bed bed;
	pid_t pid;

	if (access(library, R_OK) != 0 || system("node --version >/dev/null 2>&1") != 0) {
		test_skip("the suite of bodies_kit.h", "no S3 server here: make deps gets it where npm is");
		return;
	}
	bed_init(&bed, "http", "127.0.0.1", port);
	write_file(bed.key, "S3RVER:S3RVER\n", 0600);
	pid = start_server(port);
	if (is_up(&bed)) {
		b = bed_open(&bed);
		kit_all(b);
		pages(b);
		bodies_close(&b);
		strangers(bed);
		secure(&bed, port);
		server_goes(&bed, &pid, port);
	} else {
		test_ok(false, "the server comes up");
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- one that lies ---- */

#define OK_HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\n"
#define STATUS(s) "HTTP/1.1 " s "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
#define ALWAYS(s) { s, s, s, s }

static const struct {
	const char *name, *answers[LIAR_ANSWERS];
	enum rc put, get, delete, each;
	int asked;				/* by the put */
} lies[] = {
	{ "silence", ALWAYS(NULL), RC_TEMP, RC_TEMP, RC_TEMP, RC_TEMP, 1 },
	{ "500", ALWAYS(STATUS("500 Internal Server Error")), RC_TEMP, RC_TEMP, RC_TEMP, RC_TEMP, 2 },
	{ "500 once", { STATUS("500 Internal Server Error"), STATUS("200 OK"), STATUS("200 OK"), STATUS("200 OK") },
	    RC_OK, RC_BAD, RC_TEMP, RC_TEMP, 2 },
	{ "403", ALWAYS(STATUS("403 Forbidden")), RC_TEMP, RC_TEMP, RC_TEMP, RC_TEMP, 1 },
	{ "404 without a word", ALWAYS(STATUS("404 Not Found")), RC_TEMP, RC_TEMP, RC_TEMP, RC_TEMP, 1 },
	{ "elsewhere", ALWAYS("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), RC_TEMP,
	    RC_TEMP, RC_TEMP, RC_TEMP, 1 },
	{ "no HTTP", ALWAYS("SSH-2.0-OpenSSH\r\n"), RC_TEMP, RC_TEMP, RC_TEMP, RC_TEMP, 2 },
	{ "hangs up", ALWAYS(""), RC_TEMP, RC_TEMP, RC_TEMP, RC_TEMP, 2 },
	{ "cut", ALWAYS(OK_HEAD "Content-Length: 100\r\n\r\nabc"), RC_TEMP, RC_TEMP, RC_TEMP, RC_TEMP, 2 },
	{ "a page of words", ALWAYS(OK_HEAD "Content-Length: 5\r\n\r\nhello"), RC_OK, RC_BAD, RC_TEMP, RC_TEMP, 1 },
	{ "half a zstd without a length", ALWAYS(OK_HEAD "\r\n\x28\xb5\x2f\xfd\x24\x05"), RC_OK, RC_BAD, RC_TEMP, RC_TEMP, 1 },
	{ "a bomb", ALWAYS(OK_HEAD "\r\n\x28\xb5\x2f\xfd\x60\x01\x01\x01\x00\x00"), RC_OK, RC_BAD, RC_TEMP, RC_TEMP, 1 },
	{ "keys of others", ALWAYS(OK_HEAD "\r\n<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>gate/../x</Key>"
	    "</Contents><Contents><Key>passwd</Key></Contents><Contents></Contents></ListBucketResult>"), RC_OK, RC_BAD, RC_NONE,
	    RC_OK, 1 },
};

/* What was put is only known when the server said 200; a message is never a shorter one. */
static void
lying(size_t i)
{
	struct liar l = { .asked = 0 };
	struct bodies *b;
	struct bed bed;
	uint64_t size;
	int fd, n = 0;

	memcpy(l.answers, lies[i].answers, sizeof(l.answers));
	if (!liar_start(&l))
		abort();
	bed_init(&bed, "http", "127.0.0.1", l.port);
	bed.conf.s3_ms = SHORT_MS;
	b = bed_open(&bed);
	test_int(kit_put(b, "key-1", STR("x")), lies[i].put, lies[i].name);
	test_int(l.asked, lies[i].asked, "so often it was asked");
	bodies_close(&b);
	b = bed_open(&bed);
	test_int(bodies_get(b, STR("key-1"), &fd, &size), lies[i].get, "get");
	test_int(bodies_delete(b, STR("key-1")), lies[i].delete, "delete");
	bodies_close(&b);
	b = bed_open(&bed);
	test_int(bodies_each(b, count_two, &n), lies[i].each, "list");
	test_int(n, 0, "nothing of it is a key");
	bodies_close(&b);
	liar_stop(&l);
}

static void
key_files(void)
{
	static const struct {
		const char *name, *text;
		mode_t mode;
		bool good;
	} rows[] = {
		{ "a key", "ACCESS:SECRET\n", 0600, true }, { "that others may read", "ACCESS:SECRET\n", 0644, false },
		{ "without a colon", "ACCESS\n", 0600, false }, { "empty", "", 0600, false },
	};
	struct bodies *b = NULL;
	struct bed bed;
	struct buf why;

	bed_init(&bed, "http", "127.0.0.1", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_init(&why, 1000);
		write_file(bed.key, rows[i].text, rows[i].mode);
		test_int(bodies_open(&bed.conf, str_of(dir), (struct log_ctx){ NULL, "-" }, &b, &why),
		    rows[i].good ? RC_OK : RC_BAD, rows[i].name);
		test_ok(rows[i].good == (why.n == 0), "it says why");
		bodies_close(&b);
		buf_clear(&why);
	}
}

static void
page_texts(void)
{
	struct s3_page p = { STR("<a><Contents><Key>k1</Key><LastModified>2026-11-23T06:36:00.000Z</LastModified><Size>12</Size>"
	    "</Contents><Contents><Key>k2</Key><LastModified>soon</LastModified><Size>-1</Size></Contents><Contents><Key>k3") };
	struct s3_item item;

	test_ok(s3_page_next(&p, &item) && str_eq(item.key, STR("k1")), "a key");
	test_int(item.wall_ms, 1795415760000, "its time");
	test_int((int64_t)item.bytes, 12, "its size");
	test_ok(s3_page_next(&p, &item) && str_eq(item.key, STR("k2")), "another one");
	test_int(item.wall_ms + (int64_t)item.bytes, 0, "without a time or a size");
	test_ok(!s3_page_next(&p, &item), "half a one is none");
	test_str(s3_page_token(STR("<IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b</NextContinuationToken>")),
	    STR("a&amp;b"), "how to go on");
	test_str(s3_page_token(STR("<IsTruncated>false</IsTruncated><NextContinuationToken>ab</NextContinuationToken>")), STR_NONE,
	    "only when there is more");
}

static void
options(void)
{
	struct bodies_conf c = { .backend = BODIES_S3 };
	struct buf why;

	buf_init(&why, 1000);
	test_int(bodies_table.check(&c, &why), RC_BAD, "s3 without a server");
	buf_reset(&why);
	c.s3_url = STR("https://s3.example");
	test_int(bodies_table.check(&c, &why), RC_BAD, "without a bucket");
	buf_reset(&why);
	c.s3_bucket = STR("mails");
	test_int(bodies_table.check(&c, &why), RC_BAD, "without a key");
	buf_reset(&why);
	c.s3_key_file = STR("/etc/sekimori/s3.key");
	test_int(bodies_table.check(&c, &why), RC_OK, "with all of them");
	buf_clear(&why);
}

int
main(void)
{
	char command[PATHS + 20], key[PATHS];

	if (!mkdtemp(dir))
		return 1;
	page_texts();
	options();
	key_files();
	in_dir(key, "key");
	write_file(key, "ACCESS:SECRET\n", 0600);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		lying(i);
	real();
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	if (system(command) != 0)
		perror(dir);
	return test_done();
}
