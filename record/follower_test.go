package record

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
)

// band plays picture and sound of one camera, whose three clocks all drift, onto one line.
type band struct {
	lead    timeline
	sound   follower
	rand    *rand.Rand
	now     time.Duration // true time
	run     int
	noise   time.Duration // of the reports
	wrong   time.Duration // what the camera's clock shows beyond the truth
	late    time.Duration // how much later than the picture the sound arrives
	origins bool
	tick    int
	settled bool
}

const (
	pictureRate, pictureDrift = 90000, 40e-6
	soundRate, soundDrift     = 48000, -60e-6
	wallDrift                 = 25e-6
)

func newBand() *band {
	return &band{
		lead: timeline{rate: pictureRate}, sound: newFollower(soundRate, pictureRate), rand: rand.New(rand.NewPCG(1, 2)),
		late: 130 * time.Millisecond,
	}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// stamp is what a media clock shows at a true time; each run has a start of its own.
func (b *band) stamp(at time.Duration, rate, drift float64, base int64) int64 {
	return base + int64(b.run)*7777777 + int64(at.Seconds()*rate*(1+drift))
}

func (b *band) unit(track int, at, arrives time.Duration) *media.Unit {
	rate, drift, base := float64(pictureRate), pictureDrift, int64(123456789)
	if track == 1 {
		rate, drift, base = soundRate, soundDrift, 4000000000
	}
	u := &media.Unit{Track: track, PTS: b.stamp(at, rate, drift, base), Run: b.run, Arrival: noon.Add(arrives)}
	u.RTP = uint32(u.PTS)
	if b.tick%125 == 60*track { // every five seconds, not both at once
		wall := noon.Add(at + time.Duration(wallDrift*float64(at)) + b.wrong + time.Duration((2*b.rand.Float64()-1)*float64(b.noise)))
		u.Reports = []clock.Report{{NTP: ntp.FromTime(wall), RTP: u.PTS, Run: b.run, Arrival: u.Arrival}}
	}
	return u
}

// play goes on for a while, and returns how far sound and picture of the same instant were apart on the line at most.
func (b *band) play(d time.Duration) (worst time.Duration) {
	for end := b.now + d; b.now < end; b.now += 40 * time.Millisecond {
		b.tick++
		jitter := time.Duration(b.rand.IntN(8)) * time.Millisecond
		picture := b.unit(0, b.now, b.now+jitter)
		place := b.lead.place(picture)
		b.sound.lag.reports(ofLead, picture)
		sound := b.unit(1, b.now, b.now+jitter+b.late)
		var o *origin
		if b.origins {
			o = &origin{lead: picture.RTP, own: sound.RTP}
		}
		at := b.sound.place(sound, &b.lead, o)
		b.sound.lag.reports(ofOwn, sound)
		if b.run == 0 { // later runs have others before them in the file, which must stay
			d := b.sound.settle(&b.lead)
			at += d
			b.settled = b.settled || d != 0
		}
		apart := time.Duration(float64(at)/soundRate*1e9 - float64(place)/pictureRate*1e9).Abs()
		worst = max(worst, apart)
	}
	return worst
}

// TestFollower keeps sound and picture together for a day, although all clocks drift.
func TestFollower(t *testing.T) {
	b := newBand()
	b.noise = 2 * time.Millisecond
	if worst := b.play(5 * time.Second); worst < b.late-20*time.Millisecond || !b.settled {
		t.Errorf("without reports %v apart, settled %v; the arrivals are all that is known", worst, b.settled)
	}
	b.play(5 * time.Second)
	if worst := b.play(24 * time.Hour); worst > 5*time.Millisecond {
		t.Errorf("%v apart in a day", worst)
	}
}

// TestFollowerOrigin begins with what the camera announced: right from the first unit on.
func TestFollowerOrigin(t *testing.T) {
	b := newBand()
	b.origins = true
	if worst := b.play(2 * time.Second); worst > time.Millisecond {
		t.Errorf("%v apart although the start was announced", worst)
	}
}

// TestFollowerClockSet sets the camera's clock between two reports of picture and sound, which says nothing of either.
func TestFollowerClockSet(t *testing.T) {
	b := newBand()
	b.play(time.Minute)
	for range 20 {
		b.wrong += 400 * time.Millisecond
		if worst := b.play(30*time.Second + 40*time.Millisecond); worst > 5*time.Millisecond {
			t.Fatalf("%v apart after the camera's clock was set", worst)
		}
	}
}

// TestFollowerRestart has new time stamps of both tracks: the sound goes on where it arrives, less what it has been late so
// far, and moves to its place without a unit that stands on another.
func TestFollowerRestart(t *testing.T) {
	b := newBand()
	b.play(time.Minute)
	last := b.sound.last
	b.run++
	b.sound.lag.forget(ofLead) // as the recorder does
	b.now += 10 * time.Second
	b.tick = 0
	if worst := b.play(10 * time.Second); worst > 10*time.Millisecond { // the arrivals have a jitter of 7
		t.Errorf("%v apart at once after a restart", worst)
	}
	if b.sound.last <= last {
		t.Error("the sound went back")
	}
	b.play(20 * time.Second)
	if worst := b.play(time.Minute); worst > 5*time.Millisecond {
		t.Errorf("%v apart after a restart", worst)
	}
}

// TestLagDoubts has reports that say nothing of how sound and picture belong together.
func TestLagDoubts(t *testing.T) {
	at := func(d time.Duration) ntp.Time { return ntp.FromTime(noon.Add(d)) }
	for _, tt := range []struct {
		name     string
		picture  ntp.Time
		sound    ntp.Time
		apart    time.Duration // of the arrivals
		believed bool
	}{
		{name: "both by one clock", picture: at(0), sound: at(2 * time.Second), apart: 2 * time.Second, believed: true},
		{name: "no clock", apart: 2 * time.Second},
		{name: "two clocks", picture: at(0), sound: at(20 * time.Second), apart: 2 * time.Second},
		{name: "a clock that stands", picture: at(0), sound: at(0), apart: 20 * time.Second},
		{name: "one long after the other", picture: at(0), sound: at(40 * time.Second), apart: 40 * time.Second},
	} {
		l := lag{lead: pictureRate, own: soundRate}
		l.report(ofLead, clock.Report{NTP: tt.picture, RTP: 90000, Arrival: noon})
		l.report(ofOwn, clock.Report{NTP: tt.sound, RTP: 7 * 48000, Arrival: noon.Add(tt.apart)})
		shift, ok := l.shift(0)
		if ok != tt.believed || ok && shift != (1+2-7)*48000 {
			t.Errorf("%s: %d, %v", tt.name, shift, ok)
		}
	}
}

// TestFollowerRewind has a camera that sets the sound's media clock back by ten seconds: the sound goes on where it arrives.
func TestFollowerRewind(t *testing.T) {
	lead, f := timeline{rate: pictureRate}, newFollower(soundRate, pictureRate)
	var back int64
	for i := range int64(500) {
		at := noon.Add(time.Duration(i) * 40 * time.Millisecond)
		if i == 250 {
			back = 10 * soundRate
		}
		place := lead.place(&media.Unit{PTS: i * 3600, Arrival: at})
		sound := f.place(&media.Unit{Track: 1, PTS: i*1920 + 1e6 - back, Arrival: at}, &lead, nil)
		if d := sound - rescale(place, pictureRate, soundRate); max(d, -d) > 1 {
			t.Fatalf("unit %d: %d ticks from the picture", i, d)
		}
	}
}

// TestFollowerDoesNotAllocate places sound by reports that are known.
func TestFollowerDoesNotAllocate(t *testing.T) {
	b := newBand()
	b.play(time.Minute)
	u := b.unit(1, b.now, b.now)
	u.Reports = nil
	if n := testing.AllocsPerRun(100, func() { b.sound.place(u, &b.lead, nil) }); n > 0 {
		t.Errorf("%v allocations per unit", n)
	}
}

// TestReportsOfOtherTimeStamps gives the sound sender reports whose time stamps are not those of the media, as right after a
// restart. They must not move it by hours.
func TestReportsOfOtherTimeStamps(t *testing.T) {
	b := newBand()
	b.play(2 * time.Second)
	at := noon.Add(b.now)
	for which, rtp := range []int64{b.lead.last - b.lead.shift, b.sound.pts + 3600*soundRate} {
		b.sound.lag.report(which, clock.Report{NTP: ntp.FromTime(at), RTP: rtp, Run: b.run, Arrival: at})
	}
	if d := b.sound.settle(&b.lead); d != 0 {
		t.Errorf("moved by %d ticks", d)
	}
}
