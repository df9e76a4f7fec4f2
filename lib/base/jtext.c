/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/jtext.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

/* json-c counts lengths as int; no text of ours comes near. */
enum { TEXT_MAX = 64 * 1024 * 1024 };

static struct json_object *
made(struct json_object *o)
{
	if (!o)
		abort();	/* out of memory */
	return o;
}

struct json_object *
jtext_object(void)
{
	return made(json_object_new_object());
}

struct json_object *
jtext_array(size_t n)
{
	return made(json_object_new_array_ext(n ? (int)n : 1));
}

void
jtext_clean(struct str in, struct buf *out)
{
	size_t at = 0;

	while (at < in.n) {
		size_t from = at;
		uint32_t cp = utf8_next(in, &at);

		if (cp == UTF8_BAD)
			buf_adds(out, "\xef\xbf\xbd");	/* U+FFFD */
		else
			buf_add(out, str_sub(in, from, at - from));
	}
}

bool
jtext_is_control(uint32_t cp)
{
	/* UAX 9: U+061C, U+200E, U+200F, U+202A..202E and U+2066..2069 turn the direction;
	 * U+2028 and U+2029 end a line; U+FEFF is invisible. */
	return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || cp == 0x61c || cp == 0x200e || cp == 0x200f ||
	    (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

struct json_object *
jtext_str(struct str s)
{
	struct buf clean;
	struct json_object *o;

	if (s.n > TEXT_MAX)
		s.n = TEXT_MAX;
	if (utf8_is_valid(s))
		return made(json_object_new_string_len(s.n ? s.p : "", (int)s.n));
	buf_init(&clean, 3 * s.n);	/* each byte may become a character of three */
	jtext_clean(s, &clean);
	o = made(json_object_new_string_len(buf_cstr(&clean), (int)clean.n));
	buf_clear(&clean);
	return o;
}

/* The text decides what is printed; the double is for those who read the object. */
static struct json_object *
tenths(int64_t v)
{
	char text[32];
	uint64_t n = v < 0 ? -(uint64_t)v : (uint64_t)v;

	snprintf(text, sizeof(text), "%s%llu.%llu", v < 0 ? "-" : "",
	    (unsigned long long)n / 10, (unsigned long long)n % 10);
	return made(json_object_new_double_s((double)v / 10, text));
}

struct json_object *
jtext_tenths(int64_t v)
{
	return tenths(v);
}

struct json_object *
jtext_ms(int64_t us)
{
	return tenths(us / 100);
}

void
jtext_add(struct json_object *o, const char *key, struct json_object *value)
{
	if (json_object_object_add_ex(o, key, value, JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY) != 0)
		abort();	/* out of memory */
}

void
jtext_add_str(struct json_object *o, const char *key, struct str s)
{
	jtext_add(o, key, jtext_str(s));
}

void
jtext_add_num(struct json_object *o, const char *key, int64_t v)
{
	jtext_add(o, key, made(json_object_new_int64(v)));
}

void
jtext_add_bool(struct json_object *o, const char *key, bool v)
{
	jtext_add(o, key, made(json_object_new_boolean(v)));
}

/* Outside its strings JSON is ASCII, so a replaced character is always inside one. */
static void
write_safe(struct str text, struct buf *out)
{
	size_t at = 0, kept = 0;

	while (at < text.n) {
		size_t from = at;
		uint32_t cp;

		if (text.p[at] >= ' ' && text.p[at] < 0x7f) {
			at++;
			continue;
		}
		cp = utf8_next(text, &at);
		if (cp != UTF8_BAD && !jtext_is_control(cp))
			continue;
		buf_add(out, str_sub(text, kept, from - kept));
		buf_printf(out, "\\u%04x", cp == UTF8_BAD ? UTF8_REPLACEMENT : cp);
		kept = at;
	}
	buf_add(out, str_from(text, kept));
}

void
jtext_write(struct json_object *o, struct buf *out)
{
	size_t n;
	const char *text = json_object_to_json_string_length(o,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);

	if (!text)
		abort();	/* out of memory */
	write_safe((struct str){ text, n }, out);
	json_object_put(o);
}
