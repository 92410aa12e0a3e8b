package mp4

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/timeslate/timeslate/media"
)

// Limits of the Writer.
const (
	// DefaultPart bounds what a crash costs. Shorter parts cost more bytes and writes than they save.
	DefaultPart = 500 * time.Millisecond

	// DefaultPartBytes closes a part early. Half a second of a 32 Mbit/s camera fits; faster ones get shorter parts. Two
	// parts are in memory.
	DefaultPartBytes = 2 << 20

	// maxUnit is the largest unit in bytes: several times the largest picture of H.264 level 6.2 seen in practice, and
	// small enough that offsets within a part fit the 31 bits of a track run box.
	maxUnit = 64 << 20

	// maxPartUnits closes a part whose time does not advance.
	maxPartUnits = 4096

	// maxJump is how far a PTS may lie from the largest before it, in ticks: 6.6 h at 90 kHz. Durations and composition
	// offsets in a file have 32 bits.
	maxJump = 1 << 31

	// maxDescriptions is the number of different parameter sets in one file. More means that the camera is broken.
	maxDescriptions = 256

	// nalLength is the size in bytes of the length before each NAL unit.
	nalLength = 4
)

// errFinished is the sticky error after Finish.
var errFinished = errors.New("mp4: the file is finished")

// Options are the settings of a Writer. The zero value is good.
type Options struct {
	Part      time.Duration // longest time that a part spans; 0 means DefaultPart
	PartBytes int           // a part that would grow beyond is closed before; 0, or more than 64 MiB, means DefaultPartBytes
	Created   time.Time     // capture time of the first frame, the file's creation time; zero means unknown
}

// Writer makes the bytes of one file. Its user appends to the file what Header returns, then, each time Push says so,
// what Part returns, and ends with Finish:
//
//	write(w.Header())
//	for u := range units {
//		ready, err := w.Push(u)
//		if ready {
//			write(w.Part(nil))
//		}
//	}
//	tail, at, patch, err := w.Finish(nil)
//	write(tail); sync(); writeAt(patch, at)
//
// The PTS of a track's units must be continuous over the whole file, also when a camera starts anew, and PTS / ClockRate
// must be the same instant in all tracks. The file's time starts at 0 at the earliest unit of the first part; when a track
// shows up later with units from before that, the time of the finished file starts there.
//
// One goroutine owns a Writer. What its methods return is borrowed until the next call.
type Writer struct {
	o      Options
	tracks []*track
	header []byte
	freeAt int64 // where in the header the free box is
	pos    int64 // bytes handed out

	open, done  *part // done is complete and waits for Part
	begun       bool  // the origin of time is known
	sequence    uint32
	head        []byte
	dataOffsets []int // places in head to be patched
	err         error // sticky
}

// NewWriter returns a Writer for a file with the given tracks; their IDs must count from 0. A track whose Config is nil or
// of a codec without a sample entry is an error: where the camera has not told its parameters yet, the first unit that can
// be decoded alone has them in its Config.
func NewWriter(tracks []media.Track, o Options) (*Writer, error) {
	if o.Part <= 0 {
		o.Part = DefaultPart
	}
	if o.PartBytes <= 0 || o.PartBytes > maxUnit {
		o.PartBytes = DefaultPartBytes
	}
	if len(tracks) == 0 {
		return nil, errors.New("mp4: no tracks")
	}
	w := &Writer{o: o, open: newPart(len(tracks)), done: newPart(len(tracks))}
	for i, m := range tracks {
		codec, err := codecOf(m.Config)
		if err != nil {
			return nil, fmt.Errorf("mp4: track %d: %w", i, err)
		}
		if m.ID != i || m.ClockRate == 0 {
			return nil, fmt.Errorf("mp4: track %d: ID %d, clock rate %d", i, m.ID, m.ClockRate)
		}
		w.tracks = append(w.tracks, newTrack(m, codec))
	}
	if err := w.buildHeader(); err != nil {
		return nil, err
	}
	return w, nil
}

// Header returns the beginning of the file. A track whose Config allows B-frames has an edit list in it that makes good for
// the reordering delay; where the Config does not say, the depth is measured on the first part, and players based on ffmpeg
// show a growing file with B-frames late by their delay. The finished file is right in any case.
func (w *Writer) Header() []byte { return w.header }

// Push copies u into the open part. When partReady, the part before u is complete, and Part must be called before the next
// Push: the open part starts with u.
//
// An error is sticky: the Writer takes no more units. What it has taken can still be finished.
func (w *Writer) Push(u *media.Unit) (partReady bool, err error) {
	if w.err != nil {
		return false, w.err
	}
	partReady, w.err = w.push(u)
	return partReady, w.err
}

func (w *Writer) push(u *media.Unit) (bool, error) {
	t, err := w.check(u)
	if err != nil {
		return false, err
	}
	desc, changed, err := t.description(u.Config)
	if err != nil {
		return false, err
	}
	sets := t.missingSets(u, changed)
	ready := w.full(t, u)
	if ready {
		w.closePart()
	}
	w.open.add(t.ID, u, t.codec, desc, sets)
	t.pushed(u.PTS)
	if t.order.begun {
		samples := w.open.tracks[t.ID].samples
		samples[len(samples)-1].dts = t.order.next(u.PTS)
	}
	return ready, nil
}

// check returns the track of u, or what makes it impossible to store u.
func (w *Writer) check(u *media.Unit) (*track, error) {
	if w.done.units > 0 {
		return nil, errors.New("mp4: Push before Part took the part that is ready")
	}
	if u.Track < 0 || u.Track >= len(w.tracks) {
		return nil, fmt.Errorf("mp4: unit of track %d in a file with %d tracks", u.Track, len(w.tracks))
	}
	t := w.tracks[u.Track]
	if size := t.codec.unitSize(u.Data); size == 0 || size > maxUnit {
		return nil, fmt.Errorf("mp4: track %d: unit of %d bytes at PTS %d", u.Track, size, u.PTS)
	}
	return t, t.checkTime(u.PTS)
}

// full reports whether the open part has to end before u, by u's own clock or by its size.
func (w *Writer) full(t *track, u *media.Unit) bool {
	p := w.open
	if p.units == 0 {
		return false
	}
	if p.units >= maxPartUnits || int64(len(p.body))+t.codec.unitSize(u.Data) > int64(w.o.PartBytes) {
		return true
	}
	samples := p.tracks[t.ID].samples
	if len(samples) == 0 {
		return false
	}
	limit, since := t.ticks(w.o.Part), u.PTS-samples[0].pts
	lasts := max(0, u.PTS-t.newest) // as long as the unit before it, probably
	return since+lasts > limit || since < -limit
}

// closePart makes the open part the one that is done.
func (w *Writer) closePart() {
	w.open, w.done = w.done, w.open
	w.open.reset()
	w.settle(w.done)
}

// settle gives each sample of p its DTS, if it could not get it before.
func (w *Writer) settle(p *part) {
	w.begin(p)
	for i, t := range w.tracks {
		if samples := p.tracks[i].samples; !t.order.begun && len(samples) > 0 {
			t.begin(samples)
		}
	}
}

// begin fixes where the file's time starts: at the earliest sample of the first part, on every track's clock.
func (w *Writer) begin(p *part) {
	if w.begun {
		return
	}
	w.begun = true
	var first *track
	var zero int64
	for i, t := range w.tracks {
		for _, s := range p.tracks[i].samples {
			if at := s.pts + t.moved; first == nil || at < Rescale(zero, first.ClockRate, t.ClockRate) {
				first, zero = t, at
			}
		}
	}
	for _, t := range w.tracks {
		t.base = Rescale(zero, first.ClockRate, t.ClockRate)
	}
}

// Next tells the time of the unit that comes after the last one pushed on its track but goes to another file, so that the
// last one gets its true duration. It takes nothing else of u. No unit of the track may be pushed after it.
func (w *Writer) Next(u *media.Unit) {
	if u.Track < 0 || u.Track >= len(w.tracks) {
		return
	}
	if w.open.units > 0 {
		w.settle(w.open)
	}
	t := w.tracks[u.Track]
	if t.order.begun && t.checkTime(u.PTS) == nil {
		t.end(u.PTS)
	}
}

// Part returns the part that is ready. When none is, it closes the open one, which is how to save what a camera sent that
// has fallen silent, and what came last before Finish. The part is head followed by body; head begins with before, which
// must be whole boxes. Both are nil when there is nothing to write.
func (w *Writer) Part(before []byte) (head, body []byte) {
	if w.done.units == 0 {
		if w.open.units == 0 {
			return nil, nil
		}
		w.closePart()
	}
	p := w.done
	w.measure(p)
	w.head = append(w.head[:0], before...)
	w.head = w.appendPRFT(w.head, p)
	w.head = w.appendMoof(w.head, p)
	w.head = be32(w.head, uint32(boxHeader+len(p.body)))
	w.head = append(w.head, "mdat"...)
	w.record(p, w.pos+int64(len(w.head)))
	w.pos += int64(len(w.head)) + int64(len(p.body))
	p.units = 0 // its memory stays as it is until the next part is closed
	return w.head, p.body
}

// Drop throws away the part that is ready or, when none is, what there is of the next one, as if its units had not been
// pushed: for a disk that doesn't take them. The file goes on with a hole in its time.
func (w *Writer) Drop() {
	if w.done.units > 0 {
		w.done.reset()
	} else {
		w.open.reset()
	}
	w.begun = w.begun && w.sequence > 0
	for _, t := range w.tracks {
		if !t.written {
			t.restart()
		}
	}
}

// Shift moves a track against the others by ticks of its clock, later if they are positive, because it turned out that its
// PTS did not stand beside theirs as they should. Its units are pushed with the same PTS as before. What is written
// already moves only when the file is finished; until then the track has a step there.
func (w *Writer) Shift(track int, ticks int64) {
	if track >= 0 && track < len(w.tracks) {
		w.tracks[track].moved += ticks
	}
}

// measure gives the samples of p their durations: up to the next one, or else as long as the one before.
func (w *Writer) measure(p *part) {
	for i, t := range w.tracks {
		samples := p.tracks[i].samples
		for j := range samples {
			if next, ok := w.following(i, samples[j+1:]); ok {
				t.duration = clampUint32(next - samples[j].dts)
			}
			samples[j].duration = t.duration
		}
	}
}

// following returns the DTS of the unit that comes after a sample of a track; rest is what comes after it in its part.
func (w *Writer) following(track int, rest []sample) (dts int64, ok bool) {
	if len(rest) > 0 {
		return rest[0].dts, true
	}
	if open := w.open.tracks[track].samples; len(open) > 0 {
		return open[0].dts, true
	}
	t := w.tracks[track]
	return t.endDTS, t.ended
}

// record enters the samples of p, whose body stands at pos in the file, in the sample tables.
func (w *Writer) record(p *part, pos int64) {
	for i, t := range w.tracks {
		for _, s := range p.tracks[i].samples {
			t.record(s)
		}
		for _, r := range p.tracks[i].runs {
			t.tables.chunk(pos+int64(r.offset), uint32(r.samples), r.desc)
		}
	}
}

// Finish returns the end of the file: what has not been written yet as last parts, the full moov, and after, which must be
// whole boxes. Once tail is appended, and synced if that matters, patch goes to the position patchAt: from that write on
// the file is a plain MP4. Until then moov and after are hidden in a free box, since players complain about a second moov.
func (w *Writer) Finish(after []byte) (tail []byte, patchAt int64, patch [16]byte, err error) {
	if w.err == errFinished {
		return nil, 0, patch, w.err
	}
	for w.done.units > 0 || w.open.units > 0 {
		head, body := w.Part(nil)
		tail = append(append(tail, head...), body...)
	}
	w.err = errFinished
	tail, hidden := openBox(tail, "free")
	if tail, err = w.appendMoov(tail); err != nil {
		return nil, 0, patch, err
	}
	tail = closeBox(append(tail, after...), hidden)
	return tail, w.freeAt, mdatHeader(w.pos + boxHeader - w.freeAt), nil
}

// mdatHeader returns the 64-bit header of a media data box of size bytes, header included (ISO/IEC 14496-12 §4.2).
func mdatHeader(size int64) (h [boxHeader64]byte) {
	binary.BigEndian.PutUint32(h[:], 1)
	copy(h[4:], "mdat")
	binary.BigEndian.PutUint64(h[8:], uint64(size))
	return h
}

// Size returns how many bytes of the file have been handed out.
func (w *Writer) Size() int64 { return w.pos }
