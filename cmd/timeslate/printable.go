package main

import (
	"strconv"
	"strings"
	"unicode"
)

// maxMessage bounds the bytes of a message: a camera may have put in what it liked.
const maxMessage = 4096

// printable returns s with escapes in place of what could upset a terminal, but for line ends, and cut if it is long. Errors
// and reports hold words of the camera's.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case b.Len() > maxMessage:
			b.WriteString(" …")
			return b.String()
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}
