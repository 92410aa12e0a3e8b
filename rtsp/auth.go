package rtsp

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// auth answers a server's challenges. It goes on to use the last one for all requests of the session, and of the
// session on another connection to the same camera.
type auth struct {
	username string
	password Secret
	schemes  Scheme    // that may be used; 0 is any
	answered challenge // what credentials are made for; no scheme: none yet
	count    int       // requests with the nonce of answered (nc of RFC 7616 §3.4)
	cnonce   string    // ours, the same for as long as the challenge is
	first    string    // nonce of the challenge, if a later reply brought another
	refused  []int     // algorithms, by strength, that the camera offers but gets wrong
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
	best, bestRank := challenge{}, -1
	for _, value := range h.Values("WWW-Authenticate") {
		for _, c := range parseChallenges(value) {
			rank, err := a.rank(&c)
			switch {
			case err == nil && rank > bestRank:
				best, bestRank = c, rank
			case err != nil && len(problems) < maxProblems:
				problems = append(problems, err.Error())
			}
		}
	}
	if best.scheme == "" {
		return fmt.Errorf("no usable challenge (%s): %w", strings.Join(problems, "; "), ErrUnauthorized)
	}
	a.answered, a.count, a.cnonce, a.first = best, 0, newNonce(), ""
	return nil
}

// rank returns how much a challenge is to be preferred: Digest to Basic, and a strong hash to a weak one. What can't be
// answered is an error.
func (a *auth) rank(c *challenge) (int, error) {
	qop := c.param("qop")
	strength := strength(c.param("algorithm"))
	scheme := map[string]Scheme{"basic": Basic, "digest": Digest}[strings.ToLower(c.scheme)]
	switch {
	case scheme == 0:
		return 0, fmt.Errorf("scheme %.20q is not known", c.scheme)
	case a.schemes != 0 && a.schemes&scheme == 0:
		return 0, fmt.Errorf("scheme %s may not be used", c.scheme)
	case scheme == Basic:
		return 0, nil
	case strength < 0:
		return 0, fmt.Errorf("algorithm %.20q of Digest is not known", c.param("algorithm"))
	case slices.Contains(a.refused, strength):
		return 0, fmt.Errorf("credentials with algorithm %s of Digest were refused", algorithms[strength].name)
	case qop != "" && chooseQOP(qop) == "":
		return 0, fmt.Errorf("qop %.20q of Digest is not known", qop)
	case c.param("nonce") == "":
		return 0, errors.New("no nonce for Digest")
	}
	return len(algorithms) - strength, nil
}

// chooseQOP returns the quality of protection to be used of those that are offered. For us auth-int protects no more
// than auth, since our requests have no body, but there may be servers that want it.
func chooseQOP(offered string) string {
	for _, qop := range []string{"auth", "auth-int"} {
		if hasToken(offered, qop) {
			return qop
		}
	}
	return ""
}

// weaken takes the challenges of a 401 reply to credentials that should have been good, and chooses a weaker algorithm
// than the one that they were made with, if there is one: some cameras offer SHA-256 and get it wrong. It never goes
// down to Basic.
func (a *auth) weaken(h Header) bool {
	if a.answered.scheme == "" || a.basic() {
		return false
	}
	before := *a
	a.refused = append(slices.Clone(a.refused), strength(a.answered.param("algorithm")))
	if a.learn(h) == nil && !a.basic() {
		return true
	}
	*a = before
	return false
}

// renew takes the nonce for the next request, which a reply may bring (RFC 7616 §3.5).
func (a *auth) renew(info string) {
	next := ""
	for _, c := range parseChallenges("Digest " + info) { // it has the grammar of a challenge without its scheme
		next = c.param("nextnonce")
	}
	if next == "" || a.answered.scheme == "" || a.basic() {
		return
	}
	if a.first == "" {
		a.first = a.answered.param("nonce")
	}
	a.answered.params = slices.Clone(a.answered.params)
	for i := range a.answered.params {
		if p := &a.answered.params[i]; strings.EqualFold(p.Name, "nonce") {
			p.Value, a.count = next, 0
		}
	}
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
func (a *auth) authorization(q *Request) string {
	c := &a.answered
	switch {
	case c.scheme == "":
		return ""
	case a.basic():
		return "Basic " + a.token()
	}
	d := digest{
		algorithm: c.param("algorithm"), username: a.username, password: a.password, realm: c.param("realm"),
		nonce: c.param("nonce"), first: a.first, method: q.Method, uri: q.URL, body: q.Body,
	}
	if d.qop = chooseQOP(c.param("qop")); d.qop != "" {
		a.count++
		d.nc = fmt.Sprintf("%08x", a.count)
	}
	if d.qop != "" || algorithms[strength(d.algorithm)].session {
		d.cnonce = a.cnonce
	}
	return d.credentials(c.param("opaque"))
}

// token returns what Basic authentication sends: it is as good as the password.
func (a *auth) token() string {
	return base64.StdEncoding.EncodeToString([]byte(a.username + ":" + string(a.password)))
}

// leastHidden is the length from which on a password is looked for: a shorter one would hit words by chance.
const leastHidden = 4

// hide returns text of the camera's without the password. A camera knows it, also where it is not told.
func (a *auth) hide(text []byte) []byte {
	if len(a.password) < leastHidden {
		return text
	}
	text = bytes.ReplaceAll(text, []byte(a.password), []byte("***"))
	return bytes.ReplaceAll(text, []byte(a.token()), []byte("***"))
}

// credentials returns the whole value of the Authorization field.
func (d *digest) credentials(opaque string) string {
	b := fmt.Appendf(nil, `Digest username=%s, realm=%s, nonce=%s, uri="%s", response="%s"`,
		quote(d.username), quote(d.realm), quote(d.nonce), d.uri, d.response())
	if opaque != "" {
		b = fmt.Appendf(b, `, opaque=%s`, quote(opaque))
	}
	if d.algorithm != "" {
		b = fmt.Appendf(b, `, algorithm=%s`, d.algorithm)
	}
	if d.qop != "" {
		b = fmt.Appendf(b, `, qop=%s, nc=%s`, d.qop, d.nc)
	}
	if d.cnonce != "" {
		b = fmt.Appendf(b, `, cnonce="%s"`, d.cnonce)
	}
	return string(b)
}

// newNonce returns 64 random bits in hex.
func newNonce() string {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}
