/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* timers.h - what the jobs process has noted: its jobs, and the feeds
 *
 * Input    state_dir of the configuration: jobs.state, feeds/NAME.state
 * Units    milliseconds since 1970 in the files, minutes for people
 * Limits   TIMERS_FEEDS feeds
 * Memory   none kept
 * Errors   what cannot be read is not shown
 * Threads  one
 * Source   jobs/jobs.h, jobs/feed_keep.h
 */
#ifndef CTL_TIMERS_H
#define CTL_TIMERS_H

#include <json-c/json.h>

#include "base/buf.h"
#include "conf/conf.h"

enum { TIMERS_FEEDS = 200 };

void timers_show(const struct conf *, struct buf *out);
/* The same as members `jobs` and `feeds`: lists of objects. */
void timers_json(const struct conf *, struct json_object *);

#endif
