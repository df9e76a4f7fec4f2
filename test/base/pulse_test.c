/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "base/pulse.h"

#include "test.h"

enum { LIMIT = 5000, STEP = 250 };

/* What happens at which time: a letter for each look, 250 ms apart. '.' nothing, 'A' it is asked,
 * 'H' it hangs. input: 'a' it answers before that look, '-' nothing, '*' we are away for ten
 * seconds, '!' the same, and it answered meanwhile. */
static void
looks(void)
{
	static const struct { const char *name, *in, *want; } rows[] = {
		{ "it is asked after two seconds",
		    "--------",
		    ".......A" },
		{ "it answers and is asked again two seconds later",
		    "---------a--------",
		    ".......A.........A" },
		{ "an answer in the last moment",
		    "---------------------------a--------",
		    ".......A...........................A" },
		{ "it hangs after five seconds, which is said once",
		    "----------------------------------------------------",
		    ".......A...................H........................" },
		{ "an answer to nothing changes nothing",
		    "aaaaaaaa",
		    ".......A" },
		{ "we are away: time does not count",
		    "--------*--------------------",
		    ".......A....................H" },
		{ "we are away, the answer lies there",
		    "--------!--------",
		    ".......A........A" },
		{ "away while nothing was asked",
		    "----*",
		    "....A" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char got[128] = "";
		struct pulse p;
		int64_t now = 100000;

		pulse_start(&p, now);
		for (size_t k = 0; rows[i].in[k]; k++) {
			char in = rows[i].in[k];
			enum pulse_news news;

			now += in == '*' || in == '!' ? 10000 : STEP;
			if (in == 'a' || in == '!')
				pulse_answer(&p, now);
			news = pulse_look(&p, LIMIT, now);
			got[k] = news == PULSE_ASK ? 'A' : news == PULSE_HUNG ? 'H' : '.';
		}
		test_str(str_of(got), str_of(rows[i].want), rows[i].name);
	}
}

static void
not_started(void)
{
	struct pulse p = { .ask_at = 0 };

	test_int(pulse_look(&p, LIMIT, 1000000), PULSE_WELL, "not started: nobody is asked");
	test_int(pulse_look(&p, LIMIT, 9000000), PULSE_WELL, "and nobody hangs");
}

int
main(void)
{
	looks();
	not_started();
	return test_done();
}
