package clock_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
)

// model is a camera of which everything is drawn by lot: its three clocks, its network and what goes wrong with them.
type model struct {
	interval          time.Duration
	mediaPPM, hostPPM float64
	offset            time.Duration // of the camera's clock
	step              time.Duration // by which it is set, at a frame
	stepAt            int
	restartAt         int // frame of a new run
	setAt             int // frame at which the media clock is set within its run
	jitter            time.Duration
	groups            bool // B-frames
	sent              bool // reports are stamped when they leave
	grain             time.Duration
	every             int // frames between reports
}

func anyModel(r *rand.Rand) model {
	pick := func(d ...time.Duration) time.Duration { return d[r.IntN(len(d))] }
	return model{
		interval: pick(20, 33, 40, 100, 200) * time.Millisecond,
		mediaPPM: r.Float64()*400 - 200, hostPPM: r.Float64()*2 - 1,
		offset: pick(0, 10*time.Millisecond, -100*time.Millisecond, 5*time.Second, time.Hour),
		step:   pick(0, 500*time.Millisecond, -500*time.Millisecond, 6*time.Millisecond, -200*time.Millisecond), stepAt: r.IntN(1500),
		restartAt: r.IntN(3000), setAt: r.IntN(3000), jitter: pick(0, time.Millisecond, 10*time.Millisecond), groups: r.IntN(3) == 0,
		sent: r.IntN(2) == 0, grain: pick(0, 0, time.Millisecond, time.Second), every: 10 + r.IntN(200),
	}
}

// run lets a Tracker follow the model for some frames.
func (m *model) run(tr *clock.Tracker, r *rand.Rand, count int) (frames []clock.Frame, list []clock.Estimate) {
	order := make([]int, count)
	for k := range order {
		order[k] = k
	}
	if m.groups {
		order = presentation(r, count)
	}
	sent := time.Duration(0)
	base, run := r.Int64N(1<<40), 0
	for i, k := range order {
		if i == m.restartAt {
			base, run = r.Int64N(1<<40), run+1
		}
		if i == m.setAt {
			base += r.Int64N(2*rate) - rate
		}
		captured := time.Duration(k) * m.interval
		sent = max(sent+20*time.Microsecond, captured) // in the order of decoding
		arrival := func(at time.Duration) time.Time {
			at += time.Duration(r.ExpFloat64()*float64(m.jitter)) + 20*time.Millisecond
			return start.Add(at + time.Duration(float64(at)*m.hostPPM*1e-6))
		}
		rtp := func(at time.Duration) int64 { return base + int64(at.Seconds()*rate*(1+m.mediaPPM*1e-6)) }
		if i%m.every == 3 {
			wall := start.Add(sent + m.offset)
			if i >= m.stepAt {
				wall = wall.Add(m.step)
			}
			named := sent
			if m.sent {
				named = captured
			}
			if m.grain > 0 {
				wall = wall.Truncate(m.grain)
			}
			tr.Report(clock.Report{NTP: ntp.FromTime(wall), RTP: rtp(named), Run: run, Before: i, Arrival: arrival(sent)})
		}
		f := clock.Frame{RTP: rtp(captured), Run: run, Arrival: arrival(sent)}
		frames, list = append(frames, f), append(list, tr.Frame(f))
	}
	return frames, list
}

// Whatever the camera does, time does not run backwards as the frames are shown.
func TestNeverBackwardsWithAnyCamera(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		m := anyModel(r)
		o := clock.Options{ClockRate: rate}
		frames, list := m.run(clock.NewTracker(o), r, 2000)
		if err := clock.Backwards(o, frames, list, nil); err != nil {
			t.Fatalf("seed %d, %+v: %v", seed, m, err)
		}
	}
}

// The Tracker keeps what it needs, and no more with the hours.
func TestMemoryIsFlat(t *testing.T) {
	tr := clock.NewTracker(clock.Options{ClockRate: rate})
	r := rand.New(rand.NewPCG(1, 1))
	m := model{interval: 40 * time.Millisecond, every: 125, sent: true, jitter: time.Millisecond, restartAt: -1, setAt: -1}
	c, k := camera{}, 0
	follow := func(frames int) {
		for range frames {
			if k%125 == 0 {
				tr.Report(c.report(k))
			}
			tr.Frame(c.frame(k))
			k++
		}
	}
	m.run(clock.NewTracker(clock.Options{ClockRate: rate}), r, 1)
	follow(30000) // twenty minutes
	before := inUse()
	follow(24 * 3600 * 25)
	if after := inUse(); after > before+64<<10 {
		t.Errorf("%d bytes in use after 20 minutes, %d after a day", before, after)
	}
	runtime.KeepAlive(tr)
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// FuzzTracker makes frames and reports of whatever there is. Times never go back as the frames are shown, unless the host's clock
// is not trusted and an estimate says so; bounds are never negative; times have a source, and none has none.
func FuzzTracker(f *testing.F) {
	f.Add([]byte{0, 40, 0, 40, 0, 40, 1, 40, 0, 40, 2, 40, 0, 40})
	f.Add([]byte{3, 0, 5, 200, 6, 7, 0, 0, 4, 9, 0, 40, 7, 7, 8, 8, 9, 9})
	f.Add(slices.Repeat([]byte{0, 40, 0, 41, 1, 39}, 100))
	f.Add([]byte("90z0000000000 1000"))
	f.Add([]byte("271000\x807"))
	f.Fuzz(func(t *testing.T, script []byte) {
		o := clock.Options{ClockRate: rate, Trust: clock.Trust(len(script) % 3)}
		tr := clock.NewTracker(o)
		rtp, run, at := int64(0), 0, start
		var frames []clock.Frame
		var list []clock.Estimate
		for i := 0; i+1 < len(script); i += 2 {
			by := int64(script[i+1])
			switch script[i] % 10 {
			case 1:
				tr.Report(clock.Report{NTP: ntp.FromTime(at.Add(time.Duration(by-128) * time.Millisecond)), RTP: rtp, Run: run, Arrival: at})
				continue
			case 2:
				tr.Report(clock.Report{NTP: ntp.Time(by << 56), RTP: rtp - by<<20, Run: run, Arrival: time.Time{}})
				continue
			case 3:
				rtp += by << 40
			case 4:
				rtp -= by << (by % 40)
			case 5:
				run += int(by%3) - 1
			case 6:
				if !at.IsZero() {
					at = at.Add(time.Duration(by-100) << 28)
				}
			case 7:
				at = time.Time{}
			case 8:
				at = start.Add(time.Duration(by) * time.Hour)
			default:
				rtp += by * 90
				if !at.IsZero() {
					at = at.Add(time.Duration(by) * time.Millisecond)
				}
			}
			frame := clock.Frame{RTP: rtp, Run: run, Arrival: at}
			e := tr.Frame(frame)
			if e.Error < 0 || (e.State == clock.None) != (e.Source == clock.NoSource) || (e.State == clock.None) != e.Time.IsZero() {
				t.Fatalf("%+v", e)
			}
			frames, list = append(frames, frame), append(list, e)
		}
		mayGoBack := clock.SetBack(list)
		if o.Trust == clock.TrustHost {
			mayGoBack = nil
		}
		if err := clock.Backwards(o, frames, list, mayGoBack); err != nil {
			t.Fatal(err)
		}
	})
}
