#!/bin/bash
# sekimorictl and a running sekimorid: scan, status, reload, rules, and who may ask.
set -u
. "$(dirname "$0")/tap.sh.inc"
. test/ctl/mails.sh.inc
export TMPDIR=$work
daemon=${ctl%ctl}d

mkdir "$work/m" "$work/run" "$work/state" "$work/rules"
chmod 755 "$work" "$work/run"
make_mails "$work/m"
cat >"$work/good.yar" <<'E2'
rule says_hello
{
	meta:
		description = "Says hello"
		class = "info"
		score = "1"
	strings:
		$hello = "see the file"
	condition:
		$hello
}
E2
cp "$work/good.yar" "$work/rules/a.yar"
cat >"$work/d.conf" <<E2
run_dir = $work/run
dns.enable = no
state_dir = $work/state
milter_socket = unix:$work/run/milter.sock
log_to = stderr
check_files_ms = 0
engine.clamav_databases = $PWD/rules/clamav
engine.clamav_official = no
engine.yara_rules = $work/rules
worker.count = 2
E2
"$daemon" -f -c "$work/d.conf" >"$work/log" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null; wait $pid 2>/dev/null; rm -rf "$work"' EXIT
c() { # VERB ARG...
	local verb=$1
	shift
	run "$verb" -c "$work/d.conf" "$@"
}
j() {
	jq -es "$1" "$work/out"
}
for i in $(seq 300); do
	c status --json
	[ "$rc" -ne 0 ] || ! j '.[0].workers.serving' >/dev/null || break
	kill -0 $pid 2>/dev/null || break
	sleep 0.1
done
c status
ok "status of a running daemon" is "$rc" 0
ok "has version and mode" has out '^sekimorid [0-9].* mode enforce, preset recommended'
ok "the engines" has out 'ClamAV [0-9.]+: [0-9]+ signatures'
ok "says loudly that no official database is there" has out 'no official ClamAV database'
ok "master, gate, zygote" bash -c 'for r in master gate zygote; do grep -qE " $r " "$1" || exit 1; done' - "$work/out"
ok "the sandbox" has out '^sandbox  .'
c status --json
ok "status as JSON" j '.[0] | .master_pid > 0 and .workers.serving and .engine.yara_rules == 1 and .ledger.down == false and (.processes | length >= 3)'
before=$(jq .workers.scanned "$work/out")

c scan "$work/m/eicar.eml" "$work/m/clean.eml"
ok "scan asks the daemon: exit 1" is "$rc" 1
ok "and has its verdict" has out 'eicar.eml: malware '
c status --json
ok "the daemon did the work" is "$(jq .workers.scanned "$work/out")" $((before + 2))
cp "$work/out" "$work/status"
c scan --local "$work/m/clean.eml"
ok "--local" is "$rc" 0
c status --json
ok "does not ask it" is "$(jq .workers.scanned "$work/out")" $((before + 2))
c scan --json "$work/m"
cp "$work/out" "$work/remote"
c scan --json --local "$work/m"
strip='[.[] | del(.ms, .auth)]'	# here nobody asks DNS
ok "daemon and --local give the same answers" cmp <(jq -s "$strip" "$work/remote") <(jq -s "$strip" "$work/out")
c explain "$work/m/eicar.eml"
ok "explain by the daemon" has out '─ on\.malware = '
mkdir "$work/many"
for i in $(seq 300); do cp "$work/m/clean.eml" "$work/many/$i.eml"; done
c scan --json -n 8 "$work/many"
ok "300 messages by 8 connections, in order" j '[.[].file] | length == 300 and (. == sort)'
c rules list
ok "rules list has the rule with its hits" has out '^says_hello +info +1\.0 +[1-9][0-9]* .*a\.yar'

c reload
ok "reload" is "$rc" 0
printf 'rule broken {\n\tcondition:\n\t\tundefined_word\n}\n' >"$work/rules/a.yar"
c reload
ok "reload with every rule broken is refused" is "$rc" 78
ok "with file, line and reason" has err 'a\.yar:3: .*undefined_word'
c status
ok "status keeps the reason" has out 'a\.yar:3: '
c scan "$work/m/eicar.eml"
ok "the old set serves on" has out 'eicar.eml: malware '
cp "$work/good.yar" "$work/rules/a.yar"
c reload
ok "repaired: reload is done" is "$rc" 0
c status
ok "status says where the counters are" has out '^counters memory; 0 in memory'
c status
ok "and status forgets the error" lacks out 'a\.yar:3: '
ok "no file is left out" lacks out 'left out'
printf 'rule broken { condition: undefined_word }\n' >"$work/rules/b.yar"
c reload
ok "one broken file of two: reload is done, without it" is "$rc" 65
ok "which names it" has err 'b\.yar:1: .*undefined_word'
ok "and says that the rest is in force" has out '^reloaded, without the files that are named above'
c status
ok "and status says that a file is left out" has out '1 rule file\(s\) left out'
rm "$work/rules/b.yar"

if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	chmod 777 "$work/run/control.sock"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$ctl" status -c "$work/d.conf" >"$work/out" 2>"$work/err"
	ok "another user is refused" is $? 77
	ok "and told so" has err 'only root'
else
	skip "another user is refused" "needs root"
	skip "and told so" "needs root"
fi
kill -STOP "$(jq -r '.processes[] | select(.role == "gate").pid' "$work/status")"
timeout 20 "$ctl" status -c "$work/d.conf" >"$work/out" 2>"$work/err"
ok "a gate that hangs is EX_TEMPFAIL" is $? 75
kill -CONT "$(jq -r '.processes[] | select(.role == "gate").pid' "$work/status")"
kill $pid
wait $pid
ok "the counters are kept" is "$(head -c 8 "$work/state/counters")" SKCOUNT1
c status
ok "after it stopped: EX_UNAVAILABLE" is "$rc" 69
c scan "$work/m/clean.eml"
ok "scan starts workers of its own then" is "$rc" 0
tap_done
