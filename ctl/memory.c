/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "memory.h"

#include <pwd.h>
#include <sysexits.h>
#include <unistd.h>

#include "gate/settings.h"
#include "notice.h"

enum { WHY_BYTES = 4096 };

int
memory_open(const struct conf *conf, struct memory *out)
{
	const struct gate_conf *gc = conf_values(conf, &gate_table);
	struct buf why;
	int status = 0;

	*out = (struct memory){ .conf = conf, .state_dir = gc->state_dir };
	buf_init(&why, WHY_BYTES);
	if (ledger_open(conf, gc->state_dir, RECORDS_TOOL, notice_log(LOG_LEVEL_WARNING), &out->stores, &why) != RC_OK) {
		notice("%.*s", STR_ARG(buf_str(&why)));
		status = EX_UNAVAILABLE;
	} else if (!out->stores.records) {
		notice("ledger.enable is no: nothing is remembered");
		status = EX_CONFIG;
	}
	buf_clear(&why);
	return status;
}

void
memory_close(struct memory *m)
{
	ledger_close(&m->stores);
}

struct str
memory_who(struct pool *pool)
{
	const struct passwd *pw = getpwuid(getuid());

	if (pw)
		return record_text(pool, pool_printf(pool, "operator %s", pw->pw_name));
	return pool_printf(pool, "operator %u", (unsigned)getuid());
}

bool
memory_entry(struct str word, struct str *id, size_t *number)
{
	size_t dot = str_chr(word, '.');
	uint64_t n = 0;
	int64_t ms;

	*id = str_upto(word, dot);
	if (dot != STR_NPOS && (!str_to_u64(str_from(word, dot + 1), &n) || n == 0))
		return false;
	*number = (size_t)n;
	return record_id_time(*id, &ms);
}

struct str
memory_value(const struct memory *m, struct pool *pool, enum observable_kind kind, struct str value)
{
	const struct ledger_conf *c = conf_values(m->conf, &ledger_table);

	if (kind == OBS_SENDER || kind == OBS_FROM || kind == OBS_RCPT)
		return ledger_address(&m->stores, c, pool, value);
	return value;
}
