#!/bin/bash
# What operators ask of the ledger and do with the quarantine: track, explain, quarantine, report; words, rights,
# exit statuses, and that nothing of a message steers a terminal or a spreadsheet.
set -u
. "$(dirname "$0")/tap.sh.inc"
. test/ctl/memory.sh.inc

gate_lines
gate_up
m=$work/m
mkdir "$m"
text 'plain words' 'Hello.' >"$m/clean"
text "$(encoded ISO-2022-JP '請求書のご送付について（至急ご確認ください）')" 'https://Click.example/a?b=1' >"$m/jp"
text 'win a prize' 'make-it-spam' >"$m/spam"
text 'held back' 'make-it-campaign' >"$m/hold"
text "$(encoded UTF-8 $'a\u202egpj.exe\u2066 \e]0;own\a\e[2J\u2028\u009b31m\r\nX: y')" 'make-it-spam' >"$m/hostile"
text '=cmd|calc' 'Hello.' >"$m/formula"
printf 'a pdf\n' | base64 >"$work/pdf"
{
	text 'with a file' '' | sed '$d' | sed '/^\r$/d'
	printf 'MIME-Version: 1.0\r\nContent-Type: application/pdf; name="invoice 7.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
	cat "$work/pdf"
} >"$m/file"
ok "clean mail goes on" is "$(put "$m/clean" 4Aa1 a@one.example rcpt@example.com)" 'eom: continue'
put "$m/jp" 4Aa2 seikyu@jp.example rcpt@example.com other@example.com >"$work/null"
ok "spam is taken over" is "$(put "$m/spam" 4Aa3 spammer@bulk.example Rcpt@example.com b@shop.example)" 'eom: discard'
put "$m/hold" 4Aa4 a@camp.example rcpt@example.com >"$work/null"
put "$m/hostile" 4Aa5 'x\x1b]0;own\x07@evil.example' 'r\xe2\x80\xae@example.com' >"$work/null"
put "$m/formula" 4Aa6 '=cmd|calc@evil.example' '+rc,"pt@example.com' >"$work/null"
put "$m/file" 4Aa7 '' rcpt@example.com >"$work/null"
id_of() { "$ctl" track -c "$work/d.conf" -j "$@" | jq -r .id | head -n 1; }
jp=$(id_of -q 4Aa2) spam=$(id_of -q 4Aa3) hold=$(id_of -q 4Aa4) hostile=$(id_of -q 4Aa5)

# --- track ----------------------------------------------------------------------------------------
found() { # NAME ID ARG...: just that one
	local name=$1 id=$2
	shift 2
	c track -j "$@"
	ok "$name" is "$(jq -r .id "$work/out")" "$id"
}
sum=$(printf 'a pdf\n' | sha256sum | cut -d' ' -f1)
found "by queue ID" "$spam" -q 4Aa3
found "a queue ID by itself" "$spam" 4Aa3
found "by the ID of the record, as the log has it" "$spam" "$spam"
found "by Message-ID" "$jp" -m "$(tr -d '\r' <"$m/jp" | sed -n 's/^Message-ID: //p')"
found "by sender" "$jp" --sender SEIKYU@jp.example
found "by domain of the sender" "$jp" -d JP.example
found "by recipient" "$jp" -r other@example.com
found "by subject" "$jp" --subject ご送付
found "by subject, in another order" "$spam" -S 'prize win'
found "by SHA-256" "$(id_of -q 4Aa7)" --sha256 "${sum^^}"
found "by the name of a file" "$(id_of -q 4Aa7)" --name 'INVOICE 7.pdf'
found "by link" "$jp" --url 'https://click.example/a?b=1'
found "by host" "$jp" -H click.example
found "by rule" "$hold" --finding T_CAMPAIGN
found "a rule by itself" "$hold" T_CAMPAIGN
found "by outcome" "$hold" -o hold
found "by verdict" "$hold" -v campaign
found "by time and verdict" "$hold" --since 1h -v campaign
c track -j --until '2001-01-01 12:30'
ok "by a time long ago: nothing" empty out
c track -j --since 1h
ok "all of the last hour, one a line" is "$(jq -rs 'map(.queue_id) | sort | join(" ")' "$work/out")" \
    '4Aa1 4Aa2 4Aa3 4Aa4 4Aa5 4Aa6 4Aa7'
c track -n 3
ok "a part of it says so" has err 'there may be more: --before 0'
before=$(sed -n 's/.*--before //p' "$work/err")
c track -j -b "$before"
ok "and goes on behind it" is "$(jq -rs 'map(.queue_id) | join(" ")' "$work/out")" '4Aa4 4Aa3 4Aa2 4Aa1'
c track nobody@one.example
ok "nothing found" is "$rc" 0
ok "is said" has err 'no such message'
ok "and shown as nothing" empty out
c track --snce 1d --verdict spma --outcome acept --sha256 zz --ip 1.2.3 --since x --max 0
ok "wrong options" is "$rc" 64
for want in 'mean --since\?' "mean 'spam'\?" "mean 'accept'\?" '64 hex' '--ip wants' '--since wants' '--max wants'; do
	ok "each is said: $want" has err "$want"
done
ok "with one line of help" is "$(grep -c '^Try: sekimorictl help track' "$work/err")" 1
c track --since 1h --until 2h
ok "no time between" has err '--until is not later'
run track -c "$work/none.conf" x
ok "no configuration" is "$rc" 78
COLUMNS=120 c track
ok "a table" has out '^20[0-9-]{8} [0-9:]{8}  [0-9a-z]{20}  quarantine  spam '
# Where the terminal has 120 cells each line has at most so many, a Japanese letter two.
cells() {
	python3 -c 'import sys, unicodedata as u
sys.exit(any(sum(2 if u.east_asian_width(c) in "WF" else 1 for c in line.rstrip("\n")) > int(sys.argv[1]) for line in sys.stdin))' "$1" <"$work/out"
}
ok "no line is wider than the terminal" cells 120
ok "a long Japanese subject is cut with dots" has out '請求書のご送付につい.*\.\.$'
ok "columns behind wide letters are where they belong" has out ' <>  {22}'
c track
ok "where nobody looks nothing is cut" has out '請求書のご送付について（至急ご確認ください）$'

# --- explain ---------------------------------------------------------------------------------------
c explain "$spam"
ok "explain" is "$rc" 0
for want in "record +$spam" 'subject +win a prize' 'because YARA 20\.0 T_SPAM' '1 Rcpt@example.com: quarantine; held, quarantine spam, until 20'; do
	ok "explain has $want" has out "$want"
done
ok "nothing about another mode" lacks out observe
c explain -j 4Aa2
ok "as JSON, by queue ID" is "$(jq -r '.record + " " + .headers.subject' "$work/out")" "$jp 請求書のご送付について（至急ご確認ください）"
ok "has what became of each recipient" is "$(jq -r '[.recipients[] | .address + " " + .outcome] | join(", ")' "$work/out")" \
    'rcpt@example.com accept, other@example.com accept'
c explain 4Azz9
ok "what nobody knows" is "$rc" 2

# --- quarantine: look --------------------------------------------------------------------------------
c quarantine list
ok "list" is "$(tail -n +2 "$work/out" | wc -l)" 4
ok "one line each recipient" has out "$spam\.2 +held +spam +b@shop\.example"
listed() { # NAME WANT ARG...: how many
	local name=$1 want=$2
	shift 2
	c quarantine list -j "$@"
	ok "$name" is "$(wc -l <"$work/out")" "$want"
}
listed "by kind" 3 --kind spam
listed "by two kinds" 4 -k spam -k hold
listed "by recipient, whatever the case" 1 --rcpt rcpt@example.com --kind spam
listed "by the recipient's domain" 1 -r shop.example
listed "by sender" 2 -f SPAMMER@bulk.example
listed "by subject" 2 -S 'Prize WIN'
listed "by rule" 1 -e T_CAMPAIGN
listed "by time" 0 --until 1h
listed "a message is not parted by --max" 2 -n 1 -f bulk.example
listed "any state" 4 -s all
listed "another state" 0 -s released
c quarantine list -f nobody.example
ok "nothing of that kind is said" has err 'no such mail in the quarantine'
c quarantine show "$spam"
ok "show" has out 'held, quarantine spam'
c quarantine show -j "$spam" "$hold"
ok "show of two as JSON" is "$(jq -r .record "$work/out" | tr '\n' ' ')" "$spam $hold "
c quarantine export "$spam"
ok "export is the message, byte for byte" cmp "$work/out" "$m/spam"
c quarantine preview "$spam"
ok "preview is a page" has out '<html'
ok "preview has the text" has out 'make-it-spam'
script -qec "'$ctl' quarantine export -c '$work/d.conf' $spam" /dev/null >"$work/out" 2>&1 </dev/null
ok "export does not write to a terminal" has out 'redirect it'

# --- hostile texts -----------------------------------------------------------------------------------
c track
ok "track is inert on a terminal" inert out
ok "and shows what was there" has out 'a\\u\{202e\}gpj\.exe'
c quarantine list
ok "quarantine list is inert" inert out
c explain "$hostile"
ok "explain is inert" inert out
c explain -j "$hostile"
ok "explain as JSON is inert" inert out
c report
ok "report is inert" inert out
c report --csv
sed -i 's/\r$//' "$work/out"
ok "CSV is inert" inert out
c track $'no\e[31msuch' --verdict $'\e[2J'
ok "errors are inert" inert err
c quarantine list --kind $'\u202espam'
ok "of the quarantine as well" inert err

has_explained() { c explain "$2"; has out "$1"; }

# --- backup, restore, migrate --------------------------------------------------------------------------
other() { # NAME: a configuration of other stores
	mkdir -p "$work/$1"
	sed "s|^state_dir = .*|state_dir = $work/$1|" "$work/d.conf" >"$work/$1.conf"
}
all_of() { "$ctl" track -j -n 1000 -c "$work/$1.conf" | sort; "$ctl" quarantine list -j -s all -c "$work/$1.conf" | sort; }
other second; other third
c backup "$work/b"
ok "backup" has out '^[0-9]+ records, [0-9]+ messages, [0-9]+ files of state$'
ok "nobody else may read it" is "$(stat -c %a "$work/b")" 600
ok "nothing is left beside it" is "$(ls "$work"/b*)" "$work/b"
"$ctl" backup - --no-keys -c "$work/d.conf" >"$work/nokeys" 2>"$work/err"
ok "to the standard output, without keys" has err 'no keys$'
ok "keys are in the one only" is "$(tar --zstd -tf "$work/b" | grep -c '^state/keys/') $(tar --zstd -tf "$work/nokeys" | grep -c '^state/keys/')" "$(ls "$work/state/keys" | wc -l) 0"
run restore --check "$work/b"
ok "what is in it" has out '^backup of .*: [0-9]+ records, [0-9]+ messages'
[ "$(id -u)" != 0 ] || { chmod 711 "$work"; chown nobody "$work/second"; }
run restore -c "$work/second.conf" "$work/b"
ok "restore" is "$rc" 0
ok "the other site knows the same" is "$(all_of second)" "$(all_of d)"
"$ctl" quarantine export "$spam" -c "$work/second.conf" >"$work/out" 2>"$work/err"
ok "and keeps the same" cmp "$work/out" "$m/spam"
[ "$(id -u)" != 0 ] || ok "files belong to who owns the folder" is "$(find "$work/second" ! -user nobody | head -n 3)" ''
run restore -c "$work/second.conf" "$work/b"
ok "again: nothing is new" has out '^0 of [0-9]+ records were new, 0 of'
head -c 3000 "$work/b" >"$work/cut"
run restore -c "$work/second.conf" "$work/cut"
ok "cut: refused" is "$rc" 65
run restore -c "$work/second.conf" "$m/spam"
ok "a mail is no backup" is "$rc $(grep -c 'no archive of sekimori' "$work/err")" '65 1'
c backup "$work/none/b"
ok "no such folder: EX_CANTCREAT" is "$rc" 73
c restore "$work/none"
ok "no such file: EX_NOINPUT" is "$rc" 66
c backup
ok "backup to where?" is "$rc" 64
run migrate -c "$work/d.conf" --to "$work/third.conf"
ok "migrate" has out '^records: [0-9]+, of those new [1-9]'
ok "the other store knows the same" is "$(all_of third)" "$(all_of d)"
run migrate -c "$work/d.conf" --to "$work/third.conf" --check
ok "compared" is "$rc $(cut -d, -f3 "$work/out" | head -n 1)" '0  0 differ'
held=$(id_of -q 4Aa4)
"$ctl" quarantine report --as missed_spam "$held" -c "$work/d.conf" >/dev/null
run migrate -c "$work/d.conf" --to "$work/third.conf" --check
ok "what came since differs" has out "1 differ, the first is $held"
ok "EX_DATAERR" is "$rc" 65
run migrate -c "$work/d.conf" --to "$work/third.conf"
ok "again: only that is carried" has out 'of those new 0'
run migrate -c "$work/d.conf" --to "$work/third.conf" --check
ok "and it is the same" is "$rc" 0
run migrate -c "$work/d.conf" --to "$work/d.conf"
ok "to where it is: EX_USAGE" is "$rc" 64
run migrate -c "$work/third.conf"
ok "in place" is "$rc $(cat "$work/out")" '0 records: 0 got the form of this version'

# --- quarantine: act -----------------------------------------------------------------------------------
c quarantine release "$spam.1"
ok "no mail server: EX_TEMPFAIL" is "$rc" 75
ok "with the reason" has err 'Failed to connect|connect'
listed "it is still held" 2 -f bulk.example
c quarantine report "$spam"
ok "report as what?" has err 'false_positive'
c quarantine report --as false_positive "$spam"
ok "report" is "$rc" 0
ok "keeps a copy for learning" cmp "$m/spam" "$(ls "$work"/state/learn/*"$spam"*)"
c quarantine report --as missed_spam "$(id_of -q 4Aa1)"
ok "of what was not kept nothing can be learned" is "$rc" 65
c quarantine report --as missed_spam --message "$m/spam" "$(id_of -q 4Aa1)"
ok "but from who has it" is "$rc $(cat "$work/state/learn/missed_spam-$(id_of -q 4Aa1).eml" | cmp - "$m/spam" && echo same)" '0 same'
ok "the ledger says so" has_explained 'reported.*missed_spam' "$(id_of -q 4Aa1)"
c quarantine report --as missed_spam --message "$work/none" "$(id_of -q 4Aa1)"
ok "no such file: EX_NOINPUT" is "$rc" 66
c quarantine report --as missed_spam --message "$m/spam" --kind spam
ok "a file is of one mail" is "$rc" 64
c quarantine delete "$spam.1"
ok "delete one recipient's" is "$rc $(cat "$work/out")" "0 $spam.1: deleted"
c quarantine delete "$spam.1"
ok "again: EX_DATAERR" is "$rc" 65
ok "and why" has err "$spam\.1: .*deleted"
c quarantine release "$spam.1"
ok "what was deleted is not released" is "$rc" 65
c quarantine export "$spam"
ok "the other recipient's is there" cmp "$work/out" "$m/spam"
c quarantine show 123
ok "no ID: EX_DATAERR" is "$rc" 65
c quarantine delete 01m840ab32m0yf4t3bvz "$spam.9" zz
ok "each of several is said" is "$rc $(wc -l <"$work/err")" '65 3'
c quarantine delete
ok "delete of nothing is EX_USAGE" is "$rc" 64
c quarantine release -k spma -s hled --as x -n 0 "$spam"
ok "wrong options" is "$rc" 64
for want in "mean 'spam'\?" "mean 'held'\?" '--as wants' '--max wants' 'does not take --as' 'either IDs'; do
	ok "each is said: $want" has err "$want"
done
c quarantine lst
ok "a wrong way has a suggestion" has err "mean 'list'\?"
c quarantine delete --kind spam --check
ok "--check says which" is "$(sort "$work/out" | tr '\n' ' ')" "$(printf '%s\n' "$spam.2" "$hostile.1" | sort | tr '\n' ' ')"
c quarantine delete --kind spam
ok "nobody there to be asked: nothing is done" is "$rc $("$ctl" quarantine list -c "$work/d.conf" -j -k spam | wc -l)" '64 2'
printf 'n\n' | script -qec "'$ctl' quarantine delete -c '$work/d.conf' -k spam" /dev/null >"$work/out" 2>&1
ok "asked, and no" has out 'Delete 2 mails\? \[y/N\]'
ok "is no" is "$("$ctl" quarantine list -c "$work/d.conf" -j -k spam | wc -l)" 2
c quarantine delete --kind spam --yes
ok "--yes" is "$rc $(wc -l <"$work/out")" '0 2'
c quarantine export "$spam"
ok "with the last recipient the message is gone" is "$rc" 65
c quarantine purge
ok "purge wants to know what" has err '--until TIME'
c quarantine purge --until 0s --kind hold --yes
ok "purge" is "$rc $("$ctl" quarantine list -c "$work/d.conf" -j | wc -l)" '0 0'
c quarantine list
ok "nothing is held" has err 'no mail is held'
c explain "$spam"
ok "the ledger knows who did it" has out 'deleted +by operator'

# --- report ---------------------------------------------------------------------------------------------
rows() { jq -rs --arg l "$1" 'map(select(.list == $l) | .key + "=" + (.messages | tostring)) | join(" ")' "$work/out"; }
c report -j
ok "classes" is "$(rows classes)" 'clean=4 spam=2 campaign=1'
ok "outcomes" is "$(rows outcomes)" 'accept=4 quarantine=2 hold=1'
ok "domains" is "$(rows domains | cut -d' ' -f1)" 'evil.example=2'
ok "engines" is "$(rows engines)" 'YARA=3'
ok "rules" is "$(rows rules)" 'T_SPAM=2 T_CAMPAIGN=1'
ok "recipients" is "$(rows recipients | tr ' ' '\n' | grep -c shop)" 1
ok "hours" is "$(rows hours | sed 's/.*=//')" 7
c report classes
ok "one list as text" has out '^ +4 +[0-9.]+ k?B +clean$'
ok "and only that" lacks out '^outcomes'
c report -n 1 senders -j
ok "--max" is "$(wc -l <"$work/out")" 1
c report --csv senders recipients
ok "CSV has a head and CRLF" has out $'^list,key,messages,bytes\r$'
ok "a formula is none" has out "^senders,\"'=cmd"
ok "a comma and a quote stay in their cell" has out "^recipients,\"'\\+rc,\"\"pt@example.com\",1,"
ok "it reads as CSV" python3 -c 'import csv, sys; rows = list(csv.reader(open(sys.argv[1], newline=""))); sys.exit(any(len(r) != 4 for r in rows))' "$work/out"
c report sendrs --since foo --max x --json --csv
ok "wrong words" is "$rc" 64
for want in "mean 'senders'\?" '--since wants' '--max wants' 'either --json or --csv'; do
	ok "each is said: $want" has err "$want"
done

# --- the same in PostgreSQL --------------------------------------------------------------------------------
pg=$(ls -d /usr/lib/postgresql/*/bin 2>"$work/null" | tail -n 1) pg_pid=
as=() # it does not run as root
[ "$(id -u)" != 0 ] || as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
pg_start() {
	local i
	"${as[@]}" "$pg/postgres" -D "$work/pg/db" -k "$work/pg" -c listen_addresses= -c fsync=off >>"$work/pg.log" 2>&1 &
	pg_pid=$!
	for i in $(seq 200); do
		"$pg/pg_isready" -q -h "$work/pg" && return
		sleep 0.05
	done
}
pg_stop() { [ -z "$pg_pid" ] || { kill -QUIT "$pg_pid"; wait "$pg_pid"; } 2>"$work/null"; pg_pid=; }
trap 'gate_down; pg_stop; rm -rf "$work"' EXIT
mkdir "$work/pg" && chmod 711 "$work"
[ "$(id -u)" != 0 ] || chown postgres "$work/pg"
if [ -n "$pg" ] && (cd "$work/pg" && "${as[@]}" "$pg/initdb" -D db -U gate -A trust -N -E UTF8 --locale=C) >"$work/pg.log" 2>&1 && pg_start; then
	put "$m/spam" 4Ab1 spammer@bulk.example rcpt@example.com >"$work/null"
	held=$(id_of -q 4Ab1)
	cp "$work/d.conf" "$work/old.conf"
	gate_lines 'records.backend = postgresql' "records.postgres = host=$work/pg user=gate dbname=postgres" 'records.deadline_ms = 1s'
	run migrate -c "$work/old.conf" --to "$work/d.conf"
	ok "migrate to PostgreSQL while the gate runs" is "$rc $(sed -n 's/.*those new //;s/;.*//p' "$work/out")" '0 8'
	put "$m/jp" 4Ab2 late@jp.example rcpt@example.com >"$work/null"
	gate_down
	gate_up
	run migrate -c "$work/old.conf" --to "$work/d.conf"
	ok "once more, for what came in between" is "$rc $(sed -n 's/.*those new //;s/;.*//p' "$work/out")" '0 1'
	run migrate -c "$work/old.conf" --to "$work/d.conf" --check
	ok "all is there" is "$rc $(cut -d, -f3 "$work/out" | head -n 1)" '0  0 differ'
	ok "and is told as before" is "$(all_of d)" "$(all_of old)"
	found "found by what is in it" "$(id_of -q 4Ab2)" --sender late@jp.example --host click.example
	c quarantine export "$held"
	ok "what was held is, byte for byte" cmp "$work/out" "$m/spam"
	pg_stop
	ok "the server is gone: spam is held all the same" is "$(put "$m/spam" 4Ab3 down@bulk.example rcpt@example.com)" 'eom: discard'
	c quarantine list
	ok "an operator is told what is wrong" is "$rc $(grep -c PostgreSQL "$work/err")" '69 1'
	pg_start
	for i in $(seq 100); do
		[ -n "$(id_of -q 4Ab3 2>"$work/null")" ] && break
		sleep 0.1
	done
	c quarantine list -j -f down@bulk.example
	ok "it is back: held once" is "$(jq -r '.sender + " " + .state' "$work/out")" 'down@bulk.example held'
	c restore "$work/b"
	ok "a backup into it" has out '^0 of [0-9]+ records were new'
	ok "what was deleted since then stays deleted" is "$("$ctl" quarantine list -c "$work/d.conf" -j | jq -r .sender | sort | tr '\n' ' ')" \
	    'down@bulk.example spammer@bulk.example '
else
	skip "the ledger in PostgreSQL" "no server"
fi

# --- completion of the shell -------------------------------------------------------------------------------
completed() { # WORD...: what bash offers for the last one
	bash -c '. contrib/completion/sekimorictl.bash
		compopt() { :; }
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_sekimorictl
		printf "%s\n" "${COMPREPLY[@]}"' bash "$ctl" "$@"
}
ok "verbs" is "$(completed tra | tr '\n' ' ')" 'trace track '
ok "ways" is "$(completed quarantine re | tr '\n' ' ')" 'release report '
ok "options" is "$(completed quarantine list --ki)" '--kind='
ok "choices" is "$(completed report send)" 'senders'
ok "kinds" is "$(completed quarantine list --kind s)" 'spam'
ok "kinds behind =" is "$(completed quarantine list --kind = vi)" 'virus'
ok "states" is "$(completed quarantine list -s rel | tr '\n' ' ')" 'releasing released '
ok "what a report is of" is "$(completed quarantine report --as f)" 'false_positive'
ok "outcomes of track" is "$(completed track -o temp)" 'tempfail'
tap_done
