#!/bin/bash
# rules: lint names line and reason, test says what hit where, list what is in force.
# covers: lib/engine/yara.c
set -u
. "$(dirname "$0")/tap.sh.inc"
. test/ctl/mails.sh.inc
export TMPDIR=$work

mkdir "$work/m"
make_mails "$work/m"
printf 'control_socket = %s/none.sock\nengine.clamav_databases = %s/rules/clamav\nengine.clamav_official = no\n' \
    "$work" "$PWD" >"$work/c.conf"
cat >"$work/good.yar" <<'E2'
rule says_hello
{
	meta:
		description = "Says hello"
		class = "spam"
		score = "1.5"
	strings:
		$hello = "see the file"
	condition:
		$hello
}
rule never
{
	meta:
		description = "Is in no sample"
		class = "malware"
		score = "10"
	strings:
		$no = "this is in no sample at all"
	condition:
		$no
}
E2
printf 'rule a {\n\tcondition:\n\t\tundefined_word\n}\n' >"$work/bad.yar"
printf 'rule bare {\n\tcondition:\n\t\tfalse\n}\n' >"$work/bare.yar"

run rules
ok "which way: EX_USAGE" is "$rc" 64
run rules lint
ok "lint of nothing: EX_USAGE" is "$rc" 64
run rules lint -c "$work/c.conf" "$work/good.yar"
ok "a good file" is "$rc" 0
run rules lint -c "$work/c.conf" "$work/bad.yar"
ok "a broken file is EX_DATAERR" is "$rc" 65
ok "with its line" has err '^[^ ]*bad\.yar:3: .*undefined_word'
run rules lint -c "$work/c.conf" "$work/bare.yar"
ok "missing meta is said" has err 'bare\.yar:[0-9]+: .*description'
run rules lint -c "$work/c.conf" "$work/none.yar"
ok "a missing file is EX_DATAERR" is "$rc" 65
run rules lint -c "$work/c.conf" rules/yara
ok "the shipped rules are good" is "$rc" 0
ok "without an error" lacks err "error"
ok "and none is slow" lacks err "warning"

run rules test -c "$work/c.conf" "$work/good.yar" "$work/m/clean.eml"
ok "test: a hit is exit 0" is "$rc" 0
ok "says the part, the rule and the strings" has out 'clean\.eml: 1\.1 says_hello.*\$hello'
ok "and only rules that hit" lacks out 'never'
run rules test -c "$work/c.conf" rules/yara/test.yar "$work/m/clean.eml"
ok "no hit is exit 1" is "$rc" 1
run rules test -c "$work/c.conf" "$work/bad.yar" "$work/m/clean.eml"
ok "a broken rule is exit 2" is "$rc" 2
run rules test -c "$work/c.conf" "$work/good.yar" "$work/m"
ok "a folder of mails" has out '^4 hits in 4 messages|^[0-9]+ hits in 4 messages'
run rules test -c "$work/c.conf" "$work/m/clean.eml"
ok "no rule file is exit 2" is "$rc" 2
run rules test --json -c "$work/c.conf" "$work/good.yar" "$work/m/clean.eml"
ok "as JSON" jq -es '.[0].findings[] | select(.name == "YARA") | .class == "spam" and .score == 1.5' "$work/out"

# Paths are the operator's: spaces, commas and what else a configuration gives a meaning.
odd="$work/our rules, \"all\" \\ of # \$them"
mkdir "$odd" "$odd/yara"
cp "$work/good.yar" "$odd/yara/says hello, twice.yar"
cp "$work/m/clean.eml" "$odd/a mail, clean.eml"
run rules lint -c "$work/c.conf" "$odd/yara/says hello, twice.yar"
ok "lint: a path with space, comma, quote and more" is "$rc" 0
run rules test -c "$work/c.conf" "$odd/yara/says hello, twice.yar" rules/yara/test.yar "$odd/a mail, clean.eml"
ok "test: the same" is "$rc" 0
ok "and the rule hits" has out 'says_hello'
mkdir "$work/"$'new\nline'
cp "$work/good.yar" "$work/"$'new\nline/good.yar'
run rules test -c "$work/c.conf" "$work/"$'new\nline/good.yar' "$work/m/clean.eml"
ok "a newline is refused" is "$rc" 2
ok "with its reason" has err 'can have no control character'
mkdir "$work/our rules, all" && cp "$odd/yara/says hello, twice.yar" "$work/our rules, all/"
{ cat "$work/c.conf"; printf 'engine.yara_rules = "%s/our rules, all", "%s/rules/yara"\n' "$work" "$PWD"; } >"$work/odd.conf"
run rules list -c "$work/odd.conf"
ok "list: a folder with space and comma, in quotes" has out '^says_hello .*/our rules, all/says hello, twice\.yar$'
ok "and the folder behind it" has out '^sekimori_test_string '
run configdump -c "$work/odd.conf"
cp "$work/out" "$work/dumped.conf"
run rules list -c "$work/dumped.conf"
ok "the dump of that configuration names the same" has out '^says_hello .*/our rules, all/says hello, twice\.yar$'
run scan --local --json -c "$work/odd.conf" "$work/m/clean.eml"
ok "and the workers use it" jq -es '.[0].findings | any(.name == "YARA")' "$work/out"

run rules list -c "$work/c.conf"
ok "list without a daemon: what would be loaded" is "$rc" 0
ok "has class, score and file" has out '^sekimori_test_string +malware +100\.0 +.*test\.yar'
run rules list --json -c "$work/c.conf"
ok "as JSON" jq -es 'map(.rule) | index("sekimori_test_string") != null' "$work/out"
tap_done
