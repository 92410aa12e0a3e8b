package spool_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"

	"github.com/timeslate/timeslate/record/spool"
)

// A file is written by another goroutine, which tells what became of it.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	s := spool.New(spool.Options{})
	var disk sync.WaitGroup
	disk.Go(s.Run)

	f := s.Create(func() (spool.Handle, error) { return os.Create(filepath.Join(dir, "garage.mp4")) })
	f.Write([]byte("free "), []byte("part 1 "))
	if s.Room(7) { // otherwise the part is dropped
		f.Write([]byte("part 2 "))
	}
	f.Finish([]byte("index"), 0, [16]byte([]byte("mdat part 1 part")))
	if err := s.Close(context.Background()); err != nil {
		log.Fatal(err)
	}
	disk.Wait()

	for n, ok := s.Next(); ok; n, ok = s.Next() {
		fmt.Println(n.Kind, filepath.Base(n.File.Name()))
	}
	b, err := os.ReadFile(f.Name())
	fmt.Printf("%s, %v\n", b, err)
	// Output:
	// created garage.mp4
	// finished garage.mp4
	// mdat part 1 part 2 index, <nil>
}
