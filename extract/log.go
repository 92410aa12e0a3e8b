package extract

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/ntp"
)

// LogFile is one of the two tables of a packet log.
type LogFile struct {
	Name string // in errors
	io.Reader
}

// ReadLog reads a packet log: two tables in CSV with a header line each, plain or gzipped, columns in any order.
//
// A row per frame, in any order: rtp_timestamp, and as far as known index (a number of one's own; else that of the row,
// from 0), receive_time_ns (when its first packet came, since 1970), decode_order (else that of the rows), ssrc
// (hexadecimal). A row per sender report: ntp_hex (16 digits), rtp_timestamp, packet_index (how many of the frames came
// before it), and as far as known receive_time_ns and ssrc. Other columns are passed over. Errors name file, line, column.
func ReadLog(frames, reports LogFile) (*Recording, error) {
	log := packetLog{highest: -1}
	if err := log.readFrames(frames); err != nil {
		return nil, fmt.Errorf("extract: %w", err)
	}
	if err := log.readReports(reports); err != nil {
		return nil, fmt.Errorf("extract: %w", err)
	}
	if len(log.frames) == 0 {
		return nil, fmt.Errorf("extract: %s: line 1: no frames below it", frames.Name)
	}
	return log.recording(), nil
}

// packetLog is what the tables say.
type packetLog struct {
	frames  []logFrame
	reports []logReport
	told    bool           // SSRCs of frames
	highest int64          // index so far
	taken   map[int64]bool // indices, once one came that is lower than another before it
	runs    []logRun
	ofSSRC  map[uint32][]int // runs by SSRC, in order
}

type logFrame struct {
	order   int64
	arrival int64 // ns since 1970; 0: unknown
	index   int32
	rtp     uint32
	ssrc    uint32
}

type logReport struct {
	line     int
	ntp      ntp.Time
	rtp      uint32
	arrival  time.Time
	before   int
	ssrc     uint32
	anySSRC  bool // the log does not tell it
	fileName string
}

// logRun is a stretch of frames of one SSRC.
type logRun struct{ first, last int }

func (l *packetLog) readFrames(file LogFile) error {
	t, err := newTable(file, "rtp_timestamp")
	if err != nil {
		return err
	}
	for t.next() {
		l.frames = append(l.frames, l.readFrame(t))
	}
	slices.SortStableFunc(l.frames, func(a, b logFrame) int { return cmp.Compare(a.order, b.order) })
	return t.end()
}

func (l *packetLog) readFrame(t *table) logFrame {
	number := int64(len(l.frames))
	index := t.whole("index", number, math.MaxInt32)
	if !l.take(index) {
		t.bad("index", "that of another row")
	}
	f := logFrame{
		index: int32(index), order: t.whole("decode_order", number, math.MaxInt64),
		rtp: uint32(t.unsigned("rtp_timestamp", 10, 32)), arrival: t.arrival(),
	}
	ssrc, unknown := t.ssrc()
	f.ssrc, l.told = ssrc, l.told || !unknown
	return f
}

// take reports whether no row before has the index.
func (l *packetLog) take(index int64) bool {
	if index > l.highest {
		l.highest = index
		if l.taken != nil {
			l.taken[index] = true
		}
		return true
	}
	if l.taken == nil {
		l.taken = map[int64]bool{}
		for i := range l.frames {
			l.taken[int64(l.frames[i].index)] = true
		}
	}
	if l.taken[index] {
		return false
	}
	l.taken[index] = true
	return true
}

func (l *packetLog) readReports(file LogFile) error {
	t, err := newTable(file, "ntp_hex", "rtp_timestamp", "packet_index")
	if err != nil {
		return err
	}
	for t.next() {
		l.reports = append(l.reports, readLogReport(t))
	}
	slices.SortStableFunc(l.reports, func(a, b logReport) int { return cmp.Compare(a.before, b.before) })
	return t.end()
}

func readLogReport(t *table) logReport {
	r := logReport{
		fileName: t.name, line: t.line, ntp: ntp.Time(t.unsigned("ntp_hex", 16, 64)),
		rtp: uint32(t.unsigned("rtp_timestamp", 10, 32)), arrival: arrived(t.arrival()),
		before: int(t.whole("packet_index", 0, math.MaxInt32)),
	}
	r.ssrc, r.anySSRC = t.ssrc()
	return r
}

func (t *table) arrival() int64 { return t.whole("receive_time_ns", 0, math.MaxInt64) }

// arrived returns the zero time where the log does not tell it.
func arrived(nanos int64) time.Time {
	if nanos == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}

func (t *table) ssrc() (ssrc uint32, unknown bool) {
	if t.cell("ssrc") == "" {
		return 0, true
	}
	return uint32(t.unsigned("ssrc", 16, 32)), false
}

// recording puts frames and reports together. A new SSRC is a new run.
func (l *packetLog) recording() *Recording {
	r := &Recording{Origin: PacketLog, ClockRate: h264.ClockRate, Segments: make([]Segment, 1)}
	frames := l.unwrap()
	r.Frames = Frames{places: frames.places[:0], observed: frames.observed[:0]} // in their place
	b, next := newBuilder(r), 0
	for i, f := range frames.All() {
		for ; next < len(l.reports) && l.reports[next].before <= i; next++ {
			r.skip(l.addReport(b, frames, &l.reports[next]))
		}
		b.addFrame(f)
	}
	for ; next < len(l.reports) && frames.Len() > 0; next++ {
		r.skip(l.addReport(b, frames, &l.reports[next]))
	}
	return r
}

// unwrap returns the frames with their runs and, as PTS, their place in the order in which they are shown.
func (l *packetLog) unwrap() *Frames {
	list := &Frames{}
	list.grow(len(l.frames))
	l.ofSSRC = map[uint32][]int{}
	var rtp int64
	for i, f := range l.frames {
		if i == 0 || f.ssrc != l.frames[i-1].ssrc {
			l.ofSSRC[f.ssrc] = append(l.ofSSRC[f.ssrc], len(l.runs))
			l.runs = append(l.runs, logRun{first: i})
			rtp = int64(f.rtp)
		} else {
			rtp += int64(int32(f.rtp - l.frames[i-1].rtp)) // RFC 3550 §5.1
		}
		run := len(l.runs) - 1
		l.runs[run].last = i
		list.Add(Frame{Number: int(f.index), Stamped: true, Sent: f.rtp,
			Frame: clock.Frame{RTP: rtp, Run: run, Arrival: arrived(f.arrival)}})
	}
	shown(list, h264.ClockRate)
	return list
}

// addReport adds a report that came after all frames so far, if any frame is of its SSRC.
func (l *packetLog) addReport(b *builder, frames *Frames, r *logReport) error {
	near, ok := l.nearest(r, frames.Len())
	if !ok {
		return fmt.Errorf("extract: %s: line %d: no frame has SSRC %08x", r.fileName, r.line, r.ssrc)
	}
	f := frames.At(near)
	place := f.RTP + int64(int32(r.rtp-f.Sent))
	b.addReport(clock.Report{NTP: r.ntp, RTP: place, Run: f.Run, Arrival: r.arrival}, &f.Frame)
	return nil
}

// nearest returns the frame of the report's SSRC that came nearest to it, the one before it if there is one.
func (l *packetLog) nearest(r *logReport, frames int) (int, bool) {
	at := min(max(r.before-1, 0), frames-1)
	if r.anySSRC || !l.told || l.frames[at].ssrc == r.ssrc {
		return at, true
	}
	runs := l.ofSSRC[r.ssrc]
	later, _ := slices.BinarySearchFunc(runs, at, func(run, at int) int { return cmp.Compare(l.runs[run].first, at) })
	switch {
	case len(runs) == 0:
		return 0, false
	case later == len(runs):
		return l.runs[runs[later-1]].last, true
	case later == 0 || l.runs[runs[later]].first-at < at-l.runs[runs[later-1]].last:
		return l.runs[runs[later]].first, true
	}
	return l.runs[runs[later-1]].last, true
}

// shown sets each frame's PTS to its place in the order in which frames are shown.
func shown(list *Frames, clockRate uint32) {
	frames := list.observed
	order, stretch := make([]int32, len(frames)), make([]int32, len(frames))
	begins := clock.NewShown(clockRate)
	for i := range frames {
		order[i], stretch[i] = int32(i), int32(i)
		if !begins.Begins(&frames[i]) {
			stretch[i] = stretch[i-1]
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(stretch[a], stretch[b]), cmp.Compare(frames[a].RTP, frames[b].RTP))
	})
	for place, i := range order {
		list.places[i].pts = int64(place)
	}
}
