package extract

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

func readLog(t *testing.T, frames, reports string) *Recording {
	t.Helper()
	r, err := ReadLog(LogFile{"frames.csv", strings.NewReader(frames)}, LogFile{"sr.csv", strings.NewReader(reports)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const reportsHeader = "ntp_hex,rtp_timestamp,receive_time_ns,packet_index,ssrc\n"

func TestReadLog(t *testing.T) {
	r := readLog(t, "\ufeffindex, ssrc ,rtp_timestamp,comment,receive_time_ns\r\n"+
		"7,0000000a,4294965296,\"one, two\",1749990896500000000\r\n"+
		"\n"+
		"8,a,3000,,1749990896600000000\n"+ // beyond the wrap
		"9,0x0B,500,,1749990896700000000\n", // another SSRC: a new run
		"ssrc,packet_index,rtp_timestamp,ntp_hex\n"+
			"b,2,400,ebf93c70b3333333\n"+ // one frame early
			"a,1,4294965296,ebf93c7080000000\n")
	if r.Origin != PacketLog || r.Frames.Len() != 3 || len(r.Reports) != 2 {
		t.Fatalf("%+v", r)
	}
	if f := r.Frames.At(1); f.Number != 8 || f.RTP != 1<<32+3000 || f.Run != 0 || f.Arrival.UnixNano() != 1749990896600000000 {
		t.Errorf("frame 1: %+v", f)
	}
	if f := r.Frames.At(2); f.RTP != 500 || f.Run != 1 {
		t.Errorf("frame 2: %+v", f)
	}
	if a, b := r.Reports[0], r.Reports[1]; a.Before != 1 || a.Run != 0 || a.RTP != 4294965296 || b.Before != 2 || b.Run != 1 {
		t.Errorf("reports: %+v", r.Reports)
	}
	rows := r.Rows(RTP)
	if rows[0].Frame != 7 || rows[1].Time.UnixNano() != 1749990896555555556 {
		t.Errorf("rows: %+v", rows)
	}
}

// TestLogOrder has rows as they are shown, numbered as in the log.
func TestLogOrder(t *testing.T) {
	for name, c := range map[string]struct{ rtp, want []int }{
		"plain":              {[]int{0, 10, 20, 30}, []int{0, 1, 2, 3}},
		"B-frames":           {[]int{0, 30, 10, 20, 60, 40, 50}, []int{0, 2, 3, 1, 5, 6, 4}},
		"pyramid":            {[]int{0, 40, 20, 10, 30, 80}, []int{0, 3, 2, 4, 1, 5}},
		"leading":            {[]int{20, 0, 10, 50, 30, 40}, []int{1, 2, 0, 4, 5, 3}},
		"clock set back":     {[]int{0, 10, 20, 30, 5, 15, 25, 35}, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		"and back by little": {[]int{0, 10, 20, 30, 22, 32}, []int{0, 1, 2, 4, 3, 5}},
	} {
		var frames strings.Builder
		frames.WriteString("rtp_timestamp\n")
		for _, rtp := range c.rtp {
			fmt.Fprintln(&frames, rtp)
		}
		var got []int
		for _, row := range readLog(t, frames.String(), reportsHeader).Rows(RTP) {
			got = append(got, row.Frame)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestLogErrors(t *testing.T) {
	const frame = "index,rtp_timestamp,receive_time_ns,decode_order,ssrc\n"
	for _, c := range []struct{ frames, reports, want string }{
		{"", "", "frames.csv: line 1: no header line"},
		{"index\n", "", "frames.csv: line 1: no column rtp_timestamp"},
		{frame + "0,1,2,0,a\n0,2,3,1,a\n", "", `frames.csv: line 3, column 1 (index): "0" is that of another row`},
		{frame + "5,1,2,0,a\n3,1,2,0,a\n7,1,2,0,a\n3,1,2,0,a\n", "", "frames.csv: line 5, column 1 (index)"},
		{frame + "0,4294967296,2,0,a\n", "", `frames.csv: line 2, column 2 (rtp_timestamp): "4294967296" is no number of 32 bits to the base 10`},
		{frame + "0,1,-2,0,a\n", "", `line 2, column 3 (receive_time_ns): "-2" is no whole number`},
		{frame + "0\n", "", `line 2, column 2 (rtp_timestamp): ""`},
		{frame + "0,1,2,0,xyz\n", "", `column 5 (ssrc): "xyz" is no number of 32 bits to the base 16`},
		{frame + strings.Repeat("1", maxTableLine+1), "", "frames.csv: line 2: longer than 65536 bytes"},
		{frame + "0," + strings.Repeat("9", 1000) + "\n", "", `column 2 (rtp_timestamp): "9999999999999999999999999999999999999999…" is no number`},
		{frame, reportsHeader, "frames.csv: line 1: no frames below it"},
		{"rtp\n1\n", "", "frames.csv: line 1: no column rtp_timestamp; it has rtp"},
		{strings.ReplaceAll(frame, ",", ";"), "", "line 1: columns must be separated by commas"},
		{strings.ReplaceAll(frame, ",", "\t"), "", "line 1: columns must be separated by commas"},
		{strings.ReplaceAll(frame+"0,1,2,0,a\n", "\n", "\r"), "", "line 1: lines end with a carriage return only"},
		{`[{"rtp_timestamp":1}]`, "", "line 1: JSON; a table in CSV is needed"},
		{"\xff\xfei\x00n\x00d\x00e\x00x\x00,\x00", "", "line 1: not plain text; if it is UTF-16, save it as UTF-8"},
		{zipped(zipped(frame)), "", "line 1: gzipped twice"},
		{zipped(frame + strings.Repeat("0,1,2,0,a\n", 99))[:50], "", "the gzip file ends here, it is cut off"},
		{"comment," + frame + "\"a\nb\",0,1,2,0,a\n", "", "line 2: a quoted cell does not end on its line"},
		{"\x1f\x8b", "", "frames.csv: unexpected EOF"},
		{frame, "ntp_hex,rtp_timestamp\n", "sr.csv: line 1: no column packet_index"},
		{frame, reportsHeader + "1234567890abcdef0,1,2,3,a\n", "sr.csv: line 2, column 1 (ntp_hex)"},
	} {
		_, err := ReadLog(LogFile{"frames.csv", strings.NewReader(c.frames)}, LogFile{"sr.csv", strings.NewReader(c.reports)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v\nwant %s", err, c.want)
		}
	}
}

func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprint(z, text)
	z.Close()
	return b.String()
}

// TestUnzippedLimit: a small file can become any size.
func TestUnzippedLimit(t *testing.T) {
	l := &limitedReader{strings.NewReader("12345678"), 5}
	if b, err := io.ReadAll(l); string(b) != "12345" || err == nil || !strings.Contains(err.Error(), "bytes when unzipped") {
		t.Errorf("%q, %v", b, err)
	}
}

// TestSplitRow: quotes count at the begin of a cell only.
func TestSplitRow(t *testing.T) {
	for line, want := range map[string][]string{
		`a,"b,c", "d" ,`: {"a", "b,c", "d", ""},
		`5" disc,7,""`:   {`5" disc`, "7", ""},
		`"a ""b"", c",1`: {`a ""b"", c`, "1"},
		`"open, 1`:       nil,
		``:               {""},
	} {
		got, whole := splitRow(nil, line)
		if whole != (want != nil) || whole && !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", line, got, whole)
		}
	}
}

// TestLogWithoutSSRC: where the frames tell none, the reports are theirs whatever they say.
func TestLogWithoutSSRC(t *testing.T) {
	r := readLog(t, "rtp_timestamp\n1\n2\n", reportsHeader+"ebf93c7080000000,1,,1,c\n")
	if len(r.Reports) != 1 || len(r.Skipped) > 0 {
		t.Errorf("%d reports, %v", len(r.Reports), r.Skipped)
	}
}

func TestLogZipped(t *testing.T) {
	r := readLog(t, zipped("rtp_timestamp\n1\n2\n"), reportsHeader)
	if r.Frames.Len() != 2 || r.Frames.At(1).Number != 1 {
		t.Errorf("%+v", r.Frames)
	}
}

// TestLogForeignReports leaves out reports whose SSRC no frame has.
func TestLogForeignReports(t *testing.T) {
	r := readLog(t, "rtp_timestamp,ssrc\n1,a\n2,b\n3,a\n", reportsHeader+"ebf93c7080000000,1,,1,c\nebf93c7080000000,3,,3,b\n")
	if len(r.Reports)+len(r.Skipped) != 2 || len(r.Skipped) != 1 || !strings.Contains(r.Skipped[0].Error(), "sr.csv: line 2: no frame has SSRC 0000000c") {
		t.Errorf("%+v", r)
	}
}

func FuzzLog(f *testing.F) {
	f.Add("index,rtp_timestamp,receive_time_ns,decode_order,ssrc\n0,1,2,0,a\n1,4294967295,9223372036854775807,1,b\n2,7,,0,a\n",
		reportsHeader+"ebf93c7080000000,1,1749990896500000000,0,a\nffffffffffffffff,0,,2147483647,\n0,0,0,0,b\n")
	f.Add("rtp_timestamp\n1\n", "packet_index,ntp_hex,rtp_timestamp\n")
	f.Fuzz(func(t *testing.T, frames, reports string) {
		r, err := ReadLog(LogFile{"frames.csv", strings.NewReader(frames)}, LogFile{"sr.csv", strings.NewReader(reports)})
		if err != nil {
			return
		}
		numbers := map[int]bool{}
		for _, f := range r.Frames.All() {
			numbers[f.Number] = true
		}
		for _, m := range methods {
			rows := r.Rows(m.method)
			if len(rows) != len(numbers) || len(rows) != r.Frames.Len() {
				t.Fatalf("%s: %d rows of %d frames with %d indices", m.name, len(rows), r.Frames.Len(), len(numbers))
			}
			for _, row := range rows {
				if !numbers[row.Frame] {
					t.Fatalf("%s: no frame has index %d", m.name, row.Frame)
				}
				row.AppendCSV(nil)
			}
		}
	})
}
