/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What a message can be found by later. */
#include "base/hash.h"
#include "gate/ledger_in.h"

static void
add(const struct ledger_in *in, struct vec *out, enum observable_kind kind, struct str value)
{
	struct observable *o;

	if (value.n == 0 || out->n >= LEDGER_OBSERVABLES)
		return;
	o = vec_push(in->pool, out, sizeof(*o));
	*o = (struct observable){ kind, value };
}

static struct str
domain_of(struct str address)
{
	size_t at = str_rchr(address, '@');

	return at == STR_NPOS ? STR_NONE : str_from(address, at + 1);
}

static void
add_address(const struct ledger_in *in, struct vec *out, enum observable_kind whole, enum observable_kind domain,
    struct str address)
{
	add(in, out, whole, address);
	add(in, out, domain, domain_of(address));
}

static void
add_part(const struct ledger_in *in, struct vec *out, const struct report_part *p)
{
	char *hex;

	add(in, out, OBS_NAME, p->name);
	if (!p->hashed)
		return;
	hex = pool_alloc(in->pool, HASH_SHA256_HEX + 1);
	hash_hex(p->sha256, hex);
	add(in, out, OBS_SHA256, str_of(hex));
}

static void
add_link(const struct ledger_in *in, struct vec *out, const struct link *l)
{
	add(in, out, OBS_URL, l->url);
	add(in, out, OBS_HOST, l->host);
	if (!str_eq(l->outer, l->url))
		add(in, out, OBS_URL, l->outer);
}

void
ledger_observables(const struct ledger_in *in, const struct ledger_names *names, const struct record *r, struct vec *out)
{
	const struct report *report = &in->result->report;

	add(in, out, OBS_QUEUE_ID, r->queue_id);
	add(in, out, OBS_MESSAGE_ID, r->message_id);
	add(in, out, OBS_CLIENT, r->client);
	add_address(in, out, OBS_SENDER, OBS_SENDER_DOMAIN, names->mail_from);
	add_address(in, out, OBS_FROM, OBS_FROM_DOMAIN, names->from);
	for (size_t i = 0; i < names->n_rcpts; i++)
		add_address(in, out, OBS_RCPT, OBS_RCPT_DOMAIN, names->rcpts[i]);
	if (names->subject.n)
		observable_subject(in->pool, names->subject, out);
	for (size_t i = 0; i < report->findings.n; i++) {
		const struct finding *f = report_finding(report, i);
		struct str rule = ledger_rule(f);

		add(in, out, OBS_FINDING, str_of(f->def->name));
		add(in, out, OBS_EVIDENCE, f->evidence);
		if (!str_eq(rule, f->evidence))
			add(in, out, OBS_EVIDENCE, rule);
	}
	for (size_t i = 0; i < report->parts.n; i++)
		add_part(in, out, report_part_at(report, i));
	for (size_t i = 0; i < report->links.n; i++)
		add_link(in, out, report_link_at(report, i));
}
