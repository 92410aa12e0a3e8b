package retain

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestSmallDisk keeps half of a real disk free, and leaves another one alone.
func TestSmallDisk(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()+"/old"
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small disk can't be made here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	output := filepath.Join(dir, "cam")
	for _, name := range write(t, output, 1, 2, 3, 4, 5, 6) {
		if err := os.WriteFile(name, make([]byte, 128<<10), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(t, elsewhere, 0)
	k := keeper(t, Limits{Free: 500_000}, output, elsewhere)
	done, err := k.Free(output)
	expect(t, done, err, "cam1 to keep space free, cam2 to keep space free", "")
	have(t, output, 3, 4, 5, 6)
	have(t, elsewhere, 0)
	done, err = k.Free(output)
	expect(t, done, err, "", "")
}
