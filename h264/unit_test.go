package h264

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/bitio"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
)

// field returns a slice of a field: the parameter set has frame_num of 6 bits.
func field(header byte, frameNum uint32, bottom bool) []byte {
	var w bitio.Writer
	w.UE(0)
	w.UE(7)
	w.UE(0)
	w.Bits(frameNum, 6)
	w.Bit(true)
	w.Bit(bottom)
	w.TrailingBits()
	return append(bitio.AppendEscaped([]byte{header}, w.Bytes()), 1, 2, 3)
}

func TestFieldsOfOneFrameAreOneUnit(t *testing.T) {
	sps := spsParts{mbs: [2]uint32{120, 34}, chroma: 1, fieldMBs: true}.nal()
	top, bottom := field(0x65, 0, false), field(0x41, 0, true)
	packets := []pkt{
		{sps, 0, ""}, {top, 0, "m"}, {bottom, 0, "m"},
		{field(0x41, 1, false), 3600, "m"}, {field(0x41, 1, true), 3600, "m"},
		{field(0x01, 2, false), 7200, "m"}, {field(0x01, 2, true), 9000, "m"}, // of its own time
		{field(0x41, 3, false), 10800, "m"}, {field(0x41, 3, false), 10800, "m"}, // of one parity: two pictures
		{field(0x41, 4, false), 14400, "mf"},
	}
	want := "3: 0 K 67 65 41\n5: 3600 41 41\n6: 7200 01\n7: 9000 01\n8: 10800 41\n9: 10801 41\n9: 14400 41"
	if got := strings.Join(run(t, NewDepacketizer(nil), packets), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Cameras say packetization-mode=0, or nothing, and send fragments and aggregates all the same.
func TestModeDoesNotMatter(t *testing.T) {
	packets := []pkt{
		{stap(sps704, pps0), 0, ""}, {fu(idr, start, 0, 10), 0, ""}, {fu(idr, end, 10, 40), 0, "m"}, {p1, 3000, "mf"},
	}
	for _, fmtp := range []string{"", "packetization-mode=0", "packetization-mode=1", "packetization-mode=9"} {
		f, err := ParseFormat("H264/90000", fmtp)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := strings.Join(run(t, NewDepacketizer(f), packets), "\n"), "3: 0 K 67 68 65\n3: 3000 41"; got != want {
			t.Errorf("%q: got\n%s\nwant\n%s", fmtp, got, want)
		}
	}
}

func TestConfigFollowsTheStream(t *testing.T) {
	f, err := ParseFormat("H264/90000", "sprop-parameter-sets=Z01AH5WgLASabAQ=,aO48gA==")
	if err != nil {
		t.Fatal(err)
	}
	d := NewDepacketizer(f)
	tests := []struct {
		name  string
		sets  [][]byte
		width int
		same  bool // as the configuration before
	}{
		{"from the SDP", nil, 704, true},
		{"the same in the stream", [][]byte{sps704, pps0}, 704, true},
		{"another SPS", [][]byte{sps1280, pps0}, 1280, false},
		{"none", nil, 1280, true},
		{"one more PPS", [][]byte{pps1}, 1280, false},
		{"both known", [][]byte{sps1280, pps1, pps0}, 1280, true},
		{"broken", [][]byte{{0x67, 0x42}}, 1280, true},
		{"an SPS without a PPS", [][]byte{sps3}, 1280, true},
		{"its PPS", [][]byte{pps2for}, 640, false},
	}
	before := f.Config
	for i, tt := range tests {
		for _, nal := range append(tt.sets, idr) {
			err := d.Push(&media.Packet{Payload: nal, Time: int64(i) * 3000})
			if wantErr := len(nal) == 2; (err != nil) != wantErr {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		d.Flush()
		u, ok := d.Next()
		if !ok {
			t.Fatalf("%s: no unit", tt.name)
		}
		c := u.Config.(*Config)
		if c.Width != tt.width || (c == before) != tt.same {
			t.Errorf("%s: width %d, the same configuration: %v", tt.name, c.Width, c == before)
		}
		before = c
	}
	if len(f.sets.sps) != 1 || len(f.Config.SPS) != 1 || f.Config.Width != 704 {
		t.Error("the format has changed")
	}
}

// Toggling between two sets, as some cameras do at each key frame, yields two configurations and not always new ones.
func TestConfigToggles(t *testing.T) {
	d := NewDepacketizer(nil)
	seen := map[media.Config]int{}
	for i := range 10 {
		pps := pps0
		if i%2 == 1 {
			pps = pps0b
		}
		for _, nal := range [][]byte{sps704, pps, idr} {
			if err := d.Push(&media.Packet{Payload: nal, Time: int64(i) * 3000}); err != nil {
				t.Fatal(err)
			}
		}
		d.Flush()
		u, _ := d.Next()
		seen[u.Config]++
	}
	if len(seen) != 2 {
		t.Errorf("%d configurations", len(seen))
	}
}

func TestNoConfig(t *testing.T) {
	d := NewDepacketizer(&Format{})
	for i, nal := range [][]byte{idr, sps704, idr} {
		if err := d.Push(&media.Packet{Payload: nal, Time: int64(i) * 3000}); err != nil {
			t.Fatal(err)
		}
		if u, ok := d.Next(); ok && u.Config != nil {
			t.Errorf("unit %d has a configuration: %v", u.PTS, u.Config)
		}
	}
}

// A unit's times are those of its first packet, but not those of parameter sets with the time of the picture before.
func TestStamps(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(1749990896000 + int64(ms)) }
	d := NewDepacketizer(nil)
	packets := []media.Packet{
		{Payload: sps704, Time: 3000, Arrival: at(0), Absolute: 1, Source: clock.ONVIF},
		{Payload: pps0, Time: 6000, Arrival: at(1)},
		{Payload: idr, Time: 6000, Arrival: at(2), Absolute: 2, Source: clock.NTP64},
		{Payload: idr2, Time: 6000, Arrival: at(3), Absolute: 3, Source: clock.ONVIF, Marker: true},
		{Payload: p1, Time: 9000 + 1<<32, Arrival: at(4), Marker: true},
	}
	want := []struct {
		pts     int64
		rtp     uint32
		arrival time.Time
		abs     ntp.Time
		source  clock.Source
	}{{6000, 6000, at(1), 2, clock.NTP64}, {9000 + 1<<32, 9000, at(4), 0, clock.NoSource}}
	n := 0
	for _, p := range packets {
		if err := d.Push(&p); err != nil {
			t.Fatal(err)
		}
		for u, ok := d.Next(); ok; u, ok = d.Next() {
			w := want[n]
			n++
			if u.PTS != w.pts || u.RTP != w.rtp || !u.Arrival.Equal(w.arrival) || u.Absolute != w.abs || u.Source != w.source {
				t.Errorf("unit %d: %+v, want %+v", n, u, w)
			}
		}
	}
	if n != len(want) {
		t.Errorf("%d units", n)
	}
}

// While a unit is lent, the next one grows in the other arena.
func TestUnitsAreBorrowedUntilTheNextPush(t *testing.T) {
	d := NewDepacketizer(nil)
	var packets []pkt
	for i := range int64(20) {
		packets = append(packets, pkt{slice(0x41, 0, 100+int(i)), 3000 * i, ""}, pkt{slice(0x41, 9, 50), 3000 * i, "m"})
	}
	for i, p := range packets {
		if err := d.Push(packet(p.payload, p.time, p.flags)); err != nil {
			t.Fatal(err)
		}
		for u, ok := d.Next(); ok; u, ok = d.Next() {
			k := int(u.PTS / 3000)
			if len(u.Data) != 2 || !bytes.Equal(u.Data[0], slice(0x41, 0, 100+k)) || !bytes.Equal(u.Data[1], slice(0x41, 9, 50)) {
				t.Fatalf("packet %d: %s", i, describe(u))
			}
			if cap(u.Data[0]) != len(u.Data[0]) {
				t.Error("appending to a NAL unit would run into the next one")
			}
			u.Data = append(u.Data[:1], sei, u.Data[1]) // as a stamper may
			u.Track, u.SSRC, u.Run, u.Reports = 1, 2, 3, []clock.Report{{}}
		}
	}
	if u := d.cur.unit; u.Track != 0 || u.SSRC != 0 || u.Run != 0 || u.Reports != nil {
		t.Errorf("what the caller wrote is left: %+v", u)
	}
}

func TestUnitsNotFetchedAreLost(t *testing.T) {
	d := NewDepacketizer(nil)
	for i := range int64(5) {
		if err := d.Push(packet(p1, 3000*i, "m")); err != nil {
			t.Fatal(err)
		}
	}
	if u, ok := d.Next(); !ok || u.PTS != 12000 {
		t.Errorf("%+v", u)
	}
	if u, ok := d.Next(); ok {
		t.Errorf("another: %+v", u)
	}
}

func TestLimits(t *testing.T) {
	large := slice(0x41, 9, 1<<16-3)
	if len(large) != 1<<16 {
		t.Fatal(len(large))
	}
	tests := []struct {
		name   string
		count  int // packets that are too many
		packet func(i int) []byte
	}{
		{"bytes in slices", 65, func(int) []byte { return large }},
		{"bytes in one NAL unit", 65, func(i int) []byte {
			if i == 0 {
				return fu(large, start, 0, 60000)
			}
			return fu(large, middle, 0, len(large)-1)
		}},
		{"bytes: not even a header fits", 65, func(i int) []byte {
			if i < 64 {
				return large
			}
			return fu(large, start|end, 0, 9)
		}},
		{"NAL units", maxUnitNALs + 1, func(int) []byte { return slice(0x41, 9, 1) }},
		{"NAL units in aggregates", maxUnitNALs/4 + 1, func(int) []byte { return stap(p2, p2, p2, p2) }},
		{"NAL units in one", 1, func(int) []byte { return append(p2, bytes.Repeat([]byte{0, 0, 1, 0x41, 0x9a}, 5000)...) }},
		{"SEI alone", maxUnitNALs + 1, func(int) []byte { return sei }},
	}
	for _, tt := range tests {
		d := NewDepacketizer(nil)
		tooLarge := 0
		for i := range tt.count + 100 {
			err := d.Push(packet(tt.packet(i), 0, ""))
			if errors.Is(err, errTooLarge) {
				tooLarge++
			} else if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if d.checkInvariants(t); i+1 < tt.count && tooLarge > 0 {
				t.Fatalf("%s: too large after %d packets", tt.name, i+1)
			}
		}
		if tooLarge != 1 {
			t.Errorf("%s: %d errors", tt.name, tooLarge)
		}
		d.Flush()
		if u, ok := d.Next(); ok {
			t.Errorf("%s: a unit: %d NAL units", tt.name, len(u.Data))
		}
		got := run(t, d, []pkt{{idr, 3000, "f"}})
		if len(got) != 1 || !strings.HasPrefix(got[0], "0: 3000 ") || !strings.HasSuffix(got[0], " 65") {
			t.Errorf("%s: then %q", tt.name, got)
		}
	}
}

// A camera with gradual refresh sends one IDR picture at most: recovery points are key frames, after a wait.
func TestRecoveryPoints(t *testing.T) {
	recovery := AppendSEI(nil, PayloadRecoveryPoint, []byte{0x84})
	var packets []pkt
	for i := range int64(30) { // one per second
		packets = append(packets, pkt{sei, i * ClockRate, ""}, pkt{recovery, i * ClockRate, ""}, pkt{p1, i * ClockRate, "m"})
	}
	packets = append(packets, pkt{idr, 30 * ClockRate, "m"}, pkt{recovery, 31 * ClockRate, ""}, pkt{p1, 31 * ClockRate, "m"})
	var keys []string
	for _, u := range run(t, NewDepacketizer(nil), packets) {
		if strings.Contains(u, "K") {
			keys = append(keys, u)
		}
	}
	if len(keys) != 11 || !strings.Contains(keys[0], ": 1800000 K 06 06 41") || !strings.Contains(keys[10], "K 65") {
		t.Errorf("%d key frames: %q", len(keys), keys)
	}
}
