#!/bin/bash
# The three steps of lib/check/README.md: a copy of the example is a check that builds and is found.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0 bad=0
ok() {
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n - $2" || { bad=1; echo "not ok $n - $2"; }
}

mkdir -p "$work/check"
step1=$(sed -n 's/^1\. `\(cp [^`]*\)`.*/\1/p' lib/check/README.md)
line=$(sed -n 's/^2\. Add `\([^`]*\)`.*/\1/p' lib/check/README.md)
[ "$step1" = 'cp lib/check/check_ptr.c lib/check/check_foo.c' ] && [ "$line" = 'CHECK(foo)' ]
ok $? "the README still says what is tried here"

sed 's/check_ptr/check_foo/; s/"ptr"/"foo"/; s/PTR_NONE/FOO_NONE/' lib/check/check_ptr.c >"$work/check/check_foo.c"
{ cat lib/check/checks.list; echo "$line"; } >"$work/check/checks.list"
cp lib/check/check.h lib/check/check.c lib/check/check_opts.c "$work/check/"
cat >"$work/main.c" <<'C'
#include "check/check.h"
int main(void) { return !(check_find(STR("foo")) && finding_find(STR("FOO_NONE"))); }
C
# The folder of the copy comes first: its checks.list is the one that counts.
# shellcheck disable=SC2046
"${CC:-gcc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I"$work" -Ilib -o "$work/try" "$work/main.c" \
    "$work"/check/*.c "${SEKIMORI_BUILD:-build}/libsekimori.a" -Wl,--allow-multiple-definition \
    $(env -u MAKEFLAGS -u MAKELEVEL make -s --no-print-directory print-libs) 2>"$work/err"
ok $? "a copy of the example builds"
sed 's/^/# /' "$work/err"
"$work/try"
ok $? "and is found by its name and its finding"
[ "$(wc -l <lib/check/check_ptr.c)" -le 80 ]
ok $? "the example fits on a screen"
echo "1..$n"
exit "$bad"
