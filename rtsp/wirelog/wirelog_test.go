package wirelog_test

import (
	"bytes"
	"flag"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/rtsp"
	"github.com/timeslate/timeslate/rtsp/wirelog"
)

var update = flag.Bool("update", false, "write the golden files")

var start = time.Date(2026, 11, 20, 10, 15, 30, 0, time.UTC)

// script plays a session to the hooks of a log, in virtual time.
type script struct {
	t     *testing.T
	trace *rtsp.Trace
	now   time.Time
	frame int // pictures sent
}

func newScript(t *testing.T, w io.Writer) *script {
	return &script{t: t, trace: wirelog.New(w, "garage").Trace(), now: start}
}

func (s *script) wait(d time.Duration) { s.now = s.now.Add(d) }

func crlf(text string) []byte { return []byte(strings.ReplaceAll(text, "\n", "\r\n")) }

// ask sends a request and receives its reply 8 ms later.
func (s *script) ask(request, reply string) {
	s.trace.Sent(s.now, crlf(request))
	s.wait(8 * time.Millisecond)
	s.trace.Received(s.now, crlf(reply))
	s.wait(time.Millisecond)
}

func (s *script) rtp(stream int, h rtp.Header, payload int) {
	h.Version = 2
	b, err := (&rtp.Packet{Header: h, Payload: make([]byte, payload)}).Marshal()
	if err != nil {
		s.t.Fatal(err)
	}
	s.trace.Packet(&rtsp.Packet{Stream: stream, Data: b, Arrival: s.now})
}

func (s *script) rtcp(stream int, packets ...rtcp.Packet) {
	s.trace.Packet(&rtsp.Packet{Stream: stream, RTCP: true, Data: s.marshal(packets), Arrival: s.now})
}

func (s *script) marshal(packets []rtcp.Packet) []byte {
	b, err := rtcp.Marshal(packets)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

const (
	videoSSRC = 0x4cacc3d1
	audioSSRC = 0x9fc9fff8
	ourSSRC   = 0x00c0ffee
	base      = "rtsp://192.168.5.106:554/h264Preview_01_main"
)

// handshake plays everything up to PLAY, for two streams, against a camera that wants credentials.
func (s *script) handshake() {
	s.trace.Connected(s.now, &net.TCPAddr{IP: net.IPv4(192, 168, 5, 2), Port: 51234}, &net.TCPAddr{IP: net.IPv4(192, 168, 5, 106), Port: 554})
	s.wait(time.Millisecond)
	s.ask("OPTIONS "+base+" RTSP/1.0\nCSeq: 1\nUser-Agent: timeslate\n\n",
		"RTSP/1.0 200 OK\nCSeq: 1\nDate: Fri, Nov 20 2026 10:15:33 GMT\n"+
			"Public: OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY, GET_PARAMETER, SET_PARAMETER\n\n")
	s.ask("DESCRIBE "+base+" RTSP/1.0\nCSeq: 2\nAccept: application/sdp\nUser-Agent: timeslate\n\n",
		"RTSP/1.0 401 Unauthorized\nCSeq: 2\nWWW-Authenticate: Digest realm=\"Surveillance Server\", nonce=\"98481030\"\n"+
			"WWW-Authenticate: Basic realm=\"Surveillance Server\"\n\n")
	s.ask("DESCRIBE "+base+" RTSP/1.0\nCSeq: 3\nAccept: application/sdp\nAuthorization: Digest ***\n\n",
		"RTSP/1.0 200 OK\nCSeq: 3\nContent-Base: "+base+"/\nContent-Type: application/sdp\nContent-Length: "+strconv.Itoa(len(crlf(sdp)))+"\n"+
			"X-Vendor: 1\n\n"+sdp)
	s.ask("SETUP "+base+"/trackID=1 RTSP/1.0\nCSeq: 4\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\n\n",
		"RTSP/1.0 200 OK\nCSeq: 4\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=4cacc3d1;mode=\"play\"\n"+
			"Session:        708345999;timeout=60\n\n")
	s.ask("SETUP "+base+"/trackID=2 RTSP/1.0\nCSeq: 5\nTransport: RTP/AVP/TCP;unicast;interleaved=2-3\nSession: 708345999\n\n",
		"RTSP/1.0 200 OK\nCSeq: 5\nTransport: RTP/AVP/TCP;unicast;interleaved=2-3\nSession: 708345999\n\n")
	s.ask("PLAY "+base+"/ RTSP/1.0\nCSeq: 6\nSession: 708345999\nRange: npt=0.000-\n\n",
		"RTSP/1.0 200 OK\nCSeq: 6\nSession: 708345999\nRange: npt=now-\nRTP-Info: "+
			"url=trackID=1;seq=65530;rtptime=1270711678,url=trackID=2;seq=1;rtptime=0\n\n")
}

const sdp = `v=0
o=- 1619813458434609 1 IN IP4 192.168.5.106
s=Session streamed by "preview"
t=0 0
a=control:*
a=range:npt=0-
m=video 0 RTP/AVP 96
c=IN IP4 0.0.0.0
b=AS:500
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1;profile-level-id=640033;sprop-parameter-sets=Z2QAM6zoAoALWQ==,aO48MA==
a=control:trackID=1
a=recvonly
m=audio 0 RTP/AVP 97
a=rtpmap:97 MPEG4-GENERIC/16000
a=fmtp:97 streamtype=5;profile-level-id=15;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408; profile=1;
a=control:trackID=2
`

// media plays seconds of a camera that sends 25 pictures of three packets and 15 packets of sound per second, and loses
// one packet in the first second. Its clock is 496 ms ahead and its media clock 10 ppm fast.
func (s *script) media(seconds int) {
	for range 25 * seconds {
		i := s.frame
		for j := range 3 {
			if n := 3*i + j; n != 7 {
				s.rtp(0, rtp.Header{PayloadType: 96, SSRC: videoSSRC, SequenceNumber: uint16(65530 + n),
					Timestamp: 1270711678 + uint32(3600*i), Marker: j == 2}, 1000)
			}
		}
		if i%25 < 15 {
			n := i/25*15 + i%25
			s.rtp(1, rtp.Header{PayloadType: 97, SSRC: audioSSRC, SequenceNumber: uint16(500 + n),
				Timestamp: 77000 + uint32(1024*n), Marker: true}, 200)
		}
		s.frame++
		s.wait(40 * time.Millisecond)
	}
}

func (s *script) senderReport(rtpTime uint32, packets uint32) *rtcp.SenderReport {
	return &rtcp.SenderReport{SSRC: videoSSRC, NTPTime: uint64(ntp.FromTime(s.now.Add(496 * time.Millisecond))),
		RTPTime: rtpTime, PacketCount: packets, OctetCount: packets * 1000}
}

func (s *script) session() {
	s.handshake()
	s.media(1)
	first := s.senderReport(1270801678+44640, 75)
	s.rtcp(0, first, rtcp.NewCNAMESourceDescription(videoSSRC, "camera@192.168.5.106"))
	s.media(2)
	s.trace.SentRTCP(s.now, 0, s.marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: ourSSRC, Reports: []rtcp.ReceptionReport{{
		SSRC: videoSSRC, FractionLost: 3, TotalLost: 1, LastSequenceNumber: 1<<16 | 144, Jitter: 90,
		LastSenderReport: ntp.Time(first.NTPTime).Middle(), Delay: 2 << 16}}}}))
	s.trace.SentRTCP(s.now, 1, s.marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: ourSSRC, Reports: []rtcp.ReceptionReport{{
		SSRC: audioSSRC, TotalLost: 0xffffff}}}}))
	s.wait(3 * time.Second)
	s.rtcp(0, s.senderReport(1270801678+44640+450005, 225))
	s.trace.Skipped(s.now, 123456, 17)
	s.ask("GET_PARAMETER "+base+"/ RTSP/1.0\nCSeq: 7\nSession: 708345999\n\n", "RTSP/1.0 454 Session Not Found\nCSeq: 7\n\n")
	s.rtcp(1, &rtcp.Goodbye{Sources: []uint32{audioSSRC}, Reason: "reboot"})
	s.trace.Closed(s.now, io.ErrUnexpectedEOF)
}

// TestGolden compares the log of a whole session with testdata/session.txt.
func TestGolden(t *testing.T) {
	var b bytes.Buffer
	newScript(t, &b).session()
	golden := filepath.Join("testdata", "session.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("not as in %s (go test -update writes it):\n%s", golden, b.Bytes())
	}
}
