package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/media"
	"github.com/timeslate/timeslate/mp4"
	"github.com/timeslate/timeslate/ntp"
	"github.com/timeslate/timeslate/stamp"
)

// clipOf writes a recording of a camera whose clock is so far ahead of the recorder's.
func clipOf(t *testing.T, dir, name string, ahead time.Duration, host stamp.HostState) string {
	t.Helper()
	track, units := clipUnits(t)
	w, err := mp4.NewWriter([]media.Track{track}, mp4.Options{Created: clipStarted, Part: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	timing := stamp.NewTiming([]media.Track{track}, clipStarted, "test")
	timing.AddHostClock(stamp.HostClock{State: host, At: clipStarted, Wall: clipStarted})
	b := bytes.Clone(w.Header())
	for i, u := range units {
		if _, err := w.Push(u); err != nil {
			t.Fatal(err)
		}
		if i%5 == 0 {
			captured := u.Arrival.Add(-40 * time.Millisecond)
			u.Reports = []clock.Report{{NTP: ntp.FromTime(captured.Add(ahead)), RTP: u.PTS, Arrival: u.Arrival}}
		}
		timing.AddUnit(u)
	}
	tail, at, patch, err := w.Finish(timing.AppendAll(nil))
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, tail...)
	copy(b[at:], patch[:])
	path := filepath.Join(dir, name+".mp4")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestVote: recordings of cameras that disagree are put on one clock, and the user is told on which and why. All of them
// began at once, so that equal frames must be in one set.
func TestVote(t *testing.T) {
	free, follows := stamp.HostUnsynchronised, stamp.HostSynchronised
	const s = time.Second
	for _, test := range []struct {
		name  string
		ahead []time.Duration
		host  stamp.HostState
		flags string
		begin string // of the first set
		says  string
	}{
		{
			"agreed", []time.Duration{0, 0}, free, "", "12:00:00.210", "",
		},
		{
			"two of three", []time.Duration{5 * s, 5 * s, -3 * s}, free, "", "12:00:05.210",
			"clocks: those of cam0 and cam1 agree to 0s, what frames take on their way included, and are 4.96s ahead of the recorder's, which followed no time server: they are believed; " +
				"cam2 by the recorder's, corrected by as much (--trust host: all by the recorder's; --trust camera: each by its own)",
		},
		{
			"two against a time server", []time.Duration{5 * s, 5 * s}, follows, "", "12:00:05.210",
			"and are 4.96s ahead of the recorder's, which followed a time server: they are believed (--trust",
		},
		{
			"one with a time server", []time.Duration{0, 5 * s, 5 * s}, follows, "", "12:00:00.210",
			"clocks: that of cam0 agrees with the recorder's, that of cam1 is 4.96s ahead of the recorder's and that of cam2 is 4.96s ahead of the recorder's; " +
				"the recorder's, which followed a time server, is believed",
		},
		{
			"each for himself", []time.Duration{5 * s, -3 * s}, free, "", "12:00:00.210",
			"the recorder's, which followed no time server, is believed, as recordings of one recorder share it (--trust camera: each by its own)",
		},
		{
			"local time", []time.Duration{time.Hour, time.Hour}, free, "", "12:00:00.210",
			"clocks: that of cam0 tells its local time, 1h0m0s ahead of the recorder's and that of cam1 tells",
		},
		{
			"the user knows better", []time.Duration{5 * s, 5 * s, -3 * s}, free, "host", "12:00:00.210", "",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, args := t.TempDir(), []string{"align"}
			if test.flags != "" {
				args = append(args, "--trust", test.flags)
			}
			for i, ahead := range test.ahead {
				args = append(args, clipOf(t, dir, "cam"+string(rune('0'+i)), ahead, test.host))
			}
			code, table, said := timeslate(t, nil, args...)
			if code != exitDone || !strings.Contains(said, test.says) || strings.Contains(said, "clocks:") != (test.says != "") {
				t.Fatalf("exit code %d: %s", code, said)
			}
			rows := tableOf(t, table)
			if len(rows) != 60 || !strings.Contains(rows[0]["utc"], test.begin) {
				t.Errorf("%d sets, the first at %s, want %s", len(rows), rows[0]["utc"], test.begin)
			}
			voted := strings.Contains(test.says, "they are believed")
			for i, row := range rows {
				if row["frame_1"] != row["frame_2"] || strings.Contains(row["status_1"], "+voted") != voted {
					t.Fatalf("set %d: %v", i, row)
				}
			}
		})
	}
}

// TestVoteOnce: files that were cut keep the times that were voted on, and say so.
func TestVoteOnce(t *testing.T) {
	dir, free := t.TempDir(), stamp.HostUnsynchronised
	cut := filepath.Join(dir, "cut")
	code, _, said := timeslate(t, nil, "align", "--export", cut, clipOf(t, dir, "a", 5*time.Second, free), clipOf(t, dir, "b", 5*time.Second, free))
	if code != exitDone || !strings.Contains(said, "they are believed") {
		t.Fatalf("exit code %d: %s", code, said)
	}
	about, err := os.ReadFile(filepath.Join(cut, "align.json"))
	if err != nil || !strings.Contains(string(about), `"clocks":["clocks: those of a and b agree to 0s`) {
		t.Errorf("%s, %v", about, err)
	}
	code, table, said := timeslate(t, nil, "align", "--trust", "host", filepath.Join(cut, "a.mp4"), filepath.Join(cut, "b.mp4"))
	if code != exitDone || !strings.Contains(table, "12:00:05.210") ||
		!strings.Contains(said, "note: a: it was cut from a longer recording and keeps its times") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

// TestVoteLong: recordings that were too long to be kept are read again when the vote is over, and not kept then either.
func TestVoteLong(t *testing.T) {
	dir, free := t.TempDir(), stamp.HostUnsynchronised
	files := []string{clipOf(t, dir, "a", 5*time.Second, free), clipOf(t, dir, "b", 5*time.Second, free)}
	o := alignOptions{method: bestMethod}
	inputs, err := o.openAll(t.Context(), environment{stderr: io.Discard}, files, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range inputs {
		from, _ := in.camera.Span()
		if ahead := from.Sub(clipStarted); in.recording != nil || in.camera.Len() != 60 || in.disputed > 0 || ahead < 4*time.Second {
			t.Errorf("%s: %d frames, %v ahead, %d disputed; kept: %t", in.name(), in.camera.Len(), ahead, in.disputed, in.recording != nil)
		}
	}
}
