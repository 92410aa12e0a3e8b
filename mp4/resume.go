package mp4

import (
	"errors"
	"fmt"
	"math"
)

// ErrForeign says that a file is no growing file of a Writer: it can't be finished.
var ErrForeign = errors.New("mp4: no growing file of this package")

// errResumed is the sticky error of a Writer that came from Resume.
var errResumed = errors.New("mp4: a resumed file takes no units")

// Resume returns a Writer for f, a growing file that another Writer left. It takes no units: it is told of the parts that
// count by Adopt, in their order, and then Finish ends the file at the end of the last one of them. What stands behind it
// in the file has to be cut off. So one code makes the tables of a recording, whether it went well or not.
//
// The decoding times, the place where the file's time starts and the shifts are those of the parts; so the finished file is the one
// that the first Writer would have made, but for the duration of the last sample, if it was not known yet.
func Resume(f *File) (*Writer, error) {
	if f.freeAt == 0 || !f.Fragmented {
		return nil, ErrForeign
	}
	w := &Writer{o: Options{Created: f.Created}, open: newPart(len(f.Tracks)), done: newPart(len(f.Tracks)), begun: true}
	w.freeAt, w.pos, w.err = f.freeAt, f.moovEnd, errResumed
	for i := range f.Tracks {
		t := &f.Tracks[i]
		codec, err := codecOf(t.Config)
		if err != nil || t.Number != uint32(i)+1 || t.index.count > 0 {
			return nil, fmt.Errorf("%w: track %d with sample entry %q", ErrForeign, t.Number, t.Entry)
		}
		w.tracks = append(w.tracks, newTrack(t.Track, codec))
	}
	if len(w.tracks) == 0 {
		return nil, fmt.Errorf("%w: no tracks", ErrForeign)
	}
	return w, nil
}

// Adopt enters the samples of p in the tables. After an error nothing of it is in them, and the next part may be tried.
func (w *Writer) Adopt(p *Part) error {
	if w.err != errResumed {
		return errors.New("mp4: Adopt on a Writer that did not come from Resume")
	}
	if p.Start < w.pos {
		return fmt.Errorf("mp4: part at byte %d, the one before ends at byte %d", p.Start, w.pos)
	}
	part := w.open
	part.reset()
	for i, t := range w.tracks {
		if err := t.adopt(&part.tracks[i], p, i); err != nil {
			return fmt.Errorf("mp4: part at byte %d: track %d: %w", p.Start, i, err)
		}
	}
	for i, t := range w.tracks {
		if err := t.adoptDescriptions(&part.tracks[i], p, i); err != nil {
			return fmt.Errorf("mp4: part at byte %d: track %d: %w", p.Start, i, err)
		}
	}
	for i, t := range w.tracks {
		if samples := part.tracks[i].samples; len(samples) > 0 {
			t.adopted(samples)
			t.moved = p.runs[i][0].moved
		}
	}
	w.record(part, p.Start)
	w.sequence++
	w.pos = p.End
	return nil
}

// adopt puts the samples and runs of p into part, with times that count from the file's start.
func (t *track) adopt(part *trackPart, p *Part, track int) error {
	for i := range p.runs[track] {
		r := &p.runs[track][i]
		if _, size := r.totals(); r.offset < p.Start || r.offset+size > p.End || p.End-p.Start > math.MaxInt32 {
			return fmt.Errorf("samples at byte %d, outside of the part", r.offset)
		}
		if r.flags&trunSize == 0 {
			return errors.New("samples without a size each")
		}
		part.runs = append(part.runs, run{offset: int(r.offset - p.Start), samples: r.count})
		for s := range r.all(&p.f.Tracks[track]) {
			part.samples = append(part.samples, sample{
				pts: s.PTS - r.stray, dts: s.DTS - r.stray, duration: clampUint32(s.Duration), size: s.Size, key: s.Key,
			})
		}
	}
	return t.checkTimes(part.samples)
}

// checkTimes refuses times that no Writer has written.
func (t *track) checkTimes(samples []sample) error {
	measured := int64(0) // what the depth that is measured on the first samples will take off
	if t.order.begun && t.lead == 0 {
		measured = t.order.delay()
	}
	last, some := t.lastDTS, t.written
	for _, s := range samples {
		dts := s.dts - measured
		if some && (dts <= last || dts-last > math.MaxUint32) {
			return fmt.Errorf("DTS goes from %d to %d", last, dts)
		}
		last, some = dts, true
	}
	return nil
}

// adoptDescriptions finds the sample description of each run: a run ends where another one begins, so its first sample has
// the parameter sets with it.
func (t *track) adoptDescriptions(part *trackPart, p *Part, track int) error {
	current, known := t.current, len(t.configs)
	for i := range part.runs {
		desc, err := t.descriptionAt(p, &p.runs[track][i])
		if err != nil {
			t.current, t.configs = current, t.configs[:known]
			return err
		}
		part.runs[i].desc = desc
	}
	return nil
}

func (t *track) descriptionAt(p *Part, r *fragmentRun) (uint32, error) {
	if t.codec.with == nil {
		return t.current, nil
	}
	for s := range r.all(&p.f.Tracks[t.ID]) {
		sets, err := p.f.leading(s, t.codec.picture)
		if err != nil {
			return 0, err
		}
		if len(sets) == 0 {
			break
		}
		desc, _, err := t.description(t.codec.with(t.configs[t.current-1], sets))
		return desc, err
	}
	return t.current, nil
}

// Limits of what is read of a sample for the parameter sets in it.
const (
	maxLeading      = 256      // NAL units before the picture; more than that many hold no parameter sets
	maxLeadingBytes = 64 << 10 // of one NAL unit; longer ones are no parameter sets
)

// leading returns the NAL units of s that stand before the picture, but for long ones.
func (f *File) leading(s Sample, picture func([]byte) bool) (nals [][]byte, err error) {
	n := int64(s.lengthSize)
	var h [5]byte
	for at, end := s.Offset, s.Offset+int64(s.Size); end-at > n && len(nals) < maxLeading; {
		head := h[:n+1]
		if err := f.readAt(head, at); err != nil {
			return nil, err
		}
		size := int64(bigEndian(head[:n]))
		if size > end-at-n {
			return nil, fmt.Errorf("NAL unit of %d bytes at byte %d", size, at)
		}
		if size > 0 && picture(head[n:]) {
			break
		}
		if size > 0 && size <= maxLeadingBytes {
			nal := make([]byte, size)
			if err := f.readAt(nal, at+n); err != nil {
				return nil, err
			}
			nals = append(nals, nal)
		}
		at += n + size
	}
	return nals, nil
}

// adopted notes the times of samples that are about to be recorded. A depth of reordering that the parameter sets don't
// tell is measured on the first ones, as the first Writer did.
func (t *track) adopted(samples []sample) {
	if !t.order.begun {
		t.order.begin(samples)
	}
	for i := range samples {
		if t.lead == 0 {
			samples[i].dts -= t.order.delay()
		}
		t.pushed(samples[i].pts)
	}
	t.duration = samples[len(samples)-1].duration
}
