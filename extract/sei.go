package extract

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// How much of a sample is read in search of stamps, in bytes. They stand before the first slice and take 300 bytes.
const (
	headSize    = 2 << 10 // at first
	maxHeadSize = 1 << 20 // then, if nothing was found: beyond all parameter sets and SEI of a camera
)

// seiReader finds the stamps in the samples of a file.
type seiReader struct {
	file    *mp4.File
	budget  int64 // bytes that may be read on, after the heads
	buf     []byte
	scratch []byte
	nals    [][]byte
	found   stamp.Found
}

// read leaves in r.found what the SEI of s say, and returns the first error among them. What it reads on if there is
// nothing in the head is at most as much as the file has in all, since the samples of a hostile file may lie on the
// same bytes.
func (r *seiReader) read(s mp4.Sample) error {
	whole := min(s.Size, maxHeadSize)
	for s.Size = min(whole, headSize); ; s.Size = whole {
		done, err := r.readHead(s)
		if done || err != nil || s.Size == whole || r.budget < int64(whole) {
			return err
		}
		r.budget -= int64(whole)
	}
}

// readHead reads the first s.Size bytes of a sample. It is done when these hold all stamps there can be.
func (r *seiReader) readHead(s mp4.Sample) (done bool, err error) {
	r.found.Reset()
	if r.buf, err = r.file.Read(s, r.buf); err != nil {
		return false, err
	}
	// An error would say that the sample is cut off, as heads are. What is whole counts.
	r.nals, _ = s.Split(r.nals[:0], r.buf)
	r.scratch = slices.Grow(r.scratch[:0], len(r.buf))
	for _, nal := range r.nals {
		if h264.IsVCL(nal) {
			return true, err
		}
		if e := r.add(nal); e != nil && err == nil {
			err = fmt.Errorf("extract: sample at byte %d: %w", s.Offset, e)
		}
	}
	return r.found.Kinds != 0, err
}

func (r *seiReader) add(nal []byte) (first error) {
	for kind, payload := range h264.SEIMessages(nal, r.scratch[:cap(r.scratch)]) {
		if kind != h264.PayloadUserDataUnregistered {
			continue
		}
		if err := r.found.Add(payload); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// readSEI fills r from the stamps in the samples.
func (r *Recording) readSEI(file *mp4.File, samples []mp4.Sample) {
	reader := seiReader{file: file, budget: file.End}
	founds := make([]stamp.Found, 0, len(samples))
	for _, s := range samples {
		r.skip(reader.read(s))
		f := reader.found
		f.Reports = slices.Clone(f.Reports)
		founds = append(founds, f)
	}
	r.Origin, r.ClockRate = originOf(founds), h264.ClockRate
	b, u := newBuilder(r), unwrapper{clockRate: r.ClockRate, timed: true}
	for i := range founds {
		b.addFound(&founds[i], Frame{PTS: samples[i].PTS, Hidden: samples[i].Hidden}, &u)
	}
}

// originOf chooses what to believe: observations rather than times.
func originOf(founds []stamp.Found) Origin {
	var frames, reports, withReport, bare, misb bool
	for i := range founds {
		f := &founds[i]
		reports = reports || len(f.Reports) > 0
		frames = frames || f.Kinds&stamp.Strawlab != 0
		misb = misb || f.Kinds&stamp.MISB != 0
		if f.Kinds&stamp.Recorder != 0 {
			bare, withReport = bare || f.Recorder.Bare, withReport || !f.Recorder.Bare
		}
	}
	switch {
	case frames && reports:
		return Strawlab
	case withReport:
		return RecorderB
	case bare:
		return RecorderA
	case misb:
		return MISB
	case frames:
		return Strawlab // arrivals and nothing else
	}
	return NoOrigin
}

// addFound adds a frame with the stamp that belongs to the recording's origin, if it has that.
func (b *builder) addFound(found *stamp.Found, f Frame, u *unwrapper) {
	at := seconds(f.PTS, max(1, b.Timescale))
	switch is := found.Kinds; {
	case b.Origin == Strawlab && is&stamp.Strawlab != 0:
		rtp, run := u.unwrap(found.Frame.RTP, at)
		b.addStrawlab(found, f, rtp, run)
	case b.Origin == RecorderB && is&stamp.Recorder != 0 && !found.Recorder.Bare:
		rtp, run := u.unwrap(found.Recorder.RTP, at)
		b.addRecorderStamp(f, found.Recorder, rtp, run)
	case b.Origin == RecorderA && is&stamp.Recorder != 0 && found.Recorder.Bare:
		f.Stamped, f.Wall = true, recorderEstimate(found.Recorder.Unix)
		b.addFrame(f)
	case b.Origin == MISB && is&stamp.MISB != 0:
		f.Wall, f.Stamped = misbEstimate(found.MISB)
		b.addFrame(f)
	default:
		b.addFrame(f)
	}
}

func (b *builder) addStrawlab(found *stamp.Found, f Frame, rtp int64, run int) {
	f.Stamped, f.Sent = true, found.Frame.RTP
	f.RTP, f.Run, f.Arrival = rtp, run, near(found.Frame.Arrival)
	for _, r := range found.Reports {
		place := rtp + int64(int32(r.RTP-found.Frame.RTP))
		b.addReport(clock.Report{NTP: r.NTP, RTP: place, Run: run, Arrival: near(r.Arrival)}, &f.Frame)
	}
	b.addFrame(f)
}

// recorderEstimate returns what version A says. It may be off by a wrap, which nobody can see from it.
func recorderEstimate(unix float64) clock.Estimate {
	const micro = 1e6 // a float64 of this size has a resolution of 0.24 µs
	if !(unix > 0 && unix < 1<<33) {
		return clock.Estimate{} // before the first report
	}
	at := time.UnixMicro(int64(unix*micro + 0.5)).UTC()
	return clock.Estimate{Time: at, State: clock.Acquiring, Source: clock.Recorder}
}

// lastTime is the last one whose nanoseconds since 1970 fit 64 bits.
var lastTime = time.Unix(0, math.MaxInt64)

// misbEstimate returns what a MISB stamp says; ok is false when it says nothing.
func misbEstimate(s stamp.MISBStamp) (e clock.Estimate, ok bool) {
	at, ok := s.Time()
	if !ok || at.After(lastTime) {
		return e, false
	}
	e = clock.Estimate{Time: at, State: clock.RxOnly, Source: clock.MISB}
	if s.Status.Locked() {
		e.State = clock.Locked
	}
	if s.Status.Jumped() {
		e.Flags = clock.Stepped
	}
	return e, true
}
