package extract

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/timeslate/timeslate/clock"
)

func TestWriteSRT(t *testing.T) {
	rows := []Row{
		{PTS: 0, Timescale: 90000, Estimate: clock.Estimate{Time: start.Add(123456789)}},
		{PTS: 3000, Timescale: 90000},
		{PTS: 90000*3661 - 1, Timescale: 90000, Estimate: clock.Estimate{Time: start.Add(time.Hour)}},
	}
	var b bytes.Buffer
	if err := WriteSRT(&b, rows, time.FixedZone("CEST", 2*3600)); err != nil {
		t.Fatal(err)
	}
	const want = "1\n00:00:00,000 --> 00:00:00,033\n2025-06-15 14:34:56.123 CEST\n\n" +
		"2\n01:01:00,999 --> 02:02:01,966\n2025-06-15 15:34:56.000 CEST\n\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	if err := WriteSRT(&b, []Row{{}}, time.UTC); !errors.Is(err, ErrNoPresentation) {
		t.Errorf("%v", err)
	}
}
