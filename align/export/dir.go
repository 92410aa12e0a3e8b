package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// partial is what the name of a file ends with that is being written.
const partial = ".part"

// dir is the folder that is written to. Files get their names when all of them are whole.
type dir struct {
	o     Options
	begun []string // paths of files, without partial
}

// Check returns an error if something is in the way of what Write would write for cameras of these names. It changes
// nothing: to be asked before recordings are read that take long.
func Check(o Options, names []string) error {
	cameras := make([]Camera, len(names))
	for i, name := range names {
		cameras[i].Name = name
	}
	return (&dir{o: o}).check(cameras)
}

// openDir checks that nothing is in the way, and makes the folder.
func openDir(o Options, cameras []Camera) (*dir, error) {
	d := &dir{o: o}
	if err := d.check(cameras); err != nil {
		return nil, err
	}
	return d, os.MkdirAll(o.Dir, 0o777)
}

func (d *dir) check(cameras []Camera) error {
	if info, err := os.Stat(d.o.Dir); err == nil && !info.IsDir() {
		return fmt.Errorf("export: %s is no folder", d.o.Dir)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("export: %w", err)
	}
	paths := []string{d.path(SetsName), d.path(AboutName)}
	for i := range cameras {
		path := d.cameraPath(&cameras[i])
		if slices.Contains(paths, path) || cameras[i].Name != filepath.Base(cameras[i].Name) {
			return fmt.Errorf("export: %q is no name for a file of its own", cameras[i].Name)
		}
		paths = append(paths, path)
	}
	for _, path := range paths {
		if err := errors.Join(d.inTheWay(path, cameras), d.inTheWay(path+partial, cameras)); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	return nil
}

func (d *dir) path(name string) string { return filepath.Join(d.o.Dir, name) }

func (d *dir) cameraPath(c *Camera) string { return d.path(c.Name + ".mp4") }

// inTheWay returns an error if a file exists that must not be replaced.
func (d *dir) inTheWay(path string, cameras []Camera) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !d.o.Force {
		return fmt.Errorf("%s: %w", path, fs.ErrExist)
	}
	for i := range cameras {
		for _, file := range cameras[i].Files {
			if input, err := os.Stat(file); err == nil && os.SameFile(info, input) {
				return fmt.Errorf("%s is one of the recordings", path)
			}
		}
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file", path)
	}
	return nil
}

// create begins a file.
func (d *dir) create(path string) (*os.File, error) {
	f, err := os.OpenFile(path+partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err == nil {
		d.begun = append(d.begun, path)
	}
	return f, err
}

// finish ends a file that has been written, or could not be.
func finish(f *os.File, err error) error {
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// camera writes the file of one camera.
func (d *dir) camera(ctx context.Context, c *Camera, f *File) error {
	f.Path = d.cameraPath(c)
	w, err := newCut(c, f)
	if err != nil {
		return err
	}
	defer w.close()
	out, err := d.create(f.Path)
	if err != nil {
		return err
	}
	counter := &counter{ctx: ctx, w: out}
	err = finish(out, w.write(counter, d.o.Software))
	f.Bytes = counter.n
	return err
}

// counter counts bytes, and takes no more when the context has ended.
type counter struct {
	ctx context.Context
	w   io.Writer
	n   int64
}

func (c *counter) Write(b []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// file writes a small file.
func (d *dir) file(name string, content []byte) error {
	f, err := d.create(d.path(name))
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return finish(f, err)
}

// publish gives the files their names.
func (d *dir) publish() error {
	for len(d.begun) > 0 {
		path := d.begun[0]
		if _, err := os.Lstat(path); err == nil && !d.o.Force {
			return fmt.Errorf("%s: %w", path, fs.ErrExist)
		}
		if err := os.Rename(path+partial, path); err != nil {
			return err
		}
		d.begun = d.begun[1:]
	}
	return nil
}

// discard removes what is not published.
func (d *dir) discard() {
	for _, path := range d.begun {
		os.Remove(path + partial)
	}
}

// Names returns names for the files of cameras whose own may be paths, or alike.
func Names(cameras []string) (names []string) {
	for _, camera := range cameras {
		stem := strings.TrimSuffix(filepath.Base(camera), ".mp4")
		if stem == "." || stem == string(filepath.Separator) {
			stem = "camera"
		}
		name := stem
		for n := 2; slices.Contains(names, name); n++ {
			name = fmt.Sprintf("%s_%d", stem, n)
		}
		names = append(names, name)
	}
	return names
}
