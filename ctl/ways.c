/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "ways.h"

#include <stdio.h>
#include <string.h>

#include "conf/suggest.h"
#include "conf_file.h"

enum { WHY_BYTES = 1024 };

bool
ways_take(struct ways *w, const char *word)
{
	if (!w->way)
		w->way = word;
	else if (w->n_words < WAYS_WORDS)
		w->words[w->n_words++] = word;
	else
		return false;
	return true;
}

/* "list, show or release?", and the nearest of them. */
static int
no_such_way(struct args *a, const struct ways *w, const struct way *table)
{
	struct suggest near;
	struct buf why;
	int status;

	buf_init(&why, WHY_BYTES);
	if (w->way)
		buf_printf(&why, "'%s' is none of the things it does: ", w->way);
	suggest_init(&near, str_of(w->way));
	for (const struct way *t = table; t->name; t++) {
		buf_printf(&why, "%s%s", t == table ? "" : t[1].name ? ", " : " or ", t->name);
		suggest_try(&near, str_of(t->name));
	}
	buf_adds(&why, w->way ? "" : "?");
	if (w->way)
		suggest_write(&near, &why);
	status = args_usage(a, buf_cstr(&why));
	buf_clear(&why);
	return status;
}

int
ways_run(struct args *a, struct ways *w, const struct way *table)
{
	const struct way *t = table;
	struct conf *conf;
	int status = 0;

	while (w->way && t->name && strcmp(t->name, w->way) != 0)
		t++;
	if (!w->way || !t->name)
		status = no_such_way(a, w, table);
	else if (w->n_words < t->least || w->n_words > t->most)
		status = args_usage(a, t->wrong);
	if (a->wrong)
		return a->gather ? args_verdict(a) : status;
	status = conf_file_open(w->config, &conf);
	if (status != 0)
		return status;
	status = t->run(w, conf);
	conf_put(&conf);
	return status;
}
