// Package house holds the rules that keep the repository in order, as tests.
package house

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/timeslate/timeslate/"
)

// TestLayers compares the imports of every package with the layer table of ARCHITECTURE.md.
func TestLayers(t *testing.T) {
	order, allowed := readTable(t)
	seen := map[string]bool{}
	for file, imports := range importsOfTree(t) {
		pkg := path.Dir(file)
		seen[pkg] = true
		if _, ok := allowed[pkg]; !ok {
			t.Errorf("%s: package %s is not in the layer table of ARCHITECTURE.md", file, pkg)
			continue
		}
		for _, imp := range imports {
			if !slices.Contains(allowed[pkg], imp) {
				t.Errorf("%s imports %s, which its row of the layer table does not allow", file, imp)
			}
		}
	}
	for i, pkg := range order {
		if !seen[pkg] {
			t.Errorf("the layer table names %s, which has no Go file", pkg)
		}
		for _, imp := range allowed[pkg] {
			if !strings.HasPrefix(imp, "+") && !slices.Contains(order[:i], imp) {
				t.Errorf("the layer table lets %s import %s, which does not stand above it", pkg, imp)
			}
		}
	}
}

// TestLayersNoticeViolations makes sure that the judge of TestLayers can say no.
func TestLayersNoticeViolations(t *testing.T) {
	_, allowed := readTable(t)
	for pkg, imp := range map[string]string{"mp4": "rtpsession", "clock": "+pion/rtp", "h264": "+pion/rtp", "rtsp": "rtpsession"} {
		if slices.Contains(allowed[pkg], imp) {
			t.Errorf("the layer table lets %s import %s", pkg, imp)
		}
	}
}

// readTable returns the packages of the layer table in order, and what each may import.
func readTable(t *testing.T) (order []string, allowed map[string][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "<!-- layers -->\n```\n")
	table, _, found := strings.Cut(rest, "\n```")
	if !found {
		t.Fatal("ARCHITECTURE.md has no layer table behind <!-- layers -->")
	}
	allowed = map[string][]string{}
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		order = append(order, words[0])
		allowed[words[0]] = words[1:]
	}
	return order, allowed
}

// importsOfTree returns, for each Go file that is not a test, what it imports from this and other modules, in the
// table's words.
func importsOfTree(t *testing.T) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipForeign(name)
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		imports, err := importsOf(filepath.Join(root, name))
		files[name] = imports
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// skipForeign leaves out hidden folders, test data and nested modules.
func skipForeign(dir string) error {
	base := path.Base(dir)
	if dir == "." {
		return nil
	}
	if strings.HasPrefix(base, ".") || base == "testdata" {
		return fs.SkipDir
	}
	if _, err := os.Stat(filepath.Join(root, dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func importsOf(file string) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var imports []string
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if own, ok := strings.CutPrefix(p, module); ok {
			imports = append(imports, own)
		} else if foreign, ok := strings.CutPrefix(p, "github.com/"); ok {
			imports = append(imports, "+"+foreign)
		} else if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") {
			imports = append(imports, "+"+p)
		}
	}
	return imports, nil
}
