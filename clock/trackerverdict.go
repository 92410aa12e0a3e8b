package clock

import "math"

// verdict is what the reports of the window are taken for. Seconds.
type verdict struct {
	class    Class
	grain    float64
	noise    float64   // of the series by which the camera's clock is compared with the host's
	pairs    float64   // of the pairs of times in the reports: NaN before that is known
	used     []int     // reports of the level that is believed, oldest first
	level    float64   // camera's clock minus the host's there
	q        float64   // UTC minus the arrivals' lower edge there
	drift    float64   // of q, s per s
	spread   float64   // slow wander of q
	edge     float64   // what the kind of the reports leaves open
	saw      float64   // steps by which the clock is set right now and then
	sawtooth *sawtooth // of a clock that drifts between such settings
	slew     float64   // how fast the clock is being slewed just now, s per s
	rival    float64   // how far another level is that may be the right one
	pending  float64   // step that a single report wants
	newest   float64   // arrival of the newest report that is used
	interval float64   // between reports
	zone     bool      // whole quarters of an hour were taken off
}

// columns are the reports as series, one value per report.
type columns struct {
	arrival [mostReports]float64
	media   [mostReports]float64
	pair    [mostReports]float64 // camera's clock - R
	even    [mostReports]float64 // camera's clock - arrival of a frame of the report's RTP time
	send    [mostReports]float64 // camera's clock - report's arrival
	lag     [mostReports]float64
}

// judge looks at the reports anew.
func (t *Tracker) judge() {
	c, v := &t.columns, &t.verdict
	v.grain = t.grain()
	for i := range t.reports {
		r := &t.reports[i]
		c.arrival[i], c.media[i], c.lag[i] = r.arrival, r.media, r.lag()
		c.pair[i] = r.camera + v.grain/2 - r.media
		c.even[i] = c.pair[i] - r.envelope
		c.send[i] = r.camera + v.grain/2 - r.arrival
	}
	v.interval = t.reportInterval()
	t.classify()
	v.edge = 0
	series := t.series()
	t.chooseLevel(series)
	t.followDrift(series)
	t.measure()
}

// series returns camera's clock minus the host's, by the reading that the class wants.
func (t *Tracker) series() []float64 {
	if t.verdict.class == SendStamped {
		return t.columns.send[:len(t.reports)]
	}
	return t.columns.even[:len(t.reports)]
}

// grain returns in which steps the camera's clock is read. One or two whole seconds are hardly by chance.
func (t *Tracker) grain() float64 {
	t.walls = t.walls[:0]
	for i := range t.reports {
		t.walls = append(t.walls, t.reports[i].wall)
	}
	few := len(t.walls) < 3
	for len(t.walls) < 3 {
		t.walls = append(t.walls, t.walls[0])
	}
	g := grain(t.walls).Seconds()
	if few && g < 1 {
		return 0
	}
	return g
}

// usualInterval is assumed between reports before three are known (RFC 3550 §6.2), s.
const usualInterval = 5.0

func (t *Tracker) reportInterval() float64 {
	if len(t.reports) < 3 {
		return usualInterval
	}
	t.scratch.values = t.scratch.values[:0]
	for i := 1; i < len(t.reports); i++ {
		t.scratch.values = append(t.scratch.values, t.reports[i].arrival-t.reports[i-1].arrival)
	}
	return medianOf(t.scratch.values)
}

// classFrom is the number of reports that tell a class by their scatter: what comes next can't be waited for.
const classFrom = 6

// classify finds out what the pair of times in the reports means.
func (t *Tracker) classify() {
	n, c, v := len(t.reports), &t.columns, &t.verdict
	e := evidence{
		onGrid: t.onGridShare(), pairNoise: t.pairNoise(), sendNoise: t.scratch.localNoise(c.arrival[:n], c.send[:n]),
		lag: t.scratch.median(c.lag[:n]), lagSpread: t.scratch.scatter(c.lag[:n]), sent: t.scratch.median(c.send[:n]),
		late: t.scratch.lateShare(c.even[:n], c.lag[:n]), frameNoise: t.excess.scatter(&t.scratch),
	}
	v.pairs = e.pairNoise
	if n < classFrom {
		e.pairNoise = math.NaN()
	}
	was := v.class
	v.class = e.class(n, v.grain, t.trusted())
	switch {
	case n < classFrom && t.host.known && t.leftEvenly():
		v.class = SendStamped
	case n >= classFrom && t.unclear(&e) && was == Envelope:
		v.class = was
	case n >= classFrom && t.unclear(&e):
		v.class = classUnheard(c.even[:n], v.pairs, t.interval)
	}
	if !t.host.known && e.onGrid >= leastOnGrid {
		v.class = classUnheard(c.even[:n], v.pairs, t.interval)
	}
	if v.noise = e.sendNoise; v.class != SendStamped {
		v.noise = t.scratch.localNoise(c.arrival[:n], c.even[:n])
	}
	if math.IsNaN(v.noise) {
		v.noise = assumedNoise
		if v.class == Envelope || v.class == Ambiguous {
			v.noise = assumedLag
		}
	}
}

// leftEvenly says whether so few reports that their noise can't be told left evenly by the camera's clock, while what they say
// of the frames that they name scatters.
func (t *Tracker) leftEvenly() bool {
	n, c := len(t.reports), &t.columns
	pairs := width(c.even[:n])
	return t.onGridShare() >= leastOnGrid && pairs > noisyPair && width(c.send[:n]) < evenly*pairs
}

// unclear says whether reports pass for exact although their pairs scatter, while arrivals scatter too much to tell if later
// reports have later pairs.
func (t *Tracker) unclear(e *evidence) bool {
	n, c, v := len(t.reports), &t.columns, &t.verdict
	if v.class != Exact || e.onGrid < leastOnGrid || v.pairs <= max(noisyPair, v.grain/2) {
		return false
	}
	share, deviation := t.scratch.share(c.even[:n], c.lag[:n])
	return e.sendNoise > hiding*v.pairs || share+surely*deviation > evenShare
}

const (
	hiding = 1.5 // times as much scatter of the arrivals as of the pairs, which is in theirs as well where clocks are noisy
	surely = 4   // standard deviations, for they share reports
)

// evenly is the part of the scatter of the pairs that reports may scatter by which left evenly: a quarter.
const evenly = 0.25

func (t *Tracker) onGridShare() float64 {
	n := 0
	for i := range t.reports {
		if t.reports[i].onGrid {
			n++
		}
	}
	return float64(n) / float64(len(t.reports))
}

// pairNoise returns the scatter of camera's clock - R about a line, the median over the segments that have enough reports.
func (t *Tracker) pairNoise() float64 {
	c, s := &t.columns, &t.noises
	*s = (*s)[:0]
	for from := 0; from < len(t.reports); {
		to := from
		for to < len(t.reports) && t.reports[to].segment == t.reports[from].segment {
			to++
		}
		if noise := t.scratch.localNoise(c.media[from:to], c.pair[from:to]); !math.IsNaN(noise) {
			*s = append(*s, noise)
		}
		from = to
	}
	return t.scratch.median(*s)
}
