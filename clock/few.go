package clock

import "math"

// unknownNoise is the number of reports below which their noise can't be told: two make a line whatever they are, three hold
// one chance to disagree.
const unknownNoise = 4

// fewness is what a bound must hold in addition, in s, when n reports are all there are. The noise (s) of each is measured on
// them alone, so a lucky few look better than they are: this is the widening of a t-distribution with as many degrees of freedom
// as a median of deviations has, some third of n. Where the noise can't be told at all, a report may have been stamped when it
// left, up to an interval (s) after its frame.
func fewness(n int, noise, interval float64) float64 {
	switch {
	case n == 0:
		return 0
	case n < unknownNoise:
		return interval
	case math.IsNaN(noise):
		return 0
	}
	widening := 8 / math.Pow(float64(n-1), 1.2)
	return 2 * noise / math.Sqrt(float64(n)) * widening
}
