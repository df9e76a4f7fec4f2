/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
/* rules FOLDER SCALE YARA: write a synthetic ClamAV database (SCALE percent of 100 000 .hdb,
 * 100 000 .hsb, 50 000 .ndb, 5 000 .ldb of which 8 % with PCRE, and EICAR) to FOLDER/clamav/,
 * and YARA rules to FOLDER/yara/. No rule but EICAR's matches what mails.c makes. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 42;

static uint64_t
next(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static FILE *
file(const char *folder, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (!f) {
		perror(path);
		exit(73);
	}
	return f;
}

static void
hex(FILE *f, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		fprintf(f, "%02x", (unsigned)(next() >> 24 & 0xff));
}

static void
hashes(FILE *f, unsigned n, unsigned bytes)
{
	for (unsigned i = 0; i < n; i++) {
		hex(f, bytes);
		fprintf(f, ":%u:Bench.Hash-%u\n", 1000 + (unsigned)(next() % 3000000), i);
	}
	fclose(f);
}

/* A body that libclamav accepts: fixed bytes around a gap. */
static void
body(FILE *f)
{
	hex(f, 12 + (unsigned)(next() % 20));
	switch (next() % 4) {
	case 0:
		fprintf(f, "{4-40}");
		hex(f, 12);
		break;
	case 1:
		fprintf(f, "????");
		hex(f, 10);
		break;
	case 2:
		fprintf(f, "*");
		hex(f, 14);
		break;
	case 3:
		break;
	}
}

static void
bodies(FILE *f, unsigned n)
{
	static const unsigned targets[] = { 0, 0, 1, 1, 1, 3, 7, 4, 5, 10 };

	for (unsigned i = 0; i < n; i++) {
		fprintf(f, "Bench.Body-%u:%u:*:", i, targets[next() % (sizeof(targets) / sizeof(*targets))]);
		body(f);
		fputc('\n', f);
	}
	/* The test file's first bytes, in two pieces that only meet here. */
	fprintf(f, "Eicar-Test-Signature:0:0:%s%s\n", "58354f2150254041505b345c505a58353428505e2937434329377d24",
	    "45494341522d5354414e444152442d414e544956495255532d544553542d46494c452124482b482a");
	fclose(f);
}

static void
logical(FILE *f, unsigned n)
{
	static const char *const target[] = { "Engine:51-255,Target:0", "Engine:51-255,Target:1",
	    "Engine:51-255,Target:3", "Engine:51-255,FileSize:1000-4000000,Target:0" };
	static const char *const logic[] = { "0&1&2", "(0|1)&2", "0&(1|2)", "0=2&1&2" };

	for (unsigned i = 0; i < n; i++) {
		bool pcre = next() % 100 < 8;

		fprintf(f, "Bench.Logical-%u;%s;%s%s;", i, target[next() % 4], logic[next() % 4], pcre ? "&3" : "");
		hex(f, 12);
		fputc(';', f);
		hex(f, 16);
		fputc(';', f);
		hex(f, 10);
		if (pcre)
			fprintf(f, ";0&1/bench%llx[0-9a-f]{8,20}\\x00/", (unsigned long long)(next() & 0xffffff));
		fputc('\n', f);
	}
	fclose(f);
}

static void
yara_strings(FILE *f, unsigned i)
{
	unsigned long long a = (unsigned long long)next(), b = (unsigned long long)next();

	switch (i % 5) {
	case 0:
		fprintf(f, "\t\t$a = \"Bench%016llx\" wide ascii nocase\n\t\t$b = \"cmd%08llx.exe /c\"\n", a,
		    b & 0xffffffff);
		break;
	case 1:
		fprintf(f, "\t\t$a = { %02llx %02llx %02llx ?? %02llx %02llx [2-6] %02llx %02llx }\n\t\t$b = \"x%016llx\"\n",
		    a & 255, a >> 8 & 255, a >> 16 & 255, a >> 24 & 255, a >> 32 & 255, a >> 40 & 255, a >> 48 & 255, b);
		break;
	case 2:
		fprintf(f, "\t\t$a = /benchrule%llx[a-z0-9]{4,12}\\.(exe|scr|js)/\n\t\t$b = \"k%012llx\" fullword\n",
		    a & 0xffffff, b & 0xffffffffffff);
		break;
	case 3:
		fprintf(f, "\t\t$a = \"powershell -enc %llx\" nocase\n\t\t$b = \"%llx.example.invalid/\" ascii wide\n",
		    a & 0xffffffff, b & 0xffffffff);
		break;
	case 4:
		fprintf(f, "\t\t$a = \"Sub AutoOpen%llx()\" nocase\n\t\t$b = { 4d 5a 90 00 %02llx %02llx %02llx %02llx }\n",
		    a & 0xffffff, b & 255, b >> 8 & 255, b >> 16 & 255, b >> 24 & 255);
		break;
	}
}

static void
yara(FILE *f, unsigned n)
{
	static const char *const when[] = { "all of them", "any of them", "$a and $b and filesize < 5MB",
	    "uint16(0) == 0x5a4d and any of them", "#a > 1 or $b" };

	for (unsigned i = 0; i < n; i++) {
		fprintf(f, "rule bench_%u\n{\n\tmeta:\n\t\tdescription = \"synthetic rule %u\"\n"
		    "\t\tclass = \"malware\"\n\t\tscore = 10\n\tstrings:\n", i, i);
		yara_strings(f, i);
		fprintf(f, "\tcondition:\n\t\t%s\n}\n\n", when[next() % 5]);
	}
	fclose(f);
}

int
main(int argc, char **argv)
{
	unsigned percent, rules;

	if (argc != 4) {
		fprintf(stderr, "usage: rules FOLDER SCALE YARA\n");
		return 64;
	}
	percent = (unsigned)strtoul(argv[2], NULL, 10);
	rules = (unsigned)strtoul(argv[3], NULL, 10);
	hashes(file(argv[1], "clamav/bench.hdb"), 1000 * percent, 16);
	hashes(file(argv[1], "clamav/bench.hsb"), 1000 * percent, 32);
	bodies(file(argv[1], "clamav/bench.ndb"), 500 * percent);
	logical(file(argv[1], "clamav/bench.ldb"), 50 * percent);
	yara(file(argv[1], "yara/bench.yar"), rules);
	return 0;
}
