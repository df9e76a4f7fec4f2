/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "click/click_opts.h"

#include "click/token.h"

#define AT(field) .offset = offsetof(struct click_conf, field)

enum { URL_MAX = 500, DIR_MAX = 1000, TEXT_MAX = 200, DAY_MS = 86400000 };

static const char *const privacies[] = { [CLICK_PRIVACY_NONE] = "none", [CLICK_PRIVACY_ANONYMOUS] = "anonymous",
	[CLICK_PRIVACY_STRICT] = "strict", NULL };
static const char *const unjudged[] = { [CLICK_UNJUDGED_ALLOW] = "allow", [CLICK_UNJUDGED_WARN] = "warn",
	[CLICK_UNJUDGED_BLOCK] = "block", NULL };

/* "https://links.example.com/l/" is kept without the last slash. */
static enum rc
parse_url(struct pool *pool, struct str value, void *field, struct buf *why)
{
	(void)pool;
	while (value.n && value.p[value.n - 1] == '/')
		value.n--;
	if (value.n && (!token_url_fits(value) || str_chr(value, '?') != STR_NPOS || str_chr(value, '#') != STR_NPOS)) {
		buf_printf(why, "'%.*s' is no URL that links can begin with, such as https://links.example.com/l",
		    STR_ARG(str_upto(value, 80)));
		return RC_BAD;
	}
	*(struct str *)field = value;
	return RC_OK;
}

static const struct opt opts[] = {
	{ .name = "url", .type = OPT_TEXT, AT(url), .def = "", .max = URL_MAX, .parse = parse_url, .value_help = "URL",
	  .help = "What rewritten links begin with: where people's browsers reach sekimori-web(8), as a rule a host name of its own behind a proxy that does TLS, such as https://links.example.com. Empty: links are not rewritten." },
	{ .name = "listen", .type = OPT_TEXT, AT(listen), .def = "inet:8898@127.0.0.1", .restart = true,
	  .value_help = "unix:/path, inet:port@host, inet6:port@host",
	  .help = "Where sekimori-web(8) listens, in plain HTTP." },
	{ .name = "expire", .type = OPT_MSEC, AT(expire_ms), .def = "365d", .min = 3600000, .max = 3650LL * DAY_MS,
	  .help = "How long a rewritten link works. Keys are kept as long, see sekimorictl(8), keys." },
	{ .name = "privacy", .type = OPT_ENUM, AT(privacy), .def = "none", .words = privacies,
	  .help = "What is kept of clicks: none: recipient, address of the client, link and what was shown; anonymous: neither recipient nor address, and links do not carry their recipient; strict: nothing, neither in the log nor in clicks.jsonl." },
	{ .name = "unjudged", .type = OPT_ENUM, AT(unjudged), .def = "warn", .words = unjudged,
	  .help = "What a click leads to when nothing could be found out about the link in time." },
	{ .name = "go_on", .type = OPT_BOOL, AT(go_on), .def = "yes",
	  .help = "People may go on from the page that warns. From one that blocks they never may." },
	{ .name = "site", .type = OPT_TEXT, AT(site), .def = "", .max = TEXT_MAX,
	  .help = "Name of the organisation, at the top of each page." },
	{ .name = "contact", .type = OPT_TEXT, AT(contact), .def = "", .max = TEXT_MAX,
	  .help = "Whom people are to ask when a link is blocked: an address, a number, a sentence." },
	{ .name = "templates", .type = OPT_PATH, AT(templates), .def = "", .max = DIR_MAX, .restart = true,
	  .help = "Folder with files that are used in place of the built-in ones: page.html, style.css, logo.svg. See sekimori-web(8), TEMPLATES." },
	{ .name = "proxies", .type = OPT_CUSTOM, AT(proxies), .def = "127.0.0.0/8, ::1", .parse = networks_parse,
	  .value_help = "networks",
	  .help = "Proxies in front of sekimori-web. From them the last address of X-Forwarded-For that is not itself a proxy is taken for the client. Who comes by a unix socket is one of them." },
	{ .name = "judge_ms", .type = OPT_MSEC, AT(judge_ms), .def = "2s", .min = 50, .max = 60000,
	  .help = "How long people wait for the verdict on a link." },
	{ .name = "burst", .type = OPT_INT, AT(burst), .def = "50", .min = 1, .max = 1000000,
	  .help = "Clicks on one link within click.burst_ms before it is held for as long: people do not click that often, programs do." },
	{ .name = "burst_ms", .type = OPT_MSEC, AT(burst_ms), .def = "5s", .min = 100, .max = 3600000,
	  .help = "The time for click.burst." },
	{ .name = "threads", .type = OPT_INT, AT(threads), .def = "16", .min = 1, .max = 256, .restart = true,
	  .help = "Threads that answer. One that waits for a verdict answers nobody else." },
	{ .name = "connections_max", .type = OPT_INT, AT(connections_max), .def = "1000", .min = 4, .max = 100000,
	  .restart = true, .help = "Connections at the same time; further ones wait." },
	{ .name = "client_max", .type = OPT_INT, AT(client_max), .def = "0", .min = 0, .max = 100000, .restart = true,
	  .help = "Connections of one address at the same time; 0: no limit, as a proxy in front is one address." },
	{ .name = "timeout_ms", .type = OPT_MSEC, AT(timeout_ms), .def = "15s", .min = 1000, .max = 300000,
	  .restart = true, .help = "A connection on which nothing moves for so long is closed." },
	{ .name = "records_max", .type = OPT_SIZE, AT(records_max), .def = "64M", .max = 4LL << 30, .restart = true,
	  .help = "Room for what people clicked, in clicks.jsonl of state_dir; sekimorictl clicks lists it. Twice as much is used, then the oldest goes. 0 keeps nothing." },
	{ .name = "follow", .type = OPT_BOOL, AT(follow), .def = "no",
	  .help = "Ask services that shorten links where a link leads, and judge that as well before people go there. Only shorteners are asked (those that links.known_hosts is about, and click.follow_hosts), by HEAD and at public addresses only, never the server at the end; the service sees that somebody asked." },
	{ .name = "follow_hosts", .type = OPT_LIST, AT(follow_hosts),
	  .def = "",
	  .help = "Further hosts of services that shorten links, for click.follow, such as one of your own." },
	{ .name = "follow_ms", .type = OPT_MSEC, AT(follow_ms), .def = "2s", .min = 100, .max = 30000,
	  .help = "How long all of that may take for one click." },
	{ .name = "follow_hops", .type = OPT_INT, AT(follow_hops), .def = "5", .min = 1, .max = 20,
	  .help = "How many redirects are followed." },
	OPT_END
};

const struct opt_table click_table = {
	.prefix = "click.",
	.title = "Click gate",
	.size = sizeof(struct click_conf),
	.opts = opts,
};
