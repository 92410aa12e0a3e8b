package camsim

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/timeslate/timeslate/rtsp"
)

// sessionTimeout is after how long a silent client is taken to be gone (RFC 2326 §12.37: 60 s unless said otherwise).
const sessionTimeout = 60 * time.Second

// connection is one client. Its goroutine reads requests and answers them.
type connection struct {
	*simulation
	conn    *rtsp.ServerConn
	cut     func()        // cuts the wire, from any goroutine, and waits for nothing
	gone    chan struct{} // closed when it is cut
	rand    *rand.Rand
	state   state
	session string   // from SETUP on
	station *station // its camera
	streams streams  // that were set up
	viewer  *viewer  // while playing
	pulse   pulse
	sockets sync.WaitGroup // goroutines that read them
}

// state is the state of a session as the server sees it (RFC 2326 §A.2).
type state uint8

const (
	initial state = iota
	ready
	playing
	numStates
)

// handler answers a request that is allowed in the state of the session.
type handler func(*connection, *rtsp.Request) *rtsp.Response

// handlers says what answers a method in each state; nil is 455 Method Not Valid in This State. It is RFC 2326 §A.2
// for servers that only play.
var handlers = map[string][numStates]handler{
	rtsp.MethodOptions:      {(*connection).options, (*connection).options, (*connection).options},
	rtsp.MethodDescribe:     {(*connection).describe, (*connection).describe, (*connection).describe},
	rtsp.MethodSetup:        {(*connection).setup, (*connection).setup, nil},
	rtsp.MethodPlay:         {nil, (*connection).play, (*connection).playOn},
	rtsp.MethodPause:        {nil, (*connection).pause, (*connection).pause},
	rtsp.MethodGetParameter: {(*connection).keepAlive, (*connection).keepAlive, (*connection).keepAlive},
	rtsp.MethodSetParameter: {(*connection).keepAlive, (*connection).keepAlive, (*connection).keepAlive},
	rtsp.MethodTeardown:     {nil, (*connection).teardown, (*connection).teardown},
}

// public lists the methods for OPTIONS.
const public = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN"

// serveConn answers one client until it goes, is silent for too long, is cut off, or ctx ends.
func (r *simulation) serveConn(ctx context.Context, wire net.Conn) {
	c := &connection{simulation: r, conn: r.open(wire), rand: r.newRand(), gone: make(chan struct{})}
	c.cut = sync.OnceFunc(func() {
		close(c.gone)
		wire.Close()
	})
	defer c.end()
	defer c.close()
	defer context.AfterFunc(ctx, c.close)()
	c.pulse.beat()
	var packet rtsp.Packet
	for {
		request, err := c.read(&packet)
		if err != nil || !c.admitted(request) {
			return
		}
		if request != nil && c.answer(request) != nil {
			return
		}
	}
}

// open returns what speaks RTSP on a connection.
func (r *simulation) open(wire net.Conn) *rtsp.ServerConn {
	if r.tls != nil {
		wire = tls.Server(wire, r.tls)
	}
	return rtsp.NewServerConn(wire)
}

// close closes the connection with the alert that TLS ends with.
func (c *connection) close() {
	c.conn.Close()
	c.cut()
}

// read returns the next request, or nil when something else came, until nothing was heard of the client for too long.
func (c *connection) read(p *rtsp.Packet) (*rtsp.Request, error) {
	for {
		timeout := c.pulse.timeout()
		if err := c.conn.SetReadDeadline(timeout); err != nil {
			return nil, err
		}
		request, err := c.conn.Read(p)
		if err == nil {
			c.pulse.beat()
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) || !c.pulse.timeout().After(timeout) {
			return request, err
		}
	}
}

// admitted tells whether the camera, that of the request or of the session, takes what came, which it does when it
// isn't deaf any more.
func (c *connection) admitted(q *rtsp.Request) bool {
	station := c.station
	if q != nil {
		name, _, _ := strings.Cut(cameraOf(q.URL), "/")
		station = cmp.Or(c.simulation.station(name), station)
	}
	if station == nil {
		return true
	}
	deafUntil, ok := station.admit(c, time.Now())
	if wait := time.Until(deafUntil); ok && wait > 0 {
		select {
		case <-time.After(wait):
			c.pulse.beat()
		case <-c.gone:
			return false
		}
	}
	return ok
}

// answer writes the reply to q. A viewer whose PLAY it answers starts only then: no packet comes before the reply.
func (c *connection) answer(q *rtsp.Request) error {
	response := c.reply(q)
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if err := c.conn.WriteResponse(response); err != nil {
		return err
	}
	if c.viewer != nil && c.state == ready {
		c.state = playing
		go c.viewer.run()
	}
	return nil
}

func (c *connection) reply(q *rtsp.Request) *rtsp.Response {
	byState, known := handlers[q.Method]
	given, _, _ := strings.Cut(q.Header.Get("Session"), ";")
	switch {
	case !known:
		return withPublic(rtsp.NewResponse(q, 501))
	case q.Method != rtsp.MethodOptions && !c.auth.Check(q):
		response := rtsp.NewResponse(q, 401)
		c.auth.Challenge(&response.Header)
		return response
	case given != "" && strings.TrimSpace(given) != c.session:
		return rtsp.NewResponse(q, 454)
	case byState[c.state] == nil:
		return withPublic(rtsp.NewResponse(q, 455))
	}
	return byState[c.state](c, q)
}

// ok returns a reply that names the session, once there is one.
func (c *connection) ok(q *rtsp.Request) *rtsp.Response {
	response := rtsp.NewResponse(q, 200)
	response.Header.Add("Server", "timeslate simulator")
	if c.session != "" {
		response.Header.Add("Session", fmt.Sprintf("%s;timeout=%d", c.session, int(sessionTimeout.Seconds())))
	}
	return response
}

func withPublic(r *rtsp.Response) *rtsp.Response {
	r.Header.Add("Public", public)
	return r
}

func (c *connection) options(q *rtsp.Request) *rtsp.Response { return withPublic(c.ok(q)) }

func (c *connection) keepAlive(q *rtsp.Request) *rtsp.Response { return c.ok(q) }

func (c *connection) describe(q *rtsp.Request) *rtsp.Response {
	station := c.simulation.station(cameraOf(q.URL))
	if station == nil {
		return rtsp.NewResponse(q, 404)
	}
	response := c.ok(q)
	response.Header.Add("Content-Base", strings.TrimSuffix(q.URL, "/")+"/")
	response.Header.Add("Content-Type", "application/sdp")
	response.Body = station.describe().Append(nil)
	return response
}

func (c *connection) setup(q *rtsp.Request) *rtsp.Response {
	camera, track, ok := cutTrack(q.URL)
	station := c.simulation.station(cameraOf(camera))
	if station == nil || !ok || track >= len(station.feeds) {
		return rtsp.NewResponse(q, 404)
	}
	if c.station != station {
		c.forget()
	}
	answer, wire, ok := c.openWire(q.Header.Values("Transport"), station, track)
	if !ok {
		return rtsp.NewResponse(q, 461)
	}
	if old := c.streams[track]; old != nil {
		old.wire.close()
	}
	s := &stream{control: q.URL, sender: newSender(station, track, c.rand, answer.Channels), wire: wire}
	answer.SSRC = s.sender.ssrc
	c.station, c.streams[track], c.state = station, s, ready
	if c.session == "" {
		c.session = fmt.Sprintf("%016x", c.rand.Uint64())
	}
	response := c.ok(q)
	response.Header.Add("Transport", answer.String())
	return response
}

// openWire takes the first of the client's alternatives that can be served (RFC 2326 §12.39) and returns what is
// answered.
func (c *connection) openWire(
	values []string, station *station, track int,
) (answer rtsp.TransportSpec, w wire, ok bool) {
	offer, ok := chooseTransport(values)
	if !ok {
		return answer, nil, false
	}
	if offer.TCP {
		if !offer.Interleaved {
			offer.Channels = [2]uint8{uint8(2 * track), uint8(2*track + 1)}
		}
		return rtsp.TransportSpec{TCP: true, Interleaved: true, Channels: offer.Channels}, interleaved{c.conn}, true
	}
	d, err := openDatagrams(c.listenPacket, c.rand, c.conn.LocalAddr(), c.conn.RemoteAddr(), offer.ClientPort)
	if err != nil {
		return answer, nil, false
	}
	d.faults = newMischief(station.camera.Faults, c.rand)
	c.sockets.Go(func() { d.receive(&c.pulse) })
	return rtsp.TransportSpec{ClientPort: offer.ClientPort, ServerPort: d.ports, Channels: socketChannels}, d, true
}

// play joins the camera's viewers. The first packet that will be sent of each stream is known by then: it is in
// RTP-Info.
func (c *connection) play(q *rtsp.Request) *rtsp.Response {
	c.viewer = newViewer(c.cut, c.streams)
	rtpTimes := c.station.join(c.viewer)
	response := c.ok(q)
	c.station.playTime(&response.Header, &rtpTimes)
	var info []string
	for track, s := range c.streams {
		if s != nil {
			s.sender.playCSeq = lowByte(q.Header.Get("CSeq"))
			info = append(info, fmt.Sprintf("url=%s;seq=%d;rtptime=%d", s.control, s.sender.sequence, rtpTimes[track]))
		}
	}
	response.Header.Add("RTP-Info", strings.Join(info, ","))
	return response
}

// lowByte returns the low byte of a number, 0 when it is none.
func lowByte(number string) byte {
	n, _ := strconv.ParseUint(number, 10, 64)
	return byte(n)
}

// playOn answers PLAY while playing, which some clients send to keep the session alive.
func (c *connection) playOn(q *rtsp.Request) *rtsp.Response { return c.ok(q) }

func (c *connection) pause(q *rtsp.Request) *rtsp.Response {
	c.stop()
	c.state = ready
	return c.ok(q)
}

func (c *connection) teardown(q *rtsp.Request) *rtsp.Response {
	c.stop()
	response := c.ok(q)
	c.forget()
	c.state, c.session = initial, ""
	return response
}

// end gives back all that the connection holds.
func (c *connection) end() {
	c.stop()
	c.forget()
	for _, s := range c.stations {
		s.forget(c)
	}
	c.sockets.Wait()
}

// forget undoes what was set up.
func (c *connection) forget() {
	for s := range c.streams.each {
		s.wire.close()
	}
	c.station, c.streams = nil, streams{}
}

// stop ends what play began and waits for it.
func (c *connection) stop() {
	if c.viewer == nil {
		return
	}
	c.station.leave(c.viewer)
	if c.state == playing {
		<-c.viewer.done
	}
	c.viewer = nil
}
