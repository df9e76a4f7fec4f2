/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/compose.h"

#include "base/fdio.h"
#include "test.h"

#define HEAD "A: 1\r\nSubject: one\r\n two\r\na: 2\r\nB: x\r\n"

static const struct {
	const char *name, *message, *body;
	struct field_edit edits[3];
	size_t n;
	const char *want;
} cases[] = {
	{ "nothing is done", HEAD "\r\nbody\r\n", NULL, { { .index = 0 } }, 0, HEAD "\r\nbody\r\n" },
	{ "added at the end", "A: 1\r\n\r\nx", NULL, { { FIELD_ADD, STR("C"), STR("3"), 0 } }, 1, "A: 1\r\nC: 3\r\n\r\nx" },
	{ "put in at the top, the last one first", "A: 1\r\n\r\nx", NULL,
	    { { FIELD_INSERT, STR("C"), STR("3"), 0 }, { FIELD_INSERT, STR("D"), STR("4"), 0 } }, 2,
	    "D: 4\r\nC: 3\r\nA: 1\r\n\r\nx" },
	{ "the second of a name goes, in any case", HEAD "\r\n", NULL, { { FIELD_DELETE, STR("A"), STR(""), 2 } }, 1,
	    "A: 1\r\nSubject: one\r\n two\r\nB: x\r\n\r\n" },
	{ "both, from the highest down", HEAD "\r\n", NULL,
	    { { FIELD_DELETE, STR("a"), STR(""), 2 }, { FIELD_DELETE, STR("a"), STR(""), 1 } }, 2,
	    "Subject: one\r\n two\r\nB: x\r\n\r\n" },
	{ "one that is not there cannot go", "A: 1\r\n\r\n", NULL, { { FIELD_DELETE, STR("A"), STR(""), 2 } }, 1,
	    "A: 1\r\n\r\n" },
	{ "changed with its folds", HEAD "\r\n", NULL, { { FIELD_CHANGE, STR("subject"), STR("[T] one\n two"), 1 } }, 1,
	    "A: 1\r\nSubject: [T] one\r\n two\r\na: 2\r\nB: x\r\n\r\n" },
	{ "one that is not there is added", "A: 1\r\n\r\n", NULL, { { FIELD_CHANGE, STR("B"), STR("2"), 1 } }, 1,
	    "A: 1\r\nB: 2\r\n\r\n" },
	{ "another body", "A: 1\r\n\r\nold", "new\r\n", { { .index = 0 } }, 0, "A: 1\r\n\r\nnew\r\n" },
	{ "an empty one", "A: 1\r\n\r\nold", "", { { .index = 0 } }, 0, "A: 1\r\n\r\n" },
	{ "no header", "\r\nbody", NULL, { { FIELD_ADD, STR("A"), STR("1"), 0 } }, 1, "A: 1\r\n\r\nbody" },
	{ "no end of the header", "A: 1\r\nB: 2", NULL, { { FIELD_ADD, STR("C"), STR("3"), 0 } }, 1,
	    "A: 1\r\nB: 2\r\nC: 3\r\n\r\n" },
};

int
main(void)
{
	struct pool *pool = pool_new(0);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct compose in = { .message = str_of(cases[i].message), .edits = cases[i].edits, .n_edits = cases[i].n };
		struct str got = STR_NONE;
		uint64_t size = 0;
		int fd;

		if (cases[i].body)
			in.body = (struct str){ cases[i].body, strlen(cases[i].body) };
		test_int(compose(pool, &in, &fd, &size), RC_OK, cases[i].name);
		test_ok(fdio_map(fd, &got) == RC_OK, "it is there");
		test_str(got, str_of(cases[i].want), cases[i].name);
		test_int((int64_t)size, (int64_t)got.n, "its size");
		fdio_unmap(&got);
		fdio_close(&fd);
	}
	pool_free(&pool);
	return test_done();
}
