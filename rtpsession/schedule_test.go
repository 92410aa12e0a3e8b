package rtpsession

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestIntervals(t *testing.T) {
	tests := []struct {
		name        string
		bandwidth   int // bit/s
		size        int // of the compounds, with 28 bytes of lower headers
		first, rest time.Duration
	}{
		{"ample", 0, 100, 2500 * time.Millisecond, 5 * time.Second},
		{"4 Mbit/s", 4e6, 100, 2500 * time.Millisecond, 5 * time.Second},
		{"2 kbit/s", 2000, 100, 16 * time.Second, 16 * time.Second}, // 100 bytes of 2 members at 12.5 bytes/s
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			s := newSchedule(Config{Bandwidth: test.bandwidth, Rand: random.Float64})
			s.size = float64(test.size)
			checkIntervals(t, &s, test.first)
			s.sent = true
			checkIntervals(t, &s, test.rest)
		})
	}
}

// checkIntervals compares 100,000 intervals' mean and range with RFC 3550 §6.3.1.
func checkIntervals(t *testing.T, s *schedule, want time.Duration) {
	t.Helper()
	const n = 100_000
	sum, shortest, longest := 0.0, time.Duration(math.MaxInt64), time.Duration(0)
	for range n {
		d := s.interval()
		sum += d.Seconds()
		shortest, longest = min(shortest, d), max(longest, d)
	}
	if mean := sum / n; math.Abs(mean/want.Seconds()-1) > 0.005 {
		t.Errorf("mean %.3f s, want %v", mean, want)
	}
	low, high := want.Seconds()*0.5/(math.E-1.5), want.Seconds()*1.5/(math.E-1.5)
	if shortest.Seconds() < low || shortest.Seconds() > low*1.02 {
		t.Errorf("shortest %v, want hardly more than %.3f s", shortest, low)
	}
	if longest.Seconds() > high || longest.Seconds() < high*0.98 {
		t.Errorf("longest %v, want hardly less than %.3f s", longest, high)
	}
}

// TestIntervalFollowsReconsideration replays the timer of RFC 3550 A.7, OnExpire, with the same random numbers.
func TestIntervalFollowsReconsideration(t *testing.T) {
	ahead, atExpiry := rand.New(rand.NewPCG(3, 4)), rand.New(rand.NewPCG(3, 4))
	s := newSchedule(Config{Rand: ahead.Float64})
	s.begin(start)
	last, initial := start, true
	next := last.Add(rtcpInterval(initial, atExpiry))
	for range 1000 {
		for {
			again := last.Add(rtcpInterval(initial, atExpiry))
			if !again.After(next) {
				break
			}
			next = again
		}
		if diff := s.due.Sub(next).Abs(); diff > time.Microsecond {
			t.Fatalf("due %v, want %v", s.due, next)
		}
		s.reported(next)
		last, initial = next, false
		next = last.Add(rtcpInterval(initial, atExpiry))
	}
}

// rtcpInterval is RFC 3550 A.7 for two members at ample bandwidth.
func rtcpInterval(initial bool, random *rand.Rand) time.Duration {
	t := 5.0
	if initial {
		t = 2.5
	}
	return time.Duration(t * (random.Float64() + 0.5) / (2.71828182846 - 1.5) * 1e9)
}

func TestAverageSize(t *testing.T) {
	s := newSchedule(Config{Rand: func() float64 { return 0 }})
	for range 200 {
		s.observe(60)
	}
	if math.Abs(s.size-88) > 0.01 {
		t.Errorf("average size %.2f, want 60 bytes and 28 of IPv4 and UDP", s.size)
	}
}

func TestReportDue(t *testing.T) {
	c := config(0)
	c.Rand = func() float64 { return 0.5 }
	r := NewReceiver(c)
	if !r.ReportDue().IsZero() {
		t.Errorf("due %v before the session began", r.ReportDue())
	}
	push(t, r, start, packet(camera, 1, 0))
	if got := r.ReportDue().Sub(start).Round(time.Millisecond); got != 2052*time.Millisecond {
		t.Errorf("first report after %v, want 2.5 s / (e - 3/2)", got)
	}
	now := r.ReportDue()
	r.AppendReport(nil, now)
	if got := r.ReportDue().Sub(now).Round(time.Millisecond); got != 4104*time.Millisecond {
		t.Errorf("second report after %v, want 5 s / (e - 3/2)", got)
	}
	r = NewReceiver(c)
	if err := r.PushRTCP(start, unhex(t, reportHex)); err != nil {
		t.Fatal(err)
	}
	if due := r.ReportDue(); due.Sub(start).Round(time.Millisecond) != 2052*time.Millisecond {
		t.Errorf("due %v after a sender report alone", due)
	}
	c.Start = start
	if due := NewReceiver(c).ReportDue(); due.Sub(start).Round(time.Millisecond) != 2052*time.Millisecond {
		t.Errorf("due %v with a start and no packet", due)
	}
}
