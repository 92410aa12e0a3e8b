package align

import (
	"slices"
	"time"
)

// Clocks is what one recording tells of the two clocks that stamped it.
type Clocks struct {
	Known        bool          // the camera said what its clock shows, it is known when that came, and the clock was ever set
	Ahead        time.Duration // the camera's clock minus the recorder's, then
	Zone         time.Duration // whole quarters of an hour that are in Ahead, as the camera seems to tell its local time
	Synchronised bool          // the recorder's clock followed a time server, or nobody knows
}

// Belief says by whose clock a recording is timed.
type Belief uint8

// The beliefs.
const (
	Undecided   Belief = iota // nothing to decide, or nobody to ask: as for a recording alone
	ByRecorder                // the recorder's, which the recordings share
	ByCamera                  // its camera's, with which others agree
	ByCorrected               // the recorder's, set to what the cameras say that are believed
)

var beliefNames = [...]string{"", "recorder", "camera", "corrected-recorder"}

// String returns the belief as it stands in the files that timeslate writes; nothing if nothing was decided.
func (b Belief) String() string {
	if int(b) < len(beliefNames) {
		return beliefNames[b]
	}
	return "unknown"
}

// Verdict is what a vote decided for one recording.
type Verdict struct {
	Belief
	Ahead time.Duration // of a recording that is not Undecided: the believed clock minus the recorder's
}

// Agreement is how far apart two clocks are at most that agree: what frames take on their way is in the difference.
const Agreement = time.Second / 2

// Vote decides by whose clocks recordings are timed that are to be paired, in the order in which they are given. Only where
// some clocks don't agree is there anything to decide.
//
// Cameras that agree with each other against their recorder's clock are believed, if they are two at least and more than
// agree with the recorder; a recorder that followed a time server counts as one of those. Otherwise the recorder's clock is,
// for it is what the recordings have in common. A camera that tells its local time agrees with the recorder.
//
// Recorders that followed a time server share one clock. All others are taken for one recorder, unless each of their cameras
// agrees with another one: then there may be several, and nothing is decided.
func Vote(recordings []Clocks) []Verdict {
	verdicts := make([]Verdict, len(recordings))
	for _, synchronised := range []bool{true, false} {
		e := election{synchronised: synchronised}
		for i, c := range recordings {
			if c.Synchronised == synchronised {
				e.members = append(e.members, i)
			}
		}
		e.decide(recordings, verdicts)
	}
	return verdicts
}

// election is the vote of the recordings that share a recorder's clock.
type election struct {
	synchronised bool
	members      []int           // indices of recordings
	known        []time.Duration // Ahead of those whose clocks are known, without Zone, in order
	local        bool            // some tell their local time
}

func (e *election) decide(recordings []Clocks, verdicts []Verdict) {
	for _, i := range e.members {
		if c := &recordings[i]; c.Known {
			e.known = append(e.known, c.Ahead-c.Zone)
			e.local = e.local || c.Zone != 0
		}
	}
	slices.Sort(e.known)
	if len(e.members) < 2 || e.agreed() {
		return
	}
	low, high, won := e.cameras()
	if !won && !e.synchronised && !e.local && len(e.known) == len(e.members) && !e.lonely() {
		return
	}
	for _, i := range e.members {
		c := &recordings[i]
		switch {
		case !won:
			verdicts[i] = Verdict{Belief: ByRecorder}
		case c.Known && low <= c.Ahead-c.Zone && c.Ahead-c.Zone <= high:
			verdicts[i] = Verdict{ByCamera, high}
		default:
			verdicts[i] = Verdict{ByCorrected, high}
		}
	}
}

// agreed reports whether all clocks do, the recorder's included.
func (e *election) agreed() bool {
	least, most := time.Duration(0), time.Duration(0)
	if len(e.known) > 0 {
		least, most = min(0, e.known[0]), max(0, e.known[len(e.known)-1])
	}
	return !e.local && most <= Agreement && least >= -Agreement && most-least <= Agreement
}

// cameras returns the least and the most that the largest group of cameras is ahead of the recorder which agree with each
// other and not with it, and whether they are believed. The quickest of them tells best what the recorder's clock is off by.
func (e *election) cameras() (low, high time.Duration, won bool) {
	most, against := 1, 0 // against: who agrees with the recorder, or is a group of the same size
	for i, first := range e.known {
		n := e.group(i)
		if last := e.known[i+n-1]; first <= Agreement && last >= -Agreement {
			continue // some are the recorder's
		}
		if n == most {
			against = n
		} else if n > most {
			low, high, most, against = first, e.known[i+n-1], n, 0
		}
	}
	host := 0
	if e.synchronised {
		host++
	}
	for _, ahead := range e.known {
		if ahead.Abs() <= Agreement {
			host++
		}
	}
	return low, high, most > max(1, against, host)
}

// group returns how many cameras agree with each other, of those that are no less ahead than the i-th one.
func (e *election) group(i int) int {
	n := 0
	for _, ahead := range e.known[i:] {
		if ahead-e.known[i] <= Agreement {
			n++
		}
	}
	return n
}

// lonely reports whether a camera agrees with no other.
func (e *election) lonely() bool {
	for i, ahead := range e.known {
		if !(i > 0 && ahead-e.known[i-1] <= Agreement) && !(i+1 < len(e.known) && e.known[i+1]-ahead <= Agreement) {
			return true
		}
	}
	return false
}
