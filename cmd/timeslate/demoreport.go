package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/timeslate/timeslate/align"
	"github.com/timeslate/timeslate/extract"
)

// demoMethods are those that the demo compares: the classic ones and ours.
var demoMethods = []methodValue{
	{"rtp", extract.RTP}, {"rtp-interpolated", extract.RTPInterpolated}, {"interpolated", extract.Interpolated}, bestMethod,
}

// demoTruth is the true capture times by camera and RTP time stamp.
type demoTruth map[string]map[uint32]time.Time

// report reads the recordings back and sets what each method makes of them beside the truth.
func (d *demo) report(ctx context.Context) error {
	truth, err := readTruth(d.path("truth.csv"))
	if err != nil {
		return err
	}
	table := demoTable{truth: truth}
	for i := range d.cameras() {
		if err := d.extract(fmt.Sprintf("cam%d", i), &table); err != nil {
			return err
		}
	}
	table.write(d.env.stdout)
	if err := d.align(ctx); err != nil {
		return err
	}
	for _, method := range demoMethods {
		right, of, err := d.pairs(method, &table)
		if err != nil {
			return err
		}
		fmt.Fprintf(d.env.stdout, "%-18s %d of %d frames\n", method.name, right, of)
	}
	fmt.Fprintf(d.env.stdout, `
Look into %s: with a browser cam0.svg, cam1.svg and align.svg show how the
times were found and what they are worth; with any player cam0.mp4 and cam1.mp4 show the true
capture time as a clock. Every frame's time is in cam0.csv and cam1.csv, the true ones in
truth.csv, the pairs in align.csv.
`, d.path("."))
	return nil
}

// input is how the demo reads: the host's clock is the cameras' truth here, whether or not it follows a time server.
func (d *demo) input() input { return input{trust: trustHost, stderr: io.Discard} }

// extract compares one camera's times by all methods, and writes the best ones.
func (d *demo) extract(name string, table *demoTable) error {
	in := d.input()
	recording, err := in.open(d.path(name + ".mp4"))
	if err != nil {
		return err
	}
	var column demoColumn
	for _, method := range demoMethods {
		column.rows = recording.Rows(method.Method) // those of the last, the best method stay
		column.misses = append(column.misses, missOf(column.rows, table.truth[name]))
	}
	table.names, table.columns = append(table.names, name), append(table.columns, column)
	o := extractOptions{method: bestMethod, format: "csv", force: d.force, plot: d.path(name + ".svg")}
	if err := o.writeRows(recording, d.path(name)); err != nil {
		return err
	}
	return o.writePlot(recording, name+".mp4")
}

// demoTable is what the demo shows: a line per method, a column per camera.
type demoTable struct {
	truth   demoTruth
	names   []string
	columns []demoColumn
}

type demoColumn struct {
	rows   []extract.Row
	misses []miss // by method
}

// miss is how far times are off the truth, in milliseconds.
type miss struct {
	mean, scatter float64
	bound         float64 // mean of what is stated, and
	within        float64 // share of the frames that keep to it
}

func missOf(rows []extract.Row, truth map[uint32]time.Time) miss {
	var sum, squares, bound, within, n float64
	for _, row := range rows {
		captured, ok := truth[row.RTP]
		if !ok || row.Time.IsZero() {
			continue
		}
		off := row.Time.Sub(captured)
		ms := float64(off) / 1e6
		sum, squares, bound, n = sum+ms, squares+ms*ms, bound+float64(row.Error)/1e6, n+1
		if off.Abs() <= row.Error {
			within++
		}
	}
	mean := sum / n
	return miss{mean, math.Sqrt(max(0, squares/n-mean*mean)), bound / n, within / n}
}

func (t *demoTable) write(w io.Writer) {
	line := func(label string, cell func(i int) string) {
		for i := range t.columns {
			label = fmt.Sprintf("%-*s %s", 18+30*i, label, cell(i))
		}
		fmt.Fprintln(w, label)
	}
	fmt.Fprintln(w)
	line("off the truth by", func(i int) string { return t.names[i] })
	for n, method := range demoMethods {
		line(method.name, func(i int) string {
			m := t.columns[i].misses[n]
			return fmt.Sprintf("%+.1f ms, scatter %.1f", m.mean, m.scatter)
		})
	}
	line("  what it states", func(i int) string {
		m := t.columns[i].misses[len(demoMethods)-1]
		return fmt.Sprintf("±%.1f ms, true of %.0f %%", m.bound, 100*m.within)
	})
	fmt.Fprint(w, "\nframes of cam0 that find the frame of cam1 captured nearest to them:\n")
}

// align pairs the recordings.
func (d *demo) align(ctx context.Context) error {
	f, err := createOutput(d.path("align.csv"), d.force)
	if err != nil {
		return err
	}
	o := d.aligning(bestMethod)
	o.plot, o.export.Force = d.path("align.svg"), d.force
	err = o.run(ctx, environment{stdout: f, stderr: io.Discard}, []string{d.path("cam0.mp4"), d.path("cam1.mp4")})
	return errors.Join(err, f.Close())
}

func (d *demo) aligning(method methodValue) *alignOptions {
	return &alignOptions{method: method, trust: trustHost, Options: align.Options{Reference: 1}}
}

// pairs counts the frames of the first camera for which a method finds the right one of the second.
func (d *demo) pairs(method methodValue, table *demoTable) (right, of int, err error) {
	o := d.aligning(method)
	var files []string
	for _, name := range table.names {
		files = append(files, d.path(name+".mp4"))
	}
	inputs, err := o.openAll(context.Background(), environment{stderr: io.Discard}, files, nil)
	if err != nil {
		return 0, 0, err
	}
	var cameras []*align.Camera
	for _, in := range inputs {
		cameras = append(cameras, in.camera)
	}
	a, err := align.New(o.Options, cameras)
	if err != nil {
		return 0, 0, err
	}
	first, second := table.captured(0), table.captured(1)
	found := make([]int, len(first))
	for set := range a.Sets() {
		if set.Complete() {
			found[set.Frames[0].Frame] = set.Frames[1].Frame + 1
		}
	}
	for i, at := range first {
		nearest := nearestTo(at, second)
		if nearest < 0 {
			continue // before the other camera began, or after it ended
		}
		of++
		if found[i] > 0 && second[found[i]-1].Equal(second[nearest]) {
			right++
		}
	}
	return right, of, nil
}

// captured returns the true capture times of a camera's frames.
func (t *demoTable) captured(camera int) (list []time.Time) {
	for _, row := range t.columns[camera].rows {
		list = append(list, t.truth[t.names[camera]][row.RTP])
	}
	return list
}

// nearestTo returns the index of the time nearest to at, or -1 when at is outside of the times, which are in order.
func nearestTo(at time.Time, times []time.Time) int {
	i, exact := slices.BinarySearchFunc(times, at, time.Time.Compare)
	switch {
	case exact:
		return i
	case i == 0 || i == len(times):
		return -1
	case at.Sub(times[i-1]) <= times[i].Sub(at):
		return i - 1
	}
	return i
}

func readTruth(name string) (demoTruth, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	truth := demoTruth{}
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
