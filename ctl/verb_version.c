/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_version.c - of this program and of the libraries it found at run time */
#include <archive.h>
#include <clamav.h>
#include <json-c/json.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <sysexits.h>
#include <yara.h>

#include "verb.h"

static const struct args_opt opts[] = { { .name = NULL } };

static int
run(struct args *a)
{
	const char *value;
	int i = args_next(a, &value);

	if (i == ARGS_BAD)
		return EX_USAGE;
	if (i != ARGS_END)
		return args_usage(a, "takes no words");
	printf("sekimorictl %s\n", SEKIMORI_VERSION);
	printf("libclamav %s\n", cl_retver());
	printf("libyara %s (built with)\n", YR_VERSION);
	printf("%s\n", archive_version_string());
	printf("json-c %s\n", json_c_version());
	printf("%s\n", OpenSSL_version(OPENSSL_VERSION));
	return 0;
}

const struct verb verb_version = {
	.name = "version", .words = "", .opts = opts, .run = run,
	.help = "Print the versions of the program and its libraries.",
};
