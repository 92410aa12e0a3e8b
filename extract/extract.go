// Package extract tells when each frame of a recording was captured. It reads what the recorder observed (the timing box
// of this project's files, or the SEI stamps of RTCP-NTP-Recorder, retina-record and MISB ST 0604) and computes capture
// times from it by one of several methods; pictures are never decoded.
//
// Open reads a file, ReadLog a packet log, Join puts the files of one recording together; Recording.Rows computes,
// Row.AppendCSV, Row.AppendJSON and AppendSRT write. Recording.Texts writes the four text files of RTCP-NTP-Recorder's
// own extractor, Recording.Examine tells what the times of method Best rest on.
package extract

import (
	"cmp"
	"slices"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/stamp"
)

// Origin says where the observations of a recording come from.
type Origin uint8

// The origins, in the order in which a file is searched for them.
const (
	NoOrigin  Origin = iota // nothing found: all times are unknown
	PacketLog               // tables of frames and reports
	TimingBox               // the timing box
	Strawlab                // SEI of retina-record, 89H and o8B
	RecorderB               // SEI of RTCP-NTP-Recorder that hold the sender report, or a _meta.txt
	RecorderA               // SEI of RTCP-NTP-Recorder of October 2024: a time and nothing else
	MISB                    // SEI of MISB ST 0604: the same
)

var originNames = [...]string{"nothing", "packet log", "timing box", "strawlab SEI", "RTCP-NTP-Recorder SEI",
	"RTCP-NTP-Recorder SEI without reports", "MISB SEI"}

// String returns the origin in words.
func (o Origin) String() string { return originNames[min(int(o), len(originNames)-1)] }

// Recording is what is known about the time of one video track.
type Recording struct {
	Origin    Origin
	ClockRate uint32         // RTP ticks per second
	Timescale uint32         // ticks per second of Frame.PTS; 0: there are no presentation times, PTS is at most the order
	Frames    Frames         // in decode order; those of a _meta.txt in presentation order
	Reports   []clock.Report // sender reports that can be true, in the order in which they came; Before counts Frames
	Gaps      []stamp.Gap    // of this track, as the timing box tells of them; on the clock of the arrivals
	Segments  []Segment      // the files it was read from, one at least
	Skipped   []error        // what could not be read, up to a limit

	// What only a timing box tells.
	Started    time.Time         // when the recorder started; of several, the first
	HostClocks []stamp.HostClock // what the recorder knew of its host's clock, as it stands in the file
	HostSet    time.Duration     // how far that clock was set while it recorded, in the last run; arrivals and gaps have it added
	Trust      clock.Trust       // whose clock is right. To be changed, if at all, before Rows and Examine

	all   []clock.Report // Reports, and those that can't be true
	study *Study         // of Examine
}

// Segment is one of the files of a recording.
type Segment struct {
	Name    string        // as given to Join
	First   int           // number of its first row
	Latency time.Duration // known constant delay of the camera; the stored times have it taken off
}

// maxSkipped bounds Recording.Skipped: the first errors tell what is wrong.
const maxSkipped = 10

func (r *Recording) skip(err error) {
	if err != nil && len(r.Skipped) < maxSkipped {
		r.Skipped = append(r.Skipped, err)
	}
}

// hasRTP reports whether the origin knows RTP time stamps.
func (r *Recording) hasRTP() bool { return r.Origin >= PacketLog && r.Origin <= RecorderB }

// presentation returns the indices of the frames that are shown, in presentation order.
func (r *Recording) presentation() []int {
	places := r.Frames.places
	order := make([]int, 0, len(places))
	for i := range places {
		if !places[i].hidden {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &places[a], &places[b]
		return cmp.Or(cmp.Compare(x.segment, y.segment), cmp.Compare(x.pts, y.pts))
	})
	return order
}

// reportBefore returns the newest report that came before the frame with index i in its run, or nil.
func (r *Recording) reportBefore(i int) *clock.Report {
	if newest := r.Frames.places[i].report; newest >= 0 {
		return &r.Reports[newest]
	}
	return nil
}
