// Package mp4 writes and reads MP4 files (ISO/IEC 14496-12, the ISO base media file format). It does no I/O of its own:
// the Writer hands out bytes to append to a file, the reader takes an io.ReaderAt.
//
// A file of the Writer has two lives. While it grows it is fragmented and can be played at every moment, at most one
// part behind:
//
//	ftyp | free(16) | moov+mvex | [uuid] prft moof mdat | [uuid] prft moof mdat | …
//
// Finish appends a full moov, hidden in another free box. Then one write of 16 bytes turns the first free box into the
// header of a media data box that spans everything up to that moov, the header of the second free box included, and the
// file is a plain MP4 that every player and editor opens:
//
//	ftyp | mdat( moov+mvex | [uuid] prft moof mdat | … ) | moov | [uuid]
//
// Nothing is copied, and what a crash leaves is the first form with a torn tail, which Open reads up to the last whole
// part.
//
// Cut makes a plain file of parts of others, in one go:
//
//	ftyp | mdat | moov
//
// Times are in ticks of each track's clock. The tracks of a file share one time line: PTS / ClockRate is the same instant
// in all of them, and it is up to the caller to make it continuous when a camera starts anew.
package mp4
