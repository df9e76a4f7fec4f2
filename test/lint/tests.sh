#!/bin/bash
# Tests mirror the tree, and none is unable to fail.
set -u
. "$(dirname "$0")/tap.sh.inc"

# Constant tables have no behaviour of their own; conf_test reads them all.
no_test='(_opts|/options|^lib/scan/scan|^lib/message/defect|^lib/gate/settings)\.c$'

# lib/message/mime_cte.c is a piece of lib/message/mime.c: the module's test is its test.
has_test() {
	local name=${1#lib/}
	name=${name%.c}
	while :; do
		[ ! -f "test/${name}_test.c" ] && [ ! -f "test/${name}_test.sh" ] || return 0
		[ -z "$(find "test/$(sed 's|/check_|/|' <<<"$name")" -name '*.eml' 2>/dev/null | head -n 1)" ] || return 0
		case ${name##*/} in
		*_*) name=${name%_*} ;;
		*) break ;;
		esac
	done
	grep -qs "covers: .*$1" test/*/*_test.c test/*/*_test.sh
}
for c in $(find lib -name '*.c' | sort); do
	[[ $c =~ $no_test ]] || has_test "$c" || echo "$c: no test/${c#lib/} with _test"
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
