package figure

import "github.com/timeslate/timeslate/clock"

// The captions, for people who know nothing of RTP and its clocks. Line ends in them are spaces.
const (
	messagesText = `Each dot is one time message of the camera (an RTCP sender report, “it is now so late”): how far it is from the
times that were found for the frames.`

	boundText = `How far the capture time of a frame may be off, to either side. The strip at the foot says what it rests on. Not in
it: the constant time from the light on the sensor to the camera's time stamp, which no recording shows, and what
the camera's own clock is off by.`

	intervalsText = `How long after the frame before it each frame was captured. A camera that runs evenly makes a thin line. A dot at
twice its height: one frame is missing there; higher, several.`

	offsetsText = `What the camera's clock shows in its time messages, minus what the recorder's showed when they came. A level line:
both run alike. A slope: one is faster. A step: one was set. The scatter is the time that the messages were on the
way.`

	pairOffsetsText = `Each dot is the frame of a camera that belongs to a set: above 0 it was captured after the moment of the set, below
0 before. Cameras do not take their pictures together, so an offset is normal; it stays within half the time from
one frame to the next. Level dots: equal frame rates. A slope: the rates differ a little. The light area around the
dots is the error bound, where it is within the tolerance.`

	pairBoundsText = `The true time of a frame is within ± this, 95 times of 100. Where those of two cameras come to more than half the
time from one frame to the next, frames may be paired with a neighbour of the right one. A constant delay in a camera is not in it, unless
it was calibrated.`
)

// classText goes on after messagesText: what the messages of this camera mean.
var classText = map[clock.Class]string{
	clock.Exact: `Here each message names the time of a frame. Dots that are scattered evenly around 0 are good: the scatter is
averaged out.`,
	clock.SendStamped: `Here each message tells when it left the camera, and is compared with when it came: those that took longer on
the way are below 0, and the fastest, near 0, count most.`,
	clock.Envelope: `Here each message tells when it left the camera, and the network delays them: the fastest count most.`,
	clock.Ambiguous: `Here a constant delay between message and frame can't be told from a clock that is wrong; the bound below allows
for both. Dots that are scattered evenly are good.`,
}
