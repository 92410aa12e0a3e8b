//go:build race

package extract

// raced tells that the race detector is at work.
const raced = true
