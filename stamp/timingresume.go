package stamp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/timeslate/timeslate/media"
)

// ResumeTiming returns a builder for a file whose part boxes were written by another one that did not come to its end.
// Adopt takes them over, in their order; what is added in between or after that stands where it was added.
func ResumeTiming(tracks []media.Track) *Timing {
	t := NewTiming(tracks, time.Time{}, "")
	t.open = t.open[:0] // the boxes say it
	return t
}

// Adopt takes over the box of a part. The payload is what follows the box's UUID; that its records can be read is for
// TimingBox.Add to find out. A box that is known already, or not the box of a part, is an error.
func (t *Timing) Adopt(payload []byte) error {
	if len(payload) < timingHeaderSize || payload[0] != timingVersion || payload[1] != timingChunk {
		return errors.New("stamp: timing box: not that of a part")
	}
	number := binary.BigEndian.Uint32(payload[4:])
	if number < t.parts {
		return fmt.Errorf("stamp: timing box: part %d after part %d", number, int64(t.parts)-1)
	}
	t.open = append(t.open, payload[timingHeaderSize:]...)
	t.keep()
	t.parts = number + 1
	for i := range t.tracks {
		t.tracks[i].anchor.set = false // the box had its own
	}
	return nil
}

// Parts returns how many parts there have been, those without a box included.
func (t *Timing) Parts() int { return int(t.parts) }
