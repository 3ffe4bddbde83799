package ring_test

import (
	"io"
	"os"
	"os/exec"
	"testing"

	"killpoint/ring"
)

// TestMain lets the test binary be the child that inherits what it can.
func TestMain(m *testing.M) {
	if os.Getenv("RING_TEST_BYSTANDER") != "" {
		os.Stdout.WriteString("up\n")
		io.Copy(io.Discard, os.Stdin) // until the parent lets go
		return
	}
	os.Exit(m.Run())
}

func attachTo(path string) (io.Closer, error) { return ring.Attach(path) }
func openAt(path string) (io.Closer, error)   { return ring.Open(path) }

var joins = map[string]func(path string) (io.Closer, error){"writer": attachTo, "reader": openAt}

// end is the fixture's end of that role.
func (f *fixture) end(role string) io.Closer {
	if role == "writer" {
		return f.w
	}
	return f.r
}

func TestARoleIsHeldByOneAtATime(t *testing.T) {
	for role, join := range joins {
		t.Run(role, func(t *testing.T) {
			f := newRing(t, 64)
			f.push([]byte("older"))
			before := image(t, f.path)
			_, err := join(f.path)
			expectError(t, err, ring.ErrBusy, f.path, role)
			expectImage(t, f.path, before)
			f.end(role).Close()
			successor, err := join(f.path)
			if err != nil {
				t.Fatalf("after Close: %v", err)
			}
			if _, err := join(f.path); err == nil {
				t.Fatal("a third end beside the second")
			}
			successor.Close()
		})
	}
}

func TestARefusedJoinLeavesTheRoleToItsOwner(t *testing.T) {
	for role, join := range joins {
		t.Run(role, func(t *testing.T) {
			f := newRing(t, 64)
			for range 3 {
				_, err := join(f.path)
				expectError(t, err, ring.ErrBusy)
			}
		})
	}
}

func TestAnEndThatCouldNotJoinHoldsNothing(t *testing.T) {
	for role, join := range joins {
		t.Run(role, func(t *testing.T) {
			f := newRing(t, 64)
			f.end(role).Close()
			f.set64(atWrite, 3)
			_, err := join(f.path)
			expectError(t, err, ring.ErrCorrupt)
			f.set64(atWrite, 0)
			end, err := join(f.path)
			if err != nil {
				t.Fatal(err)
			}
			end.Close()
		})
	}
}

// A process that was started by the owner of a role lives longer than that.
func TestARoleIsNotInherited(t *testing.T) {
	for role, join := range joins {
		t.Run(role, func(t *testing.T) {
			f := newRing(t, 64)
			bystander := exec.Command(os.Args[0])
			bystander.Env = append(os.Environ(), "RING_TEST_BYSTANDER=1")
			in, err := bystander.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := bystander.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := bystander.Start(); err != nil {
				t.Fatal(err)
			}
			defer bystander.Wait()
			defer in.Close()
			if _, err := io.ReadFull(out, make([]byte, 3)); err != nil {
				t.Fatal(err)
			}
			f.end(role).Close()
			successor, err := join(f.path)
			if err != nil {
				t.Fatal(err)
			}
			successor.Close()
		})
	}
}

func TestPeerAliveIsWhatTheKernelSays(t *testing.T) {
	f := newRing(t, 64)
	alive := func(end interface{ PeerAlive() (bool, error) }, want bool) {
		t.Helper()
		if got, err := end.PeerAlive(); err != nil || got != want {
			t.Fatalf("PeerAlive = %v, %v; want %v", got, err, want)
		}
	}
	alive(f.w, true)
	alive(f.r, true)
	f.r.Close()
	alive(f.w, false)
	r, err := ring.Open(f.path)
	if err != nil {
		t.Fatal(err)
	}
	alive(f.w, true)
	alive(r, true)
	f.w.Close()
	alive(r, false)
	r.Close()
	for _, end := range []interface{ PeerAlive() (bool, error) }{f.w, r} {
		if _, err := end.PeerAlive(); err != ring.ErrClosed {
			t.Fatalf("after Close: %v, want ErrClosed", err)
		}
	}
}
