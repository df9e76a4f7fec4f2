/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/pg_conn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/record.h"

/* RETRY_MS: after a failure nobody tries to connect for so long. */
enum { RETRY_MS = 1000, PASSWORD_MAX = 1024, WHY_MAX = 500, MS_PER_S = 1000, NS_PER_MS = 1000000 };

struct pg {
	struct log_ctx lc;
	char *conninfo;
	char password[PASSWORD_MAX];
	enum rc (*ready)(void *, struct pg_conn *, int64_t);
	void *arg;
	pthread_mutex_t lock;		/* of all below */
	pthread_cond_t given;
	struct pg_conn conn[PG_POOL];
	int64_t retry_ms;
	char why[WHY_MAX];
};

/* ---- opening ---- */

/* Only its owner may read it. */
static enum rc
read_password(struct pg *g, struct str path, struct buf *why)
{
	char name[4096];
	struct stat st;
	ssize_t n = -1;
	int fd;

	if (path.n == 0)
		return RC_OK;
	snprintf(name, sizeof(name), "%.*s", STR_ARG(path));
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 077) != 0)
		buf_printf(why, "%s: others may read it: chmod 600", name);
	else if (fd < 0 || (n = read(fd, g->password, sizeof(g->password) - 1)) < 0)
		buf_printf(why, "%s: %s", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return RC_BAD;
	g->password[n] = '\0';
	g->password[strcspn(g->password, "\r\n")] = '\0';
	return RC_OK;
}

static enum rc
check_conninfo(const char *conninfo, struct buf *why)
{
	char *error = NULL;
	PQconninfoOption *o = PQconninfoParse(conninfo, &error);

	if (!o) {
		buf_printf(why, "records.postgres: %s", error ? error : "cannot be read");
		PQfreemem(error);
		return RC_BAD;
	}
	PQconninfoFree(o);
	return RC_OK;
}

enum rc
pg_open(struct str conninfo, struct str password_file, struct log_ctx lc,
    enum rc (*ready)(void *, struct pg_conn *, int64_t), void *arg, struct pg **out, struct buf *why)
{
	struct pg *g = calloc(1, sizeof(*g));
	pthread_condattr_t mono;
	enum rc rc;

	if (!g || !(g->conninfo = strndup(conninfo.p ? conninfo.p : "", conninfo.n)))
		abort();
	g->lc = lc;
	g->ready = ready;
	g->arg = arg;
	pthread_mutex_init(&g->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&g->given, &mono);
	pthread_condattr_destroy(&mono);
	rc = check_conninfo(g->conninfo, why);
	if (rc == RC_OK)
		rc = read_password(g, password_file, why);
	if (rc == RC_OK)
		*out = g;
	else
		pg_close(&g);
	return rc;
}

static void
drop(struct pg_conn *c)
{
	PQfinish(c->pq);
	c->pq = NULL;
}

void
pg_close(struct pg **at)
{
	struct pg *g = *at;

	if (!g)
		return;
	for (int i = 0; i < PG_POOL; i++)
		drop(&g->conn[i]);
	pthread_cond_destroy(&g->given);
	pthread_mutex_destroy(&g->lock);
	explicit_bzero(g->password, sizeof(g->password));
	free(g->conninfo);
	free(g);
	*at = NULL;
}

/* ---- waiting ---- */

/* RC_TEMP: not before the deadline. */
static enum rc
wait_for(PGconn *pq, short events, int64_t deadline_ms)
{
	struct pollfd p = { .fd = PQsocket(pq), .events = events };
	int n;

	do {
		int left = clock_left_ms(deadline_ms);

		if (left <= 0 || p.fd < 0)
			return RC_TEMP;
		n = poll(&p, 1, left);
	} while (n < 0 && errno == EINTR);
	return n > 0 ? RC_OK : RC_TEMP;
}

static enum rc
flush(PGconn *pq, int64_t deadline_ms)
{
	int left;

	while ((left = PQflush(pq)) > 0) {
		/* A server that waits for us to read does not read. */
		if (wait_for(pq, POLLIN | POLLOUT, deadline_ms) != RC_OK || !PQconsumeInput(pq))
			return RC_TEMP;
	}
	return left == 0 ? RC_OK : RC_TEMP;
}

/* The next result, NULL at the end of those of a statement. */
static enum rc
next_result(struct pg_conn *c, int64_t deadline_ms, PGresult **out)
{
	while (PQisBusy(c->pq))
		if (wait_for(c->pq, POLLIN, deadline_ms) != RC_OK || !PQconsumeInput(c->pq))
			return RC_TEMP;
	*out = PQgetResult(c->pq);
	return RC_OK;
}

/* ---- connections ---- */

static void
remember(struct pg *g, const char *text)
{
	snprintf(g->why, sizeof(g->why), "%s", text);
	for (char *p = g->why; *p; p++)
		if (*p == '\n')
			*p = p[1] ? ' ' : '\0';
}

static enum rc
poll_connect(PGconn *pq, int64_t deadline_ms)
{
	PostgresPollingStatusType at = PGRES_POLLING_WRITING;

	while (at != PGRES_POLLING_OK) {
		if (at == PGRES_POLLING_FAILED ||
		    wait_for(pq, at == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_ms) != RC_OK)
			return RC_TEMP;
		at = PQconnectPoll(pq);
	}
	return RC_OK;
}

/* What the server has to say besides answers belongs into our log: libpq would write it to stderr. */
static void
log_notice(void *arg, const PGresult *res)
{
	const struct pg *g = arg;
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	bool grave = severity && strcmp(severity, "WARNING") == 0;

	log_put(g->lc, grave ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "ledger", LOG_CSTR("store", "postgresql"),
	    LOG_CSTR("says", text ? text : "-"));
}

/* Without the lock; the connection is ours. Texts are UTF-8, and what is committed is on the disk. */
static enum rc
dial(struct pg *g, struct pg_conn *c, int64_t deadline_ms, char why[WHY_MAX])
{
	const char *const keys[] = { "dbname", "password", "client_encoding", "fallback_application_name", "options", NULL };
	static const char settings[] = "-c search_path=sekimori -c client_min_messages=warning -c statement_timeout=60000"
	    " -c idle_in_transaction_session_timeout=60000";
	const char *const values[] = { g->conninfo, g->password[0] ? g->password : NULL, "UTF8", "sekimori", settings,
	    NULL };
	enum rc rc;

	c->pq = PQconnectStartParams(keys, values, 1);
	if (!c->pq)
		abort();
	PQsetNoticeReceiver(c->pq, log_notice, g);
	rc = PQstatus(c->pq) == CONNECTION_BAD ? RC_TEMP : poll_connect(c->pq, deadline_ms);
	if (rc == RC_OK)
		rc = PQsetnonblocking(c->pq, 1) == 0 ? RC_OK : RC_TEMP;
	if (rc == RC_OK)
		rc = pg_run(c, &(struct pg_query){ .sql = "SELECT set_config('synchronous_commit','on',false)"
		    " WHERE current_setting('synchronous_commit')='off'" }, deadline_ms, NULL);
	if (rc == RC_OK)
		rc = g->ready(g->arg, c, deadline_ms);
	if (rc == RC_OK)
		return RC_OK;
	snprintf(why, WHY_MAX, "%s", PQerrorMessage(c->pq)[0] ? PQerrorMessage(c->pq) : "no answer in time");
	drop(c);
	return rc;
}

/* Under the lock: a free one, those that are connected first. */
static struct pg_conn *
free_one(struct pg *g)
{
	struct pg_conn *found = NULL;

	for (int i = 0; i < PG_POOL; i++)
		if (!g->conn[i].taken && (!found || g->conn[i].pq))
			found = &g->conn[i];
	return found;
}

/* A connection whose server went away while nobody looked says so now. */
static bool
is_alive(struct pg_conn *c)
{
	return c->pq && PQconsumeInput(c->pq) && PQstatus(c->pq) == CONNECTION_OK &&
	    PQtransactionStatus(c->pq) == PQTRANS_IDLE;
}

enum rc
pg_take(struct pg *g, int64_t deadline_ms, struct pg_conn **out)
{
	struct timespec until = { .tv_sec = deadline_ms / MS_PER_S, .tv_nsec = deadline_ms % MS_PER_S * NS_PER_MS };
	char why[WHY_MAX] = "";
	struct pg_conn *c;
	enum rc rc = RC_OK;

	pthread_mutex_lock(&g->lock);
	while (!(c = free_one(g)) && clock_mono_ms() < deadline_ms)
		pthread_cond_timedwait(&g->given, &g->lock, &until);
	if (c && !c->pq && clock_mono_ms() < g->retry_ms)
		c = NULL;		/* it is known to be down */
	if (c)
		c->taken = true;
	pthread_mutex_unlock(&g->lock);
	if (!c)
		return RC_TEMP;
	c->refused = false;
	c->state[0] = '\0';
	if (!is_alive(c)) {
		drop(c);
		rc = dial(g, c, deadline_ms, why);
	}
	if (rc == RC_OK) {
		*out = c;
		return RC_OK;
	}
	pthread_mutex_lock(&g->lock);
	remember(g, why);
	g->retry_ms = clock_mono_ms() + RETRY_MS;
	pthread_mutex_unlock(&g->lock);
	pg_give(g, c);
	return rc;
}

void
pg_give(struct pg *g, struct pg_conn *c)
{
	pthread_mutex_lock(&g->lock);
	if (c->refused && c->pq)
		remember(g, PQerrorMessage(c->pq));
	if (c->pq && PQtransactionStatus(c->pq) != PQTRANS_IDLE)
		drop(c);
	c->taken = false;
	pthread_cond_signal(&g->given);
	pthread_mutex_unlock(&g->lock);
}

void
pg_why(struct pg *g, struct buf *out)
{
	pthread_mutex_lock(&g->lock);
	buf_adds(out, g->why);
	pthread_mutex_unlock(&g->lock);
}

/* ---- statements ---- */

static void
param(struct pg_query *q, const char *p, size_t n, int format)
{
	if (q->n >= PG_PARAMS)
		abort();		/* our own statement is too long */
	q->value[q->n] = p;
	q->bytes[q->n] = (int)n;
	q->format[q->n++] = format;
}

void
pg_text(struct pg_query *q, struct pool *pool, struct str s)
{
	struct str fit = record_text(pool, s);

	param(q, pool_cstr(pool, fit), fit.n, 0);
}

void
pg_number(struct pg_query *q, struct pool *pool, int64_t v)
{
	struct str s = pool_printf(pool, "%lld", (long long)v);

	param(q, s.p, s.n, 0);
}

void
pg_bytes(struct pg_query *q, struct str s)
{
	param(q, s.p ? s.p : "", s.n, 1);
}

static enum rc
send(struct pg_conn *c, const struct pg_query *q, int64_t deadline_ms)
{
	if (!PQsendQueryParams(c->pq, q->sql, q->n, NULL, q->value, q->bytes, q->format, 0))
		return RC_TEMP;
	return flush(c->pq, deadline_ms);
}

static bool
is_good(const PGresult *res)
{
	return PQresultStatus(res) == PGRES_COMMAND_OK || PQresultStatus(res) == PGRES_TUPLES_OK;
}

/* The first of a transaction is the reason: those behind it are only not carried out. */
static void
note_refusal(struct pg_conn *c, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	c->refused = true;
	if (state && c->state[0] == '\0')
		snprintf(c->state, sizeof(c->state), "%s", state);
}

/* Classes of PostgreSQL, appendix A: data, integrity, limits of the program. */
bool
pg_for_good(const struct pg_conn *c)
{
	return c->refused &&
	    (strncmp(c->state, "22", 2) == 0 || strncmp(c->state, "23", 2) == 0 || strncmp(c->state, "54", 2) == 0);
}

/* All results up to the end of the statement, the first is kept. A connection that did not answer is given up. */
static enum rc
collect(struct pg_conn *c, int64_t deadline_ms, PGresult **out)
{
	enum rc rc = RC_OK;
	PGresult *res = NULL;

	while (next_result(c, deadline_ms, &res) == RC_OK) {
		if (!res)
			return rc;
		if (!is_good(res)) {
			rc = RC_TEMP;
			note_refusal(c, res);
		}
		if (out && !*out && rc == RC_OK)
			*out = res;
		else
			PQclear(res);
	}
	drop(c);
	return RC_TEMP;
}

enum rc
pg_run(struct pg_conn *c, const struct pg_query *q, int64_t deadline_ms, PGresult **out)
{
	enum rc rc;

	if (out)
		*out = NULL;
	if (!c->pq)
		return RC_TEMP;
	rc = send(c, q, deadline_ms);
	if (rc != RC_OK) {
		drop(c);
		return rc;
	}
	rc = collect(c, deadline_ms, out);
	if (rc != RC_OK && out) {
		PQclear(*out);
		*out = NULL;
	}
	return rc;
}

enum rc
pg_script(struct pg_conn *c, const char *sql, int64_t deadline_ms)
{
	if (!c->pq)
		return RC_TEMP;
	if (!PQsendQuery(c->pq, sql) || flush(c->pq, deadline_ms) != RC_OK) {
		drop(c);
		return RC_TEMP;
	}
	return collect(c, deadline_ms, NULL);
}

/* One after the other, without waiting for answers. */
static enum rc
send_all(struct pg_conn *c, const struct pg_query *const *q, size_t n, int64_t deadline_ms)
{
	static const struct pg_query first = { .sql = "BEGIN" }, last = { .sql = "COMMIT" };
	enum rc rc = send(c, &first, deadline_ms);

	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = send(c, q[i], deadline_ms);
	if (rc == RC_OK)
		rc = send(c, &last, deadline_ms);
	if (rc == RC_OK && !PQpipelineSync(c->pq))
		rc = RC_TEMP;
	return rc == RC_OK ? flush(c->pq, deadline_ms) : rc;
}

/* Each statement's result is followed by a NULL. Only the answer to COMMIT says that all of it is there. */
static enum rc
collect_all(struct pg_conn *c, int64_t deadline_ms)
{
	bool committed = false;
	PGresult *res;

	while (next_result(c, deadline_ms, &res) == RC_OK) {
		if (!res)
			continue;
		if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
			PQclear(res);
			return committed ? RC_OK : RC_TEMP;
		}
		if (!is_good(res))
			note_refusal(c, res);
		committed = is_good(res) && strcmp(PQcmdStatus(res), "COMMIT") == 0;
		PQclear(res);
		if (PQstatus(c->pq) != CONNECTION_OK)
			break;
	}
	return RC_TEMP;
}

enum rc
pg_batch(struct pg_conn *c, const struct pg_query *const *q, size_t n, int64_t deadline_ms)
{
	enum rc rc = RC_TEMP;

	if (!c->pq)
		return RC_TEMP;
	if (PQenterPipelineMode(c->pq))
		rc = send_all(c, q, n, deadline_ms);
	if (rc == RC_OK)
		rc = collect_all(c, deadline_ms);
	if (rc == RC_OK && PQexitPipelineMode(c->pq))
		return RC_OK;
	/* It is gone, or in the middle of a transaction that failed: a new one is in a known state. */
	drop(c);
	return rc;
}

/* ---- results ---- */

struct str
pg_cell(const PGresult *res, int row, int column)
{
	return (struct str){ PQgetvalue(res, row, column), (size_t)PQgetlength(res, row, column) };
}

int64_t
pg_cell_number(const PGresult *res, int row, int column)
{
	return strtoll(PQgetvalue(res, row, column), NULL, 10);
}
