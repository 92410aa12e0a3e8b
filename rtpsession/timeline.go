package rtpsession

// timeline unwraps the 32-bit RTP time stamps of a run to 64 bits. The low 32 bits of a result are the camera's value.
// A step is a signed 32-bit difference: with B-frames, time goes back as well as on.
type timeline struct {
	started bool
	newest  int64
}

// advance unwraps the time stamp of a packet, and moves there.
func (t *timeline) advance(rtp uint32) int64 {
	t.newest = t.place(rtp)
	t.started = true
	return t.newest
}

// place unwraps the time stamp of a sender report, which lies before or after the newest packet's, and moves nothing: it
// may be garbage.
func (t *timeline) place(rtp uint32) int64 {
	if !t.started {
		return int64(rtp)
	}
	return t.newest + int64(int32(rtp-uint32(t.newest)))
}
