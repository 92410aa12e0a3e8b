package mp4

import (
	"bytes"
	"fmt"

	gomp4 "github.com/abema/go-mp4"
)

// node is a box to be written: either one that go-mp4 marshals, with its children, or bytes that are ready.
type node struct {
	box      gomp4.IImmutableBox
	children []node
	raw      []byte // a whole box with its header; box is nil then
}

// appendTo appends the box and its children. go-mp4 writes into memory only: it loses the errors of its writer in places.
func (n node) appendTo(b []byte) ([]byte, error) {
	if n.box == nil {
		return append(b, n.raw...), nil
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

// rawBox returns payload with a box header.
func rawBox(boxType string, payload []byte) []byte {
	b, start := openBox(make([]byte, 0, boxHeader+len(payload)), boxType)
	return closeBox(append(b, payload...), start)
}

// container returns a box that holds nothing but boxes.
func container(box gomp4.IImmutableBox, children ...node) node {
	return node{box: box, children: children}
}
