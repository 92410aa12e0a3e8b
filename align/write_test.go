package align

import (
	"encoding/json"
	"testing"
)

func TestJSON(t *testing.T) {
	s := &Set{Index: 7, Time: base, Frames: []Pick{{Frame: 3, Offset: -2 * ms, Error: ms}, {Frame: -1, Status: ConnectionLost}}}
	line := s.AppendJSON(nil, []string{"front", "höf \"2\"\n"})
	const want = `{"type":"set","set":7,"utc":"2026-03-01T12:00:00.000000000Z","unix_ns":1772366400000000000,"cameras":[` +
		`{"camera":"front","status":"ok","frame":3,"unix_ns":1772366399998000000,"offset_ns":-2000000,"error_ns":1000000},` +
		`{"camera":"höf \"2\"\n","status":"connection-lost","frame":null,"unix_ns":null,"offset_ns":null,"error_ns":null}]}` + "\n"
	if string(line) != want || !json.Valid(line) {
		t.Errorf("got  %swant %s", line, want)
	}
}

func TestCSV(t *testing.T) {
	s := &Set{Index: 7, Time: base, Frames: []Pick{{Frame: 3, Offset: -2 * ms, Error: ms, Flags: Latency | Unsure}, {Frame: -1, Status: DiskStalled}}}
	const want = "7,2026-03-01T12:00:00.000000000Z,1772366400000000000,3,-2000000,1000000,ok+latency+unsure,,,,disk-stalled\n"
	if got := string(s.AppendCSV(nil)); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	if got, want := string(AppendCSVHeader(nil, 1)), "set,utc,unix_ns,frame_1,offset_ns_1,error_ns_1,status_1\n"; got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	buf := make([]byte, 0, 1000)
	if n := testing.AllocsPerRun(100, func() { s.AppendCSV(buf) }); n > 0 {
		t.Errorf("%v allocations per line", n)
	}
}
