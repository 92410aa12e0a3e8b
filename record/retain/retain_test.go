package retain

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/internal/filelock"
	"github.com/timeslate/timeslate/record/segment"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// write creates files of 100 bytes that start so many minutes after noon, and returns their names.
func write(t *testing.T, output string, minutes ...int) (names []string) {
	t.Helper()
	for _, m := range minutes {
		start := noon.Add(time.Duration(m) * time.Minute)
		name := segment.Name(output, start, 1)
		if err := os.WriteFile(name, make([]byte, 100), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, time.Time{}, start.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// have compares the files in a folder with those wanted, by their minutes.
func have(t *testing.T, output string, want ...int) {
	t.Helper()
	files, err := segment.List(output)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, f := range files {
		got = append(got, int(f.Start.Sub(noon)/time.Minute))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v are left, want %v", filepath.Base(output), got, want)
	}
}

func keeper(t *testing.T, l Limits, outputs ...string) *Keeper {
	t.Helper()
	k, err := New(l, outputs...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// expect says what was deleted, and what error is told.
func expect(t *testing.T, done []Deletion, err error, want, wantErr string) {
	t.Helper()
	var got []string
	for _, d := range done {
		start, _, _ := segment.Parse(d.Output, d.Name)
		got = append(got, fmt.Sprint(filepath.Base(d.Output), int(start.Sub(noon)/time.Minute), " ", d.Reason))
	}
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("deleted: %s, want %s", s, want)
	}
	if (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
		t.Errorf("error %v, want %q", err, wantErr)
	}
}

func TestKeep(t *testing.T) {
	for _, tt := range []struct {
		limits  Limits
		deleted string
		left    []int
	}{
		{Limits{}, "", []int{1, 2, 3, 4}},
		{Limits{Files: 4, Bytes: 400}, "", []int{1, 2, 3, 4}},
		{Limits{Files: 3}, "cam1 more files than are kept", []int{2, 3, 4}},
		{Limits{Bytes: 399}, "cam1 more bytes than are kept", []int{2, 3, 4}},
		{Limits{Files: 3, Bytes: 200}, "cam1 more files than are kept, cam2 more bytes than are kept", []int{3, 4}},
		{Limits{Files: 1}, "cam1 more files than are kept, cam2 more files than are kept, cam3 more files than are kept", []int{4}},
	} {
		dir := t.TempDir()
		output, other := dir+"/cam", dir+"/cam_2"
		names := write(t, output, 1, 2, 3, 4)
		write(t, other, 0, 1, 2, 3)
		foreign := filepath.Join(dir, "cam_20260301T120000.000Z-cut.mp4")
		if err := os.WriteFile(foreign, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		k := keeper(t, tt.limits, output, other)
		done, err := k.Keep(output, names[3])
		expect(t, done, err, tt.deleted, "")
		have(t, output, tt.left...)
		have(t, other, 0, 1, 2, 3)
		if _, err := os.Stat(foreign); err != nil {
			t.Error(err)
		}
	}
}

// TestClockSetBack has a camera whose clock was wrong by three hours when the files 1 and 2 were begun, after the others.
func TestClockSetBack(t *testing.T) {
	output := t.TempDir() + "/cam"
	names := write(t, output, 1, 2, 100, 101, 102)
	for i, name := range names[:2] {
		written := noon.Add(time.Duration(103+i) * time.Minute)
		if err := os.Chtimes(name, time.Time{}, written); err != nil {
			t.Fatal(err)
		}
	}
	k := keeper(t, Limits{Files: 3}, output)
	done, err := k.Keep(output, names[1])
	expect(t, done, err, "cam100 more files than are kept, cam101 more files than are kept", "")
}

// TestProtected has a growing file with a time before all others, and one that is locked.
func TestProtected(t *testing.T) {
	output := t.TempDir() + "/cam"
	names := write(t, output, 1, 2, 3, 4)
	locked, err := os.Open(names[1])
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Close()
	if err := filelock.Lock(locked); err != nil {
		t.Fatal(err)
	}
	if again, err := os.Open(names[1]); err != nil || filelock.Lock(again) == nil {
		t.Skip("there are no locks on this system")
	} else {
		again.Close()
	}
	k := keeper(t, Limits{Files: 3}, output)
	done, err := k.Keep(output, names[0])
	expect(t, done, err, "cam3 more files than are kept", "")
	locked.Close()
	k = keeper(t, Limits{Files: 1}, output)
	done, err = k.Keep(output, names[0])
	expect(t, done, err, "cam2 more files than are kept, cam4 more files than are kept", "")
	write(t, output, 5)
	done, err = k.Keep(output, "")
	expect(t, done, err, "cam1 more files than are kept", "")
}

// TestForeign asks for an output that nobody spoke of.
func TestForeign(t *testing.T) {
	output := t.TempDir() + "/cam"
	write(t, output, 1, 2)
	k := keeper(t, Limits{Files: 1, Free: 1 << 60})
	done, err := k.Keep(output, "")
	expect(t, done, err, "", "")
	done, err = k.Free(output)
	expect(t, done, err, "", "")
	have(t, output, 1, 2)
}

// TestUndeletable has a file that can't be deleted: it is told once, and does not count, so that newer files may stay.
func TestUndeletable(t *testing.T) {
	output := t.TempDir() + "/cam"
	names := write(t, output, 1, 2, 3, 4)
	k := keeper(t, Limits{Files: 2}, output)
	k.disks[output].remove = func(name string) error {
		if name == names[0] {
			return errors.New("not this one")
		}
		return remove(name)
	}
	done, err := k.Keep(output, names[3])
	expect(t, done, err, "cam2 more files than are kept", "not this one")
	have(t, output, 1, 3, 4)
	for i := range 3 {
		write(t, output, 5+i)
		done, err = k.Keep(output, "")
		expect(t, done, err, fmt.Sprint("cam", 3+i, " more files than are kept"), "")
	}
	have(t, output, 1, 6, 7)
}

// TestUndeletableFree has a file that can't be deleted where space is needed: no more is deleted than was to be.
func TestUndeletableFree(t *testing.T) {
	output := t.TempDir() + "/cam"
	names := write(t, output, 1, 2, 3, 4, 5, 6)
	k := keeper(t, Limits{Free: 1000}, output)
	k.disks[output].space = func(string) (int64, error) { return 800, nil }
	k.disks[output].remove = func(name string) error {
		if name == names[1] {
			return errors.New("not this one")
		}
		return remove(name)
	}
	done, err := k.Free(output)
	expect(t, done, err, "cam1 to keep space free, cam3 to keep space free", "not this one")
	have(t, output, 2, 4, 5, 6)
}

// TestReadOnly has a folder in which nothing can be deleted, which is told once for each time that it comes.
func TestReadOnly(t *testing.T) {
	output := t.TempDir() + "/cam"
	var names []string
	for i := range 20 {
		names = append(names, write(t, output, i)...)
	}
	k := keeper(t, Limits{Files: 2}, output)
	attempts := 0
	refuse := func(string) error { attempts++; return errors.New("not here") }
	k.disks[output].remove = refuse
	for i, want := range []string{"not here", "", ""} {
		done, err := k.Keep(output, "")
		expect(t, done, err, "", want)
		if attempts != maxFailures {
			t.Errorf("round %d: %d attempts", i, attempts)
		}
		attempts = 0
		os.Remove(names[i]) // so that it is another file next time
	}
	k.disks[output].remove = remove
	if done, err := k.Keep(output, ""); len(done) != 15 || err != nil {
		t.Errorf("%v, %v", done, err)
	}
	k.disks[output].remove = refuse
	write(t, output, 50)
	done, err := k.Keep(output, "")
	expect(t, done, err, "", "not here")
}

// TestGone has files that somebody else deletes at the same time.
func TestGone(t *testing.T) {
	output := t.TempDir() + "/cam"
	names := write(t, output, 1, 2, 3, 4)
	k := keeper(t, Limits{Files: 2}, output)
	k.disks[output].remove = func(name string) error {
		os.Remove(names[0])
		return remove(name)
	}
	done, err := k.Keep(output, "")
	expect(t, done, err, "cam2 more files than are kept", "")
	have(t, output, 3, 4)
}

// TestFree has a disk that counts what was deleted at once, for two outputs.
func TestFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		a, b := dir+"/a", dir+"/b"
		growing := write(t, a, 1, 3, 5, 7)[3]
		write(t, b, 2, 4, 6, 8)
		k := keeper(t, Limits{Free: 1000}, a, b)
		if _, err := k.Keep(a, growing); err != nil {
			t.Error(err)
		}
		others := int64(0) // bytes of other files
		k.disks[a].space = func(string) (int64, error) {
			left := int64(2000) - others
			for _, output := range []string{a, b} {
				files, err := segment.List(output)
				if err != nil {
					return 0, err
				}
				left -= 100 * int64(len(files))
			}
			return left, nil
		}
		done, err := k.Free(a)
		expect(t, done, err, "", "")
		others = 350
		done, err = k.Free(b)
		expect(t, done, err, "a1 to keep space free, b2 to keep space free", "")
		done, err = k.Free(a)
		expect(t, done, err, "", "")
		others = 1300
		done, err = k.Free(a)
		expect(t, done, err, "a3 to keep space free, b4 to keep space free, b6 to keep space free", "400 bytes free, not 1000")
		have(t, a, 5, 7)
		have(t, b, 8)
		time.Sleep(time.Minute)
		done, err = k.Free(b)
		expect(t, done, err, "", "") // it was told
		others = 0
		done, err = k.Free(b)
		expect(t, done, err, "", "")
		others = 1300
		done, err = k.Free(b)
		expect(t, done, err, "", "newest recordings")
	})
}

// TestGrowingShortage has a disk that others fill further while there is nothing to delete.
func TestGrowingShortage(t *testing.T) {
	output := t.TempDir() + "/cam"
	write(t, output, 1)
	k := keeper(t, Limits{Free: 1000}, output)
	left := int64(1000)
	k.disks[output].space = func(string) (int64, error) { left -= 10; return left, nil }
	done, err := k.Free(output)
	expect(t, done, err, "", "newest recordings")
	write(t, output, 2)
	done, err = k.Free(output)
	expect(t, done, err, "cam1 to keep space free", "")
}

// TestSettling has a disk on which space gets free half a minute after the files were deleted.
func TestSettling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		output := t.TempDir() + "/cam"
		write(t, output, 1, 2, 3, 4, 5, 6, 7, 8)
		k := keeper(t, Limits{Free: 200}, output)
		left := int64(0)
		k.disks[output].space = func(string) (int64, error) { return left, nil }
		done, err := k.Free(output)
		expect(t, done, err, "cam1 to keep space free, cam2 to keep space free", "")
		for range 6 {
			time.Sleep(5 * time.Second)
			done, err = k.Free(output)
			expect(t, done, err, "", "")
		}
		left = 200
		done, err = k.Free(output)
		expect(t, done, err, "", "")
		left = 100 // new recordings
		done, err = k.Free(output)
		expect(t, done, err, "cam3 to keep space free", "")
		time.Sleep(settling)
		done, err = k.Free(output) // that was not enough: a player has the file open
		expect(t, done, err, "cam4 to keep space free", "")
	})
}

// TestFolderGone has an output whose folder goes away; the others go on.
func TestFolderGone(t *testing.T) {
	dir := t.TempDir()
	gone, stays := dir+"/gone/a", dir+"/b"
	if err := os.Mkdir(filepath.Dir(gone), 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, stays, 1, 2, 3)
	k := keeper(t, Limits{Files: 2, Free: 1000}, gone, stays)
	k.disks[stays].space = func(string) (int64, error) { return 900, nil }
	if k.disks[gone] != k.disks[stays] {
		t.Skip("folders are disks of their own on this system")
	}
	if err := os.Remove(filepath.Dir(gone)); err != nil {
		t.Fatal(err)
	}
	done, err := k.Keep(gone, "")
	expect(t, done, err, "", "no such file")
	done, err = k.Keep(gone, "")
	expect(t, done, err, "", "")
	if err := os.Mkdir(filepath.Dir(gone), 0o777); err != nil {
		t.Fatal(err)
	}
	done, err = k.Keep(gone, "")
	expect(t, done, err, "", "")
	if err := os.Remove(filepath.Dir(gone)); err != nil {
		t.Fatal(err)
	}
	done, err = k.Keep(gone, "")
	expect(t, done, err, "", "no such file")
	done, err = k.Free(stays)
	expect(t, done, err, "b1 to keep space free", "")
	if _, err := New(Limits{}, gone); !os.IsNotExist(err) {
		t.Error(err)
	}
}
