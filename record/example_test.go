package record_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/timeslate/timeslate/camsim"
	"github.com/timeslate/timeslate/record"
	"github.com/timeslate/timeslate/stamp"
)

// Two seconds of a camera, which is a simulated one here, in one file.
func Example() {
	ctx, cancel := context.WithCancel(context.Background())
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
	dir, err := os.MkdirTemp("", "record")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	summary, err := record.Run(ctx, record.Options{
		URL:      "rtsp://" + listener.Addr().String() + "/cam0",
		Output:   filepath.Join(dir, "garage.mp4"),
		Duration: 2 * time.Second,
		Stamps:   stamp.MISB | stamp.Strawlab,
		Software: "example",
	})
	fmt.Printf("%+v %v\n", summary, err)
	cancel()
	<-served
	// Output: {Files:1 Frames:50 Lost:0 Gaps:0} <nil>
}
