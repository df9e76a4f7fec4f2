/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* Any text is a configuration or has errors; what is one is the same after a dump. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "gate/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct conf *
parse(struct str text, struct buf *errors)
{
	struct conf *conf = NULL;
	enum rc rc = conf_parse(text, "fuzz", settings, (struct conf_base){ .key = NULL }, &conf, errors);

	assert((rc == RC_OK) == (conf != NULL));
	assert((rc == RC_OK) == (errors->n == 0));
	return conf;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf errors, first, second;
	struct conf *conf, *again;

	buf_init(&errors, 1 << 24);
	buf_init(&first, 1 << 24);
	buf_init(&second, 1 << 24);
	conf = parse((struct str){ (const char *)data, size }, &errors);
	if (conf) {
		conf_dump(conf, false, false, &first);
		again = parse(buf_str(&first), &errors);
		assert(again);
		conf_dump(again, false, true, &second);
		conf_put(&again);
		buf_reset(&second);
		conf_dump(conf, true, true, &second);
		again = parse(buf_str(&second), &errors);
		assert(again);
		buf_reset(&second);
		conf_dump(again, false, false, &second);
		assert(str_eq(buf_str(&first), buf_str(&second)));
		conf_put(&again);
	}
	conf_put(&conf);
	buf_clear(&errors);
	buf_clear(&first);
	buf_clear(&second);
	return 0;
}
