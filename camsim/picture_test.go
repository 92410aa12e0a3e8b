package camsim

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 20, 18, 23, 45, 678912345, time.UTC)

func mustPainter(t testing.TB, width, height int, name string, n int) *painter {
	t.Helper()
	p, err := newPainter(macroblocks(width), macroblocks(height), name, n)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sketch draws a picture with one character per macroblock, as a person sees it: by luma.
func sketch(p *painter, blocks []block) string {
	var s strings.Builder
	for row := range p.rows {
		line := blocks[row*p.columns:][:p.columns]
		text := make([]byte, len(line))
		for i, b := range line {
			switch {
			case b.y > 200:
				text[i] = '#'
			case b.y > 100:
				text[i] = '+'
			default:
				text[i] = ' '
			}
		}
		s.WriteString(strings.TrimRight(string(text), " ") + "\n")
	}
	return s.String()
}

func TestPicture(t *testing.T) {
	p := mustPainter(t, 928, 480, "cam0", 0)
	got := sketch(p, p.draw(noon))
	if got != pictureSketch {
		t.Errorf("got\n%s", got)
	}
}

const pictureSketch = `#        ## #    ###### #   ##  ## #    #     ###    #####


                      ++  +  + + +++
                     +   + + +++ + +
                     +   +++ +++ + +
                     +   + + + + + +
                      ++ + + + + +++


       # ####   #### ####   #  # ####   ++++ ++++ ++++
       # #  #      #    #   #  # #      +       + +  +
       # #  # #    #    # # #  # #      +       + +  +
       # ####   #### ####   #### ####   ++++    + ++++
       # #  # # #       # #    #    #   +  +    + +  +
       # #  #   #       #      #    #   +  +    + +  +
       # ####   #### ####      # #### # ++++    + ++++


 ### ### ### ###      #   #      ### ###     # # ###  ##
   # # #   # #       ##  ##        # # #     # #  #  #
 ### # # ### ### ###  #   #  ### ### # #     # #  #  #
 #   # # #   # #      #   #      #   # #     # #  #  #
 ### ### ### ###     ### ###     ### ###     ###  #   ##

    +   +    +    +    +    +    +    +    +    +    +
    ++++++++++++++++++++++++++++++++++
    ++++++++++++++++++++++++++++++++++


`

func TestEveryPictureIsReadable(t *testing.T) {
	sizes := [][2]int{
		{928, 480}, {1280, 720}, {1920, 1080}, {2560, 1440}, {3840, 2160}, {4096, 2304}, {4096, 480}, {928, 4096},
	}
	for _, size := range sizes {
		p := mustPainter(t, size[0], size[1], "ein sehr langer Name für eine Kamera, der nicht hineinpaßt", 1)
		for _, at := range []time.Time{noon, time.UnixMilli(0), time.UnixMilli(1<<48 - 1), noon.Add(86400 * time.Second)} {
			luma := planes(p.draw(at), p.columns, size[0], size[1])
			got, ok := ReadBarcode(luma, size[0], size[0])
			if want := at.UTC().Truncate(time.Millisecond); !ok || !got.Equal(want) {
				t.Errorf("%v: read %v %v, want %v", size, got, ok, want)
			}
		}
	}
}

func TestTooSmall(t *testing.T) {
	for _, size := range [][2]int{{912, 720}, {928, 464}, {0, 0}} {
		_, err := newPainter(size[0]/16, size[1]/16, "", 0)
		if err == nil || !strings.Contains(err.Error(), "928×480 at least") {
			t.Errorf("%v: error %v", size, err)
		}
	}
}

func TestReadBarcodeRefuses(t *testing.T) {
	const width, height = 928, 16
	p := mustPainter(t, 928, 480, "", 0)
	good := planes(p.draw(noon), p.columns, width, height)[:width*height]
	spoilt := func(column int, value uint8) []byte {
		luma := slices.Clone(good)
		for y := range height {
			for x := range 16 {
				luma[y*width+column*16+x] = value
			}
		}
		return luma
	}
	cases := map[string]struct {
		luma          []byte
		stride, width int
	}{
		"empty":            {nil, 0, 0},
		"negative":         {good, -1, -1},
		"narrow":           {good, width, width - 1},
		"stride too small": {good, width - 1, width},
		"one line short":   {good[:15*width], width, width},
		"no white":         {spoilt(0, black), width, width},
		"little contrast":  {spoilt(0, 80), width, width},
		"wrong bit":        {spoilt(2, white), width, width},
		"wrong sum":        {spoilt(57, white-good[57*16+8*width]), width, width},
	}
	for name, c := range cases {
		if at, ok := ReadBarcode(c.luma, c.stride, c.width); ok {
			t.Errorf("%s: read %v", name, at)
		}
	}
	if _, ok := ReadBarcode(good, width, width); !ok {
		t.Error("the unspoilt one isn't read")
	}
}

func FuzzReadBarcode(f *testing.F) {
	p := mustPainter(f, 928, 480, "", 0)
	f.Add(planes(p.draw(noon), p.columns, 928, 16), 928, 928)
	f.Add([]byte{}, math.MaxInt, math.MaxInt)
	f.Fuzz(func(t *testing.T, luma []byte, stride, width int) {
		at, ok := ReadBarcode(luma, stride, width)
		if ok && (at.UnixMilli() < 0 || at.UnixMilli() >= 1<<48) {
			t.Errorf("read %v", at)
		}
	})
}

// TestClockGolden holds the coded pictures of a second, whose decoding by ffmpeg shows what TestPicture says.
func TestClockGolden(t *testing.T) {
	p := mustPainter(t, 1280, 720, "cam0", 0)
	var pictures [][]block
	for i := range 25 {
		pictures = append(pictures, slices.Clone(p.draw(noon.Add(time.Duration(i)*40*time.Millisecond))))
	}
	sum := sha256.Sum256(encodeAll(t, pictures, 1280, 720, 25))
	const want = "1cf150d4704dc9bd3b5b1de632e9d053a9951db0f19ea8ccb9e5611e30282bd8"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
}

func BenchmarkPicture(b *testing.B) {
	p := mustPainter(b, 1280, 720, "cam0", 0)
	e := newEncoder(p.columns, p.rows)
	var nal []byte
	bytes := 0
	for i := range b.N {
		nal = e.append(nal[:0], p.draw(noon.Add(time.Duration(i)*40*time.Millisecond)), i%50 == 0)
		bytes += len(nal)
	}
	b.ReportMetric(float64(bytes)/float64(b.N), "bytes/picture")
}

func TestPictureAllocatesNothing(t *testing.T) {
	p := mustPainter(t, 1280, 720, "cam0", 0)
	e := newEncoder(p.columns, p.rows)
	nal := make([]byte, 0, 1<<16)
	i := 0
	allocs := testing.AllocsPerRun(100, func() {
		nal = e.append(nal[:0], p.draw(noon.Add(time.Duration(i)*40*time.Millisecond)), i%10 == 0)
		i++
	})
	if allocs != 0 {
		t.Errorf("%v allocations per picture", allocs)
	}
}
