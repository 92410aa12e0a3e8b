package sdp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/timeslate/timeslate/sdp"
)

// quirks holds a description, or the telling part of one, for each way in which cameras were seen to break the rules,
// and what must come out of it (see describe), one media per line.
var quirks = []struct {
	name     string // the camera, and what it does
	sdp      string
	want     string
	warnings int
}{
	{
		name: "Reolink: nothing wrong",
		sdp: "v=0\r\no=- 1619813458434609 1 IN IP4 192.168.5.206\r\ns=Session streamed by \"preview\"\r\n" +
			"i=h264Preview_01_main\r\nt=0 0\r\na=tool:LIVE555 Streaming Media v2013.04.08\r\na=type:broadcast\r\n" +
			"a=control:*\r\na=range:npt=0-\r\na=x-qt-text-nam:Session streamed by \"preview\"\r\n" +
			"m=video 0 RTP/AVP 96\r\nc=IN IP4 0.0.0.0\r\nb=AS:500\r\na=rtpmap:96 H264/90000\r\na=range:npt=0-\r\n" +
			"a=fmtp:96 packetization-mode=1;profile-level-id=640033;sprop-parameter-sets=Z2QAM6zoAoALWQ==,aO48MA==\r\n" +
			"a=control:trackID=1\r\nm=audio 0 RTP/AVP 97\r\nc=IN IP4 0.0.0.0\r\nb=AS:256\r\n" +
			"a=rtpmap:97 MPEG4-GENERIC/16000\r\na=fmtp:97 streamtype=5;profile-level-id=15;mode=AAC-hbr;" +
			"sizelength=13;indexlength=3;indexdeltalength=3;config=1408; profile=1;\r\na=control:trackID=2\r\n",
		want: `session "Session streamed by \"preview\"" *
video 0 RTP/AVP trackID=1 [96 H264/90000 packetization-mode=1;profile-level-id=640033;sprop-parameter-sets=Z2QAM6zoAoALWQ==,aO48MA==]
audio 0 RTP/AVP trackID=2 [97 MPEG4-GENERIC/16000 streamtype=5;profile-level-id=15;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408; profile=1;]`,
	},
	{
		name: "Reolink: control before tool",
		sdp: "v=0\r\no=- 1 1 IN IP4 192.168.5.206\r\ns=x\r\nt=0 0\r\na=control:*\r\na=type:broadcast\r\na=tool:LIVE555\r\n" +
			"m=video 0 RTP/AVP 96\r\na=control:trackID=1\r\na=rtpmap:96 H264/90000\r\n",
		want: "session \"x\" *\nvideo 0 RTP/AVP trackID=1 [96 H264/90000]",
	},
	{
		name: "no a=control in a media",
		sdp:  "v=0\r\ns=x\r\na=control:*\r\nm=video 0 RTP/AVP 26\r\n",
		want: "session \"x\" *\nvideo 0 RTP/AVP - [26 JPEG/90000]",
	},
	{
		name: "macro-video: no o=, c= after the attributes",
		sdp: "v=0\r\ns=streamed by the macro-video rtsp server\r\nt=0 0\r\na=control:*\r\na=range:npt=0-\r\n" +
			"c=IN IP4 0.0.0.0\r\nm=video 0 RTP/AVP 96\r\nb=AS:500\r\na=rtpmap:96 H264/90000\r\n" +
			"a=fmtp:96 profile-level-id=TeAo;packetization-mode=1\r\na=control:track1\r\n",
		want: "session \"streamed by the macro-video rtsp server\" *\n" +
			"video 0 RTP/AVP track1 [96 H264/90000 profile-level-id=TeAo;packetization-mode=1]",
	},
	{
		name: "Wisenet: the body starts at m=",
		sdp:  "m=video 0 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=control:trackID=v\r\n",
		want: "session \"\" -\nvideo 0 RTP/AVP trackID=v [97 H264/90000]",
	},
	{
		name: "lines in any order, twice, inside a media; blank lines, LF, no final newline",
		sdp: "a=control:*\ns=first\n\n\ns=second\nv=0\nm=video 0 RTP/AVP 96\ni=camera\ns=inside\n" +
			"a=control:trackID=0\nt=0 0\n   \na=rtpmap:96 H264/90000",
		want: "session \"first\" *\nvideo 0 RTP/AVP trackID=0 [96 H264/90000]",
	},
	{
		name: "o= with blanks in its user name, hexadecimal ids and a doubled IP",
		sdp:  "v=0\no=RTSP Server 0xAC4EC96E 103bdb6f IN IP IP4 \ns=x\nm=video 0 RTP/AVP 26\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - [26 JPEG/90000]",
	},
	{
		name: "o= with a decimal fraction and no address",
		sdp:  "v=0\no=-0 0 1698210484.879535 IN\ns=x\nm=video 0 RTP/AVP 26\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - [26 JPEG/90000]",
	},
	{
		name: "c= broken in five ways",
		sdp: "v=0\ns=x\nc=IN\nc=IN c=IN IP4 0.0.0.0\nc=In IP4\nc=IN 198.51.100.1\nc=SM SM\n" +
			"m=video 0 RTP/AVP 26\nc=IN\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - [26 JPEG/90000]",
	},
	{
		name: "FLIR and AJA: t=now-, r=0 0, b= of any kind",
		sdp:  "v=0\ns=x\nt=now-\nr=0 0\nb=RR:0\nb=X-YZ:128\nm=video 0 RTP/AVP 26\nb=RS:0\nb=TIAS:1\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - [26 JPEG/90000]",
	},
	{
		name: "TP-Link: a media of its own invention",
		sdp: "v=0\r\no=- 14665860 31787219 1 IN IP4 192.168.2.29\r\ns=Session streamed by \"TP-LINK RTSP Server\"\r\n" +
			"t=0 0\r\nm=application/TP-LINK 0 RTP/AVP smart/1/90000\r\na=rtpmap:95 TP-LINK/90000\r\na=control:track3\r\n" +
			"m=video 0 RTP/AVP 96\r\nc=IN IP4 0.0.0.0\r\nb=AS:4096\r\na=range:npt=0-\r\na=control:track1\r\n" +
			"a=rtpmap:96 H265/90000\r\na=fmtp:96 profile-space=0;profile-id=1\r\n",
		want: "session \"Session streamed by \\\"TP-LINK RTSP Server\\\"\" -\n" +
			"application/tp-link 0 RTP/AVP track3\n" +
			"video 0 RTP/AVP track1 [96 H265/90000 profile-space=0;profile-id=1]",
		warnings: 2,
	},
	{
		name: "Y-CAM: m=vana, and an rtpmap without a clock",
		sdp: "v=0\ns=x\nm=vana\na=control:vana\nm=metadata 0 RTP/AVP 123\na=rtpmap:123 META /0\n" +
			"m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
		want:     "session \"x\" -\nvana 0  vana\nmetadata 0 RTP/AVP -\nvideo 0 RTP/AVP - [96 H264/90000]",
		warnings: 3,
	},
	{
		name: "VStarcam: tab and blank at the end of m=, an empty last line",
		sdp: "v=0\r\no=VSTC 3836411392 3836411392 IN IP4 192.168.1.198\r\ns=streamed by the VSTARCAM RTSP server\r\n" +
			"e=NONE\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\nb=AS:1536\r\na=control:track0\r\n" +
			"a=rtpmap:96 H264/90000\r\nm=audio 0 RTP/AVP 8\t \r\nb=AS:64\r\na=control:track1\r\n" +
			"a=rtpmap:8 PCMA/8000/1\r\n\r\n",
		want: "session \"streamed by the VSTARCAM RTSP server\" -\n" +
			"video 0 RTP/AVP track0 [96 H264/90000]\naudio 0 RTP/AVP track1 [8 PCMA/8000]",
	},
	{
		name: "tabs and doubled blanks within lines",
		sdp:  "s=x\nm=video \t0  RTP/AVP\t96   97\na=rtpmap:96\tH264/90000\na=rtpmap:97  H265/90000\na=fmtp:96 \t packetization-mode=1\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - [96 H264/90000 packetization-mode=1] [97 H265/90000]",
	},
	{
		name: "protocols in other spellings, and one that isn't RTP",
		sdp: "s=x\nm=video 0 rtp/avp/tcp 26\nm=video 0 MP2T/RTP/UDP 33\nm=video 0 RTP/SAVP 26\nm=video 0 TCP/RTSP 26\n" +
			"m=video 0 UDP 33\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP/TCP - [26 JPEG/90000]\nvideo 0 MP2T/RTP/UDP - [33 MP2T/90000]\n" +
			"video 0 RTP/SAVP - [26 JPEG/90000]\nvideo 0 TCP/RTSP -\nvideo 0 UDP -",
		warnings: 2,
	},
	{
		name: "FLIR: five payload types in one media",
		sdp: "s=x\nm=video 0 RTP/AVP 96 97 98 99 26\na=rtpmap:96 H264/90000\na=rtpmap:97 MP4V-ES/90000\n" +
			"a=fmtp:97 profile-level-id=1\na=rtpmap:98 H264/90000\na=fmtp:98 packetization-mode=1\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - [96 H264/90000] [97 MP4V-ES/90000 profile-level-id=1] " +
			"[98 H264/90000 packetization-mode=1] [26 JPEG/90000]",
		warnings: 1,
	},
	{
		name: "Foscam and H264DVR: static payload types without rtpmap",
		sdp: "v=0\r\ns=IP Camera Video\r\nm=audio 0 RTP/AVP 0\r\nm=audio 0 RTP/AVP 8\r\nm=video 0 RTP/AVP 26\r\n" +
			"m=audio 0 RTP/AVP 14\r\nm=video 0 RTP/AVP 33\r\n",
		want: "session \"IP Camera Video\" -\naudio 0 RTP/AVP - [0 PCMU/8000]\naudio 0 RTP/AVP - [8 PCMA/8000]\n" +
			"video 0 RTP/AVP - [26 JPEG/90000]\naudio 0 RTP/AVP - [14 MPA/90000]\nvideo 0 RTP/AVP - [33 MP2T/90000]",
	},
	{
		name: "IPCAM: a blank after the rtpmap, other case",
		sdp:  "s=x\r\nm=video 0 RTP/AVP 96\r\na=RtpMap: 96  h264/90000 \r\nm=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/48000/1\r\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - [96 H264/90000]\naudio 0 RTP/AVP - [97 MPEG4-GENERIC/48000]",
	},
	{
		name:     "rtpmap of another payload type: the static one wins",
		sdp:      "s=x\nm=audio 0 RTP/AVP 8\na=rtpmap:0 pcma\n",
		want:     "session \"x\" -\naudio 0 RTP/AVP - [8 PCMA/8000]",
		warnings: 1,
	},
	{
		name:     "rtpmap of another payload type: a dynamic one takes the only rtpmap",
		sdp:      "s=x\nm=video 0 RTP/AVP 96\na=rtpmap:97 H264/90000\na=fmtp:97 packetization-mode=1\n",
		want:     "session \"x\" -\nvideo 0 RTP/AVP - [96 H264/90000 packetization-mode=1]",
		warnings: 2,
	},
	{
		name:     "Hik Media Server: rtpmap 104, fmtp 97",
		sdp:      "s=x\nm=audio 0 RTP/AVP 104\na=rtpmap:104 mpeg4-generic/16000/1\na=fmtp:97 profile-level-id=15;config=1408\n",
		want:     "session \"x\" -\naudio 0 RTP/AVP - [104 MPEG4-GENERIC/16000 profile-level-id=15;config=1408]",
		warnings: 1,
	},
	{
		name: "fmtp in the section of another media",
		sdp: "s=x\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\nm=audio 0 RTP/AVP 97\na=rtpmap:97 MPEG4-GENERIC/16000\n" +
			"a=fmtp:96 packetization-mode=1\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - [96 H264/90000 packetization-mode=1]\n" +
			"audio 0 RTP/AVP - [97 MPEG4-GENERIC/16000]",
		warnings: 1,
	},
	{
		name:     "two fmtp of other payload types: neither",
		sdp:      "s=x\nm=audio 0 RTP/AVP 104\na=rtpmap:104 mpeg4-generic/16000/1\na=fmtp:97 config=1408\na=fmtp:98 config=1190\n",
		want:     "session \"x\" -\naudio 0 RTP/AVP - [104 MPEG4-GENERIC/16000]",
		warnings: 2,
	},
	{
		name: "Anpviz: PT 0 is AAC, with nothing but its config",
		sdp:  "v=0\r\ns=x\r\nm=audio 0 RTP/AVP 0\r\na=rtpmap:0 MPEG4-GENERIC/16000/2\r\na=fmtp:0 config=1408\r\na=control:trackID=2\r\n",
		want: "session \"x\" -\naudio 0 RTP/AVP trackID=2 [0 MPEG4-GENERIC/16000/2 config=1408]",
	},
	{
		name: "GW: PT 8 is µ-law; Bosch: PT 35 is H.264",
		sdp: "v=0\r\ns=x\r\nm=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMU/8000/1\r\na=ptime:20\r\na=fmtp:8 vad=no\r\n" +
			"m=video 0 RTP/AVP 35\r\na=rtpmap:35 H264/90000\r\n",
		want: "session \"x\" -\naudio 0 RTP/AVP - [8 PCMU/8000 vad=no]\nvideo 0 RTP/AVP - [35 H264/90000]",
	},
	{
		name: "Ubiquiti: two audio media of PT 96, one with an empty fmtp",
		sdp: "v=0\r\no=- 221 0 IN IP4 192.168.0.1\r\ns=68D79AE46148_0\r\nu=www.evostream.com\r\nt=0 0\r\na=recvonly\r\n" +
			"a=control:*\r\nm=audio 0 RTP/AVP 96\r\na=recvonly\r\na=rtpmap:96 mpeg4-generic/48000/1\r\n" +
			"a=control:trackID=0\r\na=fmtp:96 mode=AAC-hbr; config=1188; SizeLength=13;\r\nm=audio 0 RTP/AVP 96\r\n" +
			"a=rtpmap:96 opus/48000/2\r\na=control:trackID=1\r\na=fmtp:96\r\nm=video 0 RTP/AVP 97\r\na=recvonly\r\n" +
			"a=control:trackID=2\r\na=rtpmap:97 H264/90000\r\na=fmtp:97 \r\n",
		want: "session \"68D79AE46148_0\" *\n" +
			"audio 0 RTP/AVP trackID=0 recvonly [96 MPEG4-GENERIC/48000 mode=AAC-hbr; config=1188; SizeLength=13;]\n" +
			"audio 0 RTP/AVP trackID=1 recvonly [96 OPUS/48000/2]\n" +
			"video 0 RTP/AVP trackID=2 recvonly [97 H264/90000]",
	},
	{
		name: "H264DVR: two framerates, the first one junk",
		sdp: "v=0\r\ns=RTSP Session\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000 \r\na=range:npt=0-\r\na=framerate:0S\r\n" +
			"a=framerate:25\r\na=control:trackID=3\r\n",
		want: "session \"RTSP Session\" -\nvideo 0 RTP/AVP trackID=3 25fps [96 H264/90000]",
	},
	{
		name: "clock rate absent, 0, wrong",
		sdp: "s=x\nm=video 0 RTP/AVP 96 97 98 99\na=rtpmap:96 H264\na=rtpmap:97 H265/0\na=rtpmap:98 H264/8000\n" +
			"a=rtpmap:99 PRIVATE/\nm=audio 0 RTP/AVP 100 101 102\na=rtpmap:100 opus/16000/2\na=rtpmap:101 PCMA/16000\n" +
			"a=rtpmap:102 PCMU\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - [96 H264/90000] [97 H265/90000] [98 H264/90000] [99 PRIVATE/90000]\n" +
			"audio 0 RTP/AVP - [100 OPUS/48000/2] [101 PCMA/16000] [102 PCMU/8000]",
		warnings: 6,
	},
	{
		name: "AVOIP: Opus with one channel; Dahua: AAC without channels",
		sdp:  "s=x\nm=audio 0 RTP/AVP 96 97\na=rtpmap:96 opus/48000/1\na=rtpmap:97 MPEG4-GENERIC/48000\na=fmtp:97 mode=AAC_hbr\n",
		want: "session \"x\" -\naudio 0 RTP/AVP - [96 OPUS/48000] [97 MPEG4-GENERIC/48000 mode=AAC_hbr]",
	},
	{
		name: "D-Link: every media sendonly",
		sdp:  "s=x\nm=video 0 RTP/AVP 26\na=sendonly\nm=audio 0 RTP/AVP 0\na=sendonly\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - sendonly [26 JPEG/90000]\naudio 0 RTP/AVP - sendonly [0 PCMU/8000]",
	},
	{
		name: "Dahua: audio to the camera beside the camera's own (ONVIF directions)",
		sdp:  "s=x\nm=video 0 RTP/AVP 26\na=recvonly\nm=audio 0 RTP/AVP 8\na=recvonly\nm=audio 0 RTP/AVP 8\na=sendonly\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - recvonly [26 JPEG/90000]\naudio 0 RTP/AVP - recvonly [8 PCMA/8000]\n" +
			"audio 0 RTP/AVP - sendonly backchannel [8 PCMA/8000]",
	},
	{
		name: "IDS uEye: audio to the camera, directions as in RFC 8866",
		sdp:  "s=x\nm=video 0 RTP/AVP 26\na=sendonly\nm=audio 0 RTP/AVP 8\na=recvonly\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - sendonly [26 JPEG/90000]\naudio 0 RTP/AVP - recvonly backchannel [8 PCMA/8000]",
	},
	{
		name: "audio only sendonly, video without a direction",
		sdp:  "s=x\nm=video 0 RTP/AVP 26\nm=audio 0 RTP/AVP 8\na=sendonly\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - [26 JPEG/90000]\naudio 0 RTP/AVP - sendonly [8 PCMA/8000]",
	},
	{
		name: "two audio media, video without a direction",
		sdp:  "s=x\nm=audio 0 RTP/AVP 8\na=sendonly\nm=video 0 RTP/AVP 26\nm=audio 0 RTP/AVP 8\n",
		want: "session \"x\" -\naudio 0 RTP/AVP - sendonly backchannel [8 PCMA/8000]\nvideo 0 RTP/AVP - [26 JPEG/90000]\n" +
			"audio 0 RTP/AVP - [8 PCMA/8000]",
	},
	{
		name: "Geovision: metadata with a foreign fmtp, no t=",
		sdp: "v=0\r\no=- 1001 1 IN IP4 192.168.5.237\r\ns=VCP IPC Realtime stream\r\nm=application 0 RTP/AVP 107\r\n" +
			"c=IN IP4 192.168.5.237\r\na=control:rtsp://192.168.5.237/media/video1/metadata\r\n" +
			"a=rtpmap:107 vnd.onvif.metadata/90000\r\na=fmtp:107 DecoderTag=h3c-v3 RTCP=0\r\na=recvonly\r\n",
		want: "session \"VCP IPC Realtime stream\" -\napplication 0 RTP/AVP rtsp://192.168.5.237/media/video1/metadata " +
			"recvonly [107 VND.ONVIF.METADATA/90000 DecoderTag=h3c-v3 RTCP=0]",
	},
	{
		name:     "a port that isn't 0, and a count of ports",
		sdp:      "s=x\nm=video 49170/2 RTP/AVP 26\nm=audio 65536 RTP/AVP 0\n",
		want:     "session \"x\" -\nvideo 49170 RTP/AVP - [26 JPEG/90000]\naudio 0 RTP/AVP - [0 PCMU/8000]",
		warnings: 1,
	},
	{
		name: "Hikvision: absolute control URLs, attributes without end",
		sdp: "v=0\r\ns=Media Presentation\r\na=control:rtsp://192.168.5.106:554/Streaming/Channels/101/?transportmode=unicast\r\n" +
			"m=video 0 RTP/AVP 96\r\na=recvonly\r\na=control:rtsp://192.168.5.106:554/Streaming/Channels/101/trackID=1\r\n" +
			"a=rtpmap:96 H264/90000\r\na=Media_header:MEDIAINFO=494D4B48;\r\na=appversion:1.0\r\n",
		want: "session \"Media Presentation\" rtsp://192.168.5.106:554/Streaming/Channels/101/?transportmode=unicast\n" +
			"video 0 RTP/AVP rtsp://192.168.5.106:554/Streaming/Channels/101/trackID=1 recvonly [96 H264/90000]",
	},
	{
		name: "fmtp and rtpmap of the session, and an fmtp that two other media could want",
		sdp: "s=x\na=rtpmap:96 H264/90000\na=fmtp:96 a\nm=video 0 RTP/AVP 26\nm=audio 0 RTP/AVP 0\nm=audio 0 RTP/AVP 0\n" +
			"m=video 0 RTP/AVP 32 26\na=fmtp:0 x\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP - [26 JPEG/90000]\naudio 0 RTP/AVP - [0 PCMU/8000]\n" +
			"audio 0 RTP/AVP - [0 PCMU/8000]\nvideo 0 RTP/AVP - [32 MPV/90000] [26 JPEG/90000]",
		warnings: 3,
	},
	{
		name:     "a payload type twice, and one that has no 7 bits",
		sdp:      "s=x\nm=video 0 RTP/AVP 26 26 200\na=rtpmap:200 H264/90000\n",
		want:     "session \"x\" -\nvideo 0 RTP/AVP - [26 JPEG/90000]",
		warnings: 2,
	},
	{
		name: "the last rtpmap and the last control that say something",
		sdp: "s=x\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=rtpmap:96 H265/90000\na=control:a\na=control:b\n" +
			"a=control:\n",
		want: "session \"x\" -\nvideo 0 RTP/AVP b [96 H265/90000]",
	},
	{
		name: "fmtp of another payload type beside the format's own",
		sdp: "s=x\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 own\na=fmtp:97 other\nm=audio 0 RTP/AVP 0\n" +
			"a=fmtp:96 stray\n",
		want:     "session \"x\" -\nvideo 0 RTP/AVP - [96 H264/90000 own]\naudio 0 RTP/AVP - [0 PCMU/8000]",
		warnings: 2,
	},
	{
		name: "recvonly audio beside other audio, video without a direction",
		sdp:  "s=x\nm=audio 0 RTP/AVP 8\na=recvonly\nm=video 0 RTP/AVP 26\nm=audio 0 RTP/AVP 8\n",
		want: "session \"x\" -\naudio 0 RTP/AVP - recvonly [8 PCMA/8000]\nvideo 0 RTP/AVP - [26 JPEG/90000]\n" +
			"audio 0 RTP/AVP - [8 PCMA/8000]",
	},
	{
		name:     "lines that are none",
		sdp:      "s=x\nhello\na\n=\na=\na=:1\nm=\nA=b\n",
		want:     "session \"x\" -\nunknown 0  -",
		warnings: 7,
	},
}

// describe tells the essence of a session, one line for it and one per media.
func describe(s *sdp.Session) string {
	var b strings.Builder
	fmt.Fprintf(&b, "session %q %s", s.Name, dash(s.Control))
	for i := range s.Media {
		m := &s.Media[i]
		fmt.Fprintf(&b, "\n%s %d %s %s", m.Kind, m.Port, m.Proto, dash(m.Control))
		if m.Direction != sdp.Unspecified {
			fmt.Fprintf(&b, " %v", m.Direction)
		}
		if s.Backchannel(i) {
			b.WriteString(" backchannel")
		}
		if r := m.FrameRate(); r != 0 {
			fmt.Fprintf(&b, " %gfps", r)
		}
		for _, f := range m.Formats {
			fmt.Fprintf(&b, " [%s]", strings.TrimSpace(fmt.Sprintf("%d %s %s", f.PayloadType, f.RTPMap(), f.Params)))
		}
	}
	return b.String()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func TestQuirks(t *testing.T) {
	for _, q := range quirks {
		t.Run(q.name, func(t *testing.T) {
			s, warnings, err := sdp.Parse([]byte(q.sdp))
			if err != nil {
				t.Fatal(err)
			}
			if got := describe(s); got != q.want {
				t.Errorf("got\n%s\nwant\n%s", got, q.want)
			}
			if len(warnings) != q.warnings {
				t.Errorf("%d warnings, want %d: %v", len(warnings), q.warnings, warnings)
			}
		})
	}
}
