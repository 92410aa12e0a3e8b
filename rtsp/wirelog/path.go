package wirelog

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/timeslate/timeslate/rtsp"
)

// tls tells of the encryption of the connection.
func (l *Log) tls(at time.Time, state tls.ConnectionState) {
	l.begin(at)
	l.line(remark, 0, fmt.Sprintf("%s, %s", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite)),
		"encrypted: this log shows what Wireshark can't see", serverName(state.ServerName))
	for i, c := range state.PeerCertificates {
		text, note := fmt.Sprintf("certificate of %q, by %q, until %s", c.Subject, c.Issuer, c.NotAfter.UTC().Format(time.DateTime)), ""
		if c.Issuer.String() == c.Subject.String() {
			note = "it signed itself, so nobody vouches for it but its fingerprint"
		}
		l.line(remark, 1, text, note)
		if i == 0 {
			sum := sha256.Sum256(c.Raw)
			l.line(remark, 1, "SHA-256 fingerprint "+rtsp.FormatFingerprint(sum[:]), "by this the camera can be told from others: it may be pinned")
		}
	}
	l.out.flush()
}

// serverName explains the name that the client sent (RFC 6066 §3).
func serverName(name string) string {
	if name == "" {
		return "no server name was sent, since the URL has an address"
	}
	return fmt.Sprintf("the server name %q was sent, by which it may choose a certificate", name)
}

// opened tells of the sockets of a stream.
func (l *Log) opened(at time.Time, stream int, local, remote [2]netip.AddrPort, buffer int) {
	l.begin(at)
	l.line(remark, 0, fmt.Sprintf("%s over UDP: RTP to %v, RTCP to %v", l.streamName(stream), local[0], local[1]),
		"an even port and the one above (RFC 3550 §11)", kept(buffer))
	l.line(remark, 1, "from "+ports(remote), source(remote))
	l.out.flush()
}

// kept says how much may come while nobody reads.
func kept(buffer int) string {
	if buffer == 0 {
		return ""
	}
	return fmt.Sprintf("the system keeps up to %d bytes until they are read", buffer)
}

// source explains what is known of where packets come from.
func source(remote [2]netip.AddrPort) string {
	if remote[0].Port() == 0 {
		return "the camera hasn't said its port: the first packet will tell"
	}
	return "packets from elsewhere are not taken, except from another port of the camera if none come from this one"
}

// ports formats the addresses for RTP and RTCP.
func ports(a [2]netip.AddrPort) string {
	var b []string
	for i, name := range []string{"RTP", "RTCP"} {
		if a[i].Port() != 0 {
			b = append(b, fmt.Sprintf("%v for %s", a[i], name))
		}
	}
	if b == nil {
		return a[0].Addr().String()
	}
	return strings.Join(b, ", ")
}

// punched tells of the packets that open the way.
func (l *Log) punched(at time.Time, stream int, to [2]netip.AddrPort) {
	l.begin(at)
	l.line(sent, 0, fmt.Sprintf("hole punching for %s: %s", l.streamName(stream), ports(to)),
		"an empty RTP packet and an empty receiver report: firewalls and NAT let in what seems to answer them")
	l.out.flush()
}
