/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/reply.h"

#include <stdio.h>

#include "policy/reply.h"

static const sfsistat statuses[INTERCEPT_N] = {
	[INTERCEPT_ACCEPT] = SMFIS_CONTINUE,
	[INTERCEPT_TAG] = SMFIS_CONTINUE,
	[INTERCEPT_QUARANTINE] = SMFIS_CONTINUE,	/* after smfi_quarantine */
	[INTERCEPT_HOLD] = SMFIS_CONTINUE,		/* after smfi_quarantine */
	[INTERCEPT_TEMPFAIL] = SMFIS_TEMPFAIL,
	[INTERCEPT_REJECT] = SMFIS_REJECT,
	[INTERCEPT_DISCARD] = SMFIS_DISCARD,
};

static const struct reply refusals[REFUSAL_N] = {
	[REFUSAL_SESSIONS] = { "421", "4.3.2", "Too many connections, try again later" },
	[REFUSAL_RECIPIENTS] = { "452", "4.5.3", "Too many recipients" },
	[REFUSAL_EDIT] = { "451", "4.7.1", "Message could not be changed, try again later" },
	[REFUSAL_STORE] = { "451", "4.3.1", "Message could not be stored, try again later" },
};

static void
set_reply(SMFICTX *ctx, const struct reply *r)
{
	char text[2 * REPLY_TEXT], code[4], enhanced[8];
	size_t n = 0;

	for (const char *s = r->text; *s; s++) {
		text[n++] = *s;
		if (*s == '%')
			text[n++] = '%';
	}
	text[n] = '\0';
	snprintf(code, sizeof(code), "%s", r->code);
	snprintf(enhanced, sizeof(enhanced), "%s", r->enhanced);
	smfi_setreply(ctx, code, enhanced, text);
}

sfsistat
reply_message(SMFICTX *ctx, const struct outcome *o, const char *id)
{
	struct reply words;

	if (reply_words(o, str_of(id), &words))
		set_reply(ctx, &words);
	return statuses[o->act.intercept];
}

sfsistat
reply_phase(SMFICTX *ctx, const struct outcome *o, const char *id)
{
	if (o->act.intercept < INTERCEPT_TEMPFAIL)
		return SMFIS_CONTINUE;
	return reply_message(ctx, o, id);
}

sfsistat
reply_refusal(SMFICTX *ctx, enum refusal why)
{
	set_reply(ctx, &refusals[why]);
	return SMFIS_TEMPFAIL;
}
