package camsim

// palette is the colours of one camera, so that one tells the cameras apart at a glance.
type palette struct{ ground, unlit, digit, accent block }

// tint returns the palette of a hue, given as the offset of Cb and Cr at full strength.
func tint(cb, cr int) palette {
	colour := func(luma uint8, percent int) block {
		return block{luma, uint8(128 + cb*percent/100), uint8(128 + cr*percent/100)}
	}
	return palette{ground: colour(38, 28), unlit: colour(52, 36), digit: grey(white), accent: colour(150, 100)}
}

// palettes are given to the cameras in turn.
var palettes = [...]palette{
	tint(58, -26),  // blue
	tint(-34, -44), // green
	tint(-60, 36),  // amber
	tint(44, 36),   // violet
	tint(-20, 60),  // red
	tint(16, -54),  // teal
}

// mix returns the colour part/whole of the way from a to b.
func mix(a, b block, part, whole int) block {
	between := func(a, b uint8) uint8 { return uint8(int(a) + (int(b)-int(a))*part/whole) }
	return block{between(a.y, b.y), between(a.cb, b.cb), between(a.cr, b.cr)}
}
