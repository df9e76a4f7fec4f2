/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "facts.h"

#include <limits.h>
#include <stdlib.h>

#include "notice.h"

struct json_object *
facts_parse(struct str json)
{
	struct json_tokener *tok = json_tokener_new_ex(FACTS_DEPTH);
	struct json_object *o = NULL;

	if (!tok)
		abort();	/* out of memory */
	if (json.n > 0 && json.n <= INT_MAX)
		o = json_tokener_parse_ex(tok, json.p, (int)json.n);
	if (o && !json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(tok);
	return o;
}

struct json_object *
facts_object(const struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	if (!o || !json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &v))
		return NULL;
	return v;
}

struct str
facts_str(const struct json_object *o, const char *key)
{
	struct json_object *v = facts_object(o, key);

	if (!json_object_is_type(v, json_type_string))
		return STR_NONE;
	return (struct str){ json_object_get_string(v), (size_t)json_object_get_string_len(v) };
}

struct str
facts_text(const struct json_object *o, const char *key)
{
	struct json_object *v = facts_object(o, key);

	return v ? str_of(json_object_get_string(v)) : STR_NONE;
}

int64_t
facts_num(const struct json_object *o, const char *key)
{
	return json_object_get_int64(facts_object(o, key));
}

bool
facts_bool(const struct json_object *o, const char *key)
{
	return json_object_get_boolean(facts_object(o, key));
}

size_t
facts_count(const struct json_object *o, const char *key)
{
	struct json_object *v = facts_object(o, key);

	return json_object_is_type(v, json_type_array) ? json_object_array_length(v) : 0;
}

struct json_object *
facts_at(const struct json_object *o, const char *key, size_t i)
{
	return json_object_array_get_idx(facts_object(o, key), i);
}

void
facts_show(const struct json_object *o, const char *key, struct buf *out)
{
	notice_escape(facts_str(o, key), out);
}
