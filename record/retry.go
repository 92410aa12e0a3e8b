package record

import (
	"context"
	"time"

	"github.com/timeslate/timeslate/camera"
)

// patience is how long to wait for a camera: at first, and at most after each wait was twice the one before.
type patience struct{ first, most time.Duration }

// patienceFor says it for each class of error. A connection that broke is opened again at once.
var patienceFor = map[camera.Fault]patience{
	camera.Passing:      {time.Second, 30 * time.Second},
	camera.Missing:      {5 * time.Second, time.Minute},
	camera.Busy:         {10 * time.Second, time.Minute}, // the usual time-out of a session (RFC 2326 §12.37)
	camera.Unauthorized: {30 * time.Second, 5 * time.Minute},
}

// retry counts the tries to reach a camera since frames came last, by why they failed: a camera that was gone for an hour
// may say that it has no stream yet while it starts.
type retry struct {
	again bool // it was tried before
	tries [camera.Unauthorized + 1]int
	rand  func() float64 // uniform in [0, 1)
}

// reset forgets all tries: frames came.
func (r *retry) reset() { *r = retry{rand: r.rand} }

// jitter keeps many cameras that came back at once, after a power cut, from being asked all at once: waits are longer or
// shorter by up to this part.
const jitter = 0.2

// next returns how long to wait after err before the next try.
func (r *retry) next(err error) time.Duration {
	fault, again := camera.FaultOf(err), r.again
	r.again = true
	if fault == camera.Passing && !again {
		return time.Duration(r.rand() * jitter * float64(time.Second))
	}
	p, doublings := patienceFor[fault], r.tries[fault]
	r.tries[fault]++
	wait := min(p.first<<min(doublings, 10), p.most)
	return time.Duration((1 + jitter*(2*r.rand()-1)) * float64(wait))
}

// pause waits, unless the context ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
