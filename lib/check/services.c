/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "check/services.h"

enum rc
services_open(const struct conf *conf, struct str state_dir, struct log_ctx lc, struct services *out, struct buf *why)
{
	enum rc rc;

	*out = (struct services){ .dns = NULL };
	rc = dns_new(conf_values(conf, &dns_table), lc, &out->dns, why);
	if (rc == RC_OK)
		rc = counters_new(conf_values(conf, &counters_table), state_dir, lc, &out->counters, why);
	if (rc != RC_OK)
		services_close(out);
	return rc;
}

void
services_reload(struct services *s, const struct conf *conf)
{
	(void)s;
	(void)conf;
}

void
services_save(struct services *s)
{
	counters_save(s->counters);
}

void
services_close(struct services *s)
{
	counters_free(&s->counters);
	dns_free(&s->dns);
}
