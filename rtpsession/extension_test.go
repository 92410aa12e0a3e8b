package rtpsession

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/timeslate/timeslate/ntp"
)

// captured is 2025-06-15T12:34:56.533333Z.
const captured = ntp.Time(0xebf93c70_88888887)

// mapped are the extensions as the tests send them.
func mapped() (e Extensions) {
	e.Map(4, URINTP64)
	e.Map(5, URIAbsCaptureTime)
	e.Map(6, URINTP56)
	e.Map(0, URINTP64)
	e.Map(256, URINTP64)
	e.Map(7, "urn:ietf:params:rtp-hdrext:toffset")
	return e
}

func TestCapture(t *testing.T) {
	near := time.Date(2025, 6, 15, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name, extension string
		want            Capture
	}{
		{"ONVIF, key frame", "abac0003 ebf93c7088888887 80050000", Capture{Kind: ONVIFReplay, Time: captured}},
		{"ONVIF, after a discontinuity", "abac0003 ebf93c7088888887 20050000", Capture{Kind: ONVIFReplay, Time: captured, Jump: true}},
		{"ONVIF, end of a section", "abac0003 ebf93c7088888887 40050000", Capture{Kind: ONVIFReplay, Time: captured, Last: true}},
		{"ONVIF with JPEG", "abac0005 ebf93c7088888887 00050000 ffd80001 ffc0ffff", Capture{Kind: ONVIFReplay, Time: captured}},
		{"ONVIF, cut", "abac0002 ebf93c7088888887", Capture{}},
		{"ONVIF, empty", "abac0000", Capture{}},
		{"JPEG without ONVIF", "ffd80003 ebf93c7088888887 80050000", Capture{}},
		{"ntp-64", "bede0003 47 ebf93c7088888887 000000", Capture{Kind: NTP64, Time: captured}},
		{"abs-capture-time with an offset", "bede0005 5f ebf93c7088888887 ffffffffc0000000 000000", Capture{Kind: AbsCaptureTime, Time: captured}},
		{"abs-capture-time alone", "bede0003 57 ebf93c7088888887 000000", Capture{Kind: AbsCaptureTime, Time: captured}},
		{"ntp-56", "bede0002 66 f93c7088888887", Capture{Kind: NTP64, Time: captured}},
		{"the best of two", "bede0005 47 0000000000000001 57 ebf93c7088888887 0000", Capture{Kind: AbsCaptureTime, Time: captured}},
		{"behind another element and padding", "bede0004 1000 00 47 ebf93c7088888887 00000000", Capture{Kind: NTP64, Time: captured}},
		{"two-byte heads", "10000003 0408 ebf93c7088888887 0000", Capture{Kind: NTP64, Time: captured}},
		{"two-byte heads, free bits set", "10050004 0900 00 0408 ebf93c7088888887 000000", Capture{Kind: NTP64, Time: captured}},
		{"two-byte heads, element beyond the end", "10050002 04ff ebf93c708888", Capture{}},
		{"two-byte heads, nothing of ours", "10050001 09020000", Capture{}},
		{"another size", "bede0002 45 ebf93c708888 00", Capture{}},
		{"not mapped", "bede0003 37 ebf93c7088888887 000000", Capture{}},
		{"the number that ends all", "bede0003 f7 ebf93c7088888887 000000", Capture{}},
		{"empty", "bede0000", Capture{}},
		{"nobody knows", "12340003 ebf93c7088888887 80050000", Capture{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var h rtp.Header
			if _, err := h.Unmarshal(unhex(t, "90", headerHex, test.extension)); err != nil {
				t.Fatal(err)
			}
			e := mapped()
			if got := e.Capture(&h, near); got != test.want {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}

// TestCaptureByReceiver: each packet tells its own, whatever stood in the one before, and an extension that lies about its
// elements costs no more than them.
func TestCaptureByReceiver(t *testing.T) {
	c := config(0)
	c.Extensions = mapped()
	r := NewReceiver(c)
	for _, test := range []struct {
		b    []byte
		want Capture
	}{
		{unhex(t, "9060 0002 00015f90 1234abcd abac0003 ebf93c7088888887 80050000 6501"), Capture{Kind: ONVIFReplay, Time: captured}},
		{unhex(t, "8060 0003 00015f90 1234abcd 6501"), Capture{}},
		{unhex(t, "9060 0004 00015f90 1234abcd bede0003 47 ebf93c7088888887 000000 6501"), Capture{Kind: NTP64, Time: captured}},
		{unhex(t, "9060 0005 00015f90 1234abcd bede0000 6501"), Capture{}},
		{unhex(t, "9060 0006 00015f90 1234abcd bede0001 4f010203 6501"), Capture{}},
		{unhex(t, "9060 0007 00015f90 1234abcd 10000001 04ff0203 6501"), Capture{}},
		{unhex(t, "9060 0008 00015f90 1234abcd 10000001 00000004 6501"), Capture{}},
		{unhex(t, "9160 0009 00015f90 1234abcd 00000001 bede0004 47 ebf93c7088888887 00 5f01020304 00 6501"), Capture{Kind: NTP64, Time: captured}},
		{unhex(t, "b060 000a 00015f90 1234abcd bede0001 4f010203 6501 000003"), Capture{}},
	} {
		if err := r.Push(start, test.b); err != nil {
			t.Fatal(err)
		}
		if p, ok := r.Next(); !ok || p.Capture != test.want || !bytes.Equal(p.Payload, []byte{0x65, 1}) {
			t.Errorf("%x: %+v", test.b, p)
		}
	}
	for _, b := range [][]byte{
		unhex(t, "9060 000b 00015f90 1234abcd bede"),
		unhex(t, "9060 000c 00015f90 1234abcd bede0002 4f010203 6501"), // which says that it is longer than the packet
		unhex(t, "b060 000d 00015f90 1234abcd bede0001 4f010203 6501 000000"),
		unhex(t, "b060 000e 00015f90 1234abcd bede0001 4f010203 6501 000006"),
	} {
		if err := r.Push(start, b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%x: %v", b, err)
		}
	}
}

// TestNTP56 has times at both ends of what 24 bits of seconds can tell apart.
func TestNTP56(t *testing.T) {
	for _, days := range []int{-96, -1, 0, 1, 96} {
		near := captured.Near(start).AddDate(0, 0, days)
		b := unhex(t, "f93c7088888887")
		if got := complete(b, near); got != captured {
			t.Errorf("%d days: %v", days, got)
		}
	}
}

func TestHas(t *testing.T) {
	e, none := mapped(), Extensions{}
	for kind, want := range map[Extension]bool{AbsCaptureTime: true, NTP64: true, ONVIFReplay: false, NoExtension: false} {
		if e.Has(kind) != want || none.Has(kind) {
			t.Errorf("kind %d: %v, of none %v", kind, e.Has(kind), none.Has(kind))
		}
	}
	var short Extensions
	if short.Map(9, URINTP56); !short.Has(NTP64) {
		t.Error("ntp-56 alone")
	}
}

func TestCaptureAllocations(t *testing.T) {
	c := config(0)
	c.Extensions = mapped()
	r := NewReceiver(c)
	packets := [][]byte{
		unhex(t, "9060 0001 00015f90 1234abcd abac0003 ebf93c7088888887 80050000 6501"),
		unhex(t, "9060 0001 00015f90 1234abcd bede0003 47 ebf93c7088888887 000000 6501"),
		unhex(t, "9060 0001 00015f90 1234abcd 10050004 0900 00 0408 ebf93c7088888887 000000 6501"),
	}
	seq, found := uint16(0), 0
	allocs := testing.AllocsPerRun(1000, func() {
		for _, b := range packets {
			seq++
			b[2], b[3] = byte(seq>>8), byte(seq)
			if r.Push(start, b) != nil {
				t.Error("refused")
			}
			if p, ok := r.Next(); ok && p.Capture.Time == captured {
				found++
			}
		}
	})
	if allocs != 0 || found != int(seq) {
		t.Errorf("%v allocations for three packets, %d of %d found", allocs, found, seq)
	}
}

// FuzzCapture holds that any header is read without harm, that what is found stands there, and that nothing is found
// that no line of the description announced.
func FuzzCapture(f *testing.F) {
	for _, s := range []string{
		"abac0003 ebf93c7088888887 80050000", "bede0003 47 ebf93c7088888887 000000", "bede0002 66 f93c7088888887",
		"bede0005 5f ebf93c7088888887 ffffffffc0000000 000000", "10050004 0900 00 0408 ebf93c7088888887 000000",
	} {
		f.Add(unhex(f, "90", headerHex, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var h rtp.Header
		if _, err := h.Unmarshal(b); err != nil {
			return
		}
		e := mapped()
		c := e.Capture(&h, start)
		low := []byte{ // all but the byte that ntp-56 leaves out
			byte(c.Time >> 48), byte(c.Time >> 40), byte(c.Time >> 32), byte(c.Time >> 24), byte(c.Time >> 16), byte(c.Time >> 8), byte(c.Time),
		}
		if c.Kind != NoExtension && (!h.Extension || !bytes.Contains(b, low)) {
			t.Fatalf("%x holds no %+v", b, c)
		}
		if c := new(Extensions).Capture(&h, start); c.Kind != NoExtension && h.ExtensionProfile != profileONVIF {
			t.Fatalf("%x: %+v without a line", b, c)
		}
	})
}
