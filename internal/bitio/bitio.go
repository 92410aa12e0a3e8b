// Package bitio reads and writes the bit strings of H.264 and H.265 parameter sets, slice headers and SEI: fixed-length
// fields, Exp-Golomb codes (ITU-T H.264 §9.1) and the emulation prevention bytes that wrap them in a NAL unit (§7.4.1).
package bitio
