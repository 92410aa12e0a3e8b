package repair_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/timeslate/timeslate/repair"
)

// A recorder repairs what its former run left.
func Example() {
	dir, err := os.MkdirTemp("", "repair")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	output := filepath.Join(dir, "garage")
	header := []byte("\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom\x00\x00\x00\x10free\x00\x00\x00\x00\x00\x00\x00\x00")
	if err := os.WriteFile(output+"_20261120T120000.250Z.mp4", header, 0o644); err != nil { // the power failed at once
		fmt.Println(err)
	}
	left, err := repair.Leftovers(output)
	for _, name := range left {
		report, err := repair.File(name, repair.Options{})
		report.File = filepath.Base(report.File)
		fmt.Println(report, err)
	}
	fmt.Println(err)
	// Output:
	// garage_20261120T120000.250Z.mp4: empty: the recording ended before its first frames were written <nil>
	// <nil>
}
