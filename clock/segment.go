package clock

import (
	"math"
	"slices"
)

// segment is a row of frames on whose media clock nothing jumped and whose pace did not change.
type segment struct {
	from, to int // frames
	stretch  int
	cause    Cause   // of its beginning
	rate     float64 // host seconds per second of the media clock
	interval float64 // between frames, median, ticks
	envelope envelope
}

// followMedia cuts the recording into segments of the media clock.
func (f *fit) followMedia() {
	f.segments = f.findSegments()
	longest := 0
	for g := range f.segments {
		s := &f.segments[g]
		s.interval = f.intervalOf(s)
		if s.to-s.from > f.segments[longest].to-f.segments[longest].from {
			longest = g
		}
	}
	f.interval = min(max(f.segments[longest].interval/f.rate, shortestInterval), longestInterval)
}

// findSegments cuts the stretches where the media clock jumped or changed its pace.
func (r *recording) findSegments() []segment {
	var all []segment
	for s, t := range r.stretches {
		host, media := r.host[t.from:t.to], r.media[t.from:t.to]
		cuts := r.withoutDetours(host, media, r.cuts(host, media))
		for i, c := range cuts {
			to := len(host)
			if i+1 < len(cuts) {
				to = cuts[i+1].frame
			}
			all = append(all, segment{
				from: t.from + c.frame, to: t.from + to, stretch: s, cause: c.cause,
				rate: r.rateOf(host[c.frame:to], media[c.frame:to]),
			})
		}
	}
	return all
}

// cut is where a segment begins.
type cut struct {
	frame int
	cause Cause
}

// Without arrivals a jump can't be told from a pause. What is farther apart is not bridged.
const (
	unheardJump = 10.0 // s
	unheardBack = 1.0  // s: B-frames go back by less
)

// cuts returns the beginnings of a stretch's segments, in order. The first is the stretch's own.
func (r *recording) cuts(host, media []float64) []cut {
	cuts := []cut{{0, Restart}}
	if !r.heard {
		for i := 1; i < len(media); i++ {
			if d := media[i] - media[i-1]; d > unheardJump || d < -unheardBack {
				cuts = append(cuts, cut{i, MediaSet})
			}
		}
		return cuts
	}
	add := func(frame int, cause Cause) {
		if frame > cuts[len(cuts)-1].frame && frame < len(host) {
			cuts = append(cuts, cut{frame, cause})
		}
	}
	// Beside a change of pace all frames seem to jump, and beside a jump the pace can't be seen: so first the one, then the
	// other, and then what the other hid.
	pace := 0
	for _, paceEnd := range append(findPaces(host, media), len(host)) {
		add(pace, Pace)
		jump := pace
		jumps := r.jumps(host[pace:paceEnd], media[pace:paceEnd])
		for _, k := range append(jumps, paceEnd-pace) {
			add(jump, MediaSet)
			if end := pace + k; len(jumps) > 0 {
				for _, k := range findPaces(host[jump:end], media[jump:end]) {
					add(jump+k, Pace)
				}
			}
			jump = pace + k
		}
		pace = paceEnd
	}
	return cuts
}

// Frame intervals are taken to lie between these, in s: from 200 frames a second to one.
const (
	shortestInterval = 0.005
	longestInterval  = 1.0
	assumedInterval  = 1.0 / assumedRate
)

// intervalOf returns the median distance of two frames in presentation order, in ticks.
func (f *fit) intervalOf(s *segment) float64 {
	ticks := f.ticks(s)
	stride := max(len(ticks)/mostPairs, 1)
	var steps []float64
	for i := 1; i < len(ticks); i += stride {
		if d := ticks[i] - ticks[i-1]; d > 0 {
			steps = append(steps, float64(d))
		}
	}
	if len(steps) == 0 {
		return assumedInterval * f.rate
	}
	return medianOf(steps)
}

// ticks returns the RTP time stamps of a segment's frames, sorted.
func (f *fit) ticks(s *segment) []int64 {
	ticks := make([]int64, 0, s.to-s.from)
	for _, frame := range f.frames[s.from:s.to] {
		ticks = append(ticks, frame.RTP)
	}
	if !slices.IsSorted(ticks) {
		slices.Sort(ticks)
	}
	return ticks
}

// placeReports keeps the reports whose RTP time is near the frames they came with. One that came just before a break can
// belong to the segment after it.
func (f *fit) placeReports() {
	kept := f.reports[:0]
	for _, r := range f.reports {
		g := f.segmentOf(r.frame)
		if next := f.segmentOf(min(r.frame+1, len(f.frames)-1)); f.segments[next].stretch == r.stretch && f.astray(&r, next) < f.astray(&r, g) {
			g = next
		}
		if f.astray(&r, g) <= wildJump {
			r.segment = g
			kept = append(kept, r)
		}
	}
	f.reports = kept
	f.bySegment = make([][]int, len(f.segments))
	for i, r := range f.reports {
		f.bySegment[r.segment] = append(f.bySegment[r.segment], i)
	}
}

// astray returns how far a report came from where the segment's frame next to it puts it, s.
func (f *fit) astray(r *report, g int) float64 {
	s := &f.segments[g]
	frame := min(max(r.frame, s.from), s.to-1)
	return math.Abs(r.host - f.host[frame] - s.rate*(r.media-f.media[frame]))
}

// segmentOf returns the segment of a frame.
func (f *fit) segmentOf(frame int) int {
	g, found := slices.BinarySearchFunc(f.segments, frame, func(s segment, frame int) int { return s.from - frame })
	if !found {
		g--
	}
	return g
}
