package extract

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/timeslate/timeslate/mp4"
)

// ErrNoVideo is returned for a file without an H.264 track.
var ErrNoVideo = errors.New("extract: no H.264 track")

// Open reads a recording of size bytes: an MP4 file, finished or growing, or a _meta.txt of RTCP-NTP-Recorder. Nothing of
// r is needed afterwards.
func Open(r io.ReaderAt, size int64) (*Recording, error) {
	var first [1]byte
	if _, err := r.ReadAt(first[:], 0); err != nil {
		return nil, fmt.Errorf("extract: byte 0: %w", err)
	}
	// An MP4 file begins with the size of its first box, which would have 800 MB to look like a number.
	if first[0] == '-' || first[0] >= '0' && first[0] <= '9' {
		return ReadMeta(io.NewSectionReader(r, 0, size))
	}
	f, err := mp4.Open(r, size)
	if err != nil {
		return nil, err
	}
	return ReadMP4(f)
}

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
