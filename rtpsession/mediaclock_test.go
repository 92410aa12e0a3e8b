package rtpsession

import (
	"math"
	"math/big"
	"testing"
	"time"
)

func TestMediaClock(t *testing.T) {
	at := time.Date(2025, 6, 15, 12, 34, 56, 533333333, time.UTC)
	for _, test := range []struct {
		name  string
		clock MediaClock
		rtp   uint32
	}{
		// Time stamps reckoned by hand: ⌊(Unix time − epoch)·rate⌋ + offset, modulo 2^32.
		{"NTP", MediaClock{Epoch: EpochNTP, Rate: 90000}, stampOf(3958979696, 533333333, 90000, 1, 1, 0)},
		{"NTP, offset", MediaClock{Epoch: EpochNTP, Rate: 90000, Offset: 963214424}, stampOf(3958979696, 533333333, 90000, 1, 1, 963214424)},
		{"PTP", MediaClock{Epoch: EpochPTP, Rate: 48000}, stampOf(1749990896+37, 533333333, 48000, 1, 1, 0)},
		{"GPS", MediaClock{Epoch: EpochGPS, Rate: 90000, Offset: 1}, stampOf(1749990896-315964800+18, 533333333, 90000, 1, 1, 1)},
		{"pulled down", MediaClock{Epoch: EpochNTP, Rate: 48000, Num: 1000, Den: 1001}, stampOf(3958979696, 533333333, 48000, 1000, 1001, 0)},
	} {
		t.Run(test.name, func(t *testing.T) {
			wrap := time.Duration(math.MaxUint32 / int64(test.clock.Rate) * 1e9)
			for _, late := range []time.Duration{0, 80 * time.Millisecond, -time.Hour, time.Hour, wrap * 49 / 100, -wrap * 49 / 100} {
				got := test.clock.Time(test.rtp, at.Add(late))
				if early := at.Sub(got); early < 0 || early > time.Second/time.Duration(test.clock.Rate)*11/10 {
					t.Errorf("%v late: %v, want %v", late, got, at)
				}
			}
			if got := test.clock.Time(test.rtp, at.Add(wrap)); got.Sub(at) < wrap*99/100 {
				t.Errorf("a wrap later it is %v", got)
			}
		})
	}
}

func stampOf(seconds, nanos, rate, num, den, offset int64) uint32 {
	n := new(big.Int).Mul(big.NewInt(seconds), big.NewInt(1e9))
	n.Mul(n.Add(n, big.NewInt(nanos)), big.NewInt(rate*num))
	n.Div(n, new(big.Int).Mul(big.NewInt(den), big.NewInt(1e9)))
	n.Add(n, big.NewInt(offset))
	return uint32(n.Mod(n, big.NewInt(1<<32)).Uint64())
}

func TestMediaClockThatCannotBe(t *testing.T) {
	at := time.Date(2025, 6, 15, 12, 34, 56, 0, time.UTC)
	for _, c := range []MediaClock{
		{Epoch: EpochNTP}, {Epoch: EpochNTP, Rate: 90000, Num: 1 << 25}, {Epoch: EpochNTP, Rate: 90000, Den: 1 << 25},
		{Epoch: at.Unix() + 1, Rate: 90000},
		{Epoch: at.Unix(), Rate: math.MaxUint32, Num: 1 << 24, Offset: 2}, // a tick before the epoch
		{Epoch: at.Unix() - (1<<40 - 1), Rate: 1 << 24},                   // beyond 64 bits of ticks
	} {
		if got := c.Time(1, at); !got.IsZero() {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// FuzzMediaClock holds that a time, where there is one, is the one of its time stamp and within half a wrap of near.
func FuzzMediaClock(f *testing.F) {
	f.Add(int64(EpochNTP), uint32(90000), uint32(1), uint32(1), uint64(0), uint32(5), int64(1749990896))
	f.Add(int64(EpochPTP), uint32(48000), uint32(1000), uint32(1001), uint64(1<<63), uint32(1<<31), int64(1749990896))
	f.Add(int64(0), uint32(math.MaxUint32), uint32(1<<24), uint32(1), uint64(math.MaxUint64), uint32(0), int64(math.MaxInt64>>1))
	f.Fuzz(func(t *testing.T, epoch int64, rate, num, den uint32, offset uint64, rtp uint32, near int64) {
		epoch, near = epoch%(1<<40), near%(1<<40)
		c := MediaClock{Epoch: epoch, Rate: rate, Num: num, Den: den, Offset: offset}
		got := c.Time(rtp, time.Unix(near, 0))
		if got.IsZero() {
			return
		}
		num, den = max(num, 1), max(den, 1)
		perSecond := float64(rate) * float64(num) / float64(den)
		if away := math.Abs(float64(got.Unix() - near)); away > (1<<31)/perSecond+2 {
			t.Fatalf("%+v: %v, %v s from near", c, got, away)
		}
		// Half a tick on, so that rounding down doesn't matter, where a tick is more than rounding.
		if perSecond < 1e8 {
			half := int64(1e9 / perSecond / 2)
			if back := stampOf(got.Unix()-epoch, int64(got.Nanosecond())+half, int64(rate)*int64(num), 1, int64(den), 0) + uint32(offset); back != rtp {
				t.Fatalf("%+v: %d gives %v, that gives %d", c, rtp, got, back)
			}
		}
	})
}
