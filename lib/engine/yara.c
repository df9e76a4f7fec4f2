/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Scanning with rules that are loaded. Loading is in yara_load.c. */
#include <assert.h>
#include <string.h>

#include "engine/yara_engine.h"
#include "message/filetype.h"

enum { STRINGS_MAX = 200, MATCHES_SHOWN = 8 };

const char *
yara_scope_name(enum yara_scope s)
{
	static const char *const names[YARA_SCOPES] = { "file", "text", "html", "links", "headers", "message" };

	return names[s];
}

const char *
yara_version(void)
{
	return YR_VERSION;
}

uint64_t
yara_rules(const struct yara *y)
{
	return y->n_rules;
}

uint64_t
yara_files(const struct yara *y)
{
	return y->n_files;
}

uint64_t
yara_refused(const struct yara *y)
{
	return y->n_refused;
}

bool
yara_wants(const struct yara *y, enum yara_scope scope)
{
	return (y->scopes & 1u << scope) != 0;
}

/* "$a at 12, $b at 40". libyara keeps its matches packed, without regard to alignment. */
__attribute__((no_sanitize("alignment"))) static void
list_strings(YR_SCAN_CONTEXT *context, YR_RULE *rule, struct buf *out)
{
	YR_STRING *string;
	YR_MATCH *match;
	unsigned shown = 0;

	yr_rule_strings_foreach(rule, string) {
		yr_string_matches_foreach(context, string, match) {
			if (shown++ < MATCHES_SHOWN)
				buf_printf(out, "%s%s at %lld", out->n ? ", " : "", string->identifier,
				    (long long)match->base + (long long)match->offset);
			break;	/* where it matched first is enough */
		}
	}
}

static void
on_match(struct yara *y, YR_SCAN_CONTEXT *context, YR_RULE *rule)
{
	size_t i = (size_t)(rule - y->rules->rules_table);
	struct yara_rule *r = &y->rule[i];
	struct buf strings;

	assert(i < y->n_rules);
	if (y->silent || !(r->scopes & 1u << y->scope))
		return;
	r->hits++;
	buf_init(&strings, STRINGS_MAX);
	list_strings(context, rule, &strings);
	y->hit(y->hit_arg, &(struct yara_match){
		.rule = r->name, .file = r->file, .description = r->description,
		.strings = buf_str(&strings), .class = r->class, .score = r->score,
	});
	buf_clear(&strings);
}

static int
on_message(YR_SCAN_CONTEXT *context, int message, void *data, void *arg)
{
	struct yara *y = arg;

	switch (message) {
	case CALLBACK_MSG_RULE_MATCHING:
		on_match(y, context, data);
		break;
	case CALLBACK_MSG_TOO_MANY_MATCHES:
		y->too_many = true;	/* this string is not followed further, the others are */
		break;
	}
	return CALLBACK_CONTINUE;
}

enum rc
yara_start(struct yara *y, const struct limits *lim)
{
	y->timeout_sec = (int)((lim->yara_ms + 999) / 1000);
	if (yr_scanner_create(y->rules, &y->scanner) != ERROR_SUCCESS)
		return RC_TEMP;
	yr_scanner_set_callback(y->scanner, on_message, y);
	yr_scanner_set_timeout(y->scanner, y->timeout_sec);
	/* We scan memory of our own, so there is no SIGBUS to catch; catching costs four
	 * system calls a scan and hides real faults. Fast mode: where a string matches first
	 * is enough when its rule does not count. */
	yr_scanner_set_flags(y->scanner, SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_FAST_MODE |
	    SCAN_FLAGS_REPORT_RULES_MATCHING);
	return RC_OK;
}

/* libyara takes C strings: a NUL inside becomes '?'. */
static void
set(struct yara *y, const char *name, struct str value)
{
	char text[YARA_EXTERNAL];
	size_t n = value.n < sizeof(text) ? value.n : sizeof(text) - 1;
	int rc;

	for (size_t i = 0; i < n; i++)
		text[i] = value.p[i] ? value.p[i] : '?';
	text[n] = '\0';
	rc = yr_scanner_define_string_variable(y->scanner, name, text);
	/* Fails only for names that the compiler was not told of. */
	assert(rc == ERROR_SUCCESS);
	(void)rc;
}

void
yara_mail(struct yara *y, const struct yara_mail *m)
{
	const struct {
		const char *name;
		struct str value;
	} all[] = {
		{ "mail_from", m->from }, { "mail_from_domain", m->from_domain },
		{ "mail_reply_to_domain", m->reply_to_domain }, { "mail_subject", m->subject },
		{ "mail_envelope_from", m->envelope_from }, { "mail_client_addr", m->client_addr },
		{ "mail_auth_dmarc", m->auth_dmarc },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		set(y, all[i].name, all[i].value);
}

/* ".exe", as the rules of others expect it. */
static struct str
dotted_extension(struct str name)
{
	size_t dot = str_rchr(name, '.');

	return dot == STR_NPOS ? STR_NONE : str_from(name, dot);
}

static void
set_part(struct yara *y, const struct yara_subject *s)
{
	set(y, "part_name", s->part_name);
	set(y, "part_type", s->part_type);
	set(y, "part_id", s->part_id);
	set(y, "part_scope", str_of(yara_scope_name(s->scope)));
	set(y, "filename", s->part_name);
	set(y, "filepath", s->part_name);
	set(y, "extension", dotted_extension(s->part_name));
	set(y, "filetype", s->part_type);
}

enum rc
yara_scan(struct yara *y, const struct yara_subject *s,
    void (*hit)(void *arg, const struct yara_match *), void *arg)
{
	int code;

	if (!yara_wants(y, s->scope) || s->content.n == 0)
		return RC_OK;
	set_part(y, s);
	y->scope = s->scope;
	y->hit = hit;
	y->hit_arg = arg;
	y->too_many = false;
	y->scans++;
	code = yr_scanner_scan_mem(y->scanner, (const uint8_t *)s->content.p, s->content.n);
	yara_clock(y, s->content);
	if (code == ERROR_SCAN_TIMEOUT)
		return RC_TEMP;
	if (code == ERROR_TOO_MANY_MATCHES || (code == ERROR_SUCCESS && y->too_many))
		return RC_LIMIT;
	return code == ERROR_SUCCESS ? RC_OK : RC_BAD;
}

size_t
yara_stats(const struct yara *y, struct pool *pool, const struct yara_rule_stat **out)
{
	struct yara_rule_stat *s = pool_alloc(pool, y->n_rules * sizeof(*s) + 1);
	size_t n = 0;

	for (size_t i = 0; i < y->n_rules; i++) {
		const struct yara_rule *r = &y->rule[i];
		int64_t mean = r->samples ? r->cost_us / (int64_t)r->samples : 0;

		if (r->private)
			continue;
		s[n++] = (struct yara_rule_stat){
			.rule = r->name, .file = r->file, .description = r->description, .class = r->class,
			.score = r->score, .hits = r->hits,
			.us = mean > 0 ? (uint64_t)mean * y->scans : 0,
		};
	}
	*out = s;
	return n;
}
