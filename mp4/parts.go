package mp4

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
)

// partPlace is where a part stands: from its first box, a uuid box for example, to the end of its media data.
type partPlace struct{ start, end int64 }

// Part is a part of a file that is growing, or was never finished.
type Part struct {
	Start, End int64 // in the file, in bytes

	f     *File
	uuids []uuidBox
	runs  [][]fragmentRun // by track
}

// Parts returns the whole parts of the file in order. A file that is finished has none.
func (f *File) Parts() iter.Seq[*Part] {
	return func(yield func(*Part) bool) {
		uuids := f.uuids
		runs := make([][]fragmentRun, len(f.Tracks))
		for i := range f.Tracks {
			runs[i] = f.Tracks[i].runs
		}
		for _, place := range f.parts {
			p := &Part{Start: place.start, End: place.end, f: f, runs: make([][]fragmentRun, len(runs))}
			_, uuids = split(uuids, func(u uuidBox) bool { return u.started < p.Start })
			p.uuids, uuids = split(uuids, func(u uuidBox) bool { return u.started < p.End })
			for i := range runs {
				p.runs[i], runs[i] = split(runs[i], func(r fragmentRun) bool { return r.moof < p.End })
			}
			if !yield(p) {
				return
			}
		}
	}
}

// split cuts s before the first element that does not belong to its beginning.
func split[T any](s []T, belongs func(T) bool) (beginning, rest []T) {
	n := 0
	for n < len(s) && belongs(s[n]) {
		n++
	}
	return s[:n], s[n:]
}

// Samples returns the samples that the part holds of a track, in order of decoding.
func (p *Part) Samples(track int) iter.Seq[Sample] {
	return func(yield func(Sample) bool) {
		for i := range p.runs[track] {
			if !p.runs[track][i].samples(&p.f.Tracks[track], yield) {
				return
			}
		}
	}
}

// Len returns the number of samples that the part holds of a track.
func (p *Part) Len(track int) int {
	n := 0
	for i := range p.runs[track] {
		n += p.runs[track][i].count
	}
	return n
}

// UUID returns the payload of the part's first uuid box with the given id, or nil when it has none.
func (p *Part) UUID(id [16]byte) ([]byte, error) {
	for _, u := range p.uuids {
		if u.id == id {
			return p.f.readUUID(u, nil)
		}
	}
	return nil, nil
}

// Late reports whether a track of the part goes on after the beginning of each of the parts behind it that are given: then
// the part's times are damaged, since those of all the others would have to be otherwise.
func (p *Part) Late(behind ...*Part) bool {
	for track := range p.runs {
		_, last, some := p.span(track)
		for _, b := range behind {
			first, _, has := b.span(track)
			some = some && has && first <= last
		}
		if some {
			return len(behind) > 0
		}
	}
	return false
}

// span returns the DTS of the first and the last sample that the part holds of a track, as the Writer counted them.
func (p *Part) span(track int) (first, last int64, some bool) {
	for i := range p.runs[track] {
		r := &p.runs[track][i]
		for s := range r.all(&p.f.Tracks[track]) {
			if last = s.DTS - r.stray; !some {
				first, some = last, true
			}
		}
	}
	return first, last, some
}

// Check reads the media of the part and returns the first thing in it that no Writer has written.
func (p *Part) Check() error {
	var buf []byte
	for track := range p.runs {
		for s := range p.Samples(track) {
			var err error
			if buf, err = p.f.Read(s, buf); err == nil {
				err = s.Check(buf)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// hole is what a power cut leaves of a sector that had its place in the file but was not written. No NAL unit has three
// zeros in a row (H.264 §7.4.1), unless the camera breaks the rule; and silence in AAC is not made of zeros either.
var hole [512]byte

// Check returns what is wrong with the bytes of s as far as it can be told without decoding: they are NAL units with their
// lengths, and no hole is in them.
func (s Sample) Check(data []byte) error {
	if i := bytes.Index(data, hole[:]); i >= 0 {
		return fmt.Errorf("mp4: sample at byte %d: zeros from its byte %d on", s.Offset, i)
	}
	if s.lengthSize == 0 {
		return nil
	}
	n := int(s.lengthSize)
	for rest := data; len(rest) > 0; {
		if len(rest) <= n || uint64(bigEndian(rest[:n])) > uint64(len(rest)-n) || bigEndian(rest[:n]) == 0 {
			return fmt.Errorf("mp4: sample at byte %d: no NAL unit at its byte %d of %d", s.Offset, len(data)-len(rest), len(data))
		}
		if rest[n]&0x80 != 0 { // forbidden_zero_bit
			return fmt.Errorf("mp4: sample at byte %d: no header of a NAL unit at its byte %d", s.Offset, len(data)-len(rest)+n)
		}
		rest = rest[n+int(bigEndian(rest[:n])):]
	}
	if len(data) == 0 {
		return errEmptySample
	}
	return nil
}

var errEmptySample = errors.New("mp4: a sample without a byte")
