/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* One job with one worker, by the thread that needs the answer: no hand-over to another one. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "worker/crew.h"

int
talk_read_only(int fd)
{
	char path[64];
	int want = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW, seals = fcntl(fd, F_GET_SEALS);

	if (seals >= 0 && (seals & want) == want)
		return fcntl(fd, F_DUPFD_CLOEXEC, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static enum rc
take_accounts(struct workers *ws, const struct crew_link *l, struct str body)
{
	struct pool *pool = pool_new(0);
	const struct yara_rule_stat *stats;
	size_t n;
	enum rc rc = wire_get_stats(pool, body, &stats, &n);

	if (rc == RC_OK) {
		pthread_mutex_lock(&ws->lock);
		accounts_add(ws->accounts, stats, n, l->of->id);
		pthread_mutex_unlock(&ws->lock);
	}
	pool_free(&pool);
	return rc;
}

static enum crew_end
broken(int64_t until_ms)
{
	return clock_left_ms(until_ms) == 0 ? CREW_LATE : CREW_LOST;
}

enum crew_end
talk(struct workers *ws, struct crew_link *l, const struct fdio_frame *job, enum wire_tag want,
    int64_t until_ms, struct buf *in, struct str *out)
{
	bool accounts = false;
	struct fdio_frame f;

	if (fdio_send(l->sock, job, until_ms) != RC_OK)
		return broken(until_ms);
	/* At most accounts and a good-bye, once each, come ahead of the answer. */
	for (;;) {
		if (fdio_recv(l->sock, in, &f, until_ms) != RC_OK)
			return broken(until_ms);
		if (f.n_fds > 0) {
			fdio_close_fds(&f);
			return CREW_LOST;
		}
		if (f.tag == want) {
			*out = f.body;
			return CREW_WELL;
		}
		if (f.tag == WIRE_STATS && !accounts && take_accounts(ws, l, f.body) == RC_OK)
			accounts = true;
		else if (f.tag == WIRE_BYE && !l->bye && f.body.n == 0)
			l->bye = true;
		else
			return CREW_LOST;
	}
}
