/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The envelope: who the message says to come from, to whom and to how many. Runs once a
 * recipient is known; the sender is judged with the first one. */
#include "base/ascii.h"
#include "check/check.h"

enum { SENDER, RECIPIENT, RECIPIENTS };

struct envelope_conf {
	int64_t recipients_max;
};

static const struct finding_def found[] = {
	[SENDER] = { "ENVELOPE_SENDER_SYNTAX", CLASS_REPUTATION, 20, false,
	    "The envelope sender is no mail address." },
	[RECIPIENT] = { "ENVELOPE_RECIPIENT_SYNTAX", CLASS_REPUTATION, 20, false,
	    "An envelope recipient is no mail address, or routes the message on through others." },
	[RECIPIENTS] = { "ENVELOPE_RECIPIENTS", CLASS_BULK, 20, false,
	    "More recipients than check.envelope.recipients_max." },
	{ .name = NULL }
};

static const struct opt opts[] = {
	{ .name = "recipients_max", .type = OPT_INT, .offset = offsetof(struct envelope_conf, recipients_max),
	  .def = "100", .min = 1, .max = 100000,
	  .help = "Recipients that one message may have before ENVELOPE_RECIPIENTS is reported." },
	OPT_END
};

const struct opt_table check_envelope_options = {
	.prefix = "check.envelope.",
	.title = "Check envelope",
	.size = sizeof(struct envelope_conf),
	.opts = opts,
};

/* RFC 5321 4.5.3.1: 64 octets before, 255 behind the at sign. */
enum { LOCAL_MAX = 64, DOMAIN_MAX = 255 };

static bool
has_bad_byte(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c == 0x7f)
			return true;
	}
	return false;
}

static bool
is_domain(struct str s)
{
	struct str label;

	if (s.n == 0 || s.n > DOMAIN_MAX || s.p[0] == '.' || s.p[s.n - 1] == '.')
		return false;
	if (s.p[0] == '[')
		return s.p[s.n - 1] == ']';
	while (str_next(&s, '.', &label))
		if (label.n == 0 || label.n > 63)
			return false;
	return true;
}

static bool
is_mailbox(struct str s)
{
	size_t at = str_rchr(s, '@');
	struct str local = str_upto(s, at);

	if (at == STR_NPOS || local.n == 0 || local.n > LOCAL_MAX || !is_domain(str_from(s, at + 1)))
		return false;
	if (local.p[0] == '"')
		return local.n > 2 && local.p[local.n - 1] == '"';
	return !has_bad_byte(local) && str_chr(local, '@') == STR_NPOS && str_chr(local, '"') == STR_NPOS;
}

/* Source routes and the percent hack: "@a:b@c", "b%c@d", "c!b@d". */
static bool
is_routed(struct str s)
{
	return str_starts(s, STR("@")) || str_chr(s, '%') != STR_NPOS || str_chr(s, '!') != STR_NPOS;
}

static void
judge_sender(struct str from, struct report *out)
{
	if (from.n && !is_mailbox(from))
		report_add(out, &found[SENDER], REPORT_NO_PART, "from=%.*s", STR_ARG(str_upto(from, 200)));
}

static void
judge_recipient(struct str rcpt, struct report *out)
{
	/* RFC 5321 4.5.1: postmaster needs no domain. */
	if (!str_eq_nocase(rcpt, STR("postmaster")) && (!is_mailbox(rcpt) || is_routed(rcpt)))
		report_add(out, &found[RECIPIENT], REPORT_NO_PART, "rcpt=%.*s", STR_ARG(str_upto(rcpt, 200)));
}

static enum rc
run(const struct scan *scan, const void *conf, struct report *out)
{
	const struct envelope_conf *c = conf;
	const struct session *s = scan->session;

	if (scan->rcpt == 0)
		judge_sender(s->mail_from, out);
	if (scan->rcpt < s->n_rcpts)
		judge_recipient(s->rcpts[scan->rcpt], out);
	if (s->n_rcpts > (size_t)c->recipients_max && scan->rcpt == (size_t)c->recipients_max)
		report_add(out, &found[RECIPIENTS], REPORT_NO_PART, "more than %lld", (long long)c->recipients_max);
	return RC_OK;
}

const struct check check_envelope = {
	.name = "envelope",
	.title = "Sender and recipients of the envelope",
	.source = "RFC 5321 4.1.2 and 4.5.3.1",
	.phase = PHASE_RCPT,
	.place = PLACE_GATE,
	.opts = &check_envelope_options,
	.found = found,
	.run = run,
};
