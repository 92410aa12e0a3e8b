package rtsp

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
)

// algorithm is one of Digest authentication.
type algorithm struct {
	name    string
	hash    func() hash.Hash
	session bool // the password is hashed with the first nonces (RFC 7616 §3.4.2)
}

// algorithms are those of RFC 7616 §3.3, the strongest first. What is not said is MD5 (RFC 2617 §3.2.1).
var algorithms = []algorithm{
	{"SHA-256", sha256.New, false},
	{"SHA-256-sess", sha256.New, true},
	{"SHA-512-256", sha512.New512_256, false},
	{"SHA-512-256-sess", sha512.New512_256, true},
	{"MD5", md5.New, false},
	{"MD5-sess", md5.New, true},
}

// strength returns the place of an algorithm in the list, -1 for one that is not known.
func strength(name string) int {
	if name == "" {
		name = "MD5"
	}
	return slices.IndexFunc(algorithms, func(a algorithm) bool { return strings.EqualFold(a.name, name) })
}

// digest is what the response of Digest authentication is computed from (RFC 7616 §3.4.1).
type digest struct {
	algorithm    string // as the server spells it; "" is MD5
	username     string
	password     Secret
	realm, nonce string
	first        string // nonce of the first request of the session; "": it is nonce
	method, uri  string
	body         []byte // for auth-int
	qop          string // "auth", "auth-int", or "" for the form of RFC 2069, which most cameras use
	nc, cnonce   string // with qop; cnonce also with algorithms of sessions
}

func (d *digest) response() string {
	a := algorithms[max(0, strength(d.algorithm))]
	sum := func(parts ...string) string {
		h := a.hash()
		h.Write([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(h.Sum(nil))
	}
	a1 := sum(d.username, d.realm, string(d.password))
	if a.session {
		first := d.first
		if first == "" {
			first = d.nonce
		}
		a1 = sum(a1, first, d.cnonce)
	}
	a2 := sum(d.method, d.uri)
	switch d.qop {
	case "":
		return sum(a1, d.nonce, a2)
	case "auth-int":
		a2 = sum(d.method, d.uri, sum(string(d.body)))
	}
	return sum(a1, d.nonce, d.nc, d.cnonce, d.qop, a2)
}
