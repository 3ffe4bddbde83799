package main

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"killpoint/ring"
)

// TestInspectDecodesAndNeverWrites looks at a live ring, at a dead one and at
// damaged ones, all in files that nobody may write to.
func TestInspectDecodesAndNeverWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.ring")
	w, err := ring.Create(path, 256)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.TryPush([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	short, headless := image[:len(image)-1], append(make([]byte, 64), image[64:]...)
	behind := bytes.Clone(image)
	copy(behind[72:], make([]byte, 8)) // commit, as it was before the push
	for _, row := range []struct {
		name  string
		image []byte // nil is the live one
		code  int
		want  []string
		site  ring.Site // consistent with the image
		other ring.Site // not consistent with it
	}{
		{"live", nil, 0, []string{`READY, 5 bytes: "hello"`, "write 16, commit 16, read 0", "after-write-advance"}, ring.WriterAfterWriteAdvance, ring.WriterAfterWriteStore},
		{"dead", image, 0, []string{`READY, 5 bytes: "hello"`}, ring.WriterAfterDataSignal, ring.WriterCreateBeforeInit},
		{"commit behind", behind, 0, []string{"write 16, commit 0", "cut off at writer-after-wrap-store, writer-after-write-store"}, ring.WriterAfterWriteStore, ring.WriterAfterWriteAdvance},
		{"cut short", short, 1, []string{"wrong", "nothing that is documented"}, "", ring.WriterAfterWriteAdvance},
		{"without a header", headless, 1, []string{"wrong", "not a ring", "nothing that is documented"}, "", ring.WriterCreateBeforeInit},
		{"what a Create leaves", make([]byte, len(image)), 1, []string{"wrong", "create-before-init"}, ring.WriterCreateBeforeInit, ring.WriterAfterWriteAdvance},
		{"empty", []byte{}, 1, []string{"wrong"}, "", ring.WriterAfterWriteAdvance},
	} {
		t.Run(row.name, func(t *testing.T) {
			file := path
			if row.image != nil {
				file = filepath.Join(t.TempDir(), "image")
				if err := os.WriteFile(file, row.image, 0o400); err != nil {
					t.Fatal(err)
				}
			}
			before, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			r := runCommand(t, "inspect", file)
			if r.code != row.code {
				t.Errorf("exit code %d, want %d", r.code, row.code)
			}
			for _, want := range row.want {
				if !strings.Contains(r.stdout, want) {
					t.Errorf("no %q in\n%s%s", want, r.stdout, r.stderr)
				}
			}
			var i struct {
				Capacity uint64
				Wrong    string
				Sites    []ring.Site
			}
			if err := json.Unmarshal([]byte(runCommand(t, "inspect", "--json", file).stdout), &i); err != nil || (i.Wrong != "") != (row.code == 1) {
				t.Fatalf("%+v, %v", i, err)
			}
			for _, s := range i.Sites {
				if s == row.other {
					t.Errorf("it may be of %s", s)
				}
				if s == row.site {
					row.site = ""
				}
			}
			if row.site != "" {
				t.Errorf("it may not be of %s but of %v", row.site, i.Sites)
			}
			after, err := os.Stat(file)
			text, _ := os.ReadFile(file)
			want := row.image
			if want == nil {
				want = image
			}
			if err != nil || after.ModTime() != before.ModTime() || !bytes.Equal(text, want) {
				t.Errorf("the file has changed: %v", err)
			}
		})
	}
}

func TestInspectRefuses(t *testing.T) {
	dir := t.TempDir()
	refused(t, runCommand(t, "inspect"), []string{"name one ring file"})
	refused(t, runCommand(t, "inspect", filepath.Join(dir, "gone")), []string{"gone", "no such file"})
	socket := filepath.Join(dir, "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, what := range map[string]string{dir: "a folder", socket: "a socket", pipe: "a pipe", "/dev/null": "a device"} {
		refused(t, runCommand(t, "inspect", path), []string{path + " is " + what, "name the file that ring.Create made"})
	}
}
