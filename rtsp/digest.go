package rtsp

import (
	"crypto/md5"
	"encoding/hex"
	"strings"
)

// digest is what the response of Digest authentication is computed from (RFC 2617 §3.2.2).
type digest struct {
	username     string
	password     Secret
	realm, nonce string
	method, uri  string
	qop          string // "auth", or "" for the form of RFC 2069, which most cameras use
	nc, cnonce   string // with qop
}

func (d *digest) response() string {
	a1 := md5Hex(d.username, d.realm, string(d.password))
	a2 := md5Hex(d.method, d.uri)
	if d.qop == "" {
		return md5Hex(a1, d.nonce, a2)
	}
	return md5Hex(a1, d.nonce, d.nc, d.cnonce, d.qop, a2)
}

func md5Hex(parts ...string) string {
	sum := md5.Sum([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(sum[:])
}
