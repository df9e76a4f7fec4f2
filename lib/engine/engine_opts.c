/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "conf/suggest.h"
#include "conf/value.h"
#include "engine/engine.h"

/* The modules of Debian's libyara 4.2. */
static const char *const modules[] = {
	"pe", "elf", "dotnet", "dex", "macho", "math", "hash", "time", "magic", "cuckoo", "console", NULL
};

static bool
is_module(struct str word)
{
	for (size_t i = 0; modules[i]; i++)
		if (str_eq(word, str_of(modules[i])))
			return true;
	return false;
}

static enum rc
parse_modules(struct pool *pool, struct str value, void *field, struct buf *why)
{
	struct opt_list words = value_list(pool, value);
	struct suggest near;

	for (size_t i = 0; i < words.n; i++) {
		if (is_module(words.item[i]))
			continue;
		suggest_init(&near, words.item[i]);
		for (size_t k = 0; modules[k]; k++)
			suggest_try(&near, str_of(modules[k]));
		buf_printf(why, "'%.*s' is no module of YARA", STR_ARG(words.item[i]));
		suggest_write(&near, why);
		return RC_BAD;
	}
	*(struct opt_list *)field = words;
	return RC_OK;
}

static const struct opt opts[] = {
	{ .name = "clamav", .type = OPT_BOOL, .offset = offsetof(struct engine_conf, clamav), .def = "yes",
	  .help = "Scan with ClamAV." },
	{ .name = "clamav_databases", .type = OPT_LIST, .offset = offsetof(struct engine_conf, clamav_databases),
	  .def = "/var/lib/clamav, $rules_dir/clamav",
	  .help = "Folders and files with signatures. All that exist are loaded." },
	{ .name = "clamav_official", .type = OPT_BOOL, .offset = offsetof(struct engine_conf, clamav_official),
	  .def = "yes",
	  .help = "The official databases are expected: say so at start and in the status when they are missing." },
	{ .name = "yara", .type = OPT_BOOL, .offset = offsetof(struct engine_conf, yara), .def = "yes",
	  .help = "Scan with YARA." },
	{ .name = "yara_rules", .type = OPT_LIST, .offset = offsetof(struct engine_conf, yara_rules),
	  .def = "$rules_dir/yara, " SEKIMORI_CONF_DIR "/rules.d",
	  .help = "Folders and files with rules. All that exist are loaded; a file that does not compile is left out." },
	{ .name = "yara_modules", .type = OPT_LIST, .offset = offsetof(struct engine_conf, yara_modules),
	  .def = "pe, elf, dotnet, dex, macho, math, hash, time", .parse = parse_modules,
	  .help = "Modules that rules may import. The modules magic, cuckoo and console do not belong into a worker." },
	{ .name = "unpack", .type = OPT_BOOL, .offset = offsetof(struct engine_conf, unpack), .def = "yes",
	  .help = "Open archives that ClamAV does not open." },
	{ .name = "clean_cache", .type = OPT_INT, .offset = offsetof(struct engine_conf, clean_cache), .def = "4096",
	  .min = 0, .max = 1000000,
	  .help = "Files found clean that one worker remembers, so that it need not scan them again." },
	{ .name = "huge_pages", .type = OPT_BOOL, .offset = offsetof(struct engine_conf, huge_pages), .def = "yes",
	  .help = "Put what the engines loaded into large pages, where the kernel can (Linux 6.1). Scans take less time." },
	OPT_END
};

const struct opt_table engine_table = {
	.prefix = "engine.",
	.title = "Engines",
	.size = sizeof(struct engine_conf),
	.opts = opts,
};
