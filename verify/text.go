package verify

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/timeslate/timeslate/internal/say"
	"github.com/timeslate/timeslate/stamp"
)

// maxGapLines is how many lost-packet gaps of a story are shown one by one; a bad network has thousands.
const maxGapLines = 20

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	var b bytes.Buffer
	for _, s := range r.Stories {
		s.write(&b)
	}
	fmt.Fprintln(&b, r.Summary)
	_, err := w.Write(b.Bytes())
	return err
}

// WriteJSON writes one object per line: files, their gaps, and the summary.
func (r *Report) WriteJSON(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, s := range r.Stories {
		for _, f := range s.Files {
			if err := out.Encode(f); err != nil {
				return err
			}
		}
		for _, g := range s.Gaps {
			if err := out.Encode(g); err != nil {
				return err
			}
		}
	}
	return out.Encode(r.Summary)
}

func (s *Story) write(b *bytes.Buffer) {
	for _, f := range s.Files {
		f.write(b)
	}
	packets := 0
	for _, g := range s.Gaps {
		if g.Packets > 0 && g.Cause == lostCause {
			if packets++; packets > maxGapLines {
				continue
			}
		}
		fmt.Fprintln(b, g)
	}
	if packets > maxGapLines {
		fmt.Fprintf(b, "  … and %d more times lost packets\n", packets-maxGapLines)
	}
}

// Causes of gaps by which no time need be missing.
var lostCause, restartCause = stamp.PacketsLost.String(), stamp.CameraRestart.String()

func (f *File) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "%s: %s, %s\n", f.File, f.State, say.Size(f.Bytes))
	for _, t := range f.Tracks {
		fmt.Fprintf(b, "  %s\n", t)
	}
	if !f.First.IsZero() {
		fmt.Fprintf(b, "  captured from %s to %s\n", utc(f.First), utc(f.Last))
	}
	if f.Clock != nil {
		fmt.Fprintf(b, "  %s\n", f.Clock)
	}
	if o := f.Offset; o != nil {
		fmt.Fprintf(b, "  sound later than the picture by %s at the start and %s at the end, by %s\n", signed(o.Start), signed(o.End),
			say.Count(o.Pairs, "sender report"))
	}
	for _, said := range f.Remarks {
		fmt.Fprintf(b, "  note: %s\n", said)
	}
	for _, said := range f.Damage {
		fmt.Fprintf(b, "  DAMAGE: %s\n", said)
	}
}

// String describes the track in a line.
func (t Track) String() string {
	said := []string{strings.TrimSpace(t.Kind + " " + t.Codec)}
	if t.Width > 0 {
		said[0] += fmt.Sprintf(" %dx%d", t.Width, t.Height)
	}
	said = append(said, say.Count(t.Frames, "frame"))
	if t.Keys < t.Frames {
		said = append(said, fmt.Sprintf("%d key", t.Keys))
	}
	said = append(said, seconds(t.Duration), fmt.Sprintf("%.2f/s", t.FPS), rate(t.BitRate))
	if t.Lost > 0 {
		said = append(said, say.Count(t.Lost, "packet")+" lost")
	}
	if t.Damaged > 0 {
		said = append(said, say.Count(t.Damaged, "frame")+" damaged")
	}
	return strings.Join(said, ", ")
}

// String describes the clock in a line.
func (c *Clock) String() string {
	if c.State == "" {
		return "no capture times"
	}
	s := fmt.Sprintf("clock %s in %.3g %% of the frames, by %s; times good to ±%s, the worst to ±%s", c.State, c.Share*100, c.Source,
		short(c.Error), short(c.Worst))
	if c.None > 0 {
		s += fmt.Sprintf("; %s without a time", say.Count(c.None, "frame"))
	}
	return s
}

// String describes the gap in a line.
func (g Gap) String() string {
	s := fmt.Sprintf("  gap %s to %s, %s: %s", utc(g.From), utc(g.To), seconds(g.Length), g.Cause)
	if g.Text != "" {
		s += " (" + g.Text + ")"
	}
	if g.Track >= 0 {
		s += fmt.Sprintf(", track %d", g.Track)
	}
	if g.Cause == restartCause && g.Frames == 0 {
		s += ", nothing missing"
	}
	if g.Frames > 0 {
		s += fmt.Sprintf(", %s missing", say.Count(g.Frames, "frame"))
	}
	if !g.Recorded {
		s += ", found now"
	}
	return s
}

// String is the verdict.
func (s Summary) String() string {
	said := []string{fmt.Sprintf("%s, %s recorded in %s", say.Count(s.Frames, "frame"), seconds(s.Recorded), say.Count(s.Files, "file"))}
	if s.Gaps > 0 {
		said = append(said, fmt.Sprintf("%s, %s missing", say.Count(s.Gaps, "gap"), seconds(s.Missing)))
	}
	if s.LostFrames > 0 {
		said = append(said, say.Count(s.LostFrames, "frame")+" missing")
	}
	if s.Lost > 0 {
		said = append(said, say.Count(s.Lost, "packet")+" lost")
	}
	if s.Backwards > 0 {
		said = append(said, "capture times go back by up to "+short(s.Backwards)+" more than their error bounds explain")
	}
	if s.Damage > 0 {
		said = append(said, say.Count(s.Damage, "thing")+" wrong")
	}
	words := map[Verdict]string{Whole: "WHOLE", Gaps: "INCOMPLETE", Damaged: "DAMAGED"}
	return cmp.Or(words[s.Verdict], "?") + ": " + strings.Join(said, "; ")
}

func utc(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// seconds shows a duration as people read it.
func seconds(d time.Duration) string {
	if d.Abs() < time.Minute {
		return fmt.Sprintf("%.3f s", d.Seconds())
	}
	return d.Round(100 * time.Millisecond).String()
}

// short shows a small duration with two or three digits.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

// signed shows milliseconds with their sign.
func signed(d time.Duration) string {
	return fmt.Sprintf("%+.1f ms", float64(d)/float64(time.Millisecond))
}

func rate(bitsPerSecond int64) string {
	if bitsPerSecond < 1e6 {
		return fmt.Sprintf("%.0f kbit/s", float64(bitsPerSecond)/1e3)
	}
	return fmt.Sprintf("%.2f Mbit/s", float64(bitsPerSecond)/1e6)
}
