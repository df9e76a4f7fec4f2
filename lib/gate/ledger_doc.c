/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The explanation of a message as it is kept: what `explain` shows, years later. */
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

struct str
ledger_doc(const struct ledger_in *in, const struct ledger_names *names, const struct record *r)
{
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
