package verify_test

import (
	"context"
	"fmt"
	"os"

	"github.com/timeslate/timeslate/verify"
)

// Files that can't be read are in the report like all others.
func Example() {
	report, err := verify.Files(context.Background(), []string{"garage.mp4"}, verify.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	report.WriteText(os.Stdout)
	// Output:
	// garage.mp4: unreadable, 0 bytes
	//   DAMAGE: open garage.mp4: no such file or directory
	// DAMAGED: 0 frames, 0.000 s recorded in 1 file; 1 thing wrong
}
