package record

// maxAside is how many events of other goroutines may wait to be told. Those that have more wait with them.
const maxAside = 64

// toAside hands an event to the goroutine of Run. When that tells no more, what has no room is left out.
func (r *recorder) toAside(e Event) {
	select {
	case r.aside <- e:
		return
	default:
	}
	select {
	case r.aside <- e:
	case <-r.ended:
	}
}

// tellAside tells what other goroutines have handed over.
func (r *recorder) tellAside() {
	for {
		select {
		case e := <-r.aside:
			r.tell(e)
		default:
			return
		}
	}
}
