package record

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// Each type of event has words for people and names for programs.
func TestEvents(t *testing.T) {
	from := time.Date(2026, 3, 1, 12, 0, 0, 500e6, time.UTC)
	to := from.Add(92 * time.Second)
	for _, c := range []struct {
		e          Event
		said, json string
	}{
		{Event{Type: Connected, Transport: "udp", Server: "Acme 1.0"},
			`connected over UDP to Acme 1.0`, `"transport":"udp","server":"Acme 1.0"`},
		{Event{Type: Connected}, `connected`, `"type":"connected"`},
		{Event{Type: Opened, File: "g_1.mp4"}, `recording to g_1.mp4`, `"file":"g_1.mp4"`},
		{Event{Type: Waiting, Message: "connection refused", From: from, Gap: 80 * time.Second, Retry: 12 * time.Second},
			`no connection for 1m20s, next try in 12s: connection refused`,
			`"from":"2026-03-01T12:00:00.5Z","gap_ns":80000000000,"retry_ns":12000000000,"message":"connection refused"`},
		{Event{Type: Waiting}, `no connection, trying again`, `"type":"waiting"`},
		{Event{Type: Gap, Cause: "connection lost", Message: "reset", From: from, To: to, Gap: to.Sub(from)},
			`1m32s missing, from 12:00:00.500 to 12:01:32.500 UTC: connection lost (reset)`,
			`"cause":"connection lost","from":"2026-03-01T12:00:00.5Z","to":"2026-03-01T12:01:32.5Z","gap_ns":92000000000`},
		{Event{Type: Gap, Cause: "packets lost", From: from, To: from.Add(40 * time.Millisecond), Gap: 40 * time.Millisecond},
			`40ms missing, from 12:00:00.500 to 12:00:00.540 UTC: packets lost`, `"cause":"packets lost"`},
		{Event{Type: Stalled, Message: "no space left on device"},
			`the disk takes no data: no space left on device; recording goes on when it does`, `"type":"stalled"`},
		{Event{Type: Resumed, Gap: 7 * time.Second, Dropped: 150},
			`the disk takes data again after 7s; 150 frames are missing so far`, `"dropped":150`},
		{Event{Type: Finished, File: "g", Duration: 10 * time.Second, Frames: 250, Bytes: 104700, Lost: 2},
			`finished: 10s, 250 frames, 104.7 kB, 2 packets lost`, `"duration_ns":10000000000`},
		{Event{Type: Status, File: "g", Duration: time.Minute, Frames: 1500, Bytes: 9e6, Lost: 1, State: "locked", Source: "sr", Error: 2e6},
			`1m0s, 1500 frames, 9.0 MB, clock locked, times good to ±2ms, 1 packet lost`, `"error_ns":2000000`},
		{Event{Type: Repaired, File: "g_1.mp4", Duration: time.Second, Frames: 25, Bytes: 9e6, Message: "a torn tail was cut"},
			`repaired g_1.mp4: 1s, 25 frames, 9.0 MB; a torn tail was cut`, `"file":"g_1.mp4"`},
		{Event{Type: Deleted, File: "g_1.mp4"}, `deleted g_1.mp4`, `"file":"g_1.mp4"`},
		{Event{Type: Warning, Message: "look"}, `look`, `"message":"look"`},
	} {
		c.e.Output = "g"
		if said := c.e.String(); said != "g: "+c.said {
			t.Errorf("%s: %q, want %q", c.e.Type, said, "g: "+c.said)
		}
		text, err := json.Marshal(c.e)
		if err != nil || !strings.Contains(string(text), c.json) {
			t.Errorf("%s: %s has no %s: %v", c.e.Type, text, c.json, err)
		}
	}
}

// What an event does not have is not in its JSON.
func TestEventJSON(t *testing.T) {
	text, err := json.Marshal(Event{Type: Opened, Output: "g"})
	if want := `{"type":"opened","output":"g","frames":0,"bytes":0,"duration_ns":0,"lost":0}`; string(text) != want || err != nil {
		t.Errorf("%s, want %s: %v", text, want, err)
	}
}
