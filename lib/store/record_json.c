/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/record_json.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/jtext.h"

/* Columns that are texts: written, and read back, by one table. */
static const struct column {
	const char *name;
	size_t offset;
} texts[] = {
	{ "id", offsetof(struct record, id) },
	{ "node", offsetof(struct record, node) },
	{ "queue_id", offsetof(struct record, queue_id) },
	{ "message_id", offsetof(struct record, message_id) },
	{ "mail_from", offsetof(struct record, mail_from) },
	{ "from", offsetof(struct record, from) },
	{ "subject", offsetof(struct record, subject) },
	{ "client", offsetof(struct record, client) },
	{ "verdict", offsetof(struct record, verdict) },
	{ "findings", offsetof(struct record, findings) },
	{ "group", offsetof(struct record, group) },
	{ "body", offsetof(struct record, body) },
	{ "doc", offsetof(struct record, doc) },
}, event_texts[] = {
	{ "id", offsetof(struct record_event, id) },
	{ "kind", offsetof(struct record_event, kind) },
	{ "who", offsetof(struct record_event, who) },
	{ "rcpt", offsetof(struct record_event, rcpt) },
	{ "detail", offsetof(struct record_event, detail) },
};
enum { PRINT_DIGITS = 16 };
enum { TEXTS = sizeof(texts) / sizeof(texts[0]), EVENT_TEXTS = sizeof(event_texts) / sizeof(event_texts[0]) };

static void
put_texts(struct json_object *o, const struct column *c, size_t n, const void *from)
{
	for (size_t i = 0; i < n; i++)
		jtext_add_str(o, c[i].name, *(const struct str *)((const char *)from + c[i].offset));
}

static struct json_object *
rcpts(const struct record *r)
{
	struct json_object *list = jtext_array(r->n_rcpts);

	for (size_t i = 0; i < r->n_rcpts; i++) {
		const struct record_rcpt *to = &r->rcpts[i];
		struct json_object *o = jtext_object();

		jtext_add_str(o, "address", to->address);
		jtext_add_str(o, "policy", to->policy);
		jtext_add_num(o, "outcome", to->outcome);
		jtext_add_num(o, "state", to->state);
		jtext_add_num(o, "kind", to->kind);
		jtext_add_num(o, "expires_ms", to->expires_ms);
		jtext_add_num(o, "changed_ms", to->changed_ms);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *
observables(const struct record *r)
{
	struct json_object *list = jtext_array(r->n_obs);

	for (size_t i = 0; i < r->n_obs; i++) {
		struct json_object *o = jtext_object();

		jtext_add_str(o, "kind", str_of(observable_name(r->obs[i].kind)));
		jtext_add_str(o, "value", r->obs[i].value);
		json_object_array_add(list, o);
	}
	return list;
}

/* In hexadecimal, one behind the other. */
static void
add_prints(struct json_object *o, const struct record *r)
{
	struct buf text;

	buf_init(&text, r->n_prints * PRINT_DIGITS + 1);
	for (size_t i = 0; i < r->n_prints; i++)
		buf_printf(&text, "%016llx", (unsigned long long)r->prints[i]);
	jtext_add_str(o, "prints", buf_str(&text));
	buf_clear(&text);
}

static struct json_object *
record_object(const struct record *r)
{
	struct json_object *o = jtext_object();

	put_texts(o, texts, TEXTS, r);
	jtext_add_num(o, "time_ms", r->time_ms);
	jtext_add_num(o, "size", (int64_t)r->size);
	jtext_add_num(o, "score", r->score);
	jtext_add_num(o, "outcome", r->outcome);
	jtext_add_bool(o, "complete", r->complete);
	jtext_add(o, "rcpts", rcpts(r));
	if (r->n_obs)
		jtext_add(o, "observables", observables(r));
	if (r->n_prints)
		add_prints(o, r);
	return o;
}

static struct json_object *
event_object(const struct record_event *e)
{
	struct json_object *o = jtext_object();

	put_texts(o, event_texts, EVENT_TEXTS, e);
	jtext_add_num(o, "time_ms", e->time_ms);
	return o;
}

void
record_json_write(const struct records_item *it, struct buf *out)
{
	struct json_object *o = jtext_object();

	if (it->record)
		jtext_add(o, "record", record_object(it->record));
	else
		jtext_add(o, "event", event_object(it->event));
	jtext_write(o, out);
	buf_addc(out, '\n');
}

/* ---- reading ---- */

static struct str
text_of(struct json_object *o, const char *key, struct pool *pool)
{
	struct json_object *v = json_object_object_get(o, key);

	if (!json_object_is_type(v, json_type_string))
		return STR_NONE;
	return pool_str(pool, (struct str){ json_object_get_string(v), (size_t)json_object_get_string_len(v) });
}

static int64_t
num_of(struct json_object *o, const char *key)
{
	return json_object_get_int64(json_object_object_get(o, key));
}

static void
get_texts(struct json_object *o, const struct column *c, size_t n, struct pool *pool, void *to)
{
	for (size_t i = 0; i < n; i++)
		*(struct str *)((char *)to + c[i].offset) = text_of(o, c[i].name, pool);
}

static size_t
length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

static void
get_rcpts(struct json_object *list, struct pool *pool, struct record *r)
{
	size_t n = length(list);
	struct record_rcpt *to = pool_alloc(pool, (n + 1) * sizeof(*to));

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		int64_t state = num_of(o, "state"), kind = num_of(o, "kind");

		to[i] = (struct record_rcpt){ .address = text_of(o, "address", pool), .policy = text_of(o, "policy", pool),
		    .outcome = (int)num_of(o, "outcome"), .expires_ms = num_of(o, "expires_ms"),
		    .changed_ms = num_of(o, "changed_ms") };
		to[i].state = state >= 0 && state < ENTRY_STATES ? (enum entry_state)state : ENTRY_NONE;
		to[i].kind = kind >= 0 && kind < QUARANTINE_KINDS ? (enum quarantine_kind)kind : QUARANTINE_POLICY;
	}
	r->rcpts = to;
	r->n_rcpts = n;
}

static void
get_observables(struct json_object *list, struct pool *pool, struct record *r)
{
	size_t n = length(list), kept = 0;
	struct observable *obs = pool_alloc(pool, (n + 1) * sizeof(*obs));

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		if (!observable_parse(text_of(o, "kind", pool), &obs[kept].kind))
			continue;	/* of a newer version */
		obs[kept++].value = text_of(o, "value", pool);
	}
	r->obs = obs;
	r->n_obs = kept;
}

static bool
get_prints(struct str text, struct pool *pool, struct record *r)
{
	size_t n = text.n / PRINT_DIGITS;
	int64_t *print = pool_alloc(pool, n * sizeof(*print) + 1);

	for (size_t i = 0; i < n * PRINT_DIGITS; i++) {
		int digit = ascii_hex((unsigned char)text.p[i]);
		uint64_t so_far = i % PRINT_DIGITS ? (uint64_t)print[i / PRINT_DIGITS] : 0;

		if (digit < 0)
			return false;
		print[i / PRINT_DIGITS] = (int64_t)(so_far << 4 | (uint64_t)digit);
	}
	r->prints = print;
	r->n_prints = n;
	return text.n % PRINT_DIGITS == 0;
}

static bool
get_record(struct json_object *o, struct pool *pool, struct record *r)
{
	get_texts(o, texts, TEXTS, pool, r);
	r->time_ms = num_of(o, "time_ms");
	r->size = (uint64_t)num_of(o, "size");
	r->score = num_of(o, "score");
	r->outcome = (int)num_of(o, "outcome");
	r->complete = json_object_get_boolean(json_object_object_get(o, "complete"));
	get_rcpts(json_object_object_get(o, "rcpts"), pool, r);
	get_observables(json_object_object_get(o, "observables"), pool, r);
	return record_id_time(r->id, &(int64_t){ 0 }) && get_prints(text_of(o, "prints", pool), pool, r);
}

static bool
get_event(struct json_object *o, struct pool *pool, struct record_event *e)
{
	get_texts(o, event_texts, EVENT_TEXTS, pool, e);
	e->time_ms = num_of(o, "time_ms");
	return record_id_time(e->id, &(int64_t){ 0 }) && e->kind.n > 0;
}

static bool
get_item(struct json_object *o, struct pool *pool, struct records_item *out)
{
	struct json_object *record = json_object_object_get(o, "record"), *event = json_object_object_get(o, "event");
	struct record *r = pool_alloc(pool, sizeof(*r));
	struct record_event *e = pool_alloc(pool, sizeof(*e));

	if (json_object_is_type(record, json_type_object) && get_record(record, pool, r))
		out->record = r;
	else if (json_object_is_type(event, json_type_object) && get_event(event, pool, e))
		out->event = e;
	return out->record || out->event;
}

enum rc
record_json_read(struct pool *pool, struct str line, struct records_item *out)
{
	struct json_tokener *t = json_tokener_new();
	struct json_object *o;
	bool good;

	*out = (struct records_item){ .rc = RC_TEMP };
	if (!t)
		abort();
	o = json_tokener_parse_ex(t, line.p, (int)line.n);
	good = json_object_is_type(o, json_type_object) && get_item(o, pool, out);
	json_object_put(o);
	json_tokener_free(t);
	return good ? RC_OK : RC_BAD;
}
