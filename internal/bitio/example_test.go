package bitio_test

import (
	"fmt"

	"github.com/timeslate/timeslate/internal/bitio"
)

// The first fields of a slice header (ITU-T H.264 §7.3.3), written and read back.
func Example() {
	var w bitio.Writer
	w.UE(0) // first_mb_in_slice
	w.UE(7) // slice_type: I
	w.UE(0) // pic_parameter_set_id
	w.TrailingBits()
	nal := bitio.AppendEscaped([]byte{0x65}, w.Bytes())
	fmt.Printf("% x\n", nal)

	r := bitio.NewReader(bitio.AppendUnescaped(nil, nal[1:]))
	fmt.Println(r.UE(), r.UE(), r.UE(), r.Err())
	// Output:
	// 65 88 c0
	// 0 7 0 <nil>
}
