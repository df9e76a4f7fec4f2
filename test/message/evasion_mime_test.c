/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* The evasion set: what hides a payload must show it or be called ambiguous, what hides a
 * name must give the name, what is harmless must not be called ambiguous. */
#include "message/charset.h"
#include "message/mail.h"
#include "test.h"

enum { SEEN_OR_AMBIGUOUS, SEEN, AMBIGUOUS, CLEAN, NAMED, URL };

/* A marker is kept in two halves: whole, it would set off scanners on this file. */
static const char eicar_a[] = "EICAR-STANDARD-", eicar_b[] = "ANTIVIRUS-TEST-FILE";

static const struct {
	const char *file;
	int want;
	const char *name;
} cases[] = {
	{ "T001-mime-header", SEEN_OR_AMBIGUOUS, NULL }, { "T003-mime-header", SEEN_OR_AMBIGUOUS, NULL },
	{ "T005-mime-header", SEEN_OR_AMBIGUOUS, NULL }, { "T007-mime-header", SEEN_OR_AMBIGUOUS, NULL },
	{ "T009-mime-header", SEEN, NULL }, { "T011-mime-header", SEEN_OR_AMBIGUOUS, NULL },
	{ "T013-mime-header", SEEN, NULL }, { "T015-mime-header", SEEN_OR_AMBIGUOUS, NULL },
	{ "T017-mime-header", SEEN_OR_AMBIGUOUS, NULL }, { "T019-mime-header", SEEN_OR_AMBIGUOUS, NULL },
	{ "T021-mime-header", SEEN, NULL }, { "T023-mime-header", SEEN_OR_AMBIGUOUS, NULL },
	{ "T025-mime-structure", SEEN_OR_AMBIGUOUS, NULL }, { "T027-mime-structure", SEEN_OR_AMBIGUOUS, NULL },
	{ "T029-mime-structure", SEEN_OR_AMBIGUOUS, NULL }, { "T031-mime-structure", SEEN_OR_AMBIGUOUS, NULL },
	{ "T033-mime-structure", SEEN, NULL }, { "T035-mime-structure", SEEN_OR_AMBIGUOUS, NULL },
	{ "T037-mime-structure", SEEN_OR_AMBIGUOUS, NULL }, { "T039-mime-structure", SEEN, NULL },
	{ "T041-mime-structure", SEEN_OR_AMBIGUOUS, NULL }, { "T043-mime-structure", SEEN_OR_AMBIGUOUS, NULL },
	{ "T045-mime-structure", SEEN_OR_AMBIGUOUS, NULL }, { "T047-mime-structure", SEEN_OR_AMBIGUOUS, NULL },
	{ "T049-mime-structure", SEEN_OR_AMBIGUOUS, NULL }, { "T051-mime-structure", SEEN_OR_AMBIGUOUS, NULL },
	{ "T053-mime-structure", SEEN_OR_AMBIGUOUS, NULL }, { "T055-mime-structure", SEEN, NULL },
	{ "T057-mime-structure", AMBIGUOUS, NULL }, { "T059-mime-structure", AMBIGUOUS, NULL },
	{ "T061-mime-structure", SEEN, NULL },
	{ "T063-mime-decode", SEEN_OR_AMBIGUOUS, NULL }, { "T065-mime-decode", SEEN_OR_AMBIGUOUS, NULL },
	{ "T067-mime-decode", SEEN_OR_AMBIGUOUS, NULL }, { "T069-mime-decode", SEEN, NULL },
	{ "T071-mime-decode", SEEN_OR_AMBIGUOUS, NULL }, { "T073-mime-decode", SEEN_OR_AMBIGUOUS, NULL },
	{ "T075-mime-decode", SEEN, NULL }, { "T077-mime-decode", SEEN_OR_AMBIGUOUS, NULL },
	{ "T079-mime-decode", SEEN_OR_AMBIGUOUS, NULL }, { "T081-mime-decode", SEEN, NULL },
	{ "T083-mime-decode", SEEN_OR_AMBIGUOUS, NULL }, { "T085-mime-decode", SEEN_OR_AMBIGUOUS, NULL },
	{ "T087-mime-decode", SEEN, NULL },
	{ "T089-filename", NAMED, "run.bat" }, { "T091-filename", NAMED, "run.bat" },
	{ "T093-filename", NAMED, "run.bat" }, { "T095-filename", NAMED, "run.bat" },
	{ "T097-filename", NAMED, "invoicetxt.bat" }, { "T097-filename", AMBIGUOUS, NULL },
	{ "T099-filename", NAMED, "run.bat" }, { "T099-filename", AMBIGUOUS, NULL },
	{ "T101-filename", NAMED, "`touch pwned`$(id);x.bat" },
	{ "T103-filename", NAMED, "report 2025;.bat" }, { "T105-filename", NAMED, "photo.png" },
	{ "T107-filename", CLEAN, NULL },
	{ "T240-charset", URL, NULL }, { "T242-charset", URL, NULL }, { "T246-charset", URL, NULL },
	{ "T248-dos", AMBIGUOUS, NULL }, { "T250-dos", SEEN_OR_AMBIGUOUS, NULL },
	{ "T252-dos", AMBIGUOUS, NULL }, { "T254-dos", AMBIGUOUS, NULL }, { "T256-dos", AMBIGUOUS, NULL },
	{ "T270-dos", CLEAN, NULL }, { "T272-control", CLEAN, NULL }, { "T274-control", CLEAN, NULL },
	{ "T276-control", CLEAN, NULL }, { "T278-control", CLEAN, NULL }, { "T280-control", CLEAN, NULL },
	{ "T282-control", CLEAN, NULL },
};

static bool
has_name(const struct message *m, const char *name)
{
	for (size_t i = 0; i < m->n_parts; i++)
		for (size_t j = 0; j < m->parts[i].n_names; j++)
			if (str_eq(m->parts[i].names[j], str_of(name)))
				return true;
	return false;
}

/* Is the bad host in the text of the message once its charset is undone? */
static bool
has_host(struct message *m, const struct limits *lim)
{
	bool found = false;

	for (size_t i = 0; i < m->n_parts; i++) {
		struct buf space, text;
		struct str out;
		uint64_t defects = 0;

		if (m->parts[i].n_views == 0)
			continue;
		buf_init(&space, 1 << 20);
		buf_init(&text, 1 << 20);
		if (mime_decode(m, lim, &m->parts[i], 0, &space, &out) == RC_OK) {
			charset_to_utf8(out, charset_guess(out), &text, &defects);
			found |= str_find(buf_str(&text), STR("bad.sekimori.test")) != STR_NPOS;
			buf_reset(&text);
			charset_to_utf8(out, m->parts[i].charset, &text, &defects);
			found |= str_find(buf_str(&text), STR("bad.sekimori.test")) != STR_NPOS;
		}
		buf_clear(&space);
		buf_clear(&text);
	}
	return found;
}

static bool
holds(struct message *m, const struct limits *lim, int want, const char *name)
{
	char marker[64];
	bool seen, ambiguous = m->defects & defect_ambiguous;

	snprintf(marker, sizeof(marker), "%s%s", eicar_a, eicar_b);
	seen = mail_exposes(m, lim, str_of(marker)) || mail_exposes(m, lim, STR("report.com"));
	ambiguous |= m->defects & defect_ambiguous;
	switch (want) {
	case SEEN:
		return seen;
	case AMBIGUOUS:
		return ambiguous;
	case CLEAN:
		return !ambiguous;
	case NAMED:
		return has_name(m, name);
	case URL:
		return has_host(m, lim);
	default:
		return seen || ambiguous;
	}
}

static void
check(const struct corpus *c, size_t i)
{
	struct limits lim = mail_limits();
	struct pool *pool = pool_new(0);
	struct message *m;
	struct buf raw, shown;
	char path[256];

	snprintf(path, sizeof(path), "%s/evasion/%s.eml", c->folder, cases[i].file);
	buf_init(&raw, 64 << 20);
	buf_init(&shown, 4096);
	if (!mail_read(path, &raw)) {
		snprintf(path, sizeof(path), "%s/%s.eml", c->folder, cases[i].file);
		mail_read(path, &raw);
	}
	m = mime_parse(pool, &lim, buf_str(&raw));
	if (!test_ok(raw.n && holds(m, &lim, cases[i].want, cases[i].name), cases[i].file)) {
		mail_defects(m->defects, &shown);
		printf("#   want %d, defects:%s\n", cases[i].want, buf_cstr(&shown));
	}
	buf_clear(&raw);
	buf_clear(&shown);
	pool_free(&pool);
}

int
main(void)
{
	struct corpus c;

	if (!corpus_open(&c, "evasion.tar.xz")) {
		test_skip("evasion set", "SEKIMORI_CORPUS has no evasion.tar.xz");
		return test_done();
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(&c, i);
	corpus_close(&c);
	return test_done();
}
