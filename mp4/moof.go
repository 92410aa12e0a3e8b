package mp4

import (
	"encoding/binary"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
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
	for _, at := range w.dataOffsets { // they count from the start of the body so far
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
	b = t.appendMoved(b, p.samples[0].dts)
	samples := p.samples
	for _, r := range p.runs {
		b = w.appendTrun(b, t, r.offset, samples[:r.samples])
		samples = samples[r.samples:]
	}
	return closeBox(b, traf)
}

// movedID begins the payload of a free box that tells Resume of a Shift. Free boxes may stand anywhere (ISO/IEC 14496-12
// §8.1.2), and nobody else looks into them.
const movedID = "tsmoved\x00"

// appendMoved appends what tfdt does not tell of a track that was moved or begins before the file's time does: the decode
// time without the shift, and the shift.
func (t *track) appendMoved(b []byte, dts int64) []byte {
	if t.moved == 0 && t.decodeTime(dts) >= 0 {
		return b
	}
	b, free := openBox(b, "free")
	b = append(b, movedID...)
	return closeBox(be64(be64(b, uint64(t.decodeTime(dts)-t.moved)), uint64(t.moved)), free)
}

// appendTrun appends a track run box (ISO/IEC 14496-12 §8.8.8), in version 1, in which composition offsets are signed.
func (w *Writer) appendTrun(b []byte, t *track, bodyOffset int, samples []sample) []byte {
	flags := uint32(trunOffset | trunDuration | trunSize | trunFlags)
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

// Flags of the producer reference time box (ISO/IEC 14496-12 §8.16.5).
const (
	prftCaptured   = 24 // the time of capture
	prftConsistent = 8  // an arbitrary clock that is consistent
)

// appendPRFT appends a producer reference time box: the wall clock at the part's first unit. It is left out when no time
// is known.
func (w *Writer) appendPRFT(b []byte, p *part) []byte {
	if p.wall.State == clock.None || p.wall.Time.IsZero() {
		return b
	}
	flags := uint32(prftConsistent)
	if p.wall.State >= clock.Acquiring && p.wall.Source.OfCamera() {
		flags = prftCaptured
	}
	t := w.tracks[p.wallTrack]
	b, start := openFullBox(b, "prft", 1, flags)
	b = be32(b, t.number)
	b = be64(b, uint64(ntp.FromTime(p.wall.Time)))
	return closeBox(be64(b, uint64(max(0, p.wallPTS-t.base+t.moved+t.lead))), start)
}
