package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/timeslate/timeslate/align"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/stamp"
)

// compareClocks notes what the recording tells of the camera's clock and of the recorder's.
func (in *alignInput) compareClocks() {
	r := in.recording
	in.reports = len(r.Reports)
	in.clocks.Synchronised = r.Trust != clock.TrustNeither
	in.followed = slices.ContainsFunc(r.HostClocks, func(h stamp.HostClock) bool { return h.State == stamp.HostSynchronised })
	in.cut = r.Frames.Cut()
	if in.cut {
		return
	}
	for i := len(r.Reports) - 1; i >= 0; i-- {
		if at := r.Reports[i].Arrival; !at.IsZero() {
			in.clocks.Ahead = r.Examine().Offset
			if r.Trust != clock.TrustHost { // who takes it off
				in.clocks.Zone = r.Examine().Zone
			}
			in.clocks.Known = clock.EverSet(at.Add(in.clocks.Ahead), at)
			return
		}
	}
}

// vote lets the cameras vote on whose clock is right, if the user has not said it and it makes a difference.
func (o *alignOptions) vote(inputs []*alignInput) error {
	if _, ok := o.trust.decided(); ok || o.method.name != bestMethod.name {
		return nil
	}
	var clocks []align.Clocks
	for _, in := range inputs {
		clocks = append(clocks, in.clocks)
	}
	for i, v := range align.Vote(clocks) {
		if err := inputs[i].settle(o, v); err != nil {
			return fmt.Errorf("%s: %w", inputs[i].file, err)
		}
	}
	return nil
}

// settle computes the times again, as a verdict wants them.
func (in *alignInput) settle(o *alignOptions, v align.Verdict) error {
	in.verdict = v
	if v.Belief == align.Undecided || v.Belief == align.ByRecorder && in.clocks.Synchronised {
		return nil // that is how they are
	}
	if in.recording == nil {
		if err := in.open(o, io.Discard); err != nil { // what is to be told was told
			return err
		}
		defer func() { in.recording = nil }()
	}
	trust := clock.TrustHost
	if v.Belief == align.ByCamera {
		trust = clock.TrustCamera
	}
	in.recording.Settle(trust, v.Ahead)
	in.time(o.method)
	return nil
}

// sayVote says what was decided, and why.
func sayVote(inputs []*alignInput) (lines []string) {
	for _, synchronised := range []bool{true, false} {
		by := map[align.Belief][]*alignInput{}
		for _, in := range inputs {
			if in.clocks.Synchronised == synchronised {
				by[in.verdict.Belief] = append(by[in.verdict.Belief], in)
			}
		}
		if cameras := by[align.ByCamera]; len(cameras) > 0 {
			lines = append(lines, sayCameras(cameras, by[align.ByCorrected]))
		} else if shared := by[align.ByRecorder]; len(shared) > 0 {
			lines = append(lines, sayRecorder(shared))
		}
	}
	return lines
}

// sayCameras says why cameras are believed.
func sayCameras(cameras, others []*alignInput) string {
	in := cameras[0]
	least := slices.MinFunc(cameras, func(a, b *alignInput) int { return cmp.Compare(a.clocks.Ahead, b.clocks.Ahead) })
	spread := (in.verdict.Ahead - least.clocks.Ahead).Round(time.Millisecond)
	line := fmt.Sprintf("clocks: those of %s agree to %v, what frames take on their way included, and are %s the recorder's, %s: they are believed",
		listed(cameras, (*alignInput).name), spread, sayAhead(in.verdict.Ahead), in.sayFollowed())
	if len(others) > 0 {
		line += fmt.Sprintf("; %s by the recorder's, corrected by as much", listed(others, (*alignInput).name))
	}
	return line + " (--trust host: all by the recorder's; --trust camera: each by its own)"
}

// sayRecorder says why the recorder is believed.
func sayRecorder(inputs []*alignInput) string {
	known := slices.DeleteFunc(slices.Clone(inputs), func(in *alignInput) bool { return !in.clocks.Known })
	return fmt.Sprintf("clocks: %s; the recorder's, %s, is believed, as recordings of one recorder share it "+
		"(--trust camera: each by its own)", listed(known, (*alignInput).sayClock), inputs[0].sayFollowed())
}

func (in *alignInput) name() string { return in.camera.Name }

// sayClock says where the camera's clock is.
func (in *alignInput) sayClock() string {
	switch {
	case in.clocks.Zone != 0:
		return "that of " + in.name() + " tells its local time, " + sayAhead(in.clocks.Zone) + " the recorder's"
	case in.clocks.Ahead.Abs() <= align.Agreement:
		return "that of " + in.name() + " agrees with the recorder's"
	}
	return "that of " + in.name() + " is " + sayAhead(in.clocks.Ahead) + " the recorder's"
}

// sayFollowed says what is known of the recorder's clock.
func (in *alignInput) sayFollowed() string {
	switch {
	case in.followed:
		return "which followed a time server"
	case in.clocks.Synchronised:
		return "of which nothing is known"
	}
	return "which followed no time server"
}

// listed lists what is said of recordings.
func listed(inputs []*alignInput, say func(*alignInput) string) string {
	var words []string
	for _, in := range inputs {
		words = append(words, say(in))
	}
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
