package mp4

import "encoding/binary"

// State is how far a file of a Writer came.
type State uint8

// The states of a file.
const (
	Foreign  State = iota // not written by this package, or too short to tell
	Growing               // being written, or left by a crash: Finish's patch is missing
	Finished              // a plain file
)

// HeadSize is how many bytes of the beginning of a file StateOf needs.
const HeadSize = 64

// StateOf tells by the beginning of a file which state it is in.
func StateOf(head []byte) State {
	if len(head) < boxHeader || string(head[4:8]) != "ftyp" {
		return Foreign
	}
	at := uint64(binary.BigEndian.Uint32(head))
	if at+boxHeader64 > uint64(len(head)) {
		return Foreign
	}
	size, boxType := binary.BigEndian.Uint32(head[at:]), string(head[at+4:at+8])
	switch {
	case size == boxHeader64 && boxType == "free":
		return Growing
	case size == 1 && boxType == "mdat":
		return Finished
	}
	return Foreign
}

// Reveal returns what Finish returned as its patch when a file got its index but not the patch: the index is still hidden
// in the free box that ends the file. Whether that box holds an index, and a whole one, is to be seen by opening the file
// with the patch in place.
func (f *File) Reveal() (patchAt int64, patch [16]byte, ok bool) {
	if f.freeAt == 0 || f.Torn != nil || f.hiddenAt <= f.moovEnd {
		return 0, patch, false
	}
	return f.freeAt, mdatHeader(f.hiddenAt + boxHeader - f.freeAt), true
}

// Hide returns the reverse of the patch, with which a finished file becomes a growing one again.
func Hide(head []byte) (patchAt int64, patch [16]byte, ok bool) {
	if StateOf(head) != Finished {
		return 0, patch, false
	}
	binary.BigEndian.PutUint32(patch[:], boxHeader64)
	copy(patch[4:], "free")
	return int64(binary.BigEndian.Uint32(head)), patch, true
}
