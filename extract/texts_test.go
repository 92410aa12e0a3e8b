package extract

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/stamp"
)

// The sender reports of the vectors: each says 5.01 s since the one before, where the RTP clock says 5 s, so that the
// methods give different answers.
var vectorReports = []clock.Report{
	{NTP: 17003688300477719511, RTP: 267985456},
	{NTP: 17003688321995505664, RTP: 268435456},
	{NTP: 17003688343513291816, RTP: 268885456},
}

// vectorRows is the number of frames of the vectors, at 30 per second, 150 per report.
const vectorRows = 451

func vectorReport(k int) clock.Report { return vectorReports[min(k/150, 2)] }

func vectorRTP(k int) int64 { return 267985456 + 3000*int64(k) }

// vectors returns the recording as of a timing box, where all times have to be computed.
func vectors() *Recording {
	r := &Recording{Origin: TimingBox, ClockRate: 90000, Timescale: 90000}
	b := newBuilder(r)
	for k := range vectorRows {
		f := Frame{PTS: int64(3000 * k), Stamped: true, Sent: uint32(vectorRTP(k)), Frame: clock.Frame{RTP: vectorRTP(k)}}
		b.addReport(vectorReport(k), &f.Frame)
		b.addFrame(f)
	}
	return r
}

// checkGolden compares with files that a program in Python wrote, which shares no code with this package.
func checkGolden(t *testing.T, texts *Texts) {
	t.Helper()
	for suffix, got := range map[string][]byte{
		"_meta.txt": texts.Meta, ".txt": texts.RTP,
		"_RTP_interpolated.txt": texts.RTPInterpolated, "_interpolated.txt": texts.Interpolated,
	} {
		want, err := os.ReadFile("testdata/vectors" + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %s", suffix, firstDifference(got, want))
		}
	}
}

func firstDifference(got, want []byte) string {
	a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("row %d: %s, want %s", i, a[i], b[i])
		}
	}
	return "another number of rows"
}

func TestTexts(t *testing.T) {
	texts, err := vectors().Texts()
	if err != nil {
		t.Fatal(err)
	}
	checkGolden(t, texts)
}

// TestTextsRows checks rows of the golden files themselves against published values.
func TestTextsRows(t *testing.T) {
	texts, err := vectors().Texts()
	if err != nil {
		t.Fatal(err)
	}
	one, two, three := lines(texts.RTP), lines(texts.RTPInterpolated), lines(texts.Interpolated)
	for _, want := range []struct {
		k               int
		one, two, three string
	}{
		{0, "1749990891.489999", "1749990891.49", "1749990891.489999"},
		{1, "1749990891.5233324", "1749990891.5234", "1749990891.5233324"},
		{149, "1749990896.4566658", "1749990896.4666", "1749990896.4566658"},
		{150, "1749990896.5", "1749990896.5", "1749990896.5"},
		{151, "1749990896.5333333", "1749990896.5334", "1749990896.5334"},
		{225, "1749990899.0", "1749990899.005", "1749990899.005"},
		{299, "1749990901.4666667", "1749990901.4766", "1749990901.4766"},
		{300, "1749990901.509999", "1749990901.509999", "1749990901.509999"},
		{301, "1749990901.5433323", "1749990901.5433323", "1749990901.5433323"},
		{450, "1749990906.509999", "1749990906.509999", "1749990906.509999"},
	} {
		if one[want.k] != want.one || two[want.k] != want.two || three[want.k] != want.three {
			t.Errorf("frame %d: got %s %s %s, want %s %s %s", want.k,
				one[want.k], two[want.k], three[want.k], want.one, want.two, want.three)
		}
	}
}

func lines(b []byte) []string { return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") }

// TestMetaRoundTrip: RTCP-NTP-Recorder's extractor rewrites the file it has read.
func TestMetaRoundTrip(t *testing.T) {
	f, err := os.Open("testdata/vectors_meta.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := ReadMeta(f)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := r.Texts()
	if err != nil {
		t.Fatal(err)
	}
	checkGolden(t, texts)
	if len(r.Reports) != 3 || r.Reports[1].Before != 150 || r.Frames.At(150).Report != 1 {
		t.Errorf("reports %+v", r.Reports)
	}
}

// wrap is a recording whose RTP time stamps wrap between a report and the frames after it.
func wrap() *Recording {
	r := &Recording{Origin: TimingBox, ClockRate: 90000, Timescale: 90000}
	b := newBuilder(r)
	start := int64(4294963200)
	for _, ticks := range []int64{0, 3000, 9000, 225000, 447000, 450000} {
		rtp := start + ticks
		f := Frame{PTS: ticks, Stamped: true, Sent: uint32(rtp), Frame: clock.Frame{RTP: rtp}}
		b.addReport(clock.Report{NTP: vectorReports[1].NTP, RTP: start}, &f.Frame)
		if ticks == 450000 {
			b.addReport(clock.Report{NTP: vectorReports[2].NTP, RTP: rtp}, &f.Frame)
		}
		b.addFrame(f)
	}
	return r
}

// TestTextsAcrossWrap: in the text files, and only there, the original's mistakes are kept.
func TestTextsAcrossWrap(t *testing.T) {
	texts, err := wrap().Texts()
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(texts.RTP)[2]; got != "1749943174.7411556" {
		t.Errorf("method 1: %s", got)
	}
	want := []string{"1749990896.5", "1749990896.4999964", "1749990901.5105145", "1749990901.5102625",
		"1749990901.5100036", "1749990901.509999"}
	for i, got := range lines(texts.RTPInterpolated) {
		if got != want[i] {
			t.Errorf("method 2, row %d: %s, want %s", i, got, want[i])
		}
	}
}

func TestTextsBeforeFirstReport(t *testing.T) {
	r := &Recording{Origin: TimingBox, ClockRate: 90000}
	b := newBuilder(r)
	for i, rtp := range []int64{268345456, 268435456} {
		f := Frame{PTS: int64(i), Stamped: true, Sent: uint32(rtp), Frame: clock.Frame{RTP: rtp}}
		if i == 1 {
			b.addReport(vectorReports[1], &f.Frame)
		}
		b.addFrame(f)
	}
	texts, err := r.Texts()
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(texts.Meta)[0]; got != "-2208985818.3838224 0 0 268345456" {
		t.Errorf("got %s", got)
	}
	if got := lines(texts.RTPInterpolated)[0]; got != "1748663545.1210337" {
		t.Errorf("method 2: %s", got)
	}
}

// TestTextsPublishedExample is an example from RTCP-NTP-Recorder's documentation: neighbours that go back by 9 ms.
func TestTextsPublishedExample(t *testing.T) {
	rows := []stamp.RecorderStamp{
		{NTP: 16918853004384289161, Report: 2918953038, RTP: 2919379998},
		{NTP: 16918853004384289161, Report: 2918953038, RTP: 2919382968},
		{NTP: 16918853024720959307, Report: 2919382968, RTP: 2919382968},
	}
	for i, want := range []float64{1730238639.64, 1730238639.673, 1730238639.631} {
		if got := textRTP(&rows[i], 90000); math.Abs(got-want) > 0.0006 {
			t.Errorf("row %d: %.6f, want about %v", i, got, want)
		}
	}
}

// TestTextsEqualRTP: two reports about one instant made the original stop with an error.
func TestTextsEqualRTP(t *testing.T) {
	const meta = "1.5 4294967296 7 7\n2.5 8589934592 7 3007\n"
	r, err := ReadMeta(strings.NewReader(meta))
	if err != nil {
		t.Fatal(err)
	}
	texts, err := r.Texts()
	if err != nil || string(texts.RTPInterpolated) != "1.5\n2.5\n" {
		t.Errorf("got %q, %v", texts.RTPInterpolated, err)
	}
}

func TestTextsWithoutReports(t *testing.T) {
	for _, origin := range []Origin{NoOrigin, RecorderA, MISB} {
		if _, err := (&Recording{Origin: origin}).Texts(); !errors.Is(err, ErrNoReports) {
			t.Errorf("%v: %v", origin, err)
		}
	}
}

func TestExtractorUnix(t *testing.T) {
	// Nanoseconds are kept, where the recorder would truncate to microseconds.
	if got := extractorUnix(vectorReports[0].NTP); got != 1749990891.49 {
		t.Errorf("got %v", got)
	}
	if got := extractorUnix(ntp.Time(1)); got != -2208988800 {
		t.Errorf("got %v", got)
	}
}

func TestAppendPython(t *testing.T) {
	for want, f := range map[string]float64{
		"0.0": 0, "-0.0": math.Copysign(0, -1), "1.0": 1, "1749990899.0": 1749990899, "-2208985818.3838224": -2208985818.3838224,
		"1e+16": 1e16, "9999999999999998.0": 9999999999999998, "1.5e+16": 1.5e16, "1e+100": 1e100,
		"0.0001": 0.0001, "1e-05": 0.00001, "1.25e-05": 0.0000125, "5e-324": 5e-324, "-9.9e-05": -0.000099,
		"0.1": 0.1, "0.30000000000000004": 0.30000000000000004, "123456789012345.6": 123456789012345.6,
		"nan": math.NaN(), "inf": math.Inf(1), "-inf": math.Inf(-1),
	} {
		if got := string(appendPython([]byte("x"), f)); got != "x"+want {
			t.Errorf("%s: got %s", want, got[1:])
		}
	}
}

// TestReadMetaLenient: editors leave empty lines and byte order marks.
func TestReadMetaLenient(t *testing.T) {
	const good = "1749990896.5 17003688321995505664 268435456 268435456\n"
	for _, text := range []string{good, byteOrderMark + good, "\r\n " + good + "\n\n", strings.ReplaceAll(good, " ", "\t")} {
		if r := open(t, []byte(text)); r.Frames.Len() != 1 || r.Origin != RecorderB {
			t.Errorf("%q: %+v", text, r)
		}
	}
}

// TestOpenOther says what a file is that can't be read.
func TestOpenOther(t *testing.T) {
	for text, want := range map[string]string{
		"rtp_timestamp\n1\n":         "text, but no _meta.txt; a packet log needs",
		"\xff\xfe1\x00.\x005\x00":    "UTF-16; save it as UTF-8",
		zipped("rtp_timestamp\n1\n"): "gzipped",
		"":                           "byte 0: EOF",
		"\x1a\x45\xdf\xa3matroska":   "not an MP4 file",
	} {
		if _, err := Open(strings.NewReader(text), int64(len(text))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", text, err, want)
		}
	}
}

func TestReadMetaErrors(t *testing.T) {
	const good = "1749990896.5 17003688321995505664 268435456 268435456\n"
	for text, want := range map[string]string{
		good + "1.5 2 3\n":                      "line 2, byte 54: 3 columns, not 4",
		good + good + "x 2 3 4":                 `line 3, byte 108: "x" is no time`,
		"nan 1 2 3\n":                           "is no time",
		"1.5 18446744073709551616 3 4\n":        "line 1, byte 0",
		"1.5 2 4294967296 4\n":                  `"4294967296" is no number of 32 bits`,
		"1.5 2 3 -4\n":                          `"-4" is no number of 32 bits`,
		good + strings.Repeat("1", maxMetaLine): "line 2, byte 54",
		"\n":                                    "no rows",
		strings.ReplaceAll(good, " ", ","):      "1 columns, not 4: capture time, NTP time",
		strings.Repeat("1", maxMetaLine+1):      "line 1, byte 0: longer than 256 bytes; a row has four numbers",
	} {
		if _, err := ReadMeta(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: %v, want %q in it", text, err, want)
		}
	}
	if r, err := ReadMeta(strings.NewReader(strings.ReplaceAll(good, "\n", "\r\n"))); err != nil || r.Frames.Len() != 1 {
		t.Errorf("%v, %v", r, err)
	}
}

// FuzzReadMeta: what is read is written and read again without change.
func FuzzReadMeta(f *testing.F) {
	meta, err := os.ReadFile("testdata/vectors_meta.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(meta[:600])
	f.Add([]byte("-2208985818.3838224 0 0 268345456\n1e300 1 4294967295 0\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ReadMeta(bytes.NewReader(text))
		if err != nil {
			return
		}
		once, err := r.Texts()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadMeta(bytes.NewReader(once.Meta))
		if err != nil {
			t.Fatal(err)
		}
		twice, _ := again.Texts()
		if !bytes.Equal(once.Meta, twice.Meta) || !bytes.Equal(once.RTPInterpolated, twice.RTPInterpolated) {
			t.Errorf("%q became %q", once.Meta, twice.Meta)
		}
		if rows := r.Rows(Interpolated); len(rows) != bytes.Count(once.Meta, []byte("\n")) {
			t.Errorf("%d rows of %q", len(rows), text)
		}
	})
}

func ExampleRecording_Texts() {
	const meta = "1749990896.5 17003688321995505664 268435456 268435456\n" +
		"1749990896.5333333 17003688321995505664 268435456 268438456\n" +
		"1749990901.509999 17003688343513291816 268885456 268885456\n"
	recording, err := ReadMeta(strings.NewReader(meta))
	if err != nil {
		fmt.Println(err)
		return
	}
	texts, err := recording.Texts()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(texts.RTPInterpolated))
	// Output:
	// 1749990896.5
	// 1749990896.5334
	// 1749990901.509999
}
