# bash completion for seeother. The program itself says which commands and options it has, and where its configuration is.

_seeother_forms()
{
	local config
	config=$(seeother help 2>/dev/null | sed -n 's/^The configuration is \(.*\)\.$/\1/p')
	[ -r "$config" ] && sed -n 's/^[[:space:]]*\[form[[:space:]]\{1,\}\([^]]*\)\].*/\1/p' "$config"
}

_seeother()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ] || { [ "$command" = help ] && [ "$COMP_CWORD" -eq 2 ]; }; then
		mapfile -t COMPREPLY < <(compgen -W "$(seeother help 2>/dev/null | sed -n 's/^  \([a-z-]*\) .*/\1/p')" -- "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(seeother help "$command" 2>/dev/null | grep -oE -- '--[a-z-]+' | sort -u)" -- "$word")
	elif [ "$before" = --form ] || { [ "$COMP_CWORD" -eq 2 ] && [[ $command =~ ^(form|export|archive)$ ]]; }; then
		mapfile -t COMPREPLY < <(compgen -W "$(_seeother_forms)" -- "$word")
	elif [ "$command" = work ]; then
		mapfile -t COMPREPLY < <(compgen -W once -- "$word")
	elif [[ $command =~ ^(check|verify|backup|restore|init)$ ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		compopt -o filenames 2>/dev/null
	fi
}

complete -F _seeother seeother
