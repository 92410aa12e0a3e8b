package record

import (
	"errors"

	"github.com/timeslate/timeslate/repair"
)

// maxAside is how many events of other goroutines may wait to be told. A folder of more files that a crash left is not
// known; what waits longer is told later.
const maxAside = 64

// mend finishes the segments that a former run with the same output left unfinished, beside the recording. The function
// that it returns waits until the file in hand is done; the others are left to the next run.
func (r *recorder) mend() (stop func()) {
	if single(r.Output) {
		return func() {}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		files, err := repair.Leftovers(r.Output)
		if err != nil {
			r.toAside(quit, Event{Type: Warning, Message: err.Error()})
		}
		for _, file := range files {
			select {
			case <-quit:
				return
			default:
				r.mendFile(quit, file)
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

func (r *recorder) mendFile(quit <-chan struct{}, file string) {
	report, err := repair.File(file, repair.Options{})
	switch {
	case errors.Is(err, repair.ErrBusy): // the recording's own, or that of another recorder
	case err != nil:
		r.toAside(quit, Event{Type: Warning, Message: err.Error()})
	case report.Repaired:
		r.toAside(quit, Event{
			Type: Repaired, File: file, Frames: int64(report.Frames), Bytes: report.Bytes, Duration: report.Duration,
		})
	}
}

// toAside hands an event to the goroutine of Run.
func (r *recorder) toAside(quit <-chan struct{}, e Event) {
	select {
	case r.aside <- e:
	case <-quit:
	}
}

// tellAside tells what other goroutines have handed over.
func (r *recorder) tellAside() {
	for {
		select {
		case e := <-r.aside:
			r.tell(e)
		default:
			return
		}
	}
}
