package rtsp

import (
	"net"
	"sync"
	"time"
)

// ServerConn is the server's side of one RTSP connection. One goroutine reads; any may write and close. It answers
// nothing by itself.
type ServerConn struct {
	conn net.Conn
	in   framer

	mu  sync.Mutex // held while a message or a packet is written, so that they don't mix
	out []byte
}

// NewServerConn returns a ServerConn over c, which it owns from then on.
func NewServerConn(c net.Conn) *ServerConn {
	s := &ServerConn{conn: c, in: newFramer()}
	s.in.allChannels()
	return s
}

// Read returns the client's next message: a request, or nil when an interleaved packet came instead, which is then in
// p. The request belongs to the caller, p.Data is borrowed until the next Read. Replies of the client to requests of the
// server are skipped, and so are bytes that make no sense. The error is io.EOF when the client has closed the connection
// between two messages, and satisfies net.ErrClosed after Close.
func (s *ServerConn) Read(p *Packet) (*Request, error) {
	for {
		i, err := s.in.next()
		switch {
		case err != nil:
			return nil, err
		case i.kind == itemFrame:
			*p = i.packet()
			return nil, nil
		case i.kind == itemMessage:
			m, err := parseMessage(i)
			if err != nil {
				return nil, err
			}
			if m.request != nil {
				return m.request, nil
			}
		case i.kind == itemNone:
			if err := s.in.fill(s.conn); err != nil {
				return nil, err
			}
		}
	}
}

// WriteResponse sends r.
func (s *ServerConn) WriteResponse(r *Response) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = r.Append(s.out[:0])
	return s.write()
}

// WriteRequest sends a request of the server, such as REDIRECT (RFC 2326 §10.10).
func (s *ServerConn) WriteRequest(q *Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = q.Append(s.out[:0])
	return s.write()
}

// WriteInterleaved sends an RTP or RTCP packet of at most 65535 bytes on a channel (RFC 2326 §10.12).
func (s *ServerConn) WriteInterleaved(channel uint8, packet []byte) error {
	if len(packet) > maxPacket {
		return tooLong(packet)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = appendFrame(s.out[:0], channel, packet)
	return s.write()
}

// WriteRaw sends bytes as they are: faults for tests.
func (s *ServerConn) WriteRaw(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = append(s.out[:0], b...)
	return s.write()
}

func (s *ServerConn) write() error {
	_, err := s.conn.Write(s.out)
	return err
}

// SetReadDeadline limits Read, SetWriteDeadline the writes, as in net.Conn.
func (s *ServerConn) SetReadDeadline(t time.Time) error { return s.conn.SetReadDeadline(t) }

// SetWriteDeadline limits the writes, as in net.Conn.
func (s *ServerConn) SetWriteDeadline(t time.Time) error { return s.conn.SetWriteDeadline(t) }

// LocalAddr returns the server's address.
func (s *ServerConn) LocalAddr() net.Addr { return s.conn.LocalAddr() }

// RemoteAddr returns the client's address.
func (s *ServerConn) RemoteAddr() net.Addr { return s.conn.RemoteAddr() }

// Close closes the connection.
func (s *ServerConn) Close() error { return s.conn.Close() }
