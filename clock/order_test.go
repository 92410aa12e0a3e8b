package clock

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// InShownOrder returns the indices of frames in the order in which they are shown.
func InShownOrder(o Options, frames []Frame) []int {
	shown, row := NewShown(o.ClockRate), 0
	rows, order := make([]int, len(frames)), make([]int, len(frames))
	for i := range frames {
		if shown.Begins(&frames[i]) {
			row++
		}
		rows[i], order[i] = row, i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(rows[i], rows[j]), cmp.Compare(frames[i].RTP, frames[j].RTP))
	})
	return order
}

// Backwards returns an error where time runs backwards in the order in which frames are shown, but for two frames of which one
// was decoded before a frame that may go back, and the other was not. No frame may if mayGoBack is nil.
func Backwards(o Options, frames []Frame, list []Estimate, mayGoBack func(i int) bool) error {
	parts, part := make([]int, len(frames)), 0
	for i := range frames {
		if mayGoBack != nil && mayGoBack(i) {
			part++
		}
		parts[i] = part
	}
	last := slices.Repeat([]int{-1}, part+1)
	for _, i := range InShownOrder(o, frames) {
		if list[i].State == None {
			continue
		}
		if k := last[parts[i]]; k >= 0 && list[i].Time.Before(list[k].Time) {
			return fmt.Errorf("frame %d, shown after frame %d, is %v before it: %v, %v", i, k, list[k].Time.Sub(list[i].Time), list[i], list[k])
		}
		last[parts[i]] = i
	}
	return nil
}

// SetBack returns a function that tells which frames say that time was set back for good.
func SetBack(list []Estimate) func(i int) bool {
	return func(i int) bool { return list[i].Flags&Stepped != 0 }
}

func count(from, to int) (list []int) {
	for ; from <= to; from++ {
		list = append(list, from)
	}
	return list
}

// pyramid returns the frames between two others as encoders send them: the middle one, then those on either side of it.
func pyramid(a, b int) []int {
	middle := (a + b) / 2
	if middle == a {
		return nil
	}
	return slices.Concat([]int{middle}, pyramid(a, middle), pyramid(middle, b))
}

// Frames are given as run*1000 + time stamp; those with which the order begins anew are negative.
func TestShown(t *testing.T) {
	for _, test := range []struct {
		name   string
		stamps []int
	}{
		{"as they come", []int{-100, 101, 102, 103}},
		{"B-frames", []int{-100, 103, 101, 102, 106, 104, 105}},
		{"pyramid", []int{-100, 108, 104, 102, 101, 103, 106, 105, 107, 116, 112, 110, 109}},
		{"pyramid whose anchor was lost", []int{-100, 104, 102, 101, 103, 106, 105, 107, 116}},
		{"pictures before the first key frame", []int{-103, 101, 102, 106, 104}},
		{"B-frames begin late", []int{-100, 101, 102, 103, 107, 104, 105, 106, 108}},
		{"another run", []int{-100, 101, -1050, 1051, -200}},
		{"set back", []int{-100, 101, 102, -99, 100, 101}},
		{"set back under B-frames", []int{-100, 103, 101, 102, -98, 104, 105, 109}},
		{"set forward", []int{-100, 101, 900, 901, 902}},
		{"a wrong stamp far ahead", []int{-100, 101, 900, -102, 103}},
		{"a wrong stamp far behind", []int{-500, 501, -102, 502, 503, 504}},
		{"frames of one stamp", []int{-100, 100, 101, 101, 100, 101, 102}},
		{"more than can be reordered", []int{-100, 120, 119, 118, 117, 116, 115, 114, 113, 112, 111, 110, 109, 108, 107, 106, 105, 104, -103, 102}},
		{"more than is between", append(slices.Concat([]int{-100, 170}, count(101, 164)), -165, 171)},
		{"deep pyramid", append([]int{-100, 132}, pyramid(100, 132)...)},
	} {
		s := NewShown(25)
		for i, stamp := range test.stamps {
			f := Frame{RTP: int64(max(stamp, -stamp) % 1000), Run: max(stamp, -stamp) / 1000}
			if got := s.Begins(&f); got != (stamp < 0) {
				t.Errorf("%s: begins with frame %d: %v", test.name, i, got)
			}
		}
	}
	if s := NewShown(0); !s.Begins(&Frame{}) || !s.Begins(&Frame{RTP: 1, Jump: true}) || s.Begins(&Frame{RTP: 2}) {
		t.Error("footage jumps")
	}
}

// inTime returns frames that are shown as they come, at 25 a second, with estimates at so many milliseconds.
func inTime(at ...int) (frames []Frame, list []Estimate) {
	for i, ms := range at {
		frames = append(frames, Frame{RTP: int64(i) * 3600})
		list = append(list, Estimate{Time: footageStart.Add(time.Duration(ms) * time.Millisecond), Error: time.Millisecond, State: Locked, Source: SenderReport})
	}
	return frames, list
}

// What is in order stays as it is; of the rest as few as possible are moved, by as little as can be, and their bounds tell.
func TestKeepOrder(t *testing.T) {
	for _, test := range []struct{ at, want []int }{
		{[]int{0, 40, 80}, []int{0, 40, 80}},
		{[]int{0, 40, 1e9, 80, 120}, []int{0, 40, 80, 80, 120}},
		{[]int{0, 40, -1e9, 80, 120}, []int{0, 40, 40, 80, 120}},
		{[]int{0, 40, 80, 60, 120}, []int{0, 40, 60, 60, 120}},
		{[]int{90, 0, 40}, []int{0, 0, 40}},
		{[]int{0, 40, 10}, []int{0, 10, 10}},
	} {
		frames, list := inTime(test.at...)
		keepOrder(Options{ClockRate: 90000}, frames, list)
		_, want := inTime(test.want...)
		for i := range list {
			if off := list[i].Time.Sub(want[i].Time).Abs(); off > 10*leastBehind {
				t.Errorf("%v: frame %d at %v, want %v", test.at, i, list[i].Time, want[i].Time)
			}
		}
	}
}

// Whatever the times are: none goes back, and the bound grows by as much as they are moved.
func TestKeepOrderOfAnything(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 7))
		frames, list := inTime(slices.Repeat([]int{0}, 1+r.IntN(40))...)
		for i := range frames {
			frames[i].RTP += int64(r.IntN(3)) * 7200
			frames[i].Run = r.IntN(2)
			list[i].Time = list[i].Time.Add(time.Duration(r.Int64() >> r.IntN(60)))
			if r.IntN(9) == 0 {
				list[i] = Estimate{}
			}
		}
		before, o := slices.Clone(list), Options{ClockRate: 90000}
		keepOrder(o, frames, list)
		if err := Backwards(o, frames, list, nil); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for i, e := range list {
			b := before[i]
			moved := e.Time.Sub(b.Time).Abs() // of some it is more than can be told
			if e.Error < moved || e.Error-b.Error != moved && moved < mostSeconds*time.Second {
				t.Fatalf("seed %d: frame %d moved by %v: %v, %v", seed, i, moved, e, b)
			}
		}
	}
}

// Times that jump about for no reason don't make time run backwards: those that frames carry, of any source, nor those of reports.
func TestNeverBackwardsWithAnyTimes(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		years := func() ntp.Time { return ntp.FromTime(footageStart.Add(time.Duration(r.Int64N(1<<58)) - 1<<57)) }
		frames, list := inTime(slices.Repeat([]int{0}, 1000)...)
		o := Options{ClockRate: 90000}
		var reports []Report
		blind, carried := r.IntN(2) == 0, r.IntN(2) == 0
		for i := range frames {
			f := &frames[i]
			if !blind {
				f.Arrival = footageStart.Add(time.Duration(i) * 40 * time.Millisecond)
			}
			if carried && r.IntN(3) == 0 {
				f.Absolute, f.Source = years(), Source(1+r.IntN(int(Play)))
			}
			if i%50 == 10 {
				reports = append(reports, Report{NTP: years(), RTP: f.RTP, Before: i, Arrival: f.Arrival})
			}
		}
		list = Fit(o, reports, frames)
		if err := Backwards(o, frames, list, nil); err != nil {
			t.Fatalf("seed %d: Fit: %v", seed, err)
		}
		best := NoSource
		list = Live(o, reports, frames)
		if err := Backwards(o, frames, list, func(i int) bool {
			better := list[i].State != None && (best == NoSource || list[i].Source < best)
			if better {
				best = list[i].Source
			}
			return better
		}); err != nil {
			t.Fatalf("seed %d: Tracker: %v", seed, err)
		}
	}
}
