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

/* RFC 8601 5: a field is where who wrote it must have been. Mail servers of our own put a Received
 * field above or below theirs, so what stands above the second one was written there. */
void
resfields_init(struct resfields *f, struct pool *pool, const struct limits *lim, const struct auth_conf *conf,
    const struct session *session)
{
	struct ip client;

	*f = (struct resfields){ .pool = pool, .lim = lim, .conf = conf,
	    .id = auth_serv_id(conf, session->mta_name) };
	if (ip_parse(session->client_addr, &client) && networks_have(&conf->trusted_networks, &client))
		f->hops = 1;
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
is_trusted(const struct resfields *f, struct str value)
{
	struct authres a;

	authres_parse(f->pool, value, &a);
	for (size_t i = 0; !a.bad_id && i < f->conf->trusted_ids.n; i++)
		if (authres_same_id(a.id, f->conf->trusted_ids.item[i]))
			return true;
	return false;
}

static void
take_results(struct resfields *f, struct str name, struct str value)
{
	struct resfields_forged *forged;
	int index = count_name(f, name);

	if (f->n++ >= RESFIELDS) {
		f->cut = true;
		return;
	}
	if (f->conf->trusted_ids.n && !f->trusted.p && f->received <= f->hops && is_trusted(f, value))
		f->trusted = pool_str(f->pool, value);
	if (!authres_is_of(f->pool, f->lim, value, f->id))
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

	if (f->id.n == 0 || o->act.intercept >= INTERCEPT_TEMPFAIL || (o->observe && !f->conf->observe))
		return;
	for (size_t i = f->forged.n; i > 0; i--)
		plan(f, out, (struct field_edit){ .op = FIELD_DELETE, .name = forged[i - 1].name,
		    .index = forged[i - 1].index });
	if (f->conf->results)
		plan(f, out, (struct field_edit){ .op = FIELD_INSERT, .name = STR("Authentication-Results"),
		    .value = authfield_write(f->pool, facts, session, f->id, f->conf->show_login) });
}
