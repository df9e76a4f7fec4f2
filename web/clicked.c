/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "web/clicked.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "click/click_opts.h"

enum { DETAIL_URL = 512 };

struct waiting {
	struct waiting *next;
	struct pool *pool;
	struct record_event event;
};

struct clicked {
	struct records *records;
	int64_t deadline_ms;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	struct waiting *first, **last;
	size_t n;
	bool stop;
};

static void *
teller(void *arg)
{
	struct clicked *c = arg;

	pthread_mutex_lock(&c->lock);
	while (c->first || !c->stop) {
		struct waiting *w = c->first;
		enum rc rc;

		if (!w) {
			pthread_cond_wait(&c->wake, &c->lock);
			continue;
		}
		c->first = w->next;
		if (!c->first)
			c->last = &c->first;
		c->n--;
		pthread_mutex_unlock(&c->lock);
		rc = records_event(c->records, &w->event, clock_mono_ms() + c->deadline_ms);
		(void)rc;	/* see Errors */
		pool_free(&w->pool);
		free(w);
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

struct clicked *
clicked_open(struct records *records, int64_t deadline_ms)
{
	struct clicked *c = calloc(1, sizeof(*c));

	if (!c)
		abort();	/* out of memory */
	c->records = records;
	c->deadline_ms = deadline_ms;
	c->last = &c->first;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->wake, NULL);
	if (pthread_create(&c->thread, NULL, teller, c) != 0)
		abort();	/* out of memory */
	return c;
}

void
clicked_close(struct clicked **at)
{
	struct clicked *c = *at;

	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	free(c);
	*at = NULL;
}

static struct waiting *
make(const struct clicklog_click *click, bool names)
{
	struct waiting *w = calloc(1, sizeof(*w));
	struct pool *pool = pool_new(0);

	if (!w)
		abort();	/* out of memory */
	w->pool = pool;
	w->event = (struct record_event){ .id = pool_str(pool, click->token->message), .time_ms = clock_wall_ms(),
	    .kind = STR("clicked"), .who = STR("web"), .rcpt = names ? pool_str(pool, click->token->rcpt) : STR_NONE,
	    .detail = pool_printf(pool, "%s: %.*s", click->shown ? click->shown : "",
	    STR_ARG(str_upto(click->token->url, DETAIL_URL))) };
	return w;
}

void
clicked_put(struct clicked *c, const struct conf *conf, const struct clicklog_click *click)
{
	const struct click_conf *cc = conf_values(conf, &click_table);
	struct waiting *w;
	int64_t made_ms;

	if (!c || cc->privacy == CLICK_PRIVACY_STRICT || !click->token || !record_id_time(click->token->message, &made_ms))
		return;
	w = make(click, cc->privacy == CLICK_PRIVACY_NONE);
	pthread_mutex_lock(&c->lock);
	if (c->n < CLICKED_QUEUE) {
		*c->last = w;
		c->last = &w->next;
		c->n++;
		w = NULL;
		pthread_cond_signal(&c->wake);
	}
	pthread_mutex_unlock(&c->lock);
	if (w) {
		pool_free(&w->pool);
		free(w);
	}
}
