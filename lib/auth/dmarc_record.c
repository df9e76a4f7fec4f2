/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "auth/dmarc_record.h"

#include "base/ascii.h"

enum tag { TAG_P, TAG_SP, TAG_NP, TAG_RUA, TAG_FO, TAG_T, TAG_ADKIM, TAG_ASPF, TAG_PSD, TAGS };

static const struct str tag_names[TAGS] = {
	[TAG_P] = STR("p"), [TAG_SP] = STR("sp"), [TAG_NP] = STR("np"), [TAG_RUA] = STR("rua"), [TAG_FO] = STR("fo"),
	[TAG_T] = STR("t"), [TAG_ADKIM] = STR("adkim"), [TAG_ASPF] = STR("aspf"), [TAG_PSD] = STR("psd"),
};

/* What a record says, before it is known what that is worth. */
struct said {
	struct str value[TAGS];
	bool has[TAGS];
};

static struct str
trim_wsp(struct str s)
{
	while (s.n && ascii_is_wsp((unsigned char)s.p[0]))
		s = str_from(s, 1);
	while (s.n && ascii_is_wsp((unsigned char)s.p[s.n - 1]))
		s.n--;
	return s;
}

/* name = value; false when there is no '='. */
static bool
split(struct str tag, struct str *name, struct str *value)
{
	size_t eq = str_chr(tag, '=');

	*name = trim_wsp(str_upto(tag, eq));
	*value = trim_wsp(str_from(tag, eq == STR_NPOS ? tag.n : eq + 1));
	return eq != STR_NPOS;
}

static bool
read_policy(struct str s, enum auth_policy *out)
{
	static const struct {
		struct str word;
		enum auth_policy policy;
	} rows[] = {
		{ STR("none"), AUTH_POLICY_NONE }, { STR("quarantine"), AUTH_POLICY_QUARANTINE },
		{ STR("reject"), AUTH_POLICY_REJECT },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (str_eq_nocase(s, rows[i].word)) {
			*out = rows[i].policy;
			return true;
		}
	}
	return false;
}

/* Of a tag that comes twice the first one counts. */
static void
take_tag(struct str name, struct str value, struct said *said)
{
	for (size_t i = 0; i < TAGS; i++) {
		if (!str_eq_nocase(name, tag_names[i]) || said->has[i])
			continue;
		said->value[i] = value;
		said->has[i] = true;
	}
}

/* A tag that is not there keeps what `out` has. */
static bool
settle_policy(const struct said *said, enum tag tag, enum auth_policy *out)
{
	return !said->has[tag] || read_policy(said->value[tag], out);
}

/* RFC 9989 4.7: without p= it is none. 4.10.1: a policy that is no word of the three makes all of
 * them none when somebody wants reports; otherwise DMARC does not apply. */
static void
settle_policies(const struct said *said, struct dmarc_record *out)
{
	struct str rest = out->rua, address;
	bool good = settle_policy(said, TAG_P, &out->p);

	out->sp = out->p;
	good &= settle_policy(said, TAG_SP, &out->sp);
	out->np = out->sp;
	good &= settle_policy(said, TAG_NP, &out->np);
	if (good)
		return;
	out->p = out->sp = out->np = AUTH_POLICY_NONE;
	out->unusable = !dmarc_record_rua(&rest, &address);
}

static enum auth_align
alignment(struct str s)
{
	return str_eq_nocase(s, STR("s")) ? ALIGN_STRICT : ALIGN_RELAXED;
}

static void
settle(const struct said *said, struct dmarc_record *out)
{
	struct str psd = said->value[TAG_PSD];

	out->rua = said->value[TAG_RUA];
	out->fo = said->value[TAG_FO];
	out->testing = str_eq_nocase(said->value[TAG_T], STR("y"));
	out->adkim = alignment(said->value[TAG_ADKIM]);
	out->aspf = alignment(said->value[TAG_ASPF]);
	out->psd = str_eq_nocase(psd, STR("y")) ? DMARC_PSD_YES :
	    str_eq_nocase(psd, STR("n")) ? DMARC_PSD_NO : DMARC_PSD_UNSAID;
	settle_policies(said, out);
}

bool
dmarc_record_parse(struct str text, struct dmarc_record *out)
{
	struct said said = { .has = { false } };
	struct str tag, name, value;

	*out = (struct dmarc_record){ .p = AUTH_POLICY_NONE };
	/* 4.8: the version comes first, and its value is a matter of case. */
	if (!str_starts_nocase(text, STR("v")) || !str_next(&text, ';', &tag) || !split(tag, &name, &value) ||
	    !str_eq_nocase(name, STR("v")) || !str_eq(value, STR("DMARC1")))
		return false;
	for (int i = 0; i < DMARC_TAGS && str_next(&text, ';', &tag); i++)
		if (split(tag, &name, &value))
			take_tag(name, value, &said);
	settle(&said, out);
	return true;
}

bool
dmarc_record_rua(struct str *rest, struct str *address)
{
	struct str uri;

	while (str_next(rest, ',', &uri)) {
		size_t at;

		uri = trim_wsp(uri);
		if (!str_starts_nocase(uri, STR("mailto:")))
			continue;
		uri = str_from(uri, sizeof("mailto:") - 1);
		uri = str_upto(uri, str_chr(uri, '!'));	/* RFC 7489 6.2: a size, which means nothing now */
		at = str_rchr(uri, '@');
		if (at == STR_NPOS || at == 0 || at + 1 == uri.n || str_chr(uri, ' ') != STR_NPOS)
			continue;
		*address = uri;
		return true;
	}
	return false;
}
