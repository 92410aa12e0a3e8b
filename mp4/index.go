package mp4

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// index is the sample table of a track (ISO/IEC 14496-12 §8.6, §8.7), as it stands in the file: samples are worked out
// while one iterates.
type index struct {
	count     int
	size      uint32 // of each sample, unless it is 0
	sizes     []byte // otherwise: uint32 each
	durations countedRuns
	offsets   countedRuns
	keys      []byte // uint32 each, ascending
	allKeys   bool
	layout    []byte // first chunk, samples per chunk, description, uint32 each
	chunks    []byte
	wide      bool // chunk offsets have 64 bits
}

// read checks the tables as far as needed for iterating without surprise.
func (x *index) read(boxes trackBoxes, descs int, fileSize int64) error {
	var t tableReader
	x.durations = t.entries("stts", boxes["stts"], 8)
	x.offsets = t.entries("ctts", boxes["ctts"], 8)
	x.keys = t.entries("stss", boxes["stss"], 4)
	x.allKeys = boxes["stss"] == nil
	x.layout = t.entries("stsc", boxes["stsc"], 12)
	if x.wide = boxes["co64"] != nil; x.wide {
		x.chunks = t.entries("co64", boxes["co64"], 8)
	} else {
		x.chunks = t.entries("stco", boxes["stco"], 4)
	}
	if t.err != nil {
		return t.err
	}
	if err := x.readSizes(boxes["stsz"], fileSize); err != nil {
		return err
	}
	return x.checkLayout(descs)
}

// tableReader reads boxes that are a count and as many entries. It keeps the first error.
type tableReader struct{ err error }

// entries returns the entries of a box. The count may not exceed what is there.
func (t *tableReader) entries(name string, body []byte, size int) []byte {
	if body == nil || t.err != nil {
		return nil
	}
	c := cursor{b: body}
	c.fullBox()
	n := c.u32()
	if c.err != nil || uint64(n)*uint64(size) > uint64(len(c.b)) {
		t.err = fmt.Errorf("%s: %d entries in %d bytes", name, n, len(body))
		return nil
	}
	return c.b[:int(n)*size]
}

// readSizes reads a sample size box (ISO/IEC 14496-12 §8.7.3.2). Samples of one size, which cost nothing to claim, must
// have room in the file.
func (x *index) readSizes(body []byte, fileSize int64) error {
	c := cursor{b: body}
	if body == nil {
		return nil // no samples: the file is fragmented
	}
	c.fullBox()
	x.size = c.u32()
	n := c.u32()
	if c.err != nil {
		return fmt.Errorf("stsz: %w", c.err)
	}
	if n > maxSamples {
		return fmt.Errorf("stsz: %d samples, the limit is %d", n, maxSamples)
	}
	if x.size == 0 {
		if uint64(n)*4 > uint64(len(c.b)) {
			return fmt.Errorf("stsz: %d entries in %d bytes", n, len(body))
		}
		x.sizes = c.b[:n*4]
	} else if int64(n)*int64(x.size) > fileSize {
		return fmt.Errorf("stsz: %d samples of %d bytes in a file of %d", n, x.size, fileSize)
	}
	x.count = int(n)
	return nil
}

// checkLayout makes sure that each sample has a chunk and a description (ISO/IEC 14496-12 §8.7.4).
func (x *index) checkLayout(descs int) error {
	room, chunks := uint64(0), x.chunkCount()
	for i := 0; i < len(x.layout); i += 12 {
		first, perChunk, desc := uint64(x.field(i)), uint64(x.field(i+4)), x.field(i+8)
		end := uint64(chunks) + 1
		if i+12 < len(x.layout) {
			end = uint64(x.field(i + 12))
		}
		if (i == 0 && first != 1) || end < first || end > uint64(chunks)+1 {
			return fmt.Errorf("stsc: entry %d: chunks %d to %d of %d", i/12, first, end, chunks)
		}
		if desc < 1 || int64(desc) > int64(descs) {
			return fmt.Errorf("stsc: entry %d: sample description %d of %d", i/12, desc, descs)
		}
		room = min(room+(end-first)*min(perChunk, maxSamples), math.MaxInt32)
	}
	if room < uint64(x.count) {
		return fmt.Errorf("stsc: room for %d of %d samples", room, x.count)
	}
	if x.count > 0 && len(x.durations) == 0 {
		return errors.New("no stts box")
	}
	return nil
}

func (x *index) field(i int) uint32 { return binary.BigEndian.Uint32(x.layout[i:]) }

func (x *index) chunkCount() int {
	if x.wide {
		return len(x.chunks) / 8
	}
	return len(x.chunks) / 4
}

// chunk returns the offset of a chunk, from 0.
func (x *index) chunk(i int) int64 {
	if x.wide {
		return int64(binary.BigEndian.Uint64(x.chunks[i*8:]))
	}
	return int64(binary.BigEndian.Uint32(x.chunks[i*4:]))
}

// countedRuns is a run-length coded list: a count and a value, uint32 each, per run.
type countedRuns []byte

// sum adds up the values of the first n samples.
func (r countedRuns) sum(n int) int64 {
	total := int64(0)
	for ; len(r) > 0 && n > 0; r = r[8:] {
		count := min(int64(binary.BigEndian.Uint32(r)), int64(n))
		total += count * int64(binary.BigEndian.Uint32(r[4:]))
		n -= int(count)
	}
	return total
}

// runReader takes one value after the other from a list of runs; after the end they are 0.
type runReader struct {
	rest  countedRuns
	left  uint32
	value uint32
}

func (r *runReader) next() uint32 {
	for r.left == 0 {
		if len(r.rest) == 0 {
			return 0
		}
		r.left = binary.BigEndian.Uint32(r.rest)
		r.value = binary.BigEndian.Uint32(r.rest[4:])
		r.rest = r.rest[8:]
	}
	r.left--
	return r.value
}

// place walks over the samples' places: chunk by chunk, as the layout says.
type place struct {
	x      *index
	layout int // offset of the entry in force in the layout
	chunk  int // from 0
	left   uint32
	offset int64
}

// next returns the offset and the description, from 1, of the next sample. There is one: checkLayout has made sure.
func (p *place) next(size uint32) (offset int64, desc uint32) {
	for p.left == 0 {
		for p.layout+12 < len(p.x.layout) && uint64(p.x.field(p.layout+12)) == uint64(p.chunk)+1 {
			p.layout += 12
		}
		p.left = p.x.field(p.layout + 4)
		p.offset = p.x.chunk(p.chunk)
		p.chunk++
	}
	p.left--
	offset = p.offset
	p.offset += int64(size)
	return offset, p.x.field(p.layout + 8)
}

// samples yields the samples of the table.
func (x *index) samples(t *Track, yield func(Sample) bool) bool {
	durations, offsets := runReader{rest: x.durations}, runReader{rest: x.offsets}
	where := place{x: x}
	keys := x.keys
	dts := t.shift
	for i := range x.count {
		s := Sample{DTS: dts, Size: x.size, Duration: int64(durations.next())}
		// Offsets are signed in version 1 of the box, and in practice in version 0.
		s.PTS = dts + int64(int32(offsets.next()))
		if x.size == 0 {
			s.Size = binary.BigEndian.Uint32(x.sizes[i*4:])
		}
		for len(keys) > 0 && uint64(binary.BigEndian.Uint32(keys)) < uint64(i)+1 {
			keys = keys[4:]
		}
		s.Key = x.allKeys || len(keys) > 0 && uint64(binary.BigEndian.Uint32(keys)) == uint64(i)+1
		var desc uint32
		s.Offset, desc = where.next(s.Size)
		t.describe(&s, desc)
		if !yield(s) {
			return false
		}
		dts += s.Duration
	}
	return true
}

// describe fills in what a sample has from its track and from its sample description, counted from 1.
func (t *Track) describe(s *Sample, desc uint32) {
	s.Hidden = s.PTS < 0 || t.end > 0 && s.PTS >= t.end
	c := &t.configs[desc-1]
	s.Config, s.lengthSize = c.config, uint8(c.lengthSize)
}
