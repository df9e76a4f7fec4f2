/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The explanation of a message as it is kept: what `explain` shows, years later. */
#include <string.h>

#include "base/ascii.h"
#include "base/jtext.h"
#include "gate/ledger_in.h"

static struct json_object *
recipients(const struct record *r, const struct ledger_names *names)
{
	struct json_object *list = jtext_array(r->n_rcpts);

	for (size_t i = 0; i < r->n_rcpts; i++) {
		const struct record_rcpt *to = &r->rcpts[i];
		struct json_object *o = jtext_object();

		jtext_add_str(o, "address", names->rcpts[i]);
		if (to->policy.n)
			jtext_add_str(o, "policy", to->policy);
		jtext_add_str(o, "outcome", str_of(intercept_name((enum intercept)to->outcome)));
		if (to->state != ENTRY_NONE)
			jtext_add_str(o, "quarantine", str_of(quarantine_name(to->kind)));
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *
engines(struct str text)
{
	struct json_object *o = text.n ? json_tokener_parse(text.p) : NULL;

	return o ? o : jtext_object();
}

enum { ALIAS = 17 };

/* ---- addresses in what was said of the message ---- */

static bool
ends_address(char c)
{
	return (unsigned char)c <= ' ' || str_chr(STR(",;:<>()[]{}='\"|"), c) != STR_NPOS;
}

/* An address, and not by its alias: "h" and 16 hexadecimal digits. */
static bool
is_plain(struct str word)
{
	size_t at = str_rchr(word, '@');

	if (at == STR_NPOS)
		return false;
	for (size_t i = 1; i < at; i++)
		if (ascii_hex((unsigned char)word.p[i]) < 0)
			return true;
	return at != ALIAS || word.p[0] != 'h';
}

/* "from=a@example.org": what looks like an address stands there as addresses do. */
static struct str
hide(const struct ledger_stores *l, const struct ledger_in *in, struct str text)
{
	const struct ledger_conf *c = conf_values(in->conf, &ledger_table);
	struct str done;
	struct buf out;
	size_t at = 0;

	if (str_chr(text, '@') == STR_NPOS)
		return text;
	buf_init(&out, LEDGER_DOC);
	while (at < text.n) {
		size_t from = at;
		struct str word;

		while (at < text.n && !ends_address(text.p[at]))
			at++;
		word = str_sub(text, from, at - from);
		buf_add(&out, is_plain(word) ? ledger_address(l, c, in->pool, word) : word);
		if (at < text.n)
			buf_addc(&out, text.p[at++]);
	}
	done = pool_str(in->pool, buf_str(&out));
	buf_clear(&out);
	return done;
}

/* Everything that checks and policy said, and what was known of the session. Not what ledger.addresses leaves as it is:
 * names of files, links, the Message-ID; nor what stands there by its alias already. */
static bool
stays(const char *key)
{
	static const char *const keys[] = { "parts", "links", "message_id", "headers", "recipients", "engines" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

static void
push(struct pool *pool, struct vec *queue, struct json_object *o)
{
	*(struct json_object **)vec_push(pool, queue, sizeof(o)) = o;
}

static void
hide_all(const struct ledger_stores *l, const struct ledger_in *in, struct json_object *root)
{
	struct vec queue = { .n = 0 };

	push(in->pool, &queue, root);
	for (size_t i = 0; i < queue.n; i++) {
		struct json_object *o = ((struct json_object **)queue.items)[i];

		if (json_object_is_type(o, json_type_string)) {
			struct str s = { json_object_get_string(o), (size_t)json_object_get_string_len(o) };

			s = hide(l, in, s);
			json_object_set_string_len(o, s.p, (int)s.n);
		} else if (json_object_is_type(o, json_type_array)) {
			for (size_t k = 0; k < json_object_array_length(o); k++)
				push(in->pool, &queue, json_object_array_get_idx(o, k));
		} else if (json_object_is_type(o, json_type_object)) {
			json_object_object_foreach(o, key, value)
				if (!stays(key))
					push(in->pool, &queue, value);
		}
	}
}

struct str
ledger_doc(const struct ledger_stores *l, const struct ledger_in *in, const struct ledger_names *names,
    const struct record *r)
{
	const struct ledger_conf *c = conf_values(in->conf, &ledger_table);
	struct session session = *in->where.session;
	struct result_where where = in->where;
	struct result shown = *in->result;
	struct json_object *o;
	struct buf text;
	struct str doc;

	session.mail_from = names->mail_from;
	where.session = &session;
	where.standing = in->standing;
	shown.report.from = names->from;
	shown.report.reply_to = names->reply_to;
	shown.report.subject = names->subject;
	o = result_object(&(struct result_json){ .result = &shown, .us = (int64_t)in->result->ms * 1000, .explain = true,
	    .brief = true, .where = &where });
	if (c->addresses == LEDGER_HASHED)
		hide_all(l, in, o);
	jtext_add_str(o, "record", r->id);
	jtext_add_str(o, "node", r->node);
	jtext_add_str(o, "message_id", r->message_id);
	jtext_add_num(o, "size", (int64_t)r->size);
	json_object_object_del(o, "recipients");	/* there they are called by their true names */
	jtext_add(o, "recipients", recipients(r, names));
	jtext_add(o, "engines", engines(in->engines));
	buf_init(&text, LEDGER_DOC);
	jtext_write(o, &text);
	doc = text.full ? STR("{}") : pool_str(in->pool, buf_str(&text));
	buf_clear(&text);
	return doc;
}
