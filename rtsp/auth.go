package rtsp

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// auth answers a server's challenges. It goes on to use the last one for all requests of the session, and of the
// session on another connection to the same camera.
type auth struct {
	username string
	password Secret
	answered challenge // what credentials are made for; no scheme: none yet
	count    int       // requests with the nonce of answered (nc of RFC 2617 §3.2.2)
}

var errNoCredentials = fmt.Errorf("the camera asks for credentials, and there are none: %w", ErrUnauthorized)

// maxProblems is how many unusable challenges an error tells of; two or three is what cameras send.
const maxProblems = 4

// learn takes the challenges of a 401 reply. It returns an error when there is nothing that could be answered.
func (a *auth) learn(h Header) error {
	if a.username == "" {
		return errNoCredentials
	}
	var problems []string
	var offered []challenge
	for _, value := range h.Values("WWW-Authenticate") {
		offered = append(offered, parseChallenges(value)...)
	}
	best := challenge{}
	for _, c := range offered {
		if err := usable(&c); err != nil {
			if len(problems) < maxProblems {
				problems = append(problems, err.Error())
			}
		} else if best.scheme == "" || strings.EqualFold(best.scheme, "Basic") { // Digest is preferred, in either order
			best = c
		}
	}
	if best.scheme == "" {
		return fmt.Errorf("no usable challenge (%s): %w", strings.Join(problems, "; "), ErrUnauthorized)
	}
	a.answered, a.count = best, 0
	return nil
}

// usable returns nil for a challenge that authorization can answer.
func usable(c *challenge) error {
	algorithm, qop := c.param("algorithm"), c.param("qop")
	switch {
	case strings.EqualFold(c.scheme, "Basic"):
		return nil
	case !strings.EqualFold(c.scheme, "Digest"):
		return fmt.Errorf("scheme %.20q is not known", c.scheme)
	case algorithm != "" && !strings.EqualFold(algorithm, "MD5"):
		return fmt.Errorf("algorithm %.20q of Digest is not supported yet", algorithm)
	case qop != "" && !hasToken(qop, "auth"):
		return fmt.Errorf("qop %.20q of Digest is not supported", qop)
	case c.param("nonce") == "":
		return errors.New("no nonce for Digest")
	}
	return nil
}

// stale says whether the camera finds fault with nothing but the nonce (RFC 2617 §3.2.1).
func (a *auth) stale() bool { return strings.EqualFold(a.answered.param("stale"), "true") }

// differs says whether the challenge is another one than c.
func (a *auth) differs(c challenge) bool {
	return a.answered.scheme != c.scheme || a.answered.param("nonce") != c.param("nonce")
}

// basic says whether the password goes out readable.
func (a *auth) basic() bool { return strings.EqualFold(a.answered.scheme, "Basic") }

// authorization returns the value of the Authorization field for a request, or "" before the first challenge. The uri
// is the very string of the request line.
func (a *auth) authorization(method, uri string) string {
	c := &a.answered
	switch {
	case c.scheme == "":
		return ""
	case a.basic():
		return "Basic " + a.token()
	}
	d := digest{
		username: a.username, password: a.password, realm: c.param("realm"), nonce: c.param("nonce"),
		method: method, uri: uri,
	}
	if c.param("qop") != "" {
		a.count++
		d.qop, d.nc, d.cnonce = "auth", fmt.Sprintf("%08x", a.count), newNonce()
	}
	return d.credentials(c)
}

// token returns what Basic authentication sends: it is as good as the password.
func (a *auth) token() string {
	return base64.StdEncoding.EncodeToString([]byte(a.username + ":" + string(a.password)))
}

// leastHidden is the length from which on a password is looked for: a shorter one would hit words by chance.
const leastHidden = 4

// hide returns text of the camera's without the password, which it was told if it offered only Basic authentication.
func (a *auth) hide(text []byte) []byte {
	if !a.basic() || len(a.password) < leastHidden {
		return text
	}
	text = bytes.ReplaceAll(text, []byte(a.password), []byte("***"))
	return bytes.ReplaceAll(text, []byte(a.token()), []byte("***"))
}

// credentials returns the whole value of the Authorization field.
func (d *digest) credentials(c *challenge) string {
	b := fmt.Appendf(nil, `Digest username=%s, realm=%s, nonce=%s, uri="%s", response="%s"`,
		quote(d.username), quote(d.realm), quote(d.nonce), d.uri, d.response())
	if opaque := c.param("opaque"); opaque != "" {
		b = fmt.Appendf(b, `, opaque=%s`, quote(opaque))
	}
	if algorithm := c.param("algorithm"); algorithm != "" {
		b = fmt.Appendf(b, `, algorithm=%s`, algorithm)
	}
	if d.qop != "" {
		b = fmt.Appendf(b, `, qop=%s, nc=%s, cnonce="%s"`, d.qop, d.nc, d.cnonce)
	}
	return string(b)
}

// newNonce returns 64 random bits in hex.
func newNonce() string {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}
