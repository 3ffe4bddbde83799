package agent

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"killpoint/harness/control"
)

// armed is one site with its hook installed: how often it was passed since,
// and what to do at which hit.
type armed struct {
	hits int
	arms map[int]control.Arm
}

// arm installs the hook of a site, or adds a hit to the one installed.
func (s *Session) arm(a control.Arm) error {
	if err := a.Check(); err != nil {
		return err
	}
	m := s.program.Markers
	if m == nil || !m.Instrumented() {
		return fmt.Errorf("arm %s: this build of %s is not instrumented: build it with the failpoint tag through harness.Build, or run make failpoint-enable first", a.Site, s.program.Name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.arms[a.Site]; ok {
		at.arms[a.Hit] = a
		return nil
	}
	s.arms[a.Site] = &armed{arms: map[int]control.Arm{a.Hit: a}}
	if err := m.Set(a.Site, func() { s.pass(a.Site) }); err != nil {
		delete(s.arms, a.Site)
		return fmt.Errorf("arm %s: %w", a.Site, err)
	}
	return nil
}

// pass runs whenever an armed site is passed. No lock is held while it acts.
func (s *Session) pass(site string) {
	s.mu.Lock()
	at := s.arms[site]
	at.hits++
	hit := at.hits
	a, act := at.arms[hit]
	holding := s.holding
	s.mu.Unlock()
	if !act {
		return
	}
	h := &control.Hit{Arm: a, Tid: unix.Gettid(), Stack: string(debug.Stack())}
	if holding != nil {
		h.Holding, _ = json.Marshal(holding())
	}
	if a.Parks() {
		beTraced()
	}
	s.send(control.Event{Hit: h})
	if a.Parks() {
		<-s.release
	}
	switch a.Action {
	case control.SelfKill:
		s.Kill()
	case control.Panic:
		panic(control.PanicText(site))
	case control.Stop:
		unix.Kill(unix.Getpid(), unix.SIGSTOP)
	}
}

// Kill ends the process by SIGKILL, as one that somebody has killed, and says so
// to the harness, which would take the signal for somebody else's: see
// harness.Child.Disturbed.
func (s *Session) Kill() {
	s.send(control.Event{Dies: true})
	unix.Tgkill(unix.Getpid(), unix.Gettid(), unix.SIGKILL) // as nobody else sends it
	unix.Kill(unix.Getpid(), unix.SIGKILL)                  // where that is denied
	select {}                                               // it is on its way
}

// beTraced lets any process of the same user attach to this one, where the
// kernel's Yama would let none but its ancestors: a debugger in another terminal
// is no ancestor. Without Yama the call fails, and nothing is needed.
func beTraced() { unix.Prctl(unix.PR_SET_PTRACER, ^uintptr(0), 0, 0, 0) }

// Hooks are sites that a program passes by calling a function: the code under
// test calls a variable at each site, which does nothing in what ships, and the
// victim's main points it to Pass:
//
//	hooks := agent.NewHooks(wal.Sites...)
//	wal.Mark = hooks.Pass
//
// A program with Hooks is built by go build alone.
type Hooks struct {
	names []string

	mu    sync.RWMutex
	hooks map[string]func()
}

// NewHooks makes the sites of a program.
func NewHooks(sites ...string) *Hooks {
	return &Hooks{names: slices.Clone(sites), hooks: map[string]func(){}}
}

// Pass passes a site. It may be called by any number of goroutines. A site that
// NewHooks was not given is a mistake in the program, and panics: nobody could
// ever have it armed.
func (h *Hooks) Pass(site string) {
	h.mu.RLock()
	hook := h.hooks[site]
	h.mu.RUnlock()
	switch {
	case hook != nil:
		hook()
	case !slices.Contains(h.names, site):
		panic(h.unknown(site))
	}
}

// Instrumented implements Markers.
func (h *Hooks) Instrumented() bool { return true }

// Sites implements Markers.
func (h *Hooks) Sites() []string { return slices.Clone(h.names) }

// Set implements Markers.
func (h *Hooks) Set(site string, hook func()) error {
	if !slices.Contains(h.names, site) {
		return h.unknown(site)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hooks[site] = hook
	return nil
}

func (h *Hooks) unknown(site string) error {
	return fmt.Errorf("there is no site %q in this program; there are %v", site, h.names)
}
