package mp4

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/timeslate/timeslate/media"
)

// trackDefaults is a track extends box (ISO/IEC 14496-12 §8.8.3).
type trackDefaults struct {
	number                      uint32
	desc, duration, size, flags uint32
}

// readMovie reads the payload of a moov box (ISO/IEC 14496-12 §8.2.1).
func (f *File) readMovie(body []byte) error {
	timescale := f.readMovieHeader(find(body, "mvhd"))
	c := cursor{b: body}
	for c.more() {
		var err error
		switch b := c.box(); {
		case b.is("trak"):
			err = f.readTrack(b.body, timescale)
		case b.is("mvex"):
			f.Fragmented = true
			err = f.readDefaults(b.body)
		}
		if err != nil {
			return err
		}
	}
	return c.err
}

// find returns the payload of the first box of a type among the boxes in body, or nil.
func find(body []byte, boxType string) []byte {
	c := cursor{b: body}
	for c.more() {
		if b := c.box(); b.is(boxType) {
			return b.body
		}
	}
	return nil
}

// readMovieHeader takes the creation time and returns the movie's timescale (ISO/IEC 14496-12 §8.2.2).
func (f *File) readMovieHeader(body []byte) (timescale uint32) {
	c := cursor{b: body}
	version, _ := c.fullBox()
	created := c.time(version)
	c.time(version) // modification
	timescale = c.u32()
	if created > 0 && created < maxTime {
		f.Created = time.Unix(int64(created)+epoch1904, 0).UTC()
	}
	return timescale
}

// readDefaults reads a movie extends box (ISO/IEC 14496-12 §8.8.1).
func (f *File) readDefaults(body []byte) error {
	c := cursor{b: body}
	for c.more() {
		b := c.box()
		if !b.is("trex") {
			continue
		}
		if len(f.defaults) == maxTracks {
			return fmt.Errorf("more than %d trex boxes", maxTracks)
		}
		x := cursor{b: b.body}
		x.fullBox()
		d := trackDefaults{number: x.u32(), desc: x.u32(), duration: x.u32(), size: x.u32(), flags: x.u32()}
		f.defaults = append(f.defaults, d)
		if x.err != nil {
			return fmt.Errorf("trex: %w", x.err)
		}
	}
	return c.err
}

// trackBoxes are the payloads of the boxes of a track that matter, by type, wherever they stand in it.
type trackBoxes map[string][]byte

// collect looks for the boxes of a track in body; the containers it enters can't be nested at will.
func (boxes trackBoxes) collect(body []byte, depth int) error {
	c := cursor{b: body}
	for c.more() {
		b := c.box()
		switch boxType := string(b.boxType[:]); boxType {
		case "tkhd", "mdhd", "hdlr", "elst", "stsd", "stts", "ctts", "stss", "stsc", "stsz", "stco", "co64":
			if boxes[boxType] == nil { // QuickTime has a second hdlr, of the data
				boxes[boxType] = b.body
			}
		case "edts", "mdia", "minf", "stbl":
			if depth == maxDepth {
				return fmt.Errorf("%q box nested too deeply", b.boxType)
			}
			if err := boxes.collect(b.body, depth+1); err != nil {
				return err
			}
		}
	}
	return c.err
}

// maxDepth is how deep a sample table stands in a track: trak/mdia/minf/stbl.
const maxDepth = 3

// readTrack reads a trak box (ISO/IEC 14496-12 §8.3.1).
func (f *File) readTrack(body []byte, movieTimescale uint32) error {
	boxes := trackBoxes{}
	if err := boxes.collect(body, 0); err != nil {
		return fmt.Errorf("track %d: %w", len(f.Tracks), err)
	}
	if len(f.Tracks) == maxTracks {
		return fmt.Errorf("more than %d tracks", maxTracks)
	}
	t := Track{Track: media.Track{ID: len(f.Tracks)}}
	if err := t.read(boxes, movieTimescale, f.size); err != nil {
		return fmt.Errorf("track %d: %w", t.ID, err)
	}
	f.Tracks = append(f.Tracks, t)
	return nil
}

func (t *Track) read(boxes trackBoxes, movieTimescale uint32, fileSize int64) error {
	if err := t.readHeaders(boxes); err != nil {
		return err
	}
	if err := t.readDescriptions(boxes["stsd"]); err != nil {
		return fmt.Errorf("stsd: %w", err)
	}
	if err := t.readEdits(boxes["elst"], movieTimescale); err != nil {
		return fmt.Errorf("elst: %w", err)
	}
	if t.Config == nil {
		return nil
	}
	if err := t.index.read(boxes, len(t.configs), fileSize); err != nil {
		return err
	}
	t.Len = t.index.count
	t.nextDTS = t.index.durations.sum(t.index.count)
	return nil
}

// setTotals derives Start and Duration from what is known of the samples.
func (t *Track) setTotals() {
	for s := range t.Samples() {
		t.Start = s.PTS
		t.Duration = t.nextDTS + t.shift - s.DTS
		return
	}
}

// readHeaders reads tkhd, mdhd and hdlr (ISO/IEC 14496-12 §8.3.2, §8.4.2, §8.4.3).
func (t *Track) readHeaders(boxes trackBoxes) error {
	c := cursor{b: boxes["tkhd"]}
	version, _ := c.fullBox()
	c.time(version)
	c.time(version)
	t.Number = c.u32()
	if c.err != nil {
		return fmt.Errorf("tkhd: %w", c.err)
	}
	c = cursor{b: boxes["mdhd"]}
	version, _ = c.fullBox()
	c.time(version)
	c.time(version)
	t.ClockRate = c.u32()
	if c.err != nil {
		return fmt.Errorf("mdhd: %w", c.err)
	}
	if t.ClockRate == 0 {
		return errors.New("mdhd: timescale 0")
	}
	c = cursor{b: boxes["hdlr"]}
	c.fullBox()
	c.u32() // pre_defined
	t.Kind = string(c.bytes(4))
	if t.Kind == "soun" {
		t.Track.Kind = media.Audio
	}
	return nil
}

// readDescriptions reads a sample description box (ISO/IEC 14496-12 §8.5.2). A codec that is not known is no error.
func (t *Track) readDescriptions(body []byte) error {
	c := cursor{b: body}
	c.fullBox()
	c.u32() // the entries are counted as they come
	for c.more() {
		b := c.box()
		if c.err != nil {
			break
		}
		if len(t.configs) == maxDescriptions {
			return fmt.Errorf("more than %d entries", maxDescriptions)
		}
		config, err := readDescription(b)
		if err != nil {
			return fmt.Errorf("%s: %w", b.boxType, err)
		}
		if len(t.configs) == 0 {
			t.Entry, t.Config = string(b.boxType[:]), config.config
		}
		t.configs = append(t.configs, config)
	}
	return c.err
}

// readDescription reads one entry. Its config is nil when the codec is not known.
func readDescription(b box) (sampleConfig, error) {
	for _, codec := range codecs {
		if slices.Contains(codec.entries, string(b.boxType[:])) {
			config, lengthSize, err := codec.parse(b.body)
			return sampleConfig{config, lengthSize, b}, err
		}
	}
	return sampleConfig{}, nil
}

// readEdits reads an edit list (ISO/IEC 14496-12 §8.6.6): an empty edit, if there is one, and the edit after it. That
// ends the presentation only if it is the last one; in a growing file it has no length yet.
func (t *Track) readEdits(body []byte, movieTimescale uint32) error {
	if body == nil {
		return nil
	}
	c := cursor{b: body}
	version, _ := c.fullBox()
	c.u32() // the entries are counted as they come
	for c.more() {
		duration := c.time(version)
		mediaTime := int64(c.time(version))
		if version != 1 {
			mediaTime = int64(int32(mediaTime))
		}
		c.u32() // rate
		if c.err != nil {
			return c.err
		}
		if mediaTime != -1 {
			if mediaTime < 0 || mediaTime > maxTime {
				return fmt.Errorf("media time %d", mediaTime)
			}
			if !c.more() && duration > 0 && duration <= maxTime && movieTimescale > 0 {
				t.end = t.shift + Rescale(int64(duration), movieTimescale, t.ClockRate)
			}
			t.shift -= mediaTime
			return nil
		}
		if movieTimescale == 0 || duration > maxTime {
			return fmt.Errorf("empty edit of %d ticks of a movie with timescale %d", duration, movieTimescale)
		}
		if t.shift += Rescale(int64(duration), movieTimescale, t.ClockRate); t.shift < 0 || t.shift > maxTime {
			return fmt.Errorf("empty edits of %d ticks", t.shift)
		}
	}
	return nil
}
