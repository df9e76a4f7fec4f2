#!/bin/bash
# Arrows point down only: #include lines against the order of rooms in lib/README.md.
set -u
. "$(dirname "$0")/tap.sh.inc"

order=$(sed -n 's/^    \([a-z]*\)  .*/\1/p' lib/README.md)
upward() {
	find lib -name '*.[ch]' -exec grep -HnoE '^#include "[a-z0-9_]+/' {} + | awk -F '[:"/]' -v order="$order" '
	BEGIN { n = split(order, rooms, "\n"); for (i = 1; i <= n; i++) rank[rooms[i]] = i }
	# lib/ROOM/FILE:LINE:#include "WANT/
	{
		own = $2; want = $6; at = $1 "/" $2 "/" $3 ":" $4
		if (!rank[own]) print at ": folder " own " is not in lib/README.md"
		else if (!rank[want]) print at ": " want "/ is no room of lib/"
		else if (rank[want] < rank[own]) print at ": " own " may not use " want
	}'
}

upward | rule "no #include points upwards"
find lib ctl test -name '*.[ch]' ! -path 'test/tool/*' ! -path 'test/bench/*' -exec grep -n 'libmilter/' {} + |
    rule "only milter/ includes libmilter"
for f in $(find lib -name '*.[ch]'); do
	grep -HnE '^#include ["<](\.\./|milter/|ctl/)|^#include <syslog\.h>' "$f"
done | rule "lib/ includes neither its users nor syslog"
grep -LE '^/\* SPDX-License-Identifier: GPL-2\.0-only WITH sekimori-exception' \
    $(find lib milter ctl web test -name '*.[ch]') /dev/null | grep -v '^/dev/null$' | rule "every source has its SPDX line"
tap_done
