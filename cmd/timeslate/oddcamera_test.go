package main

import (
	"bufio"
	"bytes"
	"context"
	endian "encoding/binary"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/record"
	"github.com/timeslate/timeslate/rtsp"
)

// odd is a camera whose pictures are good and which tells odd times.
type odd struct {
	name    string
	lines   string // of its description
	picture func(v *villain, i int)
	missing int    // pictures that extract may miss
	says    string // in what probe says
}

const (
	absLine  = "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time\r\n"
	ntpLines = "a=ts-refclk:ntp=/traceable/\r\n"
	oddSpan  = 12 * time.Second // for which they are watched
	oddFrame = 40 * time.Millisecond
)

// odds are those cameras. The last word of what probe says is about this host, which these tests leave alone.
var odds = []odd{
	{"nothing odd", "", func(v *villain, i int) { v.sendPicture(i, uint32(i)*3600, nil) }, 0, "25.00 fps"},
	{"an element beyond its extension", absLine, extended("\xbe\xde\x00\x01\x3f\x01\x02\x03"), 0, "by the camera's sender reports"},
	{"elements without end", absLine, extended("\x10\x00\x00\x01\x03\xc8\x01\x02"), 0, "by the camera's sender reports"},
	{"an extension of elements that nobody knows", absLine, extended("\xbe\xde\x20\x00" + strings.Repeat("\x50\x01", 0x4000)), 0, "by the camera's sender reports"},
	{"a packet in ten that ends within its extension", "", func(v *villain, i int) {
		if i%10 == 3 {
			v.extendedRTP(uint32(i)*3600, false, []byte("\xbe\xde\xff\xff"), nil)
		}
		v.sendPicture(i, uint32(i)*3600, nil)
	}, 30, "by the camera's sender reports"},
	{"a media clock that nobody can mean", ntpLines + "a=mediaclk:direct=0 rate=1/4294967295\r\n", extended(""), 0, "by the camera's sender reports"},
	{"a media clock of another day", ntpLines + "a=mediaclk:direct=18446744073709551615\r\n", extended(""), 0, "camera and this host disagree"},
	{"frames of 2080", absLine, carrying(func(_ int, now time.Time) time.Time { return now.AddDate(54, 0, 0) }), 0, "disagree by 19724 days"},
	{"frames of any year", absLine, carrying(func(i int, now time.Time) time.Time { return now.AddDate(i*37%60-30, 0, 0) }), 0, "contradict each other"},
	{"frames that stand still", absLine, carrying(func(i int, now time.Time) time.Time { return now.Add(-time.Duration(i) * oddFrame) }), 0, "contradict each other"},

	{"reports of any year", "", reporting(func(i int, now time.Time) (time.Time, uint32) { return now.AddDate(i*37%60-30, 0, 0), 0 }), 0, "contradict each other"},
	{"reports of a clock that runs a thousand times too fast", "", reporting(func(i int, now time.Time) (time.Time, uint32) {
		return now.Add(time.Duration(i) * 1000 * oddFrame), 0
	}), 0, "1001.00 s in a second"},
	{"reports of a clock that stands still", "", reporting(func(i int, now time.Time) (time.Time, uint32) {
		return now.Add(-time.Duration(i) * oddFrame), 0
	}), 0, " 0.00 s in a second"},
	{"reports with time stamps of nothing", "", reporting(func(i int, now time.Time) (time.Time, uint32) {
		return now, uint32(i+1) * 0x9e3779b9
	}), 0, "no usable sender report"},
	{"31 blocks that did not come, BYE, SDES with escapes", "", func(v *villain, i int) {
		v.sendPicture(i, uint32(i)*3600, nil)
		v.frame(1, append(senderReport(time.Now(), uint32(i)*3600, 0x9f, 6+31*6), "\x81\xcb\x00\x01\x00\x00\x00\x07"...)...)
		v.frame(1, []byte("\x81\xca\x00\x05\x00\x00\x00\x07\x01\x0c"+escapes[:10]+"\xff\x00\x00\x00")...)
	}, 0, "reports every 40ms"},

	{"time stamps that jump", "", stamping(func(i uint32) uint32 { return i * 0x9e3779b9 }), 0, "time stamps of the frames jump"},
	{"time stamps half a wrap apart", "", stamping(func(i uint32) uint32 { return i*3600 + i%2<<31 }), 0, "time stamps of the frames jump"},
	{"time stamps that go back by a frame", "", stamping(func(i uint32) uint32 { return -i * 3600 }), 30, "time stamps of the frames jump"},
	{"time stamps that go back by a tick", "", stamping(func(i uint32) uint32 { return -i }), 5, "time stamps of the frames jump"},
	{"time stamps that hardly go", "", stamping(func(i uint32) uint32 { return i }), 0, "time stamps of the frames jump"},
}

// extended makes a camera whose packets have that header extension.
func extended(extension string) func(*villain, int) {
	return func(v *villain, i int) { v.sendPicture(i, uint32(i)*3600, []byte(extension)) }
}

// carrying makes a camera whose packets carry times by abs-capture-time.
func carrying(says func(i int, now time.Time) time.Time) func(*villain, int) {
	return func(v *villain, i int) {
		extension := endian.BigEndian.AppendUint64([]byte("\xbe\xde\x00\x03\x37"), uint64(ntp.FromTime(says(i, time.Now()))))
		v.sendPicture(i, uint32(i)*3600, append(extension, 0, 0, 0))
	}
}

// reporting makes a camera of which each tenth picture has a report of that time, with its time stamp plus so much.
func reporting(says func(i int, now time.Time) (time.Time, uint32)) func(*villain, int) {
	return func(v *villain, i int) {
		v.pictureAlone(i, uint32(i)*3600, nil)
		if at, off := says(i, time.Now()); i%10 == 0 {
			v.frame(1, senderReport(at, uint32(i)*3600+off, 0x80, 6)...)
		}
	}
}

// stamping makes a camera with those RTP time stamps.
func stamping(stamp func(i uint32) uint32) func(*villain, int) {
	return func(v *villain, i int) { v.sendPicture(i, stamp(uint32(i)), nil) }
}

// senderReport returns a sender report with that first byte and length word.
func senderReport(at time.Time, rtp uint32, first byte, words uint16) []byte {
	b := endian.BigEndian.AppendUint16([]byte{first, 200}, words)
	b = endian.BigEndian.AppendUint64(append(b, 0, 0, 0, 7), uint64(ntp.FromTime(at)))
	return append(endian.BigEndian.AppendUint32(b, rtp), make([]byte, 8)...)
}

// sendPicture adds picture i, and each second a report that is right.
func (v *villain) sendPicture(i int, stamp uint32, extension []byte) {
	v.pictureAlone(i, stamp, extension)
	if i%25 == 5 {
		v.frame(1, senderReport(time.Now().Add(-oddFrame/2), stamp, 0x80, 6)...)
	}
}

func (v *villain) pictureAlone(i int, stamp uint32, extension []byte) {
	packetizer := h264.Packetizer{MaxPayload: 1400}
	for payload, marker := range packetizer.Packets(v.units[i%len(v.units)]) {
		v.extendedRTP(stamp, marker, extension, payload)
	}
}

// extendedRTP adds an RTP packet with a header extension, unless that is empty.
func (v *villain) extendedRTP(stamp uint32, marker bool, extension, payload []byte) {
	const fixed = 4 + 12 // framing and header
	at := len(v.out)
	v.rtp(stamp, 7, marker, append(bytes.Clone(extension), payload...)...)
	if packet := v.out[at:]; len(extension) > 0 && len(packet) > fixed {
		packet[4] |= 0x10
	}
}

// serve is the camera, until the listener is closed.
func (o *odd) serve(l net.Listener, f footage) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		v := &villain{Conn: conn, footage: f, requests: bufio.NewReader(conn)}
		v.description += o.lines
		if q, ok := v.behaveUntil("PLAY"); ok {
			v.behave(q)
			gone := make(chan struct{})
			go func() {
				defer close(gone)
				io.Copy(io.Discard, v.requests)
			}()
			for i := 0; ; i++ {
				if o.picture(v, i); !v.send() {
					break
				}
				time.Sleep(oddFrame)
			}
			conn.Close()
			<-gone
		}
	}
}

// meetOdd runs f against the camera in virtual time, on a day of 2026.
func meetOdd(t *testing.T, o *odd, f footage, run func(ctx context.Context, c camera.Options)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
		l, served := mempipe.Listen(), make(chan struct{})
		go func() {
			defer close(served)
			o.serve(l, f)
		}()
		ctx, cancel := context.WithTimeout(t.Context(), oddSpan)
		defer cancel()
		run(ctx, camera.Options{Transport: camera.TCP, Dialer: rtsp.Dialer{DialContext: l.Dial, Timeout: time.Second}})
		l.Close()
		<-served
	})
}

// nonsense is what no table for people holds.
var nonsense = regexp.MustCompile(`NaN|Inf|[0-9]{6}|[0-9]{3}h|e[+-][0-9]`)

// TestOddTimes records and probes those cameras: all pictures must be recorded, and have a time or none; probe must say what is
// wrong in words.
func TestOddTimes(t *testing.T) {
	t.Parallel()
	f, dir := film(t), t.TempDir()
	for i := range odds {
		o := &odds[i]
		t.Run(o.name, func(t *testing.T) {
			file := filepath.Join(dir, fmt.Sprint(i)+".mp4")
			var frames int64
			meetOdd(t, o, f, func(ctx context.Context, c camera.Options) {
				s, err := record.Run(ctx, record.Options{URL: "rtsp://192.0.2.2/", Output: file, Once: true, Camera: c})
				if frames = s.Frames; err != nil || frames < int64(oddSpan/oddFrame)*9/10 {
					t.Errorf("%+v, %v", s, err)
				}
			})
			for _, method := range []string{"best", "live"} {
				code, stdout, stderr := timeslate(t, nil, "extract", "--method", method, "--trust", "host", "-o", "-", file)
				rows := tableOf(t, stdout)
				if code != exitDone || stderr != "" || len(rows) > int(frames) || len(rows) < int(frames)-o.missing {
					t.Errorf("extract %s: %d, %d rows of %d, %s", method, code, len(rows), frames, stderr)
				}
				for _, row := range rows {
					if number(t, row["error_ns"]) < 0 {
						t.Fatalf("%v", row)
					}
				}
			}
			var out bytes.Buffer
			meetOdd(t, o, f, func(ctx context.Context, c camera.Options) {
				if report, err := probe(ctx, "rtsp://192.0.2.2/", c, oddSpan); err != nil {
					t.Error(err)
				} else {
					report.write(&out)
				}
			})
			if bad := nonsense.FindString(out.String()); bad != "" || !strings.Contains(out.String(), o.says) {
				t.Errorf("%q in what probe says, want %q:\n%s", bad, o.says, out.String())
			}
		})
	}
}
