package clock

import "math"

// curve goes straight from node to node, and beyond the first and the last with their slopes.
type curve struct {
	x, y, slope []float64 // x increases
	last        int       // the node before the last value that was asked for
}

// add appends a node.
func (c *curve) add(x, y, slope float64) {
	c.x, c.y, c.slope = append(c.x, x), append(c.y, y), append(c.slope, slope)
}

// at returns the value at x. Values that are asked for in order are found at once.
func (c *curve) at(x float64) float64 {
	n := len(c.x) - 1
	switch {
	case n < 0:
		return 0
	case x <= c.x[0]:
		return c.y[0] + c.slope[0]*(x-c.x[0])
	case x >= c.x[n]:
		return c.y[n] + c.slope[n]*(x-c.x[n])
	}
	i := c.find(x)
	if !(c.x[i+1] > c.x[i]) {
		return c.y[i]
	}
	return c.y[i] + (c.y[i+1]-c.y[i])*(x-c.x[i])/(c.x[i+1]-c.x[i])
}

// find returns the last node that is not beyond x, which lies within the curve.
func (c *curve) find(x float64) int {
	low, high := 0, len(c.x)-1
	if c.x[c.last] <= x {
		low = c.last
		for step := 1; low+step < high; step *= 2 {
			if c.x[low+step] > x {
				high = low + step
				break
			}
			low += step
		}
	} else {
		high = c.last
	}
	for high-low > 1 {
		if middle := (low + high) / 2; c.x[middle] <= x {
			low = middle
		} else {
			high = middle
		}
	}
	c.last = low
	return low
}

// outside returns how far x is beyond the nodes.
func (c *curve) outside(x float64) float64 {
	if len(c.x) == 0 {
		return math.Inf(1)
	}
	return max(c.x[0]-x, x-c.x[len(c.x)-1], 0)
}
