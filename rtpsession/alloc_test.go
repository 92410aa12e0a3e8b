package rtpsession

import (
	"encoding/binary"
	"testing"
	"time"
)

// stream pushes packets of 1,400 bytes in sequence, 20 per frame, with every tenth pair swapped when asked for.
type stream struct {
	r    *Receiver
	b    [2][]byte
	now  time.Time
	seq  uint16
	swap bool
	n    int
}

func newStream(reorder int, swap bool) *stream {
	s := &stream{r: NewReceiver(config(reorder)), now: start, swap: swap}
	for i := range s.b {
		s.b[i] = append(packet(camera, 0, 0), make([]byte, 1386)...)
	}
	return s
}

// pair pushes two packets, and returns how many came out.
func (s *stream) pair() (out int) {
	for i, b := range s.b {
		seq := s.seq + uint16(i)
		binary.BigEndian.PutUint16(b[2:], seq)
		binary.BigEndian.PutUint32(b[4:], uint32(s.n/10)*3600)
	}
	first, second := s.b[0], s.b[1]
	if s.swap && s.n%10 == 5 {
		first, second = second, first
	}
	out = s.push(first) + s.push(second)
	s.seq += 2
	s.n++
	s.now = s.now.Add(4 * time.Millisecond)
	return out
}

func (s *stream) push(b []byte) (out int) {
	if s.r.Push(s.now, b) != nil {
		return -1
	}
	for _, ok := s.r.Next(); ok; _, ok = s.r.Next() {
		out++
	}
	return out
}

func TestAllocations(t *testing.T) {
	sr := unhex(t, reportHex, cnameHex)
	for _, reorder := range []int{0, DefaultReorder} {
		s := newStream(reorder, reorder > 0)
		for range 1000 { // the window's slots grow to their size
			s.pair()
		}
		out, pairs := 0, 0
		allocs := testing.AllocsPerRun(1000, func() {
			out += s.pair()
			pairs++
		})
		if allocs != 0 || out != 2*pairs {
			t.Errorf("window %d: %v allocations per pair, %d of %d packets", reorder, allocs, out, 2*pairs)
		}
		report := make([]byte, 0, 256)
		allocs = testing.AllocsPerRun(1000, func() {
			s.pair()
			if s.r.PushRTCP(s.now, sr) != nil {
				out = -1
			}
			if _, ok := s.r.NextReport(); !ok {
				out = -1
			}
			report = s.r.AppendReport(report[:0], s.now)
		})
		if allocs != 0 || out < 0 {
			t.Errorf("window %d: %v allocations per report", reorder, allocs)
		}
	}
}

func BenchmarkPush(b *testing.B) {
	for _, bench := range []struct {
		name    string
		reorder int
		swap    bool
	}{{"TCP", 0, false}, {"UDP in order", DefaultReorder, false}, {"UDP 5 % early", DefaultReorder, true}} {
		b.Run(bench.name, func(b *testing.B) {
			s := newStream(bench.reorder, bench.swap)
			b.ReportAllocs()
			b.SetBytes(1400)
			for i := 0; i < b.N; i += 2 {
				s.pair()
			}
		})
	}
}

func BenchmarkReport(b *testing.B) {
	s := newStream(0, false)
	report := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		s.pair()
		report = s.r.AppendReport(report[:0], s.now)
	}
}
