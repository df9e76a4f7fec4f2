/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/fields.h"

#include <inttypes.h>

#include "base/ascii.h"
#include "response/pass.h"

struct fields_name {
	struct str name;
	int count;
};

/* RFC 2047 2: an encoded word has at most 75 characters. "=?UTF-8?B?" and "?=" are 12, so 60 are
 * left for base64: 45 bytes of text. A line of more than 998 characters is no line (RFC 5322 2.1.1). */
enum { WORD_BYTES = 45, LINE_MAX_BYTES = 998, SUBJECT_NAME = 9 };

void
fields_init(struct fields *f, struct pool *pool, const struct opt_list *forged)
{
	*f = (struct fields){ .pool = pool, .forged = forged };
}

static bool
matches(struct str pattern, struct str name)
{
	if (pattern.n && pattern.p[pattern.n - 1] == '*')
		return str_starts_nocase(name, str_upto(pattern, pattern.n - 1));
	return str_eq_nocase(pattern, name);
}

static bool
is_forged(const struct fields *f, struct str name)
{
	for (size_t i = 0; f->forged && i < f->forged->n; i++)
		if (matches(f->forged->item[i], name))
			return true;
	return false;
}

static void
count_forged(struct fields *f, struct str name)
{
	struct fields_name *seen = f->names.items;

	if (f->n_forged++ >= FIELDS_FORGED) {
		f->cut = true;
		return;
	}
	for (size_t i = 0; i < f->names.n; i++)
		if (str_eq_nocase(seen[i].name, name)) {
			seen[i].count++;
			return;
		}
	seen = vec_push(f->pool, &f->names, sizeof(*seen));
	*seen = (struct fields_name){ pool_str(f->pool, name), 1 };
}

void
fields_seen(struct fields *f, struct str name, struct str value)
{
	/* Old syntax allows space before the colon (RFC 5322 4.5); MTAs differ in who cuts it. */
	struct str bare = str_trim(name);

	if (str_eq_nocase(bare, STR(PASS_FIELD))) {
		if (f->n_passes++ == 0)
			f->pass_name = pool_str(f->pool, name);
		f->cut |= f->n_passes > FIELDS_FORGED;
	} else if (is_forged(f, bare))
		count_forged(f, name);
	if (!str_eq_nocase(bare, STR("Subject")))
		return;
	if (f->n_subjects == FIELDS_SUBJECTS)
		f->cut = true;
	else
		f->subject[f->n_subjects++] = pool_str(f->pool, str_trim(value));
}

struct str
fields_clean(struct pool *pool, struct str in)
{
	char *out = pool_cstr(pool, in);

	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)out[i];

		if (c < 0x20 || c == 0x7f)
			out[i] = c == '\t' ? ' ' : '?';
	}
	return (struct str){ out, in.n };
}

static bool
is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_print((unsigned char)s.p[i]))
			return false;
	return true;
}

static void
put_base64(struct buf *out, struct str in)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < in.n; i += 3) {
		uint32_t v = 0;

		for (size_t j = 0; j < 3; j++)
			v = v << 8 | (i + j < in.n ? (unsigned char)in.p[i + j] : 0);
		buf_addc(out, digit[v >> 18 & 63]);
		buf_addc(out, digit[v >> 12 & 63]);
		buf_addc(out, i + 1 < in.n ? digit[v >> 6 & 63] : '=');
		buf_addc(out, i + 2 < in.n ? digit[v & 63] : '=');
	}
}

/* RFC 2047 5 (3): a character must not be cut in two. */
static size_t
whole_characters(struct str s, size_t n)
{
	while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void
put_words(struct buf *out, struct str text)
{
	while (text.n) {
		size_t n = whole_characters(text, text.n < WORD_BYTES ? text.n : WORD_BYTES);

		n = n ? n : str_upto(text, WORD_BYTES).n;	/* no UTF-8 at all: cut anywhere */
		buf_adds(out, "=?UTF-8?B?");
		put_base64(out, str_upto(text, n));
		buf_adds(out, "?=");
		text = str_from(text, n);
		if (text.n)
			buf_addc(out, ' ');
	}
}

struct str
fields_subject(struct pool *pool, struct str tag, struct str raw)
{
	struct buf b;
	struct str out;
	size_t first = str_chr(raw, '\n');
	bool word = str_starts(raw, STR("=?"));

	buf_init(&b, raw.n + 4 * tag.n + 64);
	if (is_ascii(tag)) {
		buf_add(&b, str_trim(tag));
	} else {
		/* White space between two encoded words is not shown, so it goes inside. */
		put_words(&b, word ? tag : str_trim(tag));
	}
	if (raw.n && b.n) {
		first = first == STR_NPOS ? raw.n : first;
		buf_adds(&b, SUBJECT_NAME + b.n + 1 + first > LINE_MAX_BYTES ? "\n " : " ");
	}
	buf_add(&b, raw);
	out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

static void
plan(const struct fields *f, struct vec *out, struct field_edit e)
{
	struct field_edit *slot = vec_push(f->pool, out, sizeof(*slot));

	*slot = e;
}

static void
plan_add(const struct fields *f, struct vec *out, struct str name, struct str value)
{
	plan(f, out, (struct field_edit){ .op = FIELD_ADD, .name = fields_clean(f->pool, name),
	    .value = fields_clean(f->pool, value) });
}

static void
plan_forged(const struct fields *f, struct vec *out)
{
	const struct fields_name *seen = f->names.items;

	for (size_t i = 0; i < f->names.n; i++)
		for (int at = seen[i].count; at > 0; at--)
			plan(f, out, (struct field_edit){ .op = FIELD_DELETE, .name = seen[i].name, .index = at });
}

static void
plan_subject(const struct fields *f, struct str tag, struct vec *out)
{
	for (size_t i = 0; i < f->n_subjects; i++)
		plan(f, out, (struct field_edit){ .op = FIELD_CHANGE, .name = STR("Subject"),
		    .index = (int)i + 1, .value = fields_subject(f->pool, tag, f->subject[i]) });
	if (f->n_subjects == 0)
		plan(f, out, (struct field_edit){ .op = FIELD_ADD, .name = STR("Subject"),
		    .value = fields_subject(f->pool, tag, STR_NONE) });
}

static struct str
findings_text(struct pool *pool, const struct report *r)
{
	struct buf b;
	struct str out;
	size_t n = r->findings.n < FIELDS_LISTED ? r->findings.n : FIELDS_LISTED;

	buf_init(&b, 1024);
	for (size_t i = 0; i < n; i++) {
		const struct finding *f = report_finding(r, i);

		buf_printf(&b, "%s%s=%d.%d", i ? ", " : "", f->def->name, f->score / 10,
		    f->score < 0 ? -(f->score % 10) : f->score % 10);
	}
	if (n < r->findings.n)
		buf_printf(&b, ", %zu more", r->findings.n - n);
	out = pool_str(pool, buf_str(&b));
	buf_clear(&b);
	return out;
}

static struct str
complete_text(struct pool *pool, const struct result *res)
{
	if (res->outcome.complete)
		return STR("yes");
	if (res->report.unscanned.n == 0)
		return STR("no");
	return pool_printf(pool, "no (%s)", unscanned_name(report_unscanned_at(&res->report, 0)->why));
}

/* What was changed. */
static void
plan_modified(const struct fields *f, unsigned modify, struct vec *out)
{
	static const struct { unsigned bit; const char *what; } rows[] = {
		{ MODIFY_STRIP, "parts" }, { MODIFY_LINKS, "links" }, { MODIFY_SUBJECT, "subject" },
	};
	struct buf b;

	buf_init(&b, 64);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (modify & rows[i].bit)
			buf_printf(&b, "%s%s", b.n ? ", " : "", rows[i].what);
	if (b.n)
		plan_add(f, out, STR("X-Sekimori-Modified"), buf_str(&b));
	buf_clear(&b);
}

static void
plan_own(const struct fields *f, const struct result *res, struct vec *out)
{
	const struct outcome *o = &res->outcome;

	if (res->record.n)
		plan_add(f, out, STR("X-Sekimori-Id"), res->record);
	plan_add(f, out, STR("X-Sekimori-Verdict"), o->failed ? STR("none") : str_of(outcome_verdict(o)));
	plan_modified(f, o->act.modify, out);
	plan_add(f, out, STR("X-Sekimori-Complete"), complete_text(f->pool, res));
	plan_add(f, out, STR("X-Sekimori-Score"), pool_printf(f->pool, "%s%" PRId64 ".%" PRId64,
	    o->score < 0 ? "-" : "", (o->score < 0 ? -o->score : o->score) / 10,
	    (o->score < 0 ? -o->score : o->score) % 10));
	if (res->report.findings.n)
		plan_add(f, out, STR("X-Sekimori-Findings"), findings_text(f->pool, &res->report));
}

/* "Name: value" of the operator. */
static void
plan_operators(const struct fields *f, struct str line, struct vec *out)
{
	size_t colon = str_chr(line, ':');

	if (colon != STR_NPOS && colon > 0)
		plan_add(f, out, str_trim(str_upto(line, colon)), str_trim(str_from(line, colon + 1)));
}

void
fields_plan(const struct fields *f, const struct policy_conf *pc, const struct result *res, struct vec *out)
{
	const struct action_set *act = &res->outcome.act;

	/* Also when nothing is to be changed: it may hold for another mail, or be a secret of ours. */
	for (int at = f->n_passes < FIELDS_FORGED ? f->n_passes : FIELDS_FORGED; at > 0; at--)
		plan(f, out, (struct field_edit){ .op = FIELD_DELETE, .name = f->pass_name, .index = at });
	if (res->let_by || res->outcome.observe || act->intercept >= INTERCEPT_TEMPFAIL)
		return;
	plan_forged(f, out);
	if (act->modify & MODIFY_SUBJECT)
		plan_subject(f, act->subject, out);
	if (pc->add_headers)
		plan_own(f, res, out);
	for (size_t i = 0; act->modify & MODIFY_HEADER && i < act->n_headers; i++)
		plan_operators(f, act->headers[i], out);
}
