package mp4

import (
	"math"

	gomp4 "github.com/abema/go-mp4"
)

// epoch1904 is 1904-01-01T00:00:00Z, where the times of a file count from (ISO/IEC 14496-12 §8.2.2), in seconds of Unix.
const epoch1904 = -2082844800

// unity is the transformation matrix that changes nothing (ISO/IEC 14496-12 §8.2.2).
var unity = [9]int32{0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000}

// buildHeader makes what stands before the first part.
func (w *Writer) buildHeader() error {
	b, err := fileType().appendTo(nil)
	if err != nil {
		return err
	}
	w.freeAt = int64(len(b))
	b, free := openBox(b, "free")
	b = closeBox(append(b, make([]byte, boxHeader64-boxHeader)...), free)
	w.header, err = w.moov(w.tracks, container(&gomp4.Mvex{}, w.trackDefaults()...)).appendTo(b)
	w.pos = int64(len(w.header))
	return err
}

// appendMoov appends the movie box of the finished file. A track that never had a unit isn't in it, unless none had.
func (w *Writer) appendMoov(b []byte) ([]byte, error) {
	early := int64(0)
	var tracks []*track
	for _, t := range w.tracks {
		t.finish()
		if t.written {
			tracks = append(tracks, t)
			early = min(early, Rescale(t.start(), t.ClockRate, w.timescale()))
		}
	}
	if len(tracks) == 0 {
		tracks = w.tracks
	}
	for _, t := range w.tracks {
		t.late = Rescale(-early, w.timescale(), t.ClockRate)
	}
	return w.moov(tracks).appendTo(b)
}

// fileType names the brands: iso6 for the boxes of movie fragments, mp41 and avc1 for old players.
func fileType() node {
	ftyp := &gomp4.Ftyp{MajorBrand: [4]byte{'i', 's', 'o', 'm'}, MinorVersion: 512}
	for _, brand := range []string{"isom", "iso2", "iso6", "avc1", "mp41"} {
		ftyp.AddCompatibleBrand([4]byte([]byte(brand)))
	}
	return node{box: ftyp}
}

func (w *Writer) trackDefaults() []node {
	var trex []node
	for _, t := range w.tracks {
		trex = append(trex, node{box: &gomp4.Trex{TrackID: t.number, DefaultSampleDescriptionIndex: 1}})
	}
	return trex
}

// moov returns the movie box as it is now, with more after the tracks.
func (w *Writer) moov(tracks []*track, more ...node) node {
	children := []node{{box: w.movieHeader()}}
	for _, t := range tracks {
		children = append(children, w.trak(t))
	}
	return container(&gomp4.Moov{}, append(children, more...)...)
}

// timescale is the clock of the whole movie: the first track's, so that the times of one track are exact.
func (w *Writer) timescale() uint32 { return w.tracks[0].ClockRate }

// movieTime converts ticks of t into the movie's.
func (w *Writer) movieTime(t *track, ticks int64) uint64 {
	return uint64(max(0, Rescale(ticks, t.ClockRate, w.timescale())))
}

// created is the creation time in seconds since 1904, 0 when it is unknown.
func (w *Writer) created() uint64 {
	if w.o.Created.IsZero() {
		return 0
	}
	return uint64(max(0, w.o.Created.Unix()-epoch1904))
}

// version returns the version that a box needs for its times (ISO/IEC 14496-12 §8.2.2.1): 1 holds 64 bits.
func version(times ...uint64) uint8 {
	for _, t := range times {
		if t > math.MaxUint32 {
			return 1
		}
	}
	return 0
}

func (w *Writer) movieHeader() gomp4.IImmutableBox {
	created, duration := w.created(), uint64(0)
	for _, t := range w.tracks {
		duration = max(duration, w.movieTime(t, t.empty()+t.shown()))
	}
	b := &gomp4.Mvhd{
		Timescale:   w.timescale(),
		Rate:        1 << 16,
		Volume:      1 << 8,
		Matrix:      unity,
		NextTrackID: uint32(len(w.tracks)) + 1,
	}
	if b.Version = version(created, duration); b.Version == 1 {
		b.CreationTimeV1, b.ModificationTimeV1, b.DurationV1 = created, created, duration
	} else {
		b.CreationTimeV0, b.ModificationTimeV0, b.DurationV0 = uint32(created), uint32(created), uint32(duration)
	}
	return b
}

func (w *Writer) trak(t *track) node {
	children := []node{{box: w.trackHeader(t)}}
	if t.empty() > 0 || t.mediaTime() > 0 {
		children = append(children, container(&gomp4.Edts{}, node{box: w.edits(t)}))
	}
	url := node{box: &gomp4.Url{FullBox: gomp4.FullBox{Flags: [3]byte{0, 0, gomp4.UrlSelfContained}}}}
	tables := node{byHand: func(b []byte) []byte { return t.tables.appendTo(b, int32(t.deeper())) }}
	stbl := container(&gomp4.Stbl{}, t.sampleDescriptions(), tables)
	minf := container(&gomp4.Minf{},
		node{box: t.mediaTypeHeader()},
		container(&gomp4.Dinf{}, container(&gomp4.Dref{EntryCount: 1}, url)),
		stbl)
	mdia := container(&gomp4.Mdia{}, node{box: w.mediaHeader(t)}, node{box: t.handler()}, minf)
	return container(&gomp4.Trak{}, append(children, mdia)...)
}

func (w *Writer) trackHeader(t *track) gomp4.IImmutableBox {
	created, duration := w.created(), w.movieTime(t, t.empty()+t.shown())
	width, height := t.codec.size(t.Config)
	b := &gomp4.Tkhd{
		FullBox: gomp4.FullBox{Flags: [3]byte{0, 0, 3}}, // enabled, in movie
		TrackID: t.number,
		Matrix:  unity,
		Width:   uint32(width) << 16,
		Height:  uint32(height) << 16,
	}
	if t.sound() {
		b.Volume = 1 << 8 // full, 8.8
	}
	if b.Version = version(created, duration); b.Version == 1 {
		b.CreationTimeV1, b.ModificationTimeV1, b.DurationV1 = created, created, duration
	} else {
		b.CreationTimeV0, b.ModificationTimeV0, b.DurationV0 = uint32(created), uint32(created), uint32(duration)
	}
	return b
}

// mediaTypeHeader returns the box that says what kind of media it is (ISO/IEC 14496-12 §12.1.2, §12.2.2).
func (t *track) mediaTypeHeader() gomp4.IImmutableBox {
	if t.sound() {
		return &gomp4.Smhd{}
	}
	return &gomp4.Vmhd{FullBox: gomp4.FullBox{Flags: [3]byte{0, 0, 1}}}
}

// sound reports whether the track is audio.
func (t *track) sound() bool { return t.codec.handler == "soun" }

func (w *Writer) mediaHeader(t *track) gomp4.IImmutableBox {
	created, duration := w.created(), uint64(t.mediaDuration())
	b := &gomp4.Mdhd{Timescale: t.ClockRate, Language: [3]byte{'u' - 0x60, 'n' - 0x60, 'd' - 0x60}}
	if b.Version = version(created, duration); b.Version == 1 {
		b.CreationTimeV1, b.ModificationTimeV1, b.DurationV1 = created, created, duration
	} else {
		b.CreationTimeV0, b.ModificationTimeV0, b.DurationV0 = uint32(created), uint32(created), uint32(duration)
	}
	return b
}

// edits returns the edit list (ISO/IEC 14496-12 §8.6.6): nothing up to the track's start, then the media from the first
// picture on, which B-frames delay against the media's own time line. In the header of a growing file its length is 0,
// which stands for all the fragments to come.
func (w *Writer) edits(t *track) gomp4.IImmutableBox {
	b := &gomp4.Elst{FullBox: gomp4.FullBox{Version: 1}}
	add := func(ticks, mediaTime int64) {
		entry := gomp4.ElstEntry{SegmentDurationV1: w.movieTime(t, ticks), MediaTimeV1: mediaTime, MediaRateInteger: 1}
		b.Entries = append(b.Entries, entry)
	}
	if t.empty() > 0 {
		add(t.empty(), -1)
	}
	add(t.shown(), t.mediaTime())
	b.EntryCount = uint32(len(b.Entries))
	return b
}

// handler returns the handler reference box. Its name is for people.
func (t *track) handler() gomp4.IImmutableBox {
	b := &gomp4.Hdlr{Name: "Timeslate"}
	copy(b.HandlerType[:], t.codec.handler)
	return b
}

// sampleDescriptions returns the entries for all the parameter sets that there have been.
func (t *track) sampleDescriptions() node {
	var entries []node
	r := t.rates()
	for i, c := range t.configs {
		if i < len(t.entries) && t.entries[i].entry.body != nil {
			entries = append(entries, t.entries[i].entry.node())
		} else {
			entries = append(entries, t.codec.sampleEntry(c, r))
		}
	}
	return container(&gomp4.Stsd{EntryCount: uint32(len(entries))}, entries...)
}

// finish gives the last sample its duration: until the unit that went to the next file, or that of the sample before.
func (t *track) finish() {
	if !t.written {
		return
	}
	if !t.ended {
		t.endDTS = t.lastDTS + int64(t.duration)
		t.endPTS = t.lastPTS + int64(t.duration)
	}
	t.tables.duration(clampUint32(t.endDTS - t.lastDTS))
}

// lag is how far the first picture lies behind the first decoding time, in ticks.
func (t *track) lag() int64 {
	if !t.written {
		return t.lead
	}
	return max(0, t.order.start-t.firstDTS)
}

// deeper is how much later than expected the pictures of the finished file are, in ticks, because they were reordered
// more than their parameter sets said at the start. Players are no good at negative composition offsets; but an edit list
// can't make good for a clock that went back.
func (t *track) deeper() int64 {
	if late := -int64(t.tables.lowest); late <= int64(t.ClockRate) {
		return late
	}
	return 0
}

// mediaTime is where on the media's time line the first picture is shown, in ticks.
func (t *track) mediaTime() int64 { return t.lag() + t.deeper() }

// empty is how long after the file's start the track's first picture is shown, in ticks.
func (t *track) empty() int64 {
	if !t.written {
		return 0
	}
	return max(0, t.start()+t.late)
}

// start is how long after the file's start the track's first picture belongs, in ticks; less than 0 if the track was moved
// to before it.
func (t *track) start() int64 { return t.firstDTS + t.lag() - t.base + t.moved }

// shown is how long the track is shown, in ticks.
func (t *track) shown() int64 {
	if !t.written {
		return 0
	}
	return t.endPTS - t.firstDTS - t.lag()
}

// mediaDuration is the sum of the durations of all samples, in ticks.
func (t *track) mediaDuration() int64 {
	if !t.written {
		return 0
	}
	return t.endDTS - t.firstDTS
}
