package retain_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/timeslate/timeslate/record/retain"
)

// Two files are kept of a camera, the growing one among them.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	garage := filepath.Join(dir, "garage")
	for _, hour := range []string{"10", "11", "12"} {
		if err := os.WriteFile(garage+"_20260301T"+hour+"0000.000Z.mp4", []byte("media"), 0o666); err != nil {
			log.Fatal(err)
		}
	}

	k, err := retain.New(retain.Limits{Files: 2}, garage)
	if err != nil {
		log.Fatal(err)
	}
	deleted, err := k.Keep(garage, garage+"_20260301T120000.000Z.mp4")
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range deleted {
		fmt.Printf("%s, %d bytes: %v\n", filepath.Base(d.Name), d.Size, d.Reason)
	}
	// Output:
	// garage_20260301T100000.000Z.mp4, 5 bytes: more files than are kept
}
