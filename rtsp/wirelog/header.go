package wirelog

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/timeslate/timeslate/rtsp"
)

// A headerNote explains the value of a header line.
type headerNote func(l *Log, m *message, value string) []string

// says is a headerNote that is the same for all values.
func says(note string) headerNote {
	return func(*Log, *message, string) []string { return []string{note} }
}

// headers holds what is known of the headers of RFC 2326 §12, by their names in lower case.
var headers = map[string]headerNote{
	"accept":              says("kinds of description that are understood"),
	"allow":               noteMethods,
	"authorization":       says("the answer to the challenge; not shown"),
	"authentication-info": noteAuthenticationInfo,
	"bandwidth":           says("bits per second that the client has"),
	"blocksize":           says("wished size of packets in bytes"),
	"cache-control":       says("of no meaning for live media"),
	"connection":          says("what becomes of the TCP connection"),
	"content-base":        says("relative control URLs are appended to this one"),
	"content-encoding":    says("how the body is packed"),
	"content-language":    says("language of the body"),
	"content-length":      says("bytes of the body"),
	"content-location":    says("where the description comes from"),
	"content-type":        noteContentType,
	"cseq":                noteCSeq,
	"date":                noteDate,
	"expires":             says("of no meaning for live media"),
	"last-modified":       says("when the description changed last"),
	"location":            says("where to go instead"),
	"notify-reason":       says("what has happened (RFC 7826 §18.32)"),
	"proxy-authenticate":  noteChallenge,
	"public":              noteMethods,
	"range":               noteRange,
	"require":             says("the request is to be refused by who doesn't know this"),
	"retry-after":         says("seconds to wait before trying again"),
	"rtp-info":            noteRTPInfo,
	"scale":               says("speed of what is shown; 1 is normal"),
	"server":              says("make of the camera: its deviations go by this name"),
	"session":             noteSession,
	"speed":               says("speed of delivery; 1 is normal"),
	"supported":           says("extensions that are known"),
	"transport":           noteTransport,
	"unsupported":         says("what was required and isn't known"),
	"user-agent":          says("who asks"),
	"via":                 says("proxies in between"),
	"www-authenticate":    noteChallenge,
}

// headerNotes explains a header line.
func (l *Log) headerNotes(m *message, field string) []string {
	name, value := cutField(field)
	if m.request.keepalive && !strings.EqualFold(name, "Date") {
		return nil // it has all been said, and will come again and again
	}
	if note, ok := headers[strings.ToLower(name)]; ok {
		return note(l, m, value)
	}
	return []string{"not a header of RFC 2326"}
}

func noteCSeq(l *Log, m *message, value string) []string {
	if m.reply {
		return nil // the status line says which request is answered
	}
	return []string{"number of the request; the reply has the same"}
}

func noteContentType(_ *Log, m *message, _ string) []string {
	if isSDP(m) {
		return []string{"the body is a session description (RFC 8866)"}
	}
	return []string{"kind of body"}
}

// aliveMethods may keep a session alive; cameras differ in which they count.
var aliveMethods = []string{"GET_PARAMETER", "SET_PARAMETER", "OPTIONS"}

func noteMethods(_ *Log, _ *message, value string) []string {
	var alive []string
	for _, method := range aliveMethods {
		if strings.Contains(strings.ToUpper(value), method) {
			alive = append(alive, method)
		}
	}
	if alive == nil {
		return []string{"the methods it knows"}
	}
	return []string{"the methods it knows; can keep a session alive: " + strings.Join(alive, ", ")}
}

// dateLayouts are that of RFC 2326 §12.18 and that of LIVE555, which runs in many cameras.
var dateLayouts = []string{"Mon, 2 Jan 2006 15:04:05 MST", "Mon, Jan 2 2006 15:04:05 MST"}

func noteDate(l *Log, m *message, value string) []string {
	for _, layout := range dateLayouts {
		t, err := time.Parse(layout, value)
		if err != nil || m.direction != received {
			continue
		}
		ahead := t.Sub(l.at.Truncate(time.Second))
		switch {
		case ahead.Abs() <= time.Second:
			return []string{"the camera's clock agrees with the host's to the second"}
		case ahead > 0:
			return []string{fmt.Sprintf("the camera's clock is %v ahead of the host's", ahead)}
		}
		return []string{fmt.Sprintf("the camera's clock is %v behind the host's", -ahead)}
	}
	return []string{"the sender's clock"}
}

func noteRange(_ *Log, m *message, value string) []string {
	unit, from, _ := strings.Cut(value, "=")
	switch {
	case strings.EqualFold(unit, "clock"):
		return []string{"absolute time of the first frame (RFC 2326 §3.7)"}
	case strings.HasPrefix(from, "now"):
		return []string{"live, from now on"}
	case strings.EqualFold(unit, "npt"):
		return []string{"seconds from the beginning; for a live camera: now (RFC 2326 §3.6)"}
	}
	return []string{"what is played"}
}

func noteSession(l *Log, m *message, value string) []string {
	_, timeout := rtsp.ParseSession(value)
	said := timeout > 0
	timeout = cmp.Or(timeout, rtsp.DefaultTimeout)
	method := m.request.method
	if !m.reply || method == "TEARDOWN" || !said && method != "SETUP" {
		return []string{"the session that is meant"}
	}
	note := fmt.Sprintf("the session ends %d s after the last sign of life", int64(timeout/time.Second))
	if !said {
		note += ", since no time-out is said"
	}
	return []string{note, "that is at " + l.at.Add(timeout).UTC().Format(time.TimeOnly) + " unless it is kept alive"}
}

// parameter matches name=value or name="value" in the headers of authentication.
var parameter = regexp.MustCompile(`([\w-]+)\s*=\s*("[^"]*"|[^\s,]*)`)

func noteChallenge(_ *Log, _ *message, value string) []string {
	scheme, rest, _ := strings.Cut(value, " ")
	params := map[string]string{}
	for _, p := range parameter.FindAllStringSubmatch(rest, -1) {
		params[strings.ToLower(p[1])] = strings.Trim(p[2], `"`)
	}
	realm := fmt.Sprintf("credentials for %q wanted", params["realm"])
	switch strings.ToLower(scheme) {
	case "basic":
		return []string{realm, "Basic: the password travels in clear (RFC 2617 §2)"}
	case "digest":
		return []string{realm, digestNote(params)}
	}
	return []string{realm}
}

func noteAuthenticationInfo(_ *Log, _ *message, value string) []string {
	if strings.Contains(strings.ToLower(value), "nextnonce") {
		return []string{"the nonce for the next request, which saves a refusal (RFC 7616 §3.5)"}
	}
	return []string{"about the credentials that were sent (RFC 7616 §3.5)"}
}

// digestNote explains the variant of Digest that is asked for (RFC 2617 §3.2.1, RFC 7616 §3.3).
func digestNote(params map[string]string) string {
	algorithm, qop := "MD5, since no algorithm is said", "no qop, as in RFC 2069"
	if a := params["algorithm"]; a != "" {
		algorithm = a
		if strings.HasSuffix(strings.ToLower(a), "-sess") {
			algorithm += " (the password is hashed with the first nonces, once)"
		}
	}
	if q := params["qop"]; q != "" {
		qop = "qop " + q
	}
	note := fmt.Sprintf("Digest: a hash over password and nonce; %s, %s", algorithm, qop)
	if strings.EqualFold(params["stale"], "true") {
		note += "; only the nonce was too old"
	}
	return note
}
