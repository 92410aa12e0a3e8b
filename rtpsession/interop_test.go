package rtpsession

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
)

// byGStreamer returns what the packets tell of the five frames at 25 fps that GStreamer sends through some elements.
func byGStreamer(t *testing.T, e Extensions, elements ...string) (captures []Capture) {
	t.Helper()
	interop.Require(t, "gst-launch-1.0")
	file := filepath.Join(t.TempDir(), "packets")
	args := []string{"-q", "rtpbin", "name=bin", "videotestsrc", "num-buffers=5", "!",
		"video/x-raw,framerate=25/1,width=64,height=48,format=I420", "!", "rtpvrawpay", "!"}
	args = append(append(args, elements...), "!", "rtpstreampay", "!", "filesink", "location="+file)
	if out, err := exec.CommandContext(t.Context(), "gst-launch-1.0", args...).CombinedOutput(); err != nil {
		interop.Missing(t, "an element of GStreamer: "+string(out))
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := config(0)
	c.Extensions = e
	r, last := NewReceiver(c), int64(-1)
	for len(b) > 2 { // RFC 4571
		size := int(binary.BigEndian.Uint16(b))
		if err := r.Push(start, b[2:2+size]); err != nil {
			t.Fatal(err)
		}
		for p, ok := r.Next(); ok; p, ok = r.Next() {
			if p.Time != last {
				captures = append(captures, p.Capture)
			}
			last = p.Time
			captures[len(captures)-1].Last = p.Capture.Last // GStreamer has it in a frame's last packet
		}
		b = b[2+size:]
	}
	if len(captures) != 5 {
		t.Fatalf("%d frames", len(captures))
	}
	return captures
}

// TestGStreamerONVIF reads what GStreamer's ONVIF server sends.
func TestGStreamerONVIF(t *testing.T) {
	captures := byGStreamer(t, Extensions{}, "rtponviftimestamp", "ntp-offset=3958979696533333333", "cseq=5", "set-e-bit=true")
	for i, c := range captures {
		want := captured.Near(start).Add(time.Duration(i) * 40 * time.Millisecond)
		if c.Kind != ONVIFReplay || c.Time.Near(start).Sub(want).Abs() > 2 || c.Jump != (i == 0) || c.Last != (i == 4) {
			t.Errorf("frame %d: %+v is %v, want %v", i, c, c.Time.Near(start), want)
		}
	}
}

// TestGStreamerNTP64: GStreamer's RTP session puts its pipeline's time in, but for the first packet. Which time that is
// depends on how far the pipeline has come, but it goes on with the frames.
func TestGStreamerNTP64(t *testing.T) {
	var e Extensions
	e.Map(4, URINTP64)
	captures := byGStreamer(t, e, "application/x-rtp,extmap-4=(string)"+URINTP64, "!", "bin.send_rtp_sink_0", "bin.send_rtp_src_0")
	if captures[0].Time != 0 {
		t.Errorf("the first one: %+v", captures[0])
	}
	now := time.Now()
	for i, c := range captures[1:] {
		at := c.Time.Near(now)
		if c.Kind != NTP64 || c.Time == 0 {
			t.Errorf("frame %d: %+v", i+1, c)
		}
		if step := at.Sub(captures[1].Time.Near(now)); (step - time.Duration(i)*40*time.Millisecond).Abs() > 5*time.Millisecond {
			t.Errorf("frame %d: %v after the first", i+1, step)
		}
	}
}
