package main

import (
	"maps"
	"time"

	"killpoint/harness/agent"
)

// end is what both ends of a ring can do.
type end interface {
	SetPollInterval(time.Duration)
	PeerAlive() (bool, error)
	Check() error
	Close() error
}

// withEnd adds what both roles can be asked to do; current is the end that the
// role has by then.
func withEnd(ops map[string]agent.Op, current func() end) map[string]agent.Op {
	maps.Copy(ops, map[string]agent.Op{
		"set-poll": agent.Func(func(a struct{ Poll time.Duration }) (any, error) {
			current().SetPollInterval(a.Poll)
			return nil, nil
		}),
		"peer-alive": agent.Func(func(struct{}) (any, error) { return current().PeerAlive() }),
		"check":      agent.Func(func(struct{}) (any, error) { return nil, current().Check() }),
		"close":      agent.Func(func(struct{}) (any, error) { return nil, current().Close() }),
	})
	maps.Copy(ops, processOps)
	return ops
}
