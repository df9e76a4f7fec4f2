/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/link_service_rows.h"

#define AT(field) .offset = offsetof(struct link_service_conf, field)
#define SERVICE(i, word, title, at, minute, day, more) \
	{ .name = word, .type = OPT_ENUM, AT(of[i].send), .def = "off", .words = words, more }, \
	{ .name = word "_key_file", .type = OPT_PATH, AT(of[i].key_file), .def = "", \
	  .help = "The file whose first line is the key that " title " gave you. Only its owner, the user that sekimorid and sekimori-web run as, may read it (mode 0600). Put it into the folder of this configuration, where sekimori-web finds it again after a reload." }, \
	{ .name = word "_url", .type = OPT_TEXT, AT(of[i].url), .def = at, .value_help = "URL", .max = URL_MAX, \
	  .help = "Where " title " is asked; https, or http on this machine." }, \
	{ .name = word "_per_minute", .type = OPT_INT, AT(of[i].per_minute), .def = minute, .min = 1, .max = 100000, \
	  .help = "Questions to " title " in a minute; what is beyond is not asked, and not judged by it." }, \
	{ .name = word "_per_day", .type = OPT_INT, AT(of[i].per_day), .def = day, .min = 1, .max = 100000000, \
	  .help = "The same for a day. sekimorid and sekimori-web count apart, and from their start." }

enum { URL_MAX = 500 };

static const char *const words[] = { [LINK_SENT_OFF] = "off", [LINK_SENT_HOST] = "host", [LINK_SENT_HASH] = "hash",
	[LINK_SENT_URL] = "url", NULL };

static const struct opt opts[] = {
	SERVICE(LINK_URLHAUS, "urlhaus", "URLhaus", "https://urlhaus-api.abuse.ch/v1", "60", "5000",
	    .help = "What URLhaus (abuse.ch: pages that spread malware) is told of a link: url, host, or off. A host is known for any of its pages, which says less. Needs a key of your own; its terms are yours to read. Its database is also there to be fetched as a feed."),
	SERVICE(LINK_PHISHTANK, "phishtank", "PhishTank", "https://checkurl.phishtank.com/checkurl", "10", "1000",
	    .help = "What PhishTank (pages that phish, verified by people) is told of a link: url or off. It answers more questions of who has a key."),
	SERVICE(LINK_VIRUSTOTAL, "virustotal", "VirusTotal", "https://www.virustotal.com/api/v3", "4", "500",
	    .help = "What VirusTotal is told of a link: hash (SHA-256 of the URL), url, host, or off. It is only looked up; nothing is given to it for analysis. Needs a key of your own; the free one must not be used in commercial products or in place of an anti-virus."),
	{ .name = "query", .type = OPT_BOOL, AT(query), .def = "no",
	  .help = "Tell services what stands behind the ? of a link as well. It often names the recipient; without it the page is known, not what is asked of it." },
	{ .name = "per_message", .type = OPT_INT, AT(per_message), .def = "10", .min = 1, .max = 100,
	  .help = "Questions for one message, to all services together. Links that hide something are asked about first." },
	{ .name = "wait_ms", .type = OPT_MSEC, AT(wait_ms), .def = "3s", .min = 50, .max = 60000,
	  .help = "How long mail and clicks wait for these services in all. What answers later is kept for the next one." },
	{ .name = "timeout_ms", .type = OPT_MSEC, AT(timeout_ms), .def = "20s", .min = 100, .max = 300000,
	  .help = "When a request is given up." },
	{ .name = "hit_ms", .type = OPT_MSEC, AT(hit_ms), .def = "6h", .min = 1000, .max = 604800000,
	  .help = "How long it is believed that a link is bad." },
	{ .name = "no_hit_ms", .type = OPT_MSEC, AT(no_hit_ms), .def = "30m", .min = 1000, .max = 604800000,
	  .help = "How long it is believed that nothing is known of a link." },
	{ .name = "break_ms", .type = OPT_MSEC, AT(break_ms), .def = "300s", .min = 100, .max = 86400000,
	  .help = "How long a service is left alone that does not answer, refuses the key, or has had too many questions." },
	{ .name = "engines", .type = OPT_INT, AT(engines), .def = "3", .min = 1, .max = 100,
	  .help = "As many engines of VirusTotal must call a link malicious to make it a hit. When it is fewer, the link is not judged." },
	OPT_END
};

/* A key goes over a wire only when the wire is safe. */
static bool
is_safe(struct str url)
{
	static const char *const here[] = { "http://127.0.0.1", "http://[::1]", "http://localhost" };

	for (size_t i = 0; i < sizeof(here) / sizeof(*here); i++) {
		struct str rest = str_from(url, strlen(here[i]));

		if (str_starts(url, str_of(here[i])) && (rest.n == 0 || rest.p[0] == ':' || rest.p[0] == '/'))
			return true;
	}
	return str_starts(url, STR("https://"));
}

static enum rc
check(const void *values, struct buf *why)
{
	const struct link_service_conf *c = values;

	for (size_t i = 0; i < LINK_SERVICES; i++) {
		const struct service_row *row = &service_rows[i];
		const struct link_service_one *one = &c->of[i];

		if (one->send == LINK_SENT_OFF)
			continue;
		if (!(row->sends & 1u << one->send))
			buf_printf(why, "%s%s cannot be asked by %s", why->n ? "; " : "", row->name, words[one->send]);
		if (row->key_needed && one->key_file.n == 0)
			buf_printf(why, "%s%s needs a key: set link_service.%s_key_file", why->n ? "; " : "", row->name,
			    row->name);
		if (!is_safe(one->url))
			buf_printf(why, "%slink_service.%s_url must begin with https://", why->n ? "; " : "", row->name);
	}
	return why->n ? RC_BAD : RC_OK;
}

const struct opt_table link_service_table = {
	.prefix = "link_service.",
	.title = "Reputation services of links",
	.size = sizeof(struct link_service_conf),
	.opts = opts,
	.check = check,
};
