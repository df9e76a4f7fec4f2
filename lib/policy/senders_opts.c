/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "policy/groups.h"

static const struct opt opts[] = {
	{ .name = "sender_groups", .type = OPT_PATH, .offset = offsetof(struct senders_conf, file),
	  .def = "$rules_dir/lists/sender_groups",
	  .help = "The file of sender groups, see SENDER GROUPS. Empty: there are none, and no flow policy applies." },
	{ .name = "trusted_relays", .type = OPT_CUSTOM, .offset = offsetof(struct senders_conf, relays), .def = "",
	  .parse = networks_parse, .value_help = "list of networks",
	  .help = "Our own or our provider's mail servers in front of this one, see TRUSTED RELAYS: who connected to them is judged in their place. They are servers of auth.trusted_networks as well." },
	OPT_END
};

static void
load(struct conf_files *files, void *values)
{
	struct senders_conf *c = values;
	struct str text;

	if (c->file.n && conf_files_text(files, STR("sender_groups"), c->file, &text))
		groups_parse(conf_files_pool(files), pool_cstr(conf_files_pool(files), c->file), text, files->errors,
		    &c->groups);
}

const struct opt_table senders_table = {
	.prefix = "",
	.title = "Senders",
	.size = sizeof(struct senders_conf),
	.opts = opts,
	.load = load,
};

bool
senders_relayed(const struct senders_conf *c, const struct session *s)
{
	struct ip ip;

	return c->relays.n > 0 && s->auth_user.n == 0 && ip_parse(s->client_addr, &ip) &&
	    networks_have(&c->relays, &ip);
}
