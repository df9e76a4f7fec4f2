/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* What the top header of a message says about itself: fields that must stand once and
 * the author. */
#include "message/mime_build.h"

#include "message/addr.h"

/* RFC 5322 3.6: at most once. From and the MIME fields have defects of their own. */
static const struct str once[] = {
	{ "subject", 7 }, { "date", 4 }, { "to", 2 }, { "cc", 2 }, { "reply-to", 8 },
	{ "sender", 6 }, { "message-id", 10 }, { "in-reply-to", 11 }, { "references", 10 },
};

static size_t
count(const struct mime_part *root, struct str name)
{
	size_t n = 0;

	for (size_t i = 0; i < root->n_fields; i++)
		n += str_eq_nocase(root->fields[i].name, name);
	return n;
}

static void
check_from(struct mime_builder *b, struct mime_part *root)
{
	const struct mime_field *from = mime_find(root, STR("from"));
	const uint64_t kept = DEFECT_BIT(ADDRESS_SYNTAX) | DEFECT_BIT(ENCODED_ADDRESS) |
	    DEFECT_BIT(LIMIT_ADDRESSES);
	struct addr_list list;
	struct str values[2];
	uint64_t defects = 0;

	if (!from) {
		root->defects |= DEFECT_BIT(NO_FROM);
		return;
	}
	list = addr_parse(b->pool, b->lim, from->value, &defects);
	root->defects |= defects & kept;
	if (list.n == 0)
		root->defects |= DEFECT_BIT(NO_FROM);
	if (mime_values(b, root, STR("from"), values, 2) > 1 ||
	    (list.n > 1 && !mime_find(root, STR("sender"))))
		root->defects |= DEFECT_BIT(DUPLICATE_FROM);
}

static bool
speaks_mime(const struct mime_part *root)
{
	return mime_find(root, STR("content-type")) || mime_find(root, STR("content-transfer-encoding"));
}

void
mime_top(struct mime_builder *b, struct mime_part *root)
{
	if (root->n_fields == 0)
		root->defects |= DEFECT_BIT(NO_HEADER);
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		if (count(root, once[i]) > 1)
			root->defects |= DEFECT_BIT(DUPLICATE_FIELD);
	if (!mime_find(root, STR("date")))
		root->defects |= DEFECT_BIT(NO_DATE);
	if (speaks_mime(root) && !mime_find(root, STR("mime-version")))
		root->defects |= DEFECT_BIT(NO_MIME_VERSION);
	check_from(b, root);
}
