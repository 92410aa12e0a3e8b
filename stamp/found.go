package stamp

import "slices"

// Found gathers what the SEI of one access unit say about its time.
type Found struct {
	Reports  []StrawlabReport // in the order in which they stand
	Kinds    Kinds            // which of the fields below are set
	Frame    StrawlabFrame    // Strawlab
	MISB     MISBStamp        // MISB
	Recorder RecorderStamp    // Recorder
}

// Reset forgets everything, before the next access unit. It keeps the memory of Reports.
func (f *Found) Reset() { *f = Found{Reports: f.Reports[:0]} }

// Add reads one user_data_unregistered payload. Those of other formats are no error and change nothing: a foreign UUID
// is never guessed at. Of a kind that comes twice the later one counts, since a stamp belongs to the next slice.
func (f *Found) Add(payload []byte) (err error) {
	kind := Kinds(0)
	switch {
	case strawlabReportUUID.of(payload):
		return f.addReport(payload)
	case strawlabFrameUUID.of(payload):
		kind = Strawlab
		f.Frame, err = ParseStrawlabFrame(payload)
	case recorderUUID.of(payload):
		kind = Recorder
		f.Recorder, err = ParseRecorder(payload)
	case isMISB(payload):
		kind = MISB
		f.MISB, err = ParseMISB(payload)
	}
	if err != nil {
		f.Kinds &^= kind
		return err
	}
	f.Kinds |= kind
	return nil
}

func (f *Found) addReport(payload []byte) error {
	r, err := ParseStrawlabReport(payload)
	if err != nil {
		return err
	}
	f.Reports = append(f.Reports, r)
	return nil
}

func isMISB(payload []byte) bool {
	return slices.ContainsFunc(misbUUIDs[:], func(u UUID) bool { return u.of(payload) })
}
