package rtpsession_test

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/pion/rtp"

	"github.com/timeslate/timeslate/rtpsession"
)

// A camera's packets and its sender report come in, a receiver report goes back.
func Example() {
	start := time.Date(2025, 6, 15, 12, 34, 56, 0, time.UTC)
	r := rtpsession.NewReceiver(rtpsession.Config{PayloadType: 96, ClockRate: 90000, SSRC: 0x0badcafe, CNAME: "recorder"})

	// The time stamp wraps with the third packet, and the one before it is missing.
	for _, p := range []rtp.Header{
		{SequenceNumber: 65534, Timestamp: 1<<32 - 7200},
		{SequenceNumber: 65535, Timestamp: 1<<32 - 3600, Marker: true},
		{SequenceNumber: 1, Timestamp: 3600, Marker: true},
	} {
		p.Version, p.PayloadType, p.SSRC = 2, 96, 0x1234abcd
		b, err := rtp.Packet{Header: p, Payload: []byte{0x65}}.Marshal()
		if err != nil {
			fmt.Println(err)
		}
		captured := time.Duration(p.Timestamp+7200) * time.Second / 90000
		if err := r.Push(start.Add(captured), b); err != nil {
			fmt.Println(err)
		}
		for p, ok := r.Next(); ok; p, ok = r.Next() {
			fmt.Println("packet", p.SequenceNumber, "time", p.Time, "lost", p.Lost)
		}
	}

	sr, _ := hex.DecodeString("80c800061234abcdebf93c7080000000000000000000000300000003")
	if err := r.PushRTCP(start.Add(500*time.Millisecond), sr); err != nil {
		fmt.Println(err)
	}
	for s, ok := r.NextReport(); ok; s, ok = r.NextReport() {
		fmt.Println("report", s.NTP.Near(start).Format(time.RFC3339Nano), "time", s.Time)
	}

	fmt.Printf("% x\n", r.AppendReport(nil, start.Add(time.Second)))
	// Output:
	// packet 65534 time 4294960096 lost 0
	// packet 65535 time 4294963696 lost 0
	// packet 1 time 4294970896 lost 1
	// report 2025-06-15T12:34:56.5Z time 4294967296
	// 81 c9 00 07 0b ad ca fe 12 34 ab cd 40 00 00 01 00 01 00 01 00 00 00 00 3c 70 80 00 00 00 80 00 81 ca 00 04 0b ad ca fe 01 08 72 65 63 6f 72 64 65 72 00 00
}
