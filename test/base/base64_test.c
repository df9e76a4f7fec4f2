/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include "base/base64.h"

static const struct {
	const char *name;
	struct str in;
	bool ok;
	struct str want;
} cases[] = {
	{ "RFC 4648: nothing", STR(""), true, STR("") },
	{ "RFC 4648: f", STR("Zg=="), true, STR("f") },
	{ "RFC 4648: fo", STR("Zm8="), true, STR("fo") },
	{ "RFC 4648: foo", STR("Zm9v"), true, STR("foo") },
	{ "RFC 4648: foobar", STR("Zm9vYmFy"), true, STR("foobar") },
	{ "the last two digits", STR("+/+/"), true, STR("\xfb\xff\xbf") },
	{ "white space", STR(" Zm9v\r\n\tYm Fy "), true, STR("foobar") },
	{ "no padding", STR("Zg"), true, STR("f") },
	{ "white space in the padding", STR("Zg= ="), true, STR("f") },
	{ "half the padding", STR("Zg="), false, STR("") },
	{ "too much padding", STR("Zm8=="), false, STR("") },
	{ "padding alone", STR("===="), false, STR("") },
	{ "digits behind the padding", STR("Zg==Zg=="), false, STR("") },
	{ "one digit over", STR("Zm9vY"), false, STR("") },
	{ "bits left over", STR("Zh=="), false, STR("") },
	{ "no digit", STR("Zm9*"), false, STR("") },
	{ "a NUL", STR("Zm\0v"), false, STR("") },
	{ "over the room", STR("Zm9vYmFyZm9vYmFy"), false, STR("") },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char out[8];
		size_t n;
		bool ok = base64_get(cases[i].in, out, sizeof(out), &n);

		if (test_ok(ok == cases[i].ok, cases[i].name) && ok)
			test_str((struct str){ (const char *)out, n }, cases[i].want, cases[i].name);
	}
	for (size_t i = 0; i < 5; i++) {
		struct buf b;

		buf_init(&b, 100);
		base64_put(&b, cases[i].want);
		test_str(buf_str(&b), cases[i].in, "and back");
		buf_clear(&b);
	}
	return test_done();
}
