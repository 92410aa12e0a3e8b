package camera_test

import (
	"context"
	"fmt"
	"log"
	"net"

	"github.com/timeslate/timeslate/camera"
	"github.com/timeslate/timeslate/camsim"
	"github.com/timeslate/timeslate/h264"
)

// Two seconds of a camera, which is a simulated one here.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	server, err := camsim.NewServer(camsim.Options{Cameras: make([]camsim.Camera, 1)})
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- server.Serve(ctx, listener) }()

	stream, err := camera.Open(ctx, "rtsp://"+listener.Addr().String()+"/cam0", camera.Options{})
	if err != nil {
		log.Fatal(err)
	}
	frames := 0
	for u, err := range stream.Units(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		if frames == 0 {
			c := u.Config.(*h264.Config)
			fmt.Printf("%s, %d×%d, starts with a key frame: %v\n", c.Codec(), c.Width, c.Height, u.Key)
		}
		if frames++; frames == 50 {
			break
		}
	}
	fmt.Println(frames, "frames,", stream.Stats(0).Lost, "packets lost")
	if err := stream.Close(); err != nil {
		log.Fatal(err)
	}
	cancel()
	<-served
	// Output:
	// avc1.42c01f, 1280×720, starts with a key frame: true
	// 50 frames, 0 packets lost
}
