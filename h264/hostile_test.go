package h264

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/timeslate/timeslate/media"
)

// TestEndlessUnit measures what a picture that never ends costs: no more than twice the largest one.
func TestEndlessUnit(t *testing.T) {
	d := NewDepacketizer(nil)
	fragment := append([]byte{0x7c, 0x05, 0x88}, bytes.Repeat([]byte{0xa5}, 1400)...)
	p := media.Packet{Payload: append([]byte{0x7c, 0x85, 0x88}, fragment[3:]...)}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var refused error
	for range 4 * maxUnitBytes / len(fragment) {
		if err := d.Push(&p); err != nil {
			refused = err
		}
		p.Payload = fragment
	}
	runtime.ReadMemStats(&after)
	if refused == nil {
		t.Error("it is never too large")
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 2*maxUnitBytes+1<<20 {
		t.Errorf("%d bytes allocated", n)
	}
}

// TestParameterSetStorm has a camera that sends all parameter sets there can be, each as long as it can be.
func TestParameterSetStorm(t *testing.T) {
	var s paramSets
	if err := s.put(sps3); err != nil {
		t.Fatal(err)
	}
	for id := range uint32(maxPPSID + 1) {
		pps := ppsNAL(id, 3)
		if err := s.put(append(pps, bytes.Repeat([]byte{0xa5}, maxParameterSet-len(pps))...)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := s.config()
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, nal := range append(c.SPS, c.PPS...) {
		size += len(nal)
	}
	if size > maxParameterSets || len(c.PPS) == 0 {
		t.Errorf("%d sets of %d bytes", len(c.PPS), size)
	}
	if id := s.pps[0].id; id != maxPPSID {
		t.Errorf("the newest PPS kept is %d", id)
	}
}
