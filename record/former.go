package record

import (
	"errors"

	"github.com/timeslate/timeslate/repair"
)

// mend finishes the segments that a former run with the same output left unfinished, beside the recording. It ends after
// the file in hand when the recording does; the others are left to the next run.
func (r *recorder) mend() {
	if single(r.Output) {
		return
	}
	files, err := repair.Leftovers(r.Output)
	if err != nil {
		r.toAside(Event{Type: Warning, Message: err.Error()})
	}
	for _, file := range files {
		select {
		case <-r.ended:
			return
		default:
			r.mendFile(file)
		}
	}
}

func (r *recorder) mendFile(file string) {
	report, err := repair.File(file, repair.Options{})
	switch {
	case errors.Is(err, repair.ErrBusy): // the recording's own, or that of another recorder
	case err != nil:
		r.toAside(Event{Type: Warning, Message: err.Error()})
	case report.Repaired:
		r.toAside(Event{Type: Repaired, File: file, Frames: int64(report.Frames), Bytes: report.Bytes, Duration: report.Duration})
	}
}
