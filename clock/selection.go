package clock

import (
	"math"
	"math/bits"
	"slices"
)

// fewToSelect values are sorted as fast.
const fewToSelect = 12

// medianOf returns the median of v, NaN when there is none, and shuffles v.
func medianOf(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	k := (len(v) - 1) / 2
	low := selected(v, k)
	if len(v)%2 == 1 {
		return low
	}
	return low + (slices.Min(v[k+1:])-low)/2
}

// selected returns the value that would stand at k if v were sorted, and leaves none that is smaller behind it (Hoare 1961,
// "Find"). It looks at each value two or three times, where sorting does as often as their number has bits. Where values are
// arranged so that it gets nowhere, they are sorted.
func selected(v []float64, k int) float64 {
	low, high := 0, len(v)-1
	for rounds := 2 * bits.Len(uint(len(v))); high-low > fewToSelect && rounds > 0; rounds-- {
		i, j := split(v, low, high)
		switch {
		case k <= j:
			high = j
		case k >= i:
			low = i
		default:
			return v[k]
		}
	}
	slices.Sort(v[low : high+1])
	return v[k]
}

// split moves the values from low to high so that none up to j is larger than any from i on, and all between are equal.
func split(v []float64, low, high int) (i, j int) {
	pivot := middle([]float64{v[low], v[low+(high-low)/2], v[high]})
	for i, j = low, high; i <= j; {
		for v[i] < pivot {
			i++
		}
		for pivot < v[j] {
			j--
		}
		if i <= j {
			v[i], v[j] = v[j], v[i]
			i, j = i+1, j-1
		}
	}
	return i, j
}
