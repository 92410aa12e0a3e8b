package rtsp

import "testing"

// TestStateMachine compares the table with that of RFC 2326 §A.1, of which RECORD and its state are not implemented.
func TestStateMachine(t *testing.T) {
	rfc := map[state]map[string]state{
		stateInit:    {MethodSetup: stateReady, MethodTeardown: stateInit},
		stateReady:   {MethodPlay: statePlaying, MethodTeardown: stateInit, MethodSetup: stateReady},
		statePlaying: {MethodPause: stateReady, MethodTeardown: stateInit, MethodPlay: statePlaying, MethodSetup: statePlaying},
	}
	// "OPTIONS, ANNOUNCE, DESCRIBE, GET_PARAMETER, SET_PARAMETER do not have any effect on client or server state."
	neutral := []string{MethodOptions, MethodAnnounce, MethodDescribe, MethodGetParameter, MethodSetParameter}
	effective := []string{MethodSetup, MethodPlay, MethodPause, MethodRecord, MethodTeardown, MethodRedirect}
	for _, from := range []state{stateInit, stateReady, statePlaying} {
		for _, method := range effective {
			next, listed := rfc[from][method]
			if from.allows(method) != listed {
				t.Errorf("%v %s: allowed is %v", from, method, !listed)
			}
			if got := from.after(method, 200); listed && got != next {
				t.Errorf("%v %s: %v, want %v", from, method, got, next)
			}
		}
		for _, method := range neutral {
			if !from.allows(method) || from.after(method, 200) != from {
				t.Errorf("%s has an effect on %v", method, from)
			}
		}
		for _, method := range append(effective, neutral...) {
			// "If a request yields a status code of 3xx, the state becomes Init, and a status code of 4xx yields no change".
			if got := from.after(method, 302); got != stateInit {
				t.Errorf("%v after 302 to %s", got, method)
			}
			for _, status := range []int{400, 454, 500, 551} {
				if got := from.after(method, status); got != from {
					t.Errorf("%v %s: %v after %d", from, method, got, status)
				}
			}
		}
	}
	if statePlaying.String() != "Playing" || state(9).String() != "unknown" {
		t.Error("names")
	}
}
