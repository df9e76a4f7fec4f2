/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_status.c - what the running sekimorid is doing, and with what */
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <time.h>

#include "ask.h"
#include "base/clock.h"
#include "conf_file.h"
#include "databases.h"
#include "facts.h"
#include "base/jtext.h"
#include "notice.h"
#include "processes.h"
#include "timers.h"
#include "verb.h"

enum { JSON, CONFIG };
static const struct args_opt opts[] = {
	[JSON] = { 'j', "json", NULL, "One JSON object." },
	[CONFIG] = { 'c', "config", "FILE", "The configuration that names the control socket." },
	{ .name = NULL }
};

enum { PATIENCE_MS = 10000, TEXT_BYTES = 1024 * 1024, SEC = 1000, DAY_SEC = 86400 };

static void
put_uptime(struct buf *out, int64_t started_ms)
{
	int64_t sec = (clock_wall_ms() - started_ms) / SEC;

	if (sec >= DAY_SEC)
		buf_printf(out, "%lld d ", (long long)sec / DAY_SEC);
	sec %= DAY_SEC;
	buf_printf(out, "%lld:%02lld:%02lld", (long long)sec / 3600, (long long)sec / 60 % 60, (long long)sec % 60);
}

static void
put_time(struct buf *out, int64_t ms)
{
	time_t t = (time_t)(ms / SEC);
	struct tm tm;
	char text[32] = "";

	if (localtime_r(&t, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	buf_adds(out, text);
}

static void
put_head(const struct json_object *o, struct buf *out)
{
	buf_adds(out, "sekimorid ");
	facts_show(o, "version", out);
	buf_adds(out, ", up ");
	put_uptime(out, facts_num(o, "started_ms"));
	buf_adds(out, ", mode ");
	facts_show(o, "mode", out);
	buf_adds(out, ", preset ");
	facts_show(o, "preset", out);
	if (facts_str(o, "config").n) {
		buf_adds(out, ", ");
		facts_show(o, "config", out);
	}
	buf_addc(out, '\n');
}

static void
put_engines(const struct json_object *e, struct buf *out)
{
	if (!facts_str(e, "fingerprint").n) {
		buf_adds(out, "  none have been loaded yet\n");
		return;
	}
	if (facts_str(e, "clamav_version").n) {
		buf_adds(out, "  ClamAV ");
		facts_show(e, "clamav_version", out);
		buf_printf(out, ": %lld signatures; ", (long long)facts_num(e, "clamav_signatures"));
		facts_show(e, "clamav_databases", out);
		buf_addc(out, '\n');
		if (!facts_bool(e, "clamav_official"))
			buf_adds(out, "  *** no official ClamAV database: only your own signatures are known. "
			    "Run freshclam. ***\n");
	} else {
		buf_adds(out, "  ClamAV is off\n");
	}
	if (facts_str(e, "yara_version").n) {
		buf_adds(out, "  YARA ");
		facts_show(e, "yara_version", out);
		buf_printf(out, ": %lld rules in %lld files\n", (long long)facts_num(e, "yara_rules"),
		    (long long)facts_num(e, "yara_files"));
		if (facts_num(e, "yara_refused") > 0)
			buf_printf(out, "  *** %lld rule file(s) left out, as they do not compile: see the log, "
			    "or rules lint. ***\n", (long long)facts_num(e, "yara_refused"));
	} else {
		buf_adds(out, "  YARA is off\n");
	}
}

/* The files as they lie there now; the engines may have loaded them a moment ago. */
static void
put_databases(const struct database *d, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		int64_t hours = (clock_wall_ms() - d[i].built_ms) / 3600000;

		buf_adds(out, "    ");
		notice_escape(d[i].path, out);
		if (d[i].version == 0) {
			buf_adds(out, ": its head cannot be read\n");
			continue;
		}
		buf_printf(out, ": version %lld, %lld signatures, ", (long long)d[i].version,
		    (long long)d[i].signatures);
		if (hours < 48)
			buf_printf(out, "%lld hours old\n", (long long)hours);
		else
			buf_printf(out, "%lld days old\n", (long long)hours / 24);
	}
}

static void
put_numbers(const struct json_object *o, const char *head, struct buf *out)
{
	const char *sep = "";

	buf_adds(out, head);
	json_object_object_foreach((struct json_object *)(uintptr_t)o, key, v) {
		if (json_object_is_type(v, json_type_boolean))
			continue;
		buf_printf(out, "%s%s %s", sep, key, json_object_get_string(v));
		sep = ", ";
	}
	buf_addc(out, '\n');
}

static void
put_reload(const struct json_object *o, struct buf *out)
{
	struct str errors = facts_str(o, "reload_error"), line;

	if (facts_num(o, "reload_ms") == 0) {
		buf_adds(out, "reload   none since the start\n");
		return;
	}
	buf_adds(out, "reload   ");
	put_time(out, facts_num(o, "reload_ms"));
	buf_adds(out, errors.n ? " refused, the old set serves on:\n" : " done\n");
	while (str_next(&errors, '\n', &line)) {
		buf_adds(out, "  ");
		notice_escape(line, out);
		buf_addc(out, '\n');
	}
}

static void
put_counters(const struct json_object *c, struct buf *out)
{
	buf_adds(out, "counters ");
	facts_show(c, "backend", out);
	if (facts_str(c, "error").n) {
		buf_adds(out, ": ");
		facts_show(c, "error", out);
	}
	buf_printf(out, "; %lld in memory, %lld calls, %lld without Redis\n", (long long)facts_num(c, "entries"),
	    (long long)facts_num(c, "calls"), (long long)facts_num(c, "fallbacks"));
}

static void
put_dns(const struct json_object *o, struct buf *out)
{
	struct json_object *lists = NULL;

	put_numbers(facts_object(o, "dns"), "dns      ", out);
	if (facts_bool(facts_object(o, "dns"), "dead"))
		buf_adds(out, "  *** no name server answers: what needs DNS is not known ***\n");
	if (!json_object_object_get_ex(o, "dns_lists", &lists))
		return;
	for (size_t i = 0; i < json_object_array_length(lists); i++) {
		const struct json_object *l = json_object_array_get_idx(lists, i);

		buf_adds(out, "  ");
		facts_show(l, "list", out);
		buf_adds(out, ": ");
		facts_show(l, "state", out);
		if (facts_num(l, "again_ms") > 0)
			buf_printf(out, ", again in %lld s", (long long)(facts_num(l, "again_ms") + SEC - 1) / SEC);
		buf_printf(out, ", asked %lld, hits %lld, unknown answers %lld\n", (long long)facts_num(l, "asked"),
		    (long long)facts_num(l, "hits"), (long long)facts_num(l, "strange"));
	}
}

static void
put_feeds(const struct json_object *o, struct buf *out)
{
	const struct json_object *i = facts_object(o, "indicators");

	buf_printf(out, "feeds    %lld entries of %lld feeds; asked %lld, hits %lld\n", (long long)facts_num(i, "entries"),
	    (long long)facts_num(i, "feeds"), (long long)facts_num(i, "asked"), (long long)facts_num(i, "hits"));
}

static void
put_link_services(const struct json_object *o, struct buf *out)
{
	for (size_t i = 0; i < facts_count(o, "link_services"); i++) {
		const struct json_object *s = facts_at(o, "link_services", i);

		buf_adds(out, i == 0 ? "links    " : "         ");
		facts_show(s, "service", out);
		buf_adds(out, ": ");
		facts_show(s, "state", out);
		if (facts_num(s, "again_ms") > 0)
			buf_printf(out, ", again in %lld s", (long long)(facts_num(s, "again_ms") + SEC - 1) / SEC);
		buf_printf(out, ", asked %lld, hits %lld, from what is kept %lld, no answer %lld, over its limits %lld\n",
		    (long long)facts_num(s, "asked"), (long long)facts_num(s, "hits"), (long long)facts_num(s, "kept"),
		    (long long)facts_num(s, "failed"), (long long)facts_num(s, "over"));
	}
}

static void
put_recipients(const struct json_object *r, struct buf *out)
{
	int64_t in = facts_num(r, "group_members"), unanswered = facts_num(r, "group_unanswered");
	int64_t asked = in + unanswered + facts_num(r, "group_others");

	put_numbers(facts_object(r, "answers"), "rcpts    ", out);
	if (asked)
		buf_printf(out, "  groups: tables asked %" PRId64 ", of those members %" PRId64 ", unanswered %" PRId64 "\n",
		    asked, in, unanswered);
	if (facts_bool(r, "files_are_bad"))
		buf_adds(out, "  *** files of recipients changed and cannot be read: the old ones serve; see the log ***\n");
	for (size_t i = 0; i < facts_count(r, "servers"); i++) {
		const struct json_object *s = facts_at(r, "servers", i);

		buf_adds(out, "  ");
		facts_show(s, "server", out);
		buf_printf(out, ": asked %lld, of those kept %lld, failed %lld%s\n", (long long)facts_num(s, "asked"),
		    (long long)facts_num(s, "cached"), (long long)facts_num(s, "failed"),
		    facts_bool(s, "left_alone") ? "; left alone for now, as it does not answer" : "");
	}
}

static void
put_ledger(const struct json_object *o, struct buf *out)
{
	struct json_object *l = NULL;

	if (!json_object_object_get_ex(o, "ledger", &l)) {
		buf_adds(out, "ledger   off\n");
		return;
	}
	buf_printf(out, "ledger   %lld messages recorded since the start, a commit takes %lld us\n",
	    (long long)facts_num(l, "recorded"), (long long)facts_num(l, "commit_us"));
	if (facts_bool(l, "down") || facts_num(l, "in_spill") > 0)
		buf_printf(out, "  *** %s; %lld records lie in ledger/spill.jsonl until it takes them ***\n",
		    facts_bool(l, "down") ? "its store does not work: see the log" : "its store works again",
		    (long long)facts_num(l, "in_spill"));
	if (facts_num(l, "refused") > 0)
		buf_printf(out,
		    "  *** %lld records lie in ledger/refused.jsonl: its store does not take them; see the log ***\n",
		    (long long)facts_num(l, "refused"));
}

static void
put_sandbox(const struct json_object *o, struct buf *out)
{
	struct str missing = facts_str(o, "sandbox_missing");

	buf_adds(out, "sandbox  ");
	if (facts_str(o, "sandbox").n) {
		facts_show(o, "sandbox", out);
		buf_adds(out, "; ");
	}
	buf_adds(out, missing.n ? "this kernel lacks: " : "every layer is in force");
	notice_escape(str_trim(missing), out);
	buf_addc(out, '\n');
}

static void
put_processes(const struct process *p, size_t n, struct buf *out)
{
	buf_adds(out, "processes\n      PID  ROLE       RSS kB   PSS kB\n");
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "  %7ld  %-7s %9lld", (long)p[i].pid, p[i].role, (long long)p[i].rss_kb);
		if (p[i].pss_kb >= 0)
			buf_printf(out, "%9lld\n", (long long)p[i].pss_kb);
		else
			buf_adds(out, "        -\n");
	}
}

/* What this program finds out by itself. */
struct seen {
	struct process processes[PROCESSES_MAX];
	size_t n_processes;
	const struct database *databases;
	size_t n_databases;
};

static void
show(const struct conf *conf, const struct json_object *o, const struct seen *seen)
{
	const struct json_object *w = facts_object(o, "workers");
	struct buf out;

	buf_init(&out, TEXT_BYTES);
	put_head(o, &out);
	buf_adds(&out, "engines\n");
	put_engines(facts_object(o, "engine"), &out);
	put_databases(seen->databases, seen->n_databases, &out);
	if (!facts_bool(w, "serving"))
		buf_adds(&out, "*** no engines are serving: messages wait or are tempfailed ***\n");
	put_numbers(w, "workers  ", &out);
	put_numbers(facts_object(o, "counts"), "counts   ", &out);
	put_counters(facts_object(o, "counters"), &out);
	put_dns(o, &out);
	put_recipients(facts_object(o, "recipients"), &out);
	put_feeds(o, &out);
	put_link_services(o, &out);
	put_ledger(o, &out);
	timers_show(conf, &out);
	put_sandbox(o, &out);
	put_reload(o, &out);
	put_processes(seen->processes, seen->n_processes, &out);
	fwrite(buf_cstr(&out), 1, out.n, stdout);
	buf_clear(&out);
}

static void
add_processes(struct json_object *o, const struct process *p, size_t n)
{
	struct json_object *list = jtext_array(0);

	for (size_t i = 0; i < n; i++) {
		struct json_object *row = jtext_object();

		jtext_add_num(row, "pid", p[i].pid);
		jtext_add_str(row, "role", str_of(p[i].role));
		jtext_add_num(row, "rss_kb", p[i].rss_kb);
		if (p[i].pss_kb >= 0)
			jtext_add_num(row, "pss_kb", p[i].pss_kb);
		json_object_array_add(list, row);
	}
	json_object_object_add(o, "processes", list);
}

static void
add_databases(struct json_object *o, const struct database *d, size_t n)
{
	struct json_object *list = jtext_array(0);

	for (size_t i = 0; i < n; i++) {
		struct json_object *row = jtext_object();

		jtext_add_str(row, "file", d[i].path);
		jtext_add_num(row, "version", d[i].version);
		jtext_add_num(row, "signatures", d[i].signatures);
		jtext_add_num(row, "built_ms", d[i].built_ms);
		json_object_array_add(list, row);
	}
	json_object_object_add(o, "databases", list);
}

static void
show_json(const struct conf *conf, struct json_object *o, const struct seen *seen)
{
	struct buf out;

	add_databases(o, seen->databases, seen->n_databases);
	add_processes(o, seen->processes, seen->n_processes);
	timers_json(conf, o);
	buf_init(&out, TEXT_BYTES);
	jtext_write(json_object_get(o), &out);
	puts(buf_cstr(&out));
	buf_clear(&out);
}

static int
status_of(const struct conf *conf, bool json)
{
	static struct seen seen;
	struct json_object *o = NULL;
	struct pool *pool;
	int status = ask(conf, CONTROL_STATUS, PATIENCE_MS, false, &o);

	if (status != 0)
		return status;
	pool = pool_new(0);
	seen.n_processes = processes_below((pid_t)facts_num(o, "master_pid"), seen.processes);
	seen.n_databases = databases_list(conf, pool, &seen.databases);
	if (json)
		show_json(conf, o, &seen);
	else
		show(conf, o, &seen);
	pool_free(&pool);
	json_object_put(o);
	return fflush(stdout) == 0 ? 0 : EX_IOERR;
}

static int
run(struct args *a)
{
	const char *value, *path = NULL;
	struct conf *conf;
	bool json = false;
	int i, status;

	while ((i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case JSON: json = true; break;
		case CONFIG: path = value; break;
		case ARGS_WORD: return args_usage(a, "takes no words");
		case ARGS_BAD: return EX_USAGE;
		}
	}
	status = conf_file_open(path, &conf);
	if (status != 0)
		return status;
	status = status_of(conf, json);
	conf_put(&conf);
	return status;
}

const struct verb verb_status = {
	.name = "status", .words = "", .opts = opts, .run = run,
	.help = "Show processes, workers, engines, counters and the last reload of sekimorid.",
};
