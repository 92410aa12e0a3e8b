package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/timeslate/timeslate/internal/interop"
)

// completion is a line that ends where Tab is pressed, what must be offered there (in order) and what must not.
type completion struct {
	line      string
	want, not []string
}

// completions are for a folder with a.mp4, notes.txt and a folder sub.
func completions() []completion {
	return []completion{
		{"timeslate ", allCommands(), []string{"a.mp4", "--json"}},
		{"timeslate rec", []string{"record"}, []string{"probe"}},
		{"timeslate record --tra", []string{"--trace", "--transport"}, []string{"--stamp"}},
		{"timeslate record --keep", []string{"--keep", "--keep-bytes", "--keep-free"}, nil},
		{"timeslate record rtsp://192.0.2.1/ garage --qu", []string{"--quiet"}, nil},
		{"timeslate record --transport ", []string{"auto", "tcp", "udp"}, []string{"http", "a.mp4"}},
		{"timeslate record --transport=t", []string{"tcp"}, []string{"auto"}},
		{"timeslate record --sync ", []string{"end", "never"}, []string{"a.mp4", "DURATION"}},
		{"timeslate record --stamp misb,r", []string{"recorder"}, []string{"strawlab"}},
		{"timeslate record --credentials ", []string{"a.mp4", "notes.txt", "sub"}, []string{"--json"}},
		{"timeslate record --credentials n", []string{"notes.txt"}, []string{"a.mp4"}},
		{"timeslate demo --dir ", []string{"sub"}, []string{"a.mp4"}},
		{"timeslate extract ", []string{"a.mp4", "notes.txt", "sub"}, []string{"--method"}},
		{"timeslate extract --method rtp", []string{"rtp", "rtp-interpolated"}, []string{"arrival"}},
		{"timeslate extract -o a", []string{"a.mp4"}, []string{"notes.txt"}},
		{"timeslate align --calibration n", []string{"notes.txt"}, []string{"a.mp4"}},
		{"timeslate completion ", []string{"bash", "fish", "zsh"}, []string{"a.mp4"}},
		{"timeslate help ex", []string{"extract"}, []string{"record"}},
		{"timeslate help --h", nil, []string{"--help"}},
	}
}

func allCommands() []string {
	names := []string{"help"}
	for _, c := range commands {
		names = append(names, c.name)
	}
	slices.Sort(names)
	return names
}

// completionScript makes a folder with the completions of a shell and with some files, and returns it.
func completionScript(t *testing.T, shell, name string) (dir string) {
	t.Helper()
	code, out, stderr := timeslate(t, nil, "completion", shell)
	if code != exitDone {
		t.Fatal(stderr)
	}
	dir = t.TempDir()
	for name, text := range map[string]string{name: out, "work/a.mp4": "", "work/notes.txt": "", "work/sub/x": ""} {
		file := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(file), 0o755)
		os.WriteFile(file, []byte(text), 0o644)
	}
	return dir
}

// inShell runs a program of a shell in the folder work and returns what it prints.
func inShell(t *testing.T, dir, text string, command ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir, cmd.Stdin = filepath.Join(dir, "work"), strings.NewReader(text)
	cmd.Env = append(os.Environ(), "HOME="+dir, "TERM=xterm")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
	return string(out)
}

// TestBashCompletion does what readline does: it calls the function, and completes file names where that has no reply and
// does not forbid it.
func TestBashCompletion(t *testing.T) {
	interop.Require(t, "bash")
	dir := completionScript(t, "bash", "c.bash")
	const readline = `
compopt() { [[ $* != *+o\ default* ]] || default=; [[ $* != *-o\ dirnames* ]] || folders=1; }
. ../c.bash
complete -p timeslate | grep -q -- '-o default.*-F _timeslate ' || echo not registered
line=$(cat)
default=1 folders= COMP_WORDS=() COMP_CWORD=-1
for word in ${line//=/ = }; do COMP_WORDS+=("$word"); ((++COMP_CWORD)); done
[[ $line != *' x' ]] || COMP_WORDS[COMP_CWORD]=
_timeslate
cur=${COMP_WORDS[COMP_CWORD]}
((${#COMPREPLY[@]})) && printf '%s\n' "${COMPREPLY[@]}"
((${#COMPREPLY[@]} == 0)) && [[ $default ]] && compgen -f -- "$cur"
((${#COMPREPLY[@]} == 0)) && [[ $folders ]] && compgen -d -- "$cur"
:`
	for _, c := range completions() {
		line := c.line
		if strings.HasSuffix(line, " ") {
			line += "x" // stands for a word that is still empty
		}
		offered := strings.Fields(inShell(t, dir, line, "bash", "-euc", "set +e\n"+readline))
		for i := range offered { // bash offers a list with what stands there already
			offered[i] = offered[i][strings.LastIndexByte(offered[i], ',')+1:]
		}
		if slices.Sort(offered); !slices.Equal(offered, c.want) {
			t.Errorf("%q: %q, want %q", c.line, offered, c.want)
		}
	}
}

func TestFishCompletion(t *testing.T) {
	interop.Require(t, "fish")
	dir := completionScript(t, "fish", "c.fish")
	for _, c := range completions() {
		out := inShell(t, dir, "", "fish", "--no-config", "-c", "source ../c.fish; complete -C '"+c.line+"'")
		var offered []string
		for line := range strings.Lines(out) {
			word, _, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
			word = strings.TrimSuffix(word, "/")
			offered = append(offered, word[strings.LastIndexAny(word, ",=")+1:])
		}
		if slices.Sort(offered); !slices.Equal(offered, c.want) {
			t.Errorf("%q: %q, want %q", c.line, offered, c.want)
		}
	}
}

// TestZshCompletion presses the keys in a zsh of its own, and reads until the last word that must be offered.
func TestZshCompletion(t *testing.T) {
	interop.Require(t, "zsh")
	dir := completionScript(t, "zsh", "functions/_timeslate")
	const terminal = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PROMPT=; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; COLUMNS=300; bindkey '^I' list-choices; stty -echo; print REA''DY"
zpty -r z out '*READY*'
zpty -n -w z "$2"$'\t'
zpty -r z out "*$3*"
print -r -- "$out"
zpty -d z`
	for _, c := range completions() {
		if len(c.want) == 0 {
			continue // there would be nothing to wait for
		}
		waitFor := strings.Join(c.want, "*") + "*\x1b[[]*A" // below the list the cursor goes up again
		out := inShell(t, dir, "", "zsh", "-fc", terminal, "zsh", filepath.Join(dir, "functions"), c.line, waitFor)
		out = out[strings.LastIndex(out, c.line)+len(c.line):]
		for _, word := range c.not {
			if strings.Contains(out, word) {
				t.Errorf("%q offers %s: %q", c.line, word, out)
			}
		}
	}
}

// Names of values say what may stand there.
func TestArgumentOf(t *testing.T) {
	for value, want := range map[string]argument{
		"":                         {},
		"DURATION":                 {},
		"WxH":                      {},
		"DIR":                      {dirs: true},
		"FILE":                     {files: true},
		"FILE…":                    {files: true},
		"CLIP.mp4":                 {files: true},
		"URL OUTPUT [URL OUTPUT]…": {files: true},
		"auto|udp":                 {words: []string{"auto", "udp"}},
		"never|end|DURATION":       {words: []string{"never", "end"}},
		"misb,strawlab|none":       {words: []string{"misb", "strawlab", "none"}, list: true},
	} {
		a := argumentOf(value)
		if !slices.Equal(a.words, want.words) || a.list != want.list || a.files != want.files || a.dirs != want.dirs {
			t.Errorf("%q: %+v", value, a)
		}
	}
}
