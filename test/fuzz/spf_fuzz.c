/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* SPF of hostile records: an answer, after a bounded number of questions.
 *
 * The first three lines are the address, the HELO name and the sender. Each further line is a
 * record of any name: T text, A address, M mail server, P name of an address; F: an answer that
 * failed. Which of the texts a name has follows from the name, so records can lead in circles. */
#include "auth/iprev.h"
#include "auth/spf.h"

#include <assert.h>

#include "base/ascii.h"
#include "base/vec.h"

/* The record, its terms, the servers of each "mx", the names of the client, what is asked ahead,
 * the explanation. */
enum { LINES = 64, QUESTIONS = 1 + SPF_LOOKUPS + SPF_LOOKUPS * SPF_HOSTS + IPREV_NAMES + 1 + SPF_LOOKUPS * SPF_LOOKUPS + 2 };

struct line {
	char type;
	struct str text;
};

struct question {
	enum dns_type type;
	struct str name;
};

/* In the place of lib/net/dns.c. */
struct dns_batch {
	struct pool *pool;
	struct line lines[LINES];
	size_t n;
	struct vec asked;	/* struct question, each once */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

void
dns_want(struct dns_batch *b, enum dns_type type, struct str name)
{
	struct question *q = b->asked.items;

	for (size_t i = 0; i < b->asked.n; i++)
		if (q[i].type == type && str_eq(q[i].name, name))
			return;
	q = vec_push(b->pool, &b->asked, sizeof(*q));
	*q = (struct question){ type, pool_str(b->pool, name) };
	assert(b->asked.n <= QUESTIONS);
}

static char
letter_of(enum dns_type type)
{
	return type == DNS_TXT ? 'T' : type == DNS_MX ? 'M' : type == DNS_PTR ? 'P' : 'A';
}

static struct dns_record
record_of(struct str text, bool address)
{
	struct dns_record r = { .text = text };
	struct ip ip;

	if (address && ip_parse(text, &ip))
		memcpy(r.addr, ip.b, sizeof(r.addr));
	return r;
}

static unsigned
sum(struct str s)
{
	unsigned h = 0;

	for (size_t i = 0; i < s.n; i++)
		h = h * 31 + (unsigned char)s.p[i];
	return h;
}

const struct dns_answer *
dns_get(struct dns_batch *b, enum dns_type type, struct str name)
{
	struct dns_answer *a = pool_alloc(b->pool, sizeof(*a));
	struct dns_record *r = pool_alloc(b->pool, LINES * sizeof(*r));
	size_t skip = b->n ? sum(name) % b->n : 0;

	dns_want(b, type, name);
	*a = (struct dns_answer){ .rc = DNS_NXDOMAIN, .records = r };
	for (size_t i = 0; i < b->n; i++) {
		const struct line *l = &b->lines[(i + skip) % b->n];

		if (l->type == 'F' && i == 0)
			a->rc = DNS_FAIL;
		if (l->type != letter_of(type) || a->rc == DNS_FAIL || (type == DNS_TXT && a->n))
			continue;
		r[a->n++] = record_of(l->text, letter_of(type) == 'A');
		a->rc = DNS_OK;
	}
	return a;
}

static void
check(struct dns_batch *b, const struct spf_query *q, enum spf_identity identity)
{
	struct auth_spf got;

	b->asked.n = 0;
	spf_want(b, b->pool, q, identity);
	got = spf_check(b, b->pool, q, identity);
	assert(got.result > AUTH_UNKNOWN && got.result < AUTH_RESULT_N && got.result != AUTH_POLICY);
	assert(got.text.n <= SPF_TEXT && (got.text.n == 0 || got.result == AUTH_FAIL));
	for (size_t i = 0; i < got.text.n; i++)
		assert(ascii_is_print((unsigned char)got.text.p[i]));
	assert(!got.no_mail || got.result == AUTH_FAIL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct dns_batch b = { .pool = pool_new(0) };
	struct str rest = { (const char *)data, n }, line, addr = STR_NONE;
	struct spf_query q = { .now_sec = 1 };

	str_next(&rest, '\n', &addr);
	str_next(&rest, '\n', &q.helo);
	str_next(&rest, '\n', &q.sender);
	while (b.n < LINES && str_next(&rest, '\n', &line))
		if (line.n)
			b.lines[b.n++] = (struct line){ line.p[0], str_from(line, 2) };
	if (!ip_parse(addr, &q.ip))
		ip_parse(STR("192.0.2.1"), &q.ip);
	check(&b, &q, SPF_MAIL);
	check(&b, &q, SPF_HELO);
	pool_free(&b.pool);
	return 0;
}
