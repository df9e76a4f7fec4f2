#!/bin/bash
# covers: lib/gate/keep.c
# The ledger and the quarantine through a real Postfix: each kind is kept byte for byte, everything is found
# again, nothing is said before it is stored, and nothing that was accepted is lost when the gate is killed.
set -u
. "$(dirname "$0")/lib.sh"
KILLS=${KILLS:-8}

e2e_begin
sink_start
gate_start 'quarantine.where = store' 'on.malware = quarantine' 'on.spam = quarantine' 'on.campaign = hold' \
    'on.content = strip' 'on.phishing = quarantine, subject "[P]"' || { not_ok "start"; done_testing; exit 1; }
postfix_start || { skip "the quarantine through Postfix" "no Postfix, or not root"; done_testing; exit; }

q() { ctl quarantine "$@" -c "$E/sekimori.conf"; }
track() { ctl track -c "$E/sekimori.conf" "$@"; }
newest() { track -j -n 1 "$@" | jq -r .id; }
# kept NAME FILE KIND: it is accepted, not delivered, in that quarantine, byte for byte.
kept() {
	local id
	sink_clear
	like "$(mail "$2" -f sender@example.org -r rcpt@example.com)" '^end 250 ' "$1: the sender sees it accepted"
	id=$(newest sender@example.org)
	is "$(q list -j | jq -r "select(.id == \"$id\") | .quarantine + \" \" + .state + \" \" + .rcpt")" "$3 held rcpt@example.com" "$1: is held"
	q export "$id" >"$E/got"
	same "$E/got" "$2" "$1: byte for byte"
	ID=$id
}

for c in spam campaign phishing; do message "sekimori-e2e-$c" >"$E/mail/$c"; done
{ message x | sed '$d'; eicar; printf '\r\n'; } >"$E/mail/virus"
kept "spam" "$E/mail/spam" spam
kept "phishing" "$E/mail/phishing" policy
kept "held back" "$E/mail/campaign" hold
kept "malware" "$E/mail/virus" virus
is "$(sink_count) $(held_count) $(queue_count)" '0 0 0' "the mail server has none of them"
like "$(grep 'verdict' "$E/gate.log" | tail -n 1)" "record=$ID" "the log names the record"

# --- what the ledger tells ----------------------------------------------------------------------
like "$(ctl explain -c "$E/sekimori.conf" "$ID")" 'Eicar|EICAR' "explain says why"
like "$(ctl explain -c "$E/sekimori.conf" "$ID")" 'held, quarantine virus, until' "and what became of it"
qid=$(track -j -n 1 sender@example.org | jq -r .queue_id)
like "$(ctl explain -j -c "$E/sekimori.conf" "$qid" | jq -r .record)" "^$ID$" "by the queue ID, too"
is "$(ctl explain -j -c "$E/sekimori.conf" "$ID" | jq -r '.engines.rules > 0')" true "with the versions of the engines"
SUBJECT='=?UTF-8?B?6KuL5rGC5pu444Gu44GU6YCB5LuY?=' attach application/pdf 'invoice 7.pdf' <<<"a pdf" >"$E/mail/jp"
sum=$(printf 'a pdf\n' | sha256sum | cut -d' ' -f1)
like "$(mail "$E/mail/jp" -f other@sender.example -r rcpt@example.com)" '^end 250 ' "another is delivered"
id=$(newest other@sender.example)
for word in "$sum" 'invoice 7.pdf' sender.example 請求書 ご送付 "$(track -j -n 1 other@sender.example | jq -r .message_id)"; do
	is "$(track -j "$word" | jq -r .id)" "$id" "found by $word"
done
is "$(track -j rcpt@example.com --outcome accept --since 1h | jq -r .id)" "$id" "found by recipient, outcome and time"
is "$(track -j 請求書 nobody@example.org | wc -l)" 0 "all words must hold"
like "$(track 請求書)" '請求書のご送付' "as a table"
message 'see https://Click.example/a?b=1 now' >"$E/mail/link"
mail "$E/mail/link" -f link@sender.example -r rcpt@example.com >"$E/out"; sink_wait 2
is "$(track -j 'https://click.example/a?b=1' | jq -r .sender)" link@sender.example "found by a link"
is "$(track -j --host click.example | jq -r .sender)" link@sender.example "and by its host"

# --- a cleaned copy, and the original --------------------------------------------------------------
sink_clear
echo 'sekimori-e2e-content' | attach application/octet-stream bad.bin >"$E/mail/strip"
like "$(mail "$E/mail/strip" -f strip@example.org -r rcpt@example.com)" '^end 250 ' "strip: accepted"
sink_wait 1; like "$(cat "$(sink_last)")" 'The mail gateway removed this part' "the cleaned copy arrives"
id=$(newest strip@example.org)
like "$(cat "$(sink_last)")" "X-Sekimori-Id: $id" "it names its record"
q export "$id" >"$E/got"
same "$E/got" "$E/mail/strip" "the original is kept, byte for byte"
is "$(q list -j -s original | jq -r .id)" "$id" "as an original"

# --- looking at it ---------------------------------------------------------------------------------
q preview "$id" >"$E/page"
is "$?" 0 "preview"
like "$(cat "$E/page")" '<ul><li>bad.bin, application/octet-stream' "a page that names what is in it"
q preview --picture 1 "$id" >"$E/page" 2>"$E/err"
is "$? $(wc -c <"$E/page")" '65 0' "a picture that is not there"

# --- deleting --------------------------------------------------------------------------------------
is "$(q delete "$ID")" "$ID: deleted" "delete"
q delete "$ID" >/dev/null 2>"$E/err"
is "$?" 65 "only once"
q export "$ID" >/dev/null 2>&1
is "$?" 65 "the message is gone"
like "$(ctl explain -c "$E/sekimori.conf" "$ID")" 'deleted +by operator' "the ledger says who did it"
is "$(q purge --until 0s --kind spam --check 2>&1 | wc -l)" 1 "purge: what it would delete"
q purge --until 0s --kind spam >/dev/null 2>"$E/err" </dev/null
is "$? $(q list -j -k spam | wc -l)" '64 1' "without --yes nothing is purged"
q purge --until 0s --kind spam --yes >/dev/null
is "$(q list -j -k spam | wc -l)" 0 "purge deletes"
q list -k spma >/dev/null 2>"$E/err"
like "$(cat "$E/err")" "did you mean 'spam'" "a wrong word has a suggestion"

# --- killed under load -----------------------------------------------------------------------------
# What was answered 250 is in the ledger, and what was held in the quarantine, once.
# load N TEXT: mail with this text until $E/go goes; the senders whose mail was accepted are in $E/sent.TEXT
load() {
	local i body=$2
	while [ -e "$E/go" ]; do
		i=$RANDOM$RANDOM
		message "$body" "X-Number: $i" >"$E/mail/k$1"
		case $(mail "$E/mail/k$1" -f "k$i@killed.example" -r rcpt@example.com 2>/dev/null) in
		*'end 250'*) echo "k$i@killed.example" >>"$E/sent.${body%%[-.]*}" ;;
		esac
	done
}

killed_under_load() {
	local kills=$1 i pids=''
	rm -f "$E"/sent.*; touch "$E/go" "$E/sent.Hello" "$E/sent.sekimori"
	for i in 1 2; do load $i sekimori-e2e-spam & pids="$pids $!"; done
	load 3 Hello. & pids="$pids $!"
	for i in $(seq "$kills"); do
		sleep "0.$((RANDOM % 7 + 1))"
		# shellcheck disable=SC2046
		kill -9 "$GATE_PID" $(pgrep -P "$GATE_PID"); wait "$GATE_PID" 2>/dev/null
		gate_run || not_ok "starts again"
	done
	# shellcheck disable=SC2086
	rm -f "$E/go"; wait $pids
	q list -j -n 100000 --kind spam | jq -r .sender | sort >"$E/held"
	sort "$E/sent.sekimori" >"$E/want"
	like "$(wc -l <"$E/want")" '^[1-9]' "killed $kills times: mail was accepted"
	is "$(comm -23 "$E/want" "$E/held" | wc -l)" 0 "nothing that was accepted is missing"
	is "$(comm -12 "$E/want" <(uniq -d "$E/held") | wc -l)" 0 "nothing of it is there twice"
	track -j -n 100000 --outcome accept killed.example | jq -r .sender | sort >"$E/known"
	like "$(wc -l <"$E/sent.Hello")" '^[1-9]' "mail was delivered, too"
	is "$(sort "$E/sent.Hello" | comm -23 - "$E/known" | wc -l) $(sort "$E/sent.Hello" | comm -12 - <(uniq -d "$E/known") | wc -l)" '0 0' \
	    "each is in the ledger, once"
}
killed_under_load "$KILLS"

# --- no room ---------------------------------------------------------------------------------------
gate_stop
gate_set 'bodies.min_free = 900000G'
gate_run || not_ok "starts again"
like "$(mail "$E/mail/spam" -f full@example.org -r rcpt@example.com)" '^end 451 4.3.1' "no room for what is held: 4xx"
is "$(track -j full@example.org | wc -l)" 0 "it is not in the ledger"
message 'Hello.' >"$E/mail/clean"
like "$(mail "$E/mail/clean" -f clean@example.org -r rcpt@example.com)" '^end 250 ' "other mail is delivered"
gate_stop
week=$(ls "$E"/state/ledger/*.db | tail -n 1)
rm -f "$E"/state/ledger/*; mkdir "$week"; chmod 0500 "$E/state/ledger"
gate_set 'bodies.min_free = 0' 'records.deadline_ms = 1s'
gate_run || not_ok "starts without its ledger"
like "$(mail "$E/mail/spam" -f spill@example.org -r rcpt@example.com)" '^end 250 ' "the store is down: the spill takes it"
rmdir "$week"
wait_for 10 "[ \"\$('$BUILD/sekimorictl' track -c '$E/sekimori.conf' -j spill@example.org 2>/dev/null | wc -l)\" = 1 ]"
is "$(q list -j | jq -r .sender)" spill@example.org "and the store has it when it is back"

# --- its folders go while it runs -----------------------------------------------------------------
held_of() { q list -j | jq -r .sender | tr '\n' ' '; }
bodies() { find "$E/state/bodies" -type f | wc -l; }
mkdir "$E/away"; mv "$E/state/ledger" "$E/state/bodies" "$E/away"
like "$(mail "$E/mail/spam" -f moved@example.org -r rcpt@example.com)" '^end 250 ' "its folders are moved away: it makes others"
is "$(held_of)$(bodies)" 'moved@example.org 1' "what came is in them"
q export "$(newest moved@example.org)" >"$E/got"
same "$E/got" "$E/mail/spam" "byte for byte"
rm -r "$E/state/ledger"; mkdir "$E/state/ledger"
if mount -t tmpfs -o size=4m,mode=0700 tmpfs "$E/state/ledger" 2>/dev/null; then
	like "$(mail "$E/mail/spam" -f other@example.org -r rcpt@example.com)" '^end 250 ' "a disk of its own for the ledger"
	is "$(held_of)" 'other@example.org ' "takes what comes"
	sink_clear
	head -c 9000000 /dev/zero >"$E/state/ledger/filler" 2>/dev/null
	for ((i = 1; i < 10; i++)); do		# its files may have room within for one or two
		case $(mail "$E/mail/spam" -f "full$i@example.org" -r rcpt@example.com) in *'end 451 4.3.1'*) break ;; esac
	done
	like "$i" '^[1-9]$' "it is full: what is to be held is answered 4xx"
	is "$(bodies) $(sink_count) $(held_count)" "$((i + 1)) 0 0" "no message is left of what was not recorded, and none was delivered"
	rm "$E/state/ledger/filler"
	like "$(mail "$E/mail/spam" -f "full$i@example.org" -r rcpt@example.com)" '^end 250 ' "room again: it is taken"
	is "$(held_of | wc -w) $(held_of | tr ' ' '\n' | grep -c "^full$i@") $(bodies)" "$((i + 1)) 1 $((i + 2))" "and held once"
	gate_stop
	umount "$E/state/ledger"
else
	skip "a ledger on a disk of its own" "cannot mount a tmpfs"
	gate_stop
fi

# --- the disk is full -----------------------------------------------------------------------------
mkdir -p "$E/small"
if mount -t tmpfs -o size=8m,mode=0700 tmpfs "$E/small" 2>/dev/null; then
	gate_set "state_dir = $E/small"
	gate_run || not_ok "starts on a small disk"
	mail "$E/mail/clean" -f room@example.org -r rcpt@example.com >/dev/null; sink_wait 1
	head -c 9000000 /dev/zero >"$E/small/filler" 2>/dev/null
	like "$(mail "$E/mail/spam" -f nodisk@example.org -r rcpt@example.com)" '^end 451 4.3.1' "disk full: what is to be held is answered 4xx"
	truncate -s -80K "$E/small/filler"	# room for some records
	for ((i = 1; i < 400; i++)); do
		case $(mail "$E/mail/clean" -f "full$i@example.org" -r rcpt@example.com) in *'end 451 4.3.1'*) break ;; esac
	done
	like "$i" '^([2-9]|[1-9][0-9]|[1-3][0-8][0-9])$' "and so is what cannot be recorded"
	wait_for 10 "[ \$(grep -l '<*full[0-9]' '$E'/sink/*.env | wc -l) = $((i - 1)) ]"
	is "$(track -j -n 1000 'rcpt@example.com' --since 1h | jq -r .sender | grep -c '^full')" "$((i - 1))" "what was delivered is in the ledger, all of it"
	like "$(grep -l '<*full[0-9]' "$E"/sink/*.env | wc -l)" "^$((i - 1))$" "and it was delivered"
	is "$(q list -j | wc -l)" 0 "nothing shows as held"
	gate_stop
	gate_set 'ledger.on_fail = accept'
	gate_run || not_ok "starts on a full disk"
	like "$(mail "$E/mail/clean" -f accept@example.org -r rcpt@example.com)" '^end 250 ' "on_fail = accept: it is delivered"
	rm "$E/small/filler"	# on_fail is nothing to what is held
	like "$(mail "$E/mail/spam" -f nodisk@example.org -r rcpt@example.com)" '^end 250 ' "room again: what came before is taken"
	is "$(q list -j | jq -r .sender)" nodisk@example.org "and held once"
	gate_stop
	gate_set "state_dir = $E/state"
else
	skip "a full disk" "cannot mount a tmpfs"
fi

# --- without a ledger -----------------------------------------------------------------------------
gate_set 'ledger.enable = no'
gate_run || not_ok "starts without a ledger"
like "$(mail "$E/mail/spam" -f off@example.org -r rcpt@example.com)" '^end 250 ' "no ledger: accepted"
is "$(held_count)" 1 "the mail server holds it"
gate_stop
done_testing
