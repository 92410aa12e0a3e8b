package rtpsession

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// header is that of packet(camera, 2, 90000) but for its first byte, in hex.
const headerHex = "60 0002 00015f90 1234abcd"

// TestPackets has packets of odd shape between the packets 1 and 3.
func TestPackets(t *testing.T) {
	const place = "rtpsession: SSRC 1234abcd, sequence number 2: malformed packet"
	tests := []struct {
		name    string
		b       []byte
		payload []byte // nil: not handed out
		lost    int    // before packet 3
		err     string
	}{
		{"plain", unhex(t, "80", headerHex, "6501"), []byte{0x65, 1}, 0, ""},
		{"padding", unhex(t, "a0", headerHex, "6501 000003"), []byte{0x65, 1}, 0, ""},
		{"padding only", unhex(t, "a0", headerHex, "00000004"), nil, 0, ""},
		{"no payload", unhex(t, "80", headerHex), nil, 0, ""},
		{"more padding than payload", unhex(t, "a0", headerHex, "650009"), nil, 1, place},
		{"padding of 0 bytes", unhex(t, "a0", headerHex, "650000"), nil, 1, place},
		{"two CSRC", unhex(t, "82", headerHex, "0000000100000002 6501"), []byte{0x65, 1}, 0, ""},
		{"CSRC beyond the end", unhex(t, "8f", headerHex, "6501"), nil, 1, place},
		{"ONVIF replay extension", unhex(t, "90", headerHex, "abac0003 ebf93c7088888887 80050000 6501"), []byte{0x65, 1}, 0, ""},
		{"JPEG extension", unhex(t, "90", headerHex, "ffd80001 ffc0ffff 6501"), []byte{0x65, 1}, 0, ""},
		{"one-byte extension", unhex(t, "90", headerHex, "bede0001 10aa0000 6501"), []byte{0x65, 1}, 0, ""},
		{"empty extension", unhex(t, "90", headerHex, "abac0000 6501"), []byte{0x65, 1}, 0, ""},
		{"extension beyond the end", unhex(t, "90", headerHex, "abac0003 6501"), nil, 1, place},
		{"version 1", unhex(t, "40", headerHex, "6501"), nil, 1, place + ": not version 2"},
		{"cut header", unhex(t, "80", headerHex)[:11], nil, 1, "rtpsession: malformed packet of 11 bytes"},
		{"empty", nil, nil, 1, "rtpsession: malformed packet of 0 bytes"},
		// Geovision: packets of an undeclared type repeat the sequence number of the packet before.
		{"other type", append([]byte{0x80, 50}, packet(camera, 1, 90000)[2:]...), nil, 1, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := NewReceiver(config(0))
			push(t, r, start, packet(camera, 1, 90000))
			err := r.Push(start, test.b)
			if bad := test.err != ""; bad != (err != nil) || bad && !errors.Is(err, ErrMalformed) || bad && !strings.HasPrefix(err.Error(), test.err) {
				t.Errorf("error %v, want %q…", err, test.err)
			}
			p, ok := r.Next()
			if ok != (test.payload != nil) || ok && (!slices.Equal(p.Payload, test.payload) || p.Time != 90000) {
				t.Errorf("got %+v, %v, want payload %x", p, ok, test.payload)
			}
			drain(r)
			want := []got{{3, test.lost, 0}}
			if all := push(t, r, start, packet(camera, 3, 90000)); !slices.Equal(all, want) {
				t.Errorf("then got %v, want %v", all, want)
			}
		})
	}
}

// TestOtherPayloadType: packets of a type that the SDP doesn't know are nowhere in the sequence, be their numbers those of
// packets before (Geovision) or to come, their SSRC the source's or another.
func TestOtherPayloadType(t *testing.T) {
	r := NewReceiver(config(0))
	for seq := range uint16(100) {
		if all := push(t, r, start, packet(camera, seq, 0)); !slices.Equal(all, []got{{seq, 0, 0}}) {
			t.Fatalf("got %v", all)
		}
		for _, b := range [][]byte{packet(camera, seq, 0), packet(camera, seq+1, 0), packet(77, seq, 0)} {
			b[1] = 50
			if all := push(t, r, start, b); all != nil {
				t.Fatalf("got %v of type 50", all)
			}
		}
	}
	if s := r.Stats(); s.OtherType != 300 || s.Received != 100 || s.Late != 0 || s.Stray != 0 || s.Lost != 0 {
		t.Errorf("%+v", s)
	}
}

// TestExtensionStays proves that the raw words of an ONVIF extension come out, for who wants the time in them.
func TestExtensionStays(t *testing.T) {
	r := NewReceiver(config(0))
	if err := r.Push(start, unhex(t, "90", headerHex, "abac0003 ebf93c7088888887 80050000 6501")); err != nil {
		t.Fatal(err)
	}
	p, ok := r.Next()
	if !ok || p.ExtensionProfile != 0xabac || !slices.Equal(p.GetExtension(0), unhex(t, "ebf93c7088888887 80050000")) {
		t.Errorf("got %+v", p)
	}
}

// TestLossBeforeEmpty: what is lost before a packet without payload is told with the next one that has some.
func TestLossBeforeEmpty(t *testing.T) {
	r := NewReceiver(config(0))
	push(t, r, start, packet(camera, 1, 0))
	push(t, r, start, packet(camera, 4, 0)[:12])
	if all := push(t, r, start, packet(camera, 6, 0)); !slices.Equal(all, []got{{6, 3, 0}}) {
		t.Errorf("got %v, want packet 6 after the loss of 2, 3 and 5", all)
	}
}

// TestNewRun: nothing of the run before shows in the next.
func TestNewRun(t *testing.T) {
	r := NewReceiver(config(0))
	push(t, r, start, packet(camera, 1, 1<<32-3600))
	push(t, r, start.Add(time.Hour), packet(camera, 2, 3600)) // much jitter, and time has wrapped
	if err := r.PushRTCP(start, unhex(t, reportHex)); err != nil {
		t.Fatal(err)
	}
	push(t, r, start, packet(camera, 9, 0)[:12]) // a loss that is not told yet
	if err := r.Push(start.Add(2*time.Hour), packet(77, 500, 90000)); err != nil {
		t.Fatal(err)
	}
	if err := r.Push(start.Add(2*time.Hour), packet(77, 501, 90000)); err != nil {
		t.Fatal(err)
	}
	p, ok := r.Next()
	if !ok || p.Time != 90000 || p.Lost != 0 || p.Run != 1 {
		t.Errorf("got %+v", p)
	}
	drain(r)
	want := rtcp.ReceptionReport{SSRC: 77, LastSequenceNumber: 501}
	if got := parseReport(t, r.AppendReport(nil, start.Add(2*time.Hour))).Reports[0]; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestNotDrained(t *testing.T) {
	r := NewReceiver(config(0))
	for seq := range uint16(4) {
		if err := r.Push(start, packet(camera, seq, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if all := drain(r); !slices.Equal(all, []got{{3, 3, 0}}) || r.Stats().Lost != 3 {
		t.Errorf("got %v, want the last packet after the loss of those not asked for", all)
	}
}

func TestFlush(t *testing.T) {
	r := NewReceiver(config(DefaultReorder))
	for _, seq := range []uint16{1, 3, 6} {
		push(t, r, start, packet(camera, seq, 0))
	}
	r.Flush()
	if all := drain(r); !slices.Equal(all, []got{{3, 1, 0}, {6, 2, 0}}) {
		t.Errorf("got %v", all)
	}
	if all := push(t, r, start, packet(camera, 8, 0)); all != nil {
		t.Errorf("got %v: the window works no more after Flush", all)
	}
}

// TestHold: packets do not wait for ever, though the window is far from full.
func TestHold(t *testing.T) {
	r := NewReceiver(config(DefaultReorder))
	push(t, r, start, packet(camera, 1, 0))
	at := start.Add(10 * time.Second) // silence is no reason not to wait
	for i, step := range []struct {
		after time.Duration
		seq   uint16
		want  []got
	}{
		{0, 3, nil},
		{maxHold, 4, nil},
		{maxHold + 1, 5, []got{{3, 1, 0}, {4, 0, 0}, {5, 0, 0}}},
		{maxHold + 2, 2, nil},
		{maxHold + 3, 7, nil},
		{maxHold + 4, 6, []got{{6, 0, 0}, {7, 0, 0}}},
	} {
		if all := push(t, r, at.Add(step.after), packet(camera, step.seq, 0)); !slices.Equal(all, step.want) {
			t.Errorf("step %d: got %v, want %v", i, all, step.want)
		}
	}
}

// TestHoldSecondGap: a gap behind another gets its own time.
func TestHoldSecondGap(t *testing.T) {
	r := NewReceiver(config(DefaultReorder))
	for i, step := range []struct {
		after time.Duration
		seq   uint16
		want  []got
	}{
		{0, 1, []got{{1, 0, 0}}},
		{1, 3, nil},
		{200 * time.Millisecond, 4, nil},
		{201 * time.Millisecond, 6, nil},
		{maxHold, 2, []got{{2, 0, 0}, {3, 0, 0}, {4, 0, 0}}},
		{300 * time.Millisecond, 7, nil},
		{301 * time.Millisecond, 5, []got{{5, 0, 0}, {6, 0, 0}, {7, 0, 0}}},
	} {
		if all := push(t, r, start.Add(step.after), packet(camera, step.seq, 0)); !slices.Equal(all, step.want) {
			t.Errorf("step %d: got %v, want %v", i, all, step.want)
		}
	}
}

// TestReorderedPacket: a packet that waited is handed out as it came.
func TestReorderedPacket(t *testing.T) {
	r := NewReceiver(config(DefaultReorder))
	push(t, r, start, packet(camera, 65534, 1<<32-3600))
	b := packet(camera, 0, 3600)
	push(t, r, start.Add(1), b)
	clear(b) // the bytes were borrowed
	if err := r.Push(start.Add(2), packet(camera, 65535, 0)); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		time    int64
		arrival time.Duration
	}{{1 << 32, 2}, {1<<32 + 3600, 1}} {
		p, ok := r.Next()
		if !ok || p.Time != want.time || p.Arrival.Sub(start) != want.arrival || p.SequenceNumber != 65535+uint16(i) ||
			!slices.Equal(p.Payload, []byte{byte(p.SequenceNumber >> 8), byte(p.SequenceNumber)}) {
			t.Errorf("got %+v, want %+v", p, want)
		}
	}
}

// TestConfirmedPacket: the first packet of a new run was kept until the second, and is handed out as it came.
func TestConfirmedPacket(t *testing.T) {
	r := NewReceiver(config(0))
	push(t, r, start, packet(camera, 1, 1<<31))
	b := packet(77, 1000, 5)
	push(t, r, start.Add(1), b)
	clear(b)
	if err := r.Push(start.Add(2), packet(77, 1001, 8)); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{5, 8} {
		p, ok := r.Next()
		if !ok || p.Time != want || p.Arrival.Sub(start) != time.Duration(i+1) || p.Run != 1 || p.SSRC != 77 || p.Lost != 0 {
			t.Errorf("got %+v, want time %d", p, want)
		}
	}
}
