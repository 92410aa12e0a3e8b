package mp4

import (
	"encoding/binary"
	"errors"
)

// errShort is the error of a cursor that was asked for more than there is.
var errShort = errors.New("box is too short")

// cursor reads the fields of a box. After the end everything is 0 and err says so, so that a parser asks once, at the end.
type cursor struct {
	b   []byte
	err error
}

func (c *cursor) more() bool { return c.err == nil && len(c.b) > 0 }

func (c *cursor) bytes(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.b, c.err = nil, errShort
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func (c *cursor) u32() uint32 {
	if b := c.bytes(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if b := c.bytes(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// fullBox reads version and flags.
func (c *cursor) fullBox() (version uint8, flags uint32) {
	v := c.u32()
	return uint8(v >> 24), v & 0xffffff
}

// time reads a field that has 64 bits in version 1 of its box and 32 in version 0.
func (c *cursor) time(version uint8) uint64 {
	if version == 1 {
		return c.u64()
	}
	return uint64(c.u32())
}

// box is a box within a box that is in memory.
type box struct {
	boxType [4]byte
	body    []byte
}

func (b box) is(boxType string) bool { return string(b.boxType[:]) == boxType }

// box reads a whole box. Size 0, up to the end, is obeyed at this level too.
func (c *cursor) box() box {
	size := uint64(c.u32())
	b := box{boxType: [4]byte{}}
	copy(b.boxType[:], c.bytes(4))
	header := uint64(boxHeader)
	switch size {
	case 0:
		size = header + uint64(len(c.b))
	case 1:
		size = c.u64()
		header = boxHeader64
	}
	if size < header || size-header > uint64(len(c.b)) {
		c.b, c.err = nil, errShort
		return box{}
	}
	b.body = c.bytes(int(size - header))
	return b
}
