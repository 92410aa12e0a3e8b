package main

import (
	"encoding/hex"
	"errors"

	"github.com/timeslate/timeslate/rtsp"
)

// tlsFlags say how to know a camera of rtsps:// by its certificate.
type tlsFlags struct {
	insecure    *bool
	fingerprint *[]byte
}

func (f *flags) tls() tlsFlags {
	t := tlsFlags{fingerprint: new([]byte)}
	f.add((*fingerprintValue)(t.fingerprint), "tls-fingerprint", "", "HEX",
		"SHA-256 of the certificate that an rtsps:// camera must have, in place of\n"+
			"the usual checks (cameras have certificates that nobody signed)")
	t.insecure = f.bool("tls-insecure", "", "take any certificate of an rtsps:// camera: whoever is between reads along")
	return t
}

// check refuses what would make a user feel safe without a reason.
func (t tlsFlags) check(urls ...string) error {
	pinned := len(*t.fingerprint) > 0
	if pinned && *t.insecure {
		return usageError{errors.New("--tls-fingerprint and --tls-insecure exclude each other"),
			"the fingerprint alone is enough for a certificate that nobody signed"}
	}
	if !pinned && !*t.insecure {
		return nil
	}
	for _, url := range urls {
		if schemeOf(url) == "rtsps" {
			return nil
		}
	}
	return usageError{errors.New("--tls-fingerprint and --tls-insecure are for rtsps:// alone; no URL here begins with it"), ""}
}

// with returns d as the flags want it.
func (t tlsFlags) with(d rtsp.Dialer) rtsp.Dialer {
	d.TLSInsecure, d.TLSFingerprint = *t.insecure, *t.fingerprint
	return d
}

// fingerprintValue is the SHA-256 of a certificate, as openssl and browsers show it.
type fingerprintValue []byte

func (v *fingerprintValue) String() string { return hex.EncodeToString(*v) }
func (v *fingerprintValue) Set(s string) (err error) {
	*v, err = rtsp.ParseFingerprint(s)
	return err
}
