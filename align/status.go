package align

// Status says whether a set has a frame of a camera, and why not.
type Status uint8

// The statuses.
const (
	OK             Status = iota // there is one
	NoFrame                      // none was captured near enough
	Taken                        // the one that is near enough belongs to another set, to which it is nearer
	Untimed                      // the frames recorded there have no capture time
	BeforeStart                  // the recording begins later
	AfterEnd                     // the recording ended before
	ConnectionLost               // the connection to the camera broke or fell silent
	PacketsLost                  // packets were lost on the way
	CameraRestart                // the camera began a new stream
	DiskStalled                  // the recorder's disk did not take the data in time
	OtherGap                     // frames are missing for another reason, which the recording tells
)

var statusNames = [...]string{
	"ok", "no-frame", "taken", "untimed", "before-start", "after-end",
	"connection-lost", "packets-lost", "camera-restart", "disk-stalled", "gap",
}

// String returns the status as it stands in the files that timeslate writes.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "unknown"
}

// OK reports whether there is a frame.
func (s Status) OK() bool { return s == OK }

// Flags are what is to be known about a frame of a set.
type Flags uint8

// The flags.
const (
	Latency  Flags = 1 << iota // the camera's known constant delay was taken off its time
	Disputed                   // camera and recorder disagree on its time, and nobody can say who is right; Error covers both
	Voted                      // its time rests on what several cameras say, against the clock of the recorder
	Unsure                     // its neighbour may be the right one, as far as the times are known
)

var flagNames = [...]string{"+latency", "+disputed", "+voted", "+unsure"}

// append appends the names of the flags that are set, each after a plus sign, to b.
func (f Flags) append(b []byte) []byte {
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			b = append(b, name...)
		}
	}
	return b
}
