package mp4

import "encoding/binary"

// rates are what a decoder may want to know before: the largest sample in bytes, and bits per second, at most and on
// average. All are 0 as long as the file grows.
type rates struct{ buffer, largest, average uint32 }

// rates returns what the samples of a track add up to. The largest rate is that of the samples that begin within any second
// (ISO/IEC 14496-1 §7.2.6.6.2).
func (t *track) rates() (r rates) {
	heads, tails := runReader{rest: t.tables.durations.b}, runReader{rest: t.tables.durations.b}
	var total, inSecond, most, now, then int64
	sizes := t.tables.sizes
	size := func(at int) int64 { return int64(binary.BigEndian.Uint32(sizes[at:])) }
	for head, tail := 0, 0; head < len(sizes); head += 4 {
		for ; now-then >= int64(t.ClockRate); tail += 4 {
			inSecond -= size(tail)
			then += int64(tails.next())
		}
		total += size(head)
		inSecond += size(head)
		most = max(most, inSecond)
		r.buffer = max(r.buffer, uint32(size(head)))
		now += int64(heads.next())
	}
	r.largest = clampUint32(8 * most)
	if now > 0 {
		r.average = clampUint32(int64(float64(8*total) * float64(t.ClockRate) / float64(now)))
	}
	return r
}
