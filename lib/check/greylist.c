/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Three marks: grey/wait for who was asked to come again with a mail to somebody, forgotten a window
 * after the first try; grey/pass for the client and sender who came, to whomever they write;
 * grey/known for the network and domain of those. All are read in one call, and only what changes is
 * written. */
#include "check/greylist.h"

#include "base/ascii.h"

enum { WAIT, PASS, KNOWN, MARKS };
enum { RENEWALS = 8 };		/* a mark that serves is written again after this part of its life */
enum { TOKEN = 4 };		/* shorter runs of digits are parts of names */

struct str
greylist_network(struct pool *pool, const struct ip *ip, int64_t prefix4, int64_t prefix6)
{
	struct ip net = *ip;
	unsigned prefix = (unsigned)(ip->bits == 32 ? prefix4 : prefix6);

	for (unsigned i = 0; i < ip->bits; i++)
		if (i >= prefix)
			net.b[i / 8] &= (unsigned char)~(0x80u >> i % 8);
	return pool_printf(pool, "%.*s/%u", STR_ARG(ip_text(pool, &net)), prefix);
}

static bool
take_tag(struct str *local, struct str tag)
{
	if (!str_starts(*local, tag))
		return false;
	*local = str_from(*local, tag.n);
	return true;
}

/* Cut off n pieces, each up to its '='; false: there are not so many, or nothing is behind them. */
static bool
skip_pieces(struct str *s, size_t n)
{
	for (; n > 0; n--) {
		size_t eq = str_chr(*s, '=');

		if (eq == STR_NPOS)
			return false;
		*s = str_from(*s, eq + 1);
	}
	return s->n > 0;
}

/* SRS0=hash=time=domain=local, SRS1=hash=host==hash=time=domain=local; the first separator may be
 * + or - as well. "domain=local" is left. */
static struct str
without_srs(struct str local)
{
	struct str s = local;
	bool twice = take_tag(&s, STR("srs1"));
	size_t inner;

	if ((!twice && !take_tag(&s, STR("srs0"))) || s.n == 0)
		return local;
	s = str_from(s, 1);
	inner = twice ? str_find(s, STR("==")) : 0;
	if (inner == STR_NPOS)
		return local;
	s = twice ? str_from(s, inner + 2) : s;
	return skip_pieces(&s, 2) ? s : local;
}

/* BATV: prvs=tag=local */
static struct str
without_tags(struct str local)
{
	struct str s = local;

	return take_tag(&s, STR("prvs=")) && skip_pieces(&s, 1) ? s : without_srs(local);
}

/* "list+user=example.org" and "bounce-user=example.org" tell the recipient; what comes before
 * the sign is the sender. */
static struct str
without_verp(struct str local)
{
	size_t plus = str_chr(local, '+'), eq = str_chr(local, '='), dash;

	if (plus != STR_NPOS && plus > 0)
		return str_upto(local, plus);
	if (eq == STR_NPOS)
		return local;
	dash = str_rchr(str_upto(local, eq), '-');
	return dash != STR_NPOS && dash > 0 ? str_upto(local, dash) : local;
}

/* Hexadecimal digits, some decimal, at least TOKEN: the number of a message. */
static size_t
token_at(struct str s, size_t at)
{
	size_t n = 0, digits = 0;

	while (at + n < s.n && ascii_hex((unsigned char)s.p[at + n]) >= 0) {
		digits += ascii_is_digit((unsigned char)s.p[at + n]);
		n++;
	}
	return n >= TOKEN && digits > 0 ? n : 0;
}

static struct str
without_numbers(struct pool *pool, struct str local)
{
	char *out = pool_alloc(pool, local.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < local.n;) {
		size_t token = i == 0 || !ascii_is_alnum((unsigned char)local.p[i - 1]) ? token_at(local, i) : 0;

		out[n++] = token ? '#' : local.p[i];
		i += token ? token : 1;
	}
	return (struct str){ out, n };
}

struct str
greylist_sender(struct pool *pool, struct str from)
{
	struct str s = pool_lower(pool, from);
	size_t at = str_rchr(s, '@');
	struct str local = str_upto(s, at), plain;

	if (at == STR_NPOS)
		return s;
	/* An original sender behind SRS stays as it is: "domain=local". */
	plain = without_tags(local);
	local = without_numbers(pool, plain.n == local.n ? without_verp(local) : plain);
	return pool_printf(pool, "%.*s%.*s", STR_ARG(local), STR_ARG(str_from(s, at)));
}

static void
write_mark(struct counters *c, const struct counter_op *mark, int64_t now_ms)
{
	struct counter_op op = *mark;

	op.add = 1;
	counters_run(c, now_ms, &op, 1);
}

static void
renew(struct counters *c, const struct counter_op *mark, int64_t now_ms)
{
	if (now_ms - mark->last_ms > mark->window_ms / RENEWALS)
		write_mark(c, mark, now_ms);
}

/* It came back: this one may come again, and the network with this domain has one pass more. */
static void
pass(struct counters *c, struct counter_op marks[MARKS], int64_t now_ms)
{
	marks[PASS].add = marks[KNOWN].add = 1;
	counters_run(c, now_ms, &marks[PASS], 2);
}

enum greylist_state
greylist_ask(struct counters *c, const struct greylist_rules *rules, const struct greylist_try *t,
    struct pool *pool, int64_t now_ms, int64_t *wait_ms)
{
	struct str from = greylist_sender(pool, t->from), to = pool_lower(pool, t->to);
	size_t at = str_rchr(from, '@');
	struct str domain = at == STR_NPOS ? STR_NONE : str_from(from, at + 1);
	struct str all = pool_printf(pool, "%.*s %.*s %.*s", STR_ARG(t->client), STR_ARG(from), STR_ARG(to));
	struct counter_op marks[MARKS] = {
		[WAIT] = { .type = COUNT_MARK, .kind = "grey/wait", .name = all, .window_ms = rules->window_ms },
		[PASS] = { .type = COUNT_MARK, .kind = "grey/pass", .window_ms = rules->keep_ms,
		    .name = pool_printf(pool, "%.*s %.*s", STR_ARG(t->client), STR_ARG(from)) },
		[KNOWN] = { .type = COUNT_MARK, .kind = "grey/known", .window_ms = rules->keep_ms,
		    .name = pool_printf(pool, "%.*s %.*s", STR_ARG(t->client), STR_ARG(domain)) },
	};

	*wait_ms = 0;
	if (!c)
		return GREYLIST_PASSED;
	counters_run(c, now_ms, marks, MARKS);
	if (rules->allow_after > 0 && marks[KNOWN].count >= rules->allow_after) {
		if (!t->dry)
			renew(c, &marks[KNOWN], now_ms);
		return GREYLIST_KNOWN;
	}
	if (marks[PASS].count > 0) {
		if (!t->dry)
			renew(c, &marks[PASS], now_ms);
		return GREYLIST_PASSED;
	}
	if (marks[WAIT].count == 0) {
		if (!t->dry)
			write_mark(c, &marks[WAIT], now_ms);
		*wait_ms = rules->delay_ms;
		return GREYLIST_NEW;
	}
	*wait_ms = marks[WAIT].first_ms + rules->delay_ms - now_ms;
	if (*wait_ms > 0)
		return GREYLIST_EARLY;
	*wait_ms = 0;
	if (!t->dry)
		pass(c, marks, now_ms);
	return GREYLIST_PASSED;
}
