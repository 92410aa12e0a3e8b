package wirelog_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestUDPPath: the way of datagrams is explained.
func TestUDPPath(t *testing.T) {
	var b bytes.Buffer
	s := newScript(t, &b)
	s.ask("SETUP "+base+"/trackID=1 RTSP/1.0\nCSeq: 4\nTransport: RTP/AVP;unicast;client_port=40000-40001\n\n",
		"RTSP/1.0 200 OK\nCSeq: 4\nTransport: RTP/AVP;unicast;client_port=40000-40001;server_port=6970-6971\nSession: 1\n\n")
	pair := func(host string, rtp, rtcp uint16) [2]netip.AddrPort {
		a := netip.MustParseAddr(host)
		return [2]netip.AddrPort{netip.AddrPortFrom(a, rtp), netip.AddrPortFrom(a, rtcp)}
	}
	ours := pair("192.168.5.2", 40000, 40001)
	s.trace.Opened(s.now, 0, ours, pair("192.168.5.106", 6970, 6971), 8<<20)
	s.trace.Punched(s.now, 0, pair("192.168.5.106", 6970, 6971))
	s.trace.Opened(s.now, 1, ours, pair("192.168.5.106", 0, 0), 0)
	for _, want := range []string{
		"asked for: UDP, RTP and RTCP to our ports 40000 and 40001\n", "ports 40000 and 40001, from its ports 6970 and 6971\n",
		"* garage  stream 0 over UDP: RTP to 192.168.5.2:40000, RTCP to 192.168.5.2:40001\n",
		"the system keeps up to 8388608 bytes until they are read\n",
		"* garage    from 192.168.5.106:6970 for RTP, 192.168.5.106:6971 for RTCP\n",
		"> garage  hole punching for stream 0: 192.168.5.106:6970 for RTP, 192.168.5.106:6971 for RTCP\n",
		"* garage    from 192.168.5.106 ", "the first packet will tell\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	checkLines(t, b.String())
}

// TestTLS: encryption and certificate are explained, and what a certificate says can't upset a terminal.
func TestTLS(t *testing.T) {
	var b bytes.Buffer
	s := newScript(t, &b)
	name := pkix.Name{CommonName: "cam\x1b[31m\n"}
	until := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	state := tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, ServerName: "garage.local",
		PeerCertificates: []*x509.Certificate{{Subject: name, Issuer: name, NotAfter: until}}}
	s.trace.TLS(s.now, state)
	state.ServerName, state.PeerCertificates[0].Issuer = "", pkix.Name{CommonName: "somebody"}
	s.trace.TLS(s.now, state)
	for _, want := range []string{
		"* garage  TLS 1.3, TLS_AES_128_GCM_SHA256", `server name "garage.local" was sent`, "no server name was sent",
		`certificate of "CN=cam\x1b[31m\n", by "CN=cam\x1b[31m\n", until 2030-01-02 03:04:05`, "it signed itself", `by "CN=somebody"`,
		"SHA-256 fingerprint E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Count(b.String(), "signed itself") != 1 {
		t.Errorf("self-signed, or not:\n%s", b.String())
	}
	checkLines(t, b.String())
}
