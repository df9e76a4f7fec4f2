/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* New configuration, new engines: asked for, or because files changed. */
#include <string.h>

#include "base/clock.h"
#include "gate/settings.h"
#include "milter/master.h"
#include "milter/notify.h"

enum { TEXT_BYTES = 64 * 1024 };

/* What the operator changed in vain, as long as this process lives. */
static void
say_what_waits(struct master *m, struct str keys)
{
	struct str key;

	while (str_next(&keys, '\n', &key))
		if (key.n)
			log_put(m->lc, LOG_LEVEL_WARNING, "configuration", LOG_STR("option", key),
			    LOG_CSTR("warning", "needs a restart: the old value stays in force"));
}

static void
begin(struct master *m)
{
	struct conf *conf;
	struct buf errors, waits;

	m->reloading = true;
	m->again = false;
	notify_reloading();
	buf_init(&errors, TEXT_BYTES);
	buf_init(&waits, TEXT_BYTES);
	if (settings_reload(m->path, m->started, &conf, &errors, &waits) == RC_OK) {
		say_what_waits(m, buf_str(&waits));
		conf_put(&m->next);
		m->next = conf;
		m->load_at = 0;
	} else {
		log_lines(m->lc, LOG_LEVEL_ERR, "configuration", "error", buf_str(&errors));
		sets_fingerprint(m->conf, m->tried);	/* not again until something changes */
		reload_done(m, RC_BAD, buf_str(&errors));
	}
	buf_clear(&errors);
	buf_clear(&waits);
}

void
reload_ask(struct master *m, uint32_t ticket, const char *why)
{
	log_put(m->lc, LOG_LEVEL_INFO, "reload", LOG_CSTR("why", why));
	if (ticket > m->ticket)
		m->ticket = ticket;
	if (m->reloading)
		m->again = true;	/* what is loading may not have seen the last change */
	else
		begin(m);
}

/* With low_memory_reload the old set has gone before the new one was tried. */
static const char *
how_it_ended(struct master *m, enum rc rc)
{
	if (rc == RC_OK)
		return "new set serves";
	return sets_serving(m) ? "failed, the old set serves on" :
	    "FAILED, NO SET SERVES: messages get the failure policy until one loads";
}

void
reload_done(struct master *m, enum rc rc, struct str text)
{
	struct buf body;

	m->reloading = false;
	log_put(m->lc, rc == RC_OK ? LOG_LEVEL_INFO : LOG_LEVEL_ERR, "reload",
	    LOG_CSTR("result", how_it_ended(m, rc)));
	notify_ready(rc == RC_OK ? "serving" : sets_serving(m) ? "serving with the old set: the last reload failed" :
	    "NOT SERVING: the last reload failed and no engines are loaded");
	if (m->again) {
		begin(m);
		return;			/* who asked is answered by that one */
	}
	buf_init(&body, TEXT_BYTES + 8);
	for (int i = 0; i < 4; i++)
		buf_addc(&body, (char)(m->ticket >> (8 * i)));
	buf_addc(&body, (char)rc);
	buf_add(&body, str_upto(text, TEXT_BYTES));
	keeper_say(m, LINK_RELOADED, buf_str(&body), NULL, 0);
	buf_clear(&body);
}

/* Changed, and the same at two looks: a file that is still being copied is left alone. What was
 * tried and found broken is not tried again until it changes. */
void
reload_look(struct master *m)
{
	const struct gate_conf *gc = conf_values(m->conf, &gate_table);
	int64_t now = clock_mono_ms();
	char print[PRINT_BYTES];
	bool settled;

	if (gc->check_files_ms == 0 || now < m->look_at || !m->ready || m->reloading || m->stopping)
		return;
	m->look_at = now + gc->check_files_ms;
	sets_fingerprint(m->conf, print);
	settled = strcmp(print, m->seen) == 0;
	memcpy(m->seen, print, PRINT_BYTES);
	if (settled && strcmp(print, m->tried) != 0)
		reload_ask(m, 0, "files changed");
}
