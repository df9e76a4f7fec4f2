#!/bin/bash
# The second compiler finds nothing, nor does clang-tidy.
set -u
. "$(dirname "$0")/tap.sh.inc"
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
if ! command -v clang >/dev/null || ! command -v clang-tidy >/dev/null; then
	echo "clang or clang-tidy is not installed: make deps" | rule "clang is here"
	tap_done
	exit
fi
env -u MAKEFLAGS -u MAKELEVEL make -j"$(nproc)" CC=clang BUILD=build/clang all tests bench-bin >"$out" 2>&1 || cat "$out" | tail -n 40 | rule "builds with clang"
[ "$tap_n" -ne 0 ] || : | rule "builds with clang"

# One list of flags for clang-tidy: what make would use. A file that did not change since it was
# found clean, with the headers around it, is not looked at again.
flags=$(make -s --no-print-directory CC=clang BUILD=build/clang print-flags)
stamp=build/tidy
mkdir -p "$stamp"
headers=$(cat .clang-tidy lib/*/*.h test/*.h 2>/dev/null | sha256sum)
tidy() {
	local key
	key=$stamp/$( { echo "$headers$flags"; cat "$1"; } | sha256sum | cut -c1-32)
	[ ! -e "$key" ] || return 0
	# shellcheck disable=SC2086
	if clang-tidy --quiet "$1" -- $flags 2>/dev/null >"$key.out"; then
		touch "$key"
	else
		grep -E '(error|warning):' "$key.out" | sed "s|^$PWD/||" | sort -u | head -n 20
	fi
	rm -f "$key.out"
}
export -f tidy
export flags stamp headers
find lib milter ctl web -name '*.c' | sort | xargs -r -P "$(nproc)" -I{} bash -c 'tidy {}' | sort -u |
    rule "clang-tidy finds nothing"
tap_done
