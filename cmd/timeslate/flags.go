package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// flags are the flags of one command: -x and --long, before, between and after the positionals.
type flags struct {
	set     *flag.FlagSet
	entries []flagEntry // in the order of the help
}

// flagEntry is one flag in the help. Its value is a name in capitals, or the words that it can be: a|b, or a,b when they
// may stand together.
type flagEntry struct {
	long, short, value, usage string
}

var errHelp = errors.New("help wanted")

func newFlags() *flags {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return &flags{set: set}
}

// add declares a flag under its long and, if not empty, its short name. value names its argument in the help.
func (f *flags) add(v flag.Value, long, short, value, usage string) {
	f.set.Var(v, long, usage)
	if short != "" {
		f.set.Var(v, short, usage)
	}
	f.entries = append(f.entries, flagEntry{long, short, value, usage})
}

func (f *flags) bool(long, short, usage string) *bool {
	p := new(bool)
	f.add((*boolValue)(p), long, short, "", usage)
	return p
}

func (f *flags) string(long, short, initial, value, usage string) *string {
	p := &initial
	f.add((*stringValue)(p), long, short, value, usage)
	return p
}

func (f *flags) int(long, short string, initial int, usage string) *int {
	p := &initial
	f.add((*intValue)(p), long, short, "N", usage)
	return p
}

func (f *flags) duration(long, short string, initial time.Duration, usage string) *time.Duration {
	p := &initial
	f.add((*durationValue)(p), long, short, "DURATION", usage)
	return p
}

// choice declares a flag that is one of several words, the first of them by default.
func (f *flags) choice(long, usage string, words ...string) *string {
	word := words[0]
	f.add(choiceValue{&word, words}, long, "", strings.Join(words, "|"), usage)
	return &word
}

// dashes puts the messages of package flag into the words of the help texts.
var dashes = strings.NewReplacer(" for flag -", " for flag --", " for -", " for --",
	"flag needs an argument: -", "a value is needed after --")

// oneLetter is a flag in such a message that has one dash.
var oneLetter = regexp.MustCompile(` --(\w)(:|$)`)

// inWords returns an error of package flag in the words of the help texts.
func (f *flags) inWords(err error) error {
	if name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); unknown {
		var names []string
		for _, e := range f.entries {
			names = append(names, e.long)
		}
		dash := "--"
		if len(name) == 1 {
			dash = "-"
		}
		return errors.New("no flag " + dash + name + didYouMean("--", name, names))
	}
	return errors.New(oneLetter.ReplaceAllString(dashes.Replace(err.Error()), " -$1$2"))
}

// parse returns the positionals. A lone -- ends the flags.
func (f *flags) parse(args []string) (positionals []string, err error) {
	var rest []string
	if i := slices.Index(args, "--"); i >= 0 {
		args, rest = args[:i], args[i+1:]
	}
	for {
		if err := f.set.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, errHelp
		} else if err != nil {
			return nil, f.inWords(err)
		}
		if f.set.NArg() == 0 {
			return append(positionals, rest...), nil
		}
		positionals = append(positionals, f.set.Arg(0))
		args = f.set.Args()[1:]
	}
}

// The help fits a terminal of this width; the usage of a flag begins in this column.
const helpWidth, usageColumn = 100, 31

// writeHelp explains one command.
func (c *command) writeHelp(w io.Writer, f *flags) {
	fmt.Fprintf(w, "Usage: timeslate %s\n\n%s.\n", strings.TrimRight(c.name+" [flags] "+c.args, " "), c.summary)
	if c.text != "" {
		fmt.Fprintf(w, "\n%s\n", c.text)
	}
	if len(f.entries) > 0 {
		fmt.Fprint(w, "\nFlags:\n")
	}
	for _, e := range f.entries {
		name := "--" + e.long
		if e.short != "" {
			name = "-" + e.short + ", " + name
		}
		name = strings.TrimSpace(name + " " + e.value)
		margin := "\n" + strings.Repeat(" ", usageColumn)
		if len(name) > usageColumn-3 {
			name += margin[:usageColumn] // the usage stands below it
		}
		fmt.Fprintf(w, "  %-28s %s\n", name, strings.Join(filled(e.usage, helpWidth-usageColumn), margin))
	}
	if c.example != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", c.example)
	}
}

// filled breaks a text into lines of a width. Lines that are indented stay as they are.
func filled(text string, width int) (lines []string) {
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, " ") {
			lines = append(lines, line)
			continue
		}
		for _, word := range strings.Fields(line) {
			last := len(lines) - 1
			if last < 0 || strings.HasPrefix(lines[last], " ") ||
				utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(word) > width {
				lines = append(lines, word)
				continue
			}
			lines[last] += " " + word
		}
	}
	return lines
}

type boolValue bool

func (v *boolValue) String() string   { return strconv.FormatBool(bool(*v)) }
func (v *boolValue) IsBoolFlag() bool { return true }
func (v *boolValue) Set(s string) error {
	b, err := strconv.ParseBool(s)
	*v = boolValue(b)
	return err
}

type stringValue string

func (v *stringValue) String() string     { return string(*v) }
func (v *stringValue) Set(s string) error { *v = stringValue(s); return nil }

type intValue int

func (v *intValue) String() string { return strconv.Itoa(int(*v)) }
func (v *intValue) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil {
		return errors.New("a whole number is needed")
	}
	*v = intValue(n)
	return nil
}

// choiceValue is one of several words.
type choiceValue struct {
	word  *string
	words []string
}

func (v choiceValue) String() string { return *v.word }
func (v choiceValue) Set(s string) error {
	if !slices.Contains(v.words, s) {
		return fmt.Errorf("it is none of %s", strings.Join(v.words, ", "))
	}
	*v.word = s
	return nil
}

// durationValue is a duration in Go's syntax or in bare seconds.
type durationValue time.Duration

func (v *durationValue) String() string { return time.Duration(*v).String() }
func (v *durationValue) Set(s string) error {
	d, err := parseDuration(s)
	*v = durationValue(d)
	return err
}

// parseDuration reads 1m30s, 90s or 90; none of them negative.
func parseDuration(s string) (time.Duration, error) {
	d, err := parseSignedDuration(s)
	if err == nil && d < 0 {
		return 0, errors.New("a duration can't be negative here")
	}
	return d, err
}

func parseSignedDuration(s string) (time.Duration, error) {
	if seconds, err := strconv.ParseFloat(s, 64); err == nil && seconds > -1e9 && seconds < 1e9 {
		return time.Duration(seconds * float64(time.Second)), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, errors.New("a duration is needed, like 90s, 1m30s or 90")
	}
	return d, nil
}
