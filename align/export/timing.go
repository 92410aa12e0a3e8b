package export

import (
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// timing makes the timing box of a new file: what the sources' boxes say of the frames that are in it, all sender
// reports, the gaps between the frames, and what the whole recording tells of the frames' times.
type timing struct {
	*cut
	out    *stamp.Timing
	copied []mp4.Copied
	fits   []clock.Estimate // by index in Recording.Frames, counted from the first source's base
	live   []clock.Estimate // the same
	used   int              // how often the recorder was started anew
	given  int              // reports of the recording that are in it, if the sources have no boxes
	last   stamped
}

// stamped is the last frame with a stamp.
type stamped struct {
	pts int64 // in the file
	*extract.Frame
}

// box returns the timing box.
func (w *cut) box(copied []mp4.Copied, software string) []byte {
	t := &timing{cut: w, copied: copied}
	t.estimate()
	t.out = stamp.NewTiming(t.tracks(), w.Recording.Started, software)
	for i, s := range w.sources {
		if i > 0 && !s.box.Start.Equal(w.sources[i-1].box.Start) {
			t.used++
		}
		t.hostClocks(i)
		if w.Recording.Origin == extract.TimingBox {
			t.events(i)
		} else {
			t.frames(i)
		}
	}
	if w.Recording.Origin != extract.TimingBox {
		t.stampedReports(w.Recording.Frames.Len())
	}
	return t.out.AppendAll(nil)
}

// estimate takes the estimates of the sources' frames.
func (t *timing) estimate() {
	base := t.sources[0].base
	end := t.sources[len(t.sources)-1].end
	t.fits, t.live = make([]clock.Estimate, end-base), make([]clock.Estimate, end-base)
	put := func(list []clock.Estimate, i int, e clock.Estimate) {
		if i >= base && i < end && e.State != clock.None {
			list[i-base] = e
		}
	}
	for i := range t.rows {
		put(t.live, t.rows[i].Index, t.rows[i].Estimate)
	}
	study := t.Recording.Examine()
	for k, i := range study.Recording {
		put(t.fits, i, study.Estimates[k])
	}
	for i := base; i < end; i++ {
		put(t.fits, i, t.Recording.Frames.At(i).Fit)
	}
}

// fit returns what the whole recording tells of the n-th frame of a source.
func (t *timing) fit(s *source, n int) clock.Estimate {
	if s.base+n >= s.end {
		return clock.Estimate{} // recorded since
	}
	return t.fits[s.base+n-t.sources[0].base]
}

// tracks describes the tracks of the new file. The clock of a camera's time stamps need not be that of the file.
func (t *timing) tracks() (list []media.Track) {
	for _, c := range t.copied {
		if c.Track < len(list) {
			continue // known by an earlier piece
		}
		s := t.sources[c.Piece]
		track := media.Track{ID: c.Track, ClockRate: s.Tracks[c.Source].ClockRate, Config: s.Tracks[c.Source].Config}
		for _, known := range s.box.Tracks {
			if known.ID == c.Source {
				track.ClockRate = known.ClockRate
			}
		}
		if c.Source == s.video {
			track.ClockRate = t.Recording.ClockRate
		}
		list = append(list, track)
	}
	return list
}

// copyOf returns what was copied of a track of a source, nothing if it isn't in the new file.
func (t *timing) copyOf(source, track int) mp4.Copied {
	for _, c := range t.copied {
		if c.Piece == source && c.Source == track {
			return c
		}
	}
	return mp4.Copied{Track: -1}
}

func (t *timing) hostClocks(i int) {
	for _, h := range t.sources[i].box.HostClocks {
		t.out.AddHostClock(h)
	}
	for _, l := range t.sources[i].box.Latencies {
		if l.Track >= 0 {
			l.Track = t.copyOf(i, l.Track).Track
		}
		if i == 0 {
			t.out.AddLatency(l)
		}
	}
}

// events takes over what the timing box of a source says, in the order in which it happened: the frames that were
// copied, all sender reports, and the gaps between the first and the last of these frames.
func (t *timing) events(i int) {
	s := t.sources[i]
	count := make([]int, len(s.Tracks))
	given := 0
	var from, to time.Time
	for k := range s.box.Frames {
		f := &s.box.Frames[k]
		if f.Track >= len(count) {
			continue
		}
		n, c := count[f.Track], t.copyOf(i, f.Track)
		count[f.Track]++
		if c.Track < 0 || n < c.First || n >= c.First+c.Len {
			continue
		}
		t.reports(i, given, f.AfterReport+1)
		given = max(given, f.AfterReport+1)
		t.out.AddUnit(t.unit(f, c.Track))
		if f.Track == s.video {
			t.out.AddFit(c.Track, t.fit(s, n))
			from, to = earlier(from, f.Arrival), later(to, f.Arrival)
		}
	}
	t.reports(i, given, len(s.box.Reports))
	t.gaps(i, from, to)
}

func (t *timing) unit(f *stamp.TimingFrame, track int) *media.Unit {
	return &media.Unit{
		Track: track, PTS: f.PTS, RTP: f.RTP, SSRC: f.SSRC, Run: t.run(f.Run), Arrival: f.Arrival, Wall: f.Wall,
		Absolute: f.Absolute, Source: f.Source, Jump: f.Jump, Key: f.Key, Damaged: f.Damaged, Lost: f.Lost,
	}
}

// reports takes over reports from one index to another.
func (t *timing) reports(i, from, to int) {
	list := t.sources[i].box.Reports
	for ; from < to; from++ {
		r := list[from]
		if c := t.copyOf(i, r.Track); c.Track >= 0 {
			r.Run = t.run(r.Run)
			t.out.AddReport(c.Track, r.SSRC, r.Report)
		}
	}
}

// gaps takes over the gaps that touch a stretch of time.
func (t *timing) gaps(i int, from, to time.Time) {
	for _, g := range t.sources[i].box.Gaps {
		if g.To.Before(from) || g.From.After(to) {
			continue
		}
		if g.Track >= 0 {
			if g.Track = t.copyOf(i, g.Track).Track; g.Track < 0 {
				continue
			}
		}
		t.out.AddGap(g)
	}
}

// run numbers the runs of all sources: of a recorder that was started anew they count from 0 again.
func (t *timing) run(number int) int { return t.used<<16 + number }

// frames puts down what the stamps in the pictures of a source say; of other tracks there is nothing.
func (t *timing) frames(i int) {
	s := t.sources[i]
	for _, c := range t.copied {
		if c.Piece != i {
			continue
		}
		n := 0
		for sample := range s.Tracks[c.Source].Samples() {
			if n >= c.First+c.Len {
				break
			}
			if n >= c.First {
				t.out.AddUnit(t.stamp(s, c, n, &sample))
				if c.Source == s.video {
					t.out.AddFit(c.Track, t.fit(s, n))
				}
			}
			n++
		}
	}
}

// stamp returns a sample with what is known of it. Frames without a stamp get the RTP time stamp that they have
// probably had.
func (t *timing) stamp(s *source, c mp4.Copied, n int, sample *mp4.Sample) *media.Unit {
	u := &media.Unit{Track: c.Track, PTS: sample.PTS, RTP: uint32(sample.PTS), Key: sample.Key}
	if c.Source != s.video || s.base+n >= s.end {
		return u
	}
	f := t.Recording.Frames.At(s.base + n)
	t.stampedReports(s.base + n)
	if f.Stamped {
		t.last = stamped{sample.PTS, &f}
		u.PTS, u.RTP, u.Run, u.Arrival, u.Wall = f.RTP, f.Sent, f.Run, f.Arrival, t.live[s.base+n-t.sources[0].base]
	} else if t.last.Frame != nil {
		u.PTS = t.last.RTP + mp4.Rescale(sample.PTS-t.last.pts, s.Tracks[s.video].ClockRate, t.Recording.ClockRate)
		u.RTP, u.Run = uint32(u.PTS), t.last.Run
	}
	return u
}

// stampedReports puts down the reports that came before a frame of the recording.
func (t *timing) stampedReports(frame int) {
	for list := t.Recording.Reports; t.given < len(list) && list[t.given].Before <= frame; t.given++ {
		t.out.AddReport(0, 0, list[t.given])
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
