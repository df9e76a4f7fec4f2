#!/bin/bash
# Calls that are banned, and where.
set -u
. "$(dirname "$0")/tap.sh.inc"

calls() {
	local what=$1 f
	shift
	for f in "$@"; do
		code "$f" | grep -nE "(^|[^A-Za-z0-9_.>])($what)[[:space:]]*\(" | sed "s|^|$f:|"
	done
}
# shellcheck disable=SC2046
{
calls 'strcpy|strcat|sprintf|vsprintf|strtok|strtok_r|atoi|atol|atoll|sscanf|gets|alloca|mktemp|tmpnam|system|popen' $(sources) |
    rule "no banned call"
calls 'isalpha|isdigit|isalnum|isspace|isupper|islower|isprint|isxdigit|ispunct|toupper|tolower' $(sources) |
    rule "no ctype on mail bytes: base/ascii.h"
calls 'syslog|openlog|exit|setlocale|localtime|gmtime|inet_ntoa|getpwnam|getgrnam|strsignal' \
    $(find lib -name '*.[ch]' ! -path 'lib/base/*' ! -path 'lib/worker/*') |
    rule "lib/ neither logs to syslog, nor exits, nor uses static results"
# free(*x) is how an x_free(struct x **) ends.
calls 'free' $(find lib/check lib/message lib/policy lib/scan -name '*.[ch]' 2>/dev/null) | grep -v 'free(\*' |
    rule "no free() in check, message, policy, scan: pools do that"
}

# Tables with pointers land in .data.rel.ro under -fPIE; nm shows them as d, so ask the section.
writable() {
	local o
	for o in $(find "${SEKIMORI_BUILD:-build}/lib" -name '*.o' 2>/dev/null); do
		objdump -t "$o" | awk -v o="$o" '$0 ~ / O (\.data|\.bss|\.tdata|\.tbss)\t/ { print o ": writable " $NF }'
	done
}
writable | rule "no writable variable in lib/"

defaults() {
	local f
	for f in $(sources); do
		code "$f" | awk -v f="$f" '
		/^#/ { next }
		{ if ($0 ~ /switch \(/) { depth++; is_enum[depth] = 0 }
		  if ($0 ~ /case [A-Z][A-Z0-9]*_[A-Z0-9_]+:/ && $0 !~ /case (CL|CURL|ARCHIVE|EX)_/) is_enum[depth] = 1
		  if ($0 ~ /(^|[ \t])default:/ && is_enum[depth]) print f ":" FNR ": default in a switch over an enum" }
		/^}/ { depth = 0 }'
	done
}
defaults | rule "no default: over an enum"
tap_done
