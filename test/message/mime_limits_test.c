/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Messages made to cost time: each must end at its named limit or be read in full, and
 * the work must grow with the size and not faster. Times are printed, not judged alone:
 * what is judged is that double the input does not cost four times the time. */
#include "message/addr.h"
#include "message/header.h"
#include "message/mail.h"
#include "test.h"

enum {
	TOO_SLOW_SEC = 20,	/* far above a second: machines that run sanitizers are slow */
	TRIES = 4		/* other work on the machine disturbs single measurements */
};

typedef void (*maker)(struct buf *, size_t n);

static void
repeat(struct buf *b, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_adds(b, text);
}

static void
nested(struct buf *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "Content-Type: multipart/mixed; boundary=b%zu\r\n\r\n--b%zu\r\n", i, i);
	buf_adds(b, "\r\nhi\r\n");
}

static void
nested_messages(struct buf *b, size_t n)
{
	repeat(b, "Content-Type: message/rfc822\r\n\r\n", n);
}

static void
many_parts(struct buf *b, size_t n)
{
	buf_adds(b, "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
	repeat(b, "--b\r\n\r\nx\r\n", n);
	buf_adds(b, "--b--\r\n");
}

/* 40 open boundaries, then lines that begin like all of them. */
static void
boundary_lines(struct buf *b, size_t n)
{
	char name[64];

	for (size_t i = 0; i < 40; i++) {
		memset(name, 'b', sizeof(name));
		name[i + 1] = '\0';
		buf_printf(b, "Content-Type: multipart/mixed; boundary=%sx\r\n\r\n--%sx\r\n", name, name);
	}
	buf_adds(b, "\r\n");
	repeat(b, "--bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n", n / 55);
}

static void
short_boundary_lines(struct buf *b, size_t n)
{
	nested(b, 45);
	repeat(b, "--b\n", n / 4);
}

static void
dashes(struct buf *b, size_t n)
{
	nested(b, 45);
	repeat(b, "----------------\n", n / 17);
}

static void
same_boundary(struct buf *b, size_t n)
{
	repeat(b, "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 45);
	repeat(b, "--b--\r\n", n / 7);
}

static void
long_line(struct buf *b, size_t n)
{
	buf_adds(b, "Subject: ");
	repeat(b, "0123456789abcdef", n / 16);
	buf_adds(b, "\r\nContent-Type: text/plain\r\n\r\nx\r\n");
}

static void
many_folds(struct buf *b, size_t n)
{
	buf_adds(b, "Content-Type: text/plain");
	repeat(b, ";\r\n x=y", n / 7);
	buf_adds(b, "\r\n\r\n");
}

static void
many_fields(struct buf *b, size_t n)
{
	repeat(b, "Content-A: b\r\n", n / 14);
	buf_adds(b, "\r\nx");
}

static void
many_pieces(struct buf *b, size_t n)
{
	buf_adds(b, "Content-Disposition: attachment");
	for (size_t i = 0; i < n / 24; i++)
		buf_printf(b, ";\r\n filename*%zu*=%%41", n / 24 - i);
	buf_adds(b, "\r\n\r\nx");
}

static void
junk_lines(struct buf *b, size_t n)
{
	repeat(b, "junk\r\nX: y\r\n", n / 12);
}

static void
comments(struct buf *b, size_t n)
{
	buf_adds(b, "Content-Type: ");
	repeat(b, "(", n / 2);
	buf_adds(b, "\r\nFrom: ");
	repeat(b, "(", n / 2);
	buf_adds(b, "\r\n\r\n");
}

static void
encoded_words(struct buf *b, size_t n)
{
	buf_adds(b, "From: ");
	repeat(b, "=?utf-8?q?a", n / 11);
	buf_adds(b, "?= <a@b.example>\r\n\r\n");
}

static void
uu_starts(struct buf *b, size_t n)
{
	buf_adds(b, "Content-Type: text/plain\r\n\r\n");
	repeat(b, "begin 644 a\r\n", n / 13);
}

static void
uu_blocks(struct buf *b, size_t n)
{
	buf_adds(b, "Content-Type: text/plain\r\n\r\n");
	repeat(b, "begin 644 a\r\n#86)C\r\n`\r\nend\r\n", n / 28);
}

static void
two_of_everything(struct buf *b, size_t n)
{
	buf_adds(b, "Content-Type: multipart/mixed; boundary=b; boundary=c; boundary=d; boundary=e\r\n"
	    "Content-Type: multipart/related; boundary=f; boundary=g; boundary=h\r\n\r\n");
	for (size_t i = 0; i < n / 100; i++)
		buf_printf(b, "--%c\nContent-Type: multipart/x; boundary=%c; boundary=%c\n \njunk\rX: y\n\n",
		    (char)('b' + i % 7), (char)('a' + i % 9), (char)('a' + i % 5));
}

static void
encoded_layers(struct buf *b, size_t n)
{
	repeat(b, "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", n / 78);
	repeat(b, "=3D\r\n", 100);
}

static void
preambles(struct buf *b, size_t n)
{
	for (size_t i = 0; i < 45; i++)
		buf_printf(b, "Content-Type: multipart/mixed; boundary=b%zu\r\n\r\nContent-X: y\r\n\r\n--b%zu\r\n",
		    i, i);
	repeat(b, "\r\nContent-Z: text\r\n--b44\r\n", n / 26);
}

static const struct {
	const char *name;
	maker make;
	size_t n;		/* of the larger of two sizes */
	uint64_t limit;		/* what must be set, 0: nothing */
} cases[] = {
	{ "20 000 nested multiparts", nested, 20000, DEFECT_BIT(LIMIT_DEPTH) },
	{ "50 000 nested messages", nested_messages, 50000, DEFECT_BIT(LIMIT_DEPTH) },
	{ "100 000 parts", many_parts, 100000, DEFECT_BIT(LIMIT_PARTS) },
	{ "24 MB of lines like 40 boundaries", boundary_lines, 24 << 20, 0 },
	{ "24 MB of short boundary lines", short_boundary_lines, 24 << 20, 0 },
	{ "24 MB of dashes", dashes, 24 << 20, 0 },
	{ "8 MB of closing the same boundary", same_boundary, 8 << 20, 0 },
	{ "1 MB header line", long_line, 1 << 20, 0 },
	{ "1 MB of folds and parameters", many_folds, 1 << 20, DEFECT_BIT(LIMIT_PARAMS) },
	{ "8 MB of fields", many_fields, 8 << 20, DEFECT_BIT(LIMIT_HEADER) },
	{ "1 MB of pieces in reverse", many_pieces, 1 << 20, DEFECT_BIT(LIMIT_PARAMS) },
	{ "4 MB of junk between fields", junk_lines, 4 << 20, DEFECT_BIT(LIMIT_HEADER) },
	{ "1 MB of open comments", comments, 1 << 20, DEFECT_BIT(LIMIT_PARAMS) },
	{ "1 MB of encoded words without end", encoded_words, 1 << 20, 0 },
	{ "8 MB of uuencode beginnings", uu_starts, 8 << 20, 0 },
	{ "8 MB of uuencode blocks", uu_blocks, 8 << 20, DEFECT_BIT(LIMIT_PARTS) },
	{ "4 MB of contradictions", two_of_everything, 4 << 20, DEFECT_BIT(LIMIT_PARTS) },
	{ "4 MB of encoded messages in one another", encoded_layers, 4 << 20, DEFECT_BIT(LIMIT_DEPTH) },
	{ "4 MB of preambles like parts", preambles, 4 << 20, 0 },
};

static double
parse_under(struct limits lim, maker make, size_t n, uint64_t *defects)
{
	struct pool *pool = pool_new(0);
	struct message *m;
	struct buf raw;
	double t;

	buf_init(&raw, 64 << 20);
	make(&raw, n);
	t = mail_now();
	m = mime_parse(pool, &lim, buf_str(&raw));
	t = mail_now() - t;
	*defects = m->defects;
	if (m->n_parts > (size_t)lim.mime_parts)
		t = TOO_SLOW_SEC;
	buf_clear(&raw);
	pool_free(&pool);
	return t;
}

/* Twice the time for twice the size; four times would be quadratic. */
static bool
is_linear(double half, double whole)
{
	return whole < 0.05 || (whole < 3 * half && whole < TOO_SLOW_SEC);
}

static void
messages(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct limits lim = mail_limits();
		uint64_t defects = 0;
		double half = 0, whole = 1;

		for (int try = 0; try < TRIES && !is_linear(half, whole); try++) {
			half = parse_under(lim, cases[i].make, cases[i].n / 2, &defects);
			whole = parse_under(lim, cases[i].make, cases[i].n, &defects);
		}
		test_ok(is_linear(half, whole) && (defects & cases[i].limit) == cases[i].limit, cases[i].name);
		printf("# %.3f s, half the size %.3f s\n", whole, half);
	}
}

/* The largest values that the options allow. */
static void
wide_limits(void)
{
	struct limits lim = mail_limits();
	uint64_t defects;
	double t;

	lim.mime_parts = 100000;
	lim.mime_depth = 200;
	t = parse_under(lim, many_parts, 99999, &defects);
	test_ok(t < TOO_SLOW_SEC && !(defects & DEFECT_BIT(LIMIT_PARTS)), "100 000 parts, all read");
	printf("# %.3f s\n", t);
	t = parse_under(lim, nested, 20000, &defects);
	test_ok(t < TOO_SLOW_SEC && defects & DEFECT_BIT(LIMIT_DEPTH), "nested, 200 levels read");
	printf("# %.3f s\n", t);
	t = parse_under(lim, two_of_everything, 4 << 20, &defects);
	test_ok(t < TOO_SLOW_SEC && defects & DEFECT_BIT(LIMIT_PARTS), "contradictions, 100 000 parts allowed");
	printf("# %.3f s\n", t);
}

static double
addresses(const char *text, size_t n, size_t limit, size_t *found, uint64_t *defects)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct buf in;
	double t;

	lim.addresses = (int64_t)limit;
	buf_init(&in, 64 << 20);
	repeat(&in, text, n);
	t = mail_now();
	*found = addr_parse(pool, &lim, buf_str(&in), defects).n;
	t = mail_now() - t;
	buf_clear(&in);
	pool_free(&pool);
	return t;
}

static void
address_lists(void)
{
	static const struct {
		const char *name, *text;
		size_t n;
	} lists[] = {
		{ "500 000 addresses", "\"A B\" <a@b.example>, ", 500000 },
		{ "500 000 group names", "a:", 500000 },
		{ "500 000 open angles", "<a", 500000 },
		{ "500 000 quotes", "\"a", 500000 },
		{ "500 000 open comments", "(a", 500000 },
		{ "500 000 routes", "<@a,@b:", 500000 },
		{ "500 000 empty ones", ",", 500000 },
		{ "500 000 at signs", "@", 500000 },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		uint64_t defects = 0;
		size_t found = 0;
		double half = 0, whole = 1;

		for (int try = 0; try < TRIES && !is_linear(half, whole); try++) {
			half = addresses(lists[i].text, lists[i].n / 2, 1000000, &found, &defects);
			whole = addresses(lists[i].text, lists[i].n, 1000000, &found, &defects);
		}
		test_ok(is_linear(half, whole), lists[i].name);
		printf("# %.3f s, half %.3f s, %zu found\n", whole, half, found);
		addresses(lists[i].text, lists[i].n, 5000, &found, &defects);
		test_ok(found <= 5000, "stops at limit.addresses");
	}
}

int
main(void)
{
	messages();
	wide_limits();
	address_lists();
	return test_done();
}
