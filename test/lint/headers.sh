#!/bin/bash
# Every header begins with its contract: name - purpose, then seven lines in order.
set -u
. "$(dirname "$0")/tap.sh.inc"

contract() {
	awk -v f="$1" -v base="$(basename "$1")" '
	BEGIN { n = split("Input Units Limits Memory Errors Threads Source", want, " "); at = 1 }
	FNR == 2 && $0 !~ ("^/\\* " base " - ") { print f ": line 2 is not \"/* " base " - purpose\"" }
	/^ \* [A-Z][a-z]+  / { if ($2 == want[at]) at++ }
	/^ \*\/|\*\/$/ { if (FNR > 2) exit }
	END { for (; at <= n; at++) print f ": no line \"" want[at] "\" at its place" }' "$1"
}
for h in $(find lib milter ctl web -name '*.h' 2>/dev/null | sort); do
	contract "$h"
done | rule "every header has its contract of seven lines"
for h in $(find lib milter ctl web -name '*.h' 2>/dev/null | sort); do
	guard=$(sed 's|^lib/||; s|[/.]|_|g' <<<"$h" | tr '[:lower:]' '[:upper:]')
	grep -q "^#ifndef $guard\$" "$h" || echo "$h: guard is not $guard"
done | rule "guards are FOLDER_FILE_H"
find lib -name '*.h' -size +0 -exec awk 'FNR == 1 { if (n > 160) print name ": " n " lines"; n = 0; name = FILENAME }
	{ n++ } END { if (n > 160) print name ": " n " lines" }' {} + | rule "no header over 160 lines"
tap_done
