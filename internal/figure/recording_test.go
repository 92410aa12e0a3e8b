package figure

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/internal/plot"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/stamp"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// lacks is what is wrong with a packet log.
type lacks struct {
	reports, arrivals bool
	ahead             time.Duration // the recorder's clock shows more than the true time
}

// recording returns a minute at 25 fps with a report every 5 s, as a packet log. Frames and reports come 30 ms after
// they were captured; frames 500 to 549 are missing, and the camera's clock is 0.4 s behind in the first 20 s.
func recording(t *testing.T, lack lacks) *extract.Recording {
	t.Helper()
	frames, reports := "rtp_timestamp,receive_time_ns\n", "ntp_hex,rtp_timestamp,packet_index,receive_time_ns\n"
	before := 0
	for i := range 1500 {
		captured := noon.Add(time.Duration(i) * 40 * time.Millisecond)
		says, came := captured, strconv.FormatInt(captured.Add(30*time.Millisecond+lack.ahead).UnixNano(), 10)
		says = says.Add(time.Duration(i%9) * 12345) // no clock is exact
		if i < 500 {
			says = says.Add(-400 * time.Millisecond)
		}
		if lack.arrivals {
			came = ""
		}
		if i >= 500 && i < 550 {
			continue
		}
		if i%125 == 10 && !lack.reports {
			reports += fmt.Sprintf("%016x,%d,%d,%s\n", uint64(ntp.FromTime(says)), i*3600, before, came)
		}
		frames += fmt.Sprintf("%d,%s\n", i*3600, came)
		before++
	}
	r, err := extract.ReadLog(extract.LogFile{Name: "frames", Reader: strings.NewReader(frames)},
		extract.LogFile{Name: "reports", Reader: strings.NewReader(reports)})
	if err != nil {
		t.Fatal(err)
	}
	if !lack.arrivals {
		from := noon.Add(20 * time.Second)
		r.Gaps = []stamp.Gap{{Cause: stamp.ConnectionLost, From: from, To: from.Add(2030 * time.Millisecond)}}
	}
	return r
}

// render draws the figure and returns the words in it.
func render(t *testing.T, f *plot.Figure) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, plot.SVG); err != nil {
		t.Fatal(err)
	}
	var words []string
	for d := xml.NewDecoder(&b); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
		}
		if err != nil {
			t.Fatal(err)
		}
		if data, ok := token.(xml.CharData); ok {
			words = append(words, string(data))
		}
	}
}

func wants(t *testing.T, words string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(words, want) {
			t.Errorf("no %q in: %s", want, words)
		}
	}
}

func TestRecording(t *testing.T) {
	r := recording(t, lacks{})
	f := Recording(r, r.Rows(extract.Best), "garage.mp4", "best")
	wants(t, render(t, f), "garage.mp4: when its frames were captured",
		"1450 frames in 60 s, captured 2026-03-01 12:00:00 – 12:0", "(method best). Frames are missing: connection lost 1×.", "95 % of the frames are good to ±", "State: ",
		"one every 5", "connection lost: 2.0", "time message", "Time between frames", "1 point above the diagram, at 2.0", "The camera's clock against the recorder's", "2026-03-01, UTC")
	if len(f.Panels) != 4 || len(f.Spans) != 1 {
		t.Fatalf("%d panels, %d spans", len(f.Panels), len(f.Spans))
	}
	if s := f.Spans[0]; math.Abs(s.To-s.From-2.04) > 0.05 || math.Abs(s.From-20) > 0.5 {
		t.Errorf("the gap is from %v to %v", s.From, s.To)
	}
	if s := f.Panels[2].Series[0]; len(s.X) != 1449 || math.Abs(s.Y[0]-0.04) > 0.001 {
		t.Errorf("%d intervals, the first %v", len(s.X), s.Y[0])
	}
	offsets := f.Panels[3].Series[0].Y
	if n := len(offsets); n != len(r.Reports) || math.Abs(offsets[0]+0.43) > 0.001 || math.Abs(offsets[n-1]+0.03) > 0.001 {
		t.Errorf("offsets %v", offsets)
	}
}

// TestWrongClocks has recorders whose clocks differ from the camera's, with and without somebody to vouch for them.
func TestWrongClocks(t *testing.T) {
	const disputed, local = "the times are the camera's, and the bound covers both", "it shows local time for UTC, which is put right"
	for _, test := range []struct {
		trust clock.Trust
		ahead time.Duration
		words string
		said  bool
	}{
		{clock.TrustNeither, 0, disputed, false},
		{clock.TrustNeither, 5 * time.Second, disputed, true},
		{clock.TrustHost, 0, local, false},
		{clock.TrustHost, -time.Hour, local, true},
	} {
		r := recording(t, lacks{ahead: test.ahead})
		r.Trust = test.trust
		words := render(t, Recording(r, r.Rows(extract.Best), "garage.mp4", "best"))
		if strings.Contains(words, test.words) != test.said {
			t.Errorf("recorder %v ahead: %s", test.ahead, words)
		}
	}
}

// TestBreaks puts what happened to the clocks into words.
func TestBreaks(t *testing.T) {
	r := recording(t, lacks{})
	g := newGraph(r, r.Rows(extract.Best))
	g.study.Breaks = []clock.Break{
		{Frame: 100, Cause: clock.Restart}, {Frame: 700, By: 400 * time.Millisecond, Cause: clock.ClockSet},
		{Frame: 900, By: -time.Second, Cause: clock.MediaSet}, {Frame: 1e6, Cause: clock.Pace},
	}
	want := []string{"the camera began a new stream", "camera's clock was set by +400 ms", "frames' own clock was set by −1 s",
		"the frames' own clock changed its speed"}
	for i, m := range g.breaks() {
		if m.Label != want[i] || math.IsNaN(m.X) {
			t.Errorf("%+v, want %q", m, want[i])
		}
	}
}

// TestStates has each state in the strip, and doubts in place of the state.
func TestStates(t *testing.T) {
	g := &graph{start: noon}
	for i, e := range []clock.Estimate{
		{State: clock.RxOnly}, {State: clock.Acquiring}, {State: clock.Locked}, {State: clock.Locked, Flags: clock.SendStamp},
		{State: clock.Locked, Flags: clock.Stepped}, {State: clock.Coasting},
	} {
		g.rows, g.x = append(g.rows, extract.Row{Estimate: e}), append(g.x, float64(i))
	}
	g.rows, g.x = append(g.rows, extract.Row{}), append(g.x, math.NaN())
	var got []string
	for _, s := range g.states() {
		word, _, _ := strings.Cut(s.Name, ":")
		got = append(got, word)
		if s.To < s.From {
			t.Errorf("%+v", s)
		}
	}
	if all := strings.Join(got, ","); all != "rxonly,acquiring,locked,"+doubtName+",coasting" {
		t.Error(all)
	}
}

func TestLittleKnown(t *testing.T) {
	nothing := &extract.Recording{Segments: make([]extract.Segment, 1)}
	one := recording(t, lacks{reports: true})
	first := one.Frames.At(0)
	one.Frames, one.Gaps = extract.Frames{}, nil
	one.Frames.Add(first)
	quiet := recording(t, lacks{reports: true})
	blind := recording(t, lacks{arrivals: true})
	unstamped := &extract.Recording{Timescale: 90000, Segments: make([]extract.Segment, 1)}
	for range 5 {
		unstamped.Frames.Add(extract.Frame{})
	}
	for name, c := range map[string]struct {
		r    *extract.Recording
		want []string
	}{
		"nothing":    {nothing, []string{"0 frames. No capture time is known.", "No error bound is known", "There are not two frames with a time"}},
		"one frame":  {one, []string{"1 frame, captured 2026-03-01 1", "The camera sent no time messages"}},
		"no reports": {quiet, []string{"The camera sent no time messages.", "rxonly"}},
		"no arrival": {blind, []string{"time message"}},
		"no stamps":  {unstamped, []string{"5 frames. No capture time is known.", "none throughout"}},
	} {
		wants(t, render(t, Recording(c.r, c.r.Rows(extract.Best), name, "best")), c.want...)
		render(t, Recording(c.r, c.r.Rows(extract.Arrival), name, "arrival"))
	}
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		5 * time.Second: "5 s", 119 * time.Second: "119 s", 5 * time.Minute: "5 min 0 s",
		24 * time.Hour: "24 h 0 min", 3*time.Hour + 59*time.Second: "3 h 0 min",
	} {
		if got := lasting(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	for n, want := range map[int]string{1: "< 0.1 %", 50: "0.5 %", 5000: "50 %", 9950: "99.5 %", 9999: "> 99.9 %"} {
		if got := percent(n, 10000); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for v, want := range map[float64]string{-1.75e9: "55.5 years behind", 0.0204: "20.4 ms ahead of", 0: "0 ahead of"} {
		if got := apart(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}
