/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What the client calls itself. Real mail servers know their name; programs that send
 * spam often take an address, ours, or nothing that a name could be. */
#include "base/ascii.h"
#include "check/check.h"

enum { SYNTAX, BARE_IP, OURSELF };

struct helo_conf {
	struct opt_list own_names;
};

static const struct finding_def found[] = {
	[SYNTAX] = { "HELO_SYNTAX", CLASS_REPUTATION, 20, false,
	    "The HELO name is neither a domain name with a dot nor an address literal in brackets." },
	[BARE_IP] = { "HELO_BARE_IP", CLASS_REPUTATION, 30, false,
	    "The HELO name is an address without brackets." },
	[OURSELF] = { "HELO_OURSELF", CLASS_REPUTATION, 50, false,
	    "The client calls itself by a name of this server." },
	{ .name = NULL }
};

static const struct opt opts[] = {
	{ .name = "own_names", .type = OPT_LIST, .offset = offsetof(struct helo_conf, own_names), .def = "",
	  .help = "Further names of this server that no client may use. The MTA's own host name is always one." },
	OPT_END
};

const struct opt_table check_helo_options = {
	.prefix = "check.helo.",
	.title = "Check helo",
	.size = sizeof(struct helo_conf),
	.opts = opts,
};

static bool
is_loopback(struct str addr)
{
	return str_starts(addr, STR("127.")) || str_eq(addr, STR("::1"));
}

/* Digits and dots only, or hexadecimal with colons. */
static bool
is_address(struct str s)
{
	bool colon = str_chr(s, ':') != STR_NPOS, digit = false;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		digit |= ascii_is_digit(c);
		if (!ascii_is_digit(c) && c != '.' && !(colon && (c == ':' || ascii_hex(c) >= 0)))
			return false;
	}
	return digit;
}

static bool
is_label(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		/* '_' is no letter of host names, but real servers have it. */
		if (!ascii_is_alnum(c) && c != '-' && c != '_')
			return false;
	}
	return s.n > 0 && s.n <= 63;	/* RFC 1035 2.3.4 */
}

/* RFC 5321 4.1.1.1: a fully qualified domain name, or an address literal. */
static bool
is_helo_name(struct str s)
{
	struct str label;
	size_t labels = 0;

	if (s.n > 2 && s.p[0] == '[')
		return s.p[s.n - 1] == ']' &&
		    (is_address(str_sub(s, 1, s.n - 2)) || str_starts_nocase(s, STR("[IPv6:")));
	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	while (str_next(&s, '.', &label)) {
		if (!is_label(label))
			return false;
		labels++;
	}
	return labels >= 2;
}

static bool
is_ours(const struct session *s, const struct helo_conf *conf)
{
	if (s->mta_name.n && str_eq_nocase(s->helo, s->mta_name))
		return true;
	for (size_t i = 0; i < conf->own_names.n; i++)
		if (str_eq_nocase(s->helo, conf->own_names.item[i]))
			return true;
	return false;
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct session *s = scan->session;
	struct str helo = str_upto(s->helo, 200);

	if (s->client_addr.n == 0 || s->auth_user.n || is_loopback(s->client_addr))
		return RC_OK;		/* local submission, our own users, this machine */
	if (is_ours(s, conf))
		report_add(out, &found[OURSELF], REPORT_NO_PART, "helo=%.*s", STR_ARG(helo));
	else if (is_address(s->helo))
		report_add(out, &found[BARE_IP], REPORT_NO_PART, "helo=%.*s", STR_ARG(helo));
	else if (!is_helo_name(s->helo))
		report_add(out, &found[SYNTAX], REPORT_NO_PART, "helo=%.*s", STR_ARG(helo));
	return RC_OK;
}

const struct check check_helo = {
	.name = "helo",
	.title = "The name a client gives itself",
	.source = "RFC 5321 4.1.1.1",
	.phase = PHASE_HELO,
	.place = PLACE_GATE,
	.opts = &check_helo_options,
	.found = found,
	.run = run,
};
