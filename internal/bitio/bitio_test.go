package bitio

import (
	"bytes"
	"math"
	"testing"
)

// The codes of ITU-T H.264 table 9-2 and the signed mapping of table 9-3.
func TestExpGolomb(t *testing.T) {
	tests := []struct {
		bits string
		ue   uint32
		se   int32
	}{
		{"1", 0, 0},
		{"010", 1, 1},
		{"011", 2, -1},
		{"00100", 3, 2},
		{"00101", 4, -2},
		{"0001000", 7, 4},
		{"000000000000000000000000000000010000000000000000000000000000000", 1<<31 - 1, 1 << 30},
		{"000000000000000000000000000000011111111111111111111111111111111", math.MaxUint32 - 1, -math.MaxInt32},
	}
	for _, tt := range tests {
		var in Writer
		for _, c := range tt.bits {
			in.Bit(c == '1')
		}
		r := NewReader(in.Bytes())
		if got := r.UE(); got != tt.ue || r.BitsRead() != len(tt.bits) {
			t.Errorf("UE of %s: %d in %d bits, want %d", tt.bits, got, r.BitsRead(), tt.ue)
		}
		r.Reset(in.Bytes())
		if got := r.SE(); got != tt.se || r.Err() != nil {
			t.Errorf("SE of %s: %d, %v, want %d", tt.bits, got, r.Err(), tt.se)
		}
		var ue, se Writer
		ue.UE(tt.ue)
		se.SE(tt.se)
		if !bytes.Equal(ue.Bytes(), in.Bytes()) || !bytes.Equal(se.Bytes(), in.Bytes()) {
			t.Errorf("written: UE %x, SE %x, want %x", ue.Bytes(), se.Bytes(), in.Bytes())
		}
	}
}

func TestReaderFields(t *testing.T) {
	r := NewReader([]byte{0xa5, 0x0f, 0xff, 0x00, 0x81, 0x80})
	if v := r.Bits(4); v != 0xa {
		t.Errorf("4 bits: %x", v)
	}
	if v := r.Bits(32); v != 0x50fff008 {
		t.Errorf("32 unaligned bits: %x", v)
	}
	r.Skip(3)
	if !r.Bit() {
		t.Error("the bit after those that were skipped is missing")
	}
	if r.Err() != nil || r.BitsLeft() != 8 {
		t.Errorf("%v, %d bits left", r.Err(), r.BitsLeft())
	}
}

func TestReaderErrorIsSticky(t *testing.T) {
	reads := map[string]func(*Reader){
		"end":         func(r *Reader) { r.Bits(17) },
		"skip":        func(r *Reader) { r.Skip(17) },
		"skip back":   func(r *Reader) { r.Skip(-1) },
		"Exp-Golomb":  func(r *Reader) { r.UE() },
		"endless Exp": func(r *Reader) { r.Reset(make([]byte, 9)); r.UE() },
		"33-bit Exp":  func(r *Reader) { r.Reset([]byte{0, 0, 0, 0, 0x80, 0, 0, 0, 0}); r.UE() },
	}
	for name, read := range reads {
		r := NewReader([]byte{0, 1})
		read(r)
		first := r.Err()
		if first == nil {
			t.Errorf("%s: no error", name)
		}
		if r.Bits(1) != 0 || r.Bit() || r.UE() != 0 || r.SE() != 0 || r.BitsLeft() != 0 {
			t.Errorf("%s: a read after the error yields something", name)
		}
		if r.Skip(1); r.Err().Error() != first.Error() {
			t.Errorf("%s: another error: %v", name, r.Err())
		}
	}
	var zero Reader
	if zero.Bits(0) != 0 || zero.Err() != nil {
		t.Error("the zero Reader is not at its end")
	}
}

// Only the low bits of a field count, also in the byte that the field before began.
func TestWriterFields(t *testing.T) {
	var w Writer
	w.Bits(0, 4)
	w.Bits(0xfffffff2, 2)
	w.Bits(0xffffff01, 10)
	if want := []byte{0x0b, 0x01}; !bytes.Equal(w.Bytes(), want) {
		t.Errorf("got %x, want %x", w.Bytes(), want)
	}
}

func TestWriterTrailingBits(t *testing.T) {
	var w Writer
	w.Reset(make([]byte, 3, 8))
	w.Bits(0xfffffff5, 3)
	w.TrailingBits()
	w.TrailingBits()
	if want := []byte{0xb0, 0x80}; !bytes.Equal(w.Bytes(), want) {
		t.Errorf("got %x, want %x", w.Bytes(), want)
	}
}

func TestEmulationPrevention(t *testing.T) {
	tests := []struct{ rbsp, nal []byte }{
		{nil, nil},
		{[]byte{0, 0}, []byte{0, 0}},
		{[]byte{0, 0, 0}, []byte{0, 0, 3, 0}},
		{[]byte{0, 0, 1, 0, 0, 2}, []byte{0, 0, 3, 1, 0, 0, 3, 2}},
		{[]byte{0, 0, 3}, []byte{0, 0, 3, 3}},
		{[]byte{0, 0, 4, 0, 3}, []byte{0, 0, 4, 0, 3}},
		{[]byte{0, 0, 0, 0, 0, 0x80}, []byte{0, 0, 3, 0, 0, 3, 0, 0x80}},
	}
	for _, tt := range tests {
		if got := AppendEscaped([]byte{6}, tt.rbsp); !bytes.Equal(got[1:], tt.nal) {
			t.Errorf("escaped %x: %x, want %x", tt.rbsp, got[1:], tt.nal)
		}
		if got := AppendUnescaped([]byte{6}, tt.nal); !bytes.Equal(got[1:], tt.rbsp) {
			t.Errorf("unescaped %x: %x, want %x", tt.nal, got[1:], tt.rbsp)
		}
	}
}

func FuzzEmulationPrevention(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 0, 0, 3, 0, 0}, 3)
	f.Fuzz(func(t *testing.T, rbsp []byte, cut int) {
		nal := AppendEscaped(nil, rbsp)
		if back := AppendUnescaped(nil, nal); !bytes.Equal(back, rbsp) {
			t.Fatalf("%x came back as %x", rbsp, back)
		}
		for _, code := range [][]byte{{0, 0, 0}, {0, 0, 1}, {0, 0, 2}} {
			if bytes.Contains(nal, code) {
				t.Fatalf("%x holds %x", nal, code)
			}
		}
		cut = min(max(cut, 0), len(rbsp))
		pieces := AppendEscaped(AppendEscaped(nil, rbsp[:cut]), rbsp[cut:])
		if !bytes.Equal(pieces, nal) {
			t.Fatalf("in two pieces %x, in one %x", pieces, nal)
		}
	})
}

// FuzzFields reads fields as the input's first bytes say and writes them again: what was read whole is equal.
func FuzzFields(f *testing.F) {
	f.Add([]byte{0, 1, 2, 40}, []byte{0xa6, 0x42, 0x98, 0xe2, 0x04, 0x8a})
	f.Fuzz(func(t *testing.T, kinds, data []byte) {
		r := NewReader(data)
		var w Writer
		for _, k := range kinds {
			before := r.BitsRead()
			var write func()
			switch k % 3 {
			case 0:
				v := r.UE()
				write = func() { w.UE(v) }
			case 1:
				v := r.SE()
				write = func() { w.SE(v) }
			default:
				n := int(k) % 33
				v := r.Bits(n)
				write = func() { w.Bits(v, n) }
			}
			if r.Err() != nil {
				break
			}
			if r.BitsRead() < before || r.BitsRead()+r.BitsLeft() != len(data)*8 {
				t.Fatalf("%d bits read, %d left of %d", r.BitsRead(), r.BitsLeft(), len(data)*8)
			}
			write()
		}
		want := w.Bytes()
		for i, b := range want {
			if mask := lastByteMask(&w, i); data[i]&mask != b {
				t.Fatalf("wrote %x after reading %x", want, data)
			}
		}
	})
}

func lastByteMask(w *Writer, i int) byte {
	if i < len(w.buf)-1 {
		return 0xff
	}
	return 0xff << w.free
}

func TestNoAllocations(t *testing.T) {
	in := []byte{0xa6, 0x42, 0x98, 0xe2, 0x04, 0x8a, 0, 0, 3, 1}
	var w Writer
	out := make([]byte, 0, 64)
	allocs := testing.AllocsPerRun(100, func() {
		var scratch [64]byte // stays on the stack
		r := NewReader(AppendUnescaped(scratch[:0], in))
		w.Reset(out)
		w.UE(r.UE())
		w.SE(r.SE())
		w.Bits(r.Bits(7), 7)
		w.TrailingBits()
		out = AppendEscaped(out[:0], w.Bytes())
		if r.Err() != nil {
			t.Error(r.Err())
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkUE(b *testing.B) {
	data := bytes.Repeat([]byte{0xa6, 0x42, 0x98, 0xe2}, 16)
	var r Reader
	for b.Loop() {
		r.Reset(data)
		for r.BitsLeft() > 32 {
			r.UE()
		}
	}
}
