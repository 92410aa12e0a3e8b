package main

import "github.com/timeslate/timeslate/extract"

// methodValue is a method of extract, and its name on the command line.
type methodValue struct {
	name string
	extract.Method
}

var bestMethod = methodValue{"best", extract.Best}

// method declares --method.
func (f *flags) method(usage string) *methodValue {
	v := bestMethod
	f.add(&v, "method", "", "best|live|rtp|rtp-interpolated|interpolated|arrival", usage)
	return &v
}

func (v *methodValue) String() string { return v.name }
func (v *methodValue) Set(s string) error {
	method, err := extract.ParseMethod(s)
	*v = methodValue{s, method}
	return err
}
