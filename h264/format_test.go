package h264

import (
	"errors"
	"testing"
)

func TestParseFormat(t *testing.T) {
	tests := []struct {
		name         string
		rtpmap, fmtp string
		mode         int
		width        int // 0: no configuration
		sps, pps     string
	}{
		{"Dahua", "H264/90000", "packetization-mode=1;profile-level-id=64001E;" +
			"sprop-parameter-sets=Z2QAHqwsaoLA9puCgIKgAAADACAAAAMD0IAA,aO4xshsA", 1, 704,
			"6764001eac2c6a82c0f69b828082a0000003002000000303d080", "68ee31b21b"},
		{"Anpviz: no padding in config, mode 0", "H264/90000", "profile-level-id=4D401F;packetization-mode=0;" +
			"sprop-parameter-sets=Z01AH5WgLASabAQ=,aO48gA==;config=00000001674d401f95a02c049a6c04", 0, 704,
			"674d401f95a02c049a6c04", "68ee3c80"},
		{"GW main: start codes behind, nonsense profile-level-id", "H264/90000", "packetization-mode=1;profile-level-id=5046314;" +
			"sprop-parameter-sets=Z00AKpWoHgCJ+WbgICAgQAAAAAE=,aO48gAAAAAE=", 1, 1920,
			"674d002a95a81e0089f966e020202040", "68ee3c80"},
		{"start codes before", "H264/90000", "sprop-parameter-sets=AAAAAWdNQB+VoCwEmmwE,AAABaO48gA==", 0, 704,
			"674d401f95a02c049a6c04", "68ee3c80"},
		{"both sets in one entry", "H264/90000", "sprop-parameter-sets=Z01AH5WgLASabAQAAAABaO48gA==", 0, 704,
			"674d401f95a02c049a6c04", "68ee3c80"},
		{"IPCAM: blanks; other nal_ref_idc", "H264/90000 ", "profile-level-id=4d0020; packetization-mode=1; " +
			"sprop-parameter-sets=J00AII1qBQB5oQAAAwABAAADACiE,KO48gA==", 1, 1280,
			"274d00208d6a050079a10000030001000003002884", "28ee3c80"},
		{"VStarcam: an entry with header e9", "H264/90000", "packetization-mode=1;profile-level-id=4d002a;" +
			"sprop-parameter-sets=Z00AKp2oHgCJ+WbgICAoAAADAAgAAAMAfCA=,aO48gA==,6TvI", 1, 1920,
			"674d002a9da81e0089f966e02020280000030008000003007c20", "68ee3c80"},
		{"Sony: zeros behind", "H264/90000", "sprop-parameter-sets=Z01AH5WgLASabAQ=,KO4ESSJAAAAAAAAAAAA==", 0, 704,
			"674d401f95a02c049a6c04", "28ee04492240"},
		{"no padding, odd case, trailing semicolon", "h264/90000", "Packetization-Mode = 1;SPROP-Parameter-Sets=Z01AH5WgLASabAQ,aO48gA;", 1, 704,
			"674d401f95a02c049a6c04", "68ee3c80"},
		{"an H.265 SPS among them", "H264/90000", "sprop-parameter-sets=QgEBAUAAAAMAAAMAAAMAAAMAmaACgIAsH+Wu5Gwa5VE1BQYFAIA=,aO48gA==", 0, 0, "", ""},
		{"an H.265 SPS behind them", "H264/90000", "sprop-parameter-sets=Z01AH5WgLASabAQ=,aO48gA==,QgEBAUAAAAMAAAMAAAMAAAMAmaACgIAsH+Wu5Gwa5VE1BQYFAIA=",
			0, 704, "674d401f95a02c049a6c04", "68ee3c80"},
		{"SPS alone", "H264/90000", "sprop-parameter-sets=Z01AH5WgLASabAQ=", 0, 0, "", ""},
		{"empty sprop", "H264/90000", "packetization-mode=1;sprop-parameter-sets=", 1, 0, "", ""},
		{"empty fmtp", "H264/90000", " ", 0, 0, "", ""},
		{"no clock rate, key without value", "H264", "packetization-mode;profile-level-id=", 0, 0, "", ""},
		{"not base64", "H264/90000", "sprop-parameter-sets=%%%,,,=;packetization-mode=x", 0, 0, "", ""},
	}
	for _, tt := range tests {
		f, err := ParseFormat(tt.rtpmap, tt.fmtp)
		if err != nil || f.PacketizationMode != tt.mode {
			t.Errorf("%s: %+v, %v", tt.name, f, err)
			continue
		}
		if tt.width == 0 {
			if f.Config != nil {
				t.Errorf("%s: a configuration: %+v", tt.name, f.Config)
			}
			continue
		}
		want := &Config{SPS: [][]byte{unhex(t, tt.sps)}, PPS: [][]byte{unhex(t, tt.pps)}}
		if f.Config == nil || f.Config.Width != tt.width || !f.Config.Equal(want) {
			t.Errorf("%s: %+v", tt.name, f.Config)
		}
	}
}

func TestParseFormatErrors(t *testing.T) {
	if f, err := ParseFormat("H265/90000", ""); err == nil {
		t.Errorf("H.265: %+v", f)
	}
	if _, err := ParseFormat("H264/90000", "packetization-mode=2"); !errors.Is(err, errInterleaved) {
		t.Errorf("interleaved: %v", err)
	}
}

func FuzzParseFormat(f *testing.F) {
	f.Add("H264/90000", "packetization-mode=1;sprop-parameter-sets=Z00AKpWoHgCJ+WbgICAgQAAAAAE=,aO48gAAAAAE=")
	f.Fuzz(func(t *testing.T, rtpmap, fmtp string) {
		format, err := ParseFormat(rtpmap, fmtp)
		if err != nil || format.Config == nil {
			return
		}
		c := format.Config
		again, err := NewConfig(c.SPS, c.PPS)
		if err != nil || !again.Equal(c) || again.Codec() != c.Codec() {
			t.Fatalf("%+v became %+v, %v", c, again, err)
		}
	})
}
