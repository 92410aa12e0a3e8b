package clock

import (
	"cmp"
	"slices"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// recording is what was observed, in seconds as float64. They are counted from nearby, so that a day of them is exact to
// some picoseconds: differences are taken as whole nanoseconds and ticks before.
type recording struct {
	options   Options
	rate      float64   // ticks of the media clock per second
	origin    time.Time // the host's time 0, UTC
	heard     bool      // the arrivals are known
	frames    []Frame
	media     []float64 // per frame: its RTP time since the first frame of its stretch
	host      []float64 // per frame: its arrival since origin, never decreasing; without arrivals, as media tells
	stretches []stretch
	ofRun     map[int][]int // by run: its stretches, in order
	reports   []report
	scratch   scratch
}

// stretch is a row of frames of one run.
type stretch struct {
	from, to int   // frames
	rtp      int64 // of the first frame
}

// report is a sender report that can be placed among the frames.
type report struct {
	index   int   // among the caller's
	stretch int   // whose media clock it names
	frame   int   // of the stretch, received about then
	segment int   // of the media clock
	rtp     int64 // ticks
	wall    int64 // what the camera's clock showed, ns since 1970

	camera float64 // C: what the camera's clock showed, s since origin
	media  float64 // R: the media clock, s since the first frame of the stretch
	host   float64 // L: the arrival
	pair   float64 // C - R
	above  float64 // C - R - envelope: camera's clock minus the host's if both times are of one instant
	sent   float64 // C - L: the same if the report was stamped when it left
	lag    float64 // L - R - envelope: how long after its RTP time the report came, beside a frame
}

// advance moves what the camera's clock showed.
func (r *report) advance(by float64) {
	r.camera, r.pair, r.above, r.sent = r.camera+by, r.pair+by, r.above+by, r.sent+by
}

// secondEra is when the seconds of NTP begin at 0 again (RFC 5905 §6), in February 2036: the middle of the years that they can mean
// here, 1968 to 2104.
var secondEra = time.Unix(1<<32-2208988800, 0)

func newRecording(o Options, reports []Report, frames []Frame) *recording {
	r := &recording{options: o, rate: float64(max(o.ClockRate, 1)), frames: frames}
	r.findStretches()
	r.findArrivals(reports)
	r.findReports(reports)
	return r
}

func (r *recording) findStretches() {
	r.media, r.ofRun = make([]float64, len(r.frames)), map[int][]int{}
	for i := range r.frames {
		f := &r.frames[i]
		if i == 0 || f.Run != r.frames[i-1].Run {
			r.ofRun[f.Run] = append(r.ofRun[f.Run], len(r.stretches))
			r.stretches = append(r.stretches, stretch{from: i, rtp: f.RTP})
		}
		s := &r.stretches[len(r.stretches)-1]
		s.to = i + 1
		r.media[i] = r.seconds(f.RTP, s.rtp)
	}
}

// seconds returns the time between two RTP time stamps. The difference of hostile ones overflows; wrong it is anyway.
func (r *recording) seconds(rtp, since int64) float64 { return float64(rtp-since) / r.rate }

// findArrivals fills host. Recordings of other programs have no arrivals at all: then the media clock stands in, so that
// what follows has a line to place reports on.
func (r *recording) findArrivals(reports []Report) {
	known := 0
	for i := range r.frames {
		if a := r.frames[i].Arrival; !a.IsZero() {
			if known++; known == 1 {
				r.origin = a
			}
		}
	}
	r.heard = known > 0 && known >= len(r.frames)/2
	r.host = make([]float64, len(r.frames))
	if !r.heard {
		r.originOf(reports)
		r.hostByMedia()
		return
	}
	for i := range r.frames {
		r.host[i] = r.arrival(i)
	}
	for i := 1; i < len(r.host); i++ { // a single time from the future must not hold up all that follow
		if i+1 < len(r.host) && r.host[i] > r.host[i+1] && r.host[i+1] >= r.host[i-1] {
			r.host[i] = r.host[i+1]
		}
		r.host[i] = max(r.host[i], r.host[i-1])
	}
}

// arrival returns the frame's arrival, or where it is unknown one that tells nothing new: as late as the frame before.
func (r *recording) arrival(i int) float64 {
	if a := r.frames[i].Arrival; !a.IsZero() {
		return a.Sub(r.origin).Seconds()
	}
	if i == 0 {
		return 0
	}
	return r.host[i-1] + max(r.media[i]-r.media[i-1], 0)
}

// originOf sets the origin by the first usable report, when there are no arrivals.
func (r *recording) originOf(reports []Report) {
	r.origin = time.Unix(0, 0)
	for _, p := range reports {
		if p.NTP != 0 {
			r.origin = p.NTP.Near(secondEra)
			return
		}
	}
}

func (r *recording) hostByMedia() {
	at := 0.0
	for _, s := range r.stretches {
		for i := s.from; i < s.to; i++ {
			r.host[i] = at + max(r.media[i], 0)
		}
		at = r.host[s.to-1] + 1
	}
}

// findReports takes the reports that name a time and a run that exist, each once.
func (r *recording) findReports(reports []Report) {
	type pair struct {
		ntp      ntp.Time
		rtp, run int64
	}
	if len(r.frames) == 0 {
		return
	}
	seen := make(map[pair]bool, len(reports))
	for i, p := range reports {
		key := pair{p.NTP, p.RTP, int64(p.Run)}
		if p.NTP == 0 || seen[key] {
			continue
		}
		seen[key] = true
		if s, frame, ok := r.place(&p); ok {
			r.reports = append(r.reports, r.newReport(i, &p, s, frame))
		}
	}
}

func (r *recording) newReport(i int, p *Report, s, frame int) report {
	wall := p.NTP.Near(secondEra).UnixNano()
	n := report{index: i, stretch: s, frame: frame, rtp: p.RTP, wall: wall}
	n.camera = float64(wall-r.origin.UnixNano()) * 1e-9
	n.media = r.seconds(p.RTP, r.stretches[s].rtp)
	n.host = r.host[frame]
	if r.heard && !p.Arrival.IsZero() {
		n.host = p.Arrival.Sub(r.origin).Seconds()
	}
	return n
}

// place returns the stretch of a report's run, and a frame of it that was received about when the report was. A report can
// come before the first frame of its run.
func (r *recording) place(p *Report) (s, frame int, ok bool) {
	own := r.ofRun[p.Run] // found by halving: a recording may have as many runs as frames
	if len(own) == 0 {
		return 0, 0, false
	}
	at := min(max(p.Before-1, 0), len(r.frames)-1)
	away := func(s int) int { return max(r.stretches[s].from-at, at-r.stretches[s].to+1, 0) }
	next, _ := slices.BinarySearchFunc(own, at, func(s, at int) int { return cmp.Compare(r.stretches[s].from, at+1) })
	s = own[max(next-1, 0)] // the last that begins before the report
	if next < len(own) && away(own[next]) < away(s) {
		s = own[next]
	}
	return s, min(max(at, r.stretches[s].from), r.stretches[s].to-1), true
}

// column returns one value of each report.
func (f *fit) column(of func(*report) float64) []float64 {
	v := make([]float64, len(f.reports))
	for i := range f.reports {
		v[i] = of(&f.reports[i])
	}
	return v
}

func reportHost(r *report) float64  { return r.host }
func reportSent(r *report) float64  { return r.sent }
func reportAbove(r *report) float64 { return r.above }
func reportLag(r *report) float64   { return r.lag }
