#!/bin/bash
# covers: lib/gate/keep.c lib/response/release.c
# Gate, jobs and who releases are killed at any moment, alone and together, while mail comes in through Postfix and
# senders try again until it is taken: in the end each mail was delivered once, none is missing, none came twice.
# KILLS=200 by hand.
set -u
. "$(dirname "$0")/lib.sh"
KILLS=${KILLS:-5}

e2e_begin
sink_start
gate_start 'quarantine.where = store' 'on.spam = quarantine' 'on.campaign = hold' \
    "release.server = 127.0.0.1:$SMTP_PORT" 'release.deadline = 2s' 'holds.interval = 500ms' 'holds.retry = 1m' ||
    { not_ok "start"; done_testing; exit 1; }
postfix_start || { skip "killed together" "no Postfix, or not root"; done_testing; exit; }

q() { ctl quarantine "$@" -c "$E/sekimori.conf"; }
ledger() { sqlite3 "$(ls "$E"/state/ledger/*.db 2>/dev/null | tail -n 1)" "PRAGMA busy_timeout=10000; $1" 2>/dev/null | tail -n +2; }
ids() { q list -j -n 100000 -s "$1" 2>/dev/null | jq -r .id | sort -u; }
# numbers FILE...: the numbers of these mails.
numbers() { sed -n 's/^X-Number: \([a-z0-9]*\)\r*$/\1/p' "$@"; }

# --- mail comes in, people take it out ---------------------------------------------------------------
touch "$E/go" "$E/calm" "$E"/sent.{spam,campaign,Hello}
LOAD=()
# arrive N BODY: until somebody takes it, as a mail server does.
arrive() {
	local i=0
	while [ -e "$E/go" ]; do
		i=$((i + 1))
		message "$2" "X-Number: n$1x$i" >"$E/mail/k$1"
		until mail "$E/mail/k$1" -f "n$1x$i@killed.example" -r rcpt@example.com 2>/dev/null | grep -q 'end 250'; do
			sleep 0.02
		done
		echo "n$1x$i" >>"$E/sent.${2##*-}"
		sleep 0.03
	done
}
# release N: what is held, one after the other.
release() {
	while [ -e "$E/go" ]; do
		for id in $(ids held | shuf -n 5); do
			"$BUILD/sekimorictl" quarantine release "$id" -c "$E/sekimori.conf" >>"$E/released" 2>&1 & echo $! >"$E/releaser.$1"
			wait $! 2>/dev/null
			rm -f "$E/releaser.$1"
		done
	done
}
arrive 1 sekimori-e2e-spam & LOAD+=($!)
arrive 2 sekimori-e2e-spam & LOAD+=($!)
arrive 3 sekimori-e2e-campaign & LOAD+=($!)
arrive 4 Hello. & LOAD+=($!)
release 1 2>/dev/null & LOAD+=($!)
release 2 2>/dev/null & LOAD+=($!)

# --- and all of it is killed --------------------------------------------------------------------------
below() { local p; for p in $(pgrep -P "$1"); do echo "$p"; below "$p"; done; }
for i in $(seq "$KILLS"); do
	ledger 'UPDATE rcpt SET expires_ms=changed_ms WHERE kind=4 AND state=1'	# the job has something to do
	sleep "0.$((RANDOM % 9 + 1))$((RANDOM % 10))"
	tree="$GATE_PID $(below "$GATE_PID")"
	case $((i % 3)) in
	0) doomed=$tree ;;
	1) doomed="$tree $(cat "$E"/releaser.* 2>/dev/null)" ;;
	2) doomed="$(cat "$E"/releaser.* 2>/dev/null) $(below "$GATE_PID" | xargs -r ps -o pid=,args= -p | awk '/--jobs/ { print $1 }')" ;;
	esac
	# shellcheck disable=SC2086
	kill -9 $doomed 2>/dev/null
	[ $((i % 3)) = 2 ] && continue
	wait "$GATE_PID" 2>/dev/null
	gate_run || not_ok "starts again"
done
rm -f "$E/go"; wait "${LOAD[@]}"

# --- what is left -------------------------------------------------------------------------------------
like "$(cat "$E"/sent.* | wc -l) $(wc -l <"$E/sent.spam") $(sink_count)" '^[0-9]{2,} [1-9][0-9]* [1-9]' "killed $KILLS times: mail came in and went out"
wait_for 30 "[ \$(find '$E'/queue/incoming '$E'/queue/active '$E'/queue/deferred -type f | wc -l) = 0 ]"
sleep 3		# no pass of a release that was killed is good any more
stuck=$(ledger 'SELECT count(*) FROM rcpt WHERE state=3')
ledger 'UPDATE rcpt SET changed_ms=changed_ms-3600000 WHERE state=3'
wait_for 20 "[ -z \"\$('$BUILD/sekimorictl' quarantine list -j -s releasing -c '$E/sekimori.conf')\" ]"
is "$(ids releasing | wc -l)" 0 "none stays on its way ($stuck were)"
numbers "$E"/sink/*.eml | sort >"$E/before"
sort "$E"/sent.* >"$E/want"
{ cat "$E/before"; q list -j -n 100000 -s held | jq -r .sender | cut -d@ -f1; } | sort -u >"$E/there"
is "$(comm -23 "$E/want" "$E/there" | head -n 5 | tr '\n' ' ')" '' "what was accepted is delivered or held, all $(wc -l <"$E/want")"
for _ in 1 2 3 4 5; do		# holds that end meanwhile are held anew
	ids held | xargs -r -n 50 "$BUILD/sekimorictl" quarantine release -c "$E/sekimori.conf" >>"$E/out" 2>&1
	sleep 1
	[ -z "$(ids held)" ] && break
done
is "$(ids held | wc -l)" 0 "what is held can be released"
wait_for 60 "[ \$(find '$E'/queue/incoming '$E'/queue/active '$E'/queue/deferred -type f | wc -l) = 0 ]"
sleep 0.3
numbers "$E"/sink/*.eml | sort >"$E/after"
is "$(comm -23 "$E/want" <(sort -u "$E/after") | head -n 5 | tr '\n' ' ')" '' "each was delivered"
ledger "SELECT substr(mail_from, 1, instr(mail_from, '@') - 1) FROM message JOIN event USING (n) WHERE event.kind = 'release_unsure'" |
    sort -u >"$E/unsure"
# Mail whose hold ended may be kept anew before the gate is killed, and once more when its hold ends again (sekimorid(8)).
uniq -d "$E/after" | comm -23 - "$E/unsure" >"$E/twice"
is "$(grep -v '^n3' "$E/twice" | head -n 5 | tr '\n' ' ')" '' "each that people released once, but for those of which the ledger says that nobody knows"
echo "# of $(wc -l <"$E/want"): $(wc -l <"$E/unsure") unsure, $(uniq -d "$E/after" | comm -12 - "$E/unsure" | wc -l) of them twice," \
    "$(grep -c '^n3' "$E/twice") ends of holds twice"
echo "# $(ledger "SELECT count(*) FROM event WHERE kind = 'repeated'") came again and were joined," \
    "$(ledger "SELECT count(*) FROM event WHERE kind = 'release_failed'") releases were undone"
done_testing
