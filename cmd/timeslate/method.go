package main

import (
	"errors"
	"strings"

	"github.com/timeslate/timeslate/extract"
)

// methodValue is a method of extract, and its name on the command line.
type methodValue struct {
	name string
	extract.Method
}

var bestMethod = methodValue{"best", extract.Best}

const methodNames = "best|live|rtp|rtp-interpolated|interpolated|arrival"

// method declares --method.
func (f *flags) method(usage string) *methodValue {
	v := bestMethod
	f.add(&v, "method", "", methodNames, usage)
	return &v
}

func (v *methodValue) String() string { return v.name }
func (v *methodValue) Set(s string) error {
	method, err := extract.ParseMethod(s)
	if err != nil {
		return errors.New("it is none of " + strings.ReplaceAll(methodNames, "|", ", "))
	}
	*v = methodValue{s, method}
	return nil
}
