package agent

import (
	"fmt"
	"slices"
	"sync"
)

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
