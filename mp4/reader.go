package mp4

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/timeslate/timeslate/media"
)

// Limits of the reader. What it keeps of a file is never larger than the boxes that it comes from.
const (
	// maxIndex is the largest moov, moof or uuid box in bytes: a week of a camera with jittering time stamps fits.
	maxIndex = 256 << 20

	// maxSamples is the largest number of samples in a track: six days at 30 frames per second.
	maxSamples = 1 << 24

	// maxBoxes is the largest number of boxes at the top level: six days of half-second parts of four boxes each.
	maxBoxes = 1 << 22

	// maxSample is the largest sample in bytes that Read returns: the largest unit of a Writer, and the parameter sets
	// that it puts into one.
	maxSample = 2 * maxUnit

	// maxTracks is far more than any camera has.
	maxTracks = 64

	// maxTime is the largest time in ticks that is believed: 25,000 years at 90 kHz. Sums of times can't overflow.
	maxTime = 1 << 56
)

// File is an MP4 file that is open for reading: plain, fragmented, or still growing. Its methods may be used from several
// goroutines as far as its io.ReaderAt may; UUID and the iterators keep their state to themselves.
type File struct {
	Tracks     []Track
	Created    time.Time // creation time in UTC, which files of this package take from the first frame; zero when unknown
	Fragmented bool      // made of movie fragments: growing, or never finished, or made so

	// Torn says what is wrong with the end of a file that was cut off, or that is being written at this moment; it is nil
	// for a file that is whole. The samples of a fragmented file are those of the parts before. A plain file whose moov
	// stands before the data lists all it once had, and Read fails for what is lost.
	Torn error

	// End is where the last whole part or box ends, in bytes: the size of the file unless it is torn.
	End int64

	r        io.ReaderAt
	size     int64
	defaults []trackDefaults
	uuids    []uuidBox
	parts    []partPlace
	moov     bool  // has been read
	moovEnd  int64 // where the first moov ends
	freeAt   int64 // where the free box of a growing file is that becomes the header of its media data; 0: there is none
	hiddenAt int64 // where a free box is that ends the file and may hide its index; 0: there is none
}

// uuidBox is the place of a uuid box.
type uuidBox struct {
	id      [16]byte
	at      int64 // of the payload
	size    int64
	started int64 // where the box starts
}

// Track is one track of a File. Its ID counts from 0 as in Tracks, its Config is that of the first sample description. When
// this package does not know the codec, Config is nil and there are no samples.
type Track struct {
	media.Track
	Number   uint32 // track_ID in the file
	Kind     string // handler type: "vide", "soun", "meta", …
	Entry    string // type of the first sample entry, "avc1" for example
	Len      int    // number of samples
	Start    int64  // PTS of the first sample in ticks
	Duration int64  // from the first to the end of the last sample in order of decoding, in ticks

	shift   int64 // what the edit list adds to composition times
	end     int64 // PTS at which the edit list ends the presentation; 0: nowhere
	configs []sampleConfig
	index   index         // samples that moov lists
	runs    []fragmentRun // samples of movie fragments
	nextDTS int64         // after the last sample so far
}

// sampleConfig is one sample description.
type sampleConfig struct {
	config     media.Config // nil when the codec is not known
	lengthSize int          // of the length before each NAL unit, in bytes; 0 when samples are not made of NAL units
	entry      box          // the sample entry as it stands in the file
}

// Sample is one unit of a track and the place of its bytes. Times are in ticks of the track's clock; PTS count from the
// start of the presentation, edit list obeyed (only an empty edit at the start and the edit after it are), so that those
// of two tracks belong together.
type Sample struct {
	DTS, PTS int64
	Duration int64
	Offset   int64 // in the file, in bytes
	Size     uint32
	Key      bool
	Hidden   bool         // it begins before the presentation, or behind its end: it is decoded but not shown
	Config   media.Config // in force for this sample; another one than before when the parameters change

	lengthSize uint8
}

// Open reads the structure of a file of size bytes. It fails when there is no whole moov box, or when the moov box makes
// no sense; what is wrong later only ends the file early, see File.Torn.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, size: size, End: size}
	if err := f.scan(); err != nil {
		return nil, err
	}
	if !f.moov {
		switch {
		case f.Torn != nil && f.End == 0:
			return nil, fmt.Errorf("mp4: not an MP4 file: %w", f.Torn)
		case f.Torn != nil:
			return nil, fmt.Errorf("mp4: no moov box: %w", f.Torn)
		}
		return nil, fmt.Errorf("mp4: no moov box in %d bytes", size)
	}
	for i := range f.Tracks {
		f.Tracks[i].setTotals()
	}
	return f, nil
}

// Samples returns the track's samples in order of decoding. They are worked out from the file's tables as one goes.
func (t *Track) Samples() iter.Seq[Sample] {
	return func(yield func(Sample) bool) {
		if !t.index.samples(t, yield) {
			return
		}
		for i := range t.runs {
			if !t.runs[i].samples(t, yield) {
				return
			}
		}
	}
}

// settled is Samples with the times that they will have once the file is finished: in one that grows, a Shift moves
// only what comes after it.
func (t *Track) settled() iter.Seq[Sample] {
	return func(yield func(Sample) bool) {
		if !t.index.samples(t, yield) {
			return
		}
		for i := range t.runs {
			by := t.runs[len(t.runs)-1].moved - t.runs[i].stray
			move := func(s Sample) bool {
				s.DTS, s.PTS = s.DTS+by, s.PTS+by
				s.Hidden = s.Hidden && by == 0
				return yield(s)
			}
			if !t.runs[i].samples(t, move) {
				return
			}
		}
	}
}

// Read returns the bytes of s, in buf where they fit. A sample of more than 128 MiB is an error.
func (f *File) Read(s Sample, buf []byte) ([]byte, error) {
	if s.Offset < 0 || s.Offset > f.size-int64(s.Size) {
		return nil, fmt.Errorf("mp4: sample of %d bytes at byte %d of %d: %w", s.Size, s.Offset, f.size, io.ErrUnexpectedEOF)
	}
	if s.Size > maxSample {
		return nil, fmt.Errorf("mp4: sample of %d bytes at byte %d, the limit is %d", s.Size, s.Offset, maxSample)
	}
	buf = slices.Grow(buf[:0], int(s.Size))[:s.Size]
	if err := f.readAt(buf, s.Offset); err != nil {
		return nil, fmt.Errorf("mp4: sample of %d bytes at byte %d: %w", s.Size, s.Offset, err)
	}
	return buf, nil
}

// Split appends to units the pieces of a sample whose bytes are data: what media.Unit.Data holds of it. They alias data.
func (s Sample) Split(units [][]byte, data []byte) ([][]byte, error) {
	if s.lengthSize == 0 {
		return append(units, data), nil
	}
	n := int(s.lengthSize)
	for rest := data; len(rest) > 0; {
		if len(rest) < n {
			return units, fmt.Errorf("mp4: sample at byte %d: %d bytes too many", s.Offset, len(rest))
		}
		length := bigEndian(rest[:n])
		rest = rest[n:]
		if uint64(length) > uint64(len(rest)) {
			return units, fmt.Errorf("mp4: sample at byte %d: NAL unit of %d bytes where %d are left",
				s.Offset, length, len(rest))
		}
		if length > 0 {
			units = append(units, rest[:length])
		}
		rest = rest[length:]
	}
	return units, nil
}

// UUID returns the payloads of the uuid boxes at the top level of the file that have the given id: those before each part
// as long as a file grows, the ones after moov once it is finished. A payload is borrowed until the next step.
func (f *File) UUID(id [16]byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var buf []byte
		for _, u := range f.uuids {
			if u.id != id {
				continue
			}
			var err error
			if buf, err = f.readUUID(u, buf); err != nil {
				yield(nil, err)
				return
			}
			if !yield(buf, nil) {
				return
			}
		}
	}
}

// readUUID returns the payload of u, in buf where it fits.
func (f *File) readUUID(u uuidBox, buf []byte) ([]byte, error) {
	if u.size > maxIndex {
		return nil, fmt.Errorf("mp4: uuid box at byte %d has %d bytes, the limit is %d", u.started, u.size, int64(maxIndex))
	}
	buf = slices.Grow(buf[:0], int(u.size))[:u.size]
	return buf, f.readAt(buf, u.at)
}

// readAt fills b. An io.ReaderAt may say io.EOF with the last byte.
func (f *File) readAt(b []byte, at int64) error {
	n, err := f.r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%d bytes at byte %d: %w", len(b), at, err)
}

// bigEndian reads an unsigned integer of 1 to 4 bytes.
func bigEndian(b []byte) uint32 {
	var v [4]byte
	copy(v[4-len(b):], b)
	return binary.BigEndian.Uint32(v[:])
}
