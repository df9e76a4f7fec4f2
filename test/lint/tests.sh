#!/bin/bash
# Tests mirror the tree, and none is unable to fail.
set -u
. "$(dirname "$0")/tap.sh.inc"

# Constant tables have no behaviour of their own; conf_test reads them all.
no_test='(_opts|/options|^lib/scan/scan|^lib/message/defect|^lib/gate/settings)\.c$'

# What other rooms or the programs use has its mirror in test/, a folder of cases for a check, or a
# test that includes its header. What only its own room uses is tested through that room's faces.
has_test() {
	local name=${1#lib/}
	name=${name%.c}
	[ ! -f "test/${name}_test.c" ] && [ ! -f "test/${name}_test.sh" ] || return 0
	if [[ $name == check/check_* ]]; then
		[ "$(find "test/check/${name#check/check_}" -name '*.want' 2>/dev/null | head -n 1)" ]
		return
	fi
	grep -rqE --include='*.[ch]' "^#include \"$name\.h\"" lib milter ctl web --exclude-dir="$(dirname "$name")" || return 0
	grep -qsE "^#include \"$name\.h\"|covers: .*lib/$name\.c" test/*/*.[ch] test/*/*_test.sh
}
for c in $(find lib -name '*.c' | sort); do
	[[ $c =~ $no_test ]] || has_test "$c" || echo "$c: no test/${c#lib/} with _test"
done | rule "every module that others use has its test"
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
grep -rnE '(^|[;&|]|do|then)[[:space:]]*sleep [1-9][0-9]' test --include='*.sh' | rule "no test sleeps ten seconds or more"
tap_done
