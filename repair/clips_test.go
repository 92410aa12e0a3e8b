package repair

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/clips"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// interval is the distance of pictures in ticks.
const interval = 3600

// started is when the recordings of the tests begin.
var started = time.Date(2026, 11, 20, 12, 0, 0, 250e6, time.UTC)

// clip returns the track and the units of a clip of package mp4.
func clip(t testing.TB, name string) (media.Track, []*media.Unit) {
	t.Helper()
	track, units := clips.Read(t, "../mp4/testdata/"+name+".h264")
	for i, u := range units {
		at(u, i, int64(i))
	}
	return track, units
}

// at gives u the times of the i-th unit in order of decoding, the shown-th in order of presentation.
func at(u *media.Unit, i int, shown int64) {
	u.PTS = 1<<40 + shown*interval
	u.RTP = uint32(u.PTS)
	u.SSRC = 0x1234
	u.Arrival = started.Add(time.Duration(i) * 40 * time.Millisecond)
	u.Wall = clock.Estimate{Time: u.Arrival.Add(-20 * time.Millisecond), State: clock.Locked, Source: clock.SenderReport}
	if i%10 == 0 {
		u.Reports = []clock.Report{{NTP: 1, RTP: u.PTS, Arrival: u.Arrival, Before: i}}
	}
}

// bframes returns a clip with B-frames.
func bframes(t testing.TB) (media.Track, []*media.Unit) {
	track, units := clip(t, "bframes")
	units = units[:25] // the first group of pictures
	for i, u := range units {
		at(u, i, clips.BFrames[i])
	}
	return track, units
}

// fat returns units whose pictures are larger than what else is in a part.
func fat(units []*media.Unit) (fat []*media.Unit) {
	for _, u := range units {
		u = u.Clone()
		u.Data = append(u.Data, bytes.Repeat([]byte{0x41, 0x9a, 0x77}, 1000))
		fat = append(fat, u)
	}
	return fat
}

// recording is the bytes of one in the states that it goes through.
type recording struct {
	growing, appended, finished []byte
	header                      int   // bytes
	ends                        []int // of the parts
	frames                      []int // up to the end of each part
}

// recorded writes units as a recorder does. next is the unit after the last one, or nil.
func recorded(t testing.TB, tracks []media.Track, units []*media.Unit, next *media.Unit) recording {
	t.Helper()
	w, err := mp4.NewWriter(tracks, mp4.Options{Created: started, Part: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	timing := stamp.NewTiming(tracks, started, "timeslate test")
	r := recording{growing: slices.Clone(w.Header()), header: len(w.Header())}
	count := 0
	part := func() {
		head, body := w.Part(timing.AppendPart(nil))
		r.growing = append(append(r.growing, head...), body...)
		r.ends, r.frames = append(r.ends, len(r.growing)), append(r.frames, count)
	}
	for _, u := range units {
		ready, err := w.Push(u)
		if err != nil {
			t.Fatal(err)
		}
		if ready {
			part()
		}
		timing.AddUnit(u)
		count++
	}
	if next != nil {
		w.Next(next)
	}
	part()
	tail, at, patch, err := w.Finish(timing.AppendAll(nil))
	if err != nil {
		t.Fatal(err)
	}
	r.appended = append(slices.Clone(r.growing), tail...)
	r.finished = slices.Clone(r.appended)
	copy(r.finished[at:], patch[:])
	return r
}

// memory is a disk. It fails when it has done what it may.
type memory struct {
	b       []byte
	room    int // bytes it takes; -1: any number
	actions int // it does; -1: any number

	dirty  bool // something was written since the last sync
	hasty  bool // a patch was written before what it makes valid was synced
	synced int
}

func diskOf(b []byte) *memory { return &memory{b: slices.Clone(b), room: -1, actions: -1} }

var errDisk = errors.New("the disk failed")

func (m *memory) act() bool {
	m.actions--
	return m.actions != -1
}

func (m *memory) WriteAt(b []byte, at int64) (n int, err error) {
	atomic := len(b) == 16 // a write within a sector
	if !m.act() || atomic && m.room >= 0 && m.room < len(b) {
		return 0, errDisk
	}
	m.hasty = m.hasty || atomic && m.dirty
	m.dirty = true
	for n < len(b) {
		if m.room == 0 {
			return n, errDisk
		}
		m.room--
		if i := int(at) + n; i < len(m.b) {
			m.b[i] = b[n]
		} else {
			m.b = append(m.b, b[n])
		}
		n++
	}
	return n, nil
}

func (m *memory) Truncate(size int64) error {
	if !m.act() {
		return errDisk
	}
	m.b, m.dirty = m.b[:size], true
	return nil
}

func (m *memory) Sync() error {
	if !m.act() {
		return errDisk
	}
	m.dirty = false
	m.synced++
	return nil
}

// repaired returns what becomes of a file.
func repaired(t testing.TB, b []byte) ([]byte, Report) {
	t.Helper()
	p, err := newPlan(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	d := diskOf(b)
	if err := p.apply(d); err != nil {
		t.Fatal(err)
	}
	if d.hasty || d.dirty || p.report.Repaired && d.synced < 2 { // an index without its patch may not be on the disk yet either
		t.Fatalf("hasty %v, dirty %v, synced %d times: %+v", d.hasty, d.dirty, d.synced, p.report)
	}
	if int64(len(d.b)) != p.report.Bytes {
		t.Fatalf("%d bytes, the report says %+v", len(d.b), p.report)
	}
	return d.b, p.report
}

func open(t testing.TB, b []byte) *mp4.File {
	t.Helper()
	f, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var _ disk = (*memory)(nil)
var _ io.WriterAt = (*os.File)(nil)
