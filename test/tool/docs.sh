#!/bin/bash
# docs.sh [-n] SEKIMORICTL: fill the generated parts of man/, between `.\" GENERATED name` and
# `.\" END`, with the output of `sekimorictl docs name`. -n: only say which part is out of date.
set -u
cd "$(dirname "$0")/../.." || exit 1
dry=''
[ "${1:-}" != -n ] || { dry=1; shift; }
ctl=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

for page in man/*.[0-9]; do
	cp "$page" "$work/page"
	for name in $(sed -n 's/^\.\\" GENERATED \([a-z]*\).*/\1/p' "$page"); do
		if ! "$ctl" docs "$name" >"$work/part" 2>"$work/err"; then
			echo "$page: sekimorictl docs $name: $(head -n 1 "$work/err")"
			bad=1
			continue
		fi
		awk -v name="$name" -v part="$work/part" '
		$0 == ".\\\" END" { skip = 0 }
		!skip { print }
		$1 == ".\\\"" && $2 == "GENERATED" && $3 == name {
			skip = 1
			while ((getline line <part) > 0) print line
		}' "$work/page" >"$work/new" && mv "$work/new" "$work/page"
	done
	cmp -s "$page" "$work/page" && continue
	if [ -n "$dry" ]; then
		echo "$page: out of date"
		diff -u "$page" "$work/page" | sed -n '3,12p'
	else
		cat "$work/page" >"$page"
		echo "  DOCS $page"
	fi
done
exit "$bad"
