package extract

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/stamp"
)

// recorder makes a file as a recorder would.
type recorder struct {
	writer  *mp4.Writer
	stamper *stamp.Stamper
	timing  *stamp.Timing
	file    []byte
}

func videoConfig(t testing.TB) *h264.Config {
	t.Helper()
	c, err := h264.NewConfig([][]byte{unhex(t, "6742c01ed903c56840000003004000000c03c58b92")}, [][]byte{unhex(t, "68cb8cb2")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// newRecorder returns a recorder that writes the given stamps and, if withTiming, timing boxes.
func newRecorder(t testing.TB, kinds stamp.Kinds, withTiming bool) *recorder {
	t.Helper()
	tracks := []media.Track{{ClockRate: 90000, Config: videoConfig(t)}}
	w, err := mp4.NewWriter(tracks, mp4.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{writer: w, stamper: stamp.NewStamper(kinds, 90000), file: slices.Clone(w.Header())}
	if withTiming {
		r.timing = stamp.NewTiming(tracks, start, "test")
	}
	return r
}

// write records a unit. Its PTS in the file is filePTS.
func (r *recorder) write(t testing.TB, u *media.Unit, filePTS int64) {
	t.Helper()
	if r.timing != nil {
		r.timing.AddUnit(u)
	}
	r.stamper.Stamp(u)
	u.PTS = filePTS
	ready, err := r.writer.Push(u)
	if err != nil {
		t.Fatal(err)
	}
	if ready {
		r.part()
	}
}

func (r *recorder) part() {
	var boxes []byte
	if r.timing != nil {
		boxes = r.timing.AppendPart(nil)
	}
	head, body := r.writer.Part(boxes)
	r.file = append(append(r.file, head...), body...)
}

func (r *recorder) finish(t testing.TB) []byte {
	t.Helper()
	var boxes []byte
	if r.timing != nil {
		boxes = r.timing.AppendAll(nil)
	}
	tail, patchAt, patch, err := r.writer.Finish(boxes)
	if err != nil {
		t.Fatal(err)
	}
	r.file = append(r.file, tail...)
	copy(r.file[patchAt:], patch[:])
	return r.file
}

// start is when the camera of the tests starts: 60 frames at 30 per second, a report each half second, RTP time stamps
// that wrap after a second and, from frame 45 on, a new run. A frame arrives 40 ms after its capture.
var start = time.Date(2025, 6, 15, 12, 34, 56, 0, time.UTC)

const frames = 60

func captured(i int) time.Time { return start.Add(time.Duration(i) * time.Second / 30) }

func cameraUnit(i int) *media.Unit {
	u := &media.Unit{
		PTS: 1<<32 - 90000 + 3000*int64(i), SSRC: 1, Key: i%30 == 0, Arrival: captured(i).Add(40 * ms),
		Wall: clock.Estimate{Time: captured(i), Error: ms, State: clock.Locked, Source: clock.SenderReport},
		Data: [][]byte{{9, 0xf0}, bytes.Repeat([]byte{0x41}, 3000)},
	}
	if u.Key {
		u.Data[1][0] = 0x65
	}
	if i >= 45 {
		u.Run, u.SSRC, u.PTS = 1, 2, 1e9+3000*int64(i)
	}
	u.RTP = uint32(u.PTS)
	if i%15 == 0 {
		u.Reports = []clock.Report{{
			NTP: ntp.FromTime(captured(i)), RTP: u.PTS, Run: u.Run, Before: i, Arrival: captured(i).Add(20 * ms),
		}}
	}
	return u
}

func recording(t testing.TB, kinds stamp.Kinds, withTiming bool) *recorder {
	t.Helper()
	r := newRecorder(t, kinds, withTiming)
	for i := range frames {
		r.write(t, cameraUnit(i), 3000*int64(i))
	}
	return r
}

func open(t testing.TB, file []byte) *Recording {
	t.Helper()
	r, err := Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Skipped) > 0 {
		t.Errorf("skipped: %v", r.Skipped)
	}
	return r
}

// checkRows checks that the times of all rows are those of the camera, but for the resolution of the stamps.
func checkRows(t *testing.T, rows []Row, source clock.Source, delay, resolution time.Duration) {
	t.Helper()
	if len(rows) != frames {
		t.Errorf("%d rows, want %d", len(rows), frames)
	}
	for i, row := range rows {
		if d := row.Time.Sub(captured(i).Add(delay)).Abs(); d > resolution || row.Source != source || row.Frame != i {
			t.Fatalf("row %d: %+v, off by %v", i, row, d)
		}
	}
}

func TestOpen(t *testing.T) {
	all := stamp.MISB | stamp.Strawlab | stamp.Recorder
	tests := []struct {
		name       string
		kinds      stamp.Kinds
		timing     bool
		origin     Origin
		source     clock.Source
		resolution time.Duration
	}{
		{"timing box alone", 0, true, TimingBox, clock.SenderReport, 2},
		{"everything", all, true, TimingBox, clock.SenderReport, 2},
		{"all SEI", all, false, Strawlab, clock.SenderReport, 2},
		{"strawlab", stamp.Strawlab, false, Strawlab, clock.SenderReport, 2},
		{"misb and recorder", stamp.MISB | stamp.Recorder, false, RecorderB, clock.Recorder, 2},
		{"misb", stamp.MISB, false, MISB, clock.MISB, time.Microsecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := open(t, recording(t, test.kinds, test.timing).finish(t))
			if r.Origin != test.origin {
				t.Errorf("origin %v, want %v", r.Origin, test.origin)
			}
			checkRows(t, r.Rows(RTP), test.source, 0, test.resolution)
			checkRows(t, r.Rows(RTPInterpolated), test.source, 0, test.resolution)
			if r.Origin != MISB && (len(r.Reports) != 4 || r.Reports[3].Before != 45 || r.Reports[3].Run != 1) {
				t.Errorf("reports %+v", r.Reports)
			}
			if r.Origin == TimingBox || r.Origin == Strawlab {
				checkRows(t, r.Rows(Arrival), clock.Arrival, 40*ms, 2)
			}
		})
	}
}

// TestOpenGrowing: a file says the same while it grows, cut at any place, and when it is finished.
func TestOpenGrowing(t *testing.T) {
	for _, kinds := range []stamp.Kinds{0, stamp.Strawlab} {
		r := recording(t, kinds, kinds == 0)
		growing := slices.Clone(r.file)
		finished := timesOf(open(t, r.finish(t)))
		whole := timesOf(open(t, growing))
		if len(whole) < 30 || !reflect.DeepEqual(whole, finished[:len(whole)]) {
			t.Errorf("%v: %d rows of the growing file", kinds, len(whole))
		}
		for cut := len(growing) / 2; cut < len(growing); cut += 997 {
			rec, err := Open(bytes.NewReader(growing[:cut]), int64(cut))
			if err != nil {
				t.Fatal(err)
			}
			if rows := timesOf(rec); !reflect.DeepEqual(rows, finished[:len(rows)]) {
				t.Errorf("%v, cut at %d: other rows", kinds, cut)
			}
		}
	}
}

// timesOf returns the rows without errors, which reports to come may raise.
func timesOf(r *Recording) []Row {
	rows := r.Rows(RTP)
	for i := range rows {
		rows[i].Error = 0
	}
	return rows
}

// openPartlyStamped opens a recording in which frames 3, 11, 19 and so on have no stamp.
func openPartlyStamped(t *testing.T) *Recording {
	t.Helper()
	w := newRecorder(t, 0, false)
	stamped := stamp.NewStamper(stamp.Strawlab, 90000)
	for i := range frames {
		u := cameraUnit(i)
		if i%8 != 3 {
			stamped.Stamp(u)
		}
		w.write(t, u, 3000*int64(i))
	}
	return open(t, w.finish(t))
}

// TestOpenUnstamped: frames without a stamp keep their row.
func TestOpenUnstamped(t *testing.T) {
	r := openPartlyStamped(t)
	rows := r.Rows(RTP)
	for i, row := range rows {
		if known := i%8 != 3; row.HasRTP != known || row.Time.IsZero() == known || row.Frame != i {
			t.Errorf("row %d: %+v", i, row)
		}
	}
	if texts, err := r.Texts(); err != nil || len(lines(texts.Meta)) != frames-8 {
		t.Errorf("%d rows of text, %v", len(lines(texts.Meta)), err)
	}
	w := newRecorder(t, 0, false)
	w.write(t, cameraUnit(0), 0)
	if r = open(t, w.finish(t)); r.Origin != NoOrigin || len(r.Rows(RTP)) != 1 {
		t.Errorf("%+v", r)
	}
}

// seiUnit returns the first unit of the camera with an SEI NAL unit of the payloads.
func seiUnit(payloads ...[]byte) *media.Unit {
	u := cameraUnit(0)
	for _, p := range payloads {
		u.Data = slices.Insert(u.Data, 0, h264.AppendSEI(nil, h264.PayloadUserDataUnregistered, p))
	}
	return u
}

// TestOpenForeignStamps: stamps that this project does not write.
func TestOpenForeignStamps(t *testing.T) {
	bare := stamp.RecorderStamp{Unix: 1749990896.5333333, Bare: true}.Append(nil)
	old := stamp.MISBStamp{Status: 0x0f, Count: 1749990896533333}.Append(nil)
	beyond := stamp.MISBStamp{Count: 1 << 62}.Append(nil)
	frame := stamp.StrawlabFrame{Arrival: ntp.FromTime(start), RTP: 7}.Append(nil)
	withReport := stamp.NewRecorderStamp(17003688321995505664, 268435456, 268438456, 90000).Append(nil)
	large := append([]byte("0123456789abcdef"), make([]byte, 2*headSize)...)
	tests := []struct {
		name    string
		payload [][]byte
		origin  Origin
		want    string
	}{
		{"version A", [][]byte{bare}, RecorderA, "0,0.000000,,1749990896533333000,2025-06-15T12:34:56.533333000Z,,acquiring,recorder\n"},
		{"MISB of an older writer", [][]byte{old}, MISB, "0,0.000000,,1749990896533333000,2025-06-15T12:34:56.533333000Z,,locked,misb\n"},
		{"MISB of an unlocked clock that was set back", [][]byte{stamp.MISBStamp{Status: 0xff, Count: 1749990896533333}.Append(nil)}, MISB,
			"0,0.000000,,1749990896533333000,2025-06-15T12:34:56.533333000Z,,rxonly+stepped,misb\n"},
		{"MISB behind a large SEI", [][]byte{old, large}, MISB, "0,0.000000,,1749990896533333000,2025-06-15T12:34:56.533333000Z,,locked,misb\n"},
		{"MISB in the year 148102", [][]byte{beyond}, MISB, "0,0.000000,,,,,none,\n"},
		{"89H alone", [][]byte{frame}, Strawlab, "0,0.000000,7,,,,none,\n"},
		{"89H without reports beside RTCP-NTP-Recorder's stamp, which has one", [][]byte{frame, withReport}, RecorderB,
			"0,0.000000,268438456,1749990896533333333,2025-06-15T12:34:56.533333333Z,,acquiring,recorder\n"},
		{"nothing known", [][]byte{large}, NoOrigin, "0,0.000000,,,,,none,\n"},
	}
	for _, test := range tests {
		w := newRecorder(t, 0, false)
		w.write(t, seiUnit(test.payload...), 0)
		r := open(t, w.finish(t))
		rows := r.Rows(RTP)
		if got := string(rows[0].AppendCSV(nil)); r.Origin != test.origin || got != test.want {
			t.Errorf("%s: %v, %s", test.name, r.Origin, got)
		}
	}
}

// TestOpenAudioReports: retina-record stores the reports of its audio track with the video.
func TestOpenAudioReports(t *testing.T) {
	w := newRecorder(t, 0, false)
	frame := stamp.StrawlabFrame{Arrival: ntp.FromTime(start), RTP: 900000}
	video := stamp.StrawlabReport{Arrival: frame.Arrival, NTP: ntp.FromTime(start), RTP: 900000}
	audio := stamp.StrawlabReport{Arrival: frame.Arrival, NTP: ntp.FromTime(start), RTP: 123456789}
	w.write(t, seiUnit(frame.Append(nil), audio.Append(nil), video.Append(nil)), 0)
	r := open(t, w.finish(t))
	if len(r.Reports) != 1 || r.Reports[0].RTP != 900000 {
		t.Errorf("reports %+v", r.Reports)
	}
}

// TestLastReport: a report that came after the last frame is there too, and one that belongs to the frame before it.
func TestLastReport(t *testing.T) {
	r := recording(t, 0, true)
	last := clock.Report{NTP: ntp.FromTime(captured(frames)), RTP: 1e9 + 3000*frames, Run: 1, Arrival: captured(frames)}
	r.timing.AddReport(0, 2, last)
	reports := open(t, r.finish(t)).Reports
	if n := len(reports); n != 5 || reports[4].NTP != last.NTP || reports[4].Before != frames {
		t.Errorf("reports %+v", reports)
	}
	b := newBuilder(&Recording{ClockRate: 90000})
	b.addFrame(Frame{Stamped: true, Frame: clock.Frame{RTP: 900000, Arrival: start}})
	b.addReport(clock.Report{NTP: ntp.FromTime(start), RTP: 900000, Arrival: start}, &clock.Frame{RTP: 7, Run: 1, Arrival: start})
	if len(b.Reports) != 1 {
		t.Error("the last report of a run, which came with the first frame of the next, is missing")
	}
}

func TestOpenDamaged(t *testing.T) {
	w := newRecorder(t, 0, false)
	w.write(t, seiUnit([]byte(`strawlab.org/89H{"recv":`)), 0)
	file := w.finish(t)
	r, err := Open(bytes.NewReader(file), int64(len(file)))
	if err != nil || len(r.Skipped) != 1 || !strings.Contains(r.Skipped[0].Error(), "sample at byte") {
		t.Errorf("%v, skipped %v", err, r.Skipped)
	}
	for name, b := range map[string][]byte{"empty": nil, "no MP4": []byte("what is this?"), "no meta": []byte("1 2 3")} {
		if _, err := Open(bytes.NewReader(b), int64(len(b))); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := ReadMP4(&mp4.File{}); !errors.Is(err, ErrNoVideo) {
		t.Errorf("%v", err)
	}
}

func TestOpenMeta(t *testing.T) {
	meta, err := os.ReadFile("testdata/vectors_meta.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows := open(t, meta).Rows(RTP)
	want := "151,,268438456,1749990896533333333,2025-06-15T12:34:56.533333333Z,43336666,acquiring,recorder\n"
	if got := string(rows[151].AppendCSV(nil)); len(rows) != vectorRows || got != want {
		t.Errorf("%d rows, got %s", len(rows), got)
	}
}

func TestAppendJSON(t *testing.T) {
	rows := []Row{
		{Frame: 3, PTS: 89999, Timescale: 90000, HasRTP: true, RTP: 1<<32 - 1, Estimate: clock.Estimate{
			Time: time.Unix(0, 1749990896533333333), Error: 12345, State: clock.Locked, Source: clock.SenderReport}},
		{PTS: 999999999, Timescale: 1e9},
	}
	want := `{"type":"frame","frame":3,"pts":0.999989,"rtp":4294967295,"unix_ns":1749990896533333333,` +
		`"utc":"2025-06-15T12:34:56.533333333Z","error_ns":12345,"state":"locked","source":"sr"}` + "\n" +
		`{"type":"frame","frame":0,"pts":1.000000,"rtp":null,"unix_ns":null,"utc":null,"error_ns":null,` +
		`"state":"none","source":null}` + "\n"
	var got []byte
	for i := range rows {
		got = rows[i].AppendJSON(got)
	}
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func ExampleOpen() {
	const meta = "1749990896.5 17003688321995505664 268435456 268435456\n" +
		"1749990896.5333333 17003688321995505664 268435456 268438456\n"
	recording, err := Open(strings.NewReader(meta), int64(len(meta))) // an MP4 file works as well
	if err != nil {
		fmt.Println(err)
		return
	}
	out := []byte(CSVHeader)
	for _, row := range recording.Rows(RTP) {
		out = row.AppendCSV(out)
	}
	fmt.Print(string(out))
	// Output:
	// frame,pts,rtp,unix_ns,utc,error_ns,state,source
	// 0,,268435456,1749990896500000000,2025-06-15T12:34:56.500000000Z,33333333,acquiring,recorder
	// 1,,268438456,1749990896533333333,2025-06-15T12:34:56.533333333Z,33336666,acquiring,recorder
}
