package stamp

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/timeslate/timeslate/ntp"
)

// The UUIDs of retina-record are ASCII.
var (
	strawlabFrameUUID  = UUID([]byte("strawlab.org/89H"))
	strawlabReportUUID = UUID([]byte("strawlab.org/o8B"))
)

// StrawlabFrame is retina-record's 89H: what is known of a frame without any report.
type StrawlabFrame struct {
	Arrival ntp.Time // on the recorder's clock; retina-record takes it when the whole frame has come
	RTP     uint32   // as the camera sent it
}

// StrawlabReport is retina-record's o8B: a sender report as it came. retina-record writes those of its audio track
// too, with nothing to tell them apart.
type StrawlabReport struct {
	Arrival ntp.Time // on the recorder's clock
	NTP     ntp.Time // the camera's wall clock
	RTP     uint32   // the same instant on the media clock
}

// Append appends the SEI payload to b: compact JSON with 64-bit integers.
func (f StrawlabFrame) Append(b []byte) []byte {
	b = append(b, strawlabFrameUUID[:]...)
	b = appendNumber(b, `{"recv":`, uint64(f.Arrival))
	b = appendNumber(b, `,"rtp":`, uint64(f.RTP))
	return append(b, '}')
}

// Append appends the SEI payload to b.
func (r StrawlabReport) Append(b []byte) []byte {
	b = append(b, strawlabReportUUID[:]...)
	b = appendNumber(b, `{"recv":`, uint64(r.Arrival))
	b = appendNumber(b, `,"ntp":`, uint64(r.NTP))
	b = appendNumber(b, `,"rtp":`, uint64(r.RTP))
	return append(b, '}')
}

func appendNumber(b []byte, key string, n uint64) []byte {
	return strconv.AppendUint(append(b, key...), n, 10)
}

// strawlabNumbers holds the members of both messages. Decoded into integers, numbers never pass through a float64,
// which would take 31 ns and more off them.
type strawlabNumbers struct {
	Recv, NTP *uint64
	RTP       *uint32
}

// ParseStrawlabFrame reads an 89H payload.
func ParseStrawlabFrame(payload []byte) (StrawlabFrame, error) {
	n, err := parseStrawlab(payload, &strawlabFrameUUID)
	if err != nil {
		return StrawlabFrame{}, fmt.Errorf("stamp: 89H: %w", err)
	}
	return StrawlabFrame{Arrival: ntp.Time(*n.Recv), RTP: *n.RTP}, nil
}

// ParseStrawlabReport reads an o8B payload.
func ParseStrawlabReport(payload []byte) (StrawlabReport, error) {
	n, err := parseStrawlab(payload, &strawlabReportUUID)
	if err == nil && n.NTP == nil {
		err = errors.New("no ntp")
	}
	if err != nil {
		return StrawlabReport{}, fmt.Errorf("stamp: o8B: %w", err)
	}
	return StrawlabReport{Arrival: ntp.Time(*n.Recv), NTP: ntp.Time(*n.NTP), RTP: *n.RTP}, nil
}

func parseStrawlab(payload []byte, uuid *UUID) (n strawlabNumbers, err error) {
	if !uuid.of(payload) {
		return n, fmt.Errorf("byte 0: not %q", uuid[:])
	}
	if err := json.Unmarshal(payload[len(uuid):], &n); err != nil {
		return n, fmt.Errorf("JSON at byte %d: %w", len(uuid), err)
	}
	if n.Recv == nil || n.RTP == nil {
		return n, errors.New("no recv or no rtp")
	}
	return n, nil
}
