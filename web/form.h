/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* form.h - prove that a POST comes from the page that warned, in the same browser
 *
 * Input    body and cookies of anybody
 * Units    seconds since 1970
 * Limits   FORM_LIFE_S
 * Memory   pool
 * Errors   form_good: false
 * Threads  any
 * Source   the page sets a cookie (HttpOnly, SameSite=Strict, one for each link) and has a code over it, the link
 *          and the time, by HMAC-SHA-256 under a key made from the newest of the keyring. A page of somebody
 *          else can send our form, but cannot set our cookie
 */
#ifndef WEB_FORM_H
#define WEB_FORM_H

#include "base/pool.h"
#include "click/keyring.h"

enum { FORM_LIFE_S = 900 };

struct form {
	struct str code;		/* for the field `form` */
	struct str cookie;		/* value of Set-Cookie */
};

enum rc form_make(const struct keyring *, struct pool *, struct str token, int64_t now_s, bool https,
    struct form *out) MUST_CHECK;
/* The field of a body, as it was sent: for words that need no escapes. */
struct str form_field(struct str body, struct str name);
bool form_good(const struct keyring *, struct str token, int64_t now_s, struct str body, struct str cookies);

#endif
