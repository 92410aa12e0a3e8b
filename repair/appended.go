package repair

import (
	"io"
	"iter"

	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// planAppended plans the one write that is missing when a file has its index but not the patch. It returns nil when there
// is no index, or not a whole one that tells the same as the parts do.
func planAppended(growing *mp4.File, r io.ReaderAt, size int64) *plan {
	at, bytes, ok := growing.Reveal()
	if !ok {
		return nil
	}
	p := &plan{end: size, patch: patch{at, bytes}}
	f, err := mp4.Open(&patched{r, p.patch}, size)
	if err != nil || f.Torn != nil || !sameTracks(f, growing) || !sameTimes(f, growing) {
		return nil
	}
	p.report = Report{State: Appended, Repaired: true, Bytes: size}
	p.countSamples(f)
	for range growing.Parts() {
		p.report.Parts++
	}
	return p
}

// sameTracks compares the tracks that have samples; the others may be left out of the index.
func sameTracks(whole, growing *mp4.File) bool {
	tracks := whole.Tracks
	for i := range growing.Tracks {
		g := &growing.Tracks[i]
		if len(tracks) == 0 || tracks[0].Number != g.Number {
			if g.Len > 0 {
				return false
			}
			continue
		}
		if !sameSamples(&tracks[0], g) {
			return false
		}
		tracks = tracks[1:]
	}
	return len(tracks) == 0
}

// sameSamples compares places, keys and times. A duration may differ where a part ends: the next part shows the true one.
func sameSamples(whole, growing *mp4.Track) bool {
	if whole.Len != growing.Len || whole.Len == 0 && whole.ClockRate != growing.ClockRate {
		return false
	}
	next, stop := iter.Pull(whole.Samples())
	defer stop()
	limit := 10 * int64(whole.ClockRate) // of what an index may differ in its times: reordering, the alignment of tracks
	for g := range growing.Samples() {
		s, _ := next()
		if s.Offset != g.Offset || s.Size != g.Size || s.Key != g.Key || abs(s.PTS-g.PTS) > limit || abs(s.DTS-g.DTS) > limit {
			return false
		}
	}
	return true
}

func abs(v int64) int64 { return max(v, -v) }

// sameTimes compares the timing box of the whole file with those of its parts, if there are any.
func sameTimes(whole, growing *mp4.File) bool {
	parts, err := times(growing)
	if err != nil || len(parts.Frames) == 0 {
		return err == nil
	}
	all, err := times(whole)
	return err == nil && len(all.Frames) == len(parts.Frames) && len(all.Reports) >= len(parts.Reports)
}

// times reads the timing boxes of a file.
func times(f *mp4.File) (*stamp.TimingBox, error) {
	var box stamp.TimingBox
	err := box.AddAll(f.UUID(stamp.TimingUUID))
	return &box, err
}

func hasTimes(f *mp4.File) bool {
	box, err := times(f)
	return err == nil && len(box.Frames) > 0
}
