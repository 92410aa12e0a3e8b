package extract

import (
	"iter"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/stamp"
)

// Frame is a frame of a Recording.
type Frame struct {
	PTS         int64  // on the time line of the file
	Hidden      bool   // not shown: an edit list cuts it away (ISO/IEC 14496-12 §8.6.6). It has no row
	Number      int    // of a packet log: the frame's index
	Segment     int    // index into Recording.Segments
	Stamped     bool   // the fields below are known, as far as the origin has them
	Sent        uint32 // RTP time stamp as the camera sent it; 0 in recordings of RecorderA and MISB
	clock.Frame        // RTP is Sent, unwrapped
	Wall        clock.Estimate
	Fit         clock.Estimate      // in a file that was cut from a longer recording: what best made of that; else State is None
	Report      int                 // index of the newest report of the frame's run that came before it, or -1
	Recorder    stamp.RecorderStamp // as it stands in recordings of RecorderB
}

// Frames are the frames of a Recording. A day has two million, so only what an origin knows takes memory, and clock.Fit is
// lent what was observed as it stands: 56 bytes a frame, 32 for its place, 40 for a time that the file gives.
type Frames struct {
	places    []place
	observed  []clock.Frame
	unstamped int
	// These are as long as the last frame that has one needs.
	walls, fits []clock.Estimate
	recorders   []stamp.RecorderStamp
}

// place is the part of a Frame that all origins know. The numbers fit 32 bits: fewer frames than that fill the memory.
type place struct {
	pts                     int64
	sent                    uint32
	number, segment, report int32
	hidden, stamped         bool
}

// Len returns how many there are.
func (f *Frames) Len() int { return len(f.places) }

// At returns the i-th frame.
func (f *Frames) At(i int) Frame {
	p := &f.places[i]
	return Frame{
		PTS: p.pts, Hidden: p.hidden, Number: int(p.number), Segment: int(p.segment), Stamped: p.stamped, Sent: p.sent,
		Frame: f.observed[i], Wall: f.wall(i), Fit: nth(f.fits, i), Report: int(p.report), Recorder: nth(f.recorders, i),
	}
}

// All returns the frames with their indices.
func (f *Frames) All() iter.Seq2[int, Frame] {
	return func(yield func(int, Frame) bool) {
		for i := range f.places {
			if !yield(i, f.At(i)) {
				return
			}
		}
	}
}

// Cut reports whether they were cut from a longer recording: some have a Fit.
func (f *Frames) Cut() bool {
	return slices.ContainsFunc(f.fits, func(e clock.Estimate) bool { return e.State != clock.None })
}

func (f *Frames) wall(i int) clock.Estimate { return nth(f.walls, i) }

// nth returns the nothing of T beyond the end.
func nth[T any](list []T, i int) (v T) {
	if i < len(list) {
		v = list[i]
	}
	return v
}

// grow makes room for n frames, where there is none.
func (f *Frames) grow(n int) {
	if cap(f.places) < n {
		f.places, f.observed = make([]place, 0, n), make([]clock.Frame, 0, n)
	}
}

// emptied returns no frames, with the room of f.
func (f *Frames) emptied() Frames {
	return Frames{
		places: f.places[:0], observed: f.observed[:0],
		walls: f.walls[:0], fits: f.fits[:0], recorders: f.recorders[:0],
	}
}

// Add appends a frame. Its Report must be -1, if the recording has no report for it.
func (f *Frames) Add(n Frame) {
	f.walls = put(f.walls, f.places, n.Wall)
	f.fits = put(f.fits, f.places, n.Fit)
	f.recorders = put(f.recorders, f.places, n.Recorder)
	f.places = append(f.places, place{
		pts: n.PTS, sent: n.Sent, number: int32(n.Number), segment: int32(n.Segment), report: int32(n.Report),
		hidden: n.Hidden, stamped: n.Stamped,
	})
	f.observed = append(f.observed, n.Frame)
	if !n.Stamped {
		f.unstamped++
	}
}

// put appends what is known of the frame behind those that have places.
func put[T comparable](list []T, places []place, v T) []T {
	var nothing T
	if v == nothing {
		return list
	}
	if list == nil {
		list = make([]T, 0, cap(places))
	}
	list = append(list, make([]T, len(places)-len(list))...)
	return append(list, v)
}

// moveArrivals sets the clock of the arrivals.
func (f *Frames) moveArrivals(by time.Duration) {
	for i := range f.observed {
		moveTime(&f.observed[i].Arrival, by)
	}
}
