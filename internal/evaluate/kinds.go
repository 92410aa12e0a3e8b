package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/timeslate/timeslate/extract"
	"github.com/timeslate/timeslate/internal/clocksim"
)

// kind is some cameras of one kind.
type kind struct {
	name  string
	draws []scenario
}

func drawKinds(names []string, draws int) (list []kind, err error) {
	for _, name := range names {
		k := kind{name: name}
		for seed := range uint64(draws) {
			s, err := drawScenario(name, seed)
			if err != nil {
				return nil, err
			}
			k.draws = append(k.draws, s)
		}
		list = append(list, k)
	}
	return list, nil
}

// drawScenario hands a recording of clocksim to extract as a packet log.
func drawScenario(name string, seed uint64) (s scenario, err error) {
	r := clocksim.Kind(name, seed, 300).Record(seed)
	s = scenario{name: name, truth: r.Truth, latency: r.Latency}
	frames, reports := packetLog(r)
	s.recording, err = extract.ReadLog(extract.LogFile{Name: name, Reader: frames}, extract.LogFile{Name: name, Reader: reports})
	return s, err
}

// packetLog writes a recording as tables of frames and of reports.
func packetLog(r *clocksim.Recording) (frames, reports *bytes.Buffer) {
	frames = bytes.NewBufferString("rtp_timestamp,receive_time_ns,ssrc\n")
	for _, f := range r.Frames {
		fmt.Fprintf(frames, "%d,%d,%08x\n", uint32(f.RTP), f.Arrival.UnixNano(), f.Run)
	}
	reports = bytes.NewBufferString("ntp_hex,rtp_timestamp,receive_time_ns,packet_index,ssrc\n")
	for _, p := range r.Reports {
		fmt.Fprintf(reports, "%016x,%d,%d,%d,%08x\n", uint64(p.NTP), uint32(p.RTP), p.Arrival.UnixNano(), p.Before, p.Run)
	}
	return frames, reports
}

func kindTable(list []kind) table {
	t := table{heading("kind")}
	for _, k := range list {
		row := []string{k.name}
		for _, m := range methods {
			var scores []clocksim.Score
			for i := range k.draws {
				scores = append(scores, k.draws[i].judge(m))
			}
			row = append(row, cell(median(scores)))
		}
		t = append(t, row)
	}
	return t
}

// median returns a score that has the median of each number that is shown.
func median(list []clocksim.Score) clocksim.Score {
	return clocksim.Score{
		Frames:  middle(list, func(s clocksim.Score) int { return s.Frames }),
		MeanAbs: middle(list, func(s clocksim.Score) time.Duration { return s.MeanAbs }),
		P99:     middle(list, func(s clocksim.Score) time.Duration { return s.P99 }),
		Cover:   middle(list, func(s clocksim.Score) float64 { return s.Cover }),
		Bound:   middle(list, func(s clocksim.Score) time.Duration { return s.Bound }),
	}
}

func middle[T cmp.Ordered](list []clocksim.Score, value func(clocksim.Score) T) T {
	values := make([]T, 0, len(list))
	for _, s := range list {
		values = append(values, value(s))
	}
	slices.Sort(values)
	return values[len(values)/2]
}
