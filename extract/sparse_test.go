package extract

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/stamp"
)

// sparse is a large file of which little is not zero.
type sparse struct {
	pieces []piece // in order
	size   int64
	read   int64 // bytes
	media  []span
	closed bool // media bytes can't be read
}

type piece struct {
	at int64
	b  []byte
}

type span struct{ from, to int64 }

var errMedia = errors.New("media bytes are read")

func (s *sparse) ReadAt(b []byte, at int64) (int, error) {
	n := min(int64(len(b)), s.size-at)
	if n <= 0 {
		return 0, io.EOF
	}
	b = b[:n]
	if s.closed {
		i := sort.Search(len(s.media), func(i int) bool { return s.media[i].to > at })
		if i < len(s.media) && at >= s.media[i].from { // a window on headers may reach into media
			return 0, errMedia
		}
	}
	s.read += n
	clear(b)
	i := sort.Search(len(s.pieces), func(i int) bool { return s.pieces[i].at+int64(len(s.pieces[i].b)) > at })
	for ; i < len(s.pieces) && s.pieces[i].at < at+n; i++ {
		p := s.pieces[i]
		if p.at >= at {
			copy(b[p.at-at:], p.b)
		} else {
			copy(b, p.b[at-p.at:])
		}
	}
	return int(n), nil
}

func (s *sparse) append(b []byte) {
	s.pieces = append(s.pieces, piece{s.size, bytes.Clone(b)})
	s.size += int64(len(b))
}

// appendMedia keeps of b what is not zero.
func (s *sparse) appendMedia(b []byte) {
	const block = 512
	s.media = append(s.media, span{s.size, s.size + int64(len(b))})
	zero := make([]byte, block)
	for from := 0; from < len(b); from += block {
		if part := b[from:min(from+block, len(b))]; !bytes.Equal(part, zero[:len(part)]) {
			s.pieces = append(s.pieces, piece{s.size + int64(from), bytes.Clone(part)})
		}
	}
	s.size += int64(len(b))
}

// longUnit is frame i of a camera with 25 frames per second and 4 Mbit/s, a report each 5.04 s, and a network with
// some jitter.
func longUnit(i int, data [][]byte) *media.Unit {
	at := start.Add(time.Duration(i) * 40 * ms)
	u := &media.Unit{PTS: 1000 + 3600*int64(i), SSRC: 1, Key: i%50 == 0, Data: data, Arrival: at.Add(time.Duration(3+i*i%7) * ms)}
	u.RTP = uint32(u.PTS)
	u.Wall = clock.Estimate{Time: at, Error: ms, State: clock.Locked, Source: clock.SenderReport}
	if i%126 == 0 {
		u.Reports = []clock.Report{{NTP: ntp.FromTime(at), RTP: u.PTS, Before: i, Arrival: at.Add(2 * ms)}}
	}
	return u
}

// longFile makes a file of n frames of that camera; frames of it are 20,000 bytes, or less if the test wants only their
// number.
func longFile(t testing.TB, n, size int, kinds stamp.Kinds, withTiming, finished bool) *sparse {
	t.Helper()
	tracks := []media.Track{{ClockRate: 90000, Config: videoConfig(t)}}
	w, err := mp4.NewWriter(tracks, mp4.Options{})
	if err != nil {
		t.Fatal(err)
	}
	stamper, timing := stamp.NewStamper(kinds, 90000), stamp.NewTiming(tracks, start, "test")
	s := &sparse{}
	s.append(w.Header())
	box := func(b []byte) []byte {
		if !withTiming {
			return nil
		}
		return b
	}
	key, other := make([]byte, size), make([]byte, size)
	key[0], other[0] = 0x65, 0x41
	for i := range n {
		nal := other
		if i%50 == 0 {
			nal = key
		}
		u := longUnit(i, [][]byte{nal})
		timing.AddUnit(u)
		stamper.Stamp(u)
		ready, err := w.Push(u)
		if err != nil {
			t.Fatal(err)
		}
		if ready || i == n-1 {
			head, body := w.Part(box(timing.AppendPart(nil)))
			s.append(head)
			s.appendMedia(body)
		}
	}
	if !finished {
		return s
	}
	tail, at, patch, err := w.Finish(box(timing.AppendAll(nil)))
	if err != nil {
		t.Fatal(err)
	}
	s.append(tail)
	patched := bytes.Clone(s.pieces[0].b)
	copy(patched[at:], patch[:])
	s.pieces[0].b = patched
	return s
}

// TestMediaUnread: of a file with a timing box no byte of the media is read, be it growing or finished.
func TestMediaUnread(t *testing.T) {
	for _, finished := range []bool{false, true} {
		s := longFile(t, 2000, 20000, 0, true, finished)
		s.closed = true
		r, err := Open(s, s.size)
		if err != nil || len(r.Skipped) > 0 || r.Frames.Len() != 2000 || r.Origin != TimingBox {
			t.Fatalf("finished %t: %v, %+v", finished, err, r)
		}
		if s.read > s.size/100 {
			t.Errorf("finished %t: %d of %d bytes are read", finished, s.read, s.size)
		}
	}
}

// TestHeadsRead: of a file with stamps in the stream only the beginnings of the samples are read.
func TestHeadsRead(t *testing.T) {
	s := longFile(t, 1000, 20000, stamp.Strawlab, false, true)
	r, err := Open(s, s.size)
	if err != nil || len(r.Skipped) > 0 || r.Frames.Len() != 1000 || r.Origin != Strawlab {
		t.Fatalf("%v, %+v", err, r)
	}
	if s.read > s.size/5 {
		t.Errorf("%d of %d bytes are read", s.read, s.size)
	}
}

// The benchmarks extract an hour at 4 Mbit/s, by timing box and by stamps, and a day in segments of five minutes.

func BenchmarkHour(b *testing.B) {
	s := longFile(b, 90000, 20000, 0, true, true)
	for b.Loop() {
		r, err := Open(s, s.size)
		if err != nil {
			b.Fatal(err)
		}
		writeRows(b, r)
	}
}

func BenchmarkHourOfStamps(b *testing.B) {
	s := longFile(b, 90000, 20000, stamp.Strawlab, false, true)
	for b.Loop() {
		r, err := Open(s, s.size)
		if err != nil {
			b.Fatal(err)
		}
		writeRows(b, r)
	}
}

func writeRows(b *testing.B, r *Recording) {
	var line []byte
	rows := r.Rows(Best)
	for i := range rows {
		line = rows[i].AppendCSV(line[:0])
	}
	if len(line) == 0 || !slices.Contains([]clock.State{clock.Locked, clock.Coasting, clock.Acquiring}, rows[len(rows)/2].State) {
		b.Fatalf("%d rows, the last %s", len(rows), line)
	}
}
