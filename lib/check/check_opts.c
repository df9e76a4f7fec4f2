/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/check.h"
#include "conf/suggest.h"
#include "conf/value.h"

static enum rc
no_check(struct str word, struct buf *why)
{
	struct suggest near;

	suggest_init(&near, word);
	for (size_t i = 0; checks[i]; i++)
		suggest_try(&near, str_of(checks[i]->name));
	buf_printf(why, "'%.*s' is no check", STR_ARG(word));
	suggest_write(&near, why);
	return RC_BAD;
}

static enum rc
parse_disabled(struct pool *pool, struct str value, void *field, struct buf *why)
{
	struct opt_list words = value_list(pool, value);
	const struct check **found = pool_alloc(pool, words.n * sizeof(struct check *));

	for (size_t i = 0; i < words.n; i++) {
		found[i] = check_find(words.item[i]);
		if (!found[i])
			return no_check(words.item[i], why);
	}
	*(struct check_list *)field = (struct check_list){ found, words.n };
	return RC_OK;
}

static enum rc
no_finding(struct str word, struct buf *why)
{
	struct suggest near;

	suggest_init(&near, word);
	for (size_t i = 0; checks[i]; i++)
		for (const struct finding_def *f = checks[i]->found; f->name; f++)
			suggest_try(&near, str_of(f->name));
	buf_printf(why, "'%.*s' is no finding", STR_ARG(word));
	suggest_write(&near, why);
	return RC_BAD;
}

/* "NAME=points" */
static enum rc
parse_score(struct str word, struct check_score *out, struct buf *why)
{
	size_t eq = str_chr(word, '=');
	struct str name = str_upto(word, eq);
	int64_t score;

	if (eq == STR_NPOS || !value_score(str_from(word, eq + 1), &score) || score > 100000 || score < -100000) {
		buf_printf(why, "'%.*s' is not NAME=points, such as PTR_NONE=0.5", STR_ARG(word));
		return RC_BAD;
	}
	*out = (struct check_score){ finding_find(name), (int)score };
	return out->def ? RC_OK : no_finding(name, why);
}

static enum rc
parse_scores(struct pool *pool, struct str value, void *field, struct buf *why)
{
	struct opt_list words = value_list(pool, value);
	struct check_score *scores = pool_alloc(pool, words.n * sizeof(*scores));

	for (size_t i = 0; i < words.n; i++)
		if (parse_score(words.item[i], &scores[i], why) != RC_OK)
			return RC_BAD;
	*(struct check_scores *)field = (struct check_scores){ scores, words.n };
	return RC_OK;
}

static const struct opt opts[] = {
	{ .name = "checks_disabled", .type = OPT_CUSTOM, .offset = offsetof(struct check_conf, disabled), .def = "",
	  .parse = parse_disabled, .value_help = "names of checks",
	  .help = "Checks that do not run. Without the clamav or yara check what that engine finds is not judged." },
	{ .name = "scores", .type = OPT_CUSTOM, .offset = offsetof(struct check_conf, scores), .def = "",
	  .parse = parse_scores, .value_help = "NAME=points, ...",
	  .help = "Points of findings in place of those in sekimori-checks(7). 0 records a finding without effect." },
	OPT_END
};

const struct opt_table check_table = {
	.prefix = "",
	.title = "Checks",
	.size = sizeof(struct check_conf),
	.opts = opts,
};
