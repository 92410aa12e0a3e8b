package camsim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"github.com/timeslate/timeslate/aac"
	"github.com/timeslate/timeslate/internal/interop"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
)

func mustMicrophone(t testing.TB, a Audio, from time.Time, ppm float64) *microphone {
	t.Helper()
	c, err := Camera{Audio: a, Clock: Clock{AudioPPM: ppm}}.withDefaults(0)
	if err != nil {
		t.Fatal(err)
	}
	m, err := newMicrophone(c.Audio, audioClocks(&c, 0, from, 1))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ffmpegPCM decodes an ADTS stream to one channel of samples with ffmpeg and fails on any message.
func ffmpegPCM(t *testing.T, stream []byte, channels int) []float64 {
	t.Helper()
	interop.Require(t, "ffmpeg")
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-v", "warning", "-xerror", "-err_detect", "explode", "-f", "aac", "-i", "-",
		"-f", "f32le", "-")
	cmd.Stdin = bytes.NewReader(stream)
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil || messages.Len() > 0 {
		t.Fatalf("ffmpeg: %v\n%s", err, messages.Bytes())
	}
	return floats(out.Bytes(), channels)
}

// floats returns the first channel of 32-bit samples.
func floats(b []byte, channels int) (samples []float64) {
	for ; len(b) >= 4*channels; b = b[4*channels:] {
		samples = append(samples, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
	}
	return samples
}

// TestFFmpegHearsBeeps: at each sample rate ffmpeg decodes what was to be heard, to the sample.
func TestFFmpegHearsBeeps(t *testing.T) {
	from := time.Date(2026, 5, 4, 3, 2, 7, 123456789, time.UTC)
	for rate := range bandCounts {
		for channels := 1; channels <= 2; channels++ {
			t.Run(fmt.Sprintf("%d Hz, %d channels", rate, channels), func(t *testing.T) {
				m := mustMicrophone(t, Audio{SampleRate: rate, Channels: channels}, from, 0)
				var stream []byte
				for range 4 * rate / unitSamples {
					f, _ := m.frame()
					if limit := 6144 / 8 * channels; len(f.Data[0]) > limit {
						t.Errorf("a unit of %d bytes; %d are allowed", len(f.Data[0]), limit)
					}
					var err error
					if stream, err = aac.AppendADTS(stream, m.format.Config, f.Data[0]); err != nil {
						t.Fatal(err)
					}
				}
				worst, loudest := 0.0, 0.0
				for n, got := range ffmpegPCM(t, stream, channels) {
					want := heard(m.clocks.tickTime(int64(n)), rate)
					worst, loudest = max(worst, math.Abs(got-want)), max(loudest, math.Abs(got))
				}
				if worst > 0.02 || loudest < 0.24 {
					t.Errorf("samples are up to %.4f off, the loudest is %.3f", worst, loudest)
				}
			})
		}
	}
}

// heard is the sample that is captured at a true time, by the definition of Audio; a beep begins with a sample.
func heard(at time.Time, rate int) float64 {
	within := at.Sub(at.Truncate(time.Second))
	sample := time.Second / time.Duration(rate)
	n := math.Floor(float64(within) / float64(time.Second) * float64(rate))
	if within-time.Duration(n)*sample < 0 || n >= float64(rate)*0.04 {
		return 0
	}
	pitch := 1000.0
	if at.Unix()%10 == 0 {
		pitch = 2000
	}
	return 0.25 * math.Sin(2*math.Pi*pitch*n/float64(rate))
}

// TestDayOfSound: nearly all units are silence, and beeps come at few places, unless the clock drifts.
func TestDayOfSound(t *testing.T) {
	for _, test := range []struct {
		ppm   float64
		units int // that are kept at most
	}{{0, 60}, {-50, 2 * (2*unitSamples + 640)}} {
		m := mustMicrophone(t, Audio{SampleRate: 16000}, start, test.ppm)
		before := time.Now()
		for m.due().Before(start.Add(24 * time.Hour)) {
			if _, err := m.frame(); err != nil {
				t.Fatal(err)
			}
		}
		bytes := 0
		for _, unit := range m.beeper.units {
			bytes += cap(unit)
		}
		t.Logf("%v ppm: %v, %d different units of %d bytes", test.ppm, time.Since(before), len(m.beeper.units), bytes)
		if len(m.beeper.units) > test.units {
			t.Errorf("%v ppm: %d different units", test.ppm, len(m.beeper.units))
		}
	}
}

// TestBeepsByReports: who puts the decoded sound on the clock of the audio track's sender reports finds each beep at a
// whole second of the true time, once the errors of the clocks are taken off.
func TestBeepsByReports(t *testing.T) {
	interop.Require(t, "ffmpeg")
	const rate = 8000
	camera := Camera{Audio: Audio{SampleRate: rate}, Clock: Clock{Offset: 300 * time.Millisecond, AudioPPM: 400}}
	var c *client
	inServer(t, Options{Cameras: []Camera{camera}}, func(t *testing.T, dial func() *client) {
		time.Sleep(time.Minute)
		c = dial()
		c.play(cam0, "trackID=0", "trackID=1")
		c.watch(20 * time.Second)
	})
	config, err := aac.NewConfig(rate, 1)
	if err != nil {
		t.Fatal(err)
	}
	d := aac.NewDepacketizer(aac.NewFormat(config))
	var stream []byte
	var first, ssrc uint32
	for _, p := range c.rtp {
		if p.PayloadType != payloadType(audioTrack) {
			continue
		}
		if stream == nil {
			first, ssrc = p.Timestamp, p.SSRC
		}
		if err := d.Push(&media.Packet{Payload: p.Payload, Time: int64(p.Timestamp), Marker: p.Marker}); err != nil {
			t.Fatal(err)
		}
		for u, ok := d.Next(); ok; u, ok = d.Next() {
			if stream, err = aac.AppendADTS(stream, config, u.Data[0]); err != nil {
				t.Fatal(err)
			}
		}
	}
	report := lastReport(t, c, ssrc)
	starts := beepStarts(ffmpegPCM(t, stream, 1), rate)
	if len(starts) < 19 {
		t.Errorf("%d beeps in 20 s", len(starts))
	}
	for _, n := range starts {
		behind := float64(int32(report.RTPTime-first-uint32(n))) / rate / (1 + camera.Clock.AudioPPM*1e-6)
		at := ntp.Time(report.NTPTime).Near(start).Add(-camera.Clock.Offset - time.Duration(behind*float64(time.Second)))
		if off := at.Sub(at.Round(time.Second)); off.Abs() > 500*time.Microsecond { // loud is it after two samples
			t.Errorf("by the report a beep is %v off", off)
		}
	}
}

// lastReport returns the last sender report of a source.
func lastReport(t *testing.T, c *client, ssrc uint32) *rtcp.SenderReport {
	t.Helper()
	for _, p := range slices.Backward(c.rtcp) {
		if report, ok := p.(*rtcp.SenderReport); ok && report.SSRC == ssrc {
			return report
		}
	}
	t.Fatalf("no report of %08x", ssrc)
	return nil
}
