// Package leak finds goroutines that tests left behind.
package leak

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"
)

// patience is how long goroutines that were told to end may take to do so.
const patience = time.Second

// Main runs a package's tests and ends the process; call it from TestMain. It fails the package when more goroutines are
// left than there were at the start, and shows their stacks.
func Main(m *testing.M) {
	before := runtime.NumGoroutine()
	code := m.Run()
	if !fuzzing() && !settles(before) {
		fmt.Fprintf(os.Stderr, "%d goroutines before the tests, %d after:\n", before, runtime.NumGoroutine())
		pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
		code = max(code, 1)
	}
	os.Exit(code)
}

// fuzzing reports whether the fuzzer runs, whose own goroutines stay.
func fuzzing() bool {
	f := flag.Lookup("test.fuzz")
	return f != nil && f.Value.String() != ""
}

func settles(goroutines int) bool {
	for deadline := time.Now().Add(patience); runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
