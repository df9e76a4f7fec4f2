#!/bin/bash
# Counters in Redis as the gate uses them: shared by nodes, and no mail waits for a Redis that hangs.
. "$(dirname "$0")/lib.sh"

if ! command -v redis-server >/dev/null; then
	skip "counters in Redis" "redis-server is not installed"
	echo "1..$TESTS"
	exit 0
fi
e2e_begin
REDIS_PID=''
trap '[ -z "$REDIS_PID" ] || kill -KILL "$REDIS_PID" 2>/dev/null; e2e_end' EXIT
mkdir "$E/redis"
redis_start() {
	redis-server --port 0 --unixsocket "$E/redis/sock" --unixsocketperm 777 --save '' --dir "$E/redis" >"$E/redis/log" 2>&1 &
	REDIS_PID=$!
	wait_for 10 "redis-cli -s $E/redis/sock ping | grep -q PONG"
}
redis_start || { not_ok "redis-server starts"; done_testing; exit 1; }
gate_start 'check.greylist.enable = yes' 'check.greylist.delay_ms = 1s' 'counters.backend = redis' 'counters.deadline_ms = 500ms' \
    'counters.retry_ms = 500ms' "counters.redis_address = unix:$E/redis/sock" || { not_ok "start"; done_testing; exit 1; }
HELLO='connect mx.example.org 192.0.2.1 4711\nhelo mx.example.org\n'
MAIL='macro M i=Q1\nmail <a@example.org>\n'
say() { printf "$1" | talk 2>&1; }
ms() { local start=$EPOCHREALTIME; say "$1" >"$E/said"; awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print int((b - a) * 1000) }'; }
try() { say "$HELLO$MAIL""rcpt <$1@example.com>\n"; }
under() { if [ "$1" -lt "$2" ]; then ok "$3 ($1 ms)"; else not_ok "$3" "took $1 ms, wanted less than $2"; fi; }

like "$(ctl status -c "$E/sekimori.conf")" 'counters redis; ' "status says that Redis serves"
like "$(try b)" 'rcpt: reply 450' "the first try is deferred"
sleep 1.1
like "$(try b)" 'rcpt: continue' "in time it passes"
like "$(redis-cli -s "$E/redis/sock" keys 'sekimori/grey/pass*')" '192.0.2.0/24 a@example.org' "Redis remembers"
gate_stop
rm -f "$E/state/counters"
gate_run || not_ok "a second node starts"
like "$(try b)" 'rcpt: continue' "a node that knows nothing asks Redis"

kill -STOP "$REDIS_PID"
t=$(ms "$HELLO$MAIL"'rcpt <b@example.com>\n')
like "$(cat "$E/said")" 'rcpt: continue' "Redis hangs: what was seen is known here as well"
under "$t" 900 "Redis hangs: the mail waited no longer than the deadline"
t=$(ms "${HELLO}macro M i=Q1\nmail <new@example.org>\nrcpt <c@example.com>\n")
like "$(cat "$E/said")" 'rcpt: reply 450' "Redis hangs: this node counts"
under "$t" 300 "Redis hangs: the next mail did not wait"
like "$(ctl status -c "$E/sekimori.conf")" 'counters redis: down, using memory: .*no answer within the deadline' "status says so"
sleep 1.5
is "$(grep -c 'counters state=memory' "$E/gate.log")" 1 "one line in the log"
kill -CONT "$REDIS_PID"
wait_for 10 "grep -q 'counters state=redis' <(tail -n 3 $E/gate.log)"
is $? 0 "Redis answers again"
kill -KILL "$REDIS_PID"
wait "$REDIS_PID" 2>/dev/null
like "$(try b)" 'rcpt: continue' "Redis dies: this node goes on"
rm -f "$E/redis/sock"
redis_start
wait_for 10 "ctl status -c $E/sekimori.conf | grep -q 'counters redis; '"
is $? 0 "it is started again and serves"
like "$(try b)" 'rcpt: reply 450' "what it lost is lost"
done_testing
