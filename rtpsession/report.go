package rtpsession

import (
	"encoding/binary"
	"math"
	"time"
)

// ReportDue returns when the next receiver report should be sent: 5 s after the one before on average, between 2.05 and
// 6.16 s, and half of that before the first (RFC 3550 §6.2, §6.3.1). It is zero before the session has begun.
func (r *Receiver) ReportDue() time.Time { return r.schedule.due }

// AppendReport appends the compound to be sent at now, a receiver report and the SDES with our CNAME (RFC 3550 §6.1),
// and sets the time of the next. It need not be due.
//
// The report has a block for the source if it was heard since the last report, and none otherwise. The compound is to be
// sent in either case, also before the first sender report: some cameras take it for the only sign of life (ZoneMinder
// issue 560).
func (r *Receiver) AppendReport(b []byte, now time.Time) []byte {
	start := len(b)
	b = r.appendRR(b, now)
	b = r.appendSDES(b)
	r.schedule.observe(len(b) - start)
	r.schedule.reported(now)
	return b
}

// AppendBye appends the last compound of the session: report, SDES and BYE (RFC 3550 §6.6).
func (r *Receiver) AppendBye(b []byte, now time.Time) []byte {
	b = r.AppendReport(b, now)
	b = append(b, 0x80|1, typeBYE, 0, 1)
	return binary.BigEndian.AppendUint32(b, r.config.SSRC)
}

// appendRR appends a receiver report (RFC 3550 §6.4.2).
func (r *Receiver) appendRR(b []byte, now time.Time) []byte {
	if !r.started || !r.sequence.heard() {
		b = append(b, 0x80, typeRR, 0, 1)
		return binary.BigEndian.AppendUint32(b, r.config.SSRC)
	}
	b = append(b, 0x80|1, typeRR, 0, 7)
	b = binary.BigEndian.AppendUint32(b, r.config.SSRC)
	b = binary.BigEndian.AppendUint32(b, r.ssrc)
	fraction, lost := r.sequence.interval(), uint32(r.sequence.lost())
	b = binary.BigEndian.AppendUint32(b, uint32(fraction)<<24|lost&0xffffff)
	b = binary.BigEndian.AppendUint32(b, uint32(r.sequence.highest))
	b = binary.BigEndian.AppendUint32(b, r.jitter.value())
	lsr, dlsr := r.lastReport(now)
	b = binary.BigEndian.AppendUint32(b, lsr)
	return binary.BigEndian.AppendUint32(b, dlsr)
}

// lastReport returns LSR and DLSR, the second in 1/65536 s: both 0 before the first sender report of the run.
func (r *Receiver) lastReport(now time.Time) (lsr, dlsr uint32) {
	if !r.control.hasLast {
		return 0, 0
	}
	return r.control.last.NTP.Middle(), shortTime(now.Sub(r.control.last.Arrival))
}

// shortTime returns d in 1/65536 s. What does not fit, from 18 h 12 min on, becomes the largest value.
func shortTime(d time.Duration) uint32 {
	d = max(d, 0)
	whole, rest := uint64(d/time.Second), uint64(d%time.Second)
	return uint32(min(whole<<16|rest<<16/uint64(time.Second), math.MaxUint32))
}

// appendSDES appends one chunk with our CNAME, ended by one to four zeros (RFC 3550 §6.5).
func (r *Receiver) appendSDES(b []byte) []byte {
	name := r.config.CNAME
	words := (4 + 2 + len(name) + 4) / 4 // SSRC, item header, text, zeros up to the next full word
	b = append(b, 0x80|1, typeSDES, 0, byte(words))
	b = binary.BigEndian.AppendUint32(b, r.config.SSRC)
	b = append(b, sdesCNAME, byte(len(name)))
	b = append(b, name...)
	var zeros [4]byte
	return append(b, zeros[:4*words-4-2-len(name)]...)
}
