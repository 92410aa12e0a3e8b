package main

import (
	"cmp"
	bits "encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/timeslate/timeslate/internal/interop"
)

// long tells that tests run as long as it takes to believe in a recorder, and not as short as it takes to merge a change.
func long() bool { return os.Getenv("TIMESLATE_LONG") == "1" }

// A clip is a film made by ffmpeg in which picture and sound tell the same time: at each full second the picture is white
// for two frames and a beep begins. All of its frames differ.
type clip struct {
	seconds int
	bFrames int
}

const (
	clipRate   = 25    // frames per second
	clipSound  = 48000 // samples per second
	beepLength = 0.1   // seconds
	// The beep rises from beepFrom Hz, by 2·beepRise Hz per second: so that it resembles itself in one place only.
	beepFrom, beepRise = 500, 17500
)

// clips are the files that were made, by clip. Tests share them.
var clips struct {
	sync.Mutex
	files map[clip]string
}

// file returns the clip's file, which is made when it is asked for first.
func (c clip) file(t *testing.T) string {
	t.Helper()
	clips.Lock()
	defer clips.Unlock()
	if name := clips.files[c]; name != "" {
		return name
	}
	name := filepath.Join(filepath.Dir(binary), fmt.Sprintf("clip%d-%d.mp4", c.seconds, c.bFrames))
	program(t, "ffmpeg", "-v", "warning",
		"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=640x360:rate=%d,"+
			`drawbox=y=ih/3:h=2*ih/3:w=iw:color=white:t=fill:enable='lt(mod(n\,%[1]d)\,2)'`, clipRate),
		"-f", "lavfi", "-i", fmt.Sprintf("aevalsrc='lt(mod(t,1),%v)*0.8*sin(2*PI*mod(t,1)*(%d+%d*mod(t,1)))':s=%d",
			beepLength, beepFrom, beepRise, clipSound),
		"-t", fmt.Sprint(c.seconds), "-c:v", "libx264", "-preset", "ultrafast", "-crf", "28", "-pix_fmt", "yuv420p",
		"-g", fmt.Sprint(2*clipRate), "-bf", fmt.Sprint(c.bFrames), "-c:a", "aac", "-b:a", "96k", name)
	if clips.files == nil {
		clips.files = map[clip]string{}
	}
	clips.files[c] = name
	return name
}

func (c clip) frames() int { return c.seconds * clipRate }

// noise returns a file of 4 s and so many bits per second, with a key frame each second, whose pictures are mostly noise.
func noise(t *testing.T, bitrate string) string {
	t.Helper()
	clips.Lock()
	defer clips.Unlock()
	name := filepath.Join(filepath.Dir(binary), "noise"+bitrate+".mp4")
	if _, err := os.Stat(name); err != nil {
		program(t, "ffmpeg", "-v", "warning",
			"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=640x360:rate=%d,noise=alls=100:allf=t", clipRate), "-t", "4",
			"-c:v", "libx264", "-preset", "ultrafast", "-b:v", bitrate, "-minrate", bitrate, "-maxrate", bitrate, "-bufsize", bitrate,
			"-x264-params", "nal-hrd=vbr", "-pix_fmt", "yuv420p", "-g", fmt.Sprint(clipRate), "-bf", "0", name)
	}
	return name
}

// A beat is one full second of a clip, as a player of a file shows it: in seconds of the file's presentation time.
type beat struct{ flash, beep float64 }

// offset is how much the sound is late.
func (b beat) offset() float64 { return b.beep - b.flash }

// beats finds the flashes and the beeps that belong to them. A recording can begin in the middle of a beep.
func beats(t *testing.T, file string) []beat {
	t.Helper()
	var all []beat
	sound := beeps(t, file)
	for _, flash := range flashes(t, file) {
		i, _ := slices.BinarySearch(sound, flash-0.3)
		if i < len(sound) && sound[i] < flash+0.3 && flash > 0.3 {
			all = append(all, beat{flash, sound[i]})
		}
	}
	return all
}

// flashes returns when the picture turns white for two frames.
func flashes(t *testing.T, file string) (at []float64) {
	t.Helper()
	const small = 8 * 8
	pixels := program(t, "ffmpeg", "-v", "error", "-i", file, "-map", "0:v", "-fps_mode", "passthrough",
		"-vf", "crop=iw:ih/2:0:ih/2,scale=8:8:flags=area,format=gray", "-f", "rawvideo", "-")
	times := frameTimes(t, file, "v")
	if len(times) != len(pixels)/small {
		t.Fatalf("%s: %d pictures, %d times", file, len(pixels)/small, len(times))
	}
	white := func(i int) bool {
		sum := 0
		for _, p := range []byte(pixels[i*small:][:small]) {
			sum += int(p)
		}
		return sum > small*225
	}
	for i := 0; i+1 < len(times); i++ {
		if (i == 0 || !white(i-1)) && white(i) && white(i+1) {
			at = append(at, times[i].at)
		}
	}
	return at
}

// beeps returns when the beeps begin.
func beeps(t *testing.T, file string) (at []float64) {
	t.Helper()
	frames := frameTimes(t, file, "a")
	pcm := program(t, "ffmpeg", "-v", "error", "-i", file, "-map", "0:a", "-ac", "1", "-ar", fmt.Sprint(clipSound), "-f", "s16le", "-")
	samples := make([]float64, len(pcm)/2)
	for i := range samples {
		samples[i] = float64(int16(bits.LittleEndian.Uint16([]byte(pcm[2*i : 2*i+2]))))
	}
	total := 0
	for _, f := range frames {
		total += f.samples
	}
	if total != len(samples) {
		t.Fatalf("%s: %d samples, the frames have %d", file, len(samples), total)
	}
	first := 0 // sample of frames[0]
	for _, onset := range onsets(samples) {
		for len(frames) > 1 && onset >= first+frames[0].samples {
			first += frames[0].samples
			frames = frames[1:]
		}
		at = append(at, frames[0].at+float64(onset-first)/clipSound)
	}
	return at
}

// onsets returns the samples with which beeps begin: roughly where it becomes loud, exactly where the beep fits best.
func onsets(samples []float64) (at []int) {
	beep := make([]float64, int(beepLength*clipSound))
	for i := range beep {
		s := float64(i) / clipSound
		beep[i] = math.Sin(2 * math.Pi * s * (beepFrom + beepRise*s))
	}
	const millisecond = clipSound / 1000
	for i := 0; i+millisecond <= len(samples); i += millisecond {
		if loudness(samples[i:][:millisecond]) < 1000 {
			continue
		}
		best, where := 0.0, -1
		for lag := max(0, i-10*millisecond); lag < i+40*millisecond && lag+len(beep) <= len(samples); lag++ {
			fit := 0.0
			for j, s := range beep {
				fit += s * samples[lag+j]
			}
			if fit > best {
				best, where = fit, lag
			}
		}
		if where >= 0 {
			at = append(at, where)
		}
		i += clipSound / 2 // the next one comes in a second
	}
	return at
}

func loudness(samples []float64) float64 {
	sum := 0.0
	for _, s := range samples {
		sum += s * s
	}
	return math.Sqrt(sum / float64(len(samples)))
}

// A frameTime is when a decoded frame is due. Frames of sound have samples.
type frameTime struct {
	at      float64
	samples int
}

// frameTimes returns the presentation times of a track's frames, by ffprobe.
func frameTimes(t *testing.T, file, track string) (times []frameTime) {
	t.Helper()
	out := program(t, "ffprobe", "-v", "error", "-select_streams", track,
		"-show_entries", "frame=best_effort_timestamp_time,nb_samples", "-of", "compact=p=0", file)
	for line := range strings.Lines(out) {
		var f frameTime
		for field := range strings.SplitSeq(strings.TrimSpace(line), "|") {
			name, value, _ := strings.Cut(field, "=")
			switch name {
			case "best_effort_timestamp_time":
				f.at = float(t, value)
			case "nb_samples":
				f.samples = int(number(t, value))
			}
		}
		if strings.Contains(line, "timestamp") {
			times = append(times, f)
		}
	}
	return times
}

func float(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// checkBeats compares picture and sound of a recording: the offset is to be want, within tolerance, in all of at least
// count seconds, and the same in all of them.
func checkBeats(t *testing.T, file string, count int, want, tolerance float64) {
	t.Helper()
	all := beats(t, file)
	if len(all) < count {
		t.Fatalf("%s: %d seconds with flash and beep, want %d", filepath.Base(file), len(all), count)
	}
	early := slices.MinFunc(all, func(a, b beat) int { return cmp.Compare(a.offset(), b.offset()) })
	late := slices.MaxFunc(all, func(a, b beat) int { return cmp.Compare(a.offset(), b.offset()) })
	t.Logf("%s: the sound is %.2f ms late at the start, %.2f ms at the end, %.2f to %.2f ms between", filepath.Base(file),
		1e3*all[0].offset(), 1e3*all[len(all)-1].offset(), 1e3*early.offset(), 1e3*late.offset())
	if late.offset()-early.offset() > tolerance {
		t.Errorf("%s: the sound is not always late by the same", filepath.Base(file))
	}
	for _, b := range []beat{all[0], all[len(all)-1], early, late} {
		if math.Abs(b.offset()-want) > tolerance {
			t.Errorf("%s: at %.3f s the sound is %.2f ms late, want %.2f", filepath.Base(file), b.flash, 1e3*b.offset(), 1e3*want)
		}
	}
}

// TestClip: the measure is right: flash and beep of the clip itself are at the full second.
func TestClip(t *testing.T) {
	interop.Require(t, "ffmpeg", "ffprobe")
	for _, c := range []clip{{seconds: 20}, {seconds: 10, bFrames: 2}} {
		file := c.file(t)
		checkBeats(t, file, c.seconds-1, 0, 0.001)
		for i, b := range beats(t, file) {
			if math.Abs(b.flash-float64(i+1)) > 1e-6 {
				t.Errorf("flash %d at %v s", i+1, b.flash)
			}
		}
		hashes := frameHashes(t, file)
		slices.Sort(hashes)
		if n := len(slices.Compact(hashes)); n != c.frames() {
			t.Errorf("%d different frames, want %d", n, c.frames())
		}
	}
	shifted := filepath.Join(t.TempDir(), "shifted.mp4")
	program(t, "ffmpeg", "-v", "error", "-i", clip{seconds: 20}.file(t), "-itsoffset", "0.123", "-i", clip{seconds: 20}.file(t),
		"-map", "0:v", "-map", "1:a", "-c", "copy", shifted)
	checkBeats(t, shifted, 19, 0.123, 0.001)
}
