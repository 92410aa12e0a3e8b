// Package camsim simulates network cameras that tell the truth about their capture times. Their pictures show a clock
// with milliseconds that a person can read in any player, and the same time as a bar code for programs ([ReadBarcode]);
// their microphones hear a beep with each second ([Audio]). Their RTP and wall clocks can be as wrong as those of real
// cameras, and all that goes wrong with them can be made to ([Fault]), by a clock that may be virtual.
package camsim
