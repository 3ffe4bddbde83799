package explored

import (
	"context"
	"fmt"
	"sync"
)

// A Plan is what of the operations is to be explored.
type Plan struct {
	Operations []Operation
	Builds     []string // names
	Dir        string   // of what is written meanwhile
	Search     Search   // of each; its build, its folder and its names are the plan's to set
	Parallel   int      // operations at a time; at least 1
	// Done is called after each search, one call at a time.
	Done func(Result)
}

// Run explores the operations on the builds, and returns the results build by
// build, in order. A search that cannot be carried out ends all others.
func (p Plan) Run(ctx context.Context, progress func(string)) ([]Result, error) {
	named, err := BuildChild(ctx, Instrumented, p.Dir)
	if err != nil {
		return nil, err
	}
	var searches []Search
	for _, name := range p.Builds {
		s := p.Search
		s.Dir, s.Build = p.Dir, named
		if name != Instrumented {
			progress("building " + name)
			if s.Build, err = BuildChild(ctx, name, p.Dir); err != nil {
				return nil, err
			}
		}
		searches = append(searches, s)
	}
	return p.each(ctx, func(ctx context.Context, o Operation) (list []Result, err error) {
		names, err := Name(ctx, o, named, p.Dir)
		if err != nil {
			return nil, err
		}
		for _, s := range searches {
			s.Names = names
			r, err := s.Find(ctx, o)
			if err != nil {
				return nil, err
			}
			list = append(list, r)
		}
		return list, nil
	})
}

// each explores several operations at a time, on all builds.
func (p Plan) each(ctx context.Context, find func(context.Context, Operation) ([]Result, error)) ([]Result, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	found := make([][]Result, len(p.Operations))
	next := make(chan int)
	var workers sync.WaitGroup
	var telling sync.Mutex
	for range max(p.Parallel, 1) {
		workers.Go(func() {
			for i := range next {
				list, err := find(ctx, p.Operations[i])
				if err != nil {
					stop(err)
					continue
				}
				found[i] = list
				telling.Lock()
				for _, r := range list {
					if p.Done != nil {
						p.Done(r)
					}
				}
				telling.Unlock()
			}
		})
	}
	for i := range p.Operations {
		if ctx.Err() == nil {
			next <- i
		}
	}
	close(next)
	workers.Wait()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("explored: %w", context.Cause(ctx))
	}
	var all []Result
	for build := range p.Builds {
		for _, list := range found {
			all = append(all, list[build])
		}
	}
	return all, nil
}
