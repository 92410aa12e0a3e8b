package repair

import (
	"strings"

	"github.com/timeslate/timeslate/internal/say"
)

// String says in words what was found and done.
func (r Report) String() string {
	switch r.State {
	case Finished:
		return r.File + ": finished already, " + say.Count(r.Frames, "frame")
	case Empty:
		return r.File + ": empty: the recording ended before its first frames were written"
	}
	said := []string{say.Count(r.Frames, "frame") + " kept"}
	if r.Damaged > 0 {
		said = append(said, say.Count(r.Damaged, "damaged part")+" left out")
	}
	if r.Untimed > 0 {
		said = append(said, "the times of "+say.Count(r.Untimed, "frame")+" lost")
	}
	if r.Removed > 0 {
		said = append(said, say.Size(r.Removed)+" torn tail cut")
	}
	line := r.File + ": " + strings.Join(append(said, "finished"), ", ")
	if r.DryRun {
		line += " (it would be; nothing was changed)"
	}
	return line
}
