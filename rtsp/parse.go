package rtsp

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

const (
	maxLine   = 8 << 10 // RTP-Info with a dozen long URLs
	maxFields = 255     // a dozen is usual
)

// message is a parsed request or response.
type message struct {
	request  *Request
	response *Response
}

// headEnd returns the length of the head at the start of b, with the empty line that ends it, or 0 when that is not
// there yet. Lines end with CRLF or, from YUAN encoders, LF. A line of one blank is an empty continuation and not the
// end (Luma x20). The first `from` bytes were searched before.
func headEnd(b []byte, from int) int {
	at := max(0, from-2) // the last bytes may have been the beginning of \n\r\n
	for {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return 0
		}
		at += i + 1
		switch rest := b[at:]; {
		case bytes.HasPrefix(rest, []byte("\n")):
			return at + 1
		case bytes.HasPrefix(rest, []byte("\r\n")):
			return at + 2
		}
	}
}

// contentLength returns the value of Content-Length in a head, 0 without one.
func contentLength(head []byte) (int, error) {
	for line := range bytes.Lines(head) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !bytes.EqualFold(bytes.TrimSpace(name), []byte("Content-Length")) {
			continue
		}
		text := string(bytes.TrimSpace(value))
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return 0, fmt.Errorf("Content-Length %.40q is no number", text)
		}
		if n > maxBody {
			return 0, fmt.Errorf("Content-Length %d is more than the limit of %d", n, maxBody)
		}
		return int(n), nil
	}
	return 0, nil
}

// parseMessage parses an item of kind itemMessage. The result shares no memory with it.
func parseMessage(i item) (message, error) {
	start, rest, _ := strings.Cut(string(i.data[:i.head]), "\n")
	start = strings.TrimSpace(start)
	header, err := parseHeader(rest)
	if err != nil {
		return message{}, err
	}
	body := bytes.Clone(i.data[i.head:])
	if strings.HasPrefix(start, "RTSP/") {
		status, reason, err := parseStatusLine(start)
		return message{response: &Response{Status: status, Reason: reason, Header: header, Body: body}}, err
	}
	fields := strings.Fields(start)
	if len(fields) < 2 || len(start) > maxLine {
		return message{}, fmt.Errorf("bad request line %.80q", start)
	}
	return message{request: &Request{Method: fields[0], URL: fields[1], Header: header, Body: body}}, nil
}

// parseStatusLine parses "RTSP/1.0 200 OK" (RFC 2326 §7.1). The number alone counts: reason phrases may be missing and
// blanks repeated.
func parseStatusLine(line string) (status int, reason string, err error) {
	_, rest, _ := strings.Cut(line, " ")
	number, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
	status, err = strconv.Atoi(number)
	if err != nil || status < 100 || status > 599 {
		return 0, "", fmt.Errorf("bad status line %.80q", line)
	}
	return status, strings.TrimSpace(reason), nil
}

// parseHeader parses header lines (RFC 2326 §4.2, RFC 2068 §4.2). Blanks around name and value are dropped whatever
// their number (Hikvision sends eight, Longse some at the end), continuation lines joined, lines without a colon
// ignored.
func parseHeader(text string) (h Header, err error) {
	for line := range strings.Lines(text) {
		if len(line) > maxLine {
			return nil, fmt.Errorf("a header line of %d bytes, more than %d", len(line), maxLine)
		}
		value := strings.TrimSpace(line)
		if line[0] == ' ' || line[0] == '\t' {
			h.fold(value)
			continue
		}
		name, value, ok := strings.Cut(value, ":")
		if !ok {
			continue
		}
		if h.Add(strings.TrimSpace(name), strings.TrimSpace(value)); len(h) > maxFields {
			return nil, fmt.Errorf("more than %d header lines", maxFields)
		}
	}
	return h, nil
}

// fold appends a continuation line to the last field.
func (h Header) fold(text string) {
	if len(h) > 0 && text != "" {
		last := &h[len(h)-1]
		last.Value = strings.TrimSpace(last.Value + " " + text)
	}
}
