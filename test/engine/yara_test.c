/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Rule files: what is refused and why, meta, scopes, externals. Our own rules have their samples
 * in test/rules/. */
#include "engine/yara.h"
#include "kit.h"

struct heard {
	char names[2000], last[300];
	int score;
	enum class class;
};

static void
on_hit(void *arg, const struct yara_match *m)
{
	struct heard *h = arg;
	size_t n = strlen(h->names);

	snprintf(h->names + n, sizeof(h->names) - n, "%.*s ", STR_ARG(m->rule));
	snprintf(h->last, sizeof(h->last), "%.*s", STR_ARG(m->strings));
	h->score = m->score;
	h->class = m->class;
}

static const struct str modules[] = { { "pe", 2 }, { "math", 4 } };
static const struct opt_list allowed = { modules, 2 };

static struct yara *
open_folder(const char *dir, struct buf *errors)
{
	struct str path = str_of(dir);
	struct yara *y = NULL;
	struct limits lim = { .yara_ms = 5000 };

	if (yara_open((struct opt_list){ &path, 1 }, allowed, (struct log_ctx){ &kit_log, "-" }, &y, errors) != RC_OK)
		return NULL;
	return yara_start(y, &lim) == RC_OK ? y : NULL;
}

static enum rc
scan(struct yara *y, enum yara_scope scope, const char *name, struct str content, struct heard *h)
{
	struct yara_subject s = { .scope = scope, .content = content, .part_name = str_of(name), .part_id = STR("1.2") };

	memset(h, 0, sizeof(*h));
	return yara_scan(y, &s, on_hit, h);
}

#define META(c, s, more) "meta: description = \"d\" class = \"" c "\" score = \"" s "\" " more " "

static const struct {
	const char *file, *text, *error;	/* error: NULL, or what the refusal says */
} files[] = {
	{ "good.yar", "rule good { " META("spam", "2.5", "") "strings: $a = \"GOODWORD\" condition: $a }", NULL },
	{ "text.yar", "rule only_text { " META("bec", "3", "scope = \"text, html\"")
	    "strings: $a = \"GOODWORD\" condition: $a }", NULL },
	{ "third.yar", "rule third { meta: score = 75 strings: $a = \"THIRDWORD\" condition: $a }", NULL },
	{ "name.yar", "rule name { " META("content", "1", "")
	    "condition: part_name == \"x.exe\" and filename == part_name and extension == \".exe\" }", NULL },
	{ "mail.yar", "rule mail { " META("phishing", "4", "")
	    "condition: mail_from_domain == \"a.example\" and mail_subject contains \"hello\" }", NULL },
	{ "same.yar", "rule good { " META("info", "1", "") "condition: false }", NULL },
	{ "private.yar", "private rule part { strings: $a = \"PARTWORD\" condition: $a }\n"
	    "rule of_parts { " META("bulk", "1", "") "condition: part }", NULL },
	{ "pe.yar", "import \"pe\"\nrule with_pe { " META("malware", "1", "") "condition: pe.is_pe }", NULL },
	{ "syntax.yar", "rule ok { condition: true }\nrule bad {\n condition: $nothing }\n", "syntax.yar:3: " },
	{ "module.yar", "\nimport \"cuckoo\"\nrule m { condition: true }\n", "module.yar:2: the module \"cuckoo\"" },
	{ "include.yar", "include \"good.yar\"\n", "include.yar:1: " },
	{ "class.yar", "\nrule c { meta: class = \"evil\" condition: true }", "class.yar:2: rule c: class \"evil\"" },
	{ "score.yar", "rule s { meta: class = \"spam\" score = \"1.25\" condition: true }", "score.yar:1: rule s: score" },
	{ "scope.yar", "rule o { meta: class = \"spam\" scope = \"body\" condition: true }", "scope.yar:1: rule o: scope" },
};

static void
test_lint(const char *dir)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[200], name[200];
		struct buf errors;
		enum rc rc;

		buf_init(&errors, 10000);
		snprintf(path, sizeof(path), "%s/%s", dir, files[i].file);
		rc = yara_lint(path, allowed, &errors);
		snprintf(name, sizeof(name), "lint %s", files[i].file);
		if (!test_ok((rc == RC_OK) == !files[i].error &&
		    (!files[i].error || strstr(buf_cstr(&errors), files[i].error)), name))
			printf("#   %s\n", buf_cstr(&errors));
		buf_clear(&errors);
	}
}

static void
test_errors(const struct buf *errors)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char name[200];

		if (!files[i].error)
			continue;
		snprintf(name, sizeof(name), "%s is refused with its line", files[i].file);
		if (!test_ok(strstr(buf_cstr(errors), files[i].error) != NULL, name))
			printf("#   %s\n", buf_cstr(errors));
	}
}

static void
test_scans(struct yara *y)
{
	struct heard h;
	const struct yara_rule_stat *stats;
	struct pool *pool = pool_new(0);
	size_t n, hits = 0;

	test_int((int64_t)yara_files(y), 8, "eight files serve");
	test_ok(scan(y, YARA_FILE, "", STR("xxGOODWORDxx"), &h) == RC_OK && strcmp(h.names, "good ") == 0, "scope file");
	test_ok(h.score == 25 && h.class == CLASS_SPAM && strcmp(h.last, "$a at 2") == 0, "class, score, strings");
	test_ok(scan(y, YARA_TEXT, "", STR("GOODWORD"), &h) == RC_OK && strcmp(h.names, "only_text ") == 0, "scope text");
	test_ok(scan(y, YARA_MESSAGE, "", STR("GOODWORD"), &h) == RC_OK && !h.names[0], "scope message: no rule");
	test_ok(scan(y, YARA_FILE, "", STR("THIRDWORD"), &h) == RC_OK && h.score == YARA_SCORE_DEFAULT &&
	    h.class == CLASS_MALWARE, "a rule of others counts as malware, its own score does not");
	test_ok(scan(y, YARA_FILE, "x.exe", STR("."), &h) == RC_OK && strcmp(h.names, "name ") == 0, "externals of the part");
	test_ok(scan(y, YARA_FILE, "", STR("PARTWORD"), &h) == RC_OK && strcmp(h.names, "of_parts ") == 0,
	    "a private rule is not reported, the rule it is part of is");
	yara_mail(y, &(struct yara_mail){ .from_domain = STR("a.example"), .subject = STR("say hello") });
	test_ok(scan(y, YARA_FILE, "", STR("."), &h) == RC_OK && strcmp(h.names, "mail ") == 0, "externals of the mail");
	yara_mail(y, &(struct yara_mail){ .subject = STR("none") });
	test_ok(scan(y, YARA_FILE, "", STR("."), &h) == RC_OK && !h.names[0], "and they change with it");
	n = yara_stats(y, pool, &stats);
	for (size_t i = 0; i < n; i++)
		hits += stats[i].hits;
	test_int((int64_t)n, 8, "an account for each rule, none for private ones");
	test_int((int64_t)hits, 6, "hits are counted");
	pool_free(&pool);
}

static void
test_files(void)
{
	char dir[64];
	struct buf errors;
	struct yara *y;

	buf_init(&errors, 100000);
	if (!kit_folder(dir, sizeof(dir)))
		return;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		kit_put(dir, files[i].file, str_of(files[i].text));
	test_lint(dir);
	y = open_folder(dir, &errors);
	if (test_ok(y != NULL, "the good files serve")) {
		test_errors(&errors);
		test_scans(y);
		yara_close(&y);
	}
	kit_remove(dir);
	test_ok(kit_folder(dir, sizeof(dir)) && kit_put(dir, "bad.yar", STR("rule")), "a folder with a broken file only");
	test_ok(open_folder(dir, &errors) == NULL, "is refused as a whole");
	kit_remove(dir);
	buf_clear(&errors);
}

int
main(void)
{
	test_files();
	return test_done();
}
