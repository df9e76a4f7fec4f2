/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* engine_bench DATABASES YARA|- MAIL...: CPU time of the engines on messages, three ways that
 * take turns message by message, so that what else runs hurts all alike:
 *	whole	libclamav on the whole message, as clamav-milter has it
 *	engine	this house: decoded parts, AC_ONLY, mail signatures apart, and YARA if given
 *	again	the same message once more: the clean memory at work */
#include <clamav.h>
#include <stdlib.h>
#include <time.h>

#include "../engine/kit.h"

enum { MAIL_MAX = 64 << 20 };

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
on_found(int fd, const char *name, void *arg)
{
	(void)fd;
	(void)name;
	++*(unsigned *)arg;
}

static struct cl_engine *
whole_open(const char *databases)
{
	struct cl_engine *e = cl_engine_new();
	unsigned n = 0;

	if (!e || cl_load(databases, e, &n, CL_DB_STDOPT) != CL_SUCCESS || cl_engine_compile(e) != CL_SUCCESS)
		exit(1);
	cl_engine_set_num(e, CL_ENGINE_DISABLE_CACHE, 1);
	cl_engine_set_clcb_virus_found(e, on_found);
	return e;
}

static bool
whole_scan(struct cl_engine *e, struct str mail)
{
	struct cl_scan_options o = { .general = CL_SCAN_GENERAL_HEURISTICS, .parse = ~0u };
	cl_fmap_t *map = cl_fmap_open_memory(mail.p, mail.n);
	const char *name = NULL;
	unsigned long scanned = 0;
	unsigned hits = 0;

	cl_scanmap_callback(map, NULL, &name, &scanned, e, &o, &hits);
	cl_fmap_close(map);
	return hits > 0;
}

int
main(int argc, char **argv)
{
	struct kit k;
	struct cl_engine *e;
	struct buf mail;
	char conf[2000];
	double t[4], sum[3] = { 0, 0, 0 };
	unsigned n = 0, found[2] = { 0, 0 };

	if (argc < 4)
		return 64;
	snprintf(conf, sizeof(conf), "engine.clamav_databases = %s, rules/clamav\nengine.yara = %s\nengine.yara_rules = %s\n",
	    argv[1], strcmp(argv[2], "-") == 0 ? "no" : "yes", strcmp(argv[2], "-") == 0 ? "" : argv[2]);
	if (!kit_open(&k, conf))
		return 1;
	e = whole_open(argv[1]);
	buf_init(&mail, MAIL_MAX);
	for (int i = 3; i < argc; i++) {
		buf_reset(&mail);
		if (fdio_read_file(argv[i], &mail) != RC_OK)
			continue;
		t[0] = cpu();
		found[0] += whole_scan(e, buf_str(&mail));
		t[1] = cpu();
		kit_inspect(&k, buf_str(&mail));
		t[2] = cpu();
		found[1] += kit_hit(&k, "eicar") != NULL;
		kit_inspect(&k, buf_str(&mail));
		t[3] = cpu();
		for (int w = 0; w < 3; w++)
			sum[w] += t[w + 1] - t[w];
		n++;
	}
	printf("%u messages, CPU s/1000: whole %.2f (%u found), engine %.2f (%u found) = %.2f, again %.2f\n", n,
	    sum[0] / n * 1000, found[0], sum[1] / n * 1000, found[1], sum[1] / sum[0], sum[2] / n * 1000);
	buf_clear(&mail);
	cl_engine_free(e);
	kit_close(&k);
	return found[0] != found[1];
}
