package camsim_test

import (
	"context"
	"fmt"
	"time"

	"github.com/timeslate/timeslate/camsim"
	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/rtsp"
)

// Two cameras whose clocks are wrong, and a client that asks what the second one offers.
func Example() {
	step := camsim.Step{By: 400 * time.Millisecond, At: time.Minute}
	server, err := camsim.NewServer(camsim.Options{Cameras: []camsim.Camera{
		{Clock: camsim.Clock{Offset: 1500 * time.Millisecond}},
		{Name: "garage", Clock: camsim.Clock{PPM: -30, Steps: []camsim.Step{step}}},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	listener := mempipe.Listen() // or net.Listen("tcp", "127.0.0.1:8554")
	served := make(chan error)
	go func() { served <- server.Serve(ctx, listener) }()

	dialer := rtsp.Dialer{DialContext: listener.Dial}
	session, err := dialer.Dial(ctx, "rtsp://localhost/cam1")
	if err != nil {
		fmt.Println(err)
		return
	}
	description, err := session.Describe(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	media := description.Media[0]
	fmt.Println(description.Name, media.Kind, media.Formats[0].RTPMap(), media.FrameRate())
	session.Close()
	stop()
	fmt.Println(<-served)
	// Output:
	// garage video H264/90000 25
	// <nil>
}

// Frames for a test that needs neither network nor waiting.
func ExampleSource() {
	start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	camera := camsim.Camera{Rate: camsim.Rate{Num: 10, Den: 1}, GOP: 2, Phase: time.Millisecond}
	source, err := camsim.NewSource(camera, 0, start, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		f := source.Next(false)
		fmt.Println(f.Number, f.Captured.Format("15:04:05.000"), f.Key, len(f.Data), "NAL units")
	}
	// Output:
	// 0 12:00:00.001 true 3 NAL units
	// 1 12:00:00.101 false 1 NAL units
	// 2 12:00:00.201 true 3 NAL units
}
