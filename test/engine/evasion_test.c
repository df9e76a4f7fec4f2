/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The evasion set through the engines: what hides a payload must show it, or say what was
 * not looked at, as the set's own codes ask. Prints the share per class. */
#include <json-c/json.h>

#include "base/clock.h"
#include "kit.h"

#ifdef __SANITIZE_ADDRESS__
enum { BOUND_MS = 240000 };	/* its realloc copies each time, which libclamav asks for a lot */
#else
enum { BOUND_MS = 30000 };
#endif

static const char rules[] =
	"engine.clamav_databases = rules/clamav\n"
	"engine.yara_rules = rules/yara\n";

/* What was reached; less is a step back. */
static struct {
	const char *name;
	int want, total, good;
} classes[] = {
	{ "mime-header", 100, 0, 0 }, { "mime-structure", 100, 0, 0 }, { "mime-decode", 100, 0, 0 },
	{ "container", 100, 0, 0 }, { "dos", 100, 0, 0 }, { "control", 100, 0, 0 },
};

static const char *
text(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : "";
}

static bool
has_type(const struct kit *k, const char *type)
{
	for (size_t i = 0; i < k->report.parts.n; i++)
		if (str_eq(report_part_at(&k->report, i)->type, str_of(type)))
			return true;
	return false;
}

static bool
judge(const struct kit *k, const char *id, const char *code, int64_t ms)
{
	bool found = kit_hit(k, "eicar") != NULL, gaps = k->report.unscanned.n > 0;

	if (ms > BOUND_MS)
		return false;
	if (strcmp(code, "MAL") == 0)
		return found;
	if (strcmp(code, "AMB") == 0)
		return found || gaps || (k->report.defects & defect_ambiguous);
	if (strcmp(code, "UNSC") == 0)
		return found || gaps || (k->report.defects & defect_ambiguous);
	if (strcmp(code, "LIM") == 0)
		return found || gaps;
	if (strcmp(code, "KEEP") == 0 || strcmp(code, "REW") == 0)
		return k->scan.hits.n == 0 && !gaps;
	if (strcmp(code, "NAME") == 0)
		return has_type(k, strcmp(id, "T145") == 0 ? "application/x-ms-shortcut" : "application/vnd.ms-htmlhelp");
	return strcmp(code, "BND") == 0 || strcmp(code, "URLF") == 0;
}

static int
class_of(const char *name)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strcmp(classes[i].name, name) == 0)
			return (int)i;
	return -1;
}

static void
run_case(struct kit *k, const char *dir, struct json_object *o)
{
	char path[512], name[200];
	int c = class_of(text(o, "class"));
	struct buf mail;
	int64_t began = clock_mono_ms();
	bool good;

	if (c < 0)
		return;
	snprintf(path, sizeof(path), "%s/%s", dir, text(o, "file"));
	buf_init(&mail, 64 << 20);
	good = fdio_read_file(path, &mail) == RC_OK;
	if (good)
		kit_inspect(k, buf_str(&mail));
	good = good && judge(k, text(o, "id"), text(o, "expected"), clock_mono_ms() - began);
	snprintf(name, sizeof(name), "%s %s %s: %.100s", text(o, "id"), text(o, "class"), text(o, "expected"),
	    text(o, "shape"));
	if (!test_ok(good, name))
		kit_show(k);
	classes[c].total++;
	classes[c].good += good;
	buf_clear(&mail);
}

static void
run_all(struct kit *k, const char *dir)
{
	char path[512];
	struct json_object *root, *cases;

	snprintf(path, sizeof(path), "%s/manifest.json", dir);
	root = json_object_from_file(path);
	if (!test_ok(root && json_object_object_get_ex(root, "cases", &cases), "the manifest is there"))
		return;
	for (size_t i = 0; i < json_object_array_length(cases); i++)
		run_case(k, dir, json_object_array_get_idx(cases, i));
	json_object_put(root);
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		char name[100];
		int share = classes[i].total ? classes[i].good * 100 / classes[i].total : 0;

		snprintf(name, sizeof(name), "%s: %d of %d", classes[i].name, classes[i].good, classes[i].total);
		test_ok(share >= classes[i].want, name);
	}
}

int
main(void)
{
	struct kit k;
	char dir[64];

	if (!kit_corpus("evasion.tar.xz", dir, sizeof(dir))) {
		test_skip("evasion set", "not in SEKIMORI_CORPUS");
		return test_done();
	}
	if (test_ok(kit_open(&k, rules), "engines open"))
		run_all(&k, dir);
	kit_close(&k);
	kit_remove(dir);
	return test_done();
}
