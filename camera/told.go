package camera

import (
	"strings"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/rtpsession"
	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/sdp"
)

// told is how a track's frames tell when they were captured, apart from sender reports.
type told struct {
	extensions rtpsession.Extensions
	clock      *rtpsession.MediaClock // RFC 7273; nil: none from which times follow
	untraced   bool                   // nobody vouches that its reference clock shows the time of day
	play       playStart
	ticks      int64 // of the media clock per second

	onvif  bool  // its extension came
	jumpAt int64 // time stamp of a frame that does not follow the one before, while jump
	lastAt int64 // time stamp of a frame that ends a section, while last
	jump   bool
	last   bool
}

// playStart is what the reply to PLAY said of a track's start (ONVIF Streaming Specification, "Absolute time").
type playStart struct {
	at  time.Time // zero: nothing
	rtp uint32
	was bool // it was found to be true
}

// newTold returns what the description tells of the media with that index.
func newTold(d *sdp.Session, index int, rate uint32) told {
	t := told{ticks: int64(rate)}
	t.clock, t.untraced = mediaClock(d, index, rate)
	for number, uri := range d.Extensions(index) {
		t.extensions.Map(number, uri)
	}
	return t
}

// epochs are those of the reference clocks from which times follow (RFC 7273 §4). That of GLONASS is nowhere laid down, and
// local clocks tell the time of no one else.
var epochs = map[string]int64{
	"ntp": rtpsession.EpochNTP, "ptp": rtpsession.EpochPTP, "gps": rtpsession.EpochGPS,
}

// mediaClock returns the clock that a description lays down for the time stamps, or nil. It is untraced if it is that
// of a PTP grandmaster, which may count from when it was switched on, unless the description says otherwise (RFC 7273
// §4.4).
func mediaClock(d *sdp.Session, index int, rate uint32) (c *rtpsession.MediaClock, untraced bool) {
	m, ok := d.MediaClock(index)
	if !ok || !m.Direct || !m.Known || !plausible(m) {
		return nil, false
	}
	for _, r := range d.RefClocks(index) {
		if epoch, ok := epochs[r.Source]; ok {
			c = &rtpsession.MediaClock{Epoch: epoch, Rate: rate, Num: m.Num, Den: m.Den, Offset: m.Offset}
			return c, r.Source == "ptp" && !strings.HasSuffix(strings.ToLower(r.Value), ":traceable")
		}
	}
	return nil, false
}

// plausible reports whether a media clock's rate can be meant: the modifiers there are, for pull-down, are 1000/1001 and
// 24/25 with their inverses (RFC 7273 §5.2). By another one the times would run away from those of the day.
func plausible(m sdp.MediaClock) bool {
	num, den := uint64(m.Num), uint64(m.Den)
	return num*10 >= den*9 && num*10 <= den*11
}

// untracedMost is how far the time of an untraced clock may lie from the arrival: other distances are by chance,
// between half a wrap of the time stamps, seven hours, on both sides.
const untracedMost = time.Minute

// counted returns when a unit was captured by the media clock, or zero.
func (t *told) counted(u *media.Unit) time.Time {
	if t.clock == nil {
		return time.Time{}
	}
	at := t.clock.Time(u.RTP, u.Arrival)
	if t.untraced && u.Arrival.Sub(at).Abs() > untracedMost {
		return time.Time{}
	}
	return at
}

// began takes the reply to PLAY.
func (t *told) began(info *rtsp.PlayInfo, stream int) {
	if stream < len(info.Streams) {
		t.play = playStart{at: info.Start, rtp: info.Streams[stream].RTPTime}
	}
}

// sources of capture times, by the kind of header extension.
var extensionSources = [...]clock.Source{
	rtpsession.ONVIFReplay: clock.ONVIF, rtpsession.AbsCaptureTime: clock.AbsCaptureTime, rtpsession.NTP64: clock.NTP64,
}

// packet adds to a packet what its header extension says.
func (t *told) packet(q *rtpsession.Packet, p *media.Packet) {
	c := &q.Capture
	if t.last && q.Time != t.lastAt || c.Jump {
		t.jump, t.jumpAt, t.last = true, q.Time, false
	}
	if c.Last {
		t.last, t.lastAt = true, q.Time
	}
	if c.Time != 0 {
		p.Absolute, p.Source = c.Time, extensionSources[c.Kind]
	}
	t.onvif = t.onvif || c.Kind == rtpsession.ONVIFReplay
}

// complete adds to a unit what is known by other means than its packets: the description, or the reply to PLAY.
func (t *told) complete(u *media.Unit) {
	u.Jump = t.jump && t.jumpAt == u.PTS
	t.jump = t.jump && !u.Jump
	play := t.play.of(u, t.ticks)
	if u.Absolute == 0 {
		u.Absolute, u.Source = absolute(t.counted(u)), clock.RFC7273
	}
	if u.Absolute == 0 {
		u.Absolute, u.Source = absolute(play), clock.Play
	}
	if u.Absolute == 0 {
		u.Source = clock.NoSource
	}
}

// absolute returns a time as units hold it: 0 for one that is unknown.
func absolute(t time.Time) ntp.Time {
	if t.IsZero() {
		return 0
	}
	return ntp.FromTime(t)
}

// farFromStart is how far the time stamp of the first frame may lie from that of RTP-Info, which stands for the start
// of the range: a key frame may come before it or after. Cameras that announce what is not true are farther off.
const farFromStart = 10 * time.Second

// halfEra is how far from its arrival a frame's time may lie: an NTP time stamp beyond would mean another one.
const halfEra = 1 << 31 * time.Second

// of returns when a unit was captured by the reply to PLAY, or zero. It tells up to the first key frame, with which
// recordings begin: later ones would say no more, and the clock drifts.
func (p *playStart) of(u *media.Unit, rate int64) time.Time {
	start := p.at
	if start.IsZero() || rate == 0 {
		return time.Time{}
	}
	if u.Key {
		p.at = time.Time{}
	}
	after := time.Duration(int64(int32(u.RTP-p.rtp)) * int64(time.Second) / rate)
	at := start.Add(after)
	if after.Abs() > farFromStart || at.Sub(u.Arrival).Abs() >= halfEra {
		return time.Time{}
	}
	p.was = true
	if start.Nanosecond() == 0 { // whole seconds: the time shall look no better than it is
		return at.Round(time.Second)
	}
	return at
}

// Sources returns by what the camera tells the capture times of a track's frames, best first: what its description
// announces, and what has come so far. It is empty for a camera that has sent nothing yet of which one could tell.
func (s *Stream) Sources(track int) (sources []clock.Source) {
	t := s.tracks[track]
	for _, known := range []struct {
		source clock.Source
		there  bool
	}{
		{clock.ONVIF, t.told.onvif},
		{clock.AbsCaptureTime, t.told.extensions.Has(rtpsession.AbsCaptureTime)},
		{clock.NTP64, t.told.extensions.Has(rtpsession.NTP64)},
		{clock.RFC7273, t.told.clock != nil},
		{clock.SenderReport, t.receiver.Stats().Reports > 0},
		{clock.Play, t.told.play.was || !t.told.play.at.IsZero()},
	} {
		if known.there {
			sources = append(sources, known.source)
		}
	}
	return sources
}
