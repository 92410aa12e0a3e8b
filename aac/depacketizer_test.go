package aac

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
)

// pkt is a packet of a table test: payload in hex, time, and flags: m marker, a digit the packets lost before it, e an error
// is expected, f Flush afterwards.
type pkt struct {
	payload string
	time    int64
	flags   string
}

// format returns a format with the given parameters, 16 kHz mono.
func format(t testing.TB, fmtp string) *Format {
	t.Helper()
	f, err := ParseFormat("MPEG4-GENERIC/16000/1", "config=1408;"+fmtp)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// adts returns a unit of 16 kHz mono with an ADTS header, in hex.
func adts(unit string) string {
	c, _ := NewConfig(16000, 1)
	b, err := hex.DecodeString(unit)
	if err != nil {
		panic(err)
	}
	b, err = AppendADTS(nil, c, b)
	if err != nil {
		panic(err)
	}
	return hex.EncodeToString(b)
}

// withCRC returns the unit with an ADTS header with a checksum.
func withCRC(unit string) string {
	b, _ := hex.DecodeString(adts("0000" + unit))
	b[1] &^= 1
	return hex.EncodeToString(b)
}

var twoBlocks = strings.Replace(adts("aabb"), "fc", "fd", 1)

var depacketizerTests = []struct {
	name, fmtp string
	packets    []pkt
	want       []string // index of the packet: PTS, L lost, the unit
}{
	{"one unit per packet", "", []pkt{{"0010 0018 aabbcc", 0, "m"}, {"0010 0010 ddee", 1024, "m"}},
		[]string{"0: 0 aabbcc", "1: 1024 ddee"}},
	{"several units in a packet", "", []pkt{{"0030 0018 0010 0008 aabbcc ddee ff", 5000, "m"}},
		[]string{"0: 5000 aabbcc", "0: 6024 ddee", "0: 7048 ff"}},
	{"no markers at all", "", []pkt{{"0010 0010 aaaa", 0, ""}, {"0010 0010 bbbb", 1024, ""}, {"0010 0010 cccc", 2048, ""}},
		[]string{"1: 0 aaaa", "1: 1024 bbbb", "2: 2048 cccc"}},
	{"no markers, the end comes early", "", []pkt{{"0010 0010 aaaa", 0, "f"}}, []string{"0: 0 aaaa"}},
	{"bytes behind the units", "", []pkt{{"0010 0010 aabb 0000", 0, "m"}}, []string{"0: 0 aabb"}},
	{"empty payloads", "", []pkt{{"", 0, ""}, {"0010 0008 aa", 1024, "m"}, {"", 1024, "m2"}, {"0010 0008 bb", 2048, "m"}},
		[]string{"1: 1024 aa", "3: 2048 L2 bb"}},
	{"live555: a unit of no bytes", "", []pkt{{"0010 0000", 0, "m"}, {"0020 0000 0008 aa", 1024, "m"}}, []string{"1: 2048 aa"}},
	{"AMS32: headers of 13 bits", "sizelength=13", []pkt{{"000d 0010 aabb", 0, "m"}, {"001a 0010 0040 aabb cc", 1024, "m"}},
		[]string{"0: 0 aabb", "1: 1024 aabb", "1: 2048 cc"}},
	{"no indexlength in the SDP, but in the stream", "sizelength=13", []pkt{{"0010 0010 aabb", 0, "m"}}, []string{"0: 0 aabb"}},
	{"an index that counts on", "", []pkt{{"0010 0012 aabb", 0, "m"}}, []string{"0: 0 aabb"}},
	{"AAC-lbr", "mode=AAC-lbr", []pkt{{"0010 0c08 aabbcc ddee", 100, "m"}}, []string{"0: 100 aabbcc", "0: 1124 ddee"}},
	{"constant size and duration", "constantsize=2;constantduration=960", []pkt{{"aabb ccdd", 0, "m"}},
		[]string{"0: 0 aabb", "0: 960 ccdd"}},
	{"constant size, with an index", "constantsize=2;indexlength=4;indexdeltalength=4", []pkt{{"0008 00 aabb ccdd", 0, "m"}},
		[]string{"0: 0 aabb", "0: 1024 ccdd"}},
	{"constant size, a part missing", "constantsize=4", []pkt{{"aabbccdd eeff", 0, "me"}, {"aabbccdd", 2048, "m"}},
		[]string{"0: 0 aabbccdd", "1: 2048 L1 aabbccdd"}},
	{"no sizes: a unit per packet", "indexlength=8;constantsize=0;sizelength=0", []pkt{{"0008 00 aabb", 0, "m"}, {"0008 00 cc", 1024, ""}, {"0008 00 dd", 1024, "m"}},
		[]string{"0: 0 aabb", "2: 1024 ccdd"}},
	{"all the other fields", "sizelength=16;ctsdeltalength=8;dtsdeltalength=4;randomaccessindication=1;streamstateindication=2;auxiliarydatasizelength=4",
		// size 2, CTS flag and delta, no DTS, RAP, state; an auxiliary section of 7 bits
		[]pkt{{"001d 0002 8030 7000 aabb", 0, "m"}}, []string{"0: 0 aabb"}},

	{"fragments", "", []pkt{{"0010 0028 aabb", 0, ""}, {"0010 0028 cc", 0, ""}, {"0010 0028 ddee", 0, "m"}, {"0010 0008 ff", 1024, "m"}},
		[]string{"2: 0 aabbccddee", "3: 1024 ff"}},
	{"fragments without a marker", "", []pkt{{"0010 0018 aabb", 0, ""}, {"0010 0018 cc", 0, ""}, {"0010 0008 dd", 1024, ""}, {"0010 0008 ee", 2048, "f"}},
		[]string{"1: 0 aabbcc", "3: 1024 dd", "3: 2048 ee"}},
	{"fragments that tell what is left", "", []pkt{{"0010 0018 aabb", 0, ""}, {"0010 0008 cc", 0, "m"}}, []string{"1: 0 aabbcc"}},
	{"the first fragment is lost", "", []pkt{{"0010 0028 cc", 0, "1"}, {"0010 0028 ddee", 0, "m"}, {"0010 0008 ff", 1024, "m"}},
		[]string{"2: 1024 L1 ff"}},
	{"one in the middle is lost", "", []pkt{{"0010 0028 aabb", 0, ""}, {"0010 0028 ddee", 0, "m1"}, {"0010 0008 ff", 1024, "m"}},
		[]string{"2: 1024 L1 ff"}},
	{"the last one is lost", "", []pkt{{"0010 0028 aabb", 0, ""}, {"0010 0008 ff", 1024, "m1"}}, []string{"1: 1024 L1 ff"}},
	{"the last one isn't there, and nothing lost", "", []pkt{{"0010 0028 aabb", 0, ""}, {"0010 0008 ff", 1024, "me"}}, []string{"1: 1024 L1 ff"}},
	{"fewer bytes than announced", "", []pkt{{"0010 0028 aabb", 0, ""}, {"0010 0028 cc", 0, "me"}, {"0010 0008 ff", 1024, "m"}}, []string{"2: 1024 L1 ff"}},
	{"more bytes than announced", "", []pkt{{"0010 0018 aabb", 0, ""}, {"0010 0018 ccdd", 0, "me"}, {"0010 0008 ff", 1024, "m"}}, []string{"2: 1024 L1 ff"}},
	{"a fragment at the end of the stream", "", []pkt{{"0010 0028 aabb", 0, "f"}, {"0010 0008 ff", 0, "m"}}, []string{"1: 0 L1 ff"}},

	{"MediaMTX: fragments with sizes of their own", "", []pkt{{"0010 0010 aabb", 0, ""}, {"0010 0008 cc", 0, ""}, {"0010 0010 ddee", 0, "m"}, {"0010 0008 ff", 1024, "m"}},
		[]string{"2: 0 aabbccddee", "3: 1024 ff"}},
	{"MediaMTX: any of them is lost", "", []pkt{
		{"0010 0010 aabb", 0, ""}, {"0010 0008 cc", 0, "m"}, // so that it is known
		{"0010 0008 cc", 1024, "1"}, {"0010 0010 ddee", 1024, "m"}, {"0010 0010 ff01", 2048, "m"},
		{"0010 0010 aabb", 3072, ""}, {"0010 0010 ddee", 3072, "m1"},
		{"0010 0010 aabb", 4096, ""}, {"0010 0008 cc", 4096, ""}, {"0010 0010 aabb", 5120, "1"}, {"0010 0010 ff02", 6144, "m"}},
		[]string{"1: 0 aabbcc", "4: 2048 L1 ff01", "10: 6144 L2 ff02"}},
	{"MediaMTX: lost before it was known", "", []pkt{{"0010 0010 ff00", 0, "m"}, {"0010 0008 cc", 1024, "1"}, {"0010 0010 ddee", 1024, "m"}, {"0010 0010 ff01", 2048, "m"}},
		[]string{"0: 0 ff00", "3: 2048 L1 ff01"}},
	{"the marker is missing once", "", []pkt{{"0010 0008 aa", 0, "m"}, {"0010 0008 bb", 1024, ""}, {"0010 0008 cc", 2048, "m"}},
		[]string{"0: 0 aa", "2: 1024 bb", "2: 2048 cc"}},
	{"packets of one time without markers aren't glued", "", []pkt{{"0010 0008 aa", 0, ""}, {"0010 0008 bb", 0, ""}, {"0010 0008 cc", 1024, "e"}, {"0010 0008 dd", 2048, ""}},
		[]string{"2: 1024 L1 cc", "3: 2048 dd"}},

	{"Reolink: ADTS in the unit", "", []pkt{{"0010 0050" + adts("aabbcc"), 0, "m"}}, []string{"0: 0 aabbcc"}},
	{"ADTS with a checksum in the unit", "", []pkt{{"0010 0060" + withCRC("aabbcc"), 0, "m"}}, []string{"0: 0 aabbcc"}},
	{"two ADTS frames in a unit", "", []pkt{{"0010 0088" + adts("aabb") + adts("cc"), 0, "m"}}, []string{"0: 0 aabb", "0: 1024 cc"}},
	{"ADTS of two blocks", "", []pkt{{"0010 0048" + twoBlocks, 0, "me"}, {"0010 0008 ff", 2048, "m"}}, []string{"1: 2048 L1 ff"}},
	{"ADTS and no AU headers", "", []pkt{{adts("aabb") + adts("cc"), 0, "m"}, {adts("dd"), 2048, ""}},
		[]string{"0: 0 aabb", "0: 1024 cc", "1: 2048 dd"}},
	{"ADTS and no AU headers, in fragments", "", []pkt{{adts("aabbcc")[:16], 0, ""}, {adts("aabbcc")[16:], 0, "m"}, {adts("dd"), 1024, "m"}},
		[]string{"1: 0 aabbcc", "2: 1024 dd"}},
	{"ADTS and no AU headers, a fragment lost", "", []pkt{{adts("aa"), 0, "m"}, {adts("aabbcc")[:16], 1024, ""}, {"0010 0008 ee", 1024, "m1e"}, {adts("dd"), 2048, "m"}},
		[]string{"0: 0 aa", "3: 2048 L1 dd"}},

	{"au-headers-length 0", "", []pkt{{"0000 aabb", 0, "me"}, {"0010 0008 ff", 1024, "m"}}, []string{"1: 1024 L1 ff"}},
	{"nothing but an au-headers-length of 0", "", []pkt{{"0000", 0, "m"}}, nil},
	{"headers beyond the packet", "", []pkt{{"0100 0010 aabb", 0, "me"}}, nil},
	{"a byte", "", []pkt{{"00", 0, "me"}}, nil},
	{"headers that aren't whole", "", []pkt{{"0014 0010 aabb", 0, "me"}}, nil},
	{"several units, the last one beyond", "", []pkt{{"0020 0010 0018 aabb ccdd", 0, "me"}, {"0010 0008 ff", 2048, "m"}},
		[]string{"0: 0 aabb", "1: 2048 L1 ff"}},
	{"interleaved units", "", []pkt{{"0020 0010 0011 aabb ccdd", 0, "me"}, {"0010 0008 ff", 2048, "m"}}, []string{"1: 2048 L1 ff"}},
	{"too many units", "", []pkt{{"2000" + strings.Repeat("0008", 512) + strings.Repeat("aa", 512), 0, "me"}}, nil},
	{"an auxiliary section beyond the packet", "sizelength=16;auxiliarydatasizelength=32", []pkt{{"0010 0002 ffffffff aabb", 0, "me"}}, nil},
	{"a unit larger than any", "sizelength=32", []pkt{{"0020 ffffffff aabb", 0, "e"}, {"0020 00000001 ff", 1024, "m"}}, []string{"1: 1024 L1 ff"}},
}

func TestDepacketizer(t *testing.T) {
	for _, tt := range depacketizerTests {
		d := NewDepacketizer(format(t, tt.fmtp))
		var got []string
		for i, p := range tt.packets {
			payload := unhex(t, strings.ReplaceAll(p.payload, " ", ""))
			before := bytes.Clone(payload)
			err := d.Push(packet(payload, p))
			if (err != nil) != strings.Contains(p.flags, "e") {
				t.Errorf("%s: packet %d: error %v", tt.name, i, err)
			}
			if !bytes.Equal(before, payload) {
				t.Errorf("%s: packet %d was changed", tt.name, i)
			}
			got = append(got, drain(t, d, i)...)
			if strings.Contains(p.flags, "f") {
				d.Flush()
				got = append(got, drain(t, d, i)...)
			}
		}
		if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}

func packet(payload []byte, p pkt) *media.Packet {
	m := &media.Packet{Payload: payload, Time: p.time, Marker: strings.Contains(p.flags, "m")}
	for _, c := range p.flags {
		if c >= '1' && c <= '9' {
			m.Lost = int(c - '0')
		}
	}
	return m
}

func drain(t *testing.T, d *Depacketizer, i int) (units []string) {
	t.Helper()
	for u, ok := d.Next(); ok; u, ok = d.Next() {
		lost := ""
		if u.Lost > 0 {
			lost = fmt.Sprintf(" L%d", u.Lost)
		}
		units = append(units, fmt.Sprintf("%d: %d%s %x", i, u.PTS, lost, u.Data[0]))
		if len(u.Data) != 1 || !u.Key || u.Damaged || u.RTP != uint32(u.PTS) || u.Config != d.reader.f.Config {
			t.Errorf("packet %d: %+v", i, u)
		}
	}
	return units
}

func TestAnjvision(t *testing.T) {
	text, err := os.ReadFile("testdata/anjvision.hex")
	if err != nil {
		t.Fatal(err)
	}
	payload := unhex(t, strings.TrimSpace(string(text)))
	d := NewDepacketizer(format(t, ""))
	if err := d.Push(&media.Packet{Payload: payload, Time: 4217191328, Marker: true}); err != nil {
		t.Fatal(err)
	}
	u, ok := d.Next()
	if !ok || !bytes.Equal(u.Data[0], payload[adtsHeader:]) {
		t.Fatalf("%+v", u)
	}
	if c, err := ADTSConfig(payload); err != nil || c.SampleRate != 16000 || c.Channels != 2 {
		t.Errorf("%+v, %v", c, err)
	}
}

// What is known of a packet is known of its units: the first one's capture time, too.
func TestTimes(t *testing.T) {
	arrival := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	d := NewDepacketizer(format(t, ""))
	p := media.Packet{Payload: unhex(t, "002000100008aabbcc"), Time: 1<<32 - 1024, Marker: true, Arrival: arrival, Absolute: 7 << 32, Source: 3}
	if err := d.Push(&p); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		u, ok := d.Next()
		want := 7<<32 + ntp.Time(i)<<32*1024/16000
		if !ok || u.Arrival != arrival || u.Absolute != want || u.Source != 3 || u.RTP != uint32(i*1024-1024) {
			t.Errorf("unit %d: %+v", i, u)
		}
	}
	// Without a capture time none of them has one.
	p.Absolute = 0
	if err := d.Push(&p); err != nil {
		t.Fatal(err)
	}
	for u, ok := d.Next(); ok; u, ok = d.Next() {
		if u.Absolute != 0 {
			t.Errorf("captured at %v, which nobody said", u.Absolute)
		}
	}
	// A fragmented unit has the times of its first packet.
	for i, payload := range []string{"00100018aa", "00100018bb", "00100018cc"} {
		p := media.Packet{Payload: unhex(t, payload), Time: 1 << 33, Arrival: arrival.Add(time.Duration(i) * time.Second)}
		if i > 0 { // the capture time may be on any of them
			p.Absolute, p.Source = ntp.Time(i), 3
		}
		if err := d.Push(&p); err != nil {
			t.Fatal(err)
		}
	}
	if u, ok := d.Next(); !ok || u.Arrival != arrival || u.PTS != 1<<33 || u.Absolute != 1 || u.Source != 3 {
		t.Errorf("%+v", u)
	}
}

// The clock of the time stamps need not be the one that the samples are counted by: with SBR it runs at twice the rate.
func TestClockRates(t *testing.T) {
	for _, tt := range []struct {
		rtpmap, config string
		want           int64
	}{
		{"48000", "1190", 1024}, {"44100", "1210", 1024}, {"48000", "1194", 960},
		{"44100", "2b920800", 2048}, {"90000", "1190", 1920}, {"90000", "1210", 2089}, {"8000", "1408", 512},
	} {
		f, err := ParseFormat("MPEG4-GENERIC/"+tt.rtpmap, "config="+tt.config)
		if err != nil {
			t.Fatal(err)
		}
		d := NewDepacketizer(f)
		if err := d.Push(&media.Packet{Payload: unhex(t, "0030000800080008aabbcc"), Marker: true}); err != nil {
			t.Fatal(err)
		}
		d.Next()
		if u, ok := d.Next(); !ok || u.PTS != tt.want {
			t.Errorf("%s %s: %+v", tt.rtpmap, tt.config, u)
		}
	}
}

// A unit without end costs no more than the largest one.
func TestEndlessUnit(t *testing.T) {
	for _, fmtp := range []string{"sizelength=32", "constantsize=0;sizelength=0;indexlength=8"} {
		d := NewDepacketizer(format(t, fmtp))
		header := unhex(t, "002000010000")
		if fmtp != "sizelength=32" {
			header = unhex(t, "000800")
		}
		payload := append(header, make([]byte, 1400)...)
		refused := false
		for range 1000 {
			refused = d.Push(&media.Packet{Payload: payload}) != nil || refused
			if n := cap(d.part.buf) + cap(d.buf); n > 4*maxUnitBytes {
				t.Fatalf("%s: %d bytes", fmtp, n)
			}
		}
		if !refused {
			t.Errorf("%s: it is never too large", fmtp)
		}
	}
}
