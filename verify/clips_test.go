package verify

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/timeslate/timeslate/aac"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/stamp"
)

// started is when the recordings of the tests begin.
var started = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// tracks are a camera's picture and its sound.
func tracks(t testing.TB) []media.Track {
	t.Helper()
	video, err := h264.NewConfig([][]byte{[]byte("\x67\x4d\x00\x1f\x95\xa8\x14\x01\x6e\x40")}, [][]byte{[]byte("\x68\xee\x3c\x80")})
	if err != nil {
		t.Fatal(err)
	}
	audio, err := aac.ParseConfig([]byte{0x14, 0x08}) // AAC-LC, 16 kHz, mono
	if err != nil {
		t.Fatal(err)
	}
	return []media.Track{
		{ClockRate: h264.ClockRate, Config: video},
		{ID: 1, Kind: media.Audio, ClockRate: 16000, Config: audio},
	}
}

const (
	pictureTicks = 3600 // 25 a second
	soundTicks   = 1024
)

// picture returns picture number i since the recording began.
func picture(i int) *media.Unit {
	at := started.Add(time.Duration(i) * 40 * time.Millisecond)
	u := &media.Unit{PTS: 1<<33 + int64(i)*pictureTicks, SSRC: 7, Arrival: at, Key: i%25 == 0, Data: [][]byte{{0x41, 1, 2, 3}},
		Wall: clock.Estimate{Time: at, Error: time.Millisecond, State: clock.Locked, Source: clock.SenderReport}}
	u.RTP = uint32(u.PTS)
	if i%50 == 0 {
		u.Reports = []clock.Report{{NTP: ntp.FromTime(at), RTP: u.PTS, Arrival: at, Before: i}}
	}
	return u
}

// sound returns frame number i of the sound.
func sound(i int) *media.Unit {
	at := started.Add(time.Duration(i) * 64 * time.Millisecond)
	u := &media.Unit{Track: 1, PTS: 1<<34 + int64(i)*soundTicks, SSRC: 8, Arrival: at, Key: true, Data: [][]byte{{0x21, 1, 2, 3}},
		Wall: clock.Estimate{Time: at, Error: time.Millisecond, State: clock.Locked, Source: clock.SenderReport}}
	u.RTP = uint32(u.PTS)
	if i%30 == 0 {
		u.Reports = []clock.Report{{NTP: ntp.FromTime(at), RTP: u.PTS, Arrival: at, Before: i}}
	}
	return u
}

// pictures returns those from number a up to b.
func pictures(a, b int) (units []*media.Unit) {
	for i := a; i < b; i++ {
		units = append(units, picture(i))
	}
	return units
}

// withSound returns n pictures and the sound that comes along, by their arrivals.
func withSound(n int) (units []*media.Unit) {
	j := 0
	for i := range n {
		units = append(units, picture(i))
		for ; sound(j).Arrival.Before(picture(i + 1).Arrival); j++ {
			units = append(units, sound(j))
		}
	}
	return units
}

// clipFile is a file to be written.
type clipFile struct {
	tracks []media.Track // nil: the picture alone
	units  []*media.Unit
	gaps   []stamp.Gap
	sound  time.Duration // by how much it is stored too late
	state  State         // Finished unless it is Torn, Unfinished or Recording
	spoil  func([]byte)  // damages the finished file
	times  func(*stamp.Timing)
	began  time.Duration // of the recorder, after started
}

// write makes a file of s. Pictures are placed by their arrivals, as those of several runs are.
func (s clipFile) write(t testing.TB, name string) {
	t.Helper()
	all := tracks(t)
	if s.tracks == nil {
		s.tracks = all[:1]
	}
	w, err := mp4.NewWriter(s.tracks, mp4.Options{Created: started})
	if err != nil {
		t.Fatal(err)
	}
	timing := stamp.NewTiming(s.tracks, started.Add(s.began), "test")
	for _, g := range s.gaps {
		timing.AddGap(g)
	}
	b := append([]byte(nil), w.Header()...)
	part := func() {
		head, body := w.Part(timing.AppendPart(nil))
		b = append(append(b, head...), body...)
	}
	for _, u := range s.units {
		placed := *u
		placed.PTS = int64(u.Arrival.Sub(started)) * int64(s.tracks[u.Track].ClockRate) / int64(time.Second)
		if u.Track == 1 {
			placed.PTS += int64(s.sound) * 16000 / int64(time.Second)
		}
		ready, err := w.Push(&placed)
		if err != nil {
			t.Fatal(err)
		}
		if ready {
			part()
		}
		timing.AddUnit(u)
	}
	if s.times != nil {
		s.times(timing)
	}
	part()
	switch s.state {
	case "", Finished:
		tail, at, patch, err := w.Finish(timing.AppendAll(nil))
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, tail...)
		copy(b[at:], patch[:])
	case Torn:
		b = b[:len(b)-3]
	}
	if s.spoil != nil {
		s.spoil(b)
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// verified writes the segments of one recording and verifies them.
func verified(t testing.TB, o Options, segments ...clipFile) *Report {
	t.Helper()
	dir := t.TempDir()
	var names []string
	for i, s := range segments {
		at := started.Add(time.Duration(i) * time.Minute)
		name := filepath.Join(dir, "cam_"+at.Format("20060102T150405.000Z")+".mp4")
		s.write(t, name)
		names = append(names, name)
	}
	r, err := Files(context.Background(), names, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
