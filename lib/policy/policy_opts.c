/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The policy.* options. Their defaults say only what is safe; what a site wants is in
 * rules/presets/, which the key `preset` chooses. */
#include "conf/suggest.h"
#include "conf/value.h"
#include "policy/policy.h"

#define ACTIONS "actions"
#define ON(cls, word, dflt) \
	{ .name = "on." word, .type = OPT_CUSTOM, .offset = offsetof(struct policy_conf, on[cls]), .def = dflt, \
	  .parse = parse_actions, .preset = true, .value_help = ACTIONS, \
	  .help = "What happens when findings of class " word " reach threshold." word "." }
#define ON_LINE(line, word, dflt, text) \
	{ .name = "on." word, .type = OPT_CUSTOM, .offset = offsetof(struct policy_conf, on_line[line]), .def = dflt, \
	  .parse = parse_actions, .preset = true, .value_help = ACTIONS, .help = text }
#define THRESHOLD(cls, word) \
	{ .name = "threshold." word, .type = OPT_SCORE, .offset = offsetof(struct policy_conf, threshold[cls]), \
	  .def = "10.0", .min = 1, .max = 100000, \
	  .help = "Points that findings of class " word " must add up to before on." word " applies." }
#define UNSCANNED(why, word, dflt, text) \
	{ .name = "unscanned." word, .type = OPT_CUSTOM, .offset = offsetof(struct policy_conf, unscanned[why]), \
	  .def = dflt, .parse = parse_actions, .preset = true, .value_help = ACTIONS, \
	  .help = text }
#define ON_ENGINE(engine, word) \
	{ .name = "on_fail." word, .type = OPT_CUSTOM, .offset = offsetof(struct policy_conf, on_engine[engine]), \
	  .def = "inherit", .parse = parse_line, .value_help = "actions, or inherit", \
	  .help = "What happens when this engine failed on a message or ran out of time. " \
	          "The word inherit leaves it to unscanned.engine and unscanned.timeout." }

static const char *const modes[] = { "enforce", "observe", NULL };

static enum rc
parse_actions(struct pool *pool, struct str value, void *field, struct buf *why)
{
	return action_parse(pool, value, field, why);
}

static enum rc
parse_line(struct pool *pool, struct str value, void *field, struct buf *why)
{
	struct policy_line *line = field;

	*line = (struct policy_line){ .inherit = str_eq_nocase(value, STR("inherit")) };
	return line->inherit ? RC_OK : action_parse(pool, value, &line->act, why);
}

static enum rc
no_class(struct str word, struct buf *why)
{
	struct suggest near;

	suggest_init(&near, word);
	for (int c = 0; c < CLASS_INFO; c++)
		suggest_try(&near, str_of(class_name((enum class)c)));
	buf_printf(why, "'%.*s' is no class that decides", STR_ARG(word));
	suggest_write(&near, why);
	return RC_BAD;
}

static enum rc
parse_classes(struct pool *pool, struct str value, void *field, struct buf *why)
{
	struct opt_list words = value_list(pool, value);
	bool *early = field;
	enum class c;

	for (size_t i = 0; i < CLASS_N; i++)
		early[i] = false;
	for (size_t i = 0; i < words.n; i++) {
		if (!class_parse(words.item[i], &c) || c == CLASS_INFO)
			return no_class(words.item[i], why);
		early[c] = true;
	}
	return RC_OK;
}

static const struct opt opts[] = {
	{ .name = "preset", .type = OPT_TEXT, .offset = offsetof(struct policy_conf, preset), .def = "recommended",
	  .value_help = "recommended, strict or observe",
	  .help = "The policy that your own lines change: the name of a file in presets/ of the rules folder." },
	{ .name = "mode", .type = OPT_ENUM, .offset = offsetof(struct policy_conf, mode), .def = "enforce",
	  .words = modes, .preset = true,
	  .help = "With observe every message is delivered unchanged, and the log says what would have been done." },

	ON(CLASS_MALWARE, "malware", "quarantine"),
	ON(CLASS_PHISHING, "phishing", "quarantine"),
	ON(CLASS_BEC, "bec", "tag"),
	ON(CLASS_CAMPAIGN, "campaign", "quarantine"),
	ON(CLASS_CONTENT, "content", "quarantine"),
	ON(CLASS_BLOCKED, "blocked", "reject"),
	ON(CLASS_RECIPIENT, "recipient", "reject"),
	ON(CLASS_FLOW, "flow", "tempfail"),
	ON(CLASS_AUTH, "auth", "tag"),
	ON(CLASS_REPUTATION, "reputation", "tag"),
	ON(CLASS_SPAM, "spam", "tag"),
	ON(CLASS_BULK, "bulk", "accept"),
	ON_LINE(LINE_DMARC_REJECT, "dmarc_reject", "quarantine",
	    "What happens to mail that fails DMARC when its author's domain asks to reject it (p=reject). "
	    "What on.auth says is added."),
	ON_LINE(LINE_DMARC_QUARANTINE, "dmarc_quarantine", "quarantine",
	    "What happens to mail that fails DMARC when its author's domain asks for quarantine. "
	    "What on.auth says is added."),
	ON_LINE(LINE_DMARC_TEMPERROR, "dmarc_temperror", "tempfail",
	    "What happens to mail that DMARC cannot judge now, because DNS gives no answer that SPF or DKIM need, when its "
	    "author's domain asks to reject or quarantine what fails. A sender can pick a key that its author's domain has "
	    "left with a dead server. What on.auth says is added."),
	THRESHOLD(CLASS_MALWARE, "malware"),
	THRESHOLD(CLASS_PHISHING, "phishing"),
	THRESHOLD(CLASS_BEC, "bec"),
	THRESHOLD(CLASS_CAMPAIGN, "campaign"),
	THRESHOLD(CLASS_CONTENT, "content"),
	THRESHOLD(CLASS_BLOCKED, "blocked"),
	THRESHOLD(CLASS_RECIPIENT, "recipient"),
	THRESHOLD(CLASS_FLOW, "flow"),
	THRESHOLD(CLASS_AUTH, "auth"),
	THRESHOLD(CLASS_REPUTATION, "reputation"),
	THRESHOLD(CLASS_SPAM, "spam"),
	THRESHOLD(CLASS_BULK, "bulk"),

	{ .name = "early", .type = OPT_CUSTOM, .offset = offsetof(struct policy_conf, early),
	  .def = "blocked, recipient, flow, reputation", .parse = parse_classes,
	  .value_help = "classes",
	  .help = "Classes that turn a client away at the command that shows it, when their line says reject or tempfail. "
	          "What connection and HELO show is answered at MAIL. The others wait for the end of the message, "
	          "where everything is known; what was found of one recipient alone counts there when it was "
	          "found of all." },

	UNSCANNED(UNSCANNED_ENCRYPTED, "encrypted", "tag",
	    "What happens when content needs a password or a key."),
	UNSCANNED(UNSCANNED_LIMIT, "limit", "quarantine",
	    "What happens when a limit was reached before everything was looked at."),
	UNSCANNED(UNSCANNED_TIMEOUT, "timeout", "quarantine",
	    "What happens when an engine or the whole scan ran out of time."),
	UNSCANNED(UNSCANNED_ENGINE, "engine", "tempfail",
	    "What happens when an engine failed or could not prove that it looked."),
	UNSCANNED(UNSCANNED_AMBIGUOUS, "ambiguous", "quarantine",
	    "What happens when clients read the message, or a damaged file in it, in ways that could not all be "
	    "followed."),
	UNSCANNED(UNSCANNED_PARTIAL, "partial", "quarantine",
	    "What happens to fragments of messages and to content that is fetched from elsewhere."),
	{ .name = "on_fail", .type = OPT_CUSTOM, .offset = offsetof(struct policy_conf, on_fail), .def = "tempfail",
	  .parse = parse_actions, .preset = true, .value_help = ACTIONS,
	  .help = "What happens when a message could not be scanned at all: no worker in time, or two workers lost." },
	ON_ENGINE(POLICY_CLAMAV, "clamav"),
	ON_ENGINE(POLICY_YARA, "yara"),

	{ .name = "forged_headers", .type = OPT_LIST, .offset = offsetof(struct policy_conf, header_fields),
	  .def = "X-Sekimori-*, X-Spam-Flag, X-Spam-Status, X-Virus-*",
	  .help = "Header fields that are removed from incoming mail, as only this gateway may write them. "
	          "A star at the end stands for anything." },
	{ .name = "add_headers", .type = OPT_BOOL, .offset = offsetof(struct policy_conf, add_headers), .def = "yes",
	  .help = "Write X-Sekimori-* header fields on delivered mail." },
	OPT_END
};

const struct opt_table policy_table = {
	.prefix = "",
	.title = "Policy",
	.size = sizeof(struct policy_conf),
	.opts = opts,
};

const struct conf_base policy_presets = { .key = "preset" };
