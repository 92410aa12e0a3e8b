package aac_test

import (
	"fmt"

	"github.com/timeslate/timeslate/aac"
	"github.com/timeslate/timeslate/media"
)

// Three units go into packets and come out again, each with its own time.
func Example() {
	format, err := aac.ParseFormat("MPEG4-GENERIC/48000/2", "mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1190")
	if err != nil {
		panic(err)
	}
	fmt.Println(format.Config.Codec(), format.Config.SampleRate, format.Config.Channels)

	const start = 90000
	camera := aac.Packetizer{MaxPayload: 30}
	d := aac.NewDepacketizer(format)
	for p := range camera.Packets([][]byte{[]byte("a unit"), []byte("another"), []byte("one that takes two packets, not one")}) {
		packet := media.Packet{Payload: p.Data, Time: start + int64(p.Unit)*1024, Marker: p.Marker}
		if err := d.Push(&packet); err != nil {
			fmt.Println(err)
		}
		for u, ok := d.Next(); ok; u, ok = d.Next() {
			fmt.Printf("%d %q\n", u.PTS, u.Data[0])
		}
	}
	// Output:
	// mp4a.40.2 48000 2
	// 90000 "a unit"
	// 91024 "another"
	// 92048 "one that takes two packets, not one"
}

func ExampleSplitADTS() {
	config, err := aac.NewConfig(16000, 1)
	if err != nil {
		panic(err)
	}
	var file []byte
	for _, unit := range []string{"first", "second"} {
		if file, err = aac.AppendADTS(file, config, []byte(unit)); err != nil {
			panic(err)
		}
	}
	for unit := range aac.SplitADTS(file) {
		fmt.Printf("%s\n", unit)
	}
	// Output:
	// first
	// second
}
