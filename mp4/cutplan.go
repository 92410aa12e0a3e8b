package mp4

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/timeslate/timeslate/media"
)

const (
	// maxCandidates is how many key frames before the wanted place are searched for an IDR picture. Streams that have none
	// at all, for they renew the picture bit by bit, begin at the nearest one.
	maxCandidates = 64

	// soundLead is how many units of sound are decoded before the first that is heard. Each overlaps with the one before;
	// what is computed from low frequencies for high ones takes another to settle (ISO/IEC 14496-3 §4.6.11, §4.6.18).
	soundLead = 2
)

// stretch is a row of samples of one track, in order of decoding, that is to be copied.
type stretch struct {
	piece, track int // indices: of the piece, and of the track in its file
	file         *File
	source       *Track
	to           *cutTrack
	shift        int64 // ticks

	first, last     int    // samples
	opening         Sample // the first one
	from, until     int64  // PTS of the first sample that is shown, and where the last one ends
	lowest, highest int64  // PTS of all
	shown           int64  // the largest PTS that is shown
	early           int64  // the largest DTS - PTS
	bytes           int64

	config media.Config // in force, by the parameter sets that a growing file has in its samples
	head   Sample       // the next one to be copied
	more   bool
	next   func() (Sample, bool)
	stop   func()
	left   int // samples, head included
}

// plan decides what is copied of a piece.
func (c *cutter) plan(pieces []Piece, i int) error {
	p := pieces[i]
	if p.Track < 0 || p.Track >= len(p.File.Tracks) || p.File.Tracks[p.Track].Config == nil {
		return fmt.Errorf("no track %d with a codec that is known", p.Track)
	}
	if p.Shift < -maxTime || p.Shift > maxTime {
		return fmt.Errorf("shift of %d ticks", p.Shift)
	}
	lead := p.stretch(i, p.Track)
	if some, err := lead.choose(p.From, p.To, i == 0); err != nil {
		return err
	} else if !some {
		return fmt.Errorf("track %d has nothing to show from PTS %d to %d", p.Track, p.From, p.To)
	}
	if i > 0 && lead.lowest < lead.from || i < len(pieces)-1 && lead.highest > lead.shown {
		return errors.New("another piece begins or ends here, but samples would have to be hidden")
	}
	if err := c.add(lead); err != nil {
		return err
	}
	return c.planOthers(pieces, i, lead)
}

// planOthers decides what is copied of the tracks that go along. Between two pieces they lose nothing.
func (c *cutter) planOthers(pieces []Piece, i int, lead *stretch) error {
	p, total := pieces[i], lead.bytes
	for j := range p.File.Tracks {
		t := &p.File.Tracks[j]
		if j == p.Track || t.Config == nil {
			continue
		}
		from, to := int64(math.MinInt64), int64(math.MaxInt64)
		if i == 0 {
			from = Rescale(lead.from, lead.source.ClockRate, t.ClockRate)
		}
		if i == len(pieces)-1 {
			to = Rescale(lead.until, lead.source.ClockRate, t.ClockRate)
		}
		s := p.stretch(i, j)
		s.shift = Rescale(p.Shift, lead.source.ClockRate, t.ClockRate)
		some, err := s.choose(from, to, i == 0)
		if err == nil && some {
			err = c.add(s)
		}
		if err != nil {
			return fmt.Errorf("track %d: %w", j, err)
		}
		total += s.bytes
	}
	if total > p.File.size {
		return fmt.Errorf("samples of %d bytes in a file of %d", total, p.File.size)
	}
	return nil
}

func (p Piece) stretch(piece, track int) *stretch {
	return &stretch{piece: piece, track: track, file: p.File, source: &p.File.Tracks[track], shift: p.Shift}
}

func (s *stretch) samples() int { return s.last - s.first + 1 }

// choose finds the samples that show what there is from one PTS to another. Unless they begin a file they begin where
// decoding can, which may be earlier.
func (s *stretch) choose(from, to int64, begins bool) (some bool, err error) {
	k, err := codecOf(s.source.Config)
	if err != nil {
		return false, err
	}
	keys, goesOn := s.search(k, from, to)
	if s.last < 0 {
		return false, nil
	}
	if s.until = min(s.until, to); goesOn {
		s.until = to
	}
	switch {
	case !k.inOrder():
		s.first, err = s.entry(k, keys)
	case begins:
		s.first = max(0, s.first-soundLead)
	}
	if err != nil {
		return false, err
	}
	s.measure()
	return true, nil
}

// inOrder reports whether any unit of the codec can be decoded after the few before it.
func (k *codec) inOrder() bool { return k.handler == "soun" }

// candidate is a key frame.
type candidate struct {
	index int
	Sample
}

// search finds the first and the last sample that is shown, and the key frames up to the first one. goesOn says that more
// comes after that.
func (s *stretch) search(k *codec, from, to int64) (keys []candidate, goesOn bool) {
	s.last = -1
	longest := int64(math.MaxInt64)
	if k.inOrder() { // in a gap nothing is heard
		longest = newTrack(s.source.Track, k).order.step
	}
	i := -1
	for sample := range s.source.settled() {
		i++
		if sample.Key && s.last < 0 && !k.inOrder() {
			if len(keys) == maxCandidates {
				keys = slices.Delete(keys, 0, 1)
			}
			keys = append(keys, candidate{i, sample})
		}
		starts, ends := sample.PTS, sample.PTS
		if k.inOrder() {
			ends += min(sample.Duration, longest) - 1
		}
		if sample.Hidden || ends < from || starts >= to {
			goesOn = goesOn || !sample.Hidden && starts >= to
			continue
		}
		if s.last < 0 {
			s.first, s.from, s.shown = i, starts, starts
		}
		s.last, s.from, s.shown = i, min(s.from, starts), max(s.shown, starts)
		s.until = max(s.until, starts+sample.Duration)
	}
	return keys, goesOn
}

// entry returns the sample where decoding has to begin, the nearest of keys before which no sample is needed: an IDR
// picture. With a key frame of another kind, pictures that are decoded after but shown before it need those before it.
func (s *stretch) entry(k *codec, keys []candidate) (int, error) {
	nearest := -1
	for _, key := range slices.Backward(keys) {
		if key.PTS > s.from {
			continue
		}
		refreshes, err := s.file.refreshes(key.Sample, k)
		if err != nil || refreshes {
			return key.index, err
		}
		if nearest < 0 {
			nearest = key.index
		}
	}
	if nearest < 0 {
		return 0, fmt.Errorf("no key frame before PTS %d", s.from)
	}
	return nearest, nil
}

// refreshes reports whether the first picture in s is one that no later one looks back beyond.
func (f *File) refreshes(s Sample, k *codec) (bool, error) {
	if k.refresh == nil {
		return true, nil
	}
	n := int64(s.lengthSize)
	var h [5]byte
	at, end := s.Offset, s.Offset+int64(s.Size)
	for nals := 0; end-at > n && nals < maxLeading; nals++ {
		head := h[:n+1]
		if err := f.readAt(head, at); err != nil {
			return false, err
		}
		size := int64(bigEndian(head[:n]))
		if size > 0 && k.picture(head[n:]) {
			return k.refresh(head[n:]), nil
		}
		at += n + size
	}
	return false, nil
}

// measure adds up what the chosen samples are.
func (s *stretch) measure() {
	i := -1
	for sample := range s.source.settled() {
		if i++; i < s.first {
			continue
		}
		if i == s.first {
			s.opening, s.lowest, s.highest, s.early = sample, sample.PTS, sample.PTS, sample.DTS-sample.PTS
		}
		s.lowest, s.highest = min(s.lowest, sample.PTS), max(s.highest, sample.PTS)
		s.early = max(s.early, sample.DTS-sample.PTS)
		s.bytes += int64(sample.Size)
		if i == s.last {
			return
		}
	}
}

// add gives a stretch its track in the new file.
func (c *cutter) add(s *stretch) (err error) {
	s.head = s.opening
	if s.to, err = c.trackFor(s); err != nil {
		return err
	}
	s.config = nil
	s.to.early = max(s.to.early, s.early)
	s.to.until = s.until + s.shift
	c.stretches = append(c.stretches, s)
	c.copied = append(c.copied, Copied{Track: s.to.ID, Piece: s.piece, Source: s.track, First: s.first, Len: s.samples()})
	return nil
}

// trackFor returns the track that s goes on with, or a new one.
func (c *cutter) trackFor(s *stretch) (*cutTrack, error) {
	d, err := s.description()
	if err != nil {
		return nil, err
	}
	for _, t := range c.tracks {
		if t.kind == s.source.Kind && t.ClockRate == s.source.ClockRate && t.codec.owns(d.config) && !c.taken(t, s.piece) {
			return t, nil
		}
	}
	if s.piece > 0 && !c.taken(c.tracks[0], s.piece) {
		return nil, fmt.Errorf("%s at %d Hz can't go on with %s at %d Hz",
			c.tracks[0].Config.Codec(), c.tracks[0].ClockRate, d.config.Codec(), s.source.ClockRate)
	}
	codec, err := codecOf(d.config)
	if err != nil {
		return nil, err
	}
	m := media.Track{ID: len(c.tracks), Kind: s.source.Track.Kind, ClockRate: s.source.ClockRate, Config: d.config}
	t := &cutTrack{track: newTrack(m, codec), kind: s.source.Kind, from: s.from + s.shift}
	t.entries = []sampleConfig{d}
	c.tracks = append(c.tracks, t)
	c.out.tracks = append(c.out.tracks, t.track)
	return t, nil
}

// taken reports whether the piece has a stretch for t already.
func (c *cutter) taken(t *cutTrack, piece int) bool {
	return slices.ContainsFunc(c.stretches, func(s *stretch) bool { return s.to == t && s.piece == piece })
}

// start makes the first sample the head.
func (s *stretch) start() {
	next, stop := iter.Pull(s.source.settled())
	s.next, s.stop = next, stop
	for range s.first {
		next()
	}
	s.left = s.samples() + 1
	s.step()
}

// step goes on to the next sample.
func (s *stretch) step() {
	if s.left--; s.left > 0 {
		s.head, s.more = s.next()
		return
	}
	s.more = false
}

// time is when the sample at hand is decoded, in seconds.
func (s *stretch) time() float64 { return float64(s.head.DTS) / float64(s.source.ClockRate) }

// description returns the sample description for the sample at hand as it stands in the source. It has no entry when others
// are in force: the entry of a growing file tells the parameter sets of the beginning; new ones are in its samples.
func (s *stretch) description() (d sampleConfig, err error) {
	for _, known := range s.source.configs {
		if known.config == s.head.Config {
			d = known
		}
	}
	k, err := codecOf(d.config)
	if err != nil || s.file.freeAt == 0 || k.with == nil {
		return d, err
	}
	if s.config == nil {
		s.config = d.config
	}
	if s.head.Key {
		sets, err := s.file.leading(s.head, k.picture)
		if err != nil {
			return d, fmt.Errorf("sample at byte %d: %w", s.head.Offset, err)
		}
		s.config = k.with(s.config, sets)
	}
	if s.config != d.config {
		d.config, d.entry = s.config, box{}
	}
	return d, nil
}
