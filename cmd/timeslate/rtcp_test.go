package main

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
)

// TestReceiverReports lets tshark dissect a session and compares our receiver reports with what it saw of the camera's
// packets and reports.
func TestReceiverReports(t *testing.T) {
	interop.Require(t, "tshark")
	if os.Getuid() != 0 {
		t.Skip("capturing on the loopback interface takes root")
	}
	t.Parallel()
	camera := simulated(t, "--sr-interval", "2s")
	u, err := url.Parse(camera)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	capture := filepath.Join(dir, "session.pcap")
	tshark := start(t, nil, "tshark", "-q", "-i", "lo", "-f", "tcp port "+u.Port(), "-w", capture)
	eventually(t, "tshark's start", func() bool { return strings.Contains(tshark.said(), "Capture started") })
	p := start(t, nil, binary, "record", "--transport", "tcp", "--duration", "20s", camera, filepath.Join(dir, "x.mp4"))
	if code := p.wait(t, time.Minute); code != exitDone {
		t.Fatalf("exit code %d", code)
	}
	time.Sleep(2 * time.Second) // tshark writes its file a moment later
	tshark.Process.Signal(os.Interrupt)
	tshark.wait(t, 20*time.Second)
	reports := dissect(t, capture, u.Port())
	if len(reports.received) < 3 {
		t.Fatalf("%d receiver reports in 20 s: %+v", len(reports.received), reports)
	}
	for _, r := range reports.received {
		r.check(t, reports)
	}
}

// rtcpSession is what tshark says of a session.
type rtcpSession struct {
	received []receiverReport
	sent     map[uint32]float64 // by LSR: when the sender report came
	highest  []sequenceAt
	ssrc     string
}

type receiverReport struct {
	at             float64
	source         string
	lost, fraction int64
	highest        int64
	lsr            uint32
	dlsr           float64 // seconds
	cname          string
}

type sequenceAt struct {
	at       float64
	sequence int64
}

// dissect reads a capture with tshark, which follows RTSP to the interleaved packets.
func dissect(t *testing.T, capture, port string) rtcpSession {
	t.Helper()
	s := rtcpSession{sent: map[uint32]float64{}}
	fields := []string{"frame.time_epoch", "rtcp.pt", "rtcp.timestamp.ntp.msw", "rtcp.timestamp.ntp.lsw", "rtcp.ssrc.identifier",
		"rtcp.ssrc.fraction", "rtcp.ssrc.cum_nr", "rtcp.ssrc.ext_high", "rtcp.ssrc.lsr", "rtcp.ssrc.dlsr", "rtcp.sdes.text", "rtp.ssrc", "rtp.seq"}
	args := []string{"-r", capture, "-d", "tcp.port==" + port + ",rtsp", "-Y", "rtcp or rtp", "-T", "fields", "-E", "separator=;", "-E", "occurrence=a"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command("tshark", args...).Output() // it warns on stderr when it is root
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		v := strings.Split(strings.TrimSuffix(line, "\n"), ";")
		if len(v) == len(fields) {
			s.take(t, v)
		}
	}
	return s
}

// take reads one dissected TCP segment, which may hold several packets: values are joined by commas.
func (s *rtcpSession) take(t *testing.T, v []string) {
	t.Helper()
	at, err := strconv.ParseFloat(v[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	last := func(list string) string { return list[strings.LastIndex(list, ",")+1:] }
	if v[12] != "" {
		s.highest, s.ssrc = append(s.highest, sequenceAt{at, number(t, last(v[12]))}), last(v[11])
	}
	if v[2] != "" {
		msw, lsw := uint64(number(t, last(v[2]))), uint64(number(t, last(v[3])))
		s.sent[uint32(msw<<16|lsw>>16)] = at
	}
	if strings.Contains(v[1], "201") && v[7] != "" {
		ids := strings.Split(v[4], ",") // of the report block, then of the SDES
		s.received = append(s.received, receiverReport{
			at: at, source: ids[0], fraction: number(t, last(v[5])), lost: number(t, last(v[6])), highest: number(t, last(v[7])),
			lsr: uint32(number(t, last(v[8]))), dlsr: float64(number(t, last(v[9]))) / 65536, cname: v[10],
		})
	}
}

// check compares one report with what tshark saw before it.
func (r receiverReport) check(t *testing.T, s rtcpSession) {
	t.Helper()
	if r.source != s.ssrc {
		t.Errorf("report on SSRC %s, the camera is %s", r.source, s.ssrc)
	}
	if r.lost != 0 || r.fraction != 0 {
		t.Errorf("lost %d, fraction %d over TCP", r.lost, r.fraction)
	}
	if r.cname == "" {
		t.Error("no CNAME")
	}
	var newest int64
	for _, q := range s.highest {
		if q.at <= r.at {
			newest = q.sequence
		}
	}
	if behind := (newest - r.highest&0xffff + 65536) % 65536; behind > 20 {
		t.Errorf("extended highest sequence %d, tshark saw %d by then", r.highest, newest)
	}
	came, ok := s.sent[r.lsr]
	if r.lsr == 0 && r.dlsr == 0 {
		return // before the first sender report
	}
	if !ok {
		t.Errorf("LSR %08x is of no sender report", r.lsr)
	} else if d := r.at - came - r.dlsr; d < -0.25 || d > 0.25 { // a busy machine may read late
		t.Errorf("DLSR %.4f s, tshark measures %.4f s", r.dlsr, r.at-came)
	}
}
