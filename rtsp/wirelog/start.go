package wirelog

import (
	"fmt"
	"time"
)

// methodNotes say what a request is for (RFC 2326 §10).
var methodNotes = map[string]string{
	"OPTIONS":       "which methods does the camera know?",
	"DESCRIBE":      "what does it offer?",
	"ANNOUNCE":      "describes what the sender offers",
	"SETUP":         "asks for one media of the description",
	"PLAY":          "starts all streams that were set up",
	"PAUSE":         "stops the streams; the session stays",
	"RECORD":        "starts streams towards the receiver of this request",
	"GET_PARAMETER": "asks for parameters",
	"SET_PARAMETER": "sets parameters",
	"REDIRECT":      "the camera sends us elsewhere",
	"TEARDOWN":      "ends the session",
	"PLAY_NOTIFY":   "something has happened to the stream (RFC 7826 §13.5)",
}

// statusNotes say what follows from a status (RFC 2326 §7.1.1, §11).
var statusNotes = map[int]string{
	301: "it is elsewhere, for good: see Location",
	302: "it is elsewhere for now: see Location",
	303: "see Location",
	400: "the camera couldn't parse the request, or doesn't want to",
	401: "credentials are wanted",
	403: "not allowed, whatever the credentials",
	404: "no such path; some cameras say this of a wrong track",
	405: "the camera doesn't know this method here",
	406: "nothing that we accept",
	453: "too many viewers or not enough bandwidth: wait before trying again",
	454: "the session has timed out, or its name was garbled",
	455: "not in this state of the session",
	457: "no such range of time",
	459: "only for one stream, not for the whole session",
	460: "only for the whole session, not for one stream",
	461: "the camera doesn't send that way: try another transport",
	462: "the camera can't reach the destination",
	463: "the camera wants secure media",
	500: "a fault of the camera; often: too many sessions",
	501: "the camera doesn't know this method",
	503: "busy: wait before trying again",
	505: "another version of RTSP",
	551: "something under Require isn't supported",
}

// startNotes explains a request or status line.
func (l *Log) startNotes(m *message) []string {
	q := &m.request
	switch {
	case m.reply && m.status == 401 && q.authorized:
		return []string{answers(q, l.at), "the credentials are wrong, or the nonce is too old"}
	case m.reply:
		return []string{answers(q, l.at), statusNotes[m.status]}
	case q.keepalive:
		return []string{"keeps the session alive"}
	}
	return []string{methodNotes[q.method]}
}

// answers says which request a reply belongs to.
func answers(q *request, at time.Time) string {
	if q.method == "" {
		return "answers no request that is still known"
	}
	return fmt.Sprintf("answers %s after %s", q.method, milliseconds(at.Sub(q.at)))
}

// milliseconds formats a duration.
func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.3f ms", float64(d)/float64(time.Millisecond))
}
