/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "files.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "notice.h"

static void
push(struct files *f, const char *path)
{
	if (f->n == f->cap) {
		f->cap = f->cap ? 2 * f->cap : 64;
		f->path = reallocarray(f->path, f->cap, sizeof(*f->path));
		if (!f->path)
			abort();	/* out of memory */
	}
	f->path[f->n] = strdup(path);
	if (!f->path[f->n++])
		abort();
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void
take(struct files *f, FTS *walk, FTSENT *e)
{
	switch (e->fts_info) {
	case FTS_F:
		push(f, e->fts_path);
		break;
	case FTS_D:
		if (e->fts_level < FILES_DEPTH)
			break;
		notice("%s: more than %d folders deep, left out", e->fts_path, FILES_DEPTH);
		f->errors++;
		fts_set(walk, e, FTS_SKIP);
		break;
	case FTS_DNR: case FTS_ERR: case FTS_NS:
		notice("%s: %s", e->fts_path, strerror(e->fts_errno));
		f->errors++;
		break;
	}
}

static void
walk_folder(struct files *f, const char *path)
{
	char *const roots[] = { (char *)(size_t)path, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	FTSENT *e;

	if (!walk) {
		notice("%s: %s", path, strerror(errno));
		f->errors++;
		return;
	}
	while ((e = fts_read(walk)))
		take(f, walk, e);
	fts_close(walk);
}

/* A word that is no folder is read as it is: a pipe from the shell is a message too. */
void
files_add(struct files *f, const char *word)
{
	struct stat st;

	if (strcmp(word, "-") != 0 && stat(word, &st) == 0 && S_ISDIR(st.st_mode))
		walk_folder(f, word);
	else
		push(f, word);
}

void
files_clear(struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->path[i]);
	free(f->path);
	*f = (struct files){ .n = 0 };
}
