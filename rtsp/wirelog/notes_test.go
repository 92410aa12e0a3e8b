package wirelog_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/rtsp/wirelog"
)

// notesOf returns the comments of a message that was received in reply to a request of that method.
func notesOf(method, message string) string {
	var b bytes.Buffer
	trace := wirelog.New(&b, "").Trace()
	trace.Sent(start, crlf(method+" rtsp://camera/ RTSP/1.0\nCSeq: 1\n\n"))
	sentLines := strings.Count(b.String(), "\n")
	trace.Received(start.Add(time.Second), crlf(message))
	var notes []string
	for _, line := range strings.Split(b.String(), "\n")[sentLines:] {
		if _, note, found := strings.Cut(line, "# "); found {
			notes = append(notes, note)
		}
	}
	return strings.Join(notes, "\n")
}

func TestStartNotes(t *testing.T) {
	for message, want := range map[string]string{
		"RTSP/1.0 200 OK\nCSeq: 1\n\n": "answers SETUP after 1000.000 ms",
		"RTSP/1.0 200\nCSeq: 1 \n\n":   "answers SETUP after 1000.000 ms",
		"RTSP/1.0  461 No\ncseq:1\n\n": "answers SETUP after 1000.000 ms\nthe camera doesn't send that way: try another transport",
		"RTSP/1.0 200 OK\nCSeq: 9\n\n": "answers no request that is still known",
		"RTSP/1.0 200 OK\n\n":          "answers SETUP after 1000.000 ms",
		"ANNOUNCE * RTSP/1.0\n\n":      "describes what the sender offers",
		"junk":                         "",
	} {
		if got := notesOf("SETUP", message); got != want {
			t.Errorf("%q: got\n%s\nwant\n%s", message, got, want)
		}
	}
}

func TestHeaderNotes(t *testing.T) {
	for header, want := range map[string]string{
		"Session: 7;timeout=60":     "the session ends 60 s after the last sign of life\nthat is at 10:16:31 unless it is kept alive",
		"Session: 7; Timeout = 60":  "the session ends 60 s after the last sign of life\nthat is at 10:16:31 unless it is kept alive",
		"session:\t7 ; timeout=30 ": "the session ends 30 s after the last sign of life\nthat is at 10:16:01 unless it is kept alive",
		"Session: 7;timeout=0":      "the session ends 60 s after the last sign of life, since no time-out is said\nthat is at 10:16:31 unless it is kept alive",
		"Session: 7":                "the session ends 60 s after the last sign of life, since no time-out is said\nthat is at 10:16:31 unless it is kept alive",

		"Date: Fri, 20 Nov 2026 10:15:31 GMT":  "the camera's clock agrees with the host's to the second",
		"Date: Fri, 20 Nov 2026 10:15:21 GMT":  "the camera's clock is 10s behind the host's",
		"Date: Fri, Nov 20 2026 11:15:31 GMT":  "the camera's clock is 1h0m0s ahead of the host's",
		"Date:  Thu, Jan 01 1970 00:00:00 GMT": "the camera's clock is 498658h15m31s behind the host's",
		"Date: yesterday":                      "the sender's clock",

		"Public: DESCRIBE, SETUP":                            "the methods it knows",
		"Public: OPTIONS, Get_Parameter":                     "the methods it knows; can keep a session alive: GET_PARAMETER, OPTIONS",
		"Range: clock=19961108T142300Z-":                     "absolute time of the first frame (RFC 2326 §3.7)",
		"Range: npt=now-":                                    "live, from now on",
		"Range: npt=0.000000-":                               "seconds from the beginning; for a live camera: now (RFC 2326 §3.6)",
		"Range: smpte=0:10:20-":                              "what is played",
		"X-Accept-Retransmit: our-retransmit":                "not a header of RFC 2326",
		"Content-Type: text/parameters":                      "kind of body",
		"Content-Type: Application/SDP; charset=utf-8":       "the body is a session description (RFC 8866)",
		"Transport: RTP/AVP;unicast;client_port=40000-40001": "granted: UDP, RTP and RTCP to our ports 40000 and 40001\nfrom now on called stream 0",
		"Transport: RTP/AVP/TCP;unicast":                     "granted: RTP and RTCP on this connection, on channels that the camera names\nfrom now on called stream 0",
		"Transport: RTP/AVP;multicast":                       "granted: UDP multicast\nfrom now on called stream 0",
		"Transport: x":                                       "no protocol in the Transport header",
		"RTP-Info: url=rtsp://camera/1;seq=x,,url=b":         "stream 0 begins with sequence number x, time stamp unknown\nno stream that was set up: b",
		"WWW-Authenticate: Basic realm=\"a b\"":              "credentials for \"a b\" wanted\nBasic: the password travels in clear (RFC 2617 §2)",
		"WWW-Authenticate: Negotiate":                        "credentials for \"\" wanted",
		"WWW-Authenticate: Digest realm=x, stale=TRUE, qop=\"auth\", algorithm=SHA-256": "credentials for \"x\" wanted\n" +
			"Digest: a hash over password and nonce; SHA-256, qop auth; only the nonce was too old",
		"WWW-Authenticate: Digest realm=x, algorithm=MD5-sess": "credentials for \"x\" wanted\n" +
			"Digest: a hash over password and nonce; MD5-sess (the password is hashed with the first nonces, once), no qop, as in RFC 2069",
		"Authentication-Info: nextnonce=\"a\"": "the nonce for the next request, which saves a refusal (RFC 7616 §3.5)",
		"Authentication-Info: qop=auth":        "about the credentials that were sent (RFC 7616 §3.5)",
		"Transport: RTP/AVP;unicast;source=192.0.2.2;server_port=6000-6001": "granted: UDP, from its ports 6000 and 6001, from the address 192.0.2.2\n" +
			"from now on called stream 0",
	} {
		_, got, _ := strings.Cut(notesOf("SETUP", "RTSP/1.0 200 OK\nCSeq: 1\n"+header+"\n\n"), "\n")
		if got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", header, got, want)
		}
	}
}

func TestDescriptionNotes(t *testing.T) {
	for line, want := range map[string]string{
		"m=audio 0 RTP/AVP 0":       "media 0: audio, payload type 0 (PCMU at 8000 Hz unless rtpmap says otherwise)",
		"m=video 0 RTP/AVP 96 97":   "media 0: video, payload type 96 or 97",
		"m=vana":                    "a media with something missing",
		"b=TIAS:1000":               "at most 1000 bit/s without headers",
		"b=RR:0":                    "bandwidth",
		"t=1 2":                     "from when to when",
		"a=rtpmap:97 opus":          "payload type 97 is OPUS, without a clock rate",
		"a=rtpmap:97 L16/44100/2":   "payload type 97 is L16; 44100 ticks/s, time stamps wrap after 27h3m",
		"a=control:rtsp://camera/1": "the session has this URL",
		"a=x-dimensions:704,576":    "",
		"a=crypto:1 AES inline:abc": "keys of SRTP; not shown",
		"hello":                     "not a line of SDP",
		"a=extmap:4/sendonly urn:ietf:params:rtp-hdrext:ntp-64": "RTP header extension 4: when the frame was captured, as NTP time (RFC 6051)",
		"a=extmap:7 urn:ietf:params:rtp-hdrext:toffset":         "an RTP header extension and its number (RFC 8285)",
		"a=ts-refclk:ntp=/traceable/":                           "the clock that the sender's clock follows (RFC 7273 §4)",
		"a=mediaclk:direct=7 rate=1/1":                          "time stamps count the ticks of the reference clock since its epoch, plus this: each tells its time (RFC 7273 §5)",
		"a=mediaclk:sender":                                     "the time stamps follow the sender's own clock (RFC 7273 §5)",
		"a=mediaclk:x":                                          "how the media clock follows it (RFC 7273 §5)",
		"a=fmtp:96 packetization-mode=0":                        "packetization-mode: one NAL unit per packet (RFC 6184 §6.2)",
		"a=fmtp:96 packetization-mode=2":                        "packetization-mode: NAL units interleaved (RFC 6184 §6.4)",
		"a=fmtp:96 packetization-mode=x":                        "packetization-mode: unknown",
		"a=fmtp:96 profile-level-id=42C01E;sprop-parameter-sets=": "profile-level-id: H.264 Constrained Baseline, level 3.0\n" +
			"sprop-parameter-sets: empty; the parameter sets must come in the stream",
		"a=fmtp:96 profile-level-id=42100B":              "profile-level-id: H.264 Baseline, level 1b",
		"a=fmtp:96 profile-level-id=64100B":              "profile-level-id: H.264 High, level 1.1",
		"a=fmtp:96 profile-level-id=FF000B":              "profile-level-id: H.264 profile 255, level 1.1",
		"a=fmtp:96 profile-level-id=5046302":             "profile-level-id: nonsense; the parameter sets decide",
		"a=fmtp:96 sprop-parameter-sets=aO48gA==,!,QAE=": "sprop-parameter-sets: PPS of 4 bytes, something that isn't base64, NAL unit of type 0, 2 bytes",
		// A Dahua's H.265.
		"a=fmtp:98 profile-id=1;sprop-sps=QgEBAWAAAAMAsAAAAwAAAwBaoAWCAeFja5JFL83BQYFBAAADAAEAAAMADKE=;sprop-pps=RAHA8saNA7NA;" +
			"sprop-vps=QAEMAf//AWAAAAMAsAAAAwAAAwBarAwAAAMABAAAAwAyqA==": "profile-id: H.265 Main\n" +
			"sprop-sps: SPS of 44 bytes (H.265 Main, level 3.0)\nsprop-pps: PPS of 9 bytes\nsprop-vps: VPS of 34 bytes",
		"a=fmtp:98 sprop-vps=AA==":                   "sprop-vps: nothing of use; the parameter sets must come in the stream",
		"a=fmtp:97 mode=AAC-lbr;config=1188":         "mode: AAC frames of up to 63 bytes (RFC 3640 §3.3.5)\nconfig: AAC LC, 48000 Hz, channel configuration 1",
		"a=fmtp:96 config=0000000140010c01ffff01;x=": "",
		"a=fmtp:96 config=1f88":                      "",
	} {
		notes := notesOf("DESCRIBE", "RTSP/1.0 200 OK\nCSeq: 1\n\nv=0\n"+line+"\n")
		_, got, _ := strings.Cut(notes, "version of SDP")
		if got = strings.TrimPrefix(got, "\n"); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", line, got, want)
		}
	}
}
