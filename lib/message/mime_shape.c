/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What kind of part it is: every Content-Type field and every boundary parameter that
 * differs from the others gives a shape. The first field and its best boundary are the
 * main one; the others become alternative readings once the end of the part is known. */
#include "message/mime_build.h"

#include "base/ascii.h"

enum {
	TYPES_MAX = 4,		/* Content-Type fields of one part that differ */
	BOUNDARY_MAX = 70	/* RFC 2046 5.1.1 */
};

struct shaper {
	struct mime_builder *b;
	struct mime_part *part;
	struct mime_shape *shapes;
	size_t n;
};

size_t
mime_values(struct mime_builder *b, const struct mime_part *part, struct str name,
    struct str *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < part->n_fields && n < max; i++) {
		struct str value;
		bool again = false;

		if (!str_eq_nocase(part->fields[i].name, name))
			continue;
		value = header_unfold(b->pool, part->fields[i].value);
		for (size_t j = 0; j < n; j++)
			again |= str_eq(out[j], value);
		if (!again)
			out[n++] = value;
	}
	return n;
}

static bool
is_token_byte(char c)
{
	/* RFC 2045 5.1: tspecials, space and controls end a token */
	return c > ' ' && c < 0x7f && str_chr(STR("()<>@,;:\\\"/[]?="), c) == STR_NPOS;
}

static bool
is_type(struct str s)
{
	size_t slash = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '/' && !slash && i)
			slash = i;
		else if (!is_token_byte(s.p[i]))
			return false;
	}
	return slash && slash + 1 < s.n;
}

static enum mime_kind
kind_of(struct str type)
{
	if (str_starts(type, STR("multipart/")))
		return MIME_MULTIPART;
	if (str_eq(type, STR("message/rfc822")) || str_eq(type, STR("message/global")) ||
	    str_eq(type, STR("message/news")) || str_eq(type, STR("message/partial")) ||
	    str_eq(type, STR("message/external-body")))
		return MIME_MESSAGE;
	return MIME_LEAF;
}

static void
add_shape(struct shaper *s, const struct mime_value *v, enum mime_kind kind, struct str type,
    struct str boundary)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->shapes[i].kind == kind && str_eq(s->shapes[i].boundary, boundary) &&
		    (kind == MIME_MULTIPART || str_eq(s->shapes[i].type, type)))
			return;
	if (s->n == SHAPES_MAX) {
		s->part->defects |= DEFECT_BIT(LIMIT_PARTS);
		return;
	}
	s->shapes[s->n++] = (struct mime_shape){
		.kind = kind, .type = type, .boundary = boundary,
		.params = v->params, .n_params = v->n_params,
	};
}

static void
check_boundary(struct shaper *s, struct str boundary)
{
	bool good = boundary.n > 0 && boundary.n <= BOUNDARY_MAX && boundary.p[boundary.n - 1] != ' ';

	for (size_t i = 0; i < boundary.n; i++)
		good &= boundary.p[i] >= ' ' && boundary.p[i] < 0x7f;
	if (!good)
		s->part->defects |= DEFECT_BIT(BAD_BOUNDARY);
}

static size_t
add_boundaries(struct shaper *s, const struct mime_value *v, struct str type)
{
	size_t found = 0;

	for (size_t i = 0; i < v->n_params; i++) {
		struct str text = v->params[i].value;

		if (!str_eq(v->params[i].name, STR("boundary")))
			continue;
		check_boundary(s, text);
		add_shape(s, v, MIME_MULTIPART, type, text);
		if (str_trim(text).n != text.n)
			add_shape(s, v, MIME_MULTIPART, type, str_trim(text));
		found++;
	}
	return found;
}

/* The shapes of one Content-Type value. */
static void
shapes_of(struct shaper *s, const struct mime_value *v, struct str fallback)
{
	struct str type = v->token;
	enum mime_kind kind;
	size_t boundaries;

	if (!is_type(type)) {
		s->part->defects |= DEFECT_BIT(BAD_CONTENT_TYPE);
		type = str_find(type, STR("multipart")) != STR_NPOS ? STR("multipart/mixed") : fallback;
	}
	kind = kind_of(type);
	if (kind != MIME_MULTIPART) {
		add_shape(s, v, kind, type, STR_NONE);
		add_boundaries(s, v, STR("multipart/mixed"));
		return;
	}
	boundaries = add_boundaries(s, v, type);
	if (boundaries > 1)
		s->part->defects |= DEFECT_BIT(DUPLICATE_BOUNDARY);
	if (boundaries)
		return;
	s->part->defects |= DEFECT_BIT(NO_BOUNDARY);
	add_shape(s, v, MIME_MULTIPART, type, STR_NONE);
}

static void
note_message_type(struct mime_part *part, struct str type)
{
	if (str_eq(type, STR("message/partial")))
		part->defects |= DEFECT_BIT(PARTIAL);
	if (str_eq(type, STR("message/external-body")))
		part->defects |= DEFECT_BIT(EXTERNAL_BODY);
}

static void
read_disposition(struct mime_builder *b, struct mime_part *part)
{
	struct str values[2];
	size_t n = mime_values(b, part, STR("content-disposition"), values, 2);

	if (n > 1)
		part->defects |= DEFECT_BIT(DUPLICATE_DISPOSITION);
	if (n)
		part->disposition = header_token(b->pool, b->lim,
		    str_upto(values[0], str_chr(values[0], ';')));
}

static void
read_content_id(struct mime_builder *b, struct mime_part *part)
{
	struct str value;

	if (!mime_values(b, part, STR("content-id"), &value, 1))
		return;
	if (value.n > 1 && value.p[0] == '<' && value.p[value.n - 1] == '>')
		value = str_sub(value, 1, value.n - 2);
	part->content_id = value;
}

void
mime_apply_shape(struct mime_part *part, const struct mime_shape *shape)
{
	part->kind = shape->kind;
	part->type = shape->type;
	part->params = shape->params;
	part->n_params = shape->n_params;
	for (size_t i = 0; i < shape->n_params; i++)
		if (str_eq(shape->params[i].name, STR("charset"))) {
			part->charset = shape->params[i].value;
			break;
		}
}

static void
read_types(struct shaper *s, struct str fallback)
{
	struct mime_builder *b = s->b;
	struct str raw[TYPES_MAX];
	struct mime_value types[TYPES_MAX];
	size_t n = mime_values(b, s->part, STR("content-type"), raw, TYPES_MAX);

	if (n > 1)
		s->part->defects |= DEFECT_BIT(DUPLICATE_CONTENT_TYPE);
	for (size_t i = 0; i < n; i++) {
		types[i] = (struct mime_value){ .raw = raw[i] };
		types[i].token = header_params(b->pool, b->lim, raw[i], &types[i].params, &types[i].n_params,
		    &s->part->defects);
		shapes_of(s, &types[i], fallback);
	}
	mime_names(b, s->part, types, n);
}

size_t
mime_shapes(struct mime_builder *b, struct mime_part *part, struct str fallback,
    struct mime_shape shapes[SHAPES_MAX])
{
	struct shaper s = { .b = b, .part = part, .shapes = shapes };
	enum mime_cte encodings[ENCODINGS_MAX];

	read_types(&s, fallback);
	if (s.n == 0)
		shapes[s.n++] = (struct mime_shape){ .kind = kind_of(fallback), .type = fallback };
	for (size_t i = 0; i < s.n; i++)
		note_message_type(part, shapes[i].type);
	read_disposition(b, part);
	read_content_id(b, part);
	mime_encodings(b, part, encodings);
	part->cte = encodings[0];
	mime_apply_shape(part, &shapes[0]);
	if (part->charset.n)
		part->charset = pool_lower(b->pool, part->charset);
	return s.n;
}
