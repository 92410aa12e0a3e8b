package stamp

import (
	"bytes"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
)

// signedUUID marks the signatures of ONVIF Media Signing: adding SEI to such a stream could make it look forged.
var signedUUID = UUID{0x00, 0x5b, 0xc9, 0x3f, 0x2d, 0x71, 0x5e, 0x95, 0xad, 0xa4, 0x79, 0x6f, 0x90, 0x87, 0x7a, 0x6f}

// maxReports bounds the sender reports that one access unit is stamped with. Reports come every 5 s, so more than a few
// before one frame are a fault of the camera; the newest ones are kept. The timing box keeps all of them.
const maxReports = 8

// Stamper inserts SEI messages into the access units of one H.264 track. One goroutine owns it.
type Stamper struct {
	kinds     Kinds
	clockRate uint32
	signed    bool
	repeat    bool           // the next unit repeats the current report
	newest    clock.Report   // over all runs
	current   clock.Report   // newest of the run of the last unit, or of a run before
	pending   []clock.Report // not written yet; at most maxReports
	payload   []byte
	sei       []byte   // the NAL units inserted into one access unit, one after the other
	ends      []int    // where each of them ends in sei
	data      [][]byte // the access unit with them
}

// NewStamper returns a Stamper for a track with clockRate ticks per second.
func NewStamper(kinds Kinds, clockRate uint32) *Stamper {
	return &Stamper{
		kinds:     kinds,
		clockRate: clockRate,
		pending:   make([]clock.Report, 0, maxReports),
		payload:   make([]byte, 0, 256),
		sei:       make([]byte, 0, 2048),
	}
}

// StartFile makes the next unit repeat the newest sender report, so that each file can be understood alone.
func (s *Stamper) StartFile() { s.repeat = true }

// Signed reports whether the stream carries signatures of ONVIF Media Signing. From the first one on nothing is
// inserted: units that came before it may have been stamped, since a signature can follow after a whole GOP.
func (s *Stamper) Signed() bool { return s.signed }

// Stamp inserts the SEI NAL units of u, each with one message, directly before its first VCL NAL unit, where ITU-T
// H.264 §7.4.1.2.3 has them after the parameter sets and the camera's own SEI. It replaces u.Data by a slice of its own
// that is valid until the next call and moves no media byte. A unit without a VCL NAL unit stays as it is; its reports
// are kept for the next one. Units that are not recorded should pass as well, since they carry reports.
func (s *Stamper) Stamp(u *media.Unit) {
	s.keepReports(u)
	vcl := s.scan(u.Data)
	if s.signed || s.kinds == 0 || vcl < 0 {
		return
	}
	s.write(u)
	s.insert(u, vcl)
}

// scan returns the index of the first VCL NAL unit, or -1, and looks for signatures in all SEI.
func (s *Stamper) scan(data [][]byte) int {
	vcl := -1
	for i, nal := range data {
		switch {
		case h264.IsVCL(nal):
			if vcl < 0 {
				vcl = i
			}
		case h264.NALType(nal) == h264.SEI:
			// No emulation prevention byte can fall into the UUID: its only zero is followed by 5b.
			s.signed = s.signed || bytes.Contains(nal, signedUUID[:])
		}
	}
	return vcl
}

func (s *Stamper) keepReports(u *media.Unit) {
	for _, r := range u.Reports {
		if s.newest = r; r.Run == u.Run {
			s.current = r
		}
		if len(s.pending) == maxReports {
			s.pending = s.pending[:copy(s.pending, s.pending[1:])]
		}
		s.pending = append(s.pending, r)
	}
	if s.newest.Run == u.Run { // it may have come before the first unit of its run
		s.current = s.newest
	}
}

// write appends the NAL units of u to s.sei: o8B, 89H, MISB, RTCP-NTP-Recorder.
func (s *Stamper) write(u *media.Unit) {
	s.sei, s.ends = s.sei[:0], s.ends[:0]
	if s.kinds&Strawlab != 0 {
		s.writeReports(u.Run)
		s.add(StrawlabFrame{Arrival: ntpOf(u), RTP: u.RTP}.Append(s.payload[:0]))
	}
	if s.kinds&MISB != 0 && u.Wall.State != clock.None {
		s.add(misbOf(u.Wall).Append(s.payload[:0]))
	}
	if s.kinds&Recorder != 0 {
		s.add(s.recorderOf(u).Append(s.payload[:0]))
	}
}

// writeReports writes the reports since the unit before or, at the start of a file, the current one once more, unless it
// belongs to another run: its RTP time would mislead.
func (s *Stamper) writeReports(run int) {
	if s.repeat && len(s.pending) == 0 && s.current.NTP != 0 && s.current.Run == run {
		s.pending = append(s.pending, s.current)
	}
	for _, r := range s.pending {
		s.add(StrawlabReport{Arrival: ntp.FromTime(r.Arrival), NTP: r.NTP, RTP: uint32(r.RTP)}.Append(s.payload[:0]))
	}
	s.repeat, s.pending = false, s.pending[:0]
}

func (s *Stamper) recorderOf(u *media.Unit) RecorderStamp {
	if s.current.Run != u.Run {
		return NewRecorderStamp(0, 0, u.RTP, s.clockRate)
	}
	return NewRecorderStamp(s.current.NTP, uint32(s.current.RTP), u.RTP, s.clockRate)
}

// misbOf returns the precision time stamp of an estimate. Only what the camera's own clock said is called locked.
func misbOf(e clock.Estimate) MISBStamp {
	s := MISBStamp{Layout: MISBH264Micros, Status: MISBUnlocked, Count: uint64(max(0, e.Time.UnixMicro()))}
	if e.State >= clock.Locked && e.Source.OfCamera() {
		s.Status = MISBLocked
	}
	return s
}

func ntpOf(u *media.Unit) ntp.Time {
	if u.Arrival.IsZero() {
		return 0
	}
	return ntp.FromTime(u.Arrival)
}

func (s *Stamper) add(payload []byte) {
	s.sei = h264.AppendSEI(s.sei, h264.PayloadUserDataUnregistered, payload)
	s.ends = append(s.ends, len(s.sei))
}

// insert puts the NAL units in s.sei before u.Data[at].
func (s *Stamper) insert(u *media.Unit, at int) {
	s.data = append(s.data[:0], u.Data[:at]...)
	start := 0
	for _, end := range s.ends {
		s.data = append(s.data, s.sei[start:end:end])
		start = end
	}
	s.data = append(s.data, u.Data[at:]...)
	u.Data = s.data
}
