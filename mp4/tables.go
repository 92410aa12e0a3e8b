package mp4

import "encoding/binary"

// tables are the sample tables of one track (ISO/IEC 14496-12 §8.6, §8.7), kept as they will be written. A sample costs 4
// bytes for its size; 8 more where its duration differs from that of the sample before, and 8 more where its composition
// offset does. A chunk, which is what one part holds of a track, costs 8 to 20 bytes, a key frame 4. So a day of a camera
// with 25 frames per second and jittering time stamps takes 29 MB, one with regular ones 10 MB, and up to a quarter more
// because slices grow in steps.
type tables struct {
	samples uint32
	sizes   []byte // stsz: uint32 each

	durations runs  // stts
	offsets   runs  // ctts
	lowest    int32 // composition offset, at most 0
	highest   int32 // composition offset, at least 0

	keys []byte // stss: uint32 each

	chunks       uint32
	chunkOffsets []byte // co64: uint64 each
	layout       []byte // stsc: first chunk, samples per chunk, description, uint32 each
	lastPerChunk uint32
	lastDesc     uint32
}

// add appends a sample; its duration comes later, by the next call of duration.
func (t *tables) add(size uint32, offset int32, key bool) {
	t.samples++
	t.sizes = be32(t.sizes, size)
	t.offsets.add(uint32(offset))
	t.lowest, t.highest = min(t.lowest, offset), max(t.highest, offset)
	if key {
		t.keys = be32(t.keys, t.samples)
	}
}

// duration appends the duration in ticks of the first sample that has none yet.
func (t *tables) duration(ticks uint32) { t.durations.add(ticks) }

// chunk appends a chunk: samples that lie one after the other in the file and share a sample description, from 1.
func (t *tables) chunk(offset int64, samples, desc uint32) {
	t.chunks++
	t.chunkOffsets = be64(t.chunkOffsets, uint64(offset))
	if samples == t.lastPerChunk && desc == t.lastDesc {
		return
	}
	t.layout = be32(be32(be32(t.layout, t.chunks), samples), desc)
	t.lastPerChunk, t.lastDesc = samples, desc
}

// appendTo appends the boxes of the sample table but for the sample descriptions. delay is added to each composition
// offset.
func (t *tables) appendTo(b []byte, delay int32) []byte {
	b = appendTable(b, "stts", 0, t.durations.b, 8)
	if t.lowest != 0 || t.highest != 0 {
		version := uint8(0)
		if t.lowest+delay < 0 {
			version = 1 // ISO/IEC 14496-12 §8.6.1.3: signed offsets
		}
		start := len(b) + fullBoxHeader + 4
		b = appendTable(b, "ctts", version, t.offsets.b, 8)
		for i := start + 4; delay != 0 && i < len(b); i += 8 {
			binary.BigEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:])+uint32(delay))
		}
	}
	if uint32(len(t.keys)/4) != t.samples { // without the box each sample is a key frame
		b = appendTable(b, "stss", 0, t.keys, 4)
	}
	b = appendTable(b, "stsc", 0, t.layout, 12)
	b = t.appendSizes(b)
	return t.appendChunkOffsets(b)
}

func (t *tables) appendSizes(b []byte) []byte {
	b, start := openFullBox(b, "stsz", 0, 0)
	b = be32(be32(b, 0), t.samples)
	return closeBox(append(b, t.sizes...), start)
}

// appendChunkOffsets appends stco, which every reader knows, as long as 32 bits suffice, co64 otherwise.
func (t *tables) appendChunkOffsets(b []byte) []byte {
	n := len(t.chunkOffsets)
	if n > 0 && binary.BigEndian.Uint64(t.chunkOffsets[n-8:])>>32 != 0 {
		return appendTable(b, "co64", 0, t.chunkOffsets, 8)
	}
	b, start := openFullBox(b, "stco", 0, 0)
	b = be32(b, t.chunks)
	for i := 4; i < n; i += 8 {
		b = append(b, t.chunkOffsets[i:i+4]...)
	}
	return closeBox(b, start)
}

// appendTable appends a box that is a count and as many entries.
func appendTable(b []byte, boxType string, version uint8, entries []byte, entrySize int) []byte {
	b, start := openFullBox(b, boxType, version, 0)
	b = be32(b, uint32(len(entries)/entrySize))
	return closeBox(append(b, entries...), start)
}

// runs is a run-length coded list: a count and a value, uint32 each, per run.
type runs struct{ b []byte }

func (r *runs) add(v uint32) {
	if n := len(r.b); n > 0 && binary.BigEndian.Uint32(r.b[n-4:]) == v {
		count := r.b[n-8:]
		binary.BigEndian.PutUint32(count, binary.BigEndian.Uint32(count)+1)
		return
	}
	r.b = be32(be32(r.b, 1), v)
}
