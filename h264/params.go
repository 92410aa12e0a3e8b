package h264

// params keeps the configuration in force up to date with the parameter sets in the stream.
type params struct {
	sets    paramSets
	changed bool    // sets has news that config doesn't show
	config  *Config // in force; nil while the sets are incomplete
	before  *Config // in force before: cameras are known to toggle between two at each key frame
}

// put takes an SPS or PPS of the stream, which wins over what was known.
func (p *params) put(nal []byte) error {
	if p.sets.has(nal) {
		return nil
	}
	err := p.sets.put(nal)
	p.changed = p.changed || err == nil
	return err
}

// apply puts what has changed in force. While a set is missing, the old configuration stays.
func (p *params) apply() {
	if !p.changed {
		return
	}
	p.changed = false
	c, err := p.sets.config()
	switch {
	case err != nil || c.Equal(p.config):
		return
	case c.Equal(p.before):
		c = p.before
	}
	p.before, p.config = p.config, c
}

// interlaced returns the newest SPS if pictures may be fields, and nil otherwise.
func (p *params) interlaced() *SPSInfo {
	if len(p.sets.sps) == 0 || p.sets.sps[0].info.FrameMBsOnly {
		return nil
	}
	return p.sets.sps[0].info
}
