/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "notice.h"

#include <stdio.h>

#include "base/utf8.h"
#include "base/jtext.h"
#include "signals.h"

void
notice_escape(struct str s, struct buf *out)
{
	size_t at = 0;

	while (at < s.n) {
		size_t from = at;
		uint32_t cp = utf8_next(s, &at);

		if (cp == UTF8_BAD)
			for (; from < at; from++)
				buf_printf(out, "\\x%02x", (unsigned char)s.p[from]);
		else if (cp < 0x80 && jtext_is_control(cp))
			buf_printf(out, "\\x%02x", cp);
		else if (jtext_is_control(cp))
			buf_printf(out, "\\u{%x}", cp);
		else
			buf_add(out, str_sub(s, from, at - from));
	}
}

static void
say(struct str text)
{
	struct buf line;

	buf_init(&line, 8 * NOTICE_BYTES);
	buf_adds(&line, "sekimorictl: ");
	notice_escape(str_upto(text, NOTICE_BYTES), &line);
	buf_addc(&line, '\n');
	fwrite(buf_cstr(&line), 1, line.n, stderr);
	buf_clear(&line);
}

void
notice(const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, NOTICE_BYTES);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	say(buf_str(&text));
	buf_clear(&text);
}

/* Without the program's name, so that editors find file:line: at the start. */
void
notice_lines(struct str text)
{
	struct str line;
	struct buf out;

	buf_init(&out, 8 * NOTICE_BYTES);
	while (str_next(&text, '\n', &line)) {
		if (line.n == 0)
			continue;
		buf_reset(&out);
		notice_escape(str_upto(line, NOTICE_BYTES), &out);
		fprintf(stderr, "%s\n", buf_cstr(&out));
	}
	buf_clear(&out);
}

/* Lines of base/log.h are escaped already. That workers go away once we end them is no news. */
static void
write_line(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	if (signals_caught())
		return;
	fprintf(stderr, "sekimorictl: %s: %.*s\n", log_level_name(level), (int)n, line);
}

struct log_ctx
notice_log(enum log_level level)
{
	static const struct log logs[] = {
		[LOG_LEVEL_ERR] = { .write = write_line, .level = LOG_LEVEL_ERR },
		[LOG_LEVEL_WARNING] = { .write = write_line, .level = LOG_LEVEL_WARNING },
		[LOG_LEVEL_INFO] = { .write = write_line, .level = LOG_LEVEL_INFO },
		[LOG_LEVEL_DEBUG] = { .write = write_line, .level = LOG_LEVEL_DEBUG },
	};

	return (struct log_ctx){ .log = &logs[level], .id = "-" };
}
