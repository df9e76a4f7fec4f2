/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#define _XOPEN_SOURCE 700	/* strptime */
#include "when.h"

#include <stdio.h>
#include <time.h>

#include "base/ascii.h"
#include "conf/value.h"

enum { TEXT = 32, MS = 1000 };
#define AGO_MAX (100LL * 366 * 86400 * MS)

static int64_t
midnight(int64_t now_ms, int days_ago)
{
	time_t t = (time_t)(now_ms / MS);
	struct tm tm;

	if (!localtime_r(&t, &tm))
		return now_ms;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday -= days_ago;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * MS;
}

static bool
ago(struct str s, int64_t now_ms, int64_t *out)
{
	const struct opt row = { .name = "", .type = OPT_MSEC, .max = AGO_MAX };
	struct buf why;
	int64_t span;
	bool ok;

	if (s.n < 2 || !ascii_is_alpha((unsigned char)s.p[s.n - 1]))
		return false;
	buf_init(&why, 1000);
	ok = value_parse(NULL, &row, s, &span, &why) == RC_OK;
	buf_clear(&why);
	*out = now_ms - span;
	return ok;
}

static bool
date(struct str s, int64_t *out)
{
	static const char *const forms[] = { "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S",
	    "%Y-%m-%dT%H:%M:%S" };
	char text[TEXT];

	if (s.n >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", STR_ARG(s));
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(text, forms[i], &tm);

		if (!end || *end)
			continue;
		*out = (int64_t)mktime(&tm) * MS;
		return true;
	}
	return false;
}

bool
when_parse(struct str s, int64_t now_ms, int64_t *out)
{
	if (str_eq_nocase(s, STR("today")) || str_eq_nocase(s, STR("yesterday"))) {
		*out = midnight(now_ms, ascii_lower((unsigned char)s.p[0]) == 'y');
		return true;
	}
	return date(s, out) || ago(s, now_ms, out);
}

void
when_put(struct buf *out, int64_t ms)
{
	time_t t = (time_t)(ms / MS);
	struct tm tm;
	char text[TEXT] = "-";

	if (ms > 0 && localtime_r(&t, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	buf_printf(out, "%-19s", text);
}
