package stamp

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
)

// maxText bounds a text so that its record's length fits a byte.
const maxText = 237

// timingBlock is the memory that the records of parts already written are kept in, block by block: growing never
// copies. A block holds almost two minutes at 25 frames a second.
const timingBlock = 64 << 10

// Timing builds the timing boxes of one file. One goroutine owns it. It reads no clock: arrivals and other times of the
// recorder are counted from Start with the monotonic reading that time.Now gives, so that they don't jump when the
// host's clock is set.
type Timing struct {
	start  time.Time
	open   []byte   // records since the last part
	kept   [][]byte // records of the parts before, each slice up to timingBlock long
	parts  uint32
	tracks []trackState // by media.Track.ID
}

type trackState struct {
	known     bool
	clockRate uint32
	config    media.Config
	codec     string
	anchor    anchor
}

// anchor holds the values that the next frames of a track are counted from.
type anchor struct {
	set                   bool
	run, ssrc             uint32
	pts, arrival, capture int64
}

// NewTiming returns the builder for a file with the given tracks. Start is the time at which the recorder started, the
// same for all files of a recording; software is the name and version of the program.
func NewTiming(tracks []media.Track, start time.Time, software string) *Timing {
	if start.IsZero() {
		start = time.Unix(0, 0)
	}
	t := &Timing{start: start, open: make([]byte, 0, 4096)}
	at := t.begin(recordStart)
	t.time(start)
	t.text(software)
	t.end(at)
	for _, track := range tracks {
		t.addTrack(track)
	}
	return t
}

func (t *Timing) addTrack(track media.Track) {
	if track.ID < 0 || track.ID >= allTracks {
		return
	}
	for len(t.tracks) <= track.ID {
		t.tracks = append(t.tracks, trackState{})
	}
	state := &t.tracks[track.ID]
	*state = trackState{known: true, clockRate: track.ClockRate, config: track.Config}
	if track.Config != nil {
		state.codec = track.Config.Codec()
	}
	t.writeTrack(track.ID)
}

func (t *Timing) writeTrack(id int) {
	at := t.begin(recordTrack)
	t.open = append(t.open, byte(id))
	t.uint32(t.tracks[id].clockRate)
	t.text(t.tracks[id].codec)
	t.end(at)
}

// AddUnit records a unit that goes into the file, and the sender reports it carries, under the unit's SSRC. PTS must be
// the unwrapped RTP time stamp. Units of a track that NewTiming was not told of are ignored.
func (t *Timing) AddUnit(u *media.Unit) {
	if u.Track < 0 || u.Track >= len(t.tracks) || !t.tracks[u.Track].known {
		return
	}
	for _, r := range u.Reports {
		t.AddReport(u.Track, u.SSRC, r)
	}
	t.noteConfig(u)
	t.writeFrame(u)
	if u.Jump {
		at := t.begin(recordJump)
		t.open = append(t.open, byte(u.Track))
		t.end(at)
	}
}

func (t *Timing) noteConfig(u *media.Unit) {
	state := &t.tracks[u.Track]
	if u.Config == nil || u.Config == state.config {
		return
	}
	state.config = u.Config
	if codec := u.Config.Codec(); codec != state.codec {
		state.codec = codec
		t.writeTrack(u.Track)
	}
}

// AddReport records a sender report that no recorded unit carries: of units left out before the first key frame, for
// instance, or after the last unit.
func (t *Timing) AddReport(track int, ssrc uint32, r clock.Report) {
	if track < 0 || track >= allTracks {
		return
	}
	at := t.begin(recordReport)
	t.open = append(t.open, byte(track))
	t.uint32(uint32(r.Run))
	t.uint32(ssrc)
	t.int64(int64(r.NTP))
	t.int64(r.RTP)
	t.time(r.Arrival)
	t.uint32(uint32(r.Before))
	t.end(at)
}

// AddGap records that media are missing.
func (t *Timing) AddGap(g Gap) {
	at := t.begin(recordGap)
	t.open = append(t.open, trackByte(g.Track), byte(g.Cause))
	t.time(g.From)
	t.time(g.To)
	t.text(g.Text)
	t.end(at)
}

// AddHostClock records the state of the host's clock: at the start, and when it changes.
func (t *Timing) AddHostClock(h HostClock) {
	at := t.begin(recordHostClock)
	t.open = append(t.open, byte(h.State))
	t.time(h.At)
	t.int64(wallNanos(h.Wall))
	t.int64(max(-1, int64(h.Error)))
	t.end(at)
}

// AddLatency records that a constant delay of the camera is taken off the capture times.
func (t *Timing) AddLatency(l TimingLatency) {
	at := t.begin(recordLatency)
	t.open = append(t.open, trackByte(l.Track))
	t.int64(int64(l.Delay))
	t.end(at)
}

// AddFit records what the whole recording tells of the time of the unit that was added last, for a file that has only a
// part of it. It must be a unit of the track.
func (t *Timing) AddFit(track int, e clock.Estimate) {
	at := t.begin(recordFit)
	t.open = append(t.open, trackByte(track), byte(e.State), byte(e.Source))
	t.open = binary.BigEndian.AppendUint16(t.open, uint16(e.Flags))
	t.int64(wallNanos(e.Time))
	t.int64(int64(e.Error))
	t.end(at)
}

// trackByte returns a track's number as it stands in records that can concern all of them.
func trackByte(track int) byte {
	if track < 0 || track > allTracks {
		return allTracks
	}
	return byte(track)
}

func (t *Timing) writeFrame(u *media.Unit) {
	a := t.anchorFor(u)
	flags := frameFlags(u)
	at := t.begin(recordFrame)
	t.open = append(t.open, byte(u.Track), flags)
	t.open = binary.BigEndian.AppendUint16(t.open, uint16(min(max(0, u.Lost), math.MaxUint16)))
	t.open = append(t.open, byte(u.Wall.State), byte(u.Wall.Source))
	t.uint32(uint32(u.PTS - a.pts))
	t.uint32(offset(flags&frameNoArrival == 0, t.nanos(u.Arrival), a.arrival))
	t.uint32(offset(flags&frameNoCapture == 0, wallNanos(u.Wall.Time), a.capture))
	t.uint32(uint32(min(max(0, u.Wall.Error), math.MaxUint32)))
	t.writeOptional(u, flags)
	t.end(at)
}

func (t *Timing) writeOptional(u *media.Unit, flags byte) {
	if flags&frameLongError != 0 {
		t.int64(int64(u.Wall.Error))
	}
	if flags&frameAbsolute != 0 {
		t.open = append(t.open, byte(u.Source))
		t.int64(int64(u.Absolute))
	}
	if flags&frameOddRTP != 0 {
		t.uint32(u.RTP)
	}
	if flags&frameFlagged != 0 {
		t.open = binary.BigEndian.AppendUint16(t.open, uint16(u.Wall.Flags))
	}
}

func frameFlags(u *media.Unit) (flags byte) {
	set := func(on bool, flag byte) {
		if on {
			flags |= flag
		}
	}
	set(u.Key, frameKey)
	set(u.Damaged, frameDamaged)
	set(u.Arrival.IsZero(), frameNoArrival)
	set(u.Wall.Time.IsZero(), frameNoCapture)
	set(u.Wall.Error >= math.MaxUint32, frameLongError)
	set(u.Absolute != 0, frameAbsolute)
	set(u.RTP != uint32(u.PTS), frameOddRTP)
	set(u.Wall.Flags != 0, frameFlagged)
	return flags
}

// offset returns value-base, which anchorFor made sure fits 32 bits, or 0 when the value is unknown.
func offset(known bool, value, base int64) uint32 {
	if !known {
		return 0
	}
	return uint32(value - base)
}

// anchorFor returns the anchor of u's track, after writing a new one where the old does not serve u: at the start of a
// part, with a new run or SSRC, and when u is farther from it than 32 bits can say.
func (t *Timing) anchorFor(u *media.Unit) *anchor {
	a := &t.tracks[u.Track].anchor
	next := anchor{set: true, run: uint32(u.Run), ssrc: u.SSRC, pts: u.PTS, arrival: a.arrival, capture: a.capture}
	if !u.Arrival.IsZero() {
		next.arrival = t.nanos(u.Arrival)
	}
	if !u.Wall.Time.IsZero() {
		next.capture = u.Wall.Time.UnixNano()
	}
	if a.serves(next) {
		return a
	}
	*a = next
	at := t.begin(recordAnchor)
	t.open = append(t.open, byte(u.Track))
	t.uint32(a.run)
	t.uint32(a.ssrc)
	t.int64(a.pts)
	t.int64(a.arrival)
	t.int64(a.capture)
	t.end(at)
	return a
}

func (a *anchor) serves(next anchor) bool {
	return a.set && a.run == next.run && a.ssrc == next.ssrc &&
		fits(next.pts-a.pts) && fits(next.arrival-a.arrival) && fits(next.capture-a.capture)
}

func fits(d int64) bool { return d == int64(int32(d)) }

// AppendPart appends the timing box of the part that is about to be written to b: all records since the part before.
// Without any it appends nothing.
func (t *Timing) AppendPart(b []byte) []byte {
	if len(t.open) == 0 {
		return b
	}
	b = appendTimingHeader(b, timingChunk, t.parts, int64(len(t.open)))
	b = append(b, t.open...)
	t.keep()
	t.parts++
	for i := range t.tracks {
		t.tracks[i].anchor.set = false // each part can be read without the ones before
	}
	return b
}

// Drop forgets the frames since the last part, which were not written after all. Reports, gaps and what else was observed
// meanwhile stay for the next part.
func (t *Timing) Drop() {
	stays := t.open[:0]
	for rest := t.open; len(rest) > 0; {
		n := 2 + int(rest[1])
		switch rest[0] {
		case recordFrame, recordAnchor, recordFit, recordJump:
		default:
			stays = append(stays, rest[:n]...)
		}
		rest = rest[n:]
	}
	t.open = stays
	for i := range t.tracks {
		t.tracks[i].anchor.set = false
	}
}

// keep moves the open records to where AppendAll finds them.
func (t *Timing) keep() {
	last := len(t.kept) - 1
	if last < 0 || len(t.kept[last])+len(t.open) > cap(t.kept[last]) {
		t.kept = append(t.kept, make([]byte, 0, max(timingBlock, len(t.open))))
		last++
	}
	t.kept[last] = append(t.kept[last], t.open...)
	t.open = t.open[:0]
}

// AppendAll appends the timing box of the whole file to b, to stand beside its final moov.
func (t *Timing) AppendAll(b []byte) []byte {
	size := int64(len(t.open))
	for _, block := range t.kept {
		size += int64(len(block))
	}
	b = appendTimingHeader(b, timingWhole, t.parts, size)
	for _, block := range t.kept {
		b = append(b, block...)
	}
	return append(b, t.open...)
}

// appendTimingHeader appends what stands before the records: the box's header, with a 64-bit size if it must be
// (ISO/IEC 14496-12 §4.2), and the payload's.
func appendTimingHeader(b []byte, kind byte, number uint32, records int64) []byte {
	size := 4 + 4 + int64(len(TimingUUID)) + timingHeaderSize + records
	if size <= math.MaxUint32 {
		b = binary.BigEndian.AppendUint32(b, uint32(size))
		b = append(b, "uuid"...)
	} else {
		b = append(b, "\x00\x00\x00\x01uuid"...)
		b = binary.BigEndian.AppendUint64(b, uint64(size+8))
	}
	b = append(b, TimingUUID[:]...)
	b = append(b, timingVersion, kind, 0, 0)
	return binary.BigEndian.AppendUint32(b, number)
}

// nanos returns at in nanoseconds since 1970, counted from the start with the monotonic clock where both have it, and 0
// for the zero time: unknown.
func (t *Timing) nanos(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return t.start.UnixNano() + int64(at.Sub(t.start))
}

func wallNanos(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixNano()
}

// begin starts a record and returns the place of its length, for end.
func (t *Timing) begin(kind byte) int {
	t.open = append(t.open, kind, 0)
	return len(t.open) - 1
}

func (t *Timing) end(at int) { t.open[at] = byte(len(t.open) - at - 1) }

func (t *Timing) uint32(v uint32) { t.open = binary.BigEndian.AppendUint32(t.open, v) }

func (t *Timing) int64(v int64) { t.open = binary.BigEndian.AppendUint64(t.open, uint64(v)) }

func (t *Timing) time(at time.Time) { t.int64(t.nanos(at)) }

// text appends s as UTF-8, cut between characters.
func (t *Timing) text(s string) {
	s = strings.ToValidUTF8(s, "?")
	n := min(len(s), maxText)
	for n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	t.open = append(t.open, s[:n]...)
}
