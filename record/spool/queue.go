package spool

import (
	"slices"
	"time"
)

const (
	// maxSpare is the number of jobs kept for later: one is filled while one is written, and the disk may pause.
	maxSpare = 4

	// maxSpareBytes is the largest buffer that is kept: that of a large part. The index of a long file is larger, and rare.
	maxSpareBytes = 4 << 20
)

// job is something to do with a file.
type job struct {
	kind    jobKind
	file    *File
	create  func() (Handle, error)
	data    []byte // to append; its memory is used again
	patchAt int64
	patch   [16]byte
	stage   int // the next step of the kind's
	queued  time.Time
	next    *job
}

// queue is a list of jobs in order, and the spare ones.
type queue struct {
	head, tail *job
	spare      *job
	spares     int
}

// push adds a job that appends boxes to f. The caller sets the rest.
func (s *Spool) push(kind jobKind, f *File, boxes [][]byte, set func(*job)) {
	size := 0
	for _, b := range boxes {
		size += len(b)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		s.stats.Discarded += int64(size)
		return
	}
	j := s.queue.take()
	j.kind, j.file, j.queued = kind, f, time.Now()
	j.data = slices.Grow(j.data[:0], size)
	for _, b := range boxes {
		j.data = append(j.data, b...)
	}
	if set != nil {
		set(j)
	}
	s.queue.add(j)
	s.stats.Queued += size
	s.stats.Highest = max(s.stats.Highest, s.stats.Queued)
	signal(s.wake)
}

// peek returns the job to do, which stays in the queue, or nil.
func (s *Spool) peek() (j *job, closing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.head, s.closing
}

// pop takes the job that is done out of the queue.
func (s *Spool) pop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Queued -= len(s.queue.head.data)
	s.queue.drop()
	s.reason = nil
	s.watch()
}

func (q *queue) add(j *job) {
	if q.tail == nil {
		q.head = j
	} else {
		q.tail.next = j
	}
	q.tail = j
}

// take returns an unused job.
func (q *queue) take() *job {
	j := q.spare
	if j == nil {
		return new(job)
	}
	q.spare, q.spares = j.next, q.spares-1
	*j = job{data: j.data}
	return j
}

// drop removes the head and keeps its memory.
func (q *queue) drop() {
	j := q.head
	if q.head = j.next; q.head == nil {
		q.tail = nil
	}
	if q.spares == maxSpare || cap(j.data) > maxSpareBytes {
		return
	}
	*j = job{data: j.data, next: q.spare}
	q.spare, q.spares = j, q.spares+1
}
