/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_keys.c - the keys that links, passes and digests are sealed with */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/clock.h"
#include "base/jtext.h"
#include "click/click_opts.h"
#include "click/keyring.h"
#include "conf/suggest.h"
#include "gate/settings.h"
#include "notice.h"
#include "policy/quarantine.h"
#include "response/pass.h"
#include "verb.h"
#include "ways.h"

enum { JSON, CONFIG };
static const struct args_opt opts[] = {
	[JSON] = { 'j', "json", NULL, "list: one JSON object a key." },
	[CONFIG] = { 'c', "config", "FILE", "The configuration that names state_dir and click.expire." },
	{ .name = NULL }
};

enum { WHY_BYTES = 8192, OBJECT_BYTES = 1024 };

static int
failed(enum rc rc, const struct buf *why)
{
	notice("%s", buf_cstr(why));
	return rc == RC_BAD ? EX_NOPERM : rc == RC_NONE ? EX_NOINPUT : EX_TEMPFAIL;
}

static void
put_json(const struct keyring_key *k, bool newest)
{
	struct json_object *o = jtext_object();
	struct buf out;

	jtext_add_num(o, "id", k->id);
	jtext_add_num(o, "created_s", k->created_s);
	jtext_add_bool(o, "seals", newest);
	buf_init(&out, OBJECT_BYTES);
	jtext_write(o, &out);
	puts(buf_cstr(&out));
	buf_clear(&out);
}

static void
put_text(const struct keyring_key *k, bool newest)
{
	time_t t = (time_t)k->created_s;
	struct tm tm;
	char when[32] = "-";

	if (localtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	printf("%5u  %-16s  %s\n", k->id, when, newest ? "seals and opens" : "opens");
}

/* ---- the rings ---- */

static int64_t
links_live_s(const struct conf *conf)
{
	const struct click_conf *cc = conf_values(conf, &click_table);

	return cc->expire_ms / 1000;
}

static int64_t
passes_live_s(const struct conf *conf)
{
	(void)conf;
	return PASS_KEEP_S;
}

/* A link of a digest is good as long as its mail is kept. */
static int64_t
digests_live_s(const struct conf *conf)
{
	const struct quarantine_conf *q = conf_values(conf, &quarantine_table);
	int64_t most = 0;

	for (int k = 0; k < QUARANTINE_KINDS; k++)
		most = q->kind[k].keep_ms > most ? q->kind[k].keep_ms : most;
	return most / 1000;
}

/* Those that may be rotated: names in the ledger are hashed with one key for ever. */
static const struct ring {
	const char *name;
	enum keyring_use use;
	int64_t (*live_s)(const struct conf *);	/* what was sealed with a key must still open */
} rings[] = {
	{ "click", KEYRING_CLICK, links_live_s },
	{ "pass", KEYRING_PASS, passes_live_s },
	{ "digest", KEYRING_DIGEST, digests_live_s },
};
enum { RINGS = sizeof(rings) / sizeof(rings[0]) };

/* Named by the first word; without it the first ring. NULL: said on stderr. */
static const struct ring *
find_ring(const struct ways *w)
{
	struct suggest near;
	struct buf why;

	if (w->n_words == 0)
		return &rings[0];
	buf_init(&why, WHY_BYTES);
	suggest_init(&near, str_of(w->words[0]));
	buf_printf(&why, "keys of '%s'? There are those of", w->words[0]);
	for (size_t i = 0; i < RINGS; i++) {
		if (strcmp(rings[i].name, w->words[0]) == 0) {
			buf_clear(&why);
			return &rings[i];
		}
		buf_printf(&why, "%s %s", i ? "," : "", rings[i].name);
		suggest_try(&near, str_of(rings[i].name));
	}
	suggest_write(&near, &why);
	notice("%s", buf_cstr(&why));
	buf_clear(&why);
	return NULL;
}

static struct str
state_dir_of(const struct conf *conf)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);

	return gc->state_dir;
}

/* ---- list, rotate ---- */

struct order {
	struct ways ways;
	bool json;
};

static int
list(struct ways *w, const struct conf *conf)
{
	bool json = ((const struct order *)(const void *)w)->json;
	const struct ring *of = find_ring(w);
	struct keyring_key keys[KEYRING_KEYS];
	struct keyring *ring = NULL;
	struct buf why;
	size_t n;
	enum rc rc;
	int status = EX_OK;

	if (!of)
		return EX_USAGE;
	buf_init(&why, WHY_BYTES);
	rc = keyring_open(keyring_of(state_dir_of(conf), of->use), &ring, &why);
	if (rc != RC_OK) {
		status = failed(rc, &why);
	} else {
		if (!json)
			printf("%5s  %-16s  %s\n", "KEY", "CREATED", "USE");
		n = keyring_list(ring, keys);
		for (size_t i = 0; i < n; i++)
			(json ? put_json : put_text)(&keys[i], i + 1 == n);
	}
	keyring_close(&ring);
	buf_clear(&why);
	return status;
}

static int
rotate(struct ways *w, const struct conf *conf)
{
	const struct ring *of = find_ring(w);
	struct buf why;
	unsigned id = 0;
	size_t gone = 0;
	enum rc rc;
	int status = EX_OK;

	if (!of)
		return EX_USAGE;
	buf_init(&why, WHY_BYTES);
	rc = keyring_rotate(keyring_of(state_dir_of(conf), of->use), clock_wall_ms() / 1000, of->live_s(conf), &id, &gone,
	    &why);
	if (rc != RC_OK)
		status = failed(rc, &why);
	else
		printf("key %u seals from now on; %zu old taken out\n", id, gone);
	buf_clear(&why);
	return status;
}

static const struct way ways[] = {
	{ "rotate", rotate, 0, 1, "rotate which? click, pass or digest" },
	{ "list", list, 0, 1, "list which? click, pass or digest" },
	{ .name = NULL }
};

static int
run(struct args *a)
{
	struct order order = { .json = false };
	const char *value;
	int i;

	while ((i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case JSON: order.json = true; break;
		case CONFIG: order.ways.config = value; break;
		case ARGS_WORD:
			if (!ways_take(&order.ways, value))
				return args_usage(a, "too many words");
			break;
		case ARGS_BAD: return EX_USAGE;
		}
	}
	return ways_run(a, &order.ways, ways);
}

const struct verb verb_keys = {
	.name = "keys", .words = "rotate | list [click | pass | digest]", .opts = opts, .run = run, .ways = ways,
	.help = "Make a new key for rewritten links, for passes that let released mail by, or for digests; or list them.",
};
