package rtpsession

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"github.com/timeslate/timeslate/ntp"
)

// The parts of compounds, in hex: a sender report of NTP ebf93c70.80000000 = 2025-06-15T12:34:56.5Z at RTP 0x10000000.
const (
	reportHex = "80c80006 1234abcd ebf93c7080000000 10000000 00000102 00030405"
	// As before, with a reception report block, of which a recorder has no use.
	blockHex = "81c8000c 1234abcd ebf93c7080000000 10000000 00000102 00030405" +
		"0badcafe 00ffffff 00010002 00000003 00000004 00000005"
	otherHex   = "80c80006 deadbeef 8000000000000000 20000000 00000001 00000002"
	swappedHex = "80c80006 cdab3412 ebf93c7080000000 10000000 00000102 00030405"
	noClockHex = "80c80006 1234abcd 0000000000000000 10000000 00000102 00030405"
	cnameHex   = "81ca0003 1234abcd 0103 63616d 000000"
	// The list of items fills its length and has no zero at the end (Hanwha QNV-8080R).
	noEndHex = "81ca0003 1234abcd 0106 63616d657261"
	byeHex   = "81cb0001 1234abcd"
	// Ended by another source's.
	otherByeHex = "81cb0001 deadbeef"
	bothByeHex  = "82cb0003 deadbeef 1234abcd 04676f6e"
	appHex      = "80cc0002 1234abcd 6e616d65"
)

func unhex(t testing.TB, s ...string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Join(s, ""), " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func reports(r *Receiver) (all []SenderReport) {
	for s, ok := r.NextReport(); ok; s, ok = r.NextReport() {
		all = append(all, s)
	}
	return all
}

func TestCompounds(t *testing.T) {
	tests := []struct {
		name    string
		b       []byte
		reports int
		cname   string
		left    bool
		bad     bool
	}{
		{"SR", unhex(t, reportHex), 1, "", false, false},
		{"SR with a block", unhex(t, blockHex), 1, "", false, false},
		{"SR SDES", unhex(t, reportHex, cnameHex), 1, "cam", false, false},
		{"SDES before SR", unhex(t, cnameHex, reportHex), 1, "cam", false, false},
		{"SDES without end", unhex(t, reportHex, noEndHex), 1, "camera", false, true},
		{"SR after a bad SDES", unhex(t, noEndHex, reportHex), 1, "camera", false, true},
		{"SDES chunk cut", unhex(t, reportHex, "82ca0003 1234abcd 0103 63616d 000000"), 1, "cam", false, true},
		{"SDES of another source", unhex(t, "81ca0003 deadbeef 0103 63616d 000000"), 0, "", false, false},
		{"SDES item longer than the packet", unhex(t, "81ca0003 1234abcd 01ff 63616d 000000"), 0, "", false, true},
		{"SDES other items first", unhex(t, "81ca0004 1234abcd 020141 0103 63616d 0000 0000"), 0, "cam", false, false},
		{"SDES two chunks", unhex(t, "82ca0005 deadbeef 00000000 1234abcd 0103 63616d 000000"), 0, "cam", false, false},
		{"SDES chunk after padding", unhex(t, "82ca0006 deadbeef 0103 63616d 000000 1234abcd 0103 63616d 000000"),
			0, "cam", false, false},
		{"APP and an unknown type", unhex(t, appHex, "80d90000", reportHex), 1, "", false, false},
		{"SR cut in its block", unhex(t, blockHex)[:30], 1, "", false, true},
		{"SR with a length beyond the end", unhex(t, "80c800ff", reportHex[8:]), 1, "", false, true},
		{"SR too short", unhex(t, "80c80001 1234abcd", cnameHex), 0, "cam", false, true},
		{"garbage at the end", unhex(t, reportHex, "0000"), 1, "", false, true},
		{"one zero at the end", unhex(t, reportHex, "00"), 1, "", false, true},
		{"padding", unhex(t, reportHex, "a0c90002 1234abcd 00000004"), 1, "", false, false},
		{"version 1", unhex(t, "40c80006", reportHex[8:]), 0, "", false, true},
		{"BYE", unhex(t, reportHex, byeHex), 1, "", true, false},
		{"BYE of another source", unhex(t, reportHex, otherByeHex), 1, "", false, false},
		{"BYE of both, with a reason", unhex(t, reportHex, bothByeHex), 1, "", true, false},
		{"BYE cut", unhex(t, "83cb0001 1234abcd"), 0, "", true, true},
		{"two SR", unhex(t, reportHex, noClockHex), 2, "", false, false},
		{"empty", nil, 0, "", false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := NewReceiver(config(0))
			push(t, r, start, packet(camera, 1, 0x10000000))
			err := r.PushRTCP(start, test.b)
			if (err != nil) != test.bad || err != nil && !errors.Is(err, ErrMalformed) {
				t.Errorf("error %v", err)
			}
			if n := len(reports(r)); n != test.reports {
				t.Errorf("%d reports, want %d", n, test.reports)
			}
			if s := r.Stats(); s.CNAME != test.cname || r.Left() != test.left || (s.BadRTCP > 0) != test.bad {
				t.Errorf("CNAME %q, left %v, %d bad", s.CNAME, r.Left(), s.BadRTCP)
			}
		})
	}
}

func TestSenderReport(t *testing.T) {
	r := NewReceiver(config(0))
	push(t, r, start, packet(camera, 1, 0x10000000+90000))
	at := start.Add(time.Second)
	if err := r.PushRTCP(at, unhex(t, reportHex)); err != nil {
		t.Fatal(err)
	}
	want := SenderReport{
		NTP: 0xebf93c7080000000, RTP: 0x10000000, Time: 0x10000000, SSRC: camera,
		Packets: 0x102, Octets: 0x30405, Arrival: at,
	}
	if got := reports(r); !slices.Equal(got, []SenderReport{want}) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	var theirs rtcp.SenderReport
	if err := theirs.Unmarshal(unhex(t, reportHex)); err != nil {
		t.Fatal(err)
	}
	if ntp.Time(theirs.NTPTime) != want.NTP || theirs.RTPTime != want.RTP || theirs.PacketCount != want.Packets ||
		theirs.OctetCount != want.Octets || theirs.SSRC != want.SSRC {
		t.Errorf("pion reads %+v", theirs)
	}
}

// TestReportPlace has reports before and after the newest packet, over the wrap, with packets in between that must not
// be moved by them.
func TestReportPlace(t *testing.T) {
	r := NewReceiver(config(0))
	send := func(seq uint16, rtp uint32) int64 {
		t.Helper()
		if err := r.Push(start, packet(camera, seq, rtp)); err != nil {
			t.Fatal(err)
		}
		p, ok := r.Next()
		if !ok || uint32(p.Time) != rtp {
			t.Fatalf("packet %d: %v", seq, p)
		}
		return p.Time
	}
	report := func(rtp uint32) int64 {
		t.Helper()
		sr := rtcp.SenderReport{SSRC: camera, NTPTime: 1 << 40, RTPTime: rtp}
		b, err := sr.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if err := r.PushRTCP(start, b); err != nil {
			t.Fatal(err)
		}
		return reports(r)[0].Time
	}
	zero := send(1, 4294963200)
	for _, step := range []struct {
		got  int64
		want int64
	}{
		{report(4904), 9000},        // after the newest packet, and after the wrap
		{report(4294960230), -2970}, // before it
		{report(2147479552), -1 << 31},
		{send(2, 4294966800), 3600},
		{send(3, 3104), 7200},
		{report(4294966800), 3600}, // back over the wrap
		{report(4904), 9000},
	} {
		if step.got-zero != step.want {
			t.Errorf("at %+d ticks from the first packet, want %+d", step.got-zero, step.want)
		}
	}
}

func TestReportWithoutClock(t *testing.T) {
	r := NewReceiver(config(0))
	push(t, r, start, packet(camera, 1, 0))
	if err := r.PushRTCP(start, unhex(t, noClockHex)); err != nil {
		t.Fatal(err)
	}
	if got := reports(r); len(got) != 1 || got[0].NTP != 0 {
		t.Errorf("got %v, want one report with NTP 0", got)
	}
}

func TestUnknownSSRC(t *testing.T) {
	tests := []struct {
		name   string
		policy UnknownRTCPSSRC
		b      []byte
		want   int
		err    error
	}{
		{"drop", DropPackets, unhex(t, otherHex), 0, nil},
		{"process", ProcessPackets, unhex(t, otherHex), 1, nil},
		{"abort", AbortSession, unhex(t, otherHex), 0, ErrUnknownSSRC},
		{"swapped bytes", DropPackets, unhex(t, swappedHex), 1, nil},
		{"abort comes after what can be read", AbortSession, unhex(t, otherHex, reportHex), 1, ErrUnknownSSRC},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := config(0)
			c.UnknownRTCP = test.policy
			r := NewReceiver(c)
			push(t, r, start, packet(camera, 1, 0))
			if err := r.PushRTCP(start, test.b); !errors.Is(err, test.err) {
				t.Errorf("error %v, want %v", err, test.err)
			}
			if n := len(reports(r)); n != test.want {
				t.Errorf("%d reports, want %d", n, test.want)
			}
		})
	}
}

// TestEarlyReport has a report that comes before the packets of its SSRC, at the start and after a change of SSRC.
func TestEarlyReport(t *testing.T) {
	r := NewReceiver(config(0))
	early := start.Add(-time.Second)
	if err := r.PushRTCP(early, unhex(t, otherHex)); err != nil {
		t.Fatal(err)
	}
	if err := r.PushRTCP(early, unhex(t, reportHex)); err != nil {
		t.Fatal(err)
	}
	if got := reports(r); got != nil {
		t.Errorf("got %v before any packet", got)
	}
	push(t, r, start, packet(camera, 1, 0x10000000+3600))
	if got := reports(r); len(got) != 1 || got[0].SSRC != camera || got[0].Time != 0x10000000 || !got[0].Arrival.Equal(early) {
		t.Errorf("got %v", got)
	}
	push(t, r, start, packet(camera, 20000, 0x10000000+7200))
	push(t, r, start, packet(camera, 20001, 0x10000000+7200))
	if got := reports(r); got != nil || r.Stats().Run != 1 {
		t.Errorf("got %v again in run %d", got, r.Stats().Run)
	}
	if err := r.PushRTCP(start, unhex(t, otherHex)); err != nil {
		t.Fatal(err)
	}
	push(t, r, start, packet(0xdeadbeef, 1, 0x20000000+3600))
	push(t, r, start, packet(0xdeadbeef, 2, 0x20000000+7200))
	if got := reports(r); len(got) != 1 || got[0].Run != 2 || got[0].Time != 0x20000000 {
		t.Errorf("got %v after the change of SSRC", got)
	}
}

// TestWrongChannel has RTCP on the RTP channel and RTP on that of RTCP.
func TestWrongChannel(t *testing.T) {
	r := NewReceiver(config(0))
	if err := r.PushRTCP(start, packet(camera, 1, 0)); err != nil {
		t.Fatal(err)
	}
	if all := drain(r); !slices.Equal(all, []got{{1, 0, 0}}) {
		t.Errorf("got %v", all)
	}
	if err := r.Push(start, unhex(t, reportHex)); err != nil {
		t.Fatal(err)
	}
	if n := len(reports(r)); n != 1 {
		t.Errorf("%d reports", n)
	}
	if s := r.Stats(); s.OtherType != 0 || s.Malformed != 0 {
		t.Errorf("%+v", s)
	}
}

func TestIsRTCP(t *testing.T) {
	for second, want := range map[byte]bool{96: false, 0x80 | 63: false, 192: true, 200: true, 223: true, 224: false} {
		if isRTCP([]byte{0x80, second}) != want {
			t.Errorf("second byte %d: %v", second, !want)
		}
	}
	if isRTCP([]byte{0x80}) {
		t.Error("one byte is RTCP")
	}
}

// TestMarkedPacketOfOddType has a source whose payload type with the marker looks like that of a sender report.
func TestMarkedPacketOfOddType(t *testing.T) {
	c := config(0)
	c.PayloadType = 72
	r := NewReceiver(c)
	b := packet(camera, 1, 0)
	b[1] = 0x80 | 72
	if got := push(t, r, start, b); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

// TestPacketsAfterBye: who sends has not left, but BYE may overtake the last packets.
func TestPacketsAfterBye(t *testing.T) {
	r := NewReceiver(config(0))
	push(t, r, start, packet(camera, 1, 0))
	if err := r.PushRTCP(start, unhex(t, byeHex)); err != nil || !r.Left() {
		t.Fatalf("left %v, error %v", r.Left(), err)
	}
	push(t, r, start.Add(10*time.Millisecond), packet(camera, 2, 0))
	if !r.Left() {
		t.Error("not left after a packet that was overtaken")
	}
	push(t, r, start.Add(time.Second), packet(camera, 3, 0))
	if r.Left() {
		t.Error("still left after another packet")
	}
}

// TestReportsWait has more reports than are kept.
func TestReportsWait(t *testing.T) {
	r := NewReceiver(config(0))
	push(t, r, start, packet(camera, 1, 0))
	for i := range maxReports + 3 {
		if err := r.PushRTCP(start.Add(time.Duration(i)*time.Second), unhex(t, reportHex)); err != nil {
			t.Fatal(err)
		}
	}
	all := reports(r)
	if len(all) != maxReports || !all[0].Arrival.Equal(start.Add(3*time.Second)) {
		t.Errorf("%d reports from %v on", len(all), all[0].Arrival)
	}
}

func TestErrorNamesPlace(t *testing.T) {
	r := NewReceiver(config(0))
	push(t, r, start, packet(camera, 1, 0))
	err := r.PushRTCP(start, unhex(t, reportHex, "81ca0003 1234abcd 01ff 63616d 000000"))
	want := "rtpsession: RTCP for SSRC 1234abcd, byte 28: malformed packet: SDES items of SSRC 1234abcd have no end"
	if err == nil || err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}
