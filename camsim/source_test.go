package camsim

import (
	"bytes"
	"slices"
	"testing"
	"time"
)

func mustSource(t testing.TB, c Camera, index int) *Source {
	t.Helper()
	s, err := NewSource(c, index, start, 1)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func nalTypes(f *Frame) []byte {
	var types []byte
	for _, nal := range f.Data {
		types = append(types, nal[0]&0x1f)
	}
	return types
}

func TestSourceKeyFrames(t *testing.T) {
	s := mustSource(t, Camera{GOP: 3}, 0)
	var got []bool
	for i := range 9 {
		f := s.Next(i == 4)
		got = append(got, f.Key)
		want := []byte{1}
		if f.Key {
			want = []byte{7, 8, 5}
		}
		if types := nalTypes(f); !bytes.Equal(types, want) {
			t.Errorf("frame %d has NAL units of types %v, want %v", i, types, want)
		}
	}
	if want := []bool{true, false, false, true, true, false, false, true, false}; !slices.Equal(got, want) {
		t.Errorf("key frames: %v, want %v", got, want)
	}
}

// TestSourceDay follows a camera for a day: numbers, capture times and RTP time stamps without a gap.
func TestSourceDay(t *testing.T) {
	s := mustSource(t, Camera{Rate: Rate{30000, 1001}, Phase: 7 * time.Millisecond, Clock: Clock{RTPPPM: 100}}, 0)
	first := s.Next(false).clone()
	last, ticks := first, int64(0)
	for n := int64(1); n < 24*3600*30; n++ {
		if n%1000 != 0 { // drawing them all would take long
			s.Skip()
			continue
		}
		f := s.Next(true).clone()
		ticks += int64(f.RTP - last.RTP)
		last = f
	}
	elapsed := last.Captured.Sub(start)
	if want := 7*time.Millisecond + time.Duration(last.Number)*1001*time.Second/30000; elapsed != want.Truncate(1) {
		t.Errorf("frame %d was captured after %v, want %v", last.Number, elapsed, want)
	}
	if want := int64(float64(last.Captured.Sub(first.Captured)) * 90000 * 1.0001 / 1e9); ticks < want-1 || ticks > want+1 {
		t.Errorf("%d ticks, want %d", ticks, want)
	}
}

func TestSourceIsReproducible(t *testing.T) {
	a, b := mustSource(t, Camera{}, 1), mustSource(t, Camera{}, 1)
	for range 60 {
		x, y := a.Next(false), b.Next(false)
		if x.RTP != y.RTP || !x.Captured.Equal(y.Captured) || !slices.EqualFunc(x.Data, y.Data, bytes.Equal) {
			t.Fatal("two sources with the same seed differ")
		}
	}
	if c := mustSource(t, Camera{}, 2); c.Next(false).RTP == mustSource(t, Camera{}, 1).Next(false).RTP {
		t.Error("two cameras have the same RTP time stamps")
	}
}

func TestBitrate(t *testing.T) {
	s := mustSource(t, Camera{Bitrate: 4_000_000, Rate: Rate{50, 1}}, 0)
	total := 0
	for range 100 {
		f := s.Next(false)
		for _, nal := range f.Data {
			total += len(nal)
		}
		filler := f.Data[len(f.Data)-1]
		if filler[0] != nalFiller || filler[len(filler)-1] != 0x80 || bytes.Count(filler, []byte{0xff}) != len(filler)-2 {
			t.Fatalf("filler data % x…", filler[:4])
		}
	}
	if total != 1_000_000 {
		t.Errorf("2 s have %d bytes, want 1000000", total)
	}
}

func TestFramesAreBorrowed(t *testing.T) {
	s := mustSource(t, Camera{}, 0)
	f := s.Next(true)
	kept := f.clone()
	for range 10 {
		s.Next(true)
	}
	if again := mustSource(t, Camera{}, 0).Next(true); !slices.EqualFunc(kept.Data, again.Data, bytes.Equal) {
		t.Error("a clone changed")
	}
}

func TestSourceAllocatesNothing(t *testing.T) {
	s := mustSource(t, Camera{Bitrate: 1_000_000}, 0)
	s.Next(true)
	if n := testing.AllocsPerRun(200, func() { s.Next(false) }); n != 0 {
		t.Errorf("%v allocations per frame", n)
	}
}

func BenchmarkSource(b *testing.B) {
	s := mustSource(b, Camera{}, 0)
	b.ReportAllocs()
	for range b.N {
		s.Next(false)
	}
}

// TestResizedPicturesDecode: a decoder follows from one size to another and back without a message.
func TestResizedPicturesDecode(t *testing.T) {
	s := mustSource(t, Camera{Width: 928, Height: 480, GOP: 5}, 0)
	var stream []byte
	for i := range 20 {
		if i == 3 || i == 11 {
			if err := s.resize(960, 544); err != nil {
				t.Fatal(err)
			}
		}
		for _, nal := range s.Next(false).Data {
			stream = append(append(stream, 0, 0, 0, 1), nal...)
		}
	}
	if got, want := len(ffmpegYUV(t, stream)), 20*928*480*3/2; got != want { // ffmpeg scales all to the first one's size
		t.Errorf("%d bytes, want %d", got, want)
	}
}
