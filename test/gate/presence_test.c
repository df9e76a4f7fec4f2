/* SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception */
#include "gate/presence.h"

#include "test.h"

enum { THREADS = 8, ROUNDS = 2000 };

static void
counts(void)
{
	struct presence p = { .clients = NULL };

	test_int(presence_enter(&p, STR("192.0.2.1")), 1, "the first");
	test_int(presence_enter(&p, STR("192.0.2.1")), 2, "the second");
	test_int(presence_enter(&p, STR("192.0.2.2")), 1, "another client");
	test_int(presence_enter(&p, STR("::ffff:192.0.2.1")), 3, "the same, written as IPv6");
	test_int(presence_enter(&p, STR("2001:db8::1")), 1, "IPv6");
	test_int(presence_enter(&p, STR("2001:db8::ffff:2")), 2, "the same /64");
	test_int(presence_enter(&p, STR("2001:db8:0:1::1")), 1, "another /64");
	test_int(presence_enter(&p, STR("")), 0, "no address");
	test_int(presence_enter(&p, STR("unknown")), 0, "no address either");
	presence_leave(&p, STR("192.0.2.1"));
	presence_leave(&p, STR("192.0.2.1"));
	test_int(presence_enter(&p, STR("192.0.2.1")), 2, "two have gone");
	presence_leave(&p, STR("198.51.100.1"));
	test_int(presence_enter(&p, STR("198.51.100.1")), 1, "who was never here cannot go");
	for (int i = 0; i < 2; i++)
		presence_leave(&p, STR("192.0.2.1"));
	presence_leave(&p, STR("192.0.2.2"));
	presence_leave(&p, STR("2001:db8::1"));
	presence_leave(&p, STR("2001:db8::1"));
	presence_leave(&p, STR("2001:db8:0:1::1"));
	presence_leave(&p, STR("198.51.100.1"));
	test_ok(p.clients == NULL, "when all have gone nothing is kept");
}

static void *
come_and_go(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (presence_enter(arg, STR("192.0.2.1")) > THREADS)
			return arg;
		presence_leave(arg, STR("192.0.2.1"));
	}
	return NULL;
}

static void
threads(void)
{
	struct presence p = { .clients = NULL };
	pthread_t id[THREADS];
	size_t wrong = 0;

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&id[i], NULL, come_and_go, &p) != 0)
			return (void)test_ok(false, "a thread");
	for (int i = 0; i < THREADS; i++) {
		void *bad;

		pthread_join(id[i], &bad);
		wrong += bad != NULL;
	}
	test_int((int64_t)wrong, 0, "never more than there are threads");
	test_ok(p.clients == NULL, "and none is left");
}

int
main(void)
{
	counts();
	threads();
	return test_done();
}
