package align

import "time"

// Set is what several cameras saw at one moment.
type Set struct {
	Index  int       // counts the sets, from 0
	Time   time.Time // the moment, UTC
	Frames []Pick    // one per camera, in the order in which the cameras were given
}

// Complete reports whether every camera has a frame.
func (s *Set) Complete() bool {
	for i := range s.Frames {
		if !s.Frames[i].Status.OK() {
			return false
		}
	}
	return true
}

// Pick is the frame of one camera that belongs to a set.
type Pick struct {
	Frame  int           // its number in presentation order, from 0; -1 if there is none
	Offset time.Duration // its capture time minus the set's
	Error  time.Duration // half width of the 95 % interval around its capture time; 0: unknown
	Status Status
	Flags  Flags // 0 if there is no frame
}
