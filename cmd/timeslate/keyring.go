package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/timeslate/timeslate/rtsp"
)

// login is what one camera wants to hear.
type login struct {
	user     string
	password rtsp.Secret
}

// keyring knows the credentials of cameras.
type keyring struct {
	others login            // of cameras without their own
	hosts  map[string]login // by host or host:port, in lower case
}

// of returns the credentials for a URL; none where the URL has its own.
func (k keyring) of(url string) login {
	host, port, user, err := rtsp.Login(url)
	if err != nil || user != "" {
		return login{} // what is wrong with the URL is told when it is dialled
	}
	host = strings.ToLower(host)
	if l, ok := k.hosts[net.JoinHostPort(host, strconv.Itoa(port))]; ok {
		return l
	}
	if l, ok := k.hosts[host]; ok {
		return l
	}
	return k.others
}

// dialer returns what connects to the camera of a URL.
func (k keyring) dialer(url string) rtsp.Dialer {
	l := k.of(url)
	return rtsp.Dialer{Username: l.user, Password: l.password, UserAgent: "timeslate/" + strings.Trim(version(), "()")}
}

// maxCredentials bounds what is read of a file with credentials: thousands of cameras.
const maxCredentials = 1 << 20

// read takes the credentials in a file. Nothing of a line is in an error: any part of it may be the password.
func (k *keyring) read(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCredentials+1))
	switch {
	case err != nil:
		return err
	case len(text) > maxCredentials:
		return fmt.Errorf("%s: longer than %d bytes", file, maxCredentials)
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return fmt.Errorf("%s is UTF-16 text; save it as UTF-8", file)
	}
	return k.parse(file, strings.TrimPrefix(string(text), "\ufeff"))
}

// parse takes lines of host, user and password. A password may hold blanks, but not at its ends.
func (k *keyring) parse(file, text string) error {
	k.hosts = map[string]login{}
	seen := map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		host, rest := cutField(line)
		user, password := cutField(rest)
		host, err := normalHost(host)
		switch {
		case password == "":
			err = errors.New("a line holds host, user and password, with blanks between them")
		case err == nil && seen[host] > 0:
			err = fmt.Errorf("the host has credentials on line %d already", seen[host])
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", file, i+1, err)
		}
		k.hosts[host], seen[host] = login{user, rtsp.Secret(password)}, i+1
	}
	return nil
}

// cutField cuts a line at its first blanks.
func cutField(line string) (field, rest string) {
	end := strings.IndexAny(line, " \t")
	if end < 0 {
		return line, ""
	}
	return line[:end], strings.TrimLeft(line[end:], " \t")
}

// normalHost returns a host with or without a port as the keyring has it. IPv6 addresses stand in brackets, without a port
// also bare.
func normalHost(s string) (string, error) {
	s = strings.ToLower(s)
	if strings.ContainsAny(s, "/@") {
		return "", errors.New("the host must stand there as in the URL, without the rest of it")
	}
	inner, bracket := strings.CutPrefix(s, "[")
	if inner, found := strings.CutSuffix(inner, "]"); bracket && found && inner != "" {
		return inner, nil
	}
	if net.ParseIP(s) != nil || !strings.ContainsAny(s, ":[]") {
		return s, nil
	}
	host, port, err := net.SplitHostPort(s)
	n, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || portErr != nil || host == "" || n == 0 {
		return "", errors.New("the host must be like camera, camera:554, 2001:db8::1 or [2001:db8::1]:554")
	}
	return net.JoinHostPort(host, strconv.FormatUint(n, 10)), nil
}

// readableByOthers tells whether other users of this host may read a file. Windows has no such modes, and systemd shows
// the mask of its access list as rights of the group (LoadCredential=).
func readableByOthers(file string, env environment) (mode fs.FileMode, open bool) {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || runtime.GOOS == "windows" {
		return 0, false
	}
	if dir := env.getenv("CREDENTIALS_DIRECTORY"); dir != "" && filepath.Dir(file) == filepath.Clean(dir) {
		return 0, false
	}
	mode = info.Mode().Perm()
	return mode, mode&0o077 != 0
}
