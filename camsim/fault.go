package camsim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is something that goes wrong with a camera. The fields that a kind doesn't name mean nothing to it.
type Fault struct {
	Kind          FaultKind
	At            time.Duration // when, after the start of the simulation
	Every         bool          // and again and again after as much time
	For           time.Duration // Reboot, Silence, AudioSilence, Deaf: how long; default by kind
	By            time.Duration // TimeJump: how far; default 1 min
	Width, Height int           // Resize: to what; default 1920×1080, or 1280×720 for cameras that have that
	Percent       float64       // Drop: share of the packets
	Packets       int           // Reorder: by how many packets one is overtaken at most
}

// FaultKind is what goes wrong.
type FaultKind uint8

// The kinds of faults.
const (
	Reboot       FaultKind = iota + 1 // connections are cut; For later all is as new: sources, sequence, time base
	OtherSource                       // other SSRCs, sequence numbers and time bases, in the middle of it all
	Bye                               // an RTCP BYE of each stream, and then nothing, on connections that stay open
	Silence                           // no media for the time For; reports and replies go on
	Resize                            // pictures of another size from the next key frame on; when it comes again, back
	SequenceJump                      // sequence numbers leave out 10000
	TimeJump                          // RTP time stamps, of frames and reports, are By further from then on
	AudioSilence                      // no sound for the time For, or ever more; its reports go on
	Deaf                              // requests and reports aren't read for the time For, or ever more
	Drop                              // by UDP, Percent of the media packets are lost
	Reorder                           // by UDP, some packets come up to Packets too late, within one frame
)

const (
	defaultDown     = 3 * time.Second
	defaultSilence  = 10 * time.Second
	defaultTimeJump = time.Minute

	// minFaultPeriod keeps faults that come again from filling all the time.
	minFaultPeriod = 10 * time.Millisecond
	// maxFaultTime is for ever, and still can be added to times.
	maxFaultTime = 100 * 365 * 24 * time.Hour

	maxReorder = 1000
)

// faultKind says how a fault is written and what is to be known of it.
type faultKind struct {
	kind        FaultKind
	name, value string
	usage       string
	timed       bool                           // the value begins with a time
	argument    func(f *Fault, s string) error // reads what stands behind the time, or the value of one that isn't timed
}

var faultKinds = []faultKind{
	{Reboot, "reboot", "AT[/DOWN]", "connections are cut, and refused for DOWN (3s); then all is as new", true, parseFor},
	{OtherSource, "ssrc", "AT", "new SSRCs, sequence numbers and time bases in mid-stream", true, nil},
	{Bye, "bye", "AT", "RTCP BYE, then nothing on connections that stay open", true, nil},
	{Silence, "silence", "AT[/FOR]", "no media for FOR (10s), while reports go on", true, parseFor},
	{Resize, "resolution", "AT[/WxH]", "pictures of another size (1920x1080); when it comes again, back", true, parseResize},
	{SequenceJump, "seqjump", "AT", "sequence numbers leave out 10000", true, nil},
	{TimeJump, "tsjump", "AT[/BY]", "RTP time stamps are BY (1m) further from then on", true, parseBy},
	{AudioSilence, "audiosilence", "AT[/FOR]", "no sound, for FOR or ever more", true, parseFor},
	{Deaf, "deaf", "AT[/FOR]", "requests stay unread, for FOR or ever more", true, parseFor},
	{Drop, "drop", "PERCENT", "media packets are lost, by UDP", false, parsePercent},
	{Reorder, "reorder", "N", "some media packets come up to N too late, by UDP", false, parsePackets},
}

// FaultHelp yields how each fault is written for ParseFault and what it is.
func FaultHelp(yield func(syntax, usage string) bool) {
	for _, k := range faultKinds {
		if !yield(k.name+"="+k.value, k.usage) {
			return
		}
	}
}

// ParseFault reads a fault like reboot=30s/5s, reboot=every:1m, drop=0.5. Times may also be bare seconds.
func ParseFault(s string) (Fault, error) {
	name, value, _ := strings.Cut(s, "=")
	i := slices.IndexFunc(faultKinds, func(k faultKind) bool { return k.name == name })
	if i < 0 {
		return Fault{}, fmt.Errorf("camsim: no fault is called %q", name)
	}
	k := faultKinds[i]
	f, err := k.parse(value)
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return Fault{}, fmt.Errorf("camsim: fault %q is not like %s=%s: %w", s, k.name, k.value, err)
	}
	return f, nil
}

func (k *faultKind) parse(value string) (f Fault, err error) {
	f.Kind = k.kind
	if !k.timed {
		return f, k.argument(&f, value)
	}
	at, argument, given := strings.Cut(value, "/")
	at, f.Every = strings.CutPrefix(at, "every:")
	if f.At, err = parseTime(at); err != nil || !given {
		return f, err
	}
	if k.argument == nil {
		return f, fmt.Errorf("what is %q?", argument)
	}
	return f, k.argument(&f, argument)
}

func parseFor(f *Fault, s string) (err error) {
	f.For, err = parseTime(s)
	return err
}

func parseBy(f *Fault, s string) (err error) {
	f.By, err = parseTime(s)
	return err
}

func parseResize(f *Fault, s string) error {
	w, h, _ := strings.Cut(s, "x")
	var errW, errH error
	f.Width, errW = strconv.Atoi(w)
	f.Height, errH = strconv.Atoi(h)
	return errors.Join(errW, errH)
}

func parsePercent(f *Fault, s string) (err error) {
	f.Percent, err = strconv.ParseFloat(s, 64)
	return err
}

func parsePackets(f *Fault, s string) (err error) {
	f.Packets, err = strconv.Atoi(s)
	return err
}

func parseTime(s string) (time.Duration, error) {
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		s += "s"
	}
	return time.ParseDuration(s)
}

// withDefaults returns f, complete, for a camera.
func (f Fault) withDefaults(c *Camera) Fault {
	switch f.Kind {
	case Reboot:
		f.For = cmp.Or(f.For, defaultDown)
	case Silence:
		f.For = cmp.Or(f.For, defaultSilence)
	case AudioSilence, Deaf:
		f.For = cmp.Or(f.For, maxFaultTime)
	case TimeJump:
		f.By = cmp.Or(f.By, defaultTimeJump)
	case Resize:
		if f.Width == 0 && f.Height == 0 {
			f.Width, f.Height = 1920, 1080
			if c.Width == f.Width {
				f.Width, f.Height = defaultWidth, defaultHeight
			}
		}
	}
	return f
}

func (f *Fault) check() error {
	switch {
	case f.Kind < Reboot || f.Kind > Reorder:
		return fmt.Errorf("no fault has number %d", f.Kind)
	case f.At < 0 || f.For < 0 || f.At > maxFaultTime || f.For > maxFaultTime || f.By.Abs() > maxFaultTime:
		return errors.New("a time is negative or without end")
	case f.Every && f.At < minFaultPeriod:
		return fmt.Errorf("every %v is too often; at most every %v", f.At, minFaultPeriod)
	case !(f.Percent >= 0 && f.Percent <= 100):
		return fmt.Errorf("%v %% of the packets", f.Percent)
	case f.Packets < 0 || f.Packets > maxReorder:
		return fmt.Errorf("%d packets; at most %d", f.Packets, maxReorder)
	}
	return nil
}
