package spool

import (
	"fmt"
	"time"
)

// Kind is what a Notice tells.
type Kind uint8

// The kinds of notices. A file gets Created and then Finished or Failed, or Failed alone; an abandoned one gets no end.
const (
	Created  Kind = iota // the file is there, and its name is known
	Finished             // the file is whole and closed
	Failed               // the file is closed but not finished: nothing more is written to it, what is there is whole parts
	Stalled              // the disk does not take what comes
	Resumed              // all that waited is written
)

func (k Kind) String() string {
	return [...]string{"created", "finished", "failed", "stalled", "resumed"}[k]
}

// Notice is something that happened at the disk.
type Notice struct {
	Kind Kind
	File *File         // of Created, Finished and Failed
	Err  error         // of Failed; of Stalled if the disk said why
	Took time.Duration // of Stalled: so far; of Resumed: from the first byte that waited until the last was written
}

// String returns the notice as a message for people, without the name of a file that is not in the error.
func (n Notice) String() string {
	switch {
	case n.Kind == Stalled && n.Err != nil:
		return fmt.Sprintf("the disk takes nothing more: %v", n.Err)
	case n.Kind == Stalled:
		return fmt.Sprintf("the disk is too slow or does not answer: data waits since %v", n.Took.Round(time.Millisecond))
	case n.Kind == Resumed:
		return fmt.Sprintf("the disk works again, after %v", n.Took.Round(time.Millisecond))
	case n.Err != nil:
		return n.Err.Error()
	}
	return n.Kind.String()
}

// Next returns what happened and was not told yet, in order. Call it until it says false, whenever News says so and once
// in a while: a disk that hangs is found by the clock alone.
func (s *Spool) Next() (Notice, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch()
	if len(s.notices) == 0 {
		return Notice{}, false
	}
	n := s.notices[0]
	s.notices = s.notices[1:]
	return n, true
}

// News returns a channel that gets a value when something happened that Next has not told.
func (s *Spool) News() <-chan struct{} { return s.news }

func (s *Spool) tell(n Notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(n)
}

// add is tell with s.mu held.
func (s *Spool) add(n Notice) {
	s.notices = append(s.notices, n)
	signal(s.news)
}

// watch finds out whether the disk is stalled: when something was refused or has waited for long, until all is written.
// s.mu is held.
func (s *Spool) watch() {
	oldest := s.queue.head
	switch {
	case oldest == nil && !s.stalled.IsZero():
		s.add(Notice{Kind: Resumed, Took: time.Since(s.stalled)})
		s.stalled, s.refusing = time.Time{}, false
	case oldest != nil && s.stalled.IsZero() && (s.refusing || time.Since(oldest.queued) >= stallAfter):
		s.stalled = oldest.queued
		s.add(Notice{Kind: Stalled, Err: s.reason, Took: time.Since(s.stalled)})
	}
}
