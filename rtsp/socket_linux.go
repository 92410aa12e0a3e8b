package rtsp

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
	"unsafe"
)

// Sizes of a batch. Nearly all cameras keep to packets that Ethernet can carry whole, so that a batch has small places;
// what is larger than its place ends in the tail that all share.
const (
	maxBatch   = 48      // datagrams: 5 ms at 100 Mbit/s
	smallPlace = 2 << 10 // for a datagram: an Ethernet frame fits
	probation  = 256     // datagrams that are given the largest place, to see how large they are: a key frame's
	maxGather  = 4 * time.Millisecond
	fullSpeed  = 125e6 // bytes/s of Gigabit Ethernet, which fill the kernel's buffer while we gather
)

// receiveMany is the number of recvmmsg(2). Tests change it.
var receiveMany uintptr = syscall.SYS_RECVMMSG

// messageHeader is struct mmsghdr of recvmmsg(2).
type messageHeader struct {
	syscall.Msghdr
	length uint32
}

// controlSize is enough for a time stamp and a drop count.
const controlSize = 64

// kernelReader reads many datagrams with one system call, with the kernel's receive time of each.
type kernelReader struct {
	socket *socket
	raw    syscall.RawConn
	place  int // bytes that a datagram has of its own
	seen   int // datagrams, up to probation
	most   int // bytes of the largest
	gather time.Duration
	clock  stampClock
	drops  uint32 // the kernel's count

	receive func(fd uintptr) bool // r.try, made once
	waited  bool
	n       int // datagrams of the last call
	errno   syscall.Errno

	headers  [maxBatch]messageHeader
	vectors  [maxBatch][2]syscall.Iovec
	names    [maxBatch]syscall.RawSockaddrInet6
	controls [maxBatch][controlSize / 8]uint64 // aligned as the headers in it want it
}

// newBatchReader returns a kernelReader for the kernel's sockets, and a plainReader for others.
func newBatchReader(k *socket) batchReader {
	c, ok := k.conn.(*net.UDPConn)
	if !ok {
		return newPlainReader(k)
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return newPlainReader(k)
	}
	r := &kernelReader{socket: k, raw: raw, place: maxDatagram}
	r.receive = r.try
	r.setOptions()
	size := maxBatch*smallPlace + maxDatagram
	if k.rtcp {
		size = maxDatagram // one at a time
	}
	k.provide(size, maxBatch)
	return r
}

// setOptions asks the kernel for a large buffer, time stamps and drop counts. What it refuses we do without.
func (r *kernelReader) setOptions() {
	r.raw.Control(func(fd uintptr) {
		fd1 := int(fd)
		syscall.SetsockoptInt(fd1, syscall.SOL_SOCKET, syscall.SO_TIMESTAMPNS, 1)
		syscall.SetsockoptInt(fd1, syscall.SOL_SOCKET, syscall.SO_RXQ_OVFL, 1)
		if !r.socket.rtcp {
			// Beyond the limit of net.core.rmem_max goes only who may administer the network.
			if syscall.SetsockoptInt(fd1, syscall.SOL_SOCKET, syscall.SO_RCVBUFFORCE, wantBuffer) != nil {
				syscall.SetsockoptInt(fd1, syscall.SOL_SOCKET, syscall.SO_RCVBUF, wantBuffer)
			}
		}
		doubled, _ := syscall.GetsockoptInt(fd1, syscall.SOL_SOCKET, syscall.SO_RCVBUF) // socket(7)
		r.socket.buffer = doubled / 2
	})
	// Half of the buffer may fill while we gather. Reports wait a bit longer than media, so that they can be put in their
	// place among the packets that came before them.
	r.gather = min(maxGather, time.Duration(float64(r.socket.buffer)/2/fullSpeed*float64(time.Second)))
	if r.socket.rtcp {
		r.gather = maxGather + time.Millisecond
	}
}

// read waits for datagrams. After the first one it lets the rest of its picture gather for some milliseconds, since
// each wake-up costs more than the reading does; the kernel's time stamps tell when each one came.
func (r *kernelReader) read(b *batch) error {
	r.prepare(b)
	for {
		r.waited = false
		if err := r.raw.Read(r.receive); err != nil {
			return bare(err)
		}
		switch {
		case r.errno == syscall.ENOSYS || r.errno == syscall.EPERM: // some sandboxes let nobody use it
			r.socket.reader = plainReader{r.socket.conn}
			return r.errno
		case r.errno != 0:
			return r.errno
		case r.n > 0:
			r.finish(b)
			return nil
		}
		time.Sleep(r.gather)
	}
}

// try is called by the runtime's poller: at once, and again when there is something to be read.
func (r *kernelReader) try(fd uintptr) bool {
	if r.n, r.errno = 0, 0; r.waited {
		return true // there is something: let it gather
	}
	n, _, errno := syscall.Syscall6(receiveMany, fd, uintptr(unsafe.Pointer(&r.headers[0])),
		uintptr(r.places()), syscall.MSG_DONTWAIT, 0, 0)
	switch errno {
	case 0:
		r.n = int(n)
	case syscall.EINTR:
		return r.try(fd) // the poller would not call for what is there already
	case syscall.EAGAIN:
		r.waited = true
		return false
	default:
		r.errno = errno
	}
	return true
}

// places returns how many datagrams a batch has room for.
func (r *kernelReader) places() int { return min(maxBatch, max(1, maxBatch*smallPlace/r.place)) }

// prepare tells the kernel where the datagrams shall go.
func (r *kernelReader) prepare(b *batch) {
	if r.socket.rtcp {
		r.place = maxDatagram
	}
	tail := b.arena[len(b.arena)-maxDatagram:]
	for i := range r.places() {
		own := b.arena[i*r.place:][:r.place]
		v := &r.vectors[i]
		v[0].Base, v[1].Base = &own[0], &tail[0]
		v[0].SetLen(len(own))
		v[1].SetLen(len(tail))
		h := &r.headers[i]
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&r.names[i])), uint32(unsafe.Sizeof(r.names[i]))
		h.Iov, h.Iovlen = &v[0], 2
		h.Control = (*byte)(unsafe.Pointer(&r.controls[i]))
		h.SetControllen(controlSize)
	}
}

// finish lists the datagrams that came.
func (r *kernelReader) finish(b *batch) {
	now := r.clock.read()
	b.datagrams, b.next = b.datagrams[:0], 0
	for i := range r.n {
		n := int(r.headers[i].length)
		data, from, stamp := b.arena[i*r.place:], r.source(i), r.control(i)
		if r.socket.maySend(from) { // others can't make the places so large that batches are small
			r.most = max(r.most, n)
		}
		if n > r.place {
			data = r.rejoin(b, i, n)
		}
		if data != nil {
			b.datagrams = append(b.datagrams, datagram{data[:n:n], from, r.clock.arrived(now, stamp)})
		}
	}
	if r.seen = min(probation, r.seen+r.n); r.seen == probation {
		r.place = (r.most + smallPlace - 1) / smallPlace * smallPlace
	}
}

// rejoin returns datagram i, whose end is in the tail, unless a later one has overwritten it there: then it is lost.
// That happens once, since the places grow.
func (r *kernelReader) rejoin(b *batch, i, n int) []byte {
	for later := i + 1; later < r.n; later++ {
		if int(r.headers[later].length) > r.place {
			r.socket.dropped.Add(1)
			return nil
		}
	}
	own, tail := b.arena[i*r.place:][:r.place], b.arena[len(b.arena)-maxDatagram:]
	return append(append(make([]byte, 0, n), own...), tail[:n-r.place]...)
}

// source returns where datagram i came from.
func (r *kernelReader) source(i int) netip.AddrPort {
	name := &r.names[i]
	if name.Family == syscall.AF_INET {
		four := (*syscall.RawSockaddrInet4)(unsafe.Pointer(name))
		return netip.AddrPortFrom(netip.AddrFrom4(four.Addr), hostOrder(&four.Port))
	}
	return netip.AddrPortFrom(netip.AddrFrom16(name.Addr).Unmap(), hostOrder(&name.Port))
}

// hostOrder returns a port, which stands in the order of the network.
func hostOrder(port *uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(port))
	return uint16(b[0])<<8 | uint16(b[1])
}

// control returns the kernel's time stamp of datagram i, in nanoseconds since 1970 or 0 without, and takes note of the
// drop count.
func (r *kernelReader) control(i int) (stamp int64) {
	b := unsafe.Slice((*byte)(unsafe.Pointer(&r.controls[i])), controlSize)[:min(controlSize, r.headers[i].Controllen)]
	for len(b) >= syscall.SizeofCmsghdr {
		h := (*syscall.Cmsghdr)(unsafe.Pointer(&b[0]))
		data, n := b[syscall.CmsgLen(0):], int(h.Len)
		switch {
		case h.Level != syscall.SOL_SOCKET:
		case h.Type == syscall.SO_TIMESTAMPNS && len(data) >= int(unsafe.Sizeof(syscall.Timespec{})):
			stamp = (*syscall.Timespec)(unsafe.Pointer(&data[0])).Nano()
		case h.Type == syscall.SO_RXQ_OVFL && len(data) >= 4:
			drops := *(*uint32)(unsafe.Pointer(&data[0]))
			r.socket.dropped.Add(uint64(drops - r.drops))
			r.drops = drops
		}
		if n = syscall.CmsgSpace(n - syscall.CmsgLen(0)); n < syscall.SizeofCmsghdr || n > len(b) {
			break
		}
		b = b[n:]
	}
	return stamp
}

// smallBuffer says that the kernel keeps less than we want.
func smallBuffer(granted int) string {
	return fmt.Sprintf("the kernel grants a receive buffer of %d bytes of %d, so that bursts may get lost; as root: sysctl net.core.rmem_max=%d",
		granted, wantBuffer, wantBuffer)
}
