package rtsp

import (
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// Scheme is a set of authentication schemes.
type Scheme uint8

// The schemes.
const (
	Basic  Scheme = 1 << iota // RFC 7617
	Digest                    // RFC 2617, with MD5 and without qop unless QOP is set
)

// Authenticator is the server's side of authentication. It holds no state: several connections may share one that is
// no longer changed. Without a username everybody is let in.
type Authenticator struct {
	Schemes  Scheme
	Realm    string
	Nonce    string // of Digest; another value makes clients authenticate again
	QOP      bool   // offer qop="auth", as newer servers do
	Username string
	Password Secret
}

// Challenge adds the WWW-Authenticate fields that belong into a 401 reply.
func (a *Authenticator) Challenge(h *Header) {
	if a.Schemes&Digest != 0 {
		value := `Digest realm=` + quote(a.Realm) + `, nonce=` + quote(a.Nonce)
		if a.QOP {
			value += `, qop="auth"`
		}
		h.Add("WWW-Authenticate", value)
	}
	if a.Schemes&Basic != 0 {
		h.Add("WWW-Authenticate", `Basic realm=`+quote(a.Realm))
	}
}

// Check says whether q carries the right credentials, for the current nonce.
func (a *Authenticator) Check(q *Request) bool {
	if a.Username == "" {
		return true
	}
	value := q.Header.Get("Authorization")
	scheme, rest, _ := strings.Cut(value, " ")
	switch {
	case strings.EqualFold(scheme, "Basic") && a.Schemes&Basic != 0:
		given, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
		return err == nil && equal(string(given), a.Username+":"+string(a.Password))
	case strings.EqualFold(scheme, "Digest") && a.Schemes&Digest != 0:
		return a.checkDigest(q, value)
	}
	return false
}

func (a *Authenticator) checkDigest(q *Request, value string) bool {
	parsed := parseChallenges(value) // Authorization has the grammar of a challenge
	if len(parsed) != 1 {
		return false
	}
	given := parsed[0]
	d := digest{
		username: a.Username, password: a.Password, realm: a.Realm, nonce: a.Nonce,
		method: q.Method, uri: q.URL,
		qop: given.param("qop"), nc: given.param("nc"), cnonce: given.param("cnonce"),
	}
	return given.param("username") == a.Username && given.param("nonce") == a.Nonce && given.param("uri") == q.URL &&
		(d.qop == "auth") == a.QOP && equal(given.param("response"), d.response())
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
