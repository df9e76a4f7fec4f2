#!/bin/bash
# scan and explain with workers of their own: answers, exit states, order, hostile names, signals.
# covers: lib/gate/local.c lib/gate/offline.c
set -u
. "$(dirname "$0")/tap.sh.inc"
. test/ctl/mails.sh.inc
export TMPDIR=$work

mkdir "$work/m"
make_mails "$work/m"
# No official database here: the warning about it is of another test.
printf 'control_socket = %s/none.sock\nengine.clamav_databases = %s/rules/clamav\nengine.clamav_official = no\n' \
    "$work" "$PWD" >"$work/c.conf"
scan() {
	run scan -c "$work/c.conf" "$@"
}
j() { # FILTER [FILE]: true for the answers in out
	jq -es "$1" "${2:-$work/out}"
}

scan "$work/m/clean.eml"
ok "clean: exit 0" is "$rc" 0
ok "one line" is "$(cat "$work/out")" "$work/m/clean.eml: clean accept 0.0"
ok "nothing on stderr when that is no terminal" empty err
scan "$work/m/eicar.eml"
ok "found: exit 1" is "$rc" 1
ok "malware with its signature" has out '^[^:]*eicar.eml: malware [a-z]+ [0-9]+\.0 CLAMAV\([^)]*[Ee]icar'
scan "$work/m/locked.eml"
ok "not fully looked at: exit 1" is "$rc" 1
ok "says why" has out 'incomplete .* unscanned: encrypted='
scan "$work/m/none.eml"
ok "no such file: exit 2" is "$rc" 2
ok "says which" has err 'none.eml: No such file'
scan "$work/m/clean.eml" "$work/m/none.eml"
ok "one clean, one missing: exit 2" is "$rc" 2
ok "a summary of two" has out '^2 messages: 1 clean, 0 found, 0 not fully looked at, 1 errors'

scan --json "$work/m"
ok "a folder: exit 1" is "$rc" 1
ok "one object a line" is "$(wc -l <"$work/out")" 4
ok "sorted by name" j '[.[].file | sub(".*/"; "")] == ["clean.eml", "eicar.eml", "escape.eml", "locked.eml"]'
ok "the keys of the contract, in order" j 'all(.[]; (keys_unsorted | index("ms")) == 11 and (keys_unsorted[:12] ==
    ["file", "verdict", "complete", "outcome", "score", "findings", "unscanned", "defects", "links", "parts", "headers", "ms"]))'
ok "verdict, completeness, score" j '.[1] | .verdict == "malware" and .complete == true and .score >= 100.0'
ok "the finding names the innermost file" j '.[1].findings[] | select(.name == "CLAMAV") |
    .class == "malware" and .score == 100.0 and (.part | test("inner.zip/run.com$")) and (.evidence | test("[Ee]icar"))'
ok "unscanned names part and reason" j '.[3] | .complete == false and (.unscanned[0] | .why == "encrypted" and (.part | startswith("1.2")))'
ok "every layer has its hash" j '.[1].parts | map(select(.name == "run.com")) |
    .[0].sha256 == "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"'
ok "headers" j '.[0].headers == {"from": "\"Sender\" <sender@sender.example>", "reply_to": "", "subject": "clean"}'
ok "no byte of a message steers the terminal" bash -c '! LC_ALL=C grep -q "[[:cntrl:]]" <(tr -d "\n" <"$1")' - "$work/out"
scan "$work/m/escape.eml"
ok "nor in the line for people" bash -c '! LC_ALL=C grep -q "[[:cntrl:]]" <(tr -d "\n" <"$1")' - "$work/out"
cp "$work/m/clean.eml" "$work/m/"$'a\033[2J\nb.eml'
scan "$work/m/"a*
ok "nor in the name of a file" has out 'm/a\\x1b\[2J\\x0ab.eml: clean'
rm "$work/m/"a*

"$ctl" scan -c "$work/c.conf" --json - <"$work/m/eicar.eml" >"$work/out" 2>"$work/err"
ok "stdin" is $? 1
ok "is called -" j '.[0].file == "-" and .[0].verdict == "malware"'
ok "a pipe of the shell" bash -c '"$1" scan -c "$2" <(cat "$3")' - "$ctl" "$work/c.conf" "$work/m/clean.eml"
: >"$work/empty.eml"
scan --json "$work/empty.eml"
ok "an empty file has an answer" j 'length == 1 and .[0].parts[0].size == 0'
printf 'message_max = 1M\ninclude = c.conf\n' >"$work/small.conf"
{ cat "$work/m/clean.eml"; head -c 1100000 /dev/zero | tr '\0' 'x'; } >"$work/large.eml"
run scan -c "$work/small.conf" --json "$work/large.eml"
ok "larger than message_max: unscanned by limit, not clean" j '.[0] | .complete == false and .unscanned[0].why == "limit"'
ok "exit 1" is "$rc" 1
printf 'mode = observe\ninclude = c.conf\n' >"$work/observe.conf"
run scan -c "$work/observe.conf" --json "$work/m/eicar.eml"
ok "observe: nothing happens, but says what would" j '.[0] | .outcome == "accept" and .mode == "observe" and (.would | IN("reject", "quarantine", "discard"))'
ok "and is found all the same" is "$rc" 1
scan --json --ip 192.0.2.1 --helo '192.0.2.1' --from 'x@y.example' --rcpt 'a@b.example' "$work/m/clean.eml"
ok "the session's checks run too" j '[.[0].findings[].name] | index("HELO_BARE_IP") != null and index("PTR_NONE") != null'
scan --json --auth-results 'mx.example; dmarc=fail (p=reject) header.from=sender.example policy.dmarc=reject' "$work/m/clean.eml"
ok "results given by hand are believed" j '.[0] | .verdict == "auth" and ([.findings[].name] | index("DMARC_REJECT") != null)'
scan --json --auth-results 'dmarc=pass header.from=sender.example' "$work/m/clean.eml"
ok "also without the name of who wrote them" j '.[0] | .verdict == "clean" and ([.findings[].name] | index("DMARC_PASS") != null)'
run scan -c "$work/c.conf" --auth-results 'mx.example; (dmarc=fail' "$work/m/clean.eml"
ok "what is no such field is refused" is "$rc" 2

mkdir -p "$work/deep/b" "$work/deep/a"
cp "$work/m/clean.eml" "$work/deep/b/2.eml"; cp "$work/m/clean.eml" "$work/deep/a/1.eml"
ln -s "$work/m" "$work/deep/link"
mkfifo "$work/deep/pipe"
scan --json "$work/deep"
ok "folders are walked in order, links and pipes inside are not followed" \
    j '[.[].file | sub(".*deep/"; "")] == ["a/1.eml", "b/2.eml"]'
mkdir "$work/many"
for i in $(seq 300); do cp "$work/m/clean.eml" "$work/many/$i.eml"; done
scan --json -n 4 "$work/many"
ok "300 messages by 4 threads: exit 0" is "$rc" 0
ok "in order, none lost" j '[.[].file] | length == 300 and (. == sort)'

run explain -c "$work/c.conf" "$work/m/eicar.eml"
ok "explain: exit 1" is "$rc" 1
ok "the tree has the innermost layer" has out '─ 1\.2/.*run\.com .*, 68 B, sha256 275a021bbfb6489e$'
ok "the check with its finding" has out 'CLAMAV malware 100\.0 in 1\.2/.*inner\.zip/run\.com: .*[Ee]icar'
ok "the policy line that decided" has out '─ on\.malware = '
ok "the outcome" has out '─ outcome '
ok "what observe would do" has out 'mode = observe'
run explain -c "$work/c.conf" "$work/m/escape.eml"
ok "the tree does not obey the message" bash -c '! LC_ALL=C grep -q "[[:cntrl:]]" <(tr -d "\n" <"$1")' - "$work/out"
run explain --json -c "$work/c.conf" "$work/m/eicar.eml"
ok "explain --json has checks and reasons" j '.[0] | (.checks | length > 0) and (.reasons | length > 0)'

args=()
for i in $(seq 400); do args+=("$work/many"); done
"$ctl" scan -c "$work/c.conf" "${args[@]}" >"$work/long" 2>"$work/err" &
pid=$!
for i in $(seq 100); do [ -s "$work/long" ] && break; sleep 0.1; done
ok "workers have a folder while they work" bash -c 'ls -d "$1"/sekimorictl.*' - "$work"
kids=$(pgrep -P $pid)
kill -TERM $pid
wait $pid
ok "SIGTERM ends it by the signal" is $? 143
ok "the folder is gone" bash -c '! ls -d "$1"/sekimorictl.*' - "$work"
ok "so is the process that loaded the engines" bash -c 'for k in $1; do ! kill -0 $k || exit 1; done; [ "$1" ]' - "$kids"
printf 'engine.yara_rules = %s/bad.yar\ninclude = c.conf\n' "$work" >"$work/badrule.conf"
printf 'rule x {\n  condition:\n    nonsense\n}\n' >"$work/bad.yar"
run scan -c "$work/badrule.conf" "$work/m/clean.eml"
ok "engines that do not load: exit 2" is "$rc" 2
ok "with file, line and reason" has err 'bad\.yar:3: '
run configtest -c "$work/badrule.conf" --engines
ok "configtest --engines finds it too" is "$rc" 78
run configtest -c "$work/c.conf" --engines
ok "and is content with good ones" is "$rc" 0
tap_done
