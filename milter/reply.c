/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/reply.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"

struct row {
	sfsistat status;
	const char *code, *enhanced;	/* NULL: no text of ours */
	const char *text;		/* %v: the verdict, %i: the reference */
};

static const struct row answers[INTERCEPT_N] = {
	[INTERCEPT_ACCEPT] = { SMFIS_CONTINUE, NULL, NULL, NULL },
	[INTERCEPT_TAG] = { SMFIS_CONTINUE, NULL, NULL, NULL },
	[INTERCEPT_QUARANTINE] = { SMFIS_CONTINUE, NULL, NULL, NULL },	/* after smfi_quarantine */
	[INTERCEPT_HOLD] = { SMFIS_CONTINUE, NULL, NULL, NULL },	/* after smfi_quarantine */
	[INTERCEPT_TEMPFAIL] = { SMFIS_TEMPFAIL, "451", "4.7.1", "Message deferred by policy, reference %i" },
	[INTERCEPT_REJECT] = { SMFIS_REJECT, "550", "5.7.1", "Message refused by policy (%v), reference %i" },
	[INTERCEPT_DISCARD] = { SMFIS_DISCARD, NULL, NULL, NULL },
};

/* Nothing could be learned of the message: the same status, but not as policy's opinion. */
static const struct row not_scanned = {
	SMFIS_TEMPFAIL, "451", "4.7.1", "Message could not be checked, try again later, reference %i"
};

static const struct row refusals[REFUSAL_N] = {
	[REFUSAL_SESSIONS] = { SMFIS_TEMPFAIL, "421", "4.3.2", "Too many connections, try again later" },
	[REFUSAL_RECIPIENTS] = { SMFIS_TEMPFAIL, "452", "4.5.3", "Too many recipients" },
	[REFUSAL_EDIT] = { SMFIS_TEMPFAIL, "451", "4.7.1", "Message could not be changed, try again later" },
};

struct text {
	char p[REPLY_TEXT];
	size_t n;
};

static void
put(struct text *t, const char *s)
{
	for (; *s && t->n + 3 < sizeof(t->p); s++) {
		t->p[t->n++] = ascii_is_print((unsigned char)*s) ? *s : '?';
		if (*s == '%')
			t->p[t->n++] = '%';
	}
	t->p[t->n] = '\0';
}

static void
expand(struct text *t, const char *text, const char *verdict, const char *id)
{
	char one[2] = { 0, 0 };

	t->n = 0;
	for (; *text; text++) {
		one[0] = *text;
		if (strncmp(text, "%v", 2) == 0 || strncmp(text, "%i", 2) == 0)
			put(t, *++text == 'v' ? verdict : id);
		else
			put(t, one);
	}
}

static sfsistat
answer(SMFICTX *ctx, const struct row *row, const char *verdict, const char *id)
{
	struct text t;

	if (!row->code)
		return row->status;
	expand(&t, row->text, verdict, id);
	smfi_setreply(ctx, (char *)(uintptr_t)row->code, (char *)(uintptr_t)row->enhanced, t.p);
	return row->status;
}

/* The answer in the words of the finding that decided: "550 5.1.1 ...". What is quoted may hold
 * anything that text of ours gives a meaning, so it is added behind. */
static sfsistat
answer_finding(SMFICTX *ctx, const struct row *row, const struct outcome *o, const char *id)
{
	const struct finding_reply *reply = &o->decider->reply;
	char code[4], enhanced[8], text[REPLY_TEXT];
	struct row own = { row->status, code, enhanced, text };

	snprintf(code, sizeof(code), "%c%s", row->code[0], reply->code);
	snprintf(enhanced, sizeof(enhanced), "%c.%s", row->code[0], reply->detail);
	snprintf(text, sizeof(text), o->quote.n ? "%s, reference %%i; %%v" : "%s, reference %%i", reply->text);
	return answer(ctx, &own, o->quote.n ? o->quote.p : "", id);
}

sfsistat
reply_message(SMFICTX *ctx, const struct outcome *o, const char *id)
{
	const struct row *row = &answers[o->act.intercept];

	if (o->failed && o->act.intercept == INTERCEPT_TEMPFAIL)
		return answer(ctx, &not_scanned, "", id);
	if (row->code && o->decider && o->decider->reply.code)
		return answer_finding(ctx, row, o, id);
	return answer(ctx, &answers[o->act.intercept], outcome_verdict(o), id);
}

sfsistat
reply_phase(SMFICTX *ctx, const struct outcome *o, const char *id)
{
	if (o->act.intercept < INTERCEPT_TEMPFAIL)
		return SMFIS_CONTINUE;
	return reply_message(ctx, o, id);
}

sfsistat
reply_refusal(SMFICTX *ctx, enum refusal why, bool can_text)
{
	if (!can_text)
		return refusals[why].status;
	return answer(ctx, &refusals[why], "", "");
}
