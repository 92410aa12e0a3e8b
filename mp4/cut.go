package mp4

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// Piece is what Cut takes of one file: the samples of a track with From <= PTS < To, and what the other tracks have at the
// same time.
type Piece struct {
	File     *File
	Track    int   // index of the track that From and To are times of, usually the picture
	From, To int64 // PTS in ticks of its clock
	Shift    int64 // ticks of its clock that are added to the times of the piece, so that it goes on where the one before ends
}

// CutOptions are the settings of Cut. The zero value is good.
type CutOptions struct {
	Created time.Time // capture time of the first sample that is shown, the file's creation time; zero means unknown

	// Foreign makes StateOf take the file for another program's: because it won't have what else is in those of this one.
	Foreign bool
}

// Copied says which samples a track of the new file has from a track of a piece, those included that are not shown but
// needed to decode others.
type Copied struct {
	Track         int // index of the track in the new file
	Piece, Source int // index of the piece, and of the track in its file
	First, Len    int // samples of the source, in order of decoding
}

// Cut writes a plain MP4 file with parts of others to w. Nothing is encoded again. So decoding has to begin with the
// key frame before the first sample that is to be shown; an edit list (ISO/IEC 14496-12 §8.6.6) hides all up to that
// sample, and at the end the samples that are shown later but decoded earlier. The bytes of the samples stay as they
// are.
//
// The track whose times the first piece gives becomes the first one, and the first of its samples that is shown is at
// time 0. Tracks of further pieces continue those of the first, if they have the same codec and clock. A piece that
// another one follows or goes before can't hide samples there.
//
// Samples are read one by one; what is kept of each is 4 to 28 bytes. Errors name the piece and the place in its file. What
// w holds after an error is no file. Boxes may be appended to a file.
func Cut(w io.Writer, pieces []Piece, o CutOptions) ([]Copied, error) {
	c := &cutter{foreign: o.Foreign, out: &Writer{o: Options{Created: o.Created}}}
	for i := range pieces {
		if err := c.plan(pieces, i); err != nil {
			return nil, fmt.Errorf("mp4: cut: piece %d: %w", i, err)
		}
	}
	if len(pieces) == 0 {
		return nil, errors.New("mp4: cut: nothing to cut")
	}
	c.w = bufio.NewWriterSize(w, cutBuffer)
	if err := c.write(len(pieces)); err != nil {
		return nil, fmt.Errorf("mp4: cut: %w", err)
	}
	return c.copied, nil
}

const (
	// cutBuffer is how much is written at once, in bytes: units of sound have some hundred.
	cutBuffer = 256 << 10

	// cutChunk is how long the samples of one track go on before it is the turn of the others. Players read ahead further.
	cutChunk = 500 * time.Millisecond
)

// cutter makes one file.
type cutter struct {
	foreign   bool
	out       *Writer // makes the index; it takes no units
	tracks    []*cutTrack
	stretches []*stretch
	copied    []Copied
	w         *bufio.Writer
	pos       int64 // bytes written
	buf       []byte
}

// cutTrack is a track of the new file.
type cutTrack struct {
	*track
	kind  string // handler type
	from  int64  // PTS of the first sample that is shown, in the middle of which the presentation may begin
	until int64  // where its presentation ends
	early int64  // by how many ticks decoding has to come earlier, so that nothing is shown before it is decoded
	lasts int64  // duration of the last sample so far, in ticks
}

// write writes the media, and the index after it.
func (c *cutter) write(pieces int) error {
	size := int64(boxHeader64)
	for _, s := range c.stretches {
		size += s.bytes
	}
	head, err := fileType().appendTo(nil)
	if err != nil {
		return err
	}
	if c.foreign {
		head = append(head, "\x00\x00\x00\x08free"...)
	}
	mdat := mdatHeader(size)
	if err := c.emit(append(head, mdat[:]...)); err != nil {
		return err
	}
	for i := range pieces {
		if err := c.interleave(i); err != nil {
			return fmt.Errorf("piece %d: %w", i, err)
		}
	}
	c.index()
	moov, err := c.out.appendMoov(nil)
	if err != nil {
		return err
	}
	if err := c.emit(moov); err != nil {
		return err
	}
	return c.w.Flush()
}

func (c *cutter) emit(b []byte) error {
	n, err := c.w.Write(b)
	c.pos += int64(n)
	return err
}

// index tells each track of the file what of it is shown.
func (c *cutter) index() {
	for _, t := range c.tracks {
		t.base = Rescale(c.tracks[0].from, c.tracks[0].ClockRate, t.ClockRate)
		t.order.start = max(t.from, t.base)
		t.ended, t.endPTS, t.endDTS = true, max(t.until, t.order.start+1), t.lastDTS+max(1, t.lasts)
	}
}

// interleave copies one piece, chunk by chunk of the track that is behind the others.
func (c *cutter) interleave(piece int) error {
	var going []*stretch
	for _, s := range c.stretches {
		if s.piece == piece {
			s.start()
			defer s.stop()
			going = append(going, s)
		}
	}
	for {
		var behind *stretch
		for _, s := range going {
			if s.more && (behind == nil || s.time() < behind.time()) {
				behind = s
			}
		}
		if behind == nil {
			return nil
		}
		if err := c.chunk(behind); err != nil {
			return err
		}
	}
}

// chunk copies samples that share a description.
func (c *cutter) chunk(s *stretch) error {
	at, count := c.pos, uint32(0)
	desc, err := s.to.describe(s)
	if err != nil {
		return err
	}
	for end := s.head.DTS + s.to.ticks(cutChunk); s.more && s.head.DTS < end; s.step() {
		if count > 0 {
			next, err := s.to.describe(s)
			if err != nil {
				return err
			}
			if next != desc {
				break
			}
		}
		if err := c.sample(s); err != nil {
			return err
		}
		count++
	}
	s.to.tables.chunk(at, count, desc)
	return nil
}

// sample copies one sample.
func (c *cutter) sample(s *stretch) (err error) {
	if c.buf, err = s.file.Read(s.head, c.buf); err != nil {
		return err
	}
	if err := c.emit(c.buf); err != nil {
		return err
	}
	return s.to.copied(s.head, s.shift)
}

// copied enters a sample in the tables.
func (t *cutTrack) copied(s Sample, shift int64) error {
	pts, dts := s.PTS+shift, s.DTS+shift-t.early
	if t.written {
		dts = max(dts, t.lastDTS+1)
		if dts-t.lastDTS > math.MaxUint32 {
			return fmt.Errorf("sample at byte %d: DTS goes from %d to %d", s.Offset, t.lastDTS, dts)
		}
	}
	if off := pts - dts; off != int64(clampInt32(off)) {
		return fmt.Errorf("sample at byte %d: DTS %d, PTS %d", s.Offset, dts, pts)
	}
	t.record(sample{pts: pts, dts: dts, size: s.Size, key: s.Key})
	t.lasts = s.Duration
	return nil
}

// describe returns the number of the sample description for the sample at hand.
func (t *cutTrack) describe(s *stretch) (uint32, error) {
	d, err := s.description()
	if err != nil {
		return 0, err
	}
	for i, known := range t.entries {
		if known.lengthSize == d.lengthSize && t.codec.equal(known.config, d.config) {
			return uint32(i) + 1, nil
		}
	}
	if len(t.configs) == maxDescriptions {
		return 0, fmt.Errorf("more than %d different parameter sets", maxDescriptions)
	}
	t.configs, t.entries = append(t.configs, d.config), append(t.entries, d)
	return uint32(len(t.configs)), nil
}
