package record

import (
	"fmt"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
)

// The types of events.
const (
	Opened   = "opened"   // a file was begun
	Status   = "status"   // once a second while frames come
	Warning  = "warning"  // something the user should know
	Finished = "finished" // a file was finished
	Failed   = "failed"   // the recording ended with an error; Run returns it too
)

// Event is something that happened to a recording. In JSON durations are in nanoseconds.
type Event struct {
	Type     string        `json:"type"`
	Output   string        `json:"output"` // Options.Output
	File     string        `json:"file,omitempty"`
	Frames   int64         `json:"frames"`          // in the file so far
	Bytes    int64         `json:"bytes"`           // on the disk so far, of the file
	Duration time.Duration `json:"duration_ns"`     // of the file so far
	Lost     int64         `json:"lost"`            // packets missing in the whole recording
	State    string        `json:"state,omitempty"` // of the camera's clock
	Source   string        `json:"source,omitempty"`
	Error    time.Duration `json:"error_ns,omitempty"` // bound of the newest capture time
	Message  string        `json:"message,omitempty"`  // of a warning or a failure
}

// String returns the event as a line for people.
func (e Event) String() string {
	switch e.Type {
	case Opened:
		return e.Output + ": recording" + e.file(" to ")
	case Finished:
		return fmt.Sprintf("%s: finished%s: %v, %d frames, %s%s", e.Output, e.file(" "),
			e.Duration.Round(time.Millisecond), e.Frames, size(e.Bytes), e.lost())
	case Status:
		return fmt.Sprintf("%s: %v, %d frames, %s, %s%s", e.Output, e.Duration.Round(time.Second), e.Frames, size(e.Bytes),
			e.clock(), e.lost())
	}
	return e.Output + ": " + e.Message
}

// file names the file where it is not the output itself.
func (e Event) file(before string) string {
	if e.File == e.Output {
		return ""
	}
	return before + e.File
}

func (e Event) clock() string {
	if e.Source == clock.Arrival.String() {
		return "times by arrival: the camera's clock is not known yet"
	}
	return fmt.Sprintf("clock %s, times good to ±%v", e.State, e.Error.Round(time.Millisecond))
}

func (e Event) lost() string {
	if e.Lost == 0 {
		return ""
	}
	return fmt.Sprintf(", %d packets lost", e.Lost)
}

// size shows a number of bytes in the unit that suits it.
func size(bytes int64) string {
	unit := "kB"
	v := float64(bytes) / 1e3
	for _, next := range []string{"MB", "GB", "TB"} {
		if v < 1000 {
			break
		}
		v, unit = v/1e3, next
	}
	return fmt.Sprintf("%.1f %s", v, unit)
}

// statusEvery is the time between two Status events.
const statusEvery = time.Second

// status tells once a second how the recording goes.
func (r *recorder) status(u *media.Unit) {
	if u.Arrival.Sub(r.told) < statusEvery {
		return
	}
	r.told = u.Arrival
	r.tell(Event{Type: Status, State: u.Wall.State.String(), Source: u.Wall.Source.String(), Error: u.Wall.Error})
}

// tell completes an event with the state of the file in hand.
func (r *recorder) tell(e Event) {
	if r.Events == nil {
		return
	}
	e.Output, e.Lost = r.Output, r.summary.Lost
	if r.file != nil {
		e.File, e.Frames, e.Bytes = r.file.f.Name(), r.file.frames, r.file.size
		e.Duration = r.duration()
	}
	r.Events(e)
}

// duration returns how long the file in hand lasts, its last frame as long as the others on average.
func (r *recorder) duration() time.Duration {
	shown := r.timeline.duration(r.file.first, r.file.last)
	if r.file.frames > 1 {
		shown += shown / time.Duration(r.file.frames-1)
	}
	return shown
}
