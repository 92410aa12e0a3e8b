package stamp

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/ntp"
)

// The instants of the vectors: 2025-06-15T12:34:56Z is 1749990896.
const (
	ntpSR0 ntp.Time = 17003688300477719511 // 5 s before, plus 0.49 s
	ntpSR1 ntp.Time = 17003688321995505664 // plus 0.5 s
	ntpF   ntp.Time = 17003688322138671239 // plus 0.533333333 s
	rtpSR1          = 268435456
	rtpF            = 268438456
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const recorderHead = "06 05 28 96 da c8 c1 d1 cb 42 e4 89 81 34 f2 29 18 08 50"

// nalTests holds whole NAL units, as other programs write them.
var nalTests = []struct {
	name  string
	stamp interface{ Append([]byte) []byte }
	nal   string
}{
	{"recorder B", NewRecorderStamp(ntpSR1, rtpSR1, rtpF, 90000),
		recorderHead + "22 22 22 7c af 13 da 41 00 00 03 00 80 70 3c f9 eb 00 00 03 00 10 b8 0b 00 10 80"},
	{"recorder B, three escapes", NewRecorderStamp(ntpSR1, rtpSR1, rtpSR1, 90000),
		recorderHead + "00 00 20 7c af 13 da 41 00 00 03 00 80 70 3c f9 eb 00 00 03 00 10 00 00 03 00 10 80"},
	{"recorder B before the first report", NewRecorderStamp(0, 0, 268345456, 90000), recorderHead +
		"46 48 4c 5b 4e 75 e0 c1 00 00 03 00 00 03 00 00 03 00 00 03 00 00 03 00 00 70 a0 fe 0f 80"},
	{"recorder A", RecorderStamp{Unix: 1749990896.5333333, Bare: true},
		"06 05 18 96 da c8 c1 d1 cb 42 e4 89 81 34 f2 29 18 08 50 22 22 22 7c af 13 da 41 80"},
	{"89H", StrawlabFrame{Arrival: ntpF, RTP: rtpF},
		`06 05 3d 73 74 72 61 77 6c 61 62 2e 6f 72 67 2f 38 39 48
		7b 22 72 65 63 76 22 3a 31 37 30 30 33 36 38 38 33 32 32 31 33 38 36 37 31 32 33 39
		2c 22 72 74 70 22 3a 32 36 38 34 33 38 34 35 36 7d 80`},
	{"o8B", StrawlabReport{Arrival: 17003688321999800631, NTP: ntpSR1, RTP: rtpSR1},
		"06 05 58" + hex.EncodeToString([]byte("strawlab.org/o8B"+
			`{"recv":17003688321999800631,"ntp":17003688321995505664,"rtp":268435456}`)) + "80"},
	{"MISB", MISBStamp{MISBH264Micros, MISBLocked, 1749990896533333},
		"06 05 1c 4d 49 53 50 6d 69 63 72 6f 73 65 63 74 69 6d 65 1f 00 06 ff 37 9b ff 81 bf ff 7f 55 80"},
	{"MISB, pairs of zeros", MISBStamp{MISBH264Micros, MISBLocked, 1750422511419392},
		"06 05 1c 4d 49 53 50 6d 69 63 72 6f 73 65 63 74 69 6d 65 1f 00 06 ff 38 00 ff 00 00 ff 00 00 80"},
}

func TestNALUnits(t *testing.T) {
	for _, test := range nalTests {
		got := h264.AppendSEI(nil, h264.PayloadUserDataUnregistered, test.stamp.Append(nil))
		if want := unhex(t, test.nal); !bytes.Equal(got, want) {
			t.Errorf("%s:\ngot  % x\nwant % x", test.name, got, want)
		}
	}
}

func TestFoundReadsNALUnits(t *testing.T) {
	for _, test := range nalTests {
		var found Found
		for kind, payload := range h264.SEIMessages(unhex(t, test.nal), nil) {
			if kind != h264.PayloadUserDataUnregistered {
				t.Errorf("%s: payload type %d", test.name, kind)
			}
			if err := found.Add(payload); err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
		}
		if got := found.only(); got != test.stamp {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.stamp)
		}
	}
}

// only returns the one stamp that was found.
func (f *Found) only() any {
	switch {
	case len(f.Reports) == 1 && f.Kinds == 0:
		return f.Reports[0]
	case f.Kinds == Strawlab:
		return f.Frame
	case f.Kinds == MISB:
		return f.MISB
	case f.Kinds == Recorder:
		return f.Recorder
	}
	return nil
}

func TestMISBH265(t *testing.T) {
	want := unhex(t, "cf 84 82 78 ee 23 30 6c 92 65 e8 fe f2 2f b8 b8 1f 18 49 ff 37 72 ff d4 09 ff 65 55")
	s := MISBStamp{Layout: MISBH265Nanos, Status: MISBLocked, Count: 1749990896533333333}
	if got := s.Append(nil); !bytes.Equal(got, want) {
		t.Errorf("got  % x\nwant % x", got, want)
	}
	for _, layout := range []MISBLayout{MISBH265Micros, MISBH265Nanos} {
		s.Layout = layout
		if got, err := ParseMISB(s.Append(nil)); got != s || err != nil {
			t.Errorf("got %+v, %v, want %+v", got, err, s)
		}
	}
}

func TestMISBTime(t *testing.T) {
	tests := []struct {
		stamp MISBStamp
		want  string
	}{
		{MISBStamp{Layout: MISBH264Micros, Count: 1749990896533333}, "2025-06-15T12:34:56.533333Z"},
		{MISBStamp{Layout: MISBH265Nanos, Count: 1749990896533333333}, "2025-06-15T12:34:56.533333333Z"},
		{MISBStamp{Layout: MISBH265Nanos, Count: math.MaxUint64}, ""},
	}
	for _, test := range tests {
		at, ok := test.stamp.Time()
		if got := at.Format(time.RFC3339Nano); ok != (test.want != "") || ok && got != test.want {
			t.Errorf("%+v: %v, %v, want %v", test.stamp, got, ok, test.want)
		}
	}
	if !MISBStatus(0x0f).Locked() || MISBUnlocked.Locked() {
		t.Error("0f is locked, 9f is not")
	}
}

func TestRecorderStampAcrossWrap(t *testing.T) {
	if got := NewRecorderStamp(ntpSR1, 4294963200, 4904, 90000).Unix; got != 1749990896.6 {
		t.Errorf("got %v, want 1749990896.6", got)
	}
	// Before the first report the time stamp is not signed: there is nothing that it could lie before.
	if got := NewRecorderStamp(0, 0, 0x90000000, 90000).Unix; got != -2208961956.4544 {
		t.Errorf("got %v, want -2208961956.4544", got)
	}
	if got := RecorderUnix(ntpSR0); got != 1749990891.489999 {
		t.Errorf("got %v, want the fraction truncated to 489999 µs", got)
	}
}

func TestStrawlabKeeps64Bits(t *testing.T) {
	// Written by hand, as a pretty printer would; all numbers above 2^53.
	r, err := ParseStrawlabReport([]byte("strawlab.org/o8B" +
		"{ \"rtp\": 4294967295,\n \"ntp\": 18446744073709551615, \"recv\": 16824201542114736079, \"new\": [1] }"))
	want := StrawlabReport{Arrival: 16824201542114736079, NTP: math.MaxUint64, RTP: math.MaxUint32}
	if err != nil || r != want {
		t.Errorf("got %+v, %v, want %+v", r, err, want)
	}
}

func TestPayloadErrors(t *testing.T) {
	misb := nalTests[6].stamp.Append(nil)
	misb[19] = 0
	tests := []struct{ name, payload, want string }{
		{"recorder of 25 bytes", string(recorderUUID[:]) + "123456789", "25 bytes, not 24 or 40"},
		{"MISB of 29 bytes", "MISPmicrosectime0123456789abc", "29 bytes, not 28"},
		{"MISB filler", string(misb), "byte 19 is 00"},
		{"89H without rtp", `strawlab.org/89H{"recv":1}`, "no rtp"},
		{"89H beyond 32 bits", `strawlab.org/89H{"recv":1,"rtp":4294967296}`, "number 4294967296"},
		{"89H as float", `strawlab.org/89H{"recv":1.5,"rtp":1}`, "number 1.5"},
		{"89H cut off", `strawlab.org/89H{"recv":1`, "JSON at byte 16"},
		{"o8B without ntp", `strawlab.org/o8B{"recv":1,"rtp":1}`, "no ntp"},
	}
	for _, test := range tests {
		var found Found
		err := found.Add([]byte(test.payload))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q in it", test.name, err, test.want)
		}
		if found.only() != nil {
			t.Errorf("%s: kept %+v", test.name, found)
		}
	}
}

func TestFoundIgnoresForeignUUIDs(t *testing.T) {
	var found Found
	for _, payload := range []string{"", "short", "x264 - core 164 and more text", string(signedUUID[:])} {
		if err := found.Add([]byte(payload)); err != nil || found.only() != nil {
			t.Errorf("%q: %v, %+v", payload, err, found)
		}
	}
}

func TestParseKinds(t *testing.T) {
	for list, want := range map[string]Kinds{
		"none": 0, "misb": MISB, "misb,strawlab": MISB | Strawlab, "recorder, misb": MISB | Recorder,
	} {
		if got, err := ParseKinds(list); got != want || err != nil {
			t.Errorf("%q: %v, %v, want %v", list, got, err, want)
		}
		if again, err := ParseKinds(want.String()); again != want || err != nil {
			t.Errorf("%v: %v, %v", want, again, err)
		}
	}
	for _, list := range []string{"", "misb,", "MISB", "none,misb"} {
		if got, err := ParseKinds(list); err == nil {
			t.Errorf("%q: %v and no error", list, got)
		}
	}
}

// FuzzFound: what parses is written again with the same meaning, and binary formats with the same bytes.
func FuzzFound(f *testing.F) {
	for _, test := range nalTests {
		f.Add(test.stamp.Append(nil))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var found Found
		if found.Add(payload) != nil {
			return
		}
		stamp, ok := found.only().(interface{ Append([]byte) []byte })
		if !ok {
			return
		}
		written := stamp.Append(nil)
		if found.Kinds&(MISB|Recorder) != 0 && !bytes.Equal(written, payload) {
			t.Errorf("% x became % x", payload, written)
		}
		var again Found
		if err := again.Add(written); err != nil || !bytes.Equal(again.only().(interface{ Append([]byte) []byte }).Append(nil), written) {
			t.Errorf("% x: %v", written, err)
		}
	})
}
