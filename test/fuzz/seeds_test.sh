#!/bin/bash
# Every fuzz target over its seeds and a fixed number of mutations of them: the same each time.
set -u
cd "$(dirname "$0")/../.." || exit 1
dir=${SEKIMORI_BUILD:-build}/san-fuzzer-no-link-address-undefined/test/fuzz
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0
aslr=''
setarch -R true 2>/dev/null && aslr='setarch -R'

# A target without seeds is not tested: that is a failure.
one() {
	local name=$1 seeds=test/fuzz/seeds/$1 dict=()
	n=$((n + 1))
	if ! ls "$seeds"/* >/dev/null 2>&1; then
		echo "not ok $n - $name has no seeds in $seeds"
		return
	fi
	[ -f "test/fuzz/$name.dict" ] && dict=("-dict=test/fuzz/$name.dict")
	mkdir -p "$work/$name"
	# shellcheck disable=SC2086
	if $aslr "$dir/${name}_fuzz" -runs=3000 -max_total_time=20 -seed=1 -timeout=10 -max_len=16384 \
	    "${dict[@]}" -artifact_prefix="$work/" "$work/$name" "$seeds" >"$work/log" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		grep -vE '^#[0-9]+\s' "$work/log" | tail -n 40 | sed 's/^/# /'
		find "$work" -maxdepth 1 -type f ! -name log -size -4k -exec sh -c 'echo "# $1"; base64 "$1" | sed "s/^/#   /"' sh {} \;
	fi
}
for src in test/fuzz/*_fuzz.c; do
	[ -f "$src" ] || continue
	one "$(basename "$src" _fuzz.c)"
done
echo "1..$n"
