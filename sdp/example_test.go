package sdp_test

import (
	"fmt"
	"strings"

	"github.com/timeslate/timeslate/sdp"
)

func Example() {
	// What a camera replied to DESCRIBE: bare line feeds, no o= line, audio of a static payload type.
	description := `v=0
s=Garage
t=0 0
a=control:*
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1;profile-level-id=4D001F
a=control:trackID=1
m=audio 0 RTP/AVP 8
a=control:trackID=2
m=application/TP-LINK 0 RTP/AVP smart/1/90000
`
	session, warnings, err := sdp.Parse([]byte(description))
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, m := range session.Media {
		if len(m.Formats) == 0 {
			fmt.Println(i, m.Kind, "can't be used")
			continue
		}
		f := m.Formats[0]
		fmt.Println(i, m.Kind, m.Control, f.PayloadType, f.RTPMap())
	}
	fmt.Println(warnings[0])
	// Output:
	// 0 video trackID=1 96 H264/90000
	// 1 audio trackID=2 8 PCMA/8000
	// 2 application/tp-link can't be used
	// SDP line 11: "smart/1/90000" is not a payload type
}

func ExampleSession_Append() {
	session := sdp.Session{
		Name: "Garage",
		Media: []sdp.Media{{
			Kind:    "video",
			Proto:   "RTP/AVP",
			Control: "trackID=0",
			Formats: []sdp.Format{{PayloadType: 96, Encoding: "H264", ClockRate: 90000, Params: "packetization-mode=1"}},
		}},
	}
	fmt.Print(strings.ReplaceAll(string(session.Append(nil)), "\r\n", "\n"))
	// Output:
	// v=0
	// o=- 0 0 IN IP4 0.0.0.0
	// s=Garage
	// c=IN IP4 0.0.0.0
	// t=0 0
	// m=video 0 RTP/AVP 96
	// a=rtpmap:96 H264/90000
	// a=fmtp:96 packetization-mode=1
	// a=control:trackID=0
}
