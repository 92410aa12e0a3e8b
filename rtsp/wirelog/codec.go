package wirelog

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/timeslate/timeslate/internal/bitio"
)

// parameterNotes explains the parameters of a=fmtp, one note for each that is known.
func parameterNotes(params string) (notes []string) {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		explain, known := parameters[strings.ToLower(name)]
		if !known {
			continue
		}
		if note := explain(strings.TrimSpace(value)); note != "" {
			notes = append(notes, name+": "+note)
		}
	}
	return notes
}

// parameters explain values of a=fmtp, by the names of RFC 6184 §8.1 (H.264), RFC 7798 §7.1 (H.265) and RFC 3640 §4.1
// (AAC).
var parameters = map[string]func(string) string{
	"packetization-mode":   packetizationMode,
	"profile-level-id":     profileLevelID,
	"sprop-parameter-sets": spropH264,
	"sprop-vps":            spropH265,
	"sprop-sps":            spropH265,
	"sprop-pps":            spropH265,
	"profile-id":           func(v string) string { return or(h265Profiles[v], "profile "+v) },
	"mode":                 aacMode,
	"sizelength":           func(v string) string { return v + " bits of length before each frame" },
	"indexlength":          func(v string) string { return v + " bits of number before the first frame of a packet" },
	"indexdeltalength":     func(v string) string { return v + " bits of number before each further frame" },
	"config":               audioConfig,
}

func packetizationMode(v string) string {
	switch v {
	case "0":
		return "one NAL unit per packet (RFC 6184 §6.2)"
	case "1":
		return "NAL units in order; several per packet, or cut into fragments (RFC 6184 §6.3)"
	case "2":
		return "NAL units interleaved (RFC 6184 §6.4)"
	}
	return "unknown"
}

// profileLevelID explains the three bytes after the NAL header of an SPS (RFC 6184 §8.1), or the number of an AAC
// profile, which has the same name.
func profileLevelID(v string) string {
	b, err := hex.DecodeString(v)
	switch {
	case err == nil && len(b) == 3:
		return h264Profile(b)
	case len(v) <= 2:
		return "profile and level " + v + " of MPEG-4 audio"
	}
	return "nonsense; the parameter sets decide"
}

var h264Profiles = map[byte]string{
	66: "Baseline", 77: "Main", 88: "Extended", 100: "High", 110: "High 10", 122: "High 4:2:2",
	244: "High 4:4:4 Predictive", 44: "CAVLC 4:4:4 Intra",
}

// h264Profile names profile_idc, the constraint flags and level_idc (H.264 §7.4.2.1.1, annex A).
func h264Profile(b []byte) string {
	profile, known := h264Profiles[b[0]]
	if !known {
		profile = fmt.Sprintf("profile %d", b[0])
	}
	if b[0] == 66 && b[1]&0x40 != 0 { // constraint_set1_flag
		profile = "Constrained Baseline"
	}
	if b[2] == 11 && b[1]&0x10 != 0 && b[0] <= 88 { // constraint_set3_flag
		return "H.264 " + profile + ", level 1b"
	}
	return fmt.Sprintf("H.264 %s, level %d.%d", profile, b[2]/10, b[2]%10)
}

func spropH264(v string) string {
	var notes []string
	for part := range strings.SplitSeq(v, ",") {
		nal, err := base64.StdEncoding.DecodeString(strings.TrimSpace(part))
		switch {
		case part == "":
		case err != nil || len(nal) == 0:
			notes = append(notes, "something that isn't base64")
		case nal[0]&0x1f == 7 && len(nal) >= 4:
			notes = append(notes, fmt.Sprintf("SPS of %d bytes (%s)", len(nal), h264Profile(nal[1:4])))
		case nal[0]&0x1f == 8:
			notes = append(notes, fmt.Sprintf("PPS of %d bytes", len(nal)))
		default:
			notes = append(notes, fmt.Sprintf("NAL unit of type %d, %d bytes", nal[0]&0x1f, len(nal)))
		}
	}
	return or(strings.Join(notes, ", "), "empty; the parameter sets must come in the stream")
}

var h265Profiles = map[string]string{
	"1": "H.265 Main", "2": "H.265 Main 10", "3": "H.265 Main Still Picture", "4": "H.265 format range extensions",
}

var h265Names = map[byte]string{32: "VPS", 33: "SPS", 34: "PPS"}

func spropH265(v string) string {
	nal, err := base64.StdEncoding.DecodeString(v)
	if err != nil || len(nal) < 2 {
		return "nothing of use; the parameter sets must come in the stream"
	}
	typ := nal[0] >> 1 & 0x3f
	note := fmt.Sprintf("%s of %d bytes", or(h265Names[typ], fmt.Sprintf("NAL unit of type %d", typ)), len(nal))
	if rbsp := bitio.AppendUnescaped(nil, nal); typ == 33 && len(rbsp) >= 15 {
		// profile_tier_level follows 16 bits of NAL header and 8 bits of ids (H.265 §7.3.2.2, §7.3.3).
		profile := fmt.Sprint(rbsp[3] & 0x1f)
		level := int(rbsp[14])
		note += fmt.Sprintf(" (%s, level %d.%d)", or(h265Profiles[profile], "profile "+profile), level/30, level%30/3)
	}
	return note
}

func aacMode(v string) string {
	switch strings.ToLower(v) {
	case "aac-hbr":
		return "AAC frames of up to 8191 bytes (RFC 3640 §3.3.6)"
	case "aac-lbr":
		return "AAC frames of up to 63 bytes (RFC 3640 §3.3.5)"
	}
	return ""
}

var aacObjects = map[int]string{1: "AAC Main", 2: "AAC LC", 5: "HE-AAC", 29: "HE-AAC v2"}

var aacRates = []int{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}

// audioConfig explains an AudioSpecificConfig: 5 bits of object type, 4 of sampling frequency, 4 of channel
// configuration (ISO/IEC 14496-3 §1.6.2.1). H.264 and H.265 cameras send other things by this name.
func audioConfig(v string) string {
	b, err := hex.DecodeString(v)
	if err != nil || len(b) < 2 || len(b) > 8 {
		return ""
	}
	object, rate, channels := int(b[0]>>3), int(b[0]&7<<1|b[1]>>7), b[1]>>3&0xf
	if rate >= len(aacRates) {
		return ""
	}
	name := or(aacObjects[object], fmt.Sprintf("MPEG-4 audio object type %d", object))
	return fmt.Sprintf("%s, %d Hz, channel configuration %d", name, aacRates[rate], channels)
}
