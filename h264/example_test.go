package h264_test

import (
	"fmt"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
)

// Two pictures go through packets and come out as access units.
func Example() {
	format, err := h264.ParseFormat("H264/90000", "packetization-mode=1;sprop-parameter-sets=Z01AH5WgLASabAQ=,aO48gA==")
	if err != nil {
		panic(err)
	}
	fmt.Println(format.Config.Codec(), format.Config.Width, format.Config.Height)

	camera := h264.Packetizer{MaxPayload: 20}
	key := []byte("\x65\x88 a key frame that takes several packets")
	other := []byte("\x41\x9a another frame")

	d := h264.NewDepacketizer(format)
	push := func(time int64, nals ...[]byte) {
		for payload, marker := range camera.Packets(nals) {
			if err := d.Push(&media.Packet{Payload: payload, Time: time, Marker: marker}); err != nil {
				fmt.Println(err)
			}
			for u, ok := d.Next(); ok; u, ok = d.Next() {
				fmt.Printf("%d key=%v %v, %d bytes\n", u.PTS, u.Key, h264.NALType(u.Data[0]), len(u.Data[0]))
			}
		}
	}
	push(0, key)
	push(3600, other)
	// Output:
	// avc1.4d401f 704 576
	// 0 key=true IDR slice, 41 bytes
	// 3600 key=false slice, 16 bytes
}

// A message of 16 bytes of UUID and text as an SEI NAL unit, and read back.
func ExampleAppendSEI() {
	nal := h264.AppendSEI(nil, h264.PayloadUserDataUnregistered, []byte("timeslate.test..hello"))
	for payloadType, payload := range h264.SEIMessages(nal, nil) {
		fmt.Printf("%d %s\n", payloadType, payload)
	}
	// Output: 5 timeslate.test..hello
}

func ExampleSplitAnnexB() {
	for nal := range h264.SplitAnnexB([]byte{0, 0, 0, 1, 0x67, 0x42, 0, 0, 1, 0x68, 0xce, 0}) {
		fmt.Printf("%v % x\n", h264.NALType(nal), nal)
	}
	// Output:
	// SPS 67 42
	// PPS 68 ce
}
