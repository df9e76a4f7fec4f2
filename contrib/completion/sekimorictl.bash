# SPDX-License-Identifier: GPL-2.0-only WITH sekimori-exception
# Completion of sekimorictl for bash: verbs and options come from the program's own table.

_sekimorictl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]} table values
	table=$("${COMP_WORDS[0]}" help --completion 2>/dev/null) || return
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(sed -n "s/:.*//p" <<<"$table")" -- "$cur")
		return
	fi
	# --option=value comes as three words.
	[ "$cur" != = ] || cur=
	[ "$prev" != = ] || prev=${COMP_WORDS[COMP_CWORD - 2]}
	values=$(sed -n "s/^$verb $prev=//p" <<<"$table")
	if [ -n "$values" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
		return
	fi
	case $verb:$cur in
	*:-*)
		mapfile -t COMPREPLY < <(compgen -W "$(sed -n "s/^$verb://p" <<<"$table")" -- "$cur")
		[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
		return ;;
	report:* | keys:* | clicks:* | reputation:* | quarantine:*)
		if [ "$COMP_CWORD" -eq 2 ] || [ "$verb" = report ]; then
			mapfile -t COMPREPLY < <(compgen -W "$(sed -n "s/^$verb=//p" <<<"$table")" -- "$cur")
			return
		fi ;;
	help:*)
		mapfile -t COMPREPLY < <(compgen -W "$(sed -n "s/:.*//p" <<<"$table")" -- "$cur")
		return ;;
	checks:*)
		mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" checks | sed -n '2,$s/ .*//p')" -- "$cur")
		return ;;
	rules:*)
		if [ "$prev" = rules ]; then
			mapfile -t COMPREPLY < <(compgen -W "lint test list" -- "$cur")
			return
		fi ;;
	esac
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -F _sekimorictl sekimorictl
