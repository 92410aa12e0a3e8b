package main

import (
	"fmt"
	"io"
	"strings"
)

// fishHead has the conditions under which a completion counts.
const fishHead = `
function __timeslate_none
    test (count (commandline -opc)) -eq 1
end

function __timeslate_in
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $argv[1]
end

complete -c timeslate -f
`

func writeFish(w io.Writer, table []commandTable) {
	comment(w, "fish")
	fmt.Fprint(w, fishHead)
	for _, t := range table {
		fmt.Fprintf(w, "complete -c timeslate -n __timeslate_none -a %s -d %s\n", t.name, fishQuoted(t.summary))
	}
	for _, t := range table {
		line := fmt.Sprintf("complete -c timeslate -n '__timeslate_in %s'", t.name)
		for _, e := range t.flags {
			name := " -l " + e.long
			if e.short != "" {
				name = " -s " + e.short + name
			}
			if e.value != "" {
				name += " -r" + fishArgument(e.value)
			}
			fmt.Fprintf(w, "%s%s -d %s\n", line, name, fishQuoted(e.brief()))
		}
		if words := fishArgument(t.args); words != " -f" {
			fmt.Fprintf(w, "%s%s\n", line, words)
		}
	}
}

// fishArgument returns the flags that complete an argument.
func fishArgument(value string) string {
	switch a := argumentOf(value); {
	case a.list:
		return " -f -a " + fishQuoted("(__fish_append , "+strings.Join(a.words, " ")+")")
	case len(a.words) > 0:
		return " -f -a " + fishQuoted(strings.Join(a.words, " "))
	case a.files:
		return " -F"
	case a.dirs:
		return " -f -a '(__fish_complete_directories)'"
	}
	return " -f"
}

// fishQuoted returns s as one word of fish.
func fishQuoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
