/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Tell people by mail what was held for them since the last time, with links to look at it. What somebody was told of is
 * remembered entry by entry, not by a moment: mail whose record was late is in the next digest. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "click/click_opts.h"
#include "jobs/digest_state.h"
#include "jobs/jobs.h"
#include "policy/quarantine.h"
#include "response/digest.h"
#include "response/digest_opts.h"
#include "response/mail_out.h"
#include "response/pass.h"
#include "response/response.h"
#include "store/ledger_opts.h"

/* ENTRIES: of all people in one run, the newest. GOOD_S: so long a mail can be sent again: its pass is good, and the gate
 * remembers whether it was used. */
enum { ENTRIES = 200000, GOOD_S = PASS_KEEP_S - 3600, FIELD_BYTES = 2048 };

struct held {
	struct digest_item item;
	struct str owner;		/* lower case */
};

struct digests {
	const struct job_run *run;
	const struct digest_conf *conf;
	const struct click_conf *click;
	const struct quarantine_conf *rights;
	struct response r;
	struct keyring *keys;
	struct pool *pool;
	struct str state_dir, url;
	struct vec held;		/* struct held */
	int64_t now_ms, moment_ms, until_ms;
	size_t sent, failed;
};

/* ---- send ---- */

static void
rest(const struct digests *d)
{
	struct timespec t = { .tv_sec = d->conf->pace_ms / 1000, .tv_nsec = d->conf->pace_ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* The mail is on the disk. RC_TEMP: it stays there for the next run. */
static enum rc
send_mail(struct digests *d, const struct digest_mail *m, const char *path, bool again)
{
	const struct release_conf *rc = d->r.conf;
	struct smtp_mail mail = { .server = rc->server, .helo = rc->helo, .tls = rc->tls, .ca_file = rc->ca_file,
	    .rcpts = &m->person, .n_rcpts = 1, .fd = -1, .size = m->mail.n };
	struct digest_state state = { .person = m->person, .last_ms = m->made_ms, .told = m->told };
	struct buf reply;
	enum rc got;

	buf_init(&reply, SMTP_SEND_REPLY);
	got = fdio_memfd("digest", m->mail, &mail.fd);
	if (got == RC_OK)
		got = smtp_send(&mail, clock_mono_ms() + rc->deadline_ms, &reply);
	fdio_close(&mail.fd);
	if (got == RC_TEMP) {
		buf_printf(d->run->why, "%.*s: %.*s", STR_ARG(rc->server), STR_ARG(buf_str(&reply)));
		log_put(d->run->lc, LOG_LEVEL_WARNING, "digest", LOG_STR("to", m->person),
		    LOG_CSTR("sent", "later"), LOG_STR("why", buf_str(&reply)));
	} else {
		/* Refused when it is sent again: it had been taken, or never will be. */
		log_put(d->run->lc, got == RC_OK || again ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "digest",
		    LOG_STR("to", m->person), LOG_CSTR("sent", got == RC_OK ? "yes" : "no"),
		    LOG_STR("why", buf_str(&reply)));
		d->sent += got == RC_OK;
		got = digest_state_put(d->state_dir, d->pool, &state);
		if (got == RC_OK && unlink(path) != 0)
			got = RC_TEMP;
		if (got != RC_OK)
			buf_printf(d->run->why, "%s: %s", path, strerror(errno));
	}
	buf_clear(&reply);
	return got;
}

/* Those that an earlier run did not get rid of. */
static enum rc
send_left(struct digests *d, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	enum rc rc = RC_OK;

	while (dir && rc == RC_OK && (e = readdir(dir)) != NULL) {
		struct str name = str_of(e->d_name);
		struct digest_mail m;
		char path[DIGEST_NAME + 300];
		enum rc got;

		if (!str_ends_nocase(name, STR(".mail")))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		got = digest_mail_get(path, d->pool, &m);
		if (got == RC_OK && m.made_ms > d->now_ms - (int64_t)GOOD_S * 1000)
			rc = send_mail(d, &m, path, true);
		else if (got == RC_OK || got == RC_BAD)
			rc = unlink(path) == 0 ? RC_OK : RC_TEMP;	/* too old: made anew */
	}
	if (dir)
		closedir(dir);
	return rc;
}

/* ---- write ---- */

static enum rc
write_texts(const struct digests *d, const struct digest *what, struct buf *mail)
{
	struct mail_out m = { .from = d->conf->from, .from_name = d->click->site, .to = what->person,
	    .language = what->lang->name, .time_s = d->now_ms / 1000 };
	struct buf subject, text, html;
	enum rc rc;

	buf_init(&subject, 1024);
	buf_init(&text, DIGEST_BYTES);
	buf_init(&html, DIGEST_BYTES);
	rc = digest_put(what, &subject, &text, &html);
	m.subject = buf_str(&subject);
	m.text = buf_str(&text);
	m.html = buf_str(&html);
	if (rc == RC_OK)
		rc = mail_out_put(&m, mail);
	buf_clear(&subject);
	buf_clear(&text);
	buf_clear(&html);
	return rc;
}

/* With its pass in front: sent again it is the same. */
static enum rc
add_pass(const struct digests *d, struct str person, struct str message, struct buf *out)
{
	struct smtp_mail mail = { .rcpts = &person, .n_rcpts = 1, .fd = -1, .size = message.n };
	const struct pass pass = { .kind = PASS_NOTICE, .expiry_s = d->now_ms / 1000 + GOOD_S };
	enum rc rc = fdio_memfd("digest", message, &mail.fd);

	if (rc == RC_OK)
		rc = pass_make(d->r.passes, d->pool, &mail, &pass, out);
	fdio_close(&mail.fd);
	buf_adds(out, "\r\n");
	buf_add(out, message);
	return rc == RC_OK && out->full ? RC_LIMIT : rc;
}

static enum rc
make_mail(struct digests *d, const struct digest *what, struct str told, struct digest_mail *out)
{
	struct buf message, mail;
	enum rc rc;

	buf_init(&message, DIGEST_STATE_BYTES / 2);
	buf_init(&mail, DIGEST_STATE_BYTES / 2 + FIELD_BYTES);
	rc = write_texts(d, what, &message);
	if (rc == RC_OK)
		rc = add_pass(d, what->person, buf_str(&message), &mail);
	*out = (struct digest_mail){ .person = what->person, .made_ms = d->now_ms, .told = told,
	    .mail = pool_str(d->pool, buf_str(&mail)) };
	buf_clear(&message);
	buf_clear(&mail);
	return rc;
}

/* ---- for a person ---- */

static bool
was_told(const struct digests *d, struct str told, const struct digest_item *i)
{
	return str_find(told, pool_printf(d->pool, "\n%.*s.%zu\n", STR_ARG(i->id), i->number)) != STR_NPOS;
}

static enum rc
tell(struct digests *d, struct str owner, const struct digest_item *fresh, size_t n, struct str told)
{
	struct lang lang = digest_language(d->conf, owner);
	size_t listed = n < (size_t)d->conf->max ? n : (size_t)d->conf->max;
	const struct digest what = { .person = owner, .site = d->click->site, .url = d->url, .lang = &lang, .keys = d->keys,
	    .item = fresh, .n = listed, .more = n - listed };
	struct digest_mail m;
	char path[DIGEST_NAME];
	enum rc rc = make_mail(d, &what, told, &m);

	if (rc != RC_OK) {
		log_put(d->run->lc, LOG_LEVEL_ERR, "digest", LOG_STR("to", owner), LOG_CSTR("sent", "no"),
		    LOG_CSTR("why", "it cannot be written"));
		d->failed++;
		return RC_OK;		/* the others get theirs */
	}
	rc = digest_mail_put(d->state_dir, d->pool, &m);
	if (rc != RC_OK)
		return rc;
	digest_mail_path(d->state_dir, owner, path);
	rc = send_mail(d, &m, path, false);
	rest(d);
	return rc;
}

/* Entries of one person, newest first. */
static enum rc
look_at(struct digests *d, const struct held *h, size_t n)
{
	struct digest_item *fresh = pool_alloc(d->pool, n * sizeof(*fresh));
	struct digest_state state;
	char path[DIGEST_NAME];
	struct buf told;
	size_t n_fresh = 0;
	bool due = false;
	enum rc rc = digest_state_get(d->state_dir, d->pool, h->owner, &state);

	digest_mail_path(d->state_dir, h->owner, path);
	if (rc == RC_TEMP || access(path, F_OK) == 0)
		return rc == RC_TEMP ? rc : RC_OK;
	buf_init(&told, DIGEST_STATE_BYTES / 2);
	buf_addc(&told, '\n');
	for (size_t i = 0; i < n; i++) {
		buf_printf(&told, "%.*s.%zu\n", STR_ARG(h[i].item.id), h[i].item.number);
		if (was_told(d, state.told, &h[i].item))
			continue;
		fresh[n_fresh++] = h[i].item;
		due = due || h[i].item.time_ms <= d->moment_ms;
	}
	rc = RC_OK;
	if (due && state.last_ms < d->moment_ms)
		rc = tell(d, h->owner, fresh, n_fresh, pool_str(d->pool, buf_str(&told)));
	buf_clear(&told);
	return rc;
}

/* ---- all ---- */

static bool
collect(void *arg, const struct entry *e)
{
	struct digests *d = arg;
	struct str address = e->rcpt.address, owner;
	struct held *h;

	if (!digest_wanted(d->conf, address) || e->rcpt.expires_ms <= d->now_ms)
		return true;
	owner = digest_owner(d->conf, address);
	if (!mail_out_can(owner))
		return true;
	h = vec_push(d->pool, &d->held, sizeof(*h));
	*h = (struct held){ .owner = pool_lower(d->pool, owner), .item = { .number = e->number, .time_ms = e->record.time_ms,
	    .expires_ms = e->rcpt.expires_ms, .kind = e->rcpt.kind, .id = pool_str(d->pool, e->record.id),
	    .from = pool_str(d->pool, e->record.from.n ? e->record.from : e->record.mail_from),
	    .subject = pool_str(d->pool, e->record.subject), .rcpt = pool_str(d->pool, address),
	    .verdict = pool_str(d->pool, e->record.verdict),
	    .can_release = d->rights->kind[e->rcpt.kind].users == USERS_RELEASE } };
	return d->held.n < ENTRIES;
}

static int
by_owner(const void *va, const void *vb)
{
	const struct held *a = va, *b = vb;
	int order = str_cmp(a->owner, b->owner);

	if (order == 0)
		order = str_cmp(b->item.id, a->item.id);
	return order ? order : (int)a->item.number - (int)b->item.number;
}

static enum rc
tell_all(struct digests *d)
{
	struct entries_query q = { .states = 1 << ENTRY_HELD };
	const struct held *h;
	enum rc rc;

	for (int kind = 0; kind < QUARANTINE_KINDS; kind++)
		if (d->rights->kind[kind].users != USERS_NONE)
			q.kinds |= 1u << kind;
	if (q.kinds == 0)
		return RC_OK;
	rc = records_entries(d->r.records, &q, collect, d);
	if (rc != RC_OK)
		buf_adds(d->run->why, "the ledger does not answer");
	if (d->held.n)
		qsort(d->held.items, d->held.n, sizeof(struct held), by_owner);
	h = d->held.items;
	for (size_t i = 0, n; rc == RC_OK && i < d->held.n && clock_mono_ms() < d->until_ms; i += n) {
		for (n = 1; i + n < d->held.n && str_eq(h[i + n].owner, h[i].owner); n++)
			continue;
		rc = look_at(d, &h[i], n);
	}
	return rc;
}

/* What other tables must say for it. */
static const char *
what_is_missing(const struct digests *d)
{
	const struct ledger_conf *lc = conf_values(d->run->conf, &ledger_table);

	if (lc->addresses == LEDGER_HASHED)
		return "digests need addresses: ledger.addresses = plain";
	if (d->url.n == 0)
		return "digests need links: digest.url or click.url";
	return NULL;
}

static enum rc
work(struct digests *d)
{
	char folder[DIGEST_NAME];
	enum rc rc = digest_state_folder(d->state_dir, folder);

	if (rc != RC_OK) {
		buf_printf(d->run->why, "%s: %s", folder, strerror(errno));
		return rc;
	}
	rc = send_left(d, folder);
	if (rc == RC_OK)
		rc = tell_all(d);
	if (d->sent || d->failed)
		log_put(d->run->lc, LOG_LEVEL_INFO, "digest", LOG_NUM("people", d->sent),
		    LOG_NUM("failed", d->failed));
	return rc;
}

static enum rc
run(const struct job_run *jr, const void *conf)
{
	const struct ledger_conf *lc = conf_values(jr->conf, &ledger_table);
	struct digests d = { .run = jr, .conf = conf, .click = conf_values(jr->conf, &click_table),
	    .rights = conf_values(jr->conf, &quarantine_table), .state_dir = str_of(jr->state_dir),
	    .now_ms = clock_wall_ms() };
	const char *missing;
	enum rc rc;

	if (d.conf->every == DIGEST_NEVER || !lc->enable)
		return RC_OK;
	d.url = d.conf->url.n ? d.conf->url : d.click->url;
	d.moment_ms = digest_moment(d.conf, d.now_ms);
	d.until_ms = clock_mono_ms() + d.conf->deadline_ms / 2;
	missing = what_is_missing(&d);
	if (missing) {
		buf_adds(jr->why, missing);
		return RC_BAD;
	}
	rc = response_open(jr->conf, d.state_dir, jr->lc, &d.r, jr->why);
	if (rc == RC_OK)
		rc = keyring_ensure(keyring_of(d.state_dir, KEYRING_DIGEST), d.now_ms / 1000, &d.keys, jr->why);
	d.pool = pool_new(0);
	if (rc == RC_OK)
		rc = work(&d);
	pool_free(&d.pool);
	keyring_close(&d.keys);
	response_close(&d.r);
	return rc;
}

static int64_t
interval(const void *conf)
{
	const struct digest_conf *c = conf;

	return c->every == DIGEST_NEVER ? 0 : c->interval_ms;
}

static int64_t deadline(const void *conf) { return ((const struct digest_conf *)conf)->deadline_ms; }

const struct job job_digest = {
	.name = "digest",
	.help = "Tell people by mail what was held for them.",
	.opts = &digest_table,
	.interval_ms = interval,
	.deadline_ms = deadline,
	.run = run,
};
