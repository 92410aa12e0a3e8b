package stamp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
)

// TimingBox is the content of the timing boxes of one file. Frames, reports, gaps and states stand in the order in which
// they were recorded, which for the frames of a track is decode order.
type TimingBox struct {
	Start      time.Time // when the recorder started
	Software   string    // its name and version
	Tracks     []TimingTrack
	Frames     []TimingFrame
	Reports    []TimingReport
	Gaps       []Gap
	HostClocks []HostClock
	Latencies  []TimingLatency
	Missing    int // parts without a box, by their numbers

	// Take, if it is set before the first Add, is lent each frame instead of Frames, which stay empty: a day has two million.
	// What was recorded before the frame is in the other lists then. Nil tells that a box of the whole file begins, which
	// replaces all so far.
	Take func(*TimingFrame)

	parts   uint32
	anchors map[byte]anchor
	newest  map[byte]int // by track: index of the newest report
}

// Add reads the payload of one more box of the file, which is what follows the box's UUID. A box of the whole file
// replaces what the parts before it said. After an error everything that stood before the error is there.
func (t *TimingBox) Add(payload []byte) error {
	if len(payload) < timingHeaderSize {
		return fmt.Errorf("stamp: timing box: %d bytes, shorter than its header", len(payload))
	}
	if payload[0] != timingVersion {
		return fmt.Errorf("stamp: timing box: byte 0: version %d, this program knows %d", payload[0], timingVersion)
	}
	number := binary.BigEndian.Uint32(payload[4:])
	switch payload[1] {
	case timingWhole:
		*t = TimingBox{parts: number, Take: t.Take}
		if t.Take != nil {
			t.Take(nil)
		}
	case timingChunk:
		if number < t.parts {
			return nil // known from another box
		}
		t.Missing += int(min(number-t.parts, 1<<30))
		t.parts = number + 1
	default:
		return nil // of a later program
	}
	err := t.records(payload)
	t.pass()
	return err
}

// AddAll adds the boxes of a whole file, as mp4.File.UUID lists those with TimingUUID. It ends at the first error.
func (t *TimingBox) AddAll(payloads iter.Seq2[[]byte, error]) error {
	for payload, err := range payloads {
		if err == nil {
			err = t.Add(payload)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// records reads all records of a payload.
func (t *TimingBox) records(payload []byte) error {
	t.anchors = map[byte]anchor{}
	if t.newest == nil {
		t.newest = map[byte]int{}
	}
	for at := timingHeaderSize; at < len(payload); {
		if len(payload)-at < 2 || len(payload)-at-2 < int(payload[at+1]) {
			return fmt.Errorf("stamp: timing box: byte %d: record cut off by the end", at)
		}
		body := payload[at+2 : at+2+int(payload[at+1])]
		if err := t.record(payload[at], body); err != nil {
			return fmt.Errorf("stamp: timing box: byte %d: %w", at, err)
		}
		at += 2 + len(body)
	}
	return nil
}

// recordKinds says how to read each type of record, and the least number of bytes it has. Longer ones are of a later
// program, whose additions stand at the end.
var recordKinds = [...]struct {
	name string
	size int
	read func(*TimingBox, *fields) error
}{
	recordStart:     {"start", startSize, (*TimingBox).readStart},
	recordTrack:     {"track", trackSize, (*TimingBox).readTrack},
	recordAnchor:    {"anchor", anchorSize, (*TimingBox).readAnchor},
	recordFrame:     {"frame", frameSize, (*TimingBox).readFrame},
	recordReport:    {"report", reportSize, (*TimingBox).readReport},
	recordGap:       {"gap", gapSize, (*TimingBox).readGap},
	recordHostClock: {"host clock", hostClockSize, (*TimingBox).readHostClock},
	recordLatency:   {"latency", latencySize, (*TimingBox).readLatency},
	recordFit:       {"fit", fitSize, (*TimingBox).readFit},
	recordJump:      {"jump", jumpSize, (*TimingBox).readJump},
}

func (t *TimingBox) record(kind byte, body []byte) error {
	if int(kind) >= len(recordKinds) || recordKinds[kind].read == nil {
		return nil // of a later program
	}
	k := &recordKinds[kind]
	if len(body) < k.size {
		return fmt.Errorf("%s record of %d bytes, shorter than %d", k.name, len(body), k.size)
	}
	f := fields{rest: body}
	if err := k.read(t, &f); err != nil {
		return err
	}
	if f.short {
		return fmt.Errorf("%s record of %d bytes, shorter than its flags say", k.name, len(body))
	}
	return nil
}

func (t *TimingBox) readStart(f *fields) error {
	t.Start, t.Software = f.time(), f.text()
	return nil
}

func (t *TimingBox) readTrack(f *fields) error {
	track := TimingTrack{ID: int(f.byte()), ClockRate: f.uint32(), Codec: f.text()}
	for i := range t.Tracks {
		if t.Tracks[i].ID == track.ID {
			t.Tracks[i] = track
			return nil
		}
	}
	t.Tracks = append(t.Tracks, track)
	return nil
}

func (t *TimingBox) readAnchor(f *fields) error {
	track := f.byte()
	if track == allTracks {
		return errors.New("anchor of all tracks")
	}
	t.anchors[track] = anchor{run: f.uint32(), ssrc: f.uint32(), pts: f.int64(), arrival: f.int64(), capture: f.int64()}
	return nil
}

func (t *TimingBox) readFrame(f *fields) error {
	track, flags := f.byte(), f.byte()
	a, ok := t.anchors[track]
	if !ok {
		return fmt.Errorf("frame of track %d before any anchor", track)
	}
	frame := TimingFrame{
		Track: int(track), Run: int(a.run), SSRC: a.ssrc,
		Key: flags&frameKey != 0, Damaged: flags&frameDamaged != 0, Lost: int(f.uint16()),
	}
	frame.Wall.State, frame.Wall.Source = clock.State(f.byte()), clock.Source(f.byte())
	frame.PTS = a.pts + f.int32()
	frame.RTP = uint32(frame.PTS)
	frame.Arrival = optionalTime(flags&frameNoArrival == 0, a.arrival+f.int32())
	frame.Wall.Time = optionalTime(flags&frameNoCapture == 0, a.capture+f.int32())
	frame.Wall.Error = time.Duration(f.uint32())
	frame.optional(f, flags)
	frame.AfterReport = -1
	if i, ok := t.newest[track]; ok {
		frame.AfterReport = i
	}
	if !f.short {
		t.pass()
		t.Frames = append(t.Frames, frame)
	}
	return nil
}

// pass gives on the frame in hand, which no record can belong to any more.
func (t *TimingBox) pass() {
	if t.Take == nil {
		return
	}
	for i := range t.Frames {
		t.Take(&t.Frames[i])
	}
	t.Frames = t.Frames[:0]
}

// optional reads the fields that the flags announce.
func (frame *TimingFrame) optional(f *fields, flags byte) {
	if flags&frameLongError != 0 {
		frame.Wall.Error = time.Duration(f.int64())
	}
	if flags&frameAbsolute != 0 {
		frame.Source, frame.Absolute = clock.Source(f.byte()), ntp.Time(f.int64())
	}
	if flags&frameOddRTP != 0 {
		frame.RTP = f.uint32()
	}
	if flags&frameFlagged != 0 {
		frame.Wall.Flags = clock.Flags(f.uint16())
	}
}

func (t *TimingBox) readReport(f *fields) error {
	track := f.byte()
	r := TimingReport{Track: int(track)}
	r.Run, r.SSRC = int(f.uint32()), f.uint32()
	r.NTP, r.RTP, r.Arrival, r.Before = ntp.Time(f.int64()), f.int64(), f.time(), int(f.uint32())
	t.newest[track] = len(t.Reports)
	t.Reports = append(t.Reports, r)
	return nil
}

func (t *TimingBox) readGap(f *fields) error {
	t.Gaps = append(t.Gaps, Gap{Track: f.track(), Cause: Cause(f.byte()), From: f.time(), To: f.time(), Text: f.text()})
	return nil
}

func (t *TimingBox) readHostClock(f *fields) error {
	h := HostClock{State: HostState(f.byte()), At: f.time(), Wall: f.time(), Error: time.Duration(f.int64())}
	t.HostClocks = append(t.HostClocks, h)
	return nil
}

func (t *TimingBox) readLatency(f *fields) error {
	t.Latencies = append(t.Latencies, TimingLatency{Track: f.track(), Delay: time.Duration(f.int64())})
	return nil
}

// readFit belongs to the frame before it. Of a frame that is not there it tells nothing.
func (t *TimingBox) readFit(f *fields) error {
	track := f.track()
	e := clock.Estimate{State: clock.State(f.byte()), Source: clock.Source(f.byte()), Flags: clock.Flags(f.uint16())}
	e.Time, e.Error = f.time(), time.Duration(f.int64())
	if frame := t.last(track); frame != nil {
		frame.Fit = e
	}
	return nil
}

// readJump belongs to the frame before it, too.
func (t *TimingBox) readJump(f *fields) error {
	if frame := t.last(f.track()); frame != nil {
		frame.Jump = true
	}
	return nil
}

// last returns the last frame if it is of the track, or nil.
func (t *TimingBox) last(track int) *TimingFrame {
	if last := len(t.Frames) - 1; last >= 0 && t.Frames[last].Track == track {
		return &t.Frames[last]
	}
	return nil
}

func optionalTime(known bool, nanos int64) time.Time {
	if !known {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}

// fields reads a record's body field by field. Beyond the end all fields are 0 and short is set.
type fields struct {
	rest  []byte
	short bool
}

func (f *fields) next(n int) uint64 {
	if len(f.rest) < n {
		f.rest, f.short = nil, true
		return 0
	}
	var v uint64
	for _, b := range f.rest[:n] {
		v = v<<8 | uint64(b)
	}
	f.rest = f.rest[n:]
	return v
}

func (f *fields) byte() byte     { return byte(f.next(1)) }
func (f *fields) uint16() uint16 { return uint16(f.next(2)) }
func (f *fields) uint32() uint32 { return uint32(f.next(4)) }
func (f *fields) int32() int64   { return int64(int32(f.next(4))) }
func (f *fields) int64() int64   { return int64(f.next(8)) }

// track reads the number of a track, -1 for all of them.
func (f *fields) track() int {
	if track := f.byte(); track != allTracks {
		return int(track)
	}
	return -1
}

// time reads nanoseconds since 1970; 0 is the zero time: unknown.
func (f *fields) time() time.Time {
	nanos := f.int64()
	return optionalTime(nanos != 0, nanos)
}

// text returns the rest of the body.
func (f *fields) text() string {
	s := strings.ToValidUTF8(string(f.rest), "\ufffd")
	f.rest = nil
	return s
}
