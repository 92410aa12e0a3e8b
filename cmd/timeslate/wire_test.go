package main

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A wire is what tshark says of the RTP and RTCP that went over the loopback interface, by SSRC: a witness of what the
// sender said about time that shares no code with us.
type wire map[uint32]*wireStream

// A wireStream is one track as it was sent.
type wireStream struct {
	ssrc    uint32
	sound   bool
	rate    float64  // ticks per second, nominal
	last    uint32   // RTP time stamp before it was unwrapped
	times   []int64  // unwrapped RTP time of each access unit, in the order sent
	sums    []string // of sound: MD5 of each access unit
	packets []wirePacket
	reports []wireReport
	offset  float64 // NTP time of RTP time 0, in seconds
}

// A wirePacket is an RTP packet as it came, which need not be in order.
type wirePacket struct {
	sequence int64 // unwrapped
	rtp      uint32
	marker   bool
	at       float64 // when it came, in seconds
}

// A wireReport says that the RTP time was shown at the NTP time, in seconds of the NTP era.
type wireReport struct {
	rtp uint32
	ntp float64
}

// capture begins to listen to the loopback interface. The function that it returns stops that and has the capture
// dissected; the server's TLS session and its certificate with the key are for RTSPS.
func capture(t *testing.T, server foreignServer) func() wire {
	t.Helper()
	file := filepath.Join(t.TempDir(), "session.pcap")
	tshark := start(t, nil, "tshark", "-q", "-i", "lo", "-B", "64", "-f", "udp or tcp port "+server.port, "-w", file)
	eventually(t, "tshark's start", func() bool { return strings.Contains(tshark.said(), "Capture started") })
	end := sync.OnceFunc(func() {
		tshark.Process.Signal(os.Interrupt) // killed, it would leave a child behind that holds its stdout
		tshark.wait(t, 20*time.Second)
	})
	t.Cleanup(end)
	return func() wire {
		time.Sleep(2 * time.Second) // tshark writes its file a moment later
		end()
		args := []string{"-r", file}
		if server.keys == "" {
			args = append(args, "-d", "tcp.port=="+server.port+",rtsp")
		} else { // the certificate's key is of no use with these ciphers, but there must be one to tell what is inside
			args = append(args, "-o", "tls.keylog_file:"+server.keys,
				"-o", fmt.Sprintf(`uat:ssl_keys:"127.0.0.1","%s","rtsp","%s",""`, server.port, server.certificate))
		}
		return readWire(t, args)
	}
}

// wireFields are what is read of each frame. One TCP segment can hold several packets; their values have commas between.
var wireFields = []string{"frame.time_epoch", "rtp.ssrc", "rtp.timestamp", "rtp.marker", "rtp.payload", "rtp.seq",
	"rtcp.pt", "rtcp.senderssrc", "rtcp.timestamp.rtp", "rtcp.timestamp.ntp.msw", "rtcp.timestamp.ntp.lsw"}

func readWire(t *testing.T, args []string) wire {
	t.Helper()
	args = append(args, "-Y", "rtp.ssrc != 0 or rtcp.pt == 200", "-T", "fields", "-E", "separator=;", "-E", "occurrence=a")
	for _, f := range wireFields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command("tshark", args...).Output() // it warns on stderr when it is root
	if err != nil {
		t.Fatal(err)
	}
	w := wire{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), ";")
		var lists [11][]string
		for i, f := range fields {
			if f != "" {
				lists[i] = strings.Split(f, ",")
			}
		}
		for i, ssrc := range lists[1] {
			if i < min(len(lists[2]), len(lists[3]), len(lists[4]), len(lists[5])) { // what was cut off is left out
				w.packet(hexadecimal(t, ssrc), uint32(number(t, lists[2][i])), lists[3][i] == "1", lists[4][i],
					number(t, lists[5][i]), float(t, lists[0][0]))
			}
		}
		for i, rtp := range lists[8][:min(len(lists[7]), len(lists[8]), len(lists[9]), len(lists[10]))] {
			// A report with a BYE is of no use: VLC's says when it left, and the RTP time of its report before.
			if s := w[hexadecimal(t, lists[7][i])]; s != nil && !slices.Contains(lists[6], "203") {
				s.reports = append(s.reports, wireReport{uint32(number(t, rtp)),
					float64(number(t, lists[9][i])) + float64(number(t, lists[10][i]))/(1<<32)})
			}
		}
	}
	for ssrc, s := range w {
		if len(s.times) < 2 {
			delete(w, ssrc)
			continue
		}
		s.fit()
	}
	return w
}

func hexadecimal(t *testing.T, s string) uint32 {
	t.Helper()
	v, err := strconv.ParseUint(s, 0, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(v)
}

// packet takes one RTP packet. A packet of sound has one access unit with an AU header of 4 bytes (RFC 3640 §3.3.6):
// that is how both servers send it.
func (w wire) packet(ssrc, rtp uint32, marker bool, payload string, sequence int64, at float64) {
	s := w[ssrc]
	if s == nil {
		sound := marker && strings.HasPrefix(payload, "0010")
		s = &wireStream{ssrc: ssrc, sound: sound, rate: 90000, last: rtp, times: []int64{int64(rtp)}}
		if sound {
			s.rate = clipSound
		}
		w[ssrc] = s
	} else if rtp != s.last {
		newest := s.times[len(s.times)-1]
		s.times, s.last = append(s.times, newest+int64(int32(rtp-s.last))), rtp
	}
	if n := len(s.packets); n > 0 {
		before := s.packets[n-1].sequence
		sequence = before + int64(int16(sequence-before))
	}
	s.packets = append(s.packets, wirePacket{sequence, rtp, marker, at})
	if s.sound {
		unit, _ := hex.DecodeString(payload[min(8, len(payload)):])
		sum := md5.Sum(unit)
		s.sums = append(s.sums, hex.EncodeToString(sum[:]))
	}
}

// fit lays a straight line through the sender reports, with the slope of the nominal rate: all clocks are this machine's.
func (s *wireStream) fit() {
	for _, r := range s.reports {
		s.offset += (r.ntp - s.unwrap(r.rtp)/s.rate) / float64(len(s.reports))
	}
}

// unwrap returns the ticks of an RTP time stamp near the stream's.
func (s *wireStream) unwrap(rtp uint32) float64 {
	return float64(s.times[0] + int64(int32(rtp-uint32(s.times[0]))))
}

// ntp returns the NTP time of unwrapped RTP time, in seconds, as the sender reports have it.
func (s *wireStream) ntp(rtp int64) float64 { return s.offset + float64(rtp)/s.rate }

// noise is how far the worst report is from the line.
func (s *wireStream) noise() (worst float64) {
	for _, r := range s.reports {
		worst = max(worst, math.Abs(r.ntp-s.offset-s.unwrap(r.rtp)/s.rate))
	}
	return worst
}

// tracks returns picture and sound.
func (w wire) tracks(t *testing.T) (picture, sound *wireStream) {
	t.Helper()
	for _, s := range w {
		if s.sound {
			sound = s
		} else {
			picture = s
		}
	}
	if len(w) != 2 || picture == nil || sound == nil || len(picture.reports) < 2 || len(sound.reports) < 2 {
		t.Fatalf("tshark saw no picture and sound with reports: %+v", w)
	}
	t.Logf("wire: %d pictures, %d of sound; reports %d (±%.2f ms) and %d (±%.2f ms)", len(picture.times), len(sound.times),
		len(picture.reports), 1e3*picture.noise(), len(sound.reports), 1e3*sound.noise())
	return picture, sound
}
