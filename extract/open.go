package extract

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/timeslate/timeslate/mp4"
)

// ErrNoVideo is returned for a file without an H.264 track.
var ErrNoVideo = errors.New("extract: no H.264 track")

// Open reads a recording of size bytes: an MP4 file, finished or growing, or a _meta.txt of RTCP-NTP-Recorder. Nothing of
// r is needed afterwards.
func Open(r io.ReaderAt, size int64) (*Recording, error) {
	head := make([]byte, 512)
	n, err := r.ReadAt(head, 0)
	if n == 0 {
		return nil, fmt.Errorf("extract: byte 0: %w", err)
	}
	switch kind := kindOf(head[:n]); kind {
	case isMP4:
	case isMeta:
		return ReadMeta(io.NewSectionReader(r, 0, size))
	default:
		return nil, fmt.Errorf("extract: byte 0: %s", kind)
	}
	f, err := mp4.Open(r, size)
	if err != nil {
		return nil, err
	}
	return ReadMP4(f)
}

// What a file can be; the others are what to say of one that can't be read.
const (
	isMP4   = "MP4"
	isMeta  = "_meta.txt"
	isUTF16 = "UTF-16; save it as UTF-8"
	isZip   = "gzipped, which only the tables of a packet log may be (they need --reports)"
	isText  = "text, but no _meta.txt; a packet log needs the table of its sender reports, too (--reports)"
)

// byteOrderMark is what some programs begin UTF-8 with.
const byteOrderMark = "\ufeff"

// kindOf tells from how a file begins what it is. An MP4 file begins with the size of its first box, which would have 150 MB
// and more to look like text.
func kindOf(head []byte) string {
	text := strings.TrimLeft(strings.TrimPrefix(string(head), byteOrderMark), " \t\r\n")
	switch {
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		return isUTF16
	case strings.HasPrefix(text, gzipMagic):
		return isZip
	case strings.ContainsFunc(text, binary):
		return isMP4
	case text != "" && (text[0] == '-' || text[0] >= '0' && text[0] <= '9'):
		return isMeta
	}
	return isText
}

func binary(r rune) bool { return r == utf8.RuneError || r < ' ' && !strings.ContainsRune("\t\r\n", r) }

// VideoTrack returns the index of the track that ReadMP4 reads, or -1.
func VideoTrack(f *mp4.File) int {
	return slices.IndexFunc(f.Tracks, func(t mp4.Track) bool { return t.Entry == "avc1" || t.Entry == "avc3" })
}

// ReadMP4 reads the first H.264 track of f. What can't be read in it goes into Recording.Skipped.
func ReadMP4(f *mp4.File) (*Recording, error) {
	i := VideoTrack(f)
	if i < 0 {
		return nil, ErrNoVideo
	}
	track := &f.Tracks[i]
	r := &Recording{Timescale: track.ClockRate, Segments: make([]Segment, 1)}
	r.skip(f.Torn)
	if !r.readTiming(f, track) {
		r.readSEI(f, slices.Collect(track.Samples()))
	}
	r.settleHost(r.HostClocks)
	return r, nil
}
