#!/bin/bash
# The evasion set through the whole pipeline: every case is detected, marked unscanned, or kept
# clean as its manifest expects. Prints the share of each class and fails below what was reached.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${SEKIMORI_BUILD:-$top/build}
case $build in /*) ;; *) build=$top/$build ;; esac
corpus=${SEKIMORI_CORPUS:-$top/../shared/corpus}
set_file=$corpus/evasion.tar.xz
classes='["mime-header","mime-structure","mime-decode","filename","container","charset","dos","control","url","rewrite","social"]'

if [ ! -r "$set_file" ]; then
	echo "ok 1 - evasion set # SKIP no evasion.tar.xz in the corpus"
	echo "1..1"
	exit 0
fi

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/evasion" "$tmp/work"
tar -xJf "$set_file" -C "$tmp/evasion" || exit 1

# The bad host stands for a link list: seen after decoding means that the text was decoded.
cat >"$tmp/badhost.yar" <<'EOF'
rule bad_host
{
	meta:
		description = "the bad host of the evasion set"
		class = "phishing"
		score = "20"
		scope = "text, html, file"
	strings:
		$host = "bad.sekimori.test" nocase
	condition:
		$host
}
EOF
cat >"$tmp/sekimori.conf" <<EOF
preset = recommended
engine.clamav_databases = $top/rules/clamav
engine.yara_rules = $top/rules/yara $tmp/badhost.yar
worker.tmp_dir = $tmp/work
EOF
"$build/sekimorictl" scan --local --json -c "$tmp/sekimori.conf" "$tmp/evasion" >"$tmp/got.json" 2>"$tmp/err"
rc=$?
[ "$rc" -lt 2 ] || sed 's/^/# /' "$tmp/err"

jq -n -r --slurpfile manifest "$tmp/evasion/manifest.json" --slurpfile got "$tmp/got.json" \
    --argjson classes "$classes" '$manifest[0].cases as $want | '"$(cat "$here/expect.jq")" >"$tmp/cases"

n=0 bad=0
while read -r class need; do
	case $class in '#'*) continue ;; esac
	all=$(grep -c "^$class " "$tmp/cases")
	ok=$(grep -c "^$class [^ ]* ok" "$tmp/cases")
	n=$((n + 1))
	if [ "$ok" -ge "$need" ] && [ "$all" -gt 0 ]; then
		echo "ok $n - $class: $ok of $all"
	else
		echo "not ok $n - $class: $ok of $all, $need were reached before"
		bad=1
	fi
	sed -n "s/^$class \(.*FAIL.*\)/#   \1/p" "$tmp/cases"
done <"$here/reached"
echo "1..$n"
exit "$bad"
