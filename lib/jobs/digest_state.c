/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "jobs/digest_state.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fdio.h"
#include "base/hash.h"
#include "base/replace.h"

/* Both files: a line of the person, one of the time, lines of entries, an empty line, the mail. */

static void
path_of(struct str state_dir, struct pool *pool, struct str person, const char *more, char out[DIGEST_NAME])
{
	unsigned char digest[HASH_SHA256_BYTES];
	int n;

	hash_sha256(pool_lower(pool, person), digest);
	n = snprintf(out, DIGEST_NAME, "%.*s/digests/", STR_ARG(str_upto(state_dir, DIGEST_NAME - 128)));
	for (size_t i = 0; i < 16; i++)
		n += snprintf(out + n, 3, "%02x", digest[i]);
	snprintf(out + n, (size_t)(DIGEST_NAME - n), "%s", more);
}

void
digest_mail_path(struct str state_dir, struct str person, char out[DIGEST_NAME])
{
	struct pool *pool = pool_new(0);

	path_of(state_dir, pool, person, ".mail", out);
	pool_free(&pool);
}

enum rc
digest_state_folder(struct str state_dir, char out[DIGEST_NAME])
{
	snprintf(out, DIGEST_NAME, "%.*s/digests", STR_ARG(str_upto(state_dir, DIGEST_NAME - 128)));
	return mkdir(out, 0700) == 0 || errno == EEXIST ? RC_OK : RC_TEMP;
}

static enum rc
read_file(const char *path, struct pool *pool, struct digest_mail *out)
{
	struct str rest, line;
	struct buf text;
	uint64_t ms = 0;
	size_t end;
	enum rc rc;

	buf_init(&text, DIGEST_STATE_BYTES);
	rc = fdio_read_file(path, &text);
	rest = pool_str(pool, buf_str(&text));
	buf_clear(&text);
	if (rc != RC_OK)
		return rc == RC_NONE ? RC_NONE : RC_TEMP;
	*out = (struct digest_mail){ .made_ms = 0 };
	if (!str_next(&rest, '\n', &out->person) || !str_next(&rest, '\n', &line) || !str_to_u64(line, &ms))
		return RC_BAD;
	out->made_ms = (int64_t)ms;
	/* The line feed in front of the first entry is that of the line before. */
	rest = (struct str){ rest.p - 1, rest.n + 1 };
	end = str_find(rest, STR("\n\n"));
	if (end == STR_NPOS)
		return RC_BAD;
	out->told = str_upto(rest, end + 1);
	out->mail = str_from(rest, end + 2);
	return RC_OK;
}

static enum rc
write_file(const char *path, struct pool *pool, const struct digest_mail *m)
{
	const struct str piece[] = {
		pool_printf(pool, "%.*s\n%lld", STR_ARG(m->person), (long long)m->made_ms),
		m->told.n ? m->told : STR("\n"), STR("\n"), m->mail,
	};

	return replace_file(path, piece, sizeof(piece) / sizeof(*piece));
}

enum rc
digest_state_get(struct str state_dir, struct pool *pool, struct str person, struct digest_state *out)
{
	char path[DIGEST_NAME];
	struct digest_mail m;
	enum rc rc;

	path_of(state_dir, pool, person, "", path);
	rc = read_file(path, pool, &m);
	*out = (struct digest_state){ .person = person };
	if (rc == RC_OK)
		*out = (struct digest_state){ .person = person, .last_ms = m.made_ms, .told = m.told };
	return rc;
}

enum rc
digest_state_put(struct str state_dir, struct pool *pool, const struct digest_state *s)
{
	const struct digest_mail m = { .person = s->person, .made_ms = s->last_ms, .told = s->told };
	char path[DIGEST_NAME];

	path_of(state_dir, pool, s->person, "", path);
	return write_file(path, pool, &m);
}

enum rc
digest_mail_put(struct str state_dir, struct pool *pool, const struct digest_mail *m)
{
	char path[DIGEST_NAME];

	path_of(state_dir, pool, m->person, ".mail", path);
	return write_file(path, pool, m);
}

enum rc
digest_mail_get(const char *path, struct pool *pool, struct digest_mail *out)
{
	return read_file(path, pool, out);
}
