package extract

import (
	"bytes"
	"math"
	"strconv"
)

// appendPython appends f as Python's repr writes it: the shortest decimal that reads back as f, always with a fraction or
// an exponent, and an exponent below 1e-4 and from 1e16 on.
func appendPython(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, "nan"...)
	case math.IsInf(f, 0):
		return append(b, map[bool]string{true: "inf", false: "-inf"}[f > 0]...)
	case f != 0 && (math.Abs(f) < 1e-4 || math.Abs(f) >= 1e16):
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	if bytes.IndexByte(b[start:], '.') < 0 {
		b = append(b, ".0"...)
	}
	return b
}
