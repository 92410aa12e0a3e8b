package repair

import (
	"fmt"

	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// lastFrame is what a track's times went up to.
type lastFrame struct {
	frame stamp.TimingFrame
	pts   int64 // of its sample
}

// adoptTimes takes over the timing box of a part. There must be a frame in it for each sample, since they are counted off
// against each other; where they are lost, frames without times of their own take their places.
func (b *rebuild) adoptTimes(p *mp4.Part) error {
	payload, err := p.UUID(stamp.TimingUUID)
	if unread(err) != nil {
		return err
	}
	var box stamp.TimingBox
	if err != nil || payload == nil || box.Add(payload) != nil || !b.fits(p, &box) {
		b.replaceFrames(p)
		return nil
	}
	if missing := box.Missing - b.timing.Parts(); missing > 0 {
		b.noteMissing(missing, &box)
	}
	if err := b.timing.Adopt(payload); err != nil {
		b.replaceFrames(p)
		return nil
	}
	b.timed = true
	b.remember(p, &box)
	return nil
}

// fits reports whether box tells of the samples of p.
func (b *rebuild) fits(p *mp4.Part, box *stamp.TimingBox) bool {
	frames := make([]int, len(b.last))
	for i := range box.Frames {
		if track := box.Frames[i].Track; track < len(frames) {
			frames[track]++
		}
	}
	for track, n := range frames {
		if n != p.Len(track) {
			return false
		}
	}
	return true
}

// noteMissing enters as a gap that parts are missing before those of box.
func (b *rebuild) noteMissing(n int, box *stamp.TimingBox) {
	g := stamp.Gap{Track: -1, From: b.arrival, Text: fmt.Sprintf("%d parts of the file were lost", n)}
	for i := range box.Frames {
		if at := box.Frames[i].Arrival; g.To.IsZero() || at.Before(g.To) {
			g.To = at
		}
	}
	b.timing.AddGap(g)
}

// remember notes where the times of p end.
func (b *rebuild) remember(p *mp4.Part, box *stamp.TimingBox) {
	for i := range box.Frames {
		f := box.Frames[i]
		if f.Track < len(b.last) {
			b.last[f.Track].frame = f
		}
		if f.Arrival.After(b.arrival) {
			b.arrival = f.Arrival
		}
	}
	b.rememberSamples(p)
}

func (b *rebuild) rememberSamples(p *mp4.Part) {
	for track := range b.last {
		for s := range p.Samples(track) {
			b.last[track].pts = s.PTS
		}
	}
}

// replaceFrames enters the samples of p, whose times are lost, as frames without capture time and arrival. Their RTP times
// go on as their PTS do.
func (b *rebuild) replaceFrames(p *mp4.Part) {
	for track := range b.last {
		last := &b.last[track]
		for s := range p.Samples(track) {
			last.frame.PTS += s.PTS - last.pts
			last.pts = s.PTS
			b.timing.AddUnit(&media.Unit{
				Track: track, PTS: last.frame.PTS, RTP: uint32(last.frame.PTS), SSRC: last.frame.SSRC, Run: last.frame.Run, Key: s.Key,
			})
			b.report.Untimed++
		}
	}
}
