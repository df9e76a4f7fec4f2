/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf/section.h"

#include <string.h>

#include "test.h"

static const char *const colours[] = { "red", "green", "orange", NULL };

/* What is found, or the error. */
static void
same(int (*find)(struct conf_errors *, const struct conf_line *), struct str text, const char *want)
{
	static const char *const places[] = { "0", "1", "2" };
	struct conf_line line = { .key = text, .file = "f", .line = 7 };
	struct conf_errors errors = { .n = 0 };
	struct buf got;
	int i;

	buf_init(&got, 4096);
	errors.out = &got;
	i = find(&errors, &line);
	if (i >= 0)
		buf_adds(&got, places[i]);
	test_str(buf_str(&got), str_of(want), want);
	buf_clear(&got);
}

static int
word(struct conf_errors *errors, const struct conf_line *line)
{
	struct conf_line at = { .key = STR("colour"), .file = line->file, .line = line->line };

	return section_word(errors, &at, section_names_of(colours), line->key);
}

static int
key(struct conf_errors *errors, const struct conf_line *line)
{
	return section_key(errors, line, section_names_of(colours));
}

static int
error(struct conf_errors *errors, const struct conf_line *line)
{
	section_error(errors, line, "no colour:", line->key);
	return -1;
}

static void
words_and_keys(void)
{
	same(word, STR("red"), "0");
	same(word, STR("orange"), "2");
	same(word, STR("Red"), "f:7: colour: unknown word 'Red'; did you mean 'red'?\n");
	same(word, STR("gren"), "f:7: colour: unknown word 'gren'; did you mean 'green'?\n");
	same(word, STR("xylophone"), "f:7: colour: unknown word 'xylophone'; possible: red green orange\n");
	same(word, STR_NONE, "f:7: colour: unknown word ''; possible: red green orange\n");
	same(key, STR("green"), "1");
	same(key, STR("ornage"), "f:7: ornage: unknown key; did you mean 'orange'?\n");
	same(key, STR("xylophone"), "f:7: xylophone: unknown key\n");
	same(error, STR("loud"), "f:7: loud: no colour: 'loud'\n");
}

/* Pages of nonsense are not repeated. */
static void
long_words(void)
{
	char text[3000], want[200];
	size_t n;

	memset(text, 'x', sizeof(text));
	n = (size_t)snprintf(want, sizeof(want), "f:7: colour: unknown word '%.*s'; possible: red green orange\n",
	    SECTION_QUOTE, text);
	test_ok(n < sizeof(want), "room for what is wanted");
	same(word, (struct str){ text, sizeof(text) }, want);
}

int
main(void)
{
	words_and_keys();
	long_words();
	return test_done();
}
