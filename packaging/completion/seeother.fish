# fish completion for seeother. The program itself says which commands and options it has, and where its configuration is.

function __seeother_commands
    seeother help 2>/dev/null | string replace -rf '^  ([a-z-]+) .*  (.*)$' '$1\t$2'
end

function __seeother_options
    set -l words (commandline -opc)
    seeother help $words[2] 2>/dev/null | string match -ar -- '--[a-z-]+' | sort -u
end

function __seeother_forms
    set -l config (seeother help 2>/dev/null | string replace -rf '^The configuration is (.*)\.$' '$1')
    test -r "$config"; and string replace -rf '^\s*\[form\s+([^\]]*)\].*' '$1' <$config
end

function __seeother_takes_form
    set -l words (commandline -opc)
    test "$words[-1]" = --form; or begin
        test (count $words) -eq 2; and contains -- "$words[2]" form export archive
    end
end

complete -c seeother -f
complete -c seeother -n __fish_use_subcommand -a '(__seeother_commands)'
complete -c seeother -n '__fish_seen_subcommand_from help' -a '(__seeother_commands)'
complete -c seeother -n 'not __fish_use_subcommand; and string match -q -- "-*" (commandline -ct)' -a '(__seeother_options)'
complete -c seeother -n __seeother_takes_form -a '(__seeother_forms)'
complete -c seeother -n '__fish_seen_subcommand_from work' -a once
complete -c seeother -n '__fish_seen_subcommand_from check verify backup restore init' -F
