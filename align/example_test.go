package align_test

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/timeslate/timeslate/align"
	"github.com/timeslate/timeslate/clock"
)

// Two cameras of 25 and 30 frames per second; the second one began later and is known to be 5 ms late.
func Example() {
	calibration, _ := align.ParseCalibration(strings.NewReader("right 5ms # measured with a flash"))
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	left, right := &align.Camera{Name: "left.mp4"}, &align.Camera{Name: "right.mp4"}
	right.Delay, _, _ = calibration.Delay(right.Name)
	for i := range 4 {
		left.Add(clock.Estimate{Time: start.Add(time.Duration(i) * 40 * time.Millisecond), State: clock.Locked})
		right.Add(clock.Estimate{Time: start.Add(time.Duration(50+i*33) * time.Millisecond), State: clock.Locked, Error: 20000})
	}
	alignment, err := align.New(align.Options{}, []*align.Camera{left, right})
	if err != nil {
		fmt.Println(err)
		return
	}
	os.Stdout.Write(align.AppendCSVHeader(nil, 2))
	for set := range alignment.Sets() {
		os.Stdout.Write(set.AppendCSV(nil))
	}
	// Output:
	// set,utc,unix_ns,frame_1,offset_ns_1,error_ns_1,status_1,frame_2,offset_ns_2,error_ns_2,status_2
	// 0,2026-03-01T12:00:00.000000000Z,1772366400000000000,0,0,,ok,,,,before-start
	// 1,2026-03-01T12:00:00.040000000Z,1772366400040000000,1,0,,ok,0,5000000,20000,ok+latency
	// 2,2026-03-01T12:00:00.080000000Z,1772366400080000000,2,0,,ok,1,-2000000,20000,ok+latency
	// 3,2026-03-01T12:00:00.120000000Z,1772366400120000000,3,0,,ok,2,-9000000,20000,ok+latency
}
