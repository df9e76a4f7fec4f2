/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* cf.h - the files of sqlite_table(5) and ldap_table(5), and the keys that their queries are asked with
 *
 * Input    `name = value` lines of the operator; keys from recipient/address.h
 * Units    none
 * Limits   CF_BYTES of a file; CF_QUERY bytes of a query
 * Memory   texts live in the pool
 * Errors   cf_read: RC_BAD with a line for each error. cf_expand: false when the key has no such
 *          piece or the query would be too long: then there is nothing to ask
 * Threads  reentrant
 * Source   Postfix sqlite_table(5), ldap_table(5); RFC 4515 3 for filters, RFC 4514 2.4 for names
 */
#ifndef RECIPIENT_CF_H
#define RECIPIENT_CF_H

#include "base/buf.h"
#include "base/pool.h"
#include "base/vec.h"
#include "recipient/address.h"

enum { CF_BYTES = 65536, CF_QUERY = 8192 };

/* A name that may stand in the file. */
struct cf_name {
	const char *name;		/* NULL ends a list */
	const char *def;		/* NULL: must be set */
	const char *refuse;		/* why it cannot be used here; NULL: it is known */
};

struct cf {
	const char *path;
	const struct cf_name *names;
	struct str *value;		/* one for each name */
	size_t *line;
};

enum rc cf_read(struct pool *, const char *path, const struct cf_name *, struct cf *out, struct buf *why) MUST_CHECK;
struct str cf_get(const struct cf *, const char *name);
/* Say that the value of a name is wrong; returns RC_BAD. */
enum rc cf_error(const struct cf *, const char *name, const char *reason, struct buf *why);

/* "user@example.org" has both pieces; "@example.org" has no user, "example.org" and "user" no domain. */
struct cf_key {
	struct str whole, user, domain;
};
struct cf_key cf_key(struct str key);
/* `domain = a, b`: is this key asked at all? */
bool cf_wants(struct str domains, const struct cf_key *);

enum cf_quoting { CF_SQL, CF_FILTER, CF_DN };
/* %s the key, %u its user or all of it, %d its domain, %1 to %9 its labels from the last on. */
bool cf_expand(struct str query, const struct cf_key *, enum cf_quoting, struct buf *out);
/* Only known %-letters, and in SQL only inside '...'. NULL: it is good; else what is wrong. */
const char *cf_bad_query(struct str query, enum cf_quoting);

#endif
