package explored

import "sync"

// births are the processes that are just being started. Until it runs a program
// of its own, such a process has a copy of each descriptor that was open in this
// one, and with it the role of an end that is closed here meanwhile.
var births sync.RWMutex

// birth is the part that one goroutine has in them.
type birth struct{ under bool }

func (b *birth) begin() {
	if !b.under {
		births.RLock()
		b.under = true
	}
}

func (b *birth) over() {
	if b.under {
		births.RUnlock()
		b.under = false
	}
}

// givenUp waits until the roles are free whose ends were closed here.
func givenUp() {
	births.Lock()
	defer births.Unlock()
}
