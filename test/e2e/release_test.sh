#!/bin/bash
# covers: lib/gate/passes.c lib/response/release.c lib/jobs/job_holds.c ctl/give_back.c
# What the quarantine has is given back through a real Postfix: once, byte for byte, by nobody but us.
set -u
. "$(dirname "$0")/lib.sh"
KILLS=${KILLS:-12}

e2e_begin
sink_start
gate_start 'quarantine.where = store' 'on.malware = quarantine' 'on.spam = quarantine' 'on.campaign = hold' \
    'on.content = strip' 'on.auth = quarantine' "release.server = 127.0.0.1:$SMTP_PORT" 'release.deadline = 2s' \
    'holds.interval = 500ms' || { not_ok "start"; done_testing; exit 1; }
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout "$E/tls.key" \
    -out "$E/tls.crt" 2>/dev/null && cat "$E/tls.key" "$E/tls.crt" >"$E/tls.pem"
postfix_start "smtpd_tls_chain_files = $E/tls.pem" 'smtpd_tls_security_level = may' 'smtpd_tls_received_header = yes' ||
    { skip "release through Postfix" "no Postfix, or not root"; done_testing; exit; }

q() { ctl quarantine "$@" -c "${CONF:-$E/sekimori.conf}"; }
newest() { ctl track -c "$E/sekimori.conf" -j -n 1 "$@" | jq -r .id; }
state() { q list -j -s all | jq -r "select(.id == \"$1\" or .entry == \"$1\") | .state" | sort | uniq -c | tr -s ' \n' ' ' | sed 's/^ //;s/ $//'; }
# hold FILE [RCPT...]: into the quarantine; its ID.
hold() {
	local f=$1 r=(); shift
	for a in "${@:-rcpt@example.com}"; do r+=(-r "$a"); done
	mail "$f" -f sender@example.org "${r[@]}" >"$E/out"
	newest sender@example.org
}
# field VALUE FILE: with this pass in front.
field() { printf 'X-Sekimori-Pass: %s\r\n' "$1"; cat "$2"; }

# --- once, byte for byte --------------------------------------------------------------------------
{ SUBJECT='=?utf-8?Q?caf=C3=A9?=' message 'sekimori-e2e-spam' 'X-Long: a' ' folded' 'Content-Type: text/plain; charset=utf-8' | sed '$d'
  printf 'sekimori-e2e-spam \xc3\xa9\r\n.dot\r\n..\r\n\r\ntrailing  \r\n'; } >"$E/mail/spam"
id=$(hold "$E/mail/spam" rcpt@example.com second@example.com)
is "$(state "$id") $(sink_count)" '2 held 0' "two recipients wait"
is "$(q release "$id" 2>&1; echo $?)" "$id: released"$'\n0' "release"
sink_wait 1
is "$(sink_count)" 1 "one mail"
without_added "$(sink_last)" >"$E/got"
same "$E/got" "$E/mail/spam" "byte for byte, but for Received"
unlike "$(cat "$(sink_last)")" 'X-Sekimori-' "without pass, and nothing else of ours in it"
like "$(cat "$E"/sink/*.env)" 'rcpt@example.com.*second@example.com' "for both"
is "$(state "$id")" '2 released' "its state"
like "$(q release "$id" 2>&1; echo " $?")" 'the state is released.* 65$' "again: refused"
is "$(grep -c ' pass action=accept kind=release' "$E/gate.log")" 1 "the gate let one by"
like "$(ctl explain -c "$E/sekimori.conf" "$id")" 'releas.* operator' "explain tells who did it"

# --- one recipient, another address ----------------------------------------------------------------
id=$(hold "$E/mail/spam" rcpt@example.com second@example.com); sink_clear
q release "$id.2" >"$E/out" 2>&1; sink_wait 1
is "$(grep -c second@example.com "$E"/sink/*.env) $(grep -c rcpt@example.com "$E"/sink/*.env)" '1 0' "one of its recipients"
q release "$id" --to desk@example.com >"$E/out" 2>&1; sink_wait 2
like "$(cat "$E"/sink/*.env)" 'desk@example.com' "the rest to another address"
is "$(state "$id")" '2 released' "nothing is left"

# --- eight at a time --------------------------------------------------------------------------------
id=$(hold "$E/mail/spam"); sink_clear
for _ in 1 2 3 4 5 6 7 8; do q release "$id" >>"$E/race" 2>&1 & pids+=($!); done
wait "${pids[@]}"
sink_wait 1; sleep 0.3
is "$(grep -c ': released' "$E/race") $(sink_count)" '1 1' "eight release it: one mail"

# --- killed at any moment ------------------------------------------------------------------------------
ledger() { sqlite3 "$(ls "$E"/state/ledger/*.db | tail -n 1)" "PRAGMA busy_timeout=5000; $1"; }
sink_clear; ids=()
for i in $(seq "$KILLS"); do
	SUBJECT="killed $i." message sekimori-e2e-spam >"$E/mail/k"; ids+=("$(hold "$E/mail/k")")
done
for id in "${ids[@]}"; do
	"$BUILD/sekimorictl" quarantine release "$id" -c "$E/sekimori.conf" >/dev/null 2>&1 & pid=$!
	sleep "0.0$((RANDOM % 4))$((RANDOM % 10))"; kill -9 "$pid" 2>/dev/null; wait "$pid" 2>/dev/null
done
sleep 0.5
is "$(sink_count)" "$(ledger 'SELECT count(*) FROM rcpt WHERE state=4 AND n>(SELECT max(n) FROM rcpt)-'"$KILLS" | tail -n 1)" "what was delivered is released, and nothing else is"
stuck=$(ledger 'SELECT count(*) FROM rcpt WHERE state=3' | tail -n 1)
ledger 'UPDATE rcpt SET changed_ms=changed_ms-3600000 WHERE state=3' >/dev/null
wait_for 10 "[ \"\$(sqlite3 \"\$(ls $E/state/ledger/*.db | tail -n 1)\" 'SELECT count(*) FROM rcpt WHERE state=3')\" = 0 ]"
q release "${ids[@]}" >"$E/out" 2>&1; sink_wait "$KILLS"; sleep 0.3
is "$(cat "$E"/sink/*.eml | grep -a '^Subject: killed' | sort | uniq -c | awk '$1 == 1' | wc -l) $(sink_count)" "$KILLS $KILLS" "each once in the end ($stuck were left on their way)"

# --- servers that do not take it ----------------------------------------------------------------------
sed 's/^release.server = .*/release.server = 127.0.0.1:1/' "$E/sekimori.conf" >"$E/down.conf"
id=$(hold "$E/mail/spam"); sink_clear
like "$(CONF=$E/down.conf q release "$id" 2>&1; echo " $?")" 'connect.* 75$' "the mail server is down: said so"
is "$(state "$id")" '1 held' "it stays held"
like "$(ctl explain -c "$E/sekimori.conf" "$id")" 'release_failed.*connect' "the reason is kept"
like "$(q release "$id" --to 'nobody@elsewhere..invalid' 2>&1; echo " $?")" '(50[0-9]|55[0-9]).* 69$' "an address that it refuses"
is "$(state "$id")" '1 held' "it stays held"

sed "s/^release.server = .*/release.server = localhost:$SMTP_PORT/; \$a release.tls = must" "$E/sekimori.conf" >"$E/tls.conf"
like "$(CONF=$E/tls.conf q release "$id" 2>&1; echo " $?")" 'certificate.* 75$' "TLS must be, with a certificate that nobody vouches for"
is "$(state "$id") $(sink_count)" '1 held 0' "it stays held"
echo "release.ca_file = $E/tls.crt" >>"$E/tls.conf"
is "$(CONF=$E/tls.conf q release "$id" 2>&1)" "$id: released" "with one that is believed it is released"
sink_wait 1
like "$(sed -n '/^Received:/,/^[^ \t]/p' "$(sink_last)")" 'using TLSv1\.' "through STARTTLS"
id=$(hold "$E/mail/spam"); sink_clear

# --- passes that are none ------------------------------------------------------------------------------
# The sink is no gate of ours: what it is given shows a pass.
sed "s/^release.server = .*/release.server = 127.0.0.1:$SINK_PORT/; s/^release.deadline = .*/release.deadline = 1h/" "$E/sekimori.conf" >"$E/sink.conf"
CONF=$E/sink.conf q release "$id" >"$E/out" 2>&1; sink_wait 1
cp "$(sink_last)" "$E/passed"; sink_clear
like "$(cat "$E/passed")" '^X-Sekimori-Pass: ' "a mail with its pass"
again() { mail "$1" -f "${2:-sender@example.org}" -r "${3:-rcpt@example.com}"; }
like "$(again "$E/passed")" '^end 550' "replayed: refused"
sed 's/^Subject:.*/Subject: hello\r/' "$E/passed" >"$E/edited"
like "$(again "$E/edited")" '^end 250' "with another subject: an ordinary mail"
sed 's/^\.dot/dot/' "$E/passed" >"$E/edited2"; again "$E/edited2" >"$E/out"
again "$E/passed" other@example.org >"$E/out"; again "$E/passed" sender@example.org third@example.com >"$E/out"
field AgABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA "$E/mail/spam" >"$E/forged"; again "$E/forged" >"$E/out"
field AgAB "$E/passed" >"$E/twice"; again "$E/twice" >"$E/out"
CONF=$E/sekimori.conf
id=$(hold "$E/mail/spam"); sed "s/:$SMTP_PORT$/:$SINK_PORT/" "$E/sekimori.conf" >"$E/short.conf"
CONF=$E/short.conf q release "$id" >"$E/out" 2>&1; sink_wait 1; cp "$(sink_last)" "$E/late"; sink_clear
sleep 4; again "$E/late" >"$E/out"
is "$(sink_count)" 0 "none of them gets by"
for why in 'another subject' 'another body' 'another sender' 'not ours' 'several of them' 'expired'; do
	is "$(q list -j -s all | jq -r .id | sort -u | while read -r i; do ctl explain -j -c "$CONF" "$i" | jq -r '.findings[]? | select(.name == "PASS_FORGED") | .evidence'; done | grep -c "$why" | sed 's/^[1-9].*/yes/')" yes "found: $why"
done
message 'a clean one' 'x-sekimori-pass: abc' >"$E/mail/clean"
gate_set 'on.auth = tag' 'mode = observe'; ctl reload -c "$E/sekimori.conf" >/dev/null
again "$E/mail/clean" >"$E/out"; sink_wait 1
unlike "$(tr A-Z a-z <"$(sink_last)")" 'x-sekimori-pass' "observing, too, takes the field out"
gate_set 'on.auth = quarantine' 'mode = enforce'; ctl reload -c "$E/sekimori.conf" >/dev/null

# --- the end of a hold -----------------------------------------------------------------------------------
end_hold() { sqlite3 "$(ls "$E"/state/ledger/*.db | tail -n 1)" "PRAGMA busy_timeout=5000; UPDATE rcpt SET expires_ms=changed_ms WHERE kind=4 AND state=1" >/dev/null; }
message 'sekimori-e2e-campaign' >"$E/mail/campaign"; sink_clear
id=$(hold "$E/mail/campaign")
is "$(state "$id")" '1 held' "mail is held back"
sed -i 's/sekimori-e2e-campaign/sekimori-e2e-nothing/' "$E/rules/e2e.yar"; ctl reload -c "$E/sekimori.conf" >/dev/null
end_hold; sink_wait 1
is "$(state "$id") $(sink_count)" '1 released 1' "its time is over and it is clean now: delivered"
like "$(cat "$(sink_last)")" 'X-Sekimori-Verdict: clean' "as a mail that was looked at"
like "$(ctl explain -c "$E/sekimori.conf" "$id")" 'verdict_changed.*from campaign to clean' "the ledger says that the verdict changed"
sed -i 's/sekimori-e2e-nothing/sekimori-e2e-campaign/' "$E/rules/e2e.yar"; ctl reload -c "$E/sekimori.conf" >/dev/null
id=$(hold "$E/mail/campaign"); sink_clear; end_hold
wait_for 10 "[ \"\$($BUILD/sekimorictl quarantine list -j -s released -c $E/sekimori.conf | jq -r .id | grep -c $id)\" = 1 ]"
new=$(newest sender@example.org)
is "$(state "$id"), $(state "$new") $(q list -j | jq -r "select(.id == \"$new\") | .quarantine"), $(sink_count)" '1 released, 1 held policy, 0' "still suspect: quarantined, not held again"
unlike "$(ctl explain -c "$E/sekimori.conf" "$id")" 'verdict_changed' "and the verdict is the same"

# --- the disk is lost, and there is a backup ----------------------------------------------------------------
id=$(hold "$E/mail/spam" rcpt@example.com second@example.com); sink_clear
q release "$id.2" >"$E/out" 2>&1; sink_wait 1; sink_clear
ctl backup "$E/backup" -c "$E/sekimori.conf" >"$E/out" 2>&1 || not_ok "backup" "$(cat "$E/out")"
gate_stop; owner=$(stat -c %U:%G "$E/state"); rm -rf "$E/state"; mkdir "$E/state"; chown "$owner" "$E/state"
like "$(ctl restore "$E/backup" -c "$E/sekimori.conf" 2>&1)" 'files are as in the backup' "restored into an empty folder"
gate_run || not_ok "starts with what was restored"
is "$(state "$id")" '1 held 1 released' "what was held is held, what was released is released"
is "$(q release "$id" >"$E/out" 2>&1; sink_wait 1; sink_count)" 1 "released: once, to the one who waits for it"
like "$(again "$E/passed")" '^end 550' "a pass that was used is still known"
done_testing
