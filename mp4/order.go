package mp4

import "math"

// maxReorder is the largest reorder depth of a decoder: MaxDpbFrames (H.264 §A.3.1, H.265 §A.4.2).
const maxReorder = 16

// order derives decoding times, which RTP does not carry, from presentation times in decode order. When a decoder has to
// hold back at most depth pictures, unit i is due at the latest when the (i-depth)-th picture in order of presentation
// is shown: DTS(i) is the (i-depth)-th smallest PTS so far. For the first depth units there is none: they get times one
// step apart before the first picture.
type order struct {
	depth  int                   // below 0 as long as it is unknown
	step   int64                 // ticks
	start  int64                 // smallest PTS at the beginning of the track
	early  int                   // units that still get an extrapolated time
	window [maxReorder + 1]int64 // the largest PTS so far, ascending
	held   int
	last   int64 // DTS of the unit before
	begun  bool
}

// begin prepares for a track that begins with samples. A depth that is unknown is measured on them.
func (o *order) begin(samples []sample) {
	if o.depth < 0 {
		o.depth = measureDepth(samples)
	}
	o.start = samples[0].pts
	for _, s := range samples {
		o.start = min(o.start, s.pts)
	}
	o.early = o.depth
	o.last = math.MinInt64
	o.begun = true
}

// next returns the DTS of the next unit. It is later than the one before by at least one tick, whatever the PTS are; a
// DTS that had to be moved for that does not move those after it.
func (o *order) next(pts int64) int64 {
	i := o.held
	for ; i > 0 && o.window[i-1] > pts; i-- {
		o.window[i] = o.window[i-1]
	}
	o.window[i] = pts
	o.held++
	o.last = max(o.due(), o.last+1)
	return o.last
}

func (o *order) due() int64 {
	if o.early > 0 {
		dts := o.start - int64(o.early)*o.step
		o.early--
		return dts
	}
	dts := o.window[0]
	copy(o.window[:], o.window[1:o.held])
	o.held--
	return dts
}

// delay is how far presentation lags behind decoding, in ticks. It is 0 as long as the depth is unknown.
func (o *order) delay() int64 { return int64(max(0, o.depth)) * o.step }

// measureDepth returns the largest number of pictures that come before one of samples in decode order and after it in
// order of presentation: what max_num_reorder_frames says when a stream carries it (H.264 §E.2.1).
func measureDepth(samples []sample) int {
	depth := 0
	for i, s := range samples {
		late := 0
		for _, earlier := range samples[max(0, i-2*maxReorder):i] {
			if earlier.pts > s.pts {
				late++
			}
		}
		depth = max(depth, late)
	}
	return min(depth, maxReorder)
}
