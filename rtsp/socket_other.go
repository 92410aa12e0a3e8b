//go:build !linux

package rtsp

import (
	"fmt"
	"net"
)

func newBatchReader(k *socket) batchReader {
	if c, ok := k.conn.(*net.UDPConn); ok && !k.rtcp {
		for size := wantBuffer; size >= 256<<10 && k.buffer == 0; size /= 2 { // macOS refuses what is too much
			if c.SetReadBuffer(size) == nil {
				k.buffer = size
			}
		}
	}
	return newPlainReader(k)
}

// smallBuffer says that the system keeps less than we want.
func smallBuffer(granted int) string {
	return fmt.Sprintf("the system grants a receive buffer of %d bytes of %d, so that bursts may get lost", granted, wantBuffer)
}
