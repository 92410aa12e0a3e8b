package extract

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
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

// TestJumpKept: recorded footage with an hour left out, of which only the D bit of a frame between two times tells where.
func TestJumpKept(t *testing.T) {
	const frames, cut = 400, 205
	for _, told := range []bool{true, false} {
		w := newRecorder(t, 0, true)
		wrong := 0
		truth := map[uint32]time.Time{}
		for i := range frames {
			u := cameraUnit(0)
			u.PTS, u.Arrival, u.Reports, u.Jump = u.PTS+3000*int64(i), captured(i), nil, told && i == cut
			u.RTP = uint32(u.PTS)
			at := captured(i).Add(-24 * time.Hour)
			if i >= cut {
				at = at.Add(time.Hour)
			}
			truth[u.RTP] = at
			if i%10 == 0 {
				u.Absolute, u.Source = ntp.FromTime(at), clock.ONVIF
			}
			w.write(t, u, 3000*int64(i))
		}
		for _, row := range open(t, w.finish(t)).Rows(Best) {
			if off := row.Time.Sub(truth[row.RTP]).Abs(); row.Source != clock.ONVIF || off > row.Error {
				t.Fatalf("told %v: row %d is off by %v: %+v", told, row.Frame, off, row)
			} else if off > ms {
				wrong++
			}
		}
		if (wrong == 0) != told {
			t.Errorf("told %v: %d frames are wrong", told, wrong)
		}
	}
}

// TestPlayRemembered: in a later file of a session nothing is left of the reply to PLAY but what the recorder made of it.
func TestPlayRemembered(t *testing.T) {
	r := &Recording{Origin: TimingBox, ClockRate: 90000, Timescale: 90000, Segments: make([]Segment, 1)}
	r.Segments[0].Latency = ms // the recorder has taken it off
	for i := range 100 {
		at := start.Add(time.Duration(i) * 40 * ms)
		r.Frames.Add(Frame{
			PTS: int64(i) * 3600, Stamped: true, Sent: uint32(i * 3600), Report: -1,
			Frame: clock.Frame{RTP: int64(i) * 3600, Arrival: at.Add(time.Minute)},
			Wall:  clock.Estimate{Time: at, Error: ms, State: clock.Coasting, Source: clock.Play},
		})
	}
	for i, row := range r.Rows(Best) {
		if row.Estimate != r.Frames.At(i).Wall {
			t.Fatalf("frame %d: %+v", i, row.Estimate)
		}
	}
	for i := range r.Frames.Len() {
		r.Frames.walls[i].Flags = clock.Disputed
	}
	for trust, want := range map[clock.Trust]clock.Source{clock.TrustHost: clock.Arrival, clock.TrustNeither: clock.Play, clock.TrustCamera: clock.Play} {
		r.Trust = trust
		for i, row := range r.Rows(Best) {
			if row.Source != want {
				t.Fatalf("trust %d, frame %d disputed: %+v", trust, i, row.Estimate)
			}
		}
	}
	for i := range r.Frames.Len() {
		r.Frames.walls[i].Source = clock.Arrival
	}
	for i, row := range r.Rows(Best) {
		if row.Source != clock.Arrival || row.Time == r.Frames.At(i).Wall.Time {
			t.Fatalf("frame %d by arrival: %+v", i, row.Estimate)
		}
	}
}

// TestLatency: best takes off what live has taken off already; a classic method does not.
func TestLatency(t *testing.T) {
	const delay = 25 * time.Millisecond
	w := newRecorder(t, 0, true)
	w.timing.AddLatency(stamp.TimingLatency{Track: 1, Delay: time.Hour})
	w.timing.AddLatency(stamp.TimingLatency{Track: 0, Delay: delay})
	for i := range frames {
		w.write(t, cameraUnit(i), 3000*int64(i))
	}
	r := open(t, w.finish(t))
	plain := open(t, recording(t, 0, true).finish(t)).Rows(Best)
	for i, row := range r.Rows(Best) {
		if row.Time.Add(delay) != plain[i].Time || row.Flags != plain[i].Flags|clock.Latency {
			t.Fatalf("row %d: %v, without delay %v", i, row, plain[i])
		}
	}
	checkRows(t, r.Rows(RTP), clock.SenderReport, 0, 2)
	checkRows(t, r.Rows(Live), clock.SenderReport, 0, 0)
	if d := r.Segments[0].Latency; d != delay {
		t.Errorf("latency %v", d)
	}
}

// TestStudy: what clock.Fit is given counts the frames that have a stamp.
func TestStudy(t *testing.T) {
	r := openPartlyStamped(t)
	s := r.Examine()
	_, given := r.observations()
	if len(given) != frames-8 || len(s.Estimates) != len(given) || len(s.Recording) != len(given) || r.Examine() != s {
		t.Fatalf("%d frames, %d estimates", len(given), len(s.Estimates))
	}
	for k, i := range s.Recording {
		if r.Frames.At(i).Frame != given[k] {
			t.Errorf("frame %d is not frame %d", k, i)
		}
	}
	for i, rep := range s.Reports {
		if at := rep.Before; given[at].RTP != rep.RTP || s.Recording[at] != r.all[i].Before {
			t.Errorf("report %d comes before frame %d, %+v", i, at, given[at])
		}
	}
	for i, row := range r.Rows(Best) {
		if row.Time.IsZero() != (i == frames-1) || i%8 == 3 && i < frames-1 && (row.State != clock.Coasting && row.State != clock.RxOnly || row.Error == 0 || row.HasRTP) {
			t.Errorf("row %d: %+v", i, row)
		}
	}
}

func TestFillIn(t *testing.T) {
	estimate := func(i int, err time.Duration) clock.Estimate {
		return clock.Estimate{Time: captured(i), Error: err, State: clock.Locked, Source: clock.SenderReport}
	}
	row := func(i int, e clock.Estimate) Row { return Row{PTS: int64(i) * 3000, Timescale: 90000, Estimate: e} }
	rows := []Row{
		row(0, clock.Estimate{}), row(1, estimate(1, ms)), row(2, clock.Estimate{}), row(3, clock.Estimate{}), row(4, estimate(4, 2*ms)),
		row(5, clock.Estimate{}), row(6, estimate(7, 2*ms)), row(7, clock.Estimate{}),
	}
	rows = slices.Collect(fillIn(slices.Values(rows)))
	if !rows[0].Time.IsZero() || !rows[7].Time.IsZero() {
		t.Error("a frame without neighbours has a time")
	}
	for i := 1; i < 5; i++ {
		if rows[i].Time.Sub(captured(i)).Abs() > 2 {
			t.Errorf("row %d: %v, want %v", i, rows[i].Time, captured(i))
		}
	}
	if r := rows[2]; r.State != clock.Coasting || (r.Error-2*ms).Abs() > 2 || r.Source != clock.SenderReport {
		t.Errorf("%+v", r)
	}
	if r := rows[5]; (r.Error - 2*ms - time.Second/30).Abs() > 2 {
		t.Errorf("%+v: three intervals of capture in two of presentation", r)
	}
}
