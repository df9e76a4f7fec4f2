/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "args.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/ascii.h"
#include "notice.h"

enum { WORD_MAX = 32, NEAR = 3, LINE_BYTES = 64 * 1024 };

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned d = a < b ? a : b;

	return d < c ? d : c;
}

/* Levenshtein's distance, one row at a time. */
unsigned
args_distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	unsigned row[WORD_MAX + 1];

	if (na > WORD_MAX || nb > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= nb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[nb];
}

static void
refer(const struct args *a)
{
	fprintf(stderr, "Try: sekimorictl help %s\n", a->verb);
}

int
args_usage(struct args *a, const char *why)
{
	struct buf line;

	buf_init(&line, LINE_BYTES);
	notice_escape(str_of(why), &line);
	fprintf(stderr, "sekimorictl %s: %s\n", a->verb, buf_cstr(&line));
	buf_clear(&line);
	a->wrong++;
	if (!a->gather)
		refer(a);
	return EX_USAGE;
}

int
args_verdict(const struct args *a)
{
	if (a->wrong)
		refer(a);
	return a->wrong ? EX_USAGE : 0;
}

static int
unknown_letter(struct args *a, char c)
{
	char why[64];

	snprintf(why, sizeof(why), "unknown option -%c", c >= ' ' && c < 0x7f ? c : '?');
	args_usage(a, why);
	return ARGS_BAD;
}

static int
unknown_name(struct args *a, const char *name, size_t n)
{
	char word[WORD_MAX + 1], why[160];
	const struct args_opt *best = NULL;
	unsigned near = NEAR;

	snprintf(word, sizeof(word), "%.*s", (int)n, name);
	for (const struct args_opt *o = a->opts; o->name; o++) {
		unsigned d = args_distance(word, o->name);

		if (strlen(word) > 2 && strncmp(word, o->name, strlen(word)) == 0)
			d = 0;
		if (d < near) {
			near = d;
			best = o;
		}
	}
	for (char *p = word; *p; p++)
		if (*p < ' ' || *p >= 0x7f)
			*p = '?';
	snprintf(why, sizeof(why), "unknown option --%s%s%s%s", word,
	    best ? ", did you mean --" : "", best ? best->name : "", best ? "?" : "");
	args_usage(a, why);
	return ARGS_BAD;
}

static int
missing(struct args *a, const struct args_opt *o)
{
	char why[96];

	snprintf(why, sizeof(why), "--%s wants a value: %s", o->name, o->value);
	args_usage(a, why);
	return ARGS_BAD;
}

/* The value that follows as a word of its own. */
static int
take_value(struct args *a, int i, const char **value)
{
	if (!*a->argv)
		return missing(a, &a->opts[i]);
	*value = *a->argv++;
	return i;
}

static int
next_letter(struct args *a, const char **value)
{
	char c = *a->cluster++;
	int i = 0;

	while (a->opts[i].name && a->opts[i].letter != c)
		i++;
	if (!a->opts[i].name)
		return unknown_letter(a, c);
	if (!a->opts[i].value)
		return i;
	*value = a->cluster;
	a->cluster = "";
	return **value ? i : take_value(a, i, value);
}

static int
long_option(struct args *a, const char *name, const char **value)
{
	size_t n = strcspn(name, "=");
	int i = 0;

	while (a->opts[i].name && (strlen(a->opts[i].name) != n || strncmp(a->opts[i].name, name, n) != 0))
		i++;
	if (!a->opts[i].name)
		return unknown_name(a, name, n);
	if (!a->opts[i].value) {
		if (!name[n])
			return i;
		args_usage(a, "this option takes no value");
		return ARGS_BAD;
	}
	if (name[n]) {
		*value = name + n + 1;
		return i;
	}
	return take_value(a, i, value);
}

int
args_next(struct args *a, const char **value)
{
	const char *word;

	*value = NULL;
	if (a->cluster && *a->cluster)
		return next_letter(a, value);
	word = *a->argv;
	if (!word)
		return ARGS_END;
	a->argv++;
	if (!a->words_only && strcmp(word, "--") == 0) {
		a->words_only = true;
		return args_next(a, value);
	}
	/* No option is a digit: -5 is a number. */
	if (a->words_only || word[0] != '-' || !word[1] || ascii_is_digit((unsigned char)word[1])) {
		*value = word;
		return ARGS_WORD;
	}
	if (word[1] == '-')
		return long_option(a, word + 2, value);
	a->cluster = word + 1;
	return next_letter(a, value);
}
