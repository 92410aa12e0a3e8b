package stamp

import (
	"encoding/binary"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
)

type codec string

func (c codec) Codec() string { return string(c) }

func configOf(name string) media.Config { c := codec(name); return &c }

var testTracks = []media.Track{
	{ID: 0, ClockRate: 90000, Config: configOf("avc1.42c01e")},
	{ID: 1, ClockRate: 8000},
}

// payloads returns the payloads of the timing boxes in b, which must consist of nothing else.
func payloads(t testing.TB, b []byte) (list [][]byte) {
	t.Helper()
	for len(b) > 0 {
		size := binary.BigEndian.Uint32(b)
		if string(b[4:8]) != "uuid" || !TimingUUID.of(b[8:]) || int(size) > len(b) {
			t.Fatalf("no timing box: % x", b[:24])
		}
		list = append(list, b[24:size])
		b = b[size:]
	}
	return list
}

func parse(t testing.TB, boxes []byte) *TimingBox {
	t.Helper()
	var box TimingBox
	for _, p := range payloads(t, boxes) {
		if err := box.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	return &box
}

// frameOf returns what a timing box must hold of u.
func frameOf(u *media.Unit, report int) TimingFrame {
	return TimingFrame{
		Track: u.Track, PTS: u.PTS, RTP: u.RTP, SSRC: u.SSRC, Run: u.Run, Arrival: u.Arrival, Wall: u.Wall,
		Absolute: u.Absolute, Source: u.Source, Jump: u.Jump, Key: u.Key, Damaged: u.Damaged, Lost: u.Lost, AfterReport: report,
	}
}

// oddUnits are units with every field that a frame record can hold, and the distances that need an anchor.
func oddUnits() []*media.Unit {
	units := []*media.Unit{
		unit(1<<40, nil, idr),
		unit(1<<40-3000, nil, slice), // a B-frame
		unit(1<<40+1<<31-1, nil, slice),
		unit(1<<40+1<<31, nil, slice), // beyond 32 bits
		unit(5, nil, slice),
		unit(10, nil, slice),
		unit(20, nil, slice),
		unit(30, nil, slice),
		unit(40, nil, slice), // back from the time of the one before
	}
	units[0].Key = true
	units[1].Damaged, units[1].Lost = true, 12
	units[2].Wall.Error, units[2].Wall.Flags = 24*time.Hour, clock.Disputed|clock.Stepped
	units[3].Arrival = units[3].Arrival.Add(time.Hour)
	units[4].Run, units[4].SSRC, units[4].Wall = 1, 99, clock.Estimate{}
	units[5].Run, units[5].SSRC, units[5].Arrival = 1, 99, time.Time{}
	units[6].Run, units[6].SSRC, units[6].RTP = 1, 99, 19 // two access units with one time stamp
	units[7].Absolute, units[7].Source, units[7].Jump = ntpF, clock.AbsCaptureTime, true
	units[7].Wall.Time = time.Date(2040, 1, 1, 0, 0, 0, 1, time.UTC)
	return units
}

func TestTimingRoundTrip(t *testing.T) {
	timing := NewTiming(testTracks, base, "timeslate test")
	var want []TimingFrame
	for _, u := range oddUnits() {
		timing.AddUnit(u)
		want = append(want, frameOf(u, -1))
	}
	for name, box := range map[string]*TimingBox{
		"whole": parse(t, timing.AppendAll(nil)), "part": parse(t, timing.AppendPart(nil)),
	} {
		if !reflect.DeepEqual(box.Frames, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, box.Frames, want)
		}
		tracks := []TimingTrack{{0, 90000, "avc1.42c01e"}, {1, 8000, ""}}
		if !box.Start.Equal(base) || box.Software != "timeslate test" || !slices.Equal(box.Tracks, tracks) {
			t.Errorf("%s: %v, %q, %+v", name, box.Start, box.Software, box.Tracks)
		}
	}
}

func TestTimingEvents(t *testing.T) {
	timing := NewTiming(testTracks, base, "")
	late := report(7)
	late.Run, late.Before = 2, 1000
	audio := unit(160, nil)
	audio.Track, audio.Config = 1, configOf("mp4a.40.2")
	gap := Gap{Track: -1, Cause: ConnectionLost, From: base, To: base.Add(time.Second), Text: "connection reset"}
	host := HostClock{State: HostSynchronised, At: base, Wall: base.Add(time.Hour), Error: 3 * time.Millisecond}
	timing.AddHostClock(host)
	timing.AddUnit(unit(100, nil, idr))
	timing.AddUnit(unit(200, []clock.Report{report(150)}, slice))
	timing.AddUnit(audio)
	timing.AddReport(7, 5, late)
	timing.AddGap(gap)
	timing.AddHostClock(HostClock{At: base, Wall: base, Error: -5})
	delays := []TimingLatency{{-1, 40 * time.Millisecond}, {1, -time.Nanosecond}}
	for _, l := range delays {
		timing.AddLatency(l)
	}

	box := parse(t, timing.AppendAll(nil))
	reports := []TimingReport{{0, 0x1234, report(150)}, {7, 5, late}}
	if !reflect.DeepEqual(box.Reports, reports) {
		t.Errorf("got %+v, want %+v", box.Reports, reports)
	}
	for i, want := range []int{-1, 0, -1} {
		if got := box.Frames[i].AfterReport; got != want {
			t.Errorf("frame %d comes after report %d, want %d", i, got, want)
		}
	}
	if !reflect.DeepEqual(box.Gaps, []Gap{gap}) {
		t.Errorf("got %+v, want %+v", box.Gaps, gap)
	}
	if want := []HostClock{host, {At: base, Wall: base, Error: -1}}; !reflect.DeepEqual(box.HostClocks, want) {
		t.Errorf("got %+v, want %+v", box.HostClocks, want)
	}
	if !slices.Equal(box.Latencies, delays) {
		t.Errorf("got %+v, want %+v", box.Latencies, delays)
	}
	if box.Tracks[1].Codec != "mp4a.40.2" {
		t.Errorf("tracks %+v", box.Tracks)
	}
}

// TestTimingTake: frames are given on one by one, with all that belongs to them; a box of the whole file begins anew.
func TestTimingTake(t *testing.T) {
	timing := NewTiming(testTracks, base, "x")
	var boxes []byte
	for _, u := range oddUnits() {
		u.Reports = []clock.Report{report(u.PTS)}
		timing.AddUnit(u)
		timing.AddFit(0, clock.Estimate{Time: base.Add(time.Duration(u.PTS)), State: clock.Locked})
		boxes = timing.AppendPart(boxes)
	}
	boxes = timing.AppendAll(boxes)
	want := parse(t, boxes).Frames
	var got []TimingFrame
	var box TimingBox
	box.Take = func(f *TimingFrame) {
		if f == nil {
			if !reflect.DeepEqual(got, want) {
				t.Errorf("parts:\ngot  %+v\nwant %+v", got, want)
			}
			got = nil
			return
		}
		if f.AfterReport >= len(box.Reports) {
			t.Errorf("frame after report %d of %d", f.AfterReport, len(box.Reports))
		}
		got = append(got, *f)
	}
	for _, p := range payloads(t, boxes) {
		if err := box.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(got, want) || len(box.Frames) != 0 {
		t.Errorf("whole:\ngot  %+v\nwant %+v", got, want)
	}
}

// TestTimingFit: a fit belongs to the frame before it, and goes with it when that is dropped.
func TestTimingFit(t *testing.T) {
	timing := NewTiming(testTracks, base, "x")
	fits := []clock.Estimate{
		{},
		{Time: base.Add(3), Error: 24 * time.Hour, State: clock.Coasting, Source: clock.SenderReport, Flags: clock.Disputed},
	}
	timing.AddFit(0, fits[1]) // of no frame
	for i, e := range fits {
		timing.AddUnit(unit(int64(i), nil, slice))
		timing.AddFit(0, e)
		timing.AddFit(1, fits[1]) // of another track
	}
	box := parse(t, timing.AppendAll(nil))
	for i, want := range fits {
		if got := box.Frames[i].Fit; got != want {
			t.Errorf("frame %d: %+v, want %+v", i, got, want)
		}
	}
	timing.Drop()
	timing.AddUnit(unit(9, nil, slice))
	if box := parse(t, timing.AppendAll(nil)); len(box.Frames) != 1 || box.Frames[0].Fit != fits[0] {
		t.Errorf("after a drop: %+v", box.Frames)
	}
}

// TestTimingTwoLives: the parts of a growing file, the finished file, and the moment between, when both are there, all
// say the same.
func TestTimingTwoLives(t *testing.T) {
	timing := NewTiming(testTracks, base, "x")
	var parts []byte
	for i := range int64(100) {
		timing.AddUnit(unit(i*3000, nil, slice))
		if i%15 == 14 {
			parts = timing.AppendPart(parts)
		}
	}
	parts = timing.AppendPart(parts)
	if again := timing.AppendPart(parts); len(again) != len(parts) {
		t.Error("a box without records")
	}
	whole := timing.AppendAll(nil)
	growing, finished, both := parse(t, parts), parse(t, whole), parse(t, append(slices.Clone(parts), whole...))
	if len(growing.Frames) != 100 || !reflect.DeepEqual(growing.Frames, finished.Frames) ||
		!reflect.DeepEqual(finished.Frames, both.Frames) {
		t.Errorf("%d, %d and %d frames", len(growing.Frames), len(finished.Frames), len(both.Frames))
	}
	twice := parse(t, append(slices.Clone(parts), parts...))
	if len(twice.Frames) != 100 || twice.Missing != 0 {
		t.Errorf("%d frames from doubled boxes, %d missing", len(twice.Frames), twice.Missing)
	}
}

func TestTimingPartsStandAlone(t *testing.T) {
	timing := NewTiming(testTracks, base, "x")
	var last []byte
	for i := range int64(3) {
		timing.AddUnit(unit(i, nil, slice))
		last = timing.AppendPart(nil)
	}
	if box := parse(t, last); len(box.Frames) != 1 || box.Frames[0].PTS != 2 || box.Missing != 2 {
		t.Errorf("got %+v", box)
	}
}

// setForward returns at as it would have been read if the host's clock had been set forward by an hour before: the wall
// clock differs, the monotonic reading does not. Only the inside of a time.Time can say so: 33 bits of seconds above 30
// of nanoseconds.
func setForward(t *testing.T, at time.Time) time.Time {
	t.Helper()
	set := at
	*(*uint64)(unsafe.Pointer(&set)) += 3600 << 30
	if set.Sub(at) != 0 || set.Round(0).Sub(at.Round(0)) != time.Hour {
		t.Skip("this version of Go keeps times otherwise")
	}
	return set
}

// TestTimingMonotonic: a host clock that is set while recording leaves the arrivals alone.
func TestTimingMonotonic(t *testing.T) {
	start := time.Now() // with a monotonic reading
	timing := NewTiming(testTracks, start, "x")
	u := unit(1, nil, slice)
	u.Arrival = setForward(t, start.Add(time.Second))
	timing.AddUnit(u)
	if got := parse(t, timing.AppendAll(nil)).Frames[0].Arrival.Sub(start.Round(0)); got != time.Second {
		t.Errorf("arrival %v after the start, want 1s", got)
	}
}

func TestTimingTexts(t *testing.T) {
	timing := NewTiming(nil, base, strings.Repeat("é", maxText))
	timing.AddGap(Gap{Text: "a\xffb"})
	box := parse(t, timing.AppendAll(nil))
	if want := strings.Repeat("é", maxText/2); box.Software != want {
		t.Errorf("software of %d bytes, want %d", len(box.Software), len(want))
	}
	if box.Gaps[0].Text != "a?b" {
		t.Errorf("text %q", box.Gaps[0].Text)
	}
}

func TestTimingUnknownTracks(t *testing.T) {
	timing := NewTiming([]media.Track{{ID: -1}, {ID: allTracks}, {ID: 2}}, base, "x")
	for _, id := range []int{-1, 0, 1, 3, allTracks} {
		u := unit(1, nil)
		u.Track = id
		timing.AddUnit(u)
		timing.AddReport(-id-2, 0, clock.Report{})
	}
	if box := parse(t, timing.AppendAll(nil)); box.Frames != nil || box.Reports != nil || len(box.Tracks) != 1 {
		t.Errorf("got %+v", box)
	}
}

// record returns a record of the given type.
func record(kind byte, body string) string { return string([]byte{kind, byte(len(body))}) + body }

func TestTimingIsLenient(t *testing.T) {
	timing := NewTiming(testTracks, base, "x")
	timing.AddUnit(unit(1, nil, slice))
	known := string(payloads(t, timing.AppendPart(nil))[0])
	longer := []byte(known + record(99, "of a later program") + record(recordGap, strings.Repeat("\x00", gapSize)+"why"))
	longer[2], longer[3] = 0xff, 0xff // reserved bytes
	var box TimingBox
	if err := box.Add(longer); err != nil || len(box.Frames) != 1 || len(box.Gaps) != 1 {
		t.Errorf("%v, %+v", err, box)
	}
	if err := box.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x01" + record(recordFrame, strings.Repeat("\x00", frameSize)))); err == nil {
		t.Error("a frame counts from the anchor of another box")
	}
	longer[1] = 77 // another kind of payload
	if err := new(TimingBox).Add(longer); err != nil {
		t.Error(err)
	}
}

func TestTimingErrors(t *testing.T) {
	header := string([]byte{timingVersion, timingChunk, 0, 0, 0, 0, 0, 0})
	anchorBody := strings.Repeat("\x00", anchorSize)
	tests := []struct{ name, payload, want string }{
		{"empty", "", "0 bytes"},
		{"version", "\x02" + header[1:], "byte 0: version 2"},
		{"no length", header + "\x01", "byte 8: record cut off"},
		{"cut off", header + record(99, "abc") + "\x01\x10abc", "byte 13: record cut off"},
		{"short", header + record(recordReport, "abc"), "byte 8: report record of 3 bytes"},
		{"no anchor", header + record(recordFrame, strings.Repeat("\x00", frameSize)), "byte 8: frame of track 0 before any anchor"},
		{"optional fields", header + record(recordAnchor, anchorBody) +
			record(recordFrame, "\x00\x20"+strings.Repeat("\x00", frameSize-2)), "byte 43: frame record of 22 bytes, shorter than its flags"},
	}
	for _, test := range tests {
		var box TimingBox
		if err := box.Add([]byte(test.payload)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q in it", test.name, err, test.want)
		}
		if box.Frames != nil {
			t.Errorf("%s: kept %+v", test.name, box.Frames)
		}
	}
}

func TestTimingSize(t *testing.T) {
	timing := NewTiming(testTracks, base, "x")
	var boxes []byte
	boxes = timing.AppendPart(boxes)
	before := len(boxes)
	for i := range int64(12) { // half a second
		timing.AddUnit(unit(i*3600, nil, slice))
	}
	boxes = timing.AppendPart(boxes)
	if perFrame := (len(boxes) - before) / 12; perFrame > 32 {
		t.Errorf("%d bytes per frame", perFrame)
	}
}

func TestTimingDoesNotAllocate(t *testing.T) {
	timing := NewTiming(testTracks, base, "x")
	u := unit(0, []clock.Report{report(1)}, slice)
	var boxes []byte
	step := func() {
		u.PTS, u.RTP = u.PTS+3000, u.RTP+3000
		timing.AddUnit(u)
		if u.PTS%45000 == 0 {
			boxes = timing.AppendPart(boxes[:0])
		}
	}
	for range 100 {
		step()
	}
	if n := testing.AllocsPerRun(5000, step); n != 0 {
		t.Errorf("%v allocations per unit", n)
	}
}

// TestTimingDocument: the constants in the description are those of the code.
func TestTimingDocument(t *testing.T) {
	text, err := os.ReadFile("../docs/timing-box.md")
	if err != nil {
		t.Fatal(err)
	}
	for kind, k := range recordKinds {
		if k.read == nil {
			continue
		}
		heading := regexp.MustCompile(fmt.Sprintf(`(?m)^### %d: %s, (\d+) bytes?`, kind, k.name)).FindSubmatch(text)
		if heading == nil || string(heading[1]) != fmt.Sprint(k.size) {
			t.Errorf("record %d, %s, of %d bytes: the description has %q", kind, k.name, k.size, heading)
		}
	}
	if !strings.Contains(string(text), TimingUUID.String()) {
		t.Errorf("%v is not in the description", TimingUUID)
	}
	timing := NewTiming(documentTracks, documentStart, "timeslate 0.1.0")
	timing.AddUnit(documentUnit())
	if want := hexLines(timing.AppendPart(nil)); !strings.Contains(string(text), want) {
		t.Errorf("the description lacks the example\n%s", want)
	}
}

// The example in the description.
var (
	documentStart  = base
	documentTracks = []media.Track{{ID: 0, ClockRate: 90000, Config: configOf("avc1.640028")}}
)

func documentUnit() *media.Unit {
	r := clock.Report{NTP: ntpSR1, RTP: rtpSR1, Before: 0, Arrival: base.Add(501 * time.Millisecond)}
	u := unit(rtpF, []clock.Report{r}, idr)
	u.Key, u.Arrival, u.Wall.State = true, base.Add(540*time.Millisecond), clock.Acquiring
	return u
}

func hexLines(b []byte) string {
	var lines strings.Builder
	for line := range slices.Chunk(b, 16) {
		fmt.Fprintf(&lines, "% x\n", line)
	}
	return lines.String()
}

// FuzzTimingBox: whatever parses can be written again and then says the same.
func FuzzTimingBox(f *testing.F) {
	timing := NewTiming(testTracks, base, "x")
	for _, u := range oddUnits() {
		timing.AddUnit(u)
	}
	timing.AddReport(0, 1, report(2))
	timing.AddGap(Gap{Cause: DiskStalled, From: base, To: base, Text: "slow"})
	timing.AddHostClock(HostClock{At: base, Wall: base})
	timing.AddLatency(TimingLatency{Track: -1, Delay: time.Millisecond})
	timing.AddUnit(unit(7, nil, slice))
	timing.AddFit(0, clock.Estimate{Time: base.Add(3), Error: time.Second, State: clock.Coasting, Source: clock.SenderReport})
	f.Add(payloads(f, timing.AppendAll(nil))[0])
	f.Add(payloads(f, timing.AppendPart(nil))[0])
	f.Fuzz(func(t *testing.T, payload []byte) {
		var box TimingBox
		if box.Add(payload) != nil {
			return
		}
		once := rewrite(t, &box)
		if again := rewrite(t, once); !reflect.DeepEqual(once, again) {
			t.Errorf("\nonce  %+v\nagain %+v", once, again)
		}
		if len(once.Frames) != len(box.Frames) {
			t.Errorf("%d frames became %d", len(box.Frames), len(once.Frames))
		}
		for i := range once.Frames {
			once.Frames[i].AfterReport = box.Frames[i].AfterReport // the place among reports may change
			if !ofThisAge(box.Start, box.Frames[i].Arrival) {
				continue
			}
			if want := canonical(box.Frames[i]); !reflect.DeepEqual(once.Frames[i], want) {
				t.Errorf("frame %d:\ngot  %+v\nwant %+v", i, once.Frames[i], want)
			}
		}
	})
}

// ofThisAge reports whether a writer can count an arrival from its start: both are within the 292 years that 64 bits of
// nanoseconds reach from 1970 and from each other.
func ofThisAge(start, arrival time.Time) bool {
	for _, t := range []time.Time{start, arrival} {
		if !t.IsZero() && (t.Year() < 1900 || t.Year() > 2100) {
			return false
		}
	}
	return !start.IsZero()
}

// canonical returns f without what a writer would not write: negative errors and the source of no time.
func canonical(f TimingFrame) TimingFrame {
	f.Wall.Error = max(0, f.Wall.Error)
	if f.Absolute == 0 {
		f.Source = clock.NoSource
	}
	return f
}

// rewrite writes what box says into a new box and reads it.
func rewrite(t *testing.T, box *TimingBox) *TimingBox {
	t.Helper()
	var tracks []media.Track
	for id := range allTracks {
		tracks = append(tracks, media.Track{ID: id})
	}
	for _, track := range box.Tracks {
		if track.ID < allTracks {
			tracks[track.ID].ClockRate, tracks[track.ID].Config = track.ClockRate, configOf(track.Codec)
		}
	}
	timing := NewTiming(tracks, box.Start, box.Software)
	for _, r := range box.Reports {
		timing.AddReport(r.Track, r.SSRC, r.Report)
	}
	for _, f := range box.Frames {
		timing.AddUnit(&media.Unit{
			Track: f.Track, PTS: f.PTS, RTP: f.RTP, SSRC: f.SSRC, Run: f.Run, Arrival: f.Arrival, Wall: f.Wall,
			Absolute: f.Absolute, Source: f.Source, Jump: f.Jump, Key: f.Key, Damaged: f.Damaged, Lost: f.Lost,
		})
		if f.Fit != (clock.Estimate{}) {
			timing.AddFit(f.Track, f.Fit)
		}
	}
	for _, g := range box.Gaps {
		timing.AddGap(g)
	}
	for _, h := range box.HostClocks {
		timing.AddHostClock(h)
	}
	for _, l := range box.Latencies {
		timing.AddLatency(l)
	}
	return parse(t, timing.AppendPart(nil))
}

func ExampleTiming() {
	timing := NewTiming([]media.Track{{ClockRate: 90000}}, base, "example 1.0")
	timing.AddUnit(&media.Unit{
		PTS: 268438456, RTP: 268438456, SSRC: 1, Key: true, Arrival: base.Add(540 * time.Millisecond),
		Reports: []clock.Report{{NTP: ntp.FromTime(base), RTP: 268390456, Arrival: base}},
	})
	box := timing.AppendPart(nil)

	var read TimingBox
	if err := read.Add(box[24:]); err != nil { // behind size, type and UUID
		fmt.Println(err)
	}
	fmt.Println(len(box), "bytes by", read.Software)
	fmt.Println("report:", read.Reports[0].NTP.Near(read.Start), "is", uint32(read.Reports[0].RTP))
	fmt.Println("frame:", read.Frames[0].RTP, "came at", read.Frames[0].Arrival)
	// Output:
	// 158 bytes by example 1.0
	// report: 2025-06-15 12:34:56 +0000 UTC is 268390456
	// frame: 268438456 came at 2025-06-15 12:34:56.54 +0000 UTC
}
