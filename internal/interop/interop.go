// Package interop is for tests that ask foreign programs for their opinion.
package interop

import (
	"os"
	"os/exec"
	"testing"
)

// Require skips a test for which a program is missing. Where the environment has TIMESLATE_REQUIRE_INTEROP=1, as CI does,
// the test fails instead.
func Require(t testing.TB, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			Missing(t, program)
		}
	}
}

// Missing ends a test for which something else than a program is missing, in the same way.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("TIMESLATE_REQUIRE_INTEROP") == "1" {
		t.Fatalf("%s is missing, and TIMESLATE_REQUIRE_INTEROP is set", what)
	}
	t.Skipf("%s is missing; this test asks for its opinion", what)
}
