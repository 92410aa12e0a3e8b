package rtsp

import "strings"

// challenge is one authentication challenge, or the credentials that answer it: both have the form
// `Digest realm="a", nonce="b"` (RFC 2617 §1.2).
type challenge struct {
	scheme string
	params []Field
}

// param returns a parameter without its quotes.
func (c *challenge) param(name string) string { return Header(c.params).Get(name) }

// parseChallenges takes the value of a WWW-Authenticate field apart. Several challenges may stand in one field; commas
// may be missing, values unquoted, parameters in any order.
func parseChallenges(value string) (all []challenge) {
	for rest := strings.TrimLeft(value, ", \t"); rest != ""; rest = strings.TrimLeft(rest, ", \t") {
		var word, param string
		word, rest = cutWord(rest)
		if after := strings.TrimLeft(rest, " \t"); strings.HasPrefix(after, "=") {
			param, rest = cutValue(strings.TrimLeft(after[1:], " \t"))
			if len(all) > 0 && word != "" {
				last := &all[len(all)-1]
				last.params = append(last.params, Field{word, param})
			}
			continue
		}
		if word == "" { // a stray '=' or '"'
			rest = rest[1:]
			continue
		}
		all = append(all, challenge{scheme: word})
	}
	return all
}

// cutWord cuts s behind a scheme's or parameter's name.
func cutWord(s string) (word, rest string) {
	end := strings.IndexAny(s, `=, "`+"\t")
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}

// cutValue cuts s behind a parameter's value and unquotes it.
func cutValue(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		return cutBareValue(s)
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// cutBareValue is cutValue for a value without quotes: it ends at a comma, or before the blank and name of the next
// parameter, so that a bare realm may hold blanks.
func cutBareValue(s string) (value, rest string) {
	end := strings.IndexByte(s, ',')
	if end < 0 {
		end = len(s)
	}
	if next := strings.IndexByte(s[:end], '='); next >= 0 {
		if blank := strings.LastIndexAny(s[:next], " \t"); blank >= 0 {
			end = blank
		}
	}
	return strings.TrimRight(s[:end], " \t"), s[end:]
}

var quoter = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// quote returns s as a quoted-string.
func quote(s string) string { return `"` + quoter.Replace(s) + `"` }
