/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* milter_talk SOCKET [-b FILE] [-t SEC] < script: the MTA's end of the milter protocol, by hand.
 *
 * One command a line; \n \r \t \0 \\ \xNN stand for bytes. What the filter answers is printed, one
 * line for each answer, `command: answer`. Commands:
 *   negotiate ACTIONS STEPS	hexadecimal; done with all bits when the script does not begin with it
 *   macro STAGE NAME=VALUE...	STAGE is the command letter: C H M R T E
 *   connect NAME ADDR PORT	ADDR "local": no address
 *   helo NAME | mail ARG | rcpt ARG | data | eoh | eom | abort | quit
 *   header NAME:VALUE		VALUE as it stands behind the colon
 *   body TEXT			one chunk
 *   fill COUNT			COUNT bytes of body
 *   file PATH			a message: its header fields, eoh, its body
 *   pause MS
 * -b: where a replaced body goes. Exit 0: the dialogue went through, 1: the filter went away. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libmilter/mfdef.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "gate/milter_spec.h"

enum { FRAME_MAX = 64 * 1024 * 1024, CHUNK = 65535, LINE_BYTES = 1024 * 1024, FILE_BYTES = 512 * 1024 * 1024 };

struct talk {
	int sock, body_fd;
	int wait_ms;
	bool negotiated;
	unsigned long steps;	/* as the filter wants them */
	struct buf in;
};

static _Noreturn void
give_up(const char *what)
{
	printf("%s: the filter went away\n", what);
	exit(1);
}

/* Text of the other side on one line. */
static void
show(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (ascii_is_print(c) && c != '\\')
			putchar(c);
		else
			printf("\\x%02x", c);
	}
}

static void
put(struct talk *t, char command, struct str body)
{
	uint32_t n = htonl((uint32_t)body.n + 1);
	struct buf b;

	buf_init(&b, FRAME_MAX);
	buf_add(&b, (struct str){ (const char *)&n, 4 });
	buf_addc(&b, command);
	buf_add(&b, body);
	if (fdio_write_all(t->sock, buf_str(&b)) != RC_OK)
		give_up("write");
	buf_clear(&b);
}

static bool
get_exact(struct talk *t, char *p, size_t n)
{
	int64_t deadline = clock_mono_ms() + t->wait_ms;

	while (n) {
		struct pollfd pfd = { .fd = t->sock, .events = POLLIN };
		ssize_t got;

		if (poll(&pfd, 1, clock_left_ms(deadline)) <= 0)
			return false;
		got = read(t->sock, p, n);
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

static char
get(struct talk *t, struct str *body)
{
	uint32_t n;
	char *p;

	buf_reset(&t->in);
	if (!get_exact(t, (char *)&n, 4) || ntohl(n) == 0 || !(p = buf_room(&t->in, ntohl(n))) ||
	    !get_exact(t, p, ntohl(n)))
		give_up("read");
	t->in.n = ntohl(n);
	*body = str_from(buf_str(&t->in), 1);
	return t->in.p[0];
}

static uint32_t
number(struct str *body)
{
	uint32_t v = 0;

	if (body->n >= 4)
		memcpy(&v, body->p, 4);
	*body = str_from(*body, 4);
	return ntohl(v);
}

static struct str
zstring(struct str *body)
{
	struct str s = STR_NONE;

	str_next(body, '\0', &s);
	return s;
}

static void
show_field(const char *command, const char *what, struct str body, bool indexed)
{
	struct str name, value;
	uint32_t index = indexed ? number(&body) : 0;

	name = zstring(&body);
	value = zstring(&body);
	printf("%s: %s ", command, what);
	if (indexed)
		printf("%" PRIu32 " ", index);
	show(name);
	putchar(':');
	show(value);
	putchar('\n');
}

static void
show_text(const char *command, const char *what, struct str text)
{
	printf("%s: %s", command, what);
	if (text.n) {
		putchar(' ');
		show(text.p[text.n - 1] == '\0' ? str_upto(text, text.n - 1) : text);
	}
	putchar('\n');
}

/* An answer that is not the last one. */
static bool
show_change(struct talk *t, const char *command, char kind, struct str body, size_t *replaced)
{
	switch (kind) {
	case SMFIR_PROGRESS:
		show_text(command, "progress", STR_NONE);
		return true;
	case SMFIR_ADDHEADER:
		show_field(command, "add", body, false);
		return true;
	case SMFIR_INSHEADER:
		show_field(command, "insert", body, true);
		return true;
	case SMFIR_CHGHEADER:
		show_field(command, "change", body, true);
		return true;
	case SMFIR_QUARANTINE:
		show_text(command, "quarantine", body);
		return true;
	case SMFIR_REPLBODY:
		*replaced += body.n;
		if (t->body_fd >= 0 && fdio_write_all(t->body_fd, body) != RC_OK)
			give_up("body");
		return true;
	default:
		return false;
	}
}

/* Print answers up to the one that ends the command. */
static void
answer(struct talk *t, const char *command)
{
	static const struct {
		char kind;
		const char *word;
	} last[] = {
		{ SMFIR_CONTINUE, "continue" }, { SMFIR_ACCEPT, "accept" }, { SMFIR_REJECT, "reject" },
		{ SMFIR_TEMPFAIL, "tempfail" }, { SMFIR_DISCARD, "discard" }, { SMFIR_REPLYCODE, "reply" },
		{ SMFIR_SKIP, "skip" }, { SMFIR_CONN_FAIL, "fail" }, { SMFIR_SHUTDOWN, "shutdown" },
	};
	size_t replaced = 0;
	struct str body;
	char kind;

	while (show_change(t, command, kind = get(t, &body), body, &replaced))
		continue;
	if (replaced)
		printf("%s: body %zu\n", command, replaced);
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++)
		if (last[i].kind == kind)
			show_text(command, last[i].word, body);
	fflush(stdout);
}

static void
send_and_show(struct talk *t, char code, const char *command, struct str body, unsigned long no_reply)
{
	put(t, code, body);
	if (!(t->steps & no_reply))
		answer(t, command);
}

static void
negotiate(struct talk *t, uint32_t actions, uint32_t steps)
{
	uint32_t offer[3] = { htonl(SMFI_PROT_VERSION), htonl(actions), htonl(steps) };
	struct str body;

	put(t, SMFIC_OPTNEG, (struct str){ (const char *)offer, sizeof(offer) });
	if (get(t, &body) != SMFIC_OPTNEG)
		give_up("negotiate");
	number(&body);
	actions = number(&body);
	t->steps = number(&body);
	t->negotiated = true;
	printf("negotiate: actions %#x steps %#lx\n", actions, t->steps);
}

static void
unescape(struct str in, struct buf *out)
{
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i], next = i + 1 < in.n ? in.p[i + 1] : '\0';

		if (c != '\\') {
			buf_addc(out, c);
		} else if (next == 'x' && i + 3 < in.n) {
			buf_addc(out, (char)(ascii_hex((unsigned char)in.p[i + 2]) * 16 +
			    ascii_hex((unsigned char)in.p[i + 3])));
			i += 3;
		} else {
			buf_addc(out, next == 'n' ? '\n' : next == 'r' ? '\r' : next == 't' ? '\t' :
			    next == '0' ? '\0' : next);
			i++;
		}
	}
}

static struct str
word(struct str *rest)
{
	struct str w = STR_NONE;

	while (rest->n && rest->p[0] == ' ')	/* the end stays: a body may end in CRLF */
		*rest = str_from(*rest, 1);
	str_next(rest, ' ', &w);
	return w;
}

static uint32_t
hexadecimal(struct str s)
{
	uint32_t v = 0;

	for (size_t i = str_starts(s, STR("0x")) ? 2 : 0; i < s.n; i++)
		v = v * 16 + (uint32_t)ascii_hex((unsigned char)s.p[i]);
	return v;
}

static void
do_connect(struct talk *t, struct str rest)
{
	struct str name = word(&rest), addr = word(&rest), port = word(&rest);
	uint64_t n = 0;
	uint16_t be;
	struct buf b;

	if (port.n && !str_to_u64(port, &n))
		give_up("connect: port");
	be = htons((uint16_t)n);
	buf_init(&b, LINE_BYTES);
	buf_add(&b, name);
	buf_addc(&b, '\0');
	if (str_eq(addr, STR("local"))) {
		buf_addc(&b, SMFIA_UNKNOWN);
	} else {
		bool six = str_chr(addr, ':') != STR_NPOS;

		buf_addc(&b, six ? SMFIA_INET6 : SMFIA_INET);
		buf_add(&b, (struct str){ (const char *)&be, 2 });
		if (six)
			buf_adds(&b, "IPv6:");
		buf_add(&b, addr);
		buf_addc(&b, '\0');
	}
	send_and_show(t, SMFIC_CONNECT, "connect", buf_str(&b), SMFIP_NR_CONN);
	buf_clear(&b);
}

static void
do_macro(struct talk *t, struct str rest)
{
	struct str stage = word(&rest), pair;
	struct buf b;

	buf_init(&b, LINE_BYTES);
	buf_add(&b, str_upto(stage, 1));
	while ((pair = word(&rest)).n) {
		size_t eq = str_chr(pair, '=');

		buf_add(&b, str_upto(pair, eq == STR_NPOS ? pair.n : eq));
		buf_addc(&b, '\0');
		buf_add(&b, str_from(pair, eq == STR_NPOS ? pair.n : eq + 1));
		buf_addc(&b, '\0');
	}
	put(t, SMFIC_MACRO, buf_str(&b));
	buf_clear(&b);
}

static void
send_header(struct talk *t, struct str name, struct str value)
{
	struct buf b;

	buf_init(&b, LINE_BYTES * 64);
	buf_add(&b, name);
	buf_addc(&b, '\0');
	buf_add(&b, value);
	buf_addc(&b, '\0');
	send_and_show(t, SMFIC_HEADER, "header", buf_str(&b), SMFIP_NR_HDR);
	buf_clear(&b);
}

static void
send_body(struct talk *t, struct str body)
{
	while (body.n) {
		send_and_show(t, SMFIC_BODY, "body", str_upto(body, CHUNK), SMFIP_NR_BODY);
		body = str_from(body, CHUNK);
	}
}

/* The header of a file: field by field, folds as LF, as Postfix sends them. */
static struct str
send_fields(struct talk *t, struct str text)
{
	struct str name = STR_NONE, line;
	struct buf value;

	buf_init(&value, LINE_BYTES * 64);
	while (str_next(&text, '\n', &line)) {
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n && (line.p[0] == ' ' || line.p[0] == '\t') && name.n) {
			buf_addc(&value, '\n');
			buf_add(&value, line);
			continue;
		}
		if (name.n)
			send_header(t, name, buf_str(&value));
		buf_reset(&value);
		name = STR_NONE;
		if (line.n == 0)
			break;
		name = str_upto(line, str_chr(line, ':') == STR_NPOS ? line.n : str_chr(line, ':'));
		buf_add(&value, str_from(line, name.n + 1));
	}
	if (name.n)
		send_header(t, name, buf_str(&value));
	buf_clear(&value);
	return text;
}

static void
do_file(struct talk *t, struct str path)
{
	struct buf text;
	char name[4096];
	struct str body;

	buf_init(&text, FILE_BYTES);
	snprintf(name, sizeof(name), "%.*s", STR_ARG(path));
	if (fdio_read_file(name, &text) != RC_OK)
		give_up(name);
	body = send_fields(t, buf_str(&text));
	send_and_show(t, SMFIC_EOH, "eoh", STR_NONE, SMFIP_NR_EOH);
	send_body(t, body);
	buf_clear(&text);
}

static void
do_fill(struct talk *t, struct str count)
{
	uint64_t left = 0;
	char line[64];

	if (!str_to_u64(count, &left))
		give_up("fill");
	memset(line, 'x', sizeof(line));
	line[62] = '\r';
	line[63] = '\n';
	while (left) {
		struct buf b;

		buf_init(&b, CHUNK);
		while (left && b.n < CHUNK - sizeof(line)) {
			struct str s = str_upto((struct str){ line, sizeof(line) }, left);

			buf_add(&b, s);
			left -= s.n;
		}
		send_body(t, buf_str(&b));
		buf_clear(&b);
	}
}

static void
do_simple(struct talk *t, struct str verb, struct str rest)
{
	static const struct {
		const char *verb;
		char code;
		bool zero, reply;	/* NUL behind the argument; an answer comes */
		unsigned long no_reply;
	} simple[] = {
		{ "helo", SMFIC_HELO, true, true, SMFIP_NR_HELO }, { "mail", SMFIC_MAIL, true, true, SMFIP_NR_MAIL },
		{ "rcpt", SMFIC_RCPT, true, true, SMFIP_NR_RCPT }, { "data", SMFIC_DATA, false, true, SMFIP_NR_DATA },
		{ "eoh", SMFIC_EOH, false, true, SMFIP_NR_EOH }, { "eom", SMFIC_BODYEOB, false, true, 0 },
		{ "abort", SMFIC_ABORT, false, false, 0 }, { "quit", SMFIC_QUIT, false, false, 0 },
		{ "unknown", SMFIC_UNKNOWN, true, true, SMFIP_NR_UNKN | SMFIP_NOUNKNOWN },
	};
	struct buf b;

	buf_init(&b, LINE_BYTES);
	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++) {
		if (!str_eq(verb, str_of(simple[i].verb)))
			continue;
		buf_add(&b, rest);
		if (simple[i].zero)
			buf_addc(&b, '\0');
		put(t, simple[i].code, buf_str(&b));
		if (simple[i].reply && !(t->steps & simple[i].no_reply))
			answer(t, simple[i].verb);
		buf_clear(&b);
		return;
	}
	fprintf(stderr, "milter_talk: unknown command %.*s\n", STR_ARG(verb));
	exit(2);
}

static void
do_line(struct talk *t, struct str line)
{
	struct str rest = line, verb = word(&rest);

	if (verb.n == 0 || verb.p[0] == '#')
		return;
	if (str_eq(verb, STR("negotiate"))) {
		struct str actions = word(&rest), steps = word(&rest);

		negotiate(t, hexadecimal(actions), hexadecimal(steps));
		return;
	}
	if (!t->negotiated)
		negotiate(t, SMFI_CURR_ACTS, SMFI_CURR_PROT);
	if (str_eq(verb, STR("connect"))) {
		do_connect(t, rest);
	} else if (str_eq(verb, STR("macro"))) {
		do_macro(t, rest);
	} else if (str_eq(verb, STR("header"))) {
		size_t colon = str_chr(rest, ':');

		send_header(t, str_upto(rest, colon), str_from(rest, colon + 1));
	} else if (str_eq(verb, STR("body"))) {
		send_body(t, rest);
	} else if (str_eq(verb, STR("fill"))) {
		do_fill(t, rest);
	} else if (str_eq(verb, STR("file"))) {
		do_file(t, rest);
	} else if (str_eq(verb, STR("pause"))) {
		uint64_t ms = 0;

		if (str_to_u64(rest, &ms))
			poll(NULL, 0, (int)ms);
	} else {
		do_simple(t, verb, rest);
	}
}

static int
dial(const char *text)
{
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} sa = { .any.sa_family = AF_UNIX };
	socklen_t len = sizeof(sa.un);
	struct milter_spec spec;
	struct buf why;
	int fd;

	buf_init(&why, 512);
	if (milter_spec_parse(str_of(text), &spec, &why) != RC_OK) {
		fprintf(stderr, "milter_talk: %s\n", buf_cstr(&why));
		exit(2);
	}
	if (spec.family == SPEC_UNIX) {
		memcpy(sa.un.sun_path, spec.path.p, spec.path.n);
	} else if (spec.family == SPEC_INET) {
		sa.in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(spec.port),
		    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		len = sizeof(sa.in);
	} else {
		sa.in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(spec.port),
		    .sin6_addr = in6addr_loopback };
		len = sizeof(sa.in6);
	}
	fd = socket(sa.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, &sa.any, len) != 0) {
		printf("dial: %s\n", strerror(errno));
		exit(1);
	}
	return fd;
}

int
main(int argc, char **argv)
{
	struct talk t = { .sock = -1, .body_fd = -1, .wait_ms = 120000 };
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int c;

	while ((c = getopt(argc, argv, "b:t:")) != -1) {
		if (c == 'b' && (t.body_fd = open(optarg, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0)
			return 2;
		if (c == 't')
			t.wait_ms = 1000 * (int)strtol(optarg, NULL, 10);
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: milter_talk [-b file] [-t sec] socket < script\n");
		return 2;
	}
	buf_init(&t.in, FRAME_MAX);
	t.sock = dial(argv[optind]);
	while ((n = getline(&line, &cap, stdin)) > 0) {
		struct buf b;

		buf_init(&b, LINE_BYTES);
		unescape((struct str){ line, (size_t)n - (line[n - 1] == '\n') }, &b);
		do_line(&t, buf_str(&b));
		buf_clear(&b);
	}
	free(line);
	buf_clear(&t.in);
	close(t.sock);
	return 0;
}
