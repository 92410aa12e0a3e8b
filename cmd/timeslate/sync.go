package main

import (
	"errors"
	"time"
)

// syncEvery is how often a growing file is synced by default: what a power cut costs at most, beside the part in hand.
const syncEvery = 5 * time.Second

// syncValue is how often data are forced from the system's memory to the disk.
type syncValue time.Duration

// syncs declares --sync. Its value is the time between two syncs of a growing file, 0 for none until it is finished, and
// less for none at all.
func (f *flags) syncs() *time.Duration {
	every := syncEvery
	f.add((*syncValue)(&every), "sync", "", "never|end|DURATION",
		"how often data are forced to the disk: what a power cut costs (default 5s;\nend = when a file is finished, never = as the system likes)")
	return &every
}

func (v *syncValue) String() string { return time.Duration(*v).String() }
func (v *syncValue) Set(s string) error {
	switch s {
	case "never":
		*v = -1
		return nil
	case "end":
		*v = 0
		return nil
	}
	d, err := parseDuration(s)
	if err != nil || d == 0 {
		return errors.New("never, end or a duration is needed, like 5s")
	}
	*v = syncValue(d)
	return nil
}
