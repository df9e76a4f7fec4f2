/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* A page of ListObjectsV2. Of XML only what such a page is made of: elements without attributes. Keys of ours
 * have nothing that XML would have to write otherwise; what is not as it should be is no key of ours. */
#include <time.h>

#include "store/s3.h"

/* The text of the first <name>...</name>; `after`: what is behind it. */
static bool
element(struct str in, struct str open, struct str close, struct str *text, struct str *after)
{
	size_t at = str_find(in, open), end;
	struct str rest;

	if (at == STR_NPOS)
		return false;
	rest = str_from(in, at + open.n);
	end = str_find(rest, close);
	if (end == STR_NPOS)
		return false;
	*text = str_upto(rest, end);
	*after = str_from(rest, end + close.n);
	return true;
}

/* "2026-11-23T06:36:00.000Z" */
static int64_t
moment(struct str s)
{
	static const struct {
		size_t at, n;
	} where[] = { { 0, 4 }, { 5, 2 }, { 8, 2 }, { 11, 2 }, { 14, 2 }, { 17, 2 } };
	uint64_t v[6];
	struct tm tm;

	for (size_t i = 0; i < 6; i++)
		if (!str_to_u64(str_sub(s, where[i].at, where[i].n), &v[i]) || v[i] > 9999)
			return 0;
	tm = (struct tm){ .tm_year = (int)v[0] - 1900, .tm_mon = (int)v[1] - 1, .tm_mday = (int)v[2], .tm_hour = (int)v[3],
	    .tm_min = (int)v[4], .tm_sec = (int)v[5] };
	return (int64_t)timegm(&tm) * 1000;
}

bool
s3_page_next(struct s3_page *p, struct s3_item *out)
{
	struct str item, text, after;

	if (!element(p->rest, STR("<Contents>"), STR("</Contents>"), &item, &p->rest) ||
	    !element(item, STR("<Key>"), STR("</Key>"), &out->key, &after))
		return false;
	out->wall_ms = element(item, STR("<LastModified>"), STR("</LastModified>"), &text, &after) ? moment(text) : 0;
	if (!element(item, STR("<Size>"), STR("</Size>"), &text, &after) || !str_to_u64(text, &out->bytes))
		out->bytes = 0;
	return true;
}

struct str
s3_page_token(struct str answer)
{
	struct str text, after;

	if (!element(answer, STR("<IsTruncated>"), STR("</IsTruncated>"), &text, &after) || !str_eq(text, STR("true")) ||
	    !element(answer, STR("<NextContinuationToken>"), STR("</NextContinuationToken>"), &text, &after))
		return STR_NONE;
	return text;
}
