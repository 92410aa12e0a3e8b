// Package filelock marks files that are being written, so that nothing repairs or replaces them meanwhile. The locks are
// advisory: players are not disturbed.
package filelock
