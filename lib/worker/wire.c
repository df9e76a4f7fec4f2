/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Jobs, edits, accounts and the zygote's news. The report is in wire_report.c.
 *
 *   job       u16 client port, u32 n, n recipients, the strings of session_text[], string queue id,
 *             u32 turn, u8 body wanted, u8 keys wanted, u32 n, n x { string name, u32 state, u32 n, n texts }
 *   edit job  u32 n, n x { u32 part, string notice }
 *   edited    u8 rc, u64 offset of the body, u32 n, n x { string name, string value }
 *   info      u64 signatures, u8 official, u64 rules, u64 files, six strings
 *   stats     u32 n, n x { rule, file, description, u32 class, u32 score, u64 hits, u64 us }
 */
#include "worker/wire.h"

#include <string.h>

#include "base/ascii.h"
#include "worker/wire_io.h"

enum { STRING_LEAST = 4, KEY_LEAST = 3 * 4, STAT_LEAST = 3 * 4 + 2 * 4 + 2 * 8 };

#define AT(field) offsetof(struct session, field)
static const size_t session_text[] = {
	AT(client_addr), AT(client_name), AT(helo), AT(tls_version), AT(auth_user), AT(daemon_name),
	AT(mta_name), AT(mail_from), AT(queue_id), AT(authres),
};
#undef AT
enum { SESSION_TEXTS = sizeof(session_text) / sizeof(session_text[0]) };

static void
put_keys(struct buf *b, const struct auth_keys *keys)
{
	size_t n = keys->n < WIRE_KEYS ? keys->n : WIRE_KEYS;

	wire_io_u32(b, n);
	for (size_t i = 0; i < n; i++) {
		const struct auth_key *k = &keys->item[i];
		size_t texts = k->n < WIRE_KEY_TEXTS ? k->n : WIRE_KEY_TEXTS;

		wire_io_str(b, k->name);
		wire_io_u32(b, k->state);
		wire_io_u32(b, texts);
		for (size_t t = 0; t < texts; t++)
			wire_io_str(b, k->text[t]);
	}
}

void
wire_put_job(struct buf *b, const struct wire_job *job)
{
	const struct session *s = &job->session;

	wire_io_put(b, s->client_port, 2);
	wire_io_u32(b, s->n_rcpts);
	for (size_t i = 0; i < s->n_rcpts; i++)
		wire_io_str(b, s->rcpts[i]);
	for (size_t i = 0; i < SESSION_TEXTS; i++) {
		struct str text;

		memcpy(&text, (const char *)s + session_text[i], sizeof(text));
		wire_io_str(b, text);
	}
	wire_io_str(b, job->queue_id);
	wire_io_u32(b, job->turn);
	wire_io_u8(b, job->body);
	wire_io_u8(b, job->keys != NULL);
	put_keys(b, job->keys ? job->keys : &(struct auth_keys){ .n = 0 });
}

static struct auth_keys *
get_keys(struct rd *r, struct pool *pool)
{
	struct auth_keys *keys = pool_alloc(pool, sizeof(*keys));
	struct auth_key *k;

	keys->n = wire_io_count(r, WIRE_KEYS, KEY_LEAST);
	keys->item = k = pool_alloc(pool, keys->n * sizeof(*k));
	for (size_t i = 0; i < keys->n && !r->err; i++) {
		struct str *text;

		k[i].name = wire_io_get_str(r);
		k[i].state = (enum auth_key_state)wire_io_get_below(r, AUTH_KEY_STATE_N);
		k[i].n = wire_io_count(r, WIRE_KEY_TEXTS, STRING_LEAST);
		k[i].text = text = pool_alloc(pool, k[i].n * sizeof(*text));
		for (size_t t = 0; t < k[i].n; t++)
			text[t] = wire_io_get_str(r);
	}
	return keys;
}

enum rc
wire_get_job(struct pool *pool, struct str in, struct wire_job *job)
{
	struct rd r = wire_io_reader(pool, in);
	struct session *s = &job->session;
	struct str *rcpts;
	bool keys;

	*job = (struct wire_job){ .queue_id = STR_NONE };
	s->client_port = rd_u16(&r);
	s->n_rcpts = wire_io_count(&r, WIRE_RCPTS, STRING_LEAST);
	rcpts = pool_alloc(pool, s->n_rcpts * sizeof(*rcpts));
	for (size_t i = 0; i < s->n_rcpts; i++)
		rcpts[i] = wire_io_get_str(&r);
	s->rcpts = rcpts;
	for (size_t i = 0; i < SESSION_TEXTS; i++) {
		struct str text = wire_io_get_str(&r);

		memcpy((char *)s + session_text[i], &text, sizeof(text));
	}
	job->queue_id = wire_io_get_str(&r);
	job->turn = (enum scan_turn)wire_io_get_below(&r, SCAN_TURN_N);
	job->body = wire_io_get_bool(&r);
	keys = wire_io_get_bool(&r);
	job->keys = get_keys(&r, pool);
	r.err |= !keys && job->keys->n > 0;
	if (!keys)
		job->keys = NULL;
	return wire_io_end(&r);
}

void
wire_put_edit_job(struct buf *b, const struct wire_edit_job *job)
{
	wire_io_u32(b, job->n_strips);
	for (size_t i = 0; i < job->n_strips; i++) {
		wire_io_u32(b, job->strips[i].part);
		wire_io_str(b, job->strips[i].notice);
	}
	wire_io_u32(b, job->n_links);
	for (size_t i = 0; i < job->n_links; i++) {
		wire_io_str(b, job->links[i].url);
		wire_io_u8(b, job->links[i].action);
		wire_io_str(b, job->links[i].with);
	}
	wire_io_str(b, job->words);
	wire_io_u8(b, job->attachments);
}

enum rc
wire_get_edit_job(struct pool *pool, struct str in, struct wire_edit_job *job)
{
	struct rd r = wire_io_reader(pool, in);
	struct edit_strip *strip;
	struct rewrite_row *link;

	job->n_strips = wire_io_count(&r, WIRE_STRIPS, 4 + STRING_LEAST);
	strip = pool_alloc(pool, job->n_strips * sizeof(*strip));
	for (size_t i = 0; i < job->n_strips; i++) {
		strip[i].part = rd_u32(&r);
		strip[i].notice = wire_io_get_str(&r);
	}
	job->n_links = wire_io_count(&r, WIRE_LINKS, 1 + 2 * STRING_LEAST);
	link = pool_alloc(pool, job->n_links * sizeof(*link));
	for (size_t i = 0; i < job->n_links; i++) {
		link[i].url = wire_io_get_str(&r);
		link[i].action = (enum rewrite_action)rd_u8(&r);
		r.err |= link[i].action >= REWRITE_N;
		link[i].with = wire_io_get_str(&r);
	}
	job->words = wire_io_get_str(&r);
	job->attachments = wire_io_get_bool(&r);
	job->strips = strip;
	job->links = link;
	return wire_io_end(&r);
}

uint64_t
wire_edit_max(uint64_t size)
{
	return size * WIRE_EDIT_GROWTH + WIRE_EDIT_SLACK;
}

void
wire_put_edited(struct buf *b, const struct wire_edited *e)
{
	size_t n = e->done == RC_OK ? e->n_headers : 0;

	wire_io_u8(b, e->done);
	wire_io_u64(b, e->done == RC_OK ? e->body : 0);
	wire_io_u32(b, e->done == RC_OK ? e->links : 0);
	wire_io_u32(b, n);
	for (size_t i = 0; i < n; i++) {
		wire_io_str(b, e->headers[i].name);
		wire_io_str(b, e->headers[i].value);
	}
}

/* Stripping parts touches the MIME fields of the top header and nothing else. */
static bool
may_change(struct str name)
{
	if (str_eq_nocase(name, STR("MIME-Version")))
		return true;
	if (!str_starts_nocase(name, STR("Content-")))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_is_alnum((unsigned char)name.p[i]) && name.p[i] != '-')
			return false;
	return true;
}

/* A value that cannot end its field: a line end only before white space (RFC 5322 2.2.3). */
static bool
stays_in_field(struct str v)
{
	if (v.n > WIRE_EDIT_VALUE || str_chr(v, '\0') != STR_NPOS)
		return false;
	for (size_t i = 0; i < v.n; i++) {
		bool last = i + 1 >= v.n;

		if (v.p[i] == '\r' && (last || v.p[i + 1] != '\n'))
			return false;
		if (v.p[i] == '\n' && (last || !ascii_is_wsp((unsigned char)v.p[i + 1])))
			return false;
	}
	return true;
}

enum rc
wire_get_edited(struct pool *pool, struct str in, struct wire_edited *out)
{
	struct rd r = wire_io_reader(pool, in);
	struct edit_header *h;

	out->done = (enum rc)rd_u8(&r);
	out->body = rd_u64(&r);
	out->links = rd_u32(&r);
	out->n_headers = wire_io_count(&r, WIRE_EDIT_HEADERS, 2 * STRING_LEAST);
	r.err |= out->done > RC_BAD || (out->done != RC_OK && (out->body > 0 || out->links > 0 || out->n_headers > 0));
	h = pool_alloc(pool, out->n_headers * sizeof(*h));
	for (size_t i = 0; i < out->n_headers; i++) {
		h[i].name = wire_io_get_str(&r);
		h[i].value = wire_io_get_str(&r);
		r.err |= !may_change(h[i].name) || !stays_in_field(h[i].value);
	}
	out->headers = h;
	return wire_io_end(&r);
}

void
wire_put_preview_job(struct buf *b, uint32_t picture)
{
	wire_io_u32(b, picture);
}

enum rc
wire_get_preview_job(struct str in, uint32_t *picture)
{
	struct rd r = { .in = in };

	*picture = rd_u32(&r);
	return wire_io_end(&r);
}

void
wire_put_previewed(struct buf *b, enum rc done)
{
	wire_io_u8(b, done);
}

enum rc
wire_get_previewed(struct str in, enum rc *done)
{
	struct rd r = { .in = in };

	*done = (enum rc)rd_u8(&r);
	r.err |= *done > RC_BAD;
	return wire_io_end(&r);
}

void
wire_put_info(struct buf *b, const struct engine_info *e, struct str missing)
{
	wire_io_u64(b, e->clamav_signatures);
	wire_io_u8(b, e->clamav_official);
	wire_io_u64(b, e->yara_rules);
	wire_io_u64(b, e->yara_files);
	wire_io_u64(b, e->yara_refused);
	wire_io_str(b, e->clamav_version);
	wire_io_str(b, e->clamav_databases);
	wire_io_str(b, e->yara_version);
	wire_io_str(b, e->fingerprint);
	wire_io_str(b, missing);
}

enum rc
wire_get_info(struct pool *pool, struct str in, struct wire_info *out)
{
	struct rd r = wire_io_reader(pool, in);
	struct engine_info *e = &out->engine;

	*out = (struct wire_info){ .missing = STR_NONE };
	e->clamav_signatures = rd_u64(&r);
	e->clamav_official = wire_io_get_bool(&r);
	e->yara_rules = rd_u64(&r);
	e->yara_files = rd_u64(&r);
	e->yara_refused = rd_u64(&r);
	e->clamav_version = wire_io_get_str(&r);
	e->clamav_databases = wire_io_get_str(&r);
	e->yara_version = wire_io_get_str(&r);
	e->fingerprint = wire_io_get_str(&r);
	out->missing = wire_io_get_str(&r);
	return wire_io_end(&r);
}

void
wire_put_stats(struct buf *b, const struct yara_rule_stat *s, size_t n)
{
	wire_io_u32(b, n);
	for (size_t i = 0; i < n; i++) {
		wire_io_str(b, s[i].rule);
		wire_io_str(b, s[i].file);
		wire_io_str(b, s[i].description);
		wire_io_u32(b, s[i].class);
		wire_io_u32(b, (uint32_t)s[i].score);
		wire_io_u64(b, s[i].hits);
		wire_io_u64(b, s[i].us);
	}
}

enum rc
wire_get_stats(struct pool *pool, struct str in, const struct yara_rule_stat **out, size_t *n)
{
	struct rd r = wire_io_reader(pool, in);
	struct yara_rule_stat *s;

	*n = wire_io_count(&r, WIRE_RULES, STAT_LEAST);
	s = pool_alloc(pool, *n * sizeof(*s));
	for (size_t i = 0; i < *n && !r.err; i++) {
		s[i].rule = wire_io_get_str(&r);
		s[i].file = wire_io_get_str(&r);
		s[i].description = wire_io_get_str(&r);
		s[i].class = (enum class)wire_io_get_below(&r, CLASS_N);
		s[i].score = (int32_t)rd_u32(&r);
		r.err |= s[i].score > WIRE_SCORE || s[i].score < -WIRE_SCORE;
		s[i].hits = rd_u64(&r);
		s[i].us = rd_u64(&r);
	}
	*out = s;
	return wire_io_end(&r);
}
