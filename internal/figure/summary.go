package figure

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/internal/plot"
	"github.com/timeslate/timeslate/stamp"
)

// summary says in words what the panels show.
func (g *graph) summary(method string) []string {
	list := []string{g.sayFrames(method) + g.sayMissing(), g.sayBound(), g.sayDispute()}
	if g.rtp {
		list = append(list, g.sayMessages(), g.sayClock())
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

const summaryTime = "2006-01-02 15:04:05"

func (g *graph) sayFrames(method string) string {
	text := count(len(g.rows), "frame")
	from, to := g.span()
	if !(from <= to) {
		return text + ". No capture time is known."
	}
	first, last := g.time(from), g.time(to)
	until := last.Format(summaryTime)
	if first.YearDay() == last.YearDay() && last.Sub(first) < 24*time.Hour {
		until = last.Format(time.TimeOnly)
	}
	if from == to {
		text += ", captured " + first.Format(summaryTime)
	} else {
		text += " in " + lasting(last.Sub(first)) + ", captured " + first.Format(summaryTime) + " – " + until
	}
	return text + " UTC (method " + method + ")."
}

// sayMissing tells of the gaps whose causes are known.
func (g *graph) sayMissing() string {
	counts := map[stamp.Cause]int{}
	for _, m := range g.Missing() {
		counts[m.Gap.Cause]++
	}
	var words []string
	for cause := stamp.OtherCause; cause <= stamp.DiskStalled; cause++ {
		if n := counts[cause]; n > 0 {
			words = append(words, cause.String()+" "+plot.Whole(n)+"×")
		}
	}
	if len(words) == 0 {
		return ""
	}
	return " Frames are missing: " + strings.Join(words, ", ") + "."
}

// span returns the places of the first and the last frame.
func (g *graph) span() (from, to float64) {
	from, to = math.NaN(), math.NaN()
	for _, x := range g.x {
		if math.IsNaN(x) {
			continue
		}
		if math.IsNaN(from) {
			from, to = x, x
		}
		from, to = min(from, x), max(to, x)
	}
	return from, to
}

func (g *graph) time(x float64) time.Time { return g.start.Add(time.Duration(x * 1e9)) }

// count returns n and what is counted, in the plural where that is right.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return plot.Whole(n) + " " + what
}

// lasting shows a duration as people say it.
func lasting(d time.Duration) string {
	if d < 2*time.Minute {
		return plot.Amount(d.Seconds())
	}
	d = d.Round(time.Second)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	if h > 0 {
		return fmt.Sprintf("%d h %d min", h, m)
	}
	return fmt.Sprintf("%d min %d s", m, s)
}

// sayBound says how exact the times are.
func (g *graph) sayBound() string {
	var errors []float64
	counts := map[clock.State]int{}
	doubts := 0
	for i := range g.rows {
		counts[g.rows[i].State]++
		if g.rows[i].Flags&doubtful != 0 {
			doubts++
		}
		if e := g.rows[i].Error; e > 0 {
			errors = append(errors, e.Seconds())
		}
	}
	if len(g.rows) == 0 {
		return ""
	}
	text := "How exact the times are is not known."
	if len(errors) > 0 {
		most, half := plot.Amount(quantile(errors, 0.95)), plot.Amount(quantile(errors, 0.5))
		text = "95 % of the frames are good to ±" + most
		if half != most {
			text += ", half of them to ±" + half
		}
		text += "."
	}
	text += " State: " + shares(counts, len(g.rows))
	if doubts > 0 {
		text += "; camera's clock in doubt " + during(doubts, len(g.rows))
	}
	return text + "."
}

// sayDispute says what a bound is made of that covers two clocks.
func (g *graph) sayDispute() string {
	if !g.flagged(clock.Disputed) || !g.study.Apart() {
		return ""
	}
	return "Camera and recorder disagree on the time, and neither is known to be right: the times are the camera's, and the bound covers both."
}

// flagged tells whether any frame's time has a flag.
func (g *graph) flagged(flag clock.Flags) bool {
	return slices.ContainsFunc(g.rows, func(r extract.Row) bool { return r.Flags&flag != 0 })
}

// shares says how many of all frames are in which state.
func shares(counts map[clock.State]int, all int) string {
	var words []string
	for _, s := range []clock.State{clock.Locked, clock.Coasting, clock.Acquiring, clock.RxOnly, clock.None} {
		if n := counts[s]; n > 0 {
			words = append(words, s.String()+" "+during(n, all))
		}
	}
	return strings.Join(words, ", ")
}

// during says in how many of all frames something was so.
func during(n, all int) string {
	if n == all {
		return "throughout"
	}
	return percent(n, all)
}

// percent shows n of all. What is not nothing is not 0, and what is not all is not 100.
func percent(n, all int) string {
	switch v := 100 * float64(n) / float64(all); {
	case v < 0.1:
		return "< 0.1 %"
	case v < 10 || v > 90 && v < 99.95:
		return fmt.Sprintf("%.1f %%", v)
	case v >= 99.95:
		return "> 99.9 %"
	default:
		return fmt.Sprintf("%.0f %%", v)
	}
}

// sayMessages tells of the camera's sender reports.
func (g *graph) sayMessages() string {
	s := g.study
	if len(s.Reports) == 0 {
		return "The camera sent no time messages."
	}
	used := 0
	for _, v := range s.Study.Reports {
		if v.Used {
			used++
		}
	}
	text := "The camera sent " + count(len(s.Reports), "time message")
	if s.Interval > 0 {
		text += ", one every " + plot.Amount(s.Interval.Seconds())
	}
	if used < len(s.Reports) {
		text += "; " + plot.Whole(used) + " of them could be used"
	}
	if s.Noise > 0 && used > 1 {
		text += "; they scatter by " + plot.Amount(s.Noise.Seconds())
	}
	if s.Grain > 0 {
		text += "; its clock is read in steps of " + plot.Amount(s.Grain.Seconds())
	}
	return text + "."
}

// sayClock tells how the clocks run.
func (g *graph) sayClock() string {
	s := g.study
	var words []string
	if d, ok := g.lastAhead(); ok {
		words = append(words, "The camera's clock was "+apart(d)+" the recorder's at the end")
		if g.flagged(clock.Zone) {
			words = append(words, "it shows local time for UTC, which is put right")
		}
		if math.Abs(s.Drift) >= 0.05 {
			words = append(words, fmt.Sprintf("it drifts by %s ppm against it", signedNumber(s.Drift)))
		}
	}
	if math.Abs(s.RTPDrift) >= 0.05 {
		words = append(words, "the clock that the camera stamps its frames with is off by "+signedNumber(s.RTPDrift)+
			" ppm, which is put right")
	}
	if len(words) == 0 {
		return ""
	}
	text := strings.Join(words, "; ") + "."
	return strings.ToUpper(text[:1]) + text[1:]
}

// lastAhead returns by how many seconds the camera's clock was ahead of the recorder's, as the last reports say.
func (g *graph) lastAhead() (seconds float64, ok bool) {
	const enough = 5
	var list []float64
	for i := len(g.study.Reports) - 1; i >= 0 && len(list) < enough; i-- {
		if d, ok := ahead(&g.study.Reports[i]); ok {
			list = append(list, d)
		}
	}
	return median(list), len(list) > 0
}

// apart says how a clock that shows so many seconds more than another stands to it.
func apart(seconds float64) string {
	if seconds < 0 {
		return strings.TrimPrefix(long(-seconds), "+") + " behind"
	}
	return strings.TrimPrefix(long(seconds), "+") + " ahead of"
}

func signedNumber(v float64) string {
	return strings.Replace(fmt.Sprintf("%+.1f", v), "-", "−", 1)
}
