package mempipe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func Example() {
	a, b := New()
	a.Write([]byte("both ends may write "))
	b.Write([]byte("before either reads"))
	a.Close()
	b.SetReadDeadline(time.Now().Add(time.Second))
	text, err := io.ReadAll(b)
	fmt.Printf("%s%v\n", text, err)
	// Output: both ends may write <nil>
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := New()
		start := time.Now()
		a.SetReadDeadline(start.Add(time.Second))
		a.SetReadDeadline(start.Add(time.Minute))
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("read: %v", err)
		}
		if d := time.Since(start); d != time.Minute {
			t.Errorf("the read ended after %v", d)
		}
		a.SetReadDeadline(time.Time{})
		b.Write([]byte{7})
		if n, err := a.Read(make([]byte, 9)); n != 1 || err != nil {
			t.Errorf("read after the deadline was lifted: %d, %v", n, err)
		}
		a.SetWriteDeadline(time.Now().Add(time.Hour))
		n, err := a.Write(make([]byte, Window+1))
		if n != Window || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write beyond the window: %d, %v", n, err)
		}
	})
}

func TestDeadlineInThePastFromElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := New()
		done := make(chan error)
		go func() {
			_, err := a.Read(make([]byte, 1))
			done <- err
		}()
		synctest.Wait()
		a.SetReadDeadline(time.Unix(1, 0))
		if err := <-done; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read: %v", err)
		}
	})
}

func TestWriteWaitsForTheReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := New()
		want := bytes.Repeat([]byte("0123456789"), Window/4)
		go func() {
			a.Write(want)
			a.Close()
		}()
		if got, err := io.ReadAll(b); err != nil || !bytes.Equal(got, want) {
			t.Errorf("got %d bytes of %d, %v", len(got), len(want), err)
		}
	})
}

func TestClose(t *testing.T) {
	a, b := New()
	a.Close()
	if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("own read: %v", err)
	}
	if _, err := a.Write([]byte{1}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("own write: %v", err)
	}
	if _, err := b.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("peer's read: %v", err)
	}
	if _, err := b.Write([]byte{1}); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("peer's write: %v", err)
	}
}

func TestListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := Listen()
		go func() {
			c, _ := l.Accept()
			io.WriteString(c, c.RemoteAddr().String())
			c.Close()
		}()
		c, err := l.Dial(t.Context(), "tcp", "camera:554")
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(c); string(got) != c.LocalAddr().String() {
			t.Errorf("the server saw %s, the client is %s", got, c.LocalAddr())
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.Dial(ctx, "tcp", "camera:554"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Dial that nobody accepts: %v", err)
		}
		l.Close()
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Accept after Close: %v", err)
		}
		if _, err := l.Dial(t.Context(), "tcp", "camera:554"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Dial after Close: %v", err)
		}
	})
}
