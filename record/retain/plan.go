package retain

import (
	"github.com/timeslate/timeslate/record/segment"
)

// Limits are what is kept of an output. 0 is no limit.
type Limits struct {
	Files int   // files of each output, the growing one among them
	Bytes int64 // in all files of each output, the growing one among them
	Free  int64 // bytes that stay free on the disk, at the expense of all outputs on it
}

// Reason is the limit that wants a file deleted.
type Reason uint8

// The reasons.
const (
	Files Reason = iota + 1
	Bytes
	Free
)

// String says the reason in words.
func (r Reason) String() string {
	return [...]string{"", "more files than are kept", "more bytes than are kept", "to keep space free"}[r]
}

// file is a file and what must be known to judge it.
type file struct {
	segment.File
	output    string
	protected bool // grows, or is in use otherwise: it counts, but it can't be deleted
	gone      bool // deleted, or impossible to delete
}

// deletion is a file that is to be deleted.
type deletion struct {
	index  int // among the files
	reason Reason
}

// beyond plans what to delete of the files of one output, oldest first: no more than it takes to obey Files and Bytes.
func (l Limits) beyond(files []file) (plan []deletion) {
	count, bytes := len(files), int64(0)
	for _, f := range files {
		bytes += f.Size
	}
	for i, f := range files {
		tooMany, tooLarge := l.Files > 0 && count > l.Files, l.Bytes > 0 && bytes > l.Bytes
		if !tooMany && !tooLarge {
			break
		}
		if f.protected {
			continue
		}
		reason := Bytes
		if tooMany {
			reason = Files
		}
		plan = append(plan, deletion{i, reason})
		count--
		bytes -= f.Size
	}
	return plan
}

// missing plans what to delete of the files of all outputs on a disk, oldest first, so that so many more bytes get free. Of
// each output it leaves the newest file that is finished: who keeps space free may find that something else has filled the
// disk. short is what can't be had.
func missing(files []file, bytes int64) (plan []deletion, short int64) {
	newest := map[string]int{}
	for i, f := range files {
		if !f.protected {
			newest[f.output] = i
		}
	}
	for i, f := range files {
		if bytes <= 0 {
			break
		}
		if f.protected || newest[f.output] == i || f.Size == 0 {
			continue
		}
		plan = append(plan, deletion{i, Free})
		bytes -= f.Size
	}
	return plan, max(0, bytes)
}
