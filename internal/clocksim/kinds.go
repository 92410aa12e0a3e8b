package clocksim

import (
	"hash/fnv"
	"math/rand/v2"
)

// kinds are the cameras that the estimators were studied with.
var kinds = []struct {
	name string
	make func(d *draw) Camera
}{
	{"i_ideal", func(d *draw) Camera { return d.lan(Exact) }},
	{"ii_sendstamp", func(d *draw) Camera { return d.prompt(LastFrame) }},
	{"ii_alias", sendAliased},
	{"ii_enc25ms", slowEncoder},
	{"iii_ms_ntp", func(d *draw) Camera { return d.lan(Exact).grain(1e-3) }},
	{"iv_ppm", func(d *draw) Camera { return d.lan(Exact).drifting(d, 2) }},
	{"ii+iv", func(d *draw) Camera { return d.prompt(LastFrame).drifting(d, 2).uneven(d) }},
	{"ii+iv_wifi", func(d *draw) Camera { return d.prompt(LastFrame).drifting(d, 2).uneven(d).wifi() }},
	{"v_const_jitter", jitteringSensor},
	{"vi_sys_step", mediaFollowsStep},
	{"vii_step", clockStep},
	{"vii_slew", clockSlew},
	{"viii_sr_sparse", sparseReports},
	{"ix_wrap", wrapping},
	{"ix_restart", restarting},
	{"x_bframes", func(d *draw) Camera { return d.lan(Exact).drifting(d, 0).bframes(2) }},
	{"x_bframes_ii", func(d *draw) Camera { return d.prompt(LastFrame).drifting(d, 0).bframes(2) }},
	{"xi_1970", func(d *draw) Camera { return d.lan(Exact).drifting(d, 0).unset(d) }},
	{"xi_1970_wifi", func(d *draw) Camera { return d.lan(Exact).drifting(d, 0).unset(d).wifi() }},
	{"xii_loss", lossy},
	{"xiii_rate_lie", countsTooFast},
	{"harsh", func(d *draw) Camera { return d.harsh(LastFrame) }},
	{"harsh_exact", harshExact},
	{"frame_ntp", func(d *draw) Camera { return d.lan(OfFrame).drifting(d, 0) }},
	{"sawtooth", sawtooth},
	{"sec_ntp", func(d *draw) Camera { return d.lan(Exact).drifting(d, 0).grain(1) }},
	{"batch100", batched},
	{"fps5_ii", slowSensor},
	{"night_fps", nightRate},
	{"xiv_rtp_ms", coarseMedia},
}

// Kinds returns the names of the kinds of cameras.
func Kinds() []string {
	names := make([]string, 0, len(kinds))
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// Kind draws a camera of the named kind, which must be one of Kinds.
func Kind(name string, seed uint64, seconds float64) Camera {
	h := fnv.New64a()
	h.Write([]byte(name))
	for _, k := range kinds {
		if k.name == name {
			return k.make(&draw{rand.New(rand.NewPCG(seed, h.Sum64())), seconds})
		}
	}
	panic("clocksim: no kind " + name)
}

// Pair draws two cameras of a kind that are recorded at the same time.
func Pair(name string, seed uint64, seconds float64) [2]*Recording {
	return [2]*Recording{Kind(name, 2*seed, seconds).Record(2 * seed), Kind(name, 2*seed+1, seconds).Record(2*seed + 1)}
}

// draw draws what the kinds leave open.
type draw struct {
	*rand.Rand
	seconds float64
}

func (d *draw) between(a, b float64) float64 { return a + d.Float64()*(b-a) }

func (d *draw) sign() float64 { return float64(1 - 2*d.IntN(2)) }

// lan returns a camera with 20 ms of encoder on a cable, which reports each 5 s.
func (d *draw) lan(p Policy) Camera {
	c := d.prompt(p)
	c.Encoder = Encoder{Latency: 20e-3, Jitter: 0.4e-3, Key: 2e-3}
	return c
}

// prompt is lan without the time for encoding.
func (d *draw) prompt(p Policy) Camera {
	return Camera{
		Seconds: d.seconds,
		Capture: Capture{FPS: 25},
		Reports: Reports{Policy: p, Shortest: 4.9, Longest: 5.1, First: 0.3},
		Network: Network{Delay: 0.3e-3, Jitter: 0.2e-3},
		Host:    Host{PPM: 0.3, Wander: 0.1e-3},
	}
}

// drifting gives the media clock a rate of its own.
func (c Camera) drifting(d *draw, wander float64) Camera {
	c.Media.PPM, c.Media.Wander = d.sign()*d.between(20, 200), wander
	return c
}

// uneven gives the sensor a rate of its own.
func (c Camera) uneven(d *draw) Camera {
	c.Capture.PPM = d.between(-100, 100)
	return c
}

func (c Camera) wifi() Camera {
	c.Network = Network{Delay: 1.5e-3, Jitter: 4e-3, Stalls: 0.03, StallShort: 0.1, StallLong: 0.6}
	return c
}

func (c Camera) grain(g float64) Camera {
	c.Reports.Grain = g
	return c
}

func (c Camera) bframes(n int) Camera {
	c.Capture.BFrames = n
	return c
}

// unset gives the camera a clock that began at 1970 when it was switched on.
func (c Camera) unset(d *draw) Camera {
	c.Clock.Offset = -float64(Epoch.Unix()) + d.between(100, 1e6)
	return c
}

func sendAliased(d *draw) Camera {
	c := d.prompt(LastFrame)
	c.Reports.Shortest, c.Reports.Longest = 5, 5
	return c
}

func slowEncoder(d *draw) Camera {
	c := d.lan(LastFrame)
	c.Encoder.Latency, c.Encoder.Jitter = 25e-3, 1e-3
	return c
}

func jitteringSensor(d *draw) Camera {
	c := d.prompt(LastFrame)
	c.Capture.FPS, c.Capture.Jitter, c.Media.Source = 30, 10e-3, Counted
	return c
}

// stepped lets the camera's clock be wrong by half a second until about the middle.
func (c Camera) stepped(d *draw) Camera {
	c.Clock.Offset = d.sign() * 0.5
	c.Clock.Steps = []Step{{d.seconds * d.between(0.35, 0.65), -c.Clock.Offset}}
	return c
}

func mediaFollowsStep(d *draw) Camera {
	c := d.lan(Exact).stepped(d)
	c.Media.Source = Follows
	return c
}

func clockStep(d *draw) Camera { return d.lan(Exact).drifting(d, 0).stepped(d) }

func clockSlew(d *draw) Camera {
	c := d.lan(Exact).drifting(d, 0)
	c.Clock.Offset = d.sign() * 0.05
	c.Clock.Slews = []Slew{{d.seconds * d.between(0.2, 0.4), -c.Clock.Offset, 500}}
	return c
}

func sparseReports(d *draw) Camera {
	c := d.prompt(LastFrame).drifting(d, 0)
	c.Reports.Shortest, c.Reports.Longest, c.Reports.First = 1, 30, 5
	c.Reports.Loss, c.Reports.Duplicates = 0.3, 0.1
	return c
}

func wrapping(d *draw) Camera {
	c := d.lan(Exact).drifting(d, 0)
	c.Media.WrapAt = d.seconds * d.between(0.3, 0.7)
	return c
}

func restarting(d *draw) Camera {
	c := d.lan(Exact).drifting(d, 0)
	c.Reports.First = 5
	c.Media.Restarts = []Restart{{At: d.seconds * d.between(0.3, 0.6), Gap: 2}}
	return c
}

func lossy(d *draw) Camera {
	c := d.lan(Exact).drifting(d, 0)
	c.Network.Loss, c.Network.LongestBurst, c.Reports.Loss = 0.02, 12, 0.05
	return c
}

func countsTooFast(d *draw) Camera {
	c := d.prompt(LastFrame)
	c.Capture.FPS, c.Media.CountedFPS, c.Media.Source = 21, 25, Counted
	return c
}

// harsh is a camera under load on a busy network.
func (d *draw) harsh(p Policy) Camera {
	c := d.prompt(p).drifting(d, 5).uneven(d)
	c.Media.WanderPeriod = 600
	c.Encoder = Encoder{Jitter: 3e-3, Key: 8e-3}
	c.Network = Network{Delay: 0.5e-3, Jitter: 0.6e-3, Stalls: 0.02, StallShort: 0.1, StallLong: 0.6}
	c.Reports.Delay, c.Reports.Loss = 3e-3, 0.05
	return c
}

func harshExact(d *draw) Camera {
	c := d.harsh(Exact).grain(1e-3)
	c.Encoder.Latency = 20e-3
	return c
}

// sawtooth is a clock that runs fast and is set right every 100 s.
func sawtooth(d *draw) Camera {
	c := d.lan(Exact).drifting(d, 0)
	c.Clock.PPM = 60
	for t := 100.0; t <= d.seconds; t += 100 {
		c.Clock.Steps = append(c.Clock.Steps, Step{t, -60e-6 * 100})
	}
	return c
}

func batched(d *draw) Camera {
	c := d.prompt(LastFrame).drifting(d, 0)
	c.Network.Batch = 0.1
	return c
}

func slowSensor(d *draw) Camera {
	c := d.prompt(LastFrame).drifting(d, 0)
	c.Capture.FPS = 5
	return c
}

// nightRate halves the frame rate for a while, and the media clock counts on as if nothing were.
func nightRate(d *draw) Camera {
	c := d.prompt(LastFrame)
	c.Media.Source, c.Media.CountedFPS = Counted, 25
	c.Capture.Changes = []Pace{{d.seconds * 0.4, 12.5}, {d.seconds * 0.7, 25}}
	return c
}

func coarseMedia(d *draw) Camera {
	c := d.lan(Exact).drifting(d, 0).grain(1e-3)
	c.Media.Tick = ClockRate / 1000
	return c
}
