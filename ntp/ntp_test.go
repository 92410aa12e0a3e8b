package ntp_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/timeslate/timeslate/ntp"
)

// t0 is the instant that the vectors of this project's documents are built around.
var t0 = time.Date(2025, 6, 15, 12, 34, 56, 0, time.UTC)

var vectors = []struct {
	name string
	ntp  ntp.Time
	time time.Time
}{
	{"Unix epoch", 0x83aa7e80_00000000, time.Unix(0, 0)},
	{"half a second", 0xebf93c70_80000000, t0.Add(500 * time.Millisecond)},
	{"a third of a second", 0xebf93c70_88888887, t0.Add(533333333)},
	{"not representable exactly", 0xebf93c75_828f5c28, t0.Add(5510 * time.Millisecond)},
	{"before the second", 0xebf93c6b_7d70a3d7, t0.Add(-5*time.Second + 490*time.Millisecond)},
	{"last instant of era 0", 0xffffffff_80000000, time.Date(2036, 2, 7, 6, 28, 15, 5e8, time.UTC)},
	{"first instant of era 1", 0x00000000_00000000, time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC)},
	{"some seconds into era 1", 0x00000002_40000000, time.Date(2036, 2, 7, 6, 28, 18, 25e7, time.UTC)},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		if got := ntp.FromTime(v.time); got != v.ntp {
			t.Errorf("%s: FromTime = %v, want %v", v.name, got, v.ntp)
		}
		for _, off := range []time.Duration{0, 67 * 365 * 24 * time.Hour, -67 * 365 * 24 * time.Hour} {
			if got := v.ntp.Near(v.time.Add(off)); !got.Equal(v.time) {
				t.Errorf("%s: Near(%v away) = %v, want %v", v.name, off, got, v.time)
			}
		}
	}
}

// The fraction is rounded to the nearest nanosecond, and may carry into the seconds.
func TestNearRounds(t *testing.T) {
	for in, want := range map[ntp.Time]int64{
		0xebe6bf40_524d630e: 1748779200321493331,
		0xebe6bf40_ffffffff: 1748779201000000000,
		0x83aa7e81_80000000: 1500000000,
	} {
		if got := in.Near(time.Unix(0, want)).UnixNano(); got != want {
			t.Errorf("%v = %d ns, want %d", in, got, want)
		}
	}
}

// A time stamp keeps nanoseconds: 2^-32 s is finer.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		want := time.Unix(r.Int64N(1<<33), r.Int64N(1e9)) // until the year 2242, in era 0, 1 and 2
		if got := ntp.FromTime(want).Near(want.Add(time.Duration(r.Int64N(1 << 40)))); !got.Equal(want) {
			t.Fatalf("%v came back as %v", want, got)
		}
	}
}

func TestMiddle(t *testing.T) {
	if got := ntp.Time(0xebf93c70_88888887).Middle(); got != 0x3c708888 {
		t.Errorf("Middle = %#08x, want 0x3c708888", got)
	}
}

func Example() {
	captured := time.Date(2036, 2, 7, 6, 28, 18, 250_000_000, time.UTC)
	stamp := ntp.FromTime(captured)
	fmt.Println(stamp)
	fmt.Println(stamp.Near(time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC)).Format(time.RFC3339Nano))
	// Output:
	// 00000002.40000000
	// 2036-02-07T06:28:18.25Z
}
