package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/timeslate/timeslate/align"
	"github.com/timeslate/timeslate/internal/say"
)

// alignReport is what align tells beside the sets.
type alignReport struct {
	*align.Summary
	inputs      []*alignInput
	alignment   *align.Alignment
	calibration *align.Calibration
	method      string
	rate        float64 // of the sets; 0: none is wanted
	trusted     bool    // the user said whose clock is right
}

func (r *alignReport) names() (names []string) {
	for _, in := range r.inputs {
		names = append(names, in.camera.Name)
	}
	return names
}

// tell writes the report for people.
func (r *alignReport) tell(w io.Writer) {
	for _, line := range sayVote(r.inputs) {
		fmt.Fprintln(w, printable(line))
	}
	for i := range r.Cameras {
		fmt.Fprintln(w, r.line(i))
	}
	fmt.Fprintln(w, r.total())
	for _, warning := range r.warnings() {
		fmt.Fprintln(w, "note:", printable(warning))
	}
}

// line tells of one camera.
func (r *alignReport) line(i int) string {
	c := &r.Cameras[i]
	if c.Timed == 0 {
		return fmt.Sprintf("%s: %s, none with a capture time", c.Name, say.Count(c.Frames, "frame"))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", c.Name)
	if c.Rate > 0 {
		fmt.Fprintf(&b, "%.2f fps, ", c.Rate)
	}
	fmt.Fprintf(&b, "%s from %s to %s", say.Count(c.Frames, "frame"), minuteFace(c.From), minuteFace(c.To))
	if c.MedianError > 0 {
		fmt.Fprintf(&b, ", good to ±%s", milliseconds(c.MedianError))
	}
	if i == r.alignment.Reference {
		b.WriteString("; its frames are the moments")
	} else if c.Paired > 0 {
		fmt.Fprintf(&b, "; off by %s on average, median %s, 95 %% within %s", milliseconds(c.Mean), milliseconds(c.Median), milliseconds(c.P95))
	}
	if in := r.inputs[i]; in.calibrated != "" {
		fmt.Fprintf(&b, "; a delay of %v is taken off (as %s)", c.Delay, in.calibrated)
	}
	for k, m := range c.Missing {
		fmt.Fprintf(&b, "%s %d %s", []string{"; missing:", ","}[min(k, 1)], m.N, m.Status)
	}
	return b.String()
}

func minuteFace(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z") }

func (r *alignReport) total() string {
	percent := 0.0
	if r.Sets > 0 {
		percent = 100 * float64(r.Complete) / float64(r.Sets)
	}
	s := fmt.Sprintf("%s within ±%s, %d complete (%.2f %%)", say.Count(r.Sets, "set"), milliseconds(r.alignment.Tolerance), r.Complete, percent)
	if r.Complete > 0 {
		s += fmt.Sprintf(", from %s to %s", minuteFace(r.From), minuteFace(r.To))
	}
	return s
}

// warnings are what to mind before the pairs are believed.
func (r *alignReport) warnings() (list []string) {
	note := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for i, in := range r.inputs {
		c := &r.Cameras[i]
		if c.Unsure > 0 {
			list = append(list, r.unsure(i))
		}
		switch {
		case in.rxOnly > 0 && in.clocks.Known:
			note("%s: its clock is not believed: %s timed by the arrival, by the recorder's clock", c.Name, say.Count(in.rxOnly, "frame"))
		case in.rxOnly > 0:
			note("%s: %s timed by the arrival alone: later than the capture, and by the recorder's clock", c.Name, say.Count(in.rxOnly, "frame"))
		}
		switch {
		case in.cut && (in.disputed > 0 || r.trusted):
			note("%s: it was cut from a longer recording and keeps its times: whose clock is right is to be said there (--trust)", c.Name)
		case in.disputed > 0:
			note("%s: its clock is %s the recorder's, and nobody can say which is right; if all were recorded on one host, "+
				"--trust host pairs by its clock", c.Name, sayAhead(in.clocks.Ahead))
		}
		if in.backwards > 0 {
			note("%s: its times run backwards in %s, where a clock was set", c.Name, say.Count(in.backwards, "place"))
		}
		if in.calibrated != "" && in.latency > 0 {
			note("%s: a delay was taken off when it was recorded, and that of the calibration is taken off as well", c.Name)
		}
		if r.calibration != nil && in.calibrated == "" {
			note("%s: the calibration has no line for it", c.Name)
		}
	}
	if r.calibration != nil {
		for _, name := range r.calibration.Unused() {
			note("the calibration's line for %s is for none of the files", name)
		}
	}
	if r.Complete == 0 {
		list = append(list, r.apart())
	}
	return list
}

// unsure says by how much the pairs of a camera may be off, and what would make them surer.
func (r *alignReport) unsure(i int) string {
	c, worst, who := &r.Cameras[i], i, r.Cameras[i].Name
	if ref := r.alignment.Reference; ref >= 0 {
		who = r.Cameras[ref].Name + " and " + who
		if r.Cameras[ref].MedianError > c.MedianError {
			worst = ref
		}
	}
	frame := time.Duration(1e9 / c.Rate)
	off := max(1, int((c.Median+c.PairError+frame/2)/frame))
	s := fmt.Sprintf("%s: %d of %s are sure to ±%s only: they are %s apart, which is known to ±%s, and frames follow after %s", who,
		c.Unsure, say.Count(c.Paired, "pair"), say.Count(off, "frame"), milliseconds(c.Median), milliseconds(c.PairError), milliseconds(frame))
	if advice := r.inputs[worst].advice(); advice != "" {
		s += "; " + r.Cameras[worst].Name + ": " + advice
	}
	return s
}

// manyReports average the noise out that some cameras have.
const manyReports = 50

// advice says what would make a recording's times better; "" if they are what they are.
func (in *alignInput) advice() string {
	switch {
	case in.disputed > 0 || in.cut:
		return "" // there is a note of its own
	case in.rxOnly > 0 && in.clocks.Known:
		return "set its clock right (docs/clocks.md) and record again"
	case in.rxOnly > 0:
		return "it did not tell its time; timeslate probe says what it offers"
	case in.reports < manyReports*3/4:
		return fmt.Sprintf("record longer: %s of its clock came, and %d average the noise out", say.Count(in.reports, "message"), manyReports)
	}
	return ""
}

// apart says why no set is complete.
func (r *alignReport) apart() string {
	first, last := -1, -1 // the recordings that end first and begin last
	for i, c := range r.Cameras {
		if c.Timed == 0 {
			return fmt.Sprintf("no set is complete: no frame of %s has a capture time; timeslate extract --help tells what can have some", c.Name)
		}
		if first < 0 || c.To.Before(r.Cameras[first].To) {
			first = i
		}
		if last < 0 || c.From.After(r.Cameras[last].From) {
			last = i
		}
	}
	a, b := &r.Cameras[first], &r.Cameras[last]
	if a.To.Before(b.From) {
		return fmt.Sprintf("the recordings do not overlap in time: %s is from %s to %s, %s from %s to %s; is a camera's clock wrong? see timeslate probe",
			a.Name, minuteFace(a.From), minuteFace(a.To), b.Name, minuteFace(b.From), minuteFace(b.To))
	}
	if fps := slices.Min(r.alignment.Rates); fps > 0 && r.rate > fps {
		return fmt.Sprintf("no set is complete: --rate %v is more than the %.2f frames per second of a camera", r.rate, fps)
	}
	return fmt.Sprintf("no set is complete: no frames of all cameras are within the tolerance of one moment (--tolerance is %v)", r.alignment.Tolerance)
}

// writeJSON writes the summary as a JSON object on a line of its own.
func (r *alignReport) writeJSON(w io.Writer) error {
	s := alignJSON{
		Type: "summary", Method: r.method, Sets: r.Sets, Complete: r.Complete, Reference: r.alignment.Reference + 1,
		Tolerance: int64(r.alignment.Tolerance), Clocks: sayVote(r.inputs), Warnings: r.warnings(),
	}
	for i, c := range r.Cameras {
		camera := alignCameraJSON{
			Camera: c.Name, File: r.inputs[i].file, Delay: int64(c.Delay), Calibrated: r.inputs[i].calibrated,
			Frames: c.Frames, Timed: c.Timed, Rate: c.Rate, Paired: c.Paired,
			Mean: int64(c.Mean), Median: int64(c.Median), P95: int64(c.P95), Error: int64(c.MedianError),
			PairError: int64(c.PairError), Unsure: c.Unsure, Missing: map[string]int{},
			Believed: r.inputs[i].verdict.String(), Behind: int64(r.inputs[i].verdict.Ahead),
		}
		if c.Timed > 0 {
			camera.From, camera.To = c.From.UnixNano(), c.To.UnixNano()
		}
		for _, m := range c.Missing {
			camera.Missing[m.Status.String()] = m.N
		}
		s.Cameras = append(s.Cameras, camera)
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return out.Encode(s)
}

type alignJSON struct {
	Type      string            `json:"type"`
	Method    string            `json:"method"`
	Sets      int               `json:"sets"`
	Complete  int               `json:"complete"`
	Reference int               `json:"reference"` // from 1; 0: a rate
	Tolerance int64             `json:"tolerance_ns"`
	Cameras   []alignCameraJSON `json:"cameras"`
	Clocks    []string          `json:"clocks"` // what a vote decided, and why
	Warnings  []string          `json:"warnings"`
}

type alignCameraJSON struct {
	Camera     string         `json:"camera"`
	File       string         `json:"file"`
	Delay      int64          `json:"delay_ns"`   // taken off by the calibration
	Calibrated string         `json:"calibrated"` // the name it has there
	Frames     int            `json:"frames"`
	Timed      int            `json:"timed"`
	Rate       float64        `json:"fps"`
	From       int64          `json:"first_unix_ns"`
	To         int64          `json:"last_unix_ns"`
	Paired     int            `json:"paired"`
	Mean       int64          `json:"mean_offset_ns"` // of the absolute values, as are the next two
	Median     int64          `json:"median_offset_ns"`
	P95        int64          `json:"p95_offset_ns"`
	Error      int64          `json:"median_error_ns"`
	PairError  int64          `json:"median_pair_error_ns"` // of its offsets
	Unsure     int            `json:"unsure"`
	Believed   string         `json:"believed"`           // clock, as a vote decided it; empty: there was none
	Behind     int64          `json:"recorder_behind_ns"` // its clock against the believed one, as far as it was corrected
	Missing    map[string]int `json:"missing"`
}
