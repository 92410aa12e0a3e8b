package media_test

import (
	"fmt"
	"testing"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
)

// A clone shares nothing with its original that the owner will write to.
func TestClone(t *testing.T) {
	u := &media.Unit{PTS: 5, Reports: []clock.Report{{RTP: 1}}, Data: [][]byte{{1, 2}, {3}}}
	c := u.Clone()
	u.Reports[0].RTP, u.Data[0][0], u.Data[1] = 9, 9, nil
	if c.PTS != 5 || c.Reports[0].RTP != 1 || c.Data[0][0] != 1 || len(c.Data[1]) != 1 {
		t.Errorf("the clone changed with its original: %+v", c)
	}
}

func ExampleUnit_Clone() {
	arena := []byte{0x65, 0x88}
	u := &media.Unit{Key: true, Data: [][]byte{arena}}
	kept := u.Clone()
	copy(arena, "xx") // the owner goes on
	fmt.Printf("% x\n", kept.Data[0])
	// Output: 65 88
}
