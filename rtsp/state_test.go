package rtsp

import "testing"

// TestStateMachine compares the table with that of RFC 2326 §A.1, of which RECORD and its state are not implemented.
func TestStateMachine(t *testing.T) {
	rfc := map[State]map[string]State{
		Init:    {MethodSetup: Ready, MethodTeardown: Init},
		Ready:   {MethodPlay: Playing, MethodTeardown: Init, MethodSetup: Ready},
		Playing: {MethodPause: Ready, MethodTeardown: Init, MethodPlay: Playing, MethodSetup: Playing},
	}
	// "OPTIONS, ANNOUNCE, DESCRIBE, GET_PARAMETER, SET_PARAMETER do not have any effect on client or server state."
	neutral := []string{MethodOptions, MethodAnnounce, MethodDescribe, MethodGetParameter, MethodSetParameter}
	effective := []string{MethodSetup, MethodPlay, MethodPause, MethodRecord, MethodTeardown, MethodRedirect}
	for _, state := range []State{Init, Ready, Playing} {
		for _, method := range effective {
			next, listed := rfc[state][method]
			if state.allows(method) != listed {
				t.Errorf("%v %s: allowed is %v", state, method, !listed)
			}
			if got := state.after(method, 200); listed && got != next {
				t.Errorf("%v %s: %v, want %v", state, method, got, next)
			}
		}
		for _, method := range neutral {
			if !state.allows(method) || state.after(method, 200) != state {
				t.Errorf("%s has an effect on %v", method, state)
			}
		}
		for _, method := range append(effective, neutral...) {
			// "If a request yields a status code of 3xx, the state becomes Init, and a status code of 4xx yields no change".
			if got := state.after(method, 302); got != Init {
				t.Errorf("%v after 302 to %s", got, method)
			}
			for _, status := range []int{400, 454, 500, 551} {
				if got := state.after(method, status); got != state {
					t.Errorf("%v %s: %v after %d", state, method, got, status)
				}
			}
		}
	}
	if Playing.String() != "Playing" || State(9).String() != "unknown" {
		t.Error("names")
	}
}
