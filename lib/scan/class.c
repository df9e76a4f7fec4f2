/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "scan/class.h"

static const struct {
	const char *name, *help;
} classes[CLASS_N] = {
	[CLASS_MALWARE] = { "malware", "Code that does harm." },
	[CLASS_PHISHING] = { "phishing", "Steals credentials or money by a link or a form." },
	[CLASS_BEC] = { "bec", "Fraud that needs no malware and no link." },
	[CLASS_CAMPAIGN] = { "campaign", "Belongs to an outbreak that is under way." },
	[CLASS_CONTENT] = { "content", "Forbidden by the site: file names, types and sizes." },
	[CLASS_BLOCKED] = { "blocked", "From a sender that the operator does not want." },
	[CLASS_RECIPIENT] = { "recipient", "For a recipient that does not exist, or from a client that guesses them." },
	[CLASS_FLOW] = { "flow", "More than the sender's share, or too early: asked to come again." },
	[CLASS_AUTH] = { "auth", "The sender is not who the message says." },
	[CLASS_REPUTATION] = { "reputation", "Comes from where bad mail came from before." },
	[CLASS_SPAM] = { "spam", "Unwanted mail." },
	[CLASS_BULK] = { "bulk", "Newsletters and other mail to many." },
	[CLASS_INFO] = { "info", "Worth recording; never decides anything." },
};

const char *
class_name(enum class c)
{
	return classes[c].name;
}

const char *
class_help(enum class c)
{
	return classes[c].help;
}

bool
class_parse(struct str s, enum class *out)
{
	for (int i = 0; i < CLASS_N; i++) {
		if (str_eq_nocase(s, str_of(classes[i].name))) {
			*out = (enum class)i;
			return true;
		}
	}
	return false;
}
