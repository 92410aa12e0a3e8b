package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/timeslate/timeslate/camsim"
	"github.com/timeslate/timeslate/record"
	"github.com/timeslate/timeslate/stamp"
)

var demoCommand = command{
	name:    "demo",
	summary: "Shows it all without a camera: two simulated ones with wrong clocks, recorded and read back",
	text: `One camera's clock is slow by 0.8 s until it is set after a while, the other's shows local time, an
hour ahead; the reports of both are noisy. The clock in the pictures shows the true capture time.
The demo prints what the usual methods make of that, what timeslate makes of it, and what is true.
DIR has:
  cam0.mp4, cam1.mp4    the recordings
  cam0.csv, cam1.csv    the capture time of each of their frames
  cam0.svg, cam1.svg    how they were found, and how exact they are
  truth.csv             the true ones
  align.csv, align.svg  which frames belong together, and how far they are apart`,
	example: `  timeslate demo
  timeslate demo --dir /tmp/demo --duration 20s`,
	setup: setupDemo,
}

// cameras are two of the usual kind, with crystals of their own. The clock of one is set right after a third, as NTP does; the
// other sends its local time for UTC.
func (d *demo) cameras() []camsim.Camera {
	const slow = 800 * time.Millisecond
	return []camsim.Camera{
		{
			Clock: camsim.Clock{
				Offset: -slow, RTPPPM: 60, Steps: []camsim.Step{{By: slow, At: d.duration / 3}},
			},
			Phase: 5 * time.Millisecond, ReportInterval: time.Second, ReportJitter: 10 * time.Millisecond,
		},
		{
			Clock: camsim.Clock{Offset: time.Hour, RTPPPM: -80},
			Phase: 13 * time.Millisecond, ReportInterval: time.Second, ReportJitter: 20 * time.Millisecond,
		},
	}
}

func setupDemo(f *flags) action {
	dir := f.string("dir", "", "timeslate-demo", "DIR", "where the files go (default ./timeslate-demo)")
	duration := f.duration("duration", "", 15*time.Second, "how much to record (default 15s)")
	force := f.bool("force", "", "replace the files of an earlier demo")
	return func(ctx context.Context, env environment, args []string) error {
		if len(args) > 0 {
			return usageError{fmt.Errorf("demo takes no %q", args[0]), ""}
		}
		d := demo{env: env, dir: *dir, duration: *duration, force: *force}
		return d.run(ctx)
	}
}

// demo is one run of the demo.
type demo struct {
	env      environment
	dir      string
	duration time.Duration
	force    bool
}

func (d *demo) path(name string) string { return filepath.Join(d.dir, name) }

func (d *demo) run(ctx context.Context) error {
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return err
	}
	fmt.Fprintf(d.env.stdout, "Two simulated cameras are recorded for %v. The clock in their pictures is the true time;\n"+
		"the clocks they report by RTCP are wrong: cam0 is 0.8 s slow until it is set after a while, cam1\n"+
		"shows local time, an hour ahead.\n\n", d.duration)
	if err := d.film(ctx); err != nil {
		return err
	}
	return d.report(ctx)
}

// film runs the cameras and the recorders side by side until both have recorded enough.
func (d *demo) film(ctx context.Context) error {
	truth, err := createOutput(d.path("truth.csv"), d.force)
	if err != nil {
		return err
	}
	defer truth.Close()
	server, err := camsim.NewServer(camsim.Options{Cameras: d.cameras(), Truth: truth})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	var served error
	var wg sync.WaitGroup
	wg.Go(func() { served = server.Serve(serving, listener) })
	err = d.record(ctx, listener.Addr().String())
	stop()
	wg.Wait()
	return errors.Join(err, served)
}

// record records all cameras at once.
func (d *demo) record(ctx context.Context, address string) error {
	console := newConsole(d.env, false)
	console.quiet = !console.terminal // ten seconds tell enough without
	defer console.start()()
	var recorders []record.Options
	for i := range d.cameras() {
		name := fmt.Sprintf("cam%d", i)
		recorders = append(recorders, record.Options{
			URL: "rtsp://" + address + "/" + name, Output: d.path(name + ".mp4"), Duration: d.duration,
			Stamps: stamp.MISB | stamp.Strawlab, Force: d.force, Software: "timeslate " + version(), Events: console.event,
		})
	}
	return recordAll(ctx, recorders)
}
