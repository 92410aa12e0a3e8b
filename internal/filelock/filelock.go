// Package filelock marks files that are being written, so that nothing repairs or replaces them meanwhile. Players are not
// disturbed: the locks are advisory, or, on Windows, where they are not, on a byte that no file has.
package filelock
