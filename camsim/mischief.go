package camsim

import "math/rand/v2"

// mischief is what a network does to media packets: it loses some and delays others.
type mischief struct {
	rand    *rand.Rand
	drop    float64 // share of the packets that are lost, in percent
	reorder int     // by how many packets one is overtaken at most
	held    []byte  // the packet that is being overtaken
	waits   int     // for so many packets; 0: there is none
}

// delayEvery is of how many packets one is overtaken.
const delayEvery = 10

// newMischief returns what a camera's faults make of its network.
func newMischief(faults []Fault, r *rand.Rand) mischief {
	m := mischief{rand: r}
	for _, f := range faults {
		switch f.Kind {
		case Drop:
			m.drop = f.Percent
		case Reorder:
			m.reorder = f.Packets
		}
	}
	return m
}

// pass sends a packet, or doesn't, or not yet.
func (m *mischief) pass(packet []byte, send func([]byte)) {
	if m.drop > 0 && m.rand.Float64()*100 < m.drop {
		return
	}
	if m.reorder > 0 && m.waits == 0 && m.rand.IntN(delayEvery) == 0 {
		m.held = append(m.held[:0], packet...)
		m.waits = 1 + m.rand.IntN(m.reorder)
		return
	}
	send(packet)
	if m.waits == 1 {
		send(m.held)
	}
	m.waits = max(0, m.waits-1)
}

// end sends what is held: packets that follow come much later.
func (m *mischief) end(send func([]byte)) {
	if m.waits > 0 {
		send(m.held)
		m.waits = 0
	}
}
