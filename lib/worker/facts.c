/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/facts.h"

#include "message/addr.h"
#include "message/header.h"

/* At most FACTS_BYTES, never half a character. */
static struct str
cut(struct str s)
{
	size_t n = s.n;

	if (n <= FACTS_BYTES)
		return s;
	n = FACTS_BYTES;
	while (n > FACTS_BYTES - 4 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return str_upto(s, n);
}

static struct str
text_of(const struct mime_part *top, struct str name, struct report *r)
{
	const struct mime_field *f = mime_find(top, name);

	if (!f)
		return STR_NONE;
	return cut(str_trim(header_text(r->pool, r->lim, f->value, &r->defects)));
}

/* The domain that a reader would take for the sender's: of the first mailbox with one. */
static struct str
domain_of(const struct mime_part *top, struct report *r)
{
	const struct mime_field *f = mime_find(top, STR("From"));
	struct addr_list list;

	if (!f)
		return STR_NONE;
	list = addr_parse(r->pool, r->lim, f->value, &r->defects);
	for (size_t i = 0; i < list.n; i++)
		if (list.item[i].domain.n)
			return cut(pool_lower(r->pool, list.item[i].domain));
	return STR_NONE;
}

void
facts_collect(const struct message *msg, struct report *r)
{
	const struct mime_part *top = &msg->parts[0];

	r->from = text_of(top, STR("From"), r);
	r->from_domain = domain_of(top, r);
	r->reply_to = text_of(top, STR("Reply-To"), r);
	r->subject = text_of(top, STR("Subject"), r);
	r->message_id = text_of(top, STR("Message-ID"), r);
	r->date = text_of(top, STR("Date"), r);
}
