package main

import (
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/rtsp"
)

// The exit codes. Scripts depend on them.
const (
	exitDone         = 0
	exitError        = 1
	exitUsage        = 2
	exitGaps         = 3
	exitNoConnection = 10
	exitUnauthorized = 11
	exitNothing      = 12
)

// exitWords say what the exit codes mean.
var exitWords = []struct {
	code  int
	words string
}{
	{exitDone, "done, also after Ctrl-C"},
	{exitError, "error"},
	{exitUsage, "the command line is wrong"},
	{exitGaps, "finished, but frames are missing"},
	{exitNoConnection, "no connection (record: with --once, or if there never was one; so the next two)"},
	{exitUnauthorized, "credentials refused"},
	{exitNothing, "nothing that can be recorded"},
}

const worstCounts = "Of several cameras the worst counts."

// toldError is a failure that the user was told of already, when it happened.
type toldError struct{ error }

func (e toldError) Unwrap() error { return e.error }

// errGaps says that a recording was finished, but that something is missing in it.
var errGaps = errors.New("finished, but frames are missing")

// usageError is a command line that can't be run, with a hint how to go on.
type usageError struct {
	error
	hint string
}

// unjoin returns the errors that were joined to err.
func unjoin(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// exitCode returns the exit code for an error; of several, the worst.
func exitCode(err error) int {
	worst := exitDone
	for _, e := range unjoin(err) {
		worst = max(worst, exitCodeOf(e))
	}
	return worst
}

func exitCodeOf(err error) int {
	switch {
	case isUsage(err):
		return exitUsage
	case errors.Is(err, rtsp.ErrUnauthorized):
		return exitUnauthorized
	case errors.Is(err, camera.ErrNothingToRecord):
		return exitNothing
	case noConnection(err):
		return exitNoConnection
	case errors.Is(err, errGaps):
		return exitGaps
	}
	return exitError
}

func isUsage(err error) bool {
	_, ok := errors.AsType[usageError](err)
	return ok
}

// noConnection tells whether there was nobody to talk to: no connection, or no answer to the first requests.
func noConnection(err error) bool {
	e, ok := errors.AsType[*rtsp.Error](err)
	return ok && (e.Op == "dial" || e.Timeout() && (e.Method == "OPTIONS" || e.Method == "DESCRIBE"))
}

// toldOnce returns an error's words, with the name of a file that the system refused where it stands twice, and without
// the name of the system call: people know the file.
func toldOnce(err error) string {
	words := err.Error()
	refused, ok := errors.AsType[*fs.PathError](err)
	if !ok {
		return words
	}
	short := refused.Path + ": " + refused.Err.Error()
	words = strings.Replace(words, refused.Error(), short, 1)
	return strings.Replace(words, refused.Path+": "+short, short, 1)
}

// hintFor says what a user may do about an error.
func hintFor(err error) string {
	usage, isUsage := errors.AsType[usageError](err)
	refused, isRefused := errors.AsType[*rtsp.Error](err)
	_, isUntrusted := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case isUsage:
		return usage.hint
	case errors.Is(err, rtsp.ErrUnauthorized):
		return "check user and password: in the URL, in the file of --credentials, or --user with TIMESLATE_PASSWORD or --password-file"
	case isUntrusted:
		return "--tls-fingerprint with that fingerprint trusts this camera, once you know that it is the camera's own"
	case noConnection(err) && (refused.Unreachable() || refused.Timeout()):
		return "check the address and the port (RTSP is usually on 554, with TLS on 322), and that the camera is on"
	case errors.Is(err, camera.ErrNothingToRecord):
		return "many cameras have another URL for an H.264 stream; their settings page or manual names it"
	case isRefused && refused.Pos <= 1 && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)):
		return "it hung up without a word, as ports for TLS do: is it an rtsps:// URL?"
	case errors.Is(err, rtsp.ErrBusy):
		return "cameras serve few viewers at once; one that went without a goodbye counts for a minute"
	case isRefused && refused.Status == 404:
		return "the camera does not know the path in the URL; its settings page or manual names the right one"
	case errors.Is(err, syscall.EADDRINUSE):
		return "another program has this port: --listen takes another one"
	case errors.Is(err, os.ErrExist):
		return "--force replaces it"
	}
	return ""
}
