package figure

import (
	"math"
	"strings"
	"time"

	"github.com/timeslate/timeslate/align"
	"github.com/timeslate/timeslate/internal/plot"
)

// Alignment shows how far apart the frames are that belong together, how exact their times are, and where frames are
// missing. s is the summary of a; notes stand behind it.
func Alignment(a *align.Alignment, s *align.Summary, notes ...string) *plot.Figure {
	p := newPairs(a, s)
	return &plot.Figure{
		Title: p.title(), Summary: append(p.summary(), notes...), Start: p.start, Spans: p.spans(),
		Panels: []plot.Panel{p.offsets(), p.bounds(), p.missing()},
	}
}

// pairs is what the panels of an alignment are made of.
type pairs struct {
	*align.Summary
	reference int            // index of the camera whose frames are the moments; -1: none
	tolerance float64        // seconds
	start     time.Time      // of X: the first set
	x         []float64      // by set: seconds since start
	long      float64        // what is a long time without frames, in seconds
	cameras   []pairedCamera // as Summary.Cameras
}

// pairedCamera is a camera's part, set by set.
type pairedCamera struct {
	name      string
	offset    []float64 // seconds; NaN: no frame
	bound     []float64 // half width of the interval around the time, in seconds; NaN: unknown
	stretches []stretch // without frames, in order
}

// stretch is some sets in a row in which a camera has no frame, for one reason.
type stretch struct {
	first, last int // sets
	status      align.Status
}

func newPairs(a *align.Alignment, s *align.Summary) *pairs {
	p := &pairs{Summary: s, reference: a.Reference, tolerance: a.Tolerance.Seconds()}
	for i := range s.Cameras {
		p.cameras = append(p.cameras, pairedCamera{name: s.Cameras[i].Name})
	}
	for set := range a.Sets() {
		if p.start.IsZero() {
			p.start = set.Time
		}
		p.x = append(p.x, set.Time.Sub(p.start).Seconds())
		for i := range set.Frames {
			p.cameras[i].add(set.Index, &set.Frames[i])
		}
	}
	p.long = longGap(p.x)
	return p
}

func (c *pairedCamera) add(set int, pick *align.Pick) {
	offset, bound := math.NaN(), math.NaN()
	if pick.Status.OK() {
		offset = pick.Offset.Seconds()
		if pick.Error > 0 {
			bound = pick.Error.Seconds()
		}
	} else {
		c.addMissing(set, pick.Status)
	}
	c.offset, c.bound = append(c.offset, offset), append(c.bound, bound)
}

func (c *pairedCamera) addMissing(set int, status align.Status) {
	last := len(c.stretches) - 1
	if last >= 0 && c.stretches[last].last == set-1 && c.stretches[last].status == status {
		c.stretches[last].last = set
		return
	}
	c.stretches = append(c.stretches, stretch{set, set, status})
}

func (p *pairs) title() string {
	var names []string
	for i := range p.cameras {
		names = append(names, p.cameras[i].name)
	}
	return strings.Join(names, ", ") + ": frames of one moment"
}

func (p *pairs) summary() []string {
	text := count(p.Sets, "set") + " of frames that belong together"
	if p.Sets > 0 {
		text += ", in " + lasting(seconds(p.x[len(p.x)-1])) + "; " + plot.Whole(p.Complete) + " of them (" +
			exactPercent(p.Complete, p.Sets) + ") have a frame of every camera"
	}
	list := []string{text + "."}
	for i := range p.cameras {
		list = append(list, p.sayCamera(i))
	}
	return list
}

func seconds(s float64) time.Duration { return time.Duration(s * 1e9) }

// exactPercent is percent, for what may be none or all.
func exactPercent(n, all int) string {
	switch n {
	case 0:
		return "0 %"
	case all:
		return "100 %"
	}
	return percent(n, all)
}

// sayCamera tells of one camera.
func (p *pairs) sayCamera(i int) string {
	c := &p.Cameras[i]
	text := c.Name + ": "
	switch {
	case c.Timed == 0:
		return text + "no frame has a capture time."
	case i == p.reference:
		text += "its frames are the moments"
	case c.Paired == 0:
		text += "no frame belongs to a set"
	default:
		text += plot.Amount(c.Mean.Seconds()) + " off the moment on average, 95 % within " + plot.Amount(c.P95.Seconds())
	}
	if c.MedianError > 0 {
		text += "; half of its times are good to ±" + plot.Amount(c.MedianError.Seconds())
	}
	if c.Unsure > 0 {
		text += "; in " + count(c.Unsure, "set") + " the frame before or after may be the right one"
	}
	if c.Delay != 0 {
		text += "; a known delay of " + plot.Amount(c.Delay.Seconds()) + " is taken off"
	}
	for k, m := range c.Missing {
		text += []string{"; missing in ", ", "}[min(k, 1)] + count(m.N, "set") + " (" + statusText(m.Status) + ")"
	}
	return text + "."
}

// statusTexts says in words why there is no frame.
var statusTexts = map[align.Status]string{
	align.NoFrame:        "none was captured near enough",
	align.Taken:          "the frame is nearer to another set",
	align.Untimed:        "the frames have no capture time",
	align.BeforeStart:    "not yet recording",
	align.AfterEnd:       "no longer recording",
	align.ConnectionLost: "connection lost",
	align.PacketsLost:    "packets lost",
	align.CameraRestart:  "the camera began a new stream",
	align.DiskStalled:    "the recorder's disk was too slow",
	align.OtherGap:       "frames lost",
}

func statusText(s align.Status) string {
	if text, ok := statusTexts[s]; ok {
		return text
	}
	return s.String()
}

// spans shades where a camera has no frames for long, or none has.
func (p *pairs) spans() (list []plot.Span) {
	shade := func(from, to float64, label string) {
		if to-from >= p.long {
			s := plot.Span{From: from, To: to, Color: plot.Grey, Name: "no frames of a camera", Label: label}
			list = append(list, s)
		}
	}
	for k := range p.x {
		if p.holeBefore(k) {
			shade(p.x[k-1], p.x[k], "no camera has frames")
		}
	}
	for i := range p.cameras {
		for _, s := range p.cameras[i].stretches {
			from, to := s.first, s.last // with the sets around it, unless there are none for long
			if from > 0 && !p.holeBefore(from) {
				from--
			}
			if to < len(p.x)-1 && !p.holeBefore(to+1) {
				to++
			}
			shade(p.x[from], p.x[to], p.cameras[i].name+": "+statusText(s.status))
		}
	}
	return list
}

// holeBefore reports whether there are no sets for long before set k.
func (p *pairs) holeBefore(k int) bool { return 0 < k && k < len(p.x) && p.x[k]-p.x[k-1] >= p.long }
