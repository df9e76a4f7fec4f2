#!/bin/bash
# The shipped YARA rules on honest mail and honest documents: every hit must be in ham.known, with
# the reason why it is borne.
set -u
. "$(dirname "$0")/../ctl/tap.sh.inc"
. test/ctl/mails.sh.inc
export TMPDIR=$work
corpus=${SEKIMORI_CORPUS:-../shared/corpus}

printf 'engine.clamav_databases = %s/rules/clamav\nengine.clamav_official = no\nengine.yara_rules = %s/rules/yara\n' \
    "$PWD" "$PWD" >"$work/c.conf"
# PACK FOLDER...: what is honest in a pack, in $work/ham
unpack() {
	local pack=$corpus/$1.tar.zst
	shift
	[ -r "$pack" ] && zstd -dqc "$pack" | tar -xf - -C "$work/ham" "$@"
}
# "RULE FILE" of each hit on what is in FOLDER and not in ham.known
strangers() { # FOLDER
	run scan --local --json -c "$work/c.conf" "$1"
	jq -r '(.file | split("/") | last) as $f | .findings[] | select(.name == "YARA") |
	    "\(.evidence | split(":")[0]) \($f)"' "$work/out" | sort -u >"$work/hits"
	mails=$(wc -l <"$work/out")
	: >"$work/out"
	while read -r hit; do
		grep -qF "$hit " test/rules/ham.known || echo "$hit"
	done <"$work/hits" >"$work/strangers"
}

sed -n '/^#/d; s/ .*//p' test/rules/ham.known | sort -u >"$work/known"
sed -n 's/^rule \([A-Za-z0-9_]*\).*/\1/p' rules/yara/*.yar | sort >"$work/rules"
ok "ham.known names rules that exist" is "$(comm -23 "$work/known" "$work/rules")" ''
ok "and says why" is "$(grep -vE '^#|^[a-z0-9_]+ [^ ]+ .*[a-z]{3}' test/rules/ham.known)" ''
# The test must be able to fail: a rule that hits what everybody writes.
mkdir "$work/one"
printf 'Just text.\n' | mail clean note.txt text/plain >"$work/one/clean.eml"
printf 'rule everyday\n{\n\tcondition:\n\t\tpart_name == "note.txt"\n}\n' >"$work/everyday.yar"
sed "s|^engine.yara_rules.*|engine.yara_rules = $work/everyday.yar|" "$work/c.conf" >"$work/e.conf"
mv "$work/c.conf" "$work/shipped.conf"
mv "$work/e.conf" "$work/c.conf"
strangers "$work/one"
ok "a hit that is not listed is seen" is "$(cat "$work/strangers")" 'everyday clean.eml'
mv "$work/shipped.conf" "$work/c.conf"

for pack in 'mail-spamassassin spamassassin/ham_easy spamassassin/ham_hard' 'mail-csdmc2010 csdmc2010/ham' \
    'mail-enron_raw enron_raw/ham' 'mail-list_usrp list_usrp/ham' 'mail-list_openbmc list_openbmc/ham' \
    'mail-bounces bounces/bounce'; do
	mkdir "$work/ham"
	# shellcheck disable=SC2086
	if unpack $pack; then
		strangers "$work/ham"
		ok "${pack%% *}: no unknown hit in $mails messages" is "$(cat "$work/strangers")" ''
		ok "${pack%% *}: all messages are scanned" is "$mails" "$(find "$work/ham" -name '*.eml' | wc -l)"
	else
		skip "${pack%% *}" "not in the corpus"
	fi
	rm -r "$work/ham"
done

mkdir "$work/ham" "$work/documents"
if unpack att-tika att_tika/attachment; then
	while read -r f; do
		mail document "${f##*/}" application/octet-stream <"$f" >"$work/documents/${f##*/}.eml"
	done < <(find "$work/ham" -type f)
	strangers "$work/documents"
	ok "att-tika: no unknown hit in $mails documents" is "$(cat "$work/strangers")" ''
	ok "att-tika: all documents are scanned" is "$mails" "$(find "$work/documents" -name '*.eml' | wc -l)"
else
	skip "att-tika" "not in the corpus"
fi
tap_done
