package verify

import (
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/say"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// Clock says where the capture times come from and how good they are.
type Clock struct {
	State  string        `json:"state"`          // the most frequent one
	Share  float64       `json:"share"`          // of the frames in this state
	Source string        `json:"source"`         // the most frequent one
	Error  time.Duration `json:"error_ns"`       // half width of the 95 % interval, the middle one
	Worst  time.Duration `json:"worst_error_ns"` // the largest one
	None   int           `json:"without_time"`   // frames whose capture time is not known
}

// checkTimes compares the timing box with the samples, and takes from it what the file says of time.
func (c *content) checkTimes(f *mp4.File) {
	var box stamp.TimingBox
	found := false
	for payload, err := range f.UUID(stamp.TimingUUID) {
		found = true
		if err == nil {
			err = box.Add(payload)
		}
		if err != nil {
			c.damaged("%v", err)
		}
	}
	if !found {
		if c.State == Foreign {
			c.remark("no timing box: nothing is known of capture times and gaps")
		} else if len(c.tracks) > 0 && len(c.tracks[0].samples) > 0 {
			c.damaged("the timing box is missing")
		}
		return
	}
	c.start = box.Start
	c.found(box.Missing, "the timing boxes of %s are missing", say.Count(box.Missing, "part"))
	for i, t := range c.tracks {
		c.match(i, t, &box)
	}
	for _, g := range box.Gaps {
		c.gaps = append(c.gaps, Gap{Type: "gap", File: c.File.File, Track: g.Track, Cause: g.Cause.String(), From: g.From, To: g.To,
			Length: g.To.Sub(g.From), Text: g.Text, Recorded: true})
	}
	slices.SortStableFunc(c.gaps, byEnd)
	c.recorded = len(c.gaps)
	if len(c.tracks) > 0 {
		c.summarize(c.tracks[0].frames)
		c.Offset = offsetOf(c.tracks, box.Reports)
	}
}

// match gives each sample its frame: they are counted off against each other.
func (c *content) match(i int, t *track, box *stamp.TimingBox) {
	t.frames = make([]*stamp.TimingFrame, 0, len(t.samples))
	for j := range box.Frames {
		if box.Frames[j].Track == i {
			t.frames = append(t.frames, &box.Frames[j])
		}
	}
	if len(t.frames) != len(t.samples) {
		c.damaged("track %d: the timing box has %s for %s", i, say.Count(len(t.frames), "frame"), say.Count(len(t.samples), "sample"))
		t.frames = nil
		return
	}
	keys, places := 0, 0
	for j := range t.frames {
		if t.frames[j].Key != t.samples[j].Key {
			keys++
		}
		if j > 0 && i == 0 && t.misplaced(j) {
			places++
		}
	}
	c.found(keys, "track %d: %s a key frame for the timing box but not for the index, or the reverse", i, say.Count(keys, "frame"))
	if places > 0 {
		c.remark("track %d: the camera's clock jumps %s; the file follows the recorder's there", i, say.Count(places, "time"))
	}
}

// misplaced reports whether the time from the frame before to frame j is another one in the index than by the RTP times.
// Within a run they are the same, but where the recorder did not believe the camera.
func (t *track) misplaced(j int) bool {
	a, b := t.frames[j-1], t.frames[j]
	return a.Run == b.Run && abs((b.PTS-a.PTS)-(t.samples[j].PTS-t.samples[j-1].PTS)) > 1
}

// summarize says when the pictures were captured and by which clock.
func (c *content) summarize(frames []*stamp.TimingFrame) {
	if len(frames) == 0 {
		return
	}
	states, sources := map[string]int{}, map[string]int{}
	var errors []time.Duration
	clk := &Clock{}
	for i := range frames {
		w := &frames[i].Wall
		if w.Time.IsZero() {
			clk.None++
			continue
		}
		if c.First.IsZero() || w.Time.Before(c.First) {
			c.First = w.Time
		}
		if w.Time.After(c.Last) {
			c.Last = w.Time
		}
		states[w.State.String()]++
		sources[w.Source.String()]++
		if w.State > clock.None {
			errors = append(errors, w.Error)
		}
	}
	clk.State, clk.Share = mostOf(states, len(frames))
	clk.Source, _ = mostOf(sources, len(frames))
	if len(errors) > 0 {
		slices.Sort(errors)
		clk.Error, clk.Worst = errors[len(errors)/2], errors[len(errors)-1]
	}
	c.Clock = clk
}

// mostOf returns what was counted most often, and its share.
func mostOf(counts map[string]int, all int) (most string, share float64) {
	for name, n := range counts {
		if n > counts[most] || n == counts[most] && name < most {
			most = name
		}
	}
	return most, float64(counts[most]) / float64(all)
}
