package rtsp

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/timeslate/timeslate/internal/mempipe"
)

func TestServerConn(t *testing.T) {
	client, c := mempipe.New()
	s := NewServerConn(c)
	io.WriteString(client, "OPTIONS rtsp://h/cam0 RTSP/1.0\r\nCSeq: 7\r\n\r\n"+"$\x01\x00\x081234567\x00"+
		"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"+
		"SET_PARAMETER rtsp://h/cam0 RTSP/1.0\r\nCSeq: 8\r\nContent-Length: 3\r\n\r\na:b")
	var p Packet
	q, err := s.Read(&p)
	if err != nil || q == nil || q.Method != MethodOptions || q.URL != "rtsp://h/cam0" || q.Header.Get("cseq") != "7" {
		t.Fatalf("first: %+v, %v", q, err)
	}
	if q, err := s.Read(&p); err != nil || q != nil || p.Channel != 1 || string(p.Data) != "1234567\x00" || p.Pos != 44 {
		t.Fatalf("second: %+v, %+v, %v", q, p, err)
	}
	if q, err := s.Read(&p); err != nil || q == nil || q.Method != MethodSetParameter || string(q.Body) != "a:b" {
		t.Fatalf("third: %+v, %v", q, err)
	}
	r := NewResponse(q, 200)
	r.Header.Add("Public", "OPTIONS")
	r.Body = []byte("x")
	s.WriteResponse(r)
	s.WriteInterleaved(2, []byte("abcdefgh"))
	if err := s.WriteInterleaved(2, make([]byte, 65536)); err == nil {
		t.Error("a packet that no frame can hold went out")
	}
	s.Close()
	got, err := io.ReadAll(client)
	want := "RTSP/1.0 200 OK\r\nCSeq: 7\r\nPublic: OPTIONS\r\nContent-Length: 1\r\n\r\nx$\x02\x00\x08abcdefgh"
	if string(got) != want || err != nil {
		t.Errorf("the client got %q, %v", got, err)
	}
	if _, err := s.Read(&p); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read after Close: %v", err)
	}
}

// TestServerConnJunk: a request that came together with the junk before it is not left waiting for more bytes.
func TestServerConnJunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, c := mempipe.New()
		s := NewServerConn(c)
		defer s.Close()
		io.WriteString(client, "junk OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
		s.SetReadDeadline(time.Now().Add(time.Second))
		if q, err := s.Read(new(Packet)); err != nil || q == nil || q.Method != MethodOptions {
			t.Errorf("%+v, %v", q, err)
		}
	})
}
