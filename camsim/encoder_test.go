package camsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"
)

var startCode = []byte{0, 0, 0, 1}

// randomPictures makes pictures that are hard on the entropy coding: all differences from tiny to extreme, long and
// short runs without a change.
func randomPictures(seed uint64, columns, rows, n int) [][]block {
	r := rand.New(rand.NewPCG(seed, 1))
	value := func() uint8 {
		switch r.IntN(4) {
		case 0:
			return uint8(128 + r.IntN(5) - 2)
		case 1:
			return uint8(r.IntN(2) * 255)
		default:
			return uint8(r.IntN(256))
		}
	}
	pictures := make([][]block, n)
	picture := make([]block, columns*rows)
	for i := range pictures {
		changing := r.IntN(101)
		for j := range picture {
			if i == 0 || r.IntN(100) < changing {
				picture[j] = block{value(), value(), value()}
			}
		}
		pictures[i] = append([]block(nil), picture...)
	}
	return pictures
}

// planes expands a picture to planar 4:2:0, cropped.
func planes(picture []block, columns, width, height int) []byte {
	out := make([]byte, 0, width*height*3/2)
	plane := func(w, h, size int, value func(b block) uint8) {
		for y := range h {
			for x := range w {
				out = append(out, value(picture[y/size*columns+x/size]))
			}
		}
	}
	plane(width, height, 16, func(b block) uint8 { return b.y })
	plane(width/2, height/2, 8, func(b block) uint8 { return b.cb })
	plane(width/2, height/2, 8, func(b block) uint8 { return b.cr })
	return out
}

// encodeAll returns pictures as an Annex B stream with a key frame every gop pictures.
func encodeAll(t testing.TB, pictures [][]block, width, height, gop int) []byte {
	t.Helper()
	sps, err := sequenceParameterSet(width, height, Rate{25, 1})
	if err != nil {
		t.Fatal(err)
	}
	e := newEncoder(macroblocks(width), macroblocks(height))
	var stream []byte
	for i, p := range pictures {
		if i%gop == 0 {
			stream = append(append(stream, startCode...), sps...)
			stream = append(append(stream, startCode...), pictureParameterSet()...)
		}
		stream = e.append(append(stream, startCode...), p, i%gop == 0)
	}
	return stream
}

var encoderCases = []struct {
	width, height, gop, n int
	golden                string // SHA-256 of the stream, whose decoding was compared
}{
	{16, 16, 1, 20, "0620e5779a1655f26d631dcd7cd368ab59dc8ff3f2b050237c7ad003e66062cf"},
	{64, 48, 5, 300, "5f20401aaa36711441ce8237df0034fb0494b3fdf594f4dd08560ff16765f6d5"},
	{130, 90, 400, 400, "2810d3048f539d619aaa7f88a3b6d58514d109eb1647974a10f4e00efbf1f8b4"},
	{1920, 1080, 3, 6, "b15ec893220f8e847ae541ae03e82e505b3598a0206ed8ef74d2bfd9d7408825"},
}

func TestEncoderAgainstFFmpeg(t *testing.T) {
	for _, c := range encoderCases {
		t.Run(fmt.Sprintf("%dx%d", c.width, c.height), func(t *testing.T) {
			pictures := randomPictures(uint64(c.width), macroblocks(c.width), macroblocks(c.height), c.n)
			got := ffmpegYUV(t, encodeAll(t, pictures, c.width, c.height, c.gop))
			size := c.width * c.height * 3 / 2
			if len(got) != c.n*size {
				t.Fatalf("ffmpeg decoded %d bytes, want %d", len(got), c.n*size)
			}
			for i, p := range pictures {
				if !bytes.Equal(got[i*size:(i+1)*size], planes(p, macroblocks(c.width), c.width, c.height)) {
					t.Fatalf("picture %d differs", i)
				}
			}
		})
	}
}

func TestEncoderGolden(t *testing.T) {
	for _, c := range encoderCases {
		pictures := randomPictures(uint64(c.width), macroblocks(c.width), macroblocks(c.height), c.n)
		sum := sha256.Sum256(encodeAll(t, pictures, c.width, c.height, c.gop))
		if got := hex.EncodeToString(sum[:]); got != c.golden {
			t.Errorf("%dx%d: stream has hash %s, want %s", c.width, c.height, got, c.golden)
		}
	}
}
