package h264

import (
	"bytes"

	"fmt"
	"strings"
	"testing"

	"github.com/timeslate/timeslate/internal/bitio"
	"github.com/timeslate/timeslate/media"
)

// slice returns a slice NAL unit with the given header byte, first_mb_in_slice, and n bytes of content.
func slice(header byte, firstMB uint32, n int) []byte {
	var w bitio.Writer
	w.UE(firstMB)
	w.UE(7)
	w.UE(0)
	w.TrailingBits()
	nal := bitio.AppendEscaped([]byte{header}, w.Bytes())
	for i := range n {
		nal = append(nal, byte(i%255)+1)
	}
	return nal
}

var (
	aud    = []byte{0x09, 0xf0}
	sei    = []byte{0x06, 0x05, 0x01, 0xaa, 0x80}
	filler = []byte{0x0c, 0xff, 0xff, 0x80}
	idr    = slice(0x65, 0, 40)
	idr2   = slice(0x65, 600, 40)
	p1     = slice(0x41, 0, 30)
	p2     = slice(0x41, 600, 30)
)

// packet returns a packet that arrives n ms after the epoch of the tests.
func packet(payload []byte, time int64, flags string) *media.Packet {
	p := &media.Packet{Payload: payload, Time: time, Marker: strings.Contains(flags, "m")}
	for _, c := range flags {
		if c >= '1' && c <= '9' {
			p.Lost = int(c - '0')
		}
	}
	return p
}

// pkt is a packet of a table test. flags: m marker, a digit the packets lost before it, e an error is expected, f Flush
// afterwards.
type pkt struct {
	payload []byte
	time    int64
	flags   string
}

// describe returns PTS, flags (K key, D damaged, L lost) and the header bytes of u's NAL units.
func describe(u *media.Unit) string {
	var b strings.Builder
	fmt.Fprint(&b, u.PTS)
	if u.Key {
		b.WriteString(" K")
	}
	if u.Damaged {
		b.WriteString(" D")
	}
	if u.Lost > 0 {
		fmt.Fprintf(&b, " L%d", u.Lost)
	}
	for _, nal := range u.Data {
		fmt.Fprintf(&b, " %02x", nal[0])
	}
	return b.String()
}

// run pushes packets, and returns the units that come out, each with the index of the packet that completed it.
func run(t *testing.T, d *Depacketizer, packets []pkt) (units []string) {
	t.Helper()
	for i, p := range packets {
		in := bytes.Clone(p.payload)
		err := d.Push(packet(in, p.time, p.flags))
		if (err != nil) != strings.Contains(p.flags, "e") {
			t.Errorf("packet %d: error %v", i, err)
		}
		d.checkInvariants(t)
		if !bytes.Equal(in, p.payload) {
			t.Errorf("packet %d: the payload was changed", i)
		}
		units = append(units, drain(t, d, i)...)
		if strings.Contains(p.flags, "f") {
			d.Flush()
			d.checkInvariants(t)
			units = append(units, drain(t, d, i)...)
		}
	}
	return units
}

func drain(t *testing.T, d *Depacketizer, i int) (units []string) {
	t.Helper()
	for u, ok := d.Next(); ok; u, ok = d.Next() {
		units = append(units, fmt.Sprintf("%d: %s", i, describe(u)))
		if ahead := uint32(u.PTS) - u.RTP; ahead > 2 {
			t.Errorf("RTP %d, PTS %d", u.RTP, u.PTS)
		}
	}
	return units
}

// checkInvariants checks what must hold after each Push and Flush.
func (d *Depacketizer) checkInvariants(t testing.TB) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Fatalf("invariant: "+format, args...)
	}
	if d.ended < 0 || d.ended > len(d.ready) || d.given > d.ended {
		fail("%d units ended, %d given", d.ended, d.given)
	}
	for _, u := range d.ready[:d.ended] {
		checkUnit(t, u)
		if d.ended < 2 && u == &d.cur.unit {
			fail("the unit in hand is lent")
		}
	}
	if d.ended == 2 && (d.ready[0] == d.ready[1] || d.state == inside) {
		fail("two units ended, and a third is in hand")
	}
	for i := range d.units {
		a := &d.units[i]
		if len(a.buf) > maxUnitBytes || len(a.unit.Data) > maxUnitNALs {
			fail("%d bytes, %d NAL units", len(a.buf), len(a.unit.Data))
		}
	}
	a := d.cur
	if d.ended == 2 {
		return // a is lent
	}
	if d.state == inside && (d.nalStart > len(a.buf) || !a.overflow && d.nalStart == len(a.buf)) {
		fail("a fragment at %d in an arena of %d bytes", d.nalStart, len(a.buf))
	}
	if a.vcl && !a.picture || a.idr && !a.picture || a.picture && !a.stamped || a.overflow && len(a.unit.Data) > 0 {
		fail("%+v", a)
	}
	if !a.stamped && (len(a.buf) > 0 || a.unit.Damaged) {
		fail("no time, but %d bytes", len(a.buf))
	}
}

// checkUnit checks what each unit that comes out keeps to.
func checkUnit(t testing.TB, u *media.Unit) {
	t.Helper()
	vcl, idr := false, false
	for _, nal := range u.Data {
		nalType := NALType(nal)
		vcl, idr = vcl || nalType.isVCL(), idr || nalType == SliceIDR
		switch {
		case len(nal) == 0, nal[0]&forbiddenBit != 0, nalType == 0, nalType >= stapA, nalType == Filler:
			t.Fatalf("NAL unit %x", nal)
		case nal[len(nal)-1] == 0, bytes.Contains(nal, startCode):
			t.Fatalf("a start code or trailing zeros in %x", nal)
		}
	}
	if !vcl {
		t.Fatal("a unit without a picture")
	}
	if u.Key && u.Damaged {
		t.Fatal("a damaged key frame")
	}
	if c, ok := u.Config.(*Config); ok && c == nil {
		t.Fatal("a nil *Config in a non-nil interface")
	}
}

func stap(nals ...[]byte) []byte {
	b := []byte{0x78}
	for _, nal := range nals {
		b = append(b, byte(len(nal)>>8), byte(len(nal)))
		b = append(b, nal...)
	}
	return b
}

// fu returns a fragment of nal: bytes from to to behind its header.
func fu(nal []byte, flags byte, from, to int) []byte {
	return append([]byte{nal[0]&0xe0 | 28, flags | nal[0]&0x1f}, nal[1+from:1+to]...)
}

func annexB(nals ...[]byte) []byte {
	var b []byte
	for i, nal := range nals {
		code := []byte{0, 0, 0, 1}
		b = append(b, code[i%2:]...)
		b = append(b, nal...)
	}
	return b
}

const start, middle, end = 0x80, 0x00, 0x40

var depacketizerTests = []struct {
	name    string
	packets []pkt
	units   []string
}{
	{"markers as RFC 6184 wants them: the first unit waits for the second, no other does", []pkt{
		{stap(sps704, pps0), 0, ""}, {idr, 0, "m"}, {p1, 3000, "m"}, {p1, 6000, "m"}, {p1, 9000, "m"},
	}, []string{"2: 0 K 67 68 65", "2: 3000 41", "3: 6000 41", "4: 9000 41"}},
	{"several slices, marker on the last", []pkt{
		{idr, 0, ""}, {idr2, 0, "m"}, {p1, 3000, ""}, {p2, 3000, "m"}, {p1, 6000, ""}, {p2, 6000, "m"},
	}, []string{"2: 0 K 65 65", "3: 3000 41 41", "5: 6000 41 41"}},
	{"Tapo TC70, Reolink RLC-822A: marker on SPS, PPS and SEI", []pkt{
		{sps704, 0, "m"}, {pps0, 0, "m"}, {sei, 0, "m"}, {idr, 0, "m"}, {p1, 3000, "m"}, {sps704, 6000, "m"}, {pps0, 6000, "m"}, {idr, 6000, "m"},
	}, []string{"4: 0 K 67 68 06 65", "4: 3000 41", "7: 6000 K 67 68 65"}},
	{"Reolink RLC-822A: parameter sets with the time of the picture before", []pkt{
		{p1, 0, "m"}, {p1, 3000, "m"}, {sps704, 3000, "m"}, {pps0, 3000, "m"}, {idr, 6000, "m"},
	}, []string{"1: 0 41", "1: 3000 41", "4: 6000 K 67 68 65"}},
	{"the same without markers", []pkt{
		{p1, 0, ""}, {sps704, 0, ""}, {pps0, 0, ""}, {idr, 3000, ""}, {p1, 6000, "f"},
	}, []string{"1: 0 41", "4: 3000 K 67 68 65", "4: 6000 41"}},
	{"obs-rtspserver, smolrtsp: marker on each slice", []pkt{
		{idr, 0, "m"}, {idr2, 0, "m"}, {p1, 3000, "m"}, {p2, 3000, "m"}, {p1, 6000, "mf"},
	}, []string{"2: 0 K 65 65", "4: 3000 41 41", "4: 6000 41"}},
	{"marker on each slice, after pictures of one slice: one picture in two", []pkt{
		{idr, 0, "m"}, {p1, 3000, "m"}, {p1, 6000, "m"}, {p2, 6000, "m"}, {p1, 9000, "m"}, {p2, 9000, "m"}, {p1, 12000, "m"},
	}, []string{"1: 0 K 65", "1: 3000 41", "2: 6000 41", "4: 6001 D 41", "6: 9000 41 41"}},
	{"marker on each fragment", []pkt{
		{fu(idr, start, 0, 10), 0, "m"}, {fu(idr, end, 10, 40), 0, "m"}, {fu(p1, start, 0, 10), 3000, "m"}, {fu(p1, end, 10, 30), 3000, "mf"},
	}, []string{"2: 0 K 65", "3: 3000 41"}},
	{"FLIR M400: no markers", []pkt{
		{idr, 0, ""}, {p1, 3000, ""}, {p1, 6000, "f"},
	}, []string{"1: 0 K 65", "2: 3000 41", "2: 6000 41"}},
	{"packets of one picture with slightly different times", []pkt{
		{idr, 0, ""}, {idr2, 7, "m"}, {p1, 3000, ""}, {p2, 3009, "m"}, {fu(p1, start, 0, 10), 6000, ""}, {fu(p1, end, 10, 30), 6003, "m"},
	}, []string{"2: 0 K 65 65", "3: 3000 41 41", "5: 6000 41"}},
	{"Amcrest: two pictures with one time", []pkt{
		{idr, 0, "m"}, {p1, 3000, "m"}, {p1, 3000, "m"}, {p1, 6000, "m"},
	}, []string{"1: 0 K 65", "1: 3000 41", "2: 3001 41", "3: 6000 41"}},
	{"the same without markers", []pkt{
		{idr, 0, ""}, {p1, 0, ""}, {p1, 0, ""}, {p1, 3000, "f"},
	}, []string{"1: 0 K 65", "2: 1 41", "3: 2 41", "3: 3000 41"}},
	{"Amcrest IP4M-1051: delimiter, two SEI in one packet, filler", []pkt{
		{aud, 0, ""}, {stap(sps704, pps0), 0, ""}, {stap(sei, sei), 0, ""}, {idr, 0, "m"},
		{aud, 3000, ""}, {p1, 3000, ""}, {filler, 3000, "m"}, {aud, 6000, ""}, {p1, 6000, "m"},
	}, []string{"4: 0 K 09 67 68 06 06 65", "6: 3000 09 41", "8: 6000 09 41"}},
	{"filler behind the marker, with another time", []pkt{
		{idr, 0, "m"}, {p1, 3000, "m"}, {filler, 3001, ""}, {p1, 6000, "m"},
	}, []string{"1: 0 K 65", "1: 3000 41", "3: 6000 41"}},
	{"V380: a stream with start codes in one packet", []pkt{
		{annexB(sps704, pps0, idr), 0, "m"}, {annexB(p1), 3000, "m"}, {append(annexB(p1), 0, 0), 6000, "m"},
	}, []string{"1: 0 K 67 68 65", "1: 3000 41", "2: 6000 41"}},
	{"V380: a stream with start codes in fragments of a NAL unit", []pkt{
		{append([]byte{0x7c, 0x87}, append(sps704[1:len(sps704):len(sps704)], 0, 0)...), 0, ""},
		{append([]byte{0x7c, 0x07, 0}, annexB(aud, pps0, idr)[3:]...), 0, ""},
		{[]byte{0x7c, 0x47, 9, 9}, 0, "m"}, {p1, 3000, "m"},
	}, []string{"3: 0 K 67 09 68 65", "3: 3000 41"}},
	{"a header of its own before the stream", []pkt{
		{p1, 0, "m"}, {append([]byte{0x7c, 0x85}, annexB(idr)...), 3000, ""}, {[]byte{0x7c, 0x45, 9}, 3000, "m"}, {p1, 6000, "m"},
	}, []string{"1: 0 41", "2: 3000 K 65", "3: 6000 41"}},
	{"start codes in a STAP-A, zeros behind its entries", []pkt{
		{stap(annexB(sps704, pps0), append(bytes.Clone(sei), 0, 0)), 0, ""}, {idr, 0, "m"}, {p1, 3000, "f"},
	}, []string{"2: 0 K 67 68 06 65", "2: 3000 41"}},
	{"Annex B: zeros behind a NAL unit", []pkt{
		{append(bytes.Clone(idr), 0, 0, 0), 0, "m"}, {p1, 3000, "f"},
	}, []string{"1: 0 K 65", "1: 3000 41"}},
	{"types that don't exist", []pkt{
		{idr, 0, ""}, {[]byte{0x00, 1, 2}, 0, "e"}, {[]byte{0x7e, 1, 2}, 0, "e"}, {[]byte{0x7f, 1}, 0, "me"}, {p1, 3000, "f"},
	}, []string{"4: 0 K 65", "4: 3000 41"}},
	{"CostarHD: start and end in one fragment", []pkt{
		{fu(idr, start|end, 0, 40), 0, "m"}, {p1, 3000, "f"},
	}, []string{"1: 0 K 65", "1: 3000 41"}},
	{"Tiandy: another type in later fragments", []pkt{
		{fu(idr, start, 0, 10), 0, ""}, {append([]byte{0x7c, 0x01}, idr[11:21]...), 0, ""}, {append([]byte{0x7c, 0x41}, idr[21:]...), 0, "m"}, {p1, 3000, "f"},
	}, []string{"3: 0 K 65", "3: 3000 41"}},
	{"reserved bit, empty fragment", []pkt{
		{fu(idr, start|0x20, 0, 10), 0, ""}, {fu(idr, middle, 10, 10), 0, ""}, {fu(idr, end|0x20, 10, 40), 0, "m"}, {p1, 3000, "f"},
	}, []string{"3: 0 K 65", "3: 3000 41"}},
	{"a fragment without start", []pkt{
		{idr, 0, ""}, {fu(idr2, middle, 0, 10), 0, "e"}, {fu(idr2, end, 10, 40), 0, "m"}, {p1, 3000, "f"},
	}, []string{"3: 0 D 65", "3: 3000 41"}},
	{"a new start before the end", []pkt{
		{idr, 0, ""}, {fu(idr2, start, 0, 10), 0, ""}, {fu(idr2, start, 0, 10), 0, "e"}, {fu(idr2, end, 10, 40), 0, "m"}, {p1, 3000, "f"},
	}, []string{"4: 0 D 65 65", "4: 3000 41"}},
	{"a NAL unit before the end", []pkt{
		{fu(idr, start, 0, 10), 0, ""}, {idr2, 0, "me"}, {p1, 3000, "f"},
	}, []string{"2: 0 D 65", "2: 3000 41"}},
	{"the next picture before the end", []pkt{
		{idr, 0, "m"}, {fu(p1, start, 0, 10), 3000, ""}, {p1, 6000, "e"}, {p1, 9000, "f"},
	}, []string{"1: 0 K 65", "3: 6000 L1 41", "3: 9000 41"}},
	{"a fragment shorter than its header", []pkt{
		{idr, 0, ""}, {[]byte{0x7c}, 0, "e"}, {p1, 3000, ""}, {fu(p2, start, 0, 10), 3000, ""}, {[]byte{0x7c}, 3000, "e"}, {p1, 6000, "f"},
	}, []string{"2: 0 D 65", "5: 3000 D 41", "5: 6000 41"}},
	{"STAP-A: an empty entry, zeros behind, an entry that doesn't fit", []pkt{
		{append(stap(sps704, nil, pps0), 0, 0, 0), 0, ""}, {idr, 0, "m"}, {append(stap(p1), 0, 99, 1), 3000, "e"}, {p1, 6000, "f"},
	}, []string{"2: 0 K 67 68 65", "3: 3000 D 41", "3: 6000 41"}},
	{"STAP-A: an empty entry first", []pkt{
		{stap(nil, sps704, pps0), 0, ""}, {stap(nil, idr), 0, "m"}, {stap(nil, p1), 3000, "f"},
	}, []string{"2: 0 K 67 68 65", "2: 3000 41"}},
	{"STAP-A: filler before a slice", []pkt{
		{stap(filler, idr), 0, "m"}, {stap(filler, p1), 0, "m"}, {stap(filler), 0, "m"}, {p1, 3000, "f"},
	}, []string{"1: 0 K 65", "1: 1 41", "3: 3000 41"}},
	{"interleaved mode", []pkt{
		{[]byte{0x79, 0, 1, 0, 2, 0x41, 0x9a}, 0, "e"}, {[]byte{0x7d, 0x85, 0, 0, 1}, 0, "e"}, {idr, 0, "mf"},
	}, []string{"2: 0 K 65"}},
	{"empty payloads", []pkt{
		{idr, 0, ""}, {nil, 0, ""}, {idr2, 0, ""}, {fu(p1, start, 0, 10), 3000, ""}, {nil, 3000, ""}, {fu(p1, end, 10, 30), 3000, ""}, {nil, 3000, "m"}, {p1, 6000, "m"},
	}, []string{"3: 0 K 65 65", "7: 3000 41", "7: 6000 41"}},
	{"forbidden_zero_bit", []pkt{
		{idr, 0, ""}, {slice(0xe5, 600, 9), 0, "em"}, {p1, 3000, "f"},
	}, []string{"2: 0 D 65", "2: 3000 41"}},
	{"a data partition", []pkt{
		{slice(0x42, 0, 9), 0, ""}, {[]byte{0x43, 0x80, 1}, 0, ""}, {[]byte{0x44, 0x80, 1}, 0, "m"}, {slice(0x42, 0, 9), 3000, "f"},
	}, []string{"3: 0 42 43 44", "3: 3000 42"}},
	{"only parameter sets and SEI", []pkt{
		{sps704, 0, "m"}, {pps0, 0, "m"}, {sei, 3000, "mf"},
	}, nil},
	{"end of sequence", []pkt{
		{idr, 0, ""}, {[]byte{0x0a}, 0, "m"}, {idr, 3000, "f"},
	}, []string{"2: 0 K 65 0a", "2: 3000 K 65"}},

	{"loss: a fragment in the middle", []pkt{
		{stap(sps704, pps0), 0, ""}, {fu(idr, start, 0, 10), 0, ""}, {fu(idr, end, 20, 40), 0, "1m"}, {p1, 3000, "m"}, {p1, 6000, "m"}, {p1, 9000, "m"},
	}, []string{"3: 3000 L1 41", "4: 6000 41", "5: 9000 41"}},
	{"loss: the end of one and the start of the next are not glued", []pkt{
		{idr, 0, "m"}, {fu(p1, start, 0, 10), 3000, ""}, {fu(p1, end, 20, 30), 6000, "2m"}, {p1, 9000, "m"}, {p1, 12000, "m"},
	}, []string{"1: 0 K 65", "3: 9000 L2 41", "4: 12000 41"}},
	{"loss: the same within one time", []pkt{
		{p1, 0, ""}, {fu(p2, start, 0, 10), 0, ""}, {fu(p2, middle, 10, 20), 0, "3"}, {fu(p2, end, 20, 30), 0, "m"}, {p1, 3000, "f"},
	}, []string{"4: 0 D L3 41", "4: 3000 41"}},
	{"loss: the last slice and its marker", []pkt{
		{idr, 0, "m"}, {p1, 3000, "m"}, {p1, 6000, ""}, {p1, 9000, "1m"}, {p1, 12000, "m"},
	}, []string{"1: 0 K 65", "1: 3000 41", "3: 6000 D L1 41", "3: 9000 41", "4: 12000 41"}},
	{"loss: whole pictures", []pkt{
		{idr, 0, "m"}, {p1, 3000, "m"}, {p1, 9000, "5m"}, {p1, 12000, "m"},
	}, []string{"1: 0 K 65", "1: 3000 41", "2: 9000 L5 41", "3: 12000 41"}},
	{"loss behind the first marker, which isn't trusted yet", []pkt{
		{idr, 0, "m"}, {p1, 6000, "1m"}, {p1, 9000, "m"},
	}, []string{"1: 0 K 65", "2: 6000 L1 41", "2: 9000 41"}},
	{"loss: the first slice", []pkt{
		{p1, 0, "m"}, {p1, 3000, "m"}, {p2, 6000, "1m"}, {p1, 9000, "m"},
	}, []string{"1: 0 41", "1: 3000 41", "2: 6000 D L1 41", "3: 9000 41"}},
	{"loss: the last slice of one and the first of the next", []pkt{
		{p1, 0, ""}, {p2, 750, "2m"}, {p1, 1500, "m"},
	}, []string{"1: 0 D L2 41", "2: 750 D 41", "2: 1500 41"}},
	{"loss: a middle slice", []pkt{
		{p1, 0, ""}, {p2, 0, "1m"}, {p1, 3000, "f"},
	}, []string{"2: 0 D L1 41 41", "2: 3000 41"}},
	{"loss: the picture of parameter sets and SEI", []pkt{
		{p1, 0, "m"}, {p1, 3000, "m"}, {sps704, 6000, ""}, {pps0, 6000, ""}, {sei, 6000, ""}, {p1, 9000, "9m"},
	}, []string{"1: 0 41", "1: 3000 41", "5: 9000 L9 41"}},
	{"loss: between parameter sets and their picture", []pkt{
		{sps704, 0, ""}, {idr, 0, "1m"}, {p1, 3000, "f"},
	}, []string{"2: 0 D L1 67 65", "2: 3000 41"}},
	{"loss: the start of an SEI", []pkt{
		{idr, 0, "m"}, {p1, 3000, "m"}, {fu(sei, end, 1, 4), 6000, "1"}, {p1, 6000, "m"},
	}, []string{"1: 0 K 65", "1: 3000 41", "3: 6000 D L1 41"}},
	{"the stream begins within a picture", []pkt{
		{fu(idr, middle, 10, 20), 0, "e"}, {fu(idr, end, 20, 40), 0, "m"}, {p2, 3000, "m"}, {p1, 6000, "f"},
	}, []string{"2: 3000 D L1 41", "3: 6000 41"}},
	{"Flush within a fragment, then times start anew", []pkt{
		{idr, 9000, ""}, {fu(idr2, start, 0, 10), 9000, "f"}, {fu(idr2, end, 10, 40), 9000, "e"}, {p1, 9000, "f"},
	}, []string{"1: 9000 D 65", "3: 9000 L1 41"}},
}

func TestDepacketizer(t *testing.T) {
	for _, tt := range depacketizerTests {
		t.Run(tt.name, func(t *testing.T) {
			units := run(t, NewDepacketizer(nil), tt.packets)
			if got, want := strings.Join(units, "\n"), strings.Join(tt.units, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
