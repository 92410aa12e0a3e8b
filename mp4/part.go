package mp4

import (
	"encoding/binary"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
)

// part is the movie fragment in the making: what was pushed since the part before. Its memory is used again.
type part struct {
	body   []byte // payload of the media data box
	units  int
	tracks []trackPart

	wall      clock.Estimate // of the first unit
	wallTrack int
	wallPTS   int64
}

// trackPart is what a part holds of one track.
type trackPart struct {
	samples []sample // in decode order
	runs    []run
}

// sample is one unit in a part.
type sample struct {
	pts, dts int64  // ticks on the caller's time line
	duration uint32 // ticks
	size     uint32 // bytes
	key      bool
}

// run is a row of samples of one track that lie one after the other in the body.
type run struct {
	offset  int // in the body
	samples int
	desc    uint32 // sample description, from 1
}

func (p *part) reset() {
	p.body = p.body[:0]
	p.units = 0
	for i := range p.tracks {
		p.tracks[i].samples = p.tracks[i].samples[:0]
		p.tracks[i].runs = p.tracks[i].runs[:0]
	}
}

// add appends u to the body. A run goes on as long as no other track and no other description comes between.
func (p *part) add(track int, u *media.Unit, k *codec, desc uint32, sets [][]byte) {
	if p.units == 0 {
		p.wall, p.wallTrack, p.wallPTS = u.Wall, track, u.PTS
	}
	start := len(p.body)
	t := &p.tracks[track]
	if n := len(t.runs); n == 0 || t.runs[n-1].desc != desc || !p.endsWith(track) {
		t.runs = append(t.runs, run{offset: start, desc: desc})
	}
	t.runs[len(t.runs)-1].samples++
	p.body = k.appendUnit(p.body, u.Data, sets)
	t.samples = append(t.samples, sample{pts: u.PTS, size: uint32(len(p.body) - start), key: u.Key})
	p.units++
}

// endsWith reports whether the last bytes of the body are of the track.
func (p *part) endsWith(track int) bool {
	own := p.tracks[track].runs
	last := own[len(own)-1].offset
	for i := range p.tracks {
		if other := p.tracks[i].runs; i != track && len(other) > 0 && other[len(other)-1].offset > last {
			return false
		}
	}
	return true
}

// appendUnit appends the bytes of a unit as they stand in a sample, with sets put where a decoder expects parameter sets:
// first, but for an access unit delimiter (H.264 §7.4.1.2.3).
func (k *codec) appendUnit(b []byte, data, sets [][]byte) []byte {
	for i, d := range data {
		if len(sets) > 0 && (i > 0 || !k.delimiter(d)) {
			b = k.appendUnit(b, sets, nil)
			sets = nil
		}
		if k.nals {
			b = be32(b, uint32(len(d)))
		}
		b = append(b, d...)
	}
	return b
}

// unitSize returns the number of bytes that appendUnit appends.
func (k *codec) unitSize(data [][]byte) int64 {
	n := int64(0)
	for _, d := range data {
		n += int64(len(d))
		if k.nals {
			n += nalLength
		}
	}
	return n
}

// Sample flags (ISO/IEC 14496-12 §8.8.3.1): sample_depends_on and sample_is_non_sync_sample.
const (
	flagsKey    = 2 << 24
	flagsNonKey = 1<<24 | nonSync
	nonSync     = 1 << 16
)

// Flags of the boxes of a movie fragment (ISO/IEC 14496-12 §8.8.7, §8.8.8).
const (
	tfhdBaseOffset    = 0x000001
	tfhdDescription   = 0x000002
	tfhdDuration      = 0x000008
	tfhdSize          = 0x000010
	tfhdFlags         = 0x000020
	tfhdBaseIsMoof    = 0x020000
	trunOffset        = 0x000001
	trunFirstFlags    = 0x000004
	trunDuration      = 0x000100
	trunSize          = 0x000200
	trunFlags         = 0x000400
	trunComposition   = 0x000800
	trunAllOfOurs     = trunOffset | trunDuration | trunSize | trunFlags
	prftCaptured      = 24 // ISO/IEC 14496-12 §8.16.5: the time of capture
	prftConsistent    = 8  // an arbitrary clock that is consistent
	firstDescription  = 1
	trackIDOfFirst    = 1
	trunHeaderOfOurs  = fullBoxHeader + 8
	bytesPerTrunEntry = 16
)

// appendMoof appends the movie fragment box for p; the media data box follows it immediately.
func (w *Writer) appendMoof(b []byte, p *part) []byte {
	w.dataOffsets = w.dataOffsets[:0]
	b, moof := openBox(b, "moof")
	b, mfhd := openFullBox(b, "mfhd", 0, 0)
	w.sequence++
	b = closeBox(be32(b, w.sequence), mfhd)
	for i := range p.tracks {
		if len(p.tracks[i].samples) > 0 {
			b = w.appendTraf(b, w.tracks[i], &p.tracks[i])
		}
	}
	b = closeBox(b, moof)
	for _, at := range w.dataOffsets { // so far they count from the start of the body
		offset := binary.BigEndian.Uint32(b[at:]) + uint32(len(b)-moof+boxHeader)
		binary.BigEndian.PutUint32(b[at:], offset)
	}
	return b
}

func (w *Writer) appendTraf(b []byte, t *track, p *trackPart) []byte {
	b, traf := openBox(b, "traf")
	b, tfhd := openFullBox(b, "tfhd", 0, tfhdBaseIsMoof)
	b = closeBox(be32(b, t.number), tfhd)
	b, tfdt := openFullBox(b, "tfdt", 1, 0)
	b = closeBox(be64(b, uint64(max(0, t.decodeTime(p.samples[0].dts)))), tfdt)
	samples := p.samples
	for _, r := range p.runs {
		b = w.appendTrun(b, t, r.offset, samples[:r.samples])
		samples = samples[r.samples:]
	}
	return closeBox(b, traf)
}

// appendTrun appends a track run box (ISO/IEC 14496-12 §8.8.8), in version 1, in which composition offsets are signed.
func (w *Writer) appendTrun(b []byte, t *track, bodyOffset int, samples []sample) []byte {
	flags := uint32(trunAllOfOurs)
	if t.reorders(samples) {
		flags |= trunComposition
	}
	b, trun := openFullBox(b, "trun", 1, flags)
	b = be32(b, uint32(len(samples)))
	w.dataOffsets = append(w.dataOffsets, len(b))
	b = be32(b, uint32(bodyOffset))
	for _, s := range samples {
		b = be32(be32(b, s.duration), s.size)
		if s.key {
			b = be32(b, flagsKey)
		} else {
			b = be32(b, flagsNonKey)
		}
		if flags&trunComposition != 0 {
			b = be32(b, uint32(clampInt32(t.composition(s))))
		}
	}
	return closeBox(b, trun)
}

// appendPRFT appends a producer reference time box (ISO/IEC 14496-12 §8.16.5): the wall clock at the part's first unit.
// It is left out when no time is known.
func (w *Writer) appendPRFT(b []byte, p *part) []byte {
	if p.wall.State == clock.None || p.wall.Time.IsZero() {
		return b
	}
	flags := uint32(prftConsistent)
	if p.wall.State >= clock.Acquiring && ofCamera(p.wall.Source) {
		flags = prftCaptured
	}
	t := w.tracks[p.wallTrack]
	b, start := openFullBox(b, "prft", 1, flags)
	b = be32(b, t.number)
	b = be64(b, uint64(ntp.FromTime(p.wall.Time)))
	return closeBox(be64(b, uint64(max(0, p.wallPTS-t.base))), start)
}

// ofCamera reports whether a time comes from the camera's own clock.
func ofCamera(s clock.Source) bool {
	return s != clock.NoSource && s != clock.Recorder && s != clock.MISB && s != clock.Arrival
}
