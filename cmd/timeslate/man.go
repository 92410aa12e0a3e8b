package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"runtime/debug"
	"strings"
	"unicode/utf8"
)

var manCommand = command{
	name:    "man",
	summary: "Prints the manual page, with all of what the help texts say",
	example: `  timeslate man | man -l -
  timeslate man > /usr/local/share/man/man1/timeslate.1`,
	setup: func(*flags) action {
		return func(_ context.Context, env environment, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("man takes no %q", args[0]), "timeslate man | man -l - shows the page"}
			}
			writeManual(env.stdout, tables())
			return nil
		}
	},
}

// manual writes a page in the macros of man(7).
type manual struct{ w io.Writer }

func writeManual(w io.Writer, table []commandTable) {
	m := manual{w}
	fmt.Fprintf(w, ".\\\" Made by `timeslate man`.\n.TH TIMESLATE 1 \"%s\" \"timeslate %s\"\n", builtAt(), roff(version()))
	fmt.Fprint(w, ".nh\n.ad l\n") // names and values are not to be divided nor stretched
	m.section("NAME")
	m.line("timeslate - " + strings.TrimSuffix(strings.TrimPrefix(tagline, "Timeslate "), "."))
	m.section("SYNOPSIS")
	fmt.Fprintln(w, ".B timeslate\n.I COMMAND\n[flags]")
	m.section("DESCRIPTION")
	m.text(tagline + " Flags may stand before, between and after the other arguments, and a lone -- ends them.\n" +
		"Durations are like 90s, 1m30s or 90. Messages go to stderr. No command writes over an input, nor over a file " +
		"that exists without --force.")
	m.section("COMMANDS")
	for _, t := range table {
		m.command(t)
	}
	m.section("EXIT STATUS")
	for _, e := range exitWords {
		m.item(fmt.Sprint(e.code), e.words)
	}
	m.line("")
	m.text(worstCounts)
	for _, s := range manSections {
		m.section(s.title)
		m.text(s.text)
	}
	m.section("EXAMPLES")
	for _, t := range table {
		if t.example != "" {
			fmt.Fprintf(w, ".nf\n%s\n.fi\n", roff(t.example))
		}
	}
}

// manSections are what the help texts of the commands have no place for.
var manSections = []struct{ title, text string }{
	{"ENVIRONMENT", `  ` + passwordVariable + `  the password for --user, where there is no --password-file`},
	{"FILES", `  OUTPUT_YYYYMMDDThhmmss.mmmZ.mp4  a recording, named by the capture time (UTC) of its first frame
  the FILE of --credentials  a line with host, user and password per camera, with blanks between them. The host stands there as
    in the URL, with :port where it is for that port alone. The rest of the line is the password: it may hold blanks, but not at
    its ends. Empty lines and those that begin with # don't count. Nobody else should be able to read the file (chmod 600).
    Credentials in a URL go before those in the file, and these before --user.
  the FILE of --password-file  its first line is the password`},
}

func (m manual) section(title string) { fmt.Fprintf(m.w, ".SH %s\n", title) }

func (m manual) line(s string) {
	if s == "" {
		fmt.Fprintln(m.w, ".PP")
		return
	}
	fmt.Fprintln(m.w, roff(s))
}

// item writes a term and what it means.
func (m manual) item(term, text string) { fmt.Fprintf(m.w, ".TP\n.B %s\n%s\n", roff(term), roff(text)) }

func (m manual) command(t commandTable) {
	fmt.Fprintf(m.w, ".SS %s\n", t.name)
	fmt.Fprintf(m.w, ".B timeslate %s\n", t.name)
	if len(t.flags) > 0 {
		fmt.Fprintln(m.w, "[flags]")
	}
	if t.args != "" {
		m.line(t.args)
	}
	m.line("")
	m.line(t.summary + ".")
	if t.text != "" {
		m.line("")
		m.text(t.text)
	}
	for _, e := range t.flags {
		fmt.Fprintf(m.w, ".TP\n\\fB%s\\fR", roff(strings.Join(e.names(), ", ")))
		if e.value != "" {
			fmt.Fprintf(m.w, " \\fI%s\\fR", roff(e.value))
		}
		fmt.Fprintf(m.w, "\n%s\n", roff(e.usage))
	}
}

// tableRow is a term and what it means, as the help texts show them: indented, with blanks between.
var tableRow = regexp.MustCompile(`^  (\S.*?) {2,}(.*)$`)

// text writes a help text: paragraphs, and tables of terms, whose meanings go on in lines that are indented further.
func (m manual) text(s string) {
	inTable := false
	for line := range strings.SplitSeq(s, "\n") {
		row := tableRow.FindStringSubmatch(line)
		indented := strings.HasPrefix(line, "  ")
		switch {
		case row != nil:
			m.item(row[1], row[2])
		case inTable && !indented && line != "":
			m.line("")
			m.line(line)
		default:
			m.line(strings.TrimSpace(line))
		}
		inTable = indented
	}
}

var roffEscape = strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "'", `\(aq`, "~", `\(ti`, "^", `\(ha`)

// roff escapes text: a dash is meant as one, for those who copy it, and nothing at the start of a line is a request.
func roff(s string) string {
	var b strings.Builder
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		if strings.HasPrefix(line, ".") {
			b.WriteString(`\&`)
		}
		for _, r := range roffEscape.Replace(line) {
			if r < utf8.RuneSelf {
				b.WriteRune(r)
			} else {
				fmt.Fprintf(&b, `\[u%04X]`, r)
			}
		}
	}
	return b.String()
}

// builtAt returns the date of the commit that the program was built from, if that is known.
func builtAt() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.time" && len(s.Value) >= len("2026-03-01") {
				return s.Value[:len("2026-03-01")]
			}
		}
	}
	return ""
}
