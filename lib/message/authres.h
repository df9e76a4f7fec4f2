/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* authres.h - read an Authentication-Results field
 *
 * Input    one field value, folded or not, or an ARC-Authentication-Results without its i=; any bytes
 * Units    comments in levels
 * Limits   AUTHRES_BYTES of a value, AUTHRES_RESULTS, AUTHRES_PROPS of one result, AUTHRES_NEST;
 *          over a limit the field is `bad`
 * Memory   results live in `pool`; slices may point into the value
 * Errors   bad: what stands before the fault is there, nothing behind it
 * Threads  reentrant
 * Source   RFC 8601 2.2; RFC 6532 for UTF-8 in tokens. Not RFC, but written by large senders: words
 *          with "=" that are no property ("action=none"), unquoted "/", "=" and ":" in values
 */
#ifndef MESSAGE_AUTHRES_H
#define MESSAGE_AUTHRES_H

#include "base/limits.h"
#include "base/pool.h"
#include "base/str.h"

enum { AUTHRES_BYTES = 16 * 1024, AUTHRES_RESULTS = 64, AUTHRES_PROPS = 24, AUTHRES_NEST = 20 };

/* smtp.mailfrom=example.org */
struct authres_prop {
	struct str ptype, name, value;
};

struct authres_result {
	struct str method, result;	/* as written; methods nobody knows too */
	uint32_t version;		/* of the method; 1 when none is said */
	struct str reason;
	const struct authres_prop *props;
	size_t n_props;
};

struct authres {
	struct str id;			/* the authserv-id without quotes and final dots */
	uint32_t version;		/* of the field; 1 when none is said */
	const struct authres_result *results;
	size_t n;
	bool bad;			/* does not follow the grammar */
	bool bad_id;			/* not even as far as the id and the version */
};

void authres_parse(struct pool *, struct str value, struct authres *out);

/* A property of a result; empty when it has none. Names in any case. */
struct str authres_prop(const struct authres_result *, struct str ptype, struct str name);

/* Whose is it: written under the name `id`, or so malformed that a reader may take it for that. */
bool authres_is_of(struct pool *, const struct limits *, struct str value, struct str id);
/* The same name: in any case, with or without a final dot. */
bool authres_same_id(struct str a, struct str b);

#endif
