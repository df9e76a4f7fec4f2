/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "milter/milter.h"

#include <arpa/inet.h>
#include <libmilter/mfapi.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "gate/session.h"
#include "gate/settings.h"
#include "milter/answer.h"
#include "milter/mta.h"
#include "milter/progress.h"
#include "milter/reply.h"
#include "milter/thread.h"

/* What we want to do to messages, and what the MTA need not wait for. The answers to CONNECT and HELO
 * are given at MAIL, where clients see them no later in practice; a message is judged at its end. */
#define ACTIONS (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY | SMFIF_QUARANTINE | SMFIF_DELRCPT)
#define STEPS (SMFIP_NOUNKNOWN | SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_DATA | SMFIP_NR_HDR | \
    SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_HDR_LEADSPC)

enum { READ_TIMEOUT_SEC = 1800 };	/* an MTA that says nothing for so long has gone */

/* libmilter looks every 5 s whether it shall stop, and whenever somebody connects. */
enum { POKE_MS = 20, POKES = 5000 / POKE_MS };

static struct gate *served;	/* libmilter's callbacks have no argument of ours */
static atomic_int listening = -1;

static const struct {
	int place;
	const char *names;
} macros[] = {
	{ SMFIM_CONNECT, "j _ {daemon_name} {client_name}" },
	{ SMFIM_HELO, "{tls_version}" },
	{ SMFIM_ENVFROM, "i {auth_authen} {tls_version}" },
	{ SMFIM_ENVRCPT, "i" },
	{ SMFIM_DATA, "i" },
	{ SMFIM_EOM, "i" },
};

static struct mta *
mta_of(SMFICTX *ctx)
{
	struct mta *m = smfi_getpriv(ctx);

	if (m)
		return m;
	m = calloc(1, sizeof(*m));
	if (!m)
		abort();
	smfi_setpriv(ctx, m);
	return m;
}

static const char *
macro(SMFICTX *ctx, const char *name)
{
	return smfi_getsymval(ctx, (char *)(uintptr_t)name);
}

/* What to return where the MTA was told that it need not wait. */
static sfsistat
quiet(const struct mta *m, unsigned long step)
{
	return m->steps & step ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long f2, unsigned long f3,
    unsigned long *want_actions, unsigned long *want_steps, unsigned long *want_f2, unsigned long *want_f3)
{
	struct mta *m = mta_of(ctx);

	(void)f2;
	(void)f3;
	m->steps = steps & STEPS;
	m->delrcpt = actions & SMFIF_DELRCPT;
	*want_actions = actions & (ACTIONS | SMFIF_SETSYMLIST);
	*want_steps = m->steps;
	*want_f2 = *want_f3 = 0;
	for (size_t i = 0; actions & SMFIF_SETSYMLIST && i < sizeof(macros) / sizeof(macros[0]); i++)
		smfi_setsymlist(ctx, macros[i].place, (char *)(uintptr_t)macros[i].names);
	return SMFIS_CONTINUE;
}

/* Mail that was written on this machine: for sendmail(1) Postfix plays a client at 127.0.0.1, without
 * a port. A connection has one. */
static bool
is_played(const struct gate_session *s, const char *addr)
{
	return s->facts.client_port == 0 && (strcmp(addr, "127.0.0.1") == 0 || strcmp(addr, "::1") == 0);
}

/* The address itself, not what a macro says: macros can be left out by the MTA's configuration. */
static void
take_address(struct gate_session *s, const struct sockaddr *sa)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (sa && sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		s->facts.client_port = ntohs(in->sin_port);
	} else if (sa && sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
		s->facts.client_port = ntohs(in6->sin6_port);
	}
	if (!is_played(s, text))
		session_fact(s, &s->facts.client_addr, text);
}

/* Postfix says "unknown", Sendmail "[192.0.2.1]", when no name could be verified. */
static void
take_name(SMFICTX *ctx, struct gate_session *s, const char *host)
{
	const char *name = macro(ctx, "{client_name}");

	name = name ? name : host;
	if (name && name[0] != '[' && strcmp(name, "unknown") != 0)
		session_fact(s, &s->facts.client_name, name);
}

static sfsistat
on_connect(SMFICTX *ctx, char *host, struct sockaddr *sa)
{
	struct mta *m = mta_of(ctx);

	session_free(&m->session);
	m->session = session_new(served);
	if (!m->session) {
		log_put(served->lc, LOG_LEVEL_WARNING, "overload", LOG_CSTR("limit", "sessions_max"));
		return quiet(m, SMFIP_NR_CONN);
	}
	take_address(m->session, sa);
	take_name(ctx, m->session, host);
	session_fact(m->session, &m->session->facts.daemon_name, macro(ctx, "{daemon_name}"));
	session_fact(m->session, &m->session->facts.mta_name, macro(ctx, "j"));
	/* smfi_setreply is not allowed here, so what policy says of it is answered at MAIL. */
	session_connect(m->session);
	return quiet(m, SMFIP_NR_CONN);
}

static sfsistat
on_helo(SMFICTX *ctx, char *name)
{
	struct mta *m = mta_of(ctx);

	if (!m->session)
		return quiet(m, SMFIP_NR_HELO);
	session_fact(m->session, &m->session->facts.tls_version, macro(ctx, "{tls_version}"));
	session_helo(m->session, name);
	return quiet(m, SMFIP_NR_HELO);
}

/* RFC 1870 4: SIZE=number among the parameters of MAIL; what is no number says nothing. */
static uint64_t
declared_size(char **params)
{
	uint64_t n = 0;

	for (; *params; params++)
		if (str_starts_nocase(str_of(*params), STR("SIZE=")))
			return str_to_u64(str_from(str_of(*params), 5), &n) ? n : 0;
	return 0;
}

static sfsistat
on_envfrom(SMFICTX *ctx, char **argv)
{
	struct mta *m = mta_of(ctx);
	const struct outcome *o;

	if (!m->session)
		return reply_refusal(ctx, REFUSAL_SESSIONS);
	passes_answered(m->session);
	session_fact(m->session, &m->session->facts.tls_version, macro(ctx, "{tls_version}"));
	session_fact(m->session, &m->session->facts.auth_user, macro(ctx, "{auth_authen}"));
	session_declare(m->session, declared_size(argv + 1));
	o = session_mail(m->session, argv[0]);
	session_queue_id(m->session, macro(ctx, "i"));
	return reply_phase(ctx, o, m->session->id);
}

static sfsistat
on_envrcpt(SMFICTX *ctx, char **argv)
{
	struct mta *m = mta_of(ctx);
	const struct outcome *o;

	if (!m->session)
		return reply_refusal(ctx, REFUSAL_SESSIONS);
	session_queue_id(m->session, macro(ctx, "i"));
	o = session_rcpt(m->session, argv[0]);
	if (!o)
		return reply_refusal(ctx, REFUSAL_RECIPIENTS);
	return reply_phase(ctx, o, m->session->id);
}

static sfsistat
on_data(SMFICTX *ctx)
{
	struct mta *m = mta_of(ctx);

	if (m->session)
		session_queue_id(m->session, macro(ctx, "i"));
	return quiet(m, SMFIP_NR_DATA);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct mta *m = mta_of(ctx);
	struct str v = str_of(value);

	if (!m->session)
		return quiet(m, SMFIP_NR_HDR);
	/* Without HDR_LEADSPC the MTA has cut the space behind the colon: put back what was usual. */
	if (!(m->steps & SMFIP_HDR_LEADSPC))
		v = pool_printf(m->session->msg_pool, " %.*s", STR_ARG(v));
	session_header(m->session, str_of(name), v);
	return quiet(m, SMFIP_NR_HDR);
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
	struct mta *m = mta_of(ctx);

	if (m->session)
		session_eoh(m->session);
	return quiet(m, SMFIP_NR_EOH);
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *p, size_t n)
{
	struct mta *m = mta_of(ctx);

	if (m->session)
		session_body(m->session, (struct str){ (const char *)p, n });
	return quiet(m, SMFIP_NR_BODY);
}

static sfsistat
judge_and_answer(SMFICTX *ctx, struct mta *m)
{
	const struct gate_conf *gc = conf_values(m->session->conf, &gate_table);
	struct progress progress;
	struct answer answer;
	sfsistat status;

	progress_begin(&progress, ctx, gc->progress_ms);
	session_end(m->session);
	answer_prepare(m, &answer);
	progress_end(&progress);
	status = answer_give(ctx, m, &answer);
	session_done(m->session);
	return status;
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	struct mta *m = mta_of(ctx);
	sfsistat status;

	if (!m->session)
		return reply_refusal(ctx, REFUSAL_SESSIONS);
	atomic_fetch_add(&served->counts.at_end, 1);
	session_queue_id(m->session, macro(ctx, "i"));
	status = judge_and_answer(ctx, m);
	session_reset(m->session);
	atomic_fetch_sub(&served->counts.at_end, 1);
	return status;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	struct mta *m = mta_of(ctx);

	if (m->session) {
		passes_answered(m->session);
		session_reset(m->session);
	}
	return SMFIS_CONTINUE;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	struct mta *m = smfi_getpriv(ctx);

	if (m) {
		if (m->session)
			passes_answered(m->session);
		session_free(&m->session);
		free(m);
		smfi_setpriv(ctx, NULL);
	}
	return SMFIS_CONTINUE;
}

static struct smfiDesc
description(void)
{
	return (struct smfiDesc){
		.xxfi_name = (char *)(uintptr_t)"sekimori", .xxfi_version = SMFI_VERSION,
		.xxfi_flags = ACTIONS | SMFIF_SETSYMLIST,
		.xxfi_connect = on_connect, .xxfi_helo = on_helo, .xxfi_envfrom = on_envfrom,
		.xxfi_envrcpt = on_envrcpt, .xxfi_header = on_header, .xxfi_eoh = on_eoh, .xxfi_body = on_body,
		.xxfi_eom = on_eom, .xxfi_abort = on_abort, .xxfi_close = on_close, .xxfi_data = on_data,
		.xxfi_negotiate = on_negotiate,
	};
}

enum rc
milter_serve(struct gate *g, int listener)
{
	char spec[32];
	enum rc rc;

	served = g;
	atomic_store(&listening, listener);
	snprintf(spec, sizeof(spec), "fd:%d", listener);
	if (progress_start() != RC_OK || smfi_register(description()) != MI_SUCCESS ||
	    smfi_setconn(spec) != MI_SUCCESS || smfi_settimeout(READ_TIMEOUT_SEC) != MI_SUCCESS)
		return RC_TEMP;
	rc = smfi_main() == MI_SUCCESS ? RC_OK : RC_TEMP;
	atomic_store(&listening, -1);
	return rc;
}

static void
poke(int listener)
{
	struct sockaddr_storage addr = { .ss_family = AF_UNSPEC };
	socklen_t n = sizeof(addr);
	int fd;

	if (getsockname(listener, (struct sockaddr *)&addr, &n) != 0)
		return;
	fd = socket(addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, (struct sockaddr *)&addr, n) == 0)
		shutdown(fd, SHUT_RDWR);
	close(fd);
}

/* Until it stops: which connection comes behind the signal nobody can say. */
static void *
poke_often(void *arg)
{
	const struct timespec step = { 0, POKE_MS * 1000000L };
	int listener;

	for (int i = 0; i < POKES && (listener = atomic_load(&listening)) >= 0; i++) {
		poke(listener);
		nanosleep(&step, NULL);
	}
	return arg;
}

/* By the signal that libmilter waits for: smfi_stop from another thread races with its start. */
void
milter_stop(void)
{
	kill(getpid(), SIGTERM);
	if (atomic_load(&listening) >= 0 && thread_start(poke_often, NULL) != RC_OK)
		log_put(served->lc, LOG_LEVEL_DEBUG, "stop", LOG_CSTR("error", "no thread: it takes 5 s"));
}
