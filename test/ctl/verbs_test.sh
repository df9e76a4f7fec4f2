#!/bin/bash
# The verbs that need neither engines nor a daemon: words, configuration, tables.
set -u
. "$(dirname "$0")/tap.sh.inc"

run
ok "no verb: usage" is "$rc" 64
ok "and the verbs are listed" has out '^  scan  '
run --help
ok "--help" is "$rc" 0
run help scan
ok "help of a verb has its options" has out '-j, --json'
run scan --help
ok "--help behind a verb is the same" has out '-j, --json'
run version
ok "version" has out '^sekimorictl [0-9]'
ok "version names libclamav" has out '^libclamav [0-9]'
run -V
ok "-V" has out '^sekimorictl [0-9]'

run scna
ok "an unknown verb is EX_USAGE" is "$rc" 64
ok "with a suggestion" has err 'did you mean scan\?'
run scan --jsom x
ok "an unknown option is an error of scan" is "$rc" 2
ok "with a suggestion" has err 'did you mean --json\?'
run scan -Z x
ok "an unknown letter is an error of scan" is "$rc" 2
run scan x --from
ok "a missing value is an error of scan" is "$rc" 2
run scan --json=yes x
ok "a value where none is wanted is an error of scan" is "$rc" 2
run scan
ok "no message is an error of scan" is "$rc" 2
run scan --ip 300.1.2.3 x
ok "a bad address is an error of scan" is "$rc" 2
run explain
ok "explain: the same" is "$rc" 2
run status --jsom
ok "other verbs have EX_USAGE for it" is "$rc" 64
run scan --parallel 0 x
ok "no threads is an error of scan" is "$rc" 2
printf 'x' >"$work/-j"
run checks -- -j
ok "behind -- is no option" has err 'no check is called -j'

printf 'moode = observe\nmode = observ\nlimit.scan_ms = 9h\n' >"$work/bad.conf"
run configtest -c "$work/bad.conf"
ok "a wrong configuration is EX_CONFIG" is "$rc" 78
ok "line 1 with its key" has err "^$work/bad.conf:1: moode: .*mode"
ok "line 2 as well" has err "^$work/bad.conf:2: mode: "
ok "line 3 as well" has err "^$work/bad.conf:3: limit.scan_ms: "
ok "nothing on stdout" empty out
run configtest -c "$work/none.conf"
ok "a missing configuration is EX_CONFIG" is "$rc" 78
run configtest word
ok "configtest takes no words" is "$rc" 64

mkdir "$work/db"
printf 'mode = observe\nengine.clamav_databases = %s\n' "$work/db" >"$work/good.conf"
run configtest -c "$work/good.conf"
ok "a good configuration" is "$rc" 0
ok "is summed up" has out '^ok: preset recommended, mode observe'
ok "no official database is said" has err 'no official ClamAV database'
: >"$work/db/daily.cvd"; : >"$work/db/main.cvd"
run configtest -c "$work/good.conf"
ok "with one it is not" lacks err 'no official ClamAV database'
echo 'no database' >"$work/bad.mmdb"
printf 'engine.clamav_databases = %s\ngeo.asn_database = %s/bad.mmdb\ngeo.country_database = %s/none.mmdb\n' \
    "$work/db" "$work" "$work" >"$work/geo.conf"
run configtest -c "$work/geo.conf"
ok "geographic databases that cannot be used are no error" is "$rc" 0
ok "but said: one that is none" has err 'geo\.asn_database: .*/bad\.mmdb: '
ok "and one that is not there" has err 'geo\.country_database: .*/none\.mmdb: cannot be opened'

run configdump -c "$work/good.conf"
ok "configdump" has out '^mode = observe$'
cp "$work/out" "$work/dumped.conf"
run configtest -c "$work/dumped.conf"
ok "its output is a configuration" is "$rc" 0
run configdump -c "$work/dumped.conf"
ok "that says the same" cmp "$work/out" "$work/dumped.conf"
run configdump -n -c "$work/good.conf"
ok "-n has what differs" has out '^mode = observe'
ok "and only that" lacks out '^limit\.'
run configdump -o -n -c "$work/good.conf"
ok "-o says where from" has out "^# .*good\.conf:1$"
run configdump -c "$work/good.conf" >/dev/full
"$ctl" configdump -c "$work/good.conf" >/dev/full 2>"$work/err"
ok "a full disk is EX_IOERR" is $? 74

run checks
ok "checks lists them" has out '^clamav +MESSAGE +worker'
run checks clamav
ok "one has its findings" has out 'CLAMAV +malware +100\.0'
run checks nothing
ok "an unknown check is EX_DATAERR" is "$rc" 65
run checks --json
ok "checks as JSON" jq -es 'map(.name) | index("yara")' "$work/out"
run docs verbs
ok "docs verbs is mdoc" has out '^\.It Cm scan Oo Ar option'
run help --completion
ok "the completion has every verb" has out '^configtest: --config='

printf 'control_socket = %s/none.sock\n' "$work" >"$work/lone.conf"
run status -c "$work/lone.conf"
ok "status without a daemon is EX_UNAVAILABLE" is "$rc" 69
run reload -c "$work/lone.conf"
ok "reload as well" is "$rc" 69
run reload -c "$work/bad.conf"
ok "reload of a wrong configuration is EX_CONFIG" is "$rc" 78
tap_done
