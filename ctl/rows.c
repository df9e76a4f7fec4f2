/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "rows.h"

#include "base/jtext.h"
#include "cells.h"
#include "policy/action.h"
#include "when.h"

/* Widths; sender and subject share what a terminal has beyond. Where there is none, nothing is cut. */
enum { ID = RECORD_ID, NUMBER = 3, OUTCOME = 10, VERDICT = 10, STATE = 9, KIND = 7, TIME = 19, LEAST = 24, GAP = 2 };

static void
column(struct buf *out, struct str text, size_t width)
{
	if (cells_screen() == CELLS_ENDLESS)
		cells_fill(out, text, width);
	else
		cells_put(out, text, width);
	buf_adds(out, "  ");
}

static void
last(struct buf *out, struct str text, size_t width)
{
	cells_last(out, text, cells_screen() == CELLS_ENDLESS ? SIZE_MAX : width);
	buf_addc(out, '\n');
}

static struct str
outcome_name(int outcome)
{
	return outcome >= 0 && outcome < INTERCEPT_N ? str_of(intercept_name((enum intercept)outcome)) : STR("?");
}

static size_t
rest(size_t taken, size_t columns)
{
	size_t screen = cells_screen();
	size_t left = screen > taken ? (screen - taken) / columns : 0;

	return left > LEAST ? left - GAP : LEAST;
}

static struct str
sender(struct str from)
{
	return from.n ? from : STR("<>");
}

enum { ROW_TAKEN = TIME + ID + OUTCOME + VERDICT + 4 * GAP, ENTRY_TAKEN = TIME + ID + 1 + NUMBER + STATE + KIND + 4 * GAP };

void
rows_head(struct buf *out)
{
	size_t width = rest(ROW_TAKEN, 2);

	column(out, STR("TIME"), TIME);
	column(out, STR("ID"), ID);
	column(out, STR("OUTCOME"), OUTCOME);
	column(out, STR("VERDICT"), VERDICT);
	column(out, STR("SENDER"), width);
	buf_adds(out, "SUBJECT\n");
}

void
rows_put(const struct record *r, struct buf *out)
{
	size_t width = rest(ROW_TAKEN, 2);

	when_put(out, r->time_ms);
	buf_adds(out, "  ");
	column(out, r->id, ID);
	column(out, outcome_name(r->outcome), OUTCOME);
	column(out, r->verdict, VERDICT);
	column(out, sender(r->mail_from), width);
	last(out, r->subject, width);
}

struct json_object *
rows_object(const struct record *r)
{
	struct json_object *o = jtext_object();

	jtext_add_str(o, "id", r->id);
	jtext_add_num(o, "time_ms", r->time_ms);
	jtext_add_str(o, "node", r->node);
	jtext_add_str(o, "queue_id", r->queue_id);
	jtext_add_str(o, "message_id", r->message_id);
	jtext_add_str(o, "sender", r->mail_from);
	jtext_add_str(o, "from", r->from);
	jtext_add_str(o, "subject", r->subject);
	jtext_add_str(o, "client", r->client);
	jtext_add_str(o, "group", r->group);
	jtext_add_str(o, "verdict", r->verdict);
	jtext_add_bool(o, "complete", r->complete);
	jtext_add_str(o, "outcome", outcome_name(r->outcome));
	jtext_add(o, "score", jtext_tenths(r->score));
	jtext_add_str(o, "findings", r->findings);
	jtext_add_num(o, "size", (int64_t)r->size);
	return o;
}

void
rows_entry_head(struct buf *out)
{
	size_t width = rest(ENTRY_TAKEN, 3);

	column(out, STR("TIME"), TIME);
	column(out, STR("ID"), ID + 1 + NUMBER);
	column(out, STR("STATE"), STATE);
	column(out, STR("KIND"), KIND);
	column(out, STR("RECIPIENT"), width);
	column(out, STR("SENDER"), width);
	buf_adds(out, "SUBJECT\n");
}

void
rows_entry_put(const struct entry *e, struct buf *out)
{
	size_t width = rest(ENTRY_TAKEN, 3), from;

	when_put(out, e->record.time_ms);
	buf_adds(out, "  ");
	from = out->n;
	buf_printf(out, "%.*s.%zu", STR_ARG(e->record.id), e->number);
	while (out->n - from < ID + 1 + NUMBER + GAP)
		buf_addc(out, ' ');
	column(out, str_of(entry_state_name(e->rcpt.state)), STATE);
	column(out, str_of(quarantine_name(e->rcpt.kind)), KIND);
	column(out, e->rcpt.address, width);
	column(out, sender(e->record.mail_from), width);
	last(out, e->record.subject, width);
}

struct json_object *
rows_entry_object(const struct entry *e)
{
	struct json_object *o = rows_object(&e->record);

	jtext_add_num(o, "number", (int64_t)e->number);
	jtext_add_str(o, "rcpt", e->rcpt.address);
	jtext_add_str(o, "state", str_of(entry_state_name(e->rcpt.state)));
	jtext_add_str(o, "quarantine", str_of(quarantine_name(e->rcpt.kind)));
	jtext_add_num(o, "expires_ms", e->rcpt.expires_ms);
	jtext_add_num(o, "changed_ms", e->rcpt.changed_ms);
	return o;
}
