/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "worker/facts.h"

#include "message/addr.h"
#include "message/header.h"
#include "message/received.h"

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

static void
take_domain(struct report *r, struct str domain)
{
	domain = cut(pool_lower(r->pool, domain));
	if (r->author_domains == 0) {
		r->from_domain = domain;
		r->author_domains = 1;
	} else if (!str_eq(domain, r->from_domain)) {
		r->author_domains = 2;
	}
}

/* The domain that a reader would take for the sender's: of the first mailbox with one. Are there
 * mailboxes of others, also in further From fields? */
static void
author_domains(const struct mime_part *top, struct report *r)
{
	for (size_t i = 0; i < top->n_fields; i++) {
		struct addr_list list;

		if (!str_eq_nocase(str_trim(top->fields[i].name), STR("From")))
			continue;
		list = addr_parse(r->pool, r->lim, top->fields[i].value, &r->defects);
		for (size_t j = 0; j < list.n; j++)
			if (list.item[j].domain.n)
				take_domain(r, list.item[j].domain);
	}
}

/* How the message came here, newest first. */
static void
hops_of(const struct mime_part *top, struct report *r)
{
	for (size_t i = 0; i < top->n_fields && r->hops.n < REPORT_HOPS; i++) {
		struct report_hop *hop;
		struct received rec;

		if (!str_eq_nocase(top->fields[i].name, STR("Received")))
			continue;
		received_parse(r->pool, r->lim, top->fields[i].value, &rec);
		hop = vec_push(r->pool, &r->hops, sizeof(*hop));
		*hop = (struct report_hop){ .from = rec.from, .local = rec.local, .tls = rec.tls, .told = rec.told,
		    .login = rec.login, .addr = rec.addr,
		    .name = str_upto(rec.name, REPORT_HOP_TEXT), .helo = str_upto(rec.helo, REPORT_HOP_TEXT),
		    .by = str_upto(rec.by, REPORT_HOP_TEXT) };
	}
}

void
facts_collect(const struct message *msg, struct report *r)
{
	const struct mime_part *top = &msg->parts[0];

	r->from = text_of(top, STR("From"), r);
	author_domains(top, r);
	r->reply_to = text_of(top, STR("Reply-To"), r);
	r->subject = text_of(top, STR("Subject"), r);
	r->message_id = text_of(top, STR("Message-ID"), r);
	r->date = text_of(top, STR("Date"), r);
	hops_of(top, r);
}
