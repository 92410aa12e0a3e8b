package rtpsession

import "time"

// Stats counts what became of the packets since the start, over all runs.
type Stats struct {
	SSRC      uint32        // of the source; 0 before the first packet
	CNAME     string        // the source's canonical name (RFC 3550 §6.5.1), or ""
	Run       int           // the run in hand
	Received  int64         // packets of the source, late and repeated ones included
	Bytes     int64         // of the packets in sequence, with their headers
	Lost      int64         // packets missing, as Packet.Lost told
	Late      int64         // came after their turn, or twice; dropped
	Stray     int64         // of another SSRC, or far off in sequence, and not confirmed by a second one; dropped
	OtherType int64         // of another payload type; ignored
	Malformed int64         // RTP that could not be parsed
	BadRTCP   int64         // RTCP compounds of which a part could not be parsed
	Reports   int64         // sender reports of the source
	Foreign   int64         // sender reports of an SSRC that sent no RTP
	Jitter    time.Duration // of the run in hand (RFC 3550 §6.4.1)
}

// Stats returns the counts as they are now.
func (r *Receiver) Stats() Stats {
	s := r.stats
	s.Run, s.CNAME = r.run, r.control.cname
	if r.started {
		s.SSRC, s.Jitter = r.ssrc, r.jitter.duration()
	}
	return s
}
