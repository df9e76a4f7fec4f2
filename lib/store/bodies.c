/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "store/bodies.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "store/bodies_ops.h"

static const struct bodies_ops *const backends[BODIES_BACKENDS] = {
	[BODIES_FILES] = &bodies_files, [BODIES_S3] = &bodies_s3
};

struct bodies {
	const struct bodies_ops *ops;
	void *store;
};

enum rc
bodies_open(const struct bodies_conf *conf, struct str state_dir, struct log_ctx lc, struct bodies **out, struct buf *why)
{
	struct bodies *b = calloc(1, sizeof(*b));
	enum rc rc;

	if (!b)
		abort();
	b->ops = backends[conf->backend];
	rc = b->ops->open(conf, state_dir, lc, &b->store, why);
	if (rc == RC_OK)
		*out = b;
	else
		free(b);
	return rc;
}

void
bodies_close(struct bodies **at)
{
	struct bodies *b = *at;

	if (!b)
		return;
	b->ops->close(b->store);
	free(b);
	*at = NULL;
}

/* A key becomes a name: nothing in it may lead elsewhere. */
static bool
take_key(struct str key, char out[BODIES_KEY + 1])
{
	if (key.n < 2 || key.n > BODIES_KEY)
		return false;
	for (size_t i = 0; i < key.n; i++) {
		out[i] = key.p[i];
		if (!ascii_is_alnum((unsigned char)key.p[i]) && key.p[i] != '-' && key.p[i] != '_')
			return false;
	}
	out[key.n] = '\0';
	return true;
}

enum rc
bodies_put(struct bodies *b, struct str key, int fd, uint64_t size, int64_t deadline_ms)
{
	char name[BODIES_KEY + 1];

	return take_key(key, name) ? b->ops->put(b->store, name, fd, size, deadline_ms) : RC_TEMP;
}

enum rc
bodies_get(struct bodies *b, struct str key, int *fd, uint64_t *size)
{
	char name[BODIES_KEY + 1];

	return take_key(key, name) ? b->ops->get(b->store, name, fd, size) : RC_NONE;
}

enum rc
bodies_delete(struct bodies *b, struct str key)
{
	char name[BODIES_KEY + 1];

	return take_key(key, name) ? b->ops->delete(b->store, name) : RC_NONE;
}

enum rc
bodies_each(struct bodies *b, bool (*each)(void *, struct str, int64_t, uint64_t), void *arg)
{
	return b->ops->each(b->store, each, arg);
}
