package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var completionCommand = command{
	name:    "completion",
	args:    "bash|zsh|fish",
	summary: "Prints what lets a shell complete commands, flags and their values",
	text: `Where it goes, so that the next shell has it:
  bash   ~/.local/share/bash-completion/completions/timeslate (with the package bash-completion;
         without it a line in ~/.bashrc: source <(timeslate completion bash))
  zsh    a file _timeslate in a folder of $fpath, before compinit runs
  fish   ~/.config/fish/completions/timeslate.fish`,
	example: `  timeslate completion bash > ~/.local/share/bash-completion/completions/timeslate
  timeslate completion zsh > ~/.zfunc/_timeslate        # with fpath+=(~/.zfunc) in ~/.zshrc
  timeslate completion fish > ~/.config/fish/completions/timeslate.fish`,
	setup: func(*flags) action { return runCompletion },
}

// shells write the completions of a shell.
var shells = map[string]func(w io.Writer, table []commandTable){
	"bash": writeBash, "zsh": writeZsh, "fish": writeFish,
}

func runCompletion(_ context.Context, env environment, args []string) error {
	if len(args) != 1 || shells[args[0]] == nil {
		return usageError{errors.New("the name of a shell is needed: bash, zsh or fish"), "timeslate completion --help says how to install it"}
	}
	shells[args[0]](env.stdout, tables())
	return nil
}

// commandTable is a command with its flags.
type commandTable struct {
	*command
	flags []flagEntry
}

// tables returns all commands with their flags, and help.
func tables() (table []commandTable) {
	for i := range commands {
		f := newFlags()
		commands[i].setup(f)
		f.entries = append(f.entries, flagEntry{"help", "h", "", "explain the command"})
		table = append(table, commandTable{&commands[i], f.entries})
	}
	help := &command{name: "help", args: commandNames("|"), summary: "Explains a command"}
	return append(table, commandTable{help, nil})
}

func commandNames(separator string) string {
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	return strings.Join(names, separator)
}

// names returns how a flag is written.
func (e flagEntry) names() []string {
	if e.short == "" {
		return []string{"--" + e.long}
	}
	return []string{"-" + e.short, "--" + e.long}
}

// details begin behind one of these in a flag's usage.
var details = regexp.MustCompile(`\n| \(|[;:] `)

// brief returns a flag's usage without details.
func (e flagEntry) brief() string { return details.Split(e.usage, 2)[0] }

// argument is what may stand in the place of a value's name in the help.
type argument struct {
	words       []string // fixed ones
	list        bool     // several of them, with commas between
	files, dirs bool
}

// argumentOf reads a value's name: a|b, a,b, FILE, FILE…, CLIP.mp4, URL OUTPUT, DIR. Other names in capitals stand for what only
// the user knows.
func argumentOf(value string) (a argument) {
	a.dirs = value == "DIR"
	a.files = strings.HasPrefix(value, "FILE") || strings.HasSuffix(value, ".mp4") || strings.Contains(value, "OUTPUT")
	for alternative := range strings.SplitSeq(value, "|") {
		words := strings.Split(alternative, ",")
		a.list = a.list || len(words) > 1
		for _, word := range words {
			if word != "" && !strings.ContainsFunc(word, unicode.IsUpper) {
				a.words = append(a.words, word)
			}
		}
	}
	return a
}

// quoted returns s as one word of a POSIX shell, of zsh and of fish.
func quoted(s string) string {
	if strings.ContainsFunc(s, unquotable) || s == "" {
		return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'"
	}
	return s
}

func unquotable(r rune) bool {
	return !(unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./:=", r))
}

// allNames returns how the flags of a command that keep says are written.
func (t commandTable) allNames(keep func(e flagEntry) bool) (names []string) {
	for _, e := range t.flags {
		if keep(e) {
			names = append(names, e.names()...)
		}
	}
	slices.Sort(names)
	return names
}

func everyFlag(flagEntry) bool { return true }

func comment(w io.Writer, shell string) {
	fmt.Fprintf(w, "# Completions of timeslate for %s, made by `timeslate completion %[1]s`.\n", shell)
}
