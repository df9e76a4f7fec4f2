/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/parties.h"

const char *
party_fate_name(enum party_fate fate)
{
	switch (fate) {
	case PARTY_STAYS: return "stays";
	case PARTY_COPIED: return "copied";
	case PARTY_KEPT: return "kept";
	case PARTY_DROPPED: return "dropped";
	}
	return "stays";
}

static void
decide(const struct parties_in *in, const struct conf *conf, const struct report *report, struct outcome *out)
{
	const struct policy_conf *pc = conf_values(conf, &policy_table);

	if (in->failed)
		policy_failed(pc, in->why, in->pool, out);
	else
		policy_decide(pc, report, in->pool, out);
}

void
parties_decide(const struct parties_in *in, struct result *out)
{
	size_t n = in->session->n_rcpts, *rcpts = pool_alloc(in->pool, (n + 1) * sizeof(*rcpts));
	struct party *all = pool_alloc(in->pool, sizeof(*all));

	for (size_t i = 0; i < n; i++)
		rcpts[i] = i;
	*all = (struct party){ .rcpts = rcpts, .n = n, .fate = PARTY_STAYS };
	decide(in, in->conf, &out->report, &all->outcome);
	out->outcome = all->outcome;
	out->parties = all;
	out->n_parties = 1;
}

const struct party *
parties_of(const struct result *res, size_t rcpt)
{
	for (size_t i = 0; i < res->n_parties; i++)
		for (size_t k = 0; k < res->parties[i].n; k++)
			if (res->parties[i].rcpts[k] == rcpt)
				return &res->parties[i];
	return NULL;
}
