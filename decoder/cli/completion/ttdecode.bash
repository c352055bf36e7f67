# bash completion for ttdecode(1)

_ttdecode() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=
	# bash takes --color= apart.
	if [ "$current" = = ]; then
		current=
	elif [ "$previous" = = ]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	COMPREPLY=()
	case $previous in
	-f | --format) words='text json' ;;
	--level) words='trace debug info warn error fatal best' ;;
	--color) words='auto always never' ;;
	-p | --pid) words=$(cd /proc && echo [0-9]*) ;;
	-j | --jobs | --head | --tail | --last | --since | --until | --grep | --target | --thread) return ;;
	*)
		case $current in
		-*)
			words='--format --output --info --check --repack --pid --level --target --thread --since --until --last --head --tail
				--grep --jobs --color --help --version'
			;;
		*)
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$current")
			return
			;;
		esac
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _ttdecode ttdecode
