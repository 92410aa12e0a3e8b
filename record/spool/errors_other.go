//go:build !unix && !windows

package spool

// The errors of this system have no numbers that are known: no failure passes.
func isTemporary(error) bool { return false }
func isBroken(error) bool    { return false }
