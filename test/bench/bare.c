/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* bare clamav|yara RULES FILE...: the library alone on whole messages, one thread: what no filter
 * that gives it the whole message can beat. Prints one line of key=value figures. */
#include <clamav.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yara.h>

#include "base/fdio.h"

static double
cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct cl_engine *
clamav_load(const char *db)
{
	struct cl_engine *e;
	unsigned signatures = 0;
	cl_error_t rc = cl_init(CL_INIT_DEFAULT);

	e = rc == CL_SUCCESS ? cl_engine_new() : NULL;
	if (!e || (rc = cl_load(db, e, &signatures, CL_DB_STDOPT)) != CL_SUCCESS ||
	    (rc = cl_engine_compile(e)) != CL_SUCCESS) {
		fprintf(stderr, "%s: %s\n", db, cl_strerror(rc));
		exit(1);
	}
	return e;
}

static bool
clamav_hit(struct cl_engine *e, struct str mail)
{
	struct cl_scan_options options = { .parse = ~0u, .general = CL_SCAN_GENERAL_HEURISTICS };
	const char *name = NULL;
	unsigned long scanned = 0;
	cl_fmap_t *map = cl_fmap_open_memory(mail.p, mail.n);
	cl_error_t rc = cl_scanmap_callback(map, NULL, &name, &scanned, e, &options, NULL);

	cl_fmap_close(map);
	return rc == CL_VIRUS;
}

static YR_SCANNER *
yara_load(const char *path)
{
	YR_COMPILER *c = NULL;
	YR_RULES *rules = NULL;
	YR_SCANNER *s = NULL;
	FILE *f = fopen(path, "r");

	if (!f || yr_initialize() != ERROR_SUCCESS || yr_compiler_create(&c) != ERROR_SUCCESS ||
	    yr_compiler_add_file(c, f, NULL, path) != 0 || yr_compiler_get_rules(c, &rules) != ERROR_SUCCESS ||
	    yr_scanner_create(rules, &s) != ERROR_SUCCESS) {
		fprintf(stderr, "%s: does not compile\n", path);
		exit(1);
	}
	fclose(f);
	yr_compiler_destroy(c);
	yr_scanner_set_flags(s, SCAN_FLAGS_NO_TRYCATCH);
	return s;
}

static int
on_match(YR_SCAN_CONTEXT *context, int message, void *data, void *user)
{
	(void)context;
	(void)data;
	if (message == CALLBACK_MSG_RULE_MATCHING)
		*(bool *)user = true;
	return CALLBACK_CONTINUE;
}

static bool
yara_hit(YR_SCANNER *s, struct str mail)
{
	bool hit = false;

	yr_scanner_set_callback(s, on_match, &hit);
	yr_scanner_scan_mem(s, (const uint8_t *)mail.p, mail.n);
	return hit;
}

int
main(int argc, char **argv)
{
	bool clamav = argc > 3 && strcmp(argv[1], "clamav") == 0;
	struct cl_engine *engine = NULL;
	YR_SCANNER *scanner = NULL;
	size_t hits = 0;
	struct buf mail;
	double load, used = 0;

	if (argc < 4) {
		fprintf(stderr, "usage: bare clamav|yara RULES FILE...\n");
		return 64;
	}
	if (clamav)
		engine = clamav_load(argv[2]);
	else
		scanner = yara_load(argv[2]);
	load = cpu_s();
	buf_init(&mail, 64 << 20);
	for (int i = 3; i < argc; i++) {
		double start;

		buf_reset(&mail);
		if (fdio_read_file(argv[i], &mail) != RC_OK)
			return 1;
		start = cpu_s();
		hits += clamav ? clamav_hit(engine, buf_str(&mail)) : yara_hit(scanner, buf_str(&mail));
		used += cpu_s() - start;
	}
	buf_clear(&mail);
	printf("n=%d cpu=%.2f per1000=%.2f hits=%zu load=%.2f\n", argc - 3, used, used * 1000 / (argc - 3), hits, load);
	return 0;
}
