/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_docs.c - parts of the manual that are made from the tables, as mdoc(7); a sample configuration */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "gate/docs.h"
#include "verb.h"

enum { DOCS_BYTES = 4 * 1024 * 1024 };

static const struct args_opt opts[] = { { .name = NULL } };

/* Words that are literal stand as they are; those in capitals are for the reader to fill in. Brackets stand apart: mdoc(7)
 * joins them with the word. */
static void
put_word(const char *word, size_t n)
{
	size_t from = strspn(word, "["), to = n;

	from = from < n ? from : n;
	while (to > from && word[to - 1] == ']')
		to--;
	fputs(from < n && word[from] >= 'A' && word[from] <= 'Z' ? " Ar" : " Cm", stdout);
	for (size_t i = 0; i < from; i++)
		fputs(" [", stdout);
	printf(" %.*s", (int)(to - from), word + from);
	for (size_t i = to; i < n; i++)
		fputs(" ]", stdout);
}

static void
put_words(const char *words)
{
	const char *p = words;

	while (*p) {
		size_t n = strcspn(p, " ");

		if (*p == '|')
			fputs(" |", stdout);
		else
			put_word(p, n);
		p += n;
		p += strspn(p, " ");
	}
}

static void
put_help(const char *help)
{
	struct buf out;

	buf_init(&out, DOCS_BYTES);
	docs_text(str_of(help), &out);
	fputs(buf_cstr(&out), stdout);
	buf_clear(&out);
}

static void
put_options(const struct args_opt *o)
{
	if (!o->name)
		return;
	puts(".Bl -tag -width Ds");
	for (; o->name; o++) {
		fputs(".It ", stdout);
		if (o->letter)
			printf("Fl %c , ", o->letter);
		printf("Fl Fl %s", o->name);
		if (o->value)
			printf(" Ar %s", o->value);
		putchar('\n');
		put_help(o->help);
	}
	puts(".El");
}

static void
put_verbs(void)
{
	puts(".Bl -tag -width Ds");
	for (const struct verb *const *v = verbs; *v; v++) {
		printf(".It Cm %s", (*v)->name);
		if ((*v)->opts[0].name)
			fputs(" Oo Ar option ... Oc", stdout);
		put_words((*v)->words);
		putchar('\n');
		put_help((*v)->help);
		put_options((*v)->opts);
	}
	puts(".El");
}

static int
put_part(struct args *a, const char *part)
{
	struct buf out;
	bool known;

	buf_init(&out, DOCS_BYTES);
	known = docs_write(str_of(part), &out);
	fwrite(buf_cstr(&out), 1, out.n, stdout);
	buf_clear(&out);
	return known ? 0 : args_usage(a, "no such part: conf, actions, classes, checks, defects, sample, verbs");
}

static int
run(struct args *a)
{
	const char *value;
	int i = args_next(a, &value);

	if (i == ARGS_BAD)
		return EX_USAGE;
	if (i != ARGS_WORD || *a->argv)
		return args_usage(a, "which part? One word");
	if (strcmp(value, "verbs") == 0) {
		put_verbs();
		return 0;
	}
	return put_part(a, value);
}

const struct verb verb_docs = {
	.name = "docs", .words = "PART", .opts = opts, .run = run,
	.help = "Print a part of the manual that is made from the program's tables, or a sample configuration.",
};
