/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/logsink.h"

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

enum { TO_STDERR, TO_SYSLOG };

static const int levels[] = {
	[LOG_LEVEL_ERR] = LOG_ERR, [LOG_LEVEL_WARNING] = LOG_WARNING,
	[LOG_LEVEL_INFO] = LOG_INFO, [LOG_LEVEL_DEBUG] = LOG_DEBUG,
};

static void
to_syslog(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg;
	syslog(levels[level], "%.*s", (int)n, line);
}

/* One write for a line, so that lines of several processes do not mix. */
static void
to_stderr(void *arg, enum log_level level, const char *line, size_t n)
{
	const char *name = arg;
	struct iovec v[] = {
		{ (void *)(uintptr_t)name, name ? strlen(name) : 0 }, { (void *)(uintptr_t)": ", name ? 2 : 0 },
		{ (void *)(uintptr_t)line, n }, { (void *)(uintptr_t)"\n", n && line[n - 1] == '\n' ? 0 : 1 },
	};

	(void)level;
	if (writev(STDERR_FILENO, v, 4) < 0)
		return;
}

void
logsink_init(struct log *log, const struct gate_conf *gc, const char *name)
{
	*log = (struct log){ .write = to_stderr, .level = (enum log_level)gc->log_level,
	    .format = (enum log_format)gc->log_format };
	if (log->format == LOG_FORMAT_TEXT)
		log->arg = (void *)(uintptr_t)name;	/* in front of a JSON object it would be no JSON */
	if (gc->log_to != TO_SYSLOG)
		return;
	openlog(name, LOG_PID | LOG_NDELAY, LOG_MAIL);
	log->write = to_syslog;
}
