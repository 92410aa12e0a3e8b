package mp4

import (
	"fmt"
	"time"

	"github.com/timeslate/timeslate/media"
)

// track is the state of one track of a Writer.
type track struct {
	media.Track
	number  uint32 // track_ID in the file
	codec   *codec
	configs []media.Config // the sample descriptions
	entries []sampleConfig // of a file that was cut: as they were in the source, or without an entry; else nil
	current uint32         // the one in force, from 1
	order   order
	tables  tables

	lead     int64 // the reordering delay that the header's edit list takes off, in ticks
	base     int64 // PTS at which the file's time starts
	moved    int64 // by Shift, in ticks
	late     int64 // ticks by which all tracks are later, because one was moved to before the file's start
	some     bool  // a unit was pushed
	newest   int64 // PTS of the last unit
	largest  int64 // largest PTS
	duration uint32

	written  bool // a sample is in the tables
	firstDTS int64
	lastDTS  int64
	lastPTS  int64 // the largest

	ended  bool // the unit after the last one is known
	endDTS int64
	endPTS int64
}

func newTrack(m media.Track, k *codec) *track {
	t := &track{Track: m, number: uint32(m.ID) + 1, codec: k, configs: []media.Config{m.Config}, current: 1}
	t.restart()
	t.lead = t.order.delay()
	t.duration = clampUint32(t.order.step)
	return t
}

// restart makes the derivation of decoding times begin with the next unit.
func (t *track) restart() {
	depth, frameRate := t.codec.timing(t.Config)
	if frameRate < slowestFrameRate {
		frameRate = usualFrameRate
	}
	t.order = order{depth: min(depth, maxReorder), step: max(1, int64(float64(t.ClockRate)/frameRate))}
}

// Frame rates of cameras that do not tell, or not the truth. A wrong one only makes the first decoding times look odd.
const (
	usualFrameRate   = 25
	slowestFrameRate = 0.1
)

// ticks returns d in ticks of the track's clock.
func (t *track) ticks(d time.Duration) int64 {
	return Rescale(int64(d), uint32(time.Second), t.ClockRate)
}

// description returns the number of the sample description for c, which is nil when it has not changed.
func (t *track) description(c media.Config) (desc uint32, changed bool, err error) {
	if c == nil || c == t.configs[t.current-1] {
		return t.current, false, nil
	}
	if !t.codec.owns(c) {
		return 0, false, fmt.Errorf("mp4: track %d: codec changed from %s to %s", t.ID, t.Config.Codec(), c.Codec())
	}
	for i, known := range t.configs {
		if t.codec.equal(known, c) {
			changed = t.current != uint32(i)+1
			t.current = uint32(i) + 1
			return t.current, changed, nil
		}
	}
	if len(t.configs) == maxDescriptions {
		return 0, false, fmt.Errorf("mp4: track %d: more than %d different parameter sets", t.ID, maxDescriptions)
	}
	t.configs = append(t.configs, c)
	t.current = uint32(len(t.configs))
	return t.current, true, nil
}

// missingSets returns the parameter sets to store with u. The sample description of a growing file is written already, so
// once there has been more than one set of parameters they must be found at each place where decoding can start.
func (t *track) missingSets(u *media.Unit, changed bool) [][]byte {
	if len(t.configs) > 1 && (changed || u.Key) {
		return t.codec.sets(t.configs[t.current-1], u.Data)
	}
	return nil
}

// checkTime refuses a PTS so far from those before it that a file has no room for the distance.
func (t *track) checkTime(pts int64) error {
	if jump := pts - t.largest; t.some && (jump >= maxJump || jump <= -maxJump) {
		return fmt.Errorf("mp4: track %d: PTS goes from %d to %d", t.ID, t.largest, pts)
	}
	return nil
}

// pushed notes the time of a unit.
func (t *track) pushed(pts int64) {
	if !t.some || pts > t.largest {
		t.largest = pts
	}
	t.newest, t.some = pts, true
}

// begin starts the derivation of decoding times for a track whose first part holds samples.
func (t *track) begin(samples []sample) {
	t.order.begin(samples)
	for i := range samples {
		samples[i].dts = t.order.next(samples[i].pts)
	}
}

// end notes the time of the unit after the last one.
func (t *track) end(pts int64) {
	t.ended = true
	t.endPTS = max(pts, t.largest+1)
	t.endDTS = t.order.next(pts)
}

// decodeTime is where a DTS lies on the track's media time line while the file grows. It is late by the reordering delay,
// so that it is never negative.
func (t *track) decodeTime(dts int64) int64 { return dts + t.order.delay() - t.base + t.moved }

// composition is the composition offset of s while the file grows, in ticks. When the header could not tell the delay,
// because it had to be measured, nothing takes it off again, and the offsets of B-frames are negative.
func (t *track) composition(s sample) int64 { return s.pts - s.dts - t.order.delay() + t.lead }

// reorders reports whether composition offsets are needed.
func (t *track) reorders(samples []sample) bool {
	for _, s := range samples {
		if t.composition(s) != 0 {
			return true
		}
	}
	return false
}

// record enters s in the sample tables. They hold true durations, which are the distances of the decoding times.
func (t *track) record(s sample) {
	if t.written {
		t.tables.duration(clampUint32(s.dts - t.lastDTS))
	} else {
		t.firstDTS = s.dts
	}
	t.tables.add(s.size, clampInt32(s.pts-s.dts), s.key)
	if !t.written || s.pts > t.lastPTS {
		t.lastPTS = s.pts
	}
	t.lastDTS, t.written = s.dts, true
}
