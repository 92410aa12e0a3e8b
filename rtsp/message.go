package rtsp

import (
	"fmt"
	"strconv"
	"strings"
)

// The methods of RFC 2326 §10, and one that newer servers send.
const (
	MethodOptions      = "OPTIONS"
	MethodDescribe     = "DESCRIBE"
	MethodAnnounce     = "ANNOUNCE"
	MethodSetup        = "SETUP"
	MethodPlay         = "PLAY"
	MethodPause        = "PAUSE"
	MethodRecord       = "RECORD"
	MethodGetParameter = "GET_PARAMETER"
	MethodSetParameter = "SET_PARAMETER"
	MethodRedirect     = "REDIRECT"
	MethodTeardown     = "TEARDOWN"
	MethodPlayNotify   = "PLAY_NOTIFY" // RFC 7826 §13.5
)

// Field is one header line.
type Field struct{ Name, Value string }

// Header is the header of a message, in the order of the wire. Names are compared without regard to case
// (RFC 2326 §4.2) and are sent as they are given: there are servers that refuse "Cseq" (rtsp_demo).
type Header []Field

// Get returns the value of the first field of that name, or "".
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Values returns the values of all fields of that name.
func (h Header) Values(name string) (values []string) {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

// Add appends a field.
func (h *Header) Add(name, value string) { *h = append(*h, Field{name, value}) }

// Request is a request of either side. What a parser returns belongs to the caller.
type Request struct {
	Method string
	URL    string // as it stands on the request line, without credentials
	Header Header // Append adds Content-Length, which follows from Body
	Body   []byte
}

// Response is the reply to a request. What a parser returns belongs to the caller.
type Response struct {
	Status int    // for example 200
	Reason string // empty: the phrase of RFC 2326 §7.1.1
	Header Header // Append adds Content-Length, which follows from Body
	Body   []byte
}

// NewResponse returns the reply to q, with its CSeq.
func NewResponse(q *Request, status int) *Response {
	r := &Response{Status: status}
	if cseq := q.Header.Get("CSeq"); cseq != "" {
		r.Header.Add("CSeq", cseq)
	}
	return r
}

// Append appends q in wire format (RFC 2326 §6).
func (q *Request) Append(b []byte) []byte {
	b = fmt.Appendf(b, "%s %s RTSP/1.0\r\n", q.Method, q.URL)
	return appendRest(b, q.Header, q.Body)
}

// Append appends r in wire format (RFC 2326 §7).
func (r *Response) Append(b []byte) []byte {
	reason := r.Reason
	if reason == "" {
		reason = reasonPhrase(r.Status)
	}
	b = fmt.Appendf(b, "RTSP/1.0 %d %s\r\n", r.Status, reason)
	return appendRest(b, r.Header, r.Body)
}

func appendRest(b []byte, h Header, body []byte) []byte {
	for _, f := range h {
		b = fmt.Appendf(b, "%s: %s\r\n", f.Name, f.Value)
	}
	if len(body) > 0 {
		b = fmt.Appendf(b, "Content-Length: %d\r\n", len(body))
	}
	b = append(b, "\r\n"...)
	return append(b, body...)
}

// reasonPhrase returns the phrase of RFC 2326 §7.1.1 for the codes that are met in practice.
func reasonPhrase(status int) string {
	if phrase, ok := reasonPhrases[status]; ok {
		return phrase
	}
	return "Status " + strconv.Itoa(status)
}

var reasonPhrases = map[int]string{
	200: "OK",
	301: "Moved Permanently",
	302: "Moved Temporarily",
	400: "Bad Request",
	401: "Unauthorized",
	403: "Forbidden",
	404: "Not Found",
	405: "Method Not Allowed",
	408: "Request Time-out",
	451: "Parameter Not Understood",
	453: "Not Enough Bandwidth",
	454: "Session Not Found",
	455: "Method Not Valid in This State",
	459: "Aggregate Operation Not Allowed",
	461: "Unsupported Transport",
	500: "Internal Server Error",
	501: "Not Implemented",
	503: "Service Unavailable",
	551: "Option not supported",
}
