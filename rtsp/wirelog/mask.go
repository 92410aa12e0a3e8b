package wirelog

import "regexp"

// The session masks the credentials it knows of before it calls a hook. These patterns find what else may be secret.
var secrets = []struct {
	pattern *regexp.Regexp
	masked  string
}{
	{regexp.MustCompile(`(?i)^(\s*(?:proxy-)?authorization\s*:\s*(?:\w+\s+)?).*`), "$1***"}, // RFC 2617
	{regexp.MustCompile(`(?i)(\w://)[^\s"<>]*@`), "$1***@"},                                 // userinfo of a URL
	{regexp.MustCompile(`(?i)\b(inline:).*`), "$1***"},                                      // SRTP keys (RFC 4568 §6.1)
	{regexp.MustCompile(`(?i)^(\s*(?:k=|a=key-mgmt:)).*`), "$1***"},                         // RFC 8866 §5.12, RFC 4567 §3.1
}

// mask returns a line without its secrets.
func mask(line string) string {
	for _, s := range secrets {
		line = s.pattern.ReplaceAllString(line, s.masked)
	}
	return line
}
