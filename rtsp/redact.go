package rtsp

import "regexp"

// What is replaced by *** in errors and traces.
var redactions = []struct {
	what *regexp.Regexp
	with string
}{
	// The value of an Authorization line, but for the scheme.
	{regexp.MustCompile(`(?im)^(authorization:[ \t]*\w*).*?(\r?)$`), "$1 ***$2"},
	// The userinfo of a URL. It may hold '/' and '@', so all up to the last '@' of the word goes.
	{regexp.MustCompile(`(\w://)[^\s"<>]*@`), "$1***@"},
	// Passwords among the parameters of a URL; XM cameras separate them by '_' and not '&'.
	{regexp.MustCompile(`(?i)((?:password|passwd|pass|pwd)=)[^\s&"<>]*?(_channel|_stream|[\s&"<>]|$)`), "$1***$2"},
}

// redactBytes returns b without secrets. b itself is not changed.
func redactBytes(b []byte) []byte {
	for _, r := range redactions {
		b = r.what.ReplaceAll(b, []byte(r.with))
	}
	return b
}

// redact returns s without secrets.
func redact(s string) string { return string(redactBytes([]byte(s))) }
