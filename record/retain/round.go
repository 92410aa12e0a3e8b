package retain

import (
	"errors"
	"io/fs"
	"slices"
)

// round is one pass over the files of outputs.
type round struct {
	files    []file
	plan     func() []deletion // of what is still among the files
	remove   func(name string) error
	done     []Deletion
	freed    int64 // bytes
	failures []failure
}

// failure is a file that can't be deleted.
type failure struct {
	name string
	err  error
}

// step deletes what is planned, until something does not go to plan: then it returns true, and the rest has to be planned
// again. A file that is in use counts still. One that can't be deleted does not: if it did, newer ones would have to go.
func (r *round) step() (again bool) {
	for _, x := range r.plan() {
		f := &r.files[x.index]
		err := r.remove(f.Name)
		f.gone = !errors.Is(err, errInUse)
		switch {
		case err == nil:
			r.done = append(r.done, Deletion{f.output, f.Name, f.Size, x.reason})
			r.freed += f.Size
			continue
		case !f.gone:
			f.protected = true
		case !errors.Is(err, fs.ErrNotExist):
			r.failures = append(r.failures, failure{f.Name, err})
		}
		again = true
		break
	}
	r.files = slices.DeleteFunc(r.files, func(f file) bool { return f.gone })
	return again
}
