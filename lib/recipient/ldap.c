/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/clock.h"
#include "recipient/cf.h"
#include "recipient/server.h"

enum { ATTRIBUTES = 16, ROWS = 2, TIMEOUT_MAX_S = 3600 };

static const struct cf_name names[] = {
	{ "server_host", "localhost", NULL },
	{ "server_port", "389", NULL },
	{ "search_base", NULL, NULL },
	{ "query_filter", "(mailacceptinggeneralid=%s)", NULL },
	{ "result_attribute", "maildrop", NULL },
	{ "scope", "sub", NULL },
	{ "bind", "yes", NULL },
	{ "bind_dn", "", NULL },
	{ "bind_pw", "", NULL },
	/* Postfix says 2, which servers of today refuse. */
	{ "version", "3", NULL },
	{ "start_tls", "no", NULL },
	{ "tls_ca_cert_file", "", NULL },
	{ "tls_ca_cert_dir", "", NULL },
	{ "tls_cert", "", NULL },
	{ "tls_key", "", NULL },
	{ "tls_require_cert", "yes", NULL },
	{ "timeout", "10", NULL },
	{ "domain", "", NULL },
	{ "dereference", "0", NULL },
	{ "chase_referrals", "no", NULL },
	/* Whether there is an entry is all that counts. */
	{ "result_format", "%s", NULL },
	{ "result_filter", "%s", NULL },
	{ "expansion_limit", "0", NULL },
	{ "recursion_limit", "1000", NULL },
	{ "size_limit", "0", NULL },
	{ "debuglevel", "0", NULL },
	{ "special_result_attribute", "", NULL },
	{ "leaf_result_attribute", "", NULL },
	{ "terminal_result_attribute", "", NULL },
	{ "sasl_mechs", NULL, "SASL is not supported" },
	{ "sasl_realm", NULL, "SASL is not supported" },
	{ "cache", NULL, "is gone from OpenLDAP; recipients.positive_ms is ours" },
	{ "cache_expiry", NULL, "is gone from OpenLDAP; recipients.positive_ms is ours" },
	{ "cache_size", NULL, "is gone from OpenLDAP; recipients.cache is ours" },
	{ .name = NULL }
};

struct directory {
	struct pool *pool;
	const char *uris;
	struct str base, filter, domains;
	char *attribute[ATTRIBUTES + 1];
	int scope, version, dereference, require_cert, timeout_s;
	bool bind, start_tls, referrals;
	const char *bind_dn;
	struct str bind_pw;
	const char *ca_file, *ca_dir, *cert, *key;
};

/* ---- a connection ---- */

static struct timeval
left(int64_t deadline_ms)
{
	int ms = clock_left_ms(deadline_ms);

	return (struct timeval){ ms / 1000, ms % 1000 * 1000 };
}

static enum rc
failed(int e, const char *what, struct buf *why)
{
	buf_printf(why, "%s: %s", what, ldap_err2string(e));
	return RC_TEMP;
}

static void
hang_up(void *state)
{
	ldap_unbind_ext(state, NULL, NULL);
}

static void
set_text(LDAP *ld, int option, const char *value)
{
	if (*value)
		ldap_set_option(ld, option, value);
}

static void
set_options(LDAP *ld, const struct directory *d, int64_t deadline_ms)
{
	struct timeval tv = left(deadline_ms);
	int fresh = 0;

	ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &d->version);
	ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &tv);
	ldap_set_option(ld, LDAP_OPT_TIMEOUT, &tv);
	ldap_set_option(ld, LDAP_OPT_DEREF, &d->dereference);
	ldap_set_option(ld, LDAP_OPT_REFERRALS, d->referrals ? LDAP_OPT_ON : LDAP_OPT_OFF);
	ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON);
	ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &d->require_cert);
	set_text(ld, LDAP_OPT_X_TLS_CACERTFILE, d->ca_file);
	set_text(ld, LDAP_OPT_X_TLS_CACERTDIR, d->ca_dir);
	set_text(ld, LDAP_OPT_X_TLS_CERTFILE, d->cert);
	set_text(ld, LDAP_OPT_X_TLS_KEYFILE, d->key);
	ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &fresh);
}

/* Bind without ldap_sasl_bind_s, whose time limit is not the whole of it. */
static int
bind_to(LDAP *ld, const struct directory *d, int64_t deadline_ms)
{
	struct berval pw = { d->bind_pw.n, (char *)(uintptr_t)(d->bind_pw.n ? d->bind_pw.p : "") };
	struct timeval tv = left(deadline_ms);
	LDAPMessage *answer = NULL;
	int id, e, code = LDAP_OTHER;

	e = ldap_sasl_bind(ld, d->bind_dn, LDAP_SASL_SIMPLE, &pw, NULL, NULL, &id);
	if (e != LDAP_SUCCESS)
		return e;
	e = ldap_result(ld, id, LDAP_MSG_ALL, &tv, &answer);
	if (e <= 0)
		return e == 0 ? LDAP_TIMEOUT : LDAP_SERVER_DOWN;
	e = ldap_parse_result(ld, answer, &code, NULL, NULL, NULL, NULL, 1);
	return e == LDAP_SUCCESS ? code : e;
}

static enum rc
connect_to(const struct directory *d, int64_t deadline_ms, LDAP **out, struct buf *why)
{
	LDAP *ld = NULL;
	enum rc rc = RC_OK;
	int e = ldap_initialize(&ld, d->uris);

	if (e != LDAP_SUCCESS)
		return failed(e, "server_host", why);
	set_options(ld, d, deadline_ms);
	if (d->start_tls && (e = ldap_start_tls_s(ld, NULL, NULL)) != LDAP_SUCCESS)
		rc = failed(e, "start_tls", why);
	if (rc == RC_OK && d->bind && (e = bind_to(ld, d, deadline_ms)) != LDAP_SUCCESS)
		rc = failed(e, "bind", why);
	if (rc == RC_OK)
		*out = ld;
	else
		hang_up(ld);
	return rc;
}

/* ---- a question ---- */

/* An entry counts when it has a value in one of the attributes, as in Postfix. */
static bool
has_value(LDAP *ld, LDAPMessage *answer, const struct directory *d)
{
	for (LDAPMessage *e = ldap_first_entry(ld, answer); e; e = ldap_next_entry(ld, e)) {
		for (size_t i = 0; d->attribute[i]; i++) {
			struct berval **values = ldap_get_values_len(ld, e, d->attribute[i]);
			bool some = ldap_count_values_len(values) > 0;

			ldap_value_free_len(values);
			if (some)
				return true;
		}
	}
	return false;
}

static enum rc
read_answer(LDAP *ld, LDAPMessage *answer, const struct directory *d, struct buf *why)
{
	int code = LDAP_OTHER, e = ldap_parse_result(ld, answer, &code, NULL, NULL, NULL, NULL, 0);

	if (e != LDAP_SUCCESS)
		return failed(e, "answer", why);
	if (has_value(ld, answer, d))
		return RC_OK;
	if (code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT)
		return RC_NONE;
	return failed(code, "search", why);
}

static enum rc
search(LDAP *ld, const struct directory *d, const char *base, const char *filter, int64_t deadline_ms,
    struct buf *why)
{
	struct timeval tv = left(deadline_ms);
	LDAPMessage *answer = NULL;
	enum rc rc;
	int id, e;

	/* No size limit: entries without the attribute must not hide one that has it. */
	e = ldap_search_ext(ld, base, d->scope, filter, (char **)(uintptr_t)d->attribute, 0, NULL, NULL, &tv,
	    LDAP_NO_LIMIT, &id);
	if (e != LDAP_SUCCESS)
		return failed(e, "search", why);
	e = ldap_result(ld, id, LDAP_MSG_ALL, &tv, &answer);
	if (e <= 0) {
		ldap_abandon_ext(ld, id, NULL, NULL);
		return failed(e == 0 ? LDAP_TIMEOUT : LDAP_SERVER_DOWN, "search", why);
	}
	rc = read_answer(ld, answer, d, why);
	ldap_msgfree(answer);
	return rc;
}

static enum rc
ask_keys(LDAP *ld, const struct directory *d, struct str question, int64_t deadline_ms, struct buf *why)
{
	enum rc rc = RC_NONE;
	struct buf base, filter;
	struct str key;

	buf_init(&base, CF_QUERY);
	buf_init(&filter, CF_QUERY);
	while (rc == RC_NONE && str_next(&question, '\n', &key)) {
		struct cf_key k = cf_key(key);

		buf_reset(&base);
		buf_reset(&filter);
		if (cf_wants(d->domains, &k) && cf_expand(d->base, &k, CF_DN, &base) &&
		    cf_expand(d->filter, &k, CF_FILTER, &filter))
			rc = search(ld, d, buf_cstr(&base), buf_cstr(&filter), deadline_ms, why);
	}
	buf_clear(&base);
	buf_clear(&filter);
	return rc;
}

/* The connection was idle for a while, the server may have ended it: once more with a new one. */
static enum rc
ask(void *arg, void **state, struct str question, int64_t deadline_ms, struct buf *why)
{
	const struct directory *d = arg;
	int64_t own = clock_mono_ms() + (int64_t)d->timeout_s * 1000;
	LDAP *ld = *state;
	bool again = ld != NULL;
	enum rc rc;

	if (own < deadline_ms)
		deadline_ms = own;
	for (;;) {
		rc = RC_OK;
		if (!ld)
			rc = connect_to(d, deadline_ms, &ld, why);
		if (rc == RC_OK)
			rc = ask_keys(ld, d, question, deadline_ms, why);
		if (rc == RC_TEMP && ld) {
			hang_up(ld);
			ld = NULL;
		}
		if (rc != RC_TEMP || !again || clock_left_ms(deadline_ms) == 0)
			break;
		again = false;
		buf_reset(why);
	}
	*state = ld;
	return rc;
}

static void
done(void *arg)
{
	struct directory *d = arg;
	struct pool *pool = d->pool;

	pool_free(&pool);
}

static const struct asker_ops ops = { ask, hang_up, done };

/* ---- the file ---- */

static bool
next_word(struct str *rest, struct str *word)
{
	do {
		size_t n = 0;

		while (n < rest->n && rest->p[n] != ',' && !ascii_is_space((unsigned char)rest->p[n]))
			n++;
		*word = str_upto(*rest, n);
		*rest = str_from(*rest, n + 1);
	} while (!word->n && rest->n);
	return word->n > 0;
}

/* Hosts with the port of the file, or URLs as they are. */
static const char *
urls(struct pool *pool, struct str hosts, struct str port)
{
	struct str word, out = STR("");

	while (next_word(&hosts, &word)) {
		if (str_find(word, STR("://")) != STR_NPOS)
			out = pool_printf(pool, "%.*s %.*s", STR_ARG(out), STR_ARG(word));
		else if (str_chr(word, ':') != STR_NPOS)
			out = pool_printf(pool, "%.*s ldap://%.*s", STR_ARG(out), STR_ARG(word));
		else
			out = pool_printf(pool, "%.*s ldap://%.*s:%.*s", STR_ARG(out), STR_ARG(word), STR_ARG(port));
	}
	return str_trim(out).p;
}

static enum rc
one_of(const struct cf *cf, const char *name, const char *const *words, int *out, struct buf *why)
{
	for (int i = 0; words[i]; i++) {
		if (str_eq_nocase(cf_get(cf, name), str_of(words[i]))) {
			*out = i;
			return RC_OK;
		}
	}
	buf_printf(why, "%s: %s: must be one of", cf->path, name);
	for (int i = 0; words[i]; i++)
		buf_printf(why, " %s", words[i]);
	buf_addc(why, '\n');
	return RC_BAD;
}

static enum rc
read_words(const struct cf *cf, struct directory *d, struct buf *why)
{
	static const char *const yes_no[] = { "no", "yes", NULL };
	static const char *const binds[] = { "no", "yes", "none", "simple", NULL };
	static const char *const scopes[] = { "base", "one", "sub", NULL };
	static const char *const versions[] = { "2", "3", NULL };
	static const char *const derefs[] = { "0", "1", "2", "3", NULL };
	int bind = 0, tls = 0, require = 1, referrals = 0, bad = 0;

	bad |= one_of(cf, "bind", binds, &bind, why) != RC_OK;
	bad |= one_of(cf, "scope", scopes, &d->scope, why) != RC_OK;	/* LDAP_SCOPE_BASE and so on are 0 to 2 */
	bad |= one_of(cf, "version", versions, &d->version, why) != RC_OK;
	bad |= one_of(cf, "dereference", derefs, &d->dereference, why) != RC_OK;
	bad |= one_of(cf, "start_tls", yes_no, &tls, why) != RC_OK;
	bad |= one_of(cf, "tls_require_cert", yes_no, &require, why) != RC_OK;
	bad |= one_of(cf, "chase_referrals", yes_no, &referrals, why) != RC_OK;
	d->version += 2;
	d->bind = bind % 2 == 1;
	d->start_tls = tls;
	d->referrals = referrals;
	d->require_cert = require ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER;
	return bad ? RC_BAD : RC_OK;
}

static enum rc
read_attributes(const struct cf *cf, struct directory *d, struct buf *why)
{
	struct str list = cf_get(cf, "result_attribute"), word;
	size_t n = 0;

	while (n < ATTRIBUTES && next_word(&list, &word))
		d->attribute[n++] = pool_cstr(d->pool, word);
	return n ? RC_OK : cf_error(cf, "result_attribute", "is empty", why);
}

static enum rc
read_directory(const struct cf *cf, struct directory *d, struct buf *why)
{
	uint64_t timeout, port;
	const char *bad;
	enum rc rc = read_words(cf, d, why);

	if (read_attributes(cf, d, why) != RC_OK)
		rc = RC_BAD;
	d->base = cf_get(cf, "search_base");
	d->filter = cf_get(cf, "query_filter");
	if (d->base.n && (bad = cf_bad_query(d->base, CF_DN)))
		rc = cf_error(cf, "search_base", bad, why);
	if ((bad = cf_bad_query(d->filter, CF_FILTER)))
		rc = cf_error(cf, "query_filter", bad, why);
	if (!str_to_u64(cf_get(cf, "timeout"), &timeout) || timeout < 1 || timeout > TIMEOUT_MAX_S)
		rc = cf_error(cf, "timeout", "must be a number of seconds, from 1 to 3600", why);
	else
		d->timeout_s = (int)timeout;
	if (!str_to_u64(cf_get(cf, "server_port"), &port) || port < 1 || port > 65535)
		rc = cf_error(cf, "server_port", "must be a port number", why);
	d->uris = urls(d->pool, cf_get(cf, "server_host"), cf_get(cf, "server_port"));
	if (!ldap_is_ldap_url(d->uris) && !ldap_is_ldaps_url(d->uris) && !ldap_is_ldapi_url(d->uris))
		rc = cf_error(cf, "server_host", "must be hosts or LDAP URLs", why);
	return rc;
}

enum rc
server_ldap(const char *path, struct server *out, struct buf *why)
{
	struct pool *pool = pool_new(0);
	struct directory *d = pool_alloc(pool, sizeof(*d));
	struct cf cf;
	int version;
	enum rc rc = cf_read(pool, path, names, &cf, why);

	ldap_get_option(NULL, LDAP_OPT_PROTOCOL_VERSION, &version);	/* the library's start: not by many at once */
	d->pool = pool;
	if (rc == RC_OK)
		rc = read_directory(&cf, d, why);
	if (rc != RC_OK) {
		pool_free(&pool);
		return rc;
	}
	d->domains = cf_get(&cf, "domain");
	d->bind_dn = pool_cstr(pool, cf_get(&cf, "bind_dn"));
	d->bind_pw = cf_get(&cf, "bind_pw");
	d->ca_file = pool_cstr(pool, cf_get(&cf, "tls_ca_cert_file"));
	d->ca_dir = pool_cstr(pool, cf_get(&cf, "tls_ca_cert_dir"));
	d->cert = pool_cstr(pool, cf_get(&cf, "tls_cert"));
	d->key = pool_cstr(pool, cf_get(&cf, "tls_key"));
	*out = (struct server){ &ops, d };
	return RC_OK;
}
