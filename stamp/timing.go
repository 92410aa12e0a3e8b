package stamp

import (
	"time"

	"github.com/timeslate/timeslate/clock"
	"github.com/timeslate/timeslate/ntp"
)

// TimingUUID is the extended type of the timing box, a box of type uuid (ISO/IEC 14496-12 §4.2).
var TimingUUID = UUID{0xae, 0xe4, 0xf7, 0x0b, 0xbb, 0x0e, 0x44, 0xab, 0xb4, 0x09, 0x05, 0xa3, 0xea, 0xa0, 0x20, 0x64}

// timingVersion counts changes that readers of earlier versions would misunderstand. New records, and new fields at the
// end of records, are no such change.
const timingVersion = 1

// Kinds of payload.
const (
	timingChunk = 0 // the records since the chunk before
	timingWhole = 1 // all records of the file
)

// timingHeaderSize is the size of the payload's header: version, kind, two reserved bytes, number.
const timingHeaderSize = 8

// Types of records. Each begins with its type and the number of bytes that follow.
const (
	recordStart     = 1
	recordTrack     = 2
	recordAnchor    = 3
	recordFrame     = 4
	recordReport    = 5
	recordGap       = 6
	recordHostClock = 7
	recordLatency   = 8
	recordFit       = 9
	recordJump      = 10
)

// Sizes of the records' bodies without text and optional fields.
const (
	startSize     = 8
	trackSize     = 5
	anchorSize    = 33
	frameSize     = 22
	reportSize    = 37
	gapSize       = 18
	hostClockSize = 25
	latencySize   = 9
	fitSize       = 21
	jumpSize      = 1
)

// Flags of a frame. The last four announce optional fields, in this order.
const (
	frameKey       = 1 << iota
	frameDamaged   // packets of this very frame are missing
	frameNoArrival // the field holds 0
	frameNoCapture // the field holds 0
	frameLongError // 64 bits of error; the 32-bit field holds its maximum
	frameAbsolute  // source and NTP time of a header extension and the like
	frameOddRTP    // the camera's RTP time stamp is not the low half of the unwrapped one
	frameFlagged   // clock.Flags of the estimate
)

// allTracks in place of a track's number says that a gap concerns all of them.
const allTracks = 255

// Cause says why media are missing.
type Cause uint8

// The causes of gaps.
const (
	OtherCause     Cause = iota // the text tells
	ConnectionLost              // the connection to the camera broke or fell silent
	PacketsLost                 // packets were lost on the way
	CameraRestart               // the camera began a new stream within the connection
	DiskStalled                 // the disk did not take the data in time
)

var causeNames = [...]string{"other", "connection lost", "packets lost", "camera restart", "disk stalled"}

// String returns the cause in words.
func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return "unknown"
}

// Gap is a stretch of time from which media are missing.
type Gap struct {
	Track    int // -1: all tracks
	Cause    Cause
	From, To time.Time // on the recorder's clock, as arrivals
	Text     string    // the error message or other details, without secrets; up to 237 bytes are kept
}

// HostState says whether the clock of the recorder follows a reference.
type HostState uint8

// The states of the recorder's clock.
const (
	HostUnknown HostState = iota
	HostSynchronised
	HostUnsynchronised
)

// HostClock is what the recorder knows of its own clock at one time.
type HostClock struct {
	State HostState
	At    time.Time     // on the clock of the arrivals: set once at the start, then running evenly
	Wall  time.Time     // what the host's clock showed at that time; it may have been set since the start
	Error time.Duration // largest error the host believes in; negative: unknown
}

// TimingLatency says that the capture times of a track have a constant delay of the camera taken off, from there on.
type TimingLatency struct {
	Track int // -1: all tracks
	Delay time.Duration
}

// TimingTrack is a track as a timing box describes it.
type TimingTrack struct {
	ID        int    // media.Track.ID: the index among the file's tracks
	ClockRate uint32 // ticks per second
	Codec     string // RFC 6381, empty while unknown; after a change the newest
}

// TimingFrame is a frame of a timing box.
type TimingFrame struct {
	Track       int
	PTS         int64          // unwrapped RTP time stamp
	RTP         uint32         // as the camera sent it
	SSRC        uint32         // synchronisation source
	Run         int            // counts the continuous stretches of one SSRC
	Arrival     time.Time      // of its first packet; zero: unknown
	Wall        clock.Estimate // what the recorder estimated at that time
	Absolute    ntp.Time       // capture time from a header extension, RFC 7273 or the reply to PLAY, or 0
	Source      clock.Source   // which of them that was
	Jump        bool           // it was not captured right after the frame before: the camera said so (recorded footage)
	Key         bool           // decoding can start here
	Damaged     bool           // packets of this very frame are missing
	Lost        int            // packets missing since the frame before; 65535 stands for more
	Fit         clock.Estimate // of a file that was cut from a longer recording: what that as a whole tells; else State is None
	AfterReport int            // index into TimingBox.Reports of the track's newest report before the frame, or -1
}

// TimingReport is a sender report of a timing box. Its Before counts the frames of the whole session, not of the file.
type TimingReport struct {
	Track int
	SSRC  uint32
	clock.Report
}
