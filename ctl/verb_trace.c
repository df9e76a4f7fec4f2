/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_trace.c - what would happen to a connection, without sending anything */
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "ask.h"
#include "check/services.h"
#include "conf_file.h"
#include "envelope.h"
#include "explain.h"
#include "facts.h"
#include "gate/trace.h"
#include "notice.h"
#include "verb.h"

enum { JSON = ENVELOPE_OPTS, LOCAL, CONFIG };

static const struct args_opt opts[] = {
	ENVELOPE_ROWS,
	[JSON] = { 'j', "json", NULL, "One JSON object with an object for each phase." },
	[LOCAL] = { 'l', "local", NULL, "Ask DNS from here, with no history, also when sekimorid runs." },
	[CONFIG] = ARGS_CONF,
	{ .name = NULL }
};

enum { PATIENCE_MS = 120000, TEXT_BYTES = 16 * 1024 * 1024 };

struct order {
	struct envelope envelope;
	const char *config;
	bool json, local;
};

static int
read_words(struct args *a, struct order *o)
{
	const char *value, *why = NULL;
	int i;

	while (!why && (i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case JSON: o->json = true; break;
		case LOCAL: o->local = true; break;
		case CONFIG: o->config = value; break;
		case ARGS_WORD: why = "trace takes options only"; break;
		case ARGS_BAD: return EX_USAGE;
		}
		if (i >= 0 && i < ENVELOPE_OPTS)
			why = envelope_take(&o->envelope, i, value);
	}
	if (!why && o->envelope.session.client_addr.n == 0)
		why = "which client? --ip ADDRESS";
	return why ? args_usage(a, why) : 0;
}

/* Without a sekimorid: the resolver of the configuration, and no history. */
static int
trace_here(const struct order *o, const struct conf *conf, struct json_object **answer)
{
	struct log_ctx lc = notice_log(LOG_LEVEL_WARNING);
	struct pool *pool = pool_new(0);
	struct services services;
	struct buf text;
	enum rc rc;

	if (!o->local)
		notice("no sekimorid to ask: DNS is asked from here, and there is no history");
	buf_init(&text, TEXT_BYTES);
	rc = services_open(conf, STR_NONE, lc, &services, &text);
	if (rc == RC_OK) {
		struct gate gate = { .services = &services, .lc = lc };

		trace_json(&gate, conf, &o->envelope.session, pool, lc, &text);
		*answer = facts_parse(buf_str(&text));
		services_close(&services);
	} else {
		notice_lines(buf_str(&text));
	}
	buf_clear(&text);
	pool_free(&pool);
	return rc == RC_OK ? EX_OK : EX_CONFIG;
}

static int
show(const struct order *o, const struct json_object *answer)
{
	struct buf text;

	buf_init(&text, TEXT_BYTES);
	if (o->json)
		buf_adds(&text, json_object_to_json_string_ext((struct json_object *)(uintptr_t)answer,
		    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		explain_trace(answer, &text);
	fwrite(buf_cstr(&text), 1, text.n, stdout);
	if (o->json)
		putchar('\n');
	buf_clear(&text);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

static int
trace(const struct order *o, const struct conf *conf)
{
	struct control_request req = { .verb = CONTROL_TRACE, .session = o->envelope.session };
	struct json_object *answer = NULL;
	int status = EX_UNAVAILABLE;

	if (!o->local)
		status = ask_for(conf, &req, PATIENCE_MS, true, &answer);
	if (status == EX_UNAVAILABLE)
		status = trace_here(o, conf, &answer);
	if (status == EX_OK)
		status = show(o, answer);
	json_object_put(answer);
	return status;
}

static int
run(struct args *a)
{
	static struct order o;	/* large: it holds every recipient */
	struct conf *conf = NULL;
	int status = read_words(a, &o);

	if (status == 0)
		status = conf_file_open(o.config, &conf);
	if (status == 0)
		status = trace(&o, conf);
	if (conf)
		conf_put(&conf);
	return status;
}

const struct verb verb_trace = {
	.name = "trace", .words = "", .opts = opts, .run = run,
	.help = "Show what would happen to a connection, phase by phase, without sending anything.",
};
