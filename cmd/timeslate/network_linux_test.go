package main

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
	"github.com/timeslate/timeslate/record"
	"github.com/timeslate/timeslate/stamp"
)

// TestBadNetwork loses a hundredth of the packets of GStreamer's picture and mixes up others: what came whole is in the
// file as it was, what did not is left out or marked, and nothing is damaged in silence.
func TestBadNetwork(t *testing.T) {
	interop.Require(t, "ffmpeg", "ffprobe", "tshark")
	t.Parallel()
	c := clip{seconds: 20}
	server := gstreamerClip(t, c, "--network",
		"drop-probability=0.01 delay-probability=0.05 min-delay=1 max-delay=20 allow-reordering=true")
	listen := captureIfRoot(t, server)
	if listen == nil {
		t.Skip("nobody tells which packets came")
	}
	file := filepath.Join(t.TempDir(), "x.mp4")
	p := start(t, nil, binary, "record", "--once", "--transport", "udp", "--stamp", "none", server.url, file)
	if code := p.wait(t, time.Minute); code != exitGaps {
		t.Errorf("exit code %d, want %d", code, exitGaps)
	}
	server.Process.Signal(syscall.SIGTERM)
	picture, _ := listen().tracks(t)
	sent := packetSums(t, c.file(t))
	got := packetSums(t, file)
	frames := slices.DeleteFunc(observed(t, file).Frames, func(f stamp.TimingFrame) bool { return f.Track != 0 })
	if len(frames) != len(got) {
		t.Fatalf("%d frames in the timing box, %d in the file", len(frames), len(got))
	}
	// The file begins with the first key frame that came whole; what is under way when the server says goodbye comes too late.
	end := len(frames) - 10
	first := picture.cut(frames[0].RTP, frames[end-1].RTP)
	whole, lost := picture.whole()
	var damaged, silent, wrong, told int
	for i, f := range frames[:end] {
		if i == 0 {
			continue
		}
		told += f.Lost
		number := int(f.RTP-first) / 3600
		same := number < len(sent) && got[i] == sent[number]
		switch {
		case f.Damaged:
			damaged++
		case !same:
			silent++
			t.Logf("frame %d is not as it was sent", number)
		}
		if whole[f.RTP] && (f.Damaged || !same) {
			wrong++
		}
		delete(whole, f.RTP)
	}
	missing := len(whole)
	for rtp := range whole {
		t.Logf("frame %d is missing", int(rtp-first)/3600)
	}
	t.Logf("%d packets were lost, the file says %d; %d frames in it, %d damaged", lost, told, end, damaged)
	if lost == 0 {
		t.Error("nothing was lost: the test is in vain")
	}
	if silent > 0 {
		t.Errorf("%d frames are damaged, and nothing says so", silent)
	}
	late := picture.late()
	if wrong > 0 || missing > late {
		t.Errorf("of the frames that came whole %d are missing and %d are damaged; %d packets came too late", missing, wrong, late)
	}
	if told < lost || told > lost+late {
		t.Errorf("%d packets were lost and %d came too late, the file says %d", lost, late, told)
	}
}

// cut puts the packets in order and keeps those after the frame from, up to the end of the frame to, both given by their
// RTP time stamps. It returns the RTP time stamp of the very first frame.
func (s *wireStream) cut(from, to uint32) (first uint32) {
	slices.SortFunc(s.packets, func(a, b wirePacket) int { return int(a.sequence - b.sequence) })
	first = s.packets[0].rtp
	for n := len(s.packets); n > 0 && s.packets[n-1].rtp != to; n-- {
		s.packets = s.packets[:n-1]
	}
	last := 0 // of the frame from
	for i, p := range s.packets {
		if p.rtp == from {
			last = i
		}
	}
	s.packets = s.packets[last:]
	return first
}

// whole returns the RTP time stamps of the frames of which all packets came, and those between the frame before and them;
// and how many packets are missing. The packets are in order, the first one the end of a frame.
func (s *wireStream) whole() (frames map[uint32]bool, lost int) {
	frames = map[uint32]bool{}
	complete := true // since the packet that ended the frame before
	for i, p := range s.packets {
		if i == 0 {
			continue // the end of a frame
		}
		if p.sequence > s.packets[i-1].sequence+1 {
			lost += int(p.sequence - s.packets[i-1].sequence - 1)
			complete = false
		}
		if p.marker {
			if complete {
				frames[p.rtp] = true
			}
			complete = true
		}
	}
	return frames, lost
}

// late counts the packets that came so long after those behind them that nobody had to wait: a busy machine makes them.
func (s *wireStream) late() (n int) {
	for i, p := range s.packets[:len(s.packets)-1] {
		if p.at-s.packets[i+1].at > 0.2 {
			n++
		}
	}
	return n
}

// packetSums returns the MD5 of each packet of a file's picture.
func packetSums(t *testing.T, file string) (sums []string) {
	t.Helper()
	out := program(t, "ffprobe", "-v", "error", "-select_streams", "v", "-show_data_hash", "md5",
		"-show_entries", "packet=data_hash", "-of", "compact=p=0", file)
	for line := range strings.Lines(out) {
		if _, sum, ok := strings.Cut(strings.TrimSpace(line), "data_hash=MD5:"); ok {
			sum, _, _ = strings.Cut(sum, "|")
			sums = append(sums, sum)
		}
	}
	return sums
}

// TestNoUDP records with --transport auto where UDP does not come through: a server that refuses it, and a network that
// swallows it.
func TestNoUDP(t *testing.T) {
	t.Parallel()
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		c := clip{seconds: 15}
		server := gstreamerClip(t, c, "--protocols", "tcp")
		p := recordsOver(t, nil, server.url, "tcp")
		p.Process.Signal(syscall.SIGTERM)
		if code := p.wait(t, 10*time.Second); code != exitDone {
			t.Errorf("exit code %d", code)
		}
	})
	t.Run("swallowed", func(t *testing.T) {
		t.Parallel()
		in := networkWithoutUDP(t)
		s := simulatorsIn(t, in, 1)
		p := recordsOver(t, in, s.urls[0], "tcp")
		p.Process.Signal(syscall.SIGTERM)
		if code := p.wait(t, 10*time.Second); code != exitDone {
			t.Errorf("exit code %d", code)
		}
	})
	t.Run("fine", func(t *testing.T) {
		t.Parallel()
		s := simulators(t, 1)
		recordsOver(t, nil, s.urls[0], "udp")
	})
}

// recordsOver starts a recorder that chooses the transport, and waits until frames come by the right one.
func recordsOver(t *testing.T, in []string, url, transport string) *process {
	t.Helper()
	args := append(slices.Clone(in), binary, "record", "--json", url, filepath.Join(t.TempDir(), "x.mp4"))
	p := start(t, nil, args[0], args[1:]...)
	eventually(t, "frames", func() bool {
		status := eventsOf(t, p, record.Status)
		return len(status) > 0 && status[len(status)-1].Frames > 25
	})
	connected := eventsOf(t, p, record.Connected)
	if len(connected) == 0 || connected[len(connected)-1].Transport != transport {
		t.Errorf("connected as %+v, want %s", connected, transport)
	}
	return p
}

// networkWithoutUDP makes a network of its own, and returns the words that run a command there.
func networkWithoutUDP(t *testing.T) []string {
	t.Helper()
	interop.Require(t, "ip", "nft", "nsenter")
	holder := exec.Command("sleep", "600")
	holder.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if err := holder.Start(); err != nil {
		t.Skipf("no network of its own can be made here: %v", err)
	}
	t.Cleanup(func() {
		holder.Process.Kill()
		holder.Wait()
	})
	in := []string{"nsenter", "-t", strconv.Itoa(holder.Process.Pid), "-n"}
	for _, command := range []string{
		"ip link set lo up",
		"nft add table inet test",
		"nft add chain inet test input { type filter hook input priority 0 ; }",
		"nft add rule inet test input meta l4proto udp drop",
	} {
		args := append(slices.Clone(in), strings.Fields(command)...)
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Skipf("%s: %v: %s", command, err, out)
		}
	}
	return in
}
