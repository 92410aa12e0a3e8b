package clocksim

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
)

// Recording is what a recorder saw, and the truth.
type Recording struct {
	Options clock.Options
	Frames  []clock.Frame
	Reports []clock.Report
	Truth   []time.Time // when each of Frames was captured
	// Latency is the constant part of the way from capture to first packet where no clock that the recorder can see tells of
	// it: frames seem to be captured when they leave.
	Latency time.Duration
}

// Record runs the camera.
func (c Camera) Record(seed uint64) *Recording {
	s := &simulation{Camera: c, Rand: rand.New(rand.NewPCG(seed, 0x636c6f636b))}
	s.phase = s.Float64()
	epochs := s.epochs()
	pictures := s.encode(s.reorder(s.stampAll(s.captures(), epochs)))
	s.recording.Options = clock.Options{ClockRate: ClockRate}
	if c.Host.Unset {
		s.recording.Options.Trust = clock.TrustCamera
	}
	if c.Reports.Policy == LastFrame {
		s.recording.Latency = duration(c.Encoder.Latency)
	}
	s.deliver(pictures, s.report(pictures, epochs))
	return &s.recording
}

func duration(seconds float64) time.Duration { return time.Duration(math.Round(seconds * 1e9)) }

// simulation is a camera while it runs.
type simulation struct {
	Camera
	*rand.Rand
	phase     float64 // of all that wanders, from 0 to 1
	recording Recording
}

// picture is a frame on its way.
type picture struct {
	captured float64
	rtp      int64 // not wrapped
	run      int
	epoch    int
	key      bool
	sent     float64 // first packet
}

func (s *simulation) exponential(mean float64) float64 { return s.ExpFloat64() * mean }

func (s *simulation) between(a, b float64) float64 { return a + s.Float64()*(b-a) }

// captures returns when the sensor takes pictures.
func (s *simulation) captures() (times []float64) {
	fps, changes := s.Capture.FPS, s.Capture.Changes
	for t := s.Float64() / fps; t < s.Seconds; t += (1 + s.Capture.PPM*1e-6) / fps {
		if len(changes) > 0 && t >= changes[0].At {
			fps, changes = changes[0].FPS, changes[1:]
		}
		times = append(times, t+s.between(-s.Capture.Jitter, s.Capture.Jitter))
	}
	return times
}

// stampAll makes pictures of the captures, but for those in the pauses between the epochs.
func (s *simulation) stampAll(captures []float64, epochs []epoch) (list []picture) {
	gop := s.Encoder.GOP
	if gop == 0 {
		gop = 50
	}
	count, number := s.counter(), 0
	for k, t := range captures {
		if len(epochs) > 1 && t >= epochs[1].from {
			epochs = epochs[1:]
			number++
		}
		if t >= epochs[0].until && len(epochs) > 1 {
			continue
		}
		p := picture{captured: t, run: epochs[0].run, epoch: number, key: k%gop == 0}
		if s.Media.Source >= Counted {
			p.rtp = epochs[0].base + s.coarse(count.stamp(k, t))
		} else {
			p.rtp = epochs[0].base + s.stamp(t)
		}
		list = append(list, p)
	}
	return list
}

// reorder puts B-frames behind the frame that follows them, which they are made from. Encoders begin anew with the stream.
func (s *simulation) reorder(list []picture) []picture {
	n := s.Capture.BFrames
	if n == 0 {
		return list
	}
	var out []picture
	for i := 0; i < len(list); {
		end := i + 1
		for end < len(list) && end-i <= n && i > 0 && list[end].epoch == list[i].epoch {
			end++
		}
		anchor := end - 1
		out = append(out, list[anchor])
		out = append(out, list[i:anchor]...)
		i = end
	}
	return out
}

// encode tells when pictures leave the encoder. They leave in order, and a B-frame not before the one that it waits for.
func (s *simulation) encode(list []picture) []picture {
	last, newest := 0.0, -1.0
	for i := range list {
		p := &list[i]
		p.sent = p.captured + s.Encoder.Latency + s.exponential(s.Encoder.Jitter)
		if p.key {
			p.sent += s.Encoder.Key
		}
		gap := 1e-5
		if p.captured < newest {
			gap = 2e-3 // of a B-frame
		}
		newest = max(newest, p.captured)
		p.sent = max(p.sent, last+gap)
		last = p.sent
	}
	return list
}

// pair is a sender report on its way.
type pair struct {
	sent float64
	ntp  float64
	rtp  int64
	run  int
}

// report makes the sender reports.
func (s *simulation) report(pictures []picture, epochs []epoch) (list []pair) {
	if s.Reports.Policy == NoReports {
		return nil
	}
	for _, e := range epochs {
		start := e.from + s.Reports.First + s.Float64()*0.05
		for t := start; t < e.until; t += s.between(s.Reports.Shortest, s.Reports.Longest) {
			i, _ := slices.BinarySearchFunc(pictures, t, func(p picture, t float64) int { return cmp.Compare(p.sent, t) })
			if i == 0 || pictures[i-1].run != e.run || pictures[i-1].captured < e.from {
				continue // nothing of this stream was sent yet
			}
			list = s.send(list, s.pair(t, &pictures[i-1], e))
		}
	}
	return list
}

// pair makes the report that leaves at t, after the picture p.
func (s *simulation) pair(t float64, p *picture, e epoch) pair {
	r := pair{sent: t, ntp: s.Clock.show(t), rtp: p.rtp, run: p.run}
	switch {
	case s.Reports.Policy == OfFrame:
		r.ntp = s.Clock.show(p.captured)
	case s.Reports.Policy == Exact && s.Media.Source >= Counted:
		r.rtp += int64((t - p.captured) * ClockRate)
	case s.Reports.Policy == Exact:
		r.rtp = e.base + s.stamp(t)
	}
	if grain := s.Reports.Grain; grain > 0 {
		r.ntp = math.Floor(r.ntp/grain+1e-9) * grain
	}
	return r
}

// send sends r, not at all or twice.
func (s *simulation) send(list []pair, r pair) []pair {
	if s.Float64() < s.Reports.Loss {
		return list
	}
	r.sent += s.Float64() * s.Reports.Delay
	list = append(list, r)
	if s.Float64() < s.Reports.Duplicates {
		r.sent += 0.001
		list = append(list, r)
	}
	return list
}

// unixNTP returns the NTP time stamp of a camera that shows so many seconds since Epoch.
func unixNTP(shown float64) ntp.Time { return ntp.FromTime(at(shown)) }
