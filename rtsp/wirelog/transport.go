package wirelog

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/timeslate/timeslate/rtsp"
)

func noteTransport(l *Log, m *message, value string) []string {
	specs, err := rtsp.ParseTransport(value)
	if err != nil {
		return []string{err.Error()}
	}
	verb := "granted"
	if !m.reply {
		verb = "asked for"
	}
	var notes []string
	for _, s := range specs {
		notes = append(notes, verb+": "+way(&s))
	}
	if m.reply && m.status/100 == 2 && len(l.streams) > 0 {
		notes = append(notes, l.streamNote(len(l.streams)-1))
	}
	if ssrc := specs[0].SSRC; m.reply && ssrc != 0 {
		notes = append(notes, fmt.Sprintf("its packets should bear SSRC %#08x", ssrc))
	}
	return notes
}

// way says how packets travel.
func way(s *rtsp.TransportSpec) string {
	switch {
	case s.Interleaved:
		return fmt.Sprintf("RTP on channel %d and RTCP on channel %d of this connection", s.Channels[0], s.Channels[1])
	case s.TCP:
		return "RTP and RTCP on this connection, on channels that the camera names"
	case s.Multicast:
		return "UDP multicast"
	}
	text := "UDP"
	if s.ClientPort[0] != 0 {
		text += fmt.Sprintf(", RTP and RTCP to our ports %d and %d", s.ClientPort[0], s.ClientPort[1])
	}
	if s.ServerPort[0] != 0 {
		text += fmt.Sprintf(", from its ports %d and %d", s.ServerPort[0], s.ServerPort[1])
	}
	if s.Source.IsValid() {
		text += fmt.Sprintf(", from the address %v", s.Source)
	}
	return text
}

// rtpInfo is what an RTP-Info header promises of the first packet of a stream (RFC 2326 §12.33).
type rtpInfo struct {
	url          string
	seq, rtptime string // "" when not said
}

func parseRTPInfo(value string) (entries []rtpInfo) {
	for part := range strings.SplitSeq(value, ",") {
		var e rtpInfo
		for param := range strings.SplitSeq(part, ";") {
			name, v, _ := strings.Cut(strings.TrimSpace(param), "=")
			switch strings.ToLower(name) {
			case "url":
				e.url = strings.Trim(v, `"`)
			case "seq":
				e.seq = v
			case "rtptime":
				e.rtptime = v
			}
		}
		if e != (rtpInfo{}) {
			entries = append(entries, e)
		}
	}
	return entries
}

func noteRTPInfo(l *Log, _ *message, value string) []string {
	var notes []string
	for i, e := range parseRTPInfo(value) {
		n, known := l.streamAt(e.url, i)
		if !known {
			notes = append(notes, "no stream that was set up: "+e.url)
			continue
		}
		l.streams[n].promise(e)
		notes = append(notes, fmt.Sprintf("%s begins with sequence number %s, time stamp %s",
			l.streamName(n), or(e.seq, "unknown"), or(e.rtptime, "unknown")))
	}
	return notes
}

// promise keeps what RTP-Info said, to be compared with the first packet.
func (s *stream) promise(e rtpInfo) {
	if seq, err := strconv.ParseUint(e.seq, 10, 16); err == nil {
		s.promisedSeq, s.hasSeq = uint16(seq), true
	}
	if ts, err := strconv.ParseUint(e.rtptime, 10, 32); err == nil {
		s.promisedTime, s.hasTime = uint32(ts), true
	}
}

// streamAt returns the stream that was set up with a URL which ends like url, else the one with that place in the list.
func (l *Log) streamAt(url string, place int) (index int, known bool) {
	for i := range l.streams {
		asked, control := l.streams[i].url, l.streams[i].media.control
		if url != "" && strings.HasSuffix(asked, url) || control != "" && strings.HasSuffix(url, control) {
			return i, true
		}
	}
	return place, place < len(l.streams)
}

// mediaAt returns the media whose control URL is the end of url, the longest one of several; the only media of a
// description may lack one.
func (l *Log) mediaAt(url string) (found media) {
	for _, m := range l.media {
		if m.control != "" && strings.HasSuffix(url, m.control) && len(m.control) > len(found.control) {
			found = m
		}
	}
	if found.kind == "" && len(l.media) == 1 {
		return l.media[0]
	}
	return found
}

// streamName returns how a stream is called in the log.
func (l *Log) streamName(i int) string {
	if i >= len(l.streams) || l.streams[i].media.kind == "" {
		return fmt.Sprintf("stream %d", i)
	}
	return fmt.Sprintf("stream %d %s", i, l.streams[i].media.kind)
}

// streamNote says what will be called by that name.
func (l *Log) streamNote(i int) string {
	note := "from now on called " + l.streamName(i)
	if m := &l.streams[i].media; m.encoding != "" {
		note += fmt.Sprintf(": %s, %d ticks/s", m.encoding, m.rate)
	}
	return note
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
