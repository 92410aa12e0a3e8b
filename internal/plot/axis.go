package plot

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// axis is the vertical axis of a panel.
type axis struct {
	low, high float64 // values at the foot and at the top
	step      float64 // between two ticks
	unit      unit
}

// unit is what the numbers at an axis count.
type unit struct {
	name string
	size float64 // of one, in seconds or in the panel's own unit
}

var timeUnits = []unit{{"ns", 1e-9}, {"µs", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}, {"days", 86400}}

// unitFor returns the unit in which values of up to v seconds have the fewest digits.
func unitFor(v float64) unit {
	for i, u := range timeUnits[:len(timeUnits)-1] {
		// Minutes, hours and days only for what has several of them.
		if next := timeUnits[i+1].size; v < next*0.999 || u.size >= 1 && v < 3*next {
			return u
		}
	}
	return timeUnits[len(timeUnits)-1]
}

// verticalTicks is about how many ticks a vertical axis has.
const verticalTicks = 6

// newAxis returns an axis that holds low to high, with some room.
func newAxis(low, high float64, unitName string) axis {
	if high-low <= math.Max(math.Abs(low), math.Abs(high))*1e-9 {
		room := math.Max(math.Abs(high)*0.1, 1e-6)
		low, high = low-room, high+room
	}
	room := (high - low) * 0.06
	a := axis{low: low - room, high: high + room, unit: unit{unitName, 1}}
	if low == 0 {
		a.low = 0 // nothing is below
	}
	if unitName == "" {
		a.unit = unitFor(math.Max(math.Abs(low), math.Abs(high)))
	}
	a.step = niceStep((a.high-a.low)/a.unit.size/verticalTicks) * a.unit.size
	return a
}

// niceStep returns the smallest of … 0.1 0.2 0.5 1 2 5 10 … that is not below v.
func niceStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if v <= m*power*(1+1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// ticks returns the values at which the axis has ticks.
func (a axis) ticks() (list []float64) {
	for k := math.Ceil(a.low/a.step - 1e-9); k*a.step <= a.high+a.step*1e-9 && len(list) < 4*verticalTicks; k++ {
		list = append(list, k*a.step)
	}
	return list
}

// label shows a tick with its unit.
func (a axis) label(v float64) string {
	decimals := max(0, int(-math.Floor(math.Log10(a.step/a.unit.size)+1e-6)))
	return withUnit(strconv.FormatFloat(v/a.unit.size, 'f', min(decimals, 9), 64), a.unit.name)
}

// withUnit writes a number as typesetters do.
func withUnit(digits, name string) string {
	if strings.Trim(digits, "-0.") == "" {
		return "0" // which is the same in all units
	}
	digits = strings.Replace(digits, "-", "−", 1)
	if name == "" {
		return digits
	}
	return digits + " " + name
}

// Whole writes a whole number with its thousands apart, from five digits on.
func Whole(n int) string {
	digits := strconv.Itoa(n)
	if -10_000 < n && n < 10_000 {
		return digits
	}
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}

// Amount shows a number of seconds with up to three digits, in the unit that suits it.
func Amount(seconds float64) string { return (&Panel{}).amount(seconds) }

// amount is Amount for values of the panel.
func (p *Panel) amount(v float64) string {
	u := unit{p.Unit, 1}
	if p.Unit == "" {
		u = unitFor(math.Abs(v))
	}
	v /= u.size
	decimals := 0
	if v != 0 {
		decimals = min(max(0, 2-int(math.Floor(math.Log10(math.Abs(v))))), 3)
	}
	digits := strconv.FormatFloat(v, 'f', decimals, 64)
	if decimals > 0 {
		digits = strings.TrimRight(strings.TrimRight(digits, "0"), ".")
	}
	return withUnit(digits, u.name)
}

// maxSample is of how many values per series the bulk is computed.
const maxSample = 20000

// fence is how far from the bulk, in widths of the bulk, a value may lie and still widen the axis.
const fence = 1.5

// valueRange returns the range that the panel's axis is to hold: all values, but for the few that are far from all
// others.
func (p *Panel) valueRange() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range p.Show {
		low, high = min(low, v), max(high, v)
	}
	if q05, q95, ok := p.bulk(); ok {
		room := fence * (q95 - q05)
		least, most := min(q05-room, low), max(q95+room, high)
		p.eachValue(1, func(v float64) {
			if least <= v && v <= most {
				low, high = min(low, v), max(high, v)
			}
		})
	}
	for _, l := range p.Levels {
		if drawable(l.Y) {
			low, high = min(low, l.Y), max(high, l.Y)
		}
	}
	if low > high {
		return 0, 1
	}
	return low, high
}

// bulk returns the quantiles between which 90 % of the values are; all, if they are few.
func (p *Panel) bulk() (q05, q95 float64, ok bool) {
	total := 0
	for _, s := range p.Series {
		total += len(s.Y)
	}
	var sample []float64
	p.eachValue(1+total/maxSample, func(v float64) { sample = append(sample, v) })
	if len(sample) == 0 {
		return 0, 0, false
	}
	slices.Sort(sample)
	cut := len(sample) / 20
	return sample[cut], sample[len(sample)-1-cut], true
}

// eachValue calls f with every nth value that counts for the axis.
func (p *Panel) eachValue(n int, f func(v float64)) {
	for _, s := range p.Series {
		if s.Aside {
			continue
		}
		for _, values := range [][]float64{s.Y, s.High} {
			for i := 0; i < len(values); i += n {
				if drawable(values[i]) {
					f(values[i])
				}
			}
		}
	}
}
