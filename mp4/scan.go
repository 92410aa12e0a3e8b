package mp4

import (
	"encoding/binary"
	"fmt"
)

// topBox is a box at the top level of a file.
type topBox struct {
	boxType [4]byte
	start   int64
	header  int64 // bytes
	end     int64
}

func (b topBox) is(boxType string) bool { return string(b.boxType[:]) == boxType }

// errorf names the box and its place in the file.
func (b topBox) errorf(format string, args ...any) error {
	return fmt.Errorf("mp4: %q box at byte %d: %w", b.boxType, b.start, fmt.Errorf(format, args...))
}

// scanner walks over the boxes at the top level. It reads headers from a small window, since those of the boxes between
// the media data of two parts stand close together.
type scanner struct {
	f      *File
	window []byte
	at     int64 // where the window starts
	buf    [1024]byte
	parts  int64 // where the boxes start whose media data is yet to come; -1 when there are none
	inPart bool  // they have a moof box among them
}

// scan reads what the file consists of, up to its end or to where it is torn.
func (f *File) scan() error {
	s := scanner{f: f, parts: -1}
	pos := int64(0)
	for n := 0; pos < f.size; n++ {
		b, err := s.next(pos)
		if err == nil && n == maxBoxes {
			err = b.errorf("more than %d boxes", maxBoxes)
		}
		if err == nil {
			s.place(b, n)
			err = s.visit(b)
		}
		if err != nil {
			if !f.moov && b.is("moov") {
				return err
			}
			s.tear(pos, err)
			return nil
		}
		pos = b.end
	}
	if f.Fragmented && s.parts >= 0 {
		s.tear(s.parts, fmt.Errorf("mp4: the part at byte %d has no media data", s.parts))
	}
	return nil
}

// tear ends the file before the part that pos is in, if it consists of parts.
func (s *scanner) tear(pos int64, why error) {
	f := s.f
	if f.Fragmented && s.parts >= 0 {
		pos = s.parts
	}
	f.Torn, f.End = why, pos
	for len(f.uuids) > 0 && f.uuids[len(f.uuids)-1].started >= pos {
		f.uuids = f.uuids[:len(f.uuids)-1]
	}
	for len(f.parts) > 0 && f.parts[len(f.parts)-1].start >= pos {
		f.parts = f.parts[:len(f.parts)-1]
	}
	for i := range f.Tracks {
		f.Tracks[i].cut(pos)
	}
}

// next reads the header of the box at pos (ISO/IEC 14496-12 §4.2).
func (s *scanner) next(pos int64) (topBox, error) {
	b := topBox{start: pos, header: boxHeader}
	h, err := s.peek(pos, boxHeader)
	if err != nil {
		return b, b.errorf("%w", err)
	}
	size := int64(binary.BigEndian.Uint32(h))
	copy(b.boxType[:], h[4:])
	switch {
	case size == 0 && b.boxType != [4]byte{}: // up to the end of the file; but zeros are what a power cut leaves
		size = s.f.size - pos
	case size == 1:
		b.header = boxHeader64
		if h, err = s.peek(pos, boxHeader64); err != nil {
			return b, b.errorf("%w", err)
		}
		size = int64(binary.BigEndian.Uint64(h[boxHeader:]))
	}
	if size < b.header || size > s.f.size-pos {
		return b, b.errorf("it says %d bytes, the file has %d from there", uint64(size), s.f.size-pos)
	}
	b.end = pos + size
	return b, nil
}

// peek returns n bytes at pos.
func (s *scanner) peek(pos int64, n int) ([]byte, error) {
	if pos < s.at || pos+int64(n) > s.at+int64(len(s.window)) {
		s.at = pos
		s.window = s.buf[:min(int64(len(s.buf)), s.f.size-pos)]
		if err := s.f.readAt(s.window, pos); err != nil {
			s.window = nil
			return nil, err
		}
		if len(s.window) < n {
			return nil, fmt.Errorf("the file ends after %d bytes", len(s.window))
		}
	}
	return s.window[pos-s.at:][:n], nil
}

// visit takes from a box what the reader needs.
func (s *scanner) visit(b topBox) error {
	switch string(b.boxType[:]) {
	case "moov":
		return s.movie(b)
	case "moof":
		s.partFrom(b)
		s.f.Fragmented = true
		return s.fragment(b)
	case "uuid":
		s.partFrom(b)
		return s.uuid(b)
	case "prft", "styp", "sidx", "emsg":
		s.partFrom(b)
	default:
		if s.inPart {
			s.f.parts[len(s.f.parts)-1].end = b.end
		}
		s.parts, s.inPart = -1, false
	}
	return nil
}

// place notes the boxes that a Writer reserves, n being how many stand before b.
func (s *scanner) place(b topBox, n int) {
	f := s.f
	if !b.is("free") {
		f.hiddenAt = 0
		return
	}
	if n == 1 && !f.moov && b.end-b.start == boxHeader64 {
		f.freeAt = b.start
	}
	f.hiddenAt = b.start
}

// partFrom notes that b belongs to the part to come.
func (s *scanner) partFrom(b topBox) {
	if s.parts < 0 {
		s.parts = b.start
	}
}

// movie reads the first moov; a further one does not count.
func (s *scanner) movie(b topBox) error {
	if s.f.moov {
		return nil
	}
	body, err := s.body(b)
	if err != nil {
		return err
	}
	if err := s.f.readMovie(body); err != nil {
		return b.errorf("%w", err)
	}
	s.f.moov, s.f.moovEnd = true, b.end
	s.parts = -1
	return nil
}

func (s *scanner) fragment(b topBox) error {
	if !s.f.moov {
		return b.errorf("it comes before the moov box")
	}
	body, err := s.body(b)
	if err != nil {
		return err
	}
	if err := s.f.readFragment(body, b.start); err != nil {
		return b.errorf("%w", err)
	}
	if !s.inPart {
		s.f.parts = append(s.f.parts, partPlace{start: s.parts})
		s.inPart = true
	}
	return nil
}

func (s *scanner) uuid(b topBox) error {
	payload := b.start + b.header
	if b.end-payload < 16 {
		return b.errorf("it has no room for its id")
	}
	h, err := s.peek(payload, 16)
	if err != nil {
		return b.errorf("%w", err)
	}
	s.f.uuids = append(s.f.uuids, uuidBox{id: [16]byte(h), started: b.start, at: payload + 16, size: b.end - payload - 16})
	return nil
}

// body reads the payload of a box into memory of its own.
func (s *scanner) body(b topBox) ([]byte, error) {
	n := b.end - b.start - b.header
	if n > maxIndex {
		return nil, b.errorf("it has %d bytes, the limit is %d", n, int64(maxIndex))
	}
	body := make([]byte, n)
	if err := s.f.readAt(body, b.start+b.header); err != nil {
		return nil, b.errorf("%w", err)
	}
	return body, nil
}
