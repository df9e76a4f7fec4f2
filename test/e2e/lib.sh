# lib.sh - a private mail system on loopback: Postfix -> sekimorid -> sink, in one temp folder.
# Sourced by the tests; everything that was started is stopped at the end, also after a failure.
#
#   e2e_begin                 the folder $E, ports, traps
#   sink_start, postfix_start, gate_start [config lines]
#   zone_start LINES          a DNS server with this zone, before gate_start "${DNS_LINES[@]}"
#   gate_stop, postfix_stop, e2e_end
#   send ARGS                 smtp_send to Postfix
#   sink_wait N [SEC]         until N messages arrived
#   ok NAME / not_ok NAME / is GOT WANT NAME / like TEXT PATTERN NAME / skip NAME WHY / done_testing
# shellcheck shell=bash
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
BUILD=${SEKIMORI_BUILD:-build}
TOOL=$BUILD/test/tool
TESTS=0 FAILED=0
POSTFIX_ON='' POSTFIX_PID='' GATE_PID='' SINK_PID='' ZONE_PID='' E='' SKIPPED=''

ok() { TESTS=$((TESTS + 1)); echo "ok $TESTS - $1"; }
not_ok() { TESTS=$((TESTS + 1)); FAILED=$((FAILED + 1)); echo "not ok $TESTS - $1"; shift; printf '#   %.700s\n' "$@"; }
skip() { TESTS=$((TESTS + 1)); echo "ok $TESTS - $1 # SKIP $2"; }
is() { if [ "$1" = "$2" ]; then ok "$3"; else not_ok "$3" "got  $1" "want $2"; fi; }
like() { if [[ $1 =~ $2 ]]; then ok "$3"; else not_ok "$3" "got    $1" "wanted /$2/"; fi; }
unlike() { if [[ $1 =~ $2 ]]; then not_ok "$3" "got      $1" "unwanted /$2/"; else ok "$3"; fi; }
same() { if cmp -s "$1" "$2"; then ok "$3"; else not_ok "$3" "$(cmp "$1" "$2" 2>&1)" "$(wc -c "$1" "$2" | head -2 | tr '\n' ' ')"; fi; }
done_testing() {
	local reports=0
	# Built with a sanitizer, the programs under test must not have had anything to report.
	[ -f "$E/gate.log" ] && reports=$(grep -cE 'WARNING: ThreadSanitizer|ERROR: (Address|Leak)Sanitizer|runtime error:' "$E/gate.log")
	[ "$reports" = 0 ] || not_ok "no report of a sanitizer" "$(grep -aA12 -m1 -E 'ThreadSanitizer|Sanitizer:|runtime error:' "$E/gate.log")"
	if [ "$FAILED" -ne 0 ] && [ -n "$E" ]; then
		echo "# last lines of the gate's log:"; tail -n 25 "$E/gate.log" 2>/dev/null | cut -c1-300 | sed 's/^/#   /'
		echo "# last warnings of Postfix:"; grep -hE 'warning|error|fatal|milter' "$E"/log/postfix 2>/dev/null | tail -n 8 | sed 's/^/#   /'
	fi
	echo "1..$TESTS"
	[ "$FAILED" -eq 0 ] && [ "$TESTS" -gt 0 ]
}

free_port() {
	local p i
	for i in $(seq 200); do
		p=$((20000 + RANDOM % 12000))
		(exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo "$p"; return; }
	done
	return 1
}

e2e_begin() {
	E=$(mktemp -d /tmp/e2e-sekimori.XXXXXX) || exit 1
	chmod 755 "$E"
	trap e2e_end EXIT
	trap 'exit 1' INT TERM HUP
	mkdir -p "$E"/{sink,db,rules,state,spool,tmp,mail}
	SMTP_PORT=$(free_port); SINK_PORT=$(free_port)
	SOCKET=unix:$E/milter.sock
	cp rules/clamav/*.[hn]?b "$E/db/"
	printf 'rule E2E_MALWARE {\n meta:\n  class = "malware"\n  score = "20.0"\n  description = "test"\n strings:\n  $a = "sekimori-e2e-malware"\n condition:\n  $a\n}\n' >"$E/rules/e2e.yar"
	for c in phishing bec campaign content spam bulk; do
		printf 'rule E2E_%s {\n meta:\n  class = "%s"\n  score = "20.0"\n  description = "test"\n strings:\n  $a = "sekimori-e2e-%s"\n condition:\n  $a\n}\n' "${c^^}" $c $c
	done >>"$E/rules/e2e.yar"
}

# stop PID [SEC]: SIGTERM, then SIGKILL.
stop() {
	local i
	[ -n "$1" ] || return 0
	kill "$1" 2>/dev/null || return 0
	for i in $(seq $((${2:-15} * 20))); do
		kill -0 "$1" 2>/dev/null || { wait "$1" 2>/dev/null; return 0; }
		sleep 0.05
	done
	kill -9 "$1" 2>/dev/null; wait "$1" 2>/dev/null
	return 1
}

e2e_end() {
	local status=$?
	trap '' INT TERM HUP
	[ -n "$GATE_PID" ] && stop "$GATE_PID" 15
	postfix_stop
	[ -n "$SINK_PID" ] && stop "$SINK_PID"
	[ -n "$ZONE_PID" ] && stop "$ZONE_PID"
	if [ -n "$E" ]; then
		for m in "$E"/small "$E"/tmpfs "$E"/state/ledger; do mountpoint -q "$m" 2>/dev/null && umount "$m"; done
		[ -n "${E2E_KEEP:-}" ] && echo "# kept: $E" || rm -rf "$E"
	fi
	exit "$status"
}

sink_start() {
	"$TOOL/smtp_sink" "$SINK_PORT" "$E/sink" & SINK_PID=$!
	wait_for 5 "exec 3<>/dev/tcp/127.0.0.1/$SINK_PORT" || { echo "Bail out! no sink"; exit 1; }
}

# wait_for SEC COMMAND: until the command succeeds.
wait_for() {
	local i
	for i in $(seq $(($1 * 20))); do
		( eval "$2" ) >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	return 1
}

# gate_config LINES: the configuration of this run.
gate_config() {
	cat >"$E/sekimori.conf" <<-CONF
	milter_socket = $SOCKET
	milter_socket_mode = 0666
	run_dir = $E/run
	control_socket = $E/run/control.sock
	state_dir = $E/state
	spool_dir = $E/spool
	rules_dir = $PWD/rules
	worker.tmp_dir = $E/tmp
	engine.clamav_databases = $E/db
	engine.clamav_official = no
	engine.yara_rules = $E/rules
	worker.count = 2
	log_to = stderr
	drain_ms = 10s
	check_files_ms = 0
	dns.enable = no
	checks_disabled = history, reputation
	auth.results = no
	quarantine.where = mta
	bodies.min_free = 0
	CONF
	gate_set "$@"
}
# gate_set LINES: put them in place of what was said of the same keys.
gate_set() {
	local line
	for line in "$@"; do
		sed -i "/^${line%% =*} =/d" "$E/sekimori.conf"
		printf '%s\n' "$line" >>"$E/sekimori.conf"
	done
}

# gate_start LINES: sekimorid with these lines; waits until it serves.
gate_start() {
	gate_config "$@"
	gate_run && return 0
	echo "# sekimorid does not start:"; tail -n 20 "$E/gate.log" | sed 's/^/#   /'
	return 1
}
gate_run() {
	local before=0
	[ -f "$E/gate.log" ] && before=$(wc -l <"$E/gate.log")
	"$BUILD/sekimorid" -f -c "$E/sekimori.conf" >>"$E/gate.log" 2>&1 & GATE_PID=$!
	wait_for "${1:-40}" "tail -n +$((before + 1)) '$E/gate.log' | grep -q 'gate state=serving' || ! kill -0 $GATE_PID"
	kill -0 "$GATE_PID" 2>/dev/null && tail -n +$((before + 1)) "$E/gate.log" | grep -q 'gate state=serving'
}
gate_stop() { stop "$GATE_PID" "${1:-15}"; local rc=$?; GATE_PID=''; return $rc; }
log_wait() { wait_for "${2:-10}" "grep -qE '$1' '$E/gate.log'"; }

# zone_start LINES: the DNS of this run, in the form of test/net/zone.h; DNS_LINES make the gate ask it.
zone_start() {
	printf '%s\n' "$@" >"$E/zone"
	"$TOOL/zone_server" "$E/zone" >"$E/zone.port" 2>"$E/zone.err" & ZONE_PID=$!
	wait_for 5 "[ -s '$E/zone.port' ]" || { echo "Bail out! no zone server: $(cat "$E/zone.err")"; exit 1; }
	DNS_LINES=('dns.enable = yes' "dns.forward = 127.0.0.1@$(head -n 1 "$E/zone.port")")
}

have_postfix() { [ "$(id -u)" = 0 ] && [ -x /usr/sbin/postfix ] && id postfix >/dev/null 2>&1; }

postfix_start() {
	local c=$E/conf
	have_postfix || { SKIPPED=1; return 1; }
	mkdir -p "$c" "$E"/{queue,data,log}
	chown postfix "$E/data"
	cat >"$c/main.cf" <<-CF
	compatibility_level = 3.6
	queue_directory = $E/queue
	data_directory = $E/data
	command_directory = /usr/sbin
	daemon_directory = /usr/lib/postfix/sbin
	mail_owner = postfix
	setgid_group = postdrop
	inet_interfaces = 127.0.0.1
	inet_protocols = ipv4
	myhostname = mx.example.com
	mydestination =
	mynetworks = 127.0.0.0/8
	relay_domains = example.com
	relay_transport = smtp:[127.0.0.1]:$SINK_PORT
	default_transport = smtp:[127.0.0.1]:$SINK_PORT
	alias_maps =
	local_recipient_maps =
	maillog_file = $E/log/postfix
	maillog_file_prefixes = $E/log
	smtpd_peername_lookup = no
	smtp_host_lookup = native
	smtp_dns_support_level = disabled
	message_size_limit = 104857600
	smtpd_recipient_limit = 2000
	smtpd_client_connection_count_limit = 0
	smtpd_error_sleep_time = 0
	smtpd_soft_error_limit = 10000
	smtpd_hard_error_limit = 100000
	bounce_queue_lifetime = 1d
	smtpd_milters = { $SOCKET, default_action=tempfail, connect_timeout=10s, content_timeout=120s }
	milter_protocol = 6
	milter_default_action = tempfail
	CF
	printf '%s\n' "$@" >>"$c/main.cf"
	cat >"$c/master.cf" <<-CF
	$SMTP_PORT inet n - n - 60 smtpd
	pickup unix n - n 60 1 pickup
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 300 1 qmgr
	tlsmgr unix - - n 1000? 1 tlsmgr
	rewrite unix - - n - - trivial-rewrite
	bounce unix - - n - 0 bounce
	defer unix - - n - 0 bounce
	trace unix - - n - 0 bounce
	verify unix - - n - 1 verify
	flush unix n - n 1000? 0 flush
	proxymap unix - - n - - proxymap
	smtp unix - - n - - smtp
	relay unix - - n - - smtp
	showq unix n - n - - showq
	error unix - - n - - error
	retry unix - - n - - error
	discard unix - - n - - discard
	anvil unix - - n - 1 anvil
	scache unix - - n - 1 scache
	postlog unix-dgram n - n - 1 postlogd
	CF
	POSTFIX_ON=1
	postfix -c "$c" start >"$E/log/start" 2>&1
	POSTFIX_PID=$(tr -d ' ' <"$E/queue/pid/master.pid" 2>/dev/null)
	wait_for 15 "exec 3<>/dev/tcp/127.0.0.1/$SMTP_PORT" && return 0
	echo "# Postfix does not start"; sed 's/^/#   /' "$E/log/start"; tail -n 10 "$E/log/postfix" | sed 's/^/#   /'
	return 1
}
postfix_stop() {
	[ -n "$POSTFIX_ON" ] || return 0
	postfix -c "$E/conf" stop >/dev/null 2>&1
	# Also when its folders have gone, and with them what `postfix stop` reads.
	[ -z "$POSTFIX_PID" ] || stop "$POSTFIX_PID" 10
	POSTFIX_ON='' POSTFIX_PID=''
}
queue_count() { find "$E"/queue/{incoming,active,deferred,maildrop} -type f 2>/dev/null | wc -l; }
held_count() { find "$E/queue/hold" -type f 2>/dev/null | wc -l; }

send() { "$TOOL/smtp_send" "$@"; }
mail() { "$TOOL/smtp_send" "${@:2}" "$SMTP_PORT" "$1" | cut -d' ' -f3-; }	# mail FILE [options]: "end 250 ..."
talk() { "$TOOL/milter_talk" -t 60 "${@}" "$SOCKET"; }
ctl() { "$BUILD/sekimorictl" "$@"; }

sink_count() { find "$E/sink" -name '*.env' | wc -l; }
sink_wait() { wait_for "${2:-20}" "[ \$(find '$E/sink' -name '[0-9]*.env' | wc -l) -ge $1 ]"; }
sink_clear() { rm -f "$E"/sink/[0-9]*; }
sink_last() { ls "$E"/sink/[0-9]*.eml 2>/dev/null | tail -n 1; }
# The header fields that Postfix and we put in, taken out: what is left must be what was sent.
without_added() { awk 'BEGIN { h = 1 } { l = $0; sub(/\r$/, "", l) } h && l == "" { h = 0 } h && /^(Received|X-Sekimori-[A-Za-z]*):/ { cut = 1; next } h && /^[ \t]/ && cut { next } { cut = 0; print }' "$1"; }

# message BODY [HEADER...]: a plain message with CRLF line ends.
message() {
	local body=$1; shift
	printf 'From: Sender <sender@example.org>\r\nTo: <rcpt@example.com>\r\nSubject: %s\r\nMessage-ID: <%s@example.org>\r\nDate: Mon, 02 Jan 2023 10:00:00 +0000\r\n' "${SUBJECT:-test}" "$RANDOM.$RANDOM"
	[ $# -eq 0 ] || printf '%s\r\n' "$@"
	printf '\r\n%s\r\n' "$body"
}
# The test virus, put together so that no scanner finds it in this file.
eicar() { printf '%s%s' 'X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD' '-ANTIVIRUS-TEST-FILE!$H+H*'; }
# attach TYPE NAME < content: a multipart message with one text and one attachment.
attach() {
	printf 'From: Sender <sender@example.org>\r\nTo: <rcpt@example.com>\r\nSubject: %s\r\nMessage-ID: <%s@example.org>\r\nDate: Mon, 02 Jan 2023 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="e2e"\r\n\r\n--e2e\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nThe text before.\r\n--e2e\r\nContent-Type: %s; name="%s"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="%s"\r\n\r\n' "${SUBJECT:-test}" "$RANDOM.$RANDOM" "$1" "$2" "$2"
	base64 -w 76 | sed 's/$/\r/'
	printf -- '--e2e--\r\n'
}
