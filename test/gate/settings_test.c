/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* covers: lib/gate/settings.c, lib/gate/docs.c: every row of every table */
#include "test.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/ascii.h"
#include "check/check.h"
#include "conf/limits_opts.h"
#include "conf/value.h"
#include "gate/docs.h"
#include "gate/settings.h"
#include "policy/policy.h"

static bool
is_sentence(const char *s)
{
	size_t n = s ? strlen(s) : 0;

	return n > 1 && s[n - 1] == '.' && !ascii_is_lower((unsigned char)s[0]);
}

static size_t
times_used(struct str key)
{
	struct pool *pool = pool_new(0);
	size_t n = 0;

	for (size_t t = 0; settings[t]; t++)
		for (const struct opt *o = settings[t]->opts; o->name; o++)
			n += str_eq(key, pool_printf(pool, "%s%s", settings[t]->prefix, o->name));
	pool_free(&pool);
	return n;
}

/* Rows are well-formed; one line of output for each row that is not. */
static void
options(void)
{
	struct pool *pool = pool_new(0);
	size_t bad = 0, rows = 0;

	for (size_t t = 0; settings[t]; t++) {
		for (const struct opt *o = settings[t]->opts; o->name; o++, rows++) {
			struct str key = pool_printf(pool, "%s%s", settings[t]->prefix, o->name);
			bool good = is_sentence(o->help) && o->def && times_used(key) == 1 && o->min <= o->max &&
			    (o->type != OPT_ENUM || o->words) && (o->type != OPT_CUSTOM || (o->parse && o->value_help)) &&
			    o->offset < settings[t]->size;

			if (!good)
				printf("# %s: help, default, bounds or words\n", key.p);
			bad += !good;
		}
	}
	test_int((int64_t)bad, 0, "every option is described, has a default and one name");
	test_ok(rows > 80, "there are options");
	pool_free(&pool);
}

static void
findings(void)
{
	size_t bad = 0, rows = 0;

	for (size_t i = 0; checks[i]; i++) {
		const struct check *c = checks[i];

		test_ok(check_find(str_of(c->name)) == c, c->name);
		test_ok(c->title && c->source && c->run && c->found[0].name, "title, source, run and findings");
		for (const struct finding_def *f = c->found; f->name; f++, rows++) {
			bool good = is_sentence(f->help) && finding_find(str_of(f->name)) == f && f->class < CLASS_N &&
			    (f->class != CLASS_INFO || f->score == 0);

			for (const char *p = f->name; *p; p++)
				good &= ascii_is_upper((unsigned char)*p) || ascii_is_digit((unsigned char)*p) || *p == '_';
			if (!good)
				printf("# %s\n", f->name);
			bad += !good;
		}
	}
	test_int((int64_t)bad, 0, "every finding is described and has one name");
	test_ok(rows > 25, "there are findings");
	test_ok(!check_find(STR("nothing")) && !finding_find(STR("NOTHING")), "what is not there is not found");
}

/* A check's options are in the list exactly when the check has some: its own, or those of what it
 * looks at. */
static void
tables(void)
{
	size_t listed = 0, wanted = 0;

	for (size_t t = 0; settings[t]; t++)
		listed += str_starts(str_of(settings[t]->prefix), STR("check."));
	for (size_t i = 0; checks[i]; i++) {
		struct pool *pool = pool_new(0);
		struct str prefix = pool_printf(pool, "check.%s.", checks[i]->name);
		bool there = false;

		for (size_t t = 0; checks[i]->opts && settings[t]; t++)
			there |= settings[t] == checks[i]->opts && (str_eq(prefix, str_of(settings[t]->prefix)) ||
			    !str_starts(str_of(settings[t]->prefix), STR("check.")));
		if (checks[i]->opts)
			test_ok(there, checks[i]->name);
		wanted += checks[i]->opts && str_starts(str_of(checks[i]->opts->prefix), STR("check."));
		pool_free(&pool);
	}
	test_int((int64_t)listed, (int64_t)wanted, "no table of a check that does not use it");
}

static struct conf *
load(const char *text, const char *want_errors, const char *name)
{
	char path[] = "/tmp/settings_test.XXXXXX";
	int fd = mkstemp(path);
	struct conf *conf = NULL;
	struct buf errors;

	buf_init(&errors, 1 << 20);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) != 0)
		test_ok(false, "cannot write test file");
	(void)!settings_load(path, &conf, &errors);
	unlink(path);
	test_str(str_from(buf_str(&errors), errors.n ? strlen(path) : 0), str_of(want_errors), name);
	buf_clear(&errors);
	return conf;
}

static void
loading(void)
{
	struct conf *conf = load("preset = strict\nworker.count = 3\nlimit.scan_ms = 30s\n", "", "a short file"), *again;
	struct buf first, second, errors;
	const struct gate_conf *gate;

	if (!conf)
		return;
	buf_init(&first, 1 << 20);
	buf_init(&second, 1 << 20);
	buf_init(&errors, 1 << 20);
	gate = conf_values(conf, &gate_table);
	test_ok(str_ends_nocase(gate->rules_dir, STR("/rules")), "rules of the tree");
	test_str(gate->control_socket, STR("/run/sekimori/control.sock"), "a path made of another");
	test_int(gate->milter_socket_mode, 0660, "octal mode");
	test_int(((const struct policy_conf *)conf_values(conf, &policy_table))->on[CLASS_CONTENT].intercept,
	    INTERCEPT_REJECT, "line of the preset");
	conf_dump(conf, false, false, &first);
	test_ok(conf_parse(buf_str(&first), "dump", settings, (struct conf_base){ .key = NULL }, &again, &errors) == RC_OK,
	    "a child reads the dump");
	test_str(buf_str(&errors), STR(""), "without errors");
	conf_dump(again, false, false, &second);
	test_str(buf_str(&second), buf_str(&first), "and has the same configuration");
	test_ok(((const struct limits *)conf_values(again, &limits_table))->scan_ms == 30000, "with the same values");
	conf_put(&conf);
	conf_put(&again);
	buf_clear(&first);
	buf_clear(&second);
	buf_clear(&errors);
}

static void
errors(void)
{
	static const struct { const char *name, *in, *want; } cases[] = {
		{ "preset", "preset = stirct\n", ":1: preset: no 'stirct.conf' in DIR, which has: observe, recommended,"
		    " strict; did you mean 'strict'?\n" },
		{ "class", "on.malwear = reject\n", ":1: on.malwear: unknown key; did you mean 'on.malware'?\n" },
		{ "action", "on.malware = rejekt\n",
		    ":1: on.malware: 'rejekt' is no action; did you mean 'reject'?\n" },
		{ "check", "checks_disabled = ptr, hello\n",
		    ":1: checks_disabled: 'hello' is no check; did you mean 'helo'?\n" },
		{ "finding", "scores = PTR_NON=1.0\n", ":1: scores: 'PTR_NON' is no finding; did you mean 'PTR_NONE'?\n" },
		{ "score", "scores = PTR_NONE:1.0\n",
		    ":1: scores: 'PTR_NONE:1.0' is not NAME=points, such as PTR_NONE=0.5\n" },
		{ "mode", "milter_socket_mode = 0888\n",
		    ":1: milter_socket_mode: '0888' is no octal mode such as 0660\n" },
		{ "milter socket", "milter_socket = tcp:1\n", ":1: milter_socket: not a socket (unix:/path, inet:port@host,"
		    " inet6:port@host, inet:host:port): \"tcp:1\"\n" },
		{ "no folder", "run_dir =\n", ":1: run_dir: must not be empty\n" },
		{ "limit", "limit.scan_ms = 10m\n", ":1: limit.scan_ms: 10m is too large; the most is 280s\n" },
	};
	struct buf dir;

	buf_init(&dir, 4096);
	settings_rules_dir(&dir);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str want = str_of(cases[i].want);
		size_t at = str_find(want, STR("DIR"));
		struct pool *pool = pool_new(0);
		struct conf *conf;

		if (at != STR_NPOS)
			want = pool_printf(pool, "%.*s%s/presets%s", (int)at, want.p, buf_cstr(&dir), want.p + at + 3);
		conf = load(cases[i].in, pool_cstr(pool, want), cases[i].name);
		test_ok(conf == NULL, "nothing is loaded");
		conf_put(&conf);
		pool_free(&pool);
	}
	buf_clear(&dir);
}

/* Every row is in the part of the manual that is made from it. */
static void
manual(void)
{
	struct buf conf, found, sample;
	size_t missing = 0;

	buf_init(&conf, 1 << 20);
	buf_init(&found, 1 << 20);
	buf_init(&sample, 1 << 20);
	for (size_t i = 0; docs_part(i); i++) {
		size_t before = conf.n;

		test_ok(docs_write(str_of(docs_part(i)), &conf) && conf.n > before + 100, docs_part(i));
	}
	buf_reset(&conf);
	test_ok(!docs_write(STR("nothing"), &conf), "no such part");
	if (!docs_write(STR("conf"), &conf) || !docs_write(STR("checks"), &found) || !docs_write(STR("sample"), &sample))
		return;
	for (size_t t = 0; settings[t]; t++)
		for (const struct opt *o = settings[t]->opts; o->name; o++)
			missing += str_find(buf_str(&conf), str_of(o->name)) == STR_NPOS ||
			    str_find(buf_str(&sample), str_of(o->name)) == STR_NPOS;
	for (size_t i = 0; checks[i]; i++)
		for (const struct finding_def *f = checks[i]->found; f->name; f++)
			missing += str_find(buf_str(&found), str_of(f->name)) == STR_NPOS;
	test_int((int64_t)missing, 0, "options and findings that the manual lacks");
	buf_clear(&conf);
	buf_clear(&found);
	buf_clear(&sample);
}

/* The sample is a configuration once the marks are taken off. */
static void
sample(void)
{
	struct buf text, bare, why;
	struct str rest, line;
	struct conf *conf = NULL;

	buf_init(&text, 1 << 20);
	buf_init(&bare, 1 << 20);
	buf_init(&why, 1 << 20);
	if (!docs_write(STR("sample"), &text))
		return;
	for (rest = buf_str(&text); str_next(&rest, '\n', &line); ) {
		bool option = str_starts(line, STR("#")) && !str_starts(line, STR("# "));

		buf_add(&bare, str_from(line, option));
		buf_addc(&bare, '\n');
	}
	test_ok(conf_parse(buf_str(&bare), "sample", settings, (struct conf_base){ .key = NULL }, &conf, &why) == RC_OK,
	    "the sample configuration is one");
	test_str(buf_str(&why), STR(""), "without errors");
	conf_put(&conf);
	buf_clear(&text);
	buf_clear(&bare);
	buf_clear(&why);
}

static void
texts(void)
{
	static const struct { const char *name, *in, *want; } cases[] = {
		{ "two sentences", "One. Two.", "One.\nTwo.\n" },
		{ "an abbreviation stays", "See e.g. this.", "See e.g. this.\n" },
		{ "no request", ".Sh x", "\\&.Sh x\n" },
		{ "backslash and quote", "a\\b \"c\"", "a\\eb \\(dqc\\(dq\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf out;

		buf_init(&out, 4096);
		docs_text(str_of(cases[i].in), &out);
		test_str(buf_str(&out), str_of(cases[i].want), cases[i].name);
		buf_clear(&out);
	}
}

/* What a running process takes from a file that was changed. */
static void
reloading(void)
{
	char path[] = "/tmp/settings_test.XXXXXX";
	static const char text[] = "state_dir = /other\nrun_dir = /elsewhere\nspool_dir = $state_dir/spool\n"
	    "drain_ms = 5s\nlog_to = stderr\nlog_level = debug\n";
	int fd = mkstemp(path);
	struct conf *running = load("state_dir = /state\nlog_to = syslog\n", "", "a configuration in force"), *next = NULL;
	const struct gate_conf *gc;
	struct buf errors, waits;

	buf_init(&errors, 1 << 20);
	buf_init(&waits, 1 << 20);
	if (!running || fd < 0 || write(fd, text, sizeof(text) - 1) != sizeof(text) - 1 || close(fd) != 0)
		test_ok(false, "cannot write test file");
	else if (test_ok(settings_reload(path, running, &next, &errors, &waits) == RC_OK, "a changed file")) {
		gc = conf_values(next, &gate_table);
		test_str(buf_str(&waits), STR("control_socket\nstate_dir\nrun_dir\nlog_level\nlog_to\n"), "what waits for a restart");
		test_str(gc->state_dir, STR("/state"), "keeps its value");
		test_str(gc->control_socket, STR("/run/sekimori/control.sock"), "also where it was made of another");
		test_str(gc->spool_dir, STR("/state/spool"), "and for those who name it");
		test_int(gc->drain_ms, 5000, "others follow the file");
		test_ok(str_ends_nocase(gc->rules_dir, STR("/rules")), "the rules folder is still known");
	}
	unlink(path);
	conf_put(&running);
	conf_put(&next);
	buf_clear(&errors);
	buf_clear(&waits);
}

/* One call cannot have more time than the scan: a line that says so is wrong, a default gives way. */
static void
times(void)
{
	static const struct { const char *text, *errors; int64_t clamav_ms, yara_ms; } cases[] = {
		{ "limit.scan_ms = 60s\n", "", 20000, 10000 },
		{ "limit.scan_ms = 5s\n", "", 5000, 5000 },
		{ "limit.scan_ms = 15s\nlimit.yara_ms = 15s\n", "", 15000, 15000 },
		{ "limit.yara_ms = 6s\nlimit.scan_ms = 5s\nlimit.clamav_ms = 61s\n",
		    "f:1: limit.yara_ms: 6s is more than limit.scan_ms (5s), after which the worker is killed\n"
		    "f:3: limit.clamav_ms: 61s is more than limit.scan_ms (5s), after which the worker is killed\n", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct conf *conf = NULL, *again = NULL;
		const struct limits *lim;
		struct buf errors, text;

		buf_init(&errors, 4096);
		buf_init(&text, 1 << 20);
		if (conf_parse(str_of(cases[i].text), "f", settings, (struct conf_base){ .key = NULL }, &conf, &errors) == RC_OK) {
			lim = conf_values(conf, &limits_table);
			test_int(lim->clamav_ms, cases[i].clamav_ms, "a call of libclamav");
			test_int(lim->yara_ms, cases[i].yara_ms, "a scan by YARA");
			conf_dump(conf, false, false, &text);
			test_int(conf_parse(buf_str(&text), "f", settings, (struct conf_base){ .key = NULL }, &again, &errors),
			    RC_OK, "a process that gets the configuration agrees");
			conf_put(&conf);
			conf_put(&again);
		}
		test_str(buf_str(&errors), str_of(cases[i].errors), cases[i].text);
		buf_clear(&errors);
		buf_clear(&text);
	}
}

int
main(void)
{
	options();
	times();
	findings();
	tables();
	loading();
	reloading();
	errors();
	manual();
	sample();
	texts();
	return test_done();
}
