/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/resfields.h"

#include "auth/authfield.h"

struct resfields_name {
	struct str name;
	int count;
};

struct resfields_forged {
	struct str name;
	int index;
};

void
resfields_init(struct resfields *f, struct pool *pool, const struct limits *lim, const struct auth_conf *conf,
    const struct session *session)
{
	struct ip client;

	*f = (struct resfields){ .pool = pool, .lim = lim, .conf = conf,
	    .id = auth_serv_id(conf, session->mta_name) };
	if (ip_parse(session->client_addr, &client) && networks_have(&conf->trusted_networks, &client))
		f->relay = true;
}

static int
count_name(struct resfields *f, struct str name)
{
	struct resfields_name *seen = f->names.items;

	for (size_t i = 0; i < f->names.n; i++)
		if (str_eq_nocase(seen[i].name, name))
			return ++seen[i].count;
	seen = vec_push(f->pool, &f->names, sizeof(*seen));
	*seen = (struct resfields_name){ pool_str(f->pool, name), 1 };
	return 1;
}

static bool
is_of(const struct resfields *f, struct str value, const struct opt_list *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		if (authres_is_of(f->pool, f->lim, value, ids->item[i]))
			return true;
	return false;
}

enum claim { NOBODYS, BELIEVED, FORGED };

/* RFC 8601 5: a field is where who wrote it must have been. A milter before us writes above all
 * Received fields. A mail server of our own puts its Received field above or below its results, so
 * what stands above the second one was written there, when it is the client. */
static enum claim
claim_of(const struct resfields *f, struct str value)
{
	bool milter = is_of(f, value, &f->conf->milter_ids), server = is_of(f, value, &f->conf->trusted_ids);

	if ((milter && f->received == 0) || (server && f->relay && f->received <= 1))
		return BELIEVED;
	return milter || server || authres_is_of(f->pool, f->lim, value, f->id) ? FORGED : NOBODYS;
}

static void
take_results(struct resfields *f, struct str name, struct str value)
{
	struct resfields_forged *forged;
	enum claim claim;
	int index = count_name(f, name);

	if (f->n++ >= RESFIELDS) {
		f->cut = true;
		return;
	}
	claim = claim_of(f, value);
	if (claim == BELIEVED && !f->trusted.p)
		f->trusted = pool_str(f->pool, value);
	/* Ours is written anew, also when it was believed. */
	if (claim == NOBODYS || (claim == BELIEVED && !authres_is_of(f->pool, f->lim, value, f->id)))
		return;
	forged = vec_push(f->pool, &f->forged, sizeof(*forged));
	*forged = (struct resfields_forged){ pool_str(f->pool, name), index };
}

void
resfields_seen(struct resfields *f, struct str name, struct str value)
{
	/* Old syntax allows space before the colon (RFC 5322 4.5); MTAs differ in who cuts it. */
	struct str bare = str_trim(name);

	if (str_eq_nocase(bare, STR("Received")))
		f->received++;
	else if (str_eq_nocase(bare, STR("Authentication-Results")))
		take_results(f, name, value);
}

bool
resfields_believe(const struct resfields *f, const struct session *session, struct auth_facts *facts)
{
	struct authres a;

	if (!f->trusted.p)
		return false;
	authres_parse(f->pool, f->trusted, &a);
	if (!authfield_read(f->pool, &a, facts))
		return false;
	/* RFC 7208 2.4: the null sender is judged by the HELO name. */
	if (session->mail_from.n == 0 && facts->spf_mail.result == AUTH_UNKNOWN)
		facts->spf_mail = facts->spf_helo;
	return true;
}

static void
plan(const struct resfields *f, struct vec *out, struct field_edit e)
{
	*(struct field_edit *)vec_push(f->pool, out, sizeof(e)) = e;
}

void
resfields_plan(const struct resfields *f, const struct session *session, const struct auth_facts *facts,
    const struct outcome *o, struct vec *out)
{
	const struct resfields_forged *forged = f->forged.items;

	if (o->act.intercept >= INTERCEPT_TEMPFAIL || (o->observe && !f->conf->observe))
		return;
	for (size_t i = f->forged.n; i > 0; i--)
		plan(f, out, (struct field_edit){ .op = FIELD_DELETE, .name = forged[i - 1].name,
		    .index = forged[i - 1].index });
	if (f->conf->results && f->id.n)
		plan(f, out, (struct field_edit){ .op = FIELD_INSERT, .name = STR("Authentication-Results"),
		    .value = authfield_write(f->pool, facts, session, f->id, f->conf->show_login) });
}
