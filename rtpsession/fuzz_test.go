package rtpsession

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// script turns fuzz bytes into packets, four bytes for each: what is special about it, by how much, shape, time.
type script struct {
	ops  []byte
	ssrc uint32
	seq  uint16
	rtp  uint32
	n    uint32 // of the packet, which is its payload
}

// next returns the next packet and whether it is one without payload.
func (s *script) next() (b []byte, empty, ok bool) {
	if len(s.ops) < 4 {
		return nil, false, false
	}
	op := s.ops[:4]
	s.ops = s.ops[4:]
	s.seq++
	switch op[0] % 8 {
	case 1: // loss
		s.seq += uint16(op[1])
	case 2: // late or repeated
		s.seq -= uint16(op[1])
	case 3: // anywhere
		s.seq = binary.BigEndian.Uint16(op[1:])
	case 4:
		s.ssrc = camera + uint32(op[1]%3)
	}
	s.rtp += uint32(int32(int8(op[3]))) * 90000
	s.n++
	b = binary.BigEndian.AppendUint32(packet(s.ssrc, s.seq, s.rtp)[:12], s.n)
	switch op[2] % 16 {
	case 1: // padding
		b[0] |= 0x20
		b = append(b, 0, 0, 3)
	case 2: // no payload
		b, empty = b[:12], true
	case 3: // another type
		b[1] = 50
	case 4: // cut
		b = b[:op[3]%12]
	case 5: // an extension
		b[0] |= 0x10
		b = slices.Insert(b, 12, 0xab, 0xac, 0, 1, op[0], op[1], op[2], op[3])
	case 6: // an extension that says it is longer than the packet
		b[0] |= 0x10
	case 7: // version
		b[0] = b[0]&0x3f | op[3]&0xc0
	}
	return b, empty, true
}

// FuzzPush checks that what comes out is, in sequence and unchanged, part of what went in, and that all sums agree.
func FuzzPush(f *testing.F) {
	inOrder := make([]byte, 40)
	f.Add(inOrder, uint8(0))
	f.Add([]byte{0, 0, 0, 0, 1, 5, 0, 0, 2, 3, 0, 1, 0, 0, 0, 0, 3, 9, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0}, uint8(8))
	f.Add([]byte{0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 4, 0, 0, 200, 1, 70, 0, 0, 0, 0, 0, 0}, uint8(64))
	f.Add([]byte{0, 0, 0, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 4, 0, 1, 0, 5, 0, 1, 0, 6, 0, 0, 0, 7, 0, 0, 0, 1, 0}, uint8(3))
	f.Add(slices.Repeat([]byte{0, 0, 0, 0, 2, 50, 0, 1}, 80), uint8(0))
	f.Fuzz(func(t *testing.T, ops []byte, window uint8) {
		c := config(int(window))
		c.Start = start
		check := checker{t: t, r: NewReceiver(c), sent: map[uint32][]byte{}}
		s := script{ops: ops, ssrc: camera, rtp: 1<<32 - 90000}
		now := start
		for b, empty, ok := s.next(); ok; b, empty, ok = s.next() {
			before := bytes.Clone(b)
			check.sent[s.n] = before
			check.empty = check.empty || empty
			err := check.r.Push(now, b)
			if malformed := check.r.Stats().Malformed; (err != nil) != (malformed > check.malformed) {
				t.Fatalf("error %v, %d malformed after %d", err, malformed, check.malformed)
			}
			check.malformed = check.r.Stats().Malformed
			check.drain()
			if !bytes.Equal(b, before) {
				t.Fatal("Push changed the bytes it was given")
			}
			clear(b)
			now = now.Add(time.Millisecond)
		}
		check.r.Flush()
		check.drain()
		check.sums(int64(s.n))
	})
}

// checker looks at what a Receiver hands out.
type checker struct {
	t         *testing.T
	r         *Receiver
	sent      map[uint32][]byte // by payload, until it comes out
	empty     bool              // a packet without payload was sent
	malformed int64
	last      *got
	out, lost int64
}

func (c *checker) drain() {
	for p, ok := c.r.Next(); ok; p, ok = c.r.Next() {
		c.packet(p)
	}
}

func (c *checker) packet(p *Packet) {
	c.t.Helper()
	n := binary.BigEndian.Uint32(p.Payload)
	b, ok := c.sent[n]
	delete(c.sent, n)
	switch {
	case !ok:
		c.t.Fatalf("packet %d came out twice", n)
	case p.SequenceNumber != binary.BigEndian.Uint16(b[2:]) || p.SSRC != binary.BigEndian.Uint32(b[8:]):
		c.t.Fatalf("packet %d is %v, was %x", n, p, b)
	case uint32(p.Time) != binary.BigEndian.Uint32(b[4:]):
		c.t.Fatalf("packet %d has time %x, was %x", n, p.Time, b)
	case p.Arrival.Sub(start) != time.Duration(n-1)*time.Millisecond:
		c.t.Fatalf("packet %d arrived %v after the start", n, p.Arrival.Sub(start))
	}
	c.out++
	c.lost += int64(p.Lost)
	now := got{p.SequenceNumber, p.Lost, p.Run}
	c.order(now)
	c.last = &now
}

// order checks that a packet follows the one before: the step of the sequence number is the loss and one.
func (c *checker) order(now got) {
	c.t.Helper()
	switch {
	case c.last == nil || now.run > c.last.run:
		if now.lost != 0 && !c.empty {
			c.t.Fatalf("%v begins a run with a loss", now)
		}
	case now.run < c.last.run:
		c.t.Fatalf("%v after %v", now, *c.last)
	default:
		step := int(now.seq - c.last.seq)
		if step == 0 || now.lost > step-1 || now.lost != step-1 && !c.empty {
			c.t.Fatalf("%v after %v", now, *c.last)
		}
	}
}

func (c *checker) sums(pushed int64) {
	s := c.r.Stats()
	waiting := int64(0)
	if c.r.candidate.held {
		waiting = 1
	}
	if sum := s.Received + s.Stray + s.OtherType + s.Malformed + waiting; sum != pushed {
		c.t.Fatalf("%d packets in, %d in %+v", pushed, sum, s)
	}
	if sum := c.out + s.Late; sum > s.Received || sum != s.Received && !c.empty {
		c.t.Fatalf("%d out, %+v", c.out, s)
	}
	if c.lost != s.Lost {
		c.t.Fatalf("lost %d in all, %+v", c.lost, s)
	}
	if c.r.order.held != 0 {
		c.t.Fatalf("%d packets left in the window", c.r.order.held)
	}
}

// FuzzPacket has one packet of any bytes.
func FuzzPacket(f *testing.F) {
	f.Add(packet(camera, 1, 0))
	f.Add(unhex(f, "90", headerHex, "abac0003 ebf93c7088888887 80050000 6501"))
	f.Add(unhex(f, "b2", headerHex, "0000000100000002 bede0001 10aa0000 6501 000003"))
	f.Add(unhex(f, "b2", headerHex, "0000000100000002 bede0001 1faa0000 6501 000003"))
	f.Add(unhex(f, reportHex))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReceiver(config(0))
		err := r.Push(start, b)
		p, ok := r.Next()
		if ok && (err != nil || b[0]>>6 != 2 || b[1]&0x7f != 96 || len(p.Payload) == 0) {
			t.Fatalf("%x: error %v, packet %+v", b, err, p)
		}
		if !ok {
			return
		}
		end := len(b) - int(p.Header.PaddingSize)
		if head := end - len(p.Payload); head < 12 || !bytes.Equal(p.Payload, b[head:end]) {
			t.Fatalf("%x has the payload %x", b, p.Payload)
		}
	})
}

// FuzzPushRTCP checks compounds against pion/rtcp, which reads fewer of them, and that a report can follow any.
func FuzzPushRTCP(f *testing.F) {
	for _, s := range [][]string{
		{reportHex}, {reportHex, cnameHex}, {reportHex, noEndHex}, {blockHex, cnameHex, byeHex},
		{cnameHex, reportHex, bothByeHex}, {appHex, otherHex, otherByeHex},
		{"80c800ff", reportHex[8:]}, {"a0c90002 1234abcd 00000004"},
	} {
		f.Add(unhex(f, s...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !isRTCP(b) {
			t.Skip()
		}
		r := NewReceiver(config(0))
		push(t, r, start, packet(camera, 1, 0x10000000))
		before := bytes.Clone(b)
		err := r.PushRTCP(start, b)
		if !bytes.Equal(b, before) {
			t.Fatal("PushRTCP changed the bytes it was given")
		}
		if (err != nil) != (r.Stats().BadRTCP == 1) {
			t.Fatalf("error %v, %+v", err, r.Stats())
		}
		all := reports(r)
		for _, s := range all {
			if uint32(s.Time) != s.RTP || !r.isSource(s.SSRC) {
				t.Fatalf("%+v", s)
			}
		}
		compareReports(t, b, all)
		rr := parseReport(t, r.AppendReport(nil, start))
		if len(all) > 0 && rr.Reports[0].LastSenderReport != all[len(all)-1].NTP.Middle() {
			t.Fatalf("LSR %08x after %v", rr.Reports[0].LastSenderReport, all)
		}
	})
}

// compareReports compares sender reports with those that pion/rtcp finds, if it can read the compound.
func compareReports(t *testing.T, b []byte, ours []SenderReport) {
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		return
	}
	var theirs []uint32
	for _, p := range packets {
		if sr, ok := p.(*rtcp.SenderReport); ok && (sr.SSRC == camera || sr.SSRC == 0xcdab3412) {
			theirs = append(theirs, sr.RTPTime)
		}
	}
	theirs = theirs[max(len(theirs)-maxReports, 0):]
	if !slices.EqualFunc(ours, theirs, func(s SenderReport, rtp uint32) bool { return s.RTP == rtp }) {
		t.Fatalf("%x: %v, pion/rtcp finds %x", b, ours, theirs)
	}
}
