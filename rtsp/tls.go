package rtsp

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// ParseFingerprint parses the SHA-256 fingerprint of a certificate for Dialer.TLSFingerprint: 64 hex digits, in any
// case, with or without colons or blanks, also with what openssl x509 -fingerprint -sha256 writes before it.
func ParseFingerprint(s string) ([]byte, error) {
	digits := s[strings.LastIndexByte(s, '=')+1:]
	if before, after, found := strings.Cut(digits, ":"); found && strings.EqualFold(strings.ReplaceAll(before, "-", ""), "sha256") {
		digits = after
	}
	b, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(digits))
	if err != nil || len(b) != sha256.Size {
		return nil, fmt.Errorf("fingerprint %.100q is not one of SHA-256: 64 hex digits, with or without colons", s)
	}
	return b, nil
}

// FormatFingerprint returns a fingerprint as people compare it, and as ParseFingerprint takes it.
func FormatFingerprint(sum []byte) string {
	return strings.ReplaceAll(strings.ToUpper(fmt.Sprintf("% x", sum)), " ", ":")
}

// fingerprint returns the SHA-256 of the server's own certificate, nil without one.
func fingerprint(state tls.ConnectionState) []byte {
	if len(state.PeerCertificates) == 0 {
		return nil
	}
	sum := sha256.Sum256(state.PeerCertificates[0].Raw)
	return sum[:]
}

// secure starts TLS on a fresh connection to t. With an address in the place of a name no name is sent (RFC 6066 §3),
// and the certificate must name the address.
func (s *Session) secure(ctx context.Context, c net.Conn, t target) (net.Conn, error) {
	d := &s.dialer
	config := &tls.Config{ServerName: t.host, RootCAs: d.roots}
	if d.TLSInsecure || len(d.TLSFingerprint) > 0 {
		config.InsecureSkipVerify = true
	}
	if len(d.TLSFingerprint) > 0 {
		config.VerifyConnection = d.verifyFingerprint
	}
	secured := tls.Client(c, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, explainTLS(err)
	}
	return secured, nil
}

// verifyFingerprint is the check of a certificate that is pinned.
func (d *Dialer) verifyFingerprint(state tls.ConnectionState) error {
	if got := fingerprint(state); string(got) != string(d.TLSFingerprint) {
		return fmt.Errorf("the camera's certificate has the SHA-256 fingerprint %s and not %s: somebody is in between, or it "+
			"has a new one, which its web page shows", FormatFingerprint(got), FormatFingerprint(d.TLSFingerprint))
	}
	return nil
}

// explainTLS says what to do about a handshake that failed.
func explainTLS(err error) error {
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		leaf := fingerprint(tls.ConnectionState{PeerCertificates: bad.UnverifiedCertificates})
		return fmt.Errorf("%w: most cameras sign their certificate themselves; if it is the camera's, trust it by its SHA-256 "+
			"fingerprint, %s", err, FormatFingerprint(leaf))
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return fmt.Errorf("%w: there is no TLS on this port, so it may be one for rtsp://; that for rtsps:// is mostly %d", err, securePort)
	}
	return fmt.Errorf("TLS: %w", err)
}

// noteTLS tells of the TLS of a fresh connection.
func (s *Session) noteTLS(c net.Conn) {
	secured, ok := c.(*tls.Conn)
	if s.secured = ok; !ok {
		return
	}
	state := secured.ConnectionState()
	s.dialer.Trace.tls(time.Now(), state)
	if s.dialer.TLSInsecure && len(s.dialer.TLSFingerprint) == 0 {
		s.warn(1, "the camera's certificate is not checked; its SHA-256 fingerprint is "+FormatFingerprint(fingerprint(state)))
	}
}

// secureURL makes a URL fit for a request line on this connection: cameras that name rtsp:// URLs in answer to an rtsps
// one redirect those who use them, in a circle (Bambu).
func (s *Session) secureURL(u string) string {
	if rest, found := strings.CutPrefix(u, "rtsp://"); found && s.secured {
		return "rtsps://" + rest
	}
	return u
}
