/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Links of digests, without a socket: who may do what, and what strangers try.
 * covers: web/act.c web/clicked.c */
#include <sys/stat.h>

#include "click/folder.h"
#include "gate/settings.h"
#include "net/smtp_stub.h"
#include "response/act.h"
#include "store/records_kit.h"
#include "web/web.h"

static struct web w;
static struct pool *pool;
static struct str dir;
static struct smtp_stub *stub;
static struct web_response rs;

static struct conf *
conf_of(const char *more)
{
	struct buf text, errors;
	struct conf *out = NULL;

	buf_init(&text, 8192);
	buf_init(&errors, 8192);
	buf_printf(&text, "state_dir = %.*s\nrelease.server = 127.0.0.1:%u\nrelease.helo = gate.test\nrelease.deadline = 2s\n"
	    "bodies.min_free = 0\ndnsbl.files =\ndns.enable = no\nclick.url = https://x.test/l\n%s", STR_ARG(dir),
	    smtp_stub_port(stub), more);
	if (conf_parse(buf_str(&text), "test", settings, (struct conf_base){ .key = NULL }, &out, &errors) != RC_OK)
		printf("# %s\n", buf_cstr(&errors));
	buf_clear(&text);
	buf_clear(&errors);
	return out;
}

static void
no_log(void *arg, enum log_level level, const char *line, size_t n)
{
	(void)arg, (void)level, (void)line, (void)n;
}

/* A message that is held, and the link to it. */
static struct str
hold(struct kit_message *m, const char *tag, enum quarantine_kind kind, int64_t life_s)
{
	struct act act = { .number = 1, .expiry_s = clock_wall_ms() / 1000 + life_s, .person = STR("anna@example.com") };
	struct str path = STR_NONE;
	struct buf out;

	kit_message(m, clock_wall_ms(), tag, ENTRY_HELD);
	m->rcpts[0].kind = kind;
	m->record.subject = STR("<script>alert(1)</script>{{form}}");
	act.id = m->record.id;
	buf_init(&out, ACT_CHARS + 8);
	if (records_put(w.response.records, &m->record, kit_deadline()) == RC_OK && act_make(w.digest_keys, &act, &out) == RC_OK)
		path = pool_printf(pool, "/l/q/%s", buf_cstr(&out));
	buf_clear(&out);
	return path;
}

static unsigned
ask(enum web_method method, struct str path, struct str body, struct str cookie)
{
	struct web_request rq = { .pool = pool, .method = method, .path = path, .body = body, .cookie = cookie,
	    .client = STR("198.51.100.9") };

	buf_clear(&rs.body);
	web_answer(&w, &rq, &rs);
	return rs.status;
}

static struct str
form_of(const char *what)
{
	struct str page = buf_str(&rs.body), mark = STR("name=\"form\" value=\"");
	size_t at = str_find(page, mark);
	struct str code = at == STR_NPOS ? STR_NONE : str_from(page, at + mark.n);

	return pool_printf(pool, "form=%.*s&do=%s", STR_ARG(str_upto(code, code.n ? str_chr(code, '"') : 0)), what);
}

static enum entry_state
state(const struct kit_message *m)
{
	struct record got;

	return records_get(w.response.records, pool, m->record.id, &got, NULL) == RC_OK ? got.rcpts[0].state : ENTRY_STATES;
}

static bool
shows(const char *text)
{
	return str_find(buf_str(&rs.body), str_of(text)) != STR_NPOS;
}

static void
a_page(void)
{
	struct kit_message m, other;
	struct str link = hold(&m, "one", QUARANTINE_SPAM, 60), second = hold(&other, "two", QUARANTINE_SPAM, 60), form, cookie;

	test_int(ask(WEB_GET, link, STR_NONE, STR_NONE), 200, "a link");
	test_ok(!shows("<script") && shows("&lt;script&gt;alert(1)&lt;/script&gt;{{form}}"), "a stranger's words are text");
	form = form_of("delete");
	cookie = pool_str(pool, str_upto(rs.cookie, str_chr(rs.cookie, ';')));
	test_int(ask(WEB_HEAD, link, STR_NONE, STR_NONE), 200, "HEAD");
	test_int(ask(WEB_POST, link, form, STR_NONE), 403, "without the cookie");
	test_int(ask(WEB_POST, link, STR("do=delete"), cookie), 403, "without the code");
	test_int(ask(WEB_POST, second, form, cookie), 403, "the form of another mail");
	test_int(ask(WEB_POST, link, form_of("burn"), cookie), 403, "something else");
	test_ok(state(&m) == ENTRY_HELD && state(&other) == ENTRY_HELD, "nothing happened");
	test_int(ask(WEB_POST, link, form, cookie), 200, "the form");
	test_ok(state(&m) == ENTRY_DELETED && state(&other) == ENTRY_HELD, "deletes this mail");
	test_ok(shows("It was deleted.") && !shows("<form"), "and says so");
	test_int(ask(WEB_POST, link, form, cookie), 200, "again");
	test_ok(shows("It was deleted."), "then it says what was done");
}

static void
rights(void)
{
	struct kit_message m;
	struct str link = hold(&m, "view", QUARANTINE_POLICY, 60);

	test_int(ask(WEB_GET, link, STR_NONE, STR_NONE), 200, "to be seen");
	test_ok(shows("This mail was held") && !shows("<form"), "but not released");
	test_int(ask(WEB_GET, hold(&m, "none", QUARANTINE_VIRUS, 60), STR_NONE, STR_NONE), 410, "malware is not even shown");
	test_ok(!shows("script"), "nothing of it");
	test_int(ask(WEB_GET, hold(&m, "old", QUARANTINE_SPAM, -60), STR_NONE, STR_NONE), 410, "an expired link");
	link = hold(&m, "forged", QUARANTINE_SPAM, 60);
	test_int(ask(WEB_GET, str_upto(link, link.n - 1), STR_NONE, STR_NONE), 404, "a link that was cut");
	test_int(ask(WEB_GET, pool_printf(pool, "%.*sA", STR_ARG(link)), STR_NONE, STR_NONE), 404, "one that grew");
	test_int(ask(WEB_GET, STR("/l/q/"), STR_NONE, STR_NONE), 404, "none");
	web_conf_set(&w, conf_of("quarantine.spam.users = view\n"));
	test_int(ask(WEB_GET, link, STR_NONE, STR_NONE), 200, "rights that were taken back");
	test_ok(!shows("<form"), "hold for links that are out");
	web_conf_set(&w, conf_of(""));
}

static void
server_is_away(void)
{
	struct kit_message m;
	struct str link = hold(&m, "away", QUARANTINE_SPAM, 60), form, cookie;

	ask(WEB_GET, link, STR_NONE, STR_NONE);
	form = form_of("release");
	cookie = pool_str(pool, str_upto(rs.cookie, str_chr(rs.cookie, ';')));
	test_int(ask(WEB_POST, link, form, cookie), 503, "a mail that cannot be released now");
	test_int(state(&m), ENTRY_HELD, "waits");
}

int
main(void)
{
	static const struct log log = { .write = no_log };
	struct buf why;

	pool = pool_new(0);
	dir = folder_make();
	stub = smtp_stub_new("");
	mkdir(folder_file("ledger"), 0700);	/* the gate makes it */
	w.lc = (struct log_ctx){ &log, "-" };
	w.conf = conf_of("");
	pthread_mutex_init(&w.conf_lock, NULL);
	buf_init(&why, 4096);
	if (!w.conf || keyring_ensure(keyring_of(dir, KEYRING_CLICK), 1, &w.keys, &why) != RC_OK ||
	    web_ledger_open(&w, dir, &why) != RC_OK || web_files_open(STR_NONE, &w.files, &why) != RC_OK) {
		test_ok(false, buf_cstr(&why));
		return test_done();
	}
	a_page();
	rights();
	server_is_away();
	buf_clear(&rs.body);
	buf_clear(&why);
	web_ledger_close(&w);
	keyring_close(&w.keys);
	pool_free(&w.files.pool);
	conf_put(&w.conf);
	smtp_stub_free(&stub);
	pool_free(&pool);
	return test_done();
}
