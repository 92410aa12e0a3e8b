package stamp

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
)

var (
	aud   = []byte{9, 0xf0}
	sps   = []byte{0x67, 0x42, 0, 0x1e}
	pps   = []byte{0x68, 0xce, 0x38, 0x80}
	idr   = []byte{0x65, 0x88, 0x84, 0, 0x33}
	slice = []byte{0x41, 0x9a, 0, 0x21}

	// base is the time of the vectors.
	base = time.Date(2025, 6, 15, 12, 34, 56, 0, time.UTC)
)

// report returns the sender report that puts rtp at base+0.5s.
func report(rtp int64) clock.Report {
	return clock.Report{NTP: ntpSR1, RTP: rtp, Arrival: base.Add(501 * time.Millisecond)}
}

// unit returns an access unit as a depacketizer would.
func unit(rtp int64, reports []clock.Report, nals ...[]byte) *media.Unit {
	at := base.Add(533333333)
	return &media.Unit{
		PTS: rtp, RTP: uint32(rtp), SSRC: 0x1234, Arrival: at, Reports: reports, Data: nals,
		Wall: clock.Estimate{Time: at, Error: time.Millisecond, State: clock.Locked, Source: clock.SenderReport},
	}
}

// names returns what the NAL units are, in order.
func names(t *testing.T, data [][]byte) (list []string) {
	t.Helper()
	for _, nal := range data {
		if h264.NALType(nal) != h264.SEI {
			list = append(list, fmt.Sprint(byte(h264.NALType(nal))))
			continue
		}
		var found Found
		for _, payload := range h264.SEIMessages(nal, nil) {
			if err := found.Add(payload); err != nil {
				t.Error(err)
			}
		}
		switch s := found.only().(type) {
		case StrawlabReport:
			list = append(list, fmt.Sprintf("o8B(%d)", s.RTP))
		case StrawlabFrame:
			list = append(list, fmt.Sprintf("89H(%d)", s.RTP))
		case MISBStamp:
			list = append(list, fmt.Sprintf("misb(%02x)", byte(s.Status)))
		case RecorderStamp:
			list = append(list, fmt.Sprintf("recorder(%.6f)", s.Unix))
		default:
			list = append(list, "6")
		}
	}
	return list
}

func TestStampPlace(t *testing.T) {
	s := NewStamper(MISB|Strawlab|Recorder, 90000)
	cameraSEI := h264.AppendSEI(nil, 4, []byte{0xb5, 0, 0x31})
	u := unit(rtpF, []clock.Report{report(rtpSR1)}, aud, sps, pps, cameraSEI, idr, idr)
	s.Stamp(u)
	want := []string{"9", "7", "8", "6", "o8B(268435456)", "89H(268438456)", "misb(1f)", "recorder(1749990896.533333)",
		"5", "5"}
	if got := names(t, u.Data); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if &u.Data[8][0] != &idr[0] {
		t.Error("the slice was moved")
	}
}

func TestStampSequence(t *testing.T) {
	second := report(rtpSR1 + 9000)
	otherRun := report(7)
	otherRun.Run = 1
	run := func(n int, u *media.Unit) *media.Unit { u.Run = n; return u }
	steps := []struct {
		name  string
		start bool
		unit  *media.Unit
		want  []string
	}{
		{"a file starts before any report", true, unit(100, nil, idr), []string{"89H(100)", "5"}},
		{"parameter sets alone keep the report", false, unit(200, []clock.Report{report(150)}, sps), []string{"7"}},
		{"the report comes late", false, unit(300, nil, slice), []string{"o8B(150)", "89H(300)", "1"}},
		{"two reports", false, unit(400, []clock.Report{report(310), second}, slice),
			[]string{"o8B(310)", "o8B(268444456)", "89H(400)", "1"}},
		{"a new file repeats", true, unit(500, nil, idr), []string{"o8B(268444456)", "89H(500)", "5"}},
		{"but once", false, unit(600, nil, slice), []string{"89H(600)", "1"}},
		{"and not over a new run", true, run(1, unit(5, nil, idr)), []string{"89H(5)", "5"}},
		{"which has its own reports", false, run(1, unit(9, []clock.Report{otherRun}, slice)),
			[]string{"o8B(7)", "89H(9)", "1"}},
		{"a new file with a report repeats nothing", true, run(1, unit(12, []clock.Report{otherRun}, idr)),
			[]string{"o8B(7)", "89H(12)", "5"}},
	}
	s := NewStamper(Strawlab, 90000)
	for _, step := range steps {
		if step.start {
			s.StartFile()
		}
		s.Stamp(step.unit)
		if got := names(t, step.unit.Data); !slices.Equal(got, step.want) {
			t.Errorf("%s: got %v, want %v", step.name, got, step.want)
		}
	}
}

func TestStampKeepsNewestReports(t *testing.T) {
	var reports []clock.Report
	for i := range int64(2*maxReports + 1) {
		reports = append(reports, report(i))
	}
	s := NewStamper(Strawlab, 90000)
	s.Stamp(unit(1, reports[:3], sps))
	u := unit(2, reports[3:], idr)
	s.Stamp(u)
	got := names(t, u.Data)
	if len(got) != maxReports+2 || got[0] != "o8B(9)" || got[maxReports-1] != "o8B(16)" {
		t.Errorf("got %v, want the newest %d reports", got, maxReports)
	}
}

func TestStampEstimates(t *testing.T) {
	tests := []struct {
		name string
		wall clock.Estimate
		want []string
	}{
		{"unknown", clock.Estimate{}, []string{"5"}},
		{"arrival", clock.Estimate{Time: base, State: clock.RxOnly, Source: clock.Arrival}, []string{"misb(9f)", "5"}},
		{"acquiring", clock.Estimate{Time: base, State: clock.Acquiring, Source: clock.SenderReport}, []string{"misb(9f)", "5"}},
		{"locked", clock.Estimate{Time: base, State: clock.Locked, Source: clock.ONVIF}, []string{"misb(1f)", "5"}},
		{"locked to itself", clock.Estimate{Time: base, State: clock.Locked, Source: clock.Arrival}, []string{"misb(9f)", "5"}},
		{"before 1970", clock.Estimate{Time: time.Unix(-1, 0), State: clock.Acquiring}, []string{"misb(9f)", "5"}},
	}
	for _, test := range tests {
		u := unit(rtpF, nil, idr)
		u.Wall = test.wall
		NewStamper(MISB, 90000).Stamp(u)
		if got := names(t, u.Data); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestRecorderStampOfOtherRun(t *testing.T) {
	s := NewStamper(Recorder, 90000)
	s.Stamp(unit(rtpF, []clock.Report{report(rtpSR1)}, idr))
	u := unit(268345456, nil, idr)
	u.Run = 1
	s.Stamp(u)
	want := []string{"recorder(-2208985818.383822)", "5"} // as before the first report
	if got := names(t, u.Data); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestEarlyReportOfNextRun: a report of the next run leaves the stamps of the last units of this one alone, and is there
// when its run begins.
func TestEarlyReportOfNextRun(t *testing.T) {
	s := NewStamper(Recorder, 90000)
	early := report(5)
	early.Run = 1
	last, next := unit(rtpF, []clock.Report{report(rtpSR1), early}, slice), unit(9005, nil, idr)
	next.Run = 1
	s.Stamp(last)
	if got := names(t, last.Data)[0]; got != "recorder(1749990896.533333)" {
		t.Errorf("last unit: %s", got)
	}
	s.Stamp(next)
	if got := names(t, next.Data)[0]; got != "recorder(1749990896.600000)" {
		t.Errorf("first unit: %s", got)
	}
}

// TestSignedStreamStaysUntouched: the signature may come with the first unit or after a whole GOP.
func TestSignedStreamStaysUntouched(t *testing.T) {
	signature := h264.AppendSEI(nil, h264.PayloadUserDataUnregistered, append(slices.Clone(signedUUID[:]), 0, 0, 0, 1))
	for _, signedAt := range []int{0, 30} {
		s := NewStamper(MISB|Strawlab|Recorder, 90000)
		for i := range 40 {
			u := unit(int64(i)*3000, nil, slice)
			if i == signedAt {
				u.Data = [][]byte{slice, signature} // also behind the slices
			}
			before := len(u.Data)
			s.Stamp(u)
			if signed := i >= signedAt; s.Signed() != signed || (len(u.Data) == before) != signed {
				t.Fatalf("unit %d, signature at %d: Signed %v, %d NAL units", i, signedAt, s.Signed(), len(u.Data))
			}
		}
	}
}

func TestStampDoesNotAllocate(t *testing.T) {
	s := NewStamper(MISB|Strawlab|Recorder, 90000)
	u := unit(rtpF, []clock.Report{report(rtpSR1)}, aud, sps, pps, idr)
	data := u.Data
	s.Stamp(u) // grows the scratch
	if n := testing.AllocsPerRun(1000, func() { u.Data = data; s.Stamp(u) }); n != 0 {
		t.Errorf("%v allocations per unit", n)
	}
}

func BenchmarkStamp(b *testing.B) {
	s := NewStamper(MISB|Strawlab, 90000)
	u := unit(rtpF, nil, slice)
	data := u.Data
	b.ReportAllocs()
	for b.Loop() {
		u.Data = data
		s.Stamp(u)
	}
}

func ExampleStamper() {
	s := NewStamper(MISB|Strawlab, 90000)
	u := unit(rtpF, nil, aud, sps, pps, idr)
	s.Stamp(u)
	for _, nal := range u.Data {
		fmt.Println("NAL unit of type", byte(h264.NALType(nal)), "with", len(nal), "bytes")
	}
	// Output:
	// NAL unit of type 9 with 2 bytes
	// NAL unit of type 7 with 4 bytes
	// NAL unit of type 8 with 4 bytes
	// NAL unit of type 6 with 65 bytes
	// NAL unit of type 6 with 32 bytes
	// NAL unit of type 5 with 5 bytes
}
