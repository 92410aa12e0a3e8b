package main

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// sizeValue is a number of bytes.
type sizeValue int64

func (f *flags) size(long, short, usage string) *int64 {
	p := new(int64)
	f.add((*sizeValue)(p), long, short, "SIZE", usage)
	return p
}

func (v *sizeValue) String() string { return strconv.FormatInt(int64(*v), 10) }
func (v *sizeValue) Set(s string) error {
	n, err := parseBytes(s)
	*v = sizeValue(n)
	return err
}

// sizeUnits are the units of a size by their first letter: thousands, or with an i behind it 1024s.
const sizeUnits = "KMGTP"

var errSize = errors.New("a size is needed, like 500M, 200G, 1.5TB or 100GiB")

// parseBytes reads 500M, 200GB, 100GiB, 1.5T or 1000000.
func parseBytes(s string) (int64, error) {
	digits := strings.TrimRight(strings.ToUpper(s), "KMGTPIB ")
	unit := strings.TrimSpace(strings.ToUpper(s)[len(digits):])
	factor := 1.0
	if unit != "" && unit != "B" {
		base := 1000.0
		unit = strings.TrimSuffix(unit, "B")
		if letter, found := strings.CutSuffix(unit, "I"); found {
			base, unit = 1024, letter
		}
		power := strings.Index(sizeUnits, unit)
		if len(unit) != 1 || power < 0 {
			return 0, errSize
		}
		factor = math.Pow(base, float64(power+1))
	}
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(v >= 0 && v*factor < math.MaxInt64/2) {
		return 0, errSize
	}
	return int64(v * factor), nil
}
