package camsim

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/timeslate/timeslate/rtsp"
)

// Options says what a Server serves, and to whom.
//
// The truth is a line "camera,frame,rtp,unix_ns" for each frame that is sent to anyone: the camera's name in the URL, a
// number that counts its captures, the RTP time stamp, and the true capture time. The sound has lines of the same kind,
// where the camera is "cam0/audio" and the time is that of the unit's first sample.
type Options struct {
	Cameras  []Camera // served as /cam0, /cam1, …
	Username string   // empty: everybody is let in
	Password rtsp.Secret
	Schemes  rtsp.Scheme // of authentication; default rtsp.Digest
	Truth    io.Writer   // takes what is true of the frames that are sent; may be nil
	Seed     uint64      // of all that is random; default: another one each time

	TLS *tls.Config // speak TLS, with a certificate of its own ([SelfSigned]) or another; may be nil

	// ListenPacket makes the sockets for streams by UDP, like the method of net.ListenConfig, which is the default.
	ListenPacket func(ctx context.Context, network, address string) (net.PacketConn, error)
}

// Server serves simulated cameras by RTSP, with the media by UDP or interleaved on the same TCP connection (RFC 2326
// §10.12), as the client wishes. With TLS it serves RTSPS, where the media by UDP, if a client wants that, are not encrypted.
type Server struct {
	auth         *rtsp.Authenticator
	cameras      []Camera
	truthOut     io.Writer
	seed         uint64
	listenPacket listenPacket
	tls          *tls.Config
}

// Random numbers of one seed: below maxCameras are the streams of the cameras, as many from audioStream on are those of
// their microphones, and from faultStream on those of their faults.
const (
	nonceStream   = 1 << 32
	sessionStream = 1<<32 + 1
	audioStream   = 1 << 33
	faultStream   = 1 << 34
)

// Limits of one server, which has up to two goroutines per client, and one more for each of its streams by UDP.
const (
	maxCameras = 1000
	maxClients = 4096
)

// NewServer returns a server. It starts nothing.
func NewServer(o Options) (*Server, error) {
	if len(o.Cameras) == 0 || len(o.Cameras) > maxCameras {
		return nil, fmt.Errorf("camsim: %d cameras; 1 to %d are possible", len(o.Cameras), maxCameras)
	}
	s := &Server{cameras: o.Cameras, truthOut: o.Truth, seed: o.Seed, listenPacket: o.ListenPacket, tls: o.TLS}
	if s.listenPacket == nil {
		s.listenPacket = (&net.ListenConfig{}).ListenPacket
	}
	for s.seed == 0 {
		s.seed = rand.Uint64()
	}
	stations, err := s.switchOn(time.Time{}, nil) // just to see that it can be done
	if err != nil {
		return nil, err
	}
	switchOff(stations)
	s.auth = &rtsp.Authenticator{
		Schemes:  o.Schemes,
		Realm:    "timeslate simulator",
		Nonce:    fmt.Sprintf("%016x", rand.New(rand.NewPCG(s.seed, nonceStream)).Uint64()),
		Username: o.Username,
		Password: o.Password,
	}
	if s.auth.Schemes == 0 {
		s.auth.Schemes = rtsp.Digest
	}
	return s, nil
}

// Serve switches the cameras on and answers the clients that l accepts until ctx ends, and returns nil then. It closes
// l, and no goroutine is left when it returns. True time is what the host's clock says at the start; from then on its
// monotonic clock counts.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	defer l.Close()
	truth := newTruth(s.truthOut)
	stations, err := s.switchOn(time.Now(), truth)
	if err != nil {
		return err
	}
	defer switchOff(stations)
	run := &simulation{
		auth:         s.auth,
		stations:     stations,
		listenPacket: s.listenPacket,
		tls:          s.tls,
		rand:         rand.New(rand.NewPCG(s.seed, sessionStream)),
	}
	return errors.Join(run.serve(ctx, l), truth.end())
}

// switchOn returns the cameras, switched on at the true time start.
func (s *Server) switchOn(start time.Time, t *truth) (stations []*station, err error) {
	for i, c := range s.cameras {
		station, err := newStation(c, i, start, s.seed, t)
		if err != nil {
			switchOff(stations)
			return nil, err
		}
		stations = append(stations, station)
	}
	return stations, nil
}

func switchOff(stations []*station) {
	for _, s := range stations {
		for _, f := range s.feeds {
			f.Close()
		}
	}
}

// simulation is what a Server has while it serves.
type simulation struct {
	auth         *rtsp.Authenticator
	stations     []*station
	listenPacket listenPacket
	tls          *tls.Config

	mu   sync.Mutex
	rand *rand.Rand
}

// serve runs cameras and connections, each in its goroutine, until ctx ends or one of the cameras or the listener
// fails.
func (r *simulation) serve(ctx context.Context, l net.Listener) (failure error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	var once sync.Once
	end := func(err error) {
		if err != nil {
			once.Do(func() { failure = err })
		}
		cancel()
	}
	var goroutines sync.WaitGroup
	for _, station := range r.stations {
		goroutines.Go(func() { end(station.run(ctx)) })
	}
	end(r.accept(ctx, l, &goroutines))
	goroutines.Wait()
	return failure
}

// accept serves clients until ctx ends or the listener fails.
func (r *simulation) accept(ctx context.Context, l net.Listener, goroutines *sync.WaitGroup) error {
	clients := make(chan struct{}, maxClients)
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				c.Close()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("camsim: %w", err)
		}
		if r.allDown() {
			c.Close()
			continue
		}
		select {
		case clients <- struct{}{}:
		default:
			c.Close()
			continue
		}
		goroutines.Go(func() {
			defer func() { <-clients }()
			r.serveConn(ctx, c)
		})
	}
}

// newRand returns a source of random numbers for one session.
func (r *simulation) newRand() *rand.Rand {
	r.mu.Lock()
	defer r.mu.Unlock()
	return rand.New(rand.NewPCG(r.rand.Uint64(), r.rand.Uint64()))
}

// allDown tells whether no camera is there to take a connection.
func (r *simulation) allDown() bool {
	now := time.Now()
	return !slices.ContainsFunc(r.stations, func(s *station) bool { return !s.isDown(now) })
}

// station returns the camera with that path, or nil.
func (r *simulation) station(path string) *station {
	for _, s := range r.stations {
		if s.path == path {
			return s
		}
	}
	return nil
}
