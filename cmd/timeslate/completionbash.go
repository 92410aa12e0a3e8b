package main

import (
	"fmt"
	"io"
	"strings"
)

// bashHead and bashTail stand around the cases that complete a flag's value or a positional. Bash takes = for a word of its
// own. COMMANDS are their names. Where a function leaves no reply, readline completes file names (-o default), unless it is told not to.
const (
	bashHead = `_timeslate_words() { # the words that may stand there
	COMPREPLY=($(compgen -W "$1" -- "$cur"))
	[[ ${COMPREPLY[*]-} ]] || _timeslate_nothing
}

_timeslate_list() { # the words that may stand there, with commas between
	local before=
	[[ $cur != *,* ]] || before=${cur%,*},
	COMPREPLY=($(compgen -P "$before" -W "$1" -- "${cur##*,}"))
	compopt -o nospace +o default 2>/dev/null
}

_timeslate_files() { :; }

_timeslate_folders() { compopt -o dirnames +o default 2>/dev/null; }

_timeslate_nothing() { compopt +o default 2>/dev/null; }

_timeslate() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		_timeslate_words COMMANDS
		return
	fi
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	case ${COMP_WORDS[1]} in
`
	bashTail = `	esac
}

complete -o default -F _timeslate timeslate
`
)

func writeBash(w io.Writer, table []commandTable) {
	comment(w, "bash")
	var names []string
	for _, t := range table {
		names = append(names, t.name)
	}
	fmt.Fprint(w, strings.Replace(bashHead, "COMMANDS", quoted(strings.Join(names, " ")), 1))
	for _, t := range table {
		fmt.Fprintf(w, "\t%s)\n\t\tcase $prev in\n", t.name)
		for _, e := range t.flags {
			if e.value != "" {
				fmt.Fprintf(w, "\t\t%s) %s ;;\n", strings.Join(e.names(), " | "), bashArgument(e.value))
			}
		}
		fmt.Fprint(w, "\t\t*)\n\t\t\tcase $cur in\n")
		flags := quoted(strings.Join(t.allNames(everyFlag), " "))
		fmt.Fprintf(w, "\t\t\t-*) _timeslate_words %s ;;\n", flags)
		fmt.Fprintf(w, "\t\t\t*) %s ;;\n\t\t\tesac ;;\n\t\tesac ;;\n", bashArgument(t.args))
	}
	fmt.Fprint(w, bashTail)
}

// bashArgument returns the call that completes an argument.
func bashArgument(value string) string {
	switch a := argumentOf(value); {
	case a.list:
		return "_timeslate_list " + quoted(strings.Join(a.words, " "))
	case len(a.words) > 0:
		return "_timeslate_words " + quoted(strings.Join(a.words, " "))
	case a.files:
		return "_timeslate_files"
	case a.dirs:
		return "_timeslate_folders"
	}
	return "_timeslate_nothing"
}
