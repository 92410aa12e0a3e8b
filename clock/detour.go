package clock

import (
	"math"
	"slices"
)

// longestDetour is how long a network may be slower than the stream, s. A media clock that was set stays so for longer.
const longestDetour = 30.0

// withoutDetours leaves out the cuts of a stretch where the frames only came late for a while: behind a network that is slower
// than the stream they queue up as if the media clock ran at another pace, and jump back when the queue is gone. A media clock that was
// set, or changed its pace, does not return to the line on which the arrivals were before.
func (r *recording) withoutDetours(host, media []float64, cuts []cut) []cut {
	for c := 1; c < len(cuts); c++ {
		begin, leave := cuts[c-1].frame, cuts[c].frame
		rate := r.rateOf(host[begin:leave], media[begin:leave])
		back, ok := returns(host, media, rate, begin, leave)
		if !ok {
			continue
		}
		last := c + 1
		for last < len(cuts) && cuts[last].frame <= back {
			last++
		}
		cuts = slices.Delete(cuts, c, last)
		c--
	}
	return cuts
}

// returns returns the last frame for longestDetour from leave on that came as early as those between begin and leave, by their
// rate. It must lie so far behind leave that no pace which differs by leastPace is as near the line, and none before it may be
// ahead of the line, or later than a queue of that length can be.
func returns(host, media []float64, rate float64, begin, leave int) (back int, ok bool) {
	late := func(k int) float64 { return host[k] - rate*media[k] }
	line := math.Inf(1)
	for k := leave - 1; k >= begin && host[k] >= host[leave]-jumpWindow; k-- {
		line = min(line, late(k))
	}
	back = leave
	for k := leave; k < len(host) && host[k] <= host[leave]+longestDetour; k++ {
		behind := late(k) - line
		if behind < -leastJump || behind > longestDetour {
			break
		}
		if behind < leastJump {
			back = k
		}
	}
	return back, host[back]-host[leave] > 2*leastJump/leastPace
}
