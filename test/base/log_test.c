/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include "base/buf.h"
#include "base/log.h"

static void
keep(void *arg, enum log_level level, const char *line, size_t n)
{
	buf_printf(arg, "%s|", log_level_name(level));
	buf_add(arg, (struct str){ line, n });
}

static void
lines(enum log_format format, struct str text, const char *name, struct str want)
{
	struct buf b;
	struct log log = { .write = keep, .arg = &b, .level = LOG_LEVEL_INFO, .format = format };
	struct log_ctx lc = { &log, "4Zq1" };

	buf_init(&b, 100000);
	log_put(lc, LOG_LEVEL_INFO, "verdict", LOG_STR("why", text), LOG_NUM("ms", -3), LOG_SCORE("score", -125));
	test_str(buf_str(&b), want, name);
	buf_clear(&b);
}

static void
levels(void)
{
	struct buf b;
	struct log log = { .write = keep, .arg = &b, .level = LOG_LEVEL_WARNING };

	buf_init(&b, 100);
	log_put(((struct log_ctx){ &log, "-" }), LOG_LEVEL_INFO, "quiet", LOG_NUM("n", 1));
	test_int((int64_t)b.n, 0, "lines above the level are not built");
	log_put(((struct log_ctx){ &log, "-" }), LOG_LEVEL_ERR, "loud", LOG_CSTR("n", NULL));
	test_str(buf_str(&b), STR("err|- loud n=\"\""), "an empty value is visible");
	log_put(((struct log_ctx){ NULL, NULL }), LOG_LEVEL_ERR, "nobody", LOG_NUM("n", 1));
	buf_clear(&b);
}

/* A list of errors is longer than a value may be: none may be cut away. */
static void
several_lines(void)
{
	struct buf text, out;
	struct log log = { .write = keep, .arg = &out, .level = LOG_LEVEL_INFO };
	int n = 0;

	buf_init(&text, 100000);
	buf_init(&out, 100000);
	log_lines((struct log_ctx){ &log, "-" }, LOG_LEVEL_ERR, "conf", "error", STR("a:1: x\n\nb:2: y"));
	test_str(buf_str(&out), STR("err|- conf error=\"a:1: x\"err|- conf error=\"b:2: y\""),
	    "a text of lines is one event for each");
	buf_reset(&out);
	for (int i = 0; i < 2 * LOG_LINES; i++)
		buf_adds(&text, "line\n");
	log_lines((struct log_ctx){ &log, "-" }, LOG_LEVEL_ERR, "conf", "error", buf_str(&text));
	for (struct str rest = buf_str(&out), piece; str_next(&rest, '|', &piece);)
		n++;
	test_int(n - 1, LOG_LINES, "but not without end");
	buf_clear(&text);
	buf_clear(&out);
}

/* A value of any length and content leaves one line within bounds. */
static void
long_values(void)
{
	struct buf b;
	struct log log = { .write = keep, .arg = &b, .level = LOG_LEVEL_INFO };
	static char bytes[100000];

	buf_init(&b, 200000);
	memset(bytes, '\n', sizeof(bytes));
	log_put(((struct log_ctx){ &log, "id" }), LOG_LEVEL_INFO, "e", LOG_STR("a", ((struct str){ bytes, sizeof(bytes) })),
	    LOG_STR("b", ((struct str){ bytes, sizeof(bytes) })), LOG_STR("c", ((struct str){ bytes, sizeof(bytes) })));
	test_ok(b.n <= LOG_LINE_MAX + 10, "the line is capped");
	test_ok(str_chr(buf_str(&b), '\n') == STR_NPOS, "no line end comes through");
	test_ok(str_find(buf_str(&b), STR("...")) != STR_NPOS, "a cut value says so");
	buf_clear(&b);
}

/* What is long goes, what stands behind it stays, and JSON stays JSON. */
static void
left_out(void)
{
	struct buf b;
	struct log log = { .write = keep, .arg = &b, .level = LOG_LEVEL_INFO, .format = LOG_FORMAT_JSON };
	static char bytes[LOG_VALUE_MAX];
	struct str value = { bytes, sizeof(bytes) };

	buf_init(&b, 200000);
	memset(bytes, 1, sizeof(bytes));
	log_put(((struct log_ctx){ &log, "id" }), LOG_LEVEL_INFO, "e", LOG_STR("a", value), LOG_STR("b", value),
	    LOG_NUM("ms", 3));
	test_ok(str_find(buf_str(&b), STR(",\"a\":\"\\u0001")) != STR_NPOS, "a fits");
	test_ok(str_find(buf_str(&b), STR("\"b\"")) == STR_NPOS, "b does not");
	test_ok(str_ends_nocase(buf_str(&b), STR("\",\"ms\":3}")), "ms does");
	buf_clear(&b);
}

int
main(void)
{
	lines(LOG_FORMAT_TEXT, STR("plain"), "plain text", STR("info|4Zq1 verdict why=plain ms=-3 score=-12.5"));
	lines(LOG_FORMAT_TEXT, STR("a b\r\n\"\\"), "text is escaped",
	    STR("info|4Zq1 verdict why=\"a b\\x0d\\x0a\\x22\\x5c\" ms=-3 score=-12.5"));
	lines(LOG_FORMAT_TEXT, STR("k=v"), "a value cannot look like a pair",
	    STR("info|4Zq1 verdict why=\"k=v\" ms=-3 score=-12.5"));
	lines(LOG_FORMAT_JSON, STR("a\n\"b"), "JSON",
	    STR("info|{\"id\":\"4Zq1\",\"level\":\"info\",\"event\":\"verdict\",\"why\":\"a\\u000a\\u0022b\",\"ms\":-3,"
	    "\"score\":-12.5}"));
	lines(LOG_FORMAT_JSON, STR("\xc3\xa4\xff\xc2\x9b"), "JSON is UTF-8, without controls over 127",
	    STR("info|{\"id\":\"4Zq1\",\"level\":\"info\",\"event\":\"verdict\",\"why\":\"\xc3\xa4\\u00ff\\u00c2\\u009b\","
	    "\"ms\":-3,\"score\":-12.5}"));
	lines(LOG_FORMAT_TEXT, STR("\xe2\x80\xa8\x1b[m"), "line separators and escapes",
	    STR("info|4Zq1 verdict why=\"\\xe2\\x80\\xa8\\x1b[m\" ms=-3 score=-12.5"));
	levels();
	several_lines();
	long_values();
	left_out();
	return test_done();
}
