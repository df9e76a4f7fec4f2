/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/dmarc_rows.h"

#include "auth/dmarc.h"
#include "base/clock.h"
#include "base/jtext.h"

#define MB (1024LL * 1024)
#define AT(field) .offset = offsetof(struct dmarc_rows_conf, field)

static const struct opt opts[] = {
	{ .name = "keep_days", .type = OPT_INT, AT(keep_days), .def = "7", .min = 0, .max = 400, .restart = true,
	  .help = "How many days what DMARC found is kept for reports to those domains that ask for them, one file a day "
	      "in state_dir/dmarc. 0: nothing is kept. The files hold domains and addresses of clients, no mailboxes." },
	{ .name = "rows_max", .type = OPT_SIZE, AT(rows_max), .def = "64M", .min = MB, .max = 65536 * MB, .restart = true,
	  .help = "Room for one day; what comes beyond is not kept." },
	OPT_END
};

const struct opt_table dmarc_rows_table = {
	.prefix = "dmarc.",
	.title = "DMARC reports",
	.size = sizeof(struct dmarc_rows_conf),
	.opts = opts,
};

enum rc
dmarc_rows_open(const struct dmarc_rows_conf *conf, struct str state_dir, struct log_ctx lc, struct journal **out)
{
	struct pool *pool;
	enum rc rc;

	*out = NULL;
	if (conf->keep_days == 0 || state_dir.n == 0)
		return RC_OK;
	pool = pool_new(0);
	rc = journal_open_daily(pool_printf(pool, "%.*s/dmarc", STR_ARG(state_dir)), (uint64_t)conf->rows_max,
	    conf->keep_days, lc, out);
	pool_free(&pool);
	return rc;
}

/* ---- what was done because of DMARC ---- */

static enum auth_policy
done(const struct outcome *o)
{
	switch (o->act.intercept) {
	case INTERCEPT_REJECT: case INTERCEPT_DISCARD: case INTERCEPT_TEMPFAIL: return AUTH_POLICY_REJECT;
	case INTERCEPT_QUARANTINE: case INTERCEPT_HOLD: return AUTH_POLICY_QUARANTINE;
	case INTERCEPT_ACCEPT: case INTERCEPT_TAG: case INTERCEPT_N: break;
	}
	return AUTH_POLICY_NONE;
}

/* What else was done to the message is none of the domain's business. */
static enum auth_policy
disposition(const struct auth_dmarc *d, const struct outcome *o)
{
	enum auth_policy p = done(o);

	return p < d->wanted ? p : d->wanted;
}

static void
add_reason(struct json_object *reasons, struct str type, struct str comment)
{
	struct json_object *r = jtext_object();

	jtext_add_str(r, "type", type);
	jtext_add_str(r, "comment", comment);
	json_object_array_add(reasons, r);
}

static struct json_object *
evaluated(const struct auth_dmarc *d, const struct outcome *o)
{
	struct json_object *e = jtext_object(), *reasons = jtext_array(1);
	bool pass = d->result == AUTH_PASS;

	jtext_add_str(e, "disposition", pass ? STR("pass") : str_of(dmarc_policy_name(disposition(d, o))));
	jtext_add_str(e, "dkim", d->dkim_aligned ? STR("pass") : STR("fail"));
	jtext_add_str(e, "spf", d->spf_aligned ? STR("pass") : STR("fail"));
	if (d->override.n)
		add_reason(reasons, d->override, d->override_by);
	if (!pass && disposition(d, o) < d->wanted)
		add_reason(reasons, STR("local_policy"), o->observe ? STR("mode = observe") : STR_NONE);
	json_object_object_add(e, "reasons", reasons);
	return e;
}

/* ---- the rest ---- */

static struct json_object *
published(const struct auth_dmarc *d)
{
	struct json_object *p = jtext_object();

	jtext_add_str(p, "domain", d->record_domain);
	jtext_add_str(p, "p", str_of(dmarc_policy_name(d->p)));
	jtext_add_str(p, "sp", str_of(dmarc_policy_name(d->sp)));
	jtext_add_str(p, "np", str_of(dmarc_policy_name(d->np)));
	jtext_add_str(p, "adkim", d->adkim == ALIGN_STRICT ? STR("s") : STR("r"));
	jtext_add_str(p, "aspf", d->aspf == ALIGN_STRICT ? STR("s") : STR("r"));
	jtext_add_str(p, "testing", d->testing ? STR("y") : STR("n"));
	jtext_add_str(p, "fo", d->fo.n ? d->fo : STR("0"));
	jtext_add_str(p, "discovery_method", STR("treewalk"));
	jtext_add_str(p, "rua", d->rua);
	return p;
}

static struct str
domain_of(struct str address)
{
	size_t at = str_rchr(address, '@');

	return at == STR_NPOS ? STR_NONE : str_from(address, at + 1);
}

/* RFC 9990: the domain of the recipients, when they have one in common. */
static struct str
common_domain(const struct session *s)
{
	struct str d = s->n_rcpts ? domain_of(s->rcpts[0]) : STR_NONE;

	for (size_t i = 1; i < s->n_rcpts; i++)
		if (!str_eq_nocase(domain_of(s->rcpts[i]), d))
			return STR_NONE;
	return d;
}

static struct json_object *
identifiers(const struct session *s, const struct auth_dmarc *d)
{
	struct json_object *o = jtext_object();

	jtext_add_str(o, "header_from", d->domain);
	jtext_add_str(o, "envelope_from", domain_of(s->mail_from));
	jtext_add_str(o, "envelope_to", common_domain(s));
	return o;
}

static struct json_object *
dkim_results(const struct auth_facts *f)
{
	struct json_object *all = jtext_array(f->n_dkim);

	for (size_t i = 0; i < f->n_dkim; i++) {
		struct json_object *o = jtext_object();

		jtext_add_str(o, "domain", f->dkim[i].domain);
		jtext_add_str(o, "selector", f->dkim[i].selector);
		jtext_add_str(o, "result", str_of(auth_result_name(f->dkim[i].result)));
		jtext_add_str(o, "human_result", f->dkim[i].why);
		json_object_array_add(all, o);
	}
	return all;
}

static struct json_object *
results(const struct session *s, const struct auth_facts *f)
{
	struct json_object *o = jtext_object(), *spf = jtext_object(), *list = jtext_array(1);

	jtext_add_str(spf, "domain", f->spf_mail.domain);
	jtext_add_str(spf, "scope", s->mail_from.n ? STR("mfrom") : STR("helo"));
	jtext_add_str(spf, "result", str_of(auth_result_name(f->spf_mail.result)));
	/* The name that was not answered for can hold the sender's local part, by a macro. */
	jtext_add_str(spf, "human_result", f->spf_mail.result == AUTH_TEMPERROR ? STR("no answer") : f->spf_mail.why);
	if (f->spf_mail.result != AUTH_UNKNOWN)
		json_object_array_add(list, spf);
	else
		json_object_put(spf);
	json_object_object_add(o, "dkim", dkim_results(f));
	json_object_object_add(o, "spf", list);
	return o;
}

bool
dmarc_rows_format(const struct session *s, const struct auth_facts *f, const struct outcome *o, int64_t now_sec,
    struct buf *out)
{
	struct str rest = f->dmarc.rua, address;
	struct json_object *row;

	if ((f->dmarc.result != AUTH_PASS && f->dmarc.result != AUTH_FAIL) || f->dmarc.record_domain.n == 0 ||
	    !dmarc_record_rua(&rest, &address))
		return false;
	row = jtext_object();
	jtext_add_num(row, "time", now_sec);
	jtext_add_str(row, "source_ip", s->client_addr);
	json_object_object_add(row, "policy_evaluated", evaluated(&f->dmarc, o));
	json_object_object_add(row, "policy_published", published(&f->dmarc));
	json_object_object_add(row, "identifiers", identifiers(s, &f->dmarc));
	json_object_object_add(row, "auth_results", results(s, f));
	jtext_write(row, out);
	return true;
}

void
dmarc_rows_keep(struct journal *journal, const struct session *s, const struct auth_facts *f, const struct outcome *o)
{
	struct buf line;

	if (!journal)
		return;
	buf_init(&line, JOURNAL_LINE);
	if (dmarc_rows_format(s, f, o, clock_wall_ms() / 1000, &line) && !line.full)
		journal_put(journal, str_trim(buf_str(&line)));
	buf_clear(&line);
}
