package rtsp

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"Authorization: Digest username=\"u\", response=\"abc\"\r\nCSeq: 1\r\n": "Authorization: Digest ***\r\nCSeq: 1\r\n",
		"authorization:Basic dTpw\r\n":                                          "authorization:Basic ***\r\n",
		"Location: rtsp://u:p/x@y@h/a\r\n":                                      "Location: rtsp://***@h/a\r\n",
		"rtsp://h/a?b=c":                                                        "rtsp://h/a?b=c",
		"rtsp://h/user=admin&password=geheim&channel=1":                         "rtsp://h/user=admin&password=***&channel=1",
		"rtsp://h/user=a_password=ge_h_channel=1_stream=0":                      "rtsp://h/user=a_password=***_channel=1_stream=0",
		"rtsp://h/?PWD=geheim RTSP/1.0":                                         "rtsp://h/?PWD=*** RTSP/1.0",
		"a=control:rtsp://u:p@h/track1\r\ns=x":                                  "a=control:rtsp://***@h/track1\r\ns=x",
	} {
		if got := redact(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

// TestNoSecretLeaves runs a session with everything traced and printed, and looks for the password.
func TestNoSecretLeaves(t *testing.T) {
	const password = "hunter2"
	for _, scheme := range []Scheme{Basic, Digest} {
		var out strings.Builder
		camera := &testCamera{auth: Authenticator{Schemes: scheme, Realm: "r", Nonce: "n", Username: "u", Password: password}}
		camera.handle = on(MethodPlay, func(_ *ServerConn, q *Request) *Response {
			return answer(q, 302, "Location", "rtsp://u:"+password+"@cam/")
		})
		d := camera.dialer(t)
		d.Trace = &Trace{
			Sent:     func(_ time.Time, m []byte) { out.Write(m) },
			Received: func(_ time.Time, m []byte) { out.Write(m) },
			Closed:   func(_ time.Time, err error) { fmt.Fprint(&out, err) },
		}
		d.Username, d.Password = "u", password
		s, err := d.Dial(t.Context(), "rtsp://u:"+password+"@cam/?password="+password)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		desc, err := s.Describe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(&out, s.Setup(t.Context(), &desc.Media[0], TCP))
		_, err = s.Play(t.Context())
		fmt.Fprint(&out, err, s.Warnings(), s.Teardown(t.Context()))
		fmt.Fprintf(&out, "%v %#v %+v %#v %v %+v %#v %s", d.Password, d.Password, d, *d, s, s, s, s)
		asJSON, _ := json.Marshal(d.Password)
		out.Write(asJSON)
		if basic := "dTpodW50ZXIy"; strings.Contains(out.String(), password) || strings.Contains(out.String(), basic) {
			t.Errorf("the password is in\n%s", out.String())
		}
		if !strings.Contains(out.String(), "***") || !strings.Contains(out.String(), "PLAY") {
			t.Errorf("nothing was traced:\n%s", out.String())
		}
	}
	if Secret("").String() != "" || Secret("a").String() != "***" {
		t.Error("Secret.String")
	}
}
