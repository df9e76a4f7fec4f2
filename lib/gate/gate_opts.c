/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/log.h"
#include "gate/milter_spec.h"
#include "gate/settings.h"

#define MB (1024LL * 1024)

static const char *const formats[] = { [LOG_FORMAT_TEXT] = "text", [LOG_FORMAT_JSON] = "json", NULL };
static const char *const levels[] = {
	[LOG_LEVEL_ERR] = "err", [LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug", NULL
};
static const char *const targets[] = { "stderr", "syslog", NULL };

/* Permission bits as chmod(1) takes them: "0660". */
static enum rc
parse_mode(struct pool *pool, struct str value, void *field, struct buf *why)
{
	int64_t mode = 0;
	bool good = value.n > 0 && value.n <= 4;

	(void)pool;
	for (size_t i = 0; good && i < value.n; i++) {
		good = value.p[i] >= '0' && value.p[i] <= '7';
		mode = mode * 8 + (value.p[i] - '0');
	}
	if (!good || mode > 0777) {
		buf_printf(why, "'%.*s' is no octal mode such as 0660", STR_ARG(str_upto(value, 80)));
		return RC_BAD;
	}
	*(int64_t *)field = mode;
	return RC_OK;
}

static enum rc
parse_spec(struct pool *pool, struct str value, void *field, struct buf *why)
{
	struct milter_spec spec;

	(void)pool;
	*(struct str *)field = value;
	return milter_spec_parse(value, &spec, why);
}

enum { SUN_PATH_MAX = 107, DIR_MAX = 1000 };	/* unix(7): sun_path */

static const struct opt opts[] = {
	{ .name = "milter_socket", .type = OPT_TEXT, .offset = offsetof(struct gate_conf, milter_socket),
	  .def = "inet:127.0.0.1:8899", .parse = parse_spec, .restart = true,
	  .value_help = "unix:/path, local:/path, inet:port@host, inet6:port@host or inet:host:port",
	  .help = "Where the MTA finds this milter. On Debian the smtpd of Postfix runs in a chroot, where it sees only sockets below /var/spool/postfix." },
	{ .name = "milter_socket_mode", .type = OPT_CUSTOM, .offset = offsetof(struct gate_conf, milter_socket_mode),
	  .def = "0660", .parse = parse_mode, .restart = true, .value_help = "octal mode",
	  .help = "Permissions of a unix socket." },
	{ .name = "milter_socket_group", .type = OPT_TEXT, .offset = offsetof(struct gate_conf, milter_socket_group),
	  .def = "", .restart = true, .value_help = "group",
	  .help = "Group that owns a unix socket; empty: the group of the process." },
	{ .name = "control_socket", .type = OPT_PATH, .offset = offsetof(struct gate_conf, control_socket),
	  .def = "$run_dir/control.sock", .min = 1, .max = SUN_PATH_MAX, .restart = true, .help = "Where sekimorictl(8) finds the daemon." },
	{ .name = "user", .type = OPT_TEXT, .offset = offsetof(struct gate_conf, user), .def = "", .restart = true,
	  .value_help = "user",
	  .help = "User that the daemon runs as when root starts it; empty: the one who started it." },
	{ .name = "state_dir", .type = OPT_PATH, .offset = offsetof(struct gate_conf, state_dir),
	  .def = "/var/lib/sekimori", .min = 1, .max = DIR_MAX, .restart = true, .help = "Folder for what must outlive a restart." },
	{ .name = "run_dir", .type = OPT_PATH, .offset = offsetof(struct gate_conf, run_dir), .def = "/run/sekimori",
	  .min = 1, .max = DIR_MAX, .restart = true, .help = "Folder for the lock file and the sockets." },
	{ .name = "rules_dir", .type = OPT_PATH, .offset = offsetof(struct gate_conf, rules_dir), .def = "",
	  .help = "Folder with the shipped rules and presets; empty: that of the source tree the program runs from, else that of the installation." },
	{ .name = "log_format", .type = OPT_ENUM, .offset = offsetof(struct gate_conf, log_format), .def = "text",
	  .words = formats, .restart = true, .help = "Form of the log lines." },
	{ .name = "log_level", .type = OPT_ENUM, .offset = offsetof(struct gate_conf, log_level), .def = "info",
	  .words = levels, .restart = true, .help = "Least important lines that are written." },
	{ .name = "log_to", .type = OPT_ENUM, .offset = offsetof(struct gate_conf, log_to), .def = "syslog",
	  .words = targets, .restart = true, .help = "Where log lines go." },
	{ .name = "spool_memory_max", .type = OPT_SIZE, .offset = offsetof(struct gate_conf, spool_memory_max),
	  .def = "4M", .min = 0, .max = 1024 * MB,
	  .help = "Messages up to this size are kept in memory while they arrive, larger ones in an unlinked file." },
	{ .name = "spool_dir", .type = OPT_PATH, .offset = offsetof(struct gate_conf, spool_dir), .def = "/tmp",
	  .min = 1, .max = DIR_MAX,
	  .help = "Folder for messages that are too large for memory." },
	{ .name = "message_max", .type = OPT_SIZE, .offset = offsetof(struct gate_conf, message_max), .def = "150M",
	  .min = 1 * MB, .max = 2048 * MB,
	  .help = "Larger messages are not read to the end; the policy line unscanned.limit applies to them. Should not be below the size limit of the MTA." },
	{ .name = "sessions_max", .type = OPT_INT, .offset = offsetof(struct gate_conf, sessions_max), .def = "3000",
	  .min = 1, .max = 100000, .help = "Connections of the MTA at the same time. Further ones are answered 421." },
	{ .name = "refusals_max", .type = OPT_SIZE, .offset = offsetof(struct gate_conf, refusals_max),
	  .def = "16M", .max = 4LL << 30, .restart = true,
	  .help = "Room for what was refused or deferred, and why, in refusals.jsonl of state_dir: sekimorictl explain "
	          "shows it for the reference that a client was given. Twice as much is used, then the oldest "
	          "goes. 0 keeps nothing." },
	{ .name = "drain_ms", .type = OPT_MSEC, .offset = offsetof(struct gate_conf, drain_ms), .def = "70s",
	  .min = 0, .max = 3600000, .help = "Time that messages at work have to finish when the daemon stops." },
	{ .name = "progress_ms", .type = OPT_MSEC, .offset = offsetof(struct gate_conf, progress_ms),
	  .def = "15s", .min = 1000, .max = 300000,
	  .help = "How often the MTA hears that a message is still being scanned, so that it goes on waiting. Must be below the MTA's own time limit, with Postfix milter_content_timeout." },
	{ .name = "hang_ms", .type = OPT_MSEC, .offset = offsetof(struct gate_conf, hang_ms),
	  .def = "15s", .min = 1000, .max = 3600000,
	  .help = "The master asks its processes every two seconds whether they are there. One that does not answer for so long hangs: it is killed and started anew. For engines that are loading worker.load_ms holds instead, for workers limit.scan_ms." },
	{ .name = "check_files_ms", .type = OPT_MSEC, .offset = offsetof(struct gate_conf, check_files_ms),
	  .def = "30s", .min = 0, .max = 86400000,
	  .help = "How often signatures, rules and the file of sender groups are looked at for changes, which are then loaded; 0: never." },
	OPT_END
};

const struct opt_table gate_table = {
	.prefix = "",
	.title = "Daemon",
	.size = sizeof(struct gate_conf),
	.opts = opts,
};
