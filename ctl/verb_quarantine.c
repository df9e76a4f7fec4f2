/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* verb_quarantine.c - what is kept from people: see it, take it out, let it go */
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "choose.h"
#include "held.h"
#include "verb.h"
#include "when.h"

enum { KIND, STATE, RCPT, SENDER, SUBJECT, FINDING, SINCE, UNTIL, BEFORE, MAX, TO, AS, MESSAGE, PICTURE, CHECK, YES, JSON,
       CONFIG };
static const struct args_opt opts[] = {
	[KIND] = { 'k', "kind", "NAME", "Of this quarantine only; may be given several times." },
	[STATE] = { 's', "state", "NAME", "In this state; may be given several times, all for any. list without it: held." },
	[RCPT] = { 'r', "rcpt", "ADDR", "For this recipient, or for this domain." },
	[SENDER] = { 'f', "sender", "ADDR", "From this envelope sender, or from this domain." },
	[SUBJECT] = { 'S', "subject", "TEXT", "With these words in its subject." },
	[FINDING] = { 'e', "finding", "NAME", "With this finding, rule or signature." },
	[SINCE] = { 't', "since", "TIME", "Not before it." },
	[UNTIL] = { 'T', "until", "TIME", "Before it." },
	[BEFORE] = { 'b', "before", "ID", "list: go on behind this one." },
	[MAX] = { 'n', "max", "N", "At most so many; list without it: 50." },
	[TO] = { 'o', "to", "ADDR", "release: to this address in place of its recipients." },
	[AS] = { 'a', "as", "NAME", "report: as false_positive or missed_spam." },
	[MESSAGE] = { 'm', "message", "FILE", "report: the mail as its recipient has it, when nothing is kept of it." },
	[PICTURE] = { 'p', "picture", "N", "preview: picture N of the page, as PNG." },
	[CHECK] = { 'C', "check", NULL, "release, report, delete, purge: only say which mail it would be." },
	[YES] = { 'y', "yes", NULL, "release, report, delete, purge: do not ask, when many are picked by options." },
	[JSON] = { 'j', "json", NULL, "list, show: JSON, one object a line." },
	[CONFIG] = { 'c', "config", "FILE", "The configuration that names state_dir." },
	{ .name = NULL }
};

enum { WHY_BYTES = 1000 };
#define BIT(option) (1u << (option))
#define PICKS (BIT(KIND) | BIT(STATE) | BIT(RCPT) | BIT(SENDER) | BIT(SUBJECT) | BIT(FINDING) | BIT(SINCE) | BIT(UNTIL))
#define MANY (PICKS | BIT(MAX) | BIT(CHECK) | BIT(YES) | BIT(CONFIG))

static const struct way ways[] = {
	{ "list", held_list, 0, 0, "list takes options only" },
	{ "show", held_show, 1, WAYS_WORDS, "show which? An ID of the list" },
	{ "export", held_export, 1, 1, "export which? One ID of the list" },
	{ "preview", held_preview, 1, 1, "preview which? One ID of the list" },
	{ "release", held_release, 0, WAYS_WORDS, "" },
	{ "report", held_report, 0, WAYS_WORDS, "" },
	{ "delete", held_delete, 0, WAYS_WORDS, "" },
	{ "purge", held_purge, 0, 0, "purge takes options only" },
	{ .name = NULL }
};

/* The options that mean something to each way, in the order of ways[]. */
static const unsigned takes[] = {
	PICKS | BIT(BEFORE) | BIT(MAX) | BIT(JSON) | BIT(CONFIG),
	BIT(JSON) | BIT(CONFIG),
	BIT(CONFIG),
	BIT(PICTURE) | BIT(CONFIG),
	MANY | BIT(TO),
	MANY | BIT(AS) | BIT(MESSAGE),
	MANY,
	MANY,
};

/* ---- words ---- */

static const char *
take_kind(struct held_order *order, struct str value, struct buf *why)
{
	int kind;

	if (!choose("--kind", value, choose_kind, &kind, why))
		return buf_cstr(why);
	order->pick.query.kinds |= 1u << kind;
	return NULL;
}

static const char *
take_state(struct held_order *order, struct str value, struct buf *why)
{
	int state;

	order->states_given = true;
	if (!choose("--state", value, choose_state, &state, why))
		return buf_cstr(why);
	if (state + 1 < ENTRY_STATES)
		order->pick.query.states |= 1u << (state + 1);
	return NULL;
}

static const char *
take_max(struct str text, size_t *out, const char *wrong)
{
	uint64_t n;

	if (!str_to_u64(text, &n) || n == 0 || n > HELD_MANY)
		return wrong;
	*out = (size_t)n;
	return NULL;
}

static const char *
take_pick(struct pick *p, int i, struct str value)
{
	int64_t now = clock_wall_ms(), ms;

	switch (i) {
	case RCPT: p->rcpt = value; break;
	case SENDER: p->sender = value; break;
	case SUBJECT: p->subject = value; break;
	case FINDING: p->finding = value; break;
	case SINCE: return when_parse(value, now, &p->query.since_ms) ? NULL : "--since wants " WHEN_FORMS;
	case UNTIL: return when_parse(value, now, &p->query.until_ms) ? NULL : "--until wants " WHEN_FORMS;
	case BEFORE:
		p->query.before = value;
		return record_id_time(value, &ms) ? NULL : "--before wants an ID of the list";
	case MAX: return take_max(value, &p->query.max, "--max wants a number from 1 to 1000000");
	}
	return NULL;
}

static const char *
take_option(struct held_order *order, int i, struct str value, struct buf *why)
{
	buf_reset(why);
	switch (i) {
	case KIND: return take_kind(order, value, why);
	case STATE: return take_state(order, value, why);
	case TO: order->to = value; return NULL;
	case AS: return release_report_parse(value, &order->as) ? NULL : "--as wants false_positive or missed_spam";
	case MESSAGE: order->message = value.p; return NULL;
	case PICTURE: return take_max(value, &order->picture, "--picture wants a number from 1 on");
	case CHECK: order->check = true; return NULL;
	case YES: order->yes = true; return NULL;
	case JSON: order->json = true; return NULL;
	case CONFIG: order->ways.config = value.p; return NULL;
	case ARGS_WORD: return ways_take(&order->ways, value.p) ? NULL : "too many IDs";
	}
	return take_pick(&order->pick, i, value);
}

/* ---- what must go together ---- */

static void
no_option(struct args *a, const char *way, int option)
{
	struct buf why;

	buf_init(&why, WHY_BYTES);
	buf_printf(&why, "%s does not take --%s", way, opts[option].name);
	args_usage(a, buf_cstr(&why));
	buf_clear(&why);
}

static void
check_many(struct args *a, const struct held_order *order, unsigned given)
{
	bool purge = strcmp(order->ways.way, "purge") == 0;

	if (purge && !order->pick.query.until_ms)
		args_usage(a, "purge what? --until TIME, and --kind NAME or others for some of it only");
	else if (!purge && !order->ways.n_words && !(given & PICKS))
		args_usage(a, "which mail? IDs of the list; or --kind, --sender, --since and others for all such mail");
	else if (order->ways.n_words && (given & PICKS))
		args_usage(a, "either IDs, or options that pick: not both");
	if ((given & BIT(MESSAGE)) && order->ways.n_words != 1)
		args_usage(a, "--message is one mail: give its ID");
	if (strcmp(order->ways.way, "report") == 0 && !(given & BIT(AS)))
		args_usage(a, "report as what? --as false_positive, or --as missed_spam");
}

static void
check_words(struct args *a, const struct held_order *order, unsigned given)
{
	size_t way = 0;

	if (!order->ways.way)
		return;
	while (ways[way].name && strcmp(ways[way].name, order->ways.way) != 0)
		way++;
	if (!ways[way].name)
		return;
	for (int i = 0; i <= CONFIG; i++)
		if (given & ~takes[way] & BIT(i))
			no_option(a, ways[way].name, i);
	if (takes[way] & BIT(YES))
		check_many(a, order, given);
	if (order->pick.query.until_ms && order->pick.query.until_ms <= order->pick.query.since_ms)
		args_usage(a, "--until is not later than --since");
}

static int
run(struct args *a)
{
	struct held_order order = { .as = RELEASE_REPORTS };
	const char *value, *wrong;
	unsigned given = 0;
	struct buf why;
	int i;

	a->gather = true;
	buf_init(&why, WHY_BYTES);
	while ((i = args_next(a, &value)) != ARGS_END) {
		wrong = i == ARGS_BAD ? NULL : take_option(&order, i, str_of(value), &why);
		if (wrong)
			args_usage(a, wrong);
		given |= i >= 0 ? BIT(i) : 0;
	}
	buf_clear(&why);
	check_words(a, &order, given);
	order.picked = given & PICKS;
	if (!order.pick.query.max && order.ways.way && strcmp(order.ways.way, "list") == 0)
		order.pick.query.max = HELD_ROWS;
	return ways_run(a, &order.ways, ways);
}

static const char *
value(int option, int i)
{
	switch (option) {
	case KIND: return choose_kind(i);
	case STATE: return choose_state(i);
	case AS: return i < RELEASE_REPORTS ? release_report_name((enum release_report)i) : NULL;
	}
	return NULL;
}

const struct verb verb_quarantine = {
	.name = "quarantine", .opts = opts, .run = run, .ways = ways, .value = value,
	.words = "list | show ID... | export ID | preview ID | release [ID...] | report [ID...] | delete [ID...] | purge",
	.help = "Mail that is kept from its recipients: see it, take it out, let it go, delete it.",
};
