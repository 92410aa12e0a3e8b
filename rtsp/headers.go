package rtsp

import (
	"strconv"
	"strings"
	"time"
)

// DefaultTimeout is the time after which a server may drop a session that is not refreshed, unless it says otherwise
// (RFC 2326 §12.37).
const DefaultTimeout = 60 * time.Second

// ParseSession parses the value of a Session header (RFC 2326 §12.37). The time-out is 0 when it is not given, or not usable:
// then DefaultTimeout is in force.
func ParseSession(value string) (id string, timeout time.Duration) {
	id, params, _ := strings.Cut(value, ";")
	for param := range strings.SplitSeq(params, ";") {
		name, number, _ := strings.Cut(param, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "timeout") {
			continue
		}
		if n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 31); err == nil && n > 0 {
			timeout = time.Duration(n) * time.Second
		}
	}
	return strings.TrimSpace(id), timeout
}

// rtpInfo is an entry of an RTP-Info header (RFC 2326 §12.33).
type rtpInfo struct {
	url string
	StreamInfo
}

// parseRTPInfo parses the value of an RTP-Info header. Entries and parameters that make no sense are left out.
func parseRTPInfo(value string) (entries []rtpInfo) {
	for part := range strings.SplitSeq(value, ",") {
		for param := range strings.SplitSeq(part, ";") {
			name, v, _ := strings.Cut(strings.TrimSpace(param), "=")
			if strings.EqualFold(name, "url") {
				entries = append(entries, rtpInfo{url: strings.Trim(v, `"`)})
			} else if len(entries) > 0 {
				entries[len(entries)-1].set(strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(v))
			}
		}
	}
	return entries
}

func (i *rtpInfo) set(name, value string) {
	switch name {
	case "seq":
		n, _ := strconv.ParseUint(value, 10, 64)
		if n <= 1<<16-1 {
			i.Seq = uint16(n)
		}
	case "rtptime":
		n, _ := strconv.ParseUint(value, 10, 64) // OMNY M5S2A: -1
		if n <= 1<<32-1 {
			i.RTPTime = uint32(n)
		}
	}
}

// parseClock returns the start of a range in absolute time, "clock=19961108T143720.25Z-" (RFC 2326 §3.7), or zero.
func parseClock(value string) time.Time {
	value, found := strings.CutPrefix(strings.TrimSpace(value), "clock=")
	if !found {
		return time.Time{}
	}
	start, _, _ := strings.Cut(value, "-")
	t, err := time.Parse("20060102T150405Z", strings.TrimSpace(start))
	if err != nil {
		return time.Time{}
	}
	return t
}

// hasToken says whether a comma-separated list holds a token.
func hasToken(list, token string) bool {
	for t := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(t), token) {
			return true
		}
	}
	return false
}
