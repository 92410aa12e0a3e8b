package clocksim

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
)

// packet is a frame's first packet or a report.
type packet struct {
	sent    float64
	picture *picture
	pair    *pair
}

// deliver sends all through the network to the recorder.
func (s *simulation) deliver(pictures []picture, pairs []pair) {
	net := network{simulation: s, last: math.Inf(-1)}
	net.drawStalls()
	rec := receiver{simulation: s, unwrapped: map[int]int64{}}
	for _, p := range merge(pictures, pairs) {
		arrival := net.transit(p.sent)
		if p.picture != nil && net.lost() {
			continue
		}
		net.last = arrival
		rec.receive(p, arrival)
	}
}

// merge puts pictures and reports in the order in which they leave.
func merge(pictures []picture, pairs []pair) []packet {
	list := make([]packet, 0, len(pictures)+len(pairs))
	for i := range pictures {
		list = append(list, packet{sent: pictures[i].sent, picture: &pictures[i]})
	}
	for i := range pairs {
		list = append(list, packet{sent: pairs[i].sent, pair: &pairs[i]})
	}
	slices.SortStableFunc(list, func(a, b packet) int { return cmp.Compare(a.sent, b.sent) })
	return list
}

// network is the state of the way to the recorder.
type network struct {
	*simulation
	last   float64 // arrival
	stalls []stall // not over yet
	burst  int     // frames still to lose
}

type stall struct{ from, until float64 }

func (n *network) drawStalls() {
	if n.Network.Stalls == 0 {
		return
	}
	for t := n.exponential(1 / n.Network.Stalls); t < n.Seconds; t += n.exponential(1 / n.Network.Stalls) {
		n.stalls = append(n.stalls, stall{t, t + n.between(n.Network.StallShort, n.Network.StallLong)})
	}
}

// transit returns when something that was sent at t arrives. Nothing overtakes.
func (n *network) transit(t float64) float64 {
	arrival := t + n.Network.Delay + n.exponential(n.Network.Jitter)
	for _, s := range n.stalls {
		if s.from <= t && t < s.until {
			arrival = max(arrival, s.until+n.Float64()*0.002)
		}
	}
	if n.Network.Batch > 0 {
		arrival = math.Ceil(arrival/n.Network.Batch) * n.Network.Batch
	}
	return max(arrival, n.last+2e-6)
}

func (n *network) lost() bool {
	if n.burst > 0 {
		n.burst--
		return true
	}
	if n.Network.Loss == 0 || n.Float64() >= n.Network.Loss {
		return false
	}
	if n.Network.LongestBurst > 1 {
		n.burst = n.IntN(n.Network.LongestBurst)
	}
	return true
}

// receiver is the recorder.
type receiver struct {
	*simulation
	unwrapped map[int]int64 // by run: the newest time stamp of a frame
}

func (r *receiver) receive(p packet, arrival float64) {
	var when time.Time
	if !r.Host.Blind {
		when = at(r.Host.show(arrival, r.phase))
	}
	rec := &r.recording
	if p.picture == nil {
		rec.Reports = append(rec.Reports, clock.Report{NTP: unixNTP(p.pair.ntp), RTP: r.unwrap(p.pair.run, p.pair.rtp, false),
			Run: p.pair.run, Before: len(rec.Frames), Arrival: when})
		return
	}
	rec.Frames = append(rec.Frames, clock.Frame{RTP: r.unwrap(p.picture.run, p.picture.rtp, true), Run: p.picture.run, Arrival: when})
	rec.Truth = append(rec.Truth, at(p.picture.captured))
}

// unwrap gives the 32 bits that are on the wire their place near the newest frame.
func (r *receiver) unwrap(run int, rtp int64, frame bool) int64 {
	low := uint32(rtp)
	near, ok := r.unwrapped[run]
	if !ok {
		near = int64(low)
	}
	got := near + int64(int32(low-uint32(near))) // RFC 3550 §5.1
	if frame || !ok {
		r.unwrapped[run] = got
	}
	return got
}
