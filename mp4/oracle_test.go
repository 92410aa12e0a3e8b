package mp4

import (
	"bytes"
	"io"
	"testing"
	"time"

	gomp4 "github.com/abema/go-mp4"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
)

// prft is the producer reference time box for go-mp4, which lacks it.
type prft struct {
	gomp4.FullBox    `mp4:"0,extend"`
	ReferenceTrackID uint32 `mp4:"1,size=32"`
	NTPTimestamp     uint64 `mp4:"2,size=64"`
	MediaTimeV0      uint32 `mp4:"3,size=32,ver=0"`
	MediaTimeV1      uint64 `mp4:"4,size=64,nver=0"`
}

func (*prft) GetType() gomp4.BoxType { return gomp4.StrToBoxType("prft") }

func init() { gomp4.AddBoxDef(&prft{}, 0, 1) }

// remarshalled reads a file with go-mp4 and writes it again with go-mp4. Boxes that are only bytes are copied.
func remarshalled(t *testing.T, b []byte) []byte {
	t.Helper()
	var out []byte
	_, err := gomp4.ReadBoxStructure(bytes.NewReader(b), func(h *gomp4.ReadHandle) (any, error) {
		start := len(out)
		out = append(out, b[h.BoxInfo.Offset:h.BoxInfo.Offset+h.BoxInfo.HeaderSize]...)
		if kind := h.BoxInfo.Type.String(); !h.BoxInfo.IsSupportedType() || kind == "mdat" || kind == "free" {
			out = append(out, b[h.BoxInfo.Offset+h.BoxInfo.HeaderSize:h.BoxInfo.Offset+h.BoxInfo.Size]...)
			return nil, nil
		}
		box, _, err := h.ReadPayload()
		if err != nil {
			return nil, err
		}
		payload := bytes.NewBuffer(out)
		if _, err := gomp4.Marshal(payload, box, h.BoxInfo.Context); err != nil {
			return nil, err
		}
		out = payload.Bytes()
		if _, err := h.Expand(); err != nil {
			return nil, err
		}
		if h.BoxInfo.HeaderSize == boxHeader {
			closeBox(out, start)
		}
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOracle compares every box with what go-mp4 makes of it.
func TestOracle(t *testing.T) {
	for _, name := range []string{"plain", "bframes"} {
		track, units := clip(t, name)
		s := recorded(t, []media.Track{track}, Options{Created: started}, units, nil)
		for state, b := range map[string][]byte{"growing": s.growing, "appended": s.appended, "finished": s.finished} {
			if !bytes.Equal(remarshalled(t, b), b) {
				t.Errorf("%s, %s: go-mp4 writes it differently", name, state)
			}
		}
	}
}

// TestPartOracle compares a part with one that go-mp4 marshals from its values: two tracks by turns, of different clocks,
// one with B-frames, the other late.
func TestPartOracle(t *testing.T) {
	track, units := clip(t, "bframes")
	other := track
	other.ID, other.ClockRate = 1, 1000
	w, err := NewWriter([]media.Track{track, other}, Options{Part: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	for i, u := range units[:4] {
		u.PTS += 1 << 33 // nothing in a file shows where the camera's time stamps start
		push(t, w, u)
		if i%2 == 1 {
			push(t, w, &media.Unit{Track: 1, PTS: Rescale(1<<33, 90000, 1000) + 50 + int64(i)*40, Data: [][]byte{{0x41, byte(i)}}})
		}
	}
	head, body := w.Part(nil)

	size := func(i int) uint32 { return uint32(avc.unitSize(units[i].Data)) }
	entry := func(duration, size, flags uint32, offset int32) gomp4.TrunEntry {
		return gomp4.TrunEntry{SampleDuration: duration, SampleSize: size, SampleFlags: flags, SampleCompositionTimeOffsetV1: offset}
	}
	trun := func(flags uint16, dataOffset uint32, entries ...gomp4.TrunEntry) node {
		return node{box: &gomp4.Trun{
			FullBox:     gomp4.FullBox{Version: 1, Flags: [3]byte{0, byte(flags >> 8), byte(flags)}},
			SampleCount: uint32(len(entries)),
			DataOffset:  int32(dataOffset),
			Entries:     entries,
		}}
	}
	tfhd := func(id uint32) node {
		return node{box: &gomp4.Tfhd{FullBox: gomp4.FullBox{Flags: [3]byte{2, 0, 0}}, TrackID: id}}
	}
	tfdt := func(dts uint64) node {
		return node{box: &gomp4.Tfdt{FullBox: gomp4.FullBox{Version: 1}, BaseMediaDecodeTimeV1: dts}}
	}
	const data = 288 + 8 // the sizes of moof and of mdat's header
	want := appendAll(t,
		node{box: &prft{
			FullBox:          gomp4.FullBox{Version: 1, Flags: [3]byte{0, 0, 24}},
			ReferenceTrackID: 1,
			NTPTimestamp:     uint64(ntp.FromTime(started)),
			MediaTimeV1:      2 * interval, // before the edit list takes the delay off
		}},
		container(&gomp4.Moof{},
			node{box: &gomp4.Mfhd{SequenceNumber: 1}},
			container(&gomp4.Traf{}, tfhd(1), tfdt(0), // reorder depth 2: PTS 0 4 2 1, DTS -2 -1 0 1, all two later
				trun(0xf01, data,
					entry(interval, size(0), 2<<24, 2*interval),
					entry(interval, size(1), 0x1010000, 5*interval)),
				trun(0xf01, data+size(0)+size(1)+6,
					entry(interval, size(2), 0x1010000, 2*interval),
					entry(interval, size(3), 0x1010000, 0))),
			container(&gomp4.Traf{}, tfhd(2), tfdt(90), // 90 ms late; it has the same delay, 40 ms per picture
				trun(0xf01, data+size(0)+size(1), entry(40, 6, 0x1010000, 80)),
				trun(0xf01, data+size(0)+size(1)+6+size(2)+size(3), entry(40, 6, 0x1010000, 120)))),
	)
	want = append(be32(want, uint32(8+len(body))), "mdat"...)
	if !bytes.Equal(head, want) {
		t.Errorf("part:\n%x\nwant:\n%x", head, want)
	}
}

func appendAll(t *testing.T, nodes ...node) (b []byte) {
	t.Helper()
	for _, n := range nodes {
		var err error
		if b, err = n.appendTo(b); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func push(t testing.TB, w *Writer, u *media.Unit) (ready bool) {
	t.Helper()
	ready, err := w.Push(u)
	if err != nil {
		t.Fatal(err)
	}
	return ready
}

// TestReferenceTime checks when a part says what time it is, and how sure it is (ISO/IEC 14496-12 §8.16.5).
func TestReferenceTime(t *testing.T) {
	track, units := clip(t, "plain")
	for _, test := range []struct {
		wall  clock.Estimate
		flags int // -1: no box
	}{
		{clock.Estimate{}, -1},
		{clock.Estimate{Time: started, State: clock.RxOnly, Source: clock.Arrival}, 8},
		{clock.Estimate{Time: started, State: clock.RxOnly, Source: clock.SenderReport}, 8},
		{clock.Estimate{Time: started, State: clock.Acquiring, Source: clock.SenderReport}, 24},
		{clock.Estimate{Time: started, State: clock.Locked, Source: clock.Arrival}, 8},
		{clock.Estimate{Time: started, State: clock.Locked, Source: clock.ONVIF}, 24},
		{clock.Estimate{Time: started, State: clock.Coasting, Source: clock.Play}, 24},
	} {
		w, err := NewWriter([]media.Track{track}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		units[0].Wall = test.wall
		push(t, w, units[0])
		head, _ := w.Part(nil)
		infos, err := gomp4.ExtractBoxWithPayload(bytes.NewReader(head), nil, gomp4.BoxPath{gomp4.StrToBoxType("prft")})
		if err != nil && err != io.EOF {
			t.Fatal(err)
		}
		flags := -1
		if len(infos) > 0 {
			flags = int(infos[0].Payload.(*prft).GetFlags())
		}
		if flags != test.flags {
			t.Errorf("%v %v: flags %d, want %d", test.wall.State, test.wall.Source, flags, test.flags)
		}
	}
}
