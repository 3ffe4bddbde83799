package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// What all tests share: one browser, and the pages.
var (
	browser   context.Context
	greenPage string // of a whole run, in which all is well
	redPage   string // of that run, and a later one with a planted bug
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "browsertest:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	work, err := os.MkdirTemp("", "browsertest-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(work)
	if err := makePages(work); err != nil {
		return 1, err
	}
	path, err := findBrowser()
	if err != nil {
		return 1, err
	}
	// Root may not use the sandbox. What a browser does on its own, such as
	// looking for updates, is switched off: nothing here needs the network.
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(filepath.Join(work, "profile")),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(1360, 1000),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	var closeBrowser context.CancelFunc
	browser, closeBrowser = chromedp.NewContext(allocator)
	defer closeBrowser()
	if err := chromedp.Do(browser); err != nil {
		return 1, fmt.Errorf("start %s: %w", path, err)
	}
	return m.Run(), nil
}

func findBrowser() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no chromium and no google-chrome; ci/install-tools.sh installs one")
}

// makePages has killpoint run the matrix and write the reports. Where RUNS names a
// folder, the runs are kept there and not repeated.
func makePages(work string) error {
	killpoint, err := filepath.Abs("../../out/bin/killpoint")
	if err != nil {
		return err
	}
	if _, err := os.Stat(killpoint); err != nil {
		return fmt.Errorf("%w: run make browser-test, which builds it", err)
	}
	runs := work
	if kept := os.Getenv("RUNS"); kept != "" {
		runs = kept
	}
	whole, red := filepath.Join(runs, "whole"), filepath.Join(runs, "red")
	greenPage, redPage = filepath.Join(work, "green.html"), filepath.Join(work, "red.html")
	testdata, err := filepath.Abs("../testdata")
	if err != nil {
		return err
	}
	for _, step := range []struct {
		code  int
		there string // a step that has left this is not repeated
		args  []string
	}{
		{0, filepath.Join(whole, "crash-matrix.json"), []string{"matrix", "--quiet", "--seed", "1", "--out", whole}},
		{1, filepath.Join(red, "crash-matrix.json"), []string{"matrix", "--quiet", "--seed", "2", "--out", red, "--plant", "ready-before-payload"}},
		{0, greenPage, []string{"report", "--out", greenPage, whole}},
		{0, redPage, []string{"report", "--out", redPage, red, whole, testdata}},
	} {
		if _, err := os.Stat(step.there); err == nil {
			continue
		}
		cmd := exec.Command(killpoint, step.args...)
		cmd.Dir = "../.." // children are built from there
		out, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != step.code {
			return fmt.Errorf("killpoint %v: exit code %d, want %d: %v\n%s", step.args, code, step.code, err, out)
		}
	}
	return nil
}
