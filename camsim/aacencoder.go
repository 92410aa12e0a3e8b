package camsim

import (
	"math"
	"math/bits"
	"sync"

	"github.com/timeslate/timeslate/internal/bitio"
)

// unitSamples is how many samples per channel an access unit of AAC-LC stands for.
const unitSamples = 1024

// soundEncoder turns sound into access units of AAC-LC (ISO/IEC 14496-3 subpart 4): one long block with the sine window
// each, all channels alike, one constant scale factor and codebook 11 for all the spectrum. It is far from what can be
// done with so many bits, and silence, which nearly all of it is, takes next to none.
//
// A unit covers 2048 samples, the second half of which the next unit covers again: a decoder adds the two up and has
// the first half of its 2048 samples when it has decoded a unit. So a unit whose window begins with sample n decodes to
// the samples from n on, and the first unit that a decoder gets lacks what overlaps with it.
//
// One goroutine owns an encoder.
type soundEncoder struct {
	*sineTables
	bands    int // scale factor bands of a long window
	channels int
	spectrum [unitSamples]int32 // quantised
	w        bitio.Writer
}

// sineTables are what the transform looks up.
type sineTables struct {
	window  [2 * unitSamples]float64
	cosines [8 * unitSamples]float64
}

// sharedTables returns those of all encoders.
var sharedTables = sync.OnceValue(func() *sineTables {
	t := &sineTables{}
	for i := range t.window {
		t.window[i] = math.Sin(math.Pi / (2 * unitSamples) * (float64(i) + 0.5))
	}
	for i := range t.cosines {
		t.cosines[i] = math.Cos(2 * math.Pi / (8 * unitSamples) * float64(i))
	}
	return t
})

// bandCounts are the numbers of scale factor bands of long windows by sample rate (tables 4.129 ff.).
var bandCounts = map[int]int{
	96000: 41, 88200: 41, 64000: 47, 48000: 49, 44100: 49, 32000: 51,
	24000: 47, 22050: 47, 16000: 43, 12000: 43, 11025: 43, 8000: 40,
}

// Syntactic elements (table 4.85), and the book for all bands.
const (
	elementSingle = 0
	elementPair   = 1
	elementEnd    = 7

	spectrumBook = 11

	// globalGain makes steps of 2^((145-100)/4) = 2435 (§4.6.2.3.3), of a spectrum that a tone of full scale and some
	// length fills up to 2·10^7: noise that is 50 dB below the beep, in magnitudes far below maxMagnitude.
	globalGain   = 145
	maxMagnitude = 8191
)

func newSoundEncoder(a Audio) *soundEncoder {
	return &soundEncoder{sineTables: sharedTables(), bands: bandCounts[a.SampleRate], channels: a.Channels}
}

// silence returns a unit of silence; it shares memory with nothing.
func (e *soundEncoder) silence() []byte { return e.unit(false) }

// sound returns the unit whose window begins with sample 0. The samples from first on are given, at full scale 32768;
// those before and behind are silent.
func (e *soundEncoder) sound(first int, samples []float64) []byte {
	e.transform(first, samples)
	return e.unit(true)
}

// transform fills the spectrum by the MDCT (§4.6.11.3.1 has its inverse) of N = 2048 windowed samples z:
//
//	X[k] = 2 · Σ z[n] · cos(2π/N · (n + n0) · (k + 1/2)), n0 = (N/2 + 1)/2
//
// The cosine's argument is a multiple of 2π/4N, which is looked up.
func (e *soundEncoder) transform(first int, samples []float64) {
	from, to := max(0, first), min(2*unitSamples, first+len(samples))
	step := math.Exp2((globalGain - 100) / 4.0)
	for k := range e.spectrum {
		sum, factor := 0.0, 2*k+1
		for n := from; n < to; n++ {
			place := (2*n + 1 + unitSamples) * factor % len(e.cosines)
			sum += e.window[n] * samples[n-first] * e.cosines[place]
		}
		e.spectrum[k] = quantise(2 * sum / step)
	}
}

// quantise returns the number that a decoder raises to the power of 4/3 (§4.6.1.3).
func quantise(x float64) int32 {
	magnitude := min(maxMagnitude, int32(math.Pow(math.Abs(x), 0.75)+0.4054))
	if x < 0 {
		return -magnitude
	}
	return magnitude
}

// unit writes a raw_data_block (table 4.3): of the spectrum, or of silence.
func (e *soundEncoder) unit(audible bool) []byte {
	e.w.Reset(nil)
	if e.channels == 1 {
		e.w.Bits(elementSingle, 3)
		e.w.Bits(0, 4) // element_instance_tag
	} else {
		e.w.Bits(elementPair, 3)
		e.w.Bits(0, 4)
		e.w.Bit(false) // common_window: the channels are coded each by itself
	}
	for range e.channels {
		e.channel(audible)
	}
	e.w.Bits(elementEnd, 3)
	return e.w.Bytes()
}

// channel writes an individual_channel_stream (table 4.50).
func (e *soundEncoder) channel(audible bool) {
	bands := 0
	if audible {
		bands = e.bands
	}
	e.w.Bits(globalGain, 8)
	e.w.Bit(false)             // ics_reserved_bit
	e.w.Bits(0, 2)             // window_sequence: ONLY_LONG_SEQUENCE
	e.w.Bit(false)             // window_shape: sine
	e.w.Bits(uint32(bands), 6) // max_sfb
	e.w.Bit(false)             // predictor_data_present
	if audible {
		e.section()
		for range bands {
			e.w.Bits(0, 1) // hcod_sf: no difference to the scale factor before
		}
	}
	e.w.Bits(0, 3) // pulse_data_present, tns_data_present, gain_control_data_present
	if audible {
		e.spectralData()
	}
}

// section writes a section_data of all bands (table 4.52).
func (e *soundEncoder) section() {
	const escape = 31
	e.w.Bits(spectrumBook, 4)
	left := e.bands
	for ; left >= escape; left -= escape {
		e.w.Bits(escape, 5)
	}
	e.w.Bits(uint32(left), 5)
}

// spectralData writes pairs: the codeword of the magnitudes, the signs of those that aren't 0, and the escape sequences
// (§4.6.3.3).
func (e *soundEncoder) spectralData() {
	for i := 0; i < unitSamples; i += 2 {
		pair := e.spectrum[i : i+2]
		code := escapeCodes[17*min(16, magnitude(pair[0]))+min(16, magnitude(pair[1]))]
		e.w.Bits(uint32(code.code), int(code.length))
		for _, v := range pair {
			if v != 0 {
				e.w.Bit(v < 0)
			}
		}
		for _, v := range pair {
			e.escape(uint32(magnitude(v)))
		}
	}
}

// escape writes a magnitude of 16 and more: as many ones as it has bits beyond 5, a zero, and it without its first bit.
func (e *soundEncoder) escape(m uint32) {
	if m < 16 {
		return
	}
	n := bits.Len32(m) - 1
	e.w.Bits(1<<(n-4)-1, n-4)
	e.w.Bit(false)
	e.w.Bits(m-1<<n, n)
}

func magnitude(v int32) int32 { return max(v, -v) }
