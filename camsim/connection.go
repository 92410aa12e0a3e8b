package camsim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/timeslate/timeslate/rtsp"
)

// sessionTimeout is after how long a silent client is taken to be gone (RFC 2326 §12.37: 60 s unless said otherwise).
const sessionTimeout = 60 * time.Second

// connection is one client. Its goroutine reads requests and answers them.
type connection struct {
	*simulation
	conn    *rtsp.ServerConn
	rand    *rand.Rand
	state   state
	session string   // from SETUP on
	control string   // URL of the stream that was set up
	station *station // its camera
	sender  *sender
	viewer  *viewer // while playing
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

// serveConn answers one client until it goes, is silent for too long, or ctx ends.
func (r *simulation) serveConn(ctx context.Context, conn *rtsp.ServerConn) {
	c := &connection{simulation: r, conn: conn, rand: r.newRand()}
	defer c.stop()
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	var packet rtsp.Packet
	for {
		if conn.SetReadDeadline(time.Now().Add(sessionTimeout)) != nil {
			return
		}
		request, err := conn.Read(&packet)
		if err != nil {
			return
		}
		if request != nil && c.answer(request) != nil {
			return
		}
	}
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
	camera, isTrack := strings.CutSuffix(q.URL, "/"+trackControl)
	station := c.simulation.station(cameraOf(camera))
	if station == nil || !isTrack {
		return rtsp.NewResponse(q, 404)
	}
	transport, ok := interleavedTransport(q.Header.Values("Transport"))
	if !ok {
		return rtsp.NewResponse(q, 461)
	}
	c.station, c.control = station, q.URL
	c.sender = newSender(station, c.rand, transport.Channels)
	if c.session == "" {
		c.session = fmt.Sprintf("%016x", c.rand.Uint64())
	}
	c.state = ready
	response := c.ok(q)
	answer := rtsp.TransportSpec{TCP: true, Interleaved: true, Channels: transport.Channels, SSRC: c.sender.ssrc}
	response.Header.Add("Transport", answer.String())
	return response
}

// play joins the camera's viewers. The first packet that will be sent is known by then: it is in RTP-Info.
func (c *connection) play(q *rtsp.Request) *rtsp.Response {
	c.viewer = newViewer(c.conn, c.sender)
	rtpTime := c.station.join(c.viewer)
	response := c.ok(q)
	response.Header.Add("Range", "npt=now-")
	response.Header.Add("RTP-Info", fmt.Sprintf("url=%s;seq=%d;rtptime=%d", c.control, c.sender.sequence, rtpTime))
	return response
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
	c.state, c.session, c.station, c.sender = initial, "", nil, nil
	return response
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
