#!/bin/bash
# Arrows point down only: #include lines against the order of rooms in lib/README.md.
set -u
. "$(dirname "$0")/tap.sh.inc"

order=$(sed -n 's/^    \([a-z]*\)  .*/\1/p' lib/README.md)
rank() {
	grep -nx "$1" <<<"$order" | cut -d: -f1
}

upward() {
	local f own want r
	for f in $(find lib -name '*.[ch]' | sort); do
		own=$(cut -d/ -f2 <<<"$f")
		r=$(rank "$own")
		[ -n "$r" ] || { echo "$f: folder $own is not in lib/README.md"; continue; }
		sed -n 's/^#include "\([a-z0-9_]*\)\/.*/\1/p' "$f" | sort -u | while read -r want; do
			[ -n "$(rank "$want")" ] || { echo "$f: includes $want/, which is no room of lib/"; continue; }
			[ "$(rank "$want")" -ge "$r" ] || echo "$f: $own may not use $want"
		done
	done
}

upward | rule "no #include points upwards"
find lib ctl test -name '*.[ch]' ! -path 'test/tool/*' ! -path 'test/bench/*' -exec grep -n 'libmilter/' {} + |
    rule "only milter/ includes libmilter"
for f in $(find lib -name '*.[ch]'); do
	grep -HnE '^#include ["<](\.\./|milter/|ctl/)|^#include <syslog\.h>' "$f"
done | rule "lib/ includes neither its users nor syslog"
grep -LE '^/\* SPDX-License-Identifier: GPL-2\.0-only WITH sekimori-exception' \
    $(find lib milter ctl test -name '*.[ch]') /dev/null | grep -v '^/dev/null$' | rule "every source has its SPDX line"
tap_done
