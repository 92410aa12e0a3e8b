package mp4_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/timeslate/timeslate/h264"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
)

// The parameter sets of a camera with 128 by 96 pixels, and two pictures that stand for real ones.
var (
	sps     = []byte{0x67, 0x42, 0xc0, 0x0a, 0xda, 0x08, 0x36, 0xc0, 0x44, 0, 0, 3, 0, 4, 0, 0, 3, 0, 0xc8, 0x3c, 0x48, 0x9a, 0x80}
	pps     = []byte{0x68, 0xce, 0x04, 0x72}
	picture = []byte{0x65, 0x88, 0x84}
	next    = []byte{0x41, 0x9a, 0x24}
)

// A recording of two pictures is read while it grows, and when it is finished.
func Example() {
	config, err := h264.NewConfig([][]byte{sps}, [][]byte{pps})
	if err != nil {
		log.Fatal(err)
	}
	tracks := []media.Track{{ClockRate: h264.ClockRate, Config: config}}
	w, err := mp4.NewWriter(tracks, mp4.Options{})
	if err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	file.Write(w.Header())
	for _, u := range []*media.Unit{
		{PTS: 5000000, Key: true, Data: [][]byte{picture}},
		{PTS: 5090000, Data: [][]byte{next}}, // one second later: the first part is complete
	} {
		ready, err := w.Push(u)
		if err != nil {
			log.Fatal(err)
		}
		if ready {
			head, body := w.Part(nil)
			file.Write(head)
			file.Write(body)
		}
	}
	list("growing", file.Bytes())

	tail, at, patch, err := w.Finish(nil)
	if err != nil {
		log.Fatal(err)
	}
	file.Write(tail)
	copy(file.Bytes()[at:], patch[:])
	list("finished", file.Bytes())
	// Output:
	// growing: avc1.42c00a, fragmented: true
	//   PTS 0, 90000 ticks long, key true, NAL units [[101 136 132]]
	// finished: avc1.42c00a, fragmented: false
	//   PTS 0, 90000 ticks long, key true, NAL units [[101 136 132]]
	//   PTS 90000, 90000 ticks long, key false, NAL units [[65 154 36]]
}

func list(state string, b []byte) {
	f, err := mp4.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		log.Fatal(err)
	}
	track := f.Tracks[0]
	fmt.Printf("%s: %s, fragmented: %t\n", state, track.Config.Codec(), f.Fragmented)
	var buf []byte
	for s := range track.Samples() {
		if buf, err = f.Read(s, buf); err != nil {
			log.Fatal(err)
		}
		nals, err := s.Split(nil, buf)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("  PTS %d, %d ticks long, key %t, NAL units %v\n", s.PTS, s.Duration, s.Key, nals)
	}
}
