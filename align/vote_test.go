package align

import (
	"slices"
	"testing"
	"time"
)

func TestVote(t *testing.T) {
	const s = time.Second
	alone, host := Verdict{}, Verdict{Belief: ByRecorder}
	// by is of a host that followed a server or not, with cameras so far ahead of it; silent ones told no time.
	const silent = time.Duration(1 << 62)
	by := func(synchronised bool, ahead ...time.Duration) (list []Clocks) {
		for _, a := range ahead {
			c := Clocks{Known: a != silent, Synchronised: synchronised}
			if c.Known {
				c.Ahead = a
			}
			list = append(list, c)
		}
		return list
	}
	voted, corrected := func(a time.Duration) Verdict { return Verdict{ByCamera, a} }, func(a time.Duration) Verdict { return Verdict{ByCorrected, a} }
	free, follows := false, true
	for _, test := range []struct {
		name string
		list []Clocks
		want []Verdict
	}{
		{"nobody", nil, []Verdict{}},
		{"one", by(free, 5*s), []Verdict{alone}},
		{"all agree", by(free, 0, -200*ms, 20*ms), []Verdict{alone, alone, alone}},
		{"all agree with a server's time", by(follows, 0, -200*ms), []Verdict{alone, alone}},
		{"two against the host", by(free, 5*s, 5*s+100*ms), []Verdict{voted(5*s + 100*ms), voted(5*s + 100*ms)}},
		{"two against a server's time", by(follows, -3*s, -3*s), []Verdict{voted(-3 * s), voted(-3 * s)}},
		{"two of three, the third has the host's", by(free, 5*s, 0, 5*s), []Verdict{voted(5 * s), corrected(5 * s), voted(5 * s)}},
		{"the same against a server's time", by(follows, 5*s, 0, 5*s), []Verdict{host, host, host}},
		{"three of four against a server's time", by(follows, 5*s, 0, 5*s, 5*s), []Verdict{voted(5 * s), corrected(5 * s), voted(5 * s), voted(5 * s)}},
		{"two of three, the third has its own", by(follows, 5*s, -time.Hour, 5*s), []Verdict{voted(5 * s), corrected(5 * s), voted(5 * s)}},
		{"two, and one that tells no time", by(free, 5*s, silent, 5*s), []Verdict{voted(5 * s), corrected(5 * s), voted(5 * s)}},
		{"none agrees", by(free, 5*s, 10*s, -7*s), []Verdict{host, host, host}},
		{"none agrees, not even near the host", by(free, 400*ms, -400*ms), []Verdict{host, host}},
		{"one with the host", by(free, 5*s, 0), []Verdict{host, host}},
		{"one wrong, one silent", by(free, 5*s, silent), []Verdict{host, host}},
		{"none tells", by(free, silent, silent), []Verdict{alone, alone}},
		{"a tie", by(free, 5*s, 5*s, 9*s, 9*s, 20*s), []Verdict{host, host, host, host, host}},
		{"a chain", by(free, 5*s, 5*s+400*ms, 5*s+800*ms), []Verdict{alone, alone, alone}},
		{"pairs: perhaps of two hosts", by(free, 5*s, 5*s, -7*s, -7*s), []Verdict{alone, alone, alone, alone}},
		{"pairs, one with the host", by(free, 5*s, 5*s, 0, 0), []Verdict{alone, alone, alone, alone}},
		{"local time", []Clocks{{Known: true, Ahead: time.Hour, Zone: time.Hour}, {Known: true, Ahead: time.Hour - ms, Zone: time.Hour}}, []Verdict{host, host}},
		{
			"local time, outvoted", append(by(free, 5*s, 5*s), Clocks{Known: true, Ahead: time.Hour, Zone: time.Hour}),
			[]Verdict{voted(5 * s), voted(5 * s), corrected(5 * s)},
		},
		{
			"two hosts, one of which follows a server", append(by(free, 5*s, 5*s), by(follows, 0, 10*ms, 9*s)...),
			[]Verdict{voted(5 * s), voted(5 * s), host, host, host},
		},
		{"each of a host of its own", append(by(free, 5*s), by(follows, 0)...), []Verdict{alone, alone}},
	} {
		if got := Vote(test.list); !slices.Equal(got, test.want) {
			t.Errorf("%s:\ngot  %v\nwant %v", test.name, got, test.want)
		}
		turned, want := slices.Clone(test.list), slices.Clone(test.want)
		slices.Reverse(turned)
		slices.Reverse(want)
		if got := Vote(turned); !slices.Equal(got, want) {
			t.Errorf("%s, turned round: %v", test.name, got)
		}
	}
}

func TestBeliefNames(t *testing.T) {
	if Undecided.String() != "" || ByCorrected.String() != "corrected-recorder" || (ByCorrected+1).String() != "unknown" {
		t.Error(Undecided, ByCorrected, ByCorrected+1)
	}
}
