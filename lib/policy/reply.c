/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "policy/reply.h"

#include <stdio.h>

#include "base/ascii.h"

static void
put(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_addc(b, ascii_is_print((unsigned char)s.p[i]) ? s.p[i] : '?');
}

/* In the words of the finding that decided. What is quoted is a stranger's, so it comes last. */
static void
in_its_words(const struct outcome *o, struct str id, struct buf *text)
{
	put(text, str_of(o->decider->reply.text));
	buf_adds(text, ", reference ");
	put(text, id);
	if (o->quote.n) {
		buf_adds(text, "; ");
		put(text, o->quote);
	}
}

static void
in_ours(const struct outcome *o, struct str id, bool reject, struct buf *text)
{
	if (reject)
		buf_printf(text, "Message refused by policy (%s)", outcome_verdict(o));
	else if (o->failed)	/* nothing could be learned of it: not policy's opinion */
		buf_adds(text, "Message could not be checked, try again later");
	else
		buf_adds(text, "Message deferred by policy");
	buf_adds(text, ", reference ");
	put(text, id);
}

bool
reply_words(const struct outcome *o, struct str id, struct reply *out)
{
	const struct finding_reply *own = o->decider && !o->failed ? &o->decider->reply : NULL;
	bool reject = o->act.intercept == INTERCEPT_REJECT;
	struct buf text;

	if (!reject && o->act.intercept != INTERCEPT_TEMPFAIL)
		return false;
	if (own && !own->code)
		own = NULL;
	snprintf(out->code, sizeof(out->code), "%c%s", reject ? '5' : '4', own ? own->code : reject ? "50" : "51");
	snprintf(out->enhanced, sizeof(out->enhanced), "%c.%s", reject ? '5' : '4', own ? own->detail : "7.1");
	buf_init(&text, sizeof(out->text) - 1);
	if (own)
		in_its_words(o, id, &text);
	else
		in_ours(o, id, reject, &text);
	snprintf(out->text, sizeof(out->text), "%s", buf_cstr(&text));
	buf_clear(&text);
	return true;
}
