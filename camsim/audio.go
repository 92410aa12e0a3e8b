package camsim

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Audio is what a camera's microphone hears: a beep of 40 ms that begins with every second of the true time (UTC), of
// 1 kHz or, with every tenth second, of 2 kHz; else silence. It is sent as AAC-LC. So whoever decodes sound and
// pictures sees how far they are apart.
type Audio struct {
	SampleRate int // one of AAC's, 8000 to 96000 Hz; 0: the camera has no microphone
	Channels   int // 1 or 2, which are alike; default 1
}

const (
	beepLength   = 40 * time.Millisecond
	beepPitch    = 1000 // Hz
	beepLoudness = 8192 // of 32768
	highEvery    = 10   // seconds
)

func (a *Audio) check() error {
	if a.SampleRate != 0 && (bandCounts[a.SampleRate] == 0 || a.Channels < 1 || a.Channels > 2) {
		return fmt.Errorf("sound of %d channels at %d Hz; 1 or 2 at a sample rate of AAC are possible", a.Channels, a.SampleRate)
	}
	return nil
}

// beeper makes the units that beeps are in. There are few different ones, which it keeps: without drift some dozens,
// with drift as many as there are places for a beep in a unit, of 3 to 10 thousand times 600 bytes at most.
//
// One goroutine owns it.
type beeper struct {
	encoder *soundEncoder
	tones   [2][]float64 // the samples of low and high beeps
	silence []byte
	units   map[beep][]byte
}

// beep is where in a unit's window which beep begins.
type beep struct {
	first int // may be negative
	high  bool
}

func newBeeper(a Audio) *beeper {
	b := &beeper{encoder: newSoundEncoder(a), units: map[beep][]byte{}}
	for i := range b.tones {
		b.tones[i] = make([]float64, int(int64(a.SampleRate)*int64(beepLength)/int64(time.Second)))
		turns := float64(beepPitch*(i+1)) / float64(a.SampleRate)
		for n := range b.tones[i] {
			b.tones[i][n] = beepLoudness * math.Sin(2*math.Pi*turns*float64(n))
		}
	}
	b.silence = b.encoder.silence()
	return b
}

// unit returns the unit with that beep, which is not to be changed.
func (b *beeper) unit(at beep) []byte {
	tone := b.tones[0]
	if at.high {
		tone = b.tones[1]
	}
	if at.first >= 2*unitSamples || at.first+len(tone) <= 0 {
		return b.silence
	}
	unit := b.units[at]
	if unit == nil {
		unit = slices.Clip(b.encoder.sound(at.first, tone))
		b.units[at] = unit
	}
	return unit
}
