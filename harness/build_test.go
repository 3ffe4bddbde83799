package harness_test

import (
	"context"
	"debug/buildinfo"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"killpoint/harness"
	"killpoint/harness/control"
)

// A program of one's own, in a module of its own: a main package and a library
// with a marker. Both have a file named main.go.
const (
	greeterMain = `package main

import (
	"greeter/lib"

	"killpoint/harness/agent"
	"killpoint/harness/agent/failpoints"
)

const mark = "!"

type greeter struct{}

func (greeter) Close() error { return nil }

func (greeter) Ops() map[string]agent.Op {
	return map[string]agent.Op{
		"greet": agent.Func(func(struct{}) (any, error) { return lib.Greet() + mark, nil }),
	}
}

func main() {
	agent.Main(agent.Program{
		Name:    "greeter",
		Markers: failpoints.Markers{Prefix: "greeter/lib/", Names: []string{"before-greeting"}, Live: lib.Live},
		Roles:   map[string]agent.NewRole{"greeter": func(*agent.Session) agent.Role { return greeter{} }},
	})
}
`
	greeterLib = `package lib

import "github.com/pingcap/failpoint"

const (
	word = "hello"
	name = "world"
)

func Greet() string {
	failpoint.InjectCall("before-greeting")
	return word + " " + name
}

func Live() (yes bool) {
	if failpoint.EnableCall("greeter/lib/live", func() { yes = true }) != nil {
		return false
	}
	defer failpoint.Disable("greeter/lib/live")
	failpoint.InjectCall("live")
	return yes
}
`
)

// greeterTree makes the program's module, which takes this one from where it is.
func greeterTree(t *testing.T) (dir string) {
	t.Helper()
	top, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	requires, _, _ := strings.Cut(content(t, "../go.mod"), "\ntool ")
	first, rest, _ := strings.Cut(requires, "\n")
	own, ok := strings.CutPrefix(first, "module ")
	if !ok {
		t.Fatalf("go.mod begins with %q", first)
	}
	requires = "module greeter\n" + rest
	dir = t.TempDir()
	for name, text := range map[string]string{
		"go.mod":      requires + "\nrequire " + own + " v0.0.0\n\nreplace " + own + " => " + strconv.Quote(top) + "\n",
		"go.sum":      content(t, "../go.sum"),
		"main.go":     greeterMain,
		"lib/main.go": greeterLib,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// greeterBuild builds the program with its marker live.
func greeterBuild(t *testing.T, dir string) harness.Build {
	return harness.Build{Dir: dir, Package: ".", Instrument: []string{"./lib"}, Output: filepath.Join(t.TempDir(), "greeter")}
}

func build(t *testing.T, b harness.Build) *harness.Program {
	t.Helper()
	p, err := b.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// greets starts the program and checks what it says and whether its marker is
// live: whether it parks there, not only whether it says so.
func greets(t *testing.T, p *harness.Program, instrumented bool, want string) {
	t.Helper()
	at := arm("before-greeting", 1, control.Park)
	cfg := harness.Config{Role: "greeter"}
	if instrumented {
		cfg.Arms = []control.Arm{at}
	}
	c := start(t, p, cfg)
	hello, err := c.Hello(patient(t))
	if err != nil {
		t.Fatal(err)
	}
	if hello.Instrumented != instrumented {
		t.Errorf("instrumented %v, want %v", hello.Instrumented, instrumented)
	}
	greeting := c.Go("greet", nil)
	if instrumented {
		if _, err := c.WaitHit(patient(t), at); err != nil {
			t.Fatal(err)
		}
		c.Release()
	}
	var got string
	if err := greeting.Wait(patient(t), &got); err != nil || got != want {
		t.Errorf("it says %q, %v, want %q", got, err, want)
	}
}

// TestBuildsSideBySideLeaveTheTreeAlone builds one tree with and without
// markers at the same time.
func TestBuildsSideBySideLeaveTheTreeAlone(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	dir := greeterTree(t)
	before := texts(t, dir)
	builds := make([]harness.Build, 2)
	programs, errs := make([]*harness.Program, len(builds)), make([]error, len(builds))
	var all sync.WaitGroup
	for i := range builds {
		builds[i] = greeterBuild(t, dir)
		if i == 1 {
			builds[i].Instrument = nil
		}
		all.Go(func() { programs[i], errs[i] = builds[i].Run(t.Context()) })
	}
	all.Wait()
	for i, p := range programs {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		greets(t, p, i == 0, "hello world!")
	}
	same(t, "the tree", texts(t, dir), before)
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

// TestEditsAreBuiltIn edits files of the same name in two packages, one of them
// twice, and instruments one of them.
func TestEditsAreBuiltIn(t *testing.T) {
	dir := greeterTree(t)
	before := texts(t, dir)
	word := harness.Edit{Package: "./lib", File: "main.go", Old: `"hello"`, New: `"good morning"`}
	name := harness.Edit{Package: "greeter/lib", File: "main.go", Old: `"world"`, New: `"moon"`}
	mark := harness.Edit{Package: ".", File: "main.go", Old: `"!"`, New: `"?"`}
	for _, row := range []struct {
		name         string
		edits        []harness.Edit
		instrumented bool
		want         string
	}{
		{"one in each of two files of one name", []harness.Edit{word, mark}, false, "good morning world?"},
		{"two in one file, then one in the other", []harness.Edit{word, name, mark}, true, "good morning moon?"},
		{"an edit of an edit", []harness.Edit{word, {Package: "./lib", File: "main.go", Old: "good morning", New: "bye"}}, true, "bye world!"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := greeterBuild(t, dir)
			b.Edits = row.edits
			if !row.instrumented {
				b.Instrument = nil
			}
			greets(t, build(t, b), row.instrumented, row.want)
		})
	}
	same(t, "the tree", texts(t, dir), before)
}

func TestTreeRewrittenInPlaceIsBuiltAsItIs(t *testing.T) {
	dir := greeterTree(t)
	enable(t, filepath.Join(dir, "lib"))
	before := texts(t, dir)
	greets(t, build(t, greeterBuild(t, dir)), true, "hello world!")
	same(t, "the tree", texts(t, dir), before)
}

func TestRaceDetectorIsBuiltIn(t *testing.T) {
	b := greeterBuild(t, greeterTree(t))
	b.Race = true
	p := build(t, b)
	info, err := buildinfo.ReadFile(p.Path)
	if err != nil {
		t.Fatal(err)
	}
	race := false
	for _, s := range info.Settings {
		race = race || s.Key == "-race" && s.Value == "true"
	}
	if !race {
		t.Errorf("built without -race: %v", info.Settings)
	}
	greets(t, p, true, "hello world!")
}

func TestBuildThatIsGivenUpLeavesNothing(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	b := greeterBuild(t, greeterTree(t))
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := b.Run(over); !errors.Is(err, harness.ErrBuild) || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want ErrBuild for Canceled", err)
	}
	for name, dir := range map[string]string{"temporary folder": temp, "folder of the output": filepath.Dir(b.Output)} {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left in the %s: %v, %v", name, left, err)
		}
	}
}
