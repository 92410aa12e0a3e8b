package camsim

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/timeslate/timeslate/ntp"
)

func testSender(s *Source) *sender {
	return newSender(&station{camera: s.camera, clocks: []*clocks{s.clocks}}, videoTrack, rand.New(rand.NewPCG(1, 2)), [2]uint8{4, 5})
}

// deframe splits framed packets, all of which must be on the given channel.
func deframe(t *testing.T, b []byte, channel uint8) (packets [][]byte) {
	t.Helper()
	for len(b) > 0 {
		size := int(binary.BigEndian.Uint16(b[2:]))
		if b[0] != '$' || b[1] != channel || size > len(b)-4 {
			t.Fatalf("packet begins with % x, %d bytes are left", b[:4], len(b))
		}
		packets = append(packets, b[4:4+size])
		b = b[4+size:]
	}
	return packets
}

func TestSenderPackets(t *testing.T) {
	source := mustSource(t, Camera{Bitrate: 2_000_000}, 0)
	s := testSender(source)
	sequence, count, octets := s.sequence, uint32(0), uint32(0)
	for range 10 {
		f := source.Next(false)
		b, err := s.frame(f)
		if err != nil {
			t.Fatal(err)
		}
		packets := deframe(t, b, 4)
		for i, packet := range packets {
			var p rtp.Packet
			if err := p.Unmarshal(packet); err != nil {
				t.Fatal(err)
			}
			if p.SequenceNumber != sequence || p.Timestamp != f.RTP || p.SSRC != s.ssrc || p.PayloadType != payloadType(videoTrack) ||
				p.Marker != (i == len(packets)-1) || len(p.Payload) > maxPayload {
				t.Fatalf("packet %d of %d: %v", i, len(packets), p.Header)
			}
			sequence++
			count++
			octets += uint32(len(p.Payload))
		}
	}
	if s.packets != count || s.octets != octets || count < 50 {
		t.Errorf("counted %d packets with %d octets, sent %d with %d", s.packets, s.octets, count, octets)
	}
}

func TestSenderReports(t *testing.T) {
	source := mustSource(t, Camera{Clock: Clock{Offset: time.Hour, PPM: 30}}, 0)
	s := testSender(source)
	s.start(start)
	if first := s.reportDue.Sub(start); first < firstReportMin || first > firstReportMax {
		t.Errorf("first report after %v", first)
	}
	if _, err := s.frame(source.Next(true)); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		due := s.reportDue
		at := due.Add(3 * time.Millisecond) // timers are late
		b, err := s.report(at)
		if err != nil {
			t.Fatal(err)
		}
		if next := s.reportDue.Sub(due); next != 5*time.Second {
			t.Errorf("next report %v later", next)
		}
		packets, err := rtcp.Unmarshal(deframe(t, b, 5)[0])
		if err != nil || len(packets) != 2 {
			t.Fatal(packets, err)
		}
		report, names := packets[0].(*rtcp.SenderReport), packets[1].(*rtcp.SourceDescription)
		ntpTime, rtpTime := source.Report(at)
		if ntp.Time(report.NTPTime) != ntpTime || report.RTPTime != rtpTime || report.SSRC != s.ssrc ||
			report.PacketCount != s.packets || report.OctetCount != s.octets {
			t.Errorf("report %v", report)
		}
		if names.Chunks[0].Source != s.ssrc || names.Chunks[0].Items[0].Text != "cam0@timeslate" {
			t.Errorf("description %v", names)
		}
	}
}

// TestReportAfterSleep: after the host slept there is one report, not one for each that was missed.
func TestReportAfterSleep(t *testing.T) {
	s := testSender(mustSource(t, Camera{}, 0))
	s.start(start)
	now := start.Add(time.Hour)
	if _, err := s.report(now); err != nil {
		t.Fatal(err)
	}
	if wait := s.reportDue.Sub(now); wait <= 0 || wait > 5*time.Second {
		t.Errorf("next report in %v", wait)
	}
}

func TestReportJitter(t *testing.T) {
	source := mustSource(t, Camera{ReportJitter: 20 * time.Millisecond}, 0)
	s := testSender(source)
	s.start(start)
	least, most := time.Hour, -time.Hour
	for i := range 500 {
		at := start.Add(time.Duration(i) * 5 * time.Second)
		b, err := s.report(at)
		if err != nil {
			t.Fatal(err)
		}
		var report rtcp.SenderReport
		if err := report.Unmarshal(deframe(t, b, 5)[0][:28]); err != nil {
			t.Fatal(err)
		}
		exact, _ := source.Report(at)
		off := ntp.Time(report.NTPTime).Near(at).Sub(exact.Near(at))
		least, most = min(least, off), max(most, off)
	}
	const ms = time.Millisecond
	if least < -20*ms || least > -18*ms || most < 18*ms || most > 20*ms {
		t.Errorf("noise from %v to %v, want ±20ms", least, most)
	}
}

func TestSenderAllocatesNothing(t *testing.T) {
	source := mustSource(t, Camera{Bitrate: 1_000_000}, 0)
	s := testSender(source)
	send := func() {
		if _, err := s.frame(source.Next(false)); err != nil {
			t.Fatal(err)
		}
	}
	send()
	if n := testing.AllocsPerRun(200, send); n != 0 {
		t.Errorf("%v allocations per frame", n)
	}
}

func TestSoundSenderAllocatesNothing(t *testing.T) {
	m := mustMicrophone(t, Audio{SampleRate: 8000}, start, 0)
	s := newSender(&station{clocks: []*clocks{nil, m.clocks}}, audioTrack, rand.New(rand.NewPCG(1, 2)), [2]uint8{4, 5})
	send := func() {
		f, _ := m.frame()
		if _, err := s.frame(f); err != nil {
			t.Fatal(err)
		}
	}
	for range 500 { // until all beeps are known
		send()
	}
	if n := testing.AllocsPerRun(200, send); n != 0 {
		t.Errorf("%v allocations per unit", n)
	}
}
