package clock

import "math"

// node is one step of a filter's run, kept so that what is learned later can be carried back to it.
type node struct {
	predicted filter  // before its measurement
	state     filter  // after it; after smooth, with all that came later
	k         float64 // ms per ppm of the step that led here
	restarted bool    // that step began a new stretch of the media clock
}

// smooth carries what later nodes know back to the earlier ones (Rauch, Tung and Striebel 1965).
func smooth(nodes []node) {
	for i := len(nodes) - 2; i >= 0; i-- {
		n, next := &nodes[i], &nodes[i+1]
		gain, ok := next.gain(&n.state.cov)
		if !ok {
			continue
		}
		s, p := &next.state, &next.predicted
		d := [3]float64{s.a - p.a, s.b - p.b, s.q - p.q}
		n.state.a += dot(gain[0], d)
		n.state.b += dot(gain[1], d)
		n.state.q += dot(gain[2], d)
		n.state.cov.learn(gain, difference(s.cov.matrix(), p.cov.matrix()))
	}
}

// gain returns P·Fᵀ·P⁻¹, where P is the covariance before the step to n, F the step and P⁻¹ the inverse of what it predicted.
func (n *node) gain(before *covariance) (matrix, bool) {
	p := before.matrix()
	var g matrix
	for i, row := range p {
		if n.restarted { // a and q come from q, b from nothing
			g[i] = [3]float64{row[2], 0, row[2]}
		} else {
			g[i] = [3]float64{row[0] + n.k*row[1], row[1], row[2]}
		}
	}
	lower, ok := n.predicted.cov.matrix().cholesky()
	if !ok {
		return g, false
	}
	for i := range g {
		g[i] = lower.solve(g[i])
	}
	return g, true
}

// learn adds G·D·Gᵀ.
func (p *covariance) learn(g, d matrix) {
	var gd, s matrix
	for i := range gd {
		for j := range gd {
			gd[i][j] = dot(g[i], d[j]) // D is symmetric
		}
	}
	for i := range s {
		for j := range s {
			s[i][j] = dot(gd[i], g[j])
		}
	}
	p.aa, p.ab, p.aq = max(p.aa+s[0][0], 0), p.ab+s[0][1], p.aq+s[0][2]
	p.bb, p.bq = max(p.bb+s[1][1], 0), p.bq+s[1][2]
	p.qq = max(p.qq+s[2][2], 0)
}

// matrix is 3 by 3, by rows.
type matrix [3][3]float64

func (p *covariance) matrix() matrix {
	return matrix{{p.aa, p.ab, p.aq}, {p.ab, p.bb, p.bq}, {p.aq, p.bq, p.qq}}
}

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

func difference(a, b matrix) matrix {
	for i := range a {
		for j := range a {
			a[i][j] -= b[i][j]
		}
	}
	return a
}

// cholesky returns the lower triangle L with L·Lᵀ = m, or false when m is not positive definite.
func (m matrix) cholesky() (l matrix, ok bool) {
	for i := range m {
		for j := range i + 1 {
			sum := m[i][j]
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			if i != j {
				l[i][j] = sum / l[j][j]
				continue
			}
			if !(sum > 0) {
				return l, false
			}
			l[i][i] = math.Sqrt(sum)
		}
	}
	return l, true
}

// solve returns x with L·Lᵀ·x = v.
func (l matrix) solve(v [3]float64) [3]float64 {
	v[0] /= l[0][0]
	v[1] = (v[1] - l[1][0]*v[0]) / l[1][1]
	v[2] = (v[2] - l[2][0]*v[0] - l[2][1]*v[1]) / l[2][2]
	v[2] /= l[2][2]
	v[1] = (v[1] - l[2][1]*v[2]) / l[1][1]
	v[0] = (v[0] - l[1][0]*v[1] - l[2][0]*v[2]) / l[0][0]
	return v
}
