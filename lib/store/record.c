/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/record.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { DIGIT_BITS = 5, RANDOM = RECORD_ID - RECORD_ID_TIME };

/* Without i, l, o and u: they are read wrongly over the telephone. */
static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

static const struct {
	const char *name, *help;
} states[] = {
#define ENTRY_STATE(id, name, help) { name, help },
#include "store/entry_state.list"
#undef ENTRY_STATE
}, quarantines[] = {
#define QUARANTINE(id, name, keep, users, help) { name, help },
#include "store/quarantine_kind.list"
#undef QUARANTINE
};

void
record_id_make(int64_t wall_ms, char out[RECORD_ID + 1])
{
	unsigned char noise[RANDOM];

	if (RAND_bytes(noise, sizeof(noise)) != 1)
		abort();
	for (int i = 0; i < RECORD_ID_TIME; i++)
		out[i] = digits[(uint64_t)wall_ms >> (DIGIT_BITS * (RECORD_ID_TIME - 1 - i)) & 31];
	for (int i = 0; i < RANDOM; i++)
		out[RECORD_ID_TIME + i] = digits[noise[i] & 31];
	out[RECORD_ID] = '\0';
}

bool
record_id_time(struct str id, int64_t *wall_ms)
{
	uint64_t time = 0;

	if (id.n != RECORD_ID)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		const char *at = memchr(digits, id.p[i], sizeof(digits) - 1);

		if (!at)
			return false;
		if (i < RECORD_ID_TIME)
			time = time << DIGIT_BITS | (uint64_t)(at - digits);
	}
	*wall_ms = (int64_t)time;
	return true;
}

static bool
is_plain(struct str s)
{
	return s.n <= RECORD_TEXT && str_chr(s, '\0') == STR_NPOS && utf8_is_valid(s);
}

struct str
record_text(struct pool *pool, struct str s)
{
	char *p;
	size_t n = 0;

	if (is_plain(s))
		return s;
	p = pool_alloc(pool, RECORD_TEXT + UTF8_MAX);
	for (size_t at = 0; at < s.n && n + UTF8_MAX <= RECORD_TEXT;) {
		uint32_t c = utf8_next(s, &at);

		n += utf8_put(p + n, c == UTF8_BAD || c == 0 ? UTF8_REPLACEMENT : c);
	}
	return (struct str){ p, n };
}

void
record_fit(struct pool *pool, struct record *r)
{
	struct str *const texts[] = { &r->node, &r->queue_id, &r->message_id, &r->mail_from, &r->from, &r->subject,
	    &r->client, &r->verdict, &r->findings, &r->group, &r->body };
	struct record_rcpt *fit = NULL;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = record_text(pool, *texts[i]);
	for (size_t i = 0; i < r->n_rcpts; i++) {
		if (!fit && is_plain(r->rcpts[i].address) && is_plain(r->rcpts[i].policy))
			continue;
		if (!fit) {
			fit = pool_alloc(pool, r->n_rcpts * sizeof(*fit));
			memcpy(fit, r->rcpts, r->n_rcpts * sizeof(*fit));
		}
		fit[i].address = record_text(pool, fit[i].address);
		fit[i].policy = record_text(pool, fit[i].policy);
	}
	r->rcpts = fit ? fit : r->rcpts;
}

void
record_event_fit(struct pool *pool, struct record_event *e)
{
	e->kind = record_text(pool, e->kind);
	e->who = record_text(pool, e->who);
	e->rcpt = record_text(pool, e->rcpt);
}

const char *entry_state_name(enum entry_state s) { return states[s].name; }
const char *entry_state_help(enum entry_state s) { return states[s].help; }
const char *quarantine_name(enum quarantine_kind k) { return quarantines[k].name; }
const char *quarantine_help(enum quarantine_kind k) { return quarantines[k].help; }

bool
entry_state_parse(struct str name, enum entry_state *out)
{
	for (size_t i = 0; i < ENTRY_STATES; i++) {
		if (!str_eq(name, str_of(states[i].name)))
			continue;
		*out = (enum entry_state)i;
		return true;
	}
	return false;
}

bool
quarantine_parse(struct str name, enum quarantine_kind *out)
{
	for (size_t i = 0; i < QUARANTINE_KINDS; i++) {
		if (!str_eq(name, str_of(quarantines[i].name)))
			continue;
		*out = (enum quarantine_kind)i;
		return true;
	}
	return false;
}

bool
record_keeps_body(const struct record *r, int64_t now_ms)
{
	for (size_t i = 0; i < r->n_rcpts; i++) {
		const struct record_rcpt *to = &r->rcpts[i];

		switch (to->state) {
		case ENTRY_HELD:
		case ENTRY_ORIGINAL:
		case ENTRY_RELEASING: return true;
		case ENTRY_RELEASED:
			if (to->expires_ms > now_ms)
				return true;
			break;
		case ENTRY_NONE:
		case ENTRY_DELETED:
		case ENTRY_EXPIRED:
		case ENTRY_STATES: break;
		}
	}
	return false;
}
