package clock

// stall bounds how late the first frames of a segment may be: those sent during a stall come in one burst when it ends, and
// the first of them, by which the arrivals of the segment are judged, is the latest. Seconds.
type stall struct {
	due    float64 // when the newest frame would have come without delay
	left   float64 // by which the segment's first frame may be later than it seems
	frames int     // in a row that came at their pace
}

const (
	// mostStall is the longest stall, s. For so long a connection rests while a lost packet is sent again and again; a camera
	// that was away for longer sends what it captures then.
	mostStall = 2.0
	// pacedFrames end a stall: what was held up comes at once, or as fast as the network can.
	pacedFrames = 6
	// ofPace is the part of an interval by which a frame that comes at its pace is at the most earlier than all before.
	ofPace = 0.25
)

// begin takes the first frame of a segment; one without delay comes an interval after the one before.
func (l *stall) begin(first, interval float64) {
	if l.left = max(0, first-l.due-interval); l.left > mostStall {
		l.left = 0
	}
	l.due, l.frames = first, 0
}

// add takes a frame of the segment. Those that come early show that the ones before were late.
func (l *stall) add(s *sighting, interval float64) {
	l.due = max(l.due, s.at-max(s.excess, 0))
	if l.left == 0 {
		return
	}
	l.left = max(0, l.left+min(s.excess, 0))
	if l.frames++; s.excess < -ofPace*interval {
		l.frames = 0
	}
	if l.frames == pacedFrames {
		l.left = 0
	}
}
