/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "link/qr_code.h"

#include "link/qr_make.h"
#include "link/qr_rs.h"
#include "test.h"

static const char *const texts[] = {
	"a", "https://a.test/", "https://bad.example/login?x=1234", "https://bad.example/0123456789/0123456789/0123456789",
	"https://bad.example/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789",
};

static void
check(struct qr_code *c, const char *want, const char *how)
{
	struct buf out;
	char name[200];

	buf_init(&out, QR_TEXT_BYTES);
	snprintf(name, sizeof(name), "%s: %s", how, want);
	if (test_ok(qr_read(c, &out) == RC_OK, name))
		test_str(buf_str(&out), str_of(want), name);
	buf_clear(&out);
}

static void
versions(void)
{
	static struct qr_code c, m;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!test_ok(qr_make(&c, texts[i]), "made"))
			continue;
		m = c;
		check(&c, texts[i], "as it is");
		for (unsigned y = 0; y < m.side; y++)
			for (unsigned x = 0; x < m.side; x++)
				*qr_at(&c, y, x) = *qr_at(&m, x, y);
		check(&c, texts[i], "mirrored");
	}
}

/* Version 2 of level L mends five wrong words; a word is four modules high on two columns. */
static void
damage(void)
{
	static struct qr_code c;
	struct buf out;

	qr_make(&c, texts[1]);
	for (unsigned y = 12; y < 20; y++)
		*qr_at(&c, 20, y) ^= 1;
	check(&c, texts[1], "some modules wrong");
	qr_make(&c, texts[1]);
	for (unsigned y = 9; y < 20; y++)
		for (unsigned x = 9; x < 20; x++)
			*qr_at(&c, x, y) = 1;
	buf_init(&out, QR_TEXT_BYTES);
	test_ok(qr_read(&c, &out) == RC_BAD, "too many modules wrong");
	c.side = 22;
	test_ok(qr_read(&c, &out) == RC_BAD, "no code has 22 modules");
	buf_clear(&out);
}

static void
segments(void)
{
	static const struct {
		const char *name;
		struct str data;
		const char *want;	/* NULL: nothing is read */
	} rows[] = {
		/* mode 1, 5 digits: 123 and 45; end */
		{ "digits", STR("\x10\x14\x7b\x5a\x00"), "12345" },
		/* mode 2, 3 letters: AC- as 10 * 45 + 12 and 41 */
		{ "letters", STR("\x20\x19\xce\xa4\x00"), "AC-" },
		{ "bytes", STR("\x40\x26\x86\x90"), "hi" },
		{ "bytes that are no UTF-8", STR("\x40\x1e\x90"), "\xc3\xa9" },
		/* ECI 26, then bytes */
		{ "ECI", STR("\x71\xa4\x02\x68\x69\x00"), "hi" },
		/* mode 8, one character: U+70B9 is 935F, 13 bits 0D9F */
		{ "kanji", STR("\x80\x16\xcf\x80"), "\xe7\x82\xb9" },
		{ "structured append", STR("\x30\x10\x04\x02\x68\x69\x00"), "hi" },
		{ "cut", STR("\x40\x96\x86\x90"), "hi" },
		{ "unknown mode", STR("\xf0\x00"), NULL },
		{ "empty", STR("\x00"), NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;
		enum rc rc;

		buf_init(&out, QR_TEXT_BYTES);
		rc = qr_segments(rows[i].data, 1, &out);
		if (!rows[i].want)
			test_ok(rc == RC_BAD, rows[i].name);
		else if (str_eq_nocase(str_of(rows[i].name), STR("cut")))
			test_ok(str_starts(buf_str(&out), str_of(rows[i].want)), rows[i].name);
		else
			test_str(buf_str(&out), str_of(rows[i].want), rows[i].name);
		buf_clear(&out);
	}
}

/* The example of many textbooks: 32 bytes over the same field. */
static void
mending(void)
{
	unsigned char block[40], wrong[40];

	for (size_t errors = 0; errors <= 6; errors++) {
		for (size_t i = 0; i < 30; i++)
			block[i] = (unsigned char)(i * 37 + errors);
		make_check(block, 30, 10);
		memcpy(wrong, block, sizeof(block));
		for (size_t i = 0; i < errors; i++)
			wrong[i * 6 + 3] ^= (unsigned char)(0x55 + i);
		if (errors <= 5)
			test_ok(qr_rs_mend(wrong, sizeof(wrong), 10) == RC_OK && memcmp(wrong, block, sizeof(block)) == 0,
			    "errors up to half the check bytes are mended");
		else
			test_ok(qr_rs_mend(wrong, sizeof(wrong), 10) == RC_BAD, "one more is too many");
	}
}

int
main(void)
{
	versions();
	damage();
	segments();
	mending();
	return test_done();
}
