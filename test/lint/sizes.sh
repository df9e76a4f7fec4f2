#!/bin/bash
# Functions over 100 lines and files over 800 say why: a comment with "long:" in or above them.
set -u
. "$(dirname "$0")/tap.sh.inc"

all() {
	find lib milter ctl web test -name '*.[ch]' 2>/dev/null | sort
}
long_functions() {
	local f
	for f in $(all); do
		awk -v f="$f" '
		/^[a-z_][A-Za-z0-9_]*\(/ { name = $0; sub(/\(.*/, "", name); start = FNR; why = above }
		/long: / { why = 1; above = 1 }
		/^{/ && name { open = 1 }
		/^}/ && open { if (FNR - start > 100 && !why) print f ":" start ": " name " has " FNR - start " lines"
			open = 0; name = ""; above = 0 }' "$f"
	done
}
long_functions | rule "no function over 100 lines without a reason"
for f in $(all); do
	n=$(wc -l <"$f")
	[ "$n" -le 800 ] || head -n 40 "$f" | grep -q 'long: ' || echo "$f: $n lines"
done | rule "no file over 800 lines without a reason"
for f in $(all); do
	max=125
	[[ $f != test/* ]] || max=135
	expand -t 8 "$f" | awk -v f="$f" -v max="$max" '
	length($0) > max && !(f ~ /^test\// && $0 ~ /^ +([{] )?(STR\()?"/) && $0 !~ /\.help =|DEFECT\(|FINDING\(|COUNT\(|BYTES\(|MSEC\(|https?:/ { print f ":" FNR ": " length($0) " columns" }'
done | rule "no line over 125 columns (tests 135) but rows of tables"
grep -nE '[[:space:]]+$' $(all) /dev/null | head -n 20 | rule "no white space at line ends"
tap_done
