package rtsp

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// certificate returns one that signed itself.
func certificate(t *testing.T, name string, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Unix(0, 0), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// serveTLS makes the camera speak TLS.
func (c *testCamera) serveTLS(certificate tls.Certificate, sni *string) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		*sni = h.ServerName
		return nil, nil
	}
	c.lag = func(conn net.Conn) net.Conn { return tls.Server(conn, config) }
}

// TestTLS plays over rtsps, with certificates of all kinds.
func TestTLS(t *testing.T) {
	good, pool := certificate(t, "cam", time.Now().Add(time.Hour))
	expired, expiredPool := certificate(t, "cam", time.Unix(1, 0))
	sum := sha256.Sum256(good.Certificate[0])
	expiredSum := sha256.Sum256(expired.Certificate[0])
	for _, c := range []struct {
		name        string
		certificate tls.Certificate
		dialer      Dialer
		url         string
		dialled     string
		sni         string
		want        string // of the error
	}{
		{"trusted", good, Dialer{roots: pool}, "rtsps://cam/stream", "cam:322", "cam", ""},
		{"self-signed", good, Dialer{roots: expiredPool}, "rtsps://cam/stream", "cam:322", "cam", "x509: certificate signed by unknown authority"},
		{"another name", good, Dialer{roots: pool}, "rtsps://door/stream", "door:322", "door", "x509: certificate is valid for cam, not door"},
		{"an address", good, Dialer{roots: pool}, "rtsps://192.0.2.2:554/stream", "192.0.2.2:554", "", "x509: cannot validate certificate for 192.0.2.2"},
		{"expired", expired, Dialer{roots: expiredPool}, "rtsps://cam/stream", "cam:322", "cam", "x509: certificate has expired"},
		{"any will do", expired, Dialer{TLSInsecure: true}, "rtsps://192.0.2.2/stream", "192.0.2.2:322", "", ""},
		{"pinned", expired, Dialer{TLSFingerprint: expiredSum[:]}, "rtsps://192.0.2.2/stream", "192.0.2.2:322", "", ""},
		{"pinned, and any will do: the pin counts", expired, Dialer{TLSFingerprint: sum[:], TLSInsecure: true}, "rtsps://cam/stream", "cam:322", "cam", "and not " + FormatFingerprint(sum[:])},
		{"pinned, but another", expired, Dialer{TLSFingerprint: sum[:]}, "rtsps://cam/stream", "cam:322", "cam", "fingerprint " + FormatFingerprint(expiredSum[:])},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sni, requests string
			camera := &testCamera{auth: Authenticator{Schemes: Basic, Username: "u", Password: "p"}}
			camera.serveTLS(c.certificate, &sni)
			d := &c.dialer
			d.DialContext = camera.dialer(t).DialContext
			d.ListenPacket = func(context.Context, string, string) (net.PacketConn, error) {
				t.Error("a socket for media in clear, beside TLS")
				return nil, syscall.EADDRINUSE
			}
			d.Username, d.Password = "u", "p"
			var state tls.ConnectionState
			d.Trace = &Trace{
				TLS:  func(_ time.Time, s tls.ConnectionState) { state = s },
				Sent: func(_ time.Time, m []byte) { requests += string(m) },
			}
			camera.handle = on(MethodDescribe, func(_ *ServerConn, q *Request) *Response { // Bambu names rtsp:// URLs
				r := answer(q, 200, "Content-Base", "rtsp://cam/stream/")
				r.Body = []byte(testSDP)
				return r
			})
			s, err := d.Dial(t.Context(), c.url)
			if sni != c.sni || camera.dialled[0] != c.dialled {
				t.Errorf("dialled %v, server name %q", camera.dialled, sni)
			}
			if c.want != "" {
				fingerprint := FormatFingerprint(func() []byte { sum := sha256.Sum256(c.certificate.Certificate[0]); return sum[:] }())
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), fingerprint) {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			desc, err := s.Describe(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Setup(t.Context(), &desc.Media[0], UDP); !errors.Is(err, ErrTransport) {
				t.Errorf("UDP beside TLS: %v", err)
			}
			if err := s.Setup(t.Context(), &desc.Media[0], TCP); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Play(t.Context()); err != nil {
				t.Fatal(err)
			}
			camera.conns[0].WriteInterleaved(0, rtp(7))
			var p Packet
			if err := s.ReadPacket(&p); err != nil || p.Data[3] != 7 {
				t.Errorf("%+v, %v", p, err)
			}
			if err := s.Teardown(t.Context()); err != nil {
				t.Error(err)
			}
			if strings.Contains(requests, "rtsp://") || state.Version < tls.VersionTLS12 {
				t.Errorf("TLS %x, requests %s", state.Version, requests)
			}
			w := fmt.Sprint(s.Warnings())
			if strings.Contains(w, "in clear") || strings.Contains(w, "is not checked; its SHA-256 fingerprint is") != d.TLSInsecure {
				t.Errorf("warnings %s", w)
			}
		})
	}
}

// TestNoTLS: a port for rtsp:// is not one for rtsps://.
func TestNoTLS(t *testing.T) {
	camera := &testCamera{lag: func(c net.Conn) net.Conn {
		c.Write([]byte("RTSP/1.0 400 Bad Request\r\n\r\n"))
		return c
	}}
	_, err := camera.dialer(t).Dial(t.Context(), "rtsps://cam:554/")
	if err == nil || !strings.Contains(err.Error(), "there is no TLS on this port") {
		t.Errorf("error %v", err)
	}
}

// TestTLSIsNotGivenUp: redirections to a connection without TLS are not followed.
func TestTLSIsNotGivenUp(t *testing.T) {
	good, pool := certificate(t, "cam", time.Now().Add(time.Hour))
	var sni string
	camera := &testCamera{handle: on(MethodDescribe, func(_ *ServerConn, q *Request) *Response {
		return answer(q, 302, "Location", "rtsp://cam:322/stream")
	})}
	camera.serveTLS(good, &sni)
	d := camera.dialer(t)
	d.roots = pool
	s, err := d.Dial(t.Context(), "rtsps://cam/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err = s.Describe(t.Context()); err == nil || !strings.Contains(err.Error(), "from TLS to a connection without it") || len(camera.dialled) != 1 {
		t.Errorf("error %v, dialled %v", err, camera.dialled)
	}
	camera.conns[0].WriteRequest(&Request{Method: MethodRedirect, URL: "*", Header: Header{{"Location", "rtsp://cam/a"}}})
	if _, err = s.Describe(t.Context()); !errors.Is(err, ErrRedirect) || err.(*Error).Location != "" {
		t.Errorf("error %v", err)
	}
}

func TestParseFingerprint(t *testing.T) {
	sum := sha256.Sum256([]byte("a certificate"))
	colons := FormatFingerprint(sum[:])
	for _, in := range []string{
		colons, strings.ToLower(colons), hex.EncodeToString(sum[:]), strings.ReplaceAll(colons, ":", " "),
		"SHA256 Fingerprint=" + colons, "sha256:" + hex.EncodeToString(sum[:]), " " + colons + " ",
	} {
		if got, err := ParseFingerprint(in); err != nil || !bytes.Equal(got, sum[:]) {
			t.Errorf("%q: %x, %v", in, got, err)
		}
	}
	for _, in := range []string{"", colons[3:], colons + ":00", "xx" + colons[2:], "sha1:" + colons} {
		if got, err := ParseFingerprint(in); err == nil {
			t.Errorf("%q: %x", in, got)
		}
	}
}

func FuzzParseFingerprint(f *testing.F) {
	f.Add("SHA256 Fingerprint=" + FormatFingerprint(make([]byte, 32)))
	f.Fuzz(func(t *testing.T, s string) {
		b, err := ParseFingerprint(s)
		if err != nil {
			return
		}
		if again, err := ParseFingerprint(FormatFingerprint(b)); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x became %x, %v", b, again, err)
		}
	})
}

// TestKindsOfErrors: what a recorder makes its next try depend on.
func TestKindsOfErrors(t *testing.T) {
	for _, c := range []struct {
		err  error // of dialling
		want bool
	}{
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, true},
		{&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}, true},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Name: "cam", IsNotFound: true}}, true},
		{io.ErrUnexpectedEOF, false},
	} {
		d := Dialer{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, c.err }}
		_, err := d.Dial(t.Context(), "rtsp://cam/")
		if e, ok := errors.AsType[*Error](err); !ok || e.Unreachable() != c.want {
			t.Errorf("%v: unreachable %v", err, !c.want)
		}
	}
	for _, c := range []struct {
		method, reply string
		busy          bool
	}{
		{MethodSetup, "453 Not Enough Bandwidth", true},
		{MethodSetup, "503 Service Unavailable", true},
		{MethodSetup, "500 Internal Server Error", true},
		{MethodPlay, "500 Internal Server Error", true},
		{MethodDescribe, "500 Internal Server Error", false},
		{MethodDescribe, "503 Service Unavailable", true},
		{MethodDescribe, "302 Try Other Server", true},
		{MethodSetup, "404 Not Found", false},
	} {
		camera := &testCamera{handle: on(c.method, raw("RTSP/1.0 "+c.reply+"\r\nCSeq: $CSEQ\r\n\r\n"))}
		err := tryPlay(t, camera.dialer(t))
		if errors.Is(err, ErrBusy) != c.busy || !strings.Contains(err.Error(), c.reply) {
			t.Errorf("%s %s: %v", c.method, c.reply, err)
		}
		if e, ok := errors.AsType[*Error](err); !ok || e.Unreachable() {
			t.Errorf("%v is said to be unreachable", err)
		}
	}
}

// TestCloseTLS: closing does not wait for a camera that reads nothing.
func TestCloseTLS(t *testing.T) {
	good, pool := certificate(t, "cam", time.Now().Add(time.Hour))
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe() // has no buffer: who writes waits for the other end
		defer b.Close()
		go tls.Server(b, &tls.Config{Certificates: []tls.Certificate{good}}).Handshake()
		secured := tls.Client(a, &tls.Config{ServerName: "cam", RootCAs: pool})
		if err := secured.Handshake(); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if err := closeAtOnce(secured); err != nil || time.Since(begin) > 0 {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}
