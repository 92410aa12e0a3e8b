// Command timeslate records network cameras into MP4 files in which every frame carries its capture time, and reads the
// times back.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// environment is what a command sees of the world, so that tests can give it another.
type environment struct {
	stdout, stderr io.Writer
	getenv         func(string) string
}

// command is one subcommand. setup declares its flags and returns what runs when they are parsed.
type command struct {
	name    string
	args    string // positionals, as in the usage line
	summary string // one line
	text    string // more, for --help
	example string // lines of examples
	setup   func(f *flags) action
}

// action runs a command with its positionals.
type action func(ctx context.Context, env environment, args []string) error

// commands, in the order in which people meet them.
var commands []command

func init() { // as some of the commands are about the commands
	commands = []command{
		recordCommand, extractCommand, alignCommand, probeCommand,
		verifyCommand, repairCommand,
		simulateCommand, demoCommand,
		completionCommand, manCommand, versionCommand,
	}
}

func main() {
	ctx := untilTold()
	env := environment{stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
	os.Exit(run(ctx, env, os.Args[1:]))
}

// sameWish is how long signals are taken for the first one told again: timeout(1) sends its signal twice.
const sameWish = time.Second

// untilTold returns a context that ends when the user wants to stop or closes the terminal. A signal after that, but for
// sameWish, ends the process at once.
func untilTold() context.Context {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup(1) has it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, func() { time.AfterFunc(sameWish, stop) })
	return ctx
}

// run runs a command line and returns the exit code.
func run(ctx context.Context, env environment, args []string) int {
	err := dispatch(ctx, env, args)
	for _, e := range unjoin(err) {
		if _, told := errors.AsType[toldError](e); !told {
			fmt.Fprintf(env.stderr, "timeslate: %s\n", printable(masked(toldOnce(e))))
		}
		if hint := hintFor(e); hint != "" {
			fmt.Fprintf(env.stderr, "  %s\n", hint)
		}
	}
	return exitCode(err)
}

func dispatch(ctx context.Context, env environment, args []string) error {
	if len(args) == 0 {
		writeOverview(env.stderr)
		return usageError{errors.New("a command is needed"), ""}
	}
	switch args[0] {
	case "help", "-h", "--help", "-help":
		if len(args) > 1 {
			return dispatch(ctx, env, []string{args[1], "--help"})
		}
		writeOverview(env.stdout)
		return nil
	case "-v", "--version":
		args = []string{"version"}
	}
	for i := range commands {
		if commands[i].name == args[0] {
			return commands[i].run(ctx, env, args[1:])
		}
	}
	return usageError{fmt.Errorf("no command %q%s", args[0], didYouMean("", args[0], strings.Split(commandNames("|"), "|"))), "timeslate help lists them"}
}

// run parses the flags, wherever they stand, and runs the command.
func (c *command) run(ctx context.Context, env environment, args []string) error {
	f := newFlags()
	act := c.setup(f)
	positionals, err := f.parse(args)
	switch {
	case errors.Is(err, errHelp):
		c.writeHelp(env.stdout, f)
		return nil
	case err != nil:
		return usageError{err, "timeslate " + c.name + " --help lists the flags"}
	}
	return act(ctx, env, positionals)
}

// tagline is what it is all about.
const tagline = "Timeslate records network cameras and gives every frame its true capture time."

func writeOverview(w io.Writer) {
	fmt.Fprint(w, tagline+"\n\nUsage: timeslate COMMAND [flags] …\n\nCommands:\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-11s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nStart with `timeslate demo`: it needs no camera. `timeslate COMMAND --help` has flags and examples,\n"+
		"`timeslate man` makes a manual page of them.\n\nExit codes:\n")
	for _, e := range exitWords {
		fmt.Fprintf(w, "  %2d  %s\n", e.code, e.words)
	}
	fmt.Fprintln(w, worstCounts)
}
