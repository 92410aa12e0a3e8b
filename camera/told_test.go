package camera_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/rtsp"
)

// extended returns a packet with a header extension.
func extended(packet []byte, profile uint16, body ...byte) []byte {
	packet[0] |= 0x10
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	extension := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, profile), uint16(len(body)/4))
	return slices.Insert(packet, 12, append(extension, body...)...)
}

// stamped returns a time as it stands in header extensions.
func stamped(at time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(ntp.FromTime(at)))
}

// TestTold has cameras that tell the capture times of four frames in each way there is. The first is captured half a second
// before PLAY is answered, the others each 40 ms later; the first comes as three packets.
func TestTold(t *testing.T) {
	const (
		onvif  = 0xabac
		heads1 = 0xbede
		ntp64  = "a=extmap:4 urn:ietf:params:rtp-hdrext:ntp-64\n"
		abs    = "a=extmap:5/sendonly http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time\n"
		direct = "a=ts-refclk:ntp=/traceable/\na=mediaclk:direct=7\n"
	)
	header := func(at, info string) rtsp.Header {
		return rtsp.Header{{Name: "Range", Value: "clock=" + at + "-"}, {Name: "RTP-Info", Value: info}}
	}
	// extension of the packet of a frame, of which the first has three
	type extension func(frame, packet int, at time.Time) (profile uint16, body []byte)
	first := func(profile uint16, flags ...byte) extension {
		return func(frame, packet int, at time.Time) (uint16, []byte) {
			if packet > 0 {
				return 0, nil
			}
			return profile, append(stamped(at), flags[frame], 5, 0, 0)
		}
	}
	element := func(head byte, which func(frame, packet int) bool) extension {
		return func(frame, packet int, at time.Time) (uint16, []byte) {
			if !which(frame, packet) {
				return 0, nil
			}
			return heads1, append([]byte{head}, stamped(at)...)
		}
	}
	for _, test := range []struct {
		name      string
		lines     string
		reply     rtsp.Header
		extension extension
		base      func(captured time.Time) uint32 // time stamp of the first frame
		want      string                          // per frame: source, ms off the truth, j: not captured right after the one before
		sources   []clock.Source
	}{
		{"nothing", "", nil, nil, nil, " - - - -", nil},
		{"ONVIF on the first packets", "", nil, first(onvif, 0x80, 0, 0, 0), nil, " onvif+0 onvif+0 onvif+0 onvif+0", []clock.Source{clock.ONVIF}},
		{"ONVIF: discontinuity", "", nil, first(onvif, 0xa0, 0, 0x20, 0), nil, " onvif+0j onvif+0 onvif+0j onvif+0", []clock.Source{clock.ONVIF}},
		{"ONVIF: end of a section", "", nil, first(onvif, 0x80, 0x40, 0, 0), nil, " onvif+0 onvif+0 onvif+0j onvif+0", []clock.Source{clock.ONVIF}},
		{"ntp-64 on all packets", ntp64, nil, element(0x47, func(int, int) bool { return true }), nil,
			" ntp-64+0 ntp-64+0 ntp-64+0 ntp-64+0", []clock.Source{clock.NTP64}},
		{"abs-capture-time on the last packet of some frames", abs, nil, element(0x57, func(frame, packet int) bool {
			return frame == 0 && packet == 2 || frame == 3
		}), nil, " abs-capture-time+0 - - abs-capture-time+0", []clock.Source{clock.AbsCaptureTime}},
		{"a number without its line", ntp64, nil, element(0x57, func(int, int) bool { return true }), nil,
			" - - - -", []clock.Source{clock.NTP64}},
		{"RFC 7273", direct, nil, nil, func(captured time.Time) uint32 {
			return uint32((captured.Unix()+2208988800)*90000+int64(captured.Nanosecond())*9/1e5) + 7
		}, " rfc7273+0 rfc7273+0 rfc7273+0 rfc7273+0", []clock.Source{clock.RFC7273}},
		{"RFC 7273, PTP of the session", "a=ts-refclk:ptp=IEEE1588-2008:39-A7-94-FF-FE-07-CB-D0:0\na=mediaclk:direct=0 rate=1/1\n", nil, nil,
			func(captured time.Time) uint32 {
				return uint32((captured.Unix()+37)*90000 + int64(captured.Nanosecond())*9/1e5)
			},
			" rfc7273+0 rfc7273+0 rfc7273+0 rfc7273+0", []clock.Source{clock.RFC7273}},
		{"RFC 7273, a grandmaster that counts from its start", "a=ts-refclk:ptp=IEEE1588-2008:39-A7-94-FF-FE-07-CB-D0:0\na=mediaclk:direct=0\n", nil, nil,
			func(time.Time) uint32 { return 900000 }, " - - - -", []clock.Source{clock.RFC7273}},
		{"RFC 7273, PTP that is traceable", "a=ts-refclk:ptp=IEEE1588-2008:traceable\na=mediaclk:direct=0\n", nil, nil,
			func(captured time.Time) uint32 {
				return uint32((captured.Unix()-3600+37)*90000 + int64(captured.Nanosecond())*9/1e5)
			},
			" rfc7273-3600000 rfc7273-3600000 rfc7273-3600000 rfc7273-3600000", []clock.Source{clock.RFC7273}},
		{"RFC 7273 without an offset", "a=ts-refclk:ntp=/traceable/\na=mediaclk:direct\n", nil, nil, nil, " - - - -", nil},
		{"RFC 7273, a rate that can't be meant", "a=ts-refclk:ntp=/traceable/\na=mediaclk:direct=0 rate=1/1000\n", nil, nil, nil, " - - - -", nil},
		{"RFC 7273, NTSC", "a=ts-refclk:ntp=/traceable/\na=mediaclk:direct=7 rate=1000/1001\n", nil, nil, func(captured time.Time) uint32 {
			return uint32((captured.UnixMilli()+2208988800e3)*90*1000/1001 + 7 + 1)
		}, " rfc7273+0 rfc7273+0 rfc7273+0 rfc7273+0", []clock.Source{clock.RFC7273}},
		{"RFC 7273, sender's own", "a=ts-refclk:ntp=/traceable/\na=mediaclk:sender\n", nil, nil, nil, " - - - -", nil},
		{"RFC 7273, nobody's clock", "a=ts-refclk:local\na=mediaclk:direct=0\n", nil, nil, nil, " - - - -", nil},
		{"RFC 7273 where there is an extension", direct + abs, nil, element(0x57, func(frame, _ int) bool { return frame == 1 }),
			func(captured time.Time) uint32 {
				return uint32((captured.Unix()+2208988800)*90000+int64(captured.Nanosecond())*9/1e5) + 7
			}, " rfc7273+0 abs-capture-time+0 rfc7273+0 rfc7273+0", []clock.Source{clock.AbsCaptureTime, clock.RFC7273}},
		{"PLAY", "", header("20260301T115959.500Z", "url=video;seq=1;rtptime=0"), nil, nil, " play+0 - - -", []clock.Source{clock.Play}},
		{"PLAY from before the first frame", "", header("20260301T115959.460Z", "url=video;seq=1;rtptime=4294963696"), nil, nil,
			" play+0 - - -", []clock.Source{clock.Play}},
		{"PLAY in whole seconds", "", header("20260301T115959Z", "url=video;seq=1;rtptime=4294963696"), nil, nil, " play-500 - - -", []clock.Source{clock.Play}},
		{"PLAY with a time stamp that is not true", "", header("20260301T115959.500Z", "url=video;seq=1;rtptime=4000000"), nil, nil,
			" - - - -", nil},
		{"PLAY in another era", "", header("21620101T000000Z", "url=video;seq=1;rtptime=0"), nil, nil, " - - - -", nil},
		{"PLAY without a time", "", header("x", "url=video;seq=1;rtptime=0"), nil, nil, " - - - -", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				today()
				captured := time.Now().Add(-500 * time.Millisecond)
				base := uint32(0)
				if test.base != nil {
					base = test.base(captured)
				}
				o := &oddCamera{media: h264Media + test.lines, reply: test.reply, play: func(c *rtsp.ServerConn) {
					s := &sender{payloadType: 96, ssrc: 1}
					for frame := range 4 {
						at := captured.Add(time.Duration(frame) * 40 * time.Millisecond)
						packets := s.key(base)
						if frame > 0 {
							packets = [][]byte{s.packet(base+uint32(frame)*3600, true, p)}
						}
						for i, b := range packets {
							if test.extension != nil {
								if profile, body := test.extension(frame, i, at); profile != 0 {
									b = extended(b, profile, body...)
								}
							}
							c.WriteInterleaved(0, b)
						}
					}
					c.WriteInterleaved(1, append(s.report(captured, base), s.bye()...))
				}}
				ctx, cancel := context.WithCancel(t.Context())
				stream, err := camera.Open(ctx, url, o.serve(ctx))
				if err != nil {
					t.Fatal(err)
				}
				if got := told(stream.Units(ctx), captured); got != test.want {
					t.Errorf("%s, want %s", got, test.want)
				}
				sources := slices.DeleteFunc(stream.Sources(0), func(s clock.Source) bool { return s == clock.SenderReport })
				if !slices.Equal(sources, test.sources) {
					t.Errorf("sources %v, want %v", sources, test.sources)
				}
				stream.Close()
				cancel()
				o.wg.Wait()
			})
		})
	}
}

// told says of each unit which source told its capture time, and how far off the truth.
func told(units iter.Seq2[*media.Unit, error], captured time.Time) string {
	var b strings.Builder
	for u, err := range units {
		if err != nil {
			break
		}
		switch off := u.Absolute.Near(captured).Sub(captured).Round(time.Millisecond); {
		case u.Absolute == 0 && u.Source == clock.NoSource:
			b.WriteString(" -")
		default:
			fmt.Fprintf(&b, " %v%+d", u.Source, off.Milliseconds())
		}
		if u.Jump {
			b.WriteString("j")
		}
		captured = captured.Add(40 * time.Millisecond)
	}
	return b.String()
}
