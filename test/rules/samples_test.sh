#!/bin/bash
# Every shipped YARA rule hits its samples and misses its near misses, through the whole pipeline,
# and none is without them.
# covers: lib/engine/yara.c, lib/engine/look.c
set -u
. "$(dirname "$0")/../ctl/tap.sh.inc"
. test/ctl/mails.sh.inc
. test/rules/make.sh.inc
. test/rules/samples.sh.inc
export TMPDIR=$work
ole=$PWD/${SEKIMORI_BUILD:-build}/test/tool/ole_make

# The rules of a folder that report; private ones are parts of others.
names() { # FOLDER
	sed -n 's/^rule \([A-Za-z0-9_]*\).*/\1/p' "$1"/*.yar
}
# What FOLDER has rules for and $work/samples has not: nothing, if all is well.
lacking() { # FOLDER
	local rule kind
	for rule in $(names "$1"); do
		for kind in hit miss; do
			compgen -G "$work/samples/$rule.$kind.*.eml" >/dev/null || echo "$rule: no $kind"
		done
	done
}

printf 'engine.clamav_databases = %s/rules/clamav\nengine.clamav_official = no\nengine.yara_rules = %s/rules/yara\n' \
    "$PWD" "$PWD" >"$work/c.conf"
make_samples "$work/samples"
ok "no rule is without a sample and a near miss" is "$(lacking rules/yara)" ''
mkdir "$work/more"
printf 'rule new_one\n{\n\tcondition:\n\t\tfalse\n}\nprivate rule part\n{\n\tcondition:\n\t\tfalse\n}\n' >"$work/more/a.yar"
ok "a new one would be" is "$(lacking "$work/more")" "$(printf 'new_one: no hit\nnew_one: no miss')"
for f in "$work"/samples/*; do
	f=${f##*/}
	names rules/yara | grep -qx "${f%%.*}" || echo "$f"
done >"$work/strays"
ok "no sample is for a rule that is gone" empty strays

run scan --local --json -c "$work/c.conf" "$work/samples"
ok "all samples are scanned" test "$rc" -lt 2
# One line a mail: what it is for, and what was hit.
jq -r '"\(.file | split("/") | last) \([.findings[] | select(.name == "YARA") | .evidence | split(":")[0]] | unique | join(" "))"' \
    "$work/out" | sort >"$work/hits"
: >"$work/out"
while read -r file hits; do
	rule=${file%%.*}
	found=no
	[[ " $hits " != *" $rule "* ]] || found=yes
	case $file in
	*.hit.*) ok "$file is hit" is "$found" yes ;;
	*.miss.*) ok "$file is not" is "$found" no ;;
	esac
done <"$work/hits"
ok "every sample has been looked at" is "$(wc -l <"$work/hits")" "$(find "$work/samples" -name '*.eml' | wc -l)"
# A near miss is an honest file or close to one: other rules hit it only where the list says why.
while read -r file hits; do
	for other in $hits; do
		[[ $file != *.miss.* ]] || grep -q "^${file%%.*} $other [^ ]" test/rules/misses.known || echo "$file $other"
	done
done <"$work/hits" >"$work/others"
ok "near misses are hit by no other rule" is "$(cat "$work/others")" ''
tap_done
