package rtpsession

import "time"

// maxHold is how long a packet waits for one before it. Networks mix up packets within some milliseconds, and a stream
// with few packets must not wait until its window is full.
const maxHold = 250 * time.Millisecond

// item is a packet on its way from Push to Next.
type item struct {
	data    []byte
	seq     int64 // position in its run
	time    int64 // unwrapped RTP time stamp
	arrival time.Time
	run     int
	first   bool // of its run: what is still in the window is of the run before
}

// reorder puts packets in sequence. One that comes in its turn passes through; one that comes early is copied and waits
// in the window until those before it have come, or can't come any more. A window of 0 waits for nothing.
type reorder struct {
	window     []slot    // a packet at position n waits in window[n % len]
	held       int       // slots in use
	since      time.Time // since when the packet whose turn it is has been missed, while some are held
	next       int64     // position whose turn it is
	lost       int       // positions passed over since the last packet that pop returned
	in         [2]item   // given to push and not yet looked at, from head to tail; their bytes are borrowed
	head, tail int
	flush      bool // wait no more
}

// slot holds a copy of an early packet. Its bytes are reused.
type slot struct {
	item
	used bool
}

func newReorder(window int) reorder { return reorder{window: make([]slot, window)} }

// late reports whether the turn of a position is over, or its packet is there already.
func (o *reorder) late(position int64) bool {
	if position < o.next {
		return true
	}
	s := o.slot(position)
	return s != nil && s.used && s.seq == position
}

func (o *reorder) slot(position int64) *slot {
	if len(o.window) == 0 {
		return nil
	}
	return &o.window[uint64(position)%uint64(len(o.window))]
}

// push takes a packet that is not late. There is room for two: the first of a run and the one that confirmed it.
func (o *reorder) push(in *item) {
	o.flush = false
	o.in[o.tail] = *in
	o.tail++
}

// pop returns the packet whose turn it is and how many are missing before it. It is to be called until it returns
// false; the packet stays valid until the next push.
func (o *reorder) pop() (*item, int, bool) {
	for {
		switch s := o.slot(o.next); {
		case s != nil && s.used && s.seq == o.next:
			s.used = false
			o.held--
			return o.emit(&s.item)
		case o.head == o.tail && !(o.flush && o.held > 0):
			return nil, 0, false
		case o.head < o.tail && o.hasTurn(&o.in[o.head]):
			return o.emit(o.shift())
		case o.head == o.tail || o.isOverdue(&o.in[o.head]):
			o.next++
			o.lost++
		default:
			o.hold(o.shift())
		}
	}
}

// hasTurn reports whether in comes next. The first of a run does when the run before is out of the window.
func (o *reorder) hasTurn(in *item) bool {
	if in.first {
		return o.held == 0
	}
	return in.seq == o.next
}

// isOverdue reports whether in is a reason to wait no longer for the packet whose turn it is.
func (o *reorder) isOverdue(in *item) bool {
	return in.first || in.seq-o.next >= int64(len(o.window)) || o.held > 0 && in.arrival.Sub(o.since) > maxHold
}

func (o *reorder) emit(it *item) (*item, int, bool) {
	lost := o.lost
	o.next, o.lost, o.since = it.seq+1, 0, it.arrival
	return it, lost, true
}

// shift takes the oldest item out of the queue.
func (o *reorder) shift() *item {
	it := &o.in[o.head]
	if o.head++; o.head == o.tail {
		o.head, o.tail = 0, 0
	}
	return it
}

// hold copies an early packet into the window.
func (o *reorder) hold(in *item) {
	if o.held == 0 {
		o.since = in.arrival
	}
	o.held++
	s := o.slot(in.seq)
	data := append(s.data[:0], in.data...)
	s.item, s.used = *in, true
	s.data = data
}
