#!/bin/bash
# Manual pages are well-formed and their generated parts are what the tables say now.
set -u
. "$(dirname "$0")/tap.sh.inc"
ctl=${SEKIMORI_BUILD:-build}/sekimorictl

for m in man/*.[0-9]; do
	[ -f "$m" ] || continue
	mandoc -T lint "$m" 2>/dev/null | grep -v 'referenced manual not found'
done | rule "mandoc -T lint finds nothing in man/"
for m in man/*.[0-9]; do
	[ -f "$m" ] || continue
	grep -oE '^\.Xr (sekimori[a-z.-]*) [0-9]' "$m" | while read -r _ name sec; do
		[ -f "man/$name.$sec" ] || echo "$m: .Xr $name $sec: no such page"
	done
done | rule "pages refer to pages that exist"
if [ -x "$ctl" ]; then
	test/tool/docs.sh -n "$ctl" | rule "generated parts are fresh: make docs"
else
	echo "$ctl is not built" | rule "generated parts are fresh: make docs"
fi
verbs() {
	"$ctl" help 2>/dev/null | sed -n 's/^  *\([a-z]\{2,\}\)[ \t].*/\1/p' | sort -u
}
[ ! -x "$ctl" ] || for v in $(verbs); do
	grep -qE "^\.(It )?(Ic|Cm) $v\b" man/sekimorictl.8 || echo "sekimorictl.8 does not describe $v"
done | rule "sekimorictl.8 has every verb"
for d in lib/*/; do
	[ "$(find "$d" -name '*.c' | head -n 1)" ] || continue
	d=$(basename "$d")
	grep -qE "^    $d  " lib/README.md || echo "lib/README.md does not name $d"
done | rule "lib/README.md names every folder"
sed -n 's/.*lib\/README\.md, "\([A-Za-z ]*\)".*/\1/p' $(find lib -name '*.[ch]') /dev/null | sort -u | while read -r s; do
	grep -qx "## $s" lib/README.md || echo "a source refers to \"$s\" in lib/README.md, which has no such section"
done | rule "sections that sources refer to exist"
tap_done
