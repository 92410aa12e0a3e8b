package camsim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
	"github.com/timeslate/timeslate/ntp"
)

// sent returns the packets of five frames of a camera, and their times by its clock.
func sent(t *testing.T, source TimeSource) (packets [][]byte, frames []int, times []time.Time) {
	t.Helper()
	camera := mustSource(t, Camera{TimeSource: source, Bitrate: 1_000_000}, 0)
	s := testSender(camera)
	for i := range 5 {
		f := camera.Next(i == 0)
		b, err := s.frame(f)
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, f.Captured)
		for _, p := range deframe(t, b, 4) {
			packets, frames = append(packets, bytes.Clone(p)), append(frames, i)
		}
	}
	return packets, frames, times
}

// TestGStreamerReadsONVIF: GStreamer's replay client finds the capture times and the discontinuity at the start.
func TestGStreamerReadsONVIF(t *testing.T) {
	interop.Require(t, "gst-launch-1.0")
	packets, _, times := sent(t, ONVIF)
	var stream []byte
	for _, p := range packets {
		stream = append(binary.BigEndian.AppendUint16(stream, uint16(len(p))), p...) // RFC 4571
	}
	file := filepath.Join(t.TempDir(), "packets")
	if err := os.WriteFile(file, stream, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "gst-launch-1.0", "-v", "filesrc", "location="+file, "!",
		"application/x-rtp-stream,media=video,clock-rate=90000,encoding-name=H264", "!", "rtpstreamdepay", "!",
		"rtponvifparse", "!", "fakesink", "silent=false").Output()
	if err != nil {
		interop.Missing(t, "an element of GStreamer")
	}
	found := regexp.MustCompile(`chain .* pts: (\d+):(\d+):(\d+\.\d+),.*`).FindAllStringSubmatch(string(out), -1)
	if len(found) != len(times) {
		t.Fatalf("%d of %d frames:\n%s", len(found), len(times), out)
	}
	for i, m := range found { // nanoseconds since 1900
		hours, _ := strconv.ParseInt(m[1], 10, 64)
		minutes, _ := strconv.ParseInt(m[2], 10, 64)
		seconds, _ := strconv.ParseFloat(m[3], 64)
		at := time.Unix(hours*3600+minutes*60-2208988800, 0).Add(time.Duration(seconds * 1e9))
		if at.Sub(times[i]).Abs() > time.Microsecond || strings.Contains(m[0], "discont") != (i == 0) {
			t.Errorf("frame %d, captured %v: %v, %s", i, times[i], at, m[0])
		}
	}
}

// TestTsharkReadsExtensions: tshark finds them in the packets where they should be.
func TestTsharkReadsExtensions(t *testing.T) {
	interop.Require(t, "tshark")
	for _, test := range []struct {
		source TimeSource
		fields string // what tshark says of a packet that has one: %x is the time
	}{
		{ONVIF, "0xabac|3||"},
		{NTP64, "0xbede|3|4|%x"},
		{AbsCaptureTime, "0xbede|3|5|%x"},
	} {
		packets, frames, times := sent(t, test.source)
		file := filepath.Join(t.TempDir(), "packets.pcap")
		if err := os.WriteFile(file, capture(packets), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "tshark", "-r", file, "-d", "udp.port==5004,rtp", "-T", "fields", "-E", "separator=|",
			"-e", "rtp.ext.profile", "-e", "rtp.ext.len", "-e", "rtp.ext.rfc5285.id", "-e", "rtp.ext.rfc5285.data").Output()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		if len(lines) != len(packets) {
			t.Fatalf("%d lines for %d packets: %s", len(lines), len(packets), out)
		}
		for i, line := range lines {
			first := i == 0 || frames[i] != frames[i-1]
			last := i+1 == len(frames) || frames[i] != frames[i+1]
			want := "|||"
			if first && test.source != AbsCaptureTime || last && test.source == AbsCaptureTime && frames[i] == 0 {
				want = strings.Replace(test.fields, "%x", fmt.Sprintf("%016x", uint64(ntp.FromTime(times[frames[i]]))), 1)
			}
			if line != want {
				t.Errorf("source %d, packet %d of frame %d: %s, want %s", test.source, i, frames[i], line, want)
			}
		}
	}
}

// capture returns a capture file (pcap) of RTP packets by UDP to port 5004.
func capture(packets [][]byte) []byte {
	const rawIP = 101
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	for _, field := range []uint32{4<<16 | 2, 0, 0, 1 << 16, rawIP} { // version 2.4
		b = binary.LittleEndian.AppendUint32(b, field)
	}
	for _, p := range packets {
		ip := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}
		binary.BigEndian.PutUint16(ip[2:], uint16(28+len(p)))
		udp := binary.BigEndian.AppendUint16([]byte{0x13, 0x8c, 0x13, 0x8c}, uint16(8+len(p)))
		packet := append(append(append(ip, udp...), 0, 0), p...)
		for _, field := range []uint32{0, 0, uint32(len(packet)), uint32(len(packet))} {
			b = binary.LittleEndian.AppendUint32(b, field)
		}
		b = append(b, packet...)
	}
	return b
}
