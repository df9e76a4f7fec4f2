/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Who the message says it is from: the From field that a person sees, against the rules that
 * keep it readable in one way only.
 *
 * Measured: of 3,848 phishing messages 19 % have several authors in From, 2 % other broken
 * syntax, 0.5 % an address of another domain as display name. Of 7,300 honest ones one has the
 * last, and old bounces have no address at all. */
#include "base/ascii.h"
#include "check/check.h"
#include "message/addr.h"
#include "message/defect.h"
#include "message/header.h"
#include "message/mime.h"

enum { NO_FROM, TWO_FROM, AUTHORS, SYNTAX, NUL, ENCODED, DISPLAY };

static const struct finding_def found[] = {
	[NO_FROM] = { "HEADER_FROM_NONE", CLASS_AUTH, 60, false, "There is no From field with an address." },
	[TWO_FROM] = { "HEADER_FROM_TWICE", CLASS_AUTH, 100, false,
	    "Two From fields that differ: programs and people look at different ones." },
	[AUTHORS] = { "HEADER_FROM_AUTHORS", CLASS_AUTH, 40, false, "The From field names several authors." },
	[SYNTAX] = { "HEADER_FROM_SYNTAX", CLASS_AUTH, 40, false, "The From field does not follow its grammar." },
	[NUL] = { "HEADER_NUL", CLASS_AUTH, 100, false,
	    "A header field holds a NUL byte, at which some programs stop reading." },
	[ENCODED] = { "HEADER_FROM_ENCODED", CLASS_AUTH, 60, false,
	    "An encoded word stands where the From field must have an address." },
	[DISPLAY] = { "HEADER_DISPLAY_ADDRESS", CLASS_AUTH, 40, false,
	    "The display name of the author is an address of another domain." },
	{ .name = NULL }
};

struct authors {
	size_t fields;			/* From fields with different values */
	size_t mailboxes;
	uint64_t defects;
	struct addr first;
	struct str raw;			/* value of the first field, unfolded */
};

static bool
seen_before(const struct mime_part *root, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (str_eq_nocase(root->fields[j].name, STR("from")) &&
		    str_eq(str_trim(root->fields[j].value), str_trim(root->fields[i].value)))
			return true;
	return false;
}

/* Equal copies of the field are harmless and counted once. */
static void
read_authors(const struct scan *scan, struct authors *a)
{
	const struct mime_part *root = &scan->msg->parts[0];

	for (size_t i = 0; i < root->n_fields; i++) {
		struct addr_list list;

		if (!str_eq_nocase(root->fields[i].name, STR("from")) || seen_before(root, i))
			continue;
		list = addr_parse(scan->pool, scan->lim, root->fields[i].value, &a->defects);
		if (a->fields++ == 0)
			a->raw = header_unfold(scan->pool, root->fields[i].value);
		if (a->mailboxes == 0 && list.n)
			a->first = list.item[0];
		a->mailboxes += list.n;
	}
}

static bool
is_domain_char(char c)
{
	unsigned char u = (unsigned char)c;

	return ascii_is_alnum(u) || c == '-' || c == '.' || u >= 0x80;
}

/* The domain of the first thing in a display name that looks like an address. */
static struct str
address_domain(struct str name)
{
	struct str rest = name;
	size_t at, n;

	while ((at = str_chr(rest, '@')) != STR_NPOS) {
		struct str domain = str_from(rest, at + 1), before = str_upto(rest, at);

		for (n = 0; n < domain.n && is_domain_char(domain.p[n]); n++)
			;
		domain = str_upto(domain, n);
		while (str_ends_nocase(domain, STR(".")))
			domain.n--;
		/* "someone @ home.example" is no address. */
		if (before.n && !str_ends_nocase(before, STR(" ")) && str_chr(domain, '.') != STR_NPOS)
			return domain;
		rest = str_from(rest, at + 1);
	}
	return STR_NONE;
}

/* The same domain, or one below the other. */
static bool
related(struct str a, struct str b)
{
	if (a.n > b.n) {
		struct str swap = a;

		a = b;
		b = swap;
	}
	if (a.n == 0 || !str_ends_nocase(b, a))
		return false;
	return a.n == b.n || str_eq(str_sub(b, b.n - a.n - 1, 1), STR("."));
}

static void
judge_display(const struct authors *a, struct report *out)
{
	struct str shown = address_domain(a->first.name);

	if (shown.n && !related(shown, a->first.domain))
		report_add(out, &found[DISPLAY], 0, "shown=%.*s domain=%.*s", STR_ARG(str_upto(shown, 100)),
		    STR_ARG(str_upto(a->first.domain, 100)));
}

/* RFC 5321 4.5.5: bounces have an empty envelope sender. Those of old servers write
 * "MAILER-DAEMON" alone, which is no address but deceives nobody. */
static bool
is_bounce(const struct scan *scan, const struct authors *a)
{
	return scan->session && scan->session->mail_from.n == 0 &&
	    str_find_nocase(a->raw, STR("mailer-daemon")) != STR_NPOS;
}

static void
judge_authors(const struct scan *scan, const struct authors *a, struct report *out)
{
	struct str raw = str_upto(a->raw, 150);

	if (a->fields > 1)
		report_add(out, &found[TWO_FROM], 0, "%zu fields", a->fields);
	if (is_bounce(scan, a))
		return;
	if (a->fields == 0 || a->mailboxes == 0)
		report_add(out, &found[NO_FROM], 0, "%.*s", STR_ARG(raw));
	else if (a->fields == 1 && a->mailboxes > 1)
		report_add(out, &found[AUTHORS], 0, "%zu authors: %.*s", a->mailboxes, STR_ARG(raw));
	if (a->defects & DEFECT_BIT(ENCODED_ADDRESS))
		report_add(out, &found[ENCODED], 0, "%.*s", STR_ARG(raw));
	else if (a->defects & DEFECT_BIT(ADDRESS_SYNTAX))
		report_add(out, &found[SYNTAX], 0, "%.*s", STR_ARG(raw));
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	struct authors a = { .fields = 0 };

	(void)conf;
	read_authors(scan, &a);
	judge_authors(scan, &a, out);
	judge_display(&a, out);
	if (scan->msg->parts[0].defects & DEFECT_BIT(NUL_HEADER))
		report_add(out, &found[NUL], 0, "in the header of the message");
	return RC_OK;
}

const struct check check_header = {
	.name = "header",
	.title = "Who the message says it is from",
	.source = "RFC 5322 3.6; Chen et al., Composition Kills, USENIX Security 2020",
	.phase = PHASE_MESSAGE,
	.place = PLACE_WORKER,
	.found = found,
	.run = run,
};
