package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/timeslate/timeslate/align/export"
	"github.com/timeslate/timeslate/internal/say"
)

// writeExport writes the aligned files, if they are wanted.
func (o *alignOptions) writeExport(ctx context.Context, env environment, r *alignReport) error {
	if o.export.Dir == "" {
		return nil
	}
	var cameras []export.Camera
	for i, name := range export.Names(r.names()) {
		in := r.inputs[i]
		cameras = append(cameras, export.Camera{Name: name, Files: in.files(), Recording: in.recording})
	}
	var about bytes.Buffer
	if err := r.writeJSON(&about); err != nil {
		return err
	}
	o.export.About = about.Bytes()
	result, err := export.Write(ctx, o.export, cameras, r.alignment)
	if errors.Is(err, export.ErrNoSet) {
		return nil // the exit code says it, and the summary
	}
	if err != nil {
		return err
	}
	tellExport(env.stderr, result)
	return nil
}

// files returns the names of a recording's files.
func (in *alignInput) files() (names []string) {
	for _, s := range in.recording.Segments {
		if s.Name == "" {
			return []string{in.file}
		}
		names = append(names, s.Name)
	}
	return names
}

func tellExport(w io.Writer, r *export.Result) {
	for _, f := range r.Files {
		fmt.Fprintf(w, "%s: frames %d to %d, %s\n", printable(f.Path), f.From, f.To, say.Size(f.Bytes))
	}
	fmt.Fprintf(w, "exported %s, %d complete, from %s to %s\n", say.Count(r.Sets, "set"), r.Complete, minuteFace(r.From), minuteFace(r.To))
}
