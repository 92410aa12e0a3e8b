// Package camsim simulates network cameras that tell the truth about their capture times. Their pictures show a clock
// with milliseconds that a person can read in any player, and the same time as a bar code for programs ([ReadBarcode]);
// their RTP and wall clocks can be as wrong as those of real cameras.
package camsim
