/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "test.h"

#include "scan/class.h"

int
main(void)
{
	enum class c = CLASS_N;

	for (int i = 0; i < CLASS_N; i++) {
		const char *name = class_name((enum class)i);

		test_ok(class_parse(str_of(name), &c) && c == (enum class)i, name);
		test_ok(str_ends_nocase(str_of(class_help((enum class)i)), STR(".")), "its help is a sentence");
	}
	c = CLASS_SPAM;
	test_ok(!class_parse(STR("viruses"), &c) && c == CLASS_SPAM, "an unknown word sets nothing");
	test_ok(!class_parse(STR(""), &c), "nor does none");
	test_ok(CLASS_MALWARE < CLASS_PHISHING && CLASS_INFO == CLASS_N - 1, "order of severity");
	return test_done();
}
