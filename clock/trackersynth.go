package clock

import "math"

// synthetic finds cameras that count their frames instead of telling their time, while the sensor's pace is uneven: then the
// arrival tells more of the capture than the RTP time stamp.
type synthetic struct {
	gaps    [400]gap
	n       int     // all that were added
	trust   bool    // add the excess to the time
	found   bool    // time stamps are counted; without trust that only widens the bound
	usual   float64 // median excess, s
	scatter float64 // of the captures about the time stamps, s; 0 where it is not seen
	jitter  float64 // of a single frame, s
	tick    int64   // of which all steps of the RTP time stamps are multiples, as far as that is plausible
}

// gap is what passes from one frame to the next.
type gap struct {
	arrival float64 // s
	ticks   int64
}

const (
	synthEvery   = 50   // frames from one look to the next,
	synthFirst   = 10   // and among so many at first
	quietScatter = 1e-3 // s: less is that of a quiet network
	synthFrames  = 200  // frames that a look needs
	eighty       = 2.56 // standard deviations from 10 to 90 % of a normal distribution
	mostTick     = 900  // ticks: coarser steps, of 10 ms at 90 kHz, are the frame interval itself
)

func (y *synthetic) add(g gap) {
	y.gaps[y.n%len(y.gaps)] = g
	y.n = onward(y.n, len(y.gaps))
}

// look judges the newest frames. e is how late they were; the reordered ones, which waited for others, aren't in it.
func (y *synthetic) look(e *excess, interval float64, reordered bool, s *scratch) {
	y.found, y.trust, y.usual, y.scatter, y.jitter = false, false, 0, 0, 0
	y.tick = y.commonTick()
	if !y.counted(s) {
		return
	}
	late := e.inOrder(s)
	spread, middle := quantile(late, 0.9)-quantile(late, 0.1), quantile(late, 0.5)
	if e.n < synthFrames || y.n < synthFrames { // too early to say what the scatter is of
		y.jitter = spread / eighty
		return
	}
	if spread < quietScatter {
		return
	}
	early, last := middle-quantile(late, 0.01), quantile(late, 0.99)-middle
	lean := early / max(last, 1e-9)
	bunches := y.bunches(bunched * interval)
	y.usual = middle
	if spread < leastScatter || lean < networkSkew || bunches > mostBunched && !reordered {
		y.jitter = (middle - quantile(late, 0.1)) / (eighty / 2) // the network is to blame for the late half alone
		return
	}
	y.found = true
	y.trust = lean > captureSkew && bunches < fewestBunched && !reordered
	y.scatter, y.jitter = spread/eighty, spread/eighty
	if y.trust {
		y.jitter = max(spread*captureNoise, (last-early)/3) // what leans to the late side is the network's or the encoder's
	}
}

// recent returns the gaps that are remembered, in no order.
func (y *synthetic) recent() []gap { return y.gaps[:min(y.n, len(y.gaps))] }

// commonTick returns the largest step of which all are multiples.
func (y *synthetic) commonTick() int64 {
	tick := int64(0)
	for _, g := range y.recent() {
		if tick = gcd(tick, g.ticks); tick == 1 {
			return 1
		}
	}
	if tick == 0 || tick > mostTick {
		return 1
	}
	return tick
}

// counted says whether the steps of the RTP time stamps are all alike, or multiples where frames were lost. A count may be
// cut to milliseconds. Cameras that count too fast, and skip one now and then, are among them: Amcrest's.
func (y *synthetic) counted(s *scratch) bool {
	s.values = s.values[:0]
	for _, g := range y.recent() {
		s.values = append(s.values, math.Abs(float64(g.ticks)))
	}
	step := medianOf(s.values)
	if step <= 0 {
		return false
	}
	n, room := 0, max(1.5, float64(y.tick))
	for _, g := range s.values {
		if math.Abs(g-step*math.Round(g/step)) <= room {
			n++
		}
	}
	return float64(n) >= countedShare*float64(len(s.values))
}

// bunches returns the share of frames that came closer behind the one before than limit.
func (y *synthetic) bunches(limit float64) float64 {
	n, all := 0, y.recent()
	for _, g := range all {
		if g.arrival < limit {
			n++
		}
	}
	return float64(n) / float64(len(all))
}
