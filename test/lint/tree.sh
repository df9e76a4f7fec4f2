#!/bin/bash
# The tree as a whole: no paths of somebody's machine, no scanner bait, sound scripts.
set -u
. "$(dirname "$0")/tap.sh.inc"

files() {
	git ls-files 2>/dev/null || find . -type f ! -path './build/*' ! -path './.git/*'
}
files | grep -vE '^(COPYING|test/lint/tree\.sh)$' | xargs -r grep -nIE '(^|[^A-Za-z0-9_.])/(work|farm|home/[a-z]+|root)/|/tmp/(wt|corpus)' 2>/dev/null |
    rule "no paths of this machine"
# The test string of EICAR stored plainly would make a developer's own scanner eat the tree.
files | xargs -r grep -lIF "$(printf '%s' 'X5O!P%@AP[4\PZX54(P^)7CC)7}$EIC' 'AR-STANDARD-ANTIVIRUS')" 2>/dev/null |
    rule "EICAR is stored encoded"
if command -v shellcheck >/dev/null; then
	# shellcheck disable=SC2046
	shellcheck -S warning -e SC1090,SC1091,SC2034,SC2044,SC2046,SC2154,SC2010,SC2174 $(files | xargs -r grep -lE '^#!/bin/(ba)?sh' 2>/dev/null) 2>&1 |
	    rule "shellcheck finds nothing"
else
	skip "shellcheck finds nothing" "shellcheck is not installed"
fi
files | xargs -r grep -nIE '\b(TODO|FIXME|XXX|HACK)\b' 2>/dev/null | grep -vE '^(test/lint/tree\.sh|COPYING)' | rule "nothing left for later"
tap_done
