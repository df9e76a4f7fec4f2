/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* One thread has libcurl's multi handle. Others put jobs on a list and wake it. */
#include "net/fetch.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/pool.h"
#include "net/http_transfer.h"

enum { POLL_MS = 1000, WHY_BYTES = 300, NAME_BYTES = 80 };

struct job {
	struct job *next, *before;	/* on the list of those that wait, then of those under way */
	struct pool *pool;		/* where this is, with copies of what the request names */
	struct http_conf conf;
	struct http_request rq;
	struct http_answer answer;
	struct http_transfer transfer;
	struct str form, agent;
	void (*done)(void *arg, long status, struct str body, struct str why);
	void *arg;
};

struct fetch {
	pthread_t thread;
	CURLM *multi;
	struct job *open;		/* of the thread alone */
	pthread_mutex_t lock;		/* of what follows */
	struct job *waiting;
	size_t jobs;			/* waiting and open */
	bool stopping;
};

/* ---- one job ---- */

static struct job *
job_new(const struct fetch_request *from)
{
	struct pool *pool = pool_new(0);
	struct job *j = pool_alloc(pool, sizeof(*j));

	j->pool = pool;
	j->conf = *from->conf;
	j->conf.proxy = pool_str(pool, from->conf->proxy);
	j->conf.ca_file = pool_str(pool, from->conf->ca_file);
	j->rq = (struct http_request){ .header = pool_str(pool, from->header), .secret = pool_str(pool, from->secret),
	    .max_bytes = from->max_bytes };
	j->form = pool_str(pool, from->form);
	j->agent = pool_str(pool, from->agent);
	j->done = from->done;
	j->arg = from->arg;
	j->transfer = (struct http_transfer){ .conf = &j->conf, .rq = &j->rq, .a = &j->answer, .by_ms = from->by_ms };
	memcpy(j->transfer.url, from->url.p, from->url.n);	/* zeroed, and it fits: see fetch_start */
	buf_init(&j->answer.body, (size_t)from->max_bytes);
	return j;
}

static void
wipe(struct str s)
{
	if (s.n)
		explicit_bzero((char *)(uintptr_t)s.p, s.n);
}

static void
job_free(struct job *j)
{
	struct pool *pool = j->pool;

	if (j->transfer.curl)
		curl_easy_cleanup(j->transfer.curl);
	curl_slist_free_all(j->transfer.headers);
	buf_clear(&j->answer.body);
	wipe(j->rq.secret);
	wipe(j->form);
	pool_free(&pool);
}

/* code: how it ended; CURLE_OK has a status. */
static void
job_end(struct fetch *f, struct job *j, CURLcode code)
{
	struct buf why;
	long status = 0;

	buf_init(&why, WHY_BYTES);
	if (code == CURLE_OK)
		curl_easy_getinfo(j->transfer.curl, CURLINFO_RESPONSE_CODE, &status);
	else if (http_transfer_failed(&j->transfer, code, &why) == RC_OK)
		status = 0;
	j->done(j->arg, status, buf_str(&j->answer.body), buf_str(&why));
	buf_clear(&why);
	job_free(j);
	pthread_mutex_lock(&f->lock);
	f->jobs--;
	pthread_mutex_unlock(&f->lock);
}

static bool
job_start(struct fetch *f, struct job *j)
{
	struct http_transfer *t = &j->transfer;
	char name[NAME_BYTES];
	CURL *c = curl_easy_init();

	t->curl = c;
	if (!c)
		return false;
	http_transfer_set_up(t, "http,https");
	if (j->rq.header.n && j->rq.header.n < sizeof(name)) {
		snprintf(name, sizeof(name), "%.*s", STR_ARG(j->rq.header));
		http_transfer_header(t, name, j->rq.secret);
	}
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, t->headers);
	if (j->agent.n)
		curl_easy_setopt(c, CURLOPT_USERAGENT, j->agent.p);
	if (j->form.n) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)j->form.n);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, j->form.p);
	}
	curl_easy_setopt(c, CURLOPT_PRIVATE, j);
	return curl_multi_add_handle(f->multi, c) == CURLM_OK;
}

/* ---- the thread ---- */

static void
link_in(struct fetch *f, struct job *j)
{
	j->before = NULL;
	j->next = f->open;
	if (f->open)
		f->open->before = j;
	f->open = j;
}

static void
link_out(struct fetch *f, struct job *j)
{
	if (j->before)
		j->before->next = j->next;
	else
		f->open = j->next;
	if (j->next)
		j->next->before = j->before;
}

/* True: it is time to end. */
static bool
take_jobs(struct fetch *f)
{
	struct job *j, *next;
	bool stopping;

	pthread_mutex_lock(&f->lock);
	j = f->waiting;
	f->waiting = NULL;
	stopping = f->stopping;
	pthread_mutex_unlock(&f->lock);
	for (; j; j = next) {
		next = j->next;
		if (stopping || !job_start(f, j))
			job_end(f, j, stopping ? CURLE_ABORTED_BY_CALLBACK : CURLE_FAILED_INIT);
		else
			link_in(f, j);
	}
	return stopping;
}

static void
end_job(struct fetch *f, struct job *j, CURLcode code)
{
	link_out(f, j);
	curl_multi_remove_handle(f->multi, j->transfer.curl);
	job_end(f, j, code);
}

static void
end_finished(struct fetch *f)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(f->multi, &left)) != NULL) {
		CURLcode code = m->data.result;
		char *at = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &at);
		end_job(f, (struct job *)(void *)at, code);
	}
}

static void *
run(void *arg)
{
	struct fetch *f = arg;
	int running;

	while (!take_jobs(f)) {
		curl_multi_perform(f->multi, &running);
		end_finished(f);
		curl_multi_poll(f->multi, NULL, 0, POLL_MS, NULL);
	}
	while (f->open)
		end_job(f, f->open, CURLE_ABORTED_BY_CALLBACK);
	return NULL;
}

/* ---- for the others ---- */

enum rc
fetch_new(struct fetch **out)
{
	struct fetch *f = calloc(1, sizeof(*f));
	sigset_t all, old;
	int failed;

	if (!f)
		abort();	/* out of memory */
	f->multi = curl_multi_init();
	if (!f->multi) {
		free(f);
		return RC_TEMP;
	}
	curl_multi_setopt(f->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)FETCH_HOST);
	pthread_mutex_init(&f->lock, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&f->thread, NULL, run, f);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (failed) {
		curl_multi_cleanup(f->multi);
		pthread_mutex_destroy(&f->lock);
		free(f);
		return RC_TEMP;
	}
	*out = f;
	return RC_OK;
}

void
fetch_free(struct fetch **at)
{
	struct fetch *f = *at;

	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->stopping = true;
	pthread_mutex_unlock(&f->lock);
	curl_multi_wakeup(f->multi);
	pthread_join(f->thread, NULL);
	curl_multi_cleanup(f->multi);
	pthread_mutex_destroy(&f->lock);
	free(f);
	*at = NULL;
}

bool
fetch_start(struct fetch *f, const struct fetch_request *rq)
{
	struct job *j;

	if (rq->url.n >= HTTP_URL || clock_left_ms(rq->by_ms) == 0)
		return false;
	j = job_new(rq);
	pthread_mutex_lock(&f->lock);
	if (f->jobs >= FETCH_OPEN || f->stopping) {
		pthread_mutex_unlock(&f->lock);
		job_free(j);
		return false;
	}
	f->jobs++;
	j->next = f->waiting;
	f->waiting = j;
	pthread_mutex_unlock(&f->lock);
	curl_multi_wakeup(f->multi);
	return true;
}
