package record

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/internal/say"
	"github.com/timeslate/timeslate/media"
)

// The types of events.
const (
	Connected = "connected" // the camera answers and plays
	Opened    = "opened"    // a file was begun
	Status    = "status"    // once a second while frames come
	Warning   = "warning"   // something the user should know
	Waiting   = "waiting"   // there is no connection; Retry says when the next is tried
	Gap       = "gap"       // media are missing; told when they come again, or the recording ends
	Stalled   = "stalled"   // the disk does not take the data
	Resumed   = "resumed"   // it does again
	Finished  = "finished"  // a file was finished
	Repaired  = "repaired"  // a file of a former run was finished
	Deleted   = "deleted"   // a file was deleted, as the limits on what is kept want it
	Failed    = "failed"    // the recording ended with an error; Run returns it too
)

// Event is something that happened to a recording. In JSON durations are in nanoseconds.
type Event struct {
	Type      string        `json:"type"`
	Output    string        `json:"output"`           // Options.Output
	File      string        `json:"file,omitempty"`   // the one in hand; what was repaired or deleted
	Frames    int64         `json:"frames"`           // in the file so far
	Bytes     int64         `json:"bytes"`            // on the disk so far, of the file
	Duration  time.Duration `json:"duration_ns"`      // of the file so far
	Lost      int64         `json:"lost"`             // packets missing in the whole recording
	State     string        `json:"state,omitempty"`  // of the camera's clock
	Source    string        `json:"source,omitempty"` // of the newest capture time
	Error     time.Duration `json:"error_ns,omitempty"`
	Transport string        `json:"transport,omitempty"` // of a connection: tcp, udp, …
	Server    string        `json:"server,omitempty"`    // what the camera calls itself
	Cause     string        `json:"cause,omitempty"`     // of a gap: stamp.Cause in words
	From      time.Time     `json:"from,omitzero"`       // when media began to be missing
	To        time.Time     `json:"to,omitzero"`         // when they came again
	Gap       time.Duration `json:"gap_ns,omitempty"`    // from then to then, or to now
	Retry     time.Duration `json:"retry_ns,omitempty"`  // until the next try
	Dropped   int64         `json:"dropped,omitempty"`   // frames that a stalled disk cost
	Message   string        `json:"message,omitempty"`   // of a warning or a failure; why one waits, or what the disk says
	Err       error         `json:"-"`                   // of a failure, or why one waits: what Message says
}

// String returns the event as a line for people.
func (e Event) String() string {
	if words := eventWords[e.Type]; words != nil {
		return e.Output + ": " + words(e)
	}
	return e.Output + ": " + e.Message
}

// eventWords says each type of event in words. The others have a message.
var eventWords = map[string]func(e Event) string{
	Connected: Event.connected,
	Opened:    func(e Event) string { return "recording" + e.file(" to ") },
	Status:    Event.status,
	Waiting:   Event.waiting,
	Gap:       Event.gap,
	Stalled:   Event.stalled,
	Resumed:   Event.resumed,
	Finished:  func(e Event) string { return "finished" + e.file(" ") + ": " + e.content() + e.lost() },
	Repaired:  func(e Event) string { return "repaired " + e.File + ": " + e.content() + after("; ", e.Message) },
	Deleted:   func(e Event) string { return "deleted " + e.File + after(": ", e.Message) },
}

func (e Event) connected() string {
	how := e.Transport
	if how == "" {
		return "connected" + after(" to ", e.Server)
	}
	return "connected over " + strings.ToUpper(how) + after(" to ", e.Server)
}

func (e Event) status() string {
	return fmt.Sprintf("%v, %d frames, %s, %s%s", e.Duration.Round(time.Second), e.Frames, say.Size(e.Bytes), e.clock(), e.lost())
}

// waiting is about the time of the event; who shows it later sets Gap and Retry anew.
func (e Event) waiting() string {
	s := "no connection"
	if e.Gap >= time.Second {
		s += " for " + e.Gap.Round(time.Second).String()
	}
	if e.Retry < time.Second {
		s += ", trying again"
	} else {
		s += ", next try in " + e.Retry.Round(time.Second).String()
	}
	return s + after(": ", e.Message) // last, as a terminal may be too narrow for it
}

// timeOfDay shows when a gap began and ended; the day is in the name of the file.
const timeOfDay = "15:04:05.000"

func (e Event) gap() string {
	s := fmt.Sprintf("%v missing, from %s to %s UTC", e.Gap.Round(time.Millisecond), e.From.UTC().Format(timeOfDay),
		e.To.UTC().Format(timeOfDay))
	switch {
	case e.Cause == "":
		return s + after(": ", e.Message)
	case e.Message == "":
		return s + ": " + e.Cause
	}
	return s + ": " + e.Cause + " (" + e.Message + ")"
}

func (e Event) stalled() string {
	s := "the disk takes no data"
	if e.Gap >= time.Second {
		s += " for " + e.Gap.Round(time.Second).String()
	}
	return s + after(": ", e.Message) + "; recording goes on when it does"
}

func (e Event) resumed() string {
	s := "the disk takes data again"
	if e.Gap > 0 {
		s += " after " + e.Gap.Round(time.Millisecond).String()
	}
	if e.Dropped > 0 {
		s += fmt.Sprintf("; %d frames are missing so far", e.Dropped)
	}
	return s
}

// content says what is in a file.
func (e Event) content() string {
	return fmt.Sprintf("%v, %d frames, %s", e.Duration.Round(time.Millisecond), e.Frames, say.Size(e.Bytes))
}

// after returns words behind what leads to them, or nothing.
func after(lead, words string) string {
	if words == "" {
		return ""
	}
	return lead + words
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
	return ", " + say.Count(int(e.Lost), "packet") + " lost"
}

// statusEvery is the time between two Status events.
const statusEvery = time.Second

// status tells once a second how the recording goes.
func (r *recorder) status(u *media.Unit) {
	if u.Arrival.Sub(r.told) < statusEvery || r.file == nil || !r.file.opened {
		return
	}
	r.told = u.Arrival
	r.tell(Event{Type: Status, State: u.Wall.State.String(), Source: u.Wall.Source.String(), Error: u.Wall.Error})
}

// tell completes an event with the state of the file in hand, if it is not about another one.
func (r *recorder) tell(e Event) {
	g := r.file
	if e.File != "" {
		g = nil
	}
	r.tellOf(g, e)
}

// tellOf completes an event with the state of a file, if there is one.
func (r *recorder) tellOf(g *file, e Event) {
	if r.Events == nil {
		return
	}
	e.Output, e.Lost = cmp.Or(e.Output, r.Output), r.summary.Lost
	if g != nil {
		e.File, e.Frames, e.Bytes, e.Duration = g.disk.Name(), g.frames, g.disk.Size(), r.duration(g)
	}
	r.Events(e)
}

// duration returns how long a file lasts, its last frame as long as the others on average.
func (r *recorder) duration(g *file) time.Duration {
	if g.shown > 0 {
		return g.shown
	}
	shown := r.lead.duration(g.first, g.last)
	if g.frames > 1 {
		shown += shown / time.Duration(g.frames-1)
	}
	return shown
}
