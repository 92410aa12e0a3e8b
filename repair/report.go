package repair

import (
	"fmt"
	"strings"
)

// String says in words what was found and done.
func (r Report) String() string {
	switch r.State {
	case Finished:
		return r.File + ": finished already, " + count(r.Frames, "frame")
	case Empty:
		return r.File + ": empty: the recording ended before its first frames were written"
	}
	said := []string{count(r.Frames, "frame") + " kept"}
	if r.Damaged > 0 {
		said = append(said, count(r.Damaged, "damaged part")+" left out")
	}
	if r.Untimed > 0 {
		said = append(said, "the times of "+count(r.Untimed, "frame")+" lost")
	}
	if r.Removed > 0 {
		said = append(said, size(r.Removed)+" torn tail cut")
	}
	line := r.File + ": " + strings.Join(append(said, "finished"), ", ")
	if r.DryRun {
		line += " (it would be; nothing was changed)"
	}
	return line
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// size shows a number of bytes in the unit that suits it.
func size(bytes int64) string {
	if bytes < 1000 {
		return count(int(bytes), "byte")
	}
	v, unit := float64(bytes)/1e3, "kB"
	if v >= 1000 {
		v, unit = v/1e3, "MB"
	}
	return fmt.Sprintf("%.3g %s", v, unit)
}
