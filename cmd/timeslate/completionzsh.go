package main

import (
	"fmt"
	"io"
	"strings"
)

func writeZsh(w io.Writer, table []commandTable) {
	fmt.Fprint(w, "#compdef timeslate\n")
	comment(w, "zsh")
	fmt.Fprint(w, "\n_timeslate() {\n\tif ((CURRENT == 2)); then\n\t\tlocal -a commands\n\t\tcommands=(\n")
	for _, t := range table {
		fmt.Fprintf(w, "\t\t\t%s\n", quoted(t.name+":"+t.summary))
	}
	fmt.Fprint(w, "\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n\tshift words\n\t((CURRENT--))\n\tcase $words[1] in\n")
	for _, t := range table {
		fmt.Fprintf(w, "\t%s)\n\t\t_arguments -S", t.name)
		for _, e := range t.flags {
			writeZshFlag(w, e)
		}
		if t.args != "" {
			fmt.Fprintf(w, " \\\n\t\t\t%s", quoted("*"+zshArgument(t.args)))
		}
		fmt.Fprint(w, " ;;\n")
	}
	// Autoloaded by compinit the file is the function's body; sourced, it has to be registered.
	fmt.Fprint(w, "\tesac\n}\n\nif [[ $funcstack[1] == _timeslate ]]; then\n\t_timeslate \"$@\"\nelse\n"+
		"\tcompdef _timeslate timeslate\nfi\n")
}

// writeZshFlag writes the specification of a flag for each of its names. Both exclude each other.
func writeZshFlag(w io.Writer, e flagEntry) {
	names := e.names()
	for _, name := range names {
		spec := name
		if len(names) > 1 {
			spec = "(" + strings.Join(names, " ") + ")" + name
		}
		if e.value != "" && strings.HasPrefix(name, "--") {
			spec += "=" // the value may stand behind = too
		}
		spec += "[" + zshEscape.Replace(e.brief()) + "]"
		if e.value != "" {
			spec += zshArgument(e.value)
		}
		fmt.Fprintf(w, " \\\n\t\t\t%s", quoted(spec))
	}
}

var zshEscape = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, ":", `\:`)

// zshArgument returns the message and the action that complete an argument.
func zshArgument(value string) string {
	a := argumentOf(value)
	message := ":" + zshEscape.Replace(value) + ":"
	switch {
	case a.list:
		return message + "_values -s , word " + strings.Join(a.words, " ")
	case len(a.words) > 0:
		return ":value:(" + strings.Join(a.words, " ") + ")"
	case a.files:
		return message + "_files"
	case a.dirs:
		return message + "_files -/"
	}
	return message + " "
}
