/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "policy/links_opts.h"

#include "conf/files.h"

#define AT(field) .offset = offsetof(struct links_conf, field)
#define ON(verdict, word, dflt, text) \
	{ .name = word, .type = OPT_ENUM, AT(on[verdict]), .def = dflt, .words = actions, .preset = true, .help = text }

enum { TEXT_MAX = 200 };

static const char *const actions[] = { [REWRITE_LEAVE] = "leave", [REWRITE_DEFANG] = "defang", [REWRITE_TEXT] = "text",
	[REWRITE_UNLINK] = "unlink", [REWRITE_TO] = "rewrite", NULL };

static enum rc
parse_actions(struct pool *pool, struct str value, void *field, struct buf *why)
{
	struct action_set *act = field;
	enum rc rc = action_parse(pool, value, act, why);

	if (rc == RC_OK && act->modify & MODIFY_STRIP) {
		buf_adds(why, "strip takes out parts that are bad, which says nothing about links");
		return RC_BAD;
	}
	return rc;
}

static const struct opt opts[] = {
	ON(LINK_TRUSTED, "trusted", "leave", "Links to links.internal and links.allow."),
	ON(LINK_CLEAN, "clean", "leave",
	    "Links of which nothing bad is known. The actions are: leave; unlink: it is no link any more, its "
	    "words stay; defang: the same, and people can read where it led (hxxp://bad[.]example/); text: "
	    "links.text stands in its place; rewrite: it leads to the click gate, sekimori-web(8), which judges it "
	    "again when somebody follows it; what a page only loads, such as pictures, and where a form is sent to stay "
	    "then, while the other actions take both away. What is changed breaks the signatures that the message came "
	    "with: see arc.seal. Signed and encrypted parts stay as they are, and so do all links of mail that leaves "
	    "this site; there links of our own click gate lead to where they did before. Those that come back in answers "
	    "are judged by what is behind them and never rewritten twice."),
	ON(LINK_UNJUDGED, "unjudged", "leave", "Links that nobody was asked about, or nobody answered for."),
	ON(LINK_SUSPICIOUS, "suspicious", "leave", "Links that look as if they were bad."),
	ON(LINK_BAD, "bad", "unlink", "Links that are known to be bad."),
	{ .name = "text", .type = OPT_TEXT, AT(text), .def = "[link removed]", .max = TEXT_MAX,
	  .help = "What the action text puts in place of a link and its words. In plain text of a charset that may not have "
	          "these characters [...] stands there." },
	{ .name = "attachments", .type = OPT_BOOL, AT(attachments), .def = "no",
	  .help = "Change links in attached files of text and HTML as well." },
	{ .name = "internal", .type = OPT_LIST, AT(internal), .def = "", .value_help = "domains",
	  .help = "Domains of this site. Links to them and to what is below them are trusted." },
	{ .name = "allow", .type = OPT_LIST, AT(allow), .def = "", .value_help = "domains",
	  .help = "Domains of others whose links are trusted, and those below them." },
	{ .name = "judged", .type = OPT_INT, AT(judged), .def = "50", .min = 0, .max = 200,
	  .help = "Hosts of one message that DNS lists and services are asked about, each once, the most suspicious "
	          "first: links that hide where they lead, forms, look-alikes, words that name another host, QR codes; "
	          "then those that are followed; then what is only loaded. Links to the others are unjudged unless a "
	          "feed knows them, and LINK_UNJUDGED says how many there are." },
	{ .name = "outbound", .type = OPT_CUSTOM, AT(outbound), .def = "", .parse = networks_parse,
	  .value_help = "list of networks",
	  .help = "Machines of this site that send mail through this one without a login. Their mail, what users send "
	          "who logged in, and what is written on this machine leaves this site." },
	{ .name = "on_fail", .type = OPT_CUSTOM, AT(on_fail), .def = "quarantine", .parse = parse_actions,
	  .value_help = "actions",
	  .help = "What happens to a message whose links cannot be changed as the lines above say: clients read it in different ways, "
	          "or what came out still has them." },
	{ .name = "known_hosts", .type = OPT_PATH, AT(known_hosts_file), .def = "",
	  .help = "A file of services that shorten links, of free hosting and of open redirects, besides those that the program knows: see KNOWN HOSTS." },
	{ .name = "known_hosts_builtin", .type = OPT_BOOL, AT(known_hosts_builtin), .def = "yes",
	  .help = "Use those that the program knows as well. With no only links.known_hosts counts." },
	OPT_END
};

/* Without a file and with what is built in there is nothing to make. */
static void
load(struct conf_files *files, void *values)
{
	struct links_conf *c = values;
	struct pool *pool = conf_files_pool(files);
	struct str text = STR_NONE, path = c->known_hosts_file;

	if (path.n && !conf_files_text(files, STR("links.known_hosts"), path, &text))
		return;
	if (path.n || !c->known_hosts_builtin)
		c->known = known_hosts_parse(pool, pool_cstr(pool, path), text, c->known_hosts_builtin, files->errors);
}

const struct opt_table links_table = {
	.prefix = "links.",
	.title = "Links",
	.size = sizeof(struct links_conf),
	.opts = opts,
	.load = load,
};

bool
links_has_domain(const struct opt_list *list, struct str host)
{
	for (size_t i = 0; i < list->n; i++) {
		struct str d = list->item[i];

		if (str_eq_nocase(host, d))
			return true;
		if (host.n > d.n && host.p[host.n - d.n - 1] == '.' && str_ends_nocase(host, d))
			return true;
	}
	return false;
}
