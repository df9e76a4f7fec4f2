/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_keys.c - the keys that links and passes are sealed with */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/clock.h"
#include "click/click_opts.h"
#include "click/keyring.h"
#include "conf_file.h"
#include "base/jtext.h"
#include "gate/settings.h"
#include "notice.h"
#include "response/pass.h"
#include "verb.h"

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

static int
list(const struct conf *conf, enum keyring_use use, bool json)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	struct keyring_key keys[KEYRING_KEYS];
	struct keyring *ring = NULL;
	struct buf why;
	size_t n;
	enum rc rc;
	int status = EX_OK;

	buf_init(&why, WHY_BYTES);
	rc = keyring_open(keyring_of(gc->state_dir, use), &ring, &why);
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
rotate(const struct conf *conf, enum keyring_use use)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	const struct click_conf *cc = conf_values(conf, &click_table);
	struct buf why;
	unsigned id = 0;
	size_t gone = 0;
	enum rc rc;
	int status = EX_OK;

	buf_init(&why, WHY_BYTES);
	rc = keyring_rotate(keyring_of(gc->state_dir, use), clock_wall_ms() / 1000,
	    use == KEYRING_PASS ? PASS_KEEP_S : cc->expire_ms / 1000, &id, &gone, &why);
	if (rc != RC_OK)
		status = failed(rc, &why);
	else
		printf("key %u seals from now on; %zu old taken out\n", id, gone);
	buf_clear(&why);
	return status;
}

static int
run(struct args *a)
{
	const char *value, *way = NULL, *what = "click", *config = NULL;
	struct conf *conf;
	enum keyring_use use;
	bool json = false;
	int i, status;

	while ((i = args_next(a, &value)) != ARGS_END) {
		switch (i) {
		case JSON: json = true; break;
		case CONFIG: config = value; break;
		case ARGS_WORD:
			if (way && strcmp(value, "click") != 0 && strcmp(value, "pass") != 0)
				return args_usage(a, "keys of what: click or pass");
			*(way ? &what : &way) = value;
			break;
		case ARGS_BAD: return EX_USAGE;
		}
	}
	if (!way || (strcmp(way, "list") != 0 && strcmp(way, "rotate") != 0))
		return args_usage(a, "rotate or list?");
	status = conf_file_open(config, &conf);
	if (status != 0)
		return status;
	use = strcmp(what, "pass") == 0 ? KEYRING_PASS : KEYRING_CLICK;
	status = strcmp(way, "list") == 0 ? list(conf, use, json) : rotate(conf, use);
	conf_put(&conf);
	return status;
}

const struct verb verb_keys = {
	.name = "keys", .words = "rotate | list | rotate pass | list pass", .opts = opts, .run = run,
	.help = "Make a new key for rewritten links (or for passes, which let released mail by), or list the keys.",
};
