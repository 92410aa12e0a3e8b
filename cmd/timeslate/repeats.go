package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/timeslate/timeslate/record"
)

// repeats holds back messages that were told not long ago, and counts them, so that a camera that comes and goes does not
// flood the log in which somebody looks for another one.
type repeats map[string]*repeat

// repeat is a message that was told.
type repeat struct {
	newest string // in its newest words
	told   time.Time
	count  int // how often it was held back since
}

const (
	repeatAfter = 5 * time.Minute // a message is told again, with the number of times
	maxRepeats  = 1000            // messages that are remembered; what is new beyond them is always told
	shortGap    = time.Second     // gaps up to this are what a bad network makes by the thousand
)

// news tells whether an event is to be told now.
func (r repeats) news(now time.Time, e record.Event) bool {
	key, message := repeatKey(e)
	if key == "" {
		return true
	}
	if before := r[key]; before != nil {
		if before.newest = message; message != "" {
			before.count++
		}
		return false
	}
	if len(r) < maxRepeats {
		r[key] = &repeat{told: now}
	}
	return true
}

// numbers are ports, sequence numbers, SSRCs: what differs between two messages about the same thing.
var numbers = regexp.MustCompile(`[0-9a-f]*[0-9][0-9a-f]*`)

// repeatKey returns what events have in common that need not be told twice, or "" for events that must, and the words for
// many of them. There are none for those that the status tells of.
func repeatKey(e record.Event) (key, message string) {
	message = e.String()
	switch e.Type {
	case record.Gap:
		if e.Gap > shortGap {
			return "", ""
		}
		return e.Output + " " + e.Type + " " + e.Cause, message
	case record.Waiting:
		e.Gap, e.Retry = 0, 0
		return repeatKeyOf(e), ""
	case record.Connected:
		return repeatKeyOf(e), ""
	case record.Warning, record.Stalled, record.Resumed:
		return repeatKeyOf(e), message
	}
	return "", ""
}

// repeatKeyOf returns an event's words without what differs each time.
func repeatKeyOf(e record.Event) string {
	return e.Output + numbers.ReplaceAllString(e.String()[len(e.Output):], "0")
}

// due returns the messages that were held back for long enough.
func (r repeats) due(now time.Time) (messages []string) {
	for _, key := range slices.Sorted(maps.Keys(r)) {
		before := r[key]
		switch passed := now.Sub(before.told); {
		case passed < repeatAfter:
		case before.count == 0:
			delete(r, key)
		default:
			messages = append(messages, before.sum(passed))
			before.told, before.count = now, 0
		}
	}
	return messages
}

// rest returns all messages that were held back.
func (r repeats) rest(now time.Time) (messages []string) {
	for _, key := range slices.Sorted(maps.Keys(r)) {
		if before := r[key]; before.count > 0 {
			messages = append(messages, before.sum(now.Sub(before.told)))
		}
	}
	clear(r)
	return messages
}

// sum says a message and how often it came.
func (r *repeat) sum(passed time.Duration) string {
	return fmt.Sprintf("%s (%d more in the last %v)", r.newest, r.count, passed.Round(time.Second))
}
