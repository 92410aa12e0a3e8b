package mp4

import (
	"encoding/binary"
	"fmt"
	"iter"
)

// fragmentRun is a track run box (ISO/IEC 14496-12 §8.8.8), as it stands in the file, with what it inherits.
type fragmentRun struct {
	rows       []byte
	rowSize    int
	flags      uint32
	count      int
	firstFlags uint32
	moof       int64 // where its moof box starts

	dts    int64
	moved  int64 // by Shift, in ticks
	stray  int64 // what dts has of it: less when it would be negative otherwise
	offset int64 // of the first sample in the file

	desc, duration, size, sampleFlags uint32 // for fields that the rows lack
}

// fragmentReader reads one moof box.
type fragmentReader struct {
	f       *File
	moof    int64 // where the box starts
	dataEnd int64 // where the data of the track fragment before ends: the base of the next one in old files
	pending []pendingRuns
}

// pendingRuns are the runs of one track in a moof box.
type pendingRuns struct {
	track   *Track
	runs    []fragmentRun
	samples int
	nextDTS int64
	moved   int64
	stray   int64
}

// readFragment reads the payload of the moof box that starts at pos. Its samples count only if all of them are in the file.
func (f *File) readFragment(body []byte, pos int64) error {
	r := fragmentReader{f: f, moof: pos, dataEnd: pos}
	c := cursor{b: body}
	for c.more() {
		if b := c.box(); b.is("traf") {
			if err := r.traf(b.body); err != nil {
				return err
			}
		}
	}
	if c.err != nil {
		return c.err
	}
	for _, p := range r.pending {
		if p.track.Config == nil { // only its data's place counted
			continue
		}
		p.track.runs = append(p.track.runs, p.runs...)
		p.track.Len += p.samples
		p.track.nextDTS = p.nextDTS
	}
	return nil
}

// traf reads a track fragment box (ISO/IEC 14496-12 §8.8.6).
func (r *fragmentReader) traf(body []byte) error {
	base, p, err := r.header(body)
	if err != nil {
		return err
	}
	end := base.offset
	c := cursor{b: body}
	for c.more() {
		switch b := c.box(); {
		case b.is("tfdt"):
			err = p.decodeTime(b.body)
		case b.is("free"):
			p.readMoved(b.body)
		case b.is("trun"):
			end, err = r.trun(b.body, p, base, end)
		}
		if err != nil {
			return err
		}
	}
	r.dataEnd = end
	return c.err
}

// header reads the track fragment header box (ISO/IEC 14496-12 §8.8.7). It returns what all the runs start from: offset is
// the base of their data.
func (r *fragmentReader) header(body []byte) (base fragmentRun, p *pendingRuns, err error) {
	h := cursor{b: find(body, "tfhd")}
	_, flags := h.fullBox()
	number := h.u32()
	d := r.f.defaultsOf(number)
	base.offset = r.dataEnd // r.moof for the first
	if flags&tfhdBaseIsMoof != 0 {
		base.offset = r.moof
	}
	if flags&tfhdBaseOffset != 0 {
		base.offset = int64(h.u64())
	}
	base.desc = h.optional(flags&tfhdDescription, d.desc)
	base.duration = h.optional(flags&tfhdDuration, d.duration)
	base.size = h.optional(flags&tfhdSize, d.size)
	base.sampleFlags = h.optional(flags&tfhdFlags, d.flags)
	if h.err != nil {
		return base, nil, fmt.Errorf("tfhd: %w", h.err)
	}
	t := r.f.trackOf(number)
	if t == nil {
		return base, nil, fmt.Errorf("tfhd: no track %d", number)
	}
	if t.Config != nil && (base.desc < 1 || int64(base.desc) > int64(len(t.configs))) {
		return base, nil, fmt.Errorf("tfhd: sample description %d of %d", base.desc, len(t.configs))
	}
	return base, r.pendingOf(t), nil
}

// optional reads a field that is there when present is not 0.
func (c *cursor) optional(present, otherwise uint32) uint32 {
	if present != 0 {
		return c.u32()
	}
	return otherwise
}

func (f *File) defaultsOf(number uint32) trackDefaults {
	for _, d := range f.defaults {
		if d.number == number {
			return d
		}
	}
	return trackDefaults{desc: 1}
}

func (f *File) trackOf(number uint32) *Track {
	for i := range f.Tracks {
		if f.Tracks[i].Number == number {
			return &f.Tracks[i]
		}
	}
	return nil
}

func (r *fragmentReader) pendingOf(t *Track) *pendingRuns {
	for i := range r.pending {
		if r.pending[i].track == t {
			return &r.pending[i]
		}
	}
	r.pending = append(r.pending, pendingRuns{track: t, nextDTS: t.nextDTS})
	return &r.pending[len(r.pending)-1]
}

// decodeTime reads a track fragment decode time box (ISO/IEC 14496-12 §8.8.12). Without one, a fragment goes on where the
// one before ended.
func (p *pendingRuns) decodeTime(body []byte) error {
	c := cursor{b: body}
	version, _ := c.fullBox()
	dts := c.time(version)
	if c.err != nil {
		return fmt.Errorf("tfdt: %w", c.err)
	}
	if dts > maxTime {
		return fmt.Errorf("tfdt: decode time %d", dts)
	}
	p.nextDTS = int64(dts)
	return nil
}

// readMoved reads what appendMoved wrote.
func (p *pendingRuns) readMoved(body []byte) {
	c := cursor{b: body}
	if string(c.bytes(len(movedID))) != movedID {
		return
	}
	dts, moved := int64(c.u64()), int64(c.u64())
	if c.err == nil && min(dts, moved) >= -maxTime && max(dts, moved) <= maxTime {
		p.moved, p.stray = moved, p.nextDTS-dts
	}
}

// trun reads a track run box. end is where the data of the run before ends, or the base of the data for the first one.
func (r *fragmentReader) trun(body []byte, p *pendingRuns, base fragmentRun, end int64) (int64, error) {
	c := cursor{b: body}
	run := base
	_, run.flags = c.fullBox()
	run.count = int(c.u32())
	run.moof, run.moved, run.stray = r.moof, p.moved, p.stray
	run.offset = end
	if run.flags&trunOffset != 0 {
		run.offset = base.offset + int64(int32(c.u32()))
	}
	run.firstFlags = c.optional(run.flags&trunFirstFlags, 0)
	for _, field := range []uint32{trunDuration, trunSize, trunFlags, trunComposition} {
		if run.flags&field != 0 {
			run.rowSize += 4
		}
	}
	if c.err != nil || run.count < 0 || int64(run.count)*int64(run.rowSize) > int64(len(c.b)) {
		return 0, fmt.Errorf("trun: %d samples in %d bytes", uint32(run.count), len(body))
	}
	if p.track.Len+p.samples > maxSamples-run.count {
		return 0, fmt.Errorf("trun: the track would have more than %d samples", maxSamples)
	}
	// Samples of one size cost nothing to claim: there must be room for these, and a byte for each of the track's.
	all, most := int64(p.track.Len+p.samples+run.count), r.f.size
	if run.flags&trunSize == 0 && (int64(run.count)*int64(run.size) > most || all > most) {
		return 0, fmt.Errorf("trun: %d samples of %d bytes in a file of %d", run.count, run.size, most)
	}
	run.rows = c.b[:run.count*run.rowSize]
	run.dts = p.nextDTS
	duration, size := run.totals()
	if p.nextDTS += duration; p.nextDTS > maxTime {
		return 0, fmt.Errorf("trun: decode time %d", p.nextDTS)
	}
	end = run.offset + size
	if run.offset < 0 || end < run.offset || end > r.f.size {
		return 0, fmt.Errorf("trun: samples from byte %d to %d, the file has %d", run.offset, end, r.f.size)
	}
	if run.count > 0 {
		p.runs = append(p.runs, run)
		p.samples += run.count
	}
	return end, nil
}

// cut forgets the runs of the moof boxes from pos on.
func (t *Track) cut(pos int64) {
	for n := len(t.runs) - 1; n >= 0 && t.runs[n].moof >= pos; n-- {
		t.Len -= t.runs[n].count
		t.runs = t.runs[:n]
	}
	t.nextDTS = t.index.durations.sum(t.index.count)
	if n := len(t.runs); n > 0 {
		duration, _ := t.runs[n-1].totals()
		t.nextDTS = t.runs[n-1].dts + duration
	}
}

// totals returns the duration of all samples in ticks and their size in bytes.
func (r *fragmentRun) totals() (duration, size int64) {
	duration, size = int64(r.count)*int64(r.duration), int64(r.count)*int64(r.size)
	at := 0
	if r.flags&trunDuration != 0 {
		duration = r.column(at)
		at += 4
	}
	if r.flags&trunSize != 0 {
		size = r.column(at)
	}
	return duration, size
}

// column adds up the fields that stand at bytes into each row.
func (r *fragmentRun) column(at int) int64 {
	total := int64(0)
	for ; at < len(r.rows); at += r.rowSize {
		total += int64(binary.BigEndian.Uint32(r.rows[at:]))
	}
	return total
}

// all returns the samples of the run.
func (r *fragmentRun) all(t *Track) iter.Seq[Sample] {
	return func(yield func(Sample) bool) { r.samples(t, yield) }
}

// samples yields the samples of the run.
func (r *fragmentRun) samples(t *Track, yield func(Sample) bool) bool {
	dts, offset := r.dts+t.shift, r.offset
	rows := cursor{b: r.rows}
	for i := range r.count {
		duration := rows.optional(r.flags&trunDuration, r.duration)
		size := rows.optional(r.flags&trunSize, r.size)
		flags := rows.optional(r.flags&trunFlags, r.sampleFlags)
		if i == 0 && r.flags&trunFirstFlags != 0 {
			flags = r.firstFlags
		}
		// Offsets are signed in version 1 of the box, and in practice in version 0.
		composition := int32(rows.optional(r.flags&trunComposition, 0))
		s := Sample{
			DTS:      dts,
			PTS:      dts + int64(composition),
			Duration: int64(duration),
			Offset:   offset,
			Size:     size,
			Key:      flags&nonSync == 0,
		}
		t.describe(&s, r.desc)
		if !yield(s) {
			return false
		}
		dts += s.Duration
		offset += int64(size)
	}
	return true
}
