//go:build !linux

package spool

// syncData makes sure that what was written is on the disk.
func syncData(h Handle) error { return h.Sync() }
