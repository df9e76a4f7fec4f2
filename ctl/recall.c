/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "recall.h"

#include "base/jtext.h"
#include "facts.h"
#include "notice.h"
#include "policy/action.h"
#include "tree.h"
#include "when.h"

static struct json_object *
recipients(const struct record *r, struct json_object *then)
{
	struct json_object *list = jtext_array(r->n_rcpts);

	for (size_t i = 0; i < r->n_rcpts; i++) {
		const struct record_rcpt *to = &r->rcpts[i];
		struct json_object *o = jtext_object();
		struct json_object *was = json_object_array_get_idx(then, i);

		jtext_add_num(o, "number", (int64_t)i + 1);
		/* As the ledger may tell it: the address of a row in the quarantine is the true one. */
		jtext_add_str(o, "address", was ? facts_str(was, "address") : to->address);
		if (to->policy.n)
			jtext_add_str(o, "policy", to->policy);
		if (to->outcome >= 0 && to->outcome < INTERCEPT_N)
			jtext_add_str(o, "outcome", str_of(intercept_name((enum intercept)to->outcome)));
		if (to->state != ENTRY_NONE) {
			jtext_add_str(o, "quarantine", str_of(quarantine_name(to->kind)));
			jtext_add_str(o, "state", str_of(entry_state_name(to->state)));
			jtext_add_num(o, "expires_ms", to->expires_ms);
		}
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *
events_of(const struct vec *events)
{
	const struct record_event *e = events->items;
	struct json_object *list = jtext_array(events->n);

	for (size_t i = 0; i < events->n; i++) {
		struct json_object *o = jtext_object();

		jtext_add_num(o, "time_ms", e[i].time_ms);
		jtext_add_str(o, "kind", e[i].kind);
		jtext_add_str(o, "who", e[i].who);
		jtext_add_str(o, "rcpt", e[i].rcpt);
		jtext_add_str(o, "detail", e[i].detail);
		json_object_array_add(list, o);
	}
	return list;
}

enum rc
recall_get(const struct memory *m, struct pool *pool, struct str id, struct json_object **out)
{
	struct vec events = { .n = 0 };
	struct json_object *o, *then = NULL;
	struct record r;
	enum rc rc = records_get(m->stores.records, pool, id, &r, &events);

	if (rc != RC_OK)
		return rc;
	o = facts_parse(r.doc);
	if (!o)
		o = jtext_object();
	if (json_object_object_get_ex(o, "recipients", &then))
		json_object_get(then);
	json_object_object_add(o, "recipients", recipients(&r, then));
	json_object_object_add(o, "events", events_of(&events));
	json_object_put(then);
	*out = o;
	return RC_OK;
}

static void
put_recipient(const struct json_object *o, struct buf *out)
{
	struct str state = facts_str(o, "state");

	if (facts_num(o, "number"))
		buf_printf(out, "%lld ", (long long)facts_num(o, "number"));
	facts_show(o, "address", out);
	buf_adds(out, ": ");
	facts_show(o, "outcome", out);
	if (facts_str(o, "policy").n) {
		buf_adds(out, " by policy ");
		facts_show(o, "policy", out);
	}
	if (state.n == 0)
		return;
	buf_adds(out, "; ");
	facts_show(o, "state", out);
	buf_adds(out, ", quarantine ");
	facts_show(o, "quarantine", out);
	if (!str_eq(state, str_of(entry_state_name(ENTRY_HELD))) && !str_eq(state, str_of(entry_state_name(ENTRY_ORIGINAL))))
		return;
	buf_adds(out, ", until ");
	when_put(out, facts_num(o, "expires_ms"));
}

static void
put_event(const struct json_object *o, struct buf *out)
{
	static const char *const more[] = { "who", "rcpt", "detail" };

	when_put(out, facts_num(o, "time_ms"));
	buf_adds(out, "  ");
	facts_show(o, "kind", out);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		if (facts_str(o, more[i]).n == 0)
			continue;
		buf_adds(out, i == 0 ? "  by " : "  ");
		facts_show(o, more[i], out);
	}
}

static void
put_all(const struct json_object *o, const char *key, const char *head,
    void (*put)(const struct json_object *, struct buf *), struct buf *out)
{
	struct pool *pool = pool_new(0);
	struct tree *root = tree_new(pool, str_of(head));
	struct buf label;

	buf_init(&label, RECALL_TEXT);
	for (size_t i = 0; i < facts_count(o, key); i++) {
		buf_reset(&label);
		put(facts_at(o, key, i), &label);
		tree_add(pool, root, buf_str(&label));
	}
	if (root->first)
		tree_format(root, out);
	buf_clear(&label);
	pool_free(&pool);
}

void
recall_format(const struct json_object *o, struct buf *out)
{
	put_all(o, "recipients", "recipients", put_recipient, out);
	put_all(o, "events", "since then", put_event, out);
}
