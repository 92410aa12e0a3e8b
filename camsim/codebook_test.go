package camsim

import "testing"

// TestEscapeBook: it has a codeword for each pair, none of which begins another, and no bit is wasted.
func TestEscapeBook(t *testing.T) {
	used, seen := 0, map[uint16]bool{}
	for length, indices := range escapeBook {
		for _, index := range indices {
			used += 1 << (len(escapeBook) - length)
			seen[index] = true
		}
	}
	if used != 1<<len(escapeBook) || len(seen) != len(escapeCodes) {
		t.Errorf("%d pairs, Kraft sum %d/%d", len(seen), used, 1<<len(escapeBook))
	}
	for index, want := range map[int]codeword{0: {0, 4}, 17*16 + 16: {4, 5}, 1: {6, 5}, 15: {0xffe, 12}, 17*15 + 16: {0x19d, 9}} {
		if got := escapeCodes[index]; got != want {
			t.Errorf("pair %d has %x, want %x", index, got, want)
		}
	}
}
