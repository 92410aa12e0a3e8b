package repair

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/stamp"
)

// checkedParts is how many parts at the end of a file have their media read, to find what a power cut left unwritten:
// half a minute, which is how long a system may keep data that nobody asks it to write.
const checkedParts = 64

// maxHeader is more than the header of any file takes. A file that has no more, and no whole header, is empty.
const maxHeader = 64 << 10

// plan is what has to be done to finish a file.
type plan struct {
	report Report
	hide   *patch // first, turns a finished file whose end is missing into a growing one
	end    int64  // where what is kept ends
	tail   []byte // what is put there; empty when it is there already
	patch  patch  // makes the tail the file's index
}

// newPlan looks at a file of size bytes. It changes nothing.
func newPlan(r io.ReaderAt, size int64) (*plan, error) {
	head, err := headOf(r)
	if err != nil {
		return nil, err
	}
	switch state := mp4.StateOf(head); {
	case state == mp4.Growing:
		return planGrowing(r, size)
	case state == mp4.Finished:
		return planFinished(r, size, head)
	case isZero(head), size < mp4.HeadSize && isStub(head):
		return &plan{report: Report{State: Empty, Bytes: size}}, nil
	}
	return nil, ErrForeign
}

// isZero holds also for a file without a byte.
func isZero(head []byte) bool { return len(bytes.Trim(head, "\x00")) == 0 }

// isStub reports whether a file that is shorter than any header can be the beginning of one.
func isStub(head []byte) bool {
	return isZero(head[:3]) && bytes.HasPrefix([]byte("ftyp"), head[min(4, len(head)):min(8, len(head))])
}

// planFinished finds nothing to do, unless the end is missing, as after a copy that was broken off.
func planFinished(r io.ReaderAt, size int64, head []byte) (*plan, error) {
	f, err := mp4.Open(r, size)
	if err == nil && (f.Torn == nil || hasTimes(f)) { // what is behind the index is not ours
		p := &plan{report: Report{State: Finished, Bytes: size}}
		p.countSamples(f)
		return p, nil
	}
	var hide patch
	hide.at, hide.bytes, _ = mp4.Hide(head)
	p, growingErr := planGrowing(&patched{r, hide}, size)
	if growingErr != nil || !p.report.Repaired {
		return nil, fmt.Errorf("its index is damaged, and its parts don't help: %w", cmp.Or(err, growingErr))
	}
	if err == nil && p.report.Units < units(f) { // a hole among the parts, which the index leads over
		return nil, fmt.Errorf("its end is damaged, but its index leads to more than would be left without it: %w", f.Torn)
	}
	p.hide = &hide
	p.report.State = Cut
	return p, nil
}

// units returns how many units an index leads to.
func units(f *mp4.File) (n int) {
	for i := range f.Tracks {
		n += f.Tracks[i].Len
	}
	return n
}

// countSamples says what is in a file that needs no repair.
func (p *plan) countSamples(f *mp4.File) {
	p.report.Units = units(f)
	if len(f.Tracks) > 0 {
		t := &f.Tracks[0]
		p.report.Frames, p.report.Duration = t.Len, duration(t.Duration, t.ClockRate)
	}
}

// duration converts ticks, of which there may be so many that nanoseconds have no room for them.
func duration(ticks int64, rate uint32) time.Duration {
	return time.Duration(float64(ticks) / float64(rate) * float64(time.Second))
}

// unread returns err if it says that the disk can't read what is on it, and not that a file is torn. Nothing may be cut
// off for that.
func unread(err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return err
	}
	return nil
}

func planGrowing(r io.ReaderAt, size int64) (*plan, error) {
	f, err := mp4.Open(r, size)
	if err == nil {
		err = unread(f.Torn)
	}
	if unread(err) == nil && err != nil && size <= maxHeader {
		return &plan{report: Report{State: Empty, Bytes: size}}, nil
	}
	if err != nil {
		return nil, err
	}
	if p := planAppended(f, r, size); p != nil {
		return p, nil
	}
	b, err := newRebuild(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForeign, err)
	}
	if err := b.parts(); err != nil {
		return nil, err
	}
	return b.plan(size)
}

// rebuild makes the index of a file anew.
type rebuild struct {
	f       *mp4.File
	writer  *mp4.Writer
	timing  *stamp.Timing
	timed   bool // a timing box was found
	report  Report
	skipped int         // damaged parts since the last good one
	last    []lastFrame // by track
	arrival time.Time   // the latest so far
}

func newRebuild(f *mp4.File) (*rebuild, error) {
	writer, err := mp4.Resume(f)
	if err != nil {
		return nil, err
	}
	b := &rebuild{f: f, writer: writer, report: Report{State: Growing}}
	var tracks []media.Track
	for i := range f.Tracks {
		tracks = append(tracks, f.Tracks[i].Track)
	}
	b.timing = stamp.ResumeTiming(tracks)
	b.last = make([]lastFrame, len(tracks))
	return b, nil
}

// errLate says that a part would push the ones behind it out of the index, which would be cut off then.
var errLate = errors.New("the times of the part are damaged")

// parts takes over the parts that are whole. Their media is read where a power cut may have left holes.
func (b *rebuild) parts() error {
	parts := slices.Collect(b.f.Parts())
	for i, p := range parts {
		err := errLate
		if behind := parts[i+1:]; len(behind) < 2 || !p.Late(behind[:2]...) {
			err = b.part(p, len(behind) < checkedParts)
		}
		if unread(err) != nil {
			return err
		}
		if err != nil {
			b.skipped++
		}
	}
	return nil
}

// part takes over one part. Its error says why it is left out.
func (b *rebuild) part(p *mp4.Part, check bool) error {
	if check {
		if err := p.Check(); err != nil {
			return err
		}
	}
	if err := b.writer.Adopt(p); err != nil {
		return err
	}
	return b.adopted(p)
}

// adopted takes over the times of a part whose samples are in the index.
func (b *rebuild) adopted(p *mp4.Part) error {
	b.report.Parts++
	b.report.Damaged += b.skipped
	b.skipped = 0
	for i := range b.f.Tracks {
		b.report.Units += p.Len(i)
	}
	b.report.Frames += p.Len(0)
	for s := range p.Samples(0) {
		b.report.Duration += duration(s.Duration, b.f.Tracks[0].ClockRate)
	}
	return b.adoptTimes(p)
}

// plan ends the rebuild.
func (b *rebuild) plan(size int64) (*plan, error) {
	p := &plan{report: b.report, end: b.writer.Size()}
	p.report.Bytes = size
	if b.report.Parts == 0 {
		p.report.State = Empty
		return p, nil
	}
	var after []byte
	if b.timed {
		after = b.timing.AppendAll(nil)
	}
	var err error
	if p.tail, p.patch.at, p.patch.bytes, err = b.writer.Finish(after); err != nil {
		return nil, err
	}
	p.report.Repaired = true
	p.report.Removed = size - p.end
	p.report.Bytes = p.end + int64(len(p.tail))
	return p, nil
}
