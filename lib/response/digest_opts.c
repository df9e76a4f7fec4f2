/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "response/digest_opts.h"

#include <time.h>

#include "conf/files.h"
#include "response/mail_out.h"

enum { DAY_S = 86400, HOUR_MS = 3600 * 1000 };

static const char *const every_words[] = {
	[DIGEST_NEVER] = "never", [DIGEST_RUN] = "run", [DIGEST_HOURLY] = "hour", [DIGEST_DAILY] = "day",
	[DIGEST_WEEKLY] = "week", NULL
};
static const char *const day_words[] = {
	"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", NULL
};

static enum rc
parse_address(struct pool *pool, struct str value, void *field, struct buf *why)
{
	struct str *out = field;

	*out = pool_str(pool, value);
	if (value.n == 0 || mail_out_can(value))
		return RC_OK;
	buf_adds(why, "no plain address, such as gate@example.com");
	return RC_BAD;
}

static enum rc
parse_url(struct pool *pool, struct str value, void *field, struct buf *why)
{
	struct str *out = field;
	size_t scheme = str_starts(value, STR("https://")) ? 8 : str_starts(value, STR("http://")) ? 7 : 0;

	while (value.n > scheme + 1 && value.p[value.n - 1] == '/')
		value.n--;
	*out = pool_str(pool, value);
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] <= ' ' || (unsigned char)value.p[i] >= 0x7f || strchr("\"<>\\?#", value.p[i]))
			scheme = 0;
	if (value.n == 0 || (scheme && value.n > scheme))
		return RC_OK;
	buf_adds(why, "not a URL such as https://mail.example.com/sekimori");
	return RC_BAD;
}

#define AT(field) .offset = offsetof(struct digest_conf, field)
static const struct opt opts[] = {
	{ .name = "every", .type = OPT_ENUM, AT(every), .words = every_words, .def = "never",
	  .help = "How often people are told by mail what was held for them since the last time: never; run, at each run of the job; hour; day, at digest.hour; week, on digest.weekday. Nothing is sent when there is nothing new. Only mail is listed that people may see or release (quarantine.KIND.users)." },
	{ .name = "hour", .type = OPT_INT, AT(hour), .def = "7", .min = 0, .max = 23,
	  .help = "The hour of the day, in the time zone of this machine." },
	{ .name = "weekday", .type = OPT_ENUM, AT(weekday), .words = day_words, .def = "monday",
	  .help = "The day of digests that are sent once a week." },
	{ .name = "recipients", .type = OPT_LIST, AT(recipients), .def = "",
	  .help = "Who gets digests: domains (example.com), domains below one (.example.com) and addresses of your own. Nobody else does." },
	{ .name = "map", .type = OPT_PATH, AT(map), .def = "",
	  .help = "File that says where digests of shared boxes, lists and aliases go: a line `ADDRESS WHO' or `@DOMAIN WHO' for each, where WHO is an address." },
	{ .name = "languages", .type = OPT_LIST, AT(languages), .def = "en",
	  .help = "Languages of digests: en or ja, for all; example.jp=ja or anna@example.jp=en for a domain or an address." },
	{ .name = "from", .type = OPT_TEXT, .parse = parse_address, AT(from), .def = "", .max = 254,
	  .help = "Address that they come from. It must be set when digest.every is not never." },
	{ .name = "url", .type = OPT_TEXT, .parse = parse_url, AT(url), .def = "", .max = 255,
	  .help = "Where people reach sekimori-web, for the links in digests. Empty: click.url." },
	{ .name = "max", .type = OPT_INT, AT(max), .def = "100", .min = 1, .max = 1000,
	  .help = "So many messages, the newest, are listed in one digest; of the rest it tells the number." },
	{ .name = "interval", .type = OPT_MSEC, AT(interval_ms), .def = "5m", .min = 500, .max = 86400000,
	  .help = "How often the job `digest' looks whether it is time, and tries again what the mail server did not take." },
	{ .name = "deadline", .type = OPT_MSEC, AT(deadline_ms), .def = "30m", .min = 1000, .max = 86400000,
	  .help = "How long one run may take; the job is killed then, and goes on at its next time." },
	{ .name = "pace", .type = OPT_MSEC, AT(pace_ms), .def = "200ms", .min = 0, .max = 60000,
	  .help = "Rest between two digests, for the mail server." },
	OPT_END
};

/* ---- addresses ---- */

static struct str
domain_of(struct str address)
{
	size_t at = str_rchr(address, '@');

	return at == STR_NPOS ? STR_NONE : str_from(address, at + 1);
}

static bool
names(struct str word, struct str address)
{
	if (str_chr(word, '@') != STR_NPOS && word.p[0] != '@')
		return str_eq_nocase(word, address);
	if (word.n && word.p[0] == '.')
		return str_ends_nocase(domain_of(address), word);
	return word.n && str_eq_nocase(word.p[0] == '@' ? str_from(word, 1) : word, domain_of(address));
}

bool
digest_wanted(const struct digest_conf *c, struct str address)
{
	for (size_t i = 0; i < c->recipients.n; i++)
		if (domain_of(address).n && names(c->recipients.item[i], address))
			return true;
	return false;
}

struct str
digest_owner(const struct digest_conf *c, struct str address)
{
	const struct digest_box *box = c->boxes.items;
	struct str owner = address;

	for (size_t i = 0; i < c->boxes.n; i++) {
		if (str_eq_nocase(box[i].who, address))
			return box[i].to;
		if (names(box[i].who, address))
			owner = box[i].to;
	}
	return owner;
}

struct lang
digest_language(const struct digest_conf *c, struct str address)
{
	struct str all = STR_NONE, domain = STR_NONE, word, name;

	for (size_t i = 0; i < c->languages.n; i++) {
		word = c->languages.item[i];
		if (str_chr(word, '=') == STR_NPOS) {
			all = word;
			continue;
		}
		if (!str_next(&word, '=', &name))
			continue;
		if (str_eq_nocase(name, address))
			return lang_choose(word);
		if (names(name, address))
			domain = word;
	}
	return lang_choose(domain.n ? domain : all);
}

/* ---- time ---- */

int64_t
digest_moment(const struct digest_conf *c, int64_t now_ms)
{
	time_t now = (time_t)(now_ms / 1000), at;
	struct tm tm;

	if (c->every == DIGEST_RUN || c->every == DIGEST_NEVER)
		return now_ms;
	if (c->every == DIGEST_HOURLY)
		return now_ms - now_ms % HOUR_MS;
	localtime_r(&now, &tm);
	tm.tm_hour = (int)c->hour;
	tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	if (c->every == DIGEST_WEEKLY)
		tm.tm_mday -= (tm.tm_wday - c->weekday + 7) % 7;
	at = mktime(&tm);
	if (at > now) {
		tm.tm_mday -= c->every == DIGEST_WEEKLY ? 7 : 1;
		tm.tm_hour = (int)c->hour;
		tm.tm_isdst = -1;
		at = mktime(&tm);
	}
	return (int64_t)at * 1000;
}

/* ---- the file, and all together ---- */

static void
load(struct conf_files *files, void *values)
{
	struct digest_conf *c = values;
	struct pool *pool = conf_files_pool(files);
	struct str text, line, word[2];
	size_t at = 0;

	if (c->map.n == 0 || !conf_files_text(files, STR("digest.map"), c->map, &text))
		return;
	while (str_next(&text, '\n', &line)) {
		struct digest_box *box;

		at++;
		line = str_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		word[0] = line;
		for (size_t i = 0; i < line.n; i++)
			if (line.p[i] == ' ' || line.p[i] == '\t') {
				word[0] = str_upto(line, i);
				break;
			}
		word[1] = str_trim(str_from(line, word[0].n));
		if (!mail_out_can(word[1]) || str_chr(word[0], '@') == STR_NPOS) {
			conf_error(files->errors, pool_cstr(pool, c->map), at, word[0],
			    STR("wanted: ADDRESS WHO or @DOMAIN WHO, where WHO is an address"));
			continue;
		}
		box = vec_push(pool, &c->boxes, sizeof(*box));
		*box = (struct digest_box){ pool_str(pool, word[0]), pool_str(pool, word[1]) };
	}
}

static bool
is_language(struct str word)
{
	size_t eq = str_chr(word, '=');

	word = eq == STR_NPOS ? word : str_from(word, eq + 1);
	return str_eq(word, str_of(lang_choose(word).name));
}

static enum rc
check(const void *values, struct buf *why)
{
	const struct digest_conf *c = values;

	for (size_t i = 0; i < c->languages.n; i++)
		if (!is_language(c->languages.item[i])) {
			buf_printf(why, "digest.languages: `%.*s' names no language; there are en and ja",
			    STR_ARG(str_upto(c->languages.item[i], 80)));
			return RC_BAD;
		}
	if (c->every != DIGEST_NEVER && (c->from.n == 0 || c->recipients.n == 0)) {
		buf_adds(why, "digest.every: digests need digest.from and digest.recipients");
		return RC_BAD;
	}
	return RC_OK;
}

const struct opt_table digest_table = {
	.prefix = "digest.",
	.title = "Digests",
	.size = sizeof(struct digest_conf),
	.opts = opts,
	.check = check,
	.load = load,
};
