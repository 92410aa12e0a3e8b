package rtsp

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	defaultPort = 554 // RFC 2326 §3.2
	securePort  = 322 // that of rtsps (RFC 7826 §19.2)
)

// target is a camera's URL taken apart.
type target struct {
	scheme   string // lower case
	host     string // name or address, without brackets
	port     int
	url      string // without userinfo: what goes onto request lines
	username string
	password Secret
}

// address returns host and port for dialling.
func (t *target) address() string { return net.JoinHostPort(t.host, strconv.Itoa(t.port)) }

// secure says whether the connection is TLS.
func (t *target) secure() bool { return t.scheme == "rtsps" }

// parseURL takes a URL apart. It is more lenient than net/url about passwords, which people paste as they are: the
// userinfo may hold '@', '#', '%', '?', '/' and ':'. Errors don't quote it.
func parseURL(raw string) (target, error) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(raw), "://")
	t := target{scheme: strings.ToLower(scheme)}
	switch {
	case !ok:
		return target{}, errors.New("not an RTSP URL: it has no scheme")
	case t.scheme != "rtsp" && t.scheme != "rtsps":
		return target{}, errors.New("not an RTSP URL: it has another scheme")
	}
	userinfo, rest := cutUserinfo(rest)
	t.username, t.password = parseUserinfo(userinfo)
	authority, path := cutAuthority(rest)
	host, port, ok := parseAuthority(authority)
	if !ok {
		return target{}, errors.New("no host or a bad port in the URL")
	}
	if t.host, t.port = host, port; port == 0 {
		t.port = defaultPort
		if t.secure() {
			t.port = securePort
		}
	}
	t.url = t.scheme + "://" + authority + cleanURL(path)
	return t, nil
}

// cleanURL makes s fit for a request line, for the uri of Digest and for a terminal: what can't be printed goes out
// percent-encoded, but for line ends and NUL, which are dropped.
func cleanURL(s string) string {
	var b []byte
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		whole := s[i : i+size]
		switch {
		case r == '\r' || r == '\n' || r == 0:
		case r == ' ' || r == '"' || !unicode.IsPrint(r) || r == utf8.RuneError && size == 1:
			for _, c := range []byte(whole) {
				b = fmt.Appendf(b, "%%%02X", c)
			}
		default:
			b = append(b, whole...)
		}
	}
	return string(b)
}

// cutAuthority cuts what follows "://" before the path or query.
func cutAuthority(s string) (authority, path string) {
	if end := strings.IndexAny(s, "/?"); end >= 0 {
		return s[:end], s[end:]
	}
	return s, ""
}

// cutUserinfo cuts the userinfo off what follows "://": what stands before the first '@' that a host follows, if the
// text does not begin with one.
func cutUserinfo(s string) (userinfo, rest string) {
	for start := 0; ; {
		authority, _ := cutAuthority(s[start:])
		if _, _, ok := parseAuthority(authority); ok {
			return s[:max(0, start-1)], s[start:]
		}
		at := strings.IndexByte(s[start:], '@')
		if at < 0 {
			return "", s
		}
		start += at + 1
	}
}

// parseAuthority parses host, host:port, [v6] and [v6]:port. The port is 0 when it is not given.
func parseAuthority(s string) (host string, port int, ok bool) {
	host = s
	if colon := strings.LastIndexByte(s, ':'); colon > strings.LastIndexByte(s, ']') {
		n, err := strconv.ParseUint(s[colon+1:], 10, 16)
		if err != nil || n == 0 {
			return "", 0, false
		}
		host, port = s[:colon], int(n)
	}
	if host == "" || strings.ContainsFunc(host, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", 0, false
	}
	if inner, found := strings.CutPrefix(host, "["); found {
		host, found = strings.CutSuffix(inner, "]")
		return host, port, found && host != ""
	}
	return host, port, !strings.ContainsAny(host, "@:[] \"<>")
}

// parseUserinfo splits user:password and resolves percent encoding where it is valid.
func parseUserinfo(s string) (username string, password Secret) {
	name, pass, _ := strings.Cut(s, ":")
	return unescape(name), Secret(unescape(pass))
}

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// contentBase returns the base URL that a DESCRIBE reply names, repaired, or the request's URL (RFC 2326 §C.1.1). The
// URL is for request lines only: whatever host it names, requests go to the host that was dialled.
func contentBase(value string, request string) string {
	value = cleanURL(strings.TrimSpace(value))
	for strings.HasPrefix(value, "rtsp://rtsp://") { // a bridge that doubles the scheme
		value = value[len("rtsp://"):]
	}
	scheme, rest, absolute := strings.Cut(value, "://")
	switch {
	case value == "":
		return request
	case absolute:
		return scheme + "://" + stripUserinfo(rest)
	case strings.HasPrefix(value, "/"):
		return origin(request) + value
	}
	return "rtsp://" + stripUserinfo(value) // Anjvision: "192.168.1.10:554/stream0/"
}

// stripUserinfo drops the userinfo of what follows "://". Camera URLs hold '@' in the path too, so only a userinfo
// before the first '/' counts.
func stripUserinfo(s string) string {
	authority, _ := cutAuthority(s)
	return s[strings.LastIndexByte(authority, '@')+1:]
}

// origin returns scheme and authority of a URL.
func origin(u string) string {
	scheme, rest, _ := strings.Cut(u, "://")
	authority, _ := cutAuthority(rest)
	return scheme + "://" + authority
}

// joinControl returns the URL of an a=control value. Relative values are appended with a '/', as live555 and ffmpeg do
// and cameras expect, and not resolved as RFC 3986 has it, which would eat the last segment of H264DVR's base and the
// query of Dahua's.
func joinControl(base, control string) string {
	control = cleanURL(control)
	scheme, rest, absolute := strings.Cut(control, "://")
	switch {
	case control == "" || control == "*":
		return base
	case absolute && !strings.ContainsAny(scheme, "/?"):
		return scheme + "://" + stripUserinfo(rest)
	case strings.HasPrefix(control, "?"):
		return base + control
	}
	return strings.TrimRight(base, "/") + "/" + strings.TrimLeft(control, "/")
}

// controlURLs returns the URLs by which a media may be set up, the best first: the others are tried when the camera
// answers 400 or 404.
func controlURLs(base, control, request string) []string {
	urls := []string{joinControl(base, control)}
	if strings.HasPrefix(control, "/") { // an absolute path, by the letter of RFC 3986
		urls = append(urls, origin(base)+cleanURL(control))
	}
	// A camera behind NAT may write its own address and then refuse it (Axis).
	if first := urls[0]; origin(first) != origin(request) {
		urls = append(urls, withOrigin(first, request))
	}
	return urls
}

// withOrigin returns u with scheme and authority of another URL.
func withOrigin(u, other string) string { return origin(other) + u[len(origin(u)):] }
