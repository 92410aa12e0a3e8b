package align

import (
	"slices"
	"time"
)

// Summary is what an alignment comes to.
type Summary struct {
	Sets     int
	Complete int       // of them: sets with a frame of each camera
	From, To time.Time // of the first and of the last complete set
	Cameras  []CameraSummary
}

// CameraSummary is the same of one camera.
type CameraSummary struct {
	Name        string
	Delay       time.Duration // taken off its times
	Frames      int           // of the recording
	Timed       int           // of them: with a capture time
	Rate        float64       // frames per second, stretches without frames left out; 0: unknown
	From, To    time.Time     // first and last capture time; zero: there is none
	Paired      int           // frames in sets
	Mean        time.Duration // of their |offset|, as are the next two
	Median      time.Duration
	P95         time.Duration // 95 of 100 are no larger
	MedianError time.Duration // of those frames of which it is known; 0: of none
	PairError   time.Duration // half width of the 95 % interval around their offset, the median; 0: unknown
	Unsure      int           // of the paired ones: their neighbours may be the right ones, as far as the times are known
	Missing     []Count       // why frames are missing in sets, the most frequent first
}

// Count is how often there was a status.
type Count struct {
	Status Status
	N      int
}

// Summary goes through all sets.
func (a *Alignment) Summary() *Summary {
	s := &Summary{}
	tallies := make([]tally, len(a.cameras))
	for set := range a.Sets() {
		s.Sets++
		if set.Complete() {
			s.Complete++
			s.To = set.Time
			if s.From.IsZero() {
				s.From = set.Time
			}
		}
		for i := range set.Frames {
			tallies[i].add(&set.Frames[i], a.pairError(set, i))
		}
	}
	for i, c := range a.cameras {
		camera := CameraSummary{Name: c.Name, Delay: c.Delay, Frames: c.Len(), Timed: c.Timed(), Rate: a.Rates[i]}
		camera.From, camera.To = c.Span()
		tallies[i].fill(&camera)
		s.Cameras = append(s.Cameras, camera)
	}
	return s
}

// tally collects what becomes a CameraSummary.
type tally struct {
	offsets, errors, pairs []time.Duration
	unsure                 int
	statuses               [len(statusNames)]int
}

func (t *tally) add(p *Pick, pair time.Duration) {
	t.statuses[p.Status]++
	if !p.Status.OK() {
		return
	}
	t.offsets = append(t.offsets, p.Offset.Abs())
	if p.Error > 0 {
		t.errors = append(t.errors, p.Error)
	}
	if pair > 0 {
		t.pairs = append(t.pairs, pair)
	}
	if p.Flags&Unsure != 0 {
		t.unsure++
	}
}

func (t *tally) fill(c *CameraSummary) {
	slices.Sort(t.offsets)
	slices.Sort(t.errors)
	slices.Sort(t.pairs)
	if n := len(t.offsets); n > 0 {
		sum := 0.0 // of a day of large offsets it would not fit 64 bits
		for _, d := range t.offsets {
			sum += float64(d)
		}
		c.Paired, c.Mean = n, time.Duration(sum/float64(n))
		c.Median, c.P95 = t.offsets[n/2], t.offsets[min(n-1, n*95/100)]
	}
	if n := len(t.errors); n > 0 {
		c.MedianError = t.errors[n/2]
	}
	if n := len(t.pairs); n > 0 {
		c.PairError = t.pairs[n/2]
	}
	c.Unsure = t.unsure
	for status, n := range t.statuses {
		if n > 0 && !Status(status).OK() {
			c.Missing = append(c.Missing, Count{Status(status), n})
		}
	}
	slices.SortStableFunc(c.Missing, func(a, b Count) int { return b.N - a.N })
}
