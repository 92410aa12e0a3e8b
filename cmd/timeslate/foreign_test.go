package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"math"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
)

// A foreignServer serves a clip, its H.264 and AAC as they are in the file.
type foreignServer struct {
	*process
	url, port   string
	certificate string // of RTSPS, with its key
	keys        string // of the TLS session, for tshark
}

// gstreamerClip starts GStreamer's server on a clip. It begins with the clip's first frame when it is told to play.
func gstreamerClip(t *testing.T, c clip, args ...string) foreignServer {
	t.Helper()
	p, port := gstreamer(t, append(args, "--file", c.file(t))...)
	return foreignServer{process: p, url: "rtsp://127.0.0.1:" + port + "/test", port: port}
}

// gstreamerTLS is the same for RTSPS.
func gstreamerTLS(t *testing.T, c clip) foreignServer {
	t.Helper()
	s := foreignServer{certificate: selfSigned(t), keys: filepath.Join(t.TempDir(), "keys.log")}
	// GnuTLS writes the keys, which is what GStreamer uses.
	s.process, s.port = gstreamerEnv(t, []string{"SSLKEYLOGFILE=" + s.keys}, "--tls", s.certificate, "--file", c.file(t))
	s.url = "rtsps://127.0.0.1:" + s.port + "/test"
	return s
}

// selfSigned makes a certificate for localhost and puts it into a file with its key.
func selfSigned(t *testing.T) (file string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048) // tshark takes no other
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "server.pem")
	both := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	if err := os.WriteFile(file, both, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// fingerprint returns the SHA-256 of the server's certificate.
func (s foreignServer) fingerprint(t *testing.T) string {
	t.Helper()
	block, _ := pem.Decode([]byte(read(s.certificate)))
	if block == nil {
		t.Fatal("no certificate")
	}
	sum := sha256.Sum256(block.Bytes)
	return hex.EncodeToString(sum[:])
}

// vlcClip starts VLC on a clip. It plays from when it is started, so that a client misses the first frames; it knows UDP
// only, and goes when the clip ends, often in the middle of the last frame.
func vlcClip(t *testing.T, c clip) foreignServer {
	t.Helper()
	interop.Require(t, "ffmpeg", "ffprobe", "vlc")
	file, port, home := c.file(t), freePort(t), t.TempDir()
	s := foreignServer{url: "rtsp://127.0.0.1:" + port + "/clip", port: port}
	args := []string{"vlc", "-I", "dummy", "--no-sub-autodetect-file", file, "--sout", "#rtp{sdp=" + s.url + "}", "vlc://quit"}
	if os.Getuid() == 0 { // it refuses to be run by root
		interop.Require(t, "setpriv")
		const nobody = 65534
		for _, dir := range []string{filepath.Dir(file), filepath.Dir(home), home} {
			os.Chmod(dir, 0o755)
		}
		os.Chown(home, nobody, nobody)
		args = append([]string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}, args...)
	}
	s.process = start(t, []string{"HOME=" + home}, args[0], args[1:]...)
	eventually(t, "VLC's start", func() bool { return described(s) })
	return s
}

// described tells whether the server knows its clip by now.
func described(s foreignServer) bool {
	conn, err := net.Dial("tcp", "127.0.0.1:"+s.port)
	if err != nil {
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprintf(conn, "DESCRIBE %s RTSP/1.0\r\nCSeq: 1\r\n\r\n", s.url)
	var answer [len("RTSP/1.0 200")]byte
	io.ReadFull(conn, answer[:])
	return string(answer[:]) == "RTSP/1.0 200"
}

// freePort returns a TCP port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// played is the clip of the tests with foreign servers.
func played() clip {
	if long() {
		return clip{seconds: 600}
	}
	return clip{seconds: 15}
}

// TestServersTruth: ffmpeg as the recorder finds that GStreamer serves picture and sound as the clip has them. So a
// recording of ours that does not have them like that is wrong.
func TestServersTruth(t *testing.T) {
	t.Parallel()
	server := gstreamerClip(t, clip{seconds: 15})
	file := filepath.Join(t.TempDir(), "ffmpeg.mp4")
	// It has something to say about time stamps, which says more of ffmpeg than of the server.
	out, err := exec.Command("ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", server.url,
		"-t", "11", "-c", "copy", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	checkBeats(t, file, 9, 0, 0.001)
}

// TestForeignServers records picture and sound from other people's servers, by all transports: all frames are there, and
// picture and sound are as far apart as the servers' reports say, at the start, at the end and between.
func TestForeignServers(t *testing.T) {
	t.Parallel()
	c, reordered := played(), clip{seconds: 10, bFrames: 2}
	gstreamer := func(t *testing.T, c clip) foreignServer { return gstreamerClip(t, c) }
	for _, tt := range []struct {
		name   string
		clip   clip
		serve  func(*testing.T, clip) foreignServer
		honest float64 // seconds: how far the server's reports may be from what it plays
		flags  func(*testing.T, foreignServer) []string
	}{
		{"GStreamer over TCP", c, gstreamer, 0.005, always("--transport", "tcp")},
		{"GStreamer over UDP", c, gstreamer, 0.005, always("--transport", "udp")},
		{"GStreamer with B-frames", reordered, gstreamer, 0.005, always("--transport", "udp")},
		{"GStreamer over TLS", c, gstreamerTLS, 0.005, func(t *testing.T, s foreignServer) []string {
			return []string{"--transport", "tcp", "--tls-fingerprint", s.fingerprint(t)}
		}},
		// VLC reports the RTP time of the packet it sent last as that of now: early by up to a frame, of each track, and
		// by much more where the machine is busy.
		{"VLC over UDP", c, vlcClip, 0.1, always("--transport", "udp", "--duration", fmt.Sprint(c.seconds-4))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			interop.Require(t, "ffmpeg", "ffprobe", "tshark")
			t.Parallel()
			c, server := tt.clip, tt.serve(t, tt.clip)
			listen := captureIfRoot(t, server)
			file := filepath.Join(t.TempDir(), "ours.mp4")
			args := append([]string{"record", "--once"}, tt.flags(t, server)...)
			p := start(t, nil, binary, append(args, server.url, file)...)
			if code := p.wait(t, time.Duration(c.seconds+30)*time.Second); code != exitDone {
				t.Errorf("exit code %d", code)
			}
			server.Process.Signal(syscall.SIGTERM)
			checkFrames(t, file, c)
			checkBeats(t, file, c.seconds-7, 0, tt.honest)
			if listen != nil {
				checkWire(t, file, listen())
			}
		})
	}
}

func always(args ...string) func(*testing.T, foreignServer) []string {
	return func(*testing.T, foreignServer) []string { return args }
}

// captureIfRoot is capture where that is allowed.
func captureIfRoot(t *testing.T, server foreignServer) func() wire {
	t.Helper()
	if os.Getuid() != 0 {
		t.Log("capturing on the loopback interface takes root: done without")
		return nil
	}
	return capture(t, server)
}

// checkFrames checks that the pictures of a recording are those of the clip, one after the other.
func checkFrames(t *testing.T, file string, c clip) {
	t.Helper()
	got, all := frameHashes(t, file), frameHashes(t, c.file(t))
	if n := probeFrames(t, file); n != len(got) {
		t.Errorf("%d frames, %d of them can be decoded", n, len(got))
	}
	if len(got) == 0 {
		t.Fatal("no frames")
	}
	first := slices.Index(all, got[0])
	if first < 0 || first+len(got) > len(all) || !slices.Equal(got, all[first:][:len(got)]) {
		t.Errorf("the %d frames from the clip's frame %d on are not the clip's", len(got), first)
	}
	t.Logf("frames %d to %d of %d", first, first+len(got)-1, len(all))
}

// checkWire compares a recording with what tshark saw: each frame of picture and sound that was sent between the first
// and the last one in the file is in the file; and where they stand there is, by the sender's reports, the time between
// them, to 5 ms and what the reports contradict each other.
func checkWire(t *testing.T, file string, w wire) {
	t.Helper()
	picture, sound := w.tracks(t)
	shown := picture.shown(t, presented(t, file))
	heard := sound.heard(t, audioUnits(t, file))
	if late := heard[0].ntp - shown[0].ntp; late > 0.1 { // what comes before the first picture is not recorded
		t.Errorf("the sound begins %.3f s after the picture", late)
	}
	if early := shown[len(shown)-1].ntp - heard[len(heard)-1].ntp; early > 0.05 {
		t.Errorf("the sound ends %.3f s before the picture", early)
	}
	// Where the file's time is 0, in NTP; by picture and by sound.
	at := func(d []timed, from, to int) (mean float64) {
		for _, v := range d[from:to] {
			mean += (v.ntp - v.pts) / float64(to-from)
		}
		return mean
	}
	for _, part := range []struct {
		name     string
		from, to float64
	}{{"start", 0, 0.1}, {"middle", 0.1, 0.9}, {"end", 0.9, 1}} {
		cut := func(d []timed) float64 {
			return at(d, int(part.from*float64(len(d))), int(part.to*float64(len(d))))
		}
		late := cut(shown) - cut(heard)
		t.Logf("%s: by the sender's reports the sound in the file is %.2f ms late", part.name, 1e3*late)
		if math.Abs(late) > 0.005+picture.noise()+sound.noise() {
			t.Errorf("%s: by the sender's reports the sound in the file is %.2f ms late", part.name, 1e3*late)
		}
	}
}

// timed is where a frame stands in a file and when it was captured according to the sender's reports, in seconds.
type timed struct{ pts, ntp float64 }

// A presentedFrame is a frame in the file.
type presentedFrame struct {
	pts float64
	rtp uint32
	sum string
}

// presented returns the pictures of a file in presentation order: the times as ffprobe has them, the RTP time stamps as
// extract has them.
func presented(t *testing.T, file string) (frames []presentedFrame) {
	t.Helper()
	rows := extracted(t, file)
	times := frameTimes(t, file, "v")
	if len(rows) != len(times) {
		t.Fatalf("%d rows for %d frames", len(rows), len(times))
	}
	for i, row := range rows {
		frames = append(frames, presentedFrame{pts: times[i].at, rtp: uint32(number(t, row["rtp"]))})
	}
	return frames
}

// audioUnits returns the packets of sound in a file, with the MD5 of each.
func audioUnits(t *testing.T, file string) (units []presentedFrame) {
	t.Helper()
	out := program(t, "ffprobe", "-v", "error", "-select_streams", "a", "-show_data_hash", "md5",
		"-show_entries", "packet=pts_time,data_hash", "-of", "compact=p=0", file)
	for line := range strings.Lines(out) {
		pts, sum, ok := strings.Cut(strings.TrimSpace(line), "|data_hash=MD5:")
		if ok {
			sum, _, _ = strings.Cut(sum, "|")
			units = append(units, presentedFrame{pts: float(t, strings.TrimPrefix(pts, "pts_time=")), sum: sum})
		}
	}
	return units
}

// shown pairs the pictures in a file with those that were sent: none between the first and the last may be missing.
func (s *wireStream) shown(t *testing.T, frames []presentedFrame) (all []timed) {
	t.Helper()
	sent := map[uint32]int64{}
	for _, rtp := range s.times {
		sent[uint32(rtp)] = rtp
	}
	for i, f := range frames {
		rtp, ok := sent[f.rtp]
		if !ok {
			t.Fatalf("picture %d has the RTP time stamp %d, which was not sent", i, f.rtp)
		}
		all = append(all, timed{f.pts, s.ntp(rtp)})
	}
	missing := 0
	for _, rtp := range s.times {
		if rtp > sent[frames[0].rtp] && rtp < sent[frames[len(frames)-1].rtp] {
			missing++
		}
	}
	if missing -= len(frames) - 2; missing != 0 {
		t.Errorf("%d pictures of those that were sent are missing", missing)
	}
	return all
}

// heard pairs the sound in a file with what was sent.
func (s *wireStream) heard(t *testing.T, units []presentedFrame) (all []timed) {
	t.Helper()
	var file []string
	for _, u := range units {
		file = append(file, u.sum)
	}
	// Silence repeats itself, a whole recording doesn't.
	for first := range s.sums {
		if len(file) > 0 && first+len(file) <= len(s.sums) && slices.Equal(file, s.sums[first:][:len(file)]) {
			for i, u := range units {
				all = append(all, timed{u.pts, s.ntp(s.times[first+i])})
			}
			return all
		}
	}
	t.Fatalf("the %d access units of sound in the file are not among the %d that were sent, one after the other", len(file), len(s.sums))
	return nil
}
