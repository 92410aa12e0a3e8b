package rtpsession

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"github.com/timeslate/timeslate/ntp"
)

// parseReport reads a compound of ours with pion/rtcp and checks its form: RR, then SDES with our CNAME.
func parseReport(t testing.TB, b []byte) *rtcp.ReceiverReport {
	t.Helper()
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		t.Fatalf("%x: %v", b, err)
	}
	rr, ok := packets[0].(*rtcp.ReceiverReport)
	if !ok || rr.SSRC != ours || len(rr.ProfileExtensions) != 0 {
		t.Fatalf("%x: begins with %v", b, packets[0])
	}
	sdes, ok := packets[1].(*rtcp.SourceDescription)
	if !ok || len(sdes.Chunks) != 1 || sdes.Chunks[0].Source != ours || len(sdes.Chunks[0].Items) != 1 {
		t.Fatalf("%x: goes on with %v", b, packets[1])
	}
	if item := sdes.Chunks[0].Items[0]; item.Type != rtcp.SDESCNAME || item.Text != "recorder" {
		t.Fatalf("%x: SDES item %v", b, item)
	}
	return rr
}

func TestLastReport(t *testing.T) {
	r := NewReceiver(config(0))
	push(t, r, start, packet(camera, 1, 0))
	sr := rtcp.SenderReport{SSRC: camera, NTPTime: 0xebf93c7088888887}
	b, err := sr.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.PushRTCP(start, b); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		after time.Duration
		want  uint32
	}{
		{0, 0},
		{1500 * time.Millisecond, 0x18000},
		{time.Hour, 3600 << 16},
		{18 * time.Hour, 64800 << 16},
		{24 * time.Hour, 1<<32 - 1}, // does not fit
		{-time.Second, 0},           // arrivals that were put right after the fact
	}
	seq := uint16(2)
	for _, test := range tests {
		push(t, r, start, packet(camera, seq, 0))
		seq++
		block := parseReport(t, r.AppendReport(nil, start.Add(test.after))).Reports[0]
		if block.LastSenderReport != 0x3c708888 {
			t.Errorf("LSR %08x, want 3c708888", block.LastSenderReport)
		}
		if block.Delay != test.want {
			t.Errorf("DLSR %08x after %v, want %08x", block.Delay, test.after, test.want)
		}
	}
}

// TestReportBlocks checks when there is a block: RFC 3550 §6.4 has one per source that was heard since the last report.
func TestReportBlocks(t *testing.T) {
	r := NewReceiver(config(0))
	blocks := func() []rtcp.ReceptionReport {
		t.Helper()
		return parseReport(t, r.AppendReport(nil, start)).Reports
	}
	if got := blocks(); len(got) != 0 {
		t.Errorf("got %v before any packet", got)
	}
	push(t, r, start, packet(camera, 65535, 0))
	push(t, r, start, packet(camera, 1, 0))
	want := []rtcp.ReceptionReport{{
		SSRC: camera, FractionLost: 256 / 3, TotalLost: 1, LastSequenceNumber: 0x10001,
	}}
	if got := blocks(); !slices.Equal(got, want) {
		t.Errorf("before the first sender report: got %+v, want %+v", got, want)
	}
	if err := r.PushRTCP(start, unhex(t, reportHex)); err != nil {
		t.Fatal(err)
	}
	if got := blocks(); len(got) != 0 {
		t.Errorf("got %v although no packet came", got)
	}
	push(t, r, start, packet(camera, 2, 0))
	want[0].FractionLost, want[0].LastSequenceNumber, want[0].LastSenderReport = 0, 0x10002, 0x3c708000
	if got := blocks(); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestReportCumulativeClamp(t *testing.T) {
	s := newSequence(0)
	s.highest = 1 << 40
	if got := s.lost(); got != 1<<23-1 {
		t.Errorf("lost %d, want %d", got, 1<<23-1)
	}
	s.received = 1 << 41
	if got := s.lost(); got != -1<<23 {
		t.Errorf("lost %d, want %d", got, -1<<23)
	}
}

// TestReportOfRepeatedPackets: repeated packets make the loss negative (RFC 3550 §6.4.1).
func TestReportOfRepeatedPackets(t *testing.T) {
	for _, test := range []struct {
		seqs []uint16
		want []byte // fraction and cumulative loss
	}{
		{[]uint16{1, 1, 2}, []byte{0, 0xff, 0xff, 0xff}},
		{[]uint16{1, 1, 1, 2}, []byte{0, 0xff, 0xff, 0xfe}},
		{[]uint16{1, 1, 1, 1, 4}, []byte{0, 0xff, 0xff, 0xff}},
	} {
		r := NewReceiver(config(0))
		for _, seq := range test.seqs {
			push(t, r, start, packet(camera, seq, 0))
		}
		if b := r.AppendReport(nil, start); !slices.Equal(b[12:16], test.want) {
			t.Errorf("%v: % x, want % x", test.seqs, b[12:16], test.want)
		}
	}
}

func TestAppendBye(t *testing.T) {
	r := NewReceiver(config(0))
	prefix := []byte("kept")
	b := r.AppendBye(slices.Clone(prefix), start)
	if !slices.Equal(b[:4], prefix) {
		t.Errorf("prefix is %q", b[:4])
	}
	packets, err := rtcp.Unmarshal(b[4:])
	if err != nil {
		t.Fatal(err)
	}
	bye, ok := packets[len(packets)-1].(*rtcp.Goodbye)
	if !ok || !slices.Equal(bye.Sources, []uint32{ours}) {
		t.Errorf("ends with %v", packets[len(packets)-1])
	}
	parseReport(t, b[4:])
}

func TestCNAMELengths(t *testing.T) {
	for n := range 260 {
		c := config(0)
		c.CNAME = string(make([]byte, n))
		b := NewReceiver(c).AppendReport(nil, start)
		packets, err := rtcp.Unmarshal(b)
		if err != nil {
			t.Fatalf("CNAME of %d bytes: %v", n, err)
		}
		if text := packets[1].(*rtcp.SourceDescription).Chunks[0].Items[0].Text; len(text) != min(n, 255) {
			t.Errorf("CNAME of %d bytes came out with %d", n, len(text))
		}
	}
}

func TestCollision(t *testing.T) {
	r := NewReceiver(config(0))
	push(t, r, start, packet(ours, 1, 0))
	packets, err := rtcp.Unmarshal(r.AppendReport(nil, start))
	if err != nil {
		t.Fatal(err)
	}
	if rr := packets[0].(*rtcp.ReceiverReport); rr.SSRC == ours || rr.Reports[0].SSRC != ours {
		t.Errorf("%+v: both have the SSRC %08x", rr, ours)
	}
}

// witness computes reception reports from the simulation's own count of packets, as the text of RFC 3550 §6.4.1 says it:
// no wrapping number, nothing in integers.
type witness struct {
	first, highest, received      float64 // positions of packets; how many came
	highestBefore, receivedBefore float64 // at the last report
	jitter, transit, stamp        float64 // ticks
	sr                            time.Time
	srNTP                         uint64
}

func (w *witness) packet(position int, at time.Time, ticks float64) {
	first := w.received == 0
	if first {
		w.first, w.highestBefore = float64(position), float64(position-1)
	}
	w.highest = float64(position)
	w.received++
	if !first && ticks == w.stamp {
		return
	}
	transit := at.Sub(start).Seconds()*90000 - ticks
	if !first {
		w.jitter += (math.Abs(transit-w.transit) - w.jitter) / 16
	}
	w.transit, w.stamp = transit, ticks
}

func (w *witness) report(now time.Time) rtcp.ReceptionReport {
	expected, received := w.highest-w.highestBefore, w.received-w.receivedBefore
	w.highestBefore, w.receivedBefore = w.highest, w.received
	block := rtcp.ReceptionReport{
		SSRC:               camera,
		FractionLost:       uint8(256 * (expected - received) / expected),
		TotalLost:          uint32(w.highest - w.first + 1 - w.received),
		LastSequenceNumber: uint32(w.highest),
		Jitter:             uint32(w.jitter),
	}
	if !w.sr.IsZero() {
		block.LastSenderReport = uint32(w.srNTP / 65536 % (1 << 32))
		block.Delay = uint32(now.Sub(w.sr).Seconds() * 65536)
	}
	return block
}

// compareReport allows for rounding where the two compute in different ways.
func compareReport(t *testing.T, got *rtcp.ReceiverReport, want rtcp.ReceptionReport) {
	t.Helper()
	if len(got.Reports) != 1 {
		t.Fatalf("%d blocks", len(got.Reports))
	}
	block := got.Reports[0]
	near := func(a, b uint32, tolerance int64) bool { return max(int64(a)-int64(b), int64(b)-int64(a)) <= tolerance }
	if !near(block.Jitter, want.Jitter, 2) || !near(block.Delay, want.Delay, 1) {
		t.Fatalf("got %+v, want %+v", block, want)
	}
	block.Jitter, block.Delay = want.Jitter, want.Delay
	if block != want {
		t.Fatalf("got %+v, want %+v", block, want)
	}
}

// TestDay runs 24 h of a camera with 25 frames of 2 packets per second, with loss, over 66 wraps of the sequence number
// and 2 of the time stamp, and compares each receiver report with a witness's.
func TestDay(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	c := config(0)
	c.Rand = random.Float64
	r := NewReceiver(c)
	var (
		w        witness
		b        []byte
		rtpStart = uint32(1<<32 - 90000)
		position = 65000
		reports  int
		lost     int64
		newest   int64
	)
	for frame := range 24 * 3600 * 25 {
		at := start.Add(time.Duration(frame)*40*time.Millisecond + time.Duration(random.IntN(3000))*time.Microsecond)
		rtp := rtpStart + uint32(frame*3600)
		for fragment := range 2 {
			position++
			if frame > 0 && random.IntN(1000) < 3 {
				continue
			}
			now := at.Add(time.Duration(fragment) * 200 * time.Microsecond)
			w.packet(position, now, float64(frame)*3600)
			if err := r.Push(now, packet(camera, uint16(position), rtp)); err != nil {
				t.Fatal(err)
			}
			p, ok := r.Next()
			if !ok || p.Run != 0 || p.Time != int64(rtpStart)+int64(frame)*3600 {
				t.Fatalf("frame %d: packet %+v", frame, p)
			}
			lost += int64(p.Lost)
			newest = int64(position)
		}
		if frame%125 == 60 {
			w.sr, w.srNTP = at, uint64(ntp.FromTime(at))
			sr := rtcp.SenderReport{SSRC: camera, NTPTime: w.srNTP, RTPTime: rtp}
			compound, err := sr.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if err := r.PushRTCP(at, compound); err != nil {
				t.Fatal(err)
			}
		}
		if now := at.Add(5 * time.Millisecond); !now.Before(r.ReportDue()) {
			b = r.AppendReport(b[:0], now)
			compareReport(t, parseReport(t, b), w.report(now))
			reports++
		}
	}
	if reports < 24*3600/5-300 || reports > 24*3600/5+100 {
		t.Errorf("%d reports in a day", reports)
	}
	if want := newest - 65001 + 1 - r.Stats().Received; lost != want || r.Stats().Lost != want {
		t.Errorf("lost %d, in Stats %d, want %d", lost, r.Stats().Lost, want)
	}
}
