package sdp

// statics are the payload types with a meaning of their own (RFC 3551 §6, tables 4 and 5).
var statics = [...]Format{
	{0, "PCMU", 8000, 1, ""},
	{3, "GSM", 8000, 1, ""},
	{4, "G723", 8000, 1, ""},
	{5, "DVI4", 8000, 1, ""},
	{6, "DVI4", 16000, 1, ""},
	{7, "LPC", 8000, 1, ""},
	{8, "PCMA", 8000, 1, ""},
	{9, "G722", 8000, 1, ""}, // samples at 16 kHz; the clock is a mistake that was kept (RFC 3551 §4.5.2)
	{10, "L16", 44100, 2, ""},
	{11, "L16", 44100, 1, ""},
	{12, "QCELP", 8000, 1, ""},
	{13, "CN", 8000, 1, ""},
	{14, "MPA", 90000, 1, ""},
	{15, "G728", 8000, 1, ""},
	{16, "DVI4", 11025, 1, ""},
	{17, "DVI4", 22050, 1, ""},
	{18, "G729", 8000, 1, ""},
	{25, "CELB", 90000, 0, ""},
	{26, "JPEG", 90000, 0, ""},
	{28, "NV", 90000, 0, ""},
	{31, "H261", 90000, 0, ""},
	{32, "MPV", 90000, 0, ""},
	{33, "MP2T", 90000, 0, ""},
	{34, "H263", 90000, 0, ""},
}

func static(pt uint8) (Format, bool) {
	for _, f := range statics {
		if f.PayloadType == pt {
			return f, true
		}
	}
	return Format{}, false
}

// clockRate returns the clock rate of an encoding that the SDP doesn't give, or 0, and whether it can have no other.
func clockRate(encoding, kind string) (rate uint32, fixed bool) {
	switch encoding {
	case "H264", "H265", "JPEG", "AV1", "VP8", "VP9", "MP2T", "MPV", "MPA", "H261", "H263":
		return 90000, true // RFC 6184 §8.2.1, RFC 7798 §7.2.1, RFC 2435 §3, RFC 2250 §2, …
	case "OPUS":
		return 48000, true // RFC 7587 §4.1
	case "PCMU", "PCMA", "G722", "G723", "G729", "GSM", "G726-16", "G726-24", "G726-32", "G726-40":
		return 8000, false // RFC 3551 §4.5; Dahua and others also send G.711 at 16 kHz
	case "VND.ONVIF.METADATA":
		return 90000, false
	}
	if kind == "video" {
		return 90000, false
	}
	return 0, false
}
