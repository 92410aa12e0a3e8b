package rtpsession

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"
)

var start = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

const (
	camera = 0x1234abcd
	ours   = 0x0badcafe
)

// packet returns an RTP packet of payload type 96 with a payload of two bytes that repeat its sequence number.
func packet(ssrc uint32, seq uint16, rtp uint32) []byte {
	b := []byte{0x80, 96}
	b = binary.BigEndian.AppendUint16(b, seq)
	b = binary.BigEndian.AppendUint32(b, rtp)
	b = binary.BigEndian.AppendUint32(b, ssrc)
	return binary.BigEndian.AppendUint16(b, seq)
}

// got is what a test compares of a packet.
type got struct {
	seq  uint16
	lost int
	run  int
}

func drain(r *Receiver) (all []got) {
	for p, ok := r.Next(); ok; p, ok = r.Next() {
		all = append(all, got{p.SequenceNumber, p.Lost, p.Run})
	}
	return all
}

func config(reorder int) Config {
	return Config{PayloadType: 96, SSRC: ours, CNAME: "recorder", Reorder: reorder}
}

func push(t *testing.T, r *Receiver, now time.Time, b []byte) []got {
	t.Helper()
	if err := r.Push(now, b); err != nil {
		t.Fatal(err)
	}
	return drain(r)
}

// in is a packet of a table test.
type in struct {
	ssrc uint32
	seq  uint16
}

func run(ssrc uint32, seqs ...uint16) (all []in) {
	for _, s := range seqs {
		all = append(all, in{ssrc, s})
	}
	return all
}

// count returns n sequence numbers from first on.
func count(first uint16, n int) (all []uint16) {
	for i := range n {
		all = append(all, first+uint16(i))
	}
	return all
}

func TestSequence(t *testing.T) {
	const other = 0x5555
	tests := []struct {
		name    string
		reorder int
		in      []in
		want    []got
		stray   int64
		late    int64
	}{
		{"the first packet counts", 0, run(camera, 7), []got{{7, 0, 0}}, 0, 0},
		{"wrap", 0, run(camera, 65534, 65535, 0, 1), []got{{65534, 0, 0}, {65535, 0, 0}, {0, 0, 0}, {1, 0, 0}}, 0, 0},
		{"loss over the wrap", 0, run(camera, 65534, 2), []got{{65534, 0, 0}, {2, 3, 0}}, 0, 0},
		{"largest gap that is loss", 0, run(camera, 0, 2999), []got{{0, 0, 0}, {2999, 2998, 0}}, 0, 0},
		{"one far packet", 0, run(camera, 0, 3000, 1), []got{{0, 0, 0}, {1, 0, 0}}, 1, 0},
		{"restart ahead", 0, run(camera, 0, 3000, 3001), []got{{0, 0, 0}, {3000, 0, 1}, {3001, 0, 1}}, 0, 0},
		{"restart behind", 0, run(camera, 500, 399, 400), []got{{500, 0, 0}, {399, 0, 1}, {400, 0, 1}}, 0, 0},
		{"99 behind is late", 0, run(camera, 500, 401, 402), []got{{500, 0, 0}}, 0, 2},
		{"repeated", 0, run(camera, 1, 1, 2, 2), []got{{1, 0, 0}, {2, 0, 0}}, 0, 2},
		{"64 late in a row", 0, run(camera, append([]uint16{500}, count(410, 65)...)...),
			[]got{{500, 0, 0}, {473, 0, 1}, {474, 0, 1}}, 0, 63},
		{"64 late in a row after a far one", 0, run(camera, append([]uint16{500, 9000}, count(410, 64)...)...),
			[]got{{500, 0, 0}, {473, 0, 1}}, 1, 63},
		{"63 late in a row, twice", 0, run(camera, slices.Concat([]uint16{500}, count(420, 63), []uint16{501}, count(420, 63))...),
			[]got{{500, 0, 0}, {501, 0, 0}}, 0, 126},
		{"new SSRC", 0, append(run(camera, 5), run(other, 9, 10)...), []got{{5, 0, 0}, {9, 0, 1}, {10, 0, 1}}, 0, 0},
		{"SSRC 0", 0, append(run(0, 5), run(camera, 6, 7)...), []got{{5, 0, 0}, {6, 0, 1}, {7, 0, 1}}, 0, 0},
		{"two sources by turns", 0, []in{{camera, 1}, {other, 1}, {camera, 2}, {other, 2}, {camera, 3}},
			[]got{{1, 0, 0}, {2, 0, 0}, {3, 0, 0}}, 2, 0},
		{"TCP does not wait", 0, run(camera, 1, 3, 2, 4), []got{{1, 0, 0}, {3, 1, 0}, {4, 0, 0}}, 0, 1},

		{"swapped", 64, run(camera, 1, 3, 2, 4), []got{{1, 0, 0}, {2, 0, 0}, {3, 0, 0}, {4, 0, 0}}, 0, 0},
		{"backwards over the wrap", 64, run(camera, 65534, 1, 0, 65535), []got{{65534, 0, 0}, {65535, 0, 0}, {0, 0, 0}, {1, 0, 0}}, 0, 0},
		{"repeated while held", 64, run(camera, 1, 3, 3, 2), []got{{1, 0, 0}, {2, 0, 0}, {3, 0, 0}}, 0, 1},
		{"window full", 4, run(camera, 1, 3, 4, 5, 6), []got{{1, 0, 0}, {3, 1, 0}, {4, 0, 0}, {5, 0, 0}, {6, 0, 0}}, 0, 0},
		{"window full with two gaps", 4, run(camera, 1, 3, 5, 6, 7), []got{{1, 0, 0}, {3, 1, 0}}, 0, 0},
		{"jump over the window", 4, run(camera, 1, 3, 100, 97, 98, 99),
			[]got{{1, 0, 0}, {3, 1, 0}, {97, 93, 0}, {98, 0, 0}, {99, 0, 0}, {100, 0, 0}}, 0, 0},
		{"new SSRC empties the window", 64, append(run(camera, 1, 3, 6), run(other, 9, 10, 12, 11)...),
			[]got{{1, 0, 0}, {3, 1, 0}, {6, 2, 0}, {9, 0, 1}, {10, 0, 1}, {11, 0, 1}, {12, 0, 1}}, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := NewReceiver(config(test.reorder))
			var all []got
			for _, p := range test.in {
				all = append(all, push(t, r, start, packet(p.ssrc, p.seq, 0))...)
			}
			if !slices.Equal(all, test.want) {
				t.Errorf("got %v, want %v", all, test.want)
			}
			if s := r.Stats(); s.Stray != test.stray || s.Late != test.late {
				t.Errorf("%d stray, %d late; want %d, %d", s.Stray, s.Late, test.stray, test.late)
			}
		})
	}
}

// TestWindowLimit: what is too far behind for the run needs no room in the window.
func TestWindowLimit(t *testing.T) {
	for asked, want := range map[int]int{-1: 0, 0: 0, maxMisorder: maxMisorder, 1 << 30: maxMisorder} {
		if got := len(NewReceiver(config(asked)).order.window); got != want {
			t.Errorf("window of %d asked for: %d, want %d", asked, got, want)
		}
	}
}
