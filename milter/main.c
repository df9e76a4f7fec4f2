/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* sekimorid: which of its processes is this? */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "gate/settings.h"
#include "milter/gate.h"
#include "milter/jobs.h"
#include "milter/link.h"
#include "milter/logsink.h"
#include "milter/master.h"

static int
usage(void)
{
	fprintf(stderr, "usage: sekimorid [-fV] [-c file]\n");
	return EX_USAGE;
}

/* The zygote's lines go where those of the others go. */
static void
zygote_log_open(struct log *log, const struct conf *conf)
{
	logsink_init(log, conf_values(conf, &gate_table), "sekimorid");
}

int
main(int argc, char **argv)
{
	const char *path = NULL;
	bool foreground = false;
	int c;

	if (argc == 2 && strcmp(argv[1], ZYGOTE_ARG) == 0)
		return zygote_main(settings, zygote_log_open);
	if (argc == 2 && strcmp(argv[1], GATE_ARG) == 0)
		return gate_main();
	if (argc == 2 && strcmp(argv[1], JOBS_ARG) == 0)
		return jobs_main();
	while ((c = getopt(argc, argv, "c:fV")) != -1) {
		switch (c) {
		case 'c':
			path = optarg;
			break;
		case 'f':
			foreground = true;
			break;
		case 'V':
			printf("sekimorid %s\n", SEKIMORI_VERSION);
			return EX_OK;
		default:
			return usage();
		}
	}
	if (optind != argc)
		return usage();
	return master_main(path, foreground);
}
