/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* listed, offline, unverified, unseen, few    what a service knows
 * busy         429;  sold  509
 * broken       500
 * garbled      JSON that ends too soon;  deep  JSON that never ends going down;  other  JSON that says something else
 * page         an HTML page with 200;  moved  a redirect to what would be a hit
 * huge         more than anybody wants
 * hang         nothing
 * stranger     the key is not known
 * anything else is not listed */
#include "net/reputation.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"

enum { DEEP = 2000 };

static const char *const words[] = { "listed", "offline", "unverified", "unseen", "few", "busy", "sold", "broken", "garbled", "deep",
	"other", "page", "moved", "huge", "hang", "stranger", NULL };

static const char *
word_in(const char *text)
{
	for (int i = 0; words[i]; i++)
		if (strstr(text, words[i]))
			return words[i];
	return "";
}

/* The identifier of a URL at VirusTotal, read back. */
static void
read_id(const char *id, char *out)
{
	char text[REPUTATION_ASKED];
	size_t n = strlen(id), got = 0;

	if (n + 4 >= sizeof(text))
		n = 0;
	for (size_t i = 0; i < n; i++)
		text[i] = id[i] == '-' ? '+' : id[i] == '_' ? '/' : id[i];
	while (n % 4)
		text[n++] = '=';
	if (!base64_get((struct str){ text, n }, (unsigned char *)out, REPUTATION_ASKED - 1, &got))
		got = 0;
	out[got] = '\0';
}

static void
urlhaus(const char *word, bool host, struct buf *b)
{
	const char *status = strcmp(word, "offline") == 0 ? "offline" : "online";

	if (strcmp(word, "stranger") == 0)
		buf_adds(b, "{\"query_status\":\"unknown_auth_key\"}");
	else if (strcmp(word, "listed") != 0 && strcmp(word, "offline") != 0)
		buf_adds(b, "{\"query_status\":\"no_results\"}\n");
	else if (host)
		buf_printf(b, "{\"query_status\":\"ok\",\"url_count\":\"1\",\"urls\":[{\"id\":\"1\",\"url_status\":\"%s\","
		    "\"threat\":\"malware_download\"}]}", status);
	else
		buf_printf(b, "{\"query_status\":\"ok\",\"id\":\"1\",\"url_status\":\"%s\",\"threat\":\"malware_download\","
		    "\"tags\":[\"x\"],\"payloads\":[]}", status);
}

static void
phishtank(const char *word, struct buf *b)
{
	bool listed = strcmp(word, "listed") == 0, there = listed || strcmp(word, "unverified") == 0;

	buf_printf(b, "{\"meta\":{\"status\":\"success\"},\"results\":{\"url\":\"x\",\"in_database\":%s", there ? "true" : "false");
	if (there)
		buf_printf(b, ",\"verified\":%s,\"valid\":%s", listed ? "true" : "false", listed ? "true" : "false");
	buf_adds(b, "}}");
}

static const char *
virustotal(const char *word, struct buf *b)
{
	if (strcmp(word, "unseen") == 0) {
		buf_adds(b, "{\"error\":{\"code\":\"NotFoundError\",\"message\":\"URL not found\"}}");
		return "404 Not Found";
	}
	buf_printf(b, "{\"data\":{\"attributes\":{\"last_analysis_stats\":{\"malicious\":%d,\"suspicious\":0,\"undetected\":20,"
	    "\"harmless\":60,\"timeout\":0}}}}", strcmp(word, "listed") == 0 ? 8 : strcmp(word, "few") == 0 ? 1 : 0);
	return "200 OK";
}

/* What is no answer of any service. */
static const char *
wrong(const char *word, struct buf *b)
{
	static const struct { const char *word, *status, *body; } rows[] = {
		{ "busy", "429 Too Many Requests", "{\"query_status\":\"ok\",\"url_status\":\"online\"}" },
		{ "sold", "509 Bandwidth Limit Exceeded", "" },
		{ "broken", "500 Internal Server Error", "{\"query_status\":\"ok\",\"url_status\":\"online\"}" },
		{ "garbled", "200 OK", "{\"query_status\":\"ok\",\"url_status\":\"online\"" },
		{ "other", "200 OK", "[{\"query_status\":\"ok\"}, null, 1e400]" },
		{ "page", "200 OK", "<html>query_status ok</html>" },
		{ "moved", "302 Found\r\nLocation: /urlhaus/url/", "{\"query_status\":\"ok\",\"url_status\":\"online\"}" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(word, rows[i].word) == 0) {
			buf_adds(b, rows[i].body);
			return rows[i].status;
		}
	}
	if (strcmp(word, "deep") == 0)
		for (int i = 0; i < DEEP; i++)
			buf_adds(b, "{\"a\":[");
	if (strcmp(word, "huge") == 0) {
		buf_adds(b, "{\"query_status\":\"ok\",\"url_status\":\"online\",\"x\":\"");
		while (!b->full)
			buf_adds(b, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	}
	return b->n ? "200 OK" : NULL;
}

bool
reputation_answer(const char *path, const char *body, const char *mood, struct reputation *out)
{
	char asked[REPUTATION_ASKED];
	const char *word;

	snprintf(asked, sizeof(asked), "%s %s", path, body);
	if (strncmp(path, "/virustotal/urls/", 17) == 0)
		read_id(path + 17, asked);
	word = *mood ? mood : word_in(asked);
	*out = (struct reputation){ .hangs = strcmp(word, "hang") == 0 };
	buf_init(&out->body, REPUTATION_BODY);
	out->status = wrong(word, &out->body);
	if (out->status)
		return true;
	out->status = "200 OK";
	if (strncmp(path, "/urlhaus/", 9) == 0)
		urlhaus(word, strcmp(path, "/urlhaus/host/") == 0, &out->body);
	else if (strncmp(path, "/phishtank/", 11) == 0)
		phishtank(word, &out->body);
	else if (strncmp(path, "/virustotal/", 12) == 0)
		out->status = virustotal(word, &out->body);
	else
		out->status = NULL;
	return out->status != NULL;
}
