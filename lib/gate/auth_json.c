/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/auth_json.h"

#include "base/jtext.h"

static const char *const policies[] = {
	[AUTH_POLICY_NONE] = "none", [AUTH_POLICY_QUARANTINE] = "quarantine", [AUTH_POLICY_REJECT] = "reject",
};

/* An object under `key`, unless the method was not looked at. */
static struct json_object *
method(struct json_object *o, const char *key, enum auth_result result)
{
	struct json_object *m;

	if (result == AUTH_UNKNOWN)
		return NULL;
	m = jtext_object();
	jtext_add_str(m, "result", str_of(auth_result_name(result)));
	jtext_add(o, key, m);
	return m;
}

static void
add_some(struct json_object *o, const char *key, struct str value)
{
	if (value.n)
		jtext_add_str(o, key, value);
}

static void
put_spf(struct json_object *o, const char *key, const struct auth_spf *spf)
{
	struct json_object *m = method(o, key, spf->result);

	if (!m)
		return;
	jtext_add_str(m, "domain", spf->domain);
	add_some(m, "why", spf->why);
}

static void
put_dkim(struct json_object *o, const struct auth_facts *f)
{
	struct json_object *list;

	if (!f->dkim_done && f->n_dkim == 0)
		return;
	list = jtext_array(f->n_dkim);
	for (size_t i = 0; i < f->n_dkim; i++) {
		const struct auth_dkim *d = &f->dkim[i];
		struct json_object *s = jtext_object();

		jtext_add_str(s, "result", str_of(auth_result_name(d->result)));
		jtext_add_str(s, "domain", d->domain);
		jtext_add_str(s, "selector", d->selector);
		add_some(s, "algorithm", d->algorithm);
		if (d->bits)
			jtext_add_num(s, "bits", d->bits);
		add_some(s, "why", d->why);
		json_object_array_add(list, s);
	}
	jtext_add(o, "dkim", list);
}

static void
put_dmarc(struct json_object *o, const struct auth_dmarc *d)
{
	struct json_object *m = method(o, "dmarc", d->result);

	if (!m)
		return;
	jtext_add_str(m, "domain", d->domain);
	add_some(m, "org", d->org);
	jtext_add_str(m, "policy", str_of(policies[d->policy]));
	jtext_add_str(m, "wanted", str_of(policies[d->wanted]));
	jtext_add_bool(m, "spf_aligned", d->spf_aligned);
	jtext_add_bool(m, "dkim_aligned", d->dkim_aligned);
	add_some(m, "override", d->override);
	add_some(m, "why", d->why);
}

static void
put_arc(struct json_object *o, const struct auth_arc *a)
{
	struct json_object *m = method(o, "arc", a->result);

	if (!m)
		return;
	jtext_add_num(m, "sets", a->sets);
	add_some(m, "domain", a->domain);
	jtext_add_bool(m, "trusted", a->trusted);
	add_some(m, "why", a->why);
}

struct json_object *
auth_json(const struct auth_facts *f)
{
	struct json_object *o = jtext_object(), *m;

	m = method(o, "iprev", f->iprev.result);
	if (m)
		jtext_add_str(m, "name", f->iprev.name);
	put_spf(o, "spf_helo", &f->spf_helo);
	put_spf(o, "spf", &f->spf_mail);
	put_dkim(o, f);
	put_dmarc(o, &f->dmarc);
	put_arc(o, &f->arc);
	add_some(o, "upstream", f->upstream);
	if (json_object_object_length(o))
		return o;
	json_object_put(o);
	return NULL;
}

struct json_object *
auth_json_hops(const struct report *r)
{
	const struct report_hop *hops = r->hops.items;
	struct json_object *list;

	if (r->hops.n == 0)
		return NULL;
	list = jtext_array(r->hops.n);
	for (size_t i = 0; i < r->hops.n; i++) {
		struct json_object *o = jtext_object();

		jtext_add_str(o, "client", hops[i].addr);
		jtext_add_str(o, "name", hops[i].name);
		jtext_add_str(o, "helo", hops[i].helo);
		jtext_add_str(o, "by", hops[i].by);
		if (hops[i].told || hops[i].tls)
			jtext_add_bool(o, "tls", hops[i].tls);
		if (hops[i].told)
			jtext_add_bool(o, "login", hops[i].login);
		json_object_array_add(list, o);
	}
	return list;
}
