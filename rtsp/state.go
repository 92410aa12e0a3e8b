package rtsp

// state is a state of the client's state machine (RFC 2326 §A.1).
type state uint8

const (
	stateInit    state = iota // nothing is set up
	stateReady                // a SETUP or PAUSE was answered
	statePlaying              // a PLAY was answered
)

var stateNames = [...]string{"Init", "Ready", "Playing"}

// String returns the state's name in RFC 2326.
func (s state) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// transitions is the table of RFC 2326 §A.1, without RECORD: what may be sent in a state, and the state after success.
var transitions = map[state]map[string]state{
	stateInit: {
		MethodSetup:    stateReady,
		MethodTeardown: stateInit,
	},
	stateReady: {
		MethodPlay:     statePlaying,
		MethodTeardown: stateInit,
		MethodSetup:    stateReady,
	},
	statePlaying: {
		MethodPause:    stateReady,
		MethodTeardown: stateInit,
		MethodPlay:     statePlaying,
		MethodSetup:    statePlaying,
	},
}

// neutral are the methods that don't affect the state and are allowed in any (RFC 2326 §A).
var neutral = map[string]bool{
	MethodOptions: true, MethodAnnounce: true, MethodDescribe: true, MethodGetParameter: true, MethodSetParameter: true,
}

// allows says whether a method may be sent.
func (s state) allows(method string) bool {
	_, listed := transitions[s][method]
	return listed || neutral[method]
}

// after returns the state after a reply: the table's for success, Init after a redirection, and no change otherwise.
func (s state) after(method string, status int) state {
	switch next, listed := transitions[s][method]; {
	case status >= 200 && status < 300 && listed:
		return next
	case status >= 300 && status < 400:
		return stateInit
	}
	return s
}
