/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "policy/rcpt_groups.h"

#include "base/ascii.h"
#include "conf/overlay.h"
#include "conf/suggest.h"
#include "policy/group_test.h"
#include "policy/links_opts.h"
#include "policy/policy.h"
#include "recipient/recipients.h"
#include "recipient/table.h"

#define AT(field) .offset = offsetof(struct rcpt_groups_conf, field)

static const char *const unanswered_words[] = {
	[RCPT_UNANSWERED_TEMPFAIL] = "tempfail",
	[RCPT_UNANSWERED_NEXT] = "next",
	NULL
};

static const struct opt opts[] = {
	{ .name = "recipient_groups", .type = OPT_PATH, AT(file), .def = "",
	  .help = "The file of recipient groups, see RECIPIENT GROUPS. Empty: there are none, and all mail is judged by one policy." },
	{ .name = "recipient_presets", .type = OPT_PATH, AT(presets), .def = "$rules_dir/presets",
	  .help = "The folder of presets that recipient groups can name as their policy." },
	{ .name = "recipient_groups_unanswered", .type = OPT_ENUM, AT(unanswered), .words = unanswered_words,
	  .def = "tempfail",
	  .help = "What happens when a table or directory that a group names does not answer in time: tempfail tells the client to come again, so that nobody's mail is judged by another policy than theirs; next goes on as if the recipient were not in that group." },
	OPT_END
};

static const struct opt_table *const tables[] = { &policy_table, &links_table, NULL };
/* What is looked at before recipients have a say, or once for the whole message. */
static const char *const for_all[] = { "preset", "forged_headers", "links.known_hosts", "links.known_hosts_builtin",
	"links.internal", "links.allow", "links.judged", "links.outbound", NULL };
static const struct overlay_keys keys = { tables, for_all };

struct loader {
	struct conf_files *files;
	const struct rcpt_groups_conf *conf;
	struct str dir;			/* of the file of groups */
	struct vec policies;		/* struct rcpt_policy * */
	struct vec tables;		/* struct str */
};

static struct pool *
pool_of(const struct loader *l)
{
	return conf_files_pool(l->files);
}

/* ---- policies ---- */

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum((unsigned char)s.p[i]) && s.p[i] != '_' && s.p[i] != '-')
			return false;
	return s.n > 0 && s.n <= RCPT_POLICY_NAME;
}

static struct str
preset_path(const struct loader *l, struct str name)
{
	return pool_printf(pool_of(l), "%.*s/%.*s.conf", STR_ARG(l->conf->presets), STR_ARG(name));
}

static bool
lay_preset(struct loader *l, struct conf *over, struct str name)
{
	struct source s = { .pool = pool_of(l), .errors = l->files->errors };
	struct str path = preset_path(l, name), text;

	if (!is_name(name) || !conf_files_try(l->files, STR("recipient_groups"), path, &text))
		return false;
	source_text(&s, pool_cstr(pool_of(l), path), text);
	overlay_lines(l->files, over, &keys, &s);
	return true;
}

/* Its line `preset` comes first, wherever it stands: the others replace single lines of it. */
static void
lay_file(struct loader *l, struct conf *over, struct str path, struct str text)
{
	struct source all = { .pool = pool_of(l), .errors = l->files->errors }, own = all;
	const struct conf_line *lines;
	bool preset = false;

	source_text(&all, pool_cstr(pool_of(l), path), text);
	lines = all.lines.items;
	for (size_t i = 0; i < all.lines.n; i++) {
		if (preset || !str_eq(lines[i].key, STR("preset"))) {
			*(struct conf_line *)vec_push(own.pool, &own.lines, sizeof(*lines)) = lines[i];
			continue;
		}
		preset = true;
		if (!lay_preset(l, over, lines[i].value))
			conf_errorf(all.errors, lines[i].file, lines[i].line, lines[i].key, "no '%.*s.conf' in %.*s",
			    STR_ARG(str_upto(lines[i].value, RCPT_POLICY_NAME)), STR_ARG(l->conf->presets));
	}
	overlay_lines(l->files, over, &keys, &own);
}

static const struct rcpt_policy *
known(const struct loader *l, struct str name)
{
	struct rcpt_policy *const *all = l->policies.items;

	for (size_t i = 0; i < l->policies.n; i++)
		if (str_eq(all[i]->name, name))
			return all[i];
	return NULL;
}

/* policies/NAME.conf beside the file of groups, else the preset of that name. */
static const struct rcpt_policy *
make_policy(struct loader *l, struct str name)
{
	struct str path = pool_printf(pool_of(l), "%.*spolicies/%.*s.conf", STR_ARG(l->dir), STR_ARG(name)), text;
	struct rcpt_policy *p = pool_alloc(pool_of(l), sizeof(*p));

	*p = (struct rcpt_policy){ pool_str(pool_of(l), name), overlay_new(l->files) };
	if (conf_files_try(l->files, STR("recipient_groups"), path, &text))
		lay_file(l, p->conf, path, text);
	else if (!lay_preset(l, p->conf, name))
		return NULL;
	*(struct rcpt_policy **)vec_push(pool_of(l), &l->policies, sizeof(p)) = p;
	return p;
}

static void
no_policy(const struct loader *l, struct str word, struct buf *why)
{
	static const char *const presets[] = { "default", "observe", "recommended", "strict" };
	struct suggest near;

	if (word.n == 0) {
		buf_adds(why, "a policy is missing: a preset, the name of a file in policies, or default");
		return;
	}
	buf_printf(why, "'%.*s' is no policy: neither %.*spolicies/%.*s.conf nor a preset in %.*s",
	    STR_ARG(str_upto(word, RCPT_POLICY_NAME)), STR_ARG(l->dir), STR_ARG(str_upto(word, RCPT_POLICY_NAME)),
	    STR_ARG(l->conf->presets));
	suggest_init(&near, word);
	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
		suggest_try(&near, str_of(presets[i]));
	suggest_write(&near, why);
}

static bool
take_policy(void *arg, struct str word, struct group *g, struct buf *why)
{
	struct loader *l = arg;

	g->word = pool_cstr(pool_of(l), str_upto(word, RCPT_POLICY_NAME));
	if (str_eq(word, STR("default")))
		return true;
	if (l->policies.n >= RCPT_POLICIES) {
		buf_printf(why, "more than %d policies", RCPT_POLICIES);
		return false;
	}
	g->policy = is_name(word) ? known(l, word) : NULL;
	if (!g->policy && is_name(word))
		g->policy = make_policy(l, word);
	if (!g->policy)
		no_policy(l, word, why);
	return g->policy != NULL;
}

/* ---- lists and tables ---- */

/* Beside the file of groups, unless it says where. */
static struct str
path_of(const struct loader *l, struct str name)
{
	return name.n && name.p[0] == '/' ? name : pool_printf(pool_of(l), "%.*s%.*s", STR_ARG(l->dir), STR_ARG(name));
}

/* What is in it is for the service that asks it: a file that ldap= names has a password, perhaps. */
static bool
take_table(struct loader *l, struct str type, struct str name, struct group_value *v)
{
	const struct str *all = l->tables.items;

	v->text = pool_printf(pool_of(l), "%.*s:%.*s", STR_ARG(type), STR_ARG(path_of(l, name)));
	for (size_t i = 0; i < l->tables.n; i++)
		if (str_eq(all[i], v->text))
			return true;
	*(struct str *)vec_push(pool_of(l), &l->tables, sizeof(v->text)) = v->text;
	return true;
}

static bool
take_list(struct loader *l, struct group_value *v, struct buf *why)
{
	struct str path = path_of(l, v->text), text;
	struct opt_list *set;
	size_t line;

	if (!conf_files_try(l->files, STR("recipient_groups"), path, &text)) {
		buf_printf(why, "no file %.*s", STR_ARG(path));
		return false;
	}
	set = pool_alloc(pool_of(l), sizeof(*set));
	if (rcpt_list_parse(pool_of(l), text, set, &line) != RC_OK) {
		buf_printf(why, "%.*s:%zu: neither an address nor a domain", STR_ARG(path), line);
		return false;
	}
	v->set = set;
	return true;
}

static bool
take_value(void *arg, const struct group_cond *cond, struct group_value *v, struct buf *why)
{
	struct str name, word = str_of(cond->name);

	if (str_eq(word, STR("list")))
		return take_list(arg, v, why);
	if (str_eq(word, STR("ldap")))
		return take_table(arg, word, v->text, v);
	if (str_eq(word, STR("table")) && table_is_word(v->text, &name))
		return take_table(arg, str_upto(v->text, str_chr(v->text, ':')), name, v);
	return true;
}

static void
load(struct conf_files *files, void *values)
{
	struct rcpt_groups_conf *c = values;
	struct loader l = { .files = files, .conf = c };
	struct pool *pool = conf_files_pool(files);
	struct str text;

	if (c->file.n == 0 || !conf_files_text(files, STR("recipient_groups"), c->file, &text))
		return;
	l.dir = str_upto(c->file, str_rchr(c->file, '/') + 1);
	groups_read(pool, pool_cstr(pool, c->file), text, files->errors,
	    &(struct group_kind){ rcpt_conds, take_policy, take_value, &l }, &c->groups);
	c->tables = (struct opt_list){ l.tables.items, l.tables.n };
}

/* Its place in the list of tables is behind those of policy and links, which its overlays begin with. */
const struct opt_table rcpt_groups_table = {
	.prefix = "",
	.title = "Recipient groups",
	.size = sizeof(struct rcpt_groups_conf),
	.opts = opts,
	.load = load,
};

/* ---- whose ---- */

/* The lines as they are, or without those of which nobody could say whether they hold. */
static const struct group *
first_line(const struct rcpt_groups_conf *c, const struct group_facts *facts, bool *open)
{
	struct groups rest = c->groups;
	const struct group *g = groups_first(&rest, facts, open);

	while (g && *open && c->unanswered == RCPT_UNANSWERED_NEXT) {
		rest = (struct groups){ g + 1, c->groups.n - (size_t)(g + 1 - c->groups.item) };
		g = groups_first(&rest, facts, open);
	}
	return g;
}

void
rcpt_groups_find(const struct conf *conf, struct recipients *recipients, struct pool *pool, struct str address,
    struct rcpt_whose *out)
{
	const struct rcpt_groups_conf *c = conf_values(conf, &rcpt_groups_table);
	const struct recipients_conf *rc = conf_values(conf, &recipients_table);
	struct rcpt_facts facts = { .recipients = recipients };
	struct recipient_keys above;
	const struct group *g;
	bool open = false;

	*out = (struct rcpt_whose){ .policy = NULL };
	if (c->groups.n == 0 || !recipient_parse(pool, address, rc->delimiter, &facts.address))
		return;
	recipient_keys(pool, &facts.address, false, &facts.keys);
	recipient_domain_keys(facts.address.domain, &above);
	for (size_t i = 0; i < above.n && facts.keys.n < RECIPIENT_KEYS; i++)
		facts.keys.key[facts.keys.n++] = above.key[i];
	g = first_line(c, &(struct group_facts){ .rcpt = &facts, .open = &open }, &out->unanswered);
	if (!g)
		return;
	out->group = g->name;
	if (!out->unanswered)
		out->policy = g->policy;
}

const struct conf *
rcpt_policy_conf(const struct conf *conf, const struct rcpt_policy *p)
{
	return p ? p->conf : conf;
}

struct str
rcpt_policy_name(const struct rcpt_policy *p)
{
	return p ? p->name : STR("default");
}
