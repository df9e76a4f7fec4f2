#!/bin/bash
# Tests mirror the tree, and none is unable to fail.
set -u
. "$(dirname "$0")/tap.sh.inc"

# Constant tables and thin wrappers have no behaviour of their own.
no_test='^lib/(scan/scan|conf/limits_opts|message/defect|gate/settings)\.c$'
for c in $(find lib -name '*.c' | sort); do
	[[ $c =~ $no_test ]] && continue
	t=test/${c#lib/}
	t=${t%.c}_test.c
	[ -f "$t" ] || [ -f "${t%.c}.sh" ] || grep -lqs "covers: .*$c" test/*/*_test.c test/*/*_test.sh || echo "$c: no $t"
done | rule "every module of lib/ has its test"
for t in test/*/*_test.c; do
	[ -f "$t" ] || continue
	grep -q 'test_done()' "$t" || echo "$t: does not end with test_done()"
	grep -nE 'test_ok\((true|1|TRUE)\b' "$t" | sed "s|^|$t:|"
done | rule "no test case that cannot fail"
for t in test/fuzz/*_fuzz.c; do
	[ -f "$t" ] || continue
	n=$(basename "$t" _fuzz.c)
	ls test/fuzz/seeds/"$n"/* >/dev/null 2>&1 || echo "$t: no seeds in test/fuzz/seeds/$n/"
done | rule "every fuzz target has seeds"
grep -rnE '\bsleep [1-9][0-9]' test --include='*.sh' | rule "no test sleeps ten seconds or more"
tap_done
