/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "envelope.h"

#include <arpa/inet.h>

#include "auth/authfield.h"

/* Addresses may be given as SMTP writes them. */
static struct str
without_brackets(const char *value)
{
	struct str s = str_trim(str_of(value));

	if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		return str_sub(s, 1, s.n - 2);
	return s;
}

static bool
is_address(const char *value)
{
	unsigned char out[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, value, out) == 1 || inet_pton(AF_INET6, value, out) == 1;
}

static bool
is_results(const char *value)
{
	struct auth_facts facts = { .n_dkim = 0 };
	struct pool *pool = pool_new(0);
	bool good = authfield_given(pool, str_of(value), &facts).n != 0;

	pool_free(&pool);
	return good;
}

const char *
envelope_take(struct envelope *e, int i, const char *value)
{
	switch (i) {
	case ENVELOPE_IP:
		if (!is_address(value))
			return "--ip is neither an IPv4 nor an IPv6 address";
		e->session.client_addr = str_of(value);
		break;
	case ENVELOPE_NAME:
		e->session.client_name = str_of(value);
		break;
	case ENVELOPE_HELO:
		e->session.helo = str_of(value);
		break;
	case ENVELOPE_FROM:
		e->session.mail_from = without_brackets(value);
		break;
	case ENVELOPE_RCPT:
		if (e->session.n_rcpts == CONTROL_RCPTS)
			return "too many --rcpt";
		e->rcpts[e->session.n_rcpts++] = without_brackets(value);
		e->session.rcpts = e->rcpts;
		break;
	case ENVELOPE_AUTHRES:
		if (!is_results(value))
			return "--auth-results is no Authentication-Results field, nor results as in one";
		e->session.authres = str_of(value);
		break;
	}
	return NULL;
}
