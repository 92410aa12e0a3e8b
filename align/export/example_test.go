package export_test

import (
	"fmt"

	"github.com/timeslate/timeslate/align/export"
)

// Recordings of the same name in two folders become files of two names in one.
func ExampleNames() {
	fmt.Println(export.Names([]string{"left", "/monday/door.mp4", "/tuesday/door.mp4", "/", "door_2"}))
	// Output: [left door door_2 camera door_2_2]
}
