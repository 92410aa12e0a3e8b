//go:build race

package record

// raced tells that the race detector is at work.
const raced = true
