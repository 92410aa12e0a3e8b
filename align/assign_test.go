package align

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func framesAt(times ...int64) (list []frame) {
	for i, at := range times {
		list = append(list, frame{at: at, number: int32(i)})
	}
	return list
}

func TestAssign(t *testing.T) {
	tests := []struct {
		name         string
		sets, frames []int64
		tolerance    int64
		want         []int32
	}{
		{"nothing", nil, []int64{1}, 5, []int32{}},
		{"no frames", []int64{0, 40}, nil, 20, []int32{-1, -1}},
		{"in phase", []int64{0, 40, 80}, []int64{0, 40, 80}, 20, []int32{0, 1, 2}},
		{"the next one is nearer", []int64{0, 40, 80}, []int64{-35, 5, 45, 85}, 20, []int32{1, 2, 3}},
		{"just within", []int64{0}, []int64{20}, 20, []int32{0}},
		{"just not", []int64{0}, []int64{21}, 20, []int32{-1}},
		{"two sets want one frame", []int64{0, 30}, []int64{18}, 20, []int32{-1, 0}},
		{"of equals the first", []int64{0, 30}, []int64{15}, 20, []int32{0, -1}},
		{"two frames for one set", []int64{30}, []int64{25, 29, 36}, 20, []int32{1}},
		{"of equals the earlier", []int64{30}, []int64{25, 35}, 20, []int32{0}},
		{"not all by one", []int64{0, 40, 80, 120}, []int64{35, 75, 115, 155}, 40, []int32{-1, 0, 1, 2}},
		{"a set gives way to let both have one", []int64{0, 10}, []int64{9, 18}, 20, []int32{0, 1}},
		{"no crossing", []int64{10, 11}, []int64{10, 11}, 20, []int32{0, 1}},
		{"a double time", []int64{0, 40, 40, 80}, []int64{0, 40, 40, 80}, 20, []int32{0, 1, 2, 3}},
		{"slow sets", []int64{0, 100, 200}, []int64{2, 35, 68, 101, 134, 167, 200}, 50, []int32{0, 3, 6}},
		{"fast sets", []int64{0, 10, 20, 30, 40, 50}, []int64{0, 33}, 16, []int32{0, -1, -1, 1, -1, -1}},
	}
	for _, test := range tests {
		if got := assign(test.sets, framesAt(test.frames...), test.tolerance); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// cost checks that an assignment keeps the rules, and returns what it costs.
func cost(t *testing.T, sets []int64, frames []frame, tolerance int64, found []int32) (sum int64) {
	t.Helper()
	last := int32(-1)
	for i, j := range found {
		if j < 0 {
			sum += tolerance + 1
			continue
		}
		d := max(sets[i]-frames[j].at, frames[j].at-sets[i])
		if d > tolerance || j <= last {
			t.Fatalf("set %d has frame %d, %d off, after frame %d", i, j, d, last)
		}
		sum, last = sum+d, j
	}
	return sum
}

// least returns the least cost of all assignments, tried one after the other.
func least(sets []int64, frames []frame, tolerance int64) int64 {
	if len(sets) == 0 {
		return 0
	}
	best := tolerance + 1 + least(sets[1:], frames, tolerance)
	for j, f := range frames {
		if d := max(sets[0]-f.at, f.at-sets[0]); d <= tolerance {
			best = min(best, d+least(sets[1:], frames[j+1:], tolerance))
		}
	}
	return best
}

// times returns n random times in order, mostly of an even pace.
func times(r *rand.Rand, n int, interval, jitter int64) (list []int64) {
	at := r.Int64N(interval)
	for range n {
		list = append(list, at+r.Int64N(jitter+1))
		at += interval
		if r.IntN(8) == 0 {
			at += r.Int64N(4) * interval
		}
	}
	slices.Sort(list)
	return list
}

// TestAssignIsTheBest compares with all there are, on small cases.
func TestAssignIsTheBest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		sets := times(r, 1+r.IntN(7), 1+r.Int64N(50), r.Int64N(60))
		frames := framesAt(times(r, r.IntN(8), 1+r.Int64N(50), r.Int64N(60))...)
		tolerance := r.Int64N(80)
		found := assign(sets, frames, tolerance)
		if got, want := cost(t, sets, frames, tolerance, found), least(sets, frames, tolerance); got != want {
			t.Fatalf("sets %v, frames %v, tolerance %d: %v costs %d, want %d", sets, frames, tolerance, found, got, want)
		}
	}
}

// TestAssignNearest: with the usual tolerance a set whose nearest frame no other set wants has it.
func TestAssignNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		sets, frames := times(r, 500, 40, 6), framesAt(times(r, 500, 40, 6)...)
		found := assign(sets, frames, 20)
		cost(t, sets, frames, 20, found)
		wanted := map[int]int{}
		for _, at := range sets {
			if j, d := nearest(frames, at); d <= 20 {
				wanted[j]++
			}
		}
		for i, at := range sets {
			if j, d := nearest(frames, at); d < 14 && wanted[j] == 1 && found[i] != int32(j) {
				t.Fatalf("set %d has frame %d, not %d at a distance of %d", i, found[i], j, d)
			}
		}
	}
}

func nearest(frames []frame, at int64) (index int, distance int64) {
	distance = 1 << 60
	for j, f := range frames {
		if d := max(at-f.at, f.at-at); d < distance {
			index, distance = j, d
		}
	}
	return index, distance
}

// TestAssignWideTolerance: bounds on time and memory change little even if the tolerance is absurd.
func TestAssignWideTolerance(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	sets, frames := times(r, 20000, 40, 6), framesAt(times(r, 20000, 40, 6)...)
	cost(t, sets, frames, 1e6, assign(sets, frames, 1e6))
}

func BenchmarkAssignDay(b *testing.B) {
	const day = 24 * 3600 * 25
	for _, jitter := range []int64{0, 3e6} {
		r := rand.New(rand.NewPCG(7, 8))
		sets, frames := times(r, day, 40e6, jitter), framesAt(times(r, day, 40e6, jitter)...)
		b.Run(fmt.Sprint(jitter), func(b *testing.B) {
			for b.Loop() {
				assign(sets, frames, 20e6)
			}
		})
	}
}
