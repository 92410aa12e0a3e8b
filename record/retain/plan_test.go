package retain

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/timeslate/timeslate/record/segment"
)

// randomFiles returns files of a few outputs, oldest first.
func randomFiles(r *rand.Rand, outputs int) (files []file) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for range r.IntN(12) {
		start = start.Add(time.Second)
		files = append(files, file{
			File:      segment.File{Name: start.String(), Start: start, Size: r.Int64N(5) * 100},
			output:    fmt.Sprint(r.IntN(outputs)),
			protected: r.IntN(4) == 0,
		})
	}
	return files
}

// total returns what of files would be left after deleting those with the indices.
func total(files []file, without []int) (count int, bytes int64) {
	for i, f := range files {
		if !slices.Contains(without, i) {
			count++
			bytes += f.Size
		}
	}
	return count, bytes
}

func indices(plan []deletion) (all []int) {
	for _, x := range plan {
		all = append(all, x.index)
	}
	return all
}

// candidates returns the files that may be deleted at all.
func candidates(files []file, spared map[int]bool) (all []int) {
	for i, f := range files {
		if !f.protected && !spared[i] {
			all = append(all, i)
		}
	}
	return all
}

// TestBeyond compares plans with what defines them: the shortest row of the oldest files whose deletion obeys the limits, or
// all that may be deleted.
func TestBeyond(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		files := randomFiles(r, 1)
		l := Limits{Files: r.IntN(8), Bytes: r.Int64N(12) * 100}
		obeyed := func(without []int) bool {
			count, bytes := total(files, without)
			return (l.Files == 0 || count <= l.Files) && (l.Bytes == 0 || bytes <= l.Bytes)
		}
		want := candidates(files, nil)
		for n := range want {
			if obeyed(want[:n]) {
				want = want[:n]
				break
			}
		}
		plan := l.beyond(files)
		if !slices.Equal(indices(plan), want) {
			t.Fatalf("%+v\n%+v\nplan %v, want %v", l, files, plan, want)
		}
		for i, x := range plan {
			count, _ := total(files, want[:i])
			if tooMany := l.Files > 0 && count > l.Files; tooMany != (x.reason == Files) {
				t.Fatalf("%+v\n%+v\n%d is deleted because of %v", l, files, x.index, x.reason)
			}
		}
	}
}

// TestMissing does the same for the space on a disk.
func TestMissing(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	shortage := 0
	for range 20_000 {
		files := randomFiles(r, 3)
		bytes := r.Int64N(2000) - 100
		spared, newest := map[int]bool{}, map[string]int{}
		for i, f := range files {
			if f.Size == 0 {
				spared[i] = true // it would not help
			}
			if !f.protected {
				newest[f.output] = i
			}
		}
		for _, i := range newest {
			spared[i] = true
		}
		want := candidates(files, spared)
		freed := func(n int) (sum int64) {
			for _, i := range want[:n] {
				sum += files[i].Size
			}
			return sum
		}
		for n := range want {
			if freed(n) >= bytes {
				want = want[:n]
				break
			}
		}
		plan, short := missing(files, bytes)
		if !slices.Equal(indices(plan), want) || short != max(0, bytes-freed(len(want))) {
			t.Fatalf("%d bytes\n%+v\nplan %v, %d short, want %v", bytes, files, plan, short, want)
		}
		if short > 0 {
			shortage++
		}
	}
	if shortage < 1000 {
		t.Errorf("only %d sets of files were too small", shortage)
	}
}
