package verify

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/say"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// track is a track of a file with its samples and what the timing box says of each.
type track struct {
	*mp4.Track
	samples  []mp4.Sample
	frames   []*stamp.TimingFrame // empty when they don't fit the samples
	order    []int                // of presentation: indices of samples, but for those that an edit list hides
	bytes    int64
	interval int64 // between two pictures, the middle one, in ticks
	steady   bool  // almost all intervals are that long
}

func newTrack(m *mp4.Track) *track {
	t := &track{Track: m, samples: slices.AppendSeq(make([]mp4.Sample, 0, m.Len), m.Samples())}
	t.order = make([]int, 0, len(t.samples))
	for i, s := range t.samples {
		if !s.Hidden {
			t.order = append(t.order, i)
		}
		t.bytes += int64(s.Size)
	}
	slices.SortStableFunc(t.order, func(a, b int) int { return cmp.Compare(t.samples[a].PTS, t.samples[b].PTS) })
	t.measure()
	return t
}

// measure finds out how regular the pictures are.
func (t *track) measure() {
	steps := make([]int64, 0, len(t.order))
	for i := 1; i < len(t.order); i++ {
		steps = append(steps, t.samples[t.order[i]].PTS-t.samples[t.order[i-1]].PTS)
	}
	if len(steps) == 0 {
		return
	}
	slices.Sort(steps)
	t.interval = max(1, steps[len(steps)/2])
	odd := 0
	for _, s := range steps {
		if abs(s-t.interval) > t.interval/5 {
			odd++
		}
	}
	t.steady = len(steps) >= 10 && odd*50 <= len(steps)
}

func abs(v int64) int64 { return max(v, -v) }

// time converts ticks.
func (t *track) time(ticks int64) time.Duration {
	return time.Duration(float64(ticks) / float64(t.ClockRate) * float64(time.Second))
}

// kinds are the words for handler types.
var kinds = map[string]string{"vide": "video", "soun": "audio"}

func (t *track) summary() Track {
	s := Track{Kind: cmp.Or(kinds[t.Track.Kind], t.Track.Kind), Codec: t.Entry, ClockRate: t.ClockRate, Frames: len(t.samples),
		Duration: t.time(t.Duration)}
	if t.Config != nil {
		s.Codec = t.Config.Codec()
	}
	if c, ok := t.Config.(*h264.Config); ok {
		s.Width, s.Height = c.Width, c.Height
	}
	for _, sample := range t.samples {
		if sample.Key {
			s.Keys++
		}
	}
	if seconds := s.Duration.Seconds(); seconds > 0 {
		s.FPS = math.Round(float64(s.Frames)/seconds*1000) / 1000
		s.BitRate = int64(float64(t.bytes) * 8 / seconds)
	}
	for i := range t.frames {
		s.Lost += t.frames[i].Lost
		if t.frames[i].Damaged {
			s.Damaged++
		}
	}
	return s
}

// checkSamples checks that samples are in the file and that their times make sense.
func (c *content) checkSamples(size int64) {
	for i, t := range c.tracks {
		outside, back, still := 0, 0, 0
		for j, s := range t.samples {
			if s.Offset < 0 || s.Size == 0 || s.Offset > size-int64(s.Size) {
				outside++
			}
			if j > 0 && s.DTS < t.samples[j-1].DTS {
				back++
			}
			if j > 0 && s.DTS == t.samples[j-1].DTS {
				still++
			}
		}
		c.found(outside, "track %d: %s empty or not in the file", i, say.Count(outside, "frame"))
		if back > 0 && c.growing() {
			c.remark("track %d: it was moved to earlier %s; in the finished file all of it is", i, say.Count(back, "time"))
		} else {
			c.found(back, "track %d: decoding times go back %s", i, say.Count(back, "time"))
		}
		c.found(still, "track %d: %s decoded at the time of the one before", i, say.Count(still, "frame"))
		if n := t.changes(); n > 0 {
			c.remark("track %d: the parameters change %s", i, say.Count(n, "time"))
		}
		if t.Config == nil {
			c.remark("track %d: what %q holds is not known here", i, t.Entry)
		}
	}
}

// changes returns how often the sample description changes.
func (t *track) changes() (n int) {
	for i := 1; i < len(t.samples); i++ {
		if t.samples[i].Config != t.samples[i-1].Config {
			n++
		}
	}
	return n
}

func (c *content) found(n int, format string, args ...any) {
	if n > 0 {
		c.damaged(format, args...)
	}
}

// checkMedia reads all samples. NAL units must fill them, and nothing may be zeros. Its error is that of the context.
func (c *content) checkMedia(ctx context.Context, f *mp4.File) error {
	var buf []byte
	for i, t := range c.tracks {
		bad := 0
		var first error
		for _, s := range t.samples {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var err error
			if buf, err = f.Read(s, buf); err == nil {
				err = s.Check(buf)
			}
			if err != nil {
				bad++
				first = cmp.Or(first, err)
			}
		}
		c.found(bad, "track %d: %s damaged; the first: %v", i, say.Count(bad, "frame"), first)
	}
	return nil
}
