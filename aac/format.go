package aac

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Format is what an SDP says of an AAC stream (RFC 3640 §4.1). Lengths of fields are in bits.
type Format struct {
	Config    *Config
	ClockRate uint32 // ticks per second of the RTP time stamps

	SizeLength       int // of a unit's size in its header; 0: all have ConstantSize, or each packet is one unit
	IndexLength      int // of the first header's AU-Index
	IndexDeltaLength int // of the others' AU-Index-delta
	CTSDeltaLength   int
	DTSDeltaLength   int
	RandomAccess     bool // headers have a RAP-flag
	StreamState      int  // length of the stream state
	AuxiliaryLength  int  // of the auxiliary section's size; 0: there is no such section

	ConstantSize     int // bytes of each unit, or 0
	ConstantDuration int // ticks of each unit, or 0: as the Config has it
}

// Limits of the parameters.
const (
	minClockRate   = 1000    // ticks per second; with fewer, units stand on one another
	maxClockRate   = 1000000 // with more than 2^31 no player takes the file
	maxFieldLength = 32      // bits that are read at once
	maxConfigHex   = 2 * maxASC
)

// NewFormat returns the format of a stream in mode AAC-hbr (RFC 3640 §3.3.6) whose clock counts the samples.
func NewFormat(c *Config) *Format {
	return &Format{Config: c, ClockRate: uint32(c.SampleRate), SizeLength: 13, IndexLength: 3, IndexDeltaLength: 3}
}

// ParseFormat reads the values of an rtpmap attribute ("MPEG4-GENERIC/48000/2") and of an fmtp attribute, without the
// payload type ("streamtype=5;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1190"). It fails when the
// stream isn't AAC in RFC 3640's format or comes without a usable config. Everything else is lenient: names in any case,
// the lengths of the mode where they are missing, AAC-hbr where the mode is missing (Anpviz: "config=1408" is all), the
// config's sample rate where there is no clock rate, or one that can't be. Channels in the rtpmap are ignored in favour of the config.
func ParseFormat(rtpmap, fmtp string) (*Format, error) {
	encoding, rest, _ := strings.Cut(rtpmap, "/")
	if !strings.EqualFold(strings.TrimSpace(encoding), "MPEG4-GENERIC") {
		return nil, fmt.Errorf("aac: the encoding is %q", encoding)
	}
	p := parameters(fmtp)
	config, err := p.config()
	if err != nil {
		return nil, err
	}
	rate, _, _ := strings.Cut(rest, "/")
	clockRate, _ := strconv.ParseUint(strings.TrimSpace(rate), 10, 32)
	if clockRate < minClockRate || clockRate > maxClockRate {
		clockRate = uint64(config.SampleRate)
	}
	f := &Format{Config: config, ClockRate: uint32(clockRate)}
	if err := p.lengths(f); err != nil {
		return nil, err
	}
	return f, nil
}

// paramMap holds the parameters of an fmtp attribute, by their names in lower case.
type paramMap map[string]string

func parameters(fmtp string) paramMap {
	p := paramMap{}
	for param := range strings.SplitSeq(fmtp, ";") {
		key, value, _ := strings.Cut(param, "=")
		p[strings.ToLower(strings.TrimSpace(key))] = strings.Trim(value, " \t\"")
	}
	return p
}

// config reads the AudioSpecificConfig, which is in hex (RFC 3640 §4.1).
func (p paramMap) config() (*Config, error) {
	s := p["config"]
	if s == "" {
		return nil, errors.New("aac: the SDP has no config")
	}
	if len(s) > maxConfigHex {
		return nil, fmt.Errorf("aac: config of %d characters, more than %d", len(s), maxConfigHex)
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("aac: config %.20q: %w", s, err)
	}
	return ParseConfig(b)
}

// lengths reads the lengths of the fields of a packet.
func (p paramMap) lengths(f *Format) error {
	fields := []struct {
		name  string
		value *int
		limit int
	}{
		{"sizelength", &f.SizeLength, maxFieldLength},
		{"indexlength", &f.IndexLength, maxFieldLength},
		{"indexdeltalength", &f.IndexDeltaLength, maxFieldLength},
		{"ctsdeltalength", &f.CTSDeltaLength, maxFieldLength},
		{"dtsdeltalength", &f.DTSDeltaLength, maxFieldLength},
		{"streamstateindication", &f.StreamState, maxFieldLength},
		{"auxiliarydatasizelength", &f.AuxiliaryLength, maxFieldLength},
		{"constantsize", &f.ConstantSize, maxUnitBytes},
		{"constantduration", &f.ConstantDuration, maxUnitTicks},
	}
	for _, field := range fields {
		s, ok := p[field.name]
		if !ok || s == "" {
			continue
		}
		n, err := strconv.ParseUint(s, 10, 31)
		if err != nil || int(n) > field.limit {
			return fmt.Errorf("aac: %s is %.20q", field.name, s)
		}
		*field.value = int(n)
	}
	f.RandomAccess = p["randomaccessindication"] != "" && p["randomaccessindication"] != "0"
	p.setDefaults(f)
	return nil
}

// setDefaults sets what the mode says (RFC 3640 §3.3.5, §3.3.6), when the size is missing and thus all of it.
func (p paramMap) setDefaults(f *Format) {
	if p["sizelength"] != "" || f.ConstantSize > 0 {
		return
	}
	mode := strings.ReplaceAll(strings.ToLower(p["mode"]), "_", "-") // AVOIP: AAC_hbr
	if mode == "aac-lbr" {
		f.SizeLength, f.IndexLength, f.IndexDeltaLength = 6, 2, 2
	} else {
		f.SizeLength, f.IndexLength, f.IndexDeltaLength = 13, 3, 3
	}
}

// FMTP returns the value of an fmtp attribute that says what f does.
func (f *Format) FMTP() string {
	mode := "generic"
	switch (layout{f.SizeLength, f.IndexLength, f.IndexDeltaLength}) {
	case layout{13, 3, 3}:
		mode = "AAC-hbr"
	case layout{6, 2, 2}:
		mode = "AAC-lbr"
	}
	b := fmt.Appendf(nil, "streamtype=5;profile-level-id=1;mode=%s;config=%x;sizelength=%d", mode, f.Config.ASC(), f.SizeLength)
	add := func(name string, value int) {
		if value > 0 {
			b = fmt.Appendf(b, ";%s=%d", name, value)
		}
	}
	add("indexlength", f.IndexLength)
	add("indexdeltalength", f.IndexDeltaLength)
	add("ctsdeltalength", f.CTSDeltaLength)
	add("dtsdeltalength", f.DTSDeltaLength)
	if f.RandomAccess {
		add("randomaccessindication", 1)
	}
	add("streamstateindication", f.StreamState)
	add("auxiliarydatasizelength", f.AuxiliaryLength)
	add("constantsize", f.ConstantSize)
	add("constantduration", f.ConstantDuration)
	return string(b)
}
