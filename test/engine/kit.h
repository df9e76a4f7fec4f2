/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* kit.h - engines in a test process: open, start, inspect a message, look at the result
 *
 * Input    folders of rules; messages in memory or in the corpus
 * Units    none
 * Limits   those of the default configuration unless the text says otherwise
 * Memory   kit_close frees all; a look is valid until the next kit_inspect
 * Errors   kit_open prints why and returns false
 * Threads  one
 * Source   none
 */
#ifndef TEST_ENGINE_KIT_H
#define TEST_ENGINE_KIT_H

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "conf/limits_opts.h"
#include "engine/engine.h"
#include "message/defect.h"
#include "test.h"

#define KIT_USED __attribute__((unused))

struct kit {
	struct conf *conf;
	struct engine *engine;
	struct pool *pool;
	struct limits lim;
	char tmp[64];
	struct session session;
	struct scan scan;
	struct report report;
};

KIT_USED static void
kit_write(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	(void)level;
	printf("# %.*s\n", (int)n, line);
}

KIT_USED static const struct log kit_log = { kit_write, NULL, LOG_LEVEL_WARNING, LOG_FORMAT_TEXT };

KIT_USED static int
kit_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

KIT_USED static void
kit_remove(const char *dir)
{
	nftw(dir, kit_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A new folder of this test below TMPDIR. */
KIT_USED static bool
kit_folder(char *out, size_t n)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(out, n, "%s/kit-XXXXXX", tmp && *tmp && strlen(tmp) < 32 ? tmp : "/tmp");
	return mkdtemp(out) != NULL;
}

KIT_USED static bool
kit_put(const char *dir, const char *name, struct str text)
{
	char path[512];
	FILE *f;
	bool good;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	good = f && fwrite(text.p, 1, text.n, f) == text.n;
	return f && fclose(f) == 0 && good;
}

KIT_USED static void
kit_close(struct kit *k)
{
	engine_close(&k->engine);
	conf_put(&k->conf);
	pool_free(&k->pool);
	kit_remove(k->tmp);
}

KIT_USED static bool
kit_conf(struct kit *k, const char *text, struct buf *errors)
{
	static const struct opt_table *const tables[] = { &engine_table, &limits_table, NULL };
	/* The defaults lie in folders that only the whole configuration knows. */
	char all[4096];

	snprintf(all, sizeof(all), "%s%s%s", strstr(text, "engine.clamav_databases") ? "" : "engine.clamav_databases =\n",
	    strstr(text, "engine.yara_rules") ? "" : "engine.yara_rules =\n", text);
	if (conf_parse(str_of(all), "test", tables, (struct conf_base){ .key = NULL }, &k->conf, errors) != RC_OK)
		return false;
	k->lim = *(const struct limits *)conf_values(k->conf, &limits_table);
	return true;
}

KIT_USED static bool
kit_open(struct kit *k, const char *text)
{
	struct buf errors;
	bool good;

	*k = (struct kit){ .pool = pool_new(0) };
	buf_init(&errors, 64 * 1024);
	good = kit_folder(k->tmp, sizeof(k->tmp)) && kit_conf(k, text, &errors) &&
	    engine_open(k->conf, &k->lim, (struct log_ctx){ &kit_log, "-" }, &k->engine, &errors) == RC_OK &&
	    engine_start(k->engine, k->tmp) == RC_OK && engine_canary(k->engine, &errors) == RC_OK;
	if (!good)
		printf("# kit_open: %s\n", buf_cstr(&errors));
	buf_clear(&errors);
	return good;
}

KIT_USED static void
kit_inspect(struct kit *k, struct str raw)
{
	pool_clear(k->pool);
	report_init(&k->report, k->pool, &k->lim);
	k->scan = (struct scan){
		.pool = k->pool, .lim = &k->lim, .lc = { &kit_log, "-" }, .phase = PHASE_MESSAGE,
		.session = &k->session, .msg = mime_parse(k->pool, &k->lim, raw),
	};
	engine_inspect(k->engine, &k->scan, &k->report);
}

KIT_USED static const struct engine_hit *
kit_hit(const struct kit *k, const char *name)
{
	const struct engine_hit *h = k->scan.hits.items;

	for (size_t i = 0; i < k->scan.hits.n; i++)
		if (str_find_nocase(h[i].name, str_of(name)) != STR_NPOS)
			return &h[i];
	return NULL;
}

KIT_USED static bool
kit_unscanned(const struct kit *k, enum unscanned_why why)
{
	for (size_t i = 0; i < k->report.unscanned.n; i++)
		if (report_unscanned_at(&k->report, i)->why == why)
			return true;
	return false;
}

/* The part that holds `id` in its id, or NULL. */
KIT_USED static const struct report_part *
kit_part(const struct kit *k, const char *id)
{
	for (size_t i = 0; i < k->report.parts.n; i++)
		if (str_find(report_part_at(&k->report, i)->id, str_of(id)) != STR_NPOS)
			return report_part_at(&k->report, i);
	return NULL;
}

KIT_USED static void
kit_show(const struct kit *k)
{
	const struct engine_hit *h = k->scan.hits.items;

	for (size_t i = 0; i < k->report.parts.n && i < 60; i++) {
		const struct report_part *p = report_part_at(&k->report, i);

		printf("#   part %.*s %.*s \"%.*s\" %llu\n", STR_ARG(str_upto(p->id, 100)), STR_ARG(p->type),
		    STR_ARG(str_upto(p->name, 60)), (unsigned long long)p->size);
	}
	for (size_t i = 0; i < k->scan.hits.n && i < 30; i++)
		printf("#   hit %.*s in %.*s: %.*s\n", STR_ARG(h[i].name),
		    STR_ARG(str_upto(report_part_at(&k->report, h[i].part)->id, 100)), STR_ARG(h[i].detail));
	for (size_t i = 0; i < k->report.unscanned.n && i < 30; i++) {
		const struct unscanned *u = report_unscanned_at(&k->report, i);

		printf("#   unscanned %s %.*s: %.*s\n", unscanned_name(u->why),
		    STR_ARG(u->part == REPORT_NO_PART ? STR("message") :
		    str_upto(report_part_at(&k->report, u->part)->id, 100)), STR_ARG(u->what));
	}
	for (int d = 0; d < DEFECT_N; d++)
		if (k->report.defects >> d & 1)
			printf("#   defect %s\n", defect_name((enum defect)d));
}

/* Unpack a pack of the corpus into a new folder. False: it is not there. */
KIT_USED static bool
kit_corpus(const char *pack, char *dir, size_t n)
{
	const char *corpus = getenv("SEKIMORI_CORPUS");
	char command[1024], path[512];

	snprintf(path, sizeof(path), "%s/%s", corpus ? corpus : "../shared/corpus", pack);
	if (access(path, R_OK) != 0 || !kit_folder(dir, n))
		return false;
	if (str_ends_nocase(str_of(pack), STR(".zst")))
		snprintf(command, sizeof(command), "zstd -dc '%s' | tar -xf - -C '%s'", path, dir);
	else
		snprintf(command, sizeof(command), "tar -xf '%s' -C '%s'", path, dir);
	return system(command) == 0;
}

#endif
