package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/timeslate/timeslate/camsim"
	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/record"
	"github.com/timeslate/timeslate/stamp"
)

var demoCommand = command{
	name:    "demo",
	summary: "Shows it all without a camera: two simulated ones with wrong clocks, recorded and read back",
	text: `The clock in the pictures shows the true capture time. The files show what each camera's own clock
said, and truth.csv what is true.`,
	example: `  timeslate demo
  timeslate demo --dir /tmp/demo --duration 20s`,
	setup: setupDemo,
}

// demoCameras are two cameras of the usual kind: clocks set by hand at some time, crystals of their own.
var demoCameras = []camsim.Camera{
	{Clock: camsim.Clock{Offset: 800 * time.Millisecond, PPM: 60}, ReportInterval: 2 * time.Second},
	{
		Clock:          camsim.Clock{Offset: -1300 * time.Millisecond, PPM: -30},
		ReportInterval: 2 * time.Second, ReportJitter: 20 * time.Millisecond,
	},
}

func setupDemo(f *flags) action {
	dir := f.string("dir", "", "timeslate-demo", "DIR", "where the files go (default ./timeslate-demo)")
	duration := f.duration("duration", "", 10*time.Second, "how much to record (default 10s)")
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
		"the clocks they report by RTCP are wrong.\n\n", d.duration)
	if err := d.film(ctx); err != nil {
		return err
	}
	return d.compare()
}

// film runs the cameras and the recorders side by side until both have recorded enough.
func (d *demo) film(ctx context.Context) error {
	truth, err := createOutput(d.path("truth.csv"), d.force)
	if err != nil {
		return err
	}
	defer truth.Close()
	server, err := camsim.NewServer(camsim.Options{Cameras: demoCameras, Truth: truth})
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
	for i := range demoCameras {
		name := fmt.Sprintf("cam%d", i)
		recorders = append(recorders, record.Options{
			URL: "rtsp://" + address + "/" + name, Output: d.path(name + ".mp4"), Duration: d.duration,
			Stamps: stamp.MISB | stamp.Strawlab, Force: d.force, Software: "timeslate " + version(), Events: console.event,
		})
	}
	return recordAll(ctx, recorders)
}

// compare reads the times back and sets them beside the truth.
func (d *demo) compare() error {
	truth, err := readTruth(d.path("truth.csv"))
	if err != nil {
		return err
	}
	fmt.Fprint(d.env.stdout, "\ncamera  frames  its clock said (mid-way)  that frame's truth  on average it is wrong by\n")
	for i := range demoCameras {
		name := fmt.Sprintf("cam%d", i)
		rows, err := extractFile(d.path(name+".mp4"),
			&extractOptions{method: "rtp", format: "csv", force: d.force, input: input{stderr: d.env.stderr}, stdout: d.env.stdout, stderr: d.env.stderr})
		if err != nil {
			return err
		}
		if err := d.line(name, rows, truth[name]); err != nil {
			return err
		}
	}
	fmt.Fprintf(d.env.stdout, "\nEvery frame's time stands in %s and %s, the true ones in %s.\n"+
		"Open cam0.mp4 and cam1.mp4 in any player: the clock in the picture is the true capture time.\n",
		d.path("cam0.csv"), d.path("cam1.csv"), d.path("truth.csv"))
	return nil
}

// readTruth returns the true capture times by camera and RTP time stamp.
func readTruth(name string) (map[string]map[uint32]time.Time, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	truth := map[string]map[uint32]time.Time{}
	r := csv.NewReader(f)
	for {
		row, err := r.Read()
		if err == io.EOF {
			return truth, nil
		}
		if err != nil {
			return nil, err
		}
		rtp, err1 := strconv.ParseUint(row[2], 10, 32)
		ns, err2 := strconv.ParseInt(row[3], 10, 64)
		if err1 != nil || err2 != nil {
			continue // the header
		}
		if truth[row[0]] == nil {
			truth[row[0]] = map[uint32]time.Time{}
		}
		truth[row[0]][uint32(rtp)] = time.Unix(0, ns).UTC()
	}
}

// line compares one camera's rows with the truth and prints a line of the table.
func (d *demo) line(name string, rows []extract.Row, truth map[uint32]time.Time) error {
	if len(rows) == 0 {
		return fmt.Errorf("%s.mp4 has no frames", name)
	}
	var sum, squares float64
	n := 0
	for _, row := range rows {
		if captured, ok := truth[row.RTP]; ok && row.Source == clock.SenderReport {
			off := float64(row.Time.Sub(captured)) / float64(time.Millisecond)
			sum, squares, n = sum+off, squares+off*off, n+1
		}
	}
	if n == 0 {
		return fmt.Errorf("%s.mp4: the camera told no time; try a longer --duration", name)
	}
	mean := sum / float64(n)
	spread := math.Sqrt(max(0, squares/float64(n)-mean*mean))
	row := rows[len(rows)/2]
	const clockFace = "15:04:05.000"
	fmt.Fprintf(d.env.stdout, "%-7s %6d  %-24s  %-18s  %+.1f ms (scatter %.1f)\n", name, len(rows),
		row.Time.Format(clockFace), truth[row.RTP].Format(clockFace), mean, spread)
	return nil
}
