package filelock

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestLock has two who open a file. Probing is possible for who can only read, and for several at once.
func TestLock(t *testing.T) {
	switch runtime.GOOS {
	case "solaris", "illumos", "aix", "js", "wasip1", "plan9":
		t.Skip("there are no locks on this system")
	}
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("media"), 0o444); err != nil {
		t.Fatal(err)
	}
	open := func() *os.File {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	probes := []*os.File{open(), open()}
	for _, f := range probes {
		if err := Probe(f); err != nil {
			t.Error(err)
		}
	}
	if Lock(open()) == nil {
		t.Error("what is being probed was locked")
	}
	for _, f := range probes {
		f.Close()
	}
	owner := open()
	if err := Lock(owner); err != nil {
		t.Fatal(err)
	}
	if Lock(open()) == nil || Probe(open()) == nil {
		t.Error("the lock of another one was not seen")
	}
	if b, err := os.ReadFile(name); err != nil || string(b) != "media" {
		t.Errorf("who reads a locked file got %q, %v", b, err)
	}
	owner.Close()
	if err := Probe(open()); err != nil {
		t.Error("the lock outlives its owner:", err)
	}
}
