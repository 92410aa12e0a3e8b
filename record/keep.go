package record

import (
	"time"

	"github.com/timeslate/timeslate/record/retain"
)

// freeEvery is how often the space on the disk is looked at. A camera fills tens of megabytes meanwhile.
const freeEvery = 10 * time.Second

// keep has the disk's goroutine delete what the limits do not want kept, now that a file grows.
func (r *recorder) keep(growing string) {
	if r.Keeper != nil {
		r.disk.Do(func() { r.deleted(r.Keeper.Keep(r.Output, growing)) })
	}
}

// keepFree has it make space, now and then.
func (r *recorder) keepFree(now time.Time) {
	if r.Keeper != nil && now.Sub(r.freed) >= freeEvery {
		r.freed = now
		r.disk.Do(func() { r.deleted(r.Keeper.Free(r.Output)) })
	}
}

// deleted hands over what was deleted, and what went wrong.
func (r *recorder) deleted(files []retain.Deletion, err error) {
	for _, d := range files {
		r.toAside(Event{Type: Deleted, Output: d.Output, File: d.Name, Bytes: d.Size, Message: d.Reason.String()})
	}
	if err != nil {
		r.toAside(Event{Type: Warning, Message: err.Error()})
	}
}
