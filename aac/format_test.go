package aac

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseFormat(t *testing.T) {
	tests := []struct {
		name, rtpmap, fmtp, want string
	}{
		{"ffmpeg", "MPEG4-GENERIC/48000/2",
			"profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3; config=119056E500", "48000 13/3/3"},
		{"Hikvision", "MPEG4-GENERIC/16000",
			"streamtype=5;profile-level-id=15;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408; profile=1;", "16000 13/3/3"},
		{"Anpviz: config alone", "MPEG4-GENERIC/16000/2", "config=1408", "16000 13/3/3"},
		{"AVOIP: AAC_hbr", "mpeg4-generic/48000/2", "streamtype=5;mode=AAC_hbr;config=1190", "48000 13/3/3"},
		{"names in any case", "mpeg4-generic/48000", "Mode=AAC-HBR; Config=1190; SizeLength=13; IndexLength=3; INDEXDELTALENGTH = 3", "48000 13/3/3"},
		{"AMS32: no indexlength", "mpeg4-generic/48000/2", "streamtype=3;profile-level-id=14;mode=AAC-hbr;config=1190;sizeLength=13", "48000 13/0/0"},
		{"AAC-lbr", "mpeg4-generic/8000/1", "mode=AAC-lbr;config=1588;sizeLength=6;indexLength=2;indexDeltaLength=2;constantDuration=1024", "8000 6/2/2 duration 1024"},
		{"AAC-lbr, nothing else", "mpeg4-generic/8000/1", "mode=AAC-lbr;config=1588", "8000 6/2/2"},
		{"constant size", "mpeg4-generic/8000/1", "mode=generic;config=1588;constantSize=80", "8000 0/0/0 size 80"},
		{"other fields", "mpeg4-generic/8000/1", "config=1588;sizelength=16;ctsdeltalength=8;dtsdeltalength=9;randomaccessindication=1;" +
			"streamstateindication=2;auxiliarydatasizelength=7", "8000 16/0/0 cts 8 dts 9 rap state 2 aux 7"},
		{"quotes, an empty value, none", "MPEG4-GENERIC/16000", `config="1408";sizelength=;mode;;`, "16000 13/3/3"},
		{"no clock rate", "MPEG4-GENERIC", "config=1408", "16000 13/3/3"},
		{"not a clock rate", "MPEG4-GENERIC/x/1", "config=1408", "16000 13/3/3"},
		{"a tick per second", "MPEG4-GENERIC/1/1", "config=1408", "16000 13/3/3"},
		{"4 GHz", "MPEG4-GENERIC/4294967295/1", "config=1408", "16000 13/3/3"},
	}
	for _, tt := range tests {
		f, err := ParseFormat(tt.rtpmap, tt.fmtp)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := describeFormat(f); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		again, err := ParseFormat(tt.rtpmap, f.FMTP())
		if err != nil || describeFormat(again) != tt.want || !again.Config.Equal(f.Config) {
			t.Errorf("%s: %s, read back as %+v, %v", tt.name, f.FMTP(), again, err)
		}
	}
}

func describeFormat(f *Format) string {
	s := fmt.Sprintf("%d %d/%d/%d", f.ClockRate, f.SizeLength, f.IndexLength, f.IndexDeltaLength)
	add := func(name string, n int) {
		if n != 0 {
			s += fmt.Sprintf(" %s %d", name, n)
		}
	}
	add("size", f.ConstantSize)
	add("duration", f.ConstantDuration)
	add("cts", f.CTSDeltaLength)
	add("dts", f.DTSDeltaLength)
	if f.RandomAccess {
		s += " rap"
	}
	add("state", f.StreamState)
	add("aux", f.AuxiliaryLength)
	return s
}

func TestParseFormatErrors(t *testing.T) {
	tests := []struct {
		name, rtpmap, fmtp, want string
	}{
		{"another encoding", "MP4A-LATM/48000", "config=1408", `"MP4A-LATM"`},
		{"no config", "MPEG4-GENERIC/48000", "mode=AAC-hbr;sizelength=13", "no config"},
		{"no fmtp", "MPEG4-GENERIC/48000", "", "no config"},
		{"empty config", "MPEG4-GENERIC/48000", "config=;sizelength=13", "no config"},
		{"half a byte", "MPEG4-GENERIC/48000", "config=140", "odd length"},
		{"no hex", "MPEG4-GENERIC/48000", "config=zz", "invalid byte"},
		{"config without end", "MPEG4-GENERIC/48000", "config=" + strings.Repeat("14", 4000), "8000 characters"},
		{"another object type", "MPEG4-GENERIC/48000", "config=4408", "type 8"},
		{"sizelength of 33", "MPEG4-GENERIC/48000", "config=1408;sizelength=33", `sizelength is "33"`},
		{"a negative one", "MPEG4-GENERIC/48000", "config=1408;sizelength=13;indexlength=-3", `indexlength is "-3"`},
		{"one without end", "MPEG4-GENERIC/48000", "config=1408;constantsize=99999999999999999999999999999999999", `constantsize is`},
	}
	for _, tt := range tests {
		f, err := ParseFormat(tt.rtpmap, tt.fmtp)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if f != nil {
			t.Errorf("%s: a format with the error", tt.name)
		}
	}
}

func FuzzParseFormat(f *testing.F) {
	f.Add("MPEG4-GENERIC/48000/2", "mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3; config=119056E500")
	f.Add("mpeg4-generic/8000/1", "mode=AAC-lbr;config=1588;sizeLength=6;constantDuration=1024;auxiliarydatasizelength=7")
	f.Add("mpeg4-generic", "config=1588;constantsize=8;randomaccessindication=1;ctsdeltalength=3")
	f.Fuzz(func(t *testing.T, rtpmap, fmtp string) {
		a, err := ParseFormat(rtpmap, fmtp)
		if err != nil {
			return
		}
		b, err := ParseFormat(rtpmap, a.FMTP())
		if err != nil || describeFormat(a) != describeFormat(b) || a.ClockRate == 0 || a.Config == nil {
			t.Fatalf("%q: %+v, written as %s: %+v, %v", fmtp, a, a.FMTP(), b, err)
		}
	})
}
