package mp4

import (
	"bytes"
	"fmt"

	gomp4 "github.com/abema/go-mp4"
)

// node is a box to be written: one that go-mp4 marshals, with its children, or boxes that are appended by hand.
type node struct {
	box      gomp4.IImmutableBox
	children []node
	byHand   func([]byte) []byte // appends whole boxes; box is nil then
}

// appendTo appends the box and its children. go-mp4 writes into memory only: it loses the errors of its writer in places.
func (n node) appendTo(b []byte) ([]byte, error) {
	if n.box == nil {
		return n.byHand(b), nil
	}
	b, start := openBox(b, n.box.GetType().String())
	payload := bytes.NewBuffer(b)
	if _, err := gomp4.Marshal(payload, n.box, gomp4.Context{}); err != nil {
		return nil, fmt.Errorf("mp4: %s box: %w", n.box.GetType(), err)
	}
	b = payload.Bytes()
	for _, child := range n.children {
		var err error
		if b, err = child.appendTo(b); err != nil {
			return nil, err
		}
	}
	return closeBox(b, start), nil
}

// container returns a box that holds nothing but boxes.
func container(box gomp4.IImmutableBox, children ...node) node {
	return node{box: box, children: children}
}

// node returns a box as it was read.
func (b box) node() node {
	return node{byHand: func(to []byte) []byte {
		to, start := openBox(to, string(b.boxType[:]))
		return closeBox(append(to, b.body...), start)
	}}
}
