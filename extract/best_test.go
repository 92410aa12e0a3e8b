package extract

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/stamp"
)

// driftUnits is two minutes of a camera with 25 frames per second, two B-frames each, whose RTP clock runs 50 ppm fast and
// wraps. Reports tell the truth. It returns the units in decode order and the truth by RTP time stamp.
func driftUnits() (units []*media.Unit, truth map[uint32]time.Time) {
	const n, fast = 3001, 50e-6
	random := rand.New(rand.NewPCG(1, 2))
	truth = map[uint32]time.Time{}
	rtpAt := func(t time.Duration) int64 { return 1<<32 - 900000 + int64(t.Seconds()*90000*(1+fast)+0.5) }
	for i := range n {
		shown := i // I B B P B B P …: decoded I P B B P B B
		if i > 0 {
			shown = []int{i - 1, i + 2, i - 1}[i%3]
		}
		capture := time.Duration(shown)*40*ms + 137*ms
		sent := time.Duration(i)*40*ms + 240*ms // two frames of reordering
		nal := bytes.Repeat([]byte{0x41}, 200)
		if i%150 == 0 {
			nal[0] = 0x65
		}
		u := &media.Unit{
			PTS: rtpAt(capture), SSRC: 5, Key: i%150 == 0, Data: [][]byte{nal},
			Arrival: start.Add(sent + time.Duration(random.ExpFloat64()*float64(ms))),
		}
		u.RTP = uint32(u.PTS)
		truth[u.RTP] = start.Add(capture)
		u.Wall = clock.Estimate{Time: start.Add(capture), Error: ms, State: clock.Locked, Source: clock.SenderReport}
		if i%127 == 9 {
			told := sent - 10*ms - time.Duration(random.Int64N(int64(20*ms)))
			u.Reports = []clock.Report{{NTP: ntp.FromTime(start.Add(told)), RTP: rtpAt(told), Before: i, Arrival: start.Add(sent - 9*ms)}}
		}
		units = append(units, u)
	}
	return units, truth
}

// driftFile records the units; absolute says whether they carry their capture time in a header extension.
func driftFile(t *testing.T, kinds stamp.Kinds, withTiming, absolute bool) *Recording {
	t.Helper()
	units, truth := driftUnits()
	base := units[0].PTS
	w := newRecorder(t, kinds, withTiming)
	for _, u := range units {
		if absolute {
			u.Absolute, u.Source, u.Reports = ntp.FromTime(truth[u.RTP]), clock.ONVIF, nil
		}
		w.write(t, u, u.PTS-base)
	}
	return open(t, w.finish(t))
}

// driftLog writes the units as a packet log.
func driftLog(t *testing.T) *Recording {
	t.Helper()
	units, _ := driftUnits()
	var frames, reports strings.Builder
	frames.WriteString("index,rtp_timestamp,receive_time_ns,decode_order,ssrc\n")
	reports.WriteString(reportsHeader)
	for i, u := range units {
		fmt.Fprintf(&frames, "%d,%d,%d,%d,%x\n", i, u.RTP, u.Arrival.UnixNano(), i, u.SSRC)
		for _, r := range u.Reports {
			fmt.Fprintf(&reports, "%016x,%d,%d,%d,%x\n", uint64(r.NTP), uint32(r.RTP), r.Arrival.UnixNano(), i, u.SSRC)
		}
	}
	return readLog(t, frames.String(), reports.String())
}

// driftMeta writes the units as RTCP-NTP-Recorder's extractor does.
func driftMeta(t *testing.T) *Recording {
	t.Helper()
	texts, err := driftFile(t, stamp.Recorder, false, false).Texts()
	if err != nil {
		t.Fatal(err)
	}
	return open(t, texts.Meta)
}

// TestBest: each origin gives the times that its observations allow, with a bound that holds.
func TestBest(t *testing.T) {
	_, truth := driftUnits()
	for _, c := range []struct {
		name   string
		r      *Recording
		origin Origin
		source clock.Source
		within time.Duration
	}{
		{"timing box", driftFile(t, 0, true, false), TimingBox, clock.SenderReport, 100 * time.Microsecond},
		{"header extension", driftFile(t, 0, true, true), TimingBox, clock.ONVIF, 100 * time.Microsecond},
		{"strawlab", driftFile(t, stamp.Strawlab, false, false), Strawlab, clock.SenderReport, 100 * time.Microsecond},
		{"RTCP-NTP-Recorder", driftFile(t, stamp.Recorder, false, false), RecorderB, clock.SenderReport, 5 * ms},
		{"_meta.txt", driftMeta(t), RecorderB, clock.SenderReport, 5 * ms},
		{"packet log", driftLog(t), PacketLog, clock.SenderReport, 100 * time.Microsecond},
	} {
		rows := c.r.Rows(Best)
		if c.r.Origin != c.origin || len(rows) != len(truth) || len(c.r.Skipped) > 0 {
			t.Errorf("%s: %v, %d rows, skipped %v", c.name, c.r.Origin, len(rows), c.r.Skipped)
		}
		var worst, bound time.Duration
		uncovered := 0
		for i, row := range rows {
			off := row.Time.Sub(truth[row.RTP]).Abs()
			worst, bound = max(worst, off), max(bound, row.Error)
			if off > row.Error {
				uncovered++
			}
			if row.Source != c.source || i > 0 && !row.Time.After(rows[i-1].Time) {
				t.Fatalf("%s: row %d: %+v", c.name, i, row)
			}
		}
		t.Logf("%-18s off by at most %v, bound at most %v, %d beyond it", c.name, worst, bound, uncovered)
		if worst > c.within || uncovered > len(rows)/20 || bound > 20*ms {
			t.Errorf("%s: off by %v, %d of %d rows beyond their bound", c.name, worst, uncovered, len(rows))
		}
	}
}

// TestBestOfTimes: where there are no observations but only times, these are the best.
func TestBestOfTimes(t *testing.T) {
	units, truth := driftUnits()
	base := units[0].PTS
	w := newRecorder(t, 0, false)
	for _, u := range units {
		wall := stamp.RecorderStamp{Unix: float64(u.Wall.Time.UnixNano()) / 1e9, Bare: true}
		u.Data = [][]byte{h264.AppendSEI(nil, h264.PayloadUserDataUnregistered, wall.Append(nil)), u.Data[0]}
		w.write(t, u, u.PTS-base)
	}
	for name, r := range map[string]*Recording{
		"version A": open(t, w.finish(t)), "MISB": driftFile(t, stamp.MISB, false, false),
	} {
		rows := r.Rows(Best)
		for i, row := range rows {
			want := truth[uint32(base+row.PTS)]
			if row.Time.Sub(want).Abs() > time.Microsecond || row.State == clock.None || row.HasRTP {
				t.Fatalf("%s: row %d: %+v, want %v", name, i, row, want)
			}
		}
		if len(rows) != len(units) || len(r.Examine().Estimates) != 0 {
			t.Errorf("%s: %d rows", name, len(rows))
		}
	}
}

// TestLive: what a file does not hold is made again.
func TestLive(t *testing.T) {
	stored, again, log := driftFile(t, 0, true, false).Rows(Live), driftFile(t, stamp.Strawlab, false, false).Rows(Live), driftLog(t).Rows(Live)
	for i := range stored {
		if e := stored[i].Estimate; e.Error != ms || e.State != clock.Locked {
			t.Fatalf("row %d: %+v is not what the file says", i, e)
		}
	}
	for i := range again {
		if again[i].State == clock.None || again[i].Error == 0 {
			t.Fatalf("row %d: %+v", i, again[i])
		}
		if d := again[i].Time.Sub(log[i].Time).Abs(); d > 2 || again[i].State != log[i].State { // the stamps round
			t.Fatalf("row %d: %v of the stamps, %v of the log", i, again[i], log[i])
		}
	}
	if meta := driftMeta(t); meta.Rows(Live)[7] != meta.Rows(RTP)[7] {
		t.Error("without arrivals it is the newest report")
	}
}

// TestPlayRemembered: in a later file of a session nothing is left of the reply to PLAY but what the recorder made of it.
func TestPlayRemembered(t *testing.T) {
	r := &Recording{Origin: TimingBox, ClockRate: 90000, Timescale: 90000, Segments: make([]Segment, 1)}
	r.Segments[0].Latency = ms // the recorder has taken it off
	for i := range 100 {
		at := start.Add(time.Duration(i) * 40 * ms)
		r.Frames = append(r.Frames, Frame{
			PTS: int64(i) * 3600, Stamped: true, Sent: uint32(i * 3600), Report: -1,
			Frame: clock.Frame{RTP: int64(i) * 3600, Arrival: at.Add(time.Minute)},
			Wall:  clock.Estimate{Time: at, Error: ms, State: clock.Coasting, Source: clock.Play},
		})
	}
	for i, row := range r.Rows(Best) {
		if row.Estimate != r.Frames[i].Wall {
			t.Fatalf("frame %d: %+v", i, row.Estimate)
		}
	}
	for i := range r.Frames {
		r.Frames[i].Wall.Source = clock.Arrival
	}
	for i, row := range r.Rows(Best) {
		if row.Source != clock.Arrival || row.Time == r.Frames[i].Wall.Time {
			t.Fatalf("frame %d by arrival: %+v", i, row.Estimate)
		}
	}
}
