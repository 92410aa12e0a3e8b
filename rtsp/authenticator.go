package rtsp

import (
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"strings"
)

// Scheme is a set of authentication schemes.
type Scheme uint8

// The schemes.
const (
	Basic  Scheme = 1 << iota // RFC 7617
	Digest                    // RFC 7616, with MD5 and without qop unless Algorithms and QOP are set
)

// Authenticator is the server's side of authentication. It holds no state: several connections may share one that is
// no longer changed. Without a username everybody is let in.
type Authenticator struct {
	Schemes Scheme
	Realm   string
	Nonce   string // of Digest; another value makes clients authenticate again
	QOP     bool   // offer qop="auth", as newer servers do
	// Algorithms are those of Digest, each with a challenge of its own: SHA-256 for example. None stands for MD5, which
	// the challenge does not name, as is usual.
	Algorithms []string
	Username   string
	Password   Secret
}

// Challenge adds the WWW-Authenticate fields that belong into a 401 reply.
func (a *Authenticator) Challenge(h *Header) {
	for _, algorithm := range a.algorithms() {
		value := `Digest realm=` + quote(a.Realm) + `, nonce=` + quote(a.Nonce)
		if algorithm != "" {
			value += `, algorithm=` + algorithm
		}
		if a.QOP {
			value += `, qop="auth"`
		}
		h.Add("WWW-Authenticate", value)
	}
	if a.Schemes&Basic != 0 {
		h.Add("WWW-Authenticate", `Basic realm=`+quote(a.Realm))
	}
}

// algorithms returns what Digest is offered with.
func (a *Authenticator) algorithms() []string {
	switch {
	case a.Schemes&Digest == 0:
		return nil
	case len(a.Algorithms) == 0:
		return []string{""}
	}
	return a.Algorithms
}

// offers says whether an algorithm was offered.
func (a *Authenticator) offers(algorithm string) bool {
	n := strength(algorithm)
	return n >= 0 && slices.ContainsFunc(a.algorithms(), func(other string) bool { return strength(other) == n })
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
		algorithm: given.param("algorithm"), body: q.Body, username: a.Username, password: a.Password, realm: a.Realm, nonce: a.Nonce,
		method: q.Method, uri: q.URL,
		qop: given.param("qop"), nc: given.param("nc"), cnonce: given.param("cnonce"),
	}
	return a.offers(d.algorithm) && given.param("username") == a.Username && given.param("nonce") == a.Nonce && given.param("uri") == q.URL &&
		(d.qop == "auth") == a.QOP && equal(given.param("response"), d.response())
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
