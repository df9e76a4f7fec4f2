#!/bin/bash
# The click gate under ThreadSanitizer (make all SAN=thread): many clicks at once while keys, feeds,
# blocks and the configuration change. Any report fails.
# gcc 12's ThreadSanitizer cannot live with some kernels' address layout: once more without.
if [ -z "${SEKIMORI_FIXED:-}" ] && setarch -R true 2>/dev/null; then
	SEKIMORI_FIXED=1 exec setarch -R "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"

PLAIN=$BUILD BUILD=${WEB_BUILD:-$BUILD/san-thread}
if [ ! -x "$BUILD/sekimori-web" ]; then
	skip "the click gate under ThreadSanitizer" "make all SAN=thread builds it"
	echo "1..$TESTS"; exit 0
fi
e2e_begin
export TSAN_OPTIONS="second_deadlock_stack=1 history_size=4 suppressions=$PWD/test/e2e/tsan.supp"
# It has made itself undumpable, which the search for leaks cannot live with; unit tests search.
export ASAN_OPTIONS=detect_leaks=0
PORT=$(free_port) WEB_PID=''
web_end() { [ -z "$WEB_PID" ] || stop "$WEB_PID"; e2e_end; }
trap web_end EXIT
mkdir -p "$E/state/feeds"
table() { printf '%s\n' "$@" | "$PLAIN/test/tool/indicators_table" "$E/state/feeds/indicators.db"; }
ctl() { "$PLAIN/sekimorictl" "$@" -c "$E/sekimori.conf" >>"$E/ctl" 2>&1; }
table 'bad domain phishing 10.0 deny bad.example'
gate_config "click.url = http://127.0.0.1:$PORT" "click.listen = inet:$PORT@127.0.0.1" 'dnsbl.files ='
"$BUILD/sekimori-web" -f -c "$E/sekimori.conf" >>"$E/gate.log" 2>&1 & WEB_PID=$!
wait_for 30 "curl -sf http://127.0.0.1:$PORT/healthz" || { not_ok "start"; done_testing; exit 1; }
like "$(ldd "$BUILD/sekimori-web")" 'lib[ta]san' "the program is instrumented"
{
	"$PLAIN/test/tool/click_token" "$E/state" https://www.example.net/ 600 a@example.org '' 300
	"$PLAIN/test/tool/click_token" "$E/state" https://www.bad.example/ 600 a@example.org '' 300
	"$PLAIN/test/tool/click_token" "$E/state" https://www.example.org/ 600 a@example.org doubtful 300
} >"$E/tokens"
while read -r t; do
	printf 'url = "http://127.0.0.1:%s/%s"\noutput = "/dev/null"\nwrite-out = "%%{http_code}\\n"\n' "$PORT" "$t"
done <"$E/tokens" >"$E/clicks"
for i in 1 2 3; do curl -s -m 60 --parallel --parallel-max 20 -K "$E/clicks" >"$E/said.$i" 2>/dev/null & done
for i in 1 2 3; do
	ctl keys rotate
	table 'bad domain phishing 10.0 deny bad.example' "more$i domain spam 1.0 deny more$i.example"
	ctl clicks block "queue-$i"
	kill -HUP "$WEB_PID"
	sleep 1.1
done
wait_for 60 "[ \$(cat '$E'/said.* | wc -l) -ge 2700 ]"
is "$(sort "$E"/said.* | uniq -c | tr -s ' \n' ' ')" ' 900 200 900 302 900 403 ' "every click has the answer it should"
kill "$WEB_PID"; wait "$WEB_PID"; is "$?" 0 "it stops when asked"
WEB_PID=''
done_testing
