package scenarios

import (
	"context"
	"fmt"
	"sync"
	"time"

	"killpoint/harness"
	"killpoint/harness/control"
)

// stood is a child that came to its site.
type stood struct {
	child *harness.Child
	hit   control.Hit
}

// addStacks says of every child what it was doing. One that does not answer soon,
// such as a stopped one, is described by the kernel alone.
func (l *lab) addStacks(e *Evidence) {
	var asking sync.WaitGroup
	defer asking.Wait()
	for i, c := range l.children {
		asking.Go(func() { e.Children[i].Stacks = l.stacksOf(c) })
	}
}

func (l *lab) stacksOf(c *harness.Child) (text string) {
	for _, s := range l.stood {
		if s.child == c {
			text += fmt.Sprintf("at %s, hit %d, thread %d:\n\n%s\n", s.hit.Site, s.hit.Hit, s.hit.Tid, s.hit.Stack)
		}
	}
	if exit, ended := c.Exit(); ended {
		return text + fmt.Sprintf("ended: %s\n", exit)
	}
	text += "in the end, by the kernel:\n\n" + c.Threads()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	stacks, err := c.Stacks(ctx)
	if err != nil {
		return text + fmt.Sprintf("\nits goroutines are not known: %v\n", err)
	}
	return text + "\nits goroutines:\n\n" + stacks
}
