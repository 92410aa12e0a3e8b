package aac

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
	"github.com/timeslate/timeslate/media"
)

// TestFFmpegPackets takes what ffmpeg makes RTP packets of: several units in each, and fragments.
func TestFFmpegPackets(t *testing.T) {
	interop.Require(t, "ffmpeg")
	for _, size := range []string{"1472", "300", "100"} {
		var description bytes.Buffer
		payloads := listen(t, func(port int) *exec.Cmd {
			cmd := exec.Command("ffmpeg", "-v", "error", "-i", m4a(t), "-c", "copy", "-f", "rtp", "-pkt_size", size,
				fmt.Sprintf("rtp://127.0.0.1:%d", port))
			cmd.Stdout = &description
			return cmd
		})
		fmtp := regexp.MustCompile(`a=fmtp:97 ([^\r\n]*)`).FindSubmatch(description.Bytes())
		if fmtp == nil {
			t.Fatalf("no fmtp in %s", description.Bytes())
		}
		f, err := ParseFormat("MPEG4-GENERIC/16000/1", string(fmtp[1]))
		if err != nil {
			t.Fatal(err)
		}
		least := 17
		if size == "1472" {
			least = 10 // ffmpeg 5.1 forgets what waits for more to fill a packet at the end
		}
		checkTone(t, "ffmpeg, "+size, f, payloads, least)
	}
}

// TestGStreamerPackets takes what GStreamer makes RTP packets of: a unit in each, and fragments.
func TestGStreamerPackets(t *testing.T) {
	interop.Require(t, "gst-launch-1.0")
	if exec.Command("gst-inspect-1.0", "rtpmp4gpay").Run() != nil {
		interop.Missing(t, "rtpmp4gpay")
	}
	for _, mtu := range []string{"1400", "100"} {
		payloads := listen(t, func(port int) *exec.Cmd {
			return exec.Command("gst-launch-1.0", "-q", "filesrc", "location=testdata/tone.aac", "!", "aacparse", "!",
				"rtpmp4gpay", "mtu="+mtu, "!", "udpsink", "host=127.0.0.1", fmt.Sprintf("port=%d", port), "sync=false")
		})
		checkTone(t, "GStreamer, "+mtu, format(t, "mode=AAC-hbr"), payloads, 17)
	}
}

// m4a returns the path of the tone in a file that says its configuration.
func m4a(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tone.m4a")
	if out, err := exec.Command("ffmpeg", "-v", "error", "-i", "testdata/tone.aac", "-c", "copy", path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// listen runs a program that sends to a port, and returns the RTP packets that came.
func listen(t *testing.T, command func(port int) *exec.Cmd) (packets [][]byte) {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cmd := command(conn.LocalAddr().(*net.UDPAddr).Port)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil { // all of it is here
		t.Fatal(err)
	}
	for {
		b := make([]byte, 2000)
		n, err := conn.Read(b)
		if err != nil {
			return packets
		}
		packets = append(packets, b[:n])
	}
}

// checkTone checks that at least so many units of the tone are in packets, and nothing else.
func checkTone(t *testing.T, name string, f *Format, packets [][]byte, least int) {
	t.Helper()
	_, units := tone(t)
	d := NewDepacketizer(f)
	var first, seen int64
	for i, b := range packets {
		if len(b) < 12 {
			t.Fatalf("%s: %x", name, b)
		}
		p := media.Packet{Payload: b[12:], Time: int64(binary.BigEndian.Uint32(b[4:])), Marker: b[1]&0x80 != 0}
		if i == 0 {
			first = p.Time
		}
		if p.Time < first {
			p.Time += 1 << 32
		}
		if err := d.Push(&p); err != nil {
			t.Fatalf("%s: packet %d: %v", name, i, err)
		}
		for u, ok := d.Next(); ok; u, ok = d.Next() {
			if u.PTS-first != seen*1024 || !bytes.Equal(u.Data[0], units[seen]) {
				t.Fatalf("%s: unit %d: PTS %d, %d bytes", name, seen, u.PTS-first, len(u.Data[0]))
			}
			seen++
		}
	}
	if int(seen) < least {
		t.Errorf("%s: %d units in %d packets", name, seen, len(packets))
	}
}
