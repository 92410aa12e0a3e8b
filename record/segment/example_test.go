package segment_test

import (
	"fmt"
	"time"

	"github.com/timeslate/timeslate/record/segment"
)

func Example() {
	name := segment.Name("garage", time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), 1)
	fmt.Println(name)
	fmt.Println(segment.Parse("garage", name))
	// Output:
	// garage_20260301T120000.000Z.mp4
	// 2026-03-01 12:00:00 +0000 UTC 1 true
}
