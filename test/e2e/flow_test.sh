#!/bin/bash
# Real Postfix in front, a sink behind: every intercept and modification, and bytes that must not change.
# covers: lib/gate/pipeline.c lib/gate/session.c
. "$(dirname "$0")/lib.sh"

e2e_begin
if ! have_postfix; then
	skip "mail through Postfix" "needs root and Postfix"
	done_testing; exit
fi
sink_start
gate_start 'on.malware = reject' 'on.phishing = quarantine' 'on.bec = tempfail' \
    'on.content = tag, strip' 'on.spam = tag, subject "[SPAM] ", header "X-Spam-Flag: YES"' \
    'on.auth = tag, strip' 'on.bulk = discard' 'on.campaign = hold' 'unscanned.limit = quarantine' 'message_max = 40M' || { not_ok "start"; done_testing; exit 1; }
# The lines that operators are told to use, with our socket instead of the port.
mapfile -t lines < <(sed "s|inet:127.0.0.1:8899|$SOCKET|" contrib/postfix/main.cf)
postfix_start "${lines[@]}" || { not_ok "Postfix starts"; done_testing; exit 1; }

is "$(postconf -c "$E/conf" -h smtpd_forbid_bare_newline)" normalize "contrib/postfix/main.cf is in force"
like "$(postconf -c "$E/conf" -hx smtpd_milters)" 'default_action=tempfail' "and defers when sekimorid is not there"
is "$(postconf -c "$E/conf" 2>&1 >/dev/null | grep -vc overriding)" 0 "Postfix knows every line of it"

# --- delivered untouched -------------------------------------------------------------------
unchanged() {	# FILE NAME [smtp_send options]
	local answer
	sink_clear
	answer=$(mail "$1" "${@:3}")
	like "$answer" '^end 250 ' "$2: accepted"
	if ! sink_wait 1; then not_ok "$2: arrives"; return; fi
	without_added "$(sink_last)" >"$E/got"
	same "$E/got" "$1" "$2: the sink's copy is byte for byte what was sent"
}
message 'Hello.' >"$E/mail/plain"
unchanged "$E/mail/plain" "plain mail"
like "$(cat "$(sink_last)")" 'X-Sekimori-Verdict: clean' "the verdict is on it"
like "$(cat "$(sink_last)")" 'X-Sekimori-Complete: yes' "and that all was looked at"

SUBJECT='=?ISO-2022-JP?B?GyRCRnxLXDhsJE43b0w+GyhC?=' message $'\e$B$3$s$K$A$O\e(B' \
    'MIME-Version: 1.0' 'Content-Type: text/plain; charset=ISO-2022-JP' 'Content-Transfer-Encoding: 7bit' >"$E/mail/jp"
unchanged "$E/mail/jp" "ISO-2022-JP"

message $'.\r\n..two\r\n...three\r\n.' 'X-Folded: one' $'\ttwo' '  three' 'X-No-Space:value' 'X-Empty:' \
    'X-Trailing: space   ' >"$E/mail/odd"
unchanged "$E/mail/odd" "dots, folds, odd spaces"

head -c 200000 /dev/urandom | attach application/octet-stream a.bin >"$E/mail/attach"
unchanged "$E/mail/attach" "attachment"

head -c 22500000 /dev/urandom | attach application/octet-stream big.bin >"$E/mail/big"
like "$(wc -c <"$E/mail/big")" '^3[0-9]{7}$' "30 MB to send"
unchanged "$E/mail/big" "30 MB"

message '' | sed '$d' >"$E/mail/nobody"
unchanged "$E/mail/nobody" "0-byte body"

rcpts=(); for i in $(seq 40); do rcpts+=(-r "user$i@example.com"); done
unchanged "$E/mail/plain" "40 recipients" "${rcpts[@]}"
sink_wait 1; sleep 0.3
is "$(cat "$E"/sink/*.env | grep -c '^RCPT')" 40 "every recipient is served"
unchanged "$E/mail/plain" "null sender" -f ''
unchanged "$E/mail/plain" "pipelining" -p

# --- intercepts -------------------------------------------------------------------------------
sink_clear
message 'sekimori-e2e-malware' >"$E/mail/malware"
like "$(mail "$E/mail/malware")" '^end 550 5\.7\.1 Message refused by policy \(malware\), reference [0-9A-Za-z]+' "reject"
like "$(mail "$E/mail/malware" "${rcpts[@]}")" '^end 550 5\.7\.1' "reject for 40 recipients"
message 'sekimori-e2e-bec' >"$E/mail/bec"
like "$(mail "$E/mail/bec")" '^end 451 4\.7\.1 Message deferred by policy, reference' "tempfail"
message 'sekimori-e2e-bulk' >"$E/mail/bulk"
like "$(mail "$E/mail/bulk")" '^end 250 ' "discard is answered as accepted"
message 'sekimori-e2e-phishing' >"$E/mail/phish"
is "$(held_count)" 0 "nothing is held yet"
like "$(mail "$E/mail/phish")" '^end 250 ' "quarantine is answered as accepted"
wait_for 5 '[ "$(held_count)" = 1 ]'
is "$(held_count)" 1 "and lies in the hold queue"
is "$(sink_count)" 0 "none of them was delivered"
postsuper -c "$E/conf" -H ALL >/dev/null 2>&1; postqueue -c "$E/conf" -f
sink_wait 1 && ok "released from hold it arrives" || not_ok "released from hold it arrives"
like "$(cat "$(sink_last)")" 'X-Sekimori-Verdict: phishing' "with its verdict"

message 'sekimori-e2e-campaign' 'X-Kept: yes' >"$E/mail/hold"
sink_clear
like "$(mail "$E/mail/hold")" '^end 250 ' "hold is answered as accepted"
wait_for 5 '[ "$(held_count)" = 1 ]'
queue=$(postqueue -c "$E/conf" -j 2>/dev/null | jq -r 'select(.queue_name == "hold") | .queue_id + " " + .recipients[0].address')
like "$queue" '^[0-9A-Za-z]+ rcpt@example\.com$' "postqueue shows it in the hold queue, once"
postcat -c "$E/conf" -bhq "${queue%% *}" 2>/dev/null >"$E/held"
like "$(cat "$E/held")" 'X-Sekimori-Verdict: campaign' "with its verdict"
without_added "$E/held" >"$E/got"
tr -d '\r' <"$E/mail/hold" >"$E/want"
same "$E/got" "$E/want" "the held copy is byte for byte what was sent"
sleep 1; postqueue -c "$E/conf" -f 2>/dev/null; sleep 1
is "$(held_count) $(sink_count)" '1 0' "a queue run leaves it there"
postsuper -c "$E/conf" -H ALL >/dev/null 2>&1; postqueue -c "$E/conf" -f
sink_wait 1 || not_ok "released from hold it arrives"
without_added "$(sink_last)" >"$E/got"
same "$E/got" "$E/mail/hold" "released, it arrives byte for byte as sent"

# --- modifications ------------------------------------------------------------------------------
modified() { sink_clear; like "$(mail "$1" "${@:3}")" '^end 250 ' "$2: accepted"; sink_wait 1 || not_ok "$2: arrives"; }
message 'sekimori-e2e-spam' >"$E/mail/spam"
modified "$E/mail/spam" "tag"
like "$(cat "$(sink_last)")" $'\nSubject: \\[SPAM\\] test\r\n' "the subject is marked"
like "$(cat "$(sink_last)")" $'\nX-Spam-Flag: YES\r\n' "the field is added"
SUBJECT='=?ISO-2022-JP?B?GyRCRnxLXDhsGyhC?=' message 'sekimori-e2e-spam' >"$E/mail/spam"
modified "$E/mail/spam" "tag on an encoded subject"
like "$(cat "$(sink_last)")" $'\nSubject: \\[SPAM\\] =\\?ISO-2022-JP\\?B\\?GyRCRnxLXDhsGyhC\\?=\r\n' "its bytes stay behind the mark"
message 'sekimori-e2e-spam' | sed '/^Subject/d' >"$E/mail/spam"
modified "$E/mail/spam" "tag without a subject"
like "$(cat "$(sink_last)")" $'\nSubject: \\[SPAM\\]\r\n' "gets one"

message 'Hello.' 'X-Spam-Flag: NO' 'x-sekimori-verdict: clean' 'X-Virus-Scanned: yes' 'X-Sekimori-Verdict: clean' \
    'X-Spam-Flag: NO' 'X-Kept: yes' 'X-Sekimori-Other: 1' >"$E/mail/forged"
modified "$E/mail/forged" "forged fields"
is "$(grep -ciE '^(x-spam-flag|x-virus-scanned|x-sekimori-other)' "$(sink_last)")" 0 "forged fields are gone"
is "$(grep -ci '^x-sekimori-verdict' "$(sink_last)")" 1 "one verdict is left: ours"
is "$(grep -c '^X-Kept: yes' "$(sink_last)")" 1 "others stay"

echo 'sekimori-e2e-content' | attach application/octet-stream bad.bin >"$E/mail/strip"
modified "$E/mail/strip" "strip"
unlike "$(cat "$(sink_last)")" "$(echo 'sekimori-e2e-content' | base64)" "the part is gone"
like "$(cat "$(sink_last)")" 'The mail gateway removed this part' "a notice stands there"
like "$(cat "$(sink_last)")" 'bad\.bin' "and names it"
like "$(cat "$(sink_last)")" $'The text before\\.\r\n--e2e\r\n' "the text part is as it was"
# Header and all up to the part: byte for byte.
without_added "$(sink_last)" | sed '/^Content-Type: application/,$d' >"$E/got"
sed -n '/^The text before/q;p' "$E/mail/strip" >"$E/want"
head -c "$(wc -c <"$E/want")" "$E/got" >"$E/head"
same "$E/head" "$E/want" "the rest did not change"

# Points below the threshold of a class whose line says strip, too: that line does not apply.
sed 's/^From: .*/From: "boss@other.example" <sender@example.org>\r/' "$E/mail/strip" >"$E/mail/strip5"
modified "$E/mail/strip5" "strip, and a little of another class"
like "$(cat "$(sink_last)")" 'The mail gateway removed this part' "the part is gone"
like "$(cat "$(sink_last)")" 'X-Sekimori-Findings: .*HEADER_DISPLAY_ADDRESS=' "the other was found"

message 'sekimori-e2e-content' >"$E/mail/strip2"
sink_clear; before=$(held_count)
like "$(mail "$E/mail/strip2")" '^end 250 ' "a message that is bad as a whole"
wait_for 5 "[ \$(held_count) -gt $before ] || [ \$(sink_count) -gt 0 ]"
if [ "$(held_count)" -gt "$before" ]; then ok "is held, or cleaned of it"
else unlike "$(cat "$(sink_last)")" 'sekimori-e2e-content' "is held, or cleaned of it"; fi

# What is left is scanned like any message: here the notice quotes a name that the rule hits as well.
echo 'sekimori-e2e-content' | attach application/octet-stream sekimori-e2e-content.bin >"$E/mail/strip3"
sink_clear; before=$(held_count)
like "$(mail "$E/mail/strip3")" '^end 250 ' "a part is taken out and what is left is not clean"
wait_for 5 "[ \$(held_count) -gt $before ]"
is "$(held_count) $(sink_count)" "$((before + 1)) 0" "it is held, not delivered"
like "$(grep ' strip ' "$E/gate.log" | tail -1)" 'action=quarantine why="what is left is not clean: .*E2E_CONTENT' "and the log says why"
# The same part twice: both go.
echo 'sekimori-e2e-content' | attach application/octet-stream bad.bin >"$E/mail/one"
{ sed '$d' "$E/mail/one"; sed -n '/^--e2e\r*$/,$p' "$E/mail/one" | sed '1,/^The text before/d'; } >"$E/mail/strip4"
modified "$E/mail/strip4" "the same part twice"
unlike "$(cat "$(sink_last)")" "$(echo 'sekimori-e2e-content' | base64)" "both are gone"
is "$(grep -c 'The mail gateway removed this part' "$(sink_last)")" 2 "two notices stand there"

# --- limits ------------------------------------------------------------------------------------------
head -c 34000000 /dev/urandom | attach application/octet-stream big.bin >"$E/mail/huge"
sink_clear; before=$(held_count)
like "$(mail "$E/mail/huge")" '^end 250 ' "over message_max"
wait_for 10 "[ \$(held_count) -gt $before ]"
is "$(held_count)" $((before + 1)) "is what unscanned.limit says: held"
is "$(sink_count)" 0 "and not delivered"

# --- one connection, many messages ---------------------------------------------------------------------
sink_clear
out=$(send -k "$SMTP_PORT" "$E/mail/plain" "$E/mail/malware" "$E/mail/plain" "$E/mail/bec" "$E/mail/plain" | awk '{ print $4 }' | tr '\n' ' ')
is "$out" '250 550 250 451 250 ' "five messages over one connection, each its own answer"
sink_wait 3; sleep 0.2
is "$(sink_count)" 3 "three arrive"
is "$(cat "$E"/sink/*.eml | grep -c e2e-malware)" 0 "none of the refused"

# --- parallel clients ---------------------------------------------------------------------------------
sink_clear
send -j 20 -n 40 -x 'X-Number: ' -s "$SMTP_PORT" "$E/mail/plain" "$E/mail/malware" "$E/mail/attach" "$E/mail/plain" "$E/mail/bec" >"$E/out"
is "$(tr '\n' ' ' <"$E/out")" '250 120 451 40 550 40 ' "200 messages from 20 clients: each as alone"
sink_wait 120 40
is "$(sink_count)" 120 "what was accepted arrives"
is "$(cat "$E"/sink/*.eml | grep -a '^X-Number:' | sort -u | wc -l)" 120 "each once"
is "$(cat "$E"/sink/*.eml | grep -ac 'e2e-malware')" 0 "and no other"
is "$(grep -c 'verdict action=' "$E/gate.log")" "$(grep -oE '^sekimorid: [^ ]+ verdict' "$E/gate.log" | sort -u | wc -l)" "one line in the log for each message"

# --- observe ----------------------------------------------------------------------------------------------
gate_set 'mode = observe'
kill -USR1 "$GATE_PID"; log_wait 'reload result="new set' 20 || not_ok "reload"
sink_clear
like "$(mail "$E/mail/malware")" '^end 250 ' "observe: malware passes"
sink_wait 1
without_added "$(sink_last)" >"$E/got"
same "$E/got" "$E/mail/malware" "unchanged"
is "$(grep -c '^X-Sekimori' "$(sink_last)")" 0 "without a mark"
like "$(grep verdict "$E/gate.log" | tail -1)" 'action=accept would=reject' "and the log says what would have been"

gate_stop && ok "stops" || not_ok "stops"
like "$(mail "$E/mail/plain")" ' 451 4\.' "without sekimorid Postfix defers"
done_testing
