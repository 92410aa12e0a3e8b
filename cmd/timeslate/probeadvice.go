package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/stamp"
)

// Clocks below these need no advice.
const (
	coarse  = 10 * time.Millisecond // a clock that is read in steps no larger is good enough
	driftOK = 20                    // ppm; a disciplined clock stays far below
	noisy   = 5 * time.Millisecond  // of reports; good cameras stay below one
)

// advices are what may be wrong, and what a user can do, the gravest first. Whether a clock can be right, clock decides.
var advices = []struct {
	when func(*finding) bool
	say  func(*finding) string
}{
	{func(f *finding) bool { return !f.some && !f.toldByFrames() }, func(*finding) string {
		return "no usable sender report came: capture times can only be taken from the arrivals; " +
			"watch longer (--duration 30s) and look for an RTCP setting in the camera"
	}},
	{func(f *finding) bool { return f.unset }, func(*finding) string { return "the camera's clock was never set: set the camera's NTP server" }},
	{(*finding).zoned, func(f *finding) string {
		return fmt.Sprintf("the camera sends its local time as UTC (it is %s off): set its time zone to UTC", roughly(int64(f.tells.Zone)))
	}},
	{(*finding).disagrees, func(f *finding) string {
		return fmt.Sprintf("camera and this host disagree by %s: set the camera's NTP server%s", roughly(int64(f.tells.Offset.Abs())), f.orHost())
	}},
	{(*finding).runsAway, func(f *finding) string {
		return fmt.Sprintf("the camera's clock does not keep time, it goes %.2f s in a second: other firmware helps, or another camera",
			hundredths(1+f.drift/1e6)+0) // no -0
	}},
	{(*finding).contradicts, func(*finding) string {
		return "the times that the camera tells contradict each other: other firmware helps, or another camera"
	}},
	{func(f *finding) bool { return f.timeless }, func(*finding) string {
		return "the time stamps of the frames jump, or do not run with time: other firmware helps, or another camera"
	}},
	{func(f *finding) bool { return f.flags&clock.Stepped != 0 && !f.unset && !f.senseless() }, func(*finding) string {
		return "the camera's clock was set while it was watched, or drifts by more than 100 ppm: make its NTP interval shorter, and let only one program set it"
	}},
	{func(f *finding) bool { return f.drifts && math.Abs(f.drift) > driftOK && !f.unset && !f.senseless() }, func(f *finding) string {
		return fmt.Sprintf("the camera's clock drifts by %+.0f ppm, %.1f s a day: set the camera's NTP server, with the shortest interval",
			f.drift, f.drift*86400/1e6)
	}},
	{func(f *finding) bool { return f.study.Grain >= coarse && !f.toldByFrames() && !f.senseless() }, func(f *finding) string {
		return fmt.Sprintf("the camera tells its time in steps of %v: nothing helps but other firmware, or another camera", f.study.Grain)
	}},
	{(*finding).scatters, func(*finding) string {
		return "the reports are noisy: record for minutes rather than seconds, so that the noise averages out"
	}},
	{func(f *finding) bool { return f.host == stamp.HostUnsynchronised }, func(*finding) string {
		return "this host's clock follows no time server: set one up (docs/clocks.md)"
	}},
}

// advise says what a user can do about the clocks.
func (f *finding) advise() string {
	var list []string
	for _, a := range advices {
		if a.when(f) {
			list = append(list, a.say(f))
		}
	}
	switch {
	case len(list) > 0:
	case f.toldByFrames():
		return "nothing: the camera sends the time with its frames"
	default:
		return "nothing: camera and this host agree"
	}
	return strings.Join(list, "; ")
}

// toldByFrames reports whether no sender reports are needed.
func (f *finding) toldByFrames() bool {
	return f.told != clock.NoSource && f.told < clock.SenderReport
}

// runsAway reports whether the camera's clock is none: it stands still, or goes at a pace of its own.
func (f *finding) runsAway() bool {
	return f.some && f.drifts && math.Abs(f.drift) >= runaway && !f.toldByFrames()
}

// contradicts reports whether the camera tells times that no clock shows, however wrong. Those of a clock that is set leap once
// or twice.
func (f *finding) contradicts() bool {
	return !f.runsAway() && (f.leaps > 2 || f.spread >= senseless && f.flags&clock.Stepped == 0)
}

// senseless reports whether the camera's clock is none, so that no number says anything of it.
func (f *finding) senseless() bool { return f.runsAway() || f.contradicts() }

// scatters reports whether the reports are noisier than those of good cameras, in a way that averages out.
func (f *finding) scatters() bool {
	return f.study.Noise > noisy && f.study.Noise < senseless && f.study.Class == clock.Exact && !f.toldByFrames()
}

func (f *finding) zoned() bool { return f.tells.Zone != 0 && !f.unset && !f.senseless() }

func (f *finding) disagrees() bool {
	return f.tells.Apart() && !f.unset && !f.zoned() && !f.senseless()
}

// orHost adds that the host may be the one that is wrong, where nobody can say.
func (f *finding) orHost() string {
	if f.host != stamp.HostUnknown {
		return ""
	}
	return ", and check this host's clock"
}
