package rtsp

import (
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/internal/mempipe"
)

// TestInterruptedLink: as long as it is interrupted nothing waits, whatever deadlines are set; afterwards they count.
func TestInterruptedLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, _ := mempipe.New()
		l := &link{conn: conn}
		start := time.Now()
		full := make([]byte, mempipe.Window+1)
		try := func(want time.Duration) {
			t.Helper()
			l.arm(start.Add(time.Minute), false)
			if _, err := conn.Read(full); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != want {
				t.Errorf("read: %v after %v", err, time.Since(start))
			}
			l.armWrite(start.Add(time.Minute))
			if _, err := conn.Write(full); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != want {
				t.Errorf("write: %v after %v", err, time.Since(start))
			}
		}
		l.interrupt()
		try(0)
		l.resume()
		try(time.Minute)
	})
}

// TestReplacedLink: another connection is told the deadline, though it has not moved.
func TestReplacedLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, _ := mempipe.New()
		second, _ := mempipe.New()
		l, deadline := &link{conn: first}, time.Now().Add(time.Second)
		l.arm(deadline, false)
		l.replace(second)
		l.arm(deadline, false)
		time.AfterFunc(time.Minute, func() { second.Close() })
		if _, err := second.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read: %v", err)
		}
	})
}
