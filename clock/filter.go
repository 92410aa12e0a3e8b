package clock

import "math"

// filter follows three clocks at once: the media clock (R), the camera's (UTC, while it is right) and the host's, as far as
// the arrivals tell of it. It is a Kalman filter with the state
//
//	a = UTC - R, ms
//	b = the rate of a, ppm
//	q = UTC - the lower envelope of the arrivals, ms: minus the fastest way to the host, plus the camera's error
//
// in units that keep the three at one scale. There is no matrix library: three states are plain arithmetic.
type filter struct {
	a, b, q float64
	cov     covariance
}

// covariance is symmetric: ms², ppm², and mixed.
type covariance struct {
	aa, ab, aq, bb, bq, qq float64
}

// How the three states wander, per second.
const (
	phaseNoise = 1e-8 // ms²: white frequency noise of the media clock, 0.1 µs in a second
	rateNoise  = 0.04 // ppm²: the crystal's temperature, 2 ppm in 100 s
	wayNoise   = 9e-4 // ms²: the camera's discipline against the host's, 30 µs in a second
	rateFloor  = 1e-9 // ppm², ms²: keep the covariance regular however short the step
	wayFloor   = 1e-12
)

// measure says what a measurement is of.
type measure uint8

const (
	ofEnvelope measure = iota // arrival - R of a frame that met no delay: a - q
	ofPair                    // NTP - R of a report whose two times are of one instant: a
	ofSend                    // NTP - arrival of a report that was stamped when it left: q
)

// predict moves the state by dt seconds. drift is how fast q is known to change, in ppm.
func (f *filter) predict(dt, drift float64) {
	k := dt * 1e-3 // ms per ppm
	f.a += k * f.b
	f.q += k * drift
	p := &f.cov
	p.aa += k * (2*p.ab + k*p.bb)
	p.ab += k * p.bb
	p.aq += k * p.bq
	dt, k = math.Abs(dt), math.Abs(k)
	p.aa += phaseNoise*dt + rateNoise*dt*k*k/3
	p.ab += rateNoise * dt * k / 2
	p.bb += rateNoise*dt + rateFloor
	p.qq += wayNoise*dt + wayFloor
}

// rateSpread is how well the envelope tells the rate of a media clock that began anew, in ppm.
const rateSpread = 50

// restart begins a new stretch of the media clock, dt seconds after the last step. Only q survives; a and b are what the
// arrivals say: envelope is arrival - R in ms with a standard deviation of noise, rate its slope in ppm.
func (f *filter) restart(envelope, rate, noise, dt, drift float64) {
	dt = math.Abs(dt)
	f.q += dt * 1e-3 * drift
	f.a, f.b = envelope+f.q, rate
	v := f.cov.qq + wayNoise*dt + wayFloor
	f.cov = covariance{aa: v + noise*noise, aq: v, qq: v, bb: rateSpread * rateSpread}
}

// expect returns how far a measured value (ms) is from the state, and the variance that is expected of that (ms²).
func (f *filter) expect(m measure, value, variance float64) (off, spread float64) {
	p := &f.cov
	switch m {
	case ofEnvelope:
		return value - (f.a - f.q), p.aa - 2*p.aq + p.qq + variance
	case ofPair:
		return value - f.a, p.aa + variance
	default:
		return value - f.q, p.qq + variance
	}
}

// column returns the covariance of the three states with what m measures.
func (p *covariance) column(m measure) (a, b, q float64) {
	switch m {
	case ofEnvelope:
		return p.aa - p.aq, p.ab - p.bq, p.aq - p.qq
	case ofPair:
		return p.aa, p.ab, p.aq
	default:
		return p.aq, p.bq, p.qq
	}
}

// When a measurement is doubted. The margins, in ms, are what several networks at once do to one block or report.
const (
	lateSigma, lateMargin = 5, 0.1 // a minimum that came later than this met traffic …
	mostLate              = 4      // … unless so many do in a row
	jumpSigma, jumpMargin = 6, 0.2 // a media clock that is this far off has changed its rate
	heldSigma             = 2      // a report is that much too early: the network held it up after it was stamped
)

// update takes a measured value (ms) with its variance (ms²).
func (f *filter) update(m measure, value, variance float64) {
	off, spread := f.expect(m, value, variance)
	if !(spread > 0) {
		return
	}
	a, b, q := f.cov.column(m)
	f.a += a / spread * off
	f.b += b / spread * off
	f.q += q / spread * off
	// P - c·cᵀ/s, where c is the column and s the spread, is the same as Joseph's form for the best gain. The diagonal is
	// kept from rounding below nothing.
	p := &f.cov
	p.aa = max(p.aa-a*a/spread, 0)
	p.ab -= a * b / spread
	p.aq -= a * q / spread
	p.bb = max(p.bb-b*b/spread, 0)
	p.bq -= b * q / spread
	p.qq = max(p.qq-q*q/spread, 0)
}

// loosen makes room for a change of the media clock by so many ms: nothing is known of its rate for a while.
func (f *filter) loosen(off float64) {
	f.cov.aa += off * off
	f.cov.bb += off * 200 * off * 200 // as if it had built up within five seconds
}
