package rtsp_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"strings"

	"github.com/timeslate/timeslate/internal/mempipe"
	"github.com/timeslate/timeslate/rtsp"
)

// A session from the first request to the last packet.
func Example() {
	ctx := context.Background()
	dialer := rtsp.Dialer{UserAgent: "example/1.0", DialContext: dialCamera}
	session, err := dialer.Dial(ctx, "rtsp://admin:12345@camera.example/stream1")
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	description, err := session.Describe(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for i := range description.Media {
		if err := session.Setup(ctx, &description.Media[i], rtsp.TCP); err != nil {
			log.Fatal(err)
		}
	}
	info, err := session.Play(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("first sequence number:", info.Streams[0].Seq)

	var packet rtsp.Packet
	if err := session.ReadPacket(&packet); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("stream %d: %s\n", packet.Stream, packet.Data)
	fmt.Println("leaving:", session.Teardown(ctx))
	// Output:
	// first sequence number: 4711
	// stream 0: a packet
	// leaving: <nil>
}

// UDP where the camera sends that way, and its own connection where it does not.
func ExampleErrTransport() {
	open := func(t rtsp.Transport) (*rtsp.Session, error) {
		ctx := context.Background()
		dialer := rtsp.Dialer{Username: "admin", Password: "12345", DialContext: dialCamera, ListenPacket: mempipe.NewPacketNet().ListenPacket}
		session, err := dialer.Dial(ctx, "rtsp://camera.example/stream1")
		if err != nil {
			return nil, err
		}
		description, err := session.Describe(ctx)
		if err == nil {
			err = session.Setup(ctx, &description.Media[0], t)
		}
		if err != nil {
			session.Close()
			return nil, err
		}
		return session, nil
	}
	session, err := open(rtsp.UDP)
	if errors.Is(err, rtsp.ErrTransport) {
		fmt.Println("not over UDP")
		session, err = open(rtsp.TCP)
	}
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	fmt.Println("stream 0 comes over", session.Transport(0))
	// Output:
	// not over UDP
	// stream 0 comes over TCP
}

// dialCamera connects to a camera without a network.
func dialCamera(context.Context, string, string) (net.Conn, error) {
	client, server := mempipe.New()
	go serve(rtsp.NewServerConn(server))
	return client, nil
}

// serve is about the smallest camera there can be.
func serve(conn *rtsp.ServerConn) {
	defer conn.Close()
	users := rtsp.Authenticator{Schemes: rtsp.Digest, Realm: "camera", Nonce: "5e1d", Username: "admin", Password: "12345"}
	for {
		var packet rtsp.Packet
		q, err := conn.Read(&packet)
		if err != nil {
			return
		}
		if q == nil {
			continue // RTP or RTCP from the client, in packet
		}
		r := rtsp.NewResponse(q, 200)
		if !users.Check(q) {
			r.Status = 401
			users.Challenge(&r.Header)
		} else {
			answer(q, r)
		}
		conn.WriteResponse(r)
		if q.Method == rtsp.MethodPlay && r.Status == 200 {
			conn.WriteInterleaved(0, []byte("a packet"))
		}
	}
}

func answer(q *rtsp.Request, r *rtsp.Response) {
	switch q.Method {
	case rtsp.MethodDescribe:
		r.Header.Add("Content-Type", "application/sdp")
		r.Body = []byte("v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:video\r\n")
	case rtsp.MethodSetup:
		if !strings.Contains(q.Header.Get("Transport"), "TCP") {
			r.Status = 461
		}
		r.Header.Add("Session", "1")
		r.Header.Add("Transport", q.Header.Get("Transport"))
	case rtsp.MethodPlay:
		r.Header.Add("RTP-Info", "url=video;seq=4711")
	}
}
