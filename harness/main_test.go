package harness_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"killpoint/harness"
	"killpoint/harness/control"
)

// saver and plainSaver are the same victim, with its markers live and not;
// sleeper is one that sleeps in futex(2).
var saver, plainSaver, sleeper *harness.Program

// selfEnv makes this test binary be one of the selves instead: a process that a
// test needs to kill from outside.
const selfEnv = "KILLPOINT_HARNESS_TEST_SELF"

func TestMain(m *testing.M) {
	if self := os.Getenv(selfEnv); self != "" {
		selves[self]()
		os.Exit(0)
	}
	harness.EndWithParent()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "killpoint-harness-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	const internal = "killpoint/harness/internal/"
	for name, build := range map[string]struct {
		program **harness.Program
		harness.Build
	}{
		"saver":       {&saver, harness.Build{Package: internal + "saver", Instrument: []string{internal + "saver"}}},
		"saver-plain": {&plainSaver, harness.Build{Package: internal + "saver"}},
		"sleeper":     {&sleeper, harness.Build{Package: internal + "sleeper"}},
	} {
		build.Output = filepath.Join(dir, name)
		if *build.program, err = build.Run(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	code := m.Run()
	if left := harness.Live(); len(left) > 0 {
		fmt.Fprintf(os.Stderr, "children left running: %d\n", len(left))
		return 1
	}
	return code
}

// patient is a context for what must happen; its end is a failure of its own.
func patient(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func start(t testing.TB, p *harness.Program, cfg harness.Config) *harness.Child {
	t.Helper()
	if cfg.Name == "" {
		cfg.Name = "victim"
	}
	if cfg.Role == "" {
		cfg.Role = "saver"
	}
	c, err := p.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

type save struct{ Path, Text string }

// saveThen is save with something that is deferred.
type saveThen struct{ Path, Text, Then string }

// file makes a file with the text "old" for a victim to replace.
func file(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func content(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func arm(site string, hit int, action control.Action) control.Arm {
	return control.Arm{Site: site, Hit: hit, Action: action}
}
