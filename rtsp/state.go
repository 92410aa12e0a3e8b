package rtsp

// State is a state of the client's state machine (RFC 2326 §A.1).
type State uint8

// The states.
const (
	Init    State = iota // nothing is set up
	Ready                // a SETUP or PAUSE was answered
	Playing              // a PLAY was answered
)

var stateNames = [...]string{"Init", "Ready", "Playing"}

// String returns the state's name in RFC 2326.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// transitions is the table of RFC 2326 §A.1, without RECORD: what may be sent in a state, and the state after success.
var transitions = map[State]map[string]State{
	Init: {
		MethodSetup:    Ready,
		MethodTeardown: Init,
	},
	Ready: {
		MethodPlay:     Playing,
		MethodTeardown: Init,
		MethodSetup:    Ready,
	},
	Playing: {
		MethodPause:    Ready,
		MethodTeardown: Init,
		MethodPlay:     Playing,
		MethodSetup:    Playing,
	},
}

// neutral are the methods that don't affect the state and are allowed in any (RFC 2326 §A).
var neutral = map[string]bool{
	MethodOptions: true, MethodAnnounce: true, MethodDescribe: true, MethodGetParameter: true, MethodSetParameter: true,
}

// allows says whether a method may be sent.
func (s State) allows(method string) bool {
	_, listed := transitions[s][method]
	return listed || neutral[method]
}

// after returns the state after a reply: the table's for success, Init after a redirection, and no change otherwise.
func (s State) after(method string, status int) State {
	switch next, listed := transitions[s][method]; {
	case status >= 200 && status < 300 && listed:
		return next
	case status >= 300 && status < 400:
		return Init
	}
	return s
}
