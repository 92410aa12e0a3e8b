package rtsp

import (
	"net"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/mempipe"
)

// endless is a connection from which the same frames come for ever.
type endless struct {
	net.Conn
	data      []byte
	n         int
	deadlines int // how often one was set
}

func (e *endless) SetReadDeadline(t time.Time) error {
	e.deadlines++
	return e.Conn.SetReadDeadline(t)
}

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.data[e.n:])
	e.n = (e.n + n) % len(e.data)
	return n, nil
}

// playEndless returns a session on which packets of 1400 bytes come without end.
func playEndless(tb testing.TB) *Session {
	pipe, _ := mempipe.New()
	conn := &endless{Conn: pipe}
	for n := range 1000 {
		conn.data = appendFrame(conn.data, uint8(n%2), rtpOf(uint16(n), 1400))
	}
	s := &Session{conn: conn, link: link{conn: conn}, in: newFramer(), state: statePlaying, timeout: DefaultTimeout}
	s.dialer.setDefaults()
	if err := s.addStream("rtsp://cam/1", [2]uint8{0, 1}); err != nil {
		tb.Fatal(err)
	}
	s.startKeepalive()
	return s
}

func TestReadPacketDoesNotAllocate(t *testing.T) {
	s := playEndless(t)
	var p Packet
	allocs := testing.AllocsPerRun(5000, func() {
		if err := s.ReadPacket(&p); err != nil || len(p.Data) != 1400 {
			t.Fatal(len(p.Data), err)
		}
	})
	if allocs != 0 {
		t.Errorf("ReadPacket: %v allocations", allocs)
	}
	if n := s.conn.(*endless).deadlines; n != 1 {
		t.Errorf("the read deadline was set %d times, and did not move", n)
	}
}

func BenchmarkReadPacket(b *testing.B) {
	s := playEndless(b)
	b.SetBytes(1400)
	b.ReportAllocs()
	var p Packet
	for b.Loop() {
		if err := s.ReadPacket(&p); err != nil {
			b.Fatal(err)
		}
	}
}
