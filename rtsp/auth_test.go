package rtsp

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"
)

func TestDigestVectors(t *testing.T) {
	d := digest{
		username: "Mufasa", password: "Circle Of Life", realm: "testrealm@host.com",
		nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", method: "GET", uri: "/dir/index.html",
		qop: "auth", nc: "00000001", cnonce: "0a4f113b",
	}
	if got := d.response(); got != "6629fae49393a05397450978507c4ef1" { // RFC 2617 §3.5
		t.Errorf("RFC 2617: %s", got)
	}
	d.password, d.qop = "CircleOfLife", ""
	if got := d.response(); got != "1949323746fe6a43ef61f9606e7febea" { // RFC 2069 §2.4, with erratum 749
		t.Errorf("RFC 2069: %s", got)
	}
	d = digest{
		username: "Mufasa", password: "Circle of Life", realm: "http-auth@example.org",
		nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", method: "GET", uri: "/dir/index.html",
		qop: "auth", nc: "00000001", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
	}
	for algorithm, want := range map[string]string{ // RFC 7616 §3.9.1; the others by another program, for the same input
		"MD5":              "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256":          "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
		"MD5-sess":         "e783283f46242139c486a698fec7211d",
		"sha-256-SESS":     "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7",
		"SHA-512-256":      "430d05014cecc49cab6fbe03176d41a1da86cbfe24a16580e22aaad928d960d0",
		"SHA-512-256-sess": "3f2a34f923c38b0fb26dce2fdfc2ce326c23cecf86fbb1444f3e51fbbc2cb92e",
	} {
		if d.algorithm = algorithm; d.response() != want {
			t.Errorf("%s: %s", algorithm, d.response())
		}
	}
	d.algorithm, d.qop = "SHA-256", "auth-int"
	if got := d.response(); got != "8bdf6f15638e260831e905028de5450562816d093c9bfc5c13d3a46adcdde940" {
		t.Errorf("auth-int: %s", got)
	}
}

func TestParseChallenges(t *testing.T) {
	digest := func(params ...string) challenge {
		c := challenge{scheme: "Digest"}
		for i := 0; i < len(params); i += 2 {
			c.params = append(c.params, Field{params[i], params[i+1]})
		}
		return c
	}
	for _, c := range []struct {
		name, in string
		want     []challenge
	}{
		{"two in one line", `Basic realm="a, b", Digest realm="c", nonce="d"`,
			[]challenge{{"Basic", []Field{{"realm", "a, b"}}}, digest("realm", "c", "nonce", "d")}},
		{"no commas", `Digest realm="a" nonce="b" opaque=""`, []challenge{digest("realm", "a", "nonce", "b", "opaque", "")}},
		{"no quotes", `Digest realm=IP Camera, nonce=b stale=false`,
			[]challenge{digest("realm", "IP Camera", "nonce", "b", "stale", "false")}},
		{"blanks around '='", "Digest\trealm = \"a\" ,nonce= b", []challenge{digest("realm", "a", "nonce", "b")}},
		{"escapes", `Digest realm="a\"b\\c"`, []challenge{digest("realm", `a"b\c`)}},
		{"no end of quotes", `Digest realm="a, b`, []challenge{digest("realm", "a, b")}},
		{"a backslash at the end", `Digest realm="a\`, []challenge{digest("realm", `a\`)}},
		{"scheme alone", `Negotiate, Basic realm="a"`, []challenge{{scheme: "Negotiate"}, {"Basic", []Field{{"realm", "a"}}}}},
		{"nonsense", `"=", =x,,`, nil},
	} {
		if got := parseChallenges(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestChallenges: which credentials are given for what a camera asks.
func TestChallenges(t *testing.T) {
	for _, c := range []struct {
		name       string
		challenges []string
		want       string // beginning of Authorization; or an error
	}{
		{"Basic, then Digest", []string{`Basic realm="r"`, `Digest realm="r", nonce="n"`}, `Digest username="us\"er", realm="r", nonce="n", uri="rtsp://h/"`},
		{"Digest, then Basic", []string{`Digest realm="r", nonce="n"`, `Basic realm="r"`}, `Digest username="us\"er"`},
		{"Basic", []string{`basic realm="r"`}, "Basic dXMiZXI6cA=="},
		{"Hikvision", fixture(t, "hikvision_unauthorized").Header.Values("WWW-Authenticate"), `Digest username="us\"er", realm="IP Camera(12345)"`},
		{"Longse", fixture(t, "longse_unauthorized").Header.Values("WWW-Authenticate"), `Digest username="us\"er", realm="Surveillance Server", nonce="38486080"`},
		{"MD5", []string{`Digest realm="r", nonce="n", algorithm=md5, opaque="o"`}, `Digest username="us\"er"`},
		{"SHA-256 and MD5", []string{`Digest realm="a", nonce="n", algorithm=SHA-256`, `Digest realm="b", nonce="n", algorithm="MD5"`}, `Digest username="us\"er", realm="a"`},
		{"MD5 and SHA-256 in one line", []string{`Digest realm="b", nonce="n", Digest realm="a", nonce="n", algorithm=sha-256, Basic realm="c"`}, `Digest username="us\"er", realm="a"`},
		{"Prama: SHA-256 alone", []string{`Digest realm="a", nonce="n", algorithm="SHA-256"`}, `Digest username="us\"er", realm="a"`},
		{"TP-Link: an unknown algorithm beside MD5", []string{`Digest realm="a", nonce="n", algorithm=SHA-3`, `Digest realm="b", nonce="n"`}, `Digest username="us\"er", realm="b"`},
		{"an unknown algorithm alone", []string{`Digest realm="a", nonce="n", algorithm=SHA-3`}, `algorithm "SHA-3" of Digest is not known`},
		{"auth-int alone", []string{`Digest realm="a", nonce="n", qop="auth-int"`}, `Digest username="us\"er", realm="a"`},
		{"unknown qop", []string{`Digest realm="a", nonce="n", qop="token"`}, `qop "token" of Digest is not known`},
		{"no nonce", []string{`Digest realm="a"`}, "no nonce for Digest"},
		{"unknown", []string{"Negotiate"}, `scheme "Negotiate" is not known`},
		{"none", nil, "no usable challenge"},
	} {
		a := auth{username: `us"er`, password: "p"}
		var h Header
		for _, v := range c.challenges {
			h.Add("Www-Authenticate", v)
		}
		got := ""
		if err := a.learn(h); err != nil {
			if got = err.Error(); !errors.Is(err, ErrUnauthorized) || !strings.Contains(got, c.want) {
				t.Errorf("%s: error %v", c.name, err)
			}
			continue
		}
		if got = a.authorization(&Request{Method: "OPTIONS", URL: "rtsp://h/"}); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

// TestDigestParameters: what is in the credentials besides the response, which follows the challenge.
func TestDigestParameters(t *testing.T) {
	for _, c := range []struct {
		challenge string
		with      []string
		without   []string
	}{
		{`Digest realm="r", nonce="n"`, nil, []string{"opaque", "algorithm", "qop", "nc=", "cnonce"}},
		{`Digest realm="r", nonce="n", opaque="o", algorithm=MD5`, []string{`, opaque="o"`, ", algorithm=MD5"}, []string{"qop"}},
		{`Digest realm="r", nonce="n", opaque="", stale="FALSE"`, nil, []string{"opaque", "stale"}},
		{`Digest realm="r", nonce="n", qop="auth,auth-int"`, []string{`, qop=auth, nc=00000001, cnonce="`}, []string{"auth-int"}},
		{`Digest realm="r", nonce="n", qop="auth-int"`, []string{`, qop=auth-int, nc=00000001, cnonce="`}, nil},
		{`Digest realm="r", nonce="n", algorithm=MD5-sess`, []string{`, algorithm=MD5-sess, cnonce="`}, []string{"qop", "nc="}},
	} {
		a := auth{username: "u", password: "p"}
		if err := a.learn(Header{{"WWW-Authenticate", c.challenge}}); err != nil {
			t.Errorf("%s: %v", c.challenge, err)
			continue
		}
		got := a.authorization(&Request{Method: "OPTIONS", URL: "rtsp://h/"})
		for _, s := range c.with {
			if !strings.Contains(got, s) {
				t.Errorf("%s: no %s in %s", c.challenge, s, got)
			}
		}
		for _, s := range c.without {
			if strings.Contains(got, s) {
				t.Errorf("%s: %s in %s", c.challenge, s, got)
			}
		}
	}
}

// TestAuthenticator: the client's answers satisfy the server's check, and nothing else does.
func TestAuthenticator(t *testing.T) {
	for _, server := range []Authenticator{
		{Schemes: Basic}, {Schemes: Digest}, {Schemes: Digest, QOP: true}, {Schemes: Basic | Digest},
		{Schemes: Digest, Algorithms: []string{"MD5", "SHA-256"}, QOP: true}, {Schemes: Digest, Algorithms: []string{"MD5-sess"}},
		{Schemes: Digest, Algorithms: []string{"SHA-256-sess"}, QOP: true}, {Schemes: Digest, Algorithms: []string{"SHA-512-256"}},
	} {
		server.Realm, server.Nonce, server.Username, server.Password = `a "realm"`, "n", "user", "pass:word"
		client := auth{username: "user", password: "pass:word"}
		q := &Request{Method: MethodDescribe, URL: "rtsp://h/a?b=c"}
		if server.Check(q) {
			t.Errorf("%+v lets in who has no credentials", server)
		}
		var h Header
		server.Challenge(&h)
		if err := client.learn(h); err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			value := client.authorization(q)
			if server.QOP && !strings.Contains(value, fmt.Sprintf("qop=auth, nc=0000000%d, cnonce=", i+1)) {
				t.Errorf("no qop in %s", value)
			}
			q.Header = Header{{"authorization", value}}
			if !server.Check(q) {
				t.Errorf("%+v refuses %s", server, value)
			}
		}
		if err := client.learn(h); err != nil {
			t.Fatal(err)
		}
		if value := client.authorization(q); server.QOP && !strings.Contains(value, "nc=00000001,") {
			t.Errorf("requests with the nonce are not counted from 1 again: %s", value)
		}
		client.password = "other"
		q.Header[0].Value = client.authorization(q)
		if server.Check(q) {
			t.Errorf("%+v lets in a wrong password", server)
		}
	}
	if a := (&Authenticator{Schemes: Digest}); !a.Check(&Request{}) {
		t.Error("without a username everybody is let in")
	}
}

// TestAlgorithmNotOffered: good credentials with an algorithm that the server did not offer are refused.
func TestAlgorithmNotOffered(t *testing.T) {
	a := Authenticator{Schemes: Digest, Realm: "r", Nonce: "n", Username: "user", Password: "pass", Algorithms: []string{"SHA-256"}}
	q := &Request{Method: MethodDescribe, URL: "rtsp://h/a"}
	for algorithm, want := range map[string]bool{"": false, "MD5": false, "SHA-256": true, "SHA-512-256": false, "x": false} {
		d := digest{algorithm: algorithm, username: "user", password: "pass", realm: "r", nonce: "n", method: q.Method, uri: q.URL}
		q.Header = Header{{"Authorization", d.credentials("")}}
		if a.Check(q) != want {
			t.Errorf("%q: let in: %v", algorithm, !want)
		}
	}
}

// TestNextNonce: a reply may bring the nonce for the next request.
func TestNextNonce(t *testing.T) {
	for _, algorithm := range []string{"MD5", "SHA-256-sess"} {
		a := auth{username: "u", password: "p"}
		if err := a.learn(Header{{"WWW-Authenticate", `Digest realm="r", nonce="1", qop="auth", algorithm=` + algorithm}}); err != nil {
			t.Fatal(err)
		}
		q := &Request{Method: MethodOptions, URL: "*"}
		a.authorization(q)
		before := a.answered
		for _, info := range []string{`nextnonce="1b"`, `rspauth="x", nextnonce="2", qop=auth`, "", `=`, `qop=auth`} {
			a.renew(info)
		}
		c := parseChallenges(a.authorization(q))[0]
		want := digest{algorithm: algorithm, username: "u", password: "p", realm: "r", nonce: "2", first: "1", method: q.Method,
			uri: q.URL, qop: "auth", nc: "00000001", cnonce: a.cnonce}
		if c.param("nonce") != "2" || c.param("nc") != want.nc || c.param("response") != want.response() {
			t.Errorf("%s: %+v", algorithm, c)
		}
		if before.param("nonce") != "1" {
			t.Error("what was answered before has changed")
		}
	}
}

// TestSchemes: what may not be used is not.
func TestSchemes(t *testing.T) {
	both := Header{{"WWW-Authenticate", `Digest realm="r", nonce="n"`}, {"WWW-Authenticate", `Basic realm="r"`}}
	for schemes, want := range map[Scheme]string{0: "Digest ", Digest: "Digest ", Basic: "Basic ", Basic | Digest: "Digest "} {
		a := auth{username: "u", password: "p", schemes: schemes}
		if err := a.learn(both); err != nil {
			t.Errorf("%d: %v", schemes, err)
		}
		if got := a.authorization(&Request{Method: MethodOptions, URL: "*"}); !strings.HasPrefix(got, want) {
			t.Errorf("%d: %s", schemes, got)
		}
	}
	camera := &testCamera{auth: Authenticator{Schemes: Basic, Username: "u", Password: "p"}}
	d := camera.dialer(t)
	d.Schemes = Digest
	s, err := d.Dial(t.Context(), "rtsp://u:p@cam/")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Describe(t.Context()); !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "scheme Basic may not be used") {
		t.Errorf("Digest alone: %v", err)
	}
	if got := camera.methods(); got != MethodOptions {
		t.Errorf("requests %s", got)
	}
}

// TestSHA256GotWrong: a camera that offers SHA-256 and MD5, and takes MD5 only.
func TestSHA256GotWrong(t *testing.T) {
	for _, right := range []bool{true, false} {
		camera := &testCamera{auth: Authenticator{Schemes: Digest | Basic, Nonce: "0", Username: "u", Password: "p"}}
		camera.lag = func(c net.Conn) net.Conn {
			return &rewriter{c, func(b []byte) []byte {
				return bytes.Replace(b, []byte("WWW-Auth"), []byte("WWW-Authenticate: Digest realm=r, nonce=0, algorithm=SHA-256\r\nWWW-Auth"), 1)
			}}
		}
		url := "rtsp://u:wrong@cam/"
		if right {
			url = "rtsp://u:p@cam/"
		}
		s, err := camera.dialer(t).Dial(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err = s.Describe(t.Context()); right != (err == nil) || !right && !errors.Is(err, ErrUnauthorized) {
			t.Errorf("the password is right: %v; %v", right, err)
		}
		want := "OPTIONS OPTIONS OPTIONS"
		if right {
			want += " DESCRIBE"
		}
		if got := camera.methods(); got != want {
			t.Errorf("the password is right: %v; requests %s", right, got)
		}
		if s.auth.basic() {
			t.Error("the password went out in clear")
		}
	}
}

// TestStolenCredentials: good ones are good for their request, nonce and qop only.
func TestStolenCredentials(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*digest, *Request)
		qop    bool
	}{
		{"another nonce", func(d *digest, _ *Request) { d.nonce = "old" }, false},
		{"another URL", func(d *digest, _ *Request) { d.uri = "rtsp://h/other" }, false},
		{"another method", func(_ *digest, q *Request) { q.Method = MethodTeardown }, false},
		{"without the qop that was asked for", func(d *digest, _ *Request) { d.qop = "" }, true},
		{"another username", func(d *digest, _ *Request) { d.username = "other" }, false},
	} {
		a := Authenticator{Schemes: Digest, Realm: "r", Nonce: "n", QOP: c.qop, Username: "user", Password: "pass"}
		q := &Request{Method: MethodDescribe, URL: "rtsp://h/a"}
		d := digest{username: "user", password: "pass", realm: "r", nonce: "n", method: q.Method, uri: q.URL}
		if c.qop {
			d.qop, d.nc, d.cnonce = "auth", "00000001", "c"
		}
		q.Header = Header{{"Authorization", d.credentials("")}}
		if !a.Check(q) {
			t.Errorf("%s: refused before the change", c.name)
		}
		c.change(&d, q)
		if q.Header[0].Value = d.credentials(""); a.Check(q) {
			t.Errorf("%s: let in", c.name)
		}
	}
	a := Authenticator{Schemes: Digest, Realm: "r", Nonce: "n", Username: "user", Password: "pass"}
	q := &Request{Method: MethodDescribe, URL: "rtsp://h/a"}
	good := digest{username: "user", password: "pass", realm: "r", nonce: "n", method: q.Method, uri: q.URL}
	for _, said := range []string{`nonce="n"`, `uri="rtsp://h/a"`, `username="user"`} {
		name, _, _ := strings.Cut(said, "=")
		value := strings.Replace(good.credentials(""), said, name+`="other"`, 1)
		if q.Header = (Header{{"Authorization", value}}); a.Check(q) {
			t.Errorf("let in: %s", value)
		}
	}
}
